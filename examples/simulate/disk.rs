//! A repository in memory whose effects can fail: before, after, late, or with the death of the process. It is either a
//! clone with index and work tree, which one process at a time has to itself, or a remote one, where processes overlap,
//! read what was there a moment ago, and are told apart by compare-and-set.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use sprag::ports::{
    CommitId, CommitOutcome, CommitPlan, Lock, Repository, RepositoryError, Snapshot,
};
use sprag::state::{Blob, Blobs, ContentHash, Copies, FileIntent, StatePath};

use crate::fate::{Fault, Process, locked};

/// A commit: its parent and its files.
#[derive(Debug, Clone)]
pub struct Commit {
    pub parent: Option<CommitId>,
    pub files: Blobs,
}

/// Everything that outlives a process.
#[derive(Debug, Clone, Default)]
pub struct Store {
    pub is_remote: bool,
    pub commits: BTreeMap<CommitId, Commit>,
    made: usize,
    pub head: Option<CommitId>,
    pub index: Blobs,
    pub work: Blobs,
    pub journal: Option<Arc<[u8]>>,
    /// How often the journal was written or removed: who knows another number isn't its owner.
    version: u64,
    /// Head, journal and its number as they were before the last effect on them.
    before: Option<Moment>,
    /// Requests that are still on their way.
    late: Vec<Late>,
    is_locked: bool,
    /// Answers that were written down as proposals.
    proposed: BTreeSet<String>,
    /// What strategies do, by the hashes of their files, as far as that was asked.
    strategies: BTreeMap<ContentHash, Option<String>>,
    /// What a process did that it mustn't, whatever comes of it.
    pub flaw: Option<String>,
}

type Moment = (Option<CommitId>, Option<Arc<[u8]>>, u64);

#[derive(Debug, Clone)]
enum Late {
    Commit { base: Option<CommitId>, files: Vec<(StatePath, Blob)> },
    Journal { version: u64, text: Option<Arc<[u8]>> },
}

/// What a person commits while a run is at work, when fate says so.
pub type Meanwhile = Mutex<Option<Vec<u8>>>;

/// The repository as one process has it.
pub struct Disk<'a> {
    pub store: &'a Arc<Mutex<Store>>,
    pub process: &'a Process<'a>,
    pub meanwhile: &'a Meanwhile,
    /// The journal's number as this process knows it.
    pub version: Mutex<u64>,
    /// The strategy at HEAD as this process knows it.
    pub strategy: Mutex<Option<Blob>>,
}

struct Unlock(Arc<Mutex<Store>>);

impl Drop for Unlock {
    fn drop(&mut self) {
        locked(&self.0).is_locked = false;
    }
}

impl Store {
    pub fn new(is_remote: bool, strategy: &str) -> Self {
        let mut store = Self { is_remote, ..Self::default() };
        store.person_commits(StatePath::Strategy, Some(strategy.as_bytes()));
        store
    }

    /// The files at HEAD.
    pub fn files(&self) -> Blobs {
        self.head.as_ref().map(|head| self.commits[head].files.clone()).unwrap_or_default()
    }

    fn add(&mut self, files: Blobs) {
        self.remember();
        let id = CommitId::new(format!("{:06}", self.made));
        self.made += 1;
        let parent = self.head.replace(id.clone());
        self.commits.insert(id, Commit { parent, files });
    }

    fn remember(&mut self) {
        self.before = Some((self.head.clone(), self.journal.clone(), self.version));
    }

    /// A person's commit of one file; index and work tree follow.
    pub fn person_commits(&mut self, path: StatePath, text: Option<&[u8]>) {
        let blob = text.map(Blob::from);
        let mut files = self.files();
        for place in [&mut files, &mut self.index, &mut self.work] {
            match &blob {
                Some(blob) => place.insert(path, blob.clone()),
                None => place.remove(&path),
            };
        }
        self.add(files);
    }

