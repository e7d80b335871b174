//! The trial ledger: every evaluation that produced an out-of-sample number, and every look at the holdout.
//!
//! It answers how many things were tried, which is what any inference about the best of them depends on: candidates that
//! were rejected or abandoned, neighbours that a gate asked for, combinations that fitting tried. The files
//! `state/ledger/NNNN.json` hold one entry per line and only ever grow; the last one is appended to until it is full. The
//! count survives epochs: a change of costs doesn't make the same bars unseen.
//!
//! A look at the holdout is an entry that is committed before the look is taken. [`Ledger::open_look`] finds it in what was
//! read from a repository, and only there: the [`WrittenLook`] that it returns is what evaluating a holdout takes.

mod check;
mod entry;
mod row;

pub use entry::{
    ALPHA, Bars, Carried, Entry, EpochSpan, LEDGER_FORMAT, LedgerLine, Look, Outcome, Role, Trial,
    level,
};
pub use row::{MOST_CELLS, Row, bars_per_cell};

use std::sync::Arc;

use super::lines::{self, Text};
use super::{Blob, ContentHash, HOLDOUT_LOOKS, History, Holdout, Label, StateError, StatePath};

/// A file of the ledger isn't appended to beyond this many bytes: each commit stores the file anew until git packs it.
pub const LEDGER_BYTES: usize = 256_000;

/// Trials of an epoch whose returns are kept. Later ones are counted, with their Sharpe ratios.
pub const KEPT_ROWS: usize = 5_000;

/// A deflated Sharpe ratio from which on a certified strategy is called strong.
const STRONG_DSR: f64 = 0.95;
/// The highest probability of backtest overfitting of a strong one.
const STRONG_PBO: f64 = 0.2;

/// All entries, in the order in which they were written.
#[derive(Debug, Clone)]
pub struct Ledger {
    entries: Vec<Arc<Entry>>,
    /// Places of the entries that are no trials: a few among many.
    marks: Vec<usize>,
    /// Entries that a repository holds; later ones were only applied in memory.
    read: usize,
    /// Texts of the files.
    files: Vec<Arc<Text>>,
    /// What the next commit writes first: the count of before there was a ledger.
    carried: Option<Entry>,
}

/// Two ledgers are the same if they say the same, whether that was read or applied.
impl PartialEq for Ledger {
    fn eq(&self, other: &Self) -> bool {
        let Self { entries, marks: _, read: _, files, carried } = self;
        (entries, files, carried) == (&other.entries, &other.files, &other.carried)
    }
}

/// A look that a repository holds and that has no outcome yet: the permission to evaluate the holdout once, for one
/// candidate. Nothing else makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenLook(Look);

impl WrittenLook {
    /// What was written.
    pub fn look(&self) -> &Look {
        &self.0
    }
}

/// Proof that all looks at a holdout are spent and taken: what they found may be known. Nothing but
/// [`Ledger::retired`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retired(());

/// The trials that an inference about a candidate of an epoch has to reckon with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tried {
    /// How many, in all epochs whose out-of-sample bars overlap with this one's.
    pub trials: u64,
    /// Their Sharpe ratios per bar, as far as defined.
    pub sharpes: Vec<f64>,
    /// Returns of those that were made in this very epoch, so that cells are of the same bars.
    pub rows: Vec<Row>,
}

/// The files after more entries.
pub(super) struct Grown {
    pub(super) path: StatePath,
    pub(super) text: Text,
}

impl Ledger {
    /// Reads the files, in the order of their numbers, and holds them against the history.
    ///
    /// # Errors
    /// A line that is no entry, a file that is missing in between, counts that don't add up or don't agree with the
    /// records.
    pub fn parse(files: &[(StatePath, &Blob)], history: &History) -> Result<Self, StateError> {
        let (mut entries, mut texts) = (Vec::new(), Vec::with_capacity(files.len()));
        for (number, (path, blob)) in files.iter().enumerate() {
            let expected = StatePath::Ledger(number as u32);
            if *path != expected {
                return Err(StateError::Missing { path: expected });
            }
            let text = blob.shared(*path)?;
            entries.extend(lines::read(*path, text, Entry::parse)?);
            texts.push(Arc::new(Text::of(Arc::clone(text))));
        }
        check::is_whole(files.len(), &entries, history)?;
        let mut ledger = Self { files: texts, ..Self::empty() };
        if entries.is_empty() && history.trials() > 0 {
            let iteration = history.len() as u64 - 1;
            let carried = Entry::Carried(Carried { iteration, trials: history.trials() });
            ledger.extend(carried.clone());
            ledger.carried = Some(carried);
        }
        let read = entries.len();
        Ok(Self { read, ..ledger.and(entries, history)? })
    }

