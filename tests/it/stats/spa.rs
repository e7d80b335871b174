//! Reality Check and SPA against `arch` and plain numpy, and the size of the tests under the null.

use serde_json::Value as Json;
use sprag::stats::resample::Bootstrap;
use sprag::stats::spa::{MOST_CELLS, PValue, PValues, Spa, SpaError, resampled_means};
use sprag::stats::{Matrix, Undefined, Value};

use super::oracle::{Case, cases, matrix, noise, number, numbers, on_any_number_of_threads, whole};

fn assert_p_values(case: &Case, spa: &Spa) {
    let raw = spa.raw();
    let studentised = spa.studentised().unwrap();
    for (name, raw, studentised) in [
        ("lower", raw.lower, studentised.lower),
        ("consistent", raw.consistent, studentised.consistent),
        ("upper", raw.upper, studentised.upper),
    ] {
        case.assert(&format!("p_{name}_raw"), Ok(raw.share));
        case.assert(&format!("p_{name}_plus1"), Ok(raw.plus_one));
        case.assert(&format!("p_{name}_studentised_plus1"), Ok(studentised.plus_one));
    }
    case.assert("reality_check_stat", Ok(spa.reality_check_statistic()));
    case.assert("spa_studentised_stat", spa.statistic());
    for (found, expected) in spa.variances().iter().zip(numbers(&case.expect["long_run_variance"]))
    {
        assert!((found / expected - 1.0).abs() < 1e-9, "{}: {found} {expected}", case.name);
    }
}

#[test]
fn given_the_same_resamples_the_p_values_are_those_of_arch() {
    for case in cases("spa", "spa_given_indices") {
        let d = matrix(&case.input);
        let indices = case.input["indices"].as_array().unwrap().iter();
        let means = indices
            .map(|replication| {
                let indices: Vec<usize> =
                    replication.as_array().unwrap().iter().map(whole).collect();
                resampled_means(&d, &indices)
            })
            .collect();
        let mean_block = number(&case.input["mean_block"]);
        assert_p_values(&case, &Spa::from_replications(&d, mean_block, means).unwrap());
    }
}

fn bootstrap(input: &Json) -> Bootstrap {
    let seed = input["bootstrap_seed"].as_u64().unwrap_or(1);
    let replications = input.get("reps").map_or(4000, whole);
    Bootstrap::new(number(&input["mean_block"]), replications, seed).unwrap()
}

#[test]
fn given_the_same_stream_the_p_values_are_those_of_the_oracle() {
    for case in cases("spa", "spa_portable_bootstrap") {
        let d = matrix(&case.input);
        let bootstrap = bootstrap(&case.input);
        let drawn = bootstrap.map(d.bars(), <[usize]>::to_vec);
        let first = case.expect["first_indices"].as_array().unwrap();
        assert_eq!(drawn[0][..first.len()], first.iter().map(whole).collect::<Vec<_>>());
        let last = drawn[drawn.len() - 1].last().copied();
        assert_eq!(last, Some(whole(&case.expect["last_index"])));
        for (found, expected) in d.means().iter().zip(numbers(&case.expect["mean"])) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert_p_values(&case, &Spa::new(&d, &bootstrap).unwrap());
    }
}

#[test]
fn with_other_resamples_the_p_values_are_near_those_of_arch() {
    for case in cases("spa", "spa_monte_carlo") {
        let spa = Spa::new(&matrix(&case.input), &bootstrap(&case.input)).unwrap();
        let PValues { lower, consistent, upper } = spa.raw();
        for (name, found) in [("lower", lower), ("consistent", consistent), ("upper", upper)] {
            case.assert_within(name, found.share);
        }
    }
}

#[test]
fn the_stepwise_procedure_finds_what_arch_finds() {
    for case in cases("spa", "stepm") {
        let spa = Spa::new(&matrix(&case.input), &bootstrap(&case.input)).unwrap();
        let found = spa.superior(number(&case.input["size"])).unwrap();
        assert_eq!(Json::from(found), case.expect["superior"], "{}", case.name);
    }
}

fn test(values: Vec<f64>, trials: usize, replications: usize) -> Spa {
    let d = Matrix::from_rows(trials, values).unwrap();
    Spa::new(&d, &Bootstrap::new(5.0, replications, 3).unwrap()).unwrap()
}

