//! Moving averages.

use super::{
    Slow, ago, combine, each, ema, highest, lowest, mean, over_defined, rolling, rolling_all,
    wilder,
};

pub const CASES: &[(&str, Slow)] = &[
    ("sma", |x, c| vec![rolling(&x[0], c[0] as usize, mean)]),
    ("ema", |x, c| vec![ema(&x[0], c[0])]),
    ("rma", |x, c| vec![wilder(&x[0], c[0])]),
    ("wma", |x, c| vec![wma(&x[0], c[0] as usize)]),
    ("dema", |x, c| {
        let e1 = ema(&x[0], c[0]);
        let e2 = ema(&e1, c[0]);
        vec![combine(&e1, &e2, |e1, e2| 2.0 * e1 - e2)]
    }),
    ("tema", |x, c| {
        let e1 = ema(&x[0], c[0]);
        let e2 = ema(&e1, c[0]);
        let e3 = ema(&e2, c[0]);
        vec![each(e1.len(), |i| 3.0 * e1[i] - 3.0 * e2[i] + e3[i])]
    }),
    ("hma", |x, c| {
        let n = c[0] as usize;
        let (half, whole) = (wma(&x[0], n / 2), wma(&x[0], n));
        let raw = combine(&half, &whole, |half, whole| 2.0 * half - whole);
        vec![wma(&raw, c[0].sqrt() as usize)]
    }),
    ("vwma", |x, c| {
        vec![rolling_all([&x[0], &x[1]], c[0] as usize, |[x, volume]| {
            let total: f64 = volume.iter().sum();
            let weighted: f64 = x.iter().zip(volume).map(|(x, v)| x * v).sum();
            if total == 0.0 { f64::NAN } else { weighted / total }
        })]
    }),
    ("trima", |x, c| {
        let n = c[0] as usize;
        let weights: Vec<f64> = (0..n).map(|i| (i + 1).min(n - i) as f64).collect();
        vec![rolling(&x[0], n, |x| weighted_mean(x, &weights))]
    }),
    ("t3", |x, c| {
        let (n, v) = (c[0], c[1]);
        let mut e = vec![ema(&x[0], n)];
        for _ in 0..5 {
            e.push(ema(e.last().unwrap(), n));
        }
        let w = 1.0 + v;
        vec![each(x[0].len(), |i| {
            w.powi(3) * e[2][i] - 3.0 * v * w * w * e[3][i] + 3.0 * v * v * w * e[4][i]
                - v.powi(3) * e[5][i]
        })]
    }),
    ("kama", |x, c| over_defined([&x[0]], |[x]| vec![kama(x, c[0] as usize)])),
    ("zlema", |x, c| {
        let lag = ((c[0] - 1.0) / 2.0).floor() as usize;
        vec![ema(&each(x[0].len(), |i| x[0][i] + (x[0][i] - ago(&x[0], i, lag))), c[0])]
    }),
    ("midpoint", |x, c| vec![midprice(&x[0], &x[0], c[0])]),
    ("midprice", |x, c| vec![midprice(&x[0], &x[1], c[0])]),
    ("ichimoku", |x, c| {
        let (conversion, base) = (midprice(&x[0], &x[1], c[0]), midprice(&x[0], &x[1], c[1]));
        let span = combine(&conversion, &base, |a, b| 0.5 * (a + b));
        vec![conversion, base, span, midprice(&x[0], &x[1], c[2])]
    }),
];

fn wma(x: &[f64], n: usize) -> Vec<f64> {
    let weights: Vec<f64> = (1..=n).map(|weight| weight as f64).collect();
    rolling(x, n, |x| weighted_mean(x, &weights))
}

fn weighted_mean(x: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    x.iter().zip(weights).map(|(x, weight)| x * weight).sum::<f64>() / total
}

fn kama(x: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    for i in n..x.len() {
        let path: f64 = (i - n + 1..=i).map(|k| (x[k] - x[k - 1]).abs()).sum();
        let distance = (x[i] - ago(x, i, n)).abs();
        let straight = if path == 0.0 { 1.0 } else { distance / path };
        let share = (straight * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0).powi(2);
        let last = if i == n { x[n - 1] } else { out[i - 1] };
        out[i] = last + share * (x[i] - last);
    }
    out
}

fn midprice(high: &[f64], low: &[f64], n: f64) -> Vec<f64> {
    let (top, bottom) = (rolling(high, n as usize, highest), rolling(low, n as usize, lowest));
    combine(&top, &bottom, |top, bottom| bottom + 0.5 * (top - bottom))
}
