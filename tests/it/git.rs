//! The local repository: real git, in temporary folders.

mod fixture;
mod kills;

use std::fs;
use std::path::Path;

use fixture::{Repo, run_in_child};
use sprag::adapters::git::GitRepository;
use sprag::ports::{CommitId, CommitOutcome, CommitPlan, Repository, RepositoryError};
use sprag::state::{Change, ContentHash, State, StatePath};

use crate::reconcile::driver::{Driver, Stop};

const STRATEGY: &str = "name = \"first\"\n";

fn refused(result: Result<State, Stop>) -> RepositoryError {
    match result {
        Err(Stop::Repository(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it went through"),
    }
}

#[test]
fn many_loose_objects_are_packed_unless_the_user_says_no() {
    let repo = Repo::with_strategy(STRATEGY);
    for number in 0..3_000 {
        repo.write(&format!("many/{number}"), &number.to_string());
    }
    repo.git(&["add", "many"]);
    repo.git(&["-c", "gc.auto=0", "commit", "--quiet", "-m", "many"]);
    let loose = || repo.git(&["count-objects"]).split(' ').next().unwrap().parse::<u32>().unwrap();
    let tidy = || {
        let git = repo.open();
        git.tidy(&git.lock().unwrap()).unwrap();
    };
    assert!(loose() >= 3_000);
    repo.git(&["config", "gc.auto", "0"]);
    tidy();
    assert!(loose() >= 3_000, "the user switched it off");
    repo.git(&["config", "--unset", "gc.auto"]);
    tidy();
    assert_eq!(loose(), 0);
    repo.git(&["fsck", "--strict"]);
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn iterations_land_as_commits_and_leave_everything_clean() {
    let repo = Repo::with_strategy(STRATEGY);
    let state = Driver::default().run_to(&repo.open(), 4).unwrap();
    assert_eq!(state.next_iteration(), 4);
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    repo.git(&["fsck", "--strict"]);
    let log = repo.git(&["log", "--format=%s|%an|%ae|%cn|%aI", "-4"]);
    assert!(
        log.starts_with("iteration 3: Rejected|Ann|ann@example.com|Ann|2024-05-06T07:08:09"),
        "{log}"
    );
    assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]), "5");
    assert_eq!(repo.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(
        repo.git(&["show", "--name-only", "--format=", "HEAD"]),
        "state/history.json\nstate/ledger/0000.json\nstate/status.json"
    );
    assert!(!repo.path("state/journal.json").exists());
    assert_eq!(
        fs::read_to_string(repo.path("state/strategy.toml")).unwrap(),
        state.strategy().unwrap()
    );
    assert!(
        !repo.path(".git/sprag").exists()
            || fs::read_dir(repo.path(".git/sprag")).unwrap().next().is_none()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| fs::metadata(repo.path(name)).unwrap().permissions().mode();
        assert_eq!(mode("state/status.json"), mode("README.md"), "as any file of the user's");
    }
}

#[test]
fn the_same_work_gives_the_same_commit_ids() {
    let heads = [(), ()].map(|()| {
        let repo = Repo::with_strategy(STRATEGY);
        Driver::default().run_to(&repo.open(), 3).unwrap();
        repo.git(&["rev-parse", "HEAD"])
    });
    assert_eq!(heads[0], heads[1]);
}

#[test]
fn what_the_user_has_lying_about_is_neither_lost_nor_swept_in() {
    let repo = Repo::with_strategy(STRATEGY);
    for name in ["state/other.txt", "with space", "with\nnewline", "ünïcode \"quoted\"", "*.toml"]
    {
        repo.write(name, "committed\n");
    }
    repo.git(&["add", "."]);
    repo.git(&["commit", "-qm", "odd names"]);
    repo.write("with space", "dirty\n");
    repo.write("with\nnewline", "staged\n");
    repo.git(&["add", "with\nnewline"]);
    repo.write("with\nnewline", "staged, then dirty\n");
    repo.write("state/other.txt", "staged\n");
    repo.git(&["add", "state/other.txt"]);
    repo.git(&["rm", "-q", "--cached", "*.toml"]);
    repo.write("untracked", "untracked\n");
    repo.write("state/untracked.json", "untracked\n");
    let before = repo.git(&["status", "--porcelain", "-z"]);
    let staged = repo.git(&["diff", "--cached"]);
    let dirty = repo.git(&["diff"]);

    Driver::default().run_to(&repo.open(), 3).unwrap();

    assert_eq!(repo.git(&["status", "--porcelain", "-z"]), before);
    assert_eq!(repo.git(&["diff", "--cached"]), staged);
    assert_eq!(repo.git(&["diff"]), dirty);
    let swept = repo.git(&["log", "-3", "--format=", "--name-only"]);
    let ours = [
        "state/history.json",
        "state/ledger/0000.json",
        "state/status.json",
        "state/strategy.toml",
    ];
    assert!(
        swept.lines().filter(|line| !line.is_empty()).all(|line| ours.contains(&line)),
        "{swept}"
    );
    assert_eq!(fs::read_to_string(repo.path("with\nnewline")).unwrap(), "staged, then dirty\n");
    assert_eq!(repo.git(&["show", "HEAD:with\nnewline"]), "committed");
    repo.git(&["fsck", "--strict"]);
}

#[test]
fn hooks_do_not_run() {
    let repo = Repo::with_strategy(STRATEGY);
    for hook in
        ["pre-commit", "post-commit", "commit-msg", "reference-transaction", "post-index-change"]
    {
        repo.script(
            &format!(".git/hooks/{hook}"),
            "touch \"$(git rev-parse --show-toplevel)/ran\"; exit 1",
        );
    }
    Driver::default().run_to(&repo.open(), 2).unwrap();
    assert!(!repo.path("ran").exists());
    assert!(repo.try_git(&["commit", "--allow-empty", "-qm", "x"]).is_err(), "the hooks are real");
}

#[test]
fn a_root_below_the_top_of_the_repository_works() {
    let repo = Repo::new();
    repo.write("state/status.json", "another tool's\n");
    repo.write("re search/ü/state/strategy.toml", STRATEGY);
    repo.git(&["add", "."]);
    repo.git(&["commit", "-qm", "two projects"]);
    let inner = GitRepository::open(&repo.path("re search/ü")).unwrap();
    Driver::default().run_to(&inner, 3).unwrap();
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    let changed = repo.git(&["show", "-z", "--name-only", "--format=", "HEAD~2"]);
    let ours = ["history.json", "ledger/0000.json", "status.json"];
    assert_eq!(changed, ours.map(|file| format!("re search/ü/state/{file}\0")).concat());
    assert_eq!(fs::read_to_string(repo.path("state/status.json")).unwrap(), "another tool's\n");
    repo.git(&["fsck", "--strict"]);
}

#[test]
fn a_linked_worktree_has_its_own_head_index_and_lock() {
    let repo = Repo::with_strategy(STRATEGY);
    repo.git(&["worktree", "add", "-q", "-b", "side", "tree"]);
    let side = GitRepository::open(&repo.path("tree")).unwrap();
    let main = repo.open();
    let _both = (side.lock().unwrap(), main.lock().unwrap());
    drop(_both);
    let head = repo.git(&["rev-parse", "main"]);
    Driver::default().run_to(&side, 3).unwrap();
    assert_eq!(repo.git(&["-C", "tree", "status", "--porcelain"]), "");
    assert_eq!(repo.git(&["rev-parse", "main"]), head);
    assert_eq!(repo.git(&["rev-list", "--count", "main..side"]), "3");
}

#[test]
fn a_detached_head_moves_and_no_branch_does() {
    let repo = Repo::with_strategy(STRATEGY);
    repo.git(&["checkout", "-q", "--detach"]);
    let main = repo.git(&["rev-parse", "main"]);
    Driver::default().run_to(&repo.open(), 2).unwrap();
    assert_eq!(repo.git(&["rev-parse", "main"]), main);
    assert_eq!(repo.git(&["rev-list", "--count", "main..HEAD"]), "2");
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_repository_without_commits_starts_with_a_root_commit() {
    let repo = Repo::new();
    repo.write("state/strategy.toml", STRATEGY);
    repo.write("staged.txt", "mine\n");
    repo.git(&["add", "staged.txt"]);
    let state = Driver::default().run_to(&repo.open(), 2).unwrap();
    assert_eq!(state.next_iteration(), 2);
    assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]), "2");
    assert_eq!(repo.git(&["ls-tree", "-r", "--name-only", "HEAD~1"]).lines().count(), 4);
    assert_eq!(repo.git(&["status", "--porcelain"]), "A  staged.txt");
    repo.git(&["fsck", "--strict"]);
}

