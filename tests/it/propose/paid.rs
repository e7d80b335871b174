//! What asking costs is booked, whatever happens: failed calls, kills at any effect, budgets.

use std::cell::Cell;

use sprag::evaluation::Arena;
use sprag::iteration::{self, LoopError, Orders, Outcome};
use sprag::ports::{
    Aids, Clock, Event, Ports, Progress, Proposer, ProposerError, RepositoryError, Stop,
};
use sprag::propose::{Author, Disclosure, Proposal};
use sprag::state::{Bill, Journal, Phase, State, Usd};
use sprag::strategy::Edit;

use super::world::{market, program};
use crate::reconcile::model::Model;

const STRATEGY: &str = "[params]\nn = { value = 10, min = 2, max = 90 }\n[long]\n\
    enter = 'close > sma(close, n)'\nexit = 'close < sma(close, n)'\n";

/// What a call of the test's proposer costs, and may cost at most.
const COST: Bill = Bill { tokens_in: 100, tokens_out: 10, usd: Some(Usd::Known(0.25)) };
const MOST: Bill = Bill { tokens_in: 150, tokens_out: 50, usd: Some(Usd::Known(0.5)) };

/// What a call comes to.
#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Change,
    Unreadable,
    Unavailable,
    /// The connection was lost, and the reservation is never settled.
    Lost,
}

/// A proposer that costs something, and moves the one parameter.
struct Paid {
    script: fn(u64) -> Ending,
    calls: Cell<u64>,
}

