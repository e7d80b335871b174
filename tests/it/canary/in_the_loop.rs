//! Canaries in the loop: before an epoch's baseline, and only there; one that is dead stops everything.

use std::cell::Cell;

use sprag::canary::{self, Effort, Engine, Report};
use sprag::evaluation::Arena;
use sprag::iteration::{self, Ending, LoopError, Orders, Outcome};
use sprag::ports::{Aids, Clock, Event, Ports, Progress, Proposer, ProposerError};
use sprag::propose::{Disclosure, Proposal};

use super::markets::SHIPPED;
use crate::reconcile::model::Model;

const STRATEGY: &str = include_str!("../../../state/strategy.toml");

struct Noon;

impl Clock for Noon {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

/// Proposes nothing.
struct Silent;

impl Proposer for Silent {
    fn propose(&mut self, _: &Disclosure, _: &mut Aids<'_>) -> Result<Proposal, ProposerError> {
        Err(ProposerError::Exhausted("silence".into()))
    }
}

#[derive(Default)]
struct Phases(Vec<&'static str>);

impl Progress for Phases {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Phase(phase) = event {
            self.0.push(phase);
        }
    }
}

fn run(model: &Model, orders: &Orders) -> (Result<Outcome, LoopError>, Vec<&'static str>) {
    let (program, market) = &*SHIPPED;
    let arena = Arena::new(program, market).unwrap();
    let mut phases = Phases::default();
    let mut ports = Ports {
        repository: model,
        forge: None,
        clock: &Noon,
        proposer: &mut Silent,
        progress: &mut phases,
        stop: &|| None,
    };
    let outcome = iteration::run(&mut ports, &arena, orders);
    (outcome, phases.0)
}

fn dead(arena: &Arena<'_>, incumbent: &str) -> Report {
    let refuses = |_: &str| None;
    let engine = Engine { compile: &refuses, ..Engine::OWN };
    canary::run(&engine, arena, Some(incumbent), Effort::QUICK)
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

fn counted(arena: &Arena<'_>, incumbent: &str) -> Report {
    CALLS.set(CALLS.get() + 1);
    assert_eq!(incumbent, STRATEGY);
    canary::quick(arena, incumbent)
}

#[test]
fn they_come_before_the_baseline_of_an_epoch_and_only_there() {
    let model = Model::with_strategy(STRATEGY);
    let orders = Orders { iterations: 1, canaries: counted, ..Orders::default() };
    let (outcome, phases) = run(&model, &orders);
    assert_eq!(outcome.unwrap().records.len(), 1);
    assert_eq!(phases[..3], ["canaries", "backtest", "score"]);
    // The epoch has its baseline: the next run has nothing to fear.
    let (outcome, phases) = run(&model, &orders);
    assert!(outcome.unwrap().records.is_empty());
    assert!(!phases.contains(&"canaries"));
    assert_eq!(CALLS.get(), 1);
}

#[test]
fn one_that_is_dead_stops_the_run_before_anything_is_evaluated_or_written() {
    let model = Model::with_strategy(STRATEGY);
    let before = model.disk.borrow().clone();
    for dry_run in [false, true] {
        let orders = Orders { iterations: 3, canaries: dead, dry_run, ..Orders::default() };
        let (outcome, phases) = run(&model, &orders);
        let error = outcome.unwrap_err();
        assert_eq!(error.ending(), Ending::Failure);
        let message = error.to_string();
        for part in
            ["a bug of this program", "nothing was recorded", "`sprag canaries`", "costs by hand: "]
        {
            assert!(message.contains(part), "no {part:?} in {message}");
        }
        assert_eq!(phases, ["canaries"]);
        assert_eq!(*model.disk.borrow(), before);
    }
}
