//! Parquet files: the same bars and findings as from CSV, whatever the layout and whatever the damage.

mod writer;

use std::{fs, path::Path};

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::file::properties::WriterVersion;
use proptest::prelude::*;
use sprag::market::{
    Bars, FREE_EXPANSION_BYTES, Kind, MAX_ERRORS, Parsed, Source, Zone, read_bytes, read_csv,
    report,
};

use super::bars_at;
use super::round_trip::{START, bars};
use writer::{Layout, Prices, Times, Unit, layout, write};

fn read(bytes: Vec<u8>) -> Parsed {
    from("X.parquet", &Bytes::from(bytes))
}

fn from(file: &str, bytes: &Bytes) -> Parsed {
    read_bytes(&Source { file, symbol: "X", zone: &Zone::default() }, bytes)
}

/// Bars with times and prices that a layout can express.
fn fitted(mut bars: Bars, layout: &Layout) -> Bars {
    let step = layout.times.step_ms();
    bars.time.iter_mut().for_each(|time| *time = START + *time * step);
    for column in [&mut bars.open, &mut bars.high, &mut bars.low, &mut bars.close] {
        column.iter_mut().for_each(|price| *price = layout.prices.round(price.max(1.0)));
    }
    bars
}

fn minutes(count: i64) -> Bars {
    bars_at("X", &(0..count).map(|i| START + i * 60_000).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_layout_gives_the_same_bars(bars in bars(), layout in layout()) {
        let bars = fitted(bars, &layout);
        let parsed = read(write(&bars, &layout, &[]));
        prop_assert_eq!(&parsed.check.errors, &vec![]);
        let zoneless = parsed.check.warnings.iter().any(|w| w.kind == Kind::TimeWithoutZone);
        prop_assert_eq!(zoneless, matches!(layout.times, Times::Timestamp(_, false)));
        prop_assert_eq!(parsed.bars.unwrap(), bars);
    }

    /// What CSV says of a row's line is said of the row, in the same words and order.
    #[test]
    fn findings_are_those_of_the_same_bars_as_csv(
        bars in bars(),
        layout in layout(),
        spoiled in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize), 0..4),
    ) {
        let layout = Layout { times: Times::Timestamp(Unit::Milliseconds, true), prices: Prices::Double, ..layout };
        let mut bars = fitted(bars, &layout);
        for (row, what) in spoiled {
            let row = row.index(bars.len());
            match what {
                0 => bars.high[row] = bars.low[row] / 2.0,
                1 => bars.low[row] = -1.0,
                2 => bars.close[row] = f64::NAN,
                3 => bars.volume[row] = -2.0,
                4 => bars.time[row] = START - 1_000,
                _ => bars.open[row] = f64::INFINITY,
            }
        }
        let mut text = String::from("time,open,high,low,close,volume,funding\n");
        for i in 0..bars.len() {
            let funding = bars.funding.as_ref().map_or(0.0, |funding| funding[i]);
            text += &format!(
                "{},{},{},{},{},{},{funding}\n",
                bars.time[i], bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i]
            );
        }
        let as_csv = read_csv("X.csv", "X", text.as_bytes()).check;
        let as_parquet = read(write(&bars, &layout, &[])).check;
        // The header is line 1.
        let csv = as_csv.errors.iter().chain(&as_csv.warnings);
        let expected: Vec<_> = csv.map(|f| (f.line.map(|l| l - 1), f.kind, &f.message)).collect();
        let parquet = as_parquet.errors.iter().chain(&as_parquet.warnings);
        let found: Vec<_> = parquet.clone().map(|f| (f.row, f.kind, &f.message)).collect();
        prop_assert_eq!(found, expected);
        prop_assert!(parquet.clone().all(|finding| finding.line.is_none()));
    }
}

