//! The engine's speed, as ratios to loops that are written by hand for one job each and built here with
//! the same flags: `cargo bench --bench engine [-- PART...] [--json]`.
//!
//! Parts are j1, j2, j3, j4, indicators, parse, start, memory and curve; without one, all of them run.
//! What is compared takes turns, and CPU time counts, so that other load on the machine changes
//! little. `docs/benchmarks.md` says what the jobs are and what came out.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::needless_range_loop,
    missing_docs,
    reason = "a bench prints, ends where it can't go on, and says loops as one does by hand"
)]

/// Runs a block in the widest vector instructions of the machine, as the engine does.
macro_rules! wide {
    ($block:block) => {{
        use fearless_simd::{Level, Simd as _, dispatch};
        dispatch!(Level::new(), simd => simd.vectorize(#[inline(always)] || $block))
    }};
}

mod data;
mod fused;
mod indicators;
mod jobs;
mod lanes;
mod measure;
mod process;
mod table;

use std::hint::black_box;

use sprag::market::Market;

use jobs::Answer;
use measure::{compare, median, time};
use table::{Row, Table};

/// A part of the bench and its name.
type Part = (&'static str, fn(&mut Table));

const PARTS: [Part; 9] = [
    ("j1", j1),
    ("j2", j2),
    ("j3", j3),
    ("j4", j4),
    ("indicators", each_indicator),
    ("parse", parse),
    ("start", start),
    ("memory", memory),
    ("curve", curve),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if process::serve(arguments.first().map(String::as_str)) {
        return;
    }
    let wanted: Vec<&String> = arguments.iter().filter(|arg| !arg.starts_with("--")).collect();
    for name in &wanted {
        assert!(PARTS.iter().any(|(part, _)| part == name), "there is no part {name}");
    }
    let mut table = Table::new(arguments.iter().any(|arg| arg == "--json"));
    for (name, part) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            part(&mut table);
        }
    }
    table.finish();
}

/// One thread, so that CPU time is that of the work alone.
fn on_threads<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
}

/// Threads with a core each: a system that has just seen two threads start may run both on one core for longer
/// than all of a bench's rounds take.
fn on_cores<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).start_handler(measure::stay_on);
    pool.build().unwrap().install(run)
}

fn assert_same(engine: &[Answer], by_hand: &[Answer]) {
    assert_eq!(engine.len(), by_hand.len());
    for (engine, by_hand) in engine.iter().zip(by_hand) {
        assert!(engine.agrees(by_hand), "engine {engine:?}\nby hand {by_hand:?}");
    }
}

/// A strategy over a million bars.
fn single(table: &mut Table, name: &str, text: &str, by_hand: fn(&Market) -> Answer, most: f64) {
    let market = jobs::minutes(1_000_000);
    let engine = || jobs::single(text, &market);
    let by_hand = || by_hand(&market);
    assert_same(&[engine()], &[by_hand()]);
    let times = on_threads(1, || compare(21, engine, by_hand));
    table.add(Row::ratio(name, times, Some(most)));
}

fn j1(table: &mut Table) {
    let by_hand =
        |market: &Market| fused::cross(&market.symbols()[0], 20, 100, market.bars_per_year());
    single(table, "J1 cross of two averages", &jobs::cross((20, 100)), by_hand, 2.0);
}

fn j3(table: &mut Table) {
    let by_hand =
        |market: &Market| fused::guarded_cross(&market.symbols()[0], market.bars_per_year());
    single(table, "J3 with filter, stop and target", jobs::GUARDED, by_hand, 2.5);
}

fn j2(table: &mut Table) {
    let market = jobs::minutes(100_000);
    let (bars, per_year) = (&market.symbols()[0], market.bars_per_year());
    let pairs = jobs::pairs();
    let engine = || jobs::sweep(&market, &pairs);
    let lanes = || lanes::sweep::<4>(bars, &jobs::fast(), &jobs::slow(), per_year);
    let scalar = || -> Vec<Answer> {
        pairs.iter().map(|(fast, slow)| fused::cross(bars, *fast, *slow, per_year)).collect()
    };
    let expected = scalar();
    assert_same(&engine(), &expected);
    assert_same(&lanes(), &expected);
    let (times, scalar) = on_threads(1, || {
        (compare(5, engine, lanes), median((0..3).map(|_| time(scalar)).collect()))
    });
    table.add(Row::ratio("J2 1,000 pairs, to lanes", times, Some(3.0)));
    table.add(Row::ratio("J2 to a loop for each pair", (times.0, scalar), Some(1.0)));
}

