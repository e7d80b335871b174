//! Wilder's directional movement, as TA-Lib computes it.

use super::{is_zero, true_range};

/// Movement up and down: the rise of the high where it is larger than the fall of the low, and the
/// other way round. Both are summed over the first n - 1 steps between bars, and from then on each sum
/// gives up an n-th of itself before it takes the next value.
pub(in crate::expr::functions) struct Movement {
    n: f64,
    /// What a sum keeps of itself once it is full.
    keep: f64,
    last_high: f64,
    last_low: f64,
    /// Steps between bars so far.
    steps: f64,
    plus: f64,
    minus: f64,
}

impl Movement {
    pub(in crate::expr::functions) fn new(n: f64) -> Self {
        let [last_high, last_low] = [f64::NAN; 2];
        Self { n, keep: 1.0 - 1.0 / n, last_high, last_low, steps: 0.0, plus: 0.0, minus: 0.0 }
    }

    /// Takes the next bar; +DM and -DM, undefined during warm-up and where the bar is.
    pub(in crate::expr::functions) fn push(&mut self, high: f64, low: f64) -> [f64; 2] {
        if high.is_nan() || low.is_nan() {
            return [f64::NAN; 2];
        }
        self.step(high, low);
        // A sum is there a bar before the first value is given up for a new one.
        let is_ready = self.steps >= (self.n - 1.0).max(1.0);
        if is_ready { [self.plus, self.minus] } else { [f64::NAN; 2] }
    }

    /// Takes the next bar, which is defined.
    fn step(&mut self, high: f64, low: f64) {
        let (up, down) = (high - self.last_high, self.last_low - low);
        (self.last_high, self.last_low) = (high, low);
        if up.is_nan() {
            return;
        }
        let plus = if up > down && up > 0.0 { up } else { 0.0 };
        let minus = if down > up && down > 0.0 { down } else { 0.0 };
        self.steps += 1.0;
        let keep = self.keep();
        self.plus = self.plus * keep + plus;
        self.minus = self.minus * keep + minus;
    }

    /// The share of a sum that was kept at the last step.
    fn keep(&self) -> f64 {
        if self.steps < self.n { 1.0 } else { self.keep }
    }
}

/// Wilder's directional indicators: movement relative to the true range, which is summed likewise.
pub(in crate::expr::functions) struct Directional {
    movement: Movement,
    last_close: f64,
    range: f64,
}

/// +DI and -DI in percent.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Indicators {
    pub plus: f64,
    pub minus: f64,
}

impl Indicators {
    /// The directional index, 0 to 100; none where both are 0.
    pub(in crate::expr::functions) fn index(self) -> Option<f64> {
        let total = self.plus + self.minus;
        (!is_zero(total)).then(|| 100.0 * (self.plus - self.minus).abs() / total)
    }
}

impl Directional {
    pub(in crate::expr::functions) fn new(n: f64) -> Self {
        Self { movement: Movement::new(n), last_close: f64::NAN, range: 0.0 }
    }

    /// Takes the next bar; nothing during warm-up and where the bar is undefined.
    pub(in crate::expr::functions) fn push(
        &mut self,
        [high, low, close]: [f64; 3],
    ) -> Option<Indicators> {
        if high.is_nan() || low.is_nan() || close.is_nan() {
            return None;
        }
        let last_close = std::mem::replace(&mut self.last_close, close);
        self.movement.step(high, low);
        if last_close.is_nan() {
            return None;
        }
        self.range = self.range * self.movement.keep() + true_range(high, low, last_close);
        if self.movement.steps < self.movement.n {
            return None;
        }
        if is_zero(self.range) {
            return Some(Indicators { plus: 0.0, minus: 0.0 });
        }
        let scale = 100.0 / self.range;
        Some(Indicators { plus: self.movement.plus * scale, minus: self.movement.minus * scale })
    }
}

/// Wilder's average of the directional index. A bar on which there is none counts 0 among the first n
/// and leaves the average as it was afterwards.
pub(in crate::expr::functions) struct AverageDirectional {
    n: f64,
    directional: Directional,
    seen: f64,
    average: f64,
}

impl AverageDirectional {
    pub(in crate::expr::functions) fn new(n: f64) -> Self {
        Self { n, directional: Directional::new(n), seen: 0.0, average: 0.0 }
    }

    /// Takes the next bar; undefined during warm-up and where the bar is.
    pub(in crate::expr::functions) fn push(&mut self, bar: [f64; 3]) -> f64 {
        let Some(now) = self.directional.push(bar) else { return f64::NAN };
        let index = now.index();
        if self.seen < self.n {
            self.seen += 1.0;
            self.average += index.unwrap_or(0.0) / self.n;
        } else if let Some(index) = index {
            self.average += (index - self.average) / self.n;
        }
        if self.seen < self.n { f64::NAN } else { self.average }
    }
}
