//! Probabilistic and deflated Sharpe ratios against published and computed values, and their laws.

use proptest::prelude::*;
use serde_json::Value as Json;
use sprag::stats::luck::{Luck, variance_across};
use sprag::stats::sharpe::{
    SharpeEstimate, expected_max, expected_max_z, min_backtest_years, min_backtest_years_bound,
};
use sprag::stats::{Undefined, deviation, mean};

use super::oracle::{cases, number, returns, whole};

fn estimate(input: &Json) -> SharpeEstimate {
    SharpeEstimate {
        sr: number(&input["sr"]),
        n: input.get("T").map_or(0, whole),
        skew: number(&input["skew"]),
        kurtosis: number(&input["kurt"]),
    }
}

#[test]
fn psr_and_dsr_are_those_of_the_papers() {
    for case in cases("sharpe", "psr") {
        case.assert("psr", estimate(&case.input).psr(number(&case.input["benchmark"])));
    }
    for case in cases("sharpe", "dsr") {
        let trials = whole(&case.input["n_trials"]) as u64;
        let variance = number(&case.input["var_sr"]);
        case.assert("sr0", Ok(expected_max(trials, variance)));
        case.assert("dsr", estimate(&case.input).dsr(trials, variance));
    }
}

#[test]
fn minimum_lengths_are_those_of_the_papers() {
    for case in cases("sharpe", "min_trl") {
        let (benchmark, alpha) = (number(&case.input["benchmark"]), number(&case.input["alpha"]));
        case.assert("observations", estimate(&case.input).min_track_record(benchmark, alpha));
    }
    for case in cases("sharpe", "expected_max_z") {
        case.assert("z", Ok(expected_max_z(whole(&case.input["n_trials"]) as u64)));
    }
    for case in cases("sharpe", "min_btl") {
        let trials = whole(&case.input["n_trials"]) as u64;
        let target = number(&case.input["target_sr_annual"]);
        case.assert("years", min_backtest_years(trials, target));
        case.assert("upper_bound_years", min_backtest_years_bound(trials, target));
    }
}

#[test]
fn moments_of_returns_and_their_psr_equal_scipy() {
    for case in cases("sharpe", "moments_and_psr_of_series") {
        let returns = returns(&case.input);
        let estimate = SharpeEstimate::of(&returns).unwrap();
        let trials = whole(&case.input["n_trials_for_dsr"]) as u64;
        assert_eq!(estimate.n, whole(&case.expect["T"]));
        case.assert("mean", Ok(mean(&returns)));
        case.assert("sd_ddof1", Ok(deviation(&returns)));
        case.assert("sr_ddof1", Ok(estimate.sr));
        case.assert("skew_g1", Ok(estimate.skew));
        case.assert("kurt_g2", Ok(estimate.kurtosis));
        case.assert("psr0_sprag", estimate.psr(0.0));
        case.assert("dsr_sprag_N50_v", estimate.dsr(trials, 1.0 / returns.len() as f64));
    }
}

#[test]
fn what_has_no_value_says_why() {
    let of = SharpeEstimate::of;
    assert_eq!(of(&[0.1]), Err(Undefined("fewer than two returns")));
    assert_eq!(of(&[0.1; 10]), Err(Undefined("returns don't vary")));
    let estimate = SharpeEstimate { sr: 2.0, n: 100, skew: 3.0, kurtosis: 3.0 };
    assert_eq!(estimate.psr(0.0), Err(Undefined("these moments leave no variance")));
    let normal = SharpeEstimate { sr: 0.1, n: 1, skew: 0.0, kurtosis: 3.0 };
    assert_eq!(normal.psr(0.0), Err(Undefined("fewer than two returns")));
    assert!(normal.min_track_record(0.1, 0.05).is_err());
    assert!(normal.min_track_record(0.0, 1.0).is_err());
    assert!(min_backtest_years(10, 0.0).is_err());
    assert_eq!([expected_max_z(0), expected_max_z(1)], [0.0, 0.0]);
    assert!(expected_max_z(u64::MAX) > expected_max_z(1 << 50), "1 - 1/N rounds to 1");
}

