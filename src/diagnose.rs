//! How a strategy did in-sample, for whoever proposes the next change.
//!
//! Runs the in-sample folds and nothing else: no out-of-sample or holdout bar is backtested here, and a
//! fold that shares a bar with an out-of-sample one is left out. Never touches state or proposals.

use std::collections::BTreeMap;

use crate::backtest::metrics::Metrics;
use crate::backtest::{Backtest, CostTotals, FoldRun, Trade};
use crate::check::{self, Candidate, Flaw};
use crate::evaluation::Arena;
use crate::expr::{self, BinaryOp, Expr, Graph, NodeId, lower};
use crate::market::{Market, format_time};
use crate::propose::{
    ConditionFigures, Diagnostics, Disclosure, ExitFigures, FoldFigures, SymbolFigures,
    TradeFigures,
};
use crate::strategy::Strategy;

/// Worst trades that are listed.
const WORST: usize = 5;

/// Fills in what a disclosure holds for readers only: how the incumbent did in-sample, and the idea that
/// is due, which is `hint`, or else the first hint that waits, or else the first idea of the program that was never tried.
/// `read` is a strategy that was read before, nearly always the incumbent.
///
/// # Errors
///
/// An incumbent that is no strategy.
pub fn inform(
    arena: &Arena<'_>,
    disclosure: &mut Disclosure,
    hint: Option<&str>,
    read: Option<&Candidate>,
) -> Result<(), Flaw> {
    let ideas = arena.program().settings.proposer.ideas.iter().map(String::as_str);
    let tried = |idea: &str| disclosure.past.iter().any(|past| past.idea.as_deref() == Some(idea));
    let waiting = disclosure.waiting.iter().map(String::as_str);
    let idea = hint.into_iter().chain(waiting).chain(ideas.filter(|idea| !tried(idea))).next();
    disclosure.idea = idea.map(str::to_owned);
    let context = arena.market().context().iter();
    disclosure.context = context.map(|bars| bars.symbol.clone()).collect();
    if disclosure.diagnostics.is_none() {
        disclosure.diagnostics = match read.filter(|read| read.text == disclosure.incumbent) {
            Some(incumbent) => in_sample(arena, incumbent),
            None => in_sample(arena, &check::read(check::STRATEGY_FILE, &disclosure.incumbent)?),
        };
    }
    Ok(())
}

/// Backtests a strategy in-sample and says how it did. None where no in-sample fold lies apart from all
/// out-of-sample ones.
pub fn in_sample(arena: &Arena<'_>, candidate: &Candidate) -> Option<Diagnostics> {
    let backtest = arena.backtest_in_sample(&candidate.compiled)?;
    let market = arena.market();
    let runs: Vec<&FoldRun> = backtest.runs.iter().collect();
    let metrics = Metrics::of(&runs, backtest.bars_per_year);
    let trades: Vec<&Trade> = backtest.runs.iter().flat_map(|run| &run.trades).collect();
    let cash = arena.program().settings.backtest.cash;
    Some(Diagnostics {
        metrics: metrics.iter().map(|(metric, value)| (metric.name, value.get())).collect(),
        folds: backtest.runs.iter().map(|run| fold(run, &backtest, market, cash)).collect(),
        symbols: symbols(&trades, market, cash),
        exits: exits(&trades),
        worst_trades: worst(&trades, market),
        best_three: best_three(&trades),
        costs_over_profit: costs_over_profit(&trades),
        conditions: conditions(&candidate.strategy, market, &backtest.runs),
    })
}

fn fold(run: &FoldRun, backtest: &Backtest, market: &Market, cash: f64) -> FoldFigures {
    let metrics = run.metrics(backtest.bars_per_year);
    let value = |name: &str| metrics.get(name).get();
    FoldFigures {
        from: date(market, run.fold.ticks.start),
        to: date(market, run.fold.ticks.end.saturating_sub(1)),
        total_return: value("total_return"),
        sharpe: value("sharpe"),
        max_drawdown: value("max_drawdown"),
        trades: run.trades.len(),
        return_per_trade: value("return_per_trade"),
        exposure: value("exposure"),
        costs: total(&run.costs) / cash,
    }
}

fn date(market: &Market, tick: usize) -> String {
    let time = market.timeline().get(tick).copied().map(format_time).unwrap_or_default();
    time.split('T').next().unwrap_or_default().to_owned()
}

/// The word for a unit variant, as in JSON.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn total(costs: &CostTotals) -> f64 {
    costs.fees + costs.slippage + costs.spread + costs.borrow + costs.funding
}

fn mean_return(trades: &[&Trade]) -> Option<f64> {
    let sum: f64 = trades.iter().map(|trade| trade.net_return()).sum();
    (!trades.is_empty()).then(|| sum / trades.len() as f64)
}

fn symbols(trades: &[&Trade], market: &Market, cash: f64) -> Vec<SymbolFigures> {
    let figures = market.symbols().iter().enumerate().map(|(s, bars)| {
        let own: Vec<&Trade> = trades.iter().copied().filter(|trade| trade.symbol == s).collect();
        let won = own.iter().filter(|trade| trade.pnl > 0.0).count();
        SymbolFigures {
            symbol: bars.symbol.clone(),
            trades: own.len(),
            win_rate: (!own.is_empty()).then(|| won as f64 / own.len() as f64),
            return_per_trade: mean_return(&own),
            profit: own.iter().map(|trade| trade.pnl).sum::<f64>() / cash,
        }
    });
    figures.collect()
}

