//! Index sets against those of skfolio, scikit-learn and purgedcv, and laws that hold for all of
//! them.

use std::ops::Range;

use proptest::prelude::*;
use serde_json::{Value, json};
use sprag::splits::{
    Combinations, Cpcv, PurgedKFold, Split, SplitsError, TimeSeries, WalkForward, binomial,
};

use super::oracle::{cases, whole};

fn runs(runs: &[Range<usize>]) -> Vec<[usize; 2]> {
    runs.iter().map(|run| [run.start, run.end]).collect()
}

fn plain(splits: &[Split]) -> Value {
    let split = |s: &Split| json!({ "train": runs(&s.in_sample), "test": runs(&s.out_of_sample) });
    splits.iter().map(split).collect()
}

fn option(input: &Value, name: &str) -> usize {
    input.get(name).map_or(0, whole)
}

fn flag(input: &Value, name: &str) -> bool {
    input.get(name).is_some_and(|flag| flag == true)
}

#[test]
fn cpcv_is_that_of_skfolio() {
    for case in cases("splits", "cpcv") {
        let found = Cpcv {
            bars: whole(&case.input["n"]),
            folds: whole(&case.input["n_folds"]),
            test_folds: whole(&case.input["n_test_folds"]),
            purge: whole(&case.input["purged"]),
            embargo: whole(&case.input["embargo"]),
        };
        let found = found.splits().unwrap();
        // There, each out-of-sample fold is a list of runs of its own.
        let split = |s: &Split| {
            let test: Vec<_> = runs(&s.out_of_sample).into_iter().map(|run| [run]).collect();
            json!({ "train": runs(&s.in_sample), "test": test })
        };
        let found = json!({
            "n_splits": found.splits.len(),
            "n_test_paths": found.paths,
            "splits": found.splits.iter().map(split).collect::<Vec<_>>(),
            "path_ids": found.path_ids,
        });
        assert_eq!(found, case.expect, "{}", case.name);
    }
}

#[test]
fn walk_forward_is_that_of_skfolio() {
    for case in cases("splits", "walk_forward") {
        let found = WalkForward {
            bars: whole(&case.input["n"]),
            in_sample: whole(&case.input["train_size"]),
            out_of_sample: whole(&case.input["test_size"]),
            purge: option(&case.input, "purged_size"),
            anchored: flag(&case.input, "expand_train"),
            keep_last: flag(&case.input, "reduce_test"),
        };
        assert_eq!(plain(&found.splits().unwrap()), case.expect, "{}", case.name);
    }
}

#[test]
fn time_series_is_that_of_scikit_learn() {
    for case in cases("splits", "time_series_split") {
        let found = TimeSeries {
            bars: whole(&case.input["n"]),
            splits: whole(&case.input["n_splits"]),
            out_of_sample: case.input.get("test_size").map(whole),
            gap: option(&case.input, "gap"),
            most_in_sample: case.input.get("max_train_size").map(whole),
        };
        assert_eq!(plain(&found.splits().unwrap()), case.expect, "{}", case.name);
    }
}

#[test]
fn purged_folds_are_those_of_purgedcv() {
    for case in cases("splits", "purged_kfold_labels") {
        let found = PurgedKFold {
            bars: whole(&case.input["n"]),
            folds: whole(&case.input["n_splits"]),
            horizon: whole(&case.input["label_horizon_bars"]),
            embargo: whole(&case.input["embargo_bars"]),
        };
        assert_eq!(plain(&found.splits().unwrap()), case.expect, "{}", case.name);
    }
}

