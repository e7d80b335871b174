//! Replays what is recorded and compares it to the bit.
//!
//! What an iteration evaluated follows from the records before it: baselines and people's edits bring the strategy's text,
//! everything else changes the incumbent's. What came of it follows from program and data. So a record can be made again
//! from the repository, and every number in it must be the same. What a proposer answered can't be asked again and is taken
//! from the record.
//!
//! Never touches files, git or the clock.

mod difference;
mod script;

pub use difference::{Mismatch, Phase};
pub use script::{Script, script, scripts};

use crate::certify::weigh;
use crate::check::{self, STRATEGY_FILE};
use crate::decide::{self, Case, Decision, Incumbent};
use crate::evaluation::Arena;
use crate::record::{Counted, Draft};
use crate::state::ledger::{Entry, Look, WrittenLook};
use crate::state::{Ledger, PullState, Record, State, Verdict};

/// Why an iteration can't be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unverifiable {
    /// It has no out-of-sample evaluation.
    #[error("nothing was evaluated in it")]
    NotEvaluated,
    /// Another version of the engine made it.
    #[error("engine {made} made it, this is {this}")]
    Engine {
        /// The record's.
        made: u32,
        /// This one.
        this: u32,
    },
    /// What it evaluated can't be put together from the records.
    #[error("{0}")]
    Script(String),
    /// The evaluation gives no score.
    #[error("its evaluation can't be scored: {0}")]
    Score(String),
}

/// Replays the iteration of a script in an arena of its epoch. `None` where everything is as recorded.
///
/// # Errors
/// What keeps it from being replayed.
pub fn replay(
    arena: &Arena<'_>,
    state: &State,
    script: &Script,
) -> Result<Option<Mismatch>, Unverifiable> {
    let record = script.record(state).ok_or(Unverifiable::NotEvaluated)?;
    if record.engine != crate::ENGINE {
        return Err(Unverifiable::Engine { made: record.engine, this: crate::ENGINE });
    }
    let text = script.candidate.as_ref().map_err(|reason| Unverifiable::Script(reason.clone()))?;
    let candidate = check::read(STRATEGY_FILE, text)
        .map_err(|flaw| Unverifiable::Script(format!("its strategy is none: {flaw}")))?;
    let scored = arena.score(arena.backtest(&candidate.compiled));
    let evaluation = scored.map_err(|error| Unverifiable::Score(error.to_string()))?;
    let subject = (&candidate.strategy, &candidate.compiled);
    let case = Case::new(arena, subject, &evaluation, script.incumbent(state));
    let decision = match record.verdict {
        Verdict::Accepted | Verdict::Rejected => without_room(record, decide::decide(case)),
        // Nobody decided: what stands in the record is what happened.
        verdict => Decision {
            verdict,
            reason: record.reason.clone(),
            gates: decide::baseline_gates(&case),
            neighbours: Vec::new(),
        },
    };
    let hash = candidate.hash().to_string();
    let before = state.ledger().before(record.iteration, &record.started);
    let counted = Counted::of(arena, &before, (record.iteration, &hash), &evaluation, &decision);
    let draft = Draft { iteration: record.iteration, ..Draft::default() };
    let again = draft.evaluated(arena, hash, &counted, &evaluation, decision);
    Ok(difference::of_records(record, &again)
        .or_else(|| difference::of_entries(record, &entries(state.ledger(), record), &counted)))
}

/// What was accepted and had no room to wait for review was rejected, in words that the replay can't know.
fn without_room(record: &Record, decision: Decision) -> Decision {
    let pull = record.pull_request.as_ref();
    let no_room = pull.is_some_and(|pull| pull.state == PullState::NoRoom);
    if no_room && decision.verdict == Verdict::Accepted {
        return Decision { verdict: Verdict::Rejected, reason: record.reason.clone(), ..decision };
    }
    decision
}

/// The entries that an iteration added to the ledger.
fn entries(ledger: &Ledger, record: &Record) -> Vec<Entry> {
    let own = |entry: &&Entry| match entry {
        Entry::Epoch(span) => span.iteration == record.iteration,
        Entry::Trial(trial) => trial.iteration == record.iteration,
        _ => false,
    };
    ledger.entries().filter(own).cloned().collect()
}

/// A look that was taken, taken again.
#[derive(Debug, Clone, PartialEq)]
pub struct LookAgain {
    /// Where it says something else than it said.
    pub mismatch: Option<Mismatch>,
    /// The probabilistic Sharpe ratio that it found, where the holdout is retired.
    pub psr: Option<f64>,
}

/// Takes a look again that was taken before, with the strategy of the iteration that it was for. `None` where it was lost,
/// or can't be put together.
pub fn look_again(
    arena: &Arena<'_>,
    state: &State,
    permission: &WrittenLook,
    script: &Script,
) -> Option<LookAgain> {
    let look = permission.look();
    let said = state.ledger().outcome(look)?.pass?;
    let candidate = check::read(STRATEGY_FILE, script.candidate.as_ref().ok()?).ok()?;
    let again = arena.look(permission, &candidate.compiled);
    let otherwise = || (again != Some(said)).then(|| Mismatch::of_look(look, said, again));
    let mismatch = earned(state, look).and_then(|found| difference::of_looks(look, &found));
    let mismatch = mismatch.or_else(otherwise);
    let retired = state.ledger().retired(&look.epoch);
    let psr = retired.and_then(|retired| arena.unsealed(&retired, permission, &candidate.compiled));
    Some(LookAgain { mismatch, psr })
}

/// The look with what the trials before it say of its candidate: whether a certified strategy is called strong hangs on it.
fn earned(state: &State, look: &Look) -> Option<Look> {
    let ledger = state.ledger().before_look(look);
    let (span, trial) = (ledger.epoch()?, ledger.trial(&look.epoch, &look.candidate)?);
    let tried = ledger.tried(span);
    let found = weigh(trial, &tried, span.bars_per_year);
    let (dsr, pbo) = (found.dsr.unwrap_or_default(), found.pbo.ok());
    Some(Look { trials: tried.trials, dsr, pbo, ..look.clone() })
}

impl Script {
    /// The strategy that the candidate had to beat, as the decision saw it.
    fn incumbent(&self, state: &State) -> Option<Incumbent> {
        let record = self.record(state)?;
        if record.verdict == Verdict::Baseline {
            return None;
        }
        let before = state.history().records().get(self.incumbent?)?;
        // A person's edit is measured by its own length: there was nothing else at HEAD.
        let text = if matches!(record.verdict, Verdict::External | Verdict::Merged) {
            self.candidate.as_deref().ok()
        } else {
            self.incumbent_text.as_deref()
        };
        let compiled = check::read(STRATEGY_FILE, text?).ok()?.compiled;
        Incumbent::of_record(before, compiled.nodes)
    }
}
