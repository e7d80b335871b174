//! Bootstrap intervals, block lengths and permutations against the oracles, and their laws.

use sprag::stats::Undefined;
use sprag::stats::block_length::optimal_block_length;
use sprag::stats::interval::intervals;
use sprag::stats::permutation::{PermutationError, permutation_test};
use sprag::stats::resample::Bootstrap;

use super::oracle::{cases, closes, noise, number, on_any_number_of_threads, returns, whole};

#[test]
fn bootstrap_intervals_are_those_of_the_oracle() {
    for case in cases("spa", "bootstrap_sharpe_interval") {
        let seed = case.input["bootstrap_seed"].as_u64().unwrap();
        let mean_block = number(&case.input["mean_block"]);
        let bootstrap = Bootstrap::new(mean_block, whole(&case.input["reps"]), seed).unwrap();
        let sharpe = intervals(&returns(&case.input), &bootstrap).unwrap().sharpe;
        case.assert("sr", Ok(sharpe.observed));
        case.assert("lo95", Ok(sharpe.quantile(0.025)));
        case.assert("hi95", Ok(sharpe.quantile(0.975)));
        case.assert("lo90", Ok(sharpe.quantile(0.05)));
        case.assert("se_ddof1", Ok(sharpe.standard_error()));
        case.assert("share_le_0", Ok(sharpe.share_at_most(0.0)));
    }
}

#[test]
fn block_lengths_are_those_of_arch() {
    for case in cases("spa", "optimal_block_length") {
        let returns = returns(&case.input);
        let sizes: Vec<f64> = returns.iter().map(|r| r.abs()).collect();
        for (name, values) in [("returns", &returns), ("abs_returns", &sizes)] {
            let found = optimal_block_length(values).unwrap();
            let expected = &case.expect[name];
            for (found, key) in [(found.stationary, "stationary"), (found.circular, "circular")] {
                let expected = number(&expected[key]);
                assert!((found / expected - 1.0).abs() < 1e-6, "{}: {found} {expected}", case.name);
            }
        }
    }
}

#[test]
fn block_lengths_grow_with_dependence_up_to_their_bound() {
    let shocks = noise(3, 900, &[0.0], 0.01);
    let mut trend = vec![0.0];
    for shock in &shocks {
        trend.push(0.9 * trend[trend.len() - 1] + shock);
    }
    let (short, long) =
        (optimal_block_length(&shocks).unwrap(), optimal_block_length(&trend).unwrap());
    assert!(short.stationary < 8.0 && long.stationary > 15.0, "{short:?} {long:?}");
    let most = (3.0 * 900.0_f64.sqrt()).ceil();
    assert!(long.circular <= most);
    assert_eq!(optimal_block_length(&[0.1; 100]), Err(Undefined("returns don't vary")));
    assert_eq!(optimal_block_length(&shocks[..19]), Err(Undefined("fewer than 20 returns")));
    assert!(optimal_block_length(&shocks[..20]).is_ok());
}

#[test]
fn intervals_cover_and_shrink() {
    let series = noise(11, 2000, &[0.001], 0.01);
    let of = |returns: &[f64]| intervals(returns, &Bootstrap::new(5.0, 400, 1).unwrap()).unwrap();
    let (short, long) = (of(&series[..500]), of(&series));
    assert!(long.sharpe.standard_error() < short.sharpe.standard_error());
    // About 1/√T, as for independent returns.
    assert!((long.sharpe.standard_error() * 2000.0_f64.sqrt() - 1.0).abs() < 0.15);
    for interval in [&long.sharpe, &long.max_drawdown] {
        assert!(interval.quantile(0.025) < interval.observed);
        assert!(interval.observed < interval.quantile(0.975));
        assert_eq!(interval.replications.len(), 400);
    }
    assert!(long.max_drawdown.quantile(0.0) > 0.0 && long.max_drawdown.quantile(1.0) < 1.0);
    let bootstrap = Bootstrap::new(5.0, 10, 1).unwrap();
    assert_eq!(intervals(&[0.1; 9], &bootstrap), Err(Undefined("returns don't vary")));
    assert_eq!(intervals(&[0.1], &bootstrap), Err(Undefined("fewer than two returns")));
    // A replication without a trade in it has no Sharpe ratio: that counts as 0.
    let single_bars = Bootstrap::new(1.0, 100, 1).unwrap();
    let rare = intervals(&[0.0, 0.0, 0.0, 0.05], &single_bars).unwrap();
    assert!(rare.sharpe.replications.iter().all(|sharpe| sharpe.is_finite()));
    assert!(rare.sharpe.share_at_most(0.0) > 0.0);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let returns = noise(5, 300, &[0.0], 0.01);
    let bootstrap = Bootstrap::new(7.5, 200, 99).unwrap();
    on_any_number_of_threads(|| intervals(&returns, &bootstrap).unwrap());
    let positions: Vec<f64> = (0..300).map(|i| f64::from(i % 3 - 1)).collect();
    on_any_number_of_threads(|| permutation_test(&positions, &returns, 200, 7).unwrap());
}

