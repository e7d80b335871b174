//! Bars as Parquet files in the layouts that writers choose.

use std::ops::Range;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type, ZstdLevel};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type, Int96, Int96Type,
};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type as SchemaType;
use proptest::prelude::*;
use sprag::market::{Bars, TimeMs, format_time};

/// How times are kept, and the finest step in ms that this can express.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Times {
    Date,
    Timestamp(Unit, bool),
    Epoch(Unit),
    Compact,
    RealSeconds,
    Text,
    Int96,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Unit {
    fn count(self, ms: TimeMs) -> i64 {
        match self {
            Self::Seconds => ms / 1_000,
            Self::Milliseconds => ms,
            Self::Microseconds => ms * 1_000,
            Self::Nanoseconds => ms * 1_000_000,
        }
    }
}

pub const TIMES: [Times; 13] = [
    Times::Date,
    Times::Timestamp(Unit::Milliseconds, true),
    Times::Timestamp(Unit::Microseconds, true),
    Times::Timestamp(Unit::Nanoseconds, true),
    Times::Timestamp(Unit::Milliseconds, false),
    Times::Timestamp(Unit::Nanoseconds, false),
    Times::Epoch(Unit::Seconds),
    Times::Epoch(Unit::Milliseconds),
    Times::Epoch(Unit::Nanoseconds),
    Times::Compact,
    Times::RealSeconds,
    Times::Text,
    Times::Int96,
];

impl Times {
    pub fn step_ms(self) -> TimeMs {
        match self {
            Self::Date | Self::Compact => 86_400_000,
            Self::Epoch(Unit::Seconds) | Self::RealSeconds => 1_000,
            _ => 1,
        }
    }
}

/// How prices and the like are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Prices {
    Double,
    Float,
    Int32,
    Int64,
    /// Decimals with two digits after the point.
    Decimal32,
    Decimal64,
    DecimalFixed,
    DecimalBytes,
}

pub const PRICES: [Prices; 8] = [
    Prices::Double,
    Prices::Float,
    Prices::Int32,
    Prices::Int64,
    Prices::Decimal32,
    Prices::Decimal64,
    Prices::DecimalFixed,
    Prices::DecimalBytes,
];

impl Prices {
    /// The nearest number that this can express.
    pub fn round(self, value: f64) -> f64 {
        match self {
            Self::Double => value,
            Self::Float => f64::from(value as f32),
            Self::Int32 | Self::Int64 => value.round(),
            _ => (value * 100.0).round() / 100.0,
        }
    }
}

/// What may vary in a file.
#[derive(Debug, Clone)]
pub struct Layout {
    pub times: Times,
    pub prices: Prices,
    pub compression: Compression,
    pub dictionary: bool,
    /// Delta encoding of times and byte-stream split of prices, where the type has it.
    pub newer_encodings: bool,
    pub version: WriterVersion,
    pub group_rows: usize,
    pub page_rows: usize,
    pub nullable: bool,
    pub extra_column: bool,
}

impl Default for Layout {
    /// As most writers do it.
    fn default() -> Self {
        Self {
            times: Times::Timestamp(Unit::Microseconds, true),
            prices: Prices::Double,
            compression: Compression::SNAPPY,
            dictionary: true,
            newer_encodings: false,
            version: WriterVersion::PARQUET_1_0,
            group_rows: 1_000_000,
            page_rows: 20_000,
            nullable: true,
            extra_column: false,
        }
    }
}

pub fn layout() -> impl Strategy<Value = Layout> {
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let compression =
        prop::sample::select(vec![Compression::UNCOMPRESSED, Compression::SNAPPY, zstd]);
    let kinds = (prop::sample::select(TIMES.to_vec()), prop::sample::select(PRICES.to_vec()));
    let sizes = (5..40_usize, 1..20_usize);
    (kinds, compression, sizes, any::<[bool; 5]>()).prop_map(
        |((times, prices), compression, (group_rows, page_rows), on)| {
            // Version 2 gives bytes without a dictionary an encoding that is refused.
            let has_bytes = times == Times::Text
                || matches!(prices, Prices::DecimalBytes | Prices::DecimalFixed);
            let is_newer = on[2] && (on[0] || !has_bytes);
            Layout {
                times,
                prices,
                compression,
                dictionary: on[0],
                newer_encodings: on[1],
                version: if is_newer {
                    WriterVersion::PARQUET_2_0
                } else {
                    WriterVersion::PARQUET_1_0
                },
                group_rows,
                page_rows,
                nullable: on[3],
                extra_column: on[4],
            }
        },
    )
}

