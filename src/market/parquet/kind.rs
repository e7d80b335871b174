//! What the values of a column are: Parquet's many types to times and numbers.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::schema::types::ColumnDescriptor;

use super::super::{
    TimeMs,
    number::{EXACT_POWERS, parse_number},
};

/// How a time is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeKind {
    /// Days since 1970: a session's date.
    Days,
    /// Units since 1970 at UTC, or since 1970 on the clocks of the file's zone.
    Since { per_ms: UnitMs, utc: bool },
    /// A whole number, read as the same digits in a CSV file.
    Whole,
    /// A number with a fraction, read likewise.
    Real,
    /// Text, read likewise.
    Text,
    /// 12 bytes, as older Spark and Impala write them: at UTC.
    Int96,
}

/// A unit of time, by how it becomes milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitMs {
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl UnitMs {
    /// What is finer than a millisecond is cut off towards the past.
    pub(super) fn to_ms(self, count: i64) -> TimeMs {
        match self {
            Self::Milliseconds => count,
            Self::Microseconds => count.div_euclid(1_000),
            Self::Nanoseconds => count.div_euclid(1_000_000),
        }
    }
}

/// How a number is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberKind {
    /// 32 or 64 bits of floating point, as they are.
    Real,
    /// A whole number; unsigned ones come as the signed number with the same bits.
    Whole { signed: bool },
    /// A whole number with a decimal point so many digits from its end, in 4, 8 or up to 16 bytes.
    Decimal { scale: u8 },
}

/// Most bytes of a decimal: 16 hold 38 digits.
const MAX_DECIMAL_BYTES: i32 = 16;

impl TimeKind {
    /// What the time column's values are, or what it holds instead.
    pub(super) fn of(column: &ColumnDescriptor) -> Result<Self, String> {
        let held = || held(column, "times");
        let logical = column.logical_type_ref();
        match (column.physical_type(), logical, column.converted_type()) {
            (Type::INT32, Some(LogicalType::Date), _)
            | (Type::INT32, None, ConvertedType::DATE) => Ok(Self::Days),
            (Type::INT64, Some(LogicalType::Timestamp(timestamp)), _) => {
                let per_ms = match timestamp.unit {
                    TimeUnit::MILLIS => UnitMs::Milliseconds,
                    TimeUnit::MICROS => UnitMs::Microseconds,
                    TimeUnit::NANOS => UnitMs::Nanoseconds,
                };
                Ok(Self::Since { per_ms, utc: timestamp.is_adjusted_to_u_t_c })
            }
            // The older way to say so is defined as UTC.
            (Type::INT64, None, ConvertedType::TIMESTAMP_MILLIS) => {
                Ok(Self::Since { per_ms: UnitMs::Milliseconds, utc: true })
            }
            (Type::INT64, None, ConvertedType::TIMESTAMP_MICROS) => {
                Ok(Self::Since { per_ms: UnitMs::Microseconds, utc: true })
            }
            (Type::INT32 | Type::INT64, _, _) if signed(column).is_some() => Ok(Self::Whole),
            (Type::FLOAT | Type::DOUBLE, _, _) => Ok(Self::Real),
            (Type::INT96, _, _) => Ok(Self::Int96),
            (
                Type::BYTE_ARRAY,
                None | Some(LogicalType::String),
                ConvertedType::NONE | ConvertedType::UTF8,
            ) => Ok(Self::Text),
            _ => Err(held()),
        }
    }
}

impl NumberKind {
    /// What a column's values are, or what it holds instead.
    pub(super) fn of(column: &ColumnDescriptor) -> Result<Self, String> {
        let is_decimal = matches!(column.logical_type_ref(), Some(LogicalType::Decimal(_)))
            || column.converted_type() == ConvertedType::DECIMAL;
        match column.physical_type() {
            Type::FLOAT | Type::DOUBLE => Ok(Self::Real),
            Type::INT32 | Type::INT64 | Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY
                if is_decimal =>
            {
                let fits = column.type_length() <= MAX_DECIMAL_BYTES;
                match u8::try_from(column.type_scale()) {
                    Ok(scale) if fits && scale <= MAX_DECIMALS => Ok(Self::Decimal { scale }),
                    _ => Err("decimals of more than 38 digits; write it as float64".into()),
                }
            }
            Type::INT32 | Type::INT64 => match signed(column) {
                Some(signed) => Ok(Self::Whole { signed }),
                None => Err(held(column, "numbers")),
            },
            _ => Err(held(column, "numbers")),
        }
    }
}

/// Most digits after a decimal's point.
const MAX_DECIMALS: u8 = 38;

/// Whether a column of whole numbers is signed; `None` if they stand for something else, such as a date.
fn signed(column: &ColumnDescriptor) -> Option<bool> {
    use ConvertedType::{INT_8, INT_16, INT_32, INT_64, NONE, UINT_8, UINT_16, UINT_32, UINT_64};
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Integer(integer)), _) => Some(integer.is_signed),
        (None, NONE | INT_8 | INT_16 | INT_32 | INT_64) => Some(true),
        (None, UINT_8 | UINT_16 | UINT_32 | UINT_64) => Some(false),
        _ => None,
    }
}

/// `INT32 (DATE) and no numbers`
fn held(column: &ColumnDescriptor, expected: &str) -> String {
    let physical = column.physical_type();
    match column.converted_type() {
        ConvertedType::NONE => format!("{physical} and no {expected}"),
        converted => format!("{physical} ({converted}) and no {expected}"),
    }
}

/// A whole number with its decimal point moved, as the nearest `f64`.
pub(super) fn decimal(unscaled: i128, scale: u8) -> f64 {
    // Exact where both are, and then one division rounds correctly; otherwise through its digits.
    const EXACT: i128 = 1 << 53;
    if (-EXACT..=EXACT).contains(&unscaled) && usize::from(scale) < EXACT_POWERS.len() {
        return unscaled as f64 / EXACT_POWERS[usize::from(scale)];
    }
    parse_number(format!("{unscaled}e-{scale}").as_bytes()).unwrap_or(f64::NAN)
}

/// A big-endian number in two's complement of at most 16 bytes.
pub(super) fn big_endian(bytes: &[u8]) -> Option<i128> {
    let first = *bytes.first()?;
    if bytes.len() > MAX_DECIMAL_BYTES as usize {
        return None;
    }
    let sign = if first & 0x80 == 0 { 0 } else { -1 };
    Some(bytes.iter().fold(sign, |value, byte| value << 8 | i128::from(*byte)))
}
