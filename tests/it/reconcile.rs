//! Recovery: a world in memory, killed at every effect, must always come to the same end.

pub mod driver;
pub mod model;

use std::collections::BTreeSet;

use driver::{Driver, NOW, Stop, blank, strategy_hash};
use model::{Disk, Model};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sprag::ports::{CommitId, Repository};
use sprag::program::HalfDone;
use sprag::reconcile::Action;
use sprag::state::{Blob, Journal, Phase, State, StatePath, Verdict};

const FIRST: &str = "name = \"first\"\n";

/// What has to hold of every repository at rest.
fn check_at_rest(disk: &Disk, driver: &Driver, model: &Model) {
    let files = disk.head_files();
    let state = State::read(&files).unwrap();
    assert_eq!(disk.journal, None);
    assert_eq!(disk.work, files, "work tree");
    assert_eq!(disk.index, files, "index");
    assert_eq!(driver.pending(model).unwrap(), [], "a second reconcile finds nothing");
    let hypotheses: Vec<_> =
        state.history().records().iter().filter_map(|record| record.hypothesis.clone()).collect();
    let unique: BTreeSet<_> = hypotheses.iter().collect();
    assert_eq!(unique.len(), hypotheses.len(), "a proposal was recorded twice: {hypotheses:?}");
    for paid in driver.journalled.borrow().iter() {
        assert!(unique.contains(paid), "`{paid}` was paid for and lost");
    }
    history_only_grows(disk);
}

fn history_only_grows(disk: &Disk) {
    let mut later: Option<Vec<String>> = None;
    for files in disk.lineage() {
        let state = State::read(files).unwrap();
        let lines: Vec<_> =
            state.history().records().iter().map(|record| record.to_line().unwrap()).collect();
        if let Some(later) = &later {
            assert_eq!(later[..lines.len()], lines, "an older record changed");
        }
        later = Some(lines);
    }
}

