//! Prices of a bar.

use super::{Slow, each, over_defined};

pub const CASES: &[(&str, Slow)] = &[
    ("medprice", |x, _| vec![each(x[0].len(), |i| (x[0][i] + x[1][i]) / 2.0)]),
    ("typprice", |x, _| vec![each(x[0].len(), |i| (x[0][i] + x[1][i] + x[2][i]) / 3.0)]),
    ("wclprice", |x, _| vec![each(x[0].len(), |i| (x[0][i] + x[1][i] + 2.0 * x[2][i]) / 4.0)]),
    ("avgprice", |x, _| vec![each(x[0].len(), |i| (x[0][i] + x[1][i] + x[2][i] + x[3][i]) / 4.0)]),
    ("heikin_ashi", |x, _| {
        over_defined([&x[0], &x[1], &x[2], &x[3]], |[open, high, low, close]| {
            let ends = each(open.len(), |i| (open[i] + high[i] + low[i] + close[i]) / 4.0);
            let mut starts = vec![f64::NAN; open.len()];
            for i in 0..open.len() {
                starts[i] = match i {
                    0 => (open[0] + close[0]) / 2.0,
                    _ => (starts[i - 1] + ends[i - 1]) / 2.0,
                };
            }
            let highs = each(open.len(), |i| high[i].max(starts[i]).max(ends[i]));
            let lows = each(open.len(), |i| low[i].min(starts[i]).min(ends[i]));
            vec![ends, starts, highs, lows]
        })
    }),
];