    /// Reads what [`Ledger::parse`] does, of which this was read before or written since: of the last file, only lines
    /// that weren't there are parsed.
    ///
    /// # Errors
    /// Those of [`Ledger::parse`].
    pub(in crate::state) fn parse_more(
        mut self,
        files: &[(StatePath, &Blob)],
        history: &History,
    ) -> Result<Self, StateError> {
        let Some((&(path, blob), older)) = files.split_last() else {
            return Self::parse(files, history);
        };
        let text = blob.shared(path)?;
        let known = |(at, (path, blob)): (usize, &(StatePath, &Blob))| {
            *path == StatePath::Ledger(at as u32) && blob.text() == Some(self.files[at].as_str())
        };
        let last = self.files.len().wrapping_sub(1);
        let same = self.carried.is_none()
            && last == older.len()
            && path == StatePath::Ledger(last as u32)
            && older.iter().enumerate().all(known);
        let before = same.then(|| self.files[last].as_str());
        let more = match before {
            Some(before) => lines::read_more(path, before, text, Entry::parse)?,
            None => None,
        };
        let (Some((kept, more)), Some(before)) = (more, before) else {
            return Self::parse(files, history);
        };
        let gone = lines::count(before) - kept;
        self.entries.truncate(self.entries.len() - gone);
        self.marks.retain(|at| *at < self.entries.len());
        let before = std::mem::replace(&mut self.files[last], Arc::new(Text::empty()));
        let grown = Arc::unwrap_or_clone(before).followed_by(Arc::clone(text));
        self.files[last] = Arc::new(grown);
        let mut ledger = self.and(more, history)?;
        ledger.is_read();
        Ok(ledger)
    }

    /// The hash of a file, if this was read from it.
    pub(in crate::state) fn hash_of(&self, number: u32, blob: &Blob) -> Option<ContentHash> {
        self.files.get(number as usize)?.hash_of(blob)
    }

    /// Everything in it stands in the repository.
    pub(in crate::state) fn is_read(&mut self) {
        self.read = if self.carried.is_some() { 0 } else { self.entries.len() };
    }

    fn empty() -> Self {
        let (entries, marks, files) = (Vec::new(), Vec::new(), Vec::new());
        Self { entries, marks, read: 0, files, carried: None }
    }

    /// With further entries, all found to follow, and to agree with the history.
    fn and(mut self, entries: Vec<Entry>, history: &History) -> Result<Self, StateError> {
        for entry in entries {
            self.check_next(&entry)?;
            self.extend(entry);
        }
        self.agrees_with(history)?;
        Ok(self)
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().map(AsRef::as_ref)
    }

    /// Trials so far, over all epochs.
    pub fn total(&self) -> u64 {
        let total = |entry: &Entry| match entry {
            Entry::Trial(trial) => Some(trial.trial),
            Entry::Carried(carried) => Some(carried.trials),
            _ => None,
        };
        self.entries().rev().find_map(total).unwrap_or(0)
    }

    /// The last epoch that began.
    pub fn epoch(&self) -> Option<&EpochSpan> {
        self.epochs().next_back()
    }

    /// The trial that evaluated a candidate in an epoch, if one did.
    pub fn trial(&self, epoch: &str, candidate: &str) -> Option<&Trial> {
        self.trials_by_epoch()
            .find(|(span, trial)| span.epoch == epoch && trial.candidate == candidate)
            .map(|(_, trial)| trial)
    }

    /// Everything that was tried on bars which overlap with the out-of-sample ones of `span`.
    pub fn tried(&self, span: &EpochSpan) -> Tried {
        let mut tried = Tried::default();
        for entry in self.marked() {
            if let Entry::Carried(carried) = entry {
                tried.trials += carried.trials;
            }
        }
        for (other, trial) in self.trials_by_epoch() {
            let same_bars =
                other.shares_symbols(span) && other.out_of_sample.overlaps(&span.out_of_sample);
            if !same_bars {
                continue;
            }
            tried.add(trial, other.epoch == span.epoch);
        }
        tried
    }

