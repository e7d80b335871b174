//! Binance's klines: pages, what is new, what is complete, and rates.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use sprag::adapters::fetch::{FetchError, Patience};
use sprag::market::{TimeMs, format_time, parse_date, read_csv};
use sprag::program::{Interval, Program};
use sprag::sources::{Order, Origin, orders};

use super::server::{Reply, Request, Server};
use super::{Desk, HASTE};

const HOUR: TimeMs = 3_600_000;
/// 2020-01-01T00:00:00Z
const START: TimeMs = 1_577_836_800_000;

fn http_date(time: TimeMs) -> String {
    let time = jiff::Timestamp::from_millisecond(time).unwrap();
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap()
}

/// The bar that opens at `time`, as the interface sends it.
fn kline(time: TimeMs) -> String {
    let close = 10.0 + ((time / HOUR) % 7) as f64 / 8.0;
    format!(
        "[{time},\"10.00000000\",\"11.00000000\",\"9.00000000\",\"{close:.8}\",\"100.50000000\",{},\
         \"1005.0\",7,\"1.0\",\"2.0\",\"0\"]",
        time + HOUR - 1
    )
}

/// What the interface answers if it is `now`: bars since [`START`], the one that isn't complete included.
fn page(request: &Request, now: TimeMs) -> Reply {
    let number = |name: &str| request.parameter(name).and_then(|text| text.parse::<i64>().ok());
    assert_eq!(request.parameter("symbol"), Some("XUSDT"));
    assert_eq!(request.parameter("interval"), Some("1h"));
    let from = number("startTime").unwrap().max(START);
    let first = START + (from - START + HOUR - 1) / HOUR * HOUR;
    let to = number("endTime").unwrap_or(TimeMs::MAX).min(now);
    let limit = usize::try_from(number("limit").unwrap()).unwrap();
    let times = (0..).map(|i| first + i * HOUR).take_while(|time| *time <= to).take(limit);
    let klines: Vec<String> = times.map(kline).collect();
    Reply::ok(format!("[{}]", klines.join(",")))
        .header("Date", http_date(now))
        .header("x-mbx-used-weight-1m", "12")
}

fn order(server: &Server) -> Order {
    Order {
        symbol: "X".into(),
        origin: Origin::Klines {
            base: server.address.clone(),
            ticker: "XUSDT".into(),
            interval: Interval::OneHour,
            from: None,
            to: None,
        },
    }
}

fn starts(server: &Server) -> Vec<i64> {
    let requests = server.requests();
    requests
        .iter()
        .map(|request| request.parameter("startTime").unwrap().parse().unwrap())
        .collect()
}

/// A server whose clock the test sets.
fn exchange(hours: i64) -> (Server, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(START + hours * HOUR));
    let clock = Arc::clone(&now);
    (Server::new(move |_, request| page(request, clock.load(Ordering::SeqCst))), now)
}

#[test]
fn all_pages_become_a_file_of_complete_bars() {
    // Half an hour into its 2,501st bar.
    let (server, now) = exchange(2_500);
    now.fetch_add(HOUR / 2, Ordering::SeqCst);
    let desk = Desk::new();
    let fetched = desk.fetch(&order(&server)).unwrap();
    assert_eq!((fetched.bars, fetched.added, fetched.is_new), (2_500, 2_500, true));
    let page_ends = [0, START + 999 * HOUR + 1, START + 1_999 * HOUR + 1];
    assert_eq!(starts(&server), page_ends);
    let text = desk.read("X.csv");
    let second = "2020-01-01T00:00:00Z,10.00000000,11.00000000,9.00000000,";
    assert!(text.lines().nth(1).unwrap().starts_with(second), "prices as they came");
    let bars = read_csv("X.csv", "X", text.as_bytes()).bars.unwrap();
    assert_eq!(bars.time[0], START);
    assert!(bars.time.windows(2).all(|pair| pair[1] - pair[0] == HOUR));
    assert_eq!(bars.volume[17].to_bits(), 100.5_f64.to_bits());
    desk.assert_tidy();
    let entry = desk.entry("X.csv").unwrap();
    assert!(entry.source.ends_with("symbol=XUSDT&interval=1h&limit=1000&startTime=0"));
}

