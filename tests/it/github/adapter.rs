//! The repository on GitHub as the loop sees it, through its port.

use sprag::adapters::git::GitRepository;
use sprag::adapters::github::{Connection, GithubForge, GithubRepository, Target};
use sprag::ports::{CommitId, CommitOutcome, CommitPlan, Lock, Repository, RepositoryError};
use sprag::state::{Change, StatePath};

use super::bench::{Bench, NAME};
use super::fake::{Fault, TOKEN, When};

fn connection(bench: &Bench) -> Connection {
    Connection {
        api_url: bench.github.url(),
        graphql_url: format!("{}/graphql", bench.github.url()),
        repository: NAME.into(),
        token: TOKEN.into(),
        token_env: "GITHUB_TOKEN".into(),
    }
}

fn open(bench: &Bench) -> GithubRepository {
    let local = GitRepository::open(&bench.repo.root).unwrap();
    let target = Target { data: "data".into(), ..Target::default() };
    GithubRepository::open(local, connection(bench), target).unwrap()
}

pub fn forge(bench: &Bench) -> GithubForge {
    let local = GitRepository::open(&bench.repo.root).unwrap();
    let target = Target { data: "data".into(), ..Target::default() };
    GithubForge::open(local, connection(bench), target).unwrap()
}

/// No two runs of one machine: what tells them apart here is GitHub.
fn lock() -> Lock {
    Lock::holding((), Vec::new())
}

fn change(text: &str) -> Vec<Change> {
    vec![Change::new(StatePath::Status, None, text.to_owned())]
}

fn commit(
    repository: &GithubRepository,
    base: &CommitId,
    changes: &[Change],
) -> Result<CommitOutcome, RepositoryError> {
    let message = "iteration 0: baseline\n\nSprag-Iteration: 0\n";
    let plan = CommitPlan { base: Some(base), message, time_s: 0, changes };
    repository.commit(&lock(), &plan)
}

fn head(bench: &Bench) -> CommitId {
    CommitId::new(bench.github.repository(|repository| repository.branch("main").unwrap().clone()))
}

#[test]
fn the_same_commit_again_is_found_and_another_one_is_refused() {
    for has_graphql in [true, false] {
        let bench = Bench::new();
        bench.github.world(|world| world.has_graphql = has_graphql);
        let (one, other) = (open(&bench), open(&bench));
        let base = one.observe().unwrap().head.unwrap();
        let landed = commit(&one, &base, &change("{}")).unwrap();
        assert_eq!(landed, CommitOutcome::Landed(head(&bench)));
        // A run that lost its answer for good, and one that has the very same to say.
        assert_eq!(commit(&other, &base, &change("{}")).unwrap(), landed);
        let another = commit(&other, &base, &change("{ }")).unwrap();
        assert_eq!(another, CommitOutcome::Moved { found: Some(head(&bench)) });
        let log = bench.github.repository(|repository| repository.log("main"));
        assert_eq!(log.len(), 2);
        // Found below what others committed since, too.
        bench.github.repository(|repository| {
            repository.commit("a-person", "main", &[("NOTES.md", Some(b"x"))], "notes");
        });
        assert_eq!(commit(&other, &base, &change("{}")).unwrap(), landed);
    }
}

#[test]
fn whoever_writes_the_journal_last_owns_it() {
    let bench = Bench::new();
    let (one, other) = (open(&bench), open(&bench));
    for repository in [&one, &other] {
        assert_eq!(repository.observe().unwrap().journal, None);
    }
    one.write_journal(&lock(), "first\n").unwrap();
    // It began before the journal was there.
    let error = other.write_journal(&lock(), "mine\n").unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("another run"), "{error}");
    assert_eq!(other.observe().unwrap().journal.as_deref(), Some(b"first\n".as_slice()));
    other.write_journal(&lock(), "second\n").unwrap();
    let error = one.write_journal(&lock(), "third\n").unwrap_err();
    assert!(matches!(error, RepositoryError::Outdated { .. }), "{error}");
    // What isn't its own it doesn't remove.
    one.clear_journal(&lock()).unwrap();
    assert_eq!(other.observe().unwrap().journal.as_deref(), Some(b"second\n".as_slice()));
    bench.github.fail(When::Operation("git/delete-ref", 0), Fault::AnswerLost);
    other.clear_journal(&lock()).unwrap();
    other.clear_journal(&lock()).unwrap();
    assert_eq!(one.observe().unwrap().journal, None);
}

#[test]
fn a_journal_of_megabytes_comes_back_whole() {
    let bench = Bench::new();
    let repository = open(&bench);
    repository.observe().unwrap();
    let text = "0123456789abcde\n".repeat(100_000);
    repository.write_journal(&lock(), &text).unwrap();
    let found = repository.observe().unwrap().journal.unwrap();
    assert!(found == text.as_bytes(), "{} bytes", found.len());
}

#[test]
fn names_that_need_escaping_are_found() {
    let bench = Bench::on_branch("50%-a#b/c+d");
    let repository = open(&bench);
    let snapshot = repository.observe().unwrap();
    assert!(snapshot.files.contains_key(&StatePath::Strategy));
    repository.write_journal(&lock(), "{}").unwrap();
    assert_eq!(repository.observe().unwrap().journal.as_deref(), Some(b"{}".as_slice()));
    bench.github.fail(When::Operation("createCommitOnBranch", 0), Fault::AnswerLost);
    let landed = commit(&repository, &snapshot.head.unwrap(), &change("{}")).unwrap();
    assert!(matches!(landed, CommitOutcome::Landed(_)), "{landed:?}");
}

#[test]
fn state_is_the_same_from_the_clone_and_through_the_interface() {
    let bench = Bench::started();
    let from_afar = open(&bench).observe().unwrap();
    bench.check_out();
    let from_here = open(&bench).observe().unwrap();
    assert_eq!(from_afar, from_here);
    assert!(from_here.files.len() > 3, "{:?}", from_here.files.keys());
}

#[test]
fn nothing_shows_the_token() {
    let bench = Bench::new();
    let shown = format!("{:?} {:?}", connection(&bench), open(&bench));
    assert!(!shown.contains(TOKEN), "{shown}");
}