#[test]
fn a_strategy_edited_but_not_committed_is_refused_and_left_alone() {
    let repo = Repo::with_strategy(STRATEGY);
    let git = repo.open();
    Driver::default().run_to(&git, 2).unwrap();
    let head = repo.git(&["rev-parse", "HEAD"]);
    repo.write("state/strategy.toml", "name = \"draft\"\n");
    let message = Driver::default().run_to(&git, 3).unwrap_err().to_string();
    assert!(message.contains("state/strategy.toml was edited but not committed"), "{message}");
    assert_eq!(repo.git(&["rev-parse", "HEAD"]), head);
    assert_eq!(fs::read_to_string(repo.path("state/strategy.toml")).unwrap(), "name = \"draft\"\n");
    repo.git(&["commit", "-qam", "try this"]);
    let state = Driver::default().run_to(&git, 3).unwrap();
    assert_eq!(state.strategy(), Some("name = \"draft\"\n"));
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

/// A commit of one file on `base`.
fn commit_on(git: &GitRepository, base: Option<&CommitId>, text: &str) -> CommitOutcome {
    let lock = git.lock().unwrap();
    let changes = [Change::new(StatePath::Strategy, None, text.to_owned())];
    let plan = CommitPlan { base, message: "test\n", time_s: 1_700_000_000, changes: &changes };
    git.commit(&lock, &plan).unwrap()
}

#[test]
fn a_head_that_moved_is_an_outcome_and_nothing_happens() {
    let repo = Repo::with_strategy(STRATEGY);
    let git = repo.open();
    let base = git.observe().unwrap().head;
    repo.git(&["commit", "-q", "--allow-empty", "-m", "somebody else"]);
    let theirs = CommitId::new(repo.git(&["rev-parse", "HEAD"]));
    let outcome = commit_on(&git, base.as_ref(), "name = \"late\"\n");
    assert_eq!(outcome, CommitOutcome::Moved { found: Some(theirs.clone()) });
    // A branch that was not there and is now is a lost race as well.
    assert_eq!(commit_on(&git, None, "x"), CommitOutcome::Moved { found: Some(theirs.clone()) });
    assert_eq!(repo.git(&["rev-parse", "HEAD"]), theirs.as_str());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn checkout_follows_head_only_where_nobody_else_wrote() {
    let repo = Repo::with_strategy(STRATEGY);
    let git = repo.open();
    let base = git.observe().unwrap().head;
    let intent = |before: Option<&str>, after: &str| sprag::state::FileIntent {
        path: StatePath::Strategy,
        before: before.map(|text| ContentHash::of(text.as_bytes())),
        after: ContentHash::of(after.as_bytes()),
        text: None,
    };
    assert!(matches!(commit_on(&git, base.as_ref(), "new\n"), CommitOutcome::Landed(_)));
    let lock = git.lock().unwrap();
    repo.write("state/strategy.toml", "a person's\n");
    let intents = [intent(Some(STRATEGY), "new\n")];
    assert_eq!(git.check_out(&lock, &intents).unwrap(), [StatePath::Strategy]);
    assert_eq!(fs::read_to_string(repo.path("state/strategy.toml")).unwrap(), "a person's\n");
    // Staged by a person, while the work tree is as it was.
    repo.git(&["add", "state/strategy.toml"]);
    repo.write("state/strategy.toml", STRATEGY);
    assert_eq!(git.check_out(&lock, &intents).unwrap(), [StatePath::Strategy]);
    assert_eq!(repo.git(&["show", ":state/strategy.toml"]), "a person's");
    repo.git(&["reset", "-q", "HEAD~1", "--", "state/strategy.toml"]);
    assert!(git.check_out(&lock, &intents).unwrap().is_empty());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn converted_line_ends_are_not_an_edit() {
    let repo = Repo::with_strategy("name = \"first\"\n\n[params]\n");
    repo.git(&["config", "core.autocrlf", "true"]);
    fs::remove_file(repo.path("state/strategy.toml")).unwrap();
    repo.git(&["checkout", "-q", "--", "state/strategy.toml"]);
    assert!(fs::read_to_string(repo.path("state/strategy.toml")).unwrap().contains("\r\n"));
    // Iteration 2 is accepted, so it replaces the converted file.
    Driver::default().run_to(&repo.open(), 3).unwrap();
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn one_runner_at_a_time() {
    let repo = Repo::with_strategy(STRATEGY);
    let git = repo.open();
    let lock = git.lock().unwrap();
    let error = refused(Driver::default().run_to(&repo.open(), 1));
    assert!(matches!(&error, RepositoryError::Locked { .. }) && error.is_transient(), "{error}");
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(lock);
    Driver::default().run_to(&repo.open(), 1).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn locks_of_a_killed_git_are_cleared() {
    let repo = Repo::with_strategy(STRATEGY);
    let locks =
        [".git/index.lock", ".git/HEAD.lock", ".git/refs/heads/main.lock", ".git/packed-refs.lock"];
    for lock in locks {
        repo.write(lock, "");
    }
    repo.write(".git/sprag/tmpabc/index", "half an index");
    repo.write("state/.sprag-abc.tmp", "half a file");
    repo.write("state/history/.sprag-abc.tmp", "half a file");
    repo.write("state/.sprag-mine", "a person's\n");
    let cleared = repo.open().lock().unwrap().cleared;
    assert_eq!(cleared.len(), locks.len(), "{cleared:?}");
    assert!(!repo.path(".git/sprag").exists());
    assert_eq!(repo.git(&["status", "--porcelain"]), "?? state/.sprag-mine");
    Driver::default().run_to(&repo.open(), 2).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn locks_are_left_to_a_git_that_runs_and_the_run_is_retried_later() {
    use std::process::Stdio;
    let repo = Repo::with_strategy(STRATEGY);
    let mut running = repo.command(&["cat-file", "--batch"]);
    let mut running = running.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    repo.write(".git/index.lock", "");
    let git = repo.open();
    assert!(git.lock().unwrap().cleared.is_empty());
    let error = refused(Driver::default().run_to(&git, 1));
    assert!(
        matches!(&error, RepositoryError::Busy { path } if path.ends_with("index.lock")),
        "{error}"
    );
    assert!(error.is_transient() && repo.path(".git/index.lock").exists());
    // The record is in HEAD already; only the checkout waits for the next run.
    assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]), "2");
    drop(running.stdin.take());
    running.wait().unwrap();
    Driver::default().run_to(&git, 1).unwrap();
    assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]), "2");
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
#[cfg(target_os = "linux")]
fn a_lock_that_any_process_holds_open_is_not_stale() {
    let repo = Repo::with_strategy(STRATEGY);
    let held = fs::File::create(repo.path(".git/index.lock")).unwrap();
    assert!(repo.open().lock().unwrap().cleared.is_empty());
    drop(held);
    assert_eq!(repo.open().lock().unwrap().cleared.len(), 1);
}

#[test]
fn a_lock_that_goes_away_is_waited_for() {
    let repo = Repo::with_strategy(STRATEGY);
    let git = repo.open();
    let held = fs::File::create(repo.path(".git/index.lock")).unwrap();
    let path = repo.path(".git/index.lock");
    let other = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        fs::remove_file(path).unwrap();
        drop(held);
    });
    Driver::default().run_to(&git, 1).unwrap();
    other.join().unwrap();
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn what_is_under_way_is_not_interrupted() {
    for (file, what) in
        [("MERGE_HEAD", "merge"), ("rebase-merge/x", "rebase"), ("BISECT_LOG", "bisect")]
    {
        let repo = Repo::with_strategy(STRATEGY);
        repo.write(&format!(".git/{file}"), "");
        let error = refused(Driver::default().run_to(&repo.open(), 1));
        assert!(error.needs_a_person() && error.to_string().contains(what), "{error}");
    }
}