fn j4(table: &mut Table) {
    let (markets, folds) = (jobs::symbols(), jobs::folds());
    let per_year = markets[0].bars_per_year();
    let engine = || jobs::walk_forward(&markets, &folds);
    let by_hand = || jobs::walk_forward_by_hand(&markets, &folds, per_year);
    assert_same(&engine(), &by_hand());
    let [one, two] = [1, 2].map(|threads| on_threads(threads, || compare(101, engine, by_hand)));
    table.add(Row::ratio("J4 walk-forward, 1 thread", one, Some(3.0)));
    table.add(Row::ratio("J4 CPU time of 2 threads", two, Some(3.0)));
    let (a, b) = markets.split_at(markets.len() / 2);
    let by_hand = |markets| jobs::walk_forward_by_hand(markets, &folds, per_year);
    let halves = || rayon::join(|| by_hand(a), || by_hand(b));
    let [one, two] = [1, 2].map(|threads| on_cores(threads, || measure::wall(501, engine)));
    table.add(Row::ratio("J4 2 threads to 1, by the clock", (two, one), Some(0.588)));
    // What the machine allows: on a busy one a second thread is no help to anybody.
    let [one, two] = [1, 2].map(|threads| on_cores(threads, || measure::wall(501, halves)));
    table.add(Row::ratio("the same of the loops by hand", (two, one), None));
}

fn each_indicator(table: &mut Table) {
    let market = jobs::minutes(1_000_000);
    let bars = &market.symbols()[0];
    for indicator in &indicators::INDICATORS {
        let (graph, root) = indicator.lowered();
        let engine = || sprag::expr::column(&graph, root, bars);
        let by_hand = || (indicator.by_hand)(bars);
        let near =
            |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * b.abs() || (a.is_nan() && b.is_nan());
        assert!(engine().iter().zip(&by_hand()).all(near), "{}", indicator.text);
        let times = compare(15, engine, by_hand);
        table.add(Row::ratio(indicator.text, times, None));
        if let Some(talib) = indicator.talib_ms {
            // As TA-Lib's figure was taken: nothing else runs between its calls.
            let alone = median((0..51).map(|_| time(engine)).collect());
            let name = format!("{}, to TA-Lib elsewhere", indicator.text);
            table.add(Row::ratio(&name, (alone, talib / 1e3), Some(1.5)));
        }
    }
}

fn parse(table: &mut Table) {
    assert!(jobs::compiled(jobs::FORTY_NODES).nodes >= 40, "nodes");
    let calls = 200;
    let rounds = (0..15).map(|_| {
        time(|| (0..calls).for_each(|_| drop(black_box(jobs::compiled(jobs::FORTY_NODES)))))
    });
    let each = median(rounds.collect()) / f64::from(calls);
    table.add(Row::number("parse and lower 40 nodes", "µs", each * 1e6, Some(100.0)));
}

fn start(table: &mut Table) {
    let (cpu, wall) = process::first_result();
    table.add(Row::number("start to first J4, CPU", "ms", cpu * 1e3, Some(50.0)));
    table.add(Row::number("start to first J4, clock", "ms", wall * 1e3, None));
}

fn memory(table: &mut Table) {
    let Some((j1, j2)) = process::memory() else { return };
    // Megabytes of six columns of eight bytes.
    let columns = |bars: f64| 6.0 * 8.0 * bars / 1e6;
    let (j1, j2) = (j1 / columns(1e6), j2 - columns(1e5));
    table.add(Row::number("J1 memory, data included", "x columns", j1, Some(3.0)));
    table.add(Row::number("J2 memory above its data", "MB", j2, Some(64.0)));
}

/// Cost per bar and candidate, from ten thousand to a hundred million of them.
fn curve(table: &mut Table) {
    let pairs = jobs::pairs();
    for (candidates, bars) in
        [(1, 10_000), (10, 10_000), (1, 1_000_000), (100, 10_000), (100, 100_000), (1_000, 100_000)]
    {
        let market = jobs::minutes(bars);
        let chosen: Vec<jobs::Pair> =
            pairs.iter().copied().step_by(pairs.len() / candidates).collect();
        let total = candidates * bars;
        let rounds = (20_000_000 / total).clamp(1, 200);
        let each = on_threads(1, || {
            let run = || jobs::sweep(&market, &chosen);
            time(run);
            median((0..rounds).map(|_| time(run)).collect())
        });
        let name = format!("{candidates} x {bars} bars");
        table.add(Row::number(&name, "ns each", each * 1e9 / total as f64, None));
    }
}
