//! Single cases worked out by hand, and the numerics that random data doesn't reach.

use sprag::expr::functions::find;
use sprag::market::Bars;

use super::harness::{Call, Random, Roughness, evaluate, first_difference, random_bars, same_bits};

const NAN: f64 = f64::NAN;

/// Bars whose close is x and whose open is y; high and low enclose both.
fn bars_of(x: &[f64], y: &[f64]) -> Bars {
    Bars {
        symbol: "X".into(),
        time: (0..x.len() as i64).collect(),
        open: y.to_vec(),
        high: x.iter().zip(y).map(|(x, y)| x.max(*y)).collect(),
        low: x.iter().zip(y).map(|(x, y)| x.min(*y)).collect(),
        close: x.to_vec(),
        volume: vec![1.0; x.len()],
        ..Bars::default()
    }
}

#[track_caller]
fn check(text: &str, x: &[f64], y: &[f64], expected: &[f64]) {
    let found = evaluate(text, &bars_of(x, y));
    let difference = first_difference(&found, expected, 1e-12, 0.0);
    assert_eq!(difference, None, "{text} is {found:?}, expected {expected:?}");
}

#[test]
fn arithmetic_is_undefined_where_it_has_no_finite_value() {
    let x = [-2.0, -0.5, 0.0, 1.0, 4.0, NAN];
    let y = [0.5, -1.0, 0.0, NAN, 0.5, 0.0];
    check("sign(close)", &x, &y, &[-1.0, -1.0, 0.0, 1.0, 1.0, NAN]);
    check("abs(close)", &x, &y, &[2.0, 0.5, 0.0, 1.0, 4.0, NAN]);
    check("sqrt(close)", &x, &y, &[NAN, NAN, 0.0, 1.0, 2.0, NAN]);
    check("log(close)", &x, &y, &[NAN, NAN, NAN, 0.0, 4.0_f64.ln(), NAN]);
    check("pow(close, open)", &x, &y, &[NAN, -2.0, 1.0, NAN, 2.0, NAN]);
    check(
        "exp(400 * close)",
        &x,
        &y,
        &[(-800.0_f64).exp(), (-200.0_f64).exp(), 1.0, 400_f64.exp(), NAN, NAN],
    );
    check("1 / close", &x, &y, &[-0.5, -2.0, NAN, 1.0, 0.25, NAN]);
    check("1e308 * close", &x, &y, &[NAN, -5e307, 0.0, 1e308, NAN, NAN]);
    check("min(close, open)", &x, &y, &[-2.0, -1.0, 0.0, NAN, 0.5, NAN]);
    check("max(close, open)", &x, &y, &[0.5, -0.5, 0.0, NAN, 4.0, NAN]);
    check("clamp(close, open, 2)", &x, &y, &[0.5, -0.5, 0.0, NAN, 2.0, NAN]);
    check("clamp(close, 3, 2)", &x, &y, &[NAN; 6]);
    check("if(close > open, close, open)", &x, &y, &[0.5, -0.5, 0.0, NAN, 4.0, 0.0]);
    check("roc(close, 1)", &[0.0, 1.0, 3.0], &[1.0; 3], &[NAN, NAN, 200.0]);
    check("log_return(close)", &[1.0, -1.0, -2.0], &[1.0; 3], &[NAN, NAN, 2.0_f64.ln()]);
}

#[test]
fn crossings_need_both_sides_defined_on_both_bars() {
    let level = [5.0; 8];
    let x = [6.0, 5.0, 6.0, 7.0, NAN, 6.0, 4.0, 6.0];
    check("if(cross_above(close, open), 1, 0)", &x, &level, &[0., 0., 1., 0., 0., 0., 0., 1.]);
    let x = [4.0, 5.0, 4.0, 3.0, NAN, 4.0, 6.0, 4.0];
    check("if(cross_below(close, open), 1, 0)", &x, &level, &[0., 0., 1., 0., 0., 0., 0., 1.]);
}

