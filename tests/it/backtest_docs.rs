//! docs/backtest.md against the engine: its tables are the code's tables, its example is computed.
//!
//! `UPDATE_DOCS=1 cargo test backtest_docs` rewrites the generated tables.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use sprag::backtest::{self, ExitReason, FoldRun, metrics};
use sprag::check;
use sprag::decide;
use sprag::market::{Market, read_csv};
use sprag::program::Program;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/backtest.md")
}

fn page() -> String {
    fs::read_to_string(path()).unwrap()
}

/// Holds the text between two markers to what it should be, or rewrites it.
fn generated(name: &str, table: &str) {
    let page = page();
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->\n"));
    let (before, rest) = page.split_once(&begin).unwrap();
    let (found, after) = rest.split_once(&end).unwrap();
    let table = format!("\n{table}\n");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path(), format!("{before}{begin}{table}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(found, table, "docs/backtest.md is not current: UPDATE_DOCS=1 cargo test");
}

/// One after the other: both rewrite the same file.
#[test]
fn its_tables_of_metrics_and_gates_are_those_of_the_code() {
    let mut table = String::from("| metric | what |\n|---|---|\n");
    for metric in metrics::TABLE {
        writeln!(table, "| `{}` | {} |", metric.name, metric.summary).unwrap();
    }
    generated("metrics", &table);
    let mut table = String::from("| gate | what it asks for |\n|---|---|\n");
    for gate in decide::TABLE {
        writeln!(table, "| `{}` | {} |", gate.id, gate.summary).unwrap();
    }
    generated("gates", &table);
}

#[test]
fn every_reason_for_an_undefined_metric_is_explained() {
    let page = page();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/backtest/metrics");
    let mut reasons = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        for rest in source.split("Undefined(\"").skip(1) {
            let (reason, _) = rest.split_once('"').unwrap();
            // What `Metrics::get` says to a programmer who asks for a metric that isn't one.
            if reason != "no such metric" {
                assert!(page.contains(&format!("`{reason}`")), "not in docs/backtest.md: {reason}");
                reasons += 1;
            }
        }
    }
    assert!(reasons > 8, "found only {reasons}");
}

/// The example's section, its code blocks and its tables.
struct Example {
    text: String,
    blocks: Vec<String>,
    tables: Vec<Vec<Row>>,
}

/// A row of the example's tables.
#[derive(Debug)]
struct Row {
    bar: usize,
    event: String,
    price: Option<f64>,
    fee: Option<f64>,
    cash: f64,
    equity: f64,
}

fn example() -> Example {
    let page = page();
    let (_, text) = page.split_once("\n## An example by hand\n").unwrap();
    let (text, _) = text.split_once("\n## ").unwrap();
    let blocks = text
        .split("```")
        .skip(1)
        .step_by(2)
        .map(|block| block.split_once('\n').unwrap().1.to_owned())
        .collect();
    let mut tables: Vec<Vec<Row>> = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let number = |cell: &str| cell.parse::<f64>().ok();
        match cells[..] {
            ["bar", ..] => tables.push(Vec::new()),
            [bar, event, price, fee, cash, equity] if number(bar).is_some() => {
                tables.last_mut().unwrap().push(Row {
                    bar: bar.parse().unwrap(),
                    event: event.into(),
                    price: number(price),
                    fee: number(fee),
                    cash: number(cash).unwrap(),
                    equity: number(equity).unwrap(),
                });
            }
            _ => {}
        }
    }
    Example { text: text.into(), blocks, tables }
}

fn run(market: &str, strategy: &str, settings: &str) -> FoldRun {
    let market = Market::new(vec![read_csv("toy.csv", "TOY", market.as_bytes()).bars.unwrap()]);
    let candidate = check::read("example", strategy).unwrap_or_else(|flaw| panic!("{flaw}"));
    let program = Program::parse(&format!("```toml\n{settings}```\n"), "example").unwrap();
    let settings = program.settings;
    let folds = [backtest::whole(market.timeline())];
    let mut backtest =
        backtest::run(&candidate.compiled, &market, &folds, &settings.backtest, &settings.costs);
    backtest.runs.remove(0)
}

fn assert_near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: the page says {expected}, not {found}");
}

/// Holds a run with one trade to a table: prices and fees of its fills, cash while flat, every mark.
fn assert_table(run: &FoldRun, rows: &[Row]) {
    let [trade] = &run.trades[..] else { panic!("{} trades", run.trades.len()) };
    let mut fees = 0.0;
    for row in rows {
        assert_near(run.equity[row.bar], row.equity, &format!("equity of bar {}", row.bar));
        let Some(price) = row.price else { continue };
        let enters = row.event.ends_with("bought");
        let (index, found) = match enters {
            true => (trade.entry_index, trade.entry_price),
            false => (trade.exit_index, trade.exit_price),
        };
        assert_eq!(index, row.bar, "{}", row.event);
        assert_near(found, price, &row.event);
        fees += row.fee.unwrap();
        let spent = if enters { trade.units * price } else { 0.0 };
        if enters {
            assert_near(10_000.0 - spent - fees, row.cash, "cash while long");
        } else {
            assert_near(10_000.0 + trade.pnl, row.cash, "cash when flat again");
        }
    }
    assert_near(trade.costs.fees, fees, "fees");
}

