//! PBO against two packages' numbers, against the definition taken literally, and what it must be.

use proptest::prelude::*;
use serde_json::Value as Json;
use sprag::splits::Combinations;
use sprag::stats::pbo::{Outcome, Pbo, PboError, pbo};
use sprag::stats::{Matrix, Undefined, mean};

use super::oracle::{Case, cases, matrix, noise, numbers, on_any_number_of_threads, whole};

/// What a case's note says happens to the generated matrix.
fn treated(case: &Case) -> Matrix {
    let matrix = matrix(&case.input);
    let mut columns: Vec<Vec<f64>> = (0..matrix.trials()).map(|k| matrix.column(k)).collect();
    let note = case.input["note"].as_str().unwrap();
    if note.contains("own full-sample mean subtracted") {
        for column in &mut columns {
            let mean = mean(column);
            column.iter_mut().for_each(|value| *value -= mean);
        }
    }
    if note.contains("column 2 set to all zeros") {
        columns[2].fill(0.0);
    }
    of_columns(&columns)
}

fn of_columns(columns: &[Vec<f64>]) -> Matrix {
    Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap()
}

#[test]
fn it_is_that_of_other_packages() {
    for case in cases("pbo", "pbo_cscv") {
        let found = pbo(&treated(&case), whole(&case.input["S"])).unwrap();
        assert_eq!(found.outcomes.len(), whole(&case.expect["combinations"]), "{}", case.name);
        case.assert("pbo", Ok(found.pbo()));
        case.assert("pbo_strict", Ok(found.pbo_strict()));
        case.assert("logit_mean", Ok(found.logit_mean()));
        case.assert("logit_sd_ddof1", Ok(found.logit_sd()));
        case.assert("prob_oos_loss", Ok(found.prob_oos_loss()));
        case.assert("mean_is", Ok(found.mean_in_sample()));
        case.assert("mean_oos", Ok(found.mean_out_of_sample()));
        let (slope, intercept) = found.degradation().unwrap();
        case.assert("degradation_slope", Ok(slope));
        case.assert("degradation_intercept", Ok(intercept));
        case.assert("last_logit", Ok(found.outcomes[found.outcomes.len() - 1].logit));
        let best: Vec<Json> = found.outcomes.iter().map(|outcome| outcome.best.into()).collect();
        let expected = case.expect["first_best"].as_array().unwrap();
        assert_eq!(best[..expected.len()], expected[..], "{}", case.name);
        for (outcome, expected) in found.outcomes.iter().zip(numbers(&case.expect["first_logits"]))
        {
            assert!((outcome.logit - expected).abs() < 1e-9, "{}", case.name);
        }
    }
}

/// The definition: two halves put together bar by bar, a Sharpe ratio of each.
fn literal(matrix: &Matrix, blocks: usize) -> Vec<Outcome> {
    let length = matrix.bars() / blocks;
    let from = matrix.bars() % blocks;
    let sharpe = |trial: usize, chosen: &dyn Fn(usize) -> bool| {
        let column = matrix.column(trial);
        let half: Vec<f64> = (0..blocks)
            .filter(|block| chosen(*block))
            .flat_map(|block| column[from + block * length..][..length].to_vec())
            .collect();
        let mean = mean(&half);
        let squares: f64 = half.iter().map(|x| (x - mean) * (x - mean)).sum();
        let varies = half.iter().any(|x| (x - half[0]).abs() > 0.0);
        if varies { mean / (squares / (half.len() as f64 - 1.0)).sqrt() } else { 0.0 }
    };
    let outcome = |chosen: Vec<usize>| {
        let trials = 0..matrix.trials();
        let inside: Vec<f64> =
            trials.clone().map(|trial| sharpe(trial, &|block| chosen.contains(&block))).collect();
        let outside: Vec<f64> =
            trials.clone().map(|trial| sharpe(trial, &|block| !chosen.contains(&block))).collect();
        let best = trials.rev().max_by(|a, b| inside[*a].total_cmp(&inside[*b])).unwrap();
        // Rank from below, the mean of those it could have among equals.
        let rank = outside.iter().map(|other| match other - outside[best] {
            less if less < -1e-12 => 1.0,
            more if more > 1e-12 => 0.0,
            _ => 0.5,
        });
        let omega = (rank.sum::<f64>() + 0.5) / (outside.len() as f64 + 1.0);
        let logit = (omega / (1.0 - omega)).ln();
        Outcome { best, in_sample: inside[best], out_of_sample: outside[best], logit }
    };
    Combinations::new(blocks, blocks / 2).map(outcome).collect()
}

