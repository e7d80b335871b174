//! `sprag data`, and the market's zone as commands see it.

use std::fs;

use serde_json::{Value, json};

use super::Repo;
use super::harness::{Run, sprag_in};
use crate::fetch::server::{Reply, Server, file};

/// A data file: a bar per time.
fn bars(times: &[String]) -> String {
    let rows: String = times.iter().map(|time| format!("{time},10,11,9,10,5\n")).collect();
    format!("time,open,high,low,close,volume\n{rows}")
}

fn weekdays() -> Vec<String> {
    (1..=28)
        .filter(|day| !matches!(day % 7, 1 | 2))
        .map(|day| format!("2020-02-{day:02}"))
        .collect()
}

#[test]
fn check_reports_every_file_and_finding_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut spoiled = weekdays();
    spoiled.swap(3, 4);
    fs::write(folder.path().join("good.csv"), bars(&weekdays())).unwrap();
    fs::write(folder.path().join("bad.csv"), bars(&spoiled)).unwrap();
    let check = |args: &[&str]| {
        let args = [&["data", "check"], args].concat();
        Run::of(sprag_in(folder.path(), &args).output().unwrap())
    };
    let good = check(&["good.csv"]).ok();
    let expected = "\
file      symbol  bars  from        to          step   zone  gaps  errors  warnings
good.csv  good      20  2020-02-03  2020-02-28  1 day  UTC      0       0         1

good.csv: short_history: 20 bars; with fewer than 250 little can be told from chance
";
    assert_eq!(good, expected);

    let both = check(&["good.csv", "bad.csv", "nowhere.csv"]);
    assert_eq!(both.code, 2, "{both:?}");
    assert!(both.stdout.contains("bad.csv:6: time_not_rising: 2020-02-06 is before"), "{both:?}");
    assert!(both.stdout.contains("nowhere.csv: unreadable: "), "{both:?}");
    let json: Value =
        serde_json::from_str(&check(&["good.csv", "bad.csv", "--json"]).stdout).unwrap();
    let files = json["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    for key in ["file", "symbol", "bars", "from", "to", "step_ms", "errors", "warnings"] {
        assert!(files[0].get(key).is_some(), "{key}");
    }
    assert_eq!((&files[0]["step_ms"], &files[0]["weekends"]), (&json!(86_400_000), &json!(false)));
    let error = &files[1]["errors"][0];
    assert_eq!((&error["line"], &error["kind"]), (&json!(6), &json!("time_not_rising")));
}

#[test]
fn check_without_files_looks_at_the_market_and_at_what_does_not_go_together() {
    let repo = Repo::new();
    let hours: Vec<String> =
        (0..48).map(|i| format!("2020-02-{:02}T{:02}:00:00Z", 3 + i / 24, i % 24)).collect();
    repo.write("data/HOURS.csv", &bars(&hours));
    let days: Vec<String> = (1..=28).map(|day| format!("2020-02-{day:02}")).collect();
    repo.write("data/DAYS.csv", &bars(&days));
    repo.write("data/WEEKDAYS.csv", &bars(&weekdays()));
    let found = repo.sprag(&["data", "check", "--json"]).json();
    let of = |symbol: &str| -> Vec<Value> {
        let files = found["files"].as_array().unwrap();
        let file = files.iter().find(|file| file["symbol"] == symbol).unwrap();
        let warnings = file["warnings"].as_array().unwrap().iter();
        let mixed = |kind: &Value| kind.as_str().unwrap().starts_with("mixed");
        warnings.map(|warning| warning["kind"].clone()).filter(mixed).collect()
    };
    assert_eq!(of("HOURS"), ["mixed_steps"]);
    assert_eq!(of("DAYS"), ["mixed_calendars"]);
    assert_eq!((of("WAVE"), of("WEEKDAYS")), (vec![], vec![]));
}

#[test]
fn the_zone_decides_what_clock_times_and_clocks_are() {
    let folder = tempfile::tempdir().unwrap();
    let times = ["2020-03-06 15:30", "2020-03-09 09:30"].map(|time| format!("{time}:00"));
    fs::write(folder.path().join("X.csv"), bars(&times)).unwrap();
    let eval = |zone: &str| {
        let set = format!("market.timezone={zone}");
        let args = ["eval", "--data", "X.csv", "hour", "--set", &set];
        Run::of(sprag_in(folder.path(), &args).output().unwrap())
    };
    assert_eq!(
        eval("America/New_York").ok(),
        "time,value\n2020-03-06T20:30:00Z,15\n2020-03-09T13:30:00Z,9\n"
    );
    assert_eq!(eval("UTC").ok(), "time,value\n2020-03-06T15:30:00Z,15\n2020-03-09T09:30:00Z,9\n");
    let message = eval("America/Newyork").failed(2);
    assert!(message.contains("did you mean \"America/New_York\"?"), "{message}");

    // A program says it once for all commands.
    let program = "# P\n\n```toml\n[market]\ntimezone = \"Asia/Tokyo\"\n```\n";
    fs::write(folder.path().join("program.md"), program).unwrap();
    let args = ["data", "check", "X.csv"];
    let text = Run::of(sprag_in(folder.path(), &args).output().unwrap()).ok();
    assert!(text.contains("were read as Asia/Tokyo, as `timezone` under [market] says"), "{text}");
    assert!(text.contains("2020-03-06T06:30:00Z"), "{text}");
}

