//! The time column: which notation a file uses, settled by its first row, and one field at a time.

use super::super::{
    TimeMs,
    number::parse_number,
    time::{
        DAY, MAX_TIME, MIN_TIME, TimeError, digits, midnight, milliseconds, parse_clock, parse_day,
    },
    zone::{ClockReader, Moment, Zone},
};

/// What a number since 1970-01-01T00:00:00Z counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::market) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Unit {
    /// The unit in which `magnitude` lies between the years 1973 and 5138 (in seconds, also before):
    /// seconds of today have 10 digits, milliseconds 13, microseconds 16, nanoseconds 19.
    fn of(magnitude: f64) -> Self {
        match magnitude {
            m if m < 1e11 => Self::Seconds,
            m if m < 1e14 => Self::Milliseconds,
            m if m < 1e17 => Self::Microseconds,
            _ => Self::Nanoseconds,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
            Self::Nanoseconds => "nanoseconds",
        }
    }
}

/// The notation of a file's time column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Iso,
    /// `20200131`
    Compact,
    Epoch(Unit),
}

/// The first row of an epoch file is at least this far from 1970 (seconds: 1973): smaller numbers are row
/// numbers, spreadsheet days or mistyped compact dates.
const MIN_FIRST_EPOCH: f64 = 1e8;

/// Why a time field can't be read. Messages read after "`…` isn't a time: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::market) enum TimeProblem {
    #[error(transparent)]
    Iso(#[from] TimeError),
    #[error("day and month can't be told apart; write ISO dates such as 2020-01-31")]
    Ambiguous,
    #[error("expected a date such as 20200131, as in the first row")]
    NotCompact,
    #[error("expected {} since 1970, as in the first row", .0.name())]
    NotEpoch(Unit),
    #[error(
        "it is too small for a time since 1970 and no date such as 20200131; row numbers and \
         spreadsheet day numbers can't be used"
    )]
    TooSmall,
    #[error("it lies outside the years 1 to 9999")]
    OutOfRange,
    #[error(
        "clocks of the market's zone skip it when they go forward; write times with Z or an offset, or \
         state another `timezone` under [market]"
    )]
    Skipped,
}

/// Reads the time column of one file.
#[derive(Debug, Default)]
pub(in crate::market) struct TimeField {
    form: Option<Form>,
    /// The last date read and its midnight: intraday rows repeat it hundreds of times.
    day: Option<([u8; 10], TimeMs)>,
    zoneless: bool,
    /// What times without a zone mean.
    clock: ClockReader,
    /// The time of the row before.
    previous: Option<TimeMs>,
    /// The last time that clocks showed twice, and how many there were.
    repeated: (Option<TimeMs>, u64),
    /// Rows at midnight of a zone that isn't UTC; rows at any other time.
    foreign_midnights: bool,
    other_times: bool,
}

impl TimeField {
    /// Reads times without a zone as clocks of this one.
    pub fn new(zone: &Zone) -> Self {
        Self { clock: ClockReader::new(zone), ..Self::default() }
    }

    /// The zone of times that have none.
    pub fn zone(&self) -> &Zone {
        self.clock.zone()
    }

    /// Takes note that a row has this time: the next one is expected to be later.
    #[inline]
    pub fn took(&mut self, time: TimeMs) {
        self.previous = Some(time);
    }

    /// One field without blanks around it.
    #[inline]
    pub fn read(&mut self, text: &[u8]) -> Result<TimeMs, TimeProblem> {
        match self.form {
            Some(Form::Iso) => self.read_iso(text),
            Some(Form::Compact) => read_compact(text).ok_or(TimeProblem::NotCompact),
            Some(Form::Epoch(unit)) => read_epoch(text, unit),
            None => self.read_first(text),
        }
    }

    /// A whole number that stands for a time as its digits would.
    pub fn read_whole(&mut self, number: i64) -> Result<TimeMs, TimeProblem> {
        match self.form {
            Some(Form::Epoch(unit)) => epoch(i128::from(number), 0, unit),
            _ => self.read(number.to_string().as_bytes()),
        }
    }

