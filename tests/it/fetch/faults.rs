//! Servers and networks that fail: what is tried again, what goes on, and what is given up.

use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use sprag::adapters::fetch::{FetchError, Patience};

use super::server::{Reply, Request, Server, file};
use super::{Desk, HASTE, bars, order};

fn ranges(server: &Server) -> Vec<Option<String>> {
    let requests = server.requests();
    requests.iter().map(|request| request.header("range").map(str::to_owned)).collect()
}

#[test]
fn a_download_that_broke_off_goes_on_where_it_was() {
    let server = Server::new(|number, request| {
        let reply = file(request, bars(500).as_bytes(), "\"v1\"");
        if number < 2 { reply.cut(3_000) } else { reply }
    });
    let desk = Desk::new();
    assert_eq!(desk.fetch(&order(server.url("/x.csv"))).unwrap().bars, 500);
    assert_eq!(desk.read("X.csv"), bars(500));
    let expected = [None, Some("bytes=3000-".into()), Some("bytes=6000-".into())];
    assert_eq!(ranges(&server), expected);
    assert_eq!(server.requests()[1].header("if-range"), Some("\"v1\""));
    desk.assert_tidy();
}

#[test]
fn another_run_goes_on_as_well() {
    let server = Server::new(|number, request| {
        let reply = file(request, bars(500).as_bytes(), "\"v1\"");
        if number == 0 { reply.cut(4_321) } else { reply }
    });
    let mut desk = Desk::new();
    desk.patience = Patience { repetitions: 0, ..HASTE };
    let error = desk.fetch(&order(server.url("/x.csv"))).unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(!desk.path("X.csv").exists());
    desk.fetch(&order(server.url("/x.csv"))).unwrap();
    assert_eq!(ranges(&server), [None, Some("bytes=4321-".into())]);
    assert_eq!(desk.read("X.csv"), bars(500));
}

#[test]
fn what_changed_meanwhile_is_fetched_from_the_beginning() {
    let server = Server::new(|number, request| match number {
        0 => file(request, bars(500).as_bytes(), "\"v1\"").cut(3_000),
        _ => file(request, bars(600).as_bytes(), "\"v2\""),
    });
    let desk = Desk::new();
    assert_eq!(desk.fetch(&order(server.url("/x.csv"))).unwrap().bars, 600);
    assert_eq!(desk.read("X.csv"), bars(600));
    assert_eq!(desk.entry("X.csv").unwrap().etag.as_deref(), Some("\"v2\""));
}

/// Nothing says that the rest would be of the same file.
#[test]
fn without_a_strong_version_it_begins_anew() {
    for etag in [None, Some("W/\"weak\"")] {
        let server = Server::new(move |number, _| {
            let reply = Reply::ok(bars(500));
            let reply = match etag {
                Some(etag) => reply.header("ETag", etag),
                None => reply,
            };
            if number == 0 { reply.cut(3_000) } else { reply }
        });
        let desk = Desk::new();
        assert_eq!(desk.fetch(&order(server.url("/x.csv"))).unwrap().bars, 500);
        assert_eq!(ranges(&server), [None, None]);
    }
}

#[test]
fn a_server_without_ranges_or_with_wrong_ones_is_met() {
    let wrong: [fn(&Request) -> Reply; 4] = [
        // Everything again.
        |_| Reply::ok(bars(500)).header("ETag", "\"v1\""),
        // Another piece than was asked for.
        |_| {
            let piece = &bars(500).into_bytes()[1_000..];
            Reply::new(206, piece).header("Content-Range", "bytes 1000-9999/10000")
        },
        // A piece of which it doesn't say where it belongs.
        |_| Reply::new(206, "x"),
        |_| Reply::new(416, "").header("Content-Range", "bytes */17"),
    ];
    for answer in wrong {
        let server = Server::new(move |number, request| match number {
            0 => file(request, bars(500).as_bytes(), "\"v1\"").cut(3_000),
            1 => answer(request),
            _ => file(request, bars(500).as_bytes(), "\"v1\""),
        });
        let desk = Desk::new();
        assert_eq!(desk.fetch(&order(server.url("/x.csv"))).unwrap().bars, 500);
        assert_eq!(desk.read("X.csv"), bars(500));
    }
}

