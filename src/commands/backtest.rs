//! `sprag backtest`: metrics and trades of one strategy.

use std::fmt::Write;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::context::{Context, write_file};
use super::{Failure, Output};
use crate::adapters::terminal::notice;
use crate::backtest::metrics::{self, Metrics};
use crate::backtest::{self, Backtest, CostTotals, Fold, FoldRun, SideName, Span};
use crate::check;
use crate::cli::{BacktestArgs, SpanArg};
use crate::evaluation::{self, Arena};
use crate::expr::Listing;
use crate::iteration::LoopError;
use crate::market::{Bars, Market, format_time};
use crate::program::Program;
use crate::publish::details::number;
use crate::strategy::Compiled;

pub(super) fn run(context: &Context, args: &BacktestArgs) -> Result<Output, Failure> {
    let started = Instant::now();
    let program = context.program()?;
    let (name, text) = context.strategy(args.file.as_ref())?;
    let candidate = check::read(&name, &text)?;
    let market = context.market(&program, &args.data, &args.context)?.market;
    check::known(&candidate, &name, &Listing::of(&market))?;
    let loaded = started.elapsed();
    let spans = spans(context, args)?;
    let backtest = match run_spans(&program, &market, &candidate.compiled, &spans)? {
        backtest if backtest.runs.is_empty() => {
            return Err(Failure::usage("the split has no such span ([split] in program.md)"));
        }
        backtest => backtest,
    };
    let ran = started.elapsed();
    let benchmark = match evaluation::buy_and_hold(market.symbols().len()) {
        Some(rules) => run_spans(&program, &market, &rules, &spans)?,
        None => Backtest { runs: Vec::new(), bars_per_year: backtest.bars_per_year },
    };
    let report =
        Report { backtest: &backtest, benchmark: &benchmark, market: &market, spans: &spans };
    if let Some(path) = &args.trades {
        write_file(path, &report.trades_csv())?;
    }
    if let Some(path) = &args.equity {
        write_file(path, &report.equity_csv())?;
    }
    if !context.global.json {
        return Ok(report.text(&name).into());
    }
    let mut document = report.json();
    let ms = |duration: std::time::Duration| duration.as_secs_f64() * 1e3;
    document.insert("strategy".into(), json!(candidate.hash()));
    document.insert("engine".into(), json!(crate::ENGINE));
    document.insert("data".into(), json!(market.hash()));
    document.insert(
        "timing_ms".into(),
        json!({ "load": ms(loaded), "backtest": ms(ran - loaded), "total": ms(ran) }),
    );
    Output::json(&document)
}

fn spans(context: &Context, args: &BacktestArgs) -> Result<Vec<Span>, Failure> {
    let own_market = args.data.is_empty();
    let spans = match args.span {
        None => vec![Span::InSample, Span::OutOfSample],
        Some(SpanArg::All) => vec![Span::All],
        Some(SpanArg::InSample) => vec![Span::InSample],
        Some(SpanArg::OutOfSample) => vec![Span::OutOfSample],
        Some(SpanArg::Holdout) => vec![Span::Holdout],
    };
    let sees_holdout = spans.iter().any(|span| matches!(span, Span::Holdout | Span::All));
    if own_market && sees_holdout {
        return Err(Failure::usage(
            "this span contains the program's holdout, which is for certification: a look at it can't be \
             undone. Name the files with --data to backtest them whole",
        ));
    }
    if own_market && spans.contains(&Span::OutOfSample) && !context.global.quiet {
        notice(
            "note: this shows out-of-sample numbers and is not counted as a trial; \
             changes that are chosen by them make those numbers flatter",
        );
    }
    Ok(spans)
}