/// A condition's look back crosses words and blocks of bits.
#[test]
fn conditions_look_back_over_any_distance() {
    let bars = random_bars(Roughness::Tied, 3_500, 21);
    let now = evaluate("if(close > open, 1, 0)", &bars);
    for n in [1, 2, 63, 64, 65, 127, 130, 1_023, 1_024, 1_025, 3_499, 3_500] {
        let found = evaluate(&format!("if((close > open)[{n}], 1, 0)"), &bars);
        let expected: Vec<f64> = vec![0.0; n].into_iter().chain(now.iter().copied()).collect();
        assert_eq!(found, expected[..3_500], "{n} bars back");
    }
}

#[test]
fn events_count_bars() {
    let x = [1.0, 2.0, 3.0, 3.0, 4.0, 5.0, NAN, 6.0, 7.0];
    let y = [3.0; 9];
    check("if(rising(close, 2), 1, 0)", &x, &y, &[0., 0., 1., 0., 0., 1., 0., 0., 0.]);
    check("if(falling(-close, 2), 1, 0)", &x, &y, &[0., 0., 1., 0., 0., 1., 0., 0., 0.]);
    check("bars_since(close == open)", &x, &y, &[NAN, NAN, 0., 0., 1., 2., 3., 4., 5.]);
    check("count(close > open, 3)", &x, &y, &[NAN, NAN, 0., 0., 1., 2., 2., 2., 2.]);
}

#[test]
fn ranks_and_medians_count_ties_half() {
    let x = [2.0, 1.0, 2.0, 2.0, 3.0, 0.0];
    check("percent_rank(close, 3)", &x, &x, &[NAN, NAN, 75.0, 75.0, 100.0, 0.0]);
    check("median(close, 4)", &x, &x, &[NAN, NAN, NAN, 2.0, 2.0, 2.0]);
    check("zscore(close, 2)", &x, &x, &[NAN, -1.0, 1.0, NAN, 1.0, -1.0]);
}

#[test]
fn the_calendar_is_that_of_utc() {
    let mut bars = random_bars(Roughness::Clean, 4, 1);
    // 1969-12-31T23:59:59.999Z, 1970-01-01T00:00Z, 2024-02-29T13:30Z, 2026-11-22T23:59Z.
    bars.time = vec![-1, 0, 1_709_213_400_000, 1_795_391_940_000];
    assert_eq!(evaluate("weekday", &bars), [3.0, 4.0, 4.0, 7.0]);
    assert_eq!(evaluate("month", &bars), [12.0, 1.0, 2.0, 11.0]);
    assert_eq!(evaluate("day", &bars), [31.0, 1.0, 29.0, 22.0]);
    assert_eq!(evaluate("hour", &bars), [23.0, 0.0, 13.0, 23.0]);
    assert_eq!(evaluate("minute", &bars), [59.0, 0.0, 30.0, 59.0]);
}

/// Once an outlier has left the window, nothing of it is left.
#[test]
fn an_outlier_leaves_no_trace_in_a_window() {
    let clean = random_bars(Roughness::Clean, 300, 3);
    let mut spoilt = clean.clone();
    spoilt.close[100] = 1e12;
    for text in [
        "sma(close, 20)",
        "wma(close, 20)",
        "sum(close, 20)",
        "stdev(close, 20)",
        "var(close, 20)",
        "zscore(close, 20)",
        "slope(close, 20)",
        "linreg(close, 20)",
        "bbands(close, 20, 2).lower",
        "median(close, 20)",
        "percent_rank(close, 20)",
        "highest(close, 20)",
        "vwma(close, 20)",
        "midpoint(close, 20)",
        "argmax(close, 20)",
        "quantile(close, 20, 0.97)",
        "skew(close, 20)",
        "kurt(close, 20)",
        "correl(close, open, 20)",
        "beta(open, close, 20)",
        "linreg_intercept(close, 20)",
        "linreg_angle(close, 20)",
        "tsf(close, 20)",
        "rsquared(close, 20)",
        "er(close, 19)",
        "vortex(19).plus",
        "choppiness(19)",
        "cmf(20)",
        "rogers_satchell(20)",
        "yang_zhang(19)",
    ] {
        let (clean, spoilt) = (evaluate(text, &clean), evaluate(text, &spoilt));
        let difference = first_difference(&clean[120..], &spoilt[120..], 0.0, 0.0);
        assert_eq!(difference, None, "{text} remembers an outlier");
        assert!(first_difference(&clean[100..120], &spoilt[100..120], 1e-9, 0.0).is_some());
    }
}