    /// Looks that were spent on the holdout of `span`, or on one that overlaps with it, each with its outcome if it has
    /// one.
    pub fn looks(&self, span: &EpochSpan) -> Vec<(&Look, Option<&Outcome>)> {
        let Some(holdout) = &span.holdout else { return Vec::new() };
        let on_it = |look: &&Look| {
            let of = self.epochs().rfind(|other| other.epoch == look.epoch);
            of.is_some_and(|other| {
                let same_bars = other.holdout.as_ref().is_some_and(|bars| bars.overlaps(holdout));
                same_bars && other.shares_symbols(span)
            })
        };
        let looks = self.marked().filter_map(|entry| match entry {
            Entry::Look(look) => Some(look),
            _ => None,
        });
        looks.filter(on_it).map(|look| (look, self.outcome(look))).collect()
    }

    /// Whether the holdout of an epoch is retired.
    pub fn retired(&self, epoch: &str) -> Option<Retired> {
        let span = self.epochs().rfind(|span| span.epoch == epoch)?;
        let looks = self.looks(span);
        let taken = looks.iter().filter(|(_, outcome)| outcome.is_some()).count() as u64;
        (taken >= HOLDOUT_LOOKS).then_some(Retired(()))
    }

    /// An epoch that developed on bars of the holdout of `span`: what is chosen by such bars can't be certified on them.
    pub fn spoiled_by(&self, span: &EpochSpan) -> Option<&EpochSpan> {
        let holdout = span.holdout.as_ref()?;
        self.epochs().find(|other| {
            other.epoch != span.epoch
                && other.shares_symbols(span)
                && other.development.overlaps(holdout)
        })
    }

    /// The looks that a repository holds, oldest first. To take one again that was taken is no other look: it says the
    /// same.
    pub fn written_looks(&self) -> Vec<WrittenLook> {
        let look = |at: &usize| match self.entries[*at].as_ref() {
            Entry::Look(look) => Some(WrittenLook(look.clone())),
            _ => None,
        };
        self.marks.iter().take_while(|at| **at < self.read).filter_map(look).collect()
    }

    /// The look that a repository holds and that has no outcome yet.
    pub fn open_look(&self) -> Option<WrittenLook> {
        let last = self.written_looks().pop()?;
        self.outcome(last.look()).is_none().then_some(last)
    }

    /// The ledger as it was when an iteration began, at `started`. Where it says so itself, by the entries of the
    /// iteration, no time is asked: clocks are set back.
    pub fn before(&self, iteration: u64, started: &str) -> Self {
        let of = |entry: &Arc<Entry>| match entry.as_ref() {
            Entry::Epoch(span) => Some(span.iteration),
            Entry::Trial(trial) => Some(trial.iteration),
            _ => None,
        };
        let is_later = |entry: &Arc<Entry>| match entry.as_ref() {
            Entry::Look(look) => look.at.as_str() > started,
            Entry::Outcome(outcome) => outcome.at.as_str() > started,
            _ => false,
        };
        let next = self.entries.iter().position(|entry| of(entry).is_some_and(|n| n >= iteration));
        let end = next.unwrap_or(self.entries.len());
        if self.entries.get(end).and_then(of) == Some(iteration) {
            return self.first(end);
        }
        // What it evaluated was tried before: looks that follow the last trial may be of before or after.
        let last = self.entries[..end].iter().rposition(|entry| of(entry).is_some());
        let sure = last.map_or(0, |last| last + 1);
        let looks = self.entries[sure..end].iter().take_while(|entry| !is_later(entry)).count();
        self.first(sure + looks)
    }

    /// The ledger as it was when a look was written down.
    pub fn before_look(&self, look: &Look) -> Self {
        let is_it =
            |entry: &Arc<Entry>| matches!(entry.as_ref(), Entry::Look(found) if found == look);
        self.first(self.entries.iter().take_while(|entry| !is_it(entry)).count())
    }

    /// Its first entries, as a ledger that nothing can be added to.
    fn first(&self, count: usize) -> Self {
        let mut before = Self::empty();
        self.entries.iter().take(count).for_each(|entry| before.add(Arc::clone(entry)));
        Self { read: count.min(self.read), ..before }
    }

