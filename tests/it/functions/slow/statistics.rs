//! Statistics of a window.

use super::{Slow, ago, all_equal, each, highest, lowest, mean, rolling, rolling_all, variance};

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
    ("argmax", |x, c| vec![rolling(&x[0], c[0] as usize, |x| since(x, highest(x)))]),
    ("argmin", |x, c| vec![rolling(&x[0], c[0] as usize, |x| since(x, lowest(x)))]),
    ("quantile", |x, c| {
        vec![rolling(&x[0], c[0] as usize, |x| {
            let mut sorted = x.to_vec();
            sorted.sort_by(f64::total_cmp);
            let place = c[1] * (x.len() - 1) as f64;
            let share = place - place.floor();
            let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
            (1.0 - share) * below + share * above
        })]
    }),
    ("skew", |x, c| {
        vec![rolling(&x[0], c[0] as usize, |x| central(x, 3) / central(x, 2).powf(1.5))]
    }),
    ("kurt", |x, c| vec![rolling(&x[0], c[0] as usize, |x| central(x, 4) / central(x, 2).powi(2))]),
    ("correl", |x, c| {
        vec![rolling_all([&x[0], &x[1]], c[0] as usize, |[x, y]| {
            if all_equal(x) || all_equal(y) {
                return f64::NAN;
            }
            covariance(x, y) / (variance(x) * variance(y)).sqrt()
        })]
    }),
    ("beta", |x, c| {
        vec![rolling_all([&x[0], &x[1]], c[0] as usize, |[x, y]| {
            if all_equal(y) { f64::NAN } else { covariance(x, y) / variance(y) }
        })]
    }),
    ("linreg_intercept", |x, c| vec![rolling(&x[0], c[0] as usize, |x| line(x).1)]),
    ("linreg_angle", |x, c| {
        vec![rolling(&x[0], c[0] as usize, |x| line(x).0.atan() * 180.0 / std::f64::consts::PI)]
    }),
    ("tsf", |x, c| {
        vec![rolling(&x[0], c[0] as usize, |x| {
            let (slope, start) = line(x);
            start + slope * x.len() as f64
        })]
    }),
    ("rsquared", |x, c| {
        vec![rolling(&x[0], c[0] as usize, |x| {
            if all_equal(x) {
                return f64::NAN;
            }
            let (slope, start) = line(x);
            let left = each(x.len(), |i| x[i] - (start + slope * i as f64));
            1.0 - left.iter().map(|v| v * v).sum::<f64>() / (variance(x) * x.len() as f64)
        })]
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

/// How many bars before the last one the value was last there.
fn since(x: &[f64], value: f64) -> f64 {
    x.iter().rev().position(|v| *v == value).unwrap() as f64
}

/// Central moment of this order; undefined for equal values.
fn central(x: &[f64], order: i32) -> f64 {
    if all_equal(x) {
        return f64::NAN;
    }
    let middle = mean(x);
    mean(&x.iter().map(|v| (v - middle).powi(order)).collect::<Vec<f64>>())
}

fn covariance(x: &[f64], y: &[f64]) -> f64 {
    let (middle, other) = (mean(x), mean(y));
    mean(&each(x.len(), |i| (x[i] - middle) * (y[i] - other)))
}
