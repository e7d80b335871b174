//! Files to a market: which files, in which order, and what is said when something is wrong.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sprag::{
    adapters::data_files::{DataError, check_files, load_files, load_market},
    market::{Kind, Zone},
    program::MarketSettings,
};
use tempfile::TempDir;

const GOOD: &str = "time,open,high,low,close\n2020-01-01,10,11,9,10\n2020-01-02,10,11,9,10\n";
const BAD: &str = "time,open,high,low,close\n2020-01-01,10,9,9,10\n2020-01-02,10,11,9,x\n";

/// A root with files below `data/`.
fn root(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("data")).unwrap();
    for (name, text) in files {
        fs::write(root.path().join("data").join(name), text).unwrap();
    }
    root
}

fn symbols(names: &[&str]) -> MarketSettings {
    MarketSettings {
        symbols: names.iter().map(|s| (*s).to_owned()).collect(),
        ..MarketSettings::default()
    }
}

fn order(loaded: &sprag::adapters::data_files::Loaded) -> Vec<&str> {
    loaded.market.symbols().iter().map(|bars| bars.symbol.as_str()).collect()
}

#[test]
fn every_csv_in_the_folder_by_name() {
    let root = root(&[("b.csv", GOOD), ("C.CSV", GOOD), ("a.csv", GOOD), ("SOURCES.md", "text")]);
    let loaded = load_market(root.path(), &MarketSettings::default(), None).unwrap();
    assert_eq!(order(&loaded), ["C", "a", "b"]);
    assert_eq!(loaded.checks[1].file, PathBuf::from("data").join("a.csv").display().to_string());
    assert!(loaded.warnings().all(|(_, warning)| warning.kind == Kind::ShortHistory));
    assert_eq!(loaded.warnings().count(), 3);
}

#[test]
fn named_symbols_in_their_order() {
    let root = root(&[("a.csv", GOOD), ("b.csv", GOOD), ("broken.csv", BAD)]);
    let loaded = load_market(root.path(), &symbols(&["b", "a"]), None).unwrap();
    assert_eq!(order(&loaded), ["b", "a"]);
    let other = load_market(root.path(), &symbols(&["a", "b"]), None).unwrap();
    assert_ne!(loaded.market.hash(), other.market.hash());
}

fn message(result: Result<sprag::adapters::data_files::Loaded, DataError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn what_is_missing_is_named() {
    let root = root(&[("AAPL.csv", GOOD), ("MSFT.csv", GOOD)]);
    let text = message(load_market(root.path(), &symbols(&["MSFT", "APPL"]), None));
    assert!(text.contains("`APPL`") && text.contains("did you mean `AAPL`?"), "{text}");
    assert!(text.contains("there are: AAPL, MSFT"), "{text}");
    let text = message(load_market(root.path(), &symbols(&["EURUSD"]), None));
    assert!(!text.contains("did you mean"), "{text}");
    let text = message(load_market(root.path(), &symbols(&["../data/AAPL"]), None));
    assert!(text.contains("no data file for symbol"), "{text}");

    let elsewhere = MarketSettings { data: "prices".into(), ..MarketSettings::default() };
    assert!(
        message(load_market(root.path(), &elsewhere, None)).contains("can't list the data folder")
    );
    let empty = self::root(&[("readme.txt", "")]);
    assert!(
        message(load_market(empty.path(), &symbols(&[]), None))
            .contains("at least one .csv or .parquet file")
    );
    assert!(message(load_files(&[], &[], &Zone::default(), None)).contains("no data file"));
}

#[test]
fn csv_and_parquet_lie_side_by_side() {
    let root = root(&[("a.csv", GOOD), ("c.csv", GOOD)]);
    let parquet = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/parquet");
    let data = root.path().join("data");
    fs::copy(parquet.join("pandas_daily.parquet"), data.join("b.PARQUET")).unwrap();
    let loaded = load_market(root.path(), &MarketSettings::default(), None).unwrap();
    assert_eq!(order(&loaded), ["a", "b", "c"]);
    assert_eq!(loaded.market.symbols()[1].len(), 100);

    fs::copy(parquet.join("pandas_daily.parquet"), data.join("c.parquet")).unwrap();
    let text = message(load_market(root.path(), &symbols(&["a"]), None));
    assert!(text.contains("symbol `c` is there twice") && text.contains("c.parquet"), "{text}");
}

#[test]
fn a_symbol_stands_for_one_file() {
    let root = root(&[("a.csv", GOOD), ("a.CSV", GOOD)]);
    let text = message(load_market(root.path(), &symbols(&[]), None));
    assert!(text.contains("symbol `a` is there twice"), "{text}");
    let path = root.path().join("data/a.csv");
    let twice = load_files(&[path.clone(), path], &[], &Zone::default(), None);
    assert!(message(twice).contains("twice"));
    assert!(message(load_market(root.path(), &symbols(&["a", "a"]), None)).contains("twice"));
}

#[test]
fn errors_name_file_and_line() {
    let root = root(&[("a.csv", GOOD), ("z.csv", BAD), ("y.csv", BAD)]);
    let error = load_market(root.path(), &symbols(&[]), None).unwrap_err();
    let file = |name: &str| PathBuf::from("data").join(name).display().to_string();
    let expected: Vec<String> = ["y.csv", "z.csv"]
        .iter()
        .flat_map(|name| {
            [
                format!(
                    "{}:2: high_below: the high 9 is below the open 10 and the close 10",
                    file(name)
                ),
                format!(
                    "{}:3: unparsable_field: the close `x` isn't a number: expected digits with a \
                     decimal point, such as 1234.5",
                    file(name)
                ),
            ]
        })
        .collect();
    assert_eq!(error.to_string(), format!("the market data has errors:\n{}", expected.join("\n")));
}

#[test]
fn each_file_is_checked_on_its_own() {
    let root = root(&[("a.csv", GOOD), ("b.csv", BAD)]);
    let paths =
        ["a.csv", "b.csv", "nowhere.csv", ""].map(|name| root.path().join("data").join(name));
    let checks = check_files(&paths, &Zone::default());
    let errors: Vec<usize> = checks.iter().map(|check| check.errors.len()).collect();
    assert_eq!(errors, [0, 2, 1, 1]);
    assert_eq!(checks[2].errors[0].kind, Kind::Unreadable);
    assert_eq!((checks[1].bars, checks[2].bars), (1, 0));
    assert_eq!(checks[3].errors[0].message, "a folder, not a file");
}
