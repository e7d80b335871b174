//! What a strategy asks of a market is there, or is said not to be: which symbols, bars of which length.

use std::fs;

use sprag::adapters::data_files::{DataError, load_files, load_market, market_symbols};
use sprag::check::{self, Flaw};
use sprag::expr::Listing;
use sprag::market::{BarLength, Bars, Clock, Market, Timeframe, Zone};
use sprag::program::{MarketSettings, Program};

use super::words::try_columns;
use super::world::{DAY, HOUR};

const MINUTE: i64 = HOUR / 60;

fn bars(name: &str, step: i64) -> Bars {
    let close = vec![10.0; 40];
    Bars {
        clock: Clock::default(),
        symbol: name.into(),
        time: (0..40).map(|i| i * step).collect(),
        open: close.clone(),
        high: close.clone(),
        low: close.clone(),
        close: close.clone(),
        volume: close,
        funding: None,
    }
}

/// AAPL and MSFT of hours are traded, SPX of days and VIX of five minutes are read.
fn market() -> Market {
    Market::with_context(
        vec![bars("AAPL", HOUR), bars("MSFT", HOUR)],
        vec![bars("SPX", DAY), bars("VIX", 5 * MINUTE)],
    )
}

#[test]
fn what_a_market_does_not_have_is_named() {
    let cases = [
        ("symbol('SPX', close) + symbol('MSFT', symbol('VIX', close))", ""),
        ("symbol('SPY', close)", "there is no symbol 'SPY'\ndid you mean 'SPX'?"),
        ("symbol('spx', close)", "did you mean 'SPX'?"),
        (
            "symbol('EURUSD', close)",
            "traded: AAPL, MSFT; context: SPX, VIX\n`context` under [market]",
        ),
        ("symbol('SPX', symbol('NDX', close))", "there is no symbol 'NDX'"),
        ("timeframe('4h', close)", ""),
        (
            "timeframe('1h', close)",
            "timeframe 1h is not longer than the bars\nthe bars of AAPL last 1 h",
        ),
        ("timeframe('5m', close)", "timeframe 5m is not longer"),
        ("symbol('VIX', timeframe('1h', close))", ""),
        ("symbol('SPX', timeframe('1d', close))", "the bars of SPX last 1 day"),
        (
            "symbol('SPX', timeframe('1w', timeframe('1w', close)))",
            "the bars here are of timeframe 1w",
        ),
        ("timeframe('1w', timeframe('1d', close))", "the bars here are of timeframe 1w"),
        ("timeframe('1d', timeframe('1w', close))", ""),
        ("timeframe('1w', symbol('VIX', timeframe('15m', close)))", ""),
        ("timeframe('1w', xs_rank(timeframe('1d', close)))", "the bars here are of timeframe 1w"),
        ("symbol('MSFT', xs_rank(close))", ""),
        ("symbol('SPX', xs_rank(close))", "SPX is not of the universe"),
        ("xs_rank(symbol('SPX', close))", ""),
    ];
    for (text, said) in cases {
        let outcome = try_columns(text, &market());
        match (said, outcome) {
            ("", outcome) => assert!(outcome.is_ok(), "{text}: {}", outcome.unwrap_err()),
            (said, Ok(_)) => panic!("{text} was taken; expected {said}"),
            (said, Err(error)) => {
                for said in said.lines() {
                    assert!(error.contains(said), "{text}: no {said:?} in\n{error}");
                }
            }
        }
    }
}

fn flaws(text: &str, listing: Option<&Listing>) -> String {
    let known = |candidate| match listing {
        Some(listing) => check::known(&candidate, "strategy.toml", listing),
        None => Ok(()),
    };
    match check::read("strategy.toml", text).and_then(known) {
        Ok(()) => String::new(),
        Err(flaw @ Flaw::Invalid(_)) => flaw.to_string(),
        Err(flaw) => panic!("{flaw}"),
    }
}

/// A `[let]` is looked at on all bars on which it is read, and a finding stands where it is written.
#[test]
fn findings_stand_where_they_are_written() {
    let text = "[let]\nslow = \"timeframe('4h', sma(close, 10))\"\nfast = \"symbol('SPY', slow)\"\n\
                [long]\nenter = 'symbol(\"SPX\", slow > close) and close > fast'\nexit = 'slow < 1'\n";
    let found = flaws(text, Some(&Listing::of(&market())));
    assert!(found.contains("strategy.toml:2:19"), "{found}");
    assert!(found.contains("timeframe 4h is not longer than the bars"), "{found}");
    assert!(found.contains("the bars of SPX last 1 day"), "{found}");
    assert!(found.contains("strategy.toml:3:16"), "{found}");
    assert!(found.contains("there is no symbol 'SPY'"), "{found}");
    assert_eq!(found.matches("error:").count(), 2, "{found}");
    // Of names alone only names are known; of nothing, what no market can have.
    let named = Listing::named(vec!["AAPL".into()], vec!["SPX".into()]);
    let found = flaws(text, Some(&named));
    assert!(found.contains("there is no symbol 'SPY'"), "{found}");
    assert_eq!(found.matches("error:").count(), 1, "{found}");
    assert_eq!(flaws(text, None), "");
    let nested = text.replace("sma(close, 10)", "timeframe('1h', close)");
    assert!(flaws(&nested, None).contains("the bars here are of timeframe 4h"));
}

