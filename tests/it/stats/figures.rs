//! Figures of returns and trades against other packages, adjusted p-values, and edge cases.

use proptest::prelude::*;
use serde_json::Value as Json;
use sprag::stats::drawdown::{Drawdowns, max_drawdown, wealth};
use sprag::stats::multiple::Adjustment;
use sprag::stats::returns::{self, ReturnSample};
use sprag::stats::serial::Autocorrelation;
use sprag::stats::trades::{self, TradeSample};
use sprag::stats::{Figure, Undefined, Value};

use super::oracle::{Case, cases, number, numbers, returns};

/// Holds every figure that an oracle has to it, and says which of its keys weren't compared.
fn compare<S>(case: &Case, table: &[Figure<S>], sample: &S) -> Vec<String> {
    let mut left: Vec<String> = case.expect.as_object().unwrap().keys().cloned().collect();
    for figure in table {
        if let Some(at) = left.iter().position(|key| key == figure.name) {
            left.remove(at);
            // Drawdowns are negative there and positive here.
            let is_drawdown = ["max_drawdown", "average_drawdown"].contains(&figure.name);
            let sign = if is_drawdown { -1.0 } else { 1.0 };
            let found = figure.of(sample).map(|found| sign * found);
            // "Not recovered" is an index of -1 there, and has no value here.
            if case.expect[figure.name] == -1 {
                assert_eq!(found, Err(Undefined("not recovered")), "{}", case.name);
            } else {
                case.assert(figure.name, found);
            }
        }
    }
    left
}

#[test]
fn figures_of_returns_are_those_of_other_packages() {
    for case in cases("metrics", "return_metrics") {
        let periods = number(&case.input["periods_per_year"]);
        let sample = ReturnSample::new(returns(&case.input), periods).unwrap();
        let left = compare(&case, returns::TABLE, &sample);
        assert_eq!(left, Vec::<String>::new(), "{}", case.name);
    }
    for case in cases("metrics", "return_metrics_edge") {
        let sample = ReturnSample::new(numbers(&case.input["returns"]), 252.0).unwrap();
        let left = compare(&case, returns::TABLE, &sample);
        assert_eq!(left, Vec::<String>::new(), "{}", case.name);
    }
}

#[test]
fn figures_of_trades_are_those_of_other_packages() {
    for case in cases("metrics", "trade_metrics") {
        let sample = TradeSample::new(numbers(&case.input["trade_returns"])).unwrap();
        let left = compare(&case, trades::TABLE, &sample);
        assert_eq!(left, Vec::<String>::new(), "{}", case.name);
    }
}

#[test]
fn serial_dependence_is_that_of_statsmodels() {
    for case in cases("metrics", "serial_dependence") {
        let returns = returns(&case.input);
        let of = |lags| Autocorrelation::of(&returns, lags).unwrap();
        for (rho, expected) in of(5).rho().iter().zip(numbers(&case.expect["autocorrelation_1_5"]))
        {
            assert!((rho - expected).abs() < 1e-9, "{}", case.name);
        }
        for (lags, expected) in case.expect["ljung_box"].as_object().unwrap() {
            let (q, p) = of(lags.parse().unwrap()).ljung_box();
            assert!((q / number(&expected["stat"]) - 1.0).abs() < 1e-9, "{}", case.name);
            assert!((p.unwrap() - number(&expected["p"])).abs() < 1e-9, "{}", case.name);
        }
        let sample = ReturnSample::new(returns, 252.0).unwrap();
        let left = compare(&case, returns::TABLE, &sample);
        assert_eq!(left, ["autocorrelation_1_5", "ljung_box"], "{}", case.name);
    }
}

#[test]
fn adjusted_p_values_are_those_of_statsmodels() {
    for case in cases("metrics", "multiple_testing") {
        let p_values = numbers(&case.input["p_values"]);
        let alpha = number(&case.input["alpha"]);
        for (name, adjustment) in Adjustment::ALL {
            let adjusted = adjustment.adjust(&p_values);
            let expected = numbers(&case.expect[name]["adjusted"]);
            assert_eq!(adjusted.len(), expected.len());
            for (found, expected) in adjusted.iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 1e-12,
                    "{} {name}: {found} {expected}",
                    case.name
                );
            }
            let rejected: Json = adjusted.iter().map(|p| *p <= alpha).collect();
            assert_eq!(rejected, case.expect[name]["reject"], "{} {name}", case.name);
        }
    }
    assert!(Adjustment::Holm.adjust(&[]).is_empty());
}

fn of_returns(name: &str, values: &[f64]) -> Value {
    let sample = ReturnSample::new(values.to_vec(), 252.0).unwrap();
    returns::TABLE.iter().find(|figure| figure.name == name).unwrap().of(&sample)
}

fn of_trades(name: &str, values: &[f64]) -> Value {
    let sample = TradeSample::new(values.to_vec()).unwrap();
    trades::TABLE.iter().find(|figure| figure.name == name).unwrap().of(&sample)
}

