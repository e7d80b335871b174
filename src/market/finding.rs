//! What a look at a data file found: errors that make it unusable and warnings that a person should
//! know of. The JSON form of [`FileCheck`] is part of the command contract.

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use super::{
    TimeMs,
    time::{format_time, parse_time},
};

/// The kinds of finding; snake_case in JSON and in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The file can't be read as a table with a header and at least one row.
    Unreadable,
    /// A required column isn't in the header.
    MissingColumn,
    /// Two columns of the header claim the same role.
    AmbiguousColumn,
    /// A row has more or fewer fields than the header.
    FieldCount,
    /// A field is empty or not what its column holds.
    UnparsableField,
    /// A bar is earlier than the one before it.
    TimeNotRising,
    /// A bar has the time of the one before it.
    DuplicateTime,
    /// A price is zero or negative.
    NonPositivePrice,
    /// A price is NaN or infinite.
    NonFinitePrice,
    /// The high is below the open, close or low.
    HighBelow,
    /// The low is above the open or close.
    LowAbove,
    /// The volume is negative.
    NegativeVolume,
    /// There were more errors than are listed.
    MoreErrors,
    /// Warning: date-times without a zone were read as the market's.
    TimeWithoutZone,
    /// Warning: times without a zone fell into an hour that clocks went through twice.
    RepeatedTime,
    /// Warning: daily labels are midnights of another zone, so their UTC date may be the day before.
    MidnightNotUtc,
    /// Warning: `close` was used although there is an adjusted close.
    AdjustedCloseUnused,
    /// Warning: bars are missing beyond what the file's own calendar explains.
    GapBeyondCalendar,
    /// Warning: an overnight jump by a split's ratio that stays.
    SplitLikeJump,
    /// Warning: bars whose open, high, low and close are equal.
    FlatBars,
    /// Warning: bars without volume in a file that has volume.
    ZeroVolume,
    /// Warning: too few bars to say much.
    ShortHistory,
    /// Warning: bars of another length than most files have that are traded together.
    MixedSteps,
    /// Warning: weekends with bars where most files have none, or the reverse.
    MixedCalendars,
}

impl Kind {
    /// All kinds, errors first.
    pub const ALL: [Self; 24] = [
        Self::Unreadable,
        Self::MissingColumn,
        Self::AmbiguousColumn,
        Self::FieldCount,
        Self::UnparsableField,
        Self::TimeNotRising,
        Self::DuplicateTime,
        Self::NonPositivePrice,
        Self::NonFinitePrice,
        Self::HighBelow,
        Self::LowAbove,
        Self::NegativeVolume,
        Self::MoreErrors,
        Self::TimeWithoutZone,
        Self::RepeatedTime,
        Self::MidnightNotUtc,
        Self::AdjustedCloseUnused,
        Self::GapBeyondCalendar,
        Self::SplitLikeJump,
        Self::FlatBars,
        Self::ZeroVolume,
        Self::ShortHistory,
        Self::MixedSteps,
        Self::MixedCalendars,
    ];

    /// The name in JSON and in text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::MissingColumn => "missing_column",
            Self::AmbiguousColumn => "ambiguous_column",
            Self::FieldCount => "field_count",
            Self::UnparsableField => "unparsable_field",
            Self::TimeNotRising => "time_not_rising",
            Self::DuplicateTime => "duplicate_time",
            Self::NonPositivePrice => "non_positive_price",
            Self::NonFinitePrice => "non_finite_price",
            Self::HighBelow => "high_below",
            Self::LowAbove => "low_above",
            Self::NegativeVolume => "negative_volume",
            Self::MoreErrors => "more_errors",
            Self::TimeWithoutZone => "time_without_zone",
            Self::RepeatedTime => "repeated_time",
            Self::MidnightNotUtc => "midnight_not_utc",
            Self::AdjustedCloseUnused => "adjusted_close_unused",
            Self::GapBeyondCalendar => "gap_beyond_calendar",
            Self::SplitLikeJump => "split_like_jump",
            Self::FlatBars => "flat_bars",
            Self::ZeroVolume => "zero_volume",
            Self::ShortHistory => "short_history",
            Self::MixedSteps => "mixed_steps",
            Self::MixedCalendars => "mixed_calendars",
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| de::Error::custom(format!("unknown kind of finding `{name}`")))
    }
}

/// One thing found in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Line of the file, counted from 1; `None` where it is about the whole file.
    pub line: Option<u64>,
    /// Row of a file that has no lines, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// What kind of thing.
    pub kind: Kind,
    /// What is wrong, what was expected and what to do.
    pub message: String,
}

impl Finding {
    /// About one line.
    pub fn at(line: u64, kind: Kind, message: impl Into<String>) -> Self {
        Self { line: Some(line), row: None, kind, message: message.into() }
    }

    /// About the whole file.
    pub fn whole(kind: Kind, message: impl Into<String>) -> Self {
        Self { line: None, row: None, kind, message: message.into() }
    }
}

/// What one file holds and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileCheck {
    /// The file as the caller named it.
    pub file: String,
    /// The symbol: the file's stem.
    pub symbol: String,
    /// Number of rows that could be read as bars.
    pub bars: usize,
    /// Time of the first such row.
    #[serde(serialize_with = "iso", deserialize_with = "from_iso")]
    pub from: Option<TimeMs>,
    /// Time of the last such row.
    #[serde(serialize_with = "iso", deserialize_with = "from_iso")]
    pub to: Option<TimeMs>,
    /// The usual distance between bars in ms: the middle one of all.
    pub step_ms: Option<i64>,
    /// Whether Saturdays have bars as other days do; unknown with fewer than two bars.
    pub weekends: Option<bool>,
    /// The market's zone, by which times without one and the clocks were read.
    pub zone: Option<String>,
    /// Gaps beyond the calendar, listed or not.
    pub gaps: usize,
    /// What makes the file unusable, in order of lines.
    pub errors: Vec<Finding>,
    /// What a person should know, kind by kind.
    pub warnings: Vec<Finding>,
}

impl FileCheck {
    /// A file of which not even the bytes could be had.
    pub fn unreadable(file: &str, symbol: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            symbol: symbol.into(),
            errors: vec![Finding::whole(Kind::Unreadable, message)],
            ..Self::default()
        }
    }
}

fn iso<S: Serializer>(time: &Option<TimeMs>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_some(&format_time(*time)),
        None => serializer.serialize_none(),
    }
}

fn from_iso<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TimeMs>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| parse_time(&text).map_err(de::Error::custom)).transpose()
}