fn killed(result: Result<State, Stop>) -> bool {
    match result {
        Ok(_) => false,
        Err(Stop::Repository(_)) => true,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_kill_at_any_effect_and_another_in_recovery_change_nothing_in_the_end() {
    // Small segments, so that rotation is among the things that get killed.
    let driver = || Driver { segment_bytes: 1000, ..Driver::default() };
    let calm = Model::with_strategy(FIRST);
    let end = driver().run_to(&calm, 4).unwrap();
    assert!(end.history().segments().len() > 1);
    let calm = calm.disk.into_inner();
    let mut kills = 0;
    for first in 0.. {
        let mut finished = false;
        // Every third effect, starting elsewhere each time: enough, and three times as fast.
        for second in (first % 3..).step_by(3) {
            let (driver, model) = (driver(), Model::with_strategy(FIRST));
            model.kill_after(Some(first));
            finished = !killed(driver.run_to(&model, 4));
            model.kill_after(Some(second));
            let recovered = !killed(driver.run_to(&model, 4));
            model.kill_after(None);
            driver.run_to(&model, 4).unwrap();
            kills += 1;
            let disk = model.disk.borrow();
            check_at_rest(&disk, &driver, &model);
            // An answer that was lost before it was journalled is asked for again: other words.
            if driver.asked.get() == 3 {
                assert_eq!(disk.head, calm.head, "killed after {first}, then after {second}");
            }
            let (status, end) = (state_of(&disk).status().cloned().unwrap(), end.status().unwrap());
            assert_eq!((status.trials, &status.verdicts), (end.trials, &end.verdicts));
            assert_eq!((status.best, status.spend), (end.best.clone(), end.spend.clone()));
            if recovered {
                break;
            }
        }
        if finished {
            break;
        }
    }
    assert!(kills > 300, "only {kills} kills");
}

fn state_of(disk: &Disk) -> State {
    State::read(&disk.head_files()).unwrap()
}

#[test]
fn kills_mixed_with_what_people_do_lose_nothing() {
    for seed in 0..60 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut below = move |n: u64| random.next_u64() % n;
        let mut driver = Driver { segment_bytes: 3000, ..Driver::default() };
        let model = Model::with_strategy(FIRST);
        for round in 0..12 {
            match below(8) {
                0 => driver.epoch = format!("e{round}"),
                1 if is_clean(&model) => {
                    model
                        .person_commits(StatePath::Strategy, &format!("name = \"mine {round}\"\n"));
                }
                2 => another_clone_lands(&model, &driver),
                3 => driver.half_done = [HalfDone::Finish, HalfDone::Abandon][below(2) as usize],
                _ => {}
            }
            model.kill_after(Some(below(60) as usize));
            let next = state_of(&model.disk.borrow()).next_iteration();
            killed(driver.run_to(&model, next + 1 + below(3)));
        }
        model.kill_after(None);
        let state = driver.run_to(&model, 8).unwrap_or_else(|stop| panic!("seed {seed}: {stop}"));
        check_at_rest(&model.disk.borrow(), &driver, &model);
        let status = state.status().unwrap();
        assert_eq!(status.incumbent.hash, strategy_hash(state.strategy().unwrap()), "seed {seed}");
        let paid = state.history().records().iter().filter(|record| record.hypothesis.is_some());
        assert_eq!(status.spend.tokens_in, paid.count() as u64, "seed {seed}");
    }
}

/// Whether a person could commit a file without sweeping in a checkout that isn't finished.
fn is_clean(model: &Model) -> bool {
    let disk = model.disk.borrow();
    disk.work == disk.head_files() && disk.index == disk.work
}

/// A run on another machine lands an iteration, and the person here pulls it.
fn another_clone_lands(model: &Model, driver: &Driver) {
    if !is_clean(model) || state_of(&model.disk.borrow()).status().is_none() {
        return;
    }
    let other = Model::default();
    *other.disk.borrow_mut() = Disk { journal: None, ..model.disk.borrow().clone() };
    let there = Driver { epoch: driver.epoch.clone(), segment_bytes: 3000, ..Driver::default() };
    // Its calls have names of their own.
    there.asked.set(1_000_000 * state_of(&other.disk.borrow()).next_iteration());
    let next = state_of(&other.disk.borrow()).next_iteration();
    there.run_to(&other, next + 1).unwrap();
    driver.journalled.borrow_mut().extend(there.journalled.into_inner());
    let journal = model.disk.borrow().journal.clone();
    *model.disk.borrow_mut() = Disk { journal, ..other.disk.into_inner() };
}

/// A model killed just after its journal said `Proposed` for iteration 1.
fn half_done() -> (Driver, Model) {
    let (driver, model) = (Driver::default(), Model::with_strategy(FIRST));
    driver.run_to(&model, 1).unwrap();
    model.kill_after(Some(2));
    assert!(killed(driver.run_to(&model, 2)));
    model.kill_after(None);
    let journal = Journal::parse(model.disk.borrow().journal.as_ref().unwrap()).unwrap();
    assert!(matches!(journal.phase, Phase::Proposed(_)));
    (driver, model)
}

fn abandon_reason(driver: &Driver, model: &Model) -> String {
    match &driver.pending(model).unwrap()[..] {
        [Action::Abandon { reason, .. }] => reason.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_proposal_is_resumed_only_while_everything_it_was_made_for_holds() {
    let (driver, model) = half_done();
    assert!(matches!(&driver.pending(&model).unwrap()[..], [Action::Resume(..)]));

    let (mut driver, model) = half_done();
    driver.epoch = "e2".into();
    assert_eq!(abandon_reason(&driver, &model), "the epoch is e2 now, it was e1");

    let (driver, model) = half_done();
    model.person_commits(StatePath::Strategy, "name = \"mine\"\n");
    assert_eq!(abandon_reason(&driver, &model), "the incumbent it was built on has changed");

    let (mut driver, model) = half_done();
    driver.half_done = HalfDone::Abandon;
    assert!(abandon_reason(&driver, &model).contains("half_done"));

    let (driver, model) = half_done();
    another_clone_lands(&model, &driver);
    assert_eq!(abandon_reason(&driver, &model), "it was to be iteration 1, but the next one is 2");
    let state = driver.run_to(&model, 4).unwrap();
    let abandoned = &state.history().records()[2];
    assert_eq!(abandoned.verdict, Verdict::Abandoned);
    assert_eq!(abandoned.hypothesis.as_deref(), Some("call 1 for 1"));
    assert_eq!((abandoned.trial, abandoned.proposer.tokens_in), (None, 1));
}

#[test]
fn an_abandoned_result_stays_a_trial() {
    let (driver, model) = (Driver::default(), Model::with_strategy(FIRST));
    driver.run_to(&model, 1).unwrap();
    // Journal, journal, and the kill comes before the commit.
    model.kill_after(Some(4));
    assert!(killed(driver.run_to(&model, 2)));
    model.kill_after(None);
    another_clone_lands(&model, &driver);
    let state = driver.run_to(&model, 3).unwrap();
    let [.., theirs, abandoned] = state.history().records() else { panic!() };
    assert_eq!((theirs.verdict, theirs.trial), (Verdict::Rejected, Some(2)));
    // The other run evaluated the very same candidate, which counts once.
    assert_eq!((abandoned.verdict, abandoned.trial), (Verdict::Abandoned, Some(2)));
    assert_eq!(abandoned.reason, "the state changed before its result could be committed");
}

/// A person adds a space at its end.
fn longer(file: &mut Blob) {
    *file = [&**file, b" "].concat().into();
}

#[test]
fn what_a_person_changed_is_refused_and_left_alone() {
    let at_rest = || {
        let (driver, model) = (Driver::default(), Model::with_strategy(FIRST));
        driver.run_to(&model, 3).unwrap();
        (driver, model)
    };
    let refuse = |driver: &Driver, model: &Model| {
        let before = model.disk.borrow().clone();
        let message = driver.run_to(model, 9).unwrap_err().to_string();
        assert_eq!(*model.disk.borrow(), before, "something was changed");
        message
    };
    for path in [StatePath::Status, StatePath::History] {
        let (driver, model) = at_rest();
        longer(model.disk.borrow_mut().work.get_mut(&path).unwrap());
        let message = refuse(&driver, &model);
        assert!(message.contains(&format!("{path} was edited")), "{message}");
        assert!(message.contains(&format!("git checkout HEAD -- {path}")), "{message}");

        let (driver, model) = at_rest();
        longer(model.disk.borrow_mut().index.get_mut(&path).unwrap());
        let message = refuse(&driver, &model);
        assert!(message.contains(&format!("git reset -- {path}")), "{message}");
    }
    let (driver, model) = at_rest();
    model.disk.borrow_mut().work.insert(StatePath::Strategy, "name = \"draft\"\n".into());
    let message = refuse(&driver, &model);
    assert!(message.contains("git commit`") && message.contains("`external`"), "{message}");

    let (driver, model) = at_rest();
    model.disk.borrow_mut().work.remove(&StatePath::History);
    assert!(refuse(&driver, &model).contains("state/history.json was deleted"));

    let (driver, model) = at_rest();
    model.disk.borrow_mut().journal = Some(b"{\"format\": 3, \"what\": 1}".to_vec());
    assert!(refuse(&driver, &model).contains("format 3 is newer than 2"));

    let (driver, model) = at_rest();
    model.disk.borrow_mut().journal = Some(b"{\"form".to_vec());
    assert!(refuse(&driver, &model).contains("state/journal.json can't be read"));
}

#[test]
fn an_edit_during_a_run_survives_and_the_rest_is_finished() {
    let (driver, model) = (Driver::default(), Model::with_strategy(FIRST));
    driver.run_to(&model, 2).unwrap();
    // Journalled, committed; then the person's editor saves before the checkout.
    model.kill_after(Some(7));
    assert!(killed(driver.run_to(&model, 3)));
    model.kill_after(None);
    let draft: Blob = "name = \"draft\"\n".into();
    model.disk.borrow_mut().work.insert(StatePath::Strategy, draft.clone());
    let message = driver.run_to(&model, 3).unwrap_err().to_string();
    assert!(message.contains("state/strategy.toml was edited"), "{message}");
    assert_eq!(model.disk.borrow().work[&StatePath::Strategy], draft);
    model.person_commits(StatePath::Strategy, "name = \"draft\"\n");
    let state = driver.run_to(&model, 4).unwrap();
    let verdicts: Vec<_> = state.history().records().iter().map(|record| record.verdict).collect();
    use Verdict::{Accepted, Baseline, External, Rejected};
    assert_eq!(verdicts, [Baseline, Rejected, Accepted, External]);
    check_at_rest(&model.disk.borrow(), &driver, &model);
}

#[test]
fn a_half_done_checkout_is_finished_over_what_the_journal_explains_and_nothing_else() {
    // Each kill between the commit and the end of the journal, in a first iteration and in one that is accepted.
    for (done, kill) in [(0, 5), (0, 7), (0, 8), (2, 5), (2, 7), (2, 9)] {
        let half_done = || {
            let (driver, model) = (Driver::default(), Model::with_strategy(FIRST));
            if done > 0 {
                driver.run_to(&model, done).unwrap();
            }
            // The proposal of an iteration is journalled first.
            model.kill_after(Some(kill + usize::from(done > 0) * 2));
            assert!(killed(driver.run_to(&model, done + 1)));
            model.kill_after(None);
            let text = model.disk.borrow().journal.clone().unwrap();
            let Phase::Recorded(intent) = Journal::parse(&text).unwrap().phase else { panic!() };
            (driver, model, intent)
        };
        let (_, model, intent) = half_done();
        assert!(model.disk.borrow().commits.len() as u64 > done + 1, "it isn't committed");
        let head = model.disk.borrow().head.clone().unwrap();
        let parent = model.disk.borrow().commits[&head].0.clone().unwrap();
        let before = model.disk.borrow().commits[&parent].1.clone();
        for file in intent.files.iter().map(|file| file.path) {
            // As it was: that is how a check-out that hasn't come to it leaves it, and HEAD's parent has it.
            let (driver, model, _) = half_done();
            match before.get(&file) {
                Some(text) => model.disk.borrow_mut().work.insert(file, text.clone()),
                None => model.disk.borrow_mut().work.remove(&file),
            };
            driver.run_to(&model, done + 1).unwrap();
            check_at_rest(&model.disk.borrow(), &driver, &model);

            // Anything else is a person's: neither that file nor another one is touched.
            let mine = Blob::from("mine\n");
            let deleted = before.contains_key(&file).then_some(None);
            for text in [Some(Some(mine)), deleted].into_iter().flatten() {
                let (driver, model, _) = half_done();
                match text {
                    Some(text) => model.disk.borrow_mut().work.insert(file, text),
                    None => model.disk.borrow_mut().work.remove(&file),
                };
                let left = model.disk.borrow().clone();
                let message = driver.run_to(&model, done + 1).unwrap_err().to_string();
                assert!(message.contains(&file.to_string()), "{message}");
                assert_eq!(*model.disk.borrow(), left, "{done} {kill} {file}");
            }
        }
    }
}

#[test]
fn a_strategy_that_is_not_committed_yet_is_adopted_by_the_first_baseline() {
    let (driver, model) = (Driver::default(), Model::default());
    model.disk.borrow_mut().work.insert(StatePath::Strategy, FIRST.into());
    let state = driver.run_to(&model, 1).unwrap();
    assert_eq!(state.strategy(), Some(FIRST));
    check_at_rest(&model.disk.borrow(), &driver, &model);
}

#[test]
fn a_new_epoch_and_an_edited_strategy_are_one_baseline() {
    let (mut driver, model) = (Driver::default(), Model::with_strategy(FIRST));
    driver.run_to(&model, 3).unwrap();
    driver.epoch = "e2".into();
    model.person_commits(StatePath::Strategy, "name = \"mine\"\n");
    let state = driver.run_to(&model, 4).unwrap();
    let last = state.history().records().last().unwrap();
    assert_eq!((last.verdict, last.epoch.as_str()), (Verdict::Baseline, "e2"));
    assert_eq!(state.status().unwrap().best.iteration, 3);
}

#[test]
fn a_journal_without_its_history_is_not_thrown_away() {
    let (driver, model) = half_done();
    let journal = model.disk.borrow().journal.clone();
    *model.disk.borrow_mut() = Disk { journal: journal.clone(), ..Disk::default() };
    model.person_commits(StatePath::Strategy, FIRST);
    let message = driver.run_to(&model, 1).unwrap_err().to_string();
    assert!(message.contains("proposal for iteration 1"), "{message}");
    assert_eq!(model.disk.borrow().journal, journal);
}

#[test]
fn a_lost_race_is_finished_by_the_next_run_on_top_of_what_won() {
    let (driver, model) = (Driver::default(), Model::with_strategy(FIRST));
    driver.run_to(&model, 2).unwrap();
    model.kill_after(Some(4));
    assert!(killed(driver.run_to(&model, 3)));
    model.kill_after(None);
    // A person committed something else: same state, other HEAD.
    let moved = CommitId::new("elsewhere");
    let mut disk = model.disk.borrow_mut();
    let head = disk.head.clone();
    let files = disk.head_files();
    disk.commits.insert(moved.clone(), (head, files));
    disk.head = Some(moved.clone());
    drop(disk);
    assert!(matches!(&driver.pending(&model).unwrap()[..], [Action::Commit(_)]));
    driver.run_to(&model, 3).unwrap();
    let disk = model.disk.borrow();
    assert_eq!(disk.commits[disk.head.as_ref().unwrap()].0.as_ref(), Some(&moved));
    check_at_rest(&disk, &driver, &model);
}

#[test]
fn a_baseline_that_lost_its_race_is_simply_done_again() {
    let (driver, model) = (Driver::default(), Model::with_strategy(FIRST));
    model.kill_after(Some(2));
    assert!(killed(driver.run_to(&model, 1)));
    model.kill_after(None);
    model.person_commits(StatePath::Strategy, "name = \"other\"\n");
    let state = driver.run_to(&model, 1).unwrap();
    assert_eq!(state.status().unwrap().incumbent.hash, strategy_hash("name = \"other\""));
    assert!(model.observe().unwrap().journal.is_none());
}

#[test]
fn blank_records_are_what_the_contract_says() {
    // Guards the driver itself: a record with other keys would test nothing real.
    let line = blank(0, "e1").to_line().unwrap();
    assert!(line.contains(NOW) && line.starts_with("{\"format\":1,\"iteration\":0,\"epoch\":"));
}