    /// A number with a fraction that stands for a time as its digits would.
    pub fn read_real(&mut self, number: f64) -> Result<TimeMs, TimeProblem> {
        match self.form {
            Some(Form::Epoch(unit)) => epoch_float(number, unit),
            _ => self.read(number.to_string().as_bytes()),
        }
    }

    /// A date, in days since 1970.
    pub fn read_days(&mut self, days: i64) -> Result<TimeMs, TimeProblem> {
        self.other_times = true;
        in_range(days.saturating_mul(DAY))
    }

    /// Milliseconds since 1970, at UTC or on clocks of no stated zone.
    pub fn read_ms(&mut self, ms: TimeMs, utc: bool) -> Result<TimeMs, TimeProblem> {
        self.other_times = true;
        if utc { in_range(ms) } else { in_range(self.read_clock(in_range(ms)?)?) }
    }

    /// What clocks without a stated zone show, as milliseconds since 1970 would at UTC. Of two times at which
    /// they show it, the first that is later than the row before.
    fn read_clock(&mut self, shown: i64) -> Result<TimeMs, TimeProblem> {
        self.zoneless = true;
        match self.clock.read(shown) {
            Moment::Once(time) => Ok(time),
            Moment::Twice(first, second) => {
                let is_first = self.previous.is_none_or(|previous| previous < first);
                let time = if is_first { first } else { second };
                // A field may be read twice, if another one of its row is unusual.
                if self.repeated.0 != Some(time) {
                    self.repeated = (Some(time), self.repeated.1 + 1);
                }
                Ok(time)
            }
            // The label of a day on which clocks skip midnight.
            Moment::Never(change) if shown.rem_euclid(DAY) == 0 => Ok(change),
            Moment::Never(_) => Err(TimeProblem::Skipped),
        }
    }

    /// Whether some date-time had no zone.
    pub fn saw_zoneless(&self) -> bool {
        self.zoneless
    }

    /// How many times were shown twice by clocks that went back.
    pub fn repeated(&self) -> u64 {
        self.repeated.1
    }

    /// Whether every row was a midnight in a zone other than UTC: daily labels of that zone.
    pub fn only_foreign_midnights(&self) -> bool {
        self.foreign_midnights && !self.other_times
    }

    #[cold]
    fn read_first(&mut self, text: &[u8]) -> Result<TimeMs, TimeProblem> {
        let form = if read_compact(text).is_some() {
            Form::Compact
        } else if let Some(number) = parse_number(text).filter(|number| number.is_finite()) {
            if number.abs() < MIN_FIRST_EPOCH {
                return Err(TimeProblem::TooSmall);
            }
            Form::Epoch(Unit::of(number.abs()))
        } else {
            Form::Iso
        };
        self.form = Some(form);
        let time = self.read(text);
        if time.is_err() {
            self.form = None;
        }
        time
    }

    #[inline]
    fn read_iso(&mut self, text: &[u8]) -> Result<TimeMs, TimeProblem> {
        let Some((date, clock)) = text.split_first_chunk::<10>() else {
            return Err(not_iso(text));
        };
        let day = match self.day {
            Some((cached, day)) if cached == *date => day,
            _ => {
                let day = parse_day(date).map_err(|error| match error {
                    TimeError::NotIso => not_iso(text),
                    error => error.into(),
                })?;
                self.day = Some((*date, day));
                day
            }
        };
        if clock.is_empty() {
            self.other_times = true;
            return Ok(day);
        }
        let clock = parse_clock(clock).ok_or(TimeError::NoSuchClockTime)?;
        let Some(offset) = clock.offset else {
            self.other_times = true;
            return in_range(self.read_clock(day + clock.of_day)?);
        };
        if clock.of_day == 0 && offset != 0 {
            self.foreign_midnights = true;
        } else {
            self.other_times = true;
        }
        in_range(day + clock.of_day - offset)
    }
}