#[test]
fn folders_that_are_no_research_repository_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let message = GitRepository::open(folder.path()).unwrap_err().to_string();
    assert!(message.contains("git init"), "{message}");
    let missing = GitRepository::open(&folder.path().join("no")).unwrap_err().to_string();
    assert!(missing.contains("No such file"), "{missing}");
    let repo = Repo::with_strategy(STRATEGY);
    let bare = GitRepository::open(&repo.path(".git")).unwrap_err().to_string();
    assert!(bare.contains("use a work tree"), "{bare}");
}

#[test]
#[cfg(unix)]
fn links_out_of_the_repository_are_not_followed() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    let repo = Repo::new();
    symlink(outside.path(), repo.path("state")).unwrap();
    let error = refused(Driver::default().run_to(&repo.open(), 1));
    assert!(error.to_string().contains("not a file or a link"), "{error}");

    let repo = Repo::with_strategy(STRATEGY);
    fs::remove_file(repo.path("state/strategy.toml")).unwrap();
    symlink(outside.path().join("x"), repo.path("state/strategy.toml")).unwrap();
    let error = refused(Driver::default().run_to(&repo.open(), 1));
    assert!(error.to_string().contains("not a regular file"), "{error}");
    assert!(fs::read_dir(outside.path()).unwrap().next().is_none());
}