#[test]
fn luck_says_what_the_best_of_many_would_show() {
    // 1/T on 2,520 daily bars is an annual variance of 0.1.
    let luck = Luck::of(100, 2520, 1.0 / 2520.0, 252.0);
    let sharpe = luck.annual_sharpe.unwrap();
    assert!((sharpe - 2.530_602_893 * 0.1_f64.sqrt()).abs() < 1e-9, "{sharpe}");
    assert_eq!(
        luck.sentence(),
        "After 100 trials the best of pure luck would show an out-of-sample Sharpe of about 0.80."
    );
    for (trials, bars, reason) in [
        (9, 2520, "fewer than 10 trials"),
        (1, 10, "fewer than 10 trials"),
        (10, 249, "fewer than 250 bars"),
    ] {
        let luck = Luck::of(trials, bars, 0.001, 252.0);
        assert_eq!(luck.annual_sharpe, Err(Undefined(reason)));
        let sentence = luck.sentence();
        assert!(sentence.contains("insufficient") && sentence.contains(reason), "{sentence}");
    }
    assert!(Luck::of(1, 10, 0.001, 252.0).sentence().starts_with("After 1 trial the"));
}

#[test]
fn the_variance_of_trials_is_at_least_that_of_estimation() {
    let spread = [0.1, -0.1, 0.0];
    assert!((variance_across(&spread, 1000) - 0.01).abs() < 1e-15);
    for alike in [&[0.1, 0.1, 0.1][..], &[0.1], &[]] {
        assert!((variance_across(alike, 1000) - 0.001).abs() < 1e-15);
    }
}

proptest! {
    #[test]
    fn trying_more_never_helps(
        sr in -0.5_f64..0.5, n in 10_usize..5000, skew in -2.0_f64..2.0, extra in 0.1_f64..20.0,
        trials in 2_u64..100_000, variance in 1e-6_f64..0.01,
    ) {
        // Kurtosis is above 1 + skew² for whatever has been drawn from anywhere.
        let estimate = SharpeEstimate { sr, n, skew, kurtosis: 1.0 + skew * skew + extra };
        let psr = estimate.psr(0.0).unwrap();
        let (some, more) = (estimate.dsr(trials, variance).unwrap(), estimate.dsr(trials * 2, variance).unwrap());
        prop_assert!((0.0..=1.0).contains(&psr));
        prop_assert!(more <= some && some <= psr, "{more} {some} {psr}");
        prop_assert!(estimate.dsr(1, variance).unwrap().to_bits() == psr.to_bits());
        // A higher benchmark is harder to be above.
        prop_assert!(estimate.psr(0.1).unwrap() <= psr);
    }

    #[test]
    fn the_minimum_track_record_is_where_psr_reaches_the_confidence(
        sr in 0.01_f64..0.5, benchmark in -0.1_f64..0.0, skew in -2.0_f64..2.0, alpha in 0.001_f64..0.4,
    ) {
        let estimate = SharpeEstimate { sr, n: 2, skew, kurtosis: 2.0 + skew * skew };
        let needed = estimate.min_track_record(benchmark, alpha).unwrap();
        let psr = |n: f64| SharpeEstimate { n: n as usize, ..estimate }.psr(benchmark).unwrap();
        prop_assert!(psr(needed.ceil() + 1.0) >= 1.0 - alpha - 1e-9);
        prop_assert!(needed < 3.0 || psr(needed.floor()) <= 1.0 - alpha + 1e-9);
    }

    #[test]
    fn neither_unit_nor_order_of_returns_matters(
        returns in prop::collection::vec(-0.1_f64..0.1, 3..200), scale in prop::sample::select(vec![0.25, 8.0]),
    ) {
        let Ok(estimate) = SharpeEstimate::of(&returns) else { return Ok(()) };
        let scaled: Vec<f64> = returns.iter().map(|r| r * scale).collect();
        prop_assert_eq!(SharpeEstimate::of(&scaled).unwrap(), estimate);
        let backwards: Vec<f64> = returns.iter().rev().copied().collect();
        let other = SharpeEstimate::of(&backwards).unwrap();
        prop_assert!((other.sr - estimate.sr).abs() < 1e-9 && (other.skew - estimate.skew).abs() < 1e-6);
    }
}