/// Under the null, a p-value of at most α comes up with a probability of about α.
#[test]
fn under_the_null_p_values_are_about_uniform() {
    let p: Vec<f64> = (0..300)
        .map(|seed| {
            let spa = test(noise(1000 + seed, 120, &[0.0; 4], 0.01), 4, 199);
            spa.studentised().unwrap().upper.plus_one
        })
        .collect();
    for alpha in [0.05, 0.1, 0.25, 0.5, 0.75, 0.9] {
        let share = p.iter().filter(|p| **p <= alpha).count() as f64 / p.len() as f64;
        // Three standard errors of a share of 300, and the bootstrap's own error on 120 bars.
        let margin = 3.0 * (alpha * (1.0 - alpha) / 300.0_f64).sqrt() + 0.03;
        assert!((share - alpha).abs() < margin, "{share} of the p-values are at most {alpha}");
    }
}

#[test]
fn an_edge_is_found_and_bad_trials_cost_the_upper_bound_only() {
    let mut shift = vec![0.004, 0.0];
    let alone = test(noise(9, 300, &shift, 0.01), 2, 500).studentised().unwrap();
    assert!(alone.consistent.plus_one < 0.01, "{alone:?}");
    shift.extend([-0.02; 30]);
    let crowded = test(noise(9, 300, &shift, 0.01), 32, 500).studentised().unwrap();
    assert!(crowded.lower.share <= crowded.consistent.share);
    assert!(crowded.consistent.share <= crowded.upper.share);
    assert!(crowded.consistent.plus_one < 0.01, "{crowded:?}");
}

#[test]
fn trials_that_do_not_vary_are_told_from_those_that_do() {
    let mut values = noise(7, 100, &[0.0, 0.0], 0.01);
    values.iter_mut().skip(1).step_by(2).for_each(|value| *value = 0.0);
    // A trial that equals the benchmark adds nothing to the test of the other.
    let with_idle = test(values.clone(), 2, 200);
    let alone = test(values.iter().copied().step_by(2).collect(), 1, 200);
    assert_eq!(with_idle.studentised(), alone.studentised());
    assert_eq!(with_idle.variances()[1], 0.0);
    // One that is better by the same at every bar has no t-statistic; one that is worse is no
    // candidate.
    values.iter_mut().skip(1).step_by(2).for_each(|value| *value = 0.001);
    let reason = Undefined("a trial is better than the benchmark by the same at every bar");
    let better = test(values.clone(), 2, 200);
    assert_eq!(better.statistic(), Err(reason));
    assert_eq!((better.studentised(), better.superior(0.05)), (Err(reason), Err(reason)));
    values.iter_mut().skip(1).step_by(2).for_each(|value| *value = -0.001);
    assert_eq!(test(values, 2, 200).studentised(), alone.studentised());
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let d = Matrix::from_rows(12, noise(5, 150, &[0.0; 12], 0.01)).unwrap();
    let bootstrap = Bootstrap::new(8.0, 300, 17).unwrap();
    on_any_number_of_threads(|| {
        let spa = Spa::new(&d, &bootstrap).unwrap();
        (spa.raw(), spa.studentised().unwrap(), spa.variances().to_vec())
    });
}

#[test]
fn what_cannot_be_tested_says_why() {
    let bootstrap = |replications| Bootstrap::new(2.0, replications, 1).unwrap();
    let error = |d: &Matrix, replications| Spa::new(d, &bootstrap(replications)).unwrap_err();
    let short = Matrix::from_rows(1, vec![0.1, 0.2]).unwrap();
    assert_eq!(error(&short, 10), SpaError::Bars { bars: 2 });
    let wide = Matrix::from_rows(1000, vec![0.1; 3000]).unwrap();
    let replications = MOST_CELLS / 1000 + 1;
    assert_eq!(error(&wide, replications), SpaError::TooLarge { replications, trials: 1000 });
    for (block, replications) in [(0.5, 10), (f64::NAN, 10), (2.0, 0), (2.0, 1_000_001)] {
        assert!(Bootstrap::new(block, replications, 1).is_err());
    }
}

#[test]
fn p_values_are_never_zero_in_the_form_to_report() {
    let found: Value = Ok(test(noise(2, 200, &[0.05], 0.01), 1, 99).raw().upper.plus_one);
    assert_eq!(found, Ok(0.01));
    let PValue { share, plus_one } = test(noise(2, 200, &[-0.05], 0.01), 1, 99).raw().upper;
    assert_eq!((share, plus_one), (1.0, 1.0));
}
