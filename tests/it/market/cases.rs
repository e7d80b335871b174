//! Each `tests/data/market/NAME.csv` against `NAME.json`, the check's JSON as the command contract has it.
//! Where NAME begins with `new_york`, that is the market's zone.
//! `UPDATE_EXPECT=1` rewrites the expectations; read them before they are committed.

use std::{fs, path::PathBuf};

use sprag::market::{
    FileCheck, Finding, Kind, MAX_ERRORS, MAX_LINE_BYTES, Source, Zone, parse_date, read_csv,
    read_csv_from, report, time::format_date,
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/market")
}

fn names(extension: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn each_case_has_its_findings() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for name in names("csv") {
        let bytes = fs::read(folder().join(format!("{name}.csv"))).unwrap();
        let zone = if name.starts_with("new_york") { "America/New_York" } else { "UTC" };
        let (file, zone) = (format!("{name}.csv"), Zone::named(zone).unwrap());
        let parsed = read_csv_from(&Source { file: &file, symbol: &name, zone: &zone }, &bytes);
        assert_eq!(parsed.bars.is_some(), parsed.check.errors.is_empty(), "{name}");
        let found = serde_json::to_string_pretty(&parsed.check).unwrap() + "\n";
        let path = folder().join(format!("{name}.json"));
        if update {
            fs::write(&path, &found).unwrap();
        } else if fs::read_to_string(&path).ok().as_ref() != Some(&found) {
            wrong.push(format!("{name}.csv gives\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(names("csv"), names("json"), "a case without expectation or the reverse");
}

/// Every kind occurs in some case, save the one that takes a hundred errors and those that take more files.
#[test]
fn cases_cover_all_kinds() {
    let expectations: String = names("json")
        .iter()
        .map(|name| fs::read_to_string(folder().join(format!("{name}.json"))).unwrap())
        .collect();
    let elsewhere = [Kind::MoreErrors, Kind::MixedSteps, Kind::MixedCalendars];
    for kind in Kind::ALL.into_iter().filter(|kind| !elsewhere.contains(kind)) {
        assert!(expectations.contains(&format!("\"kind\": \"{}\"", kind.name())), "{kind:?}");
    }
}

fn errors_of(bytes: &[u8]) -> Vec<Finding> {
    read_csv("f.csv", "f", bytes).check.errors
}

#[test]
fn files_that_are_no_text_are_named() {
    for (bytes, word) in [
        (&b"\xff\xfet\0i\0m\0e\0"[..], "UTF-16"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"PK\x03\x04 sheet", "spreadsheet"),
        (b"PAR1....", "Parquet"),
        (b"", "empty"),
        (b"\n \n\r\n", "empty"),
    ] {
        let errors = errors_of(bytes);
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].kind, Kind::Unreadable);
        assert!(errors[0].message.contains(word), "{}", errors[0].message);
    }
}

#[test]
fn limits_hold() {
    let wide = format!("time,open,high,low,close{}\n", ",x".repeat(300));
    assert!(errors_of(wide.as_bytes())[0].message.contains("305 columns"));

    let header = "time,open,high,low,close,note\n2020-01-01,10,11,9,10,\n";
    for quote in ["", "\""] {
        let note = "x".repeat(MAX_LINE_BYTES);
        let long = format!("{header}2020-01-02,10,11,9,10,{quote}{note}{quote}\n");
        let errors = errors_of(long.as_bytes());
        assert_eq!((errors[0].line, errors[0].kind), (Some(3), Kind::Unreadable));
        assert!(errors[0].message.contains("longer than"));
    }
    let long_header = format!("time,{}", "x".repeat(MAX_LINE_BYTES));
    assert!(errors_of(long_header.as_bytes())[0].message.contains("longer than"));
}

#[test]
fn errors_beyond_the_cap_are_counted() {
    let mut text = String::from("time,open,high,low,close\n");
    for i in 0..MAX_ERRORS + 7 {
        text += &format!("{},10,11,9,x\n", 1_577_836_800 + i * 60);
    }
    let errors = errors_of(text.as_bytes());
    assert_eq!(errors.len(), MAX_ERRORS + 1);
    assert_eq!(errors[MAX_ERRORS], Finding::whole(Kind::MoreErrors, "and 7 more errors"));
}

/// Weekday bars of four years with a holiday week each October and one hole of two weeks: the holidays are the
/// market's custom, whatever their exact length; the hole isn't.
#[test]
fn yearly_holidays_are_no_gaps() {
    const DAY: i64 = 86_400_000;
    let away = [
        ("2015-10-01", 8),
        ("2016-10-01", 10),
        ("2017-10-01", 10),
        ("2018-10-01", 9),
        ("2015-03-10", 14),
    ]
    .map(|(first, days)| {
        let first = parse_date(first).unwrap();
        first..first + days * DAY
    });
    let start = parse_date("2015-01-01").unwrap();
    let mut text = String::from("date,open,high,low,close\n");
    for day in (0..4 * 365).map(|day| start + day * DAY) {
        let is_weekday = (day / DAY + 3) % 7 < 5;
        if is_weekday && !away.iter().any(|days| days.contains(&day)) {
            text += &format!("{},10,11,9,10\n", format_date(day));
        }
    }
    let warnings = read_csv("f.csv", "f", text.as_bytes()).check.warnings;
    let messages: Vec<&str> = warnings.iter().map(|w| w.message.as_str()).collect();
    assert_eq!(
        messages,
        ["no bar for 15 days from 2015-03-09 to 2015-03-24 (usual here: up to 12 days)"]
    );
}

#[test]
fn report_is_a_table_then_one_line_per_finding() {
    let checks = [
        FileCheck {
            file: "data/AAPL.csv".into(),
            symbol: "AAPL".into(),
            bars: 3270,
            from: Some(951_868_800_000),
            to: Some(1_362_096_000_000),
            step_ms: Some(86_400_000),
            weekends: Some(false),
            zone: Some("America/New_York".into()),
            gaps: 1,
            errors: vec![],
            warnings: vec![Finding::at(132, Kind::GapBeyondCalendar, "no bar for 7 days")],
        },
        FileCheck::unreadable("x.csv", "x", "no such file"),
    ];
    let expected = "\
file           symbol  bars  from        to          step   zone              gaps  errors  warnings
data/AAPL.csv  AAPL    3270  2000-03-01  2013-03-01  1 day  America/New_York     1       0         1
x.csv          x          0  -           -           -      -                    0       1         0

x.csv: unreadable: no such file
data/AAPL.csv:132: gap_beyond_calendar: no bar for 7 days
";
    assert_eq!(report::render(&checks), expected);
    assert_eq!(
        report::render(&[]),
        "file  symbol  bars  from  to  step  zone  gaps  errors  warnings\n"
    );
}
