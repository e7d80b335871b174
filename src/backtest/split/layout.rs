//! From the settings to folds: where the spans begin, how they are cut, which in-sample part goes with which fold.

use std::ops::Range;

use super::{Fold, MIN_FOLD_BARS, MOST_ROUNDS, Span, SplitError};
use crate::market::{TimeMs, time};
use crate::program::{SplitScheme, SplitSettings};
use crate::splits::{Cpcv, WalkForward};

/// A timeline, cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// In-sample folds in time order, all before the first out-of-sample tick. None only with cpcv.
    pub in_sample: Vec<Fold>,
    /// Out-of-sample folds in time order; no two share a tick.
    pub out_of_sample: Vec<Fold>,
    /// In-sample parts, each the ticks on which parameters are chosen at once. If there are in-sample folds, they
    /// belong to the first.
    pub rounds: Vec<Vec<Range<usize>>>,
    /// Backtest paths over all out-of-sample folds: the round whose choice each fold is run with. One path, except
    /// with cpcv.
    pub paths: Vec<Vec<usize>>,
    /// The holdout, if there is one.
    pub holdout: Option<Sealed>,
}

/// The holdout, and what may be known before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its one fold.
    pub fold: Fold,
    /// The ticks on which parameters are chosen for it.
    pub fitted_on: Vec<Range<usize>>,
}

impl Layout {
    /// In-sample folds, then out-of-sample folds, then the holdout.
    pub fn folds(&self) -> Vec<Fold> {
        let holdout = self.holdout.iter().map(|holdout| &holdout.fold);
        self.in_sample.iter().chain(&self.out_of_sample).chain(holdout).cloned().collect()
    }
}

/// Where the spans begin and end.
struct Bounds {
    /// First out-of-sample tick.
    out_of_sample: usize,
    /// The tick after the last out-of-sample one.
    end: usize,
    /// First tick of the holdout; the number of ticks if there is none.
    holdout: usize,
    /// Ticks left out before a span that must not know what is before it.
    gap: usize,
}

impl Bounds {
    /// Ticks left out before the holdout.
    fn left_out(&self) -> usize {
        self.holdout - self.end
    }
}

/// Cuts a timeline as the settings say.
///
/// Bars that are left out between spans are taken from the end of the earlier one, so that the next one starts at the
/// date that the settings name and the holdout is as long as they ask for.
///
/// # Errors
///
/// Dates that aren't, spans too short for their folds, more rounds than anybody would wait for.
pub fn layout(timeline: &[TimeMs], settings: &SplitSettings) -> Result<Layout, SplitError> {
    let bars = timeline.len();
    let bounds = bounds(timeline, settings)?;
    let mut layout = match settings.scheme {
        SplitScheme::Date => by_date(&bounds, settings)?,
        SplitScheme::WalkForward => walk_forward(&bounds, settings)?,
        SplitScheme::Cpcv => cpcv(&bounds, settings)?,
    };
    if layout.rounds.len() > MOST_ROUNDS {
        return Err(SplitError::TooManyRounds { rounds: layout.rounds.len() });
    }
    if bounds.holdout < bars {
        let fold = cut(Span::Holdout, bounds.holdout..bars, 1, 0)?.swap_remove(0);
        layout.holdout = Some(Sealed { fold, fitted_on: before_holdout(&bounds, settings) });
    }
    Ok(layout)
}

fn bounds(timeline: &[TimeMs], settings: &SplitSettings) -> Result<Bounds, SplitError> {
    let bars = timeline.len();
    let holdout = match date("holdout_from", &settings.holdout_from)? {
        Some(from) => timeline.partition_point(|t| *t < from),
        None if settings.holdout_bars > 0 => bars.saturating_sub(settings.holdout_bars),
        None if settings.holdout > 0.0 => {
            let part = (bars as f64 * settings.holdout).ceil() as usize;
            bars.saturating_sub(part.max(settings.holdout_min_bars))
        }
        None => bars,
    };
    let gap = settings.purge_bars + settings.embargo_bars;
    let out_of_sample = match date("out_of_sample_from", &settings.out_of_sample_from)? {
        Some(from) => timeline.partition_point(|t| *t < from),
        None if settings.in_sample_bars > 0 => settings.in_sample_bars + gap,
        None => (holdout as f64 * settings.in_sample).round() as usize,
    };
    let end = if holdout < bars { holdout.saturating_sub(gap) } else { bars };
    Ok(Bounds { out_of_sample: out_of_sample.min(holdout), end, holdout, gap })
}

fn date(key: &'static str, value: &str) -> Result<Option<TimeMs>, SplitError> {
    if value.is_empty() {
        return Ok(None);
    }
    let parsed = time::parse_date(value);
    parsed.map(Some).map_err(|_| SplitError::Date { key, value: value.into() })
}

fn by_date(bounds: &Bounds, settings: &SplitSettings) -> Result<Layout, SplitError> {
    let in_sample = in_sample(bounds, settings)?;
    let span = bounds.out_of_sample..bounds.holdout;
    let out_of_sample = cut(Span::OutOfSample, span, settings.folds, bounds.left_out())?;
    let rounds = vec![ticks(&in_sample)];
    let paths = vec![vec![0; out_of_sample.len()]];
    Ok(Layout { in_sample, out_of_sample, rounds, paths, holdout: None })
}

