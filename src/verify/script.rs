//! What each iteration evaluated, put together from the records before it.

use std::sync::Arc;

use crate::state::{Record, State, Verdict};
use crate::strategy::apply;

/// One iteration's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Its number.
    pub iteration: u64,
    /// The strategy that it evaluated, or why it can't be told.
    pub candidate: Result<String, String>,
    /// The iteration whose candidate was the incumbent.
    pub incumbent: Option<usize>,
    /// The incumbent's text.
    pub incumbent_text: Option<String>,
}

impl Script {
    /// The record, if something was evaluated.
    pub fn record<'a>(&self, state: &'a State) -> Option<&'a Record> {
        let evaluated = |record: &&Record| {
            let verdicts = [
                Verdict::Baseline,
                Verdict::Accepted,
                Verdict::Rejected,
                Verdict::External,
                Verdict::Merged,
            ];
            record.trial.is_some() && verdicts.contains(&record.verdict)
        };
        let record = state.history().records().get(usize::try_from(self.iteration).ok()?);
        record.map(AsRef::as_ref).filter(evaluated)
    }
}

/// What stands before a record: the iteration whose candidate is the incumbent, and its strategy.
type Standing = Option<(usize, Result<String, String>)>;

/// The scripts of all records.
pub fn scripts(records: &[Arc<Record>]) -> Vec<Script> {
    let mut incumbent: Standing = None;
    let mut all = Vec::with_capacity(records.len());
    for (at, record) in records.iter().enumerate() {
        let script = Script::of(at, record, &incumbent);
        if record.moves_incumbent() {
            incumbent = Some((at, script.candidate.clone()));
        }
        all.push(script);
    }
    all
}

/// The script of one record, put together from no more of them than that takes: back to one that has its strategy whole.
pub fn script(records: &[Arc<Record>], at: usize) -> Option<Script> {
    records.get(at)?;
    let before = |at: usize| records[..at].iter().rposition(|record| record.moves_incumbent());
    let mut chain = vec![at];
    let mut next = before(at);
    while let Some(link) = next {
        chain.push(link);
        next = before(link).filter(|_| records[link].strategy.is_none());
    }
    let mut incumbent: Standing = None;
    while let Some(link) = chain.pop() {
        let script = Script::of(link, &records[link], &incumbent);
        if link == at {
            return Some(script);
        }
        incumbent = Some((link, script.candidate));
    }
    None
}

impl Script {
    fn of(at: usize, record: &Record, incumbent: &Standing) -> Self {
        let text = incumbent.as_ref().map(|(_, text)| text);
        let candidate = match (&record.strategy, text) {
            (Some(text), _) => Ok(text.clone()),
            (None, Some(Ok(text))) => {
                apply(text, &record.edits).map_err(|error| format!("its edits don't fit: {error}"))
            }
            (None, Some(Err(reason))) => Err(reason.clone()),
            (None, None) => Err("the first record has no strategy".into()),
        };
        Self {
            iteration: at as u64,
            candidate,
            incumbent: incumbent.as_ref().map(|(at, _)| *at),
            incumbent_text: text.and_then(|text| text.clone().ok()),
        }
    }
}
