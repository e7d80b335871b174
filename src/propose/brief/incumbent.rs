//! The strategy to beat, and how it did in-sample.

use std::fmt::Write as _;

use super::{clipped, fenced, number, percent, quoted};
use crate::propose::Diagnostics;
use crate::strategy;

/// The file; where it is too long for its share, without comments, and at last cut.
pub(super) fn file(text: &str, most: usize) -> String {
    if text.len() <= most {
        return fenced("toml", text);
    }
    let plain = strategy::format("strategy.toml", &without_comments(text));
    fenced("toml", &clipped(plain.as_deref().unwrap_or(text), most))
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Metrics that a proposer works with, in this order.
const METRICS: [&str; 14] = [
    "total_return",
    "cagr",
    "volatility",
    "sharpe",
    "sortino",
    "max_drawdown",
    "trades",
    "win_rate",
    "return_per_trade",
    "median_return_per_trade",
    "profit_factor",
    "exposure",
    "turnover",
    "bars_held",
];

/// Tables of figures: whole, folds, symbols, exits, conditions, worst trades.
pub(super) fn diagnostics(found: Option<&Diagnostics>) -> String {
    let Some(found) = found else { return "Not computed.\n".into() };
    let mut text = String::new();
    let value = |name: &str| found.metrics.iter().find(|(known, _)| *known == name);
    let metrics: Vec<String> = METRICS
        .iter()
        .filter_map(|name| value(name))
        .map(|(name, value)| format!("{name} {}", number(*value)))
        .collect();
    let _ = writeln!(text, "All folds joined (fractions, annualised): {}.", metrics.join(", "));
    let _ = writeln!(
        text,
        "The best three trades make {} of all winnings; costs are {} of the profit before costs.\n",
        percent(found.best_three),
        percent(found.costs_over_profit)
    );
    folds(&mut text, found);
    conditions(&mut text, found);
    trades(&mut text, found);
    text
}

fn folds(text: &mut String, found: &Diagnostics) {
    text.push_str(
        "| fold | return | sharpe | drawdown | trades | per trade | exposure | costs |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|---|\n");
    for fold in &found.folds {
        let _ = writeln!(
            text,
            "| {} to {} | {} | {} | {} | {} | {} | {} | {} |",
            fold.from,
            fold.to,
            percent(fold.total_return),
            number(fold.sharpe),
            percent(fold.max_drawdown),
            fold.trades,
            percent(fold.return_per_trade),
            percent(fold.exposure),
            percent(Some(fold.costs))
        );
    }
}

fn conditions(text: &mut String, found: &Diagnostics) {
    if found.conditions.is_empty() {
        return;
    }
    text.push_str(
        "\nHow often each condition holds, and how often it alone keeps a rule from holding, in percent of \
         all bars:\n\n| rule | condition | holds | alone against |\n|---|---|---|---|\n",
    );
    for condition in &found.conditions {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            condition.rule,
            quoted(&condition.condition, 200),
            percent(Some(condition.holds)),
            percent(condition.alone_against)
        );
    }
}

fn trades(text: &mut String, found: &Diagnostics) {
    let exits = found.exits.iter().map(|exit| {
        format!("{} {} ({} each)", exit.trades, exit.reason, percent(Some(exit.return_per_trade)))
    });
    let _ = writeln!(text, "\nTrades ended by: {}.", exits.collect::<Vec<_>>().join(", "));
    let symbols = found.symbols.iter().map(|symbol| {
        format!(
            "{} {} trades, {} won, {} each, {} of the starting cash in all",
            symbol.symbol,
            symbol.trades,
            percent(symbol.win_rate),
            percent(symbol.return_per_trade),
            percent(Some(symbol.profit))
        )
    });
    let _ = writeln!(text, "By symbol: {}.", symbols.collect::<Vec<_>>().join("; "));
    let worst = found.worst_trades.iter().map(|trade| {
        format!(
            "{} {} from {} for {} bars, {}, ended by {}",
            trade.symbol,
            trade.side,
            trade.entry,
            trade.bars,
            percent(Some(trade.net_return)),
            trade.reason
        )
    });
    let _ = writeln!(text, "Worst trades: {}.", worst.collect::<Vec<_>>().join("; "));
}