#[test]
fn a_download_that_was_whole_is_not_repeated() {
    let server = Server::new(|_, request| file(request, bars(100).as_bytes(), "\"v1\""));
    let desk = Desk::new();
    desk.fetch(&order(server.url("/x.csv"))).unwrap();
    // As if the run had been killed before it looked at the file.
    let content = bars(100);
    fs::remove_file(desk.path("X.csv")).unwrap();
    fs::write(desk.path(".fetch/X.part"), &content).unwrap();
    let of = {
        use sha2::{Digest, Sha256};
        let url = server.url("/x.csv");
        let mut hash = Sha256::new();
        hash.update((url.len() as u64).to_le_bytes());
        hash.update(&url);
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let about = format!("{{\"of\": \"{of}\", \"etag\": \"\\\"v1\\\"\", \"last_modified\": null}}");
    fs::write(desk.path(".fetch/X.part.json"), about).unwrap();
    desk.fetch(&order(server.url("/x.csv"))).unwrap();
    assert_eq!(server.requests()[1].header("range"), Some(&*format!("bytes={}-", content.len())));
    assert_eq!(desk.read("X.csv"), content);
    desk.assert_tidy();
}

#[test]
fn failures_that_pass_are_waited_for() {
    let server = Server::new(|number, _| match number {
        0 => Reply::new(500, "oh"),
        1 => Reply::new(503, "<html>busy</html>"),
        2 => Reply::new(429, "slow down").header("Retry-After", "1"),
        _ => Reply::ok(bars(20)),
    });
    let desk = Desk::new();
    desk.fetch(&order(server.url("/x.csv"))).unwrap();
    let waits = desk.waits.borrow();
    let words: Vec<&str> = waits.iter().map(|(why, _)| why.as_str()).collect();
    assert_eq!(
        words,
        [
            "the server answered 500: oh",
            "the server answered 503: Service Unavailable",
            "the server answered 429: slow down"
        ]
    );
    assert!(waits[0].1 < Duration::from_millis(100) && waits[2].1 >= Duration::from_secs(1));
}

#[test]
fn a_server_that_wants_too_long_a_rest_gets_it() {
    for later in ["3600", "Sun, 06 Nov 1994 09:49:37 GMT"] {
        let server =
            Server::new(move |_, _| Reply::new(429, "enough").header("Retry-After", later));
        let desk = Desk::new();
        let error = desk.fetch(&order(server.url("/x.csv"))).unwrap_err();
        assert!(error.is_transient(), "{error}");
        let FetchError::Status { retry_after, .. } = error else { panic!() };
        assert_eq!(retry_after, Some(Duration::from_secs(3_600)));
        assert_eq!(server.requests().len(), 1, "asked once, and not again");
    }
}

#[test]
fn patience_has_an_end_and_progress_renews_it() {
    let server = Server::new(|_, _| Reply::new(502, ""));
    let desk = Desk::new();
    assert!(desk.fetch(&order(server.url("/x.csv"))).unwrap_err().is_transient());
    assert_eq!(server.requests().len(), 1 + HASTE.repetitions);
    // A line that breaks every kilobyte still brings the file.
    let server = Server::new(|_, request| file(request, bars(700).as_bytes(), "\"v1\"").cut(1_000));
    let desk = Desk::new();
    assert_eq!(desk.fetch(&order(server.url("/x.csv"))).unwrap().bars, 700);
    assert!(server.requests().len() > 2 * HASTE.repetitions);
}

#[test]
fn a_server_that_falls_silent_is_left_in_time() {
    let server = Server::new(|number, _| {
        let reply = Reply::ok(bars(20));
        if number == 0 { reply.delay(Duration::from_secs(3)) } else { reply }
    });
    let desk = Desk::new();
    desk.fetch(&order(server.url("/x.csv"))).unwrap();
    let waits = desk.waits.borrow();
    assert!(waits[0].0.starts_with("the answer broke off: timed out"), "{waits:?}");
}

#[test]
fn refusals_are_final() {
    for (status, text) in [(404, "Not Found"), (401, "Unauthorized"), (451, "Unavailable")] {
        let server = Server::new(move |_, _| Reply::new(status, ""));
        let desk = Desk::new();
        let error = desk.fetch(&order(server.url("/x.csv"))).unwrap_err();
        assert!(!error.is_transient() && error.to_string().contains(text), "{error}");
        assert_eq!(server.requests().len(), 1);
    }
    let desk = Desk::new();
    let nobody = desk.fetch(&order("http://127.0.0.1:1/x.csv".into())).unwrap_err();
    assert!(nobody.is_transient() && nobody.to_string().contains("connection"), "{nobody}");
    let none = desk.fetch(&order("http://[broken/".into())).unwrap_err();
    assert!(!none.is_transient(), "{none}");
}

#[test]
fn what_is_no_data_replaces_nothing() {
    let cases: [(Reply, &str); 5] = [
        (
            Reply::ok("<!DOCTYPE html>\n<title>Log in</title>"),
            "a web page, not data: <!DOCTYPE html>",
        ),
        (Reply::ok(bars(10).replace("2020-01-04,10,11", "2020-01-04,10,3")), "X.csv:5: high_below"),
        (Reply::ok("{\"error\": \"no such symbol\"}"), "missing_column"),
        (Reply::ok(""), "the file is empty"),
        (Reply::ok(b"PAR1 and nothing".to_vec()), "the end of the Parquet file is missing"),
    ];
    for (reply, expected) in cases {
        let server = Server::new(
            move |number, _| if number == 0 { Reply::ok(bars(10)) } else { reply.clone() },
        );
        let desk = Desk::new();
        desk.fetch(&order(server.url("/x.csv"))).unwrap();
        let lock = desk.read("sources.lock");
        let error = desk.fetch(&order(server.url("/x.csv"))).unwrap_err();
        assert!(matches!(error, FetchError::Unusable(_)) && !error.is_transient(), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!((desk.read("X.csv"), desk.read("sources.lock")), (bars(10), lock));
        desk.assert_tidy();
    }
}

#[test]
fn sizes_are_bounded() {
    let server = Server::new(|number, _| match number {
        // It says so, or it doesn't.
        0 => Reply::ok(bars(10)).length(9 << 20),
        _ => Reply::ok(vec![b'x'; 2 << 20]),
    });
    for _ in 0..2 {
        let desk = Desk::new();
        let error = desk.fetch(&order(server.url("/x.csv"))).unwrap_err();
        assert!(error.to_string().contains("more than 1048576 bytes"), "{error}");
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn redirects_are_followed() {
    let server = Server::new(|_, request| match request.target.as_str() {
        "/x.csv" => Reply::new(302, "").header("Location", "/there.csv"),
        "/round" => Reply::new(302, "").header("Location", "/round"),
        _ => Reply::ok(bars(20)),
    });
    let desk = Desk::new();
    desk.fetch(&order(server.url("/x.csv"))).unwrap();
    assert_eq!(desk.entry("X.csv").unwrap().source, server.url("/x.csv"));
    let before = server.requests().len();
    let error = Desk::new().fetch(&order(server.url("/round"))).unwrap_err();
    assert!(error.to_string().contains("too many redirects"), "{error}");
    assert!(!error.is_transient(), "another time it goes round as well");
    assert_eq!(server.requests().len() - before, 11);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    /// Wherever connections break and whatever fails between, what is there in the end is the file, whole.
    #[test]
    fn a_file_is_whole_or_not_there(
        faults in prop::collection::vec((0..5_u8, 0..16_000_usize), 0..8),
        runs in 1..4_usize,
    ) {
        let server = Server::new(move |number, request| {
            let version = if number < 3 { "\"a\"" } else { "\"b\"" };
            let content = if number < 3 { bars(400) } else { bars(450) };
            let good = file(request, content.as_bytes(), version);
            match faults.get(number) {
                Some((0 | 1, at)) => good.cut(*at),
                Some((2, _)) => Reply::new(500, "no"),
                Some((3, at)) => good.length(at + 1_000_000).cut(*at),
                Some((_, at)) => Reply::ok(&content.as_bytes()[..(*at).min(content.len())]),
                None => good,
            }
        });
        let mut desk = Desk::new();
        desk.patience = Patience { repetitions: 1, ..HASTE };
        for _ in 0..runs {
            let result = desk.fetch(&order(server.url("/x.csv")));
            if desk.path("X.csv").exists() {
                let text = desk.read("X.csv");
                // A server that sends less than there is and says so is believed, if it is data.
                let is_start = bars(450).starts_with(&text);
                prop_assert!(is_start, "{} bytes", text.len());
            }
            if let Err(error) = result {
                let is_known = error.is_transient()
                    || matches!(error, FetchError::Unusable(_) | FetchError::Rewritten(_) | FetchError::Http(_));
                prop_assert!(is_known, "{error}");
            }
        }
    }
}
