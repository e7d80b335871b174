//! What one iteration leaves in the history: its record, built from what happened.
//!
//! Never touches the disk, git, the clock or the network.

mod trials;

pub use trials::Counted;

use serde_json::Value;

use crate::backtest::FoldRun;
use crate::backtest::metrics::Metrics;
use crate::decide::Decision;
use crate::evaluation::{Arena, Benchmark, Evaluation, Fitted};
use crate::market::{Market, time::format_time};
use crate::state::{
    BenchmarkSummary, FITTED_PARTS, Figures, FitSummary, FoldSummary, Proposer, Record, RunRef,
    SpanSummary, Verdict,
};
use crate::strategy::Edit;

/// What is known about an iteration before it is evaluated.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Its number.
    pub iteration: u64,
    /// Hash of the incumbent that it builds on.
    pub parent: Option<String>,
    /// Who proposed it.
    pub proposer: Proposer,
    /// What the proposer expects.
    pub hypothesis: Option<String>,
    /// What should be seen if that is right.
    pub expected: Option<String>,
    /// The person's idea that it takes up.
    pub idea: Option<String>,
    /// Hints of people that go on waiting.
    pub waiting: Vec<String>,
    /// The change from the incumbent.
    pub edits: Vec<Edit>,
    /// The workflow run.
    pub run: RunRef,
    /// When it started, ISO-8601 UTC.
    pub started: String,
}

impl Draft {
    /// The record of an iteration that ended without an evaluation.
    pub fn unevaluated(
        &self,
        arena: &Arena<'_>,
        verdict: Verdict,
        candidate: Option<String>,
        reason: String,
    ) -> Record {
        Record {
            parent: self.parent.clone(),
            candidate,
            proposer: self.proposer.clone(),
            hypothesis: self.hypothesis.clone(),
            expected: self.expected.clone(),
            idea: self.idea.clone(),
            waiting: self.waiting.clone(),
            edits: self.edits.clone(),
            data: arena.market().hash().into(),
            run: self.run.clone(),
            started: self.started.clone(),
            ..Record::new(self.iteration, arena.epoch(), verdict, reason)
        }
    }

    /// The record of an iteration whose candidate was evaluated and counted.
    pub fn evaluated(
        &self,
        arena: &Arena<'_>,
        candidate: String,
        counted: &Counted,
        evaluation: &Evaluation,
        decision: Decision,
    ) -> Record {
        let blank = self.unevaluated(arena, decision.verdict, Some(candidate), decision.reason);
        let backtest = &evaluation.backtest;
        let folds = backtest
            .runs
            .iter()
            .enumerate()
            .map(|(id, run)| fold_summary(id, run, arena.market(), backtest.bars_per_year));
        Record {
            trial: Some(counted.trial),
            score: Some(evaluation.score.value),
            parts: evaluation.score.parts.as_ref().map(figures),
            in_sample: Some(figures(&evaluation.in_sample)),
            out_of_sample: Some(figures(&evaluation.out_of_sample)),
            folds: folds.collect(),
            luck: Some(counted.luck.clone()),
            benchmark: arena.benchmark().map(benchmark_summary),
            fit: evaluation.fitted.as_ref().map(fit_summary),
            gates: decision.gates,
            ..blank
        }
    }
}

/// JSON of our own types, whose numbers are finite and whose keys are text.
fn figures(value: &impl serde::Serialize) -> Figures {
    serde_json::to_value(value).unwrap_or(Value::Null).into()
}

fn benchmark_summary(benchmark: &Benchmark) -> BenchmarkSummary {
    let summary = |metrics: &Metrics| {
        let get = |name| metrics.get(name).get();
        SpanSummary {
            total_return: get("total_return"),
            cagr: get("cagr"),
            volatility: get("volatility"),
            sharpe: get("sharpe"),
            max_drawdown: get("max_drawdown"),
        }
    };
    BenchmarkSummary {
        in_sample: summary(&benchmark.in_sample),
        out_of_sample: summary(&benchmark.out_of_sample),
    }
}

fn fit_summary(fitted: &Fitted) -> FitSummary {
    let chosen = fitted.rounds.iter().take(FITTED_PARTS).cloned().collect();
    FitSummary { tried: fitted.tried, chosen }
}

fn fold_summary(id: usize, run: &FoldRun, market: &Market, bars_per_year: f64) -> FoldSummary {
    let metrics = run.metrics(bars_per_year);
    let ticks = &run.fold.ticks;
    let time = |tick: usize| market.timeline().get(tick).copied().map(format_time);
    FoldSummary {
        id: id as u32,
        span: run.fold.span.to_string(),
        from: time(ticks.start).unwrap_or_default(),
        to: time(ticks.end.saturating_sub(1)).unwrap_or_default(),
        bars: ticks.len() as u64,
        total_return: metrics.get("total_return").get(),
        sharpe: metrics.get("sharpe").get(),
        max_drawdown: metrics.get("max_drawdown").get(),
        trades: run.trades.len() as u64,
        return_per_trade: metrics.get("return_per_trade").get(),
    }
}