#[test]
fn rows_are_counted_over_row_groups_and_named_in_the_report() {
    let mut bars = minutes(25);
    bars.high[16] = 1.0;
    let layout = Layout { group_rows: 7, page_rows: 3, ..Layout::default() };
    let check = read(write(&bars, &layout, &[(3, "open"), (20, "Timestamp")])).check;
    let lines: Vec<String> = check.errors.iter().map(|e| report::line("X.parquet", e)).collect();
    assert_eq!(
        lines,
        [
            "X.parquet: row 4: unparsable_field: the open is null; remove the row or fill the field",
            "X.parquet: row 17: high_below: the high 1 is below the open 10 and the close 10.5 and the \
             low 9",
            "X.parquet: row 21: unparsable_field: the time is null; remove the row or fill the field",
        ]
    );
    let json = serde_json::to_value(&check.errors[0]).unwrap();
    assert_eq!((json["row"].as_u64(), json["line"].as_null()), (Some(4), Some(())));
}

#[test]
fn errors_beyond_the_cap_are_counted() {
    let nulls: Vec<(usize, &str)> = (0..MAX_ERRORS + 9).map(|row| (row, "close")).collect();
    let check = read(write(&minutes(300), &Layout::default(), &nulls)).check;
    assert_eq!(check.errors.len(), MAX_ERRORS + 1);
    assert_eq!(check.errors[MAX_ERRORS].message, "and 9 more errors");
}

#[test]
fn a_file_is_parquet_by_its_name_or_its_beginning() {
    let bytes = Bytes::from(write(&minutes(3), &Layout::default(), &[]));
    for name in ["a.parquet", "a.PARQUET", "a.csv", "a"] {
        assert!(from(name, &bytes).bars.is_some(), "{name}");
    }
    let csv = Bytes::from("time,open,high,low,close\n2020-01-01,10,11,9,10\n");
    assert!(from("a", &csv).bars.is_some());
    let check = from("a.parquet", &csv).check;
    assert_eq!(check.errors[0].message, "not a Parquet file: it doesn't begin with PAR1");
}

/// Files written by pandas and pyarrow give the bars of the CSV files that were written beside them
/// (`tests/data/parquet/make.py`).
#[test]
fn files_of_other_writers_hold_what_they_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/parquet");
    let load = |name: &str| from(name, &fs::read(folder.join(name)).unwrap().into());
    for name in ["pandas_daily", "pandas_hourly", "arrow_decimals"] {
        let parquet = load(&format!("{name}.parquet"));
        assert_eq!(parquet.check.errors, [], "{name}");
        let csv = load(&format!("{name}.csv"));
        assert!(csv.bars.as_ref().is_some_and(|bars| bars.len() >= 60), "{name}");
        assert_eq!(parquet.bars, csv.bars, "{name}");
    }
    let check = load("pandas_missing_close.parquet").check;
    let findings: Vec<_> = check.errors.iter().map(|e| (e.row, e.message.as_str())).collect();
    assert_eq!(findings, [(Some(5), "the close is null; remove the row or fill the field")]);
}

/// What a file without bars is told: each damage has its own words.
#[test]
fn what_cant_be_read_is_named() {
    let message = |bytes: &[u8]| {
        let parsed = read(bytes.to_vec());
        assert_eq!((parsed.check.errors.len(), parsed.check.errors[0].kind), (1, Kind::Unreadable));
        parsed.check.errors[0].message.clone()
    };
    let good = write(&minutes(50), &Layout::default(), &[]);
    assert_eq!(message(b""), "the file is empty");
    assert!(message(b"PARE....PARE").contains("encrypted"));
    assert!(message(b"PAR1").contains("not a Parquet file"));
    assert!(message(&good[..good.len() - 1]).contains("end of the Parquet file is missing"));
    assert_eq!(
        message(&write(&minutes(0), &Layout::default(), &[])),
        "there is no row in the file"
    );
    let times = Times::Text;
    let version = WriterVersion::PARQUET_2_0;
    let layout = Layout { times, version, dictionary: false, ..Layout::default() };
    let text = message(&write(&minutes(50), &layout, &[]));
    assert!(text.contains("encoding DELTA_BYTE_ARRAY isn't supported; write the file"), "{text}");
    // The middle is cut out: the metadata is there and speaks of bytes that aren't.
    let middle = [&good[..100], &good[good.len() - 1_000..]].concat();
    assert!(message(&middle).contains("damaged"), "{}", message(&middle));
}

