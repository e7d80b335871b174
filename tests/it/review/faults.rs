//! Kills at every effect of repository and forge: the end is the same as without them.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sprag::iteration::LoopError;
use sprag::review::{Marker, Receipt, Stage, iteration_of};
use sprag::state::{PullState, Record, Verdict};

use super::desk::Desk;
use super::forge::{BOT, STRATEGY};

/// What has to hold of every world at rest.
fn check_at_rest(desk: &Desk) {
    let state = desk.state();
    let records = state.history().records();
    let site = desk.forge.site.borrow();
    let branches: BTreeSet<&str> = site.requests.iter().map(|r| r.branch.as_str()).collect();
    assert_eq!(branches.len(), site.requests.len(), "two pull requests of one iteration");
    for request in &site.requests {
        let markers = request.remarks.iter().filter(|remark| remark.author == BOT);
        let markers: Vec<_> = markers.map(|remark| Marker::find(&remark.body).unwrap()).collect();
        let unique: BTreeSet<_> = markers.iter().copied().collect();
        assert_eq!(unique.len(), markers.len(), "a comment twice: {markers:?}");
    }
    let of_loop = site.branches.keys().filter(|branch| iteration_of(branch).is_some());
    for branch in of_loop {
        assert!(branches.contains(branch.as_str()), "{branch} has no pull request");
    }
    let waiting = &state.status().unwrap().pull_requests;
    let open: BTreeSet<u64> = site.open().into_iter().collect();
    assert_eq!(open, waiting.iter().map(|waiting| waiting.iteration).collect());
    for waiting in waiting {
        let request = site.find(waiting.iteration).unwrap();
        assert_eq!(Receipt::find(&request.body).unwrap().record, waiting.record);
        if let Some(text) = &records[waiting.record as usize].strategy {
            assert_eq!(&site.tip(&request.branch).unwrap().files[STRATEGY], text);
        }
        let incumbent = &state.status().unwrap().incumbent.hash;
        assert!(waiting.candidate.is_none() || waiting.parent.as_ref() == Some(incumbent));
    }
    assert_eq!(
        state.strategy(),
        Some(desk.forge.base_text().as_str()),
        "the incumbent is the base's"
    );
    nothing_evaluated_twice(records);
}

/// One evaluation for each reason to have one: who changed what against which incumbent.
fn nothing_evaluated_twice(records: &[Arc<Record>]) {
    let evaluated = records.iter().filter(|record| record.trial.is_some());
    let reasons: Vec<_> = evaluated
        .filter(|record| !matches!(record.verdict, Verdict::Baseline | Verdict::External))
        .map(|record| {
            let pull = record.pull_request.as_ref();
            let of = pull.map(|pull| (pull.iteration, pull.commit.clone(), pull.asked));
            (
                of,
                record.verdict == Verdict::Merged,
                &record.epoch,
                &record.parent,
                &record.candidate,
            )
        })
        .collect();
    let unique: BTreeSet<String> = reasons.iter().map(|reason| format!("{reason:?}")).collect();
    assert_eq!(unique.len(), reasons.len(), "{reasons:#?}");
}

/// A story with something of everything; each step ends at rest before people go on.
fn story(desk: &Desk, mut run: impl FnMut(&Desk, usize)) {
    run(desk, 3);
    let hint = desk.forge.says(1, "bob", "/sprag hint try fewer bars");
    desk.forge.says(1, "bob", "/sprag retry");
    assert!(desk.forge.merges(2));
    run(desk, 4);
    let open = desk.forge.site.borrow().open();
    desk.forge.says(open[0], "alice", "not this one");
    desk.forge.closes(open[0]);
    let branch = sprag::review::branch(open[1]);
    desk.forge.commits(&branch, Some(&desk.text(7)));
    run(desk, 5);
    assert!(hint > 0);
}

fn new() -> Desk {
    Desk::proposing(&["publish.max_open=2"], &[2, 1, 4, 5, 6])
}

