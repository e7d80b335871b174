//! The data that comes with the repository: it loads, and it is what `data/SOURCES.md` says.

use std::{fs, path::Path};

use sprag::{
    adapters::data_files::load_market, market::time::format_date, program::MarketSettings,
};

#[test]
fn shipped_data_is_as_described() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaded = load_market(root, &MarketSettings::default(), None).unwrap();
    let sources = fs::read_to_string(root.join("data/SOURCES.md")).unwrap();
    assert_eq!(loaded.checks.len(), 6);
    for check in &loaded.checks {
        let row = format!(
            "| {}.csv | {} | {} | {} |",
            check.symbol,
            check.bars,
            format_date(check.from.unwrap()),
            format_date(check.to.unwrap()),
        );
        assert!(sources.contains(&row), "data/SOURCES.md lacks {row}");
    }
    assert_eq!(loaded.market.bars_per_year(), 252.0);
}

/// What is odd about these files is real, and nothing else is reported: the closings after the attacks of
/// September 2001, for President Ford's funeral and for hurricane Sandy, and two index days without volume.
#[test]
fn shipped_data_has_the_known_oddities() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaded = load_market(root, &MarketSettings::default(), None).unwrap();
    let mut expected = Vec::new();
    for (symbol, offset) in
        [("AAPL", 0), ("COMP", 292), ("GOOG", -1122), ("IBM", 0), ("MSFT", 0), ("SPX", 292)]
    {
        for (line, days, from, to) in [
            (388, 7, "2001-09-10", "2001-09-17"),
            (1721, 5, "2006-12-29", "2007-01-03"),
            (3189, 5, "2012-10-26", "2012-10-31"),
        ] {
            if line + offset > 1 {
                expected.push(format!(
                    "{symbol}:{} gap_beyond_calendar: no bar for {days} days from {from} to {to} (usual \
                     here: up to 4 days)",
                    line + offset
                ));
            }
        }
        if symbol == "COMP" {
            let what = "zero_volume: 2 of 5031 bars have no volume, the first at 2015-05-12";
            expected.push(format!("COMP:4116 {what}"));
        }
    }
    let found: Vec<String> = loaded
        .warnings()
        .map(|(file, warning)| {
            let symbol = Path::new(file).file_stem().unwrap().to_str().unwrap();
            format!(
                "{symbol}:{} {}: {}",
                warning.line.unwrap(),
                warning.kind.name(),
                warning.message
            )
        })
        .collect();
    assert_eq!(found, expected);
}
