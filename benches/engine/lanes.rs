//! J2 by hand: pairs of averages side by side as lanes, each average computed once.
//!
//! No lane divides: of the return of a bar there are four kinds (held through, entered, left, flat),
//! which all lanes share.

use sprag::market::Bars;

use crate::fused::Ema;
use crate::jobs::{Answer, CASH, FEE};

/// Bars of a block: its averages stay in cache.
const BLOCK: usize = 512;

/// What L pairs carry from bar to bar; masks are all ones or all zeros.
#[derive(Clone, Copy)]
struct Lanes<const L: usize> {
    above: [u64; L],
    below: [u64; L],
    buy: [u64; L],
    sell: [u64; L],
    held: [u64; L],
    equity: [f64; L],
    peak: [f64; L],
    /// Lowest ratio of equity to peak.
    worst: [f64; L],
    sum: [f64; L],
    squares: [f64; L],
}

/// The trades of L pairs.
struct Trades<const L: usize> {
    entry: [f64; L],
    count: [usize; L],
    returns: [f64; L],
}

/// The prices and returns of one bar that all lanes share.
struct Bar {
    open: f64,
    held: u64,
    entered: u64,
    left: u64,
}

#[inline(always)]
fn mask(holds: bool) -> u64 {
    if holds { u64::MAX } else { 0 }
}

impl<const L: usize> Lanes<L> {
    fn new() -> Self {
        Self {
            // As if each average were on either side: the first bar crosses nothing.
            above: [u64::MAX; L],
            below: [u64::MAX; L],
            buy: [0; L],
            sell: [0; L],
            held: [0; L],
            equity: [CASH; L],
            peak: [CASH; L],
            worst: [1.0; L],
            sum: [0.0; L],
            squares: [0.0; L],
        }
    }

    /// The next bar, with the averages as of its close. The loop over the lanes has no branch, so that
    /// it becomes vector instructions.
    #[inline(always)]
    fn push(&mut self, trades: &mut Trades<L>, bar: &Bar, fast: f64, slow: &[f64; L]) {
        let before = self.held;
        let (mut changed, mut deeper) = (0, 0);
        for l in 0..L {
            let now = (before[l] | self.buy[l]) & !self.sell[l];
            changed |= now ^ before[l];
            let at_close = (before[l] & bar.held) | (!before[l] & bar.entered);
            let r = f64::from_bits((now & at_close) | (!now & before[l] & bar.left));
            self.held[l] = now;
            self.sum[l] += r;
            self.squares[l] += r * r;
            let equity = self.equity[l] + self.equity[l] * r;
            self.equity[l] = equity;
            let peak = if equity > self.peak[l] { equity } else { self.peak[l] };
            self.peak[l] = peak;
            deeper |= mask(equity < self.worst[l] * peak);
            // All ones where an average is undefined: no cross follows from that.
            let (above, below) = (!mask(fast <= slow[l]), !mask(fast >= slow[l]));
            self.buy[l] = above & !self.above[l];
            self.sell[l] = below & !self.below[l];
            (self.above[l], self.below[l]) = (above, below);
        }
        if changed != 0 {
            // Copies: what the address is taken of doesn't stay in registers.
            let (was, now) = (before, self.held);
            trades.take(bar, &was, &now);
        }
        if deeper != 0 {
            for l in 0..L {
                self.worst[l] = self.worst[l].min(self.equity[l] / self.peak[l]);
            }
        }
    }
}

impl<const L: usize> Trades<L> {
    fn new() -> Self {
        Self { entry: [0.0; L], count: [0; L], returns: [0.0; L] }
    }

    #[inline(never)]
    fn take(&mut self, bar: &Bar, before: &[u64; L], now: &[u64; L]) {
        for l in 0..L {
            if now[l] & !before[l] != 0 {
                self.entry[l] = bar.open;
            } else if before[l] & !now[l] != 0 {
                self.count[l] += 1;
                let entry = self.entry[l];
                self.returns[l] += (bar.open * (1.0 - FEE) - entry * (1.0 + FEE)) / entry;
            }
        }
    }
}

fn answer<const L: usize>(
    lanes: &Lanes<L>,
    trades: &Trades<L>,
    l: usize,
    bars: usize,
    bars_per_year: f64,
) -> Answer {
    let n = bars as f64 - 1.0;
    let mean = lanes.sum[l] / n;
    let deviation = ((lanes.squares[l] - n * mean * mean) / (n - 1.0)).sqrt();
    Answer {
        final_equity: lanes.equity[l],
        trades: trades.count[l],
        sharpe: mean / deviation * bars_per_year.sqrt(),
        max_drawdown: 1.0 - lanes.worst[l],
        return_per_trade: trades.returns[l] / trades.count[l] as f64,
    }
}

/// The answers of all pairs of a fast and a slow average, fast ones outermost. The number of slow ones is a multiple
/// of L, and every fast one is shorter than every slow one.
pub fn sweep<const L: usize>(
    bars: &Bars,
    fast: &[usize],
    slow: &[usize],
    bars_per_year: f64,
) -> Vec<Answer> {
    let groups = slow.len() / L;
    let mut states: Vec<(Lanes<L>, Trades<L>)> =
        (0..fast.len() * groups).map(|_| (Lanes::new(), Trades::new())).collect();
    let mut quick: Vec<Ema> = fast.iter().map(|n| Ema::new(*n)).collect();
    let mut lazy: Vec<Ema> = slow.iter().map(|n| Ema::new(*n)).collect();
    let mut fasts = vec![[0.0; BLOCK]; fast.len()];
    let mut slows = vec![[[0.0; L]; BLOCK]; groups];
    let mut start = 1;
    for (average, x) in quick.iter_mut().chain(&mut lazy).map(|average| (average, bars.close[0])) {
        average.warm_up(0, x);
    }
    while start < bars.len() {
        let end = (start + BLOCK).min(bars.len());
        let shared: Vec<Bar> = (start..end).map(|i| shared_returns(bars, i)).collect();
        for (average, column) in quick.iter_mut().zip(&mut fasts) {
            average_block(average, &bars.close, start..end, |at, value| column[at] = value);
        }
        for (lane, average) in lazy.iter_mut().enumerate() {
            let column = &mut slows[lane / L];
            average_block(average, &bars.close, start..end, |at, value| {
                column[at][lane % L] = value;
            });
        }
        for (at, (lanes, trades)) in states.iter_mut().enumerate() {
            let columns = fasts[at / groups].iter().zip(&slows[at % groups]);
            *lanes = wide!({
                let mut lanes = *lanes;
                for (bar, (fast, slow)) in shared.iter().zip(columns) {
                    lanes.push(trades, bar, *fast, slow);
                }
                lanes
            });
        }
        start = end;
    }
    let each = states.iter().flat_map(|(lanes, trades)| {
        (0..L).map(|l| answer(lanes, trades, l, bars.len(), bars_per_year))
    });
    each.collect()
}

fn shared_returns(bars: &Bars, i: usize) -> Bar {
    let (open, close, last) = (bars.open[i], bars.close[i], bars.close[i - 1]);
    Bar {
        open,
        held: (close / last - 1.0).to_bits(),
        entered: (close / (open * (1.0 + FEE)) - 1.0).to_bits(),
        left: (open * (1.0 - FEE) / last - 1.0).to_bits(),
    }
}

/// An average over a block; undefined while it warms up.
fn average_block(
    average: &mut Ema,
    close: &[f64],
    range: std::ops::Range<usize>,
    mut put: impl FnMut(usize, f64),
) {
    for (at, i) in range.enumerate() {
        put(at, average.at(i, close[i]));
    }
}
