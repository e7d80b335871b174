//! Schemes of the split: the index sets of third parties, laws that hold for each of them, and parameters that are
//! fitted in-sample.

use std::ops::Range;

use proptest::prelude::*;
use serde_json::{Value, json};
use sprag::backtest::{Backtest, Layout, Span, SplitError, layout, run};
use sprag::evaluation::{Arena, Evaluation};
use sprag::market::{Bars, Market};
use sprag::program::{Program, SplitScheme, SplitSettings};
use sprag::score::{Evidence, score};

use super::compiled;
use crate::stats::oracle::{Case, cases};

const DAY: i64 = 86_400_000;

fn timeline(bars: usize) -> Vec<i64> {
    (0..bars as i64).map(|i| i * DAY).collect()
}

fn number(case: &Case, key: &str) -> usize {
    case.input[key].as_u64().unwrap_or(0) as usize
}

fn plain(runs: &[Range<usize>]) -> Value {
    runs.iter().map(|run| json!([run.start, run.end])).collect()
}

/// Without a holdout, and with in-sample in one piece.
fn bare(scheme: SplitScheme) -> SplitSettings {
    SplitSettings {
        scheme,
        holdout: 0.0,
        embargo_bars: 0,
        in_sample_folds: 1,
        ..SplitSettings::default()
    }
}

#[test]
fn walk_forward_has_the_index_sets_of_the_oracle() {
    let whole_windows =
        |case: &Case| case.input["reduce_test"] != true && number(case, "test_size") >= 20;
    let mut checked = 0;
    for case in cases("splits", "walk_forward").into_iter().filter(whole_windows) {
        let settings = SplitSettings {
            in_sample_bars: number(&case, "train_size"),
            fold_bars: number(&case, "test_size"),
            purge_bars: number(&case, "purged_size"),
            anchored: case.input["expand_train"] == true,
            ..bare(SplitScheme::WalkForward)
        };
        let found = layout(&timeline(number(&case, "n")), &settings).unwrap();
        let tests = found.out_of_sample.iter().map(|fold| [fold.ticks.clone()]);
        let splits: Value = found
            .rounds
            .iter()
            .zip(tests)
            .map(|(train, test)| json!({ "train": plain(train), "test": plain(&test) }))
            .collect();
        assert_eq!(splits, case.expect, "{}", case.name);
        assert_eq!(found.paths, [(0..found.out_of_sample.len()).collect::<Vec<_>>()]);
        checked += 1;
    }
    assert!(checked >= 3, "only {checked} cases");
}

#[test]
fn cpcv_has_the_index_sets_of_the_oracle() {
    let mut checked = 0;
    for case in cases("splits", "cpcv") {
        if number(&case, "n") / number(&case, "n_folds") < 20 {
            continue;
        }
        let settings = SplitSettings {
            in_sample: 0.0,
            folds: number(&case, "n_folds"),
            test_folds: number(&case, "n_test_folds"),
            purge_bars: number(&case, "purged"),
            embargo_bars: number(&case, "embargo"),
            ..bare(SplitScheme::Cpcv)
        };
        let found = layout(&timeline(number(&case, "n")), &settings).unwrap();
        let expected = case.expect["splits"].as_array().unwrap();
        let rounds: Vec<Value> = found.rounds.iter().map(|round| plain(round)).collect();
        let trains: Vec<Value> = expected.iter().map(|split| split["train"].clone()).collect();
        assert_eq!(rounds, trains, "{}", case.name);
        assert_eq!(found.paths.len() as u64, case.expect["n_test_paths"].as_u64().unwrap());
        // Each test fold of a split is where the oracle has it: on the path of that number, with that split's choice.
        for (s, split) in expected.iter().enumerate() {
            for (j, test) in split["test"].as_array().unwrap().iter().enumerate() {
                let path = case.expect["path_ids"][s][j].as_u64().unwrap() as usize;
                let is_it = |ticks: &Range<usize>| plain(std::slice::from_ref(ticks)) == *test;
                let fold = found.out_of_sample.iter().position(|fold| is_it(&fold.ticks)).unwrap();
                assert_eq!(found.paths[path][fold], s, "{}", case.name);
            }
        }
        checked += 1;
    }
    assert!(checked >= 1, "no case is long enough");
}