#[test]
fn without_a_configured_identity_the_loop_has_a_name_of_its_own() {
    let repo = Repo::with_strategy(STRATEGY);
    repo.git(&["config", "--unset", "user.name"]);
    repo.git(&["config", "--unset", "user.email"]);
    // GIT_DIR and GIT_INDEX_FILE, as a hook that calls us would set them, must not lead elsewhere.
    let env = [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_DIR", "/nowhere"),
        ("GIT_INDEX_FILE", "/nowhere"),
    ];
    run_in_child(&repo, 1, &env);
    let who = repo.git(&["log", "-1", "--format=%an <%ae> %cn <%ce>"]);
    assert_eq!(who, "sprag <sprag@localhost> sprag <sprag@localhost>");
}

#[test]
#[cfg(unix)]
fn an_iteration_starts_as_many_processes_as_the_documentation_says() {
    let repo = Repo::with_strategy(STRATEGY);
    Driver::default().run_to(&repo.open(), 1).unwrap();
    let bin = tempfile::tempdir().unwrap();
    let log = bin.path().join("log");
    let path = std::env::var("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|p| p.join("git")).find(|p| p.exists()).unwrap();
    let script = format!("echo \"$@\" >> '{}'\nexec '{}' \"$@\"", log.display(), real.display());
    fixture::script(&bin.path().join("git"), &script);
    let calls = |iterations: u64| {
        fs::write(&log, "").unwrap();
        run_in_child(&repo, iterations, &[("PATH", &format!("{}:{path}", bin.path().display()))]);
        fs::read_to_string(&log).unwrap()
    };
    let idle = calls(1);
    let busy = calls(2);
    // The small driver looks once more after the iteration than the loop needs to.
    let look = 2;
    let count = busy.lines().count() - look;
    assert_eq!(idle.lines().count(), 1 + look, "{idle}");
    assert_eq!(count, 13, "{busy}");
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/state.md")).unwrap();
    assert!(page.contains(&format!("{count} processes")), "docs/state.md says something else");
}