#[test]
fn escapes_of_the_file_do_not_move_a_finding() {
    let rules = |enter: &str| format!("[long]\nenter = {enter}\nexit = 'close < 1'\n");
    let listing = Listing::of(&market());
    let plain = flaws(&rules("'symbol(\"SPY\", close) > 1'"), Some(&listing));
    assert!(plain.contains("strategy.toml:2:17") && plain.contains("^^^^^ traded"), "{plain}");
    // Spelled with escapes, the expression itself is shown.
    let escaped = flaws(&rules(r#""symbol(\"SPY\", close) > 1""#), Some(&listing));
    assert!(escaped.contains("long.enter:1:8") && escaped.contains("^^^^^ traded"), "{escaped}");
}

#[test]
fn the_length_of_bars_is_read_off_their_first_labels() {
    let length = |labels: &[i64]| BarLength::of(labels).usual();
    let regular = |step: i64| (0..50).map(|i| i * step).collect::<Vec<i64>>();
    for step in [MINUTE, 5 * MINUTE, HOUR, 4 * HOUR, DAY, 7 * DAY, 12_345] {
        assert_eq!(length(&regular(step)), step);
    }
    assert_eq!((length(&[]), length(&[5])), (DAY, DAY));
    // Clocks that change make days of 23 and 25 hours, and months and years are of several lengths.
    let from = |distances: &[i64]| -> Vec<i64> {
        let mut label = 0;
        let next = |distance: &i64| {
            label += distance;
            label
        };
        std::iter::once(0).chain(distances.iter().map(next)).collect()
    };
    assert_eq!(length(&from(&[23 * HOUR, DAY, 25 * HOUR])), DAY);
    assert_eq!(length(&from(&[31 * DAY, 28 * DAY, 31 * DAY])), 31 * DAY);
    assert_eq!(length(&from(&[90 * DAY, 91 * DAY, 92 * DAY])), 92 * DAY);
    assert_eq!(length(&from(&[365 * DAY, 366 * DAY])), 366 * DAY);
    assert_eq!(length(&from(&[7 * DAY, 6 * DAY, 8 * DAY])), 7 * DAY);
    // Weekends and bars that are missing don't hide it; a short first bar of each session isn't it.
    assert_eq!(length(&from(&[DAY, DAY, DAY, DAY, 3 * DAY].repeat(8))), DAY);
    assert_eq!(length(&from(&[HOUR, 2 * HOUR, HOUR, 3 * HOUR, 2 * HOUR].repeat(8))), HOUR);
    let session = [HOUR / 2, HOUR, HOUR, HOUR, HOUR, HOUR, 18 * HOUR + HOUR / 2];
    assert_eq!(length(&from(&session.repeat(8))), HOUR);
    // What comes after the sample changes nothing.
    let mut later = regular(HOUR);
    later.extend((0..400).map(|i| 50 * HOUR + i * HOUR));
    later.extend((0..9_000).map(|i| 450 * HOUR + i * MINUTE));
    assert_eq!(length(&later), HOUR);
}

#[test]
fn timeframes_have_names_and_periods() {
    for (name, shown) in
        [("5m", "5m"), ("60m", "1h"), ("720m", "12h"), ("90m", "90m"), ("1M", "1M")]
    {
        assert_eq!(Timeframe::parse(name).unwrap().to_string(), shown);
    }
    for name in [
        "",
        "m",
        "0m",
        "05m",
        "7m",
        "24h",
        "1440m",
        "2d",
        "1",
        "-5m",
        "1.5h",
        "99999999999m",
        "5M",
        "²h",
    ] {
        assert_eq!(Timeframe::parse(name), None, "{name}");
    }
    let date = |text: &str| sprag::market::parse_time(text).unwrap();
    for (name, time, start, end) in [
        ("15m", "2024-02-29T23:59:59Z", "2024-02-29T23:45:00Z", "2024-03-01"),
        ("90m", "2024-02-29T23:59:59Z", "2024-02-29T22:30:00Z", "2024-03-01"),
        ("4h", "2024-02-29T16:00:00Z", "2024-02-29T16:00:00Z", "2024-02-29T20:00:00Z"),
        ("1d", "2024-02-29T00:00:00Z", "2024-02-29", "2024-03-01"),
        ("1w", "2024-03-03T23:00:00Z", "2024-02-26", "2024-03-04"),
        ("1w", "2024-03-04T00:00:00Z", "2024-03-04", "2024-03-11"),
        ("1w", "1969-12-31T00:00:00Z", "1969-12-29", "1970-01-05"),
        ("1M", "2024-12-31T23:00:00Z", "2024-12-01", "2025-01-01"),
        ("1q", "2024-12-31T23:00:00Z", "2024-10-01", "2025-01-01"),
        ("1q", "2024-06-30T23:00:00Z", "2024-04-01", "2024-07-01"),
        ("1y", "2024-12-31T23:00:00Z", "2024-01-01", "2025-01-01"),
    ] {
        let period = Timeframe::parse(name).unwrap().period(date(time));
        assert_eq!(period, (date(start), date(end)), "{name} of {time}");
    }
    // No label is too wild.
    for time in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX] {
        for name in sprag::market::TIMEFRAMES {
            let (start, end) = Timeframe::parse(name).unwrap().period(time);
            assert!(start <= end, "{name} of {time}");
        }
    }
}

const ROWS: &str = "time,open,high,low,close\n2020-01-01,10,11,9,10\n2020-01-02,10,11,9,10\n";

fn settings(symbols: &[&str], context: &[&str]) -> MarketSettings {
    let names = |names: &[&str]| names.iter().map(|name| (*name).into()).collect();
    MarketSettings { symbols: names(symbols), context: names(context), ..MarketSettings::default() }
}

#[test]
fn the_context_is_loaded_beside_the_account() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("data")).unwrap();
    for name in ["A", "B", "SPX", "VIX"] {
        fs::write(root.path().join(format!("data/{name}.csv")), ROWS).unwrap();
    }
    let load = |symbols: &[&str], context: &[&str]| {
        load_market(root.path(), &settings(symbols, context), None)
    };
    let names =
        |bars: &[Bars]| bars.iter().map(|bars| bars.symbol.clone()).collect::<Vec<String>>();
    let plain = load(&["B", "A"], &[]).unwrap().market;
    let loaded = load(&["B", "A"], &["VIX", "SPX"]).unwrap();
    assert_eq!(names(loaded.market.symbols()), ["B", "A"]);
    assert_eq!(names(loaded.market.context()), ["SPX", "VIX"]);
    assert_eq!(loaded.checks.len(), 4);
    // Whatever is context isn't traded, unless symbols says so; that is a slip.
    let rest = load(&[], &["SPX"]).unwrap().market;
    assert_eq!(names(rest.symbols()), ["A", "B", "VIX"]);
    assert_eq!(
        market_symbols(root.path(), &settings(&[], &["SPX"])).unwrap(),
        (vec!["A".into(), "B".into(), "VIX".into()], vec!["SPX".into()])
    );
    let nothing = load(&[], &["A", "B", "SPX", "VIX"]).unwrap_err();
    assert!(nothing.to_string().contains("nothing is left to trade"), "{nothing}");
    let error = load(&["A"], &["SPY"]).unwrap_err();
    assert!(matches!(error, DataError::UnknownSymbol { setting: "market.context", .. }), "{error}");
    let mut program = Program::default();
    let error = program.set_all(["market.symbols=A,SPX", "market.context=SPX"]).unwrap_err();
    assert!(error.to_string().contains("must name none of"), "{error}");
    // The hash covers what the context holds, and not its order; without one it is what it was.
    let hash = |market: &Market| market.hash().to_owned();
    assert_eq!(hash(&plain), hash(&Market::new(plain.symbols().to_vec())));
    assert_ne!(hash(&plain), hash(&loaded.market));
    assert_eq!(hash(&loaded.market), hash(&load(&["B", "A"], &["SPX", "VIX"]).unwrap().market));
    assert_ne!(hash(&loaded.market), hash(&load(&["B", "A"], &["SPX"]).unwrap().market));
    assert_ne!(
        hash(&Market::new(plain.symbols().to_vec())),
        hash(&Market::with_context(plain.symbols()[..1].to_vec(), plain.symbols()[1..].to_vec()))
    );
    fs::write(root.path().join("data/VIX.csv"), ROWS.replace("10,11,9,10", "10,11,9,9")).unwrap();
    assert_ne!(hash(&loaded.market), hash(&load(&["B", "A"], &["SPX", "VIX"]).unwrap().market));
    // A tick is a bar of the account.
    fs::write(root.path().join("data/VIX.csv"), ROWS.replace("-02,", "-03,")).unwrap();
    let moved = load(&["B", "A"], &["VIX"]).unwrap().market;
    assert_eq!(moved.timeline(), plain.timeline());
    let path = |name: &str| root.path().join(format!("data/{name}.csv"));
    let files = load_files(&[path("A")], &[path("SPX")], &Zone::default(), None).unwrap().market;
    assert_eq!(
        (names(files.symbols()), names(files.context())),
        (vec!["A".into()], vec!["SPX".into()])
    );
    assert!(load_files(&[path("A")], &[path("A")], &Zone::default(), None).is_err());
}

#[test]
fn the_order_of_the_context_is_no_other_evaluation() {
    let input = |settings: &[&str]| {
        let mut program = Program::default();
        program.set_all(settings.iter().copied()).unwrap();
        program.evaluation_hash_input()
    };
    assert_eq!(input(&["market.context=B,A"]), input(&["market.context=A,B"]));
    assert_ne!(input(&["market.context=A"]), input(&["market.context=A,B"]));
    // A program without any is evaluated as it was before there was one.
    assert!(!input(&[]).contains("context"));
}