impl Proposer for Paid {
    fn propose(
        &mut self,
        disclosure: &Disclosure,
        aids: &mut Aids<'_>,
    ) -> Result<Proposal, ProposerError> {
        let reservation = aids.purse.reserve(&MOST)?;
        let call = self.calls.get();
        self.calls.set(call + 1);
        let by = Author { kind: "llm", name: Some("m".into()), ..Author::default() };
        let ending = (self.script)(call);
        if ending != Ending::Lost {
            aids.purse.settle(reservation, &COST)?;
        }
        match ending {
            Ending::Change => Ok(Proposal {
                edits: vec![Edit::set("params.n.value", 11 + disclosure.iteration)],
                hypothesis: format!("call {call}"),
                expected: None,
                by,
            }),
            Ending::Unreadable => Err(ProposerError::Unreadable { by, reason: "no JSON".into() }),
            Ending::Unavailable | Ending::Lost => {
                Err(ProposerError::Unavailable { kind: "llm", message: "503".into() })
            }
        }
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> jiff::Timestamp {
        "2026-11-05T12:00:00Z".parse().unwrap()
    }
}

struct Silent;

impl Progress for Silent {
    fn event(&mut self, _: &Event<'_>) {}
}

/// One run of the loop.
fn run(model: &Model, paid: &mut Paid, extra: &str, iterations: u64) -> Result<Outcome, LoopError> {
    let (program, market) = (program(&format!("holdout = 0\n{extra}")), market());
    let arena = Arena::new(&program, &market).unwrap();
    let mut ports = Ports {
        repository: model,
        forge: None,
        clock: &Noon,
        proposer: paid,
        progress: &mut Silent,
        stop: &|| None,
    };
    iteration::run(&mut ports, &arena, &Orders { iterations, explicit: true, ..Orders::default() })
}

fn world(script: fn(u64) -> Ending) -> (Model, Paid) {
    (Model::with_strategy(STRATEGY), Paid { script, calls: Cell::new(0) })
}

/// Tokens and dollars of all records.
fn booked(model: &Model) -> (u64, f64) {
    let state = State::read(&model.disk.borrow().head_files()).unwrap();
    let spend = state.status().unwrap().spend.clone();
    assert_eq!(spend.day.as_ref().map_or(0, |day| day.tokens_in), spend.tokens_in, "one day");
    (spend.tokens_in + spend.tokens_out, spend.usd)
}

#[test]
fn each_record_carries_what_its_proposal_cost() {
    let (model, mut paid) = world(|_| Ending::Change);
    let outcome = run(&model, &mut paid, "", 3).unwrap();
    let proposers: Vec<_> = outcome.records.iter().map(|record| &record.proposer).collect();
    assert_eq!(proposers[0].bill(), Bill::default(), "the baseline");
    for proposer in &proposers[1..] {
        assert_eq!((proposer.bill(), proposer.kind.as_str()), (COST, "llm"));
    }
    assert_eq!((outcome.spent.tokens, outcome.spent.usd), (330, 0.75));
    assert_eq!(booked(&model), (330, 0.75));
}

#[test]
fn invalid_answers_are_paid_and_end_as_invalid() {
    let (model, mut paid) = world(|_| Ending::Unreadable);
    let outcome = run(&model, &mut paid, "[session]\nproposals = 2", 1).unwrap();
    let record = &outcome.records[1];
    assert_eq!(record.verdict, sprag::state::Verdict::Invalid);
    assert_eq!(record.reason, "no JSON");
    assert_eq!((record.proposer.tokens_in, paid.calls.get()), (200, 2));
    assert_eq!(booked(&model), (220, 0.5));
}

#[test]
fn what_was_refused_last_is_recorded_when_nothing_is_left_to_ask_again() {
    let (model, mut paid) = world(|_| Ending::Unreadable);
    let settings = "[session]\nproposals = 3\n[budget]\ntokens = 250";
    let outcome = run(&model, &mut paid, settings, 2).unwrap();
    assert!(matches!(outcome.stopped, Some(Stop::Spent(_))), "{:?}", outcome.stopped);
    assert_eq!(outcome.records[1].verdict, sprag::state::Verdict::Invalid);
    assert_eq!((booked(&model).0, paid.calls.get()), (110, 1));
    assert_eq!(model.disk.borrow().journal, None);
}

#[test]
fn a_transient_failure_keeps_its_cost_for_the_next_record() {
    let (model, mut paid) =
        world(|call| if call < 2 { Ending::Unavailable } else { Ending::Change });
    for expected in [110, 220] {
        let error = run(&model, &mut paid, "", 1).unwrap_err();
        assert_eq!(error.ending(), iteration::Ending::Transient, "{error}");
        let journal = model.disk.borrow().journal.clone().unwrap();
        let Phase::Asked(asked) = Journal::parse(&journal).unwrap().phase else { panic!() };
        assert_eq!((asked.bill.tokens(), asked.in_flight), (expected, Bill::default()));
    }
    let outcome = run(&model, &mut paid, "", 1).unwrap();
    assert_eq!(outcome.records.len(), 1);
    assert_eq!(outcome.records[0].proposer.tokens_in, 300);
    assert_eq!((booked(&model), outcome.spent.tokens), ((330, 0.75), 110));
    assert_eq!(model.disk.borrow().journal, None);
}

#[test]
fn a_call_whose_answer_was_lost_counts_as_dear_as_it_can_have_been() {
    let (model, mut paid) = world(|call| if call == 0 { Ending::Lost } else { Ending::Change });
    run(&model, &mut paid, "", 1).unwrap_err();
    run(&model, &mut paid, "", 1).unwrap();
    assert_eq!(booked(&model), (200 + 110, 0.5 + 0.25));
}

#[test]
fn budgets_are_asked_before_a_call() {
    // Room for three calls at most, or for two after which not even a cheap one is certain to fit.
    for (budget, calls) in [
        ("[budget]\ntokens_per_run = 450", 3),
        ("[budget]\nusd_per_run = 0.99", 2),
        ("[budget]\ntokens = 310", 2),
        ("[budget]\nusd_per_day = 0.5", 1),
        ("[budget]\ntokens = 100", 0),
    ] {
        let (model, mut paid) = world(|_| Ending::Change);
        let outcome = run(&model, &mut paid, budget, 9).unwrap();
        assert_eq!(paid.calls.get(), calls, "{budget}");
        let Some(Stop::Spent(overdrawn)) = outcome.stopped else { panic!("{:?}", outcome.stopped) };
        assert!(budget.contains(overdrawn.key), "{overdrawn}");
        assert_eq!(booked(&model).0, 110 * calls);
        // Another run: budgets of a run begin anew, the others don't.
        let again = run(&model, &mut paid, budget, 9).unwrap();
        let more = if budget.contains("per_run") { calls } else { 0 };
        assert_eq!(
            (paid.calls.get(), again.records.len() as u64),
            (calls + more, more),
            "{budget}"
        );
    }
}

fn killed(result: Result<Outcome, LoopError>) -> bool {
    match result {
        Ok(_) => false,
        Err(LoopError::Repository(RepositoryError::TimedOut { .. })) => true,
        Err(LoopError::Proposer(ProposerError::Repository(_))) => true,
        Err(error) => panic!("{error}"),
    }
}

/// A run that is killed anywhere is followed by one that isn't: all that was paid is booked, a lost answer at
/// its reservation, and no answer that was journalled is paid for again.
#[test]
fn a_kill_at_any_effect_loses_no_cost() {
    let mut kills = 0;
    for effect in 0.. {
        let (model, mut paid) = world(|_| Ending::Change);
        model.kill_after(Some(effect));
        let finished = !killed(run(&model, &mut paid, "", 2));
        model.kill_after(None);
        let state = State::read(&model.disk.borrow().head_files()).unwrap();
        let left = 3 - state.next_iteration().min(3);
        run(&model, &mut paid, "", left.min(2)).unwrap();
        let (tokens, _) = booked(&model);
        let actual = 110 * paid.calls.get();
        // Killed between reserving and settling: before or after the call, nobody can tell.
        let uncertain = 200;
        assert!(
            (actual..=actual + uncertain).contains(&tokens),
            "killed at {effect}: {tokens} booked, {actual} paid"
        );
        kills += 1;
        if finished {
            break;
        }
    }
    assert!(kills > 20, "only {kills} kills");
}
