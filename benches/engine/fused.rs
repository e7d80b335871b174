//! What a person would write for one job and nothing else: one loop that carries all state from bar to
//! bar. It is the measure of the engine, so it is as fast as its author could make it.

use std::ops::Range;

use sprag::market::Bars;

use crate::jobs::{Answer, CASH, FEE};

/// An exponential moving average that is seeded with the mean of its first values.
#[derive(Clone, Copy)]
pub struct Ema {
    keep: f64,
    alpha: f64,
    value: f64,
    n: usize,
}

impl Ema {
    pub fn new(n: usize) -> Self {
        let alpha = 2.0 / (n as f64 + 1.0);
        Self { keep: 1.0 - alpha, alpha, value: 0.0, n }
    }

    /// Takes the value of bar `i`; the average is there from bar n - 1 on.
    pub fn warm_up(&mut self, i: usize, x: f64) {
        if i < self.n {
            self.value += (x - self.value) / (i + 1) as f64;
        } else {
            self.push(x);
        }
    }

    /// The average at bar `i`, undefined before it is there.
    #[inline(always)]
    pub fn at(&mut self, i: usize, x: f64) -> f64 {
        if i >= self.n {
            return self.push(x);
        }
        self.warm_up(i, x);
        if i + 1 < self.n { f64::NAN } else { self.value }
    }

    #[inline(always)]
    pub fn push(&mut self, x: f64) -> f64 {
        self.value = self.keep * self.value + self.alpha * x;
        self.value
    }
}

/// Sums of what the five numbers are made of.
#[derive(Clone, Copy)]
pub struct Account {
    pub cash: f64,
    pub units: f64,
    pub entry: f64,
    pub last: f64,
    peak: f64,
    /// Lowest ratio of equity to its peak.
    worst: f64,
    sum: f64,
    squares: f64,
    pub trades: usize,
    trade_returns: f64,
}

impl Account {
    pub fn new() -> Self {
        Self {
            cash: CASH,
            units: 0.0,
            entry: 0.0,
            last: CASH,
            peak: CASH,
            worst: 1.0,
            sum: 0.0,
            squares: 0.0,
            trades: 0,
            trade_returns: 0.0,
        }
    }

    #[inline(always)]
    pub fn buy(&mut self, price: f64) {
        self.units = self.cash / (price * (1.0 + FEE));
        self.entry = price;
        self.cash = 0.0;
    }

    #[inline(always)]
    pub fn sell(&mut self, price: f64) {
        let got = price * (1.0 - FEE);
        self.cash = self.units * got;
        self.units = 0.0;
        self.trades += 1;
        self.trade_returns += (got - self.entry * (1.0 + FEE)) / self.entry;
    }

    #[inline(always)]
    pub fn mark(&mut self, close: f64) {
        let equity = self.cash + self.units * close;
        if equity == self.last {
            return;
        }
        let r = equity / self.last - 1.0;
        self.last = equity;
        self.sum += r;
        self.squares += r * r;
        if equity > self.peak {
            self.peak = equity;
        } else if equity < self.worst * self.peak {
            self.worst = equity / self.peak;
        }
    }

    pub fn answer(&self, bars: usize, bars_per_year: f64) -> Answer {
        let n = bars as f64 - 1.0;
        let mean = self.sum / n;
        let deviation = ((self.squares - n * mean * mean) / (n - 1.0)).sqrt();
        Answer {
            final_equity: self.last,
            trades: self.trades,
            sharpe: mean / deviation * bars_per_year.sqrt(),
            max_drawdown: 1.0 - self.worst,
            return_per_trade: self.trade_returns / self.trades as f64,
        }
    }
}

/// J1: long between a cross of the averages and the cross back.
pub fn cross(bars: &Bars, fast: usize, slow: usize, bars_per_year: f64) -> Answer {
    let (open, close) = (&bars.open[..], &bars.close[..]);
    let (mut quick, mut lazy) = (Ema::new(fast), Ema::new(slow));
    let warm = slow.max(fast);
    for (i, x) in close[..warm].iter().enumerate() {
        quick.warm_up(i, *x);
        lazy.warm_up(i, *x);
    }
    let mut account = Account::new();
    let mut difference = quick.value - lazy.value;
    let (mut buy, mut sell) = (false, false);
    for (open, close) in open[warm..].iter().zip(&close[warm..]) {
        if buy && account.units == 0.0 {
            account.buy(*open);
        } else if sell && account.units > 0.0 {
            account.sell(*open);
        }
        // Nothing moves while there is no position, nor on the bar after the sale.
        account.mark(*close);
        let last = difference;
        difference = quick.push(*close) - lazy.push(*close);
        buy = difference > 0.0 && last <= 0.0;
        sell = difference < 0.0 && last >= 0.0;
    }
    account.answer(close.len(), bars_per_year)
}

