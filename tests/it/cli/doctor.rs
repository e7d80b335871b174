//! `sprag doctor`: every state that a run refuses is explained, and what was lost comes back as it was.

use serde_json::Value;

use super::Repo;

/// A repository after some iterations.
fn research(iterations: &str) -> Repo {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", iterations]).ok();
    repo
}

/// The loop's files at HEAD.
fn state(repo: &Repo) -> String {
    ["status.json", "history.json", "ledger/0000.json", "strategy.toml"]
        .map(|name| repo.git(&["show", &format!("HEAD:state/{name}")]))
        .join("\n")
}

#[track_caller]
fn findings(repo: &Repo, code: i32) -> Vec<(String, String)> {
    let run = repo.sprag(&["doctor", "--json"]);
    assert_eq!(run.code, code, "{run:#?}");
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["healthy"], code == 0);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let finding = |finding: &Value| (text(&finding["care"]), text(&finding["found"]));
    told["findings"].as_array().unwrap().iter().map(finding).collect()
}

#[test]
fn a_healthy_repository_has_nothing_to_mend() {
    let repo = research("3");
    assert_eq!(findings(&repo, 0), []);
    let said = repo.sprag(&["doctor"]).ok();
    assert_eq!(said, "nothing stands in the way of the next run\n");
    let (head, before) = (repo.head(), state(&repo));
    assert!(repo.sprag(&["doctor", "--rebuild"]).ok().contains("nothing to commit"));
    assert_eq!((repo.head(), state(&repo), repo.dirt()), (head, before, String::new()));
}

#[test]
fn before_the_first_iteration_there_is_nothing_to_mend_and_nothing_to_rebuild() {
    let repo = Repo::new();
    let found = findings(&repo, 0);
    assert!(found[0].1.contains("the next run scores the baseline"), "{found:?}");
    let said = repo.sprag(&["doctor", "--rebuild"]).failed(3);
    assert!(said.contains("no commit holds a state that is whole"), "{said}");
}

/// Ways to lose status, history or ledger; after each, a rebuild gives back what was there, to the byte.
#[test]
fn what_was_lost_comes_back_as_it_was() {
    type Damage = fn(&Repo);
    let edited: [(&str, Damage); 7] = [
        ("a status that is cut off", |repo| repo.write("state/status.json", "{\"format\": 1")),
        ("a status that says something else", |repo| {
            let trials = format!("\"trials\": {}", repo.status()["trials"]);
            repo.edit("state/status.json", &trials, "\"trials\": 1");
        }),
        ("a history that is gone", |repo| {
            std::fs::remove_file(repo.path("state/history.json")).unwrap();
        }),
        ("a history whose last record is gone", |repo| {
            let history = repo.read("state/history.json");
            let cut = history.rfind(",\n{").unwrap();
            repo.write("state/history.json", &(history[..cut].to_owned() + "\n]\n"));
        }),
        ("a history that is no text", |repo| {
            std::fs::write(repo.path("state/history.json"), [0xff, 0xfe, 0]).unwrap();
        }),
        ("a ledger that is gone", |repo| {
            std::fs::remove_file(repo.path("state/ledger/0000.json")).unwrap();
        }),
        ("everything gone but the strategy", |repo| {
            std::fs::remove_file(repo.path("state/status.json")).unwrap();
            std::fs::remove_file(repo.path("state/history.json")).unwrap();
            std::fs::remove_file(repo.path("state/ledger/0000.json")).unwrap();
        }),
    ];
    for (what, damage) in edited {
        for committed in [false, true] {
            let repo = research("4");
            let before = state(&repo);
            damage(&repo);
            if committed {
                repo.commit_all("Slip");
            }
            let what = format!("{what}, committed: {committed}");
            // A repository without status and history is a new one for a run, but not for the log.
            let found = findings(&repo, 3);
            assert!(found.iter().any(|(care, _)| care == "person"), "{what}: {found:?}");
            let run = repo.sprag(&["doctor", "--rebuild"]);
            assert_eq!(run.code, 0, "{what}: {run:#?}");
            assert!(run.stdout.contains("5 iterations"), "{what}: {}", run.stdout);
            assert_eq!((state(&repo), repo.dirt()), (before, String::new()), "{what}");
            repo.sprag(&["iterate", "-n", "1"]).ok();
            repo.assert_settled();
        }
    }
}