/// Worked by hand from the definition of each: no oracle at hand has these.
#[test]
fn purge_gap_and_bounds_leave_out_what_they_say() {
    let walk = WalkForward {
        bars: 20,
        in_sample: 6,
        out_of_sample: 4,
        purge: 2,
        anchored: false,
        keep_last: false,
    };
    let [first, second, third] = &walk.splits().unwrap()[..] else { panic!() };
    assert_eq!((first.in_sample[0].clone(), first.out_of_sample[0].clone()), (0..6, 8..12));
    assert_eq!((second.in_sample[0].clone(), second.out_of_sample[0].clone()), (4..10, 12..16));
    assert_eq!((third.in_sample[0].clone(), third.out_of_sample[0].clone()), (8..14, 16..20));
    let anchored = WalkForward { anchored: true, bars: 18, keep_last: true, ..walk };
    let splits = anchored.splits().unwrap();
    assert_eq!(plain(&splits[2..]), json!([{ "train": [[0, 14]], "test": [[16, 18]] }]));
    let series =
        TimeSeries { bars: 10, splits: 3, out_of_sample: Some(2), gap: 1, most_in_sample: Some(3) };
    let splits = series.splits().unwrap();
    assert_eq!(
        plain(&splits),
        json!([
            { "train": [[0, 3]], "test": [[4, 6]] },
            { "train": [[2, 5]], "test": [[6, 8]] },
            { "train": [[4, 7]], "test": [[8, 10]] },
        ])
    );
}

#[test]
fn what_cannot_be_split_says_why() {
    let cpcv = Cpcv { bars: 100, folds: 5, test_folds: 2, purge: 0, embargo: 0 };
    let error = |cpcv: Cpcv| cpcv.splits().unwrap_err();
    assert_eq!(error(Cpcv { folds: 1, ..cpcv }), SplitsError::Folds { bars: 100, folds: 1 });
    assert_eq!(error(Cpcv { bars: 4, ..cpcv }), SplitsError::Folds { bars: 4, folds: 5 });
    let all = SplitsError::TestFolds { folds: 5, test_folds: 5 };
    assert_eq!(error(Cpcv { test_folds: 5, ..cpcv }), all);
    let many = Cpcv { bars: 1000, folds: 40, test_folds: 20, ..cpcv };
    assert_eq!(error(many), SplitsError::TooMany);
    let endless = Cpcv { bars: 100_000, folds: 9_000, test_folds: 4_000, ..cpcv };
    assert_eq!(error(endless), SplitsError::TooMany);
    let walk = WalkForward {
        bars: 9,
        in_sample: 6,
        out_of_sample: 4,
        purge: 0,
        anchored: false,
        keep_last: false,
    };
    assert_eq!(walk.splits().unwrap_err(), SplitsError::TooShort { needed: 10, bars: 9 });
    assert_eq!(WalkForward { keep_last: true, ..walk }.splits().unwrap().len(), 1);
    let huge = WalkForward { in_sample: usize::MAX, purge: usize::MAX, ..walk };
    assert_eq!(huge.splits().unwrap_err(), SplitsError::TooShort { needed: usize::MAX, bars: 9 });
    let long = WalkForward { bars: 1_000_000, out_of_sample: 1, ..walk };
    assert_eq!(long.splits().unwrap_err(), SplitsError::TooMany);
    let folds = PurgedKFold { bars: 1_000_000, folds: 200_000, horizon: 0, embargo: 0 };
    assert_eq!(folds.splits().unwrap_err(), SplitsError::TooMany);
    let zero = WalkForward { out_of_sample: 0, ..walk };
    assert_eq!(zero.splits().unwrap_err(), SplitsError::Zero { what: "out-of-sample" });
}

#[test]
fn combinations_are_all_of_them_in_order() {
    for n in 0..9 {
        for k in 0..10 {
            let all: Vec<Vec<usize>> = Combinations::new(n, k).collect();
            assert_eq!(Some(all.len()), binomial(n, k), "{k} of {n}");
            assert!(all.is_sorted_by(|a, b| a < b) && all.iter().all(|c| c.is_sorted()));
        }
    }
    assert_eq!(binomial(16, 8), Some(12_870));
    assert_eq!(binomial(200, 100), None);
}