    /// A person moves the branch back by a commit, with index and work tree; or writes the last commit anew.
    pub fn person_resets(&mut self, and_commits_again: bool) {
        let Some(Commit { parent: Some(parent), files }) =
            self.head.as_ref().map(|head| self.commits[head].clone())
        else {
            return;
        };
        if !self.commits.contains_key(&parent) {
            return;
        }
        self.remember();
        let before = self.before.clone();
        self.head = Some(parent);
        if and_commits_again {
            self.add(files);
        }
        // Both happen at once.
        self.before = before;
        self.index = self.files();
        self.work = self.files();
    }

    /// Commits that nobody asks for any more, where a campaign goes on for long: people go back by one, and what is read may
    /// be what was there a moment ago.
    pub fn forget(&mut self) {
        let before = self.before.as_ref().and_then(|(head, ..)| head.as_ref());
        let heads = self.head.iter().chain(before);
        let parents = heads.clone().filter_map(|head| self.commits[head].parent.as_ref());
        let kept: BTreeSet<CommitId> = heads.chain(parents).cloned().collect();
        self.commits.retain(|id, _| kept.contains(id));
    }

    fn commit(
        &mut self,
        base: Option<&CommitId>,
        changed: Vec<(StatePath, Blob)>,
    ) -> CommitOutcome {
        if self.head.as_ref() != base {
            return CommitOutcome::Moved { found: self.head.clone() };
        }
        let mut files = self.files();
        files.extend(changed);
        self.add(files);
        match &self.head {
            Some(id) => CommitOutcome::Landed(id.clone()),
            None => CommitOutcome::Moved { found: None },
        }
    }

    /// Replaces the journal whose number this is, if it still is.
    fn set_journal(&mut self, version: u64, text: Option<Arc<[u8]>>) -> Option<u64> {
        if version != self.version {
            return None;
        }
        self.remember();
        if let Some(text) = text.as_deref() {
            self.proposed.extend(answer(text).filter(|_| has(text, "\"proposed\": {")));
        }
        self.journal = text;
        self.version += 1;
        Some(self.version)
    }

    /// What was paid for is durable before it is evaluated, and held against the strategy that stands.
    fn look_at(&mut self, text: &[u8], strategy: Option<&Blob>) {
        let is_evaluated = has(text, "\"recorded\": {") && has(text, "\\\"verdict\\\":\\\"");
        let is_judged = |verdict| has(text, &format!("\\\"verdict\\\":\\\"{verdict}\\\""));
        if is_evaluated && ["accepted", "rejected"].into_iter().any(is_judged) {
            let stands = strategy.and_then(|blob| self.hash_of(blob));
            if !stands.is_some_and(|hash| has(text, &format!("\\\"parent\\\":\\\"{hash}\\\""))) {
                self.flaw = Some("it was held against a strategy that doesn't stand".into());
            }
        }
        let answer = answer(text).filter(|answer| is_evaluated && !self.proposed.contains(answer));
        if let Some(answer) = answer {
            self.flaw = Some(format!("it was evaluated before it was durable: {answer}"));
        }
    }

    /// What the strategy of a file does.
    fn hash_of(&mut self, file: &Blob) -> Option<String> {
        let read = || {
            let read = sprag::check::read("strategy.toml", file.text()?).ok();
            read.map(|read| read.hash().to_string())
        };
        self.strategies.entry(file.hash().clone()).or_insert_with(read).clone()
    }

    /// A disk that loses power while a file is written may leave a part of it.
    pub fn tear_journal(&mut self) -> bool {
        let Some(text) = self.journal.as_deref().filter(|_| !self.is_remote) else { return false };
        self.journal = Some(text[..text.len() / 2].into());
        true
    }

    /// Requests arrive that nobody waits for any more.
    fn arrive(&mut self) -> usize {
        let late = std::mem::take(&mut self.late);
        let arrived = late.len();
        for request in late {
            match request {
                Late::Commit { base, files } => {
                    let _ = self.commit(base.as_ref(), files);
                }
                Late::Journal { version, text } => {
                    self.set_journal(version, text);
                }
            }
        }
        arrived
    }

    /// Nobody reads any more what was there before.
    pub fn is_seen_by_all(&mut self) {
        self.before = None;
    }