#[test]
fn a_second_fetch_asks_for_what_is_new() {
    let (server, now) = exchange(30);
    let desk = Desk::new();
    assert_eq!(desk.fetch(&order(&server)).unwrap().bars, 30);
    let (text, lock) = (desk.read("X.csv"), desk.read("sources.lock"));
    let nothing = desk.fetch(&order(&server)).unwrap();
    assert!(!nothing.is_new && nothing.bars == 30);
    assert_eq!((desk.read("X.csv"), desk.read("sources.lock")), (text.clone(), lock));
    now.fetch_add(5 * HOUR, Ordering::SeqCst);
    let more = desk.fetch(&order(&server)).unwrap();
    assert_eq!((more.bars, more.added, more.is_new), (35, 5, true));
    assert!(desk.read("X.csv").starts_with(&text));
    // From the last bar there is, to see that it is what it was.
    assert_eq!(starts(&server), [0, START + 29 * HOUR, START + 29 * HOUR]);
}

#[test]
fn a_fetch_that_was_interrupted_goes_on_after_its_last_page() {
    let failing = Arc::new(AtomicUsize::new(2));
    let left = Arc::clone(&failing);
    let now = START + 3_500 * HOUR;
    let server = Server::new(move |_, request| {
        if left.load(Ordering::SeqCst) == 0 {
            return Reply::new(503, "later");
        }
        left.fetch_sub(1, Ordering::SeqCst);
        page(request, now)
    });
    let mut desk = Desk::new();
    desk.patience = Patience { repetitions: 0, ..HASTE };
    assert!(desk.fetch(&order(&server)).unwrap_err().is_transient());
    assert!(!desk.path("X.csv").exists());
    // Killed in the middle of a line.
    let part = desk.path(".fetch/X.part");
    let mut rows = fs::read(&part).unwrap();
    assert_eq!(rows.iter().filter(|byte| **byte == b'\n').count(), 2_000);
    rows.extend_from_slice(b"2020-03-24T08:00:00Z,10.0,1");
    fs::write(&part, rows).unwrap();
    failing.store(100, Ordering::SeqCst);
    assert_eq!(desk.fetch(&order(&server)).unwrap().bars, 3_500);
    let after = START + 1_999 * HOUR + 1;
    assert_eq!(starts(&server)[3..], [after, after + 1_000 * HOUR]);
    let bars = read_csv("X.csv", "X", desk.read("X.csv").as_bytes()).bars.unwrap();
    assert!(bars.time.windows(2).all(|pair| pair[1] - pair[0] == HOUR));
}

#[test]
fn a_rewritten_or_edited_past_is_reported() {
    let (server, now) = exchange(30);
    let mut desk = Desk::new();
    desk.fetch(&order(&server)).unwrap();
    let text = desk.read("X.csv");
    now.fetch_add(HOUR, Ordering::SeqCst);
    let rewriting = Server::new(move |_, request| {
        let mut reply = page(request, START + 31 * HOUR);
        reply = match request.parameter("startTime") {
            Some("0") => reply,
            _ => Reply::ok("[]").header("Date", http_date(START + 31 * HOUR)),
        };
        reply
    });
    // The lock names the other server: so does the file, from here on.
    let lock = desk.read("sources.lock").replace(&server.address, &rewriting.address);
    desk.write("sources.lock", &lock);
    let error = desk.fetch(&order(&rewriting)).unwrap_err();
    assert!(matches!(error, FetchError::Rewritten(_)), "{error}");
    assert!(error.to_string().contains("the last bar, 2020-01-02T05:00:00Z, is gone"), "{error}");
    assert_eq!(desk.read("X.csv"), text);
    desk.is_forced = true;
    assert_eq!(desk.fetch(&order(&rewriting)).unwrap().bars, 31);
    desk.is_forced = false;
    desk.write("X.csv", &text.replace("100.5", "200.5"));
    assert!(matches!(desk.fetch(&order(&rewriting)).unwrap_err(), FetchError::Foreign(_)));
}

#[test]
fn the_last_bar_must_be_what_it_was() {
    let changed = Arc::new(AtomicUsize::new(0));
    let flag = Arc::clone(&changed);
    let server = Server::new(move |_, request| {
        let reply = page(request, START + 30 * HOUR);
        match flag.load(Ordering::SeqCst) {
            0 => reply,
            1 => {
                Reply::ok(format!("[{}]", kline(START + 29 * HOUR).replace("10.00000000", "10.0")))
            }
            _ => Reply::ok(format!("[{}]", kline(START + 29 * HOUR).replace("100.5", "100.6"))),
        }
        .header("Date", http_date(START + 30 * HOUR))
    });
    let desk = Desk::new();
    desk.fetch(&order(&server)).unwrap();
    changed.store(1, Ordering::SeqCst);
    assert!(!desk.fetch(&order(&server)).unwrap().is_new, "another spelling is the same bar");
    changed.store(2, Ordering::SeqCst);
    let error = desk.fetch(&order(&server)).unwrap_err().to_string();
    assert!(error.contains("the last bar was 2020-01-02T05:00:00Z,10.0"), "{error}");
}

