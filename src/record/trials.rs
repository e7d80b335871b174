//! What an evaluation adds to the trial ledger.

use crate::backtest::Span;
use crate::certify;
use crate::decide::Decision;
use crate::evaluation::{Arena, Evaluation};
use crate::market::time::format_time;
use crate::state::ledger::{Bars, Entry, EpochSpan, KEPT_ROWS, Role, Row, Trial};
use crate::state::{Label, Ledger, LuckSummary};
use crate::stats::sharpe::SharpeEstimate;

/// The trials of an iteration, to be written with its record.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Entries of the ledger: the epoch if it begins, the candidate and its neighbours as far as they weren't tried
    /// before in it.
    pub entries: Vec<Entry>,
    /// Trials up to and with these.
    pub trial: u64,
    /// What the number of trials makes of the candidate.
    pub luck: LuckSummary,
}

impl Counted {
    /// Counts the evaluation of the strategy with this hash, as iteration `iteration`.
    pub fn of(
        arena: &Arena<'_>,
        ledger: &Ledger,
        (iteration, hash): (u64, &str),
        evaluation: &Evaluation,
        decision: &Decision,
    ) -> Self {
        let current = ledger.epoch().filter(|span| span.epoch == arena.epoch());
        let span = current.cloned().unwrap_or_else(|| epoch_span(arena, iteration));
        let mut tried = ledger.tried(&span);
        let mut count = Count { ledger, epoch: arena.epoch(), iteration, entries: Vec::new() };
        if current.is_none() {
            count.entries.push(Entry::Epoch(span.clone()));
        }
        let mut total = ledger.total();
        let own = count.trial(hash, Role::Candidate, evaluation, &mut total, tried.rows.len());
        let near = decision.neighbours.iter();
        for near in near.filter(|near| near.hash.as_str() != hash) {
            let hash = near.hash.as_str();
            count.trial(hash, Role::Neighbour, &near.evaluation, &mut total, tried.rows.len());
        }
        for entry in &count.entries {
            if let Entry::Trial(trial) = entry {
                tried.add(trial, true);
            }
        }
        let label = if current.is_some() { ledger.label(hash) } else { Label::Search };
        let looks = ledger.looks(&span).len() as u64;
        let luck = certify::weigh(&own, &tried, span.bars_per_year).summary(label, looks);
        Self { entries: count.entries, trial: total, luck }
    }
}

struct Count<'a> {
    ledger: &'a Ledger,
    epoch: &'a str,
    iteration: u64,
    entries: Vec<Entry>,
}

impl Count<'_> {
    /// The trial of a strategy: the one that it was before in this epoch, or a new one.
    fn trial(
        &mut self,
        hash: &str,
        role: Role,
        evaluation: &Evaluation,
        total: &mut u64,
        kept: usize,
    ) -> Trial {
        if let Some(known) = self.ledger.trial(self.epoch, hash) {
            return known.clone();
        }
        let returns = evaluation.backtest.returns(Span::OutOfSample).concat();
        let estimate = SharpeEstimate::of(&returns).ok();
        // The strategy with what fitting chose, and everything that it was chosen from. Neighbours chose nothing anew.
        let fitted = evaluation.fitted.as_ref().filter(|_| role == Role::Candidate);
        let count = 1 + fitted.map_or(0, |fitted| fitted.tried);
        *total += count;
        let trial = Trial {
            iteration: self.iteration,
            trial: *total,
            count,
            candidate: hash.to_owned(),
            role,
            bars: returns.len() as u64,
            sharpe: estimate.map(|estimate| estimate.sr),
            skew: estimate.map(|estimate| estimate.skew),
            kurtosis: estimate.map(|estimate| estimate.kurtosis),
            returns: (kept + self.entries.len() < KEPT_ROWS).then(|| Row::of(&returns)),
        };
        self.entries.push(Entry::Trial(trial.clone()));
        trial
    }
}

/// The bars that an epoch's numbers are made from.
fn epoch_span(arena: &Arena<'_>, iteration: u64) -> EpochSpan {
    let market = arena.market();
    let time = |tick: usize| market.timeline().get(tick).copied().map(format_time);
    let bars = |from: usize, end: usize| Bars {
        from: time(from).unwrap_or_default(),
        to: time(end.saturating_sub(1)).unwrap_or_default(),
    };
    let folds = &arena.layout().out_of_sample;
    let (first, end) = match (folds.first(), folds.last()) {
        (Some(first), Some(last)) => (first.ticks.start, last.ticks.end),
        _ => (0, 0),
    };
    EpochSpan {
        iteration,
        epoch: arena.epoch().to_owned(),
        symbols: market.symbols().iter().map(|bars| bars.symbol.clone()).collect(),
        development: bars(0, end),
        out_of_sample: bars(first, end),
        holdout: arena.holdout_ticks().map(|ticks| bars(ticks.start, ticks.end)),
        bars_per_year: crate::backtest::bars_per_year(market, &arena.program().settings.backtest),
    }
}