#[test]
fn its_example_is_what_the_engine_does() {
    let Example { text, blocks, tables } = example();
    let [market, strategy, settings, risk] = &blocks[..] else { panic!("{} blocks", blocks.len()) };
    let [plain, stopped] = &tables[..] else { panic!("{} tables", tables.len()) };

    let first = run(market, strategy, settings);
    assert_eq!(plain.len(), first.equity.len());
    assert_table(&first, plain);
    let trade = &first.trades[0];
    assert_eq!((trade.reason, trade.bars), (ExitReason::Signal, 3));
    assert_near(trade.units, 96.0, "units");
    assert_near(trade.costs.slippage, 9.792, "slippage");
    assert_near(trade.costs.spread, 9.792, "spread");
    assert_near(trade.pnl, -231.168192, "pnl");
    assert!(text.contains("9.792") && text.contains("−231.168192"));

    let second = run(market, &format!("{strategy}\n{risk}"), settings);
    assert_table(&second, stopped);
    assert_eq!(second.trades[0].reason, ExitReason::Stop);
    assert!(second.trades[0].pnl > trade.pnl);
}

/// "Had the fifth bar opened at 101.2, below the level, the sale would have been at 101.2 …"
#[test]
fn its_example_of_a_gap_is_what_the_engine_does() {
    let Example { text, blocks, .. } = example();
    assert!(text.contains("opened at 101.2,"));
    let gap = blocks[0].replace("2024-01-05,105,105,101,102", "2024-01-05,101.2,105,101,102");
    assert_ne!(gap, blocks[0]);
    let run = run(&gap, &format!("{}\n{}", blocks[1], blocks[3]), &blocks[2]);
    assert_near(run.trades[0].exit_price, 101.2 * 0.999, "gap");
    assert_eq!((run.trades[0].reason, run.trades[0].exit_index), (ExitReason::Stop, 4));
}

/// The market, the strategy and the settings of a row of the table of settings.
fn varied(with: &str, blocks: &[String]) -> (String, String, String) {
    let (mut market, mut strategy) = (blocks[0].clone(), blocks[1].clone());
    let mut settings: Vec<(String, String)> = vec![
        ("backtest.cash".into(), "10000".into()),
        ("backtest.lot".into(), "1".into()),
        ("costs.fee_bps".into(), "0".into()),
    ];
    for part in with.split('`').skip(1).step_by(2) {
        let (key, value) = part.split_once(" = ").unwrap_or((part, ""));
        match key.split_once('.') {
            None if key == "short" => strategy = strategy.replace("[long]", "[short]"),
            None => {
                let rates = market.lines().map(|line| match line.starts_with("time") {
                    true => format!("{line},{key}\n"),
                    false => format!("{line},{value}\n"),
                });
                market = rates.collect();
            }
            Some(("long", "exit")) => {
                let exit =
                    strategy.lines().find(|line| line.starts_with("exit")).unwrap().to_owned();
                strategy = strategy.replace(&exit, &format!("exit = {value}"));
            }
            Some((section @ ("risk" | "size"), name)) => {
                let header = format!("[{section}]\n");
                if !strategy.contains(&header) {
                    strategy += &format!("\n{header}");
                }
                strategy = strategy.replace(&header, &format!("{header}{name} = {value}\n"));
            }
            Some(_) => {
                settings.retain(|(known, _)| known != key);
                settings.push((key.into(), value.into()));
            }
        }
    }
    let lines = settings.iter().map(|(key, value)| format!("{key} = {value}\n"));
    (market, strategy, lines.collect())
}

/// A number to six digits.
fn shown(number: f64) -> String {
    ((number * 1e6).round() / 1e6 + 0.0).to_string()
}

/// What the first trade of a run is in the table of settings.
fn told(run: &FoldRun) -> [String; 5] {
    let at = |bar: usize, price: f64| format!("{bar}: {}", shown(price));
    match (&run.trades[..], &run.open_trades[..]) {
        ([trade, ..], _) => {
            let reason = serde_json::to_value(trade.reason).unwrap();
            [
                at(trade.entry_index, trade.entry_price),
                shown(trade.units),
                at(trade.exit_index, trade.exit_price),
                format!("`{}`", reason.as_str().unwrap()),
                shown(trade.pnl),
            ]
        }
        ([], [trade, ..]) => [
            at(trade.entry_index, trade.entry_price),
            shown(trade.units),
            "–".into(),
            "open".into(),
            shown(trade.pnl),
        ],
        ([], []) => panic!("no trade"),
    }
}

#[test]
fn its_table_of_settings_is_what_the_engine_does() {
    let page = page();
    let (_, section) = page.split_once("\n## Each setting by itself\n").unwrap();
    let blocks = example().blocks;
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    let rows: Vec<Vec<&str>> =
        rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
    assert!(rows.len() > 25, "{} rows", rows.len());
    for row in &rows {
        let (market, strategy, settings) = varied(row[0], &blocks);
        let run = run(&market, &strategy, &settings);
        assert_eq!(told(&run), row[1..], "{}", row[0]);
    }
}

/// "If it is undefined, … nothing is opened."
#[test]
fn an_undefined_weight_opens_nothing() {
    let Example { blocks, .. } = example();
    let strategy = format!("{}\n[size]\nweight = \"sma(close, 5) / 100\"\n", blocks[1]);
    assert!(
        run(&blocks[0], &strategy, &blocks[2]).trades.is_empty(),
        "sma(close, 5) is warming up"
    );
    let defined = strategy.replace("sma(close, 5) / 100", "0.5");
    assert_eq!(run(&blocks[0], &defined, &blocks[2]).trades.len(), 1);
}