/// Tells the notations that can't be read safely from plain nonsense.
#[cold]
fn not_iso(text: &[u8]) -> TimeProblem {
    let mut parts = text.split(|byte| matches!(byte, b'/' | b'.' | b'-'));
    let short = |part: Option<&[u8]>| {
        part.is_some_and(|part| (1..=2).contains(&part.len()) && digits(part).is_some())
    };
    if short(parts.next()) && short(parts.next()) {
        TimeProblem::Ambiguous
    } else {
        TimeError::NotIso.into()
    }
}

/// `20200131`, also as the float that a column with gaps becomes elsewhere (`20200131.0`).
fn read_compact(text: &[u8]) -> Option<TimeMs> {
    let date: &[u8; 8] = text.strip_suffix(b".0").unwrap_or(text).try_into().ok()?;
    midnight(digits(&date[..4])?, digits(&date[4..6])?, digits(&date[6..])?)
}

/// A number since 1970; what is finer than a millisecond is cut off towards the past.
fn read_epoch(text: &[u8], unit: Unit) -> Result<TimeMs, TimeProblem> {
    let wrong = TimeProblem::NotEpoch(unit);
    let (negative, number) = match text {
        [b'-', number @ ..] => (true, number),
        number => (false, number),
    };
    let whole_length = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (whole, rest) = number.split_at(whole_length);
    let fraction = match rest {
        [] | [b'.'] => 0,
        [b'.', fraction @ ..] => match milliseconds(fraction) {
            Some((ms, length)) if length == fraction.len() => ms,
            _ => return read_epoch_float(text, unit),
        },
        _ => return read_epoch_float(text, unit),
    };
    let whole = match whole.len() {
        0 => return Err(wrong),
        1..=18 => i128::from(digits(whole).ok_or(wrong)?),
        // More digits than this holds are no time in any unit.
        _ => str::from_utf8(whole).ok().and_then(|whole| whole.parse().ok()).ok_or(wrong)?,
    };
    let sign = if negative { -1 } else { 1 };
    epoch(sign * whole, sign as i64 * fraction, unit)
}

/// A number since 1970; `thousandths` is what stands after its point, with the number's sign.
fn epoch(whole: i128, thousandths: i64, unit: Unit) -> Result<TimeMs, TimeProblem> {
    if Unit::of(whole.unsigned_abs() as f64) > unit {
        return Err(TimeProblem::NotEpoch(unit));
    }
    // The unit bounds the number: it has at most 20 digits.
    let ms = match unit {
        Unit::Seconds => whole * 1_000 + i128::from(thousandths),
        Unit::Milliseconds => whole,
        Unit::Microseconds => whole.div_euclid(1_000),
        Unit::Nanoseconds => whole.div_euclid(1_000_000),
    };
    in_range(i64::try_from(ms).map_err(|_| TimeProblem::OutOfRange)?)
}

/// `1.5778368e9`, as spreadsheets write it.
#[cold]
fn read_epoch_float(text: &[u8], unit: Unit) -> Result<TimeMs, TimeProblem> {
    epoch_float(parse_number(text).ok_or(TimeProblem::NotEpoch(unit))?, unit)
}

fn epoch_float(number: f64, unit: Unit) -> Result<TimeMs, TimeProblem> {
    if !number.is_finite() || Unit::of(number.abs()) > unit {
        return Err(TimeProblem::NotEpoch(unit));
    }
    let ms = match unit {
        Unit::Seconds => number * 1e3,
        Unit::Milliseconds => number,
        Unit::Microseconds => number / 1e3,
        Unit::Nanoseconds => number / 1e6,
    };
    in_range(ms.floor() as i64)
}

fn in_range(time: TimeMs) -> Result<TimeMs, TimeProblem> {
    if (MIN_TIME..=MAX_TIME).contains(&time) { Ok(time) } else { Err(TimeProblem::OutOfRange) }
}
