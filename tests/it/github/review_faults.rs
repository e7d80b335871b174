//! Pull requests while things go wrong: whatever gets lost, dies or overlaps, the end is the one of a calm world.

use super::bench::Bench;
use super::fake::{Fault, TOKEN, Token, When, World};
use super::faults::each;
use super::pull_requests::{
    LEDGER, QUESTIONS, STRATEGY, is_at_rest, iterate, pulls, records, text, waiting,
};
use crate::cli::harness::{Repo, Run};

const FAULTS: [Fault; 3] = [Fault::Lost, Fault::AnswerLost, Fault::BadGateway];

/// What people see in the end, without what the time decides.
fn shown(bench: &Bench) -> Vec<String> {
    let mut shown = Vec::new();
    for r in records(bench) {
        let pull = &r["pull_request"];
        let (verdict, candidate) = (&r["verdict"], &r["candidate"]);
        shown
            .push(format!("{verdict} {candidate} {} {} {}", r["score"], pull["state"], pull["by"]));
    }
    bench.github.repository(|repository| {
        for name in repository.refs.keys() {
            let branch = name.strip_prefix("refs/heads/").unwrap();
            let commits = repository.log(branch).len();
            shown.push(format!(
                "{branch}: {commits} commits, {:?}",
                repository.text(branch, STRATEGY)
            ));
        }
        for (thread, pull) in repository.pulls() {
            let receipt = thread.body.as_ref().unwrap().lines().next().unwrap();
            let (title, open, labels) = (&thread.title, thread.open, &thread.labels);
            shown.push(format!("{title} {} {open} {labels:?} {receipt}", pull.head));
            let heads = thread.comments.iter().map(|comment| comment.body.lines().next());
            shown.extend(heads.map(|head| head.unwrap_or_default().to_owned()));
        }
    });
    shown
}

/// Something that people did, and that the next run takes in.
struct Story {
    name: &'static str,
    before: World,
    iterations: &'static str,
}

impl Story {
    fn run(&self, bench: &Bench) -> Run {
        iterate(bench, self.iterations)
    }

    /// What comes of it when nothing goes wrong, and how many requests change something.
    fn calm(&self) -> (Vec<String>, usize) {
        let bench = Bench::of(self.before.clone());
        self.run(&bench).ok();
        let writes = bench.github.writes().len();
        is_at_rest(&bench);
        (shown(&bench), writes)
    }
}

/// The world before the first iteration that is accepted, and after the baseline.
fn before_the_first() -> World {
    let bench = Bench::new();
    iterate(&bench, "0").ok();
    for _ in 0..10 {
        let world = bench.world();
        iterate(&bench, "1").ok();
        if !pulls(&bench).is_empty() {
            return world;
        }
    }
    panic!("ten iterations accepted nothing");
}

/// A world of which something waits, after somebody did something.
fn after(world: &World, act: impl FnOnce(&Bench, u64, &str)) -> World {
    let bench = Bench::of(world.clone());
    let (number, branch, _) = pulls(&bench)[0].clone();
    act(&bench, number, &branch);
    bench.world()
}

fn stories() -> Vec<Story> {
    let one = waiting().world();
    let edit = |bench: &Bench, branch: &str, text: String| {
        bench.github.repository(|repository| {
            repository.commit("alice", branch, &[(STRATEGY, Some(text.as_bytes()))], "mine");
        });
    };
    let story = |name, before| Story { name, before, iterations: "0" };
    vec![
        Story { name: "accepted", before: before_the_first(), iterations: "1" },
        story(
            "asked",
            after(&one, |bench, number, _| {
                bench.github.repository(|repository| {
                    for words in ["/sprag retry", "/sprag hold", "/sprag hint fewer bars"] {
                        repository.comment(number, "alice", words);
                    }
                });
            }),
        ),
        story(
            "merged",
            after(&one, |bench, number, _| {
                bench.github.repository(|repository| {
                    repository.merge(number, "alice", false).unwrap();
                });
            }),
        ),
        story(
            "declined",
            after(&one, |bench, number, _| {
                bench.github.repository(|repository| {
                    repository.comment(number, "alice", "too few trades");
                    repository.close(number, "alice");
                });
            }),
        ),
        // What waits says the same as the new incumbent: it is closed.
        story(
            "superseded",
            after(&one, |bench, _, branch| edit(bench, "main", text(bench, branch, STRATEGY))),
        ),
        story(
            "committed",
            after(&one, |bench, _, branch| {
                edit(bench, branch, text(bench, "main", STRATEGY) + "\n# mine\n");
            }),
        ),
    ]
}

