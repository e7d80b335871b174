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

/// The scripts of all records.
pub fn scripts(records: &[Arc<Record>]) -> Vec<Script> {
    let mut incumbent: Option<(usize, Result<String, String>)> = None;
    let mut all = Vec::with_capacity(records.len());
    for (at, record) in records.iter().enumerate() {
        let text = incumbent.as_ref().map(|(_, text)| text);
        let candidate = match (&record.strategy, text) {
            (Some(text), _) => Ok(text.clone()),
            (None, Some(Ok(text))) => {
                apply(text, &record.edits).map_err(|error| format!("its edits don't fit: {error}"))
            }
            (None, Some(Err(reason))) => Err(reason.clone()),
            (None, None) => Err("the first record has no strategy".into()),
        };
        all.push(Script {
            iteration: at as u64,
            candidate: candidate.clone(),
            incumbent: incumbent.as_ref().map(|(at, _)| *at),
            incumbent_text: text.and_then(|text| text.clone().ok()),
        });
        if record.moves_incumbent() {
            incumbent = Some((at, candidate));
        }
    }
    all
}