#[test]
fn rates_are_kept() {
    let server = Server::new(|number, request| match number {
        0 => Reply::new(429, "{\"code\":-1003}").header("Retry-After", "0"),
        1 => Reply::new(418, "banned").header("Retry-After", "1"),
        _ => page(request, START + 20 * HOUR).header("X-MBX-USED-WEIGHT-1M", "5000"),
    });
    let mut desk = Desk::new();
    desk.patience = Patience { longest_asked: Duration::from_millis(1_100), ..HASTE };
    desk.fetch(&order(&server)).unwrap();
    let waits = desk.waits.borrow();
    let words: Vec<&str> = waits.iter().map(|(why, _)| why.as_str()).collect();
    assert!(words[0].contains("429") && words[1].contains("418: banned"), "{words:?}");
    assert!(waits[1].1 >= Duration::from_secs(1));
    // The first value counts where a header is there twice: a calm one here.
    assert_eq!(words.len(), 2);
    drop(waits);
    let busy = Server::new(|_, request| {
        let klines = page(request, START + 20 * HOUR);
        let _ = &klines;
        Reply::ok(format!("[{}]", kline(START)))
            .header("Date", http_date(START + 20 * HOUR))
            .header("X-MBX-USED-WEIGHT-1M", "5000")
    });
    let mut desk = Desk::new();
    desk.patience = Patience { longest_asked: Duration::from_millis(1), ..HASTE };
    desk.fetch(&order(&busy)).unwrap();
    let waits = desk.waits.borrow();
    assert_eq!(
        waits[0],
        ("nearly all requests of this minute are used up".into(), Duration::from_secs(60))
    );
}

#[test]
fn dates_bound_what_is_asked() {
    let (server, _) = exchange(1_000);
    let text = format!(
        "```toml\n[market]\nsymbols = [\"XUSDT\"]\n\n[[source]]\nkind = \"binance\"\nurl = \"{}\"\n\
         interval = \"1h\"\nfrom = \"2020-01-03\"\nto = \"2020-01-04\"\n```\n",
        server.address
    );
    let program = Program::parse(&text, "program.md").unwrap();
    let [order] = &orders(&program.settings)[..] else { panic!("one order") };
    let desk = Desk::new();
    let fetched = desk.fetch(order).unwrap();
    let days = |from: &str, hours: i64| parse_date(from).unwrap() + hours * HOUR;
    assert_eq!(fetched.span, Some((days("2020-01-03", 0), days("2020-01-04", 23))));
    assert_eq!(fetched.path, desk.path("XUSDT.csv"));
    // All that is wanted is there.
    assert!(!desk.fetch(order).unwrap().is_new);
}

#[test]
fn answers_that_are_no_klines_are_refused() {
    for body in [
        "<html>",
        "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}",
        "[[1,2,3]]",
        "[1]",
        "[[1577836800000,\"x\",\"1\",\"1\",\"1\",\"1\",1577840399999]]",
        "[[1577836800000,\"nan\",\"1\",\"1\",\"1\",\"1\",1577840399999]]",
        "[[1577836800000,\"1,2\\n\",\"1\",\"1\",\"1\",\"1\",1577840399999]]",
        "[[1577836800000,\"1\",\"1\",\"1\",\"1\",\"1\",1577840399999],[1577836800000,\"1\",\"1\",\"1\",\"1\",\"1\",1577840399999]]",
    ] {
        let server = Server::new(move |_, _| Reply::ok(body));
        let desk = Desk::new();
        let error = desk.fetch(&order(&server)).unwrap_err();
        assert!(matches!(error, FetchError::Unusable(_)), "{body}: {error}");
        assert!(!desk.path("X.csv").exists());
    }
    let server = Server::new(|_, _| Reply::ok("[]"));
    let error = Desk::new().fetch(&order(&server)).unwrap_err();
    assert!(matches!(error, FetchError::NoData(_)), "{error}");
    let server =
        Server::new(|_, _| Reply::new(400, "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}"));
    let error = Desk::new().fetch(&order(&server)).unwrap_err();
    assert!(error.to_string().contains("Invalid symbol") && !error.is_transient(), "{error}");
}

#[test]
fn dates_of_the_test_server_are_those_of_http() {
    assert_eq!(http_date(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
    let read = sprag::adapters::http::time("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
    assert_eq!(format_time(read.as_millisecond()), "1994-11-06T08:49:37Z");
}
