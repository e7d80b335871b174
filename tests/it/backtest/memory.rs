//! What a backtest takes of memory: in advance, and little more than what it gives back.

use allocation_counter::{AllocationInfo, measure};
use sprag::backtest;
use sprag::market::{Bars, Market};
use sprag::program::{BacktestSettings, CostSettings};

use super::compiled;

const MINUTE: i64 = 60_000;
/// Bars of a block of the evaluator, many times.
const FEW: usize = 40_000;
const MANY: usize = 8 * FEW;

/// Kinds of operator, of column and of exit, all in one strategy.
const STRATEGY: &str = "
[let]
lines = 'macd(close, 12, 26, 9)'
calm = 'atr(14) / close < 0.5 and stdev(close, 20)[3] > 0'
[long]
enter = 'cross_above(lines.line, lines.signal) and calm and rsi(close, 14) < 70'
exit = 'close < lowest(low, 40)[1] or hour > 22'
[short]
enter = 'cross_below(ema(close, 20), ema(close, 100)) and -close < 0'
[risk]
stop_loss = '3 * atr(14)'
take_profit = '4%'
";

/// A wave of prices that moves enough for a trade every few hundred bars.
fn market(bars: usize) -> Market {
    let mut wave = Bars { symbol: "WAVE".into(), ..Bars::default() };
    for i in 0..bars {
        let close = 100.0 + 10.0 * (i as f64 / 70.0).sin() + (i % 7) as f64 / 10.0;
        wave.time.push(i as i64 * MINUTE);
        wave.open.push(close - 0.1);
        wave.high.push(close + 0.5);
        wave.low.push(close - 0.5);
        wave.close.push(close);
        wave.volume.push(1_000.0);
    }
    Market::new(vec![wave])
}

/// What a backtest over so many bars allocates, with all its metrics; and how many trades it makes.
fn taken(bars: usize) -> (AllocationInfo, usize) {
    let market = market(bars);
    let (settings, costs) = (BacktestSettings::default(), CostSettings::default());
    let strategy = compiled(STRATEGY);
    // Allocations are counted by thread, so all is done on this one.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        let mut trades = 0;
        let info = measure(|| {
            let folds = [backtest::whole(market.timeline())];
            let result = backtest::run(&strategy, &market, &folds, &settings, &costs);
            trades = result.runs[0].trades.len();
            let metrics = result.runs[0].metrics(result.bars_per_year);
            assert!(metrics.get("sharpe").get().is_some());
        });
        (info, trades)
    })
}

/// Eight times the bars make more trades, whose lists double a few times each. Nothing else is allocated
/// more often: one allocation in each of the additional blocks would be hundreds.
#[test]
fn the_loop_over_bars_allocates_nothing() {
    const LISTS: u64 = 8;
    let ((few, trades), (many, more_trades)) = (taken(FEW), taken(MANY));
    assert!(trades > 50 && more_trades > 7 * trades, "{trades} and {more_trades} trades");
    let doublings = LISTS * u64::from((MANY / FEW).ilog2());
    assert!(
        many.count_total <= few.count_total + doublings,
        "{few:?} for {FEW} bars, {many:?} for {MANY}"
    );
}

/// Above the six columns of its bars, a backtest takes less than two thirds of what they take.
#[test]
fn a_backtest_takes_less_memory_than_its_data() {
    let (taken, _) = taken(MANY);
    let columns = 6 * 8 * MANY as u64;
    assert!(3 * taken.bytes_max < 2 * columns, "{} above {columns}", taken.bytes_max);
}
