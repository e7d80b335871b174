//! Bars put together into longer ones, and what is known of when each bar ends.
//!
//! Everything here is causal: what a period holds, and the bar at which it is complete, depends on
//! nothing after that bar.
//!
//! Two kinds of time meet. Bars within a day are labelled by moments, at which the market's clocks show
//! something; daily bars by dates, which are what clocks show. Where both are compared, it is by clocks.

use std::borrow::Cow;

use super::time::DAY;
use super::{BarLength, Bars, Clock, TimeMs, Timeframe};

/// A symbol's bars as they came, or put together into the periods of a timeframe.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    bars: Cow<'a, Bars>,
    ends: Ends,
    /// Whether its times are dates rather than moments.
    is_dated: bool,
}

/// When the bars of a series end.
#[derive(Debug, Clone)]
enum Ends {
    /// All so long after their labels.
    Length(BarLength),
    /// With the periods that they were put together into.
    Periods(Periods),
}

/// What a series that was put together knows of its source.
#[derive(Debug, Clone)]
struct Periods {
    /// What clocks show when a period has ended.
    shown_ends: Vec<TimeMs>,
    /// When that is.
    ends: Vec<TimeMs>,
    /// What clocks show when it has surely ended: later where its last bar reaches beyond.
    latest_ends: Vec<TimeMs>,
    /// The bar of the source with whose close each period is complete; their number for a period that
    /// never is.
    complete_at: Vec<usize>,
}

impl<'a> Series<'a> {
    /// A symbol's own bars.
    pub fn native(bars: &'a Bars) -> Self {
        let length = BarLength::of(&bars.time);
        let is_dated = length.usual() >= DAY && bars.clock.is_utc();
        Self { bars: Cow::Borrowed(bars), ends: Ends::Length(length), is_dated }
    }

    /// The bars.
    pub fn bars(&self) -> &Bars {
        &self.bars
    }

    /// When a bar has surely ended: bars of several series with one label and one such end are known at
    /// the same time. Periods have it by clocks.
    pub fn latest_end(&self, bar: usize) -> TimeMs {
        match &self.ends {
            Ends::Length(length) => length.latest_end(self.bars.time[bar]),
            Ends::Periods(periods) => periods.latest_ends[bar],
        }
    }

    /// The earliest time at which each bar may have ended: what is decided at its close may use what is
    /// known by then.
    fn earliest_ends(&self) -> Cow<'_, [TimeMs]> {
        match &self.ends {
            Ends::Length(length) => {
                self.bars.time.iter().map(|label| length.earliest_end(*label)).collect()
            }
            Ends::Periods(periods) => Cow::Borrowed(&periods.ends),
        }
    }

    /// What clocks show then, if they are not changed at that very time.
    fn shown_ends(&self) -> Cow<'_, [TimeMs]> {
        match &self.ends {
            Ends::Length(length) => {
                let labels = self.bars.clock.shown(&self.bars.time);
                labels.iter().map(|label| length.earliest_end(*label)).collect()
            }
            Ends::Periods(periods) => Cow::Borrowed(&periods.shown_ends),
        }
    }

    /// The same for days: where clocks go back at the end of one, an hour of it is still to come.
    fn shown_days_ends(&self) -> Cow<'_, [TimeMs]> {
        let ends = self.shown_ends();
        if self.bars.clock.is_utc() {
            return ends;
        }
        let at_end = self.earliest_ends();
        let at_end = self.bars.clock.shown(&at_end);
        ends.iter().zip(at_end.iter()).map(|(end, at_end)| *end.min(at_end)).collect()
    }

    /// Its bars put together by `timeframe`: the first open, highest high, lowest low, last close, and the
    /// sums of volume and funding. The label is the period's start, from a day on as a date.
    ///
    /// Periods are those of the market's clocks. One is complete with the bar that reaches its end, or
    /// with the first one of a later period. A bar that comes after that and lies within it all the same
    /// makes a period of its own.
    #[must_use]
    pub fn resampled(&self, timeframe: Timeframe) -> Series<'static> {
        let mut builder = Builder::new(self, timeframe);
        for bar in 0..self.bars.len() {
            builder.push(bar);
        }
        let Builder { bars, periods, .. } = builder;
        let is_dated = self.is_dated;
        Series { bars: Cow::Owned(bars), ends: Ends::Periods(periods), is_dated }
    }

    /// For each bar of the series that this one was put together from: how many of its periods are complete
    /// with that bar's close. Empty for a symbol's own bars.
    pub fn complete_periods(&self, source_bars: usize) -> Vec<usize> {
        let Ends::Periods(periods) = &self.ends else { return Vec::new() };
        let mut complete = 0;
        let count = |bar| {
            while periods.complete_at.get(complete).is_some_and(|at| *at <= bar) {
                complete += 1;
            }
            complete
        };
        (0..source_bars).map(count).collect()
    }

    /// For each bar: how many bars of `other`, a symbol's own, have ended by its close. Bars of one length
    /// end together if their labels are the same.
    pub fn ended_of(&self, other: &Series<'_>) -> Vec<usize> {
        let by_clocks = self.is_dated != other.is_dated;
        let ends = if by_clocks { self.shown_days_ends() } else { self.earliest_ends() };
        let others = match by_clocks {
            true => other.bars.clock.shown(&other.bars.time),
            false => Cow::Borrowed(other.bars.time.as_slice()),
        };
        let (length, is_together) = match (&self.ends, &other.ends) {
            (_, Ends::Periods(_)) => return vec![0; ends.len()],
            (Ends::Length(own), Ends::Length(length)) => (length, own.usual() == length.usual()),
            (Ends::Periods(_), Ends::Length(length)) => (length, false),
        };
        let mut ended = 0;
        let count = |(label, end): (&TimeMs, &TimeMs)| {
            while let Some(other) = others.get(ended) {
                let has_ended = length.latest_end(*other) <= *end;
                if !(has_ended || is_together && !by_clocks && other <= label) {
                    break;
                }
                ended += 1;
            }
            ended
        };
        self.bars.time.iter().zip(ends.iter()).map(count).collect()
    }
}

