//! The readers, each as a function from bytes to one line: what it made of them. What is accepted is
//! used as well, since a file that is read but can't be worked with is no better.

use std::collections::BTreeMap;

use bytes::Bytes;
use sprag::backtest;
use sprag::certify::weigh;
use sprag::evaluation::Arena;
use sprag::expr::{Diagnostic, Graph, Scope, column, lower, parse};
use sprag::market::{Bars, Finding, Market, Parsed, Source, Zone, read_bytes, read_csv};
use sprag::program::{BacktestSettings, CostSettings, HalfDone, Program};
use sprag::reconcile::{Action, View, reconcile};
use sprag::state::{History, Journal, Ledger, State, StateError, StatePath, Status};
use sprag::strategy::{Compiled, Strategy, apply, compile, format};

use crate::canary::markets::{Listing, market};

/// A reader of a folder of the corpus.
pub type Reader = fn(&str, &[u8]) -> String;

/// Folders of the corpus, and who reads what is in them.
pub const READERS: [(&str, Reader); 6] = [
    ("expr", |_, bytes| expression(bytes)),
    ("strategy", |_, bytes| strategy(bytes)),
    ("program", |_, bytes| program(bytes)),
    ("csv", |_, bytes| csv(bytes)),
    ("parquet", parquet),
    ("state", state),
];

fn bars() -> Bars {
    let listing = Listing { before: 0, after: 0, missing: 0.0, funding: false };
    market(60, &[listing], 1).symbols()[0].clone()
}

/// The finding's place, and its message without what a terminal would obey.
fn told(place: &str, message: &str) -> String {
    let line: String = message.chars().take(160).collect();
    format!("{place}: {}", line.escape_debug())
}

/// A finding must render and point into its text.
fn finding(finding: &Diagnostic, text: &str) -> String {
    let rendered = finding.render(false);
    assert!(rendered.starts_with("error: "), "{rendered}");
    let (line, column) = finding.line_column().expect("a finding in a file has a place");
    let lines = text.split('\n').count();
    assert!(line >= 1 && line <= lines && column >= 1, "{line}:{column} of {lines} lines");
    told(&format!("{line}:{column}"), &finding.message)
}

fn expression(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return "not text".into() };
    let mut graph = Graph::default();
    let lowered = parse(text).and_then(|expr| lower(&expr, &Scope::default(), &mut graph));
    match lowered {
        Ok(root) => {
            let bars = bars();
            assert_eq!(column(&graph, root, &bars).len(), bars.len());
            format!("accepted: {}", graph.kind(root).describe())
        }
        Err(error) => finding(&error.within("expression", text, 0), text),
    }
}

fn run(strategy: &Compiled) {
    let market = Market::new(vec![bars()]);
    let folds = [backtest::whole(market.timeline())];
    let (settings, costs) = (BacktestSettings::default(), CostSettings::default());
    backtest::run(strategy, &market, &folds, &settings, &costs);
}

fn strategy(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return "not text".into() };
    let file = ("strategy.toml", text);
    let read = Strategy::parse(file.0, text).and_then(|strategy| compile(&strategy, file));
    // Both are asked of texts that nobody has checked.
    let _ = format(file.0, text).map(|formatted| format(file.0, &formatted).unwrap());
    let _ = apply(text, &[sprag::strategy::Edit::set("long.enter", "close > 1")]);
    match read {
        Ok(compiled) => {
            run(&compiled);
            format!("accepted: {} nodes", compiled.nodes)
        }
        Err(findings) => {
            let told: Vec<String> = findings.iter().map(|error| finding(error, text)).collect();
            counted(&told)
        }
    }
}

/// The first of several, and how many more there are.
fn counted(told: &[String]) -> String {
    let first = told.first().expect("a refusal without a reason");
    match told.len() - 1 {
        0 => first.clone(),
        more => format!("{first} (and {more} more)"),
    }
}

fn program(bytes: &[u8]) -> String {
    match Program::from_bytes(bytes, "program.md") {
        Ok(program) => {
            assert!(!program.evaluation_hash_input().is_empty());
            let _ = Arena::new(&program, &Market::new(vec![bars()]));
            "accepted".into()
        }
        Err(error) => {
            assert!(error.render(false).contains("program.md"));
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
            let problems = error.problems().iter().map(|problem| {
                assert!(problem.line >= 1 && problem.line <= lines);
                told(&problem.line.to_string(), &problem.message)
            });
            counted(&problems.collect::<Vec<String>>())
        }
    }
}

fn csv(bytes: &[u8]) -> String {
    let parsed = read_csv("F.csv", "F", bytes);
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    let is_there = |error: &Finding| error.line.is_none_or(|line| (1..=lines).contains(&line));
    assert!(parsed.check.errors.iter().all(is_there), "{:?}", parsed.check.errors);
    bars_of(parsed)
}

fn parquet(name: &str, bytes: &[u8]) -> String {
    let source = Source { file: name, symbol: "F", zone: &Zone::default() };
    bars_of(read_bytes(&source, &Bytes::copy_from_slice(bytes)))
}