fn split_settings() -> impl Strategy<Value = SplitSettings> {
    let scheme = prop_oneof![
        Just(SplitScheme::Date),
        Just(SplitScheme::WalkForward),
        Just(SplitScheme::Cpcv)
    ];
    let spans = (0.0..0.8, 0_usize..600, 0_usize..2, 0.0..0.4, 0_usize..500, 0_usize..2);
    let folds = (1_usize..5, 2_usize..9, 1_usize..4, 0_usize..90);
    (scheme, spans, folds, 0_usize..30, 0_usize..30, any::<bool>()).prop_map(
        |(scheme, spans, folds, purge_bars, embargo_bars, anchored)| {
            let (in_sample, in_sample_bars, by_bars, holdout, holdout_bars, held_by_bars) = spans;
            let (in_sample_folds, folds, test_folds, fold_bars) = folds;
            SplitSettings {
                scheme,
                in_sample,
                in_sample_bars: in_sample_bars * by_bars,
                holdout,
                holdout_bars: holdout_bars * held_by_bars,
                holdout_min_bars: 20,
                in_sample_folds,
                folds,
                test_folds,
                fold_bars: if fold_bars < 20 { 0 } else { fold_bars },
                anchored,
                purge_bars,
                embargo_bars,
                ..SplitSettings::default()
            }
        },
    )
}