#[test]
fn columns_that_hold_something_else_are_named() {
    let layout = Layout { extra_column: true, ..Layout::default() };
    let good = write(&minutes(5), &layout, &[]);
    assert!(read(good.clone()).bars.is_some());
    // The same length, so that nothing else moves.
    let renamed = |from: &str, to: &str| {
        let mut bytes = good.clone();
        let places: Vec<usize> = bytes
            .windows(from.len())
            .enumerate()
            .filter_map(|(at, window)| (window == from.as_bytes()).then_some(at))
            .collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        read(bytes).check.errors[0].clone()
    };
    let error = renamed("Timestamp", "TimeStomp");
    assert_eq!((error.kind, error.line, error.row), (Kind::MissingColumn, None, None));
    assert!(error.message.contains("no column for time; the header has `High`, `note`"));
    let error = renamed("note", "open");
    assert_eq!(error.kind, Kind::AmbiguousColumn, "{}", error.message);
}

/// A tiny file that says it holds billions of rows, or pages of gigabytes, is refused by what it says.
#[test]
fn bombs_are_refused_by_their_sizes() {
    // Constant prices and steps: 60 bytes a row unpacked, next to none in the file.
    let count = 2_000_000;
    let layout = Layout {
        compression: Compression::ZSTD(Default::default()),
        dictionary: false,
        newer_encodings: true,
        ..Layout::default()
    };
    let bytes = write(&minutes(count), &layout, &[]);
    let size = bytes.len() as u64;
    assert!(count as u64 * 48 > FREE_EXPANSION_BYTES.max(200 * size), "no bomb: {size} bytes");
    let error = read(bytes).check.errors[0].message.clone();
    assert!(error.starts_with("it would unpack to 96000000 bytes"), "{error}");
}

/// The order in which the fuzzing below damages a file.
#[derive(Debug, Clone)]
enum Damage {
    Byte(prop::sample::Index, u8),
    Bytes(prop::sample::Index, Vec<u8>),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    let odd = prop::sample::select(vec![0_u8, 1, 0x7f, 0x80, 0xff]);
    prop_oneof![
        8 => (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        4 => (at(), odd).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        2 => (at(), prop::collection::vec(prop::sample::select(vec![0_u8, 0x80, 0xff]), 1..12))
            .prop_map(|(at, bytes)| Damage::Bytes(at, bytes)),
        1 => at().prop_map(Damage::Cut),
        1 => (at(), 1..20_usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        1 => (at(), 1..20_usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match damage {
        Damage::Byte(at, byte) => bytes[at.index(length)] = *byte,
        Damage::Bytes(at, other) => {
            let at = at.index(length);
            let end = (at + other.len()).min(length);
            bytes[at..end].copy_from_slice(&other[..end - at]);
        }
        Damage::Cut(at) => bytes.truncate(at.index(length)),
        Damage::Remove(at, count) => {
            let at = at.index(length);
            bytes.drain(at..(at + count).min(length));
        }
        Damage::Repeat(at, count) => {
            let at = at.index(length);
            let piece = bytes[at..(at + count).min(length)].to_vec();
            bytes.splice(at..at, piece);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Damaged files give findings or valid bars, never a panic. The end of the file is damaged as often as
    /// the rest: that is where its metadata is.
    #[test]
    fn damaged_files_never_panic(
        bars in bars(),
        layout in layout(),
        damages in prop::collection::vec((damage(), any::<bool>()), 1..4),
    ) {
        let bars = fitted(bars, &layout);
        let mut bytes = write(&bars, &layout, &[]);
        for (damage, in_metadata) in &damages {
            let metadata = bytes.len().saturating_sub(700);
            if *in_metadata {
                let mut tail = bytes.split_off(metadata);
                apply(&mut tail, damage);
                bytes.append(&mut tail);
            } else {
                apply(&mut bytes, damage);
            }
        }
        let parsed = read(bytes);
        prop_assert_eq!(parsed.bars.is_some(), parsed.check.errors.is_empty());
        if let Some(bars) = parsed.bars {
            prop_assert!(bars.time.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!((0..bars.len()).all(|i| bars.low[i] > 0.0 && bars.high[i] >= bars.low[i]));
        }
    }
}