#[test]
fn a_small_variance_around_a_large_mean_keeps_its_digits() {
    let mut random = Random::new(5);
    let noise: Vec<f64> = (0..500).map(|_| (random.unit() * 1024.0).floor()).collect();
    // Integers below 2^53 lose nothing when they are shifted.
    let shifted: Vec<f64> = noise.iter().map(|x| x + 1e9).collect();
    for text in [
        "var(close, 30)",
        "slope(close, 30)",
        "zscore(close, 30)",
        "skew(close, 30)",
        "kurt(close, 30)",
        "correl(close, close[3], 30)",
        "beta(close, close[3], 30)",
        "rsquared(close, 30)",
    ] {
        let plain = evaluate(text, &bars_of(&noise, &noise));
        let shifted = evaluate(text, &bars_of(&shifted, &shifted));
        assert_eq!(first_difference(&plain, &shifted, 1e-6, 1e-6), None, "{text} cancels");
    }
}

/// Averages of a price that doesn't move are that price, so no rounding makes signals.
#[test]
fn nothing_crosses_in_a_flat_market() {
    for price in [0.1, 1.0 / 3.0, 100.1, 1e-7] {
        let bars = bars_of(&[price; 400], &[price; 400]);
        for text in [
            "sma(close, 7)",
            "sma(close, 30)",
            "ema(close, 7)",
            "wma(close, 9)",
            "hma(close, 9)",
            "vwma(close, 9)",
            "rma(close, 9)",
            "bbands(close, 20, 2).middle",
            "bbands(close, 20, 2).upper",
            "linreg(close, 20)",
            "kama(close, 10)",
            "typprice",
            "medprice",
            "wclprice",
            "avgprice",
            "heikin_ashi.close",
            "heikin_ashi.open",
            "zlema(close, 9)",
            "midpoint(close, 9)",
            "midprice(9)",
            "ichimoku.span_b",
            "keltner(close, 20, 10, 2).upper",
            "donchian(20).middle",
            "supertrend(10, 3).line",
            "chandelier(22, 3).long",
            "vwap",
            "quantile(close, 20, 0.3)",
            "linreg_intercept(close, 20)",
            "tsf(close, 20)",
            "valuewhen(close > 0, close)",
        ] {
            let values = evaluate(text, &bars);
            assert!(
                values.iter().all(|v| v.is_nan() || *v == price),
                "{text} of {price} is not always {price}"
            );
            assert_eq!(values[399], price, "{text}");
        }
        for text in [
            "rsi(close, 14)",
            "cci(20)",
            "atr(14)",
            "stoch",
            "stochrsi(close)",
            "rocp(close, 5)",
            "dx(14)",
            "adxr(14)",
            "plus_dm(14)",
            "cmf(20)",
            "force(13)",
            "pvt",
            "parkinson(20)",
            "garman_klass(20)",
            "rogers_satchell(20)",
            "yang_zhang(20)",
            "linreg_angle(close, 20)",
        ] {
            assert_eq!(evaluate(text, &bars)[399], 0.0, "{text} of {price}");
        }
        for text in [
            "er(close, 20)",
            "tsi(close)",
            "vortex(14).plus",
            "choppiness(14)",
            "skew(close, 20)",
            "kurt(close, 20)",
            "correl(close, volume, 20)",
            "beta(close, open, 20)",
            "rsquared(close, 20)",
        ] {
            assert!(evaluate(text, &bars)[399].is_nan(), "{text} of {price}");
        }
    }
}

/// A market that dies after it has moved: windows are exact as soon as they hold nothing else.
#[test]
fn a_window_of_equal_values_has_that_mean() {
    let mut bars = random_bars(Roughness::Clean, 2_500, 11);
    let quiet = 1_100..2_400;
    bars.close[quiet.clone()].fill(0.1);
    for n in [2, 7, 20, 500] {
        for function in ["sma", "wma"] {
            let values = evaluate(&format!("{function}(close, {n})"), &bars);
            assert!(values[quiet.start + n - 1..quiet.end].iter().all(|v| *v == 0.1), "{function}");
            assert!(values[quiet.start + n - 2] != 0.1 && values[quiet.end] != 0.1);
        }
    }
}

