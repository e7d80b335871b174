//! How fast data files become validated bars, on one core: `cargo bench --bench csv [MEGABYTES]`.
//!
//! The file is made in memory: one-minute bars of a random walk, written as exchanges write them. Beside it
//! stand the same columns through the csv crate and `str::parse`, and the mere counting of lines. Then the
//! same bars as Parquet, and files of both kinds loaded with and without the cache of parsed columns.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark's result is what it prints, and it ends where it can't go on"
)]

use std::{fmt::Write, fs, hint::black_box, sync::Arc};

use parquet::{
    basic::{Compression, ZstdLevel},
    data_type::{DoubleType, Int64Type},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use sprag::adapters::{cache::Cache, data_files::load_files};
use sprag::market::{self, Bars, Market, Source, Zone, format_time};

const MINUTE: i64 = 60_000;
const START: i64 = 1_577_836_800_000;
const REPEATS: usize = 5;

fn main() {
    let megabytes = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(100);
    for style in [Style::Iso, Style::EpochMs, Style::Quoted] {
        let text = minute_bars(megabytes * 1_000_000, style);
        let bytes = text.as_bytes();
        let size = bytes.len() as f64 / 1e6;
        println!("{style:?}: {size:.0} MB, {} lines", memchr::memchr_iter(b'\n', bytes).count());
        let ours = best(|| market::read_csv("bench.csv", "BENCH", black_box(bytes)));
        let plain = best(|| csv_and_parse(black_box(bytes)));
        let lines = best(|| memchr::memchr_iter(b'\n', black_box(bytes)).count());
        println!("  load and validate     {:8.0} MB/s", size / ours);
        println!(
            "  csv crate, str::parse {:8.0} MB/s  ({:.1} x slower)",
            size / plain,
            plain / ours
        );
        println!(
            "  count lines           {:8.0} MB/s  ({:.3} of the load)",
            size / lines,
            lines / ours
        );
        let parsed = market::read_csv("bench.csv", "BENCH", bytes);
        assert!(parsed.check.errors.is_empty(), "{:?}", parsed.check.errors);
        if let Some(bars) = parsed.bars {
            let hash = best(|| bars.content_hash());
            println!("  content hash          {:8.1} ms for {} bars", hash * 1e3, bars.len());
            let columns = vec![bars.clone(), bars];
            let start = seconds();
            black_box(Market::new(columns));
            println!("  join two symbols      {:8.1} ms", (seconds() - start) * 1e3);
        }
    }
    let text = minute_bars(megabytes * 1_000_000, Style::Iso);
    if let Some(bars) = market::read_csv("bench.csv", "BENCH", text.as_bytes()).bars {
        parquet_and_cache(&text, &bars);
    }
}

/// The same bars from Parquet, and both kinds of file from the cache, as multiples of parsing the CSV.
fn parquet_and_cache(text: &str, bars: &Bars) {
    let zone = Zone::default();
    let source = Source { file: "bench.parquet", symbol: "BENCH", zone: &zone };
    let csv = best(|| market::read_csv("bench.csv", "BENCH", black_box(text.as_bytes())));
    println!("Parquet: {} bars; loading them from CSV takes {:.1} ms", bars.len(), csv * 1e3);
    let codecs = [
        ("uncompressed", Compression::UNCOMPRESSED),
        ("snappy", Compression::SNAPPY),
        ("zstd", Compression::ZSTD(ZstdLevel::default())),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut files = vec![("csv", text.as_bytes().to_vec())];
    for (name, codec) in codecs {
        let bytes = bytes::Bytes::from(parquet_file(bars, codec));
        let size = bytes.len() as f64 / 1e6;
        let time = best(|| market::read_bytes(&source, black_box(&bytes)));
        assert_eq!(market::read_bytes(&source, &bytes).bars.as_ref(), Some(bars));
        println!("  {name:14} {size:6.1} MB {:8.1} ms  ({:.2} x the CSV)", time * 1e3, time / csv);
        files.push((name, bytes.to_vec()));
    }
    println!("Load from a file, hashed; with the cache: from its second load on");
    let cache = Cache::new(folder.path().join("cache"));
    for (name, bytes) in files {
        let path = folder.path().join(if name == "csv" { "B.csv" } else { "B.parquet" });
        fs::write(&path, &bytes).expect("room for the file");
        let paths = [path];
        let load = |cache: Option<&Cache>| load_files(&paths, &[], &zone, cache).map(|l| l.market);
        let parsed = best(|| load(None));
        let _ = load(Some(&cache));
        let cached = best(|| load(Some(&cache)));
        assert_eq!(load(None).ok(), load(Some(&cache)).ok());
        println!(
            "  {name:14} parsed {:8.1} ms, cached {:8.1} ms  ({:.1} x as fast)",
            parsed * 1e3,
            cached * 1e3,
            parsed / cached
        );
    }
}

/// Columns as most writers leave them: nullable, by dictionary where that is small, a million rows a group.
fn parquet_file(bars: &Bars, codec: Compression) -> Vec<u8> {
    let schema = "message bars { optional int64 time (TIMESTAMP(MILLIS, true)); optional double open;
        optional double high; optional double low; optional double close; optional double volume; }";
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let properties = Arc::new(WriterProperties::builder().set_compression(codec).build());
    let mut file =
        SerializedFileWriter::new(Vec::new(), schema, properties).expect("a file in memory");
    for start in (0..bars.len()).step_by(1 << 20) {
        let rows = start..(start + (1 << 20)).min(bars.len());
        let levels = vec![1; rows.len()];
        let mut group = file.next_row_group().expect("a row group");
        for number in 0..6 {
            let mut column = group.next_column().expect("a column").expect("six columns");
            let values = match number {
                0 => {
                    let times = &bars.time[rows.clone()];
                    column.typed::<Int64Type>().write_batch(times, Some(&levels), None)
                }
                _ => {
                    let columns = [&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume];
                    let values = &columns[number - 1][rows.clone()];
                    column.typed::<DoubleType>().write_batch(values, Some(&levels), None)
                }
            };
            values.expect("values in memory");
            column.close().expect("the end of a column");
        }
        group.close().expect("the end of a row group");
    }
    file.into_inner().expect("the end of the file")
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Iso,
    EpochMs,
    Quoted,
}

/// Bars of a random walk around 30,000 with two decimals and volumes with five.
fn minute_bars(bytes: usize, style: Style) -> String {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut uniform = move || f64::from(random.next_u32()) / f64::from(u32::MAX);
    let mut text = String::with_capacity(bytes + 200);
    text.push_str("time,open,high,low,close,volume\n");
    let (mut time, mut price) = (START, 30_000.0_f64);
    while text.len() < bytes {
        let open = price;
        price = (price * (1.0 + 0.002 * (uniform() - 0.5))).clamp(10_000.0, 90_000.0);
        let high = open.max(price) * (1.0 + 0.0005 * uniform());
        let low = open.min(price) * (1.0 - 0.0005 * uniform());
        let volume = 100.0 * uniform();
        let label = match style {
            Style::EpochMs => time.to_string(),
            Style::Iso => format_time(time),
            Style::Quoted => format!("\"{}\"", format_time(time)),
        };
        let _ = writeln!(text, "{label},{open:.2},{high:.2},{low:.2},{price:.2},{volume:.5}");
        time += MINUTE;
    }
    text
}

/// What one would write first: each number through the csv crate and the standard library, no checks, times
/// left as text.
fn csv_and_parse(bytes: &[u8]) -> Vec<Vec<f64>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut columns = vec![Vec::new(); 5];
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        for (column, field) in columns.iter_mut().zip(record.iter().skip(1)) {
            let number = str::from_utf8(field).ok().and_then(|text| text.parse().ok());
            column.push(number.unwrap_or(f64::NAN));
        }
    }
    columns
}

/// Seconds of the quickest of some runs: the one that was disturbed least. It is the processor's time where
/// the system tells it, so that other work on the machine matters little.
fn best<T>(mut run: impl FnMut() -> T) -> f64 {
    (0..REPEATS)
        .map(|_| {
            let start = seconds();
            let result = run();
            let seconds = seconds() - start;
            drop(black_box(result));
            seconds
        })
        .fold(f64::INFINITY, f64::min)
}

#[cfg(unix)]
fn seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

#[cfg(not(unix))]
fn seconds() -> f64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_secs_f64()
}
