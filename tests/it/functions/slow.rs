//! Every function against a slow version that is written straight from its definition.
//!
//! Two rules turn a definition into values where the data has gaps. A windowed function is undefined
//! while any value of its window is; a recursive one behaves as if the undefined bars weren't there.

mod arithmetic;
mod averages;
mod events;
mod oscillators;
mod prices;
mod statistics;
mod volatility;
mod volume;

use sprag::expr::functions::{Group, TABLE};

use super::harness::{Call, ROUGHNESSES, constant_sets, first_difference, random_bars};

/// A slow version: columns and constants as the operator gets them, to one column per output.
type Slow = fn(&[Vec<f64>], &[f64]) -> Vec<Vec<f64>>;

fn slow_version(name: &str) -> Option<Slow> {
    cases().find(|(known, _)| *known == name).map(|(_, slow)| *slow)
}

fn cases() -> impl Iterator<Item = &'static (&'static str, Slow)> {
    [
        prices::CASES,
        averages::CASES,
        oscillators::CASES,
        volatility::CASES,
        volume::CASES,
        statistics::CASES,
        events::CASES,
        arithmetic::CASES,
    ]
    .into_iter()
    .flatten()
}

#[test]
fn every_function_has_one_slow_version_and_no_other_has() {
    let names: Vec<&str> = cases().map(|(name, _)| *name).collect();
    for function in TABLE {
        let found = names.iter().filter(|name| **name == function.name).count();
        assert_eq!(found, 1, "slow versions of {}", function.name);
    }
    assert_eq!(names.len(), TABLE.len(), "a slow version without a function");
}

#[test]
fn every_function_agrees_with_its_definition() {
    let mut wrong = Vec::new();
    for function in TABLE {
        let slow = slow_version(function.name).unwrap();
        for roughness in ROUGHNESSES {
            let bars = random_bars(roughness, 400, 7);
            let mut says_something = false;
            for constants in constant_sets(function) {
                let call = Call::new(function, &constants, &bars);
                let mut calls = vec![call.around_zero(), call];
                // Only of these is the sign the subject; an indicator's ratios explode there.
                calls.drain(..usize::from(function.group != Group::Arithmetic));
                for call in calls {
                    says_something |= agree(&call, slow, &format!("{roughness:?}"), &mut wrong);
                }
            }
            // Two columns of nothing agree too.
            assert!(says_something, "{} is never tried on {roughness:?} data", function.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Notes where a call and its slow version differ; whether each output says something.
fn agree(call: &Call, slow: Slow, data: &str, wrong: &mut Vec<String>) -> bool {
    let (fast, slow) = (call.run(&[97]), slow(&call.inputs, &call.constants));
    assert_eq!(fast.len(), slow.len(), "{}", call.describe());
    for (output, (fast, slow)) in fast.iter().zip(&slow).enumerate() {
        if let Some(bar) = first_difference(fast, slow, 1e-9, 1e-9) {
            wrong.push(format!(
                "{} on {data} data, output {output}, bar {bar}: {} instead of {}",
                call.describe(),
                fast[bar],
                slow[bar]
            ));
        }
    }
    slow.iter().all(|column| varies(column))
}

/// Whether a column has two different defined values.
fn varies(column: &[f64]) -> bool {
    let mut defined = column.iter().filter(|value| !value.is_nan());
    let first = defined.next();
    defined.any(|value| Some(value) != first)
}

/// A value for each bar.
fn each(len: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
    (0..len).map(value).collect()
}

/// A function of the last n values.
fn rolling(x: &[f64], n: usize, value: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    rolling_all([x], n, |[x]| value(x))
}

/// A function of the last n values of several columns.
fn rolling_all<const N: usize>(
    columns: [&[f64]; N],
    n: usize,
    value: impl Fn([&[f64]; N]) -> f64,
) -> Vec<f64> {
    each(columns[0].len(), |i| {
        let Some(start) = (i + 1).checked_sub(n) else { return f64::NAN };
        let windows = columns.map(|x| &x[start..=i]);
        if windows.iter().any(|x| x.iter().any(|v| v.is_nan())) { f64::NAN } else { value(windows) }
    })
}

/// The values of a recursion over the bars on which every column is defined; undefined elsewhere.
fn over_defined<const N: usize>(
    columns: [&[f64]; N],
    values: impl Fn([&[f64]; N]) -> Vec<Vec<f64>>,
) -> Vec<Vec<f64>> {
    let len = columns[0].len();
    let defined: Vec<usize> =
        (0..len).filter(|i| columns.iter().all(|x| !x[*i].is_nan())).collect();
    let kept = columns.map(|x| defined.iter().map(|i| x[*i]).collect::<Vec<f64>>());
    let values = values(kept.each_ref().map(Vec::as_slice));
    values
        .iter()
        .map(|column| {
            let mut spread = vec![f64::NAN; len];
            for (i, value) in defined.iter().zip(column) {
                spread[*i] = *value;
            }
            spread
        })
        .collect()
}

/// The recursive average with this share, seeded with the mean of the first n values.
fn smoothed(x: &[f64], n: usize, alpha: f64) -> Vec<f64> {
    let mut columns = over_defined([x], |[x]| {
        let mut out = vec![f64::NAN; x.len()];
        if x.len() >= n {
            let mut average = mean(&x[..n]);
            out[n - 1] = average;
            for i in n..x.len() {
                average = (1.0 - alpha) * average + alpha * x[i];
                out[i] = average;
            }
        }
        vec![out]
    });
    columns.remove(0)
}

fn ema(x: &[f64], n: f64) -> Vec<f64> {
    smoothed(x, n as usize, 2.0 / (n + 1.0))
}

fn wilder(x: &[f64], n: f64) -> Vec<f64> {
    smoothed(x, n as usize, 1.0 / n)
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// Two-pass variance with ddof 0.
fn variance(x: &[f64]) -> f64 {
    if all_equal(x) {
        return 0.0;
    }
    let mean = mean(x);
    x.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / x.len() as f64
}

fn all_equal(x: &[f64]) -> bool {
    x.windows(2).all(|pair| pair[0] == pair[1])
}

fn highest(x: &[f64]) -> f64 {
    x.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn lowest(x: &[f64]) -> f64 {
    x.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The value n bars before bar i.
fn ago(x: &[f64], i: usize, n: usize) -> f64 {
    i.checked_sub(n).map_or(f64::NAN, |i| x[i])
}

fn combine(a: &[f64], b: &[f64], value: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    each(a.len(), |i| value(a[i], b[i]))
}

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
