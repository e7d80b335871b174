//! A forge in memory, with people who do things, that a test can kill at any effect.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use sprag::ports::{BranchOutcome, BranchPlan, Forge, PullPlan, RepositoryError};
use sprag::review::{Marker, Seen, Stage};

pub use super::site::{BOT, PAGE, STRATEGY};

use super::site::{MAIN, Site};

#[derive(Debug, Default)]
pub struct ModelForge {
    pub site: RefCell<Site>,
    /// Effects left before the run is killed.
    pub fuse: Rc<Cell<Option<usize>>>,
    /// Effects that were applied.
    pub effects: Cell<u64>,
    /// Whether pull requests may be opened.
    pub forbids: Cell<bool>,
}

impl Site {
    /// Paths in which a branch differs from the base branch.
    pub fn differs(&self, branch: &str) -> Vec<String> {
        let (Some(ours), Some(base)) = (self.tip(branch), self.tip(MAIN)) else {
            return Vec::new();
        };
        let paths: BTreeSet<&String> = ours.files.keys().chain(base.files.keys()).collect();
        let differ = |path: &&&String| ours.files.get(**path) != base.files.get(**path);
        paths.iter().filter(differ).map(|path| (*path).clone()).collect()
    }
}

/// What people do.
impl ModelForge {
    pub fn with_strategy(text: &str) -> Self {
        Self { site: RefCell::new(Site::with_strategy(text)), ..Self::default() }
    }

    pub fn base_text(&self) -> String {
        self.site.borrow().base_text().unwrap().clone()
    }

    /// A commit of a person on any branch; without a text, the strategy goes.
    pub fn commits(&self, branch: &str, text: Option<&str>) {
        self.site.borrow_mut().person_commits(branch, text).unwrap();
    }

    /// A person merges a pull request, if there is no conflict.
    pub fn merges(&self, iteration: u64) -> bool {
        self.site.borrow_mut().person_merges(iteration)
    }

    pub fn closes(&self, iteration: u64) {
        self.site.borrow_mut().person_ends(iteration, Stage::Closed);
    }

    pub fn reopens(&self, iteration: u64) {
        self.site.borrow_mut().person_ends(iteration, Stage::Open);
    }

    pub fn deletes_branch(&self, iteration: u64) {
        self.site.borrow_mut().person_deletes(iteration);
    }

    /// Somebody comments; only a stranger may not write.
    pub fn says(&self, iteration: u64, author: &str, body: &str) -> u64 {
        self.site.borrow_mut().somebody_says(iteration, author, body)
    }

    /// One effect: a kill comes before it or, its answer lost, after it.
    fn effect<T>(&self, change: impl FnOnce(&mut Site) -> T) -> Result<T, RepositoryError> {
        self.burn()?;
        self.effects.set(self.effects.get() + 1);
        let changed = change(&mut self.site.borrow_mut());
        self.burn()?;
        Ok(changed)
    }

    fn burn(&self) -> Result<(), RepositoryError> {
        match self.fuse.get() {
            Some(0) => Err(killed()),
            Some(left) => {
                self.fuse.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

pub fn killed() -> RepositoryError {
    RepositoryError::TimedOut { command: "killed".into(), seconds: 0 }
}

impl Forge for ModelForge {
    fn look(&self, about: &BTreeSet<u64>) -> Result<Seen, RepositoryError> {
        Ok(self.site.borrow().look(about))
    }

    fn push(&self, plan: &BranchPlan) -> Result<BranchOutcome, RepositoryError> {
        let pushed = self.site.borrow().pushed(plan);
        pushed.map_or_else(|| self.effect(|site| site.push(plan)), Ok)
    }

    fn open(&self, plan: &PullPlan) -> Result<u64, RepositoryError> {
        if let Some(number) = self.site.borrow().opened(&plan.branch) {
            return Ok(number);
        }
        if self.forbids.get() {
            return Err(RepositoryError::Unusable {
                path: "the model".into(),
                message: "nobody may open a pull request".into(),
            });
        }
        assert!(self.site.borrow().branches.contains_key(&plan.branch), "no such branch");
        self.effect(|site| site.open_pull(plan))
    }

    fn describe(&self, number: u64, plan: &PullPlan) -> Result<(), RepositoryError> {
        self.effect(|site| site.describe(number, plan))
    }

    fn close(&self, number: u64) -> Result<(), RepositoryError> {
        self.effect(|site| site.close(number))
    }

    fn comment(&self, number: u64, marker: Marker, body: &str) -> Result<(), RepositoryError> {
        if self.site.borrow().said(number, marker) {
            return Ok(());
        }
        self.effect(|site| site.comment(number, marker, body))
    }
}
