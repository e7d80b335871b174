//! Wilder's directional movement.

use super::{is_zero, true_range};

/// Wilder's directional indicators as TA-Lib computes them: movements and true range are summed over
/// the first n - 1 steps between bars, and from then on each sum gives up an n-th of itself before it
/// takes the next value.
pub(in crate::expr::functions) struct Directional {
    n: f64,
    /// High, low and close of the bar before.
    previous: Option<[f64; 3]>,
    steps: f64,
    plus: f64,
    minus: f64,
    range: f64,
}

/// +DI and -DI in percent.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Indicators {
    pub plus: f64,
    pub minus: f64,
}

impl Directional {
    pub(in crate::expr::functions) fn new(n: f64) -> Self {
        Self { n, previous: None, steps: 0.0, plus: 0.0, minus: 0.0, range: 0.0 }
    }

    /// Takes the next bar; nothing during warm-up and where the bar is undefined.
    pub(in crate::expr::functions) fn push(
        &mut self,
        high: f64,
        low: f64,
        close: f64,
    ) -> Option<Indicators> {
        if high.is_nan() || low.is_nan() || close.is_nan() {
            return None;
        }
        let [last_high, last_low, last_close] = self.previous.replace([high, low, close])?;
        let (up, down) = (high - last_high, last_low - low);
        let plus = if up > down && up > 0.0 { up } else { 0.0 };
        let minus = if down > up && down > 0.0 { down } else { 0.0 };
        self.steps += 1.0;
        let keep = if self.steps < self.n { 1.0 } else { 1.0 - 1.0 / self.n };
        self.plus = self.plus * keep + plus;
        self.minus = self.minus * keep + minus;
        self.range = self.range * keep + true_range(high, low, last_close);
        if self.steps < self.n {
            return None;
        }
        if is_zero(self.range) {
            return Some(Indicators { plus: 0.0, minus: 0.0 });
        }
        let scale = 100.0 / self.range;
        Some(Indicators { plus: self.plus * scale, minus: self.minus * scale })
    }
}
