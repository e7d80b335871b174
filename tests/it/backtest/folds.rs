//! The split: spans that never overlap, an embargo between them, and a holdout that nothing looks at.

use proptest::prelude::*;
use sprag::backtest::{Fold, Span, SplitError, layout};
use sprag::evaluation::{Arena, Evaluation};
use sprag::market::{Bars, Market, format_time};
use sprag::program::{Program, SplitSettings};

use super::compiled;

const DAY: i64 = 86_400_000;
const STRATEGY: &str = "[long]\nenter = 'close > sma(close, 5)'\nexit = 'close < sma(close, 5)'\n\
                        [short]\nenter = 'close < sma(close, 9)'\nexit = 'close > sma(close, 5)'\n\
                        [risk]\nstop_loss = '2 * atr(5)'\n";

/// A wave with some noise: trades in every fold. `bend` changes what comes from bar `from` on.
fn wave(symbol: &str, bars: usize, from: usize, bend: f64) -> Bars {
    let mut out = Bars { symbol: symbol.into(), ..Bars::default() };
    for i in 0..bars {
        let x = i as f64;
        let bend = if i < from { 1.0 } else { bend };
        let close = (100.0 + 10.0 * (x / 7.0).sin() + 3.0 * (x * 1.7).sin()) * bend;
        out.time.push(i as i64 * DAY);
        out.open.push(close * 0.999);
        out.high.push(close * 1.01);
        out.low.push(close * 0.985);
        out.close.push(close);
        out.volume.push(1_000.0 * bend);
    }
    out
}

fn folds(timeline: &[i64], settings: &SplitSettings) -> Result<Vec<Fold>, SplitError> {
    layout(timeline, settings).map(|layout| layout.folds())
}

fn timeline(bars: usize) -> Vec<i64> {
    (0..bars).map(|i| i as i64 * DAY).collect()
}

fn evaluate(program: &Program, market: &Market) -> (String, Evaluation) {
    let arena = Arena::new(program, market).unwrap();
    let evaluation = arena.score(arena.backtest(&compiled(STRATEGY))).unwrap();
    (arena.epoch().to_owned(), evaluation)
}

fn of(folds: &[Fold], span: Span) -> Vec<&Fold> {
    folds.iter().filter(|fold| fold.span == span).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_follow_each_other_with_an_embargo_between(
        bars in 0_usize..4_000,
        in_sample in 0.05..0.95,
        holdout in 0.0..0.6,
        holdout_min_bars in 0_usize..400,
        in_sample_folds in 1_usize..6,
        oos_folds in 1_usize..12,
        embargo_bars in 0_usize..40,
    ) {
        let settings = SplitSettings {
            in_sample, holdout, holdout_min_bars, in_sample_folds, folds: oos_folds, embargo_bars,
            ..SplitSettings::default()
        };
        let folds = match folds(&timeline(bars), &settings) {
            Ok(folds) => folds,
            Err(error) => {
                prop_assert!(matches!(error, SplitError::TooShort { .. }), "{}", error);
                prop_assert!(bars < 12_000);
                return Ok(());
            }
        };
        let (is, oos) = (of(&folds, Span::InSample), of(&folds, Span::OutOfSample));
        let held = of(&folds, Span::Holdout);
        prop_assert_eq!((is.len(), oos.len()), (in_sample_folds, oos_folds));
        prop_assert_eq!(held.len(), usize::from(holdout > 0.0));
        prop_assert_eq!(is[0].ticks.start, 0);
        let last = |folds: &[&Fold]| folds.last().unwrap().ticks.end;
        prop_assert_eq!(oos[0].ticks.start, last(&is) + embargo_bars);
        if let Some(held) = held.first() {
            prop_assert_eq!(held.ticks.start, last(&oos) + embargo_bars);
            prop_assert_eq!(held.ticks.end, bars);
            prop_assert!(held.ticks.len() >= holdout_min_bars);
            prop_assert!(held.ticks.len() as f64 >= bars as f64 * holdout);
        } else {
            prop_assert_eq!(last(&oos), bars);
        }
        // Within a span, folds touch and differ by at most one bar.
        for span in [&is, &oos] {
            for pair in span.windows(2) {
                prop_assert_eq!(pair[0].ticks.end, pair[1].ticks.start);
                prop_assert!(pair[0].ticks.len() - pair[1].ticks.len() <= 1);
                prop_assert_eq!(pair[0].id + 1, pair[1].id);
            }
        }
    }

    /// Whatever the holdout's bars are, the evaluation is the same to the bit; only the epoch knows.
    #[test]
    fn the_holdout_changes_nothing(bars in 700_usize..900, at in 0.0..1.0, bend in 0.2..5.0) {
        let program = Program::default();
        let market = Market::new(vec![wave("A", bars, bars, 1.0), wave("B", bars, bars, 1.0)]);
        let all = folds(market.timeline(), &program.settings.split).unwrap();
        let held = of(&all, Span::Holdout)[0].ticks.clone();
        // The embargo before the holdout is nobody's either.
        let first = held.start - program.settings.split.embargo_bars;
        let from = first + ((held.end - first) as f64 * at) as usize;
        let other = Market::new(vec![wave("A", bars, from, bend), wave("B", bars, bars, 1.0)]);
        let ((epoch, before), (other_epoch, after)) =
            (evaluate(&program, &market), evaluate(&program, &other));
        prop_assert_eq!(&before, &after);
        for run in &before.backtest.runs {
            prop_assert!(run.fold.span != Span::Holdout && run.fold.ticks.end <= first);
            prop_assert!(!run.trades.is_empty());
        }
        prop_assert_ne!(market.hash(), other.hash());
        prop_assert_ne!(epoch, other_epoch);
    }
}