type GroupWriter<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

type WriteRows<'a> = Box<dyn Fn(&mut GroupWriter, Range<usize>) + 'a>;

/// A column of a file to be written: its type, and how it writes some of its rows.
struct Column<'a> {
    schema: SchemaType,
    write: WriteRows<'a>,
}

/// The bars as a file; `nulls` are cells (row, column name) left out.
pub fn write(bars: &Bars, layout: &Layout, nulls: &[(usize, &str)]) -> Vec<u8> {
    let mut columns = vec![
        price("High", &bars.high, layout, nulls),
        price("close", &bars.close, layout, nulls),
        time("Timestamp", &bars.time, layout, nulls),
        price("LOW", &bars.low, layout, nulls),
        column::<DoubleType>("Volume", layout, nulls, None, -1, |i| bars.volume[i]),
        price("open", &bars.open, layout, nulls),
    ];
    if layout.extra_column {
        let note = |i: usize| ByteArray::from(format!("row {i}").into_bytes());
        let text = Some(LogicalType::String);
        columns.insert(1, column::<ByteArrayType>("note", layout, &[], text, -1, note));
    }
    if let Some(funding) = &bars.funding {
        columns.push(column::<DoubleType>("funding_rate", layout, nulls, None, -1, |i| funding[i]));
    }
    let fields = columns.iter().map(|column| Arc::new(column.schema.clone())).collect();
    let schema = SchemaType::group_type_builder("bars").with_fields(fields).build().unwrap();
    let mut properties = WriterProperties::builder()
        .set_compression(layout.compression)
        .set_writer_version(layout.version)
        .set_dictionary_enabled(layout.dictionary)
        .set_write_batch_size(layout.page_rows.min(1_000))
        .set_data_page_row_count_limit(layout.page_rows);
    if layout.newer_encodings && !layout.dictionary {
        for column in &columns {
            if let Some(encoding) = newer_encoding(column.schema.get_physical_type()) {
                let path = parquet::schema::types::ColumnPath::from(column.schema.name());
                properties = properties.set_column_encoding(path, encoding);
            }
        }
    }
    let mut writer =
        SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties.build()))
            .unwrap();
    for start in (0..bars.len()).step_by(layout.group_rows) {
        let mut group = writer.next_row_group().unwrap();
        for column in &columns {
            (column.write)(&mut group, start..(start + layout.group_rows).min(bars.len()));
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn newer_encoding(physical: Type) -> Option<Encoding> {
    match physical {
        Type::INT32 | Type::INT64 => Some(Encoding::DELTA_BINARY_PACKED),
        Type::FLOAT | Type::DOUBLE | Type::FIXED_LEN_BYTE_ARRAY => {
            Some(Encoding::BYTE_STREAM_SPLIT)
        }
        _ => None,
    }
}

fn time<'a>(
    name: &str,
    time: &'a [TimeMs],
    layout: &Layout,
    nulls: &'a [(usize, &'a str)],
) -> Column<'a> {
    match layout.times {
        Times::Date => {
            let days = |i: usize| i32::try_from(time[i] / 86_400_000).unwrap();
            column::<Int32Type>(name, layout, nulls, Some(LogicalType::Date), -1, days)
        }
        Times::Timestamp(unit, utc) => {
            let parquet_unit = match unit {
                Unit::Nanoseconds => TimeUnit::NANOS,
                Unit::Microseconds => TimeUnit::MICROS,
                _ => TimeUnit::MILLIS,
            };
            let kind = Some(LogicalType::timestamp(utc, parquet_unit));
            column::<Int64Type>(name, layout, nulls, kind, -1, move |i| unit.count(time[i]))
        }
        Times::Epoch(unit) => {
            column::<Int64Type>(name, layout, nulls, None, -1, move |i| unit.count(time[i]))
        }
        Times::Compact => column::<Int32Type>(name, layout, nulls, None, -1, |i| {
            format_time(time[i])[..10].replace('-', "").parse().unwrap()
        }),
        Times::RealSeconds => {
            column::<DoubleType>(name, layout, nulls, None, -1, |i| time[i] as f64 / 1e3)
        }
        Times::Text => {
            let text = |i: usize| ByteArray::from(format_time(time[i]).into_bytes());
            column::<ByteArrayType>(name, layout, nulls, Some(LogicalType::String), -1, text)
        }
        Times::Int96 => column::<Int96Type>(name, layout, nulls, None, -1, |i| {
            const JULIAN_DAY_OF_1970: i64 = 2_440_588;
            let day = u32::try_from(time[i].div_euclid(86_400_000) + JULIAN_DAY_OF_1970).unwrap();
            let nanos = time[i].rem_euclid(86_400_000) * 1_000_000;
            let mut value = Int96::new();
            value.set_data(nanos as u32, (nanos >> 32) as u32, day);
            value
        }),
    }
}