/// Equal values that are apart, at the ends of blocks too, don't make a window flat.
#[test]
fn scattered_equal_values_are_no_flat_window() {
    let mut bars = random_bars(Roughness::Clean, 400, 13);
    for (i, close) in bars.close.iter_mut().enumerate() {
        if i % 16 == 15 || i % 32 == 0 {
            *close = 7.0;
        }
    }
    for (name, n) in [("sma", 3.0), ("wma", 3.0), ("sma", 20.0)] {
        let call = Call::new(find(name).unwrap(), &[n], &bars);
        let whole = call.run(&[400]);
        for blocks in [&[16][..], &[15, 1], &[8], &[1]] {
            assert!(same_bits(&call.run(blocks)[0], &whole[0]), "{name} {n} in {blocks:?}");
        }
        assert!(whole[0].iter().all(|mean| *mean != 7.0));
    }
}

/// A standstill leaves the RSI where it was, but for rounding: that must not be spread over 0 to 100.
#[test]
fn rounding_makes_no_stochastic_of_a_standstill() {
    let mut bars = random_bars(Roughness::Clean, 400, 17);
    bars.close[200..].fill(101.7);
    let values = evaluate("stochrsi(close, 14, 14, 3).k", &bars);
    assert!(values[150..200].iter().any(|k| *k > 50.0));
    assert!(values[214..].iter().all(|k| *k == 0.0), "{:?}", &values[214..]);
}

#[test]
fn sessions_begin_on_time_end_before_it_and_may_pass_midnight() {
    let mut bars = random_bars(Roughness::Clean, 7, 1);
    // 00:00, 03:59:59.999, 09:29:59.999, 09:30, 15:59, 16:00, 22:00 of 2024-02-29.
    let times = [0, 14_399_999, 34_199_999, 34_200_000, 57_540_000, 57_600_000, 79_200_000];
    bars.time = times.map(|time| time + 1_709_164_800_000).to_vec();
    let check = |session: &str, expected: [i8; 7]| {
        let found = evaluate(&format!("if({session}, 1, 0)"), &bars);
        assert_eq!(found, expected.map(f64::from), "{session}");
    };
    check("session(9.5, 16)", [0, 0, 0, 1, 1, 0, 0]);
    check("session(22, 4)", [1, 1, 0, 0, 0, 0, 1]);
    check("session(16, 24)", [0, 0, 0, 0, 0, 1, 1]);
    check("session(16, 0)", [0, 0, 0, 0, 0, 1, 1]);
    check("session(0, 24)", [1; 7]);
    check("session(8, 8)", [1; 7]);
    // 9:06 is not a binary fraction of an hour.
    bars.time = vec![1_709_164_800_000 + 32_760_000; 7];
    assert_eq!(evaluate("if(session(9.1, 10), 1, 0)", &bars), [1.0; 7]);
}

#[test]
fn vwap_starts_anew_each_day_and_waits_for_volume() {
    let price = [10.0, 20.0, 40.0, 1.0, NAN, 3.0, 5.0];
    let mut bars = bars_of(&price, &price);
    bars.volume = vec![0.0, 1.0, 3.0, 0.0, 5.0, 2.0, 2.0];
    let day = 86_400_000;
    bars.time = vec![0, 1, day - 1, day, day + 1, day + 2, day + 3];
    let expected = [NAN, 20.0, 35.0, NAN, NAN, 3.0, 4.0];
    assert_eq!(first_difference(&evaluate("vwap", &bars), &expected, 1e-12, 0.0), None);
    // As one day, the bars before count.
    bars.time = (0..7).collect();
    let expected = [NAN, 20.0, 35.0, 35.0, NAN, 146.0 / 6.0, 156.0 / 8.0];
    assert_eq!(first_difference(&evaluate("vwap", &bars), &expected, 1e-12, 0.0), None);
}