/// The runs of these spans. Where parameters are fitted, the in-sample and out-of-sample ones are those that the loop
/// would score; over all bars, and on the holdout of other files, a strategy runs with the values that are written.
fn run_spans(
    program: &Program,
    market: &Market,
    strategy: &Compiled,
    spans: &[Span],
) -> Result<Backtest, Failure> {
    let settings = &program.settings;
    let run = |folds: &[Fold]| {
        backtest::run(strategy, market, folds, &settings.backtest, &settings.costs)
    };
    if spans.contains(&Span::All) {
        return Ok(run(&[backtest::whole(market.timeline())]));
    }
    let fits = strategy.fit.is_some() && settings.split.fit;
    if fits && !spans.contains(&Span::Holdout) {
        let arena = Arena::new(program, market)?;
        let evaluation = arena.score(arena.backtest(strategy)).map_err(LoopError::from)?;
        let mut backtest = evaluation.backtest;
        backtest.runs.retain(|run| spans.contains(&run.fold.span));
        return Ok(backtest);
    }
    let mut folds = backtest::layout(market.timeline(), &settings.split)?.folds();
    folds.retain(|fold| spans.contains(&fold.span));
    Ok(run(&folds))
}

struct Report<'a> {
    backtest: &'a Backtest,
    /// Buy-and-hold in the same folds, with the same costs.
    benchmark: &'a Backtest,
    market: &'a Market,
    spans: &'a [Span],
}

