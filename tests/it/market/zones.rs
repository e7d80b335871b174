//! The market's zone: what clock times in files mean, and what clocks show at the bars.

use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;
use sprag::expr::{Graph, Scope, column, lower, parse};
use sprag::market::{
    Bars, Clock, Kind, Parsed, Source, TimeMs, Zone, format_time, parse_time, read_csv_from,
    time::format_date,
};

const HOUR: TimeMs = 3_600_000;
const DAY: TimeMs = 24 * HOUR;

/// Zones with one, two and many kinds of change: half hours, changes at midnight, days left out.
const ZONES: [&str; 12] = [
    "UTC",
    "America/New_York",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Beirut",
    "Pacific/Apia",
    "Africa/Casablanca",
];

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn read(zone_name: &str, rows: &[String]) -> Parsed {
    let text: String = rows.iter().map(|time| format!("{time},10,11,9,10,5\n")).collect();
    let text = format!("time,open,high,low,close,volume\n{text}");
    let source = Source { file: "X.csv", symbol: "X", zone: &zone(zone_name) };
    read_csv_from(&source, text.as_bytes())
}

fn kinds(parsed: &Parsed) -> Vec<Kind> {
    parsed.check.warnings.iter().map(|warning| warning.kind).collect()
}

/// What jiff says clocks show, as milliseconds.
fn by_jiff(zone_name: &str, time: TimeMs) -> TimeMs {
    let zone = TimeZone::get(zone_name).unwrap();
    let time = Timestamp::from_millisecond(time).unwrap();
    let shown = zone.to_datetime(time);
    TimeZone::UTC.to_timestamp(shown).unwrap().as_millisecond()
}

/// `2020-03-08 01:30:00`
fn clock_text(shown: TimeMs) -> String {
    format_time(shown).replace('T', " ").replace('Z', "")
}

fn expression(text: &str, bars: &Bars) -> Vec<f64> {
    let mut graph = Graph::default();
    let root = lower(&parse(text).unwrap(), &Scope::default(), &mut graph).unwrap();
    column(&graph, root, bars)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn clocks_show_what_jiff_says(
        name in prop::sample::select(ZONES.to_vec()),
        start in -2_000_000_000_000_i64..4_000_000_000_000,
        steps in prop::collection::vec(1..40 * DAY, 1..60),
    ) {
        let mut time = start;
        let times: Vec<TimeMs> = steps.iter().map(|step| { time += step; time }).collect();
        let clock = Clock::of(&zone(name), times[0], times[times.len() - 1]);
        let expected: Vec<TimeMs> = times.iter().map(|time| by_jiff(name, *time)).collect();
        prop_assert_eq!(clock.shown(&times), &expected[..]);
        // From any bar on, as an evaluator asks for blocks.
        let from = times.len() / 2;
        let mut block = vec![0.0; times.len() - from];
        clock.write_shown(&times[from..], &mut block);
        prop_assert!(block.iter().zip(&expected[from..]).all(|(a, b)| *a == *b as f64));
    }

    /// A file of every half hour without zones is read as written, through every change of the clocks: of an
    /// hour that comes twice, the rows say by their order which one they mean.
    #[test]
    fn clock_times_in_order_are_read_as_they_were(
        name in prop::sample::select(ZONES.to_vec()),
        start in 0..1_900_000_000_000_i64 / HOUR,
        count in 30..600_usize,
        step in prop::sample::select(vec![HOUR / 2, HOUR]),
    ) {
        // Where clocks go back by half an hour, hourly rows don't show it.
        prop_assume!(name != "Australia/Lord_Howe" || step < HOUR);
        let times: Vec<TimeMs> = (0..count as i64).map(|i| start * HOUR + i * step).collect();
        let rows: Vec<String> = times.iter().map(|time| clock_text(by_jiff(name, *time))).collect();
        let parsed = read(name, &rows);
        prop_assert_eq!(&parsed.check.errors, &vec![]);
        let bars = parsed.bars.unwrap();
        prop_assert_eq!(&bars.time, &times);
        let hours = expression("hour", &bars);
        let expected = times.iter().map(|time| (by_jiff(name, *time).rem_euclid(DAY) / HOUR) as f64);
        prop_assert!(hours.iter().copied().eq(expected));
    }

    /// However daily bars name their sessions, they are labelled by the date, and no zone moves them.
    #[test]
    fn sessions_keep_their_dates(
        name in prop::sample::select(ZONES.to_vec()),
        start in 7_000..19_000_i64,
        notation in 0..4_usize,
    ) {
        let dates: Vec<TimeMs> = (start..start + 300).map(|day| day * DAY).collect();
        let rows: Vec<String> = dates.iter().map(|date| match notation {
            0 => format_date(*date),
            1 => format_time(*date),
            // Clock midnights, of which one was left out in Apia, and others are skipped.
            2 => clock_text(*date),
            _ => date.to_string(),
        }).collect();
        let is_left_out = name == "Pacific/Apia" && dates.contains(&parse_time("2011-12-30").unwrap());
        prop_assume!(!(notation == 2 && is_left_out));
        let parsed = read(name, &rows);
        prop_assert_eq!(&parsed.check.errors, &vec![]);
        let bars = parsed.bars.as_ref().unwrap();
        prop_assert_eq!(&bars.time, &dates);
        prop_assert_eq!(&bars.clock, &Clock::default());
        prop_assert!(expression("hour", bars).iter().all(|hour| *hour == 0.0));
        let expected = dates.iter().map(|date| ((date / DAY + 3) % 7 + 1) as f64);
        prop_assert!(expression("weekday", bars).iter().copied().eq(expected));
        let zoneless = kinds(&parsed).contains(&Kind::TimeWithoutZone);
        prop_assert_eq!(zoneless, notation == 2);
    }
}