    /// What may be claimed of a candidate in the current epoch.
    pub fn label(&self, candidate: &str) -> Label {
        let Some(span) = self.epoch() else { return Label::Search };
        let passed = |(look, outcome): &(&Look, Option<&Outcome>)| {
            look.candidate == candidate && outcome.is_some_and(|outcome| outcome.pass == Some(true))
        };
        match self.looks(span).into_iter().find(passed) {
            None => Label::Search,
            Some((look, _)) if look.is_strong() => Label::Strong,
            Some(_) => Label::Certified,
        }
    }

    /// The current holdout in short, as status.json has it.
    pub fn holdout(&self) -> Holdout {
        let looks = self.epoch().map_or(0, |span| self.looks(span).len() as u64);
        Holdout { looks, budget: HOLDOUT_LOOKS }
    }

    fn epochs(&self) -> impl DoubleEndedIterator<Item = &EpochSpan> {
        self.marked().filter_map(|entry| match entry {
            Entry::Epoch(span) => Some(span),
            _ => None,
        })
    }

    /// All entries that are no trials, oldest first.
    fn marked(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.marks.iter().map(|at| self.entries[*at].as_ref())
    }

    fn trials_by_epoch(&self) -> impl Iterator<Item = (&EpochSpan, &Trial)> {
        let mut current = None;
        self.entries().filter_map(move |entry| match entry {
            Entry::Epoch(span) => {
                current = Some(span);
                None
            }
            Entry::Trial(trial) => Some((current?, trial)),
            _ => None,
        })
    }

    /// What a look said, if it was taken.
    pub fn outcome(&self, look: &Look) -> Option<&Outcome> {
        self.marked().find_map(|entry| match entry {
            Entry::Outcome(outcome)
                if (outcome.look, outcome.epoch.as_str(), outcome.candidate.as_str())
                    == (look.look, look.epoch.as_str(), look.candidate.as_str()) =>
            {
                Some(outcome)
            }
            _ => None,
        })
    }

    /// The last file with more entries, or a new one where it would be longer than `most_bytes`.
    pub(super) fn grow(&self, lines: &[String], most_bytes: usize) -> Option<Grown> {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        if lines.is_empty() {
            return None;
        }
        let number = self.files.len() as u32;
        let more: usize = lines.iter().map(|line| line.len() + 2).sum();
        let last = self.files.last().filter(|text| text.as_str().len() + more <= most_bytes);
        let (number, text) = match last {
            Some(text) => (number - 1, text.appended(&lines)),
            None => (number, Text::empty().appended(&lines)),
        };
        Some(Grown { path: StatePath::Ledger(number), text })
    }

    /// The text of file `number` with more lines; of a new file where there is none of that number.
    pub(super) fn regrown(&self, number: u32, lines: &[String]) -> Text {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        match self.files.get(number as usize) {
            Some(text) => text.appended(&lines),
            None => Text::empty().appended(&lines),
        }
    }

    /// Entries that go before all others of the next commit.
    pub(super) fn unwritten(&self) -> Option<&Entry> {
        self.carried.as_ref()
    }

    /// Takes in an entry that follows.
    pub(super) fn extend(&mut self, entry: Entry) {
        self.add(Arc::new(entry));
    }

    fn add(&mut self, entry: Arc<Entry>) {
        if !matches!(*entry, Entry::Trial(_)) {
            self.marks.push(self.entries.len());
        }
        self.entries.push(entry);
    }

    /// Takes in what a file of the ledger holds after a commit.
    pub(super) fn replace(&mut self, number: u32, text: Text) {
        self.carried = None;
        match self.files.get_mut(number as usize) {
            Some(file) => *file = Arc::new(text),
            None => self.files.push(Arc::new(text)),
        }
    }
}

impl Look {
    /// Whether what passes this look is called strong.
    pub fn is_strong(&self) -> bool {
        self.dsr >= STRONG_DSR && self.pbo.is_some_and(|pbo| pbo <= STRONG_PBO)
    }
}

impl Tried {
    /// One more trial; of `this_epoch` if its returns are of the same bars.
    pub fn add(&mut self, trial: &Trial, this_epoch: bool) {
        self.trials += trial.count;
        self.sharpes.extend(trial.sharpe);
        if this_epoch {
            self.rows.extend(trial.returns.clone());
        }
    }
}