fn walk_forward(bounds: &Bounds, settings: &SplitSettings) -> Result<Layout, SplitError> {
    let in_sample = in_sample(bounds, settings)?;
    let window = match settings.fold_bars {
        0 => bounds.end.saturating_sub(bounds.out_of_sample) / settings.folds.max(1),
        bars => bars,
    };
    if window < MIN_FOLD_BARS {
        let bars = bounds.end.saturating_sub(bounds.out_of_sample);
        let (span, embargo) = (Span::OutOfSample, bounds.left_out());
        return Err(SplitError::TooShort { span, bars, folds: settings.folds, embargo });
    }
    let splits = WalkForward {
        bars: bounds.end,
        in_sample: bounds.out_of_sample - bounds.gap,
        out_of_sample: window,
        purge: bounds.gap,
        anchored: settings.anchored,
        keep_last: false,
    }
    .splits()?;
    let tests = splits.iter().flat_map(|split| split.out_of_sample.clone());
    let out_of_sample = folds(Span::OutOfSample, tests);
    let paths = vec![(0..out_of_sample.len()).collect()];
    let rounds = splits.into_iter().map(|split| split.in_sample).collect();
    Ok(Layout { in_sample, out_of_sample, rounds, paths, holdout: None })
}

fn cpcv(bounds: &Bounds, settings: &SplitSettings) -> Result<Layout, SplitError> {
    let start = bounds.out_of_sample;
    let in_sample = if start == 0 { Vec::new() } else { in_sample(bounds, settings)? };
    let bars = bounds.end.saturating_sub(start);
    if bars / settings.folds.max(1) < MIN_FOLD_BARS {
        let (span, embargo) = (Span::OutOfSample, bounds.left_out());
        return Err(SplitError::TooShort { span, bars, folds: settings.folds, embargo });
    }
    let made = Cpcv {
        bars,
        folds: settings.folds,
        test_folds: settings.test_folds,
        purge: settings.purge_bars,
        embargo: settings.embargo_bars,
    }
    .splits()?;
    let shifted = |run: &Range<usize>| run.start + start..run.end + start;
    let mut tests: Vec<Range<usize>> =
        made.splits.iter().flat_map(|split| &split.out_of_sample).map(shifted).collect();
    tests.sort_by_key(|test| test.start);
    tests.dedup();
    let mut rounds = Vec::from_iter((!in_sample.is_empty()).then(|| ticks(&in_sample)));
    let mut paths = vec![vec![0; tests.len()]; made.paths];
    for (split, ids) in made.splits.iter().zip(&made.path_ids) {
        for (test, path) in split.out_of_sample.iter().zip(ids) {
            let fold = tests.partition_point(|known| known.start < test.start + start);
            paths[*path][fold] = rounds.len();
        }
        rounds.push(split.in_sample.iter().map(shifted).collect());
    }
    let out_of_sample = folds(Span::OutOfSample, tests.into_iter());
    Ok(Layout { in_sample, out_of_sample, rounds, paths, holdout: None })
}

/// The in-sample span that a proposer may see, cut.
fn in_sample(bounds: &Bounds, settings: &SplitSettings) -> Result<Vec<Fold>, SplitError> {
    cut(Span::InSample, 0..bounds.out_of_sample, settings.in_sample_folds, bounds.gap)
}

/// What parameters are chosen on before they meet the holdout: everything known by then, as far as the scheme lets an
/// out-of-sample fold know it.
fn before_holdout(bounds: &Bounds, settings: &SplitSettings) -> Vec<Range<usize>> {
    let rolling = settings.scheme == SplitScheme::WalkForward && !settings.anchored;
    let window = bounds.out_of_sample.saturating_sub(bounds.gap);
    let start = if rolling { bounds.end.saturating_sub(window) } else { 0 };
    std::iter::once(start..bounds.end).collect()
}

fn ticks(folds: &[Fold]) -> Vec<Range<usize>> {
    folds.iter().map(|fold| fold.ticks.clone()).collect()
}

fn folds(span: Span, runs: impl Iterator<Item = Range<usize>>) -> Vec<Fold> {
    runs.enumerate().map(|(id, ticks)| Fold { id, span, ticks }).collect()
}

/// Cuts a part into folds of equal length, the first ones a bar longer, leaving out the last `embargo` ticks.
fn cut(
    span: Span,
    part: Range<usize>,
    count: usize,
    embargo: usize,
) -> Result<Vec<Fold>, SplitError> {
    let part = part.start..part.end.saturating_sub(embargo).max(part.start);
    let bars = part.len();
    if count == 0 || bars / count < MIN_FOLD_BARS {
        return Err(SplitError::TooShort { span, bars, folds: count, embargo });
    }
    let mut start = part.start;
    let runs = (0..count).map(|id| {
        let end = start + bars / count + usize::from(id < bars % count);
        let run = start..end;
        start = end;
        run
    });
    Ok(folds(span, runs))
}