#[test]
fn midnights_of_the_zone_are_dates_and_those_of_another_are_not() {
    let rows = |offset: fn(i64) -> &'static str| -> Vec<String> {
        (0..200).map(|day| format!("{}T00:00:00{}", format_date(day * DAY), offset(day))).collect()
    };
    // New York in 1970: daylight saving from April 26.
    let right = rows(|day| if day < 115 + 1 { "-05:00" } else { "-04:00" });
    let parsed = read("America/New_York", &right);
    assert_eq!(parsed.bars.unwrap().time[199], 199 * DAY);
    assert_eq!(parsed.check.to, Some(199 * DAY));
    assert!(!kinds(&read("America/New_York", &right)).contains(&Kind::MidnightNotUtc));
    // The same offset all year is another zone: only a warning can help.
    let fixed = rows(|_| "-05:00");
    let parsed = read("America/New_York", &fixed);
    assert!(kinds(&parsed).contains(&Kind::MidnightNotUtc));
    assert_eq!(parsed.bars.unwrap().time[199], 199 * DAY + 5 * HOUR);
    assert!(kinds(&read("UTC", &right)).contains(&Kind::MidnightNotUtc));
}

#[test]
fn an_hour_that_comes_twice_is_told_by_its_order_and_reported() {
    let rows = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]
        .map(|clock| format!("2020-11-01 {clock}:00"));
    let parsed = read("America/New_York", &rows);
    let times = &parsed.bars.as_ref().unwrap().time;
    assert_eq!(times[0], parse_time("2020-11-01T04:30:00Z").unwrap());
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == HOUR / 2));
    let warning = parsed.check.warnings.iter().find(|w| w.kind == Kind::RepeatedTime).unwrap();
    assert!(warning.message.starts_with("4 times without a zone came twice in America/New_York"));
    // Alone, the first of the two is meant.
    let parsed = read("America/New_York", &rows[2..3]);
    assert_eq!(parsed.bars.unwrap().time, [parse_time("2020-11-01T05:30:00Z").unwrap()]);
}

#[test]
fn an_hour_that_is_skipped_is_an_error() {
    let rows = ["01:30", "02:30", "03:30"].map(|clock| format!("2020-03-08 {clock}:00"));
    let errors = read("America/New_York", &rows).check.errors;
    assert_eq!((errors.len(), errors[0].line, errors[0].kind), (1, Some(3), Kind::UnparsableField));
    assert!(errors[0].message.contains("clocks of the market's zone skip it"));
    assert_eq!(read("UTC", &rows).check.errors, []);
}

/// Half past nine to four in New York: at UTC the opening moves twice a year.
#[test]
fn sessions_open_at_the_same_hour_all_year() {
    let zone_name = "America/New_York";
    let zone = TimeZone::get(zone_name).unwrap();
    let mut rows = Vec::new();
    for day in (0..500).filter(|day| (day + 3) % 7 < 5) {
        let date = Timestamp::from_millisecond(day * DAY).unwrap().to_zoned(TimeZone::UTC).date();
        for half_hour in 0..13 {
            let opens = date.at(9, 30, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
            rows.push(format_time(opens.as_millisecond() + half_hour * HOUR / 2));
        }
    }
    let parsed = read(zone_name, &rows);
    assert_eq!(kinds(&parsed), [Kind::FlatBars; 0], "{:?}", parsed.check.warnings);
    let bars = parsed.bars.unwrap();
    let first = expression("hour == 9 and minute == 30", &bars);
    assert_eq!(first.iter().sum::<f64>() as usize, rows.len() / 13);
}

#[test]
fn the_zone_is_part_of_the_bars_where_it_matters() {
    let hours: Vec<String> = (0..50).map(|hour| format_time(hour * HOUR)).collect();
    let hash = |zone: &str, rows: &[String]| read(zone, rows).bars.unwrap().content_hash();
    assert_ne!(hash("UTC", &hours), hash("America/New_York", &hours));
    assert_ne!(hash("Europe/Berlin", &hours), hash("America/New_York", &hours));
    let days: Vec<String> = (0..50).map(|day| format_date(day * DAY)).collect();
    assert_eq!(hash("UTC", &days), hash("America/New_York", &days));
}

#[test]
fn names_are_those_of_the_database() {
    assert_eq!(zone("America/New_York").name(), "America/New_York");
    assert!(zone("UTC").is_utc() && Zone::default().is_utc());
    assert_eq!(Clock::of(&zone("Etc/UTC"), 0, DAY), Clock::default());
    for wrong in ["", "new york", "america/new_york", "EST5", "+02:00", "UTC "] {
        assert_eq!(Zone::named(wrong), None, "{wrong}");
    }
    assert_eq!(Zone::nearest("america/new_york").as_deref(), Some("America/New_York"));
    assert_eq!(Zone::nearest("Europe/Berln").as_deref(), Some("Europe/Berlin"));
}