#[test]
fn what_has_no_value_says_why() {
    assert_eq!(ReturnSample::new(vec![], 252.0).unwrap_err(), Undefined("no returns"));
    assert_eq!(TradeSample::new(vec![]).unwrap_err(), Undefined("no trades"));
    for (name, values, reason) in [
        ("sharpe", &[0.1; 10][..], "returns don't vary"),
        ("sharpe", &[0.1], "fewer than two returns"),
        ("skew_g1", &[0.1, 0.1], "returns don't vary"),
        ("sortino", &[0.1, 0.2], "no negative return"),
        ("sortino", &[-0.1], "fewer than two returns"),
        ("omega0", &[0.0, 0.0], "no negative return"),
        ("calmar", &[0.1, 0.2], "no drawdown"),
        ("upi_martin", &[0.1, 0.2], "no drawdown"),
        ("average_drawdown", &[0.1, 0.2], "no drawdown"),
        ("max_drawdown_recovery_index", &[0.1, -0.2], "not recovered"),
        ("max_drawdown_recovery_index", &[0.1, 0.2], "no drawdown"),
        ("tail_ratio", &[0.0, 0.0], "the 5th percentile is zero"),
        ("stability_r2", &[0.1, -0.2], "fewer than three returns"),
        ("stability_r2", &[0.1, -1.0, 0.2], "ruin"),
        ("stability_r2", &[0.0, 0.0, 0.0], "wealth doesn't vary"),
        ("lo_eta_21", &[0.1; 20], "no more returns than lags"),
    ] {
        assert_eq!(of_returns(name, values), Err(Undefined(reason)), "{name} of {values:?}");
    }
    for (name, values, reason) in [
        ("payoff", &[0.1][..], "no losing trade"),
        ("profit_factor", &[0.0], "no losing trade"),
        ("kelly", &[-0.1, 0.0], "no winning trade"),
        ("hhi_wins", &[-0.1], "no winning trade"),
        ("sqn", &[0.1], "fewer than two trades"),
        ("sqn", &[0.1, 0.1, 0.1], "trade returns don't vary"),
        ("mean_without_best", &[0.1], "fewer than two trades"),
    ] {
        assert_eq!(of_trades(name, values), Err(Undefined(reason)), "{name} of {values:?}");
    }
    // Only losses: nothing was won, which is a number.
    assert_eq!(of_trades("payoff", &[-0.1, -0.2]), Ok(0.0));
    assert_eq!(of_trades("profit_factor", &[-0.1, -0.2]), Ok(0.0));
    assert_eq!(of_trades("expectancy_ratio", &[-0.1, -0.2]), Ok(-1.0));
}

#[test]
fn ruin_is_final() {
    let returns = [0.5, -1.2, 3.0, -4.0];
    assert_eq!(wealth(&returns), [1.0, 1.5, 0.0, 0.0, 0.0]);
    assert_eq!(of_returns("total_return", &returns), Ok(-1.0));
    assert_eq!(of_returns("cagr", &returns), Ok(-1.0));
    assert_eq!(of_returns("max_drawdown", &returns), Ok(1.0));
    assert_eq!(max_drawdown(&returns), 1.0);
}

#[test]
fn a_drawdown_is_placed_by_hand() {
    // Wealth 1, 1.1, 0.99, 1.1, 0.88, 0.88, 1.1, 1.1.
    let levels = [1.0, 1.1, 0.99, 1.1, 0.88, 0.88, 1.1, 1.1];
    let drawdowns = Drawdowns::of(&levels);
    let deepest = drawdowns.deepest.unwrap();
    assert!((deepest.depth - 0.2).abs() < 1e-12);
    // Its peak is the last point at that level, its trough the first at the bottom.
    assert_eq!((deepest.peak, deepest.trough, deepest.recovery), (3, 4, Some(6)));
    assert_eq!((drawdowns.stretches(), drawdowns.open_bars()), (vec![1, 2], 0));
    assert_eq!(Drawdowns::of(&levels[..6]).open_bars(), 2);
}

proptest! {
    #[test]
    fn both_ways_to_a_maximum_drawdown_agree(returns in prop::collection::vec(-1.2_f64..1.0, 1..60)) {
        let deepest = Drawdowns::of(&wealth(&returns)).deepest.map_or(0.0, |deepest| deepest.depth);
        prop_assert_eq!(deepest.to_bits(), max_drawdown(&returns).to_bits());
        prop_assert!((0.0..=1.0).contains(&deepest));
    }

    #[test]
    fn no_figure_is_nan_or_infinite(returns in prop::collection::vec(
        prop_oneof![Just(0.0), -2.0_f64..2.0, -1e-9_f64..1e-9, Just(1e300), Just(-1e-310)], 1..40,
    )) {
        let sample = ReturnSample::new(returns.clone(), 252.0).unwrap();
        for figure in returns::TABLE {
            prop_assert!(figure.of(&sample).is_ok_and(f64::is_finite) || figure.of(&sample).is_err(), "{}", figure.name);
        }
        let sample = TradeSample::new(returns).unwrap();
        for figure in trades::TABLE {
            prop_assert!(figure.of(&sample).is_ok_and(f64::is_finite) || figure.of(&sample).is_err(), "{}", figure.name);
        }
    }

    #[test]
    fn adjusting_never_lowers_a_p_value_or_changes_their_order(p in prop::collection::vec(0.0_f64..1.0, 1..30)) {
        for (name, adjustment) in Adjustment::ALL {
            let adjusted = adjustment.adjust(&p);
            for i in 0..p.len() {
                prop_assert!((p[i]..=1.0).contains(&adjusted[i]), "{name}");
                prop_assert!((0..p.len()).all(|j| p[i] > p[j] || adjusted[i] <= adjusted[j]), "{name}");
            }
        }
    }
}