#[test]
fn blocks_are_as_long_as_asked_and_wrap_around() {
    let bootstrap = Bootstrap::new(20.0, 50, 4).unwrap();
    let starts = bootstrap.map(1000, |indices| {
        assert_eq!(indices.len(), 1000);
        indices.windows(2).filter(|pair| pair[1] != (pair[0] + 1) % 1000).count()
    });
    let per_replication = starts.iter().sum::<usize>() as f64 / 50.0;
    assert!((per_replication / 50.0 - 1.0).abs() < 0.1, "{per_replication}");
    let single = Bootstrap::new(1.0, 3, 4).unwrap();
    assert_eq!(single.map(0, <[usize]>::len), Vec::<usize>::new());
    assert_eq!(single.map(1, <[usize]>::to_vec), [[0], [0], [0]]);
}

/// The rule of the oracle: in the market on the bar after a close above its moving average.
fn positions_and_returns(closes: &[f64], window: usize) -> (Vec<f64>, Vec<f64>) {
    (window - 1..closes.len() - 1)
        .map(|at| {
            let average = closes[at + 1 - window..=at].iter().sum::<f64>() / window as f64;
            (f64::from(u8::from(closes[at] > average)), closes[at + 1] / closes[at] - 1.0)
        })
        .unzip()
}

#[test]
fn the_permutation_test_is_that_of_the_oracle() {
    for case in cases("spa", "permutation_test") {
        let closes = closes(case.input["file"].as_str().unwrap());
        let last = &closes[closes.len() - whole(&case.input["last_closes"])..];
        let (_, rule) = case.input["rule"].as_str().unwrap().split_once("SMA").unwrap();
        let window = rule.split(' ').next().unwrap().parse().unwrap();
        let (positions, returns) = positions_and_returns(last, window);
        assert_eq!(positions.len(), whole(&case.input["bars"]));
        let seed = case.input["permutation_seed"].as_u64().unwrap();
        let found =
            permutation_test(&positions, &returns, whole(&case.input["reps"]), seed).unwrap();
        case.assert("observed_mean", Ok(found.observed));
        case.assert("first_permuted_mean", Ok(found.permuted[0]));
        case.assert("p_value", Ok(found.p.plus_one));
        assert_eq!(found.exceed, whole(&case.expect["exceed"]), "{}", case.name);
    }
}

#[test]
fn perfect_timing_is_significant_and_no_timing_is_not() {
    let returns = noise(8, 250, &[0.001], 0.01);
    let perfect: Vec<f64> = returns.iter().map(|r| r.signum()).collect();
    let p = |positions: &[f64]| permutation_test(positions, &returns, 199, 5).unwrap().p.plus_one;
    assert!((p(&perfect) - 0.005).abs() < 1e-12);
    // Always in the market: every order is the same, and none is worse, also where sums round.
    assert!((p(&[0.3; 250]) - 1.0).abs() < 1e-12);
    let lengths = PermutationError::Lengths { positions: 2, returns: 1 };
    assert_eq!(permutation_test(&[1.0, 0.0], &[0.1], 9, 1).unwrap_err(), lengths);
    let none = PermutationError::Replications { replications: 0 };
    assert_eq!(permutation_test(&[1.0], &[0.1], 0, 1).unwrap_err(), none);
}