/// What a world comes to, without what depends on when a run was killed.
fn end(desk: &Desk) -> impl PartialEq + std::fmt::Debug + use<> {
    let site = desk.forge.site.borrow();
    let requests: Vec<_> = site
        .requests
        .iter()
        .map(|r| (r.branch.clone(), r.title.clone(), r.stage, r.labels.clone(), r.remarks.len()))
        .collect();
    let texts: Vec<_> = site
        .branches
        .keys()
        .map(|b| (b.clone(), site.tip(b).unwrap().files[STRATEGY].clone()))
        .collect();
    let story = desk.story();
    let edits: Vec<_> = desk.records().iter().map(|r| (r.edits.clone(), r.score)).collect();
    (requests, texts, story, edits)
}

#[test]
fn a_kill_at_any_effect_changes_nothing_in_the_end() {
    let calm = new();
    story(&calm, |desk, proposals| desk.run_to(proposals).unwrap());
    check_at_rest(&calm);
    calm.is_at_rest();
    let expected = end(&calm);
    let (mut kills, mut at) = (0, 0);
    loop {
        let desk = new();
        let fuse = std::rc::Rc::clone(&desk.forge.fuse);
        fuse.set(Some(at));
        let mut killed = false;
        story(&desk, |desk, proposals| {
            if let Err(error) = desk.run_to(proposals) {
                assert!(is_kill(&error), "killed at {at}: {error}");
                killed = true;
                fuse.set(None);
                desk.run_to(proposals).unwrap();
            }
        });
        if !killed {
            break;
        }
        kills += 1;
        check_at_rest(&desk);
        desk.is_at_rest();
        assert_eq!(end(&desk), expected, "killed at effect {at}");
        // Every third, which is each kind of effect more than once.
        at += 3;
    }
    assert!(kills > 30, "only {kills} kills");
}

fn is_kill(error: &LoopError) -> bool {
    error.to_string().contains("killed")
}

#[test]
fn kills_mixed_with_what_people_do_lose_nothing() {
    for seed in 0..8 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut below = move |n: u64| random.next_u64() % n;
        let mut desk = Desk::proposing(&["publish.max_open=2"], &[2, 1, 4, 3, 6, 5, 7]);
        for round in 0..8 {
            a_person_acts(&mut desk, &mut below, round);
            desk.forge.fuse.set(Some(below(25) as usize));
            if let Err(error) = desk.run(1) {
                assert!(is_kill(&error), "seed {seed}: {error}");
            }
        }
        desk.forge.fuse.set(None);
        desk.run(0).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        check_at_rest(&desk);
        desk.is_at_rest();
        let records = desk.records();
        let pulls = records.iter().filter_map(|record| record.pull_request.as_ref());
        let merged = pulls.filter(|pull| pull.state == PullState::Merged);
        let merged: BTreeSet<u64> = merged.map(|pull| pull.iteration).collect();
        let site = desk.forge.site.borrow();
        let requests = site.requests.iter().filter(|request| request.stage == Stage::Merged);
        let there: BTreeSet<u64> =
            requests.filter_map(|request| iteration_of(&request.branch)).collect();
        // One that was to be closed when a person merged it is that person's edit.
        assert!(merged.is_subset(&there), "seed {seed}: {merged:?}, {there:?}");
    }
}

fn a_person_acts(desk: &mut Desk, below: &mut impl FnMut(u64) -> u64, round: u64) {
    let open = desk.forge.site.borrow().open();
    if desk.forge.site.borrow().commits.len() < 2 || open.is_empty() {
        return;
    }
    let one = open[below(open.len() as u64) as usize];
    let rung = below(8) as usize;
    match below(9) {
        0 => {
            desk.forge.merges(one);
        }
        1 => desk.forge.closes(one),
        2 => desk.forge.commits(&sprag::review::branch(one), Some(&desk.text(rung))),
        3 => desk.forge.commits("main", Some(&desk.text(rung))),
        4 => {
            desk.forge.says(one, "bob", &format!("/sprag hint idea {round}"));
        }
        5 => {
            desk.forge.says(one, "bob", ["/sprag retry", "/sprag hold"][below(2) as usize]);
        }
        6 => desk.program.set_all([format!("costs.fee_bps={}", 1 + below(3)).as_str()]).unwrap(),
        7 => desk.forge.deletes_branch(one),
        _ => {}
    }
}
