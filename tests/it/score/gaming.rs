//! Known ways to look better than one is: each must score close to nothing beside the honest strategy
//! it is made from. Averages over seeds, so that no lucky draw decides.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::score_daily;

const SEEDS: u32 = 40;
const BARS_PER_TRADE: usize = 5;

/// A number in [0, 1).
fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Nearly normal with mean 0 and variance 1: twelve uniforms less six.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| uniform(rng)).sum::<f64>() - 6.0
}

/// Four years of daily returns at 10 % volatility with true annual Sharpe ratio `sharpe`.
fn strategy(seed: u32, sharpe: f64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed.into());
    let daily_vol = 0.10 / 252.0_f64.sqrt();
    let mean = sharpe / 252.0_f64.sqrt();
    (0..1008).map(|_| daily_vol * (mean + normal(&mut rng))).collect()
}

/// Trades of five bars, one after another.
fn trades_of(returns: &[f64]) -> Vec<f64> {
    let compound = |bars: &[f64]| bars.iter().map(|r| 1.0 + r).product::<f64>() - 1.0;
    returns.chunks(BARS_PER_TRADE).map(compound).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Mean score over seeds of the strategies of true Sharpe ratio 1.7 after `change`.
fn mean_score(change: impl Fn(Vec<f64>) -> Vec<f64>) -> f64 {
    let scores = (0..SEEDS).map(|seed| {
        let returns = change(strategy(seed, 1.7));
        score_daily(&returns, &trades_of(&returns)).value
    });
    mean(scores)
}

fn honest() -> f64 {
    mean_score(|returns| returns)
}

fn times(factor: f64) -> impl Fn(Vec<f64>) -> Vec<f64> {
    move |returns| returns.into_iter().map(|r| r * factor).collect()
}

#[test]
fn the_honest_strategy_scores_well_and_noise_does_not() {
    let honest = honest();
    assert!((25.0..40.0).contains(&honest), "{honest}");
    let noise = mean((0..SEEDS).map(|seed| {
        let returns = strategy(seed, 0.0);
        score_daily(&returns, &trades_of(&returns)).value
    }));
    // A little below zero: quality holds back lucky gains more than unlucky losses.
    assert!((-5.0..1.0).contains(&noise), "{noise}");
}

#[test]
fn leverage_buys_nothing() {
    let scores = [1.0, 2.0, 4.0, 8.0, 16.0].map(|leverage| mean_score(times(leverage)));
    assert!(scores.is_sorted_by(|less_levered, more| less_levered >= more), "{scores:?}");
    assert!(scores[3] < scores[0] / 3.0 && scores[4] < 1.0, "{scores:?}");
}

#[test]
fn a_position_of_a_thousandth_proves_nothing() {
    let score = mean_score(times(0.001));
    assert!((0.0..0.5).contains(&score), "{score}");
}

#[test]
fn half_the_position_is_the_same_strategy() {
    let (whole, half) = (honest(), mean_score(times(0.5)));
    assert!((whole - half).abs() < 0.1, "{whole} {half}");
}

#[test]
fn ten_trades_are_not_evidence() {
    let score = mean_score(|mut returns| {
        returns.truncate(10 * BARS_PER_TRADE);
        returns
    });
    assert!(score.abs() < 1.0, "{score}");
}

#[test]
fn one_windfall_does_not_carry_the_losers() {
    let scores = (0..SEEDS).map(|seed| {
        // Luck taken out: every seed loses 7 % a year but for one bar.
        let noise = strategy(seed, 0.0);
        let luck = mean(noise.iter().copied());
        let mut returns: Vec<f64> = noise.iter().map(|r| r - luck - 0.07 / 252.0).collect();
        returns[700] = 0.60;
        assert!(returns.iter().sum::<f64>() > 0.25, "the account has made money");
        score_daily(&returns, &trades_of(&returns)).value
    });
    let best = scores.fold(f64::MIN, f64::max);
    assert!(best < 1.5, "{best}");
}

#[test]
fn smoothed_marks_do_not_raise_the_score() {
    // Each bar shows the mean of the last five: the same profit at less than half the volatility.
    let smooth = |returns: &[f64]| -> Vec<f64> {
        let window = |end: usize| &returns[end.saturating_sub(4)..=end];
        (0..returns.len()).map(|end| window(end).iter().sum::<f64>() / 5.0).collect()
    };
    let (mut naive_gain, mut gain) = (0.0, 0.0);
    for seed in 0..SEEDS {
        let returns = strategy(seed, 1.7);
        let trades = trades_of(&returns);
        let sharpe = |returns: &[f64]| {
            let parts = score_daily(returns, &trades).parts.unwrap();
            (parts.sharpe_oos, parts.sharpe_oos * parts.vif.sqrt())
        };
        let ((corrected, _), (smooth_corrected, smooth_naive)) =
            (sharpe(&returns), sharpe(&smooth(&returns)));
        gain += smooth_corrected / corrected / f64::from(SEEDS);
        naive_gain += smooth_naive / corrected / f64::from(SEEDS);
    }
    assert!(naive_gain > 1.8 && gain < 1.2, "{naive_gain} {gain}");
}
