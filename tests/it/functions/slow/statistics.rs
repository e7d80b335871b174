//! Statistics of a window.

use super::{Slow, ago, all_equal, each, highest, lowest, mean, rolling, variance};

pub const CASES: &[(&str, Slow)] = &[
    ("sum", |x, c| vec![rolling(&x[0], c[0] as usize, |x| x.iter().sum())]),
    ("highest", |x, c| vec![rolling(&x[0], c[0] as usize, highest)]),
    ("lowest", |x, c| vec![rolling(&x[0], c[0] as usize, lowest)]),
    ("median", |x, c| {
        vec![rolling(&x[0], c[0] as usize, |x| {
            let mut sorted = x.to_vec();
            sorted.sort_by(f64::total_cmp);
            let n = sorted.len();
            if n % 2 == 1 { sorted[n / 2] } else { mean(&sorted[n / 2 - 1..=n / 2]) }
        })]
    }),
    ("zscore", |x, c| {
        vec![rolling(&x[0], c[0] as usize, |x| {
            let last = x[x.len() - 1];
            if all_equal(x) { f64::NAN } else { (last - mean(x)) / variance(x).sqrt() }
        })]
    }),
    ("percent_rank", |x, c| {
        vec![rolling(&x[0], c[0] as usize, |x| {
            let (last, others) = x.split_last().unwrap();
            let points: f64 = others
                .iter()
                .map(|other| match other {
                    other if other < last => 1.0,
                    other if other == last => 0.5,
                    _ => 0.0,
                })
                .sum();
            100.0 * points / others.len() as f64
        })]
    }),
    ("slope", |x, c| vec![rolling(&x[0], c[0] as usize, |x| line(x).0)]),
    ("linreg", |x, c| {
        vec![rolling(&x[0], c[0] as usize, |x| {
            let (slope, start) = line(x);
            start + slope * (x.len() - 1) as f64
        })]
    }),
    ("log_return", |x, c| {
        vec![each(x[0].len(), |i| (x[0][i] / ago(&x[0], i, c[0] as usize)).ln())]
    }),
];

/// Slope and value at the first point of the least-squares line.
fn line(x: &[f64]) -> (f64, f64) {
    let middle = (x.len() - 1) as f64 / 2.0;
    let mean = mean(x);
    let (mut top, mut bottom) = (0.0, 0.0);
    for (i, x) in x.iter().enumerate() {
        let time = i as f64 - middle;
        top += time * (x - mean);
        bottom += time * time;
    }
    let slope = top / bottom;
    (slope, mean - slope * middle)
}
