//! Bars put together into longer ones, and what is known of when each bar ends.
//!
//! Everything here is causal: what a period holds, and the bar at which it is complete, depends on
//! nothing after that bar.

use std::borrow::Cow;

use super::{BarLength, Bars, TimeMs, Timeframe};

/// A symbol's bars as they came, or put together into the periods of a timeframe.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    bars: Cow<'a, Bars>,
    ends: Ends,
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
    timeframe: Timeframe,
    /// When each period has ended: at the end that the calendar gives it.
    ends: Vec<TimeMs>,
    /// The same, or later where its last bar reaches beyond.
    surely: Vec<TimeMs>,
    /// The bar of the source with whose close each period is complete; its length for a period that
    /// never is.
    complete_at: Vec<usize>,
}

impl<'a> Series<'a> {
    /// A symbol's own bars.
    pub fn native(bars: &'a Bars) -> Self {
        Self { bars: Cow::Borrowed(bars), ends: Ends::Length(BarLength::of(&bars.time)) }
    }

    /// The bars.
    pub fn bars(&self) -> &Bars {
        &self.bars
    }

    /// What a bar lasts as a rule, in milliseconds; of periods, the least.
    pub fn length(&self) -> i64 {
        match &self.ends {
            Ends::Length(length) => length.usual(),
            Ends::Periods(periods) => periods.timeframe.shortest(),
        }
    }

    /// The earliest time at which a bar may have ended: what is decided at its close may use what is
    /// known by then.
    fn earliest_end(&self, bar: usize) -> TimeMs {
        match &self.ends {
            Ends::Length(length) => length.earliest_end(self.bars.time[bar]),
            Ends::Periods(periods) => periods.ends[bar],
        }
    }

    /// The time at which a bar has surely ended.
    pub fn latest_end(&self, bar: usize) -> TimeMs {
        match &self.ends {
            Ends::Length(length) => length.latest_end(self.bars.time[bar]),
            Ends::Periods(periods) => periods.surely[bar],
        }
    }

    /// Its bars put together by `timeframe`: the first open, highest high, lowest low, last close, the sums
    /// of volume and funding, and the period's start as the label.
    ///
    /// A period is complete with the bar that reaches its end, or with the first one of a later period. A
    /// bar that comes after that and lies within it all the same makes a period of its own.
    #[must_use]
    pub fn resampled(&self, timeframe: Timeframe) -> Series<'static> {
        let mut builder = Builder::new(self, timeframe);
        for bar in 0..self.bars.len() {
            builder.push(bar);
        }
        let Builder { bars, periods, .. } = builder;
        Series { bars: Cow::Owned(bars), ends: Ends::Periods(periods) }
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
        let together = match (&self.ends, &other.ends) {
            (Ends::Length(own), Ends::Length(others)) => own.usual() == others.usual(),
            _ => false,
        };
        let mut ended = 0;
        let count = |bar| {
            let by = self.earliest_end(bar);
            while let Some(label) = other.bars.time.get(ended) {
                let has_ended = other.latest_end(ended) <= by;
                if !(has_ended || together && *label <= self.bars.time[bar]) {
                    break;
                }
                ended += 1;
            }
            ended
        };
        (0..self.bars.len()).map(count).collect()
    }
}

/// Puts bars together, one after the other.
struct Builder<'s, 'b> {
    source: &'s Series<'b>,
    timeframe: Timeframe,
    bars: Bars,
    periods: Periods,
    /// Whether the last period still takes bars.
    is_open: bool,
}

impl<'s, 'b> Builder<'s, 'b> {
    fn new(source: &'s Series<'b>, timeframe: Timeframe) -> Self {
        let bars = Bars {
            symbol: source.bars.symbol.clone(),
            funding: source.bars.funding.as_ref().map(|_| Vec::new()),
            ..Bars::default()
        };
        let periods =
            Periods { timeframe, ends: Vec::new(), surely: Vec::new(), complete_at: Vec::new() };
        Self { source, timeframe, bars, periods, is_open: false }
    }

    fn push(&mut self, bar: usize) {
        let label = self.source.bars.time[bar];
        let ended = self.periods.ends.last().is_some_and(|end| *end <= label);
        if self.is_open && ended {
            self.close(bar);
        }
        if self.is_open {
            self.extend(bar);
        } else {
            self.open(bar);
        }
        let by = self.source.earliest_end(bar);
        if self.periods.ends.last().is_some_and(|end| *end <= by) {
            self.close(bar);
        }
    }

    fn open(&mut self, bar: usize) {
        let source = &self.source.bars;
        let label = source.time[bar];
        let (start, end) = self.timeframe.period(label);
        // Labels rise: what is left of a period that was complete already begins where it is.
        let is_rest = self.bars.time.last().is_some_and(|last| *last >= start);
        self.bars.time.push(if is_rest { label } else { start });
        self.bars.open.push(source.open[bar]);
        self.bars.high.push(source.high[bar]);
        self.bars.low.push(source.low[bar]);
        self.bars.close.push(source.close[bar]);
        self.bars.volume.push(source.volume[bar]);
        if let (Some(sums), Some(funding)) = (&mut self.bars.funding, &source.funding) {
            sums.push(funding[bar]);
        }
        self.periods.ends.push(end);
        self.periods.surely.push(end.max(self.source.latest_end(bar)));
        self.periods.complete_at.push(source.len());
        self.is_open = true;
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
        if let Some(surely) = self.periods.surely.last_mut() {
            *surely = (*surely).max(self.source.latest_end(bar));
        }
    }

    fn close(&mut self, bar: usize) {
        if let Some(at) = self.periods.complete_at.last_mut() {
            *at = bar;
        }
        self.is_open = false;
    }
}