impl Report<'_> {
    fn span_metrics(&self) -> impl Iterator<Item = (Span, Metrics)> + '_ {
        self.spans.iter().filter_map(|span| Some((*span, self.backtest.metrics(*span)?)))
    }

    fn benchmark_metrics(&self) -> impl Iterator<Item = (Span, Metrics)> + '_ {
        self.spans.iter().filter_map(|span| Some((*span, self.benchmark.metrics(*span)?)))
    }

    fn json(&self) -> Map<String, Value> {
        let by_span = |metrics: &mut dyn Iterator<Item = (Span, Metrics)>| -> Map<String, Value> {
            metrics.map(|(span, metrics)| (span.to_string(), json!(metrics))).collect()
        };
        let spans = by_span(&mut self.span_metrics());
        let benchmark = by_span(&mut self.benchmark_metrics());
        let runs = self.backtest.runs.iter().enumerate();
        let folds: Vec<Value> = runs.clone().map(|(id, run)| self.fold(id, run)).collect();
        let trades: Vec<Value> = runs.clone().flat_map(|(id, run)| self.trades(id, run)).collect();
        let open: Vec<Value> = runs.flat_map(|(id, run)| self.open_trades(id, run)).collect();
        let mut document = Map::new();
        document.insert("spans".into(), Value::Object(spans));
        document.insert("benchmark".into(), Value::Object(benchmark));
        document.insert("folds".into(), json!(folds));
        document.insert("trades".into(), json!(trades));
        document.insert("open_trades".into(), json!(open));
        document
    }

    fn fold(&self, id: usize, run: &FoldRun) -> Value {
        let ticks = &run.fold.ticks;
        let time = |tick: usize| self.market.timeline().get(tick).copied().map(format_time);
        json!({
            "id": id,
            "span": run.fold.span,
            "from": time(ticks.start),
            "to": time(ticks.end.saturating_sub(1)),
            "bars": ticks.len(),
            "status": if run.ruined { "ruin" } else { "ok" },
            "metrics": run.metrics(self.backtest.bars_per_year),
        })
    }

    fn trades(&self, id: usize, run: &FoldRun) -> Vec<Value> {
        let closed = run.trades.iter().map(|trade| {
            let bars = &self.market.symbols()[trade.symbol];
            let mut row = entry(id, bars, trade.side, trade.entry_index, trade.entry_price);
            row.insert("exit_index".into(), json!(trade.exit_index));
            row.insert("exit_time".into(), json!(format_time(bars.time[trade.exit_index])));
            row.insert("exit_price".into(), json!(trade.exit_price));
            row.insert("reason".into(), json!(trade.reason));
            result(row, trade.units, trade.pnl, trade.net_return(), trade.bars, trade.costs)
        });
        closed.collect()
    }

    fn open_trades(&self, id: usize, run: &FoldRun) -> Vec<Value> {
        let open = run.open_trades.iter().map(|trade| {
            let bars = &self.market.symbols()[trade.symbol];
            let mut row = entry(id, bars, trade.side, trade.entry_index, trade.entry_price);
            row.insert("mark_price".into(), json!(trade.mark_price));
            let net_return = trade.pnl / (trade.units * trade.entry_price);
            result(row, trade.units, trade.pnl, net_return, trade.bars, trade.costs)
        });
        open.collect()
    }

    fn trades_csv(&self) -> String {
        let runs = self.backtest.runs.iter().enumerate();
        let rows: Vec<Value> = runs.flat_map(|(id, run)| self.trades(id, run)).collect();
        let columns = [
            "fold",
            "symbol",
            "side",
            "entry_index",
            "entry_time",
            "entry_price",
            "exit_index",
            "exit_time",
            "exit_price",
            "units",
            "pnl",
            "return",
            "fees",
            "slippage",
            "spread",
            "borrow",
            "funding",
            "bars",
            "reason",
        ];
        let mut text = columns.join(",") + "\n";
        for row in rows {
            let cells: Vec<String> = columns.iter().map(|column| cell(&row[column])).collect();
            text.push_str(&(cells.join(",") + "\n"));
        }
        text
    }

    fn equity_csv(&self) -> String {
        let mut text = String::from("time,fold,span,equity\n");
        for (id, run) in self.backtest.runs.iter().enumerate() {
            for (tick, equity) in run.fold.ticks.clone().zip(&run.equity) {
                let time = format_time(self.market.timeline()[tick]);
                let _ = writeln!(text, "{time},{id},{},{equity}", run.fold.span);
            }
        }
        text
    }

    fn text(&self, name: &str) -> String {
        let own = self.span_metrics();
        let own = own.map(|(span, metrics)| (span.to_string().replace('_', "-"), metrics));
        let benchmark = self.benchmark_metrics();
        let benchmark = benchmark.map(|(_, metrics)| ("buy-and-hold".into(), metrics));
        // Each span beside what the market did in it.
        let columns: Vec<(String, Metrics)> =
            own.zip(benchmark).flat_map(|(own, benchmark)| [own, benchmark]).collect();
        let mut text = format!("{name}\n\n{:<26}", "");
        for (title, _) in &columns {
            let _ = write!(text, "{title:>16}");
        }
        text.push('\n');
        for metric in metrics::TABLE {
            let _ = write!(text, "{:<26}", metric.name);
            for (_, metrics) in &columns {
                let _ = write!(text, "{:>16}", number(metrics.get(metric.name).get()));
            }
            text.push('\n');
        }
        for run in self.backtest.runs.iter().filter(|run| run.ruined) {
            let _ = writeln!(
                text,
                "\nruin: the account of {} fold {} lost everything",
                run.fold.span, run.fold.id
            );
        }
        text
    }
}

/// What is known of a trade once it is open.
fn entry(fold: usize, bars: &Bars, side: SideName, index: usize, price: f64) -> Map<String, Value> {
    let pairs = [
        ("fold", json!(fold)),
        ("symbol", json!(bars.symbol)),
        ("side", json!(side)),
        ("entry_index", json!(index)),
        ("entry_time", json!(format_time(bars.time[index]))),
        ("entry_price", json!(price)),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// What came of it, or has so far.
fn result(
    mut row: Map<String, Value>,
    units: f64,
    pnl: f64,
    net_return: f64,
    bars: usize,
    costs: CostTotals,
) -> Value {
    let CostTotals { fees, slippage, spread, borrow, funding } = costs;
    let amounts = [
        ("units", units),
        ("pnl", pnl),
        ("return", net_return),
        ("fees", fees),
        ("slippage", slippage),
        ("spread", spread),
        ("borrow", borrow),
        ("funding", funding),
    ];
    row.extend(amounts.map(|(key, amount)| (key.to_owned(), json!(amount))));
    row.insert("bars".into(), json!(bars));
    Value::Object(row)
}

/// A CSV field: quoted where the text has a comma, quote or line break.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains([',', '"', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