    /// Whether a journal is still on its way.
    pub fn awaits_journal(&self) -> bool {
        self.late.iter().any(|late| matches!(late, Late::Journal { .. }))
    }

    /// Nothing is under way any more: what was sent arrives now or never.
    pub fn calm_down(&mut self) {
        self.arrive();
        self.before = None;
        self.is_locked = false;
    }
}

fn has(text: &[u8], part: &str) -> bool {
    memchr::memmem::find(text, part.as_bytes()).is_some()
}

/// The answer that a journal is about.
fn answer(text: &[u8]) -> Option<String> {
    let from = memchr::memmem::find(text, b"Call ")?;
    let length = memchr::memmem::find(&text[from..], b" does better")?;
    String::from_utf8(text[from..from + length].to_vec()).ok()
}

fn failed(name: &str) -> RepositoryError {
    RepositoryError::TimedOut { command: name.into(), seconds: 1 }
}

impl Disk<'_> {
    /// What becomes of an effect, after whatever arrives before it.
    fn at(&self, name: &'static str) -> Fault {
        // A git that was started goes on when its loop is gone, as a request does.
        let may_be_late = name == "commit" || self.is_remote() && name.ends_with("journal");
        let fault = self.process.at(name, may_be_late);
        let mut store = locked(self.store);
        if !store.late.is_empty() && self.process.fate.chance(300) && store.arrive() > 0 {
            self.process.note("a late request arrives");
        }
        fault
    }

    fn is_remote(&self) -> bool {
        locked(self.store).is_remote
    }

    /// One effect: it happens or not, and the process hears of it or not.
    fn effect<T>(
        &self,
        name: &'static str,
        apply: impl FnOnce(&mut Store) -> T,
    ) -> Result<T, RepositoryError> {
        let fault = self.at(name);
        let mut store = locked(self.store);
        match fault {
            Fault::None => Ok(apply(&mut store)),
            Fault::Before | Fault::Late => Err(failed(name)),
            Fault::After => {
                apply(&mut store);
                Err(failed(name))
            }
        }
    }

    fn put(&self, name: &'static str, text: Option<Arc<[u8]>>) -> Result<(), RepositoryError> {
        let known = *locked(&self.version);
        let fault = self.at(name);
        let mut store = locked(self.store);
        if let Some(text) = text.as_deref().filter(|_| !self.process.is_dead()) {
            store.look_at(text, locked(&self.strategy).as_ref());
        }
        if !store.is_remote {
            let version = store.version;
            if matches!(fault, Fault::None | Fault::After) {
                store.set_journal(version, text);
            }
            return if fault == Fault::None { Ok(()) } else { Err(failed(name)) };
        }
        match fault {
            Fault::Before => return Err(failed(name)),
            Fault::Late => {
                store.late.push(Late::Journal { version: known, text });
                return Err(failed(name));
            }
            Fault::None | Fault::After => {}
        }
        let removes = text.is_none();
        let now = store.set_journal(known, text);
        if fault == Fault::After {
            // A lost answer is looked up before the request is repeated.
            return Err(failed(name));
        }
        match now {
            Some(now) => *locked(&self.version) = now,
            // Another run's journal is not this one's to remove.
            None if removes => {}
            None => return Err(RepositoryError::Outdated { message: "overtaken".into() }),
        }
        Ok(())
    }
}

