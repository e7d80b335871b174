//! Files at an address: what is asked, what is kept, and what is not overwritten.

use std::fs;

use sprag::adapters::fetch::FetchError;
use sprag::sources::{Order, Origin};

use super::server::{Reply, Server, file};
use super::{Desk, bars, names, order};

#[test]
fn a_file_is_fetched_remembered_and_not_fetched_again() {
    let server = Server::new(|_, request| file(request, bars(300).as_bytes(), "\"v1\""));
    let desk = Desk::new();
    let order = order(server.url("/x.csv"));
    let fetched = desk.fetch(&order).unwrap();
    assert!(fetched.is_new);
    assert_eq!((fetched.bars, fetched.added, fetched.path), (300, 300, desk.path("X.csv")));
    assert_eq!(desk.read("X.csv"), bars(300));
    let entry = desk.entry("X.csv").unwrap();
    assert_eq!(entry.source, server.url("/x.csv"));
    assert_eq!((entry.bars, entry.from.as_str()), (300, "2020-01-01T00:00:00Z"));
    assert_eq!(entry.etag.as_deref(), Some("\"v1\""));
    assert_eq!(entry.fetched, "2020-09-13T12:26:40Z");
    desk.assert_tidy();

    let lock = desk.read("sources.lock");
    let again = desk.fetch(&order).unwrap();
    assert!(!again.is_new && again.bars == 300 && again.added == 0);
    let asked = server.requests();
    assert_eq!(asked[1].header("if-none-match"), Some("\"v1\""));
    assert_eq!(asked[0].header("accept-encoding"), Some("identity"));
    assert!(asked[0].header("user-agent").unwrap().starts_with("sprag/"));
    assert_eq!(desk.read("sources.lock"), lock, "nothing new is nothing written");
    assert_eq!(names(desk.folder.path()), [".fetch", "X.csv", "sources.lock"]);
}

#[test]
fn without_versions_the_content_decides() {
    let server = Server::new(|_, _| Reply::ok(bars(30)));
    let desk = Desk::new();
    let order = order(server.url("/x.csv"));
    desk.fetch(&order).unwrap();
    assert!(!desk.fetch(&order).unwrap().is_new);
    assert_eq!(server.requests()[1].header("if-none-match"), None);
}

#[test]
fn new_bars_are_taken_and_a_rewritten_past_is_refused() {
    let mut rewritten = bars(40);
    rewritten = rewritten.replace("2020-01-05,10,11,9,10.5", "2020-01-05,10,11,9,10.25");
    let answers = [bars(30), bars(40), rewritten, bars(35)];
    let server = Server::new(move |number, _| Reply::ok(answers[number.min(3)].clone()));
    let mut desk = Desk::new();
    let order = order(server.url("/x.csv"));
    desk.fetch(&order).unwrap();
    let longer = desk.fetch(&order).unwrap();
    assert_eq!((longer.bars, longer.added, longer.is_new), (40, 10, true));
    let error = desk.fetch(&order).unwrap_err();
    assert!(matches!(error, FetchError::Rewritten(_)) && error.needs_person());
    assert!(error.to_string().contains("1 bars changed, 0 gone"), "{error}");
    assert!(error.to_string().contains("2020-01-05 had close 10.5 and has 10.25"), "{error}");
    assert_eq!(desk.read("X.csv"), bars(40), "as it was");
    desk.assert_tidy();
    // A shorter past is a rewritten one as well.
    assert!(desk.fetch(&order).unwrap_err().to_string().contains("0 bars changed, 5 gone"));
    desk.is_forced = true;
    let taken = desk.fetch(&order).unwrap();
    assert_eq!((taken.bars, desk.read("X.csv")), (35, bars(35)));
}

