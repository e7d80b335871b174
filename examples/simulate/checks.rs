//! What must hold after every run, and at the end.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering::Relaxed;

use sprag::evaluation::Arena;
use sprag::ports::CommitId;
use sprag::state::ledger::Entry;
use sprag::state::{BY_A_PERSON, Blob, ContentHash, Journal, Phase, State, StatePath, Verdict};
use sprag::verify;

use crate::disk::Store;
use crate::model::{MOST, Model};

/// What was seen of a repository so far.
#[derive(Default)]
pub struct Checks {
    /// The state when it was looked at last.
    pub state: Option<State>,
    history: Option<Blob>,
    head: Option<CommitId>,
    /// Answers that stand in records.
    told: BTreeSet<String>,
    /// Answers that were durable and stand in no record yet.
    unrecorded: BTreeSet<String>,
    /// Whether a person did away with what was paid for.
    pub forgiven: bool,
    budget: u64,
}

impl Checks {
    pub fn new(budget: u64) -> Self {
        Self { budget, ..Self::default() }
    }

    /// Records so far.
    pub fn records(&self) -> usize {
        self.state.as_ref().map_or(0, |state| state.history().len())
    }

    /// A person took records or the journal away: what holds from here on is what is there now.
    pub fn forgive(&mut self, store: &Store) {
        self.forgive_to(store, State::read(&store.files()).ok());
    }

    /// The same, where the state that is there now was read already.
    pub fn forgive_to(&mut self, store: &Store, state: Option<State>) {
        let records = state.iter().flat_map(|state| state.history().records());
        let told = records.filter_map(|record| record.hypothesis.clone()).collect();
        *self = Self { forgiven: true, state, told, ..Self::new(self.budget) };
        // What can't be read is no beginning; the next run says so.
        let _ = self.history_grew(store);
    }

    /// After a run: the history grew, every answer that was durable is still there, and stands in one record.
    pub fn after_run(&mut self, store: &Store, model: &Model) -> Result<(), String> {
        if let Some(flaw) = &store.flaw {
            return Err(flaw.clone());
        }
        self.history_grew(store)?;
        let journal = journal(store)?;
        let waiting = match &journal {
            Some(Journal { phase: Phase::Proposed(proposal), .. }) => proposal.hypothesis.clone(),
            Some(Journal { phase: Phase::Recorded(intent), .. }) => {
                let record = intent.record().map_err(|error| error.to_string())?;
                record.and_then(|record| record.hypothesis)
            }
            _ => None,
        };
        // What is still on its way may take the place of what is there.
        let stays = |answer: &String| !store.awaits_journal() && !self.told.contains(answer);
        self.unrecorded.extend(waiting.clone().filter(stays));
        self.unrecorded.retain(|answer| !self.told.contains(answer));
        if let Some(lost) = self.unrecorded.iter().find(|answer| waiting.as_ref() != Some(answer)) {
            return Err(format!("a paid answer was lost: {lost}"));
        }
        let charged = model.charged.load(Relaxed);
        if self.budget > 0 && charged > self.budget && !self.forgiven {
            return Err(format!("{charged} tokens were charged of {}", self.budget));
        }
        Ok(())
    }

    fn history_grew(&mut self, store: &Store) -> Result<(), String> {
        let files = store.files();
        let history = files.get(&StatePath::History).cloned();
        let unchanged = self.history.is_some() && self.history == history;
        if self.state.is_some() && self.head.is_some() && self.head == store.head {
            return Ok(());
        }
        self.head.clone_from(&store.head);
        let before = self.state.take();
        let had = before.as_ref().map_or(0, |state| state.history().len());
        let grew = match (&self.history, &history) {
            (Some(before), Some(now)) => now.starts_with(body(before)),
            (None, _) => true,
            (Some(_), None) => false,
        };
        let state = match before {
            Some(before) if grew => before.read_again(&store.files()).map_err(unreadable)?,
            Some(before) => {
                // Older records have moved to a segment, or something is wrong.
                let now = State::read(&store.files()).map_err(unreadable)?;
                if !now.history().records().starts_with(before.history().records()) {
                    return Err("a record was changed or taken away".into());
                }
                now
            }
            None => State::read(&store.files()).map_err(unreadable)?,
        };
        if !unchanged {
            for record in &state.history().records()[had.min(state.history().len())..] {
                // What people do to a pull request is recorded with the words of its proposal.
                if let Some(answer) = &record.hypothesis
                    && record.proposer.kind != BY_A_PERSON
                    && !self.told.insert(answer.clone())
                {
                    return Err(format!("two records of one answer: {answer}"));
                }
            }
        }
        self.history = history;
        self.state = Some(state);
        Ok(())
    }

    /// When nothing is under way.
    pub fn settled(&self, store: &Store, model: &Model) -> Result<(), String> {
        let journal = journal(store)?;
        let (charged, calls) = (model.charged.load(Relaxed), model.calls.load(Relaxed));
        // Where the budget has no room for a further iteration, what asking cost waits in the journal.
        let asked = match journal.map(|journal| journal.phase) {
            None => 0,
            Some(Phase::Asked(asked)) => asked.owed().tokens(),
            Some(_) => return Err("a journal is left".into()),
        };
        let head = store.files();
        if !store.is_remote {
            for (place, files) in [("index", &store.index), ("work tree", &store.work)] {
                if let Some((path, _)) =
                    head.iter().find(|(path, blob)| files.get(path) != Some(blob))
                {
                    return Err(format!("{path} in the {place} isn't that of HEAD"));
                }
            }
        }
        // Read as a new process does, and hashed as nobody did before.
        let anew = head.iter().map(|(path, blob)| (*path, Blob::from(&**blob))).collect();
        let state = State::read(&anew).map_err(unreadable)?;
        if self.state.as_ref() != Some(&state) {
            return Err("what was read bit by bit isn't what is there".into());
        }
        for (path, blob) in &head {
            if *blob.hash() != ContentHash::of(blob) {
                return Err(format!("the hash of {path} is wrong"));
            }
        }
        let status = state.status().ok_or("there is no status")?;
        // Each call was booked at what it cost, or at the most that it could have cost.
        let booked = status.spend.tokens_in + status.spend.tokens_out + asked;
        if asked > 0 && (self.budget == 0 || booked + MOST <= self.budget) {
            return Err("a journal is left, and there is room for an iteration".into());
        }
        if !self.forgiven && booked < charged {
            return Err(format!("{charged} tokens were charged and {booked} booked"));
        }
        if booked > calls * MOST || self.budget > 0 && booked > self.budget {
            return Err(format!("{booked} tokens were booked for {calls} calls"));
        }
        trials(&state)?;
        incumbent(&state)
    }