/// With dates, more data at the end is more holdout and nothing else.
#[test]
fn bars_that_are_added_to_a_dated_holdout_change_no_evaluation() {
    let mut program = Program::default();
    let date = |bar: i64| format_time(bar * DAY)[..10].to_owned();
    for (key, bar) in [("split.out_of_sample_from", 300), ("split.holdout_from", 600)] {
        program.set(&format!("{key}={}", date(bar))).unwrap();
    }
    let (short, long) =
        (Market::new(vec![wave("A", 650, 650, 1.0)]), Market::new(vec![wave("A", 900, 900, 1.0)]));
    let ((_, before), (_, after)) = (evaluate(&program, &short), evaluate(&program, &long));
    assert_eq!(before, after);
    // The spans start on their dates; the embargo of five bars is taken from what is before them.
    let ends = |span| {
        let runs = before.backtest.span(span);
        runs[0].fold.ticks.start..runs.last().unwrap().fold.ticks.end
    };
    assert_eq!((ends(Span::InSample), ends(Span::OutOfSample)), (0..295, 300..595));
}

/// Out-of-sample results can't depend on how in-sample ones came out, only on warm-up bars' prices.
#[test]
fn out_of_sample_accounts_know_nothing_of_in_sample_ones() {
    let market = Market::new(vec![wave("A", 900, 900, 1.0)]);
    let mut program = Program::default();
    let (_, three) = evaluate(&program, &market);
    program.set("split.in_sample_folds=7").unwrap();
    let (_, seven) = evaluate(&program, &market);
    let runs = |evaluation: &Evaluation| -> Vec<_> {
        evaluation.backtest.span(Span::OutOfSample).into_iter().cloned().collect()
    };
    assert_eq!(runs(&three), runs(&seven));
    assert_ne!(three.in_sample, seven.in_sample);
}

#[test]
fn a_split_that_does_not_fit_says_which_span_and_what_to_do() {
    let settings = SplitSettings::default();
    let error = folds(&timeline(400), &settings).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the out_of_sample span has 70 bars for 5 folds, 5 embargo bars left out, and a fold needs 20: \
         use fewer folds, other dates, or more data ([split] in program.md)"
    );
    let settings = SplitSettings { holdout_from: "2020-13-01".into(), ..settings };
    let error = folds(&timeline(4_000), &settings).unwrap_err();
    assert_eq!(
        error.to_string(),
        "[split] holdout_from = \"2020-13-01\" is not a date; write YYYY-MM-DD"
    );
}