/// Killed when the lock named the new file and the old one was still there.
#[test]
fn a_replacement_that_was_interrupted_is_made_good() {
    let server = Server::new(|_, request| match request.header("if-none-match") {
        Some(etag) => file(request, bars(40).as_bytes(), etag),
        None => file(request, bars(40).as_bytes(), "\"v2\""),
    });
    let desk = Desk::new();
    let order = order(server.url("/x.csv"));
    desk.fetch(&order).unwrap();
    let old: String = {
        use sha2::{Digest, Sha256};
        Sha256::digest(bars(30)).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let entry = desk.read("sources.lock");
    let interrupted = format!("\"replaces\": \"{old}\", \"source\"");
    desk.write("sources.lock", &entry.replace("\"source\"", &interrupted));
    desk.write("X.csv", &bars(30));
    let fetched = desk.fetch(&order).unwrap();
    assert_eq!((fetched.bars, fetched.added, fetched.is_new), (40, 10, true));
    assert_eq!((desk.read("X.csv"), desk.read("sources.lock")), (bars(40), entry.clone()));
    // Killed one step later: the new file is there, and only the note is left.
    desk.write("sources.lock", &entry.replace("\"source\"", &interrupted));
    assert!(!desk.fetch(&order).unwrap().is_new);
    assert_eq!(desk.read("sources.lock"), entry);
}

#[test]
fn a_file_that_was_not_fetched_or_was_changed_is_left_alone() {
    let server = Server::new(|_, _| Reply::ok(bars(50)));
    let mut desk = Desk::new();
    let order = order(server.url("/x.csv"));
    desk.write("X.csv", &bars(20));
    let error = desk.fetch(&order).unwrap_err();
    assert!(matches!(error, FetchError::Foreign(_)) && error.needs_person());
    assert_eq!(desk.read("X.csv"), bars(20));
    assert_eq!(desk.entry("X.csv"), None);
    // The very same content is no conflict.
    desk.write("X.csv", &bars(50));
    assert!(!desk.fetch(&order).unwrap().is_new);
    assert!(desk.entry("X.csv").is_some());
    // An edit after the fetch is a person's.
    desk.write("X.csv", &bars(50).replace(",100\n", ",101\n"));
    assert!(matches!(desk.fetch(&order).unwrap_err(), FetchError::Foreign(_)));
    desk.is_forced = true;
    assert_eq!(desk.fetch(&order).unwrap().bars, 50);
    assert_eq!(desk.read("X.csv"), bars(50));
    // Another address is another source.
    desk.is_forced = false;
    let other = super::order(server.url("/other.csv"));
    assert!(!desk.fetch(&other).unwrap().is_new);
    assert_eq!(desk.entry("X.csv").unwrap().source, server.url("/other.csv"));
}

#[test]
fn a_stated_checksum_is_held_to() {
    use sha2::{Digest, Sha256};
    let right: String = Sha256::digest(bars(30)).iter().map(|byte| format!("{byte:02x}")).collect();
    let server = Server::new(|_, _| Reply::ok(bars(30)));
    let mut desk = Desk::new();
    let with = |sha256: &str| Order {
        symbol: "X".into(),
        origin: Origin::File {
            url: server.url("/x.csv"),
            sha256: Some(sha256.into()),
            of_stooq: false,
        },
    };
    let error = desk.fetch(&with(&"0".repeat(64))).unwrap_err();
    assert!(error.to_string().contains(&right), "{error}");
    assert!(!desk.path("X.csv").exists());
    desk.assert_tidy();
    assert!(desk.fetch(&with(&right)).unwrap().is_new);
    let before = server.requests().len();
    assert!(!desk.fetch(&with(&right)).unwrap().is_new);
    assert_eq!(server.requests().len(), before, "what has its checksum is not asked for");
    // Nor is a file without it called unchanged because the server has no other.
    let server = Server::new(|_, request| file(request, bars(30).as_bytes(), "\"v1\""));
    desk.is_forced = true;
    desk.fetch(&order(server.url("/x.csv"))).unwrap();
    let wrong = Order {
        origin: Origin::File {
            url: server.url("/x.csv"),
            sha256: Some("0".repeat(64)),
            of_stooq: false,
        },
        ..order(String::new())
    };
    assert!(matches!(desk.fetch(&wrong).unwrap_err(), FetchError::Checksum { .. }));
    assert_eq!(desk.read("X.csv"), bars(30));
}

#[test]
fn parquet_is_known_by_its_content_and_takes_the_place_of_csv() {
    let parquet = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/parquet/pandas_daily.parquet");
    let parquet = fs::read(parquet).unwrap();
    let sent = parquet.clone();
    let server = Server::new(move |_, _| Reply::ok(sent.clone()));
    let mut desk = Desk::new();
    desk.write("X.csv", &bars(20));
    desk.is_forced = true;
    let fetched = desk.fetch(&order(server.url("/download?id=7"))).unwrap();
    assert_eq!((fetched.bars, fetched.path), (100, desk.path("X.parquet")));
    assert!(fs::read(desk.path("X.parquet")).unwrap() == parquet);
    assert!(!desk.path("X.csv").exists(), "a symbol is in one file");
}

#[test]
fn keys_come_from_the_environment_and_show_nowhere() {
    let answer = |_, request: &super::server::Request| {
        // A server that repeats the key in its answer.
        let key = request.parameter("apikey").unwrap_or_default().to_owned();
        match request.parameter("ok") {
            Some(_) => Reply::ok(bars(10)),
            None => Reply::new(403, format!("the key {key} has no access")),
        }
    };
    let server = Server::new(answer);
    let mut desk = Desk::new();
    let url = server.url("/x.csv?ok=1&apikey=${KEY}");
    let error = desk.fetch(&order(url.clone())).unwrap_err();
    assert!(error.to_string().contains("variable KEY is not set"), "{error}");
    assert_eq!(server.requests().len(), 0);
    desk.key = Some("s3cr3t+/=".into());
    desk.fetch(&order(url)).unwrap();
    assert_eq!(server.requests()[0].parameter("apikey"), Some("s3cr3t%2B%2F%3D"));
    let lock = desk.read("sources.lock");
    assert!(!lock.contains("s3cr3t") && lock.contains("apikey=${KEY}"), "{lock}");

    let error = desk.fetch(&order(server.url("/x.csv?apikey=${KEY}"))).unwrap_err();
    assert!(
        error.to_string().contains("the server answered 403: the key … has no access"),
        "{error}"
    );
    // Written out in the address it is hidden by its name.
    let error = desk.fetch(&order(server.url("/x.csv?apikey=abcdefgh"))).unwrap_err();
    assert!(!format!("{error}{error:?}").contains("abcdefgh"), "{error}");
    let desk = Desk::new();
    desk.fetch(&order(server.url("/x.csv?ok=1&token=abcdefgh"))).unwrap();
    assert!(desk.read("sources.lock").contains("ok=1&token=…"));
}

#[test]
fn stooq_is_asked_in_its_own_way_and_its_sentences_are_understood() {
    let answer = |number, _: &super::server::Request| match number {
        0 => Reply::ok("Date,Open,High,Low,Close,Volume\r\n2020-01-02,10,11,9,10,5\r\n"),
        1 => Reply::ok("Exceeded the daily hits limit"),
        _ => Reply::ok("No data"),
    };
    let server = Server::new(answer);
    let program = format!(
        "```toml\n[[source]]\nkind = \"stooq\"\nsymbols = [\"X\"]\nticker = \"{{symbol}}.US\"\n\
         url = \"{}/\"\nfrom = \"2020-01-01\"\nto = \"2020-02-01\"\n```\n",
        server.address
    );
    let program = sprag::program::Program::parse(&program, "program.md").unwrap();
    let [order] = &sprag::sources::orders(&program.settings)[..] else { panic!("one order") };
    let desk = Desk::new();
    assert_eq!(desk.fetch(order).unwrap().bars, 1);
    assert_eq!(server.requests()[0].target, "/q/d/l/?s=x.us&i=d&d1=20200101&d2=20200201");
    let before = desk.read("X.csv");
    let error = desk.fetch(order).unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("no more files today"), "{error}");
    let error = desk.fetch(order).unwrap_err();
    assert!(matches!(error, FetchError::NoData(_)) && !error.is_transient(), "{error}");
    assert_eq!(desk.read("X.csv"), before);
}

#[test]
fn what_cannot_be_understood_is_left_as_it_is() {
    let server = Server::new(|_, _| Reply::ok(bars(10)));
    let desk = Desk::new();
    for text in ["{", "{\"format\": 99, \"files\": {}}", "{\"format\": 1, \"files\": {}, \"x\": 1}"]
    {
        desk.write("sources.lock", text);
        let error = desk.fetch(&order(server.url("/x.csv"))).unwrap_err();
        assert!(error.to_string().contains("sources.lock"), "{error}");
        assert_eq!(desk.read("sources.lock"), text);
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn one_fetch_at_a_time() {
    let server = Server::new(|_, _| Reply::ok(bars(10)));
    let desk = Desk::new();
    desk.fetch(&order(server.url("/x.csv"))).unwrap();
    let held = fs::File::open(desk.path(".fetch/lock")).unwrap();
    held.lock().unwrap();
    let error = desk.fetch(&order(server.url("/x.csv"))).unwrap_err();
    assert!(matches!(error, FetchError::Busy(_)) && error.is_transient(), "{error}");
    drop(held);
    desk.fetch(&order(server.url("/x.csv"))).unwrap();
}
