//! `heikin_ashi`: the averaged candle.

use super::kernel::halfway;
use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "heikin_ashi",
    group: Group::Price,
    summary: "Heikin-Ashi candle: close = avgprice, open = the mean of open and close of \
              the candle before (of the bar itself at the first one), high and low = the \
              extremes of these and of the bar's own. They are no prices that anything was \
              traded at.",
    parameters: &[],
    implicit: &[Series::Open, Series::High, Series::Low, Series::Close],
    outputs: &["close", "open", "high", "low"],
    condition: false,
    first: |_| 0,
    build: |_| {
        let mut last: Option<[f64; 2]> = None;
        per_bar(move |[open, high, low, close]| {
            let now = halfway(halfway(open, close), halfway(high, low));
            if now.is_nan() {
                return [f64::NAN; 4];
            }
            let [first, second] = last.unwrap_or([open, close]);
            let start = halfway(first, second);
            last = Some([start, now]);
            [now, start, high.max(start).max(now), low.min(start).min(now)]
        })
    },
    fold: None,
    example: "heikin_ashi.close > heikin_ashi.open",
};
