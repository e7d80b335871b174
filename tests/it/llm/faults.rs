//! Faults between here and a model: what is tried again, what isn't, and what each costs.

use std::net::TcpListener;
use std::time::Instant;

use serde_json::json;
use sprag::ports::ProposerError;
use sprag::state::Bill;

use super::server::{Play, Server};
use super::{SECOND, Talk, completion, reply};

fn good() -> Play {
    Play::json(200, &completion(&reply(20).to_string()))
}

fn busy(status: u16) -> Play {
    Play::json(status, &json!({ "error": { "message": "try later", "type": "overloaded_error" } }))
}

#[test]
fn what_passes_is_tried_again() {
    for play in [busy(408), busy(429), busy(500), busy(502), busy(503), busy(529)] {
        let mut talk = Talk::new(Server::new(vec![play.clone(), good()]), "");
        talk.propose().unwrap_or_else(|error| panic!("{play:?}: {error}"));
        assert_eq!(talk.server.asked().len(), 2, "{play:?}");
        // An endpoint that was too busy to answer isn't paid.
        assert_eq!(talk.books.settled[0], Some(Bill::default()));
        assert!(talk.notes[0].contains("try later; trying again in"), "{:?}", talk.notes);
    }
}

#[test]
fn a_server_that_says_when_is_asked_no_sooner() {
    let later = busy(429).with("Retry-After", "2");
    let mut talk = Talk::new(Server::new(vec![later, good()]), "");
    talk.propose().unwrap();
    let asked = talk.server.asked();
    assert!(asked[1].at - asked[0].at >= 2 * SECOND);
}

#[test]
fn a_wait_that_is_too_long_is_not_begun() {
    let never = busy(429).with("Retry-After", "3600");
    let mut talk = Talk::new(Server::new(vec![never, good()]), "deadline = \"1m\"");
    let started = Instant::now();
    let error = talk.propose().unwrap_err();
    assert!(matches!(error, ProposerError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("3600 s is too late"), "{error}");
    assert!(started.elapsed() < 30 * SECOND);
    assert_eq!(talk.server.asked().len(), 1);
}

#[test]
fn tries_are_counted() {
    let mut talk = Talk::new(Server::new(vec![busy(503)]), "attempts = 3");
    let error = talk.propose().unwrap_err().to_string();
    assert!(error.contains("answered 503: try later"), "{error}");
    assert_eq!(talk.server.asked().len(), 3);
}

#[test]
fn a_broken_exchange_is_tried_again_and_stays_reserved() {
    let half = Play::Half(completion("x").to_string().into_bytes());
    for play in [Play::Close, half, Play::Garbage] {
        let mut talk = Talk::new(Server::new(vec![play.clone(), good()]), "");
        talk.propose().unwrap_or_else(|error| panic!("{play:?}: {error}"));
        // Whether it was paid nobody knows.
        assert_eq!((talk.books.open(), talk.books.settled[0]), (1, None), "{play:?}");
        assert_eq!(talk.books.paid().tokens_in, 1_000);
    }
}

#[test]
fn a_silent_server_is_given_up() {
    let stall = Play::Stall(60 * SECOND);
    let mut talk = Talk::new(Server::new(vec![stall]), "timeout = \"1s\"\nattempts = 1");
    let started = Instant::now();
    let error = talk.propose().unwrap_err();
    assert!(matches!(error, ProposerError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("timed out"), "{error}");
    assert!(started.elapsed() < 30 * SECOND);
    assert_eq!(talk.books.open(), 1);
}

#[test]
fn an_answer_that_stands_still_is_given_up_before_the_bound_on_the_whole() {
    let pause = Play::Pause(completion("x").to_string().into_bytes(), 60 * SECOND);
    let settings = "read_timeout = \"1s\"\ntimeout = \"50s\"\nattempts = 1";
    let mut talk = Talk::new(Server::new(vec![pause]), settings);
    let error = talk.propose().unwrap_err();
    assert!(matches!(error, ProposerError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("nothing more came for 1 s"), "{error}");
    // It may have been paid.
    assert_eq!(talk.books.open(), 1);
}

#[test]
fn a_server_that_is_not_there_costs_nothing() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut talk =
        Talk::new(Server::new(vec![good()]), &format!("attempts = 2\n[proposer]\nseed = {port}"));
    let text = format!(
        "```toml\n[llm]\nbase_url = \"http://127.0.0.1:{port}\"\nmodels = [\"m-1\"]\n\
        key_env = \"\"\nattempts = 2\n```\n"
    );
    let program = sprag::program::Program::parse(&text, "program.md").unwrap();
    talk.llm = sprag::adapters::llm::Llm::new(&program).unwrap();
    let error = talk.propose().unwrap_err();
    assert!(matches!(error, ProposerError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("no connection to http://127.0.0.1"), "{error}");
    assert_eq!(talk.books.settled, [Some(Bill::default()), Some(Bill::default())]);
}

#[test]
fn what_no_retry_can_mend_is_not_tried_again() {
    let quota =
        json!({ "error": { "code": "insufficient_quota", "message": "You are out of credit." } });
    for (play, transient, expected) in [
        (Play::json(429, &quota), true, "You are out of credit."),
        (busy(402), true, "answered 402"),
        (busy(401), false, "no key was sent"),
        (busy(403), false, "answered 403"),
        (busy(404), false, "answered 404"),
        (Play::bytes(400, b"<html>Bad Request</html>"), false, "<html>Bad Request</html>"),
    ] {
        let mut talk = Talk::new(Server::new(vec![play.clone(), good()]), "");
        let error = talk.propose().unwrap_err();
        match &error {
            ProposerError::Unavailable { .. } => assert!(transient, "{play:?}"),
            ProposerError::Misconfigured { .. } => assert!(!transient, "{play:?}"),
            _ => panic!("{error}"),
        }
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(talk.server.asked().len(), 1, "{play:?}");
        assert_eq!(talk.books.paid(), Bill::default());
    }
}

#[test]
fn an_error_within_a_success_is_an_error() {
    let relayed = json!({ "error": { "code": 502, "message": "upstream is down" } });
    let mut talk = Talk::new(Server::new(vec![Play::json(200, &relayed), good()]), "");
    talk.propose().unwrap();
    assert!(talk.notes[0].contains("upstream is down"), "{:?}", talk.notes);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::new(vec![good()]);
    let redirect = Play::bytes(307, b"").with("Location", format!("{}/x", elsewhere.url()));
    let mut talk = Talk::new(Server::new(vec![redirect]), "");
    let error = talk.propose().unwrap_err();
    assert!(matches!(error, ProposerError::Misconfigured { .. }), "{error}");
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn an_interrupted_run_does_not_wait() {
    use sprag::ports::{Aids, Proposer, Stop};
    use sprag::propose::Disclosure;

    let later = busy(503).with("Retry-After", "20");
    let mut talk = Talk::new(Server::new(vec![later]), "");
    let disclosure = Disclosure { incumbent: super::STRATEGY.into(), ..Disclosure::default() };
    let started = Instant::now();
    let mut notes = super::Notes::default();
    let stop = || Some(Stop::Interrupted);
    let mut aids =
        Aids { purse: &mut talk.books, progress: &mut notes, stop: &stop, in_sample: &|_| None };
    let error = talk.llm.propose(&disclosure, &mut aids).unwrap_err();
    assert!(error.to_string().contains("interrupted while waiting"), "{error}");
    assert!(started.elapsed() < 15 * SECOND);
}
