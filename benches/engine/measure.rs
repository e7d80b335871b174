//! CPU time of what runs alternately.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// CPU time of this process so far, all threads.
pub fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Keeps this thread on one core, where the system can do that.
pub fn stay_on(core: usize) {
    #[cfg(target_os = "linux")]
    {
        let mut cores = rustix::thread::CpuSet::new();
        cores.set(core);
        // A machine that hasn't this core, or doesn't let us choose, measures as it can.
        let _ = rustix::thread::sched_setaffinity(None, &cores);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = core;
}

/// CPU seconds of one call.
pub fn time<T>(call: impl FnOnce() -> T) -> f64 {
    let before = cpu();
    black_box(call());
    (cpu() - before).as_secs_f64()
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Median of seconds by the clock.
pub fn wall<T>(rounds: usize, call: impl Fn() -> T) -> f64 {
    let each = (0..rounds).map(|_| {
        let started = Instant::now();
        black_box(call());
        started.elapsed().as_secs_f64()
    });
    median(each.collect())
}

/// Medians of two calls that take turns, after one of each that isn't counted.
pub fn compare<A, B>(rounds: usize, a: impl Fn() -> A, b: impl Fn() -> B) -> (f64, f64) {
    black_box((a(), b()));
    let pairs: Vec<(f64, f64)> = (0..rounds).map(|_| (time(&a), time(&b))).collect();
    let (first, second) = pairs.into_iter().unzip();
    (median(first), median(second))
}
