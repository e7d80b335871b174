//! A repository in memory whose effects can fail: before, after, or with the death of the process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use sprag::ports::{
    CommitId, CommitOutcome, CommitPlan, Lock, Repository, RepositoryError, Snapshot,
};
use sprag::state::{ContentHash, Copies, FileIntent, StatePath};

use crate::fate::{Fate, Fault};

/// Files of the loop in one place.
pub type Files = BTreeMap<StatePath, Vec<u8>>;

/// Everything that outlives a process.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Each commit's parent and files, by its id.
    pub commits: BTreeMap<CommitId, (Option<CommitId>, Files)>,
    pub head: Option<CommitId>,
    pub index: Files,
    pub work: Files,
    pub journal: Option<Vec<u8>>,
}

/// The repository of a simulation.
pub struct Disk {
    pub stored: RefCell<Stored>,
    pub fate: Rc<Fate>,
    /// What a person commits while a run is at work, when fate says so.
    pub meanwhile: RefCell<Option<Vec<u8>>>,
}

impl Stored {
    /// The files at HEAD.
    pub fn files(&self) -> Files {
        self.head.as_ref().map(|head| self.commits[head].1.clone()).unwrap_or_default()
    }

    fn add(&mut self, files: Files, message: &str) -> CommitId {
        let id = format!("{:06}", self.commits.len());
        let id = CommitId::new(format!("{id} {}", message.lines().next().unwrap_or_default()));
        self.commits.insert(id.clone(), (self.head.clone(), files));
        id
    }

    /// A person's commit of one file; index and work tree follow.
    pub fn person_commits(&mut self, path: StatePath, text: Option<&[u8]>) {
        let mut files = self.files();
        for place in [&mut files, &mut self.index, &mut self.work] {
            match text {
                Some(text) => place.insert(path, text.to_vec()),
                None => place.remove(&path),
            };
        }
        self.head = Some(self.add(files, "a person's"));
    }

    /// A person moves the branch back by a commit, with index and work tree.
    pub fn person_resets(&mut self) {
        let parent = self.head.as_ref().and_then(|head| self.commits[head].0.clone());
        if parent.is_some() {
            self.head = parent;
            self.index = self.files();
            self.work = self.files();
        }
    }
}

impl Disk {
    pub fn new(fate: Rc<Fate>, strategy: &str) -> Self {
        let mut stored = Stored::default();
        stored.person_commits(StatePath::Strategy, Some(strategy.as_bytes()));
        let stored = RefCell::new(stored);
        Self { stored, fate, meanwhile: RefCell::default() }
    }

    /// One effect: it happens or not, and the process hears of it or not.
    fn effect<T>(
        &self,
        name: &str,
        apply: impl FnOnce(&mut Stored) -> T,
    ) -> Result<T, RepositoryError> {
        match self.fate.at(name) {
            Fault::None => Ok(apply(&mut self.stored.borrow_mut())),
            Fault::Before => Err(failed(name)),
            Fault::After => {
                apply(&mut self.stored.borrow_mut());
                Err(failed(name))
            }
        }
    }
}

fn failed(name: &str) -> RepositoryError {
    RepositoryError::TimedOut { command: name.into(), seconds: 1 }
}

impl Repository for Disk {
    fn lock(&self) -> Result<Lock, RepositoryError> {
        if self.fate.is_dead() {
            return Err(failed("lock"));
        }
        Ok(Lock::holding((), Vec::new()))
    }

    fn observe(&self) -> Result<Snapshot, RepositoryError> {
        if self.fate.at("observe") != Fault::None {
            return Err(failed("observe"));
        }
        let stored = self.stored.borrow();
        let files = stored.files();
        let hash = |files: &Files, path| files.get(path).map(|bytes| ContentHash::of(bytes));
        let places = [&files, &stored.index, &stored.work];
        let copies = places.into_iter().flat_map(BTreeMap::keys).map(|path| {
            let copies =
                Copies { index: hash(&stored.index, path), work: hash(&stored.work, path) };
            (*path, copies)
        });
        let copies = copies.collect();
        let strategy = StatePath::Strategy;
        let new_strategy = match files.contains_key(&strategy) {
            true => None,
            false => stored.work.get(&strategy).cloned(),
        };
        let journal = stored.journal.clone();
        Ok(Snapshot { head: stored.head.clone(), files, copies, new_strategy, journal })
    }

    fn commit(&self, _: &Lock, plan: &CommitPlan<'_>) -> Result<CommitOutcome, RepositoryError> {
        if let Some(text) = self.meanwhile.borrow_mut().take() {
            self.stored.borrow_mut().person_commits(StatePath::Strategy, Some(&text));
        }
        self.effect("commit", |stored| {
            if stored.head.as_ref() != plan.base {
                return CommitOutcome::Moved { found: stored.head.clone() };
            }
            let mut files = stored.files();
            let changes = plan.changes.iter();
            files.extend(changes.map(|change| (change.path, change.text.clone().into_bytes())));
            let id = stored.add(files, plan.message);
            stored.head = Some(id.clone());
            CommitOutcome::Landed(id)
        })
    }

    fn check_out(&self, _: &Lock, files: &[FileIntent]) -> Result<Vec<StatePath>, RepositoryError> {
        let mut left_alone = Vec::new();
        for file in files {
            // Each file is an effect of its own: a kill can come between two of them.
            let done = self.effect("check out", |stored| {
                let head = stored.files();
                let Some(target) = head.get(&file.path) else { return true };
                let is_ours = |copy: Option<&Vec<u8>>| {
                    let hash = copy.map(|bytes| ContentHash::of(bytes));
                    copy == Some(target)
                        || hash == file.before
                        || hash.as_ref() == Some(&file.after)
                };
                let copies = [stored.work.get(&file.path), stored.index.get(&file.path)];
                if !copies.into_iter().all(is_ours) {
                    return false;
                }
                stored.work.insert(file.path, target.clone());
                true
            })?;
            if !done {
                left_alone.push(file.path);
            }
        }
        self.effect("stage", |stored| {
            let head = stored.files();
            for file in files.iter().filter(|file| !left_alone.contains(&file.path)) {
                if let Some(target) = head.get(&file.path) {
                    stored.index.insert(file.path, target.clone());
                }
            }
        })?;
        Ok(left_alone)
    }

    fn write_journal(&self, _: &Lock, text: &str) -> Result<(), RepositoryError> {
        self.effect("write journal", |stored| stored.journal = Some(text.as_bytes().to_vec()))
    }

    fn clear_journal(&self, _: &Lock) -> Result<(), RepositoryError> {
        self.effect("clear journal", |stored| stored.journal = None)
    }
}
