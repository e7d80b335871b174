//! The branch with the records when people break it: what it lost comes back from its own log, and what stands in its way
//! is named.

use std::collections::BTreeSet;

use serde_json::json;

use super::bench::Bench;
use super::fake::{Fault, When, World};
use super::pull_requests::{LEDGER, is_at_rest, iterate, pulls, records, text, waiting};
use crate::cli::harness::{Repo, Run};

const MODE: [&str; 2] = ["--set", "publish.mode=pull-request"];
const STATE: [&str; 3] = ["state/status.json", "state/history.json", "state/ledger/0000.json"];

/// A person's clone of the base branch, with the ledger as it is fetched.
fn desk(bench: &Bench) -> Repo {
    let desk = Repo::bare();
    bench.github.repository(|repository| repository.check_out_to(&desk.root, "main"));
    fetch(bench, &desk);
    desk
}

fn fetch(bench: &Bench, desk: &Repo) {
    let ledger = Repo::bare();
    bench.github.repository(|repository| repository.check_out_to(&ledger.root, LEDGER));
    let refs = format!("+HEAD:refs/remotes/origin/{LEDGER}");
    desk.git(&["fetch", "--quiet", ledger.root.to_str().unwrap(), &refs]);
}

/// `git push origin sprag/ledger`.
fn push(bench: &Bench, desk: &Repo) {
    let other = Repo::bare();
    other.git(&["fetch", "--quiet", desk.root.to_str().unwrap(), LEDGER]);
    other.git(&["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    bench.github.repository(|repository| repository.push_from(&other.root, LEDGER));
}

fn commit(bench: &Bench, changes: &[(&str, Option<&[u8]>)]) {
    bench.github.repository(|repository| repository.commit("alice", LEDGER, changes, "Slip"));
}

fn state(bench: &Bench) -> Vec<String> {
    STATE.iter().map(|path| text(bench, LEDGER, path)).collect()
}

#[test]
fn what_the_ledger_lost_comes_back_from_its_own_log() {
    let before = waiting();
    let whole = state(&before);
    let history = &whole[1];
    let shorter = history[..history.rfind(",\n{").unwrap()].to_owned() + "\n]\n";
    let reason = records(&before)[1]["reason"].to_string();
    let told_anew = history.replace(&format!("\"reason\":{reason}"), "\"reason\":\"another\"");
    assert_ne!(&told_anew, history);
    type Damage<'a> = Vec<(&'a str, Option<&'a [u8]>)>;
    let damages: [(&str, Damage<'_>); 5] = [
        ("a status that is cut off", vec![(STATE[0], Some(b"{\"format\": 1"))]),
        ("a history without its last record", vec![(STATE[1], Some(shorter.as_bytes()))]),
        ("a record that says something else", vec![(STATE[1], Some(told_anew.as_bytes()))]),
        ("a ledger of trials that is gone", vec![(STATE[2], None)]),
        ("nothing left", STATE.iter().map(|path| (*path, None)).collect()),
    ];
    for (what, damage) in damages {
        let bench = Bench::of(before.world());
        commit(&bench, &damage);
        let desk = desk(&bench);
        let (head, dirt) = (desk.head(), desk.dirt());
        let said = desk.sprag(&[&MODE[..], &["doctor"]].concat());
        assert_eq!(said.code, 3, "{what}: {said:#?}");
        let told = desk.sprag(&[&MODE[..], &["doctor", "--rebuild"]].concat());
        assert_eq!(told.code, 0, "{what}: {told:#?}");
        assert!(told.stdout.contains(&format!("git push origin {LEDGER}")), "{what}: {told:#?}");
        assert_eq!((desk.head(), desk.dirt()), (head, dirt), "{what}: what is checked out stays");
        let again = desk.sprag(&[&MODE[..], &["doctor", "--rebuild"]].concat()).ok();
        assert!(again.contains("nothing to commit"), "{what}: {again}");
        push(&bench, &desk);
        assert_eq!(state(&bench), whole, "{what}");
        iterate(&bench, "0").ok();
        assert_eq!(state(&bench), whole, "{what}");
        is_at_rest(&bench);
        iterate(&bench, "1").ok();
        assert_eq!(records(&bench).len(), records(&before).len() + 1, "{what}");
    }
}

#[test]
fn a_rebuild_leaves_commits_of_a_persons_on_the_ledger_alone() {
    let bench = waiting();
    let clone = desk(&bench);
    let rebuild = || clone.sprag(&[&MODE[..], &["doctor", "--rebuild"]].concat());
    assert!(rebuild().ok().contains("nothing to commit"));
    let branches = clone.git(&["branch", "--list", LEDGER]);
    assert_eq!(branches, "", "nothing to do makes no branch");
    // A branch of the same name that went another way.
    clone.git(&["branch", LEDGER, "main"]);
    clone.git(&["checkout", "--quiet", LEDGER]);
    clone.write("mine.md", "mine\n");
    clone.commit_all("Mine");
    let mine = clone.head();
    clone.git(&["checkout", "--quiet", "main"]);
    commit(&bench, &[(STATE[0], Some(b"{"))]);
    fetch(&bench, &clone);
    let said = rebuild().failed(3);
    assert!(said.contains("went different ways") && said.contains("git branch -D"), "{said}");
    assert_eq!(clone.git(&["rev-parse", LEDGER]).trim(), mine);
    // Checked out somewhere else, its files would be left behind.
    let place = clone.path("elsewhere");
    clone.git(&["worktree", "add", "--quiet", place.to_str().unwrap(), LEDGER]);
    let said = rebuild().failed(2);
    assert!(said.contains("checked out in") && said.contains("elsewhere"), "{said}");
    // A clone without it says how to come by it.
    let other = Repo::bare();
    bench.github.repository(|repository| repository.check_out_to(&other.root, "main"));
    let said = other.sprag(&[&MODE[..], &["doctor", "--rebuild"]].concat()).failed(2);
    assert!(said.contains(&format!("git fetch origin {LEDGER}")), "{said}");
}

#[test]
fn with_the_ledger_checked_out_it_is_mended_there() {
    let bench = waiting();
    let whole = state(&bench);
    commit(&bench, &[(STATE[0], Some(b"{"))]);
    let clone = Repo::bare();
    bench.github.repository(|repository| repository.check_out_to(&clone.root, LEDGER));
    clone.sprag(&[&MODE[..], &["doctor", "--rebuild"]].concat()).ok();
    assert_eq!(STATE.map(|path| clone.read(path)).to_vec(), whole);
    assert_eq!(clone.dirt(), "");
}

/// Its commits have the program that it began with. What came later is on the base branch.
#[test]
fn each_epoch_is_replayed_with_the_program_that_the_base_branch_had() {
    let bench = waiting();
    let program = bench.repo.read("program.md");
    for fee in ["fee_bps = 2.0", "fee_bps = 3.0"] {
        let text = program.replace("fee_bps = 1.0", fee);
        assert_ne!(text, program);
        bench.github.repository(|repository| {
            repository.commit("alice", "main", &[("program.md", Some(text.as_bytes()))], fee);
        });
        iterate(&bench, "1").ok();
    }
    let records = records(&bench);
    let epochs: BTreeSet<&str> =
        records.iter().map(|record| record["epoch"].as_str().unwrap()).collect();
    assert_eq!(epochs.len(), 3);
    let clone = desk(&bench);
    let found = clone.sprag(&[&MODE[..], &["verify", "--json"]].concat()).json();
    assert_eq!(found["mismatches"], json!([]), "{found:#}");
    assert_eq!(found["unverifiable"], json!([]), "{found:#}");
    let evaluated = records.iter().filter(|record| !record["score"].is_null()).count();
    assert_eq!(found["checked"], evaluated, "{found:#}");
}

/// Research of which nothing waits, as somebody closed it all.
fn declined(has_graphql: bool) -> World {
    let bench = waiting();
    bench.github.world(|world| world.has_graphql = has_graphql);
    bench.github.repository(|repository| {
        let open: Vec<u64> = repository.pulls().map(|(thread, _)| thread.number).collect();
        for number in open {
            repository.close(number, "alice");
        }
    });
    iterate(&bench, "0").ok();
    bench.world()
}

/// A run under way doesn't bring back what was taken away, by whichever interface it commits.
#[test]
fn a_ledger_that_is_forced_back_while_a_run_is_at_work_stays_back() {
    for has_graphql in [true, false] {
        let before = declined(has_graphql);
        let when = if has_graphql {
            When::Operation("createCommitOnBranch", 0)
        } else {
            // The tree of the commit, when the head was compared already.
            let calm = Bench::of(before.clone());
            iterate(&calm, "1").ok();
            let writes = calm.github.writes();
            let journal = writes.iter().take_while(|name| *name != "createCommitOnBranch");
            When::Operation("git/create-tree", journal.filter(|n| *n == "git/create-tree").count())
        };
        let bench = Bench::of(before);
        let log = || bench.github.repository(|repository| repository.log(LEDGER));
        let ((gone, _), (to, _)) = (log()[0].clone(), log()[1].clone());
        bench.github.fail(when, Fault::Hold);
        let mut child = bench.start(&["iterate", "-n", "1", "--mode", "pull-request"]);
        assert!(bench.github.wait_held(|| child.try_wait().unwrap().is_some()));
        bench.github.repository(|repository| {
            repository.set_ref(&format!("refs/heads/{LEDGER}"), Some(to.clone()));
        });
        bench.github.release(true);
        let run = Run::of(child.wait_with_output().unwrap());
        assert!(matches!(run.code, 0 | 75), "{run:#?}");
        iterate(&bench, "0").ok();
        let ids: Vec<_> = log().into_iter().map(|(id, _)| id).collect();
        assert!(ids.contains(&to) && !ids.contains(&gone), "{has_graphql}: {run:#?}");
        for (number, record) in records(&bench).iter().enumerate() {
            assert_eq!(record["iteration"], number);
        }
        is_at_rest(&bench);
    }
}

#[test]
fn a_rule_for_the_loops_own_branches_is_named_with_what_to_do() {
    let bench = waiting();
    let (branch, count) = (pulls(&bench)[0].1.clone(), records(&bench).len());
    let protect = |name: &str| {
        bench.github.repository(|repository| {
            repository.protected.clear();
            repository.protected.insert(name.into());
        });
    };
    protect(LEDGER);
    let said = iterate(&bench, "1").failed(2);
    assert!(said.contains(LEDGER) && said.contains("sprag/**"), "{said}");
    assert_eq!(records(&bench).len(), count);
    // A candidate's branch is moved when another incumbent comes up.
    protect(&branch);
    bench.github.repository(|repository| {
        let text = repository.text("main", super::pull_requests::STRATEGY).unwrap();
        let text = text.replacen("name = \"", "name = \"my ", 1) + "\n# mine\n";
        let change = (super::pull_requests::STRATEGY, Some(text.as_bytes()));
        repository.commit("alice", "main", &[change], "mine");
    });
    let run = iterate(&bench, "0");
    if run.code != 0 {
        let said = run.failed(2);
        assert!(said.contains(&branch) && said.contains("sprag/**"), "{said}");
    }
    bench.github.repository(|repository| repository.protected.clear());
    iterate(&bench, "0").ok();
    is_at_rest(&bench);
}
