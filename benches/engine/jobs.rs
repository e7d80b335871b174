//! The four jobs, as strategies in the language that the library parses, lowers and runs.

use rayon::prelude::*;
use sprag::backtest::metrics::Sample;
use sprag::backtest::{self, Backtest, Fold, FoldRun, Span};
use sprag::market::{Bars, Market};
use sprag::program::{BacktestSettings, CostSettings};
use sprag::strategy::{Compiled, Strategy, compile};

use crate::data::{DAY, MINUTE, bars};
use crate::fused;

pub const CASH: f64 = 10_000.0;
/// Per side, of notional.
pub const FEE: f64 = 5e-4;

/// Lengths of the fast and the slow average.
pub type Pair = (usize, usize);

/// The numbers that each job reports.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    pub final_equity: f64,
    pub trades: usize,
    pub sharpe: f64,
    pub max_drawdown: f64,
    pub return_per_trade: f64,
}

impl Answer {
    fn of(run: &FoldRun, bars_per_year: f64) -> Self {
        let sample = Sample::of(&[run], bars_per_year);
        let get = |name: &str| sample.get(name).get().unwrap_or(f64::NAN);
        Self {
            final_equity: get("final_equity"),
            trades: get("trades") as usize,
            sharpe: get("sharpe"),
            max_drawdown: get("max_drawdown"),
            return_per_trade: get("return_per_trade"),
        }
    }

    /// Whether two ways to the same number differ by no more than rounding.
    pub fn agrees(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| {
            (a - b).abs() <= 1e-7 * a.abs().max(1e-3) || (a.is_nan() && b.is_nan())
        };
        self.trades == other.trades
            && near(self.final_equity, other.final_equity)
            && near(self.sharpe, other.sharpe)
            && near(self.max_drawdown, other.max_drawdown)
            && near(self.return_per_trade, other.return_per_trade)
    }
}

/// The rule of J1, J2 and J4.
pub fn cross((fast, slow): Pair) -> String {
    format!(
        "[long]\nenter = 'cross_above(ema(close, {fast}), ema(close, {slow}))'\n\
         exit = 'cross_below(ema(close, {fast}), ema(close, {slow}))'\n"
    )
}

/// The rule of J3.
pub const GUARDED: &str = "\
[let]
fast = 'ema(close, 20)'
slow = 'ema(close, 100)'
[long]
enter = 'cross_above(fast, slow) and rsi(close, 14) < 70'
exit = 'cross_below(fast, slow)'
[risk]
stop_loss = '2%'
take_profit = '4%'
";

/// As many nodes as a grown strategy has.
pub const FORTY_NODES: &str = "\
[params]
fast = { value = 20, min = 5, max = 60 }
slow = { value = 100, min = 50, max = 300 }
[let]
trend = 'ema(close, fast) > ema(close, slow)'
calm = 'atr(14) / close < 0.04'
[long]
enter = 'trend and calm and cross_above(rsi(close, 14), 40)'
exit = 'cross_below(ema(close, fast), ema(close, slow)) or rsi(close, 14)[1] > 80'
[risk]
stop_loss = '2.5 * atr(14)'
";

/// From the text of a strategy to what runs.
pub fn compiled(text: &str) -> Compiled {
    let strategy = Strategy::parse("strategy.toml", text).unwrap();
    compile(&strategy, ("strategy.toml", text)).unwrap()
}

pub fn settings() -> (BacktestSettings, CostSettings) {
    (
        BacktestSettings { cash: CASH, close_at_end: false, ..BacktestSettings::default() },
        CostSettings { fee_bps: FEE * 1e4, ..CostSettings::default() },
    )
}

/// A symbol of one-minute bars.
pub fn minutes(count: usize) -> Market {
    Market::new(vec![bars("WALK", count, MINUTE, 7)])
}

fn run(strategy: &Compiled, market: &Market, folds: &[Fold]) -> Backtest {
    let (settings, costs) = settings();
    backtest::run(strategy, market, folds, &settings, &costs)
}

/// A strategy over all bars of a market.
pub fn single(text: &str, market: &Market) -> Answer {
    let backtest = run(&compiled(text), market, &[backtest::whole(market.timeline())]);
    Answer::of(&backtest.runs[0], backtest.bars_per_year)
}

pub fn fast() -> Vec<usize> {
    (0..25).map(|i| 4 + 2 * i).collect()
}

pub fn slow() -> Vec<usize> {
    (0..40).map(|i| 60 + 4 * i).collect()
}

pub fn pairs() -> Vec<Pair> {
    fast().into_iter().flat_map(|fast| slow().into_iter().map(move |slow| (fast, slow))).collect()
}

/// J2: all pairs.
pub fn sweep(market: &Market, pairs: &[Pair]) -> Vec<Answer> {
    let strategies: Vec<Compiled> = pairs.iter().map(|pair| compiled(&cross(*pair))).collect();
    let (settings, costs) = settings();
    let folds = [backtest::whole(market.timeline())];
    backtest::run_each(&strategies, market, &folds, &settings, &costs, |backtest| {
        Answer::of(&backtest.runs[0], backtest.bars_per_year)
    })
}

/// J4's markets: an account for each symbol.
pub fn symbols() -> Vec<Market> {
    (0..10).map(|i| Market::new(vec![bars(&format!("S{i}"), 5_000, DAY, 100 + i)])).collect()
}

/// J4's ten folds: in-sample 2,000 bars, out-of-sample the 300 after them.
pub fn folds() -> Vec<Fold> {
    let fold = |id: usize| {
        let start = id * 300;
        let of = |span, ticks| Fold { id, span, ticks };
        [
            of(Span::InSample, start..start + 2_000),
            of(Span::OutOfSample, start + 2_000..start + 2_300),
        ]
    };
    (0..10).flat_map(fold).collect()
}

/// J4: metrics of each window.
pub fn walk_forward(markets: &[Market], folds: &[Fold]) -> Vec<Answer> {
    let strategy = compiled(&cross((20, 100)));
    let of = |market: &Market| {
        let backtest = run(&strategy, market, folds);
        let answer = |run: &FoldRun| Answer::of(run, backtest.bars_per_year);
        backtest.runs.iter().map(answer).collect::<Vec<Answer>>()
    };
    markets.par_iter().flat_map_iter(of).collect()
}

/// J4 by hand: the signals of a symbol serve all its windows.
pub fn walk_forward_by_hand(markets: &[Market], folds: &[Fold], bars_per_year: f64) -> Vec<Answer> {
    let mut signals = vec![0; 5_000];
    let mut answers = Vec::with_capacity(markets.len() * folds.len());
    for market in markets {
        let bars: &Bars = &market.symbols()[0];
        fused::signals(&bars.close, 20, 100, &mut signals);
        for fold in folds {
            answers.push(fused::window(bars, &signals, fold.ticks.clone(), bars_per_year));
        }
    }
    answers
}