#[test]
fn any_request_of_any_story_may_get_lost() {
    let stories = stories();
    let calm: Vec<_> = stories.iter().map(Story::calm).collect();
    let mut cases = Vec::new();
    for (at, (_, writes)) in calm.iter().enumerate() {
        assert!(*writes > 4, "{}: {writes}", stories[at].name);
        for write in 0..*writes {
            // Every fault where most can go wrong, elsewhere one after another.
            let faults = if at == 0 { &FAULTS[..] } else { &FAULTS[(write + at) % 3..][..1] };
            cases.extend(faults.iter().map(|fault| (at, write, *fault)));
        }
    }
    each(cases.len(), |case| {
        let (at, write, fault) = cases[case];
        let (story, name) = (&stories[at], stories[at].name);
        let bench = Bench::of(story.before.clone());
        bench.github.fail(When::Write(write), fault);
        let run = story.run(&bench);
        assert_eq!(run.code, 0, "{name}, {fault:?} at write {write}: {run:#?}");
        assert_eq!(shown(&bench), calm[at].0, "{name}, {fault:?} at write {write}");
        is_at_rest(&bench);
    });
}

#[test]
fn a_run_that_is_killed_at_any_request_is_finished_by_the_next() {
    let story = Story { name: "accepted", before: before_the_first(), iterations: "1" };
    let (expected, writes) = story.calm();
    let ways = [(Fault::Hold, false), (Fault::HoldAnswer, true)];
    let wanted = {
        let bench = Bench::of(story.before.clone());
        records(&bench).len() + 1
    };
    each(writes * ways.len(), |case| {
        let (write, (fault, is_done)) = (case / ways.len(), ways[case % ways.len()]);
        let bench = Bench::of(story.before.clone());
        bench.github.fail(When::Write(write), fault);
        bench.check_out();
        let mut child = bench.start(&["iterate", "-n", "1", "--mode", "pull-request"]);
        assert!(bench.github.wait_held(|| child.try_wait().unwrap().is_some()), "write {write}");
        child.kill().unwrap();
        child.wait().unwrap();
        bench.github.release(is_done);
        iterate(&bench, "0").ok();
        if records(&bench).len() < wanted {
            iterate(&bench, "1").ok();
        }
        assert_eq!(shown(&bench), expected, "{fault:?} at write {write}");
        is_at_rest(&bench);
    });
}

#[test]
fn of_two_runs_at_once_never_both_land() {
    let before = before_the_first();
    let count = records(&Bench::of(before.clone())).len();
    let writes = {
        let calm = Bench::of(before.clone());
        calm.github.forget();
        iterate(&calm, "1").ok();
        calm.github.writes().len()
    };
    each(writes, |write| {
        let bench = Bench::of(before.clone());
        let other = Repo::bare();
        bench.github.repository(|repository| repository.check_out_to(&other.root, "main"));
        bench.github.fail(When::Write(write), Fault::Hold);
        let args = ["iterate", "-n", "1", "--mode", "pull-request"];
        let mut child = bench.start(&args);
        assert!(bench.github.wait_held(|| child.try_wait().unwrap().is_some()), "write {write}");
        let second = Run::of(bench.command(&args).current_dir(&other.root).output().unwrap());
        bench.github.release(true);
        let first = Run::of(child.wait_with_output().unwrap());
        for run in [&first, &second] {
            assert!(matches!(run.code, 0 | 75), "held at write {write}: {run:#?}");
        }
        iterate(&bench, "0").ok();
        let records = records(&bench);
        let story: Vec<_> = records.iter().map(|r| (&r["verdict"], &r["reason"])).collect();
        let wanted = count + 1..=count + 2;
        assert!(wanted.contains(&records.len()), "{write}: {story:#?} {first:#?} {second:#?}");
        for (number, record) in records.iter().enumerate() {
            assert_eq!(record["iteration"], number);
        }
        is_at_rest(&bench);
    });
}

/// What another run records and opens between this one's two looks is no other history's.
#[test]
fn a_pull_request_that_another_run_opens_meanwhile_is_not_taken_for_a_foreign_one() {
    let bench = Bench::of(before_the_first());
    let other = Repo::bare();
    bench.github.repository(|repository| repository.check_out_to(&other.root, "main"));
    // The ledger is read by then.
    bench.github.fail(When::Operation("pulls/list", 0), Fault::Hold);
    let args = ["iterate", "-n", "1", "--mode", "pull-request"];
    let mut child = bench.start(&args);
    assert!(bench.github.wait_held(|| child.try_wait().unwrap().is_some()));
    Run::of(bench.command(&args).current_dir(&other.root).output().unwrap()).ok();
    assert_eq!(pulls(&bench).len(), 1);
    bench.github.release(true);
    let first = Run::of(child.wait_with_output().unwrap());
    assert!(matches!(first.code, 0 | 75), "{first:#?}");
    is_at_rest(&bench);
}

#[test]
fn a_run_from_an_old_commit_says_so() {
    let bench = waiting();
    let (program, count) = (bench.repo.read("program.md"), records(&bench).len());
    bench.github.repository(|repository| {
        let text = program.replace("fee_bps = 1.0", "fee_bps = 2.0");
        repository.commit("alice", "main", &[("program.md", Some(text.as_bytes()))], "dearer");
    });
    let said = bench.sprag(&["iterate", "-n", "1", "--mode", "pull-request"]).failed(75);
    assert!(said.contains("program.md of the commit that this run was started from"), "{said}");
    assert_eq!(records(&bench).len(), count);
    // A person's edit of the program is taken in: a baseline, and what waits is held against it.
    iterate(&bench, "0").ok();
    let records = records(&bench);
    assert_eq!(records[count]["verdict"], "baseline");
    assert_eq!(records[count + 1]["pull_request"]["iteration"], count - 1);
    is_at_rest(&bench);
}