    /// All records are what a run without faults makes of the same proposals.
    pub fn replayed(&self, arenas: &[Arena<'_>; 2]) -> Result<(), String> {
        let Some(state) = &self.state else { return Ok(()) };
        let scripts = verify::scripts(state.history().records());
        for permission in state.ledger().written_looks() {
            let look = permission.look();
            let arena = arenas.iter().find(|arena| arena.epoch() == look.epoch);
            let again = arena
                .zip(scripts.get(look.iteration as usize))
                .and_then(|(arena, script)| verify::look_again(arena, state, &permission, script));
            if let Some(mismatch) = again.and_then(|again| again.mismatch) {
                return Err(format!("look {}: {mismatch:?}", look.look));
            }
        }
        for script in scripts {
            let Some(record) = script.record(state) else { continue };
            let Some(arena) = arenas.iter().find(|arena| arena.epoch() == record.epoch) else {
                return Err(format!("iteration {} has an epoch of its own", record.iteration));
            };
            match verify::replay(arena, state, &script) {
                Ok(None) | Err(verify::Unverifiable::NotEvaluated) => {}
                Ok(Some(mismatch)) => {
                    return Err(format!("iteration {}: {mismatch:?}", record.iteration));
                }
                Err(error) => return Err(format!("iteration {}: {error}", record.iteration)),
            }
        }
        Ok(())
    }

    /// Tokens that are booked.
    pub fn spent(&self) -> u64 {
        let status = self.state.as_ref().and_then(State::status);
        status.map_or(0, |status| status.spend.tokens_in + status.spend.tokens_out)
    }

    /// Looks at holdouts, and how many of them passed.
    pub fn looks(&self) -> (u64, u64) {
        let Some(state) = &self.state else { return (0, 0) };
        let looks = state.ledger().written_looks();
        let passed = looks.iter().filter(|look| {
            state.ledger().outcome(look.look()).is_some_and(|said| said.pass == Some(true))
        });
        (looks.len() as u64, passed.count() as u64)
    }

    /// How many records ended so.
    pub fn count(&self, verdict: Verdict) -> u64 {
        let status = self.state.as_ref().and_then(State::status);
        status.and_then(|status| status.verdicts.get(&verdict)).copied().unwrap_or(0)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unreadable(error: sprag::state::StateError) -> String {
    format!("the state can't be read: {error}")
}

/// All of history.json but the closing bracket.
fn body(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\n]\n").unwrap_or(text)
}

fn journal(store: &Store) -> Result<Option<Journal>, String> {
    let journal = store.journal.as_deref().map(Journal::parse).transpose();
    journal.map_err(|error| format!("the journal can't be read: {error}"))
}

/// Each evaluation is counted once and was held against the incumbent of then, and no look is left open.
fn trials(state: &State) -> Result<(), String> {
    let mut epoch = "";
    let mut counted = BTreeSet::new();
    for entry in state.ledger().entries() {
        match entry {
            Entry::Epoch(span) => epoch = &span.epoch,
            Entry::Trial(trial) if !counted.insert((epoch, trial.candidate.as_str())) => {
                return Err(format!("trial {} was counted before", trial.trial));
            }
            _ => {}
        }
    }
    for record in state.history().records().iter().filter(|record| record.trial.is_some()) {
        let candidate = record.candidate.as_deref().unwrap_or_default();
        if !counted.contains(&(record.epoch.as_str(), candidate)) {
            return Err(format!("the evaluation of iteration {} isn't counted", record.iteration));
        }
    }
    let mut incumbent = None;
    for record in state.history().records() {
        let is_judged = matches!(record.verdict, Verdict::Accepted | Verdict::Rejected);
        if is_judged && record.parent != incumbent {
            return Err(format!("iteration {} was built on another incumbent", record.iteration));
        }
        if record.moves_incumbent() {
            incumbent.clone_from(&record.candidate);
        }
    }
    match state.ledger().open_look() {
        Some(look) => Err(format!("look {} is left open", look.look().look)),
        None => Ok(()),
    }
}

/// The strategy at HEAD is the incumbent, and the incumbent what the records moved to last.
fn incumbent(state: &State) -> Result<(), String> {
    let status = state.status().ok_or("there is no status")?;
    let text = state.strategy().ok_or("there is no strategy")?;
    let candidate =
        sprag::check::read("state/strategy.toml", text).map_err(|flaw| flaw.to_string())?;
    if candidate.hash().to_string() != status.incumbent.hash {
        return Err("the strategy isn't the incumbent".into());
    }
    let records = state.history().records();
    let moved = records.iter().rev().find(|record| record.moves_incumbent());
    if moved.and_then(|record| record.candidate.as_ref()) != Some(&status.incumbent.hash) {
        return Err("the incumbent isn't what the records moved to last".into());
    }
    Ok(())
}
