//! What equity and drawdown did over the folds, as numbers to draw.

use crate::backtest::{Backtest, Span};

/// Least equity that is drawn, as a fraction of the start: an account can be ruined, a logarithm can't.
const LEAST: f64 = 1e-3;

/// Growth of 1 over the bars of a span, its folds joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// At each close.
    pub equity: Vec<f64>,
    /// At each close, as a positive fraction of the peak before it.
    pub drawdown: Vec<f64>,
}

impl Curve {
    /// Accounts in time order, each of which started with `cash`, as if what one made was put into the next.
    fn of(backtest: &Backtest, span: Span, cash: f64) -> Self {
        let (mut equity, mut start) = (Vec::new(), 1.0);
        for run in backtest.span(span) {
            let growth = |value: &f64| start * (value / cash).max(LEAST);
            equity.extend(run.equity.iter().map(growth));
            start = equity.last().copied().unwrap_or(start).max(LEAST);
        }
        let mut peak: f64 = 1.0;
        let drawdown = equity.iter().map(|value| {
            peak = peak.max(*value);
            1.0 - value / peak
        });
        Self { drawdown: drawdown.collect(), equity }
    }
}

/// One span.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Which span.
    pub span: Span,
    /// Where each fold begins, in bars from the first of the span, and on what day.
    pub folds: Vec<(usize, String)>,
    /// The last day.
    pub to: String,
    /// The candidate.
    pub candidate: Curve,
    /// What it had to beat, if there was something.
    pub incumbent: Option<Curve>,
    /// Buy-and-hold of all symbols.
    pub market: Option<Curve>,
}

/// What was in-sample and what was out-of-sample, in this order.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// The spans.
    pub stretches: Vec<Stretch>,
}

impl Curves {
    /// Of a candidate, of what it had to beat, and of the market; `day` names a tick of the timeline, `cash` is what each
    /// account starts with. The holdout has no curve.
    pub fn of(
        (candidate, incumbent, market): (&Backtest, Option<&Backtest>, Option<&Backtest>),
        cash: f64,
        day: &dyn Fn(usize) -> String,
    ) -> Self {
        let stretch = |span: Span| {
            let runs = candidate.span(span);
            let last = runs.last()?.fold.ticks.end.saturating_sub(1);
            let mut bars = 0;
            let folds = runs.iter().map(|run| {
                let start = (bars, day(run.fold.ticks.start));
                bars += run.equity.len();
                start
            });
            Some(Stretch {
                span,
                folds: folds.collect(),
                to: day(last),
                candidate: Curve::of(candidate, span, cash),
                incumbent: incumbent.map(|backtest| Curve::of(backtest, span, cash)),
                market: market.map(|backtest| Curve::of(backtest, span, cash)),
            })
        };
        let spans = [Span::InSample, Span::OutOfSample];
        Self { stretches: spans.into_iter().filter_map(stretch).collect() }
    }

    /// The span that decides.
    pub fn out_of_sample(&self) -> Option<&Stretch> {
        self.stretches.iter().find(|stretch| stretch.span == Span::OutOfSample)
    }
}

/// At most so many points of a curve: of each part of it the last, or the highest.
pub fn thinned(values: &[f64], most: usize, highest: bool) -> Vec<(usize, f64)> {
    let points = values.len().min(most);
    let part = |at: usize| {
        let range = at * values.len() / points..(at + 1) * values.len() / points;
        let last = range.end - 1;
        match highest {
            true => (last, values[range].iter().copied().fold(f64::NEG_INFINITY, f64::max)),
            false => (last, values[last]),
        }
    };
    (0..points).map(part).collect()
}
