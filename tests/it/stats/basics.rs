//! Moments, quantiles and the normal distribution against values worked out by hand or to many
//! digits.

use sprag::stats::{Moments, normal, quantile, sorted};

fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
}

#[test]
fn moments_by_hand() {
    // Mean 3, deviations -2 -2 -1 0 5.
    let moments = Moments::of(&[1.0, 1.0, 2.0, 3.0, 8.0]);
    assert_close(moments.sd, 8.5_f64.sqrt());
    assert_close(moments.mean_over_sd, 3.0 / 8.5_f64.sqrt());
    assert_close(moments.skew, (108.0 / 5.0) / 6.8_f64.powf(1.5));
    assert_close(moments.kurtosis, (658.0 / 5.0) / (6.8 * 6.8));
}

#[test]
fn the_normal_distribution_matches_tables_to_the_last_digits() {
    // 50-digit values, rounded.
    let table = [
        (-37.0, 5.725_571_222_524_577e-300),
        (-8.0, 6.220_960_574_271_785e-16),
        (-2.0, 0.022_750_131_948_179_21),
        (-1.0, 0.158_655_253_931_457_05),
        (0.0, 0.5),
        (0.3, 0.617_911_422_188_952_6),
        (1.959_963_984_540_054, 0.975),
        (3.0, 0.998_650_101_968_369_9),
    ];
    for (x, expected) in table {
        let found = normal::cdf(x);
        assert!((found / expected - 1.0).abs() < 2e-13, "{x}: {found} {expected}");
    }
    // The two forms meet without a step, and nothing is lost far out.
    let (below, above) = (2.0_f64.next_down(), 2.0);
    assert!((normal::cdf(above) - normal::cdf(below)).abs() < 1e-15);
    assert_eq!([normal::cdf(-1e300), normal::cdf(1e300)], [0.0, 1.0]);
}

#[test]
fn the_inverse_of_the_normal_distribution_undoes_it() {
    for x in [-30.0, -8.0, -2.5, -0.1, 0.0, 0.7, 1.0, 3.0, 5.0] {
        let found = normal::quantile(normal::cdf(x)).unwrap();
        assert!((found - x).abs() < 1e-9, "{x}: {found}");
    }
    // To the last digits, where rounding p itself doesn't blur it.
    for (p, expected) in [(0.975, 1.959_963_984_540_054), (1e-20, -9.262_340_089_798_408)] {
        assert_close(normal::quantile(p).unwrap(), expected);
    }
    assert!([0.0, 1.0, -0.5, f64::NAN].into_iter().all(|p| normal::quantile(p).is_err()));
}

#[test]
fn quantiles_interpolate_between_neighbours() {
    let values = sorted(&[3.0, 1.0, 2.0, 10.0]);
    assert_eq!(values, [1.0, 2.0, 3.0, 10.0]);
    // Type 7: rank 0.25 (n - 1) = 0.75 from the lowest.
    assert_close(quantile(&values, 0.25), 1.75);
    assert_close(quantile(&values, 0.5), 2.5);
    assert_close(quantile(&values, 0.0), 1.0);
    assert_close(quantile(&values, 1.0), 10.0);
    assert_close(quantile(&[7.0], 0.3), 7.0);
}