/// Puts bars together, one after the other.
struct Builder<'s, 'b> {
    source: &'s Series<'b>,
    timeframe: Timeframe,
    /// What clocks show at the source's labels.
    shown: Cow<'s, [TimeMs]>,
    /// What they show when its bars may have ended, and when that is.
    shown_ends: Cow<'s, [TimeMs]>,
    ends: Cow<'s, [TimeMs]>,
    bars: Bars,
    periods: Periods,
    /// Where the last period starts, if it still takes bars.
    open: Option<TimeMs>,
}

impl<'s, 'b> Builder<'s, 'b> {
    fn new(source: &'s Series<'b>, timeframe: Timeframe) -> Self {
        let keeps_time = timeframe < Timeframe::Day;
        let bars = Bars {
            symbol: source.bars.symbol.clone(),
            funding: source.bars.funding.as_ref().map(|_| Vec::new()),
            clock: if keeps_time { source.bars.clock.clone() } else { Clock::default() },
            ..Bars::default()
        };
        let periods = Periods {
            shown_ends: Vec::new(),
            ends: Vec::new(),
            latest_ends: Vec::new(),
            complete_at: Vec::new(),
        };
        let shown = source.bars.clock.shown(&source.bars.time);
        let shown_ends = if keeps_time { source.shown_ends() } else { source.shown_days_ends() };
        let ends = source.earliest_ends();
        Self { source, timeframe, shown, shown_ends, ends, bars, periods, open: None }
    }

    fn push(&mut self, bar: usize) {
        let (start, end) = self.timeframe.period(self.shown[bar]);
        if self.open == Some(start) {
            self.extend(bar);
        } else {
            if self.open.is_some() {
                self.close(bar);
            }
            self.open(bar, (start, end));
        }
        if end <= self.shown_ends[bar] {
            self.close(bar);
        }
    }

    fn open(&mut self, bar: usize, (start, end): (TimeMs, TimeMs)) {
        let source = &self.source.bars;
        let is_moment = self.timeframe < Timeframe::Day;
        let offset = self.offset(bar);
        let label = if is_moment { source.clock.began(start, source.time[bar]) } else { start };
        // Labels rise: what is left of a period that was complete already comes after it.
        let least = self.bars.time.last().map_or(TimeMs::MIN, |last| last.saturating_add(1));
        self.bars.time.push(label.max(least));
        self.bars.open.push(source.open[bar]);
        self.bars.high.push(source.high[bar]);
        self.bars.low.push(source.low[bar]);
        self.bars.close.push(source.close[bar]);
        self.bars.volume.push(source.volume[bar]);
        if let (Some(sums), Some(funding)) = (&mut self.bars.funding, &source.funding) {
            sums.push(funding[bar]);
        }
        self.periods.shown_ends.push(end);
        self.periods.ends.push(end.saturating_sub(offset));
        self.periods.latest_ends.push(end.max(self.latest_shown(bar)));
        self.periods.complete_at.push(source.len());
        self.open = Some(start);
    }

    fn extend(&mut self, bar: usize) {
        let source = &self.source.bars;
        let merge = |column: &mut Vec<f64>, value: f64, with: fn(f64, f64) -> f64| {
            if let Some(last) = column.last_mut() {
                *last = with(*last, value);
            }
        };
        merge(&mut self.bars.high, source.high[bar], f64::max);
        merge(&mut self.bars.low, source.low[bar], f64::min);
        merge(&mut self.bars.close, source.close[bar], |_, close| close);
        merge(&mut self.bars.volume, source.volume[bar], |sum, volume| sum + volume);
        if let (Some(sums), Some(funding)) = (&mut self.bars.funding, &source.funding) {
            merge(sums, funding[bar], |sum, rate| sum + rate);
        }
        let (offset, latest_shown) = (self.offset(bar), self.latest_shown(bar));
        let Periods { shown_ends, ends, latest_ends, .. } = &mut self.periods;
        if let (Some(shown_end), Some(end), Some(latest)) =
            (shown_ends.last(), ends.last_mut(), latest_ends.last_mut())
        {
            *end = shown_end.saturating_sub(offset);
            *latest = (*latest).max(latest_shown);
        }
    }

    /// The last period is complete with the close of this bar.
    fn close(&mut self, bar: usize) {
        let Periods { ends, complete_at, .. } = &mut self.periods;
        if let (Some(end), Some(at)) = (ends.last_mut(), complete_at.last_mut()) {
            // Nobody reads it before this bar may have ended, whatever clocks did meanwhile.
            *end = (*end).min(self.ends[bar]);
            *at = bar;
        }
        self.open = None;
    }

    /// By how much clocks are ahead of the source's times, at a bar.
    fn offset(&self, bar: usize) -> i64 {
        match &self.source.ends {
            Ends::Length(_) => self.shown[bar].saturating_sub(self.source.bars.time[bar]),
            Ends::Periods(periods) => periods.shown_ends[bar].saturating_sub(periods.ends[bar]),
        }
    }

    /// What clocks show when a bar of the source has surely ended.
    fn latest_shown(&self, bar: usize) -> TimeMs {
        match &self.source.ends {
            Ends::Length(length) => length.latest_end(self.shown[bar]),
            Ends::Periods(periods) => periods.latest_ends[bar],
        }
    }
}