#[track_caller]
fn assert_alike(found: &Pbo, expected: &[Outcome]) {
    assert_eq!(found.outcomes.len(), expected.len());
    for (found, expected) in found.outcomes.iter().zip(expected) {
        assert_eq!(found.best, expected.best, "{found:?} {expected:?}");
        let pairs = [
            (found.in_sample, expected.in_sample),
            (found.out_of_sample, expected.out_of_sample),
            (found.logit, expected.logit),
        ];
        assert!(pairs.iter().all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {expected:?}");
    }
}

/// Trials that do nothing for a while, or at all, or the same as another.
#[test]
fn constant_blocks_and_equal_trials_follow_the_definition() {
    let mut columns: Vec<Vec<f64>> = (0..6).map(|k| noise(40 + k, 48, &[0.001], 0.01)).collect();
    columns[0][..32].fill(0.0);
    columns[1].fill(0.002);
    columns[2].fill(0.0);
    columns[3] = columns[5].clone();
    columns[4][10..40].fill(0.001);
    columns[4][20..22].fill(-0.0);
    let matrix = of_columns(&columns);
    for blocks in [2, 4, 6, 8] {
        assert_alike(&pbo(&matrix, blocks).unwrap(), &literal(&matrix, blocks));
    }
}

#[test]
fn noise_gives_a_half_and_one_true_edge_nothing() {
    // Forty independent searches among ten trials of noise.
    let of_noise: Vec<f64> = (0..40)
        .map(|seed| {
            let matrix = Matrix::from_rows(10, noise(seed, 160, &[0.0; 10], 0.01)).unwrap();
            pbo(&matrix, 8).unwrap().pbo()
        })
        .collect();
    assert!((mean(&of_noise) - 0.5).abs() < 0.08, "{of_noise:?}");

    let mut shift = [0.0; 10];
    shift[7] = 0.01;
    let edge = Matrix::from_rows(10, noise(1, 160, &shift, 0.01)).unwrap();
    let found = pbo(&edge, 8).unwrap();
    assert_eq!([found.pbo(), found.pbo_strict(), found.prob_oos_loss()], [0.0; 3]);
    assert!(found.outcomes.iter().all(|outcome| outcome.best == 7));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let matrix = Matrix::from_rows(30, noise(5, 200, &[0.0; 30], 0.01)).unwrap();
    on_any_number_of_threads(|| pbo(&matrix, 10).unwrap());
}

#[test]
fn what_cannot_be_done_says_why() {
    let matrix = Matrix::from_rows(2, noise(5, 20, &[0.0; 2], 0.01)).unwrap();
    for blocks in [0, 1, 3, 22] {
        assert_eq!(pbo(&matrix, blocks).unwrap_err(), PboError::Blocks { blocks });
    }
    let short = Matrix::from_rows(2, vec![0.1, 0.2, 0.3, 0.1]).unwrap();
    assert_eq!(pbo(&short, 2).unwrap_err(), PboError::Bars { bars: 2, blocks: 2 });
    let single = Matrix::from_rows(1, vec![0.1, 0.2, 0.3, 0.1]).unwrap();
    assert_eq!(pbo(&single, 2).unwrap_err(), PboError::Trials);
    let idle = Matrix::from_rows(2, vec![0.0; 40]).unwrap();
    let found = pbo(&idle, 4).unwrap();
    // Two trials that do nothing rank alike: at the median.
    assert_eq!((found.pbo(), found.pbo_strict()), (1.0, 0.0));
    let always = Undefined("the best in-sample Sharpe ratio is always the same");
    assert_eq!(found.degradation(), Err(always));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn it_follows_the_definition(seed: u64, trials in 2_usize..8, extra in 0_usize..9, half in 1_usize..4) {
        let blocks = half * 2;
        let bars = blocks * 4 + extra;
        let matrix = Matrix::from_rows(trials, noise(seed, bars, &vec![0.0; trials], 0.02)).unwrap();
        let found = pbo(&matrix, blocks).unwrap();
        prop_assert_eq!(found.dropped_bars, bars % blocks);
        assert_alike(&found, &literal(&matrix, blocks));
    }

    #[test]
    fn neither_leverage_nor_order_of_trials_matters(seed: u64, at in 0_usize..5) {
        let matrix = Matrix::from_rows(5, noise(seed, 60, &[0.0; 5], 0.01)).unwrap();
        let mut columns: Vec<Vec<f64>> = (0..5).map(|k| matrix.column(k)).collect();
        let found = pbo(&matrix, 6).unwrap();
        columns[at].iter_mut().for_each(|value| *value *= 4.0);
        prop_assert_eq!(&pbo(&of_columns(&columns), 6).unwrap(), &found);
        columns.rotate_left(at);
        let rotated = pbo(&of_columns(&columns), 6).unwrap();
        prop_assert_eq!(rotated.pbo().to_bits(), found.pbo().to_bits());
        prop_assert_eq!(rotated.logit_mean().to_bits(), found.logit_mean().to_bits());
    }
}