#[test]
fn volume_that_is_missing_leaves_ratios_of_it_undefined() {
    let price = [1.0, 2.0, 3.0, 4.0, 5.0];
    let mut bars = bars_of(&price, &price);
    for (low, high) in bars.low.iter_mut().zip(&mut bars.high) {
        (*low, *high) = (*low - 1.0, *high + 3.0);
    }
    bars.volume = vec![0.0, 0.0, 2.0, 0.0, 0.0];
    // The close is a quarter of the way up: (1 - 3) / 4.
    let expected = [NAN, NAN, -0.5, -0.5, NAN];
    assert_eq!(first_difference(&evaluate("cmf(2)", &bars), &expected, 1e-12, 0.0), None);
    assert_eq!(evaluate("force(1)", &bars)[1..], [0.0, 2.0, 0.0, 0.0]);
    assert_eq!(evaluate("pvt", &bars)[1..], [0.0, 1.0, 1.0, 1.0]);
    assert_eq!(evaluate("pvi", &bars), [1000.0, 1000.0, 1500.0, 1500.0, 1500.0]);
    assert_eq!(evaluate("nvi", &bars)[2..], [1000.0, 1000.0 * (4.0 / 3.0), 1000.0 * (4.0 / 3.0)]);
}

#[test]
fn what_was_when_something_was() {
    let x = [1.0, 5.0, 2.0, NAN, 7.0, 8.0];
    let y = [2.0, 4.0, 3.0, 6.0, 6.0, 9.0];
    // The close is above the open on bars 1 and 4.
    check("valuewhen(close > open, open)", &x, &y, &[NAN, 4.0, 4.0, 4.0, 6.0, 6.0]);
    check("valuewhen(close > open, open, 1)", &x, &y, &[NAN, NAN, NAN, NAN, 4.0, 4.0]);
    check("valuewhen(open > 2.5, close)", &x, &y, &[NAN, 5.0, 2.0, NAN, 7.0, 8.0]);
    check("valuewhen(open > 2.5, close, 2)", &x, &y, &[NAN, NAN, NAN, 5.0, 2.0, NAN]);
}

#[test]
fn extremes_and_quantiles_of_a_window() {
    let x = [3.0, 1.0, 3.0, 2.0, 1.0, 1.0];
    check("argmax(close, 4)", &x, &x, &[NAN, NAN, NAN, 1.0, 2.0, 3.0]);
    check("argmin(close, 4)", &x, &x, &[NAN, NAN, NAN, 2.0, 0.0, 0.0]);
    check("quantile(close, 4, 0)", &x, &x, &[NAN, NAN, NAN, 1.0, 1.0, 1.0]);
    check("quantile(close, 4, 0.25)", &x, &x, &[NAN, NAN, NAN, 1.75, 1.0, 1.0]);
    check("quantile(close, 4, 0.5) - median(close, 4)", &x, &x, &[NAN, NAN, NAN, 0.0, 0.0, 0.0]);
    check("quantile(close, 4, 1)", &x, &x, &[NAN, NAN, NAN, 3.0, 3.0, 3.0]);
}

#[test]
fn rounding_is_that_of_people() {
    let x = [2.5, -2.5, 0.49, -0.2, 7.0, NAN];
    check("round(close)", &x, &x, &[3.0, -3.0, 0.0, 0.0, 7.0, NAN]);
    check("floor(close)", &x, &x, &[2.0, -3.0, 0.0, -1.0, 7.0, NAN]);
    check("ceil(close)", &x, &x, &[3.0, -2.0, 1.0, 0.0, 7.0, NAN]);
    check("tanh(1000 * close)", &x, &x, &[1.0, -1.0, 1.0, -1.0, 1.0, NAN]);
}

/// A perfect line is one, and nothing goes beyond the range by rounding.
#[test]
fn perfect_correlations_end_at_one() {
    let mut random = Random::new(8);
    let x: Vec<f64> = (0..2_000).map(|_| 100.0 + random.unit()).collect();
    let y: Vec<f64> = x.iter().map(|x| 3.0 - 0.1 * x).collect();
    let line: Vec<f64> = (0..2_000).map(|bar| 0.1 * f64::from(bar)).collect();
    for n in [3, 7, 20] {
        for (text, bars) in [
            (format!("-correl(close, open, {n})"), bars_of(&x, &y)),
            (format!("correl(close, close, {n})"), bars_of(&x, &y)),
            (format!("rsquared(close, {n})"), bars_of(&line, &line)),
            (format!("er(close, {n})"), bars_of(&line, &line)),
        ] {
            let values = evaluate(&text, &bars);
            assert!(values[n..].iter().all(|v| (1.0 - 1e-9..=1.0).contains(v)), "{text}");
        }
    }
}
