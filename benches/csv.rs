//! How fast CSV becomes validated bars, on one core: `cargo bench --bench csv [MEGABYTES]`.
//!
//! The file is made in memory: one-minute bars of a random walk, written as exchanges write them. Beside it
//! stand the same columns through the csv crate and `str::parse`, and the mere counting of lines.

#![expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::{fmt::Write, hint::black_box, time::Instant};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use sprag::market::{self, Market, format_time};

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
            let start = Instant::now();
            black_box(Market::new(columns));
            println!("  join two symbols      {:8.1} ms", start.elapsed().as_secs_f64() * 1e3);
        }
    }
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

/// Seconds of the quickest of some runs: the one that was disturbed least.
fn best<T>(mut run: impl FnMut() -> T) -> f64 {
    (0..REPEATS)
        .map(|_| {
            let start = Instant::now();
            let result = run();
            let seconds = start.elapsed().as_secs_f64();
            drop(black_box(result));
            seconds
        })
        .fold(f64::INFINITY, f64::min)
}
