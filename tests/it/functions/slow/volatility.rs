//! Volatility, bands and volume.

use super::{Slow, ago, combine, each, mean, over_defined, rolling, variance, wilder};

pub const CASES: &[(&str, Slow)] = &[
    ("trange", |x, _| vec![true_range(x)]),
    ("atr", |x, c| vec![wilder(&true_range(x), c[0])]),
    ("natr", |x, c| {
        vec![combine(&wilder(&true_range(x), c[0]), &x[2], |range, close| 100.0 * range / close)]
    }),
    ("stdev", |x, c| vec![rolling(&x[0], c[0] as usize, |x| variance(x).sqrt())]),
    ("var", |x, c| vec![rolling(&x[0], c[0] as usize, variance)]),
    ("bbands", |x, c| {
        let band = |side: f64| {
            rolling(&x[0], c[0] as usize, |x| mean(x) + side * c[1] * variance(x).sqrt())
        };
        vec![band(1.0), band(0.0), band(-1.0)]
    }),
    ("sar", |x, c| over_defined([&x[0], &x[1]], |[high, low]| vec![sar(high, low, c[0], c[1])])),
    ("obv", |x, _| {
        over_defined([&x[0], &x[1]], |[close, volume]| {
            vec![each(close.len(), |i| {
                (1..=i).fold(volume[0], |total, k| match close[k] - close[k - 1] {
                    change if change > 0.0 => total + volume[k],
                    change if change < 0.0 => total - volume[k],
                    _ => total,
                })
            })]
        })
    }),
    ("ad", |x, _| over_defined([&x[0], &x[1], &x[2], &x[3]], |bars| vec![accumulation(bars)])),
    ("adosc", |x, c| {
        over_defined([&x[0], &x[1], &x[2], &x[3]], |bars| {
            let line = accumulation(bars);
            let average = |n: f64, i: usize| {
                line[1..=i].iter().fold(line[0], |a, x| a + 2.0 / (n + 1.0) * (x - a))
            };
            let first = c[0].max(c[1]) as usize - 1;
            vec![each(line.len(), |i| {
                if i < first { f64::NAN } else { average(c[0], i) - average(c[1], i) }
            })]
        })
    }),
];

fn true_range(x: &[Vec<f64>]) -> Vec<f64> {
    each(x[0].len(), |i| {
        let (high, low, before) = (x[0][i], x[1][i], ago(&x[2], i, 1));
        let spans = [high - low, (high - before).abs(), (low - before).abs()];
        if spans.iter().any(|span| span.is_nan()) {
            return f64::NAN;
        }
        spans.into_iter().fold(0.0, f64::max)
    })
}

fn accumulation([high, low, close, volume]: [&[f64]; 4]) -> Vec<f64> {
    let flow = each(high.len(), |i| {
        let range = high[i] - low[i];
        if range > 0.0 { volume[i] * (2.0 * close[i] - low[i] - high[i]) / range } else { 0.0 }
    });
    each(high.len(), |i| flow[..=i].iter().sum())
}

/// Wilder's rules, one side written out and the other one mirrored by turning the prices over.
fn sar(high: &[f64], low: &[f64], step: f64, most: f64) -> Vec<f64> {
    let mut out = vec![f64::NAN; high.len()];
    if high.len() < 2 {
        return out;
    }
    let step = step.min(most);
    let (up, down) = (high[1] - high[0], low[0] - low[1]);
    let mut side = if down > up && down > 0.0 { -1.0 } else { 1.0 };
    // Prices in the direction of the trade: `far` is the favourable end of a bar, `near` the other.
    let far = |side: f64, i: usize| if side > 0.0 { high[i] } else { -low[i] };
    let near = |side: f64, i: usize| if side > 0.0 { low[i] } else { -high[i] };
    let mut extreme = far(side, 1);
    let mut share = step;
    let mut level = near(side, 0);
    for (i, out) in out.iter_mut().enumerate().skip(1) {
        let before = if i == 1 { 1 } else { i - 1 };
        if near(side, i) <= level {
            side = -side;
            level = (-extreme).min(near(side, before)).min(near(side, i));
            *out = side * level;
            share = step;
            extreme = far(side, i);
        } else {
            *out = side * level;
            if far(side, i) > extreme {
                extreme = far(side, i);
                share = (share + step).min(most);
            }
        }
        level = (level + share * (extreme - level)).min(near(side, before)).min(near(side, i));
    }
    out
}