fn exits(trades: &[&Trade]) -> Vec<ExitFigures> {
    let mut by_reason: BTreeMap<String, Vec<&Trade>> = BTreeMap::new();
    for trade in trades {
        by_reason.entry(word(&trade.reason)).or_default().push(trade);
    }
    let mut figures: Vec<ExitFigures> = by_reason
        .into_iter()
        .filter_map(|(reason, trades)| {
            let return_per_trade = mean_return(&trades)?;
            Some(ExitFigures { reason, trades: trades.len(), return_per_trade })
        })
        .collect();
    figures.sort_by_key(|exit| std::cmp::Reverse(exit.trades));
    figures
}

fn worst(trades: &[&Trade], market: &Market) -> Vec<TradeFigures> {
    let mut worst = trades.to_vec();
    worst.sort_by(|a, b| a.net_return().total_cmp(&b.net_return()));
    let figures =
        worst.iter().take(WORST).filter(|trade| trade.pnl < 0.0).map(|trade| TradeFigures {
            symbol: market
                .symbols()
                .get(trade.symbol)
                .map(|bars| bars.symbol.clone())
                .unwrap_or_default(),
            side: word(&trade.side),
            entry: date(market, trade.entry_tick),
            bars: trade.bars,
            net_return: trade.net_return(),
            reason: word(&trade.reason),
        });
    figures.collect()
}

/// How much of all winnings hangs on three trades.
fn best_three(trades: &[&Trade]) -> Option<f64> {
    let mut wins: Vec<f64> =
        trades.iter().map(|trade| trade.pnl).filter(|pnl| *pnl > 0.0).collect();
    wins.sort_by(|a, b| b.total_cmp(a));
    let all: f64 = wins.iter().sum();
    (all > 0.0).then(|| wins.iter().take(3).sum::<f64>() / all)
}

fn costs_over_profit(trades: &[&Trade]) -> Option<f64> {
    let costs: f64 = trades.iter().map(|trade| total(&trade.costs)).sum();
    let before = trades.iter().map(|trade| trade.pnl).sum::<f64>() + costs;
    (before > 0.0).then(|| costs / before)
}

/// A rule, its parts, and their values over the bars of one symbol.
struct Rule<'a> {
    name: &'static str,
    /// Whether all parts must hold (to enter), rather than one of them (to leave).
    all: bool,
    parts: Vec<&'a Expr>,
}

fn rules(strategy: &Strategy) -> Vec<Rule<'_>> {
    let sides = [
        (&strategy.long, "long.enter", "long.exit"),
        (&strategy.short, "short.enter", "short.exit"),
    ];
    let mut rules = Vec::new();
    for (side, enter, exit) in sides {
        let Some(side) = side else { continue };
        let parts = side.enter.expr.terms(BinaryOp::And);
        rules.push(Rule { name: enter, all: true, parts });
        if let Some(source) = &side.exit {
            rules.push(Rule { name: exit, all: false, parts: source.expr.terms(BinaryOp::Or) });
        }
    }
    rules
}

fn conditions(strategy: &Strategy, market: &Market, runs: &[FoldRun]) -> Vec<ConditionFigures> {
    let rules = rules(strategy);
    let scope = strategy.scope();
    let mut graph = Graph::default();
    let mut roots: Vec<NodeId> = Vec::new();
    for part in rules.iter().flat_map(|rule| &rule.parts) {
        // The strategy compiled, so its parts do; without one of them there is nothing to count.
        let Ok(id) = lower(part, &scope, &mut graph) else { return Vec::new() };
        roots.push(id);
    }
    let supplies = expr::supplies(&graph, &roots, market);
    let mut counts = Counts { bars: 0, holds: vec![0; roots.len()], alone: vec![0; roots.len()] };
    for (s, bars) in market.symbols().iter().enumerate() {
        let values = expr::columns(&graph, &roots, bars, &supplies[s]);
        let shown =
            runs.iter().flat_map(|run| market.placement(s).bars_within(run.fold.ticks.clone()));
        for bar in shown {
            counts.take_in(&rules, |part| values[part][bar] > 0.0);
        }
    }
    counts.figures(&rules)
}

/// Per part of all rules, one after the other.
struct Counts {
    bars: usize,
    holds: Vec<usize>,
    alone: Vec<usize>,
}

impl Counts {
    fn take_in(&mut self, rules: &[Rule<'_>], holds: impl Fn(usize) -> bool) {
        self.bars += 1;
        let mut first = 0;
        for rule in rules {
            let parts = first..first + rule.parts.len();
            let mut missing = parts.clone().filter(|part| !holds(*part));
            if let (true, Some(only), None) = (rule.all, missing.next(), missing.next()) {
                self.alone[only] += 1;
            }
            for part in parts.clone().filter(|part| holds(*part)) {
                self.holds[part] += 1;
            }
            first = parts.end;
        }
    }

    fn figures(&self, rules: &[Rule<'_>]) -> Vec<ConditionFigures> {
        let share = |count: usize| count as f64 / self.bars.max(1) as f64;
        let all = rules.iter().flat_map(|rule| rule.parts.iter().map(move |part| (rule, part)));
        all.zip(self.holds.iter().zip(&self.alone))
            .map(|((rule, part), (holds, alone))| ConditionFigures {
                rule: rule.name,
                condition: part.to_string(),
                holds: share(*holds),
                alone_against: (rule.all && rule.parts.len() > 1).then(|| share(*alone)),
            })
            .collect()
    }
}
