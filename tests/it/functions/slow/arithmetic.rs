//! Arithmetic, logic and calendar.

use jiff::Timestamp;

use super::{Slow, each};

pub const CASES: &[(&str, Slow)] = &[
    ("if", |x, _| vec![each(x[0].len(), |i| if x[0][i] == 1.0 { x[1][i] } else { x[2][i] })]),
    ("clamp", |x, _| {
        vec![each(x[0].len(), |i| {
            let (x, lo, hi) = (x[0][i], x[1][i], x[2][i]);
            if (x + lo + hi).is_nan() || lo > hi { f64::NAN } else { x.max(lo).min(hi) }
        })]
    }),
    ("min", |x, _| vec![pairs(x, f64::min)]),
    ("max", |x, _| vec![pairs(x, f64::max)]),
    ("abs", |x, _| vec![each(x[0].len(), |i| x[0][i].max(-x[0][i]))]),
    ("sign", |x, _| {
        vec![each(x[0].len(), |i| if x[0][i] == 0.0 { 0.0 } else { x[0][i].signum() })]
    }),
    ("sqrt", |x, _| vec![each(x[0].len(), |i| x[0][i].powf(0.5))]),
    ("log", |x, _| vec![each(x[0].len(), |i| x[0][i].ln())]),
    ("exp", |x, _| vec![each(x[0].len(), |i| x[0][i].exp())]),
    ("pow", |x, _| vec![pairs(x, f64::powf)]),
    ("month", |x, _| vec![calendar(&x[0], "%m")]),
    ("day", |x, _| vec![calendar(&x[0], "%d")]),
    ("weekday", |x, _| vec![calendar(&x[0], "%u")]),
    ("hour", |x, _| vec![calendar(&x[0], "%H")]),
    ("minute", |x, _| vec![calendar(&x[0], "%M")]),
    ("floor", |x, _| vec![each(x[0].len(), |i| x[0][i] - x[0][i].rem_euclid(1.0))]),
    ("ceil", |x, _| vec![each(x[0].len(), |i| x[0][i] + (-x[0][i]).rem_euclid(1.0))]),
    ("round", |x, _| vec![each(x[0].len(), |i| x[0][i].signum() * (x[0][i].abs() + 0.5).floor())]),
    ("tanh", |x, _| vec![each(x[0].len(), |i| 1.0 - 2.0 / ((2.0 * x[0][i]).exp() + 1.0))]),
    ("session", |x, c| {
        let [hour, minute, second] = ["%H", "%M", "%S"].map(|part| calendar(&x[0], part));
        vec![each(hour.len(), |i| {
            let now = hour[i] + (minute[i] + second[i] / 60.0) / 60.0;
            // The evening of the one day or the morning of the next.
            let is_in = |from: f64, to: f64| now >= from && now < to;
            let wraps = c[0] >= c[1];
            f64::from(if wraps { is_in(c[0], 24.0) || is_in(0.0, c[1]) } else { is_in(c[0], c[1]) })
        })]
    }),
];

fn pairs(x: &[Vec<f64>], value: fn(f64, f64) -> f64) -> Vec<f64> {
    each(x[0].len(), |i| {
        let (a, b) = (x[0][i], x[1][i]);
        if a.is_nan() || b.is_nan() { f64::NAN } else { value(a, b) }
    })
}

fn calendar(time: &[f64], format: &str) -> Vec<f64> {
    each(time.len(), |i| {
        let time = Timestamp::from_millisecond(time[i] as i64).unwrap();
        time.strftime(format).to_string().parse().unwrap()
    })
}
