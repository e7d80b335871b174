//! Every request that changes something gets lost, or its answer does, or the run is killed while it is under way; in the
//! end everything is as if nothing had happened.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::bench::{Bench, assert_same_end};
use super::fake::{Fault, When, World};
use crate::cli::harness::Run;

/// Runs cases on as many threads as there are processors.
pub fn each(cases: usize, case: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= cases {
                        return;
                    }
                    case(number);
                }
            });
        }
    });
}

/// A world with a baseline, what one more iteration makes of it, and how many requests that change something it takes.
fn calm(has_graphql: bool) -> (World, Bench, Vec<usize>) {
    let bench = Bench::started();
    bench.github.world(|world| world.has_graphql = has_graphql);
    let world = bench.world();
    bench.iterate("1").ok();
    bench.assert_settled();
    let writes = bench.github.writes();
    assert!(writes.len() >= 9, "only {writes:?}");
    // Without GraphQL it is the same up to the attempt to use it.
    let skipped = writes.iter().take_while(|name| !has_graphql && *name != "createCommitOnBranch");
    let wanted = skipped.count()..writes.len();
    (world, bench, wanted.collect())
}

fn one_fault(has_graphql: bool) {
    let (world, calm, writes) = calm(has_graphql);
    let faults = [Fault::Lost, Fault::AnswerLost, Fault::BadGateway];
    each(writes.len() * faults.len(), |number| {
        let (write, fault) = (writes[number / faults.len()], faults[number % faults.len()]);
        let bench = Bench::of(world.clone());
        bench.github.fail(When::Write(write), fault);
        let run = bench.iterate("1");
        assert_eq!(run.code, 0, "{fault:?} at write {write}: {run:#?}");
        bench.assert_settled();
        assert_same_end(&bench, &calm);
    });
}

#[test]
fn a_run_gets_over_any_fault_and_ends_where_a_calm_one_does() {
    one_fault(true);
}

#[test]
fn so_it_does_without_graphql() {
    one_fault(false);
}

#[test]
fn a_look_that_gets_lost_is_taken_again() {
    let (world, calm, _) = calm(true);
    let bench = Bench::of(world);
    for (number, fault) in [Fault::Lost, Fault::BadGateway, Fault::Unreached].iter().enumerate() {
        // Repository, branch and journal are looked at first.
        bench.github.fail(When::Request(2 * number), *fault);
    }
    bench.iterate("1").ok();
    assert_same_end(&bench, &calm);
}

fn one_kill(has_graphql: bool) {
    let (world, calm, writes) = calm(has_graphql);
    let ways = [(Fault::Hold, false), (Fault::HoldAnswer, true), (Fault::Hold, true)];
    each(writes.len() * ways.len(), |number| {
        let (write, (fault, is_done)) = (writes[number / ways.len()], ways[number % ways.len()]);
        let bench = Bench::of(world.clone());
        bench.github.fail(When::Write(write), fault);
        let mut child = bench.start(&["iterate", "-n", "1"]);
        let held = bench.github.wait_held(|| child.try_wait().unwrap().is_some());
        assert!(held, "write {write} never came");
        child.kill().unwrap();
        child.wait().unwrap();
        // What was under way may be done after its sender is gone.
        bench.github.release(is_done);
        bench.finish(calm.records().len());
        bench.assert_settled();
        assert_same_end(&bench, &calm);
    });
}

#[test]
fn a_run_that_is_killed_at_any_write_is_finished_by_the_next() {
    one_kill(true);
}

#[test]
fn so_it_is_without_graphql() {
    one_kill(false);
}

#[test]
fn of_two_runs_at_once_never_both_land() {
    let (world, calm, writes) = calm(true);
    each(writes.len(), |number| {
        let write = writes[number];
        let bench = Bench::of(world.clone());
        let other = crate::cli::harness::Repo::bare();
        bench.github.repository(|repository| repository.check_out_to(&other.root, "main"));
        bench.github.fail(When::Write(write), Fault::Hold);
        let mut child = bench.start(&["iterate", "-n", "1"]);
        assert!(bench.github.wait_held(|| child.try_wait().unwrap().is_some()));
        // Another machine starts while this one's request is on its way.
        let mut command = bench.command(&["iterate", "-n", "1"]);
        let second = Run::of(command.current_dir(&other.root).output().unwrap());
        bench.github.release(true);
        let first = Run::of(child.wait_with_output().unwrap());
        for run in [&first, &second] {
            assert!(matches!(run.code, 0 | 75), "held at write {write}: {run:#?}");
        }
        assert!(first.code == 0 || second.code == 0, "held at {write}: {first:#?} {second:#?}");
        let records = bench.records().len();
        assert!((2..=3).contains(&records), "held at {write}: {records} records");
        bench.finish(records);
        bench.assert_settled();
        assert_eq!(bench.records()[1]["candidate"], calm.records()[1]["candidate"]);
    });
}
