//! The number of trials that are really different.

use proptest::prelude::*;
use sprag::stats::effective::{Correlations, TooManyTrials, by_mean_correlation, clusters};
use sprag::stats::sharpe::{SharpeEstimate, expected_max};
use sprag::stats::{Matrix, MatrixError, deviation};

use super::oracle::{cases, matrix, noise, number, numbers, on_any_number_of_threads, whole};

#[test]
fn the_count_by_mean_correlation_is_that_of_the_paper() {
    for case in cases("sharpe", "effective_trials_rho") {
        let correlation = number(&case.input["mean_correlation"]);
        let found = by_mean_correlation(correlation, whole(&case.input["trials"]) as u64);
        case.assert("n_eff", Ok(found));
    }
}

#[test]
fn a_matrix_of_trials_deflates_as_in_the_oracle() {
    for case in cases("sharpe", "dsr_of_matrix") {
        let matrix = matrix(&case.input);
        let trials = matrix.trials() as u64;
        for (found, expected) in matrix.row(0).iter().zip(numbers(&case.expect["first_row"])) {
            assert!((found - expected).abs() < 1e-15, "{}", case.name);
        }
        let estimates: Vec<SharpeEstimate> =
            (0..matrix.trials()).map(|k| SharpeEstimate::of(&matrix.column(k)).unwrap()).collect();
        let best = estimates[whole(&case.expect["best"])];
        assert!(estimates.iter().all(|estimate| estimate.sr <= best.sr), "{}", case.name);
        let sharpes: Vec<f64> = estimates.iter().map(|estimate| estimate.sr).collect();
        let variance = deviation(&sharpes) * deviation(&sharpes);
        let correlation = Correlations::of(&matrix).unwrap().mean();
        case.assert("sr_best", Ok(best.sr));
        case.assert("var_sr_ddof1", Ok(variance));
        case.assert("sr0", Ok(expected_max(trials, variance)));
        case.assert("dsr", best.dsr(trials, variance));
        case.assert("mean_pairwise_correlation", Ok(correlation));
        case.assert("n_eff", Ok(by_mean_correlation(correlation, trials)));
    }
}

/// `families` of `members` each: a family's own noise, and a bit of each member's.
fn families(seed: u64, families: usize, members: usize, own: f64) -> Vec<Vec<f64>> {
    let mut columns = Vec::new();
    for family in 0..families as u64 {
        let common = noise(seed + 1000 * family, 400, &[0.0], 0.01);
        for member in 1..=members as u64 {
            let own = noise(seed + 1000 * family + member, 400, &[0.0], 0.01 * own);
            columns.push(common.iter().zip(own).map(|(common, own)| common + own).collect());
        }
    }
    columns
}

fn of_columns(columns: &[Vec<f64>]) -> Matrix {
    Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap()
}

fn grouped(columns: &[Vec<f64>], threshold: f64) -> Vec<usize> {
    clusters(Correlations::of(&of_columns(columns)).unwrap(), threshold)
}

fn count(groups: &[usize]) -> usize {
    groups.iter().max().map_or(0, |most| most + 1)
}

#[test]
fn families_of_like_trials_count_once_each() {
    // Correlation within a family 1 / (1 + 0.25) = 0.8, between families none.
    let columns = families(7, 5, 8, 0.5);
    let groups = grouped(&columns, 0.5);
    let expected: Vec<usize> = (0..40).map(|trial| trial / 8).collect();
    assert_eq!(groups, expected);
    assert_eq!(count(&grouped(&columns, 0.95)), 40);
    assert_eq!(count(&grouped(&columns, -1.0)), 1);
}

#[test]
fn independent_trials_all_count_and_copies_count_once() {
    let columns = families(3, 30, 1, 0.0);
    assert_eq!(count(&grouped(&columns, 0.5)), 30);
    let copies = vec![columns[0].clone(); 6];
    assert_eq!(grouped(&copies, 0.5), [0; 6]);
    // The mirror image of a trial is another bet; trials that do nothing are one.
    let mirror = columns[0].iter().map(|r| -r).collect();
    let idle = [vec![0.0; 400], vec![0.001; 400]];
    let mixed = [columns[0].clone(), idle[0].clone(), mirror, idle[1].clone()];
    assert_eq!(grouped(&mixed, 0.5), [0, 1, 2, 1]);
    assert_eq!(grouped(&columns[..1], 0.5), [0]);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let matrix = of_columns(&families(9, 6, 4, 0.9));
    on_any_number_of_threads(|| Correlations::of(&matrix).unwrap());
}

#[test]
fn what_is_no_matrix_says_why() {
    let of = |columns: &[&[f64]]| Matrix::from_columns(columns).unwrap_err();
    assert_eq!(of(&[]), MatrixError::Empty);
    assert_eq!(of(&[&[], &[]]), MatrixError::Empty);
    assert_eq!(
        of(&[&[1.0, 2.0], &[1.0]]),
        MatrixError::Ragged { column: 1, found: 1, expected: 2 }
    );
    assert_eq!(of(&[&[1.0, 2.0], &[1.0, f64::NAN]]), MatrixError::NotFinite { row: 1, column: 1 });
    assert!(Matrix::from_rows(2, vec![1.0, 2.0, 3.0]).is_err());
    let wide = Matrix::from_rows(5001, vec![0.0; 5001]).unwrap();
    assert_eq!(Correlations::of(&wide).unwrap_err(), TooManyTrials { trials: 5001 });
}

/// Joins the two groups with the highest mean correlation until it is below the threshold.
fn slowly(matrix: &Matrix, threshold: f64) -> Vec<Vec<usize>> {
    let columns: Vec<Vec<f64>> = (0..matrix.trials()).map(|k| matrix.column(k)).collect();
    let correlation = |a: usize, b: usize| {
        let centred = |k: usize| -> Vec<f64> {
            let mean = columns[k].iter().sum::<f64>() / columns[k].len() as f64;
            columns[k].iter().map(|x| x - mean).collect()
        };
        let (a, b) = (centred(a), centred(b));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
    };
    let mut groups: Vec<Vec<usize>> = (0..matrix.trials()).map(|trial| vec![trial]).collect();
    loop {
        let mut best = (threshold, None);
        for i in 0..groups.len() {
            for j in 0..i {
                let pairs = groups[i].iter().flat_map(|a| groups[j].iter().map(move |b| (a, b)));
                let sum: f64 = pairs.map(|(a, b)| correlation(*a, *b)).sum();
                let mean = sum / (groups[i].len() * groups[j].len()) as f64;
                if mean >= best.0 {
                    best = (mean, Some((i, j)));
                }
            }
        }
        let Some((i, j)) = best.1 else { break };
        let gone = groups.remove(i);
        groups[j].extend(gone);
    }
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort();
    groups
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn the_chain_makes_the_groups_of_the_definition(seed in 0_u64..1_000_000, own in 0.3_f64..1.5, threshold in 0.2_f64..0.8) {
        let matrix = of_columns(&families(seed, 4, 4, own));
        let names = clusters(Correlations::of(&matrix).unwrap(), threshold);
        let mut found = vec![Vec::new(); count(&names)];
        for (trial, name) in names.iter().enumerate() {
            found[*name].push(trial);
        }
        prop_assert_eq!(found, slowly(&matrix, threshold));
    }
}
