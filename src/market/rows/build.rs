//! Rows to columns, each row held to the rules that make a bar a bar.

use super::super::{
    Bars, TimeMs,
    finding::{Finding, Kind},
    inspect::Lines,
    time::format_short,
    zone::Clock,
};
use super::{CLOSE, FUNDING, HIGH, LOW, MAX_ERRORS, NAMES, OPEN, Row, VOLUME, header::Layout};

/// Collects the bars and the errors of one file.
pub(in crate::market) struct Builder {
    bars: Bars,
    lines: Lines,
    previous: TimeMs,
    errors: Vec<Finding>,
    unlisted: u64,
}

/// What was collected.
pub(in crate::market) struct Built {
    /// All rows that could be read; only good ones if there is no error.
    pub bars: Bars,
    pub lines: Lines,
    pub errors: Vec<Finding>,
}

impl Builder {
    pub fn new(symbol: &str, layout: &Layout, rows: usize) -> Self {
        let column = || Vec::with_capacity(rows);
        let bars = Bars {
            symbol: symbol.into(),
            time: Vec::with_capacity(rows),
            open: column(),
            high: column(),
            low: column(),
            close: column(),
            volume: column(),
            funding: layout.has_funding.then(column),
            clock: Clock::default(),
        };
        Self {
            bars,
            lines: Lines::default(),
            previous: TimeMs::MIN,
            errors: Vec::new(),
            unlisted: 0,
        }
    }

    /// Takes a row that could be read.
    #[inline]
    pub fn push(&mut self, line: u64, row: Row) {
        if !is_good(self.previous, &row) {
            self.diagnose(line, &row);
        }
        self.previous = row.time;
        self.lines.push(self.bars.time.len(), line);
        let bars = &mut self.bars;
        bars.time.push(row.time);
        bars.open.push(row.values[OPEN]);
        bars.high.push(row.values[HIGH]);
        bars.low.push(row.values[LOW]);
        bars.close.push(row.values[CLOSE]);
        // Adding 0 turns -0 into 0, so that both spellings hash alike.
        bars.volume.push(row.values[VOLUME] + 0.0);
        if let Some(funding) = &mut bars.funding {
            funding.push(row.values[FUNDING] + 0.0);
        }
    }

    /// Takes note of an error.
    pub fn reject(&mut self, error: Finding) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        } else {
            self.unlisted += 1;
        }
    }

    /// The columns and the errors, with a word on those that weren't listed.
    pub fn finish(mut self) -> Built {
        if self.unlisted > 0 {
            let message = format!("and {} more errors", self.unlisted);
            self.errors.push(Finding::whole(Kind::MoreErrors, message));
        }
        Built { bars: self.bars, lines: self.lines, errors: self.errors }
    }

    /// Says what is wrong with a row that isn't good.
    #[cold]
    fn diagnose(&mut self, line: u64, row: &Row) {
        if row.time <= self.previous {
            self.reject(time_error(line, self.previous, row.time));
        }
        let prices_before = self.errors.len() as u64 + self.unlisted;
        for value in [OPEN, HIGH, LOW, CLOSE] {
            let (name, price) = (NAMES[value], row.values[value]);
            if !price.is_finite() {
                let message = format!("the {name} is {price}; expected a finite number");
                self.reject(Finding::at(line, Kind::NonFinitePrice, message));
            } else if price <= 0.0 {
                let message = format!(
                    "the {name} is {price}; prices must be positive (back-adjusted futures may need \
                     ratio adjustment)"
                );
                self.reject(Finding::at(line, Kind::NonPositivePrice, message));
            }
        }
        // Comparisons of broken prices would only repeat what was just said.
        if self.errors.len() as u64 + self.unlisted == prices_before {
            self.check_range(line, row);
        }
        let volume = row.values[VOLUME];
        if volume < 0.0 {
            let message = format!("the volume is {volume}; expected 0 or more");
            self.reject(Finding::at(line, Kind::NegativeVolume, message));
        }
        for value in [VOLUME, FUNDING] {
            let (name, number) = (NAMES[value], row.values[value]);
            if !number.is_finite() {
                let message = format!("the {name} is {number}; expected a finite number");
                self.reject(Finding::at(line, Kind::UnparsableField, message));
            }
        }
    }

    fn check_range(&mut self, line: u64, row: &Row) {
        let [open, high, low, close, ..] = row.values;
        let below: Vec<String> = [("open", open), ("close", close), ("low", low)]
            .into_iter()
            .filter(|(_, price)| high < *price)
            .map(|(name, price)| format!("the {name} {price}"))
            .collect();
        if !below.is_empty() {
            let message = format!("the high {high} is below {}", below.join(" and "));
            self.reject(Finding::at(line, Kind::HighBelow, message));
        }
        let above: Vec<String> = [("open", open), ("close", close)]
            .into_iter()
            .filter(|(_, price)| low > *price)
            .map(|(name, price)| format!("the {name} {price}"))
            .collect();
        if !above.is_empty() {
            let message = format!("the low {low} is above {}", above.join(" and "));
            self.reject(Finding::at(line, Kind::LowAbove, message));
        }
    }
}

/// All rules at once; every comparison with NaN is false, so NaN never passes.
#[inline]
fn is_good(previous: TimeMs, row: &Row) -> bool {
    let [open, high, low, close, volume, funding] = row.values;
    (row.time > previous)
        & (low > 0.0)
        & (low <= open)
        & (low <= close)
        & (high >= open)
        & (high >= close)
        & (high < f64::INFINITY)
        & (0.0..f64::INFINITY).contains(&volume)
        & funding.is_finite()
}

fn time_error(line: u64, previous: TimeMs, time: TimeMs) -> Finding {
    if time == previous {
        let message =
            format!("{} is the time of the row before; remove one of them", format_short(time));
        return Finding::at(line, Kind::DuplicateTime, message);
    }
    let message = format!(
        "{} is before the row above it ({}); sort the file by time, oldest first",
        format_short(time),
        format_short(previous)
    );
    Finding::at(line, Kind::TimeNotRising, message)
}
