//! Oscillators and momentum.

use super::{
    Slow, ago, all_equal, combine, each, ema, highest, lowest, mean, over_defined, rolling,
    rolling_all, true_range, wilder,
};

pub const CASES: &[(&str, Slow)] = &[
    ("rsi", |x, c| strength(&x[0], c[0], relative)),
    ("cmo", |x, c| {
        strength(&x[0], c[0], |up, down| {
            if up + down == 0.0 { 0.0 } else { 100.0 * (up - down) / (up + down) }
        })
    }),
    ("macd", |x, c| over_defined([&x[0]], |[x]| macd(x, c))),
    ("apo", |x, c| {
        let (fast, slow) = (ema(&x[0], c[0].min(c[1])), ema(&x[0], c[0].max(c[1])));
        vec![combine(&fast, &slow, |fast, slow| fast - slow)]
    }),
    ("ppo", |x, c| {
        let (fast, slow) = (ema(&x[0], c[0].min(c[1])), ema(&x[0], c[0].max(c[1])));
        vec![combine(&fast, &slow, |fast, slow| (fast / slow - 1.0) * 100.0)]
    }),
    ("trix", |x, c| {
        over_defined([&x[0]], |[x]| {
            let triple = ema(&ema(&ema(x, c[0]), c[0]), c[0]);
            vec![each(x.len(), |i| (triple[i] / ago(&triple, i, 1) - 1.0) * 100.0)]
        })
    }),
    ("stoch", |x, c| {
        let n = c[0] as usize;
        let (top, bottom) = (rolling(&x[0], n, highest), rolling(&x[1], n, lowest));
        let raw = each(top.len(), |i| {
            let place = (x[2][i] - bottom[i]) / (top[i] - bottom[i]) * 100.0;
            if top[i] == bottom[i] && x[2][i] == top[i] { 0.0 } else { place }
        });
        let k = rolling(&raw, c[1] as usize, mean);
        let d = rolling(&k, c[2] as usize, mean);
        vec![combine(&k, &d, |k, d| if d.is_nan() { d } else { k }), d]
    }),
    ("willr", |x, c| {
        let n = c[0] as usize;
        let (top, bottom) = (rolling(&x[0], n, highest), rolling(&x[1], n, lowest));
        vec![each(top.len(), |i| {
            let place = (top[i] - x[2][i]) / (top[i] - bottom[i]) * -100.0;
            if top[i] == bottom[i] && x[2][i] == top[i] { 0.0 } else { place }
        })]
    }),
    ("cci", |x, c| {
        vec![rolling(&typical(x), c[0] as usize, |prices| {
            if all_equal(prices) {
                return 0.0;
            }
            let mean = mean(prices);
            let deviation =
                prices.iter().map(|p| (p - mean).abs()).sum::<f64>() / prices.len() as f64;
            (prices[prices.len() - 1] - mean) / (0.015 * deviation)
        })]
    }),
    ("roc", |x, c| {
        vec![each(x[0].len(), |i| 100.0 * (x[0][i] / ago(&x[0], i, c[0] as usize) - 1.0))]
    }),
    ("mom", |x, c| vec![each(x[0].len(), |i| x[0][i] - ago(&x[0], i, c[0] as usize))]),
    ("adx", |x, c| over_defined([&x[0], &x[1], &x[2]], |bars| vec![adx(bars, c[0])])),
    ("plus_di", |x, c| over_defined([&x[0], &x[1], &x[2]], |bars| vec![directional(bars, c[0]).0])),
    ("minus_di", |x, c| {
        over_defined([&x[0], &x[1], &x[2]], |bars| vec![directional(bars, c[0]).1])
    }),
    ("mfi", |x, c| {
        let price = typical(x);
        let change = each(price.len(), |i| price[i] - ago(&price, i, 1));
        let money = combine(&price, &x[3], |price, volume| price * volume);
        vec![rolling_all([&change, &money], c[0] as usize, |[change, money]| {
            let flow = |sign: f64| -> f64 {
                change.iter().zip(money).filter(|(c, _)| *c * sign > 0.0).map(|(_, m)| m).sum()
            };
            let (up, down) = (flow(1.0), flow(-1.0));
            if up + down == 0.0 { 0.0 } else { 100.0 * up / (up + down) }
        })]
    }),
    ("aroon", |x, c| {
        let n = c[0] as usize;
        let percent = |since: usize| 100.0 * (n - since) as f64 / n as f64;
        let since = |x: &[f64], level: f64| x.iter().rev().position(|v| *v == level).unwrap();
        let windows = [x[0].as_slice(), &x[1]];
        vec![
            rolling_all(windows, n + 1, |[high, _]| percent(since(high, highest(high)))),
            rolling_all(windows, n + 1, |[_, low]| percent(since(low, lowest(low)))),
        ]
    }),
    ("ultosc", |x, c| {
        let before = each(x[2].len(), |i| ago(&x[2], i, 1));
        let mut n = [c[0] as usize, c[1] as usize, c[2] as usize];
        n.sort_unstable();
        let average = |n: usize| {
            rolling_all([&x[0], &x[1], &x[2], &before], n, |[high, low, close, before]| {
                let (mut pressure, mut range) = (0.0, 0.0);
                for i in 0..n {
                    pressure += close[i] - low[i].min(before[i]);
                    range += high[i].max(before[i]) - low[i].min(before[i]);
                }
                if range == 0.0 { 0.0 } else { pressure / range }
            })
        };
        let parts = n.map(average);
        vec![each(before.len(), |i| {
            100.0 * (4.0 * parts[0][i] + 2.0 * parts[1][i] + parts[2][i]) / 7.0
        })]
    }),
    ("bop", |x, _| {
        vec![each(x[0].len(), |i| {
            let (open, high, low, close) = (x[0][i], x[1][i], x[2][i], x[3][i]);
            let all_defined = !(open + high + low + close).is_nan();
            if all_defined && high == low { 0.0 } else { (close - open) / (high - low) }
        })]
    }),
    ("stochrsi", |x, c| {
        let index = strength(&x[0], c[0], relative).remove(0);
        let k = rolling(&index, c[1] as usize, |x| {
            let (bottom, range) = (lowest(x), highest(x) - lowest(x));
            if range < 1e-10 { 0.0 } else { 100.0 * (x[x.len() - 1] - bottom) / range }
        });
        let d = rolling(&k, c[2] as usize, mean);
        vec![combine(&k, &d, |k, d| if d.is_nan() { d } else { k }), d]
    }),
    ("tsi", |x, c| {
        over_defined([&x[0]], |[x]| {
            let change = each(x.len(), |i| x[i] - ago(x, i, 1));
            let size = each(x.len(), |i| change[i].abs());
            let twice = |x: &[f64]| ema(&ema(x, c[0]), c[1]);
            vec![combine(&twice(&change), &twice(&size), |change, size| 100.0 * change / size)]
        })
    }),
    ("rocp", |x, c| vec![each(x[0].len(), |i| x[0][i] / ago(&x[0], i, c[0] as usize) - 1.0)]),
    ("er", |x, c| {
        vec![rolling(&x[0], c[0] as usize + 1, |x| {
            let path: f64 = x.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
            (x[x.len() - 1] - x[0]).abs() / path
        })]
    }),
    ("dx", |x, c| {
        over_defined([&x[0], &x[1], &x[2]], |bars| {
            let (plus, minus) = directional(bars, c[0]);
            let mut last = 0.0;
            let mut index = Vec::new();
            for (plus, minus) in plus.iter().zip(&minus) {
                if plus + minus > 1e-13 {
                    last = 100.0 * (plus - minus).abs() / (plus + minus);
                }
                index.push(if plus.is_nan() { f64::NAN } else { last });
            }
            vec![index]
        })
    }),
    ("adxr", |x, c| {
        over_defined([&x[0], &x[1], &x[2]], |bars| {
            let index = adx(bars, c[0]);
            vec![each(index.len(), |i| (index[i] + ago(&index, i, c[0] as usize - 1)) / 2.0)]
        })
    }),
    ("plus_dm", |x, c| over_defined([&x[0], &x[1]], |bars| vec![movement(bars, c[0], true)])),
    ("minus_dm", |x, c| over_defined([&x[0], &x[1]], |bars| vec![movement(bars, c[0], false)])),
    ("vortex", |x, c| {
        let n = c[0] as usize;
        let range = rolling(&true_range(x), n, |x| x.iter().sum());
        let moves = |a: &[f64], b: &[f64]| -> Vec<f64> {
            let moves = each(a.len(), |i| (a[i] - ago(b, i, 1)).abs());
            combine(&rolling(&moves, n, |x| x.iter().sum()), &range, |moves, range| moves / range)
        };
        vec![moves(&x[0], &x[1]), moves(&x[1], &x[0])]
    }),
    ("choppiness", |x, c| {
        let n = c[0] as usize;
        let path = rolling(&true_range(x), n, |x| x.iter().sum());
        let (top, bottom) = (rolling(&x[0], n, highest), rolling(&x[1], n, lowest));
        vec![each(path.len(), |i| (path[i] / (top[i] - bottom[i])).log10() / c[0].log10() * 100.0)]
    }),
];

