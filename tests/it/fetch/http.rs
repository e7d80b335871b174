//! The client itself: what is posted, what failed and whether it may have been received, how long to wait.

use std::time::Duration;

use proptest::prelude::*;
use sprag::adapters::http::{self, Answer, Backoff, Http, HttpError, Request};

use super::server::{Reply, Server};

const SECOND: Duration = Duration::from_secs(1);

fn post(url: &str, most_bytes: usize, timeout: Duration) -> Result<Answer, HttpError> {
    let headers = [("authorization", "Bearer key".to_owned())];
    let body = "{\"a\": 1}".to_owned();
    let request = Request { url, headers: &headers, body, timeout, pause: timeout, most_bytes };
    Http::new(SECOND).unwrap().post(&request)
}

#[test]
fn a_posted_body_arrives_and_any_status_is_an_answer() {
    let server = Server::new(|number, _| match number {
        0 => Reply::ok("{}"),
        1 => Reply::new(429, "slow").header("Retry-After", "1.5"),
        // A key must not travel on.
        _ => Reply::new(302, "").header("Location", "/there"),
    });
    let url = server.url("/v1");
    let answer = post(&url, 10, SECOND).unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.retry_after), (200, &b"{}"[..], None));
    let request = server.requests().remove(0);
    assert_eq!(request.body, b"{\"a\": 1}");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("authorization"), Some("Bearer key"));
    let answer = post(&url, 10, SECOND).unwrap();
    assert_eq!((answer.status, answer.words()), (429, "slow".into()));
    assert_eq!(answer.retry_after, Some(Duration::from_millis(1_500)));
    assert_eq!(post(&url, 10, SECOND).unwrap().status, 302);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn what_failed_says_whether_it_may_have_been_received() {
    let server = Server::new(|number, _| match number {
        0 => Reply::ok("x".repeat(11)),
        1 => Reply::ok("x").length(5),
        _ => Reply::ok("{}").delay(SECOND),
    });
    let url = server.url("/");
    assert_eq!(post(&url, 10, SECOND), Err(HttpError::TooLong(10)));
    let lost = post(&url, 10, SECOND).unwrap_err();
    assert!(matches!(lost, HttpError::Lost(_)) && lost.is_transient(), "{lost}");
    let late = post(&url, 10, SECOND / 10).unwrap_err();
    assert!(matches!(&late, HttpError::Lost(why) if why.contains("timed out")), "{late}");
    let nobody = post("http://127.0.0.1:1/", 10, SECOND).unwrap_err();
    assert!(matches!(nobody, HttpError::NotSent(_)) && nobody.is_transient(), "{nobody}");
    for wrong in ["nothing", "http://", "ftp://127.0.0.1/"] {
        let error = post(wrong, 10, SECOND).unwrap_err();
        assert!(matches!(error, HttpError::Unusable(_)) && !error.is_transient(), "{error:?}");
    }
    let headers = [("x", "two\nlines of a key".to_owned())];
    let body = String::new();
    let (url, headers, timeout, pause) = (&url[..], &headers[..], SECOND, SECOND);
    let request = Request { url, headers, body, timeout, pause, most_bytes: 1 };
    let error = Http::new(SECOND).unwrap().post(&request).unwrap_err();
    assert!(matches!(&error, HttpError::Unusable(why) if !why.contains("key")), "{error}");
}

#[test]
fn a_wait_is_seconds_or_a_time_by_the_servers_clock() {
    let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
    for (value, date, seconds) in [
        ("0", None, Some(0.0)),
        (" 120 ", None, Some(120.0)),
        ("0.25", None, Some(0.25)),
        ("1e300", None, Some(86_400.0)),
        ("Sun, 06 Nov 1994 08:50:37 GMT", date, Some(60.0)),
        // It has passed.
        ("Sun, 06 Nov 1994 08:48:37 GMT", date, Some(0.0)),
        ("Sun, 06 Nov 1994 08:50:37 GMT", None, None),
        ("-1", None, None),
        ("NaN", None, None),
        ("soon", date, None),
        ("", date, None),
    ] {
        let wait = http::retry_after(value, date);
        assert_eq!(wait, seconds.map(Duration::from_secs_f64), "{value}");
    }
}

#[test]
fn refusals_pass_or_do_not() {
    let passing: Vec<u16> = (100..600).filter(|status| http::is_transient(*status)).collect();
    assert_eq!(passing[..5], [408, 418, 425, 429, 500]);
    assert_eq!(passing.len(), 104);
}

proptest! {
    /// A server's words never make it fail, and never a wait of more than a day.
    #[test]
    fn any_retry_after_is_understood_or_not(value in ".{0,40}", date in ".{0,40}") {
        let wait = http::retry_after(&value, Some(&date));
        prop_assert!(wait.is_none_or(|wait| wait <= Duration::from_secs(86_400)));
    }

    #[test]
    fn waits_grow_keep_their_bounds_and_end(retries in 0..6_usize, asked in 0..50_u64) {
        let (shortest, longest) = (Duration::from_millis(10), Duration::from_millis(40));
        let mut backoff = Backoff::between(shortest, longest, retries);
        let asked = Duration::from_millis(asked);
        for _ in 0..retries {
            let wait = backoff.next(Some(asked)).unwrap();
            // By chance up to as much again.
            prop_assert!(wait >= shortest.max(asked) && wait <= (2 * longest).max(asked));
        }
        prop_assert_eq!(backoff.next(Some(asked)), None);
    }
}