impl Repository for Disk<'_> {
    fn lock(&self) -> Result<Lock, RepositoryError> {
        if self.process.is_dead() {
            return Err(failed("lock"));
        }
        let mut store = locked(self.store);
        if store.is_remote {
            return Ok(Lock::holding((), Vec::new()));
        }
        if store.is_locked {
            return Err(RepositoryError::Locked { path: "lock".into(), holder: "another".into() });
        }
        store.is_locked = true;
        Ok(Lock::holding(Unlock(Arc::clone(self.store)), Vec::new()))
    }

    fn observe(&self) -> Result<Snapshot, RepositoryError> {
        if self.at("observe") != Fault::None {
            return Err(failed("observe"));
        }
        let store = locked(self.store);
        let mut head = store.head.clone();
        let mut journal = store.journal.clone();
        let mut version = store.version;
        if store.is_remote {
            // What is read may be what was there a moment ago.
            let fate = self.process.fate;
            let kind = fate.trouble(if fate.has_faults() { 40 } else { 0 });
            if let Some((kind, before)) = kind.zip(store.before.clone()) {
                self.process.note("a stale read");
                head = before.0;
                if kind % 2 == 0 {
                    (journal, version) = (before.1, before.2);
                }
            }
        }
        *locked(&self.version) = version;
        let files = head.as_ref().map(|head| &store.commits[head].files);
        let files = files.cloned().unwrap_or_default();
        *locked(&self.strategy) = files.get(&StatePath::Strategy).cloned();
        let journal = journal.map(|text| text.to_vec());
        if store.is_remote {
            return Ok(Snapshot { head, files, journal, ..Snapshot::default() });
        }
        let hash = |files: &Blobs, path| files.get(path).map(|blob| blob.hash().clone());
        let places = [&files, &store.index, &store.work];
        let copies = places.into_iter().flat_map(BTreeMap::keys).map(|path| {
            (*path, Copies { index: hash(&store.index, path), work: hash(&store.work, path) })
        });
        let copies = copies.collect();
        let strategy = StatePath::Strategy;
        let new_strategy = match files.contains_key(&strategy) {
            true => None,
            false => store.work.get(&strategy).map(|blob| blob.to_vec()),
        };
        Ok(Snapshot { head, files, copies, new_strategy, journal })
    }

    fn commit(&self, _: &Lock, plan: &CommitPlan<'_>) -> Result<CommitOutcome, RepositoryError> {
        if let Some(text) = locked(self.meanwhile).take() {
            locked(self.store).person_commits(StatePath::Strategy, Some(&text));
        }
        let changes = plan.changes.iter();
        let files = changes.map(|change| (change.path, Blob::from(change))).collect();
        let fault = self.at("commit");
        let mut store = locked(self.store);
        match fault {
            Fault::Late => {
                store.late.push(Late::Commit { base: plan.base.cloned(), files });
                return Err(failed("commit"));
            }
            Fault::Before => return Err(failed("commit")),
            Fault::None | Fault::After => {}
        }
        let outcome = store.commit(plan.base, files);
        if let CommitOutcome::Landed(_) = outcome {
            *locked(&self.strategy) = store.files().get(&StatePath::Strategy).cloned();
        }
        if let CommitOutcome::Moved { .. } = outcome {
            self.process.note("the branch has moved");
        }
        if fault == Fault::None { Ok(outcome) } else { Err(failed("commit")) }
    }

    fn check_out(&self, _: &Lock, files: &[FileIntent]) -> Result<Vec<StatePath>, RepositoryError> {
        let mut left_alone = Vec::new();
        if self.is_remote() {
            return Ok(left_alone);
        }
        for file in files {
            // Each file is an effect of its own: a kill can come between two of them.
            let done = self.effect("check out", |store| {
                let head = store.files();
                let Some(target) = head.get(&file.path) else { return true };
                let is_ours = |copy: Option<&Blob>| {
                    let hash = copy.map(Blob::hash);
                    hash == Some(target.hash())
                        || hash == file.before.as_ref()
                        || hash == Some(&file.after)
                };
                let copies = [store.work.get(&file.path), store.index.get(&file.path)];
                if !copies.into_iter().all(is_ours) {
                    return false;
                }
                store.work.insert(file.path, target.clone());
                true
            })?;
            if !done {
                left_alone.push(file.path);
            }
        }
        self.effect("stage", |store| {
            let head = store.files();
            for file in files.iter().filter(|file| !left_alone.contains(&file.path)) {
                if let Some(target) = head.get(&file.path) {
                    store.index.insert(file.path, target.clone());
                }
            }
        })?;
        Ok(left_alone)
    }

    fn write_journal(&self, _: &Lock, text: &str) -> Result<(), RepositoryError> {
        self.put("write journal", Some(text.as_bytes().into()))
    }

    fn clear_journal(&self, _: &Lock) -> Result<(), RepositoryError> {
        self.put("clear journal", None)
    }
}
