//! The engine's speed, as ratios to loops that are written by hand for one job each and built here with
//! the same flags: `cargo bench --bench engine [-- PARTS] [--json]`.
//!
//! What is compared runs alternately, and CPU time counts, so that other load on the machine changes
//! little. `docs/benchmarks.md` says what the jobs are.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::float_cmp,
    missing_docs,
    reason = "a bench prints, and ends where it can't go on"
)]

mod data;
mod fused;
mod jobs;
mod lanes;
mod measure;

use measure::compare;

fn main() {
    let parts: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    if wants("j1") {
        j1();
    }
    if wants("j2") {
        j2();
    }
    if wants("j3") {
        j3();
    }
    if wants("j4") {
        j4();
    }
}

fn show(name: &str, (engine, fused): (f64, f64), target: f64) {
    println!(
        "{name:<12} engine {:9.3} ms  fused {:9.3} ms  ratio {:5.2}  target {target:.1}",
        engine * 1e3,
        fused * 1e3,
        engine / fused
    );
}

fn check(engine: &jobs::Answer, fused: &jobs::Answer) {
    assert!(engine.agrees(fused), "engine {engine:?}\nfused {fused:?}");
}

fn j1() {
    let market = jobs::minutes(1_000_000);
    let per_year = market.bars_per_year();
    let bars = &market.symbols()[0];
    let engine = || jobs::single(&jobs::cross((20, 100)), &market);
    let fused = || fused::cross(bars, 20, 100, per_year);
    check(&engine(), &fused());
    show("J1", compare(15, engine, fused), 2.0);
}

fn j2() {
    let market = jobs::minutes(100_000);
    let per_year = market.bars_per_year();
    let bars = &market.symbols()[0];
    let pairs = jobs::pairs();
    let (fast, slow) = (jobs::fast(), jobs::slow());
    let lanes = || lanes::sweep::<8>(bars, &fast, &slow, per_year);
    let scalar = || -> Vec<_> {
        pairs.iter().map(|(fast, slow)| fused::cross(bars, *fast, *slow, per_year)).collect()
    };
    let simd = lanes();
    for ((a, (pair, b)), expected) in scalar().iter().zip(&simd).zip(&pairs) {
        assert_eq!(pair, expected);
        check(a, b);
    }
    let engine = || jobs::sweep(&market, &pairs);
    for (answer, (_, expected)) in engine().iter().zip(&simd) {
        check(answer, expected);
    }
    show("J2", compare(5, engine, lanes), 3.0);
}

fn j3() {
    let market = jobs::minutes(1_000_000);
    let per_year = market.bars_per_year();
    let bars = &market.symbols()[0];
    let engine = || jobs::single(jobs::GUARDED, &market);
    let fused = || fused::guarded_cross(bars, per_year);
    check(&engine(), &fused());
    show("J3", compare(15, engine, fused), 2.5);
}

fn j4() {
    let markets = jobs::symbols();
    let folds = jobs::folds();
    let per_year = markets[0].bars_per_year();
    let engine = || jobs::walk_forward(&markets, &folds);
    let fused = || jobs::walk_forward_by_hand(&markets, &folds, per_year);
    for (engine, fused) in engine().iter().zip(&fused()) {
        check(engine, fused);
    }
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| compare(50, engine, fused))
    };
    show("J4 1 thread", with(1), 3.0);
    show("J4 2 threads", with(2), 3.0);
}