fn typical(x: &[Vec<f64>]) -> Vec<f64> {
    each(x[0].len(), |i| (x[0][i] + x[1][i] + x[2][i]) / 3.0)
}

/// A function of Wilder's average rise and fall.
fn strength(x: &[f64], n: f64, value: fn(f64, f64) -> f64) -> Vec<Vec<f64>> {
    over_defined([x], |[x]| {
        let change = each(x.len(), |i| x[i] - ago(x, i, 1));
        let part = |sign: f64| -> Vec<f64> {
            let moves = change.iter().map(|c| if c.is_nan() { *c } else { (c * sign).max(0.0) });
            wilder(&moves.collect::<Vec<f64>>(), n)
        };
        vec![combine(&part(1.0), &part(-1.0), value)]
    })
}

fn macd(x: &[f64], c: &[f64]) -> Vec<Vec<f64>> {
    let (fast, slow) = (c[0].min(c[1]), c[0].max(c[1]));
    let late = each(x.len(), |i| if (i as f64) < slow - fast { f64::NAN } else { x[i] });
    let line = combine(&ema(&late, fast), &ema(x, slow), |fast, slow| fast - slow);
    let signal = ema(&line, c[2]);
    let hist = combine(&line, &signal, |line, signal| line - signal);
    vec![combine(&signal, &hist, |signal, hist| signal + hist), signal, hist]
}

