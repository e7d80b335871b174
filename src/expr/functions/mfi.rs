//! `mfi(n)`: the money flow index.

use super::kernel::{Sliding, Sum, is_zero};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "mfi",
    group: Group::Oscillator,
    summary: "Money flow index, 0 to 100: of the money (typical price × volume) of the last \
              n bars, the percentage on bars whose typical price rose, bars without a change \
              left out; 0 where there is none.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low, Series::Close, Series::Volume],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let n = c[0] as usize;
        let [mut risen, mut fallen] = [n; 2].map(Sliding::<Sum>::new);
        let mut last = f64::NAN;
        per_bar(move |[high, low, close, volume]| {
            let price = (high + low + close) / 3.0;
            let change = price - std::mem::replace(&mut last, price);
            let money = price * volume;
            let [up, down] = if change.is_nan() || money.is_nan() {
                [f64::NAN; 2]
            } else if change > 0.0 {
                [money, 0.0]
            } else if change < 0.0 {
                [0.0, money]
            } else {
                [0.0; 2]
            };
            let (up, down) = (risen.push(up).0, fallen.push(down).0);
            let total = up + down;
            [if is_zero(total) { 0.0 } else { 100.0 * up / total }]
        })
    },
    fold: None,
    example: "mfi(14) < 20",
};
