//! Volume.

use jiff::Timestamp;

use super::{Slow, ago, each, ema, over_defined, rolling_all};

pub const CASES: &[(&str, Slow)] = &[
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
    ("cmf", |x, c| {
        let bars = [x[0].as_slice(), &x[1], &x[2], &x[3]];
        vec![rolling_all(bars, c[0] as usize, |bars| {
            flows(bars).iter().sum::<f64>() / bars[3].iter().sum::<f64>()
        })]
    }),
    ("vwap", |x, _| {
        let day = |i: usize| {
            Timestamp::from_millisecond(x[4][i] as i64).unwrap().strftime("%F").to_string()
        };
        let days: Vec<String> = (0..x[4].len()).map(day).collect();
        let is_defined = |i: &usize| x[..4].iter().all(|column| !column[*i].is_nan());
        vec![each(days.len(), |i| {
            let today = (0..=i).filter(|j| days[*j] == days[i]).filter(is_defined);
            let price = |j: usize| (x[0][j] + x[1][j] + x[2][j]) / 3.0;
            let money: f64 = today.clone().map(|j| price(j) * x[3][j]).sum();
            if is_defined(&i) { money / today.map(|j| x[3][j]).sum::<f64>() } else { f64::NAN }
        })]
    }),
    ("force", |x, c| {
        let force = each(x[0].len(), |i| (x[0][i] - ago(&x[0], i, 1)) * x[1][i]);
        vec![ema(&force, c[0])]
    }),
    ("pvt", |x, _| {
        over_defined([&x[0], &x[1]], |[close, volume]| {
            let flow = |i: usize| volume[i] * (close[i] / close[i - 1] - 1.0);
            vec![each(close.len(), |i| if i == 0 { f64::NAN } else { (1..=i).map(flow).sum() })]
        })
    }),
    ("nvi", |x, _| over_defined([&x[0], &x[1]], |bars| vec![volume_index(bars, |v, w| v < w)])),
    ("pvi", |x, _| over_defined([&x[0], &x[1]], |bars| vec![volume_index(bars, |v, w| v > w)])),
];

fn accumulation(bars: [&[f64]; 4]) -> Vec<f64> {
    let flow = flows(bars);
    each(flow.len(), |i| flow[..=i].iter().sum())
}

fn flows([high, low, close, volume]: [&[f64]; 4]) -> Vec<f64> {
    each(high.len(), |i| {
        let range = high[i] - low[i];
        if range > 0.0 { volume[i] * (2.0 * close[i] - low[i] - high[i]) / range } else { 0.0 }
    })
}

fn volume_index([close, volume]: [&[f64]; 2], counts: fn(f64, f64) -> bool) -> Vec<f64> {
    let counted = |i: &usize| counts(volume[*i], volume[i - 1]);
    each(close.len(), |i| {
        1_000.0 * (1..=i).filter(counted).map(|i| close[i] / close[i - 1]).product::<f64>()
    })
}