/// +DI and -DI.
fn directional([high, low, close]: [&[f64]; 3], n: f64) -> (Vec<f64>, Vec<f64>) {
    let mut out = (vec![f64::NAN; high.len()], vec![f64::NAN; high.len()]);
    let [mut plus, mut minus, mut range] = [0.0; 3];
    for i in 1..high.len() {
        let (up, down) = (high[i] - high[i - 1], low[i - 1] - low[i]);
        if i as f64 >= n {
            plus -= plus / n;
            minus -= minus / n;
            range -= range / n;
        }
        plus += if up > down { up.max(0.0) } else { 0.0 };
        minus += if down > up { down.max(0.0) } else { 0.0 };
        range += high[i].max(close[i - 1]) - low[i].min(close[i - 1]);
        if i as f64 >= n {
            out.0[i] = if range == 0.0 { 0.0 } else { 100.0 * plus / range };
            out.1[i] = if range == 0.0 { 0.0 } else { 100.0 * minus / range };
        }
    }
    out
}

fn adx(bars: [&[f64]; 3], n: f64) -> Vec<f64> {
    let (plus, minus) = directional(bars, n);
    let mut out = vec![f64::NAN; plus.len()];
    let (first, n) = (n as usize, n as usize);
    let index = |i: usize| {
        let total = plus[i] + minus[i];
        (total > 1e-13).then(|| 100.0 * (plus[i] - minus[i]).abs() / total)
    };
    for i in 2 * n - 1..out.len() {
        out[i] = if i == 2 * n - 1 {
            (first..2 * n).map(|i| index(i).unwrap_or(0.0)).sum::<f64>() / n as f64
        } else {
            let last = out[i - 1];
            index(i).map_or(last, |index| (last * (n - 1) as f64 + index) / n as f64)
        };
    }
    out
}

fn relative(up: f64, down: f64) -> f64 {
    if up + down == 0.0 { 0.0 } else { 100.0 * up / (up + down) }
}

/// Wilder's sum of the movements up, or down.
fn movement([high, low]: [&[f64]; 2], n: f64, is_up: bool) -> Vec<f64> {
    let moves = each(high.len(), |i| {
        let (up, down) = (high[i] - ago(high, i, 1), ago(low, i, 1) - low[i]);
        let (one, other) = if is_up { (up, down) } else { (down, up) };
        if one > other && one > 0.0 { one } else { 0.0 }
    });
    each(moves.len(), |i| {
        if i == 0 || (i as f64) < n - 1.0 {
            return f64::NAN;
        }
        let warm = (n as usize - 1).max(1).min(i);
        let start: f64 = if n == 1.0 { 0.0 } else { moves[1..=warm].iter().sum() };
        let first = if n == 1.0 { 1 } else { warm + 1 };
        moves[first..=i].iter().fold(start, |sum, x| sum - sum / n + x)
    })
}
