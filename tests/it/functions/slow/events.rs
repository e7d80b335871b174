//! Events.

use super::{Slow, ago, each, rolling};

pub const CASES: &[(&str, Slow)] = &[
    ("cross_above", |x, _| vec![each(x[0].len(), |i| crosses(&x[0], &x[1], i))]),
    ("cross_below", |x, _| vec![each(x[0].len(), |i| crosses(&x[1], &x[0], i))]),
    ("bars_since", |x, _| {
        vec![each(x[0].len(), |i| {
            x[0][..=i].iter().rev().position(|c| *c == 1.0).map_or(f64::NAN, |n| n as f64)
        })]
    }),
    ("count", |x, c| {
        vec![rolling(&x[0], c[0] as usize, |x| x.iter().filter(|c| **c == 1.0).count() as f64)]
    }),
    ("rising", |x, c| vec![each(x[0].len(), |i| steps(&x[0], i, c[0] as usize, |a, b| b > a))]),
    ("falling", |x, c| vec![each(x[0].len(), |i| steps(&x[0], i, c[0] as usize, |a, b| b < a))]),
    ("valuewhen", |x, c| {
        vec![each(x[0].len(), |i| {
            let mut times = (0..=i).rev().filter(|i| x[0][*i] == 1.0);
            times.nth(c[0] as usize).map_or(f64::NAN, |i| x[1][i])
        })]
    }),
];

fn crosses(a: &[f64], b: &[f64], i: usize) -> f64 {
    f64::from(a[i] > b[i] && ago(a, i, 1) <= ago(b, i, 1))
}

/// Whether each of the last n steps is of this kind.
fn steps(x: &[f64], i: usize, n: usize, is_step: fn(f64, f64) -> bool) -> f64 {
    f64::from(i >= n && (i - n..i).all(|k| is_step(x[k], x[k + 1])))
}
