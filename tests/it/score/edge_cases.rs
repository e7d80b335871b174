//! Where the formula meets its borders: nothing to score, no losses, no variance, ruin, NaN.

use sprag::program::ScoreSettings;
use sprag::score::{Evidence, Input, Score, ScoreError, Status, score};

use super::score_daily;

fn assert_no_trades(scored: &Score) {
    assert_eq!(scored.status, Status::NoTrades);
    assert_eq!(scored.value.to_bits(), 0.0_f64.to_bits());
    assert_eq!(scored.parts, None);
}

fn score_with(change: impl FnOnce(&mut Evidence<'_>)) -> Result<Score, ScoreError> {
    let mut evidence = Evidence {
        folds: &[&[0.01, -0.02, 0.005], &[0.01, 0.0]],
        trades: &[0.01, -0.015],
        in_sample: Some(&[0.01, 0.02, -0.01]),
        bars_per_year: 252.0,
    };
    change(&mut evidence);
    score(&evidence, &ScoreSettings::default())
}

#[test]
fn nothing_to_score_is_zero_and_says_so() {
    assert_no_trades(&score_daily(&[0.01, 0.02, -0.01], &[]));
    assert_no_trades(&score_daily(&[0.01, 0.02, -0.01], &[0.0, -0.0]));
    assert_no_trades(&score_daily(&[], &[0.01]));
    assert_no_trades(&score_daily(&[0.01], &[0.01]));
    assert_no_trades(&score_with(|evidence| evidence.folds = &[]).unwrap());
    assert_eq!(score_daily(&[0.01, 0.02], &[0.01]).status, Status::Ok);
}

#[test]
fn nan_and_infinity_are_errors_that_say_where() {
    let place = |change: fn(&mut Evidence<'_>)| match score_with(change) {
        Err(ScoreError::NotFinite { input, .. }) => input,
        other => panic!("{other:?}"),
    };
    assert_eq!(place(|e| e.folds = &[&[0.01], &[0.0, f64::NAN]]), Input::Fold { fold: 1, bar: 1 });
    assert_eq!(place(|e| e.trades = &[0.1, f64::INFINITY]), Input::Trade { trade: 1 });
    assert_eq!(place(|e| e.in_sample = Some(&[f64::NEG_INFINITY])), Input::InSample { bar: 0 });

    // Even where there would be nothing to score.
    let error = score_with(|e| {
        e.folds = &[&[f64::NAN]];
        e.trades = &[];
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "no score: return 0 of out-of-sample fold 0 (counting from 0) is NaN, but every return must \
         be a finite number; look for a price of zero or a missing price on that bar"
    );
}

#[test]
fn bars_per_year_must_be_a_positive_number() {
    for value in [0.0, -252.0, f64::NAN, f64::INFINITY] {
        let error = score_with(|evidence| evidence.bars_per_year = value).unwrap_err();
        assert!(matches!(error, ScoreError::BarsPerYear { .. }), "{value}: {error}");
    }
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |change: fn(&mut ScoreSettings)| {
        let mut settings = ScoreSettings::default();
        change(&mut settings);
        let evidence =
            Evidence { folds: &[&[0.1]], trades: &[], in_sample: None, bars_per_year: 252.0 };
        match score(&evidence, &settings) {
            Err(ScoreError::Setting { name, .. }) => name,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(|s| s.d0 = 0.0), "d0");
    assert_eq!(refused(|s| s.dd_power = -8.0), "dd_power");
    assert_eq!(refused(|s| s.a_x = -1.0), "a_x");
    assert_eq!(refused(|s| s.n0 = f64::NAN), "n0");
    assert_eq!(refused(|s| s.w_profit = 0.71), "w_trade");
}

/// Three years of daily bars on which 12 trades of one bar each won 1 %, and nothing else happened.
fn twelve_wins() -> (Vec<f64>, Vec<f64>) {
    let returns = (0..756).map(|bar| if bar % 63 == 31 { 0.01 } else { 0.0 }).collect();
    (returns, vec![0.01; 12])
}

#[test]
fn no_loss_yet_is_not_no_losses() {
    let (returns, trades) = twelve_wins();
    let scored = score_daily(&returns, &trades);
    assert!((2.4..2.6).contains(&scored.value), "{}", scored.value);
    let parts = scored.parts.unwrap();
    assert!((parts.tail_allowance - 0.05).abs() < 1e-15);
    assert_eq!(parts.n_trades, 12);

    // Without the allowance the very same record would look many times as good.
    let naive = ScoreSettings { tail: 0.0, ..ScoreSettings::default() };
    let evidence =
        Evidence { folds: &[&returns], trades: &trades, in_sample: None, bars_per_year: 252.0 };
    assert!(score(&evidence, &naive).unwrap().value > 4.0 * scored.value);
}

#[test]
fn a_loss_as_deep_as_the_allowance_pays_none() {
    let (mut returns, mut trades) = twelve_wins();
    returns[0] = -0.06;
    trades.push(-0.06);
    assert_eq!(score_daily(&returns, &trades).parts.unwrap().tail_allowance, 0.0);
}

#[test]
fn constant_equity_has_no_sharpe_ratio() {
    // The one deep loss keeps the allowance away, so that the series stays constant.
    let trades = [0.01, 0.01, -0.05];
    for value in [0.0, 0.1, -0.1] {
        let parts = score_daily(&[value; 30], &trades).parts.unwrap();
        assert_eq!([parts.sharpe_oos, parts.sharpe_shrunk, parts.annual_vol], [0.0; 3], "{value}");
        assert_eq!([parts.f_consistency, parts.vif], [0.5, 1.0], "{value}");
        assert_eq!([parts.f_exposure, parts.quality], [0.0; 2], "{value}");
    }
}

#[test]
fn ruin_is_a_drawdown_of_one_whatever_comes_after_it() {
    let parts = |returns: &[f64]| score_daily(returns, &[0.01, 0.01, -2.0]).parts.unwrap();
    assert_eq!(parts(&[0.01, -1.0, 5.0, 5.0]).mdd_raw, 1.0);
    // Beyond -1 two losses would multiply to a gain.
    assert_eq!(parts(&[0.01, -3.0, -3.0, 0.5]).mdd_raw, 1.0);
    assert!(parts(&[0.01, -0.99, 5.0, 5.0]).mdd_raw < 1.0);
    // Ruin is a matter of the curve: at a gear of a few percent the same account survives.
    assert!(parts(&[0.01, -1.0, 5.0, 5.0]).mdd_at_target_vol < 0.2);
}

#[test]
fn ruin_at_gear_counts_too() {
    let settings = ScoreSettings { vol_target: 4.0, ..ScoreSettings::default() };
    let evidence = Evidence {
        folds: &[&[0.001, -0.9, 0.001, 0.002]],
        trades: &[0.001, 0.001, -0.9],
        in_sample: None,
        bars_per_year: 4.0,
    };
    let parts = score(&evidence, &settings).unwrap().parts.unwrap();
    assert_eq!(parts.mdd_at_target_vol, 1.0);
    assert!(parts.mdd_raw < 1.0);
}

#[test]
fn an_in_sample_series_without_a_standard_error_is_none() {
    let without = score_with(|evidence| evidence.in_sample = None).unwrap();
    for short in [&[][..], &[0.3]] {
        assert_eq!(score_with(|evidence| evidence.in_sample = Some(short)).unwrap(), without);
    }
    assert_eq!(without.parts.unwrap().f_degradation, 1.0);
}