fn price<'a>(
    name: &'a str,
    values: &'a [f64],
    layout: &Layout,
    nulls: &'a [(usize, &'a str)],
) -> Column<'a> {
    let cents = |i: usize| (values[i] * 100.0).round() as i64;
    let decimal = |digits| Some(LogicalType::decimal(2, digits));
    match layout.prices {
        Prices::Double => column::<DoubleType>(name, layout, nulls, None, -1, |i| values[i]),
        Prices::Float => column::<FloatType>(name, layout, nulls, None, -1, |i| values[i] as f32),
        Prices::Int32 => column::<Int32Type>(name, layout, nulls, None, -1, |i| values[i] as i32),
        Prices::Int64 => column::<Int64Type>(name, layout, nulls, None, -1, |i| values[i] as i64),
        Prices::Decimal32 => column::<Int32Type>(name, layout, nulls, decimal(9), -1, move |i| {
            i32::try_from(cents(i)).unwrap()
        }),
        Prices::Decimal64 => column::<Int64Type>(name, layout, nulls, decimal(18), -1, cents),
        Prices::DecimalFixed => {
            let bytes =
                move |i| ByteArray::from(i128::from(cents(i)).to_be_bytes().to_vec()).into();
            column::<FixedLenByteArrayType>(name, layout, nulls, decimal(38), 16, bytes)
        }
        Prices::DecimalBytes => {
            column::<ByteArrayType>(name, layout, nulls, decimal(38), -1, move |i| {
                // As few bytes as the number needs.
                let bytes = cents(i).to_be_bytes();
                let unneeded = bytes.iter().take(7).take_while(|byte| **byte == 0).count();
                let unneeded = unneeded.saturating_sub(usize::from(bytes[unneeded] & 0x80 != 0));
                ByteArray::from(bytes[unneeded..].to_vec())
            })
        }
    }
}

fn column<'a, T: DataType>(
    name: &str,
    layout: &Layout,
    nulls: &'a [(usize, &'a str)],
    kind: Option<LogicalType>,
    length: i32,
    value: impl Fn(usize) -> T::T + 'a,
) -> Column<'a> {
    let nullable = layout.nullable;
    let repetition = if nullable { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let (scale, precision) = match &kind {
        Some(LogicalType::Decimal(decimal)) => (decimal.scale, decimal.precision),
        _ => (-1, -1),
    };
    let schema = SchemaType::primitive_type_builder(name, T::get_physical_type())
        .with_repetition(repetition)
        .with_logical_type(kind)
        .with_length(length)
        .with_scale(scale)
        .with_precision(precision)
        .build()
        .unwrap();
    let name = name.to_owned();
    let write = move |group: &mut SerializedRowGroupWriter<Vec<u8>>, rows: Range<usize>| {
        let is_null = |row: &usize| nulls.iter().any(|(at, of)| at == row && *of == name);
        let levels: Vec<i16> = rows.clone().map(|row| i16::from(!is_null(&row))).collect();
        let values: Vec<T::T> = rows.filter(|row| !is_null(row)).map(&value).collect();
        let mut column = group.next_column().unwrap().unwrap();
        let levels = nullable.then_some(levels.as_slice());
        column.typed::<T>().write_batch(&values, levels, None).unwrap();
        column.close().unwrap();
    };
    Column { schema, write: Box::new(write) }
}