/// What is wrong with a file of bars, or how many there are.
fn bars_of(parsed: Parsed) -> String {
    let errors = parsed.check.errors.iter().map(|error| {
        let place = error.line.or(error.row).map_or_else(|| "file".into(), |at| at.to_string());
        told(&format!("{place} {}", error.kind.name()), &error.message)
    });
    let errors: Vec<String> = errors.collect();
    match parsed.bars {
        Some(bars) => {
            assert!(errors.is_empty());
            let count = bars.len();
            let market = Market::new(vec![bars]);
            assert!(market.bars_per_year() > 0.0);
            format!("accepted: {count} bars, {} warnings", parsed.check.warnings.len())
        }
        None => counted(&errors),
    }
}

/// By the beginning of its name, the file is a status, a history, a ledger or a journal.
fn state(name: &str, bytes: &[u8]) -> String {
    let refused = |error: StateError| told("state", &error.to_string());
    let kind = name.split('_').next().unwrap();
    if kind == "journal" {
        return Journal::parse(bytes).map_or_else(refused, |journal| {
            let again = Journal::parse(journal.to_text().unwrap().as_bytes());
            assert_eq!(again.as_ref(), Ok(&journal));
            format!("accepted: {}", reconciled(&journal))
        });
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return "not text".into() };
    match kind {
        "status" => Status::parse(text).map_or_else(refused, |_| "accepted".into()),
        "history" => History::parse(&[], &text.into()).map_or_else(refused, |history| {
            let status = derived(&history);
            format!(
                "accepted: {} records, {}",
                history.len(),
                status.map_or_else(refused, |_| "a status".into())
            )
        }),
        "ledger" => ledger(name, text).unwrap_or_else(refused),
        _ => panic!("{name} is neither a status, a history, a ledger nor a journal"),
    }
}

/// What comes of a ledger beside the history of three iterations: everything that is ever asked of one.
/// Below ten trials nothing is inferred, so that of some the first trial stands for eleven.
fn ledger(name: &str, text: &str) -> Result<String, StateError> {
    let path = crate::scan::root().join("tests/data/hostile/state/history_good.json");
    let mut records = std::fs::read_to_string(path).unwrap();
    if name.starts_with("ledger_many_") {
        for (few, many) in [("3", "13"), ("2", "12"), ("1", "11")] {
            records = records.replace(&format!("\"trial\":{few},"), &format!("\"trial\":{many},"));
        }
    }
    let history = History::parse(&[], &records.into()).unwrap();
    let ledger = Ledger::parse(&[(StatePath::Ledger(0), &text.into())], &history)?;
    let status = Status::derive(&history, &ledger)?;
    let mut said = format!("accepted: {} trials, {}", ledger.total(), status.label);
    if let Some(span) = ledger.epoch() {
        let (looks, tried) = (ledger.looks(span).len(), ledger.tried(span));
        said += &format!(", {looks} looks, {} tried on its bars", tried.trials);
        let own = ledger.trial(&span.epoch, &status.incumbent.hash);
        if let Some(found) = own.map(|own| weigh(own, &tried, span.bars_per_year)) {
            // What earns a look must be a number, and none that bad figures made.
            assert!(found.dsr.is_ok_and(|dsr| (0.0..=1.0).contains(&dsr)) || found.dsr.is_err());
            let dsr = found.dsr.map_or_else(|none| none.0.to_owned(), |dsr| format!("{dsr:.2}"));
            said += &format!(", DSR {dsr}");
        }
        let retired = ledger.retired(&span.epoch).is_some();
        said += if retired { ", retired" } else { "" };
    }
    let open = ledger.open_look().map(|open| open.look().look);
    Ok(said + &open.map_or(String::new(), |look| format!(", look {look} open")))
}

/// The status of a history whose trials no ledger has.
fn derived(history: &History) -> Result<Status, StateError> {
    Ledger::parse(&[], history).and_then(|ledger| Status::derive(history, &ledger))
}

/// What is to be done with a journal that was left behind after three iterations.
fn reconciled(journal: &Journal) -> String {
    let read = |path: &str| std::fs::read(crate::scan::root().join(path)).unwrap();
    let history = read("tests/data/hostile/state/history_good.json");
    let records = History::parse(&[], &history.as_slice().into()).unwrap();
    let status = derived(&records).unwrap();
    let files = [
        (StatePath::Strategy, read("state/strategy.toml").into()),
        (StatePath::Status, status.to_text().unwrap().into()),
        (StatePath::History, history.into()),
    ];
    let state = State::read(&files.into()).unwrap();
    let view = View {
        state: &state,
        copies: &BTreeMap::new(),
        journal: Some(journal),
        epoch: &status.epoch,
        strategy: Some(&status.incumbent.hash),
        half_done: HalfDone::Finish,
    };
    let name = |action: &Action| format!("{action:?}").split(['(', ' ']).next().unwrap().to_owned();
    match reconcile(&view) {
        Ok(actions) => actions.iter().map(name).collect::<Vec<String>>().join(", "),
        Err(refusal) => told("refused", &refusal.to_string()),
    }
}

/// The files of a folder of the corpus, by name.
pub fn corpus(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let path = crate::scan::root().join("tests/data/hostile").join(folder);
    let files = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(path).unwrap())
    };
    files.map(named).collect()
}