/// Ticks between a training run and a test fold; none if they overlap.
fn distance(train: &Range<usize>, test: &Range<usize>) -> Option<usize> {
    if train.end <= test.start {
        Some(test.start - train.end)
    } else {
        train.start.checked_sub(test.end)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_choice_knows_its_test_and_nothing_knows_the_holdout(
        bars in 100_usize..3_000,
        settings in split_settings(),
    ) {
        let found = match layout(&timeline(bars), &settings) {
            Ok(found) => found,
            Err(SplitError::TooShort { .. } | SplitError::Scheme(_)) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        let Layout { in_sample, out_of_sample, rounds, paths, holdout } = &found;
        let gap = settings.purge_bars + settings.embargo_bars;
        // Out-of-sample folds are in time order, share nothing, and come after everything that a proposer may see.
        for pair in out_of_sample.windows(2) {
            prop_assert!(pair[0].ticks.end <= pair[1].ticks.start);
        }
        let first = out_of_sample[0].ticks.start;
        for fold in in_sample {
            prop_assert!(fold.ticks.end + gap <= first, "{:?}", found);
        }
        // The holdout is last, the gap before it is nobody's.
        let end = holdout.as_ref().map_or(bars, |holdout| holdout.fold.ticks.start - gap);
        let held = holdout.as_ref().map_or(bars, |holdout| holdout.fold.ticks.end);
        prop_assert_eq!(held, bars);
        let used = rounds.iter().flatten().chain(out_of_sample.iter().map(|fold| &fold.ticks));
        for ticks in used.chain(holdout.iter().flat_map(|holdout| &holdout.fitted_on)) {
            prop_assert!(ticks.end <= end, "{:?}", found);
        }
        // Every path has every fold once, and what it was run with was chosen without it.
        for path in paths {
            prop_assert_eq!(path.len(), out_of_sample.len());
            for (fold, round) in path.iter().enumerate() {
                for train in &rounds[*round] {
                    let test = &out_of_sample[fold].ticks;
                    let least = match settings.scheme {
                        SplitScheme::Cpcv if train.end <= test.start => settings.purge_bars,
                        _ => gap,
                    };
                    prop_assert!(
                        distance(train, test).is_some_and(|between| between >= least),
                        "{:?} and {:?}", train, test
                    );
                }
            }
        }
        if !in_sample.is_empty() && settings.scheme != SplitScheme::WalkForward {
            let ticks: Vec<_> = in_sample.iter().map(|fold| fold.ticks.clone()).collect();
            prop_assert_eq!(&rounds[0], &ticks);
        }
    }
}

/// A wave that changes its period from bar `from` on, so that another window fits it best.
fn wave(bars: usize, from: usize, period: f64) -> Market {
    let mut out = Bars { symbol: "A".into(), ..Bars::default() };
    let mut phase: f64 = 0.0;
    for i in 0..bars {
        phase += 1.0 / if i < from { 9.0 } else { period };
        let close = 100.0 + 10.0 * phase.sin() + 2.0 * (i as f64 * 1.7).sin();
        out.time.push(i as i64 * DAY);
        out.open.push(close * 0.999);
        out.high.push(close * 1.01);
        out.low.push(close * 0.985);
        out.close.push(close);
        out.volume.push(1_000.0);
    }
    Market::new(vec![out])
}

fn rules(param: &str) -> String {
    format!(
        "[params]\nn = {param}\n[long]\nenter = 'close > sma(close, n)'\nexit = 'close < sma(close, n)'\n\
         [risk]\nstop_loss = '3 * atr(5)'\n"
    )
}

const FITTED: &str = "{ value = 6, min = 3, max = 14, fit = true }";

fn evaluate(program: &Program, market: &Market, text: &str) -> Evaluation {
    let arena = Arena::new(program, market).unwrap();
    arena.score(arena.backtest(&compiled(text))).unwrap()
}

fn program(settings: &[&str]) -> Program {
    let mut program = Program::default();
    program.set_all(settings.iter().copied()).unwrap();
    program
}

/// The plain strategy's score on these ticks, computed here, one account per run of ticks.
fn in_sample_score(program: &Program, market: &Market, n: u32, ticks: &[Range<usize>]) -> f64 {
    let fold = |ticks: &Range<usize>| sprag::backtest::Fold {
        id: 0,
        span: Span::InSample,
        ticks: ticks.clone(),
    };
    let folds: Vec<_> = ticks.iter().map(fold).collect();
    let settings = &program.settings;
    let backtest: Backtest =
        run(&compiled(&rules(&n.to_string())), market, &folds, &settings.backtest, &settings.costs);
    let returns = backtest.returns(Span::InSample);
    let trades: Vec<f64> = backtest
        .runs
        .iter()
        .flat_map(|run| run.trades.iter().map(|trade| trade.pnl / trade.equity_at_entry))
        .collect();
    let evidence = Evidence {
        folds: &returns.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        trades: &trades,
        in_sample: None,
        bars_per_year: backtest.bars_per_year,
    };
    score(&evidence, &settings.score).unwrap().value
}

/// Against brute force: for each scheme, each round's choice is the best of all values on that round's ticks alone, and
/// each out-of-sample fold is the run of the plain strategy with that value.
#[test]
fn a_fitted_parameter_is_the_best_in_sample_and_its_fold_runs_with_it() {
    let market = wave(1_500, 700, 3.0);
    let common = ["split.embargo_bars=2", "split.purge_bars=3"];
    for scheme in [
        &["split.scheme=date"][..],
        &["split.scheme=walk-forward", "split.in_sample_bars=300", "split.fold_bars=150"],
        &["split.scheme=walk-forward", "split.anchored=true"],
        &["split.scheme=cpcv", "split.folds=4", "split.in_sample=0.3"],
        &["split.scheme=cpcv", "split.folds=4", "split.in_sample=0"],
    ] {
        let program = program(&[&common[..], scheme].concat());
        let layout = layout(market.timeline(), &program.settings.split).unwrap();
        let evaluation = evaluate(&program, &market, &rules(FITTED));
        let fitted = evaluation.fitted.as_ref().unwrap();
        assert_eq!(fitted.tried, 12, "the written value and eleven others");
        let chosen: Vec<u32> = fitted.rounds.iter().map(|values| values["n"] as u32).collect();
        for (round, ticks) in layout.rounds.iter().enumerate() {
            let of = |n| in_sample_score(&program, &market, n, ticks);
            let best = (3..=14).map(of).fold(f64::NEG_INFINITY, f64::max);
            assert!((of(chosen[round]) - best).abs() < 1e-12, "{scheme:?} round {round}");
        }
        // What was chosen differs, else the rest of this test would say little.
        assert!(
            scheme[0].ends_with("date") || chosen.iter().any(|n| *n != chosen[0]),
            "{scheme:?}"
        );
        let out_of_sample = evaluation.backtest.span(Span::OutOfSample);
        let plain_run = |n: u32, fold: usize| {
            let plain = evaluate(&program, &market, &rules(&n.to_string()));
            plain.backtest.span(Span::OutOfSample)[fold].clone()
        };
        let follows = |path: &Vec<usize>| {
            let mut folds = path.iter().enumerate();
            folds.all(|(fold, round)| *out_of_sample[fold] == plain_run(chosen[*round], fold))
        };
        assert!(layout.paths.iter().any(follows), "{scheme:?}");
        let in_sample = evaluation.backtest.span(Span::InSample);
        if let Some(first) = in_sample.first() {
            let plain = evaluate(&program, &market, &rules(&chosen[0].to_string()));
            assert_eq!(**first, *plain.backtest.span(Span::InSample)[0]);
        }
    }
}

/// What comes after a round's in-sample part has no say in its choice.
#[test]
fn later_bars_change_no_earlier_choice() {
    let walk = program(&["split.scheme=walk-forward", "split.folds=4"]);
    let chosen = |market: &Market| {
        let evaluation = evaluate(&walk, market, &rules(FITTED));
        evaluation.fitted.unwrap().rounds
    };
    let all = layout(&timeline(1_500), &walk.settings.split).unwrap();
    let known = all.rounds[1][0].end;
    // From there on, a market whose best window is another one.
    let (before, after) = (chosen(&wave(1_500, 1_500, 9.0)), chosen(&wave(1_500, known, 3.0)));
    assert_eq!(before[..2], after[..2]);
    assert_ne!(before[3], after[3]);
}

#[test]
fn the_path_that_counts_has_the_lower_median_score() {
    let market = wave(1_500, 700, 3.0);
    let program = program(&["split.scheme=cpcv", "split.folds=5", "split.in_sample=0"]);
    let evaluation = evaluate(&program, &market, &rules(FITTED));
    let layout = layout(market.timeline(), &program.settings.split).unwrap();
    assert_eq!(layout.paths.len(), 4);
    // Each path scored on its own, from plain runs.
    let fitted = evaluation.fitted.as_ref().unwrap();
    let arena = Arena::new(&program, &market).unwrap();
    let plain: Vec<Evaluation> = (3..=14)
        .map(|n| arena.score(arena.backtest(&compiled(&rules(&n.to_string())))).unwrap())
        .collect();
    let sharpe = |path: &Vec<usize>| {
        let returns: Vec<f64> = path
            .iter()
            .enumerate()
            .flat_map(|(fold, round)| {
                let n = fitted.rounds[*round]["n"] as usize;
                plain[n - 3].backtest.span(Span::OutOfSample)[fold].returns()
            })
            .collect();
        returns.iter().sum::<f64>()
    };
    let own: f64 = evaluation.backtest.returns(Span::OutOfSample).concat().iter().sum();
    let mut sums: Vec<f64> = layout.paths.iter().map(sharpe).collect();
    assert!(sums.iter().any(|sum| sum.to_bits() == own.to_bits()));
    sums.sort_by(f64::total_cmp);
    assert!(sums[0] < sums[3], "the paths don't differ");
    assert!(own < sums[3], "the best path is not the one that counts");
}

#[test]
fn with_fitting_switched_off_the_written_value_counts() {
    let market = wave(1_500, 700, 3.0);
    let program = program(&["split.fit=false"]);
    let marked = evaluate(&program, &market, &rules(FITTED));
    assert_eq!(marked, evaluate(&program, &market, &rules("6")));
    assert_eq!(marked.fitted, None);
}

/// No more combinations than allowed, whatever the bounds; more parameters than the sequence has bases.
#[test]
fn combinations_are_bounded() {
    let market = wave(900, 900, 9.0);
    let program = program(&["split.fit_trials=9"]);
    let params: String = (0..14)
        .map(|i| format!("p{i} = {{ value = 1.5, min = 0.5, max = 2.5, fit = true }}\n"))
        .collect();
    let sum: Vec<String> = (0..14).map(|i| format!("p{i}")).collect();
    let text = format!(
        "[params]\n{params}[long]\nenter = 'close > sma(close, 5) + {} - 21'\nexit = 'close < sma(close, 5)'\n",
        sum.join(" + ")
    );
    let evaluation = evaluate(&program, &market, &text);
    let fitted = evaluation.fitted.unwrap();
    assert_eq!(fitted.tried, 9);
    let within = |value: &f64| (0.5..=2.5).contains(value);
    assert!(fitted.rounds.iter().flat_map(|round| round.values()).all(within));
}

#[test]
fn a_mark_is_part_of_what_a_strategy_does_and_names_are_not() {
    let hash = |text: &str| compiled(text).hash;
    let plain = hash(&rules("{ value = 6, min = 3, max = 14 }"));
    let fitted = hash(&rules(FITTED));
    assert_eq!(plain, hash(&rules("6")));
    assert_ne!(plain, fitted);
    assert_eq!(fitted, hash(&rules(FITTED).replace("\nn =", "\nlen =").replace(", n)", ", len)")));
    assert_ne!(fitted, hash(&rules("{ value = 6, min = 3, max = 15, fit = true }")));
    // Unmarked, or used by nothing, it is the plain strategy.
    assert_eq!(plain, hash(&rules("{ value = 6, min = 3, max = 14, fit = false }")));
    let unused = rules("6").replace("[long]", &format!("m = {FITTED}\n[long]"));
    assert_eq!(plain, hash(&unused));
}