/// Every bar of a split at most once, runs in order and not empty, purged and embargoed bars in
/// neither part.
fn assert_sound(split: &Split, bars: usize, before: usize, after: usize) {
    let mut owner = vec![None; bars];
    for (part, runs) in [&split.in_sample, &split.out_of_sample].into_iter().enumerate() {
        assert!(runs.windows(2).all(|pair| pair[0].end <= pair[1].start), "{split:?}");
        for bar in runs.iter().inspect(|run| assert!(!run.is_empty())).flat_map(Clone::clone) {
            assert_eq!(owner[bar], None, "bar {bar} of {split:?}");
            owner[bar] = Some(part);
        }
    }
    for test in &split.out_of_sample {
        let near = test.start.saturating_sub(before)..(test.end + after).min(bars);
        assert!(near.clone().all(|bar| owner[bar] != Some(0)), "{near:?} of {split:?}");
    }
}

proptest! {
    #[test]
    fn cpcv_paths_have_every_fold_once(
        folds in 2_usize..8, pick in 0_usize..100, extra in 0_usize..30, purge in 0_usize..4, embargo in 0_usize..4,
    ) {
        let (test_folds, bars) = (1 + pick % (folds - 1), folds + extra);
        let found = Cpcv { bars, folds, test_folds, purge, embargo }.splits().unwrap();
        prop_assert_eq!(found.paths * folds, found.splits.len() * test_folds);
        let mut paths = vec![Vec::new(); found.paths];
        for (split, ids) in found.splits.iter().zip(&found.path_ids) {
            assert_sound(split, bars, purge, purge + embargo);
            prop_assert_eq!(ids.len(), test_folds);
            for (run, id) in split.out_of_sample.iter().zip(ids) {
                paths[*id].push(run.clone());
            }
        }
        for mut path in paths {
            path.sort_by_key(|run| run.start);
            let bars_of_path: Vec<usize> = path.into_iter().flatten().collect();
            prop_assert_eq!(bars_of_path, (0..bars).collect::<Vec<_>>());
        }
    }

    #[test]
    fn windows_never_look_ahead(
        bars in 1_usize..200, train in 1_usize..50, test in 1_usize..50, purge in 0_usize..10,
        anchored: bool, keep_last: bool,
    ) {
        let walk = WalkForward { bars, in_sample: train, out_of_sample: test, purge, anchored, keep_last };
        let Ok(splits) = walk.splits() else {
            let fewest = if keep_last { 1 } else { test };
            prop_assert!(bars < train + purge + fewest);
            return Ok(());
        };
        for (at, split) in splits.iter().enumerate() {
            assert_sound(split, bars, purge, 0);
            prop_assert_eq!(split.in_sample[0].end + purge, split.out_of_sample[0].start);
            let length = if anchored { train + at * test } else { train };
            prop_assert_eq!(split.in_sample[0].len(), length);
        }
        // The windows cover everything from the first to the last, and no further one would fit.
        prop_assert!(splits.windows(2).all(|pair| pair[0].out_of_sample[0].end == pair[1].out_of_sample[0].start));
        let end = splits[splits.len() - 1].out_of_sample[0].end;
        let is_full = if keep_last { end == bars } else { end + test > bars };
        prop_assert!(is_full);
    }

    #[test]
    fn folds_cover_all_bars_once(
        folds in 2_usize..9, extra in 0_usize..60, horizon in 0_usize..8, embargo in 0_usize..8,
    ) {
        let bars = folds + extra;
        let splits = PurgedKFold { bars, folds, horizon, embargo }.splits().unwrap();
        let mut covered = 0;
        for split in &splits {
            let purge = horizon.saturating_sub(1);
            assert_sound(split, bars, purge, purge.max(embargo));
            prop_assert_eq!(split.out_of_sample[0].start, covered);
            covered = split.out_of_sample[0].end;
        }
        prop_assert_eq!(covered, bars);
    }
}
