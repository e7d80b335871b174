//! `sar(step, most)`: Wilder's parabolic stop and reverse.

use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "sar",
    group: Group::Volatility,
    summary: "Wilder's parabolic stop and reverse: a stop that follows the price ever \
              faster, by step more of the distance to the extreme with each new extreme, at \
              most by most; when it is touched it changes sides.",
    parameters: &[
        Parameter::constant("step", 0.0, 1.0).or(0.02),
        Parameter::constant("most", 0.0, 1.0).or(0.2),
    ],
    implicit: &[Series::High, Series::Low],
    outputs: &[],
    condition: false,
    first: |_| 1,
    build: |c| {
        let (step, most) = (c[0].min(c[1]), c[1]);
        let mut last: Option<[f64; 2]> = None;
        let mut stop: Option<Stop> = None;
        per_bar(move |[high, low]| {
            if high.is_nan() || low.is_nan() {
                return [f64::NAN];
            }
            let Some(before) = last.replace([high, low]) else { return [f64::NAN] };
            let (stop, before) = match &mut stop {
                Some(stop) => (stop, before),
                // TA-Lib lets the first step look at the same bar twice.
                None => (stop.insert(Stop::first(before, [high, low], step)), [high, low]),
            };
            [stop.next(before, [high, low], step, most)]
        })
    },
    fold: None,
    example: "close > sar(0.02, 0.2)",
};

/// One side of the stop and where it stands.
struct Stop {
    is_long: bool,
    /// The stop of the next bar.
    level: f64,
    /// The best price since the last change of sides.
    extreme: f64,
    /// Share of the way from the level to the extreme that the next step takes.
    share: f64,
}

impl Stop {
    /// Long unless the low fell by more than the high rose.
    fn first([last_high, last_low]: [f64; 2], [high, low]: [f64; 2], share: f64) -> Self {
        let (up, down) = (high - last_high, last_low - low);
        if down > 0.0 && down > up {
            Self { is_long: false, level: last_high, extreme: low, share }
        } else {
            Self { is_long: true, level: last_low, extreme: high, share }
        }
    }

    /// The stop that is valid for this bar; afterwards `level` is that of the next one.
    fn next(&mut self, before: [f64; 2], [high, low]: [f64; 2], step: f64, most: f64) -> f64 {
        let touched = if self.is_long { low <= self.level } else { high >= self.level };
        if touched {
            self.is_long = !self.is_long;
            self.level = self.extreme;
            self.keep_off(before, [high, low]);
        }
        let level = self.level;
        let extreme = if self.is_long { high } else { low };
        let further = if self.is_long { high > self.extreme } else { low < self.extreme };
        if touched {
            (self.share, self.extreme) = (step, extreme);
        } else if further {
            (self.share, self.extreme) = ((self.share + step).min(most), extreme);
        }
        self.level += self.share * (self.extreme - self.level);
        self.keep_off(before, [high, low]);
        level
    }

    /// A stop never lies within the last two bars.
    fn keep_off(&mut self, before: [f64; 2], now: [f64; 2]) {
        self.level = if self.is_long {
            self.level.min(before[1]).min(now[1])
        } else {
            self.level.max(before[0]).max(now[0])
        };
    }
}
