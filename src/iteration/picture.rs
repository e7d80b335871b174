//! Equity and drawdown of a candidate beside what it had to beat: backtests for a picture, which decide nothing.

use crate::backtest::Backtest;
use crate::check::{self, STRATEGY_FILE};
use crate::evaluation::Arena;
use crate::market::time::format_date;
use crate::publish::report::Curves;

/// The curves of a strategy, of the one before it, and of buy-and-hold. `None` where the strategy can't be evaluated.
pub fn curves(arena: &Arena<'_>, after: &str, before: Option<&str>) -> Option<Curves> {
    let evaluate = |text: &str| -> Option<Backtest> {
        let candidate = check::read(STRATEGY_FILE, text).ok()?;
        let evaluation = arena.score(arena.backtest(&candidate.compiled)).ok()?;
        Some(evaluation.backtest)
    };
    let candidate = evaluate(after)?;
    let incumbent = before.and_then(evaluate);
    let market = arena.benchmark().map(|benchmark| &benchmark.backtest);
    let timeline = arena.market().timeline();
    let day = |tick: usize| timeline.get(tick).copied().map(format_date).unwrap_or_default();
    let cash = arena.program().settings.backtest.cash;
    Some(Curves::of((&candidate, incumbent.as_ref(), market), cash, &day))
}
