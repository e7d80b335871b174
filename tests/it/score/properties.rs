//! What must hold for every input: bounds, finiteness, monotony, independence of order and size.

use proptest::collection::vec;
use proptest::prelude::*;
use sprag::program::ScoreSettings;
use sprag::score::combine::{Factors, combine, quality, signed_edge};
use sprag::score::sharpe::Sharpe;
use sprag::score::shrink::shrink;
use sprag::score::{
    Evidence, Score, Status, consistency, degradation, drawdown, limit, score, split_folds, trades,
};

use super::{folds, parts_by_name, score_daily};

/// Any finite number: subnormal, 1e300 and all between.
fn finite() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    prop_oneof![
        4 => POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO,
        1 => prop::sample::select(vec![f64::MAX, f64::MIN, 5e-324, -5e-324, 1e300, 1e-300, -1.0]),
    ]
}

/// A believable return of a bar or a trade.
fn ordinary() -> impl Strategy<Value = f64> {
    -0.05..0.05_f64
}

/// Rounding may undo a step in the last digits.
fn not_below(more: f64, less: f64) -> bool {
    more >= less - 1e-12 * less.abs().max(1.0)
}

/// (smaller, larger)
fn ordered(range: std::ops::Range<f64>) -> impl Strategy<Value = (f64, f64)> {
    (range.clone(), range).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn defaults() -> ScoreSettings {
    ScoreSettings::default()
}

fn assert_finite_and_bounded(scored: &Score) {
    assert!(scored.value.is_finite() && scored.value.abs() < 100.0, "{scored:?}");
    if scored.status == Status::NoTrades {
        return;
    }
    for (name, value) in parts_by_name(scored) {
        assert!(value.is_number(), "{name} is {value}: {scored:?}");
    }
    let parts = scored.parts.as_ref().unwrap();
    let fractions = [
        parts.quality,
        parts.f_trades,
        parts.f_drawdown,
        parts.f_consistency,
        parts.f_degradation,
        parts.f_exposure,
        parts.f_limit,
        parts.mdd_at_target_vol,
        parts.mdd_raw,
    ];
    assert!(fractions.iter().all(|f| (0.0..=1.0).contains(f)), "{scored:?}");
    let signed = [parts.edge, parts.edge_profit, parts.edge_trade, parts.edge_ratio];
    assert!(signed.iter().all(|e| (-1.0..=1.0).contains(e)), "{scored:?}");
    assert!(parts.vif >= 1.0 && parts.sharpe_se > 0.0 && parts.tail_allowance >= 0.0);
    assert!((1.0..=parts.n_trades as f64 + 1.0).contains(&parts.n_eff), "{scored:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn finite_input_gives_a_finite_bounded_score(
        returns in vec(vec(finite(), 0..5), 0..5),
        trades in vec(finite(), 0..8),
        in_sample in prop::option::of(vec(finite(), 0..5)),
        bars_per_year in prop_oneof![Just(252.0), Just(5e-324), Just(f64::MAX), 1e-300..1e300],
    ) {
        let folds: Vec<&[f64]> = returns.iter().map(Vec::as_slice).collect();
        let in_sample = in_sample.as_deref();
        let evidence = Evidence { folds: &folds, trades: &trades, in_sample, bars_per_year };
        assert_finite_and_bounded(&score(&evidence, &defaults()).unwrap());
    }

    #[test]
    fn any_settings_in_range_give_a_finite_bounded_score(
        returns in vec(finite(), 2..9),
        trades in vec(finite(), 1..5),
        scales in vec(prop_oneof![Just(1.0), Just(5e-324), Just(f64::MAX), 1e-3..1e3_f64], 9),
        rest in vec(prop_oneof![Just(0.0), Just(1.0), Just(f64::MAX), 0.0..10.0_f64], 10),
        weight in 0.0..=1.0_f64,
    ) {
        let [s0, e0, vol_target, max_gear, d0, z0, dd_limit, dd_power, cap] = scales[..] else {
            unreachable!("nine scales")
        };
        let [n0, tail, z_free, vol_floor, a_n, a_d, a_c, a_g, a_x, a_l] = rest[..] else {
            unreachable!("ten others")
        };
        let settings = ScoreSettings {
            s0, e0, w_profit: weight, w_trade: 1.0 - weight, n0, tail, vol_target, max_gear, d0,
            z_free, z0, vol_floor, dd_limit, dd_power, cap, a_n, a_d, a_c, a_g, a_x, a_l,
        };
        let evidence = Evidence {
            folds: &split_folds(&returns, folds(3)),
            trades: &trades,
            in_sample: Some(&returns[1..]),
            bars_per_year: 252.0,
        };
        let scored = score(&evidence, &settings).unwrap();
        prop_assert!(scored.value.is_finite() && scored.value.abs() <= 100.0, "{scored:?}");
        if scored.status == Status::Ok {
            prop_assert!(parts_by_name(&scored).values().all(|part| part.is_number()), "{scored:?}");
        }
    }

    #[test]
    fn the_order_of_trades_changes_no_bit(
        returns in vec(ordinary(), 2..40),
        (trades, shuffled) in vec(ordinary(), 1..40)
            .prop_flat_map(|trades| (Just(trades.clone()), Just(trades).prop_shuffle())),
    ) {
        let (one, other) = (score_daily(&returns, &trades), score_daily(&returns, &shuffled));
        prop_assert_eq!(one.value.to_bits(), other.value.to_bits());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn half_the_position_changes_only_what_sees_size(
        returns in vec(ordinary(), 20..200),
        trades in vec(ordinary(), 5..40),
    ) {
        let half = |values: &[f64]| -> Vec<f64> { values.iter().map(|v| v / 2.0).collect() };
        let whole = parts_by_name(&score_daily(&returns, &trades));
        let halved = parts_by_name(&score_daily(&half(&returns), &half(&trades)));
        let sees_size =
            ["tail_allowance", "annual_vol", "mdd_raw", "f_exposure", "f_limit", "G"];
        for (name, value) in &whole {
            let (whole, halved) = (value.as_f64().unwrap(), halved[name].as_f64().unwrap());
            if !sees_size.contains(&name.as_str()) {
                prop_assert!((whole - halved).abs() < 1e-9, "{name}: {whole} {halved}");
            }
        }
    }

    #[test]
    fn a_better_mean_never_lowers_the_shrunken_sharpe(
        returns in vec(finite_deviation(), 3..30),
        (less, more) in ordered(-0.05..0.05),
    ) {
        let shrunken = |shift: f64| {
            let shifted: Vec<f64> = returns.iter().map(|r| r + shift).collect();
            let sharpe = Sharpe::of(&shifted, 252.0).unwrap();
            (sharpe.annual, shrink(sharpe.annual, sharpe.standard_error))
        };
        let ((less, less_shrunken), (more, more_shrunken)) = (shrunken(less), shrunken(more));
        prop_assert!(more >= less - 1e-9 && more_shrunken >= less_shrunken - 1e-9);
    }

    #[test]
    fn the_score_never_falls_with_sharpe_or_edge(
        (less_sharpe, more_sharpe) in ordered(-10.0..10.0),
        (less_edge, more_edge) in ordered(-1.0..1.0),
        se in 1e-3..10.0_f64,
        n_eff in 1.0..1000.0_f64,
        quality in 0.0..=1.0_f64,
    ) {
        let value = |sharpe: f64, edge: f64| {
            let settings = defaults();
            let shrunken = (shrink(sharpe, se), shrink(edge, 1.0 / n_eff.sqrt()));
            let edge = signed_edge(shrunken.0, shrunken.1, &settings).total;
            combine(edge, trades::factor(n_eff, &settings), quality, &settings)
        };
        prop_assert!(not_below(value(more_sharpe, less_edge), value(less_sharpe, less_edge)));
        prop_assert!(not_below(value(less_sharpe, more_edge), value(less_sharpe, less_edge)));
    }

    #[test]
    fn the_score_never_falls_with_a_fold_or_rises_with_drawdown_or_degradation(
        edge in -1.0..1.0_f64,
        t_values in vec(-5.0..5.0_f64, 1..8),
        (less_t, more_t) in ordered(-5.0..5.0),
        (less_d, more_d) in ordered(0.0..1.0),
        (less_m, more_m) in ordered(0.0..1.0),
        (less_z, more_z) in ordered(-5.0..10.0),
    ) {
        let value = |t: f64, d: f64, m: f64, z: f64| {
            let settings = defaults();
            let mut t_values = t_values.clone();
            t_values[0] = t;
            let factors = Factors {
                drawdown: drawdown::factor(d, &settings),
                consistency: consistency::factor(&t_values),
                degradation: degradation::factor(z, &settings),
                exposure: 1.0,
                limit: limit::factor(m, &settings),
            };
            combine(edge, 0.5, quality(&factors, &settings), &settings)
        };
        let base = value(less_t, less_d, less_m, less_z);
        prop_assert!(not_below(value(more_t, less_d, less_m, less_z), base));
        prop_assert!(not_below(base, value(less_t, more_d, less_m, less_z)));
        prop_assert!(not_below(base, value(less_t, less_d, more_m, less_z)));
        prop_assert!(not_below(base, value(less_t, less_d, less_m, more_z)));
    }

    #[test]
    fn more_trades_never_hurt_an_edge(
        sharpe_shrunk in 0.0..5.0_f64,
        edge_ratio in 0.0..1.0_f64,
        (fewer, more) in ordered(1.0..1000.0),
        quality in 0.0..=1.0_f64,
    ) {
        let value = |n_eff: f64| {
            let settings = defaults();
            let edge_shrunk = shrink(edge_ratio, 1.0 / n_eff.sqrt());
            let edge = signed_edge(sharpe_shrunk, edge_shrunk, &settings).total;
            combine(edge, trades::factor(n_eff, &settings), quality, &settings)
        };
        prop_assert!(not_below(value(more), value(fewer)));
    }

    #[test]
    fn shrinkage_is_odd_and_never_overshoots(x in finite(), error in 1e-6..1e6_f64) {
        let shrunken = shrink(x, error);
        prop_assert!(shrunken.abs() <= x.abs());
        prop_assert_eq!(shrunken, -shrink(-x, error));
        prop_assert!(shrunken == 0.0 || shrunken.signum() == x.signum());
    }

    #[test]
    fn the_unit_of_returns_does_not_matter_to_the_sharpe_ratio(
        returns in vec(ordinary(), 3..30),
        power in -900..900_i32,
    ) {
        let scaled: Vec<f64> = returns.iter().map(|r| r * 2.0_f64.powi(power)).collect();
        let sharpe = |r: &[f64]| {
            let sharpe = Sharpe::of(r, 252.0).unwrap();
            [sharpe.annual, sharpe.standard_error, sharpe.vif].map(f64::to_bits)
        };
        prop_assert_eq!(sharpe(&returns), sharpe(&scaled));
    }
}

/// Skewed as strategies are: mostly small, now and then large.
fn finite_deviation() -> impl Strategy<Value = f64> {
    prop_oneof![8 => -0.01..0.01_f64, 1 => -0.2..0.2_f64, 1 => Just(0.5)]
}

#[test]
fn a_million_trades_and_bars_are_no_trouble() {
    let returns: Vec<f64> = (0..1_000_000).map(|i| f64::from(i % 7 - 3) * 1e-4 + 1e-5).collect();
    assert_finite_and_bounded(&score_daily(&returns, &returns));
    let huge = vec![f64::MAX; 100_000];
    assert_finite_and_bounded(&score_daily(&huge, &huge));
}

#[test]
fn more_folds_than_bars_and_empty_folds_are_no_trouble() {
    let returns = [0.01, -0.02, 0.03];
    for count in [1, 3, 4, 100] {
        let folds = split_folds(&returns, folds(count));
        let evidence =
            Evidence { folds: &folds, trades: &returns, in_sample: None, bars_per_year: 252.0 };
        let scored = score(&evidence, &defaults()).unwrap();
        assert_finite_and_bounded(&scored);
        if count > 1 {
            // No fold has two bars: no evidence of consistency either way.
            assert_eq!(scored.parts.unwrap().f_consistency, 0.5);
        }
    }
}