/// A history that is whole and says something else than what the loop committed is found by the log alone.
#[test]
fn a_record_that_was_changed_is_found_and_restored() {
    let repo = research("3");
    let before = state(&repo);
    let reason = repo.records()[2]["reason"].to_string();
    repo.edit("state/history.json", &format!("\"reason\":{reason}"), "\"reason\":\"another\"");
    repo.commit_all("Slip");
    let found = findings(&repo, 3);
    assert!(found[0].1.contains("records were changed or taken away"), "{found:?}");
    repo.sprag(&["doctor", "--rebuild"]).ok();
    assert_eq!(state(&repo), before);
    assert_eq!(findings(&repo, 0), []);
}

/// What a person had there is kept, and a strategy that is being edited isn't touched.
#[test]
fn nothing_of_a_persons_is_lost() {
    let repo = research("2");
    repo.write("state/status.json", "my notes");
    repo.edit("state/strategy.toml", "name = ", "# mine\nname = ");
    let strategy = repo.read("state/strategy.toml");
    repo.write("state/journal.json", "not a journal");
    let run = repo.sprag(&["doctor", "--rebuild"]);
    assert_eq!(run.code, 3, "the edited strategy still waits for its commit: {run:#?}");
    assert!(run.stdout.contains("what was there is in"), "{}", run.stdout);
    let aside = repo.path(".git/sprag-aside/1/state");
    assert_eq!(std::fs::read_to_string(aside.join("status.json")).unwrap(), "my notes");
    assert_eq!(std::fs::read_to_string(aside.join("journal.json")).unwrap(), "not a journal");
    assert_eq!(repo.read("state/strategy.toml"), strategy);
    // What is staged is a person's as well.
    repo.write("state/history.json", "[]");
    repo.git(&["add", "state/history.json"]);
    let said = repo.sprag(&["doctor", "--rebuild"]).failed(3);
    assert!(said.contains("git reset -- state/history.json"), "{said}");
}

#[test]
fn what_a_run_refuses_is_explained_and_who_mends_it() {
    type Damage = fn(&Repo);
    let cases: [(&str, i32, &str, Damage); 6] = [
        ("person", 3, "was edited but not committed", |repo| {
            repo.edit("state/strategy.toml", "name = ", "# mine\nname = ");
        }),
        ("person", 3, "a merge is under way", |repo| {
            repo.write(".git/MERGE_HEAD", &repo.head());
        }),
        ("person", 3, "state/journal.json can't be read", |repo| {
            repo.write("state/journal.json", "{");
        }),
        ("configuration", 2, "fee_bsp", |repo| {
            repo.edit("program.md", "fee_bps", "fee_bsp");
        }),
        ("configuration", 2, "unknown", |repo| {
            repo.edit("state/strategy.toml", "close, sma(", "close, smaa(");
            repo.commit_all("Slip");
        }),
        ("next_run", 0, "starts an epoch with a baseline", |repo| {
            repo.edit("program.md", "fee_bps = 1.0", "fee_bps = 2.0");
        }),
    ];
    for (care, code, part, damage) in cases {
        let repo = research("1");
        damage(&repo);
        let (head, dirt) = (repo.head(), repo.dirt());
        let found = findings(&repo, code);
        assert!(
            found.iter().any(|(who, found)| who == care && found.contains(part)),
            "{part}: {found:?}"
        );
        assert_eq!((repo.head(), repo.dirt()), (head, dirt), "looking changes nothing");
    }
}
