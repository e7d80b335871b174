//! Markets whose truth is known: pure noise, or noise with an edge that was planted.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sprag::market::{Bars, Market};
use sprag::stats::normal;

/// Standard deviation of a daily return.
const DAILY: f64 = 0.01;
/// Sharpe ratio per bar of the long-only account of a planted rule without costs: 1.5 a year.
const EDGE: f64 = 0.094_491_118_252_306_8;
/// Bars from which it is learnt how often a planted rule is in the market.
const LEARNING: usize = 10_000;
/// 2000-01-03, a Monday, in milliseconds since 1970-01-01.
const MONDAY: i64 = 946_857_600_000;
const DAY: i64 = 86_400_000;

/// What tomorrow's return depends on: it is higher while the rule is long, and as much lower while its mirror image would
/// be short, so that the market as a whole goes nowhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Truth {
    /// Nothing.
    Noise,
    /// Trends go on: long above the average of so many bars.
    Average(usize),
    /// What rose goes on rising: long above the close of so many bars ago.
    Momentum(usize),
    /// Breakouts go on: long from a new high of so many closes to a new low of half as many.
    Breakout(usize),
    /// Prices come back: long from so many tenths of a deviation below the average of so many bars to the average.
    Reversion(usize, usize),
}

impl Truth {
    /// The rule that earns the edge, as a strategy.
    pub fn rule(self) -> Option<String> {
        let (enter, exit) = match self {
            Self::Noise => return None,
            Self::Average(bars) => {
                (format!("close > sma(close, {bars})"), format!("close < sma(close, {bars})"))
            }
            Self::Momentum(bars) => {
                (format!("close > close[{bars}]"), format!("close < close[{bars}]"))
            }
            Self::Breakout(bars) => (
                format!("close > highest(close, {bars})[1]"),
                format!("close < lowest(close, {})[1]", bars / 2),
            ),
            Self::Reversion(bars, tenths) => (
                format!("zscore(close, {bars}) < -{}", tenths as f64 / 10.0),
                format!("zscore(close, {bars}) > 0"),
            ),
        };
        Some(format!("[long]\nenter = \"{enter}\"\nexit = \"{exit}\"\n"))
    }

    /// Drift of a day in standard deviations. An account that is in the market on a part p of all days and earns k on them
    /// has a Sharpe ratio of p k / √(p + p (1 - p) k²) a day.
    fn drift(self) -> f64 {
        if self == Self::Noise {
            return 0.0;
        }
        let mut drift = EDGE;
        for _ in 0..2 {
            let (_, longs) = walk(self, 77, LEARNING, drift);
            let part = longs as f64 / LEARNING as f64;
            drift = EDGE / (part - EDGE * EDGE * (1.0 - part)).max(1e-3).sqrt();
        }
        drift
    }

    /// Whether the rule enters and leaves at the last close; its mirror image where prices are seen upside down, with a
    /// `sign` of -1.
    fn signals(self, closes: &[f64], sign: f64) -> (bool, bool) {
        let last = closes.len().saturating_sub(1);
        let past = |bars: usize| closes.get(last.checked_sub(bars)?..last);
        let extreme = |bars: usize, sign: f64| {
            past(bars).map(|past| past.iter().map(|close| sign * close).fold(f64::MIN, f64::max))
        };
        let above = |level: f64| {
            let by = sign * (closes[last] - level);
            (by > 0.0, by < 0.0)
        };
        let window = |bars: usize| past(bars - 1).map(|_| moments(&closes[last + 1 - bars..]));
        let found = match self {
            Self::Noise => None,
            Self::Average(bars) => window(bars).map(|(average, _)| above(average)),
            Self::Momentum(bars) => past(bars).map(|past| above(past[0])),
            Self::Breakout(bars) => extreme(bars, sign)
                .zip(extreme(bars / 2, -sign))
                .map(|(high, low)| (sign * closes[last] > high, -sign * closes[last] > low)),
            Self::Reversion(bars, tenths) => window(bars).map(|(average, deviation)| {
                let score = sign * (closes[last] - average) / deviation;
                (score < -(tenths as f64) / 10.0, score > 0.0)
            }),
        };
        found.unwrap_or((false, false))
    }
}

/// Mean and standard deviation (ddof 0).
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    (mean, (squares / n).sqrt())
}

/// Weekdays of one symbol in such a world.
pub fn market(truth: Truth, seed: u64, bars: usize) -> Market {
    Market::new(vec![walk(truth, seed, bars, truth.drift()).0])
}

/// Bars of a world with such a drift, and on how many of them the rule is long.
fn walk(truth: Truth, seed: u64, bars: usize, drift: f64) -> (Bars, usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = move || {
        let uniform = ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        normal::quantile(uniform).unwrap_or(0.0)
    };
    let mut out = Bars { symbol: "WORLD".into(), ..Bars::default() };
    let mut close: f64 = 100.0;
    let (mut long, mut short, mut longs) = (false, false, 0);
    for bar in 0..bars {
        for (position, sign) in [(&mut long, 1.0), (&mut short, -1.0)] {
            let (enter, exit) = truth.signals(&out.close, sign);
            *position = if *position { !exit } else { enter && !exit };
        }
        longs += usize::from(long);
        let side = f64::from(i8::from(long) - i8::from(short));
        let open = close;
        close = open * (1.0 + DAILY * (drift * side + normal()));
        let reach = |from: f64, z: f64| from * (1.0 + 0.4 * DAILY * z.abs());
        out.time.push(MONDAY + (bar as i64 / 5 * 7 + bar as i64 % 5) * DAY);
        out.open.push(open);
        out.high.push(reach(open.max(close), normal()));
        out.low.push(open.min(close) / reach(1.0, normal()));
        out.close.push(close);
        out.volume.push(1_000.0 * (1.0 + 0.2 * normal().abs()));
    }
    (out, longs)
}
