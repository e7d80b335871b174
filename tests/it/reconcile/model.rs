//! A repository in memory that a test can kill at any effect.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use sprag::ports::{
    CommitId, CommitOutcome, CommitPlan, Lock, Repository, RepositoryError, Snapshot,
};
use sprag::state::{Blob, Blobs, ContentHash, Copies, FileIntent, StatePath};

pub type Files = Blobs;

/// Everything that survives a kill.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Disk {
    /// By id: the parent and the files.
    pub commits: BTreeMap<CommitId, (Option<CommitId>, Files)>,
    pub head: Option<CommitId>,
    pub index: Files,
    pub work: Files,
    pub journal: Option<Vec<u8>>,
}

#[derive(Debug, Default)]
pub struct Model {
    pub disk: RefCell<Disk>,
    /// Effects left before the run is killed.
    pub fuse: Rc<Cell<Option<usize>>>,
}

impl Model {
    /// A repository with one commit that holds a strategy.
    pub fn with_strategy(text: &str) -> Self {
        let model = Self::default();
        model.person_commits(StatePath::Strategy, text);
        model
    }

    pub fn kill_after(&self, effects: Option<usize>) {
        self.fuse.set(effects);
    }

    /// `git commit` of one file by a person, whose index and work tree follow.
    pub fn person_commits(&self, path: StatePath, text: &str) {
        let mut disk = self.disk.borrow_mut();
        let mut files = disk.head_files();
        files.insert(path, text.into());
        disk.index.insert(path, text.into());
        disk.work.insert(path, text.into());
        let id = disk.add(files, "a person's");
        disk.head = Some(id);
    }

    /// One effect that the disk has or hasn't seen; a kill happens just before it.
    fn effect(&self) -> Result<(), RepositoryError> {
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

impl Disk {
    pub fn head_files(&self) -> Files {
        self.head.as_ref().map(|head| self.commits[head].1.clone()).unwrap_or_default()
    }

    /// All commits from HEAD back to the first.
    pub fn lineage(&self) -> Vec<&Files> {
        let mut lineage = Vec::new();
        let mut at = self.head.as_ref();
        while let Some(id) = at {
            let (parent, files) = &self.commits[id];
            lineage.push(files);
            at = parent.as_ref();
        }
        lineage
    }

    fn add(&mut self, files: Files, message: &str) -> CommitId {
        let content = format!("{:?} {files:?} {message}", self.head);
        let id = CommitId::new(ContentHash::of(content.as_bytes()).as_str());
        self.commits.insert(id.clone(), (self.head.clone(), files));
        id
    }
}

impl Repository for Model {
    fn lock(&self) -> Result<Lock, RepositoryError> {
        Ok(Lock::holding((), Vec::new()))
    }

    fn observe(&self) -> Result<Snapshot, RepositoryError> {
        let disk = self.disk.borrow();
        let files = disk.head_files();
        let hash = |files: &Files, path| files.get(path).map(|bytes| ContentHash::of(bytes));
        let copies = [&files, &disk.index, &disk.work]
            .into_iter()
            .flat_map(BTreeMap::keys)
            .map(|path| {
                (*path, Copies { index: hash(&disk.index, path), work: hash(&disk.work, path) })
            })
            .collect();
        let new_strategy = (!files.contains_key(&StatePath::Strategy))
            .then(|| disk.work.get(&StatePath::Strategy).map(|blob| blob.to_vec()))
            .flatten();
        let journal = disk.journal.clone();
        Ok(Snapshot { head: disk.head.clone(), files, copies, new_strategy, journal })
    }

    fn commit(&self, _: &Lock, plan: &CommitPlan<'_>) -> Result<CommitOutcome, RepositoryError> {
        self.effect()?;
        let id = {
            let mut disk = self.disk.borrow_mut();
            if disk.head.as_ref() != plan.base {
                return Ok(CommitOutcome::Moved { found: disk.head.clone() });
            }
            let mut files = disk.head_files();
            files.extend(
                plan.changes.iter().map(|change| (change.path, change.text.as_str().into())),
            );
            disk.add(files, plan.message)
        };
        self.effect()?;
        self.disk.borrow_mut().head = Some(id.clone());
        self.effect()?;
        Ok(CommitOutcome::Landed(id))
    }

    fn check_out(&self, _: &Lock, files: &[FileIntent]) -> Result<Vec<StatePath>, RepositoryError> {
        let head = self.disk.borrow().head_files();
        let mut left_alone = Vec::new();
        for file in files {
            let target = &head[&file.path];
            let ours = |copy: Option<&Blob>| {
                let hash = copy.map(|blob| ContentHash::of(blob));
                copy == Some(target) || hash == file.before || hash.as_ref() == Some(&file.after)
            };
            let mut disk = self.disk.borrow_mut();
            if !ours(disk.work.get(&file.path)) || !ours(disk.index.get(&file.path)) {
                left_alone.push(file.path);
                continue;
            }
            self.effect()?;
            disk.work.insert(file.path, target.clone());
        }
        self.effect()?;
        for file in files.iter().filter(|file| !left_alone.contains(&file.path)) {
            self.disk.borrow_mut().index.insert(file.path, head[&file.path].clone());
        }
        self.effect()?;
        Ok(left_alone)
    }

    fn write_journal(&self, _: &Lock, text: &str) -> Result<(), RepositoryError> {
        self.effect()?;
        self.disk.borrow_mut().journal = Some(text.as_bytes().to_vec());
        self.effect()
    }

    fn clear_journal(&self, _: &Lock) -> Result<(), RepositoryError> {
        self.effect()?;
        self.disk.borrow_mut().journal = None;
        self.effect()
    }
}