/// Wilder's averages of rises and falls over n changes.
struct Strength {
    keep: f64,
    alpha: f64,
    rise: f64,
    fall: f64,
    last: f64,
}

impl Strength {
    fn new(n: usize, x: &[f64]) -> Self {
        let (mut rise, mut fall) = (0.0, 0.0);
        for pair in x[..=n].windows(2) {
            rise += (pair[1] - pair[0]).max(0.0) / n as f64;
            fall += (pair[0] - pair[1]).max(0.0) / n as f64;
        }
        let alpha = 1.0 / n as f64;
        let mut strength = Self { keep: 1.0 - alpha, alpha, rise, fall, last: x[n] };
        x[n + 1..].iter().for_each(|x| strength.push(*x));
        strength
    }

    #[inline(always)]
    fn push(&mut self, x: f64) {
        let change = self.alpha * (x - self.last);
        self.last = x;
        self.rise = self.keep * self.rise + if change > 0.0 { change } else { 0.0 };
        self.fall = self.keep * self.fall - if change < 0.0 { change } else { 0.0 };
    }
}

/// J3: J1 with entries only below an RSI of 70, a stop of 2 % and a target of 4 %.
pub fn guarded_cross(bars: &Bars, bars_per_year: f64) -> Answer {
    let (mut quick, mut lazy) = (Ema::new(20), Ema::new(100));
    let close = &bars.close[..];
    for (i, x) in close[..100].iter().enumerate() {
        quick.warm_up(i, *x);
        lazy.warm_up(i, *x);
    }
    let mut strength = Strength::new(14, &close[..100]);
    let mut account = Account::new();
    let mut difference = quick.value - lazy.value;
    let (mut buy, mut sell, mut stop, mut target) = (false, false, 0.0, 0.0);
    let prices = bars.open[100..].iter().zip(&bars.high[100..]).zip(&bars.low[100..]);
    for (((open, high), low), close) in prices.zip(&close[100..]) {
        if buy && account.units == 0.0 {
            account.buy(*open);
            (stop, target) = (open - open * 0.02, open + open * 0.04);
        } else if sell && account.units > 0.0 {
            account.sell(*open);
        }
        if account.units > 0.0 {
            if *low <= stop {
                account.sell(stop.min(*open));
            } else if *high >= target {
                account.sell(target.max(*open));
            }
        }
        account.mark(*close);
        strength.push(*close);
        let last = difference;
        difference = quick.push(*close) - lazy.push(*close);
        let weak = strength.rise < 0.7 * (strength.rise + strength.fall);
        buy = difference > 0.0 && last <= 0.0 && weak;
        sell = difference < 0.0 && last >= 0.0;
    }
    account.answer(close.len(), bars_per_year)
}

/// What the averages of a symbol say at each close, for several windows: 1 buys, 2 sells.
pub fn signals(close: &[f64], fast: usize, slow: usize, out: &mut [u8]) {
    let (mut quick, mut lazy) = (Ema::new(fast), Ema::new(slow));
    let warm = slow.max(fast);
    out[..warm].fill(0);
    for (i, x) in close[..warm].iter().enumerate() {
        quick.warm_up(i, *x);
        lazy.warm_up(i, *x);
    }
    let mut last = quick.value - lazy.value;
    for (x, out) in close[warm..].iter().zip(&mut out[warm..]) {
        let difference = quick.push(*x) - lazy.push(*x);
        *out = u8::from(difference > 0.0 && last <= 0.0)
            + 2 * u8::from(difference < 0.0 && last >= 0.0);
        last = difference;
    }
}

/// J4: the account of one window.
pub fn window(bars: &Bars, signals: &[u8], window: Range<usize>, bars_per_year: f64) -> Answer {
    let mut account = Account::new();
    let mut signal = 0;
    let prices = bars.open[window.clone()].iter().zip(&bars.close[window.clone()]);
    for ((open, close), next) in prices.zip(&signals[window.clone()]) {
        if signal == 1 && account.units == 0.0 {
            account.buy(*open);
        } else if signal == 2 && account.units > 0.0 {
            account.sell(*open);
        }
        account.mark(*close);
        signal = *next;
    }
    account.answer(window.len(), bars_per_year)
}