#[test]
fn a_ledger_that_is_gone_is_not_begun_again() {
    let bench = waiting();
    bench.github.repository(|repository| {
        repository.set_ref(&format!("refs/heads/{LEDGER}"), None);
    });
    let said = iterate(&bench, "1").failed(3);
    assert!(said.contains("the ledger branch was set back"), "{said}");
}

#[test]
fn a_deleted_branch_is_a_closed_pull_request() {
    let bench = waiting();
    let branch = pulls(&bench)[0].1.clone();
    bench.github.repository(|repository| {
        repository.set_ref(&format!("refs/heads/{branch}"), None);
    });
    iterate(&bench, "0").ok();
    let last = records(&bench).pop().unwrap();
    assert_eq!(
        (&last["verdict"], &last["reason"]),
        (&"declined".into(), &"closed without a word".into())
    );
    is_at_rest(&bench);
}

#[test]
fn a_used_up_rate_limit_ends_a_run_that_the_next_one_finishes() {
    let before = before_the_first();
    let (calm, all) = {
        let bench = Bench::of(before.clone());
        bench.github.forget();
        iterate(&bench, "1").ok();
        (shown(&bench), bench.github.log().len() as u64)
    };
    each(4, |case| {
        let bench = Bench::of(before.clone());
        let status = if case % 2 == 0 { 403 } else { 429 };
        bench
            .github
            .world(|world| (world.remaining, world.limited) = (all * case as u64 / 4, status));
        let said = iterate(&bench, "1").failed(75);
        assert!(said.contains("at 2026-01-01T01:00:00Z"), "{said}");
        bench.github.world(|world| world.remaining = 5000);
        iterate(&bench, "0").ok();
        if shown(&bench) != calm {
            iterate(&bench, "1").ok();
        }
        assert_eq!(shown(&bench), calm, "{case} fourths of the requests");
        is_at_rest(&bench);
    });
}

#[test]
fn the_base_branch_need_not_be_main_and_an_empty_repository_says_what_to_push() {
    let bench = Bench::on_branch("research/trunk");
    let run = || {
        bench.check_out();
        let mut command = bench.command(&["iterate", "-n", "1", "--mode", "pull-request"]);
        Run::of(command.env_remove("GITHUB_REF").output().unwrap()).ok()
    };
    for _ in 0..10 {
        run();
        if !pulls(&bench).is_empty() {
            break;
        }
    }
    bench.github.repository(|repository| {
        let (_, pull) = repository.pulls().next().unwrap();
        assert_eq!(pull.base, "research/trunk");
    });
    let empty = super::fake::GitHub::new(super::bench::NAME);
    let bench = Bench { github: empty, ..Bench::new() };
    let said = bench.sprag(&["iterate", "--mode", "pull-request"]).failed(2);
    assert!(said.contains("has no commit yet") && said.contains("program.md"), "{said}");
}

#[test]
fn settings_that_can_not_work_are_named_before_anything_is_done() {
    let bench = Bench::new();
    let with = |ledger: &str| {
        let setting = format!("publish.ledger={ledger}");
        bench.sprag(&["--set", &setting, "iterate", "--mode", "pull-request"]).failed(2)
    };
    assert!(with("main").contains("the records need one of their own"));
    for ledger in ["sprag", "sprag/iteration-000001", "sprag/journal"] {
        assert!(with(ledger).contains("write another name"), "{ledger}");
    }
    // Contents only: asked before anything is proposed.
    let token = Token::workflow().without("pull_requests").without("issues");
    bench.github.world(|world| world.tokens.insert(TOKEN.into(), token));
    bench.github.forget();
    let said = iterate(&bench, "1").failed(2);
    assert!(said.contains("pull-requests: write") && said.contains("permissions:"), "{said}");
    assert_eq!(bench.github.writes(), QUESTIONS[..1]);
    assert!(bench.github.repository(|repository| repository.branch(LEDGER).is_none()));
}

#[test]
fn a_clone_at_a_desk_reads_the_ledger() {
    let bench = waiting();
    let desk = Repo::bare();
    bench.github.repository(|repository| repository.check_out_to(&desk.root, "main"));
    let setting = ["--set", "publish.mode=pull-request"];
    let said = desk.sprag(&[&setting[..], &["status"]].concat()).failed(2);
    assert!(said.contains(&format!("git fetch origin {LEDGER}")), "{said}");
    let ledger = Repo::bare();
    bench.github.repository(|repository| repository.check_out_to(&ledger.root, LEDGER));
    let refs = format!("+HEAD:refs/remotes/origin/{LEDGER}");
    desk.git(&["fetch", "--quiet", ledger.root.to_str().unwrap(), &refs]);
    let status = desk.sprag(&[&setting[..], &["status", "--json"]].concat()).json();
    assert_eq!(status["iteration"], records(&bench).len() - 1);
    // The program and the data are those of the base branch, so that everything can be made again.
    desk.sprag(&[&setting[..], &["verify", "--all"]].concat()).ok();
}
