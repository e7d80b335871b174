//! Times as text against jiff, and the forms that a data file may use.

use proptest::prelude::*;
use sprag::market::{
    TimeMs, format_time, parse_date, parse_time, read_csv,
    time::{MAX_TIME, MIN_TIME, TimeError, format_date, format_short},
};

#[test]
fn known_times() {
    for (time, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (1_580_428_800_000, "2020-01-31T00:00:00Z"),
        (951_782_400_250, "2000-02-29T00:00:00.250Z"),
        (MIN_TIME, "0001-01-01T00:00:00Z"),
        (MAX_TIME, "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(format_time(time), text);
        assert_eq!(parse_time(text), Ok(time));
    }
    assert_eq!(format_short(1_580_428_800_000), "2020-01-31");
    assert_eq!(format_short(1_580_428_860_000), "2020-01-31T00:01:00Z");
}

/// Total over all of i64: no overflow at the ends.
#[test]
fn any_number_can_be_shown() {
    assert_eq!(format_time(TimeMs::MAX), "292278994-08-17T07:12:55.807Z");
    assert_eq!(format_time(TimeMs::MIN), "-292275055-05-16T16:47:04.192Z");
}

#[test]
fn dates_are_strict() {
    assert_eq!(parse_date("2020-02-29"), Ok(1_582_934_400_000));
    for text in ["2019-02-29", "2020-13-01", "2020-00-10", "2020-04-31", "0000-01-01", "1900-02-29"]
    {
        assert_eq!(parse_date(text), Err(TimeError::NoSuchDay), "{text}");
    }
    for text in ["", "2020-1-31", "2020/01/31", "20200131", "2020-01-31T00:00:00Z", "2020-01-3x"] {
        assert_eq!(parse_date(text), Err(TimeError::NotIso), "{text}");
    }
}

#[test]
fn times_of_day_and_offsets() {
    let noon = parse_time("2020-01-31T12:00:00Z").unwrap();
    for text in [
        "2020-01-31 12:00",
        "2020-01-31T12:00",
        "2020-01-31t12:00:00z",
        "2020-01-31 12:00:00.0 UTC",
        "2020-01-31T14:00:00+02:00",
        "2020-01-31T14:00:00+0200",
        "2020-01-31T14+02",
        "2020-01-31T06:30:00-05:30",
        "2020-02-01T00:00:00.000999+12",
        "2020/01/31 12:00:00",
    ] {
        match text {
            "2020-01-31T14+02" => assert_eq!(parse_time(text), Err(TimeError::NoSuchClockTime)),
            _ => assert_eq!(parse_time(text), Ok(noon), "{text}"),
        }
    }
    for text in [
        "2020-01-31T",
        "2020-01-31T24:00:00Z",
        "2020-01-31T12:60Z",
        "2020-01-31T12:00:61Z",
        "2020-01-31T12:00:00.Z",
        "2020-01-31T12:00:00+2",
        "2020-01-31T12:00:00+99:00",
        "2020-01-31T12:00:00 EST",
        "2020-01-31T1:00:00Z",
        "2020-01-31_12:00",
    ] {
        assert_eq!(parse_time(text), Err(TimeError::NoSuchClockTime), "{text}");
    }
}

/// The first row's magnitude decides, once.
#[test]
fn epoch_units() {
    let expected = parse_time("2020-01-31T12:00:00.250Z").unwrap();
    for first in [
        "1580472000.25",
        "1580472000250",
        "1580472000250000",
        "1580472000250000000",
        "1580472000250.0",
    ] {
        let csv = format!("time,open,high,low,close\n{first},10,11,9,10\n");
        let bars = read_csv("f.csv", "f", csv.as_bytes()).bars.unwrap();
        assert_eq!(bars.time, [expected], "{first}");
    }
    // Before 1970, cut off towards the past.
    let csv =
        "time,open,high,low,close\n-252460800000000001,10,11,9,10\n-1,10,11,9,10\n0,10,11,9,10\n";
    let bars = read_csv("f.csv", "f", csv.as_bytes()).bars.unwrap();
    assert_eq!(bars.time, [-252_460_800_001, -1, 0]);
}

proptest! {
    #[test]
    fn agrees_with_jiff(time in MIN_TIME..=MAX_TIME) {
        let text = jiff::Timestamp::from_millisecond(time).map(|t| t.to_string());
        // jiff writes `.25` where we write `.250`.
        if time % 1000 == 0 && let Ok(text) = text {
            prop_assert_eq!(format_time(time), text);
        }
        prop_assert_eq!(parse_time(&format_time(time)), Ok(time));
        prop_assert_eq!(parse_date(&format_date(time)), Ok(time.div_euclid(86_400_000) * 86_400_000));
    }

    #[test]
    fn agrees_with_jiff_on_whole_seconds(second in MIN_TIME / 1000..=MAX_TIME / 1000) {
        let text = jiff::Timestamp::from_second(second).unwrap().to_string();
        prop_assert_eq!(format_time(second * 1000), text);
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,40}") {
        let _ = (parse_time(&text), parse_date(&text));
    }
}
