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
use crate::expr::Listing;
use crate::market::{Bars, Market, format_time};
use crate::publish::details::number;

pub(super) fn run(context: &Context, args: &BacktestArgs) -> Result<Output, Failure> {
    let started = Instant::now();
    let program = context.program()?;
    let (name, text) = context.strategy(args.file.as_ref())?;
    let candidate = check::read(&name, &text)?;
    let market = context.market(&program, &args.data, &args.context)?.market;
    check::known(&candidate, &name, &Listing::of(&market))?;
    let loaded = started.elapsed();
    let spans = spans(context, args)?;
    let folds = match args.span {
        Some(SpanArg::All) => vec![backtest::whole(market.timeline())],
        _ => backtest::folds(market.timeline(), &program.settings.split)?,
    };
    let folds: Vec<Fold> = folds.into_iter().filter(|fold| spans.contains(&fold.span)).collect();
    if folds.is_empty() {
        return Err(Failure::usage("the split has no such span ([split] in program.md)"));
    }
    let settings = &program.settings;
    let backtest =
        backtest::run(&candidate.compiled, &market, &folds, &settings.backtest, &settings.costs);
    let ran = started.elapsed();
    let report = Report { backtest: &backtest, market: &market, spans: &spans };
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

struct Report<'a> {
    backtest: &'a Backtest,
    market: &'a Market,
    spans: &'a [Span],
}

impl Report<'_> {
    fn span_metrics(&self) -> impl Iterator<Item = (Span, Metrics)> + '_ {
        self.spans.iter().filter_map(|span| Some((*span, self.backtest.metrics(*span)?)))
    }

    fn json(&self) -> Map<String, Value> {
        let spans: Map<String, Value> =
            self.span_metrics().map(|(span, metrics)| (span.to_string(), json!(metrics))).collect();
        let runs = self.backtest.runs.iter().enumerate();
        let folds: Vec<Value> = runs.clone().map(|(id, run)| self.fold(id, run)).collect();
        let trades: Vec<Value> = runs.clone().flat_map(|(id, run)| self.trades(id, run)).collect();
        let open: Vec<Value> = runs.flat_map(|(id, run)| self.open_trades(id, run)).collect();
        let mut document = Map::new();
        document.insert("spans".into(), Value::Object(spans));
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
        let columns: Vec<(Span, Metrics)> = self.span_metrics().collect();
        let mut text = format!("{name}\n\n{:<26}", "");
        for (span, _) in &columns {
            let _ = write!(text, "{:>16}", span.to_string().replace('_', "-"));
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
