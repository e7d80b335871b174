//! Cases worked out by hand: `tests/data/reach/NAME.toml` holds the bars of a few symbols, and expressions
//! with the value that each has at each bar of one of them. Its comments say why.
//!
//! A row of bars is `time close`, or `time open high low close volume`; a row of values is `time` and a value
//! per expression, `-` where it is undefined.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use sprag::expr::functions::REACH;
use sprag::market::{Bars, Clock, Market, Zone, parse_time};

use super::words::columns;
use super::world::DAY;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The symbol whose bars are shown: the first one that is traded.
    #[serde(default)]
    show: Option<String>,
    /// The market's time zone, UTC if none is named.
    #[serde(default)]
    zone: Option<String>,
    /// By symbol, in account order.
    traded: BTreeMap<String, String>,
    #[serde(default)]
    context: BTreeMap<String, String>,
    expressions: Vec<String>,
    values: String,
}

fn bars(symbol: &str, rows: &str, zone: &Zone) -> Bars {
    let mut bars = Bars { symbol: symbol.into(), ..Bars::default() };
    for row in rows.trim().lines() {
        let cells: Vec<&str> = row.split_whitespace().collect();
        let number = |i: usize| cells[i].parse::<f64>().unwrap();
        let [open, high, low, close, volume] = match cells.len() {
            2 => [number(1), number(1), number(1), number(1), 1.0],
            6 => [1, 2, 3, 4, 5].map(number),
            _ => panic!("{symbol}: {row}"),
        };
        bars.time.push(parse_time(cells[0]).unwrap_or_else(|error| panic!("{row}: {error}")));
        bars.open.push(open);
        bars.high.push(high);
        bars.low.push(low);
        bars.close.push(close);
        bars.volume.push(volume);
    }
    // As a loader has it: dates have no clock.
    if let (Some(first), Some(last)) = (bars.time.first(), bars.time.last())
        && bars.time.iter().any(|time| time % DAY != 0)
    {
        bars.clock = Clock::of(zone, *first, *last);
    }
    bars
}

fn check(name: &str, case: &Case) {
    let zone = case.zone.as_ref().map_or_else(Zone::default, |name| Zone::named(name).unwrap());
    let all = |rows: &BTreeMap<String, String>| {
        rows.iter().map(|(symbol, rows)| bars(symbol, rows, &zone)).collect::<Vec<Bars>>()
    };
    let market = Market::with_context(all(&case.traded), all(&case.context));
    let shown = case
        .show
        .as_ref()
        .map_or(0, |show| market.symbols().iter().position(|bars| bars.symbol == *show).unwrap());
    let values: Vec<Vec<f64>> =
        case.expressions.iter().map(|text| columns(text, &market)[shown].clone()).collect();
    let rows: Vec<&str> = case.values.trim().lines().collect();
    let time = &market.symbols()[shown].time;
    assert_eq!(rows.len(), time.len(), "{name}: one row of values per bar");
    for (bar, row) in rows.into_iter().enumerate() {
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(parse_time(cells[0]).unwrap(), time[bar], "{name}: bar {bar}");
        assert_eq!(cells.len(), values.len() + 1, "{name}: {row}");
        for ((cell, column), text) in cells[1..].iter().zip(&values).zip(&case.expressions) {
            let expected = if *cell == "-" { f64::NAN } else { cell.parse().unwrap() };
            let found = column[bar];
            let close = (found - expected).abs() <= 1e-12 * expected.abs();
            assert!(
                close || (found.is_nan() && expected.is_nan()),
                "{name}: {text} is {found} at {}, expected {expected}",
                cells[0]
            );
        }
    }
}

#[test]
fn values_are_what_the_hand_computed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/reach");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut expressions = String::new();
    for path in &files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).unwrap();
        let case: Case = toml_edit::de::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        check(&name, &case);
        expressions += &case.expressions.concat();
    }
    for reach in REACH {
        let call = format!("{}(", reach.name);
        assert!(expressions.contains(&call), "{} has no case", reach.name);
    }
    assert!(files.len() >= 18, "only {} cases: some are gone", files.len());
}