/// A program with a source at a server of the test's own.
fn with_source(repo: &Repo, server: &Server, more: &str) {
    let program = repo.read("program.md");
    let source = format!(
        "\n```toml\n[[source]]\nsymbols = [\"A\", \"B\"]\nurl = \"{}/{{ticker}}.csv?key=${{DATA_KEY}}\"\n{more}```\n",
        server.address
    );
    repo.write("program.md", &(program + &source));
}

#[test]
fn fetch_gets_what_the_program_names_and_nothing_twice() {
    let server = Server::new(|_, request| match request.target.split('?').next() {
        Some("/A.csv") => file(request, bars(&weekdays()).as_bytes(), "\"1\""),
        _ => Reply::new(404, "no such file"),
    });
    let repo = Repo::new();
    with_source(&repo, &server, "");
    let fetch = |args: &[&str]| {
        let args = [&["data", "fetch"], args].concat();
        Run::of(repo.command(&args).env("DATA_KEY", "sesame").output().unwrap())
    };
    let run = fetch(&[]);
    assert_eq!(run.code, 2, "{run:?}");
    let path = std::path::Path::new("data").join("A.csv").display().to_string();
    assert_eq!(
        run.stdout,
        format!(
            "A: fetched {path}: 20 bars (20 new), 2020-02-03 to 2020-02-28, 1 warning\n\
             B: failed: the server answered 404: no such file\n"
        )
    );
    assert_eq!(server.requests()[0].parameter("key"), Some("sesame"));
    let json: Value = serde_json::from_str(&fetch(&["A", "--json"]).ok()).unwrap();
    assert_eq!(json["files"][0]["status"], "unchanged");
    assert_eq!(json["files"][0]["bars"], 20);
    assert_eq!(server.requests()[2].header("if-none-match"), Some("\"1\""));
    // What is half there is none of git's business.
    let status = repo.git(&["status", "--porcelain", "--untracked-files=all"]);
    let new: Vec<&str> = status.lines().filter(|line| line.starts_with("??")).collect();
    assert_eq!(new, ["?? data/A.csv", "?? data/sources.lock"]);
    assert!(!repo.read("data/sources.lock").contains("sesame"));

    let message = fetch(&["C"]).failed(2);
    assert!(message.contains("no source of program.md has C; they have A, B"), "{message}");
    let message = Run::of(repo.command(&["data", "fetch", "A"]).output().unwrap());
    assert_eq!(message.code, 2);
    assert!(message.stdout.contains("variable DATA_KEY is not set"), "{message:?}");
}

#[test]
fn fetch_takes_a_source_by_its_options_and_says_how_it_ended() {
    let server = Server::new(|number, request| match (request.target.as_str(), number) {
        ("/busy.csv", _) => Reply::new(429, "enough").header("Retry-After", "86400"),
        (_, 0) => Reply::ok(bars(&weekdays())),
        _ => Reply::ok(bars(&weekdays()).replacen(",10,11,", ",10,12,", 1)),
    });
    let folder = tempfile::tempdir().unwrap();
    let fetch = |path: &str, args: &[&str]| {
        let url = server.url(path);
        let args = [&["data", "fetch", "--symbol", "X", "--url", &url], args].concat();
        Run::of(sprag_in(folder.path(), &args).output().unwrap())
    };
    assert!(fetch("/x.csv", &[]).ok().starts_with("X: fetched "));
    let refused = fetch("/x.csv", &[]);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.stdout.contains("X: refused: the source rewrote its past: 1 bars changed"));
    assert!(refused.stdout.contains("2020-02-03 had high 11 and has 12"), "{refused:?}");
    assert!(fetch("/x.csv", &["--replace"]).ok().starts_with("X: fetched "));
    let later = fetch("/busy.csv", &[]);
    assert_eq!(later.code, 75, "{later:?}");
    assert!(later.stdout.starts_with("X: later: the server answered 429: enough"), "{later:?}");

    let run = |args: &[&str]| Run::of(sprag_in(folder.path(), args).output().unwrap());
    let message = run(&["data", "fetch"]).failed(2);
    assert!(message.contains("program.md has no [[source]]"), "{message}");
    let message = run(&["data", "fetch", "--symbol", "../X", "--url", "https://x/y"]).failed(2);
    assert!(message.contains("path separator"), "{message}");
    let message = run(&["data", "fetch", "--symbol", "X", "--kind", "binanse"]).failed(2);
    assert!(message.contains("did you mean \"binance\"?"), "{message}");
    let message = run(&["data", "fetch", "--symbol", "X", "--url", "x"]).failed(2);
    assert!(message.contains("begins with https://"), "{message}");
    let message = run(&["data", "fetch", "Y", "--symbol", "X"]).failed(2);
    assert!(message.contains("by --symbol"), "{message}");
}
