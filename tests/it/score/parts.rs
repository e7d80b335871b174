//! The parts one by one, against hand-computed values.

use sprag::program::ScoreSettings;
use sprag::score::combine::combine;
use sprag::score::sharpe::Sharpe;
use sprag::score::vif::vif;
use sprag::score::{
    consistency, drawdown, edge, episodes, exposure, limit, split_folds, tail, trades,
};
use sprag::stats::Moments;

use super::folds;

fn settings() -> ScoreSettings {
    ScoreSettings::default()
}

#[track_caller]
fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-14 * expected.abs().max(1.0), "{found} {expected}");
}

#[test]
fn episodes_of_one_entry_are_one_trade() {
    let pairs = [((0, 5), 0.25), ((0, 9), -0.5), ((0, 5), 0.5), ((1, 5), 1.0)];
    assert_eq!(episodes(pairs), [0.75, -0.5, 1.0]);
    assert_eq!(episodes(Vec::<(u32, f64)>::new()), Vec::<f64>::new());
    // 0.1 + 0.2 + 0.3 rounds by the order of the sum.
    let sum = |values: [f64; 3]| episodes(values.map(|p| (0, p)))[0].to_bits();
    assert_eq!(sum([0.1, 0.2, 0.3]), sum([0.3, 0.2, 0.1]));
}

#[test]
fn the_typical_trade_is_the_median_size_of_those_that_moved() {
    assert_eq!(trades::typical(&[-3.0, 0.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(trades::typical(&[1.0, -2.0]), Some(1.5));
    assert_eq!(trades::typical(&[5e-324, 5e-324]), Some(5e-324));
    assert_eq!(trades::typical(&[f64::MAX, -f64::MAX]), Some(f64::MAX));
    assert_eq!(trades::typical(&[0.0, -0.0]), None);
}

#[test]
fn the_effective_number_counts_what_weighs() {
    assert_close(trades::effective_count(&[0.01; 12]), 12.0);
    assert_close(trades::effective_count(&[0.01, -0.01, 0.0]), 2.0);
    assert!(trades::effective_count(&[1.0, 1e-6, -1e-6]) < 1.00001);
    assert_close(trades::effective_count(&[3.0, -1.0]), 1.6);
    assert_close(trades::factor(50.0, &settings()), 0.5);
    assert_close(trades::factor(0.0, &ScoreSettings { n0: 0.0, ..settings() }), 0.0);
}

#[test]
fn the_allowance_makes_up_the_difference() {
    assert_close(tail::allowance(&[0.01, 0.02], 0.015, &settings()), 0.075);
    assert_close(tail::allowance(&[0.01, -0.02], 0.015, &settings()), 0.055);
    assert_close(tail::allowance(&[0.01, -0.2], 0.015, &settings()), 0.0);
}

#[test]
fn wins_are_capped_and_losses_are_not() {
    assert_close(edge::ratio(&[10.0, -1.0, 1.0], 1.0, &settings()), 0.6);
    assert_close(edge::ratio(&[-10.0, 1.0, 1.0], 1.0, &settings()), -8.0 / 12.0);
    assert_close(edge::ratio(&[2.0, 1.0], 1.5, &settings()), 1.0);
}

#[test]
fn the_variance_inflation_by_hand() {
    // T = 4, so two lags with weights 2/3 and 1/3; deviations -3 -1 1 3, squares 20,
    // covariances 5 and -6.
    assert_close(vif(&[0.0, 2.0, 4.0, 6.0]), 1.0 + 2.0 * (2.0 / 3.0 * 5.0 - 6.0 / 3.0) / 20.0);
    // Negative autocorrelation earns nothing.
    assert_close(vif(&[1.0, -1.0, 1.0, -1.0, 1.0, -1.0]), 1.0);
}

#[test]
fn the_standard_error_has_the_normal_one_as_floor() {
    // One windfall: the skewed form alone would be smaller.
    let mut returns = vec![-0.001, 0.001, 0.0, 0.0, -0.001, 0.001];
    returns.push(0.5);
    let sharpe = Sharpe::of(&returns, 1.0).unwrap();
    let normal = ((1.0 + sharpe.annual * sharpe.annual / 2.0) / 6.0).sqrt();
    assert!(Moments::of(&returns).skew > 2.0);
    assert_close(sharpe.standard_error, normal);
    assert_eq!(Sharpe::of(&[0.1], 252.0), None);
}

#[test]
fn drawdown_compounds_from_the_first_bar() {
    assert_close(drawdown::max_drawdown(&[-0.5, 0.5, 0.2], 1.0), 0.5);
    assert_close(drawdown::max_drawdown(&[0.1, -0.1, -0.1, 0.5, -0.15], 1.0), 0.19);
    assert_close(drawdown::max_drawdown(&[0.1, -0.1, -0.1, 0.5, -0.15], 2.0), 0.36);
    assert_close(drawdown::max_drawdown(&[0.1, 0.2], 1.0), 0.0);
    assert_close(drawdown::gear(0.05, &settings()), 2.0);
    assert_close(drawdown::gear(1e-9, &settings()), 20.0);
    assert_close(drawdown::factor(0.2, &settings()), 0.5);
}

#[test]
fn limit_and_exposure_at_their_scales() {
    assert_close(limit::factor(0.5, &settings()), 0.5);
    assert!(limit::factor(0.3, &settings()) > 0.98 && limit::factor(1.0, &settings()) < 0.004);
    assert_close(exposure::factor(0.002, &settings()), 0.5);
    assert_close(exposure::factor(0.0, &ScoreSettings { vol_floor: 0.0, ..settings() }), 1.0);
}

#[test]
fn quality_scales_a_gain_and_halves_a_loss_at_most() {
    let value = |edge, quality| combine(edge, 0.5, quality, &settings());
    assert_close(value(0.4, 0.25), 5.0);
    assert_close(value(0.4, 0.0), 0.0);
    assert_close(value(-0.4, 0.0), -20.0);
    assert_close(value(-0.4, 1.0), -10.0);
    assert_eq!(value(-0.0, 0.5).to_bits(), 0.0_f64.to_bits(), "one zero, one spelling");
}

#[test]
fn consistency_is_the_mean_over_folds() {
    assert_close(consistency::factor(&[0.0, 0.0]), 0.5);
    assert_close(consistency::factor(&[40.0, -40.0, -40.0, -40.0]), 0.25);
    assert_close(consistency::t_value(&[0.02, 0.0], 4.0), 0.5);
    assert_close(consistency::t_value(&[0.02], 1.0), 0.0);
    assert_close(consistency::t_value(&[0.1; 10], 1.0), 0.0);
}

#[test]
fn folds_are_cut_in_time_order() {
    let returns: Vec<f64> = (0..14).map(f64::from).collect();
    let lengths = |count| -> Vec<usize> {
        split_folds(&returns, folds(count)).iter().map(|fold| fold.len()).collect()
    };
    assert_eq!(lengths(1), [14]);
    assert_eq!(lengths(4), [4, 4, 3, 3]);
    assert_eq!(lengths(16), [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    assert_eq!(split_folds(&returns, folds(4)).concat(), returns);
}
