//! `vwap`: the volume-weighted average price of the day.

use super::kernel::{day_number, typical};
use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "vwap",
    group: Group::Volume,
    summary: "Volume-weighted average price of the day so far: the sum of typprice × \
              volume since the first bar of the calendar day divided by that of volume; \
              undefined while nothing was traded. Of daily and longer bars it is the bar's \
              own typprice; over a window it is vwma(typprice, n).",
    parameters: &[],
    implicit: &[Series::High, Series::Low, Series::Close, Series::Volume, Series::Time],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| {
        let (mut day, mut weight, mut average) = (None, 0.0, f64::NAN);
        per_bar(move |[high, low, close, volume, time]| {
            let today = day_number(time);
            if day.replace(today) != Some(today) {
                (weight, average) = (0.0, f64::NAN);
            }
            let price = typical(high, low, close);
            if (price + volume).is_nan() {
                return [f64::NAN];
            }
            weight += volume;
            if weight > 0.0 {
                // A step by a share of the distance: exact where all prices are equal.
                let last = if average.is_nan() { price } else { average };
                average = last + (price - last) * (volume / weight);
            }
            [average]
        })
    },
    fold: None,
    example: "close > vwap and hour < 20",
};
