//! Volatility and bands.

use super::{
    Slow, ago, combine, each, ema, highest, lowest, mean, over_defined, rolling, rolling_all,
    true_range, variance, wilder,
};

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
    ("keltner", |x, c| {
        let (middle, range) = (ema(&x[0], c[0]), wilder(&true_range(&x[1..]), c[1]));
        let band =
            |side: f64| combine(&middle, &range, |middle, range| middle + side * c[2] * range);
        vec![band(1.0), middle.clone(), band(-1.0)]
    }),
    ("donchian", |x, c| {
        let n = c[0] as usize;
        let (top, bottom) = (rolling(&x[0], n, highest), rolling(&x[1], n, lowest));
        let middle = combine(&top, &bottom, |top, bottom| bottom + (top - bottom) / 2.0);
        vec![top, middle, bottom]
    }),
    ("chandelier", |x, c| {
        let n = c[0] as usize;
        let (top, bottom) = (rolling(&x[0], n, highest), rolling(&x[1], n, lowest));
        let range = wilder(&true_range(x), c[0]);
        vec![
            combine(&top, &range, |top, range| top - c[1] * range),
            combine(&bottom, &range, |bottom, range| bottom + c[1] * range),
        ]
    }),
    ("supertrend", |x, c| {
        let range = wilder(&true_range(x), c[0]);
        over_defined([&x[0], &x[1], &x[2], &range], |bars| supertrend(bars, c[1]))
    }),
    ("parkinson", |x, c| {
        vec![rolling_all([&x[0], &x[1]], c[0] as usize, |bars| {
            let [high, low] = bars.map(logarithms);
            let squares = each(high.len(), |i| (high[i] - low[i]).powi(2));
            (mean(&squares) / (4.0 * 2_f64.ln())).sqrt()
        })]
    }),
    ("garman_klass", |x, c| {
        vec![rolling_all([&x[0], &x[1], &x[2], &x[3]], c[0] as usize, |bars| {
            let [open, high, low, close] = bars.map(logarithms);
            let terms = each(open.len(), |i| {
                0.5 * (high[i] - low[i]).powi(2) - (4_f64.ln() - 1.0) * (close[i] - open[i]).powi(2)
            });
            mean(&terms).max(0.0).sqrt()
        })]
    }),
    ("rogers_satchell", |x, c| {
        vec![rolling_all([&x[0], &x[1], &x[2], &x[3]], c[0] as usize, |bars| {
            rogers_satchell(bars).max(0.0).sqrt()
        })]
    }),
    ("yang_zhang", |x, c| {
        let n = c[0];
        let before = each(x[3].len(), |i| ago(&x[3], i, 1));
        let columns = [&x[0], &x[1], &x[2], &x[3], &before].map(|x| x.as_slice());
        vec![rolling_all(columns, n as usize, |[open, high, low, close, before]| {
            let gaps = each(open.len(), |i| open[i].ln() - before[i].ln());
            let bodies = each(open.len(), |i| close[i].ln() - open[i].ln());
            let sample = |x: &[f64]| variance(x) * n / (n - 1.0);
            let k = 0.34 / (1.34 + (n + 1.0) / (n - 1.0));
            let within = rogers_satchell([open, high, low, close]).max(0.0);
            (sample(&gaps) + k * sample(&bodies) + (1.0 - k) * within).sqrt()
        })]
    }),
];

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

fn logarithms(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x.ln()).collect()
}

fn rogers_satchell(bars: [&[f64]; 4]) -> f64 {
    let [open, high, low, close] = bars.map(logarithms);
    mean(&each(open.len(), |i| {
        (high[i] - close[i]) * (high[i] - open[i]) + (low[i] - close[i]) * (low[i] - open[i])
    }))
}

/// Line and direction, in the words of the script that TradingView publishes.
fn supertrend([high, low, close, range]: [&[f64]; 4], k: f64) -> Vec<Vec<f64>> {
    let mut out = vec![vec![f64::NAN; high.len()]; 2];
    let (mut lower, mut upper) = (vec![0.0; high.len()], vec![0.0; high.len()]);
    for i in 0..high.len() {
        let source = (high[i] + low[i]) / 2.0;
        (lower[i], upper[i]) = (source - k * range[i], source + k * range[i]);
        let mut direction = -1.0;
        if i > 0 {
            if !(lower[i] > lower[i - 1] || close[i - 1] < lower[i - 1]) {
                lower[i] = lower[i - 1];
            }
            if !(upper[i] < upper[i - 1] || close[i - 1] > upper[i - 1]) {
                upper[i] = upper[i - 1];
            }
            direction = match out[1][i - 1] < 0.0 {
                true if close[i] > upper[i] => 1.0,
                false if close[i] < lower[i] => -1.0,
                was_down => {
                    if was_down {
                        -1.0
                    } else {
                        1.0
                    }
                }
            };
        }
        out[0][i] = if direction > 0.0 { lower[i] } else { upper[i] };
        out[1][i] = direction;
    }
    out
}
