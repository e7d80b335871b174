//! program.md: what is read, what is refused and how that reads, overrides, the shipped brief.
//!
//! `tests/data/program/NAME.md` is a program; `NAME.json` beside it holds what is read from it (settings
//! that differ from their defaults), or `NAME.txt` the error. `UPDATE_EXPECT=1` rewrites both.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sprag::program::{
    Domain, MAX_PROGRAM_BYTES, Program, ProgramError, SETTINGS, Setting, Settings, SourceSettings,
    TABLES, reference,
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares with a file, or writes it if `variable` is set.
fn expect(path: &Path, actual: &str, variable: &str) {
    if std::env::var_os(variable).is_some() {
        return assert!(fs::write(path, actual).is_ok(), "can't write {}", path.display());
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert!(
        actual == expected,
        "{} is not what it was; if that is right, run with {variable}=1\n{actual}",
        path.display()
    );
}

fn read(text: &str) -> Result<Program, ProgramError> {
    Program::parse(text, "program.md")
}

/// A program whose only block is this.
fn block(toml: &str) -> String {
    format!("# P\n\n```toml\n{toml}\n```\n")
}

/// The settings that differ from their defaults, by `table.key`.
fn changed(settings: &Settings) -> Map<String, Value> {
    let (now, default) = (json!(settings), json!(Settings::default()));
    let mut out = Map::new();
    for row in SETTINGS {
        let value = &now[row.table][row.name];
        if *value != default[row.table][row.name] {
            out.insert(row.path(), value.clone());
        }
    }
    out
}

#[test]
fn cases() {
    let folder = root().join("tests/data/program");
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    cases.sort();
    assert!(cases.len() > 15, "the cases are gone");
    for path in cases {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let result = Program::from_bytes(&fs::read(&path).unwrap(), "program.md");
        assert_eq!(result.is_err(), name.starts_with("error_"), "{name}: {result:#?}");
        match result {
            Ok(program) => {
                let read = json!({
                    "title": program.title,
                    "prose": program.prose.lines().collect::<Vec<_>>(),
                    "settings": changed(&program.settings),
                });
                let text = format!("{}\n", serde_json::to_string_pretty(&read).unwrap());
                expect(&path.with_extension("json"), &text, "UPDATE_EXPECT");
            }
            Err(error) => {
                expect(&path.with_extension("txt"), &format!("{error}\n"), "UPDATE_EXPECT");
            }
        }
    }
}

#[test]
fn problems_name_their_lines() {
    let error = read("# P\n\n```toml\n[costs]\nfee_bsp = 1\nfee_fixed = -1\n```\n").unwrap_err();
    let lines: Vec<usize> = error.problems().iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [5, 6]);
    assert_eq!(error.file_name(), "program.md");
    assert_eq!(error.problems()[0].message, "[costs] has no setting `fee_bsp`");
    assert_eq!(error.problems()[0].label, "did you mean `fee_bps`?");
    assert!(error.render(true).contains('\u{1b}'), "colours on request");
    assert!(!error.to_string().contains('\u{1b}'), "plain by default");
}

#[test]
fn line_ends_and_byte_order_marks_change_nothing() {
    let text = "# P\n\nWords.\n\n```toml\n[market]\nsymbols = [\n\"A\"\n]\n```\n\nMore.\n";
    let plain = read(text).unwrap();
    assert_eq!(plain.settings.market.symbols, ["A"]);
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(Program::from_bytes(windows.as_bytes(), "program.md").unwrap(), plain);

    let wrong = text.replace("\"A\"", "5");
    let expected = read(&wrong).unwrap_err().to_string();
    let windows = format!("\u{feff}{}", wrong.replace('\n', "\r\n"));
    assert_eq!(read(&windows).unwrap_err().to_string(), expected);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let error = Program::from_bytes(b"# P\n\nA caf\xe9.\n", "program.md").unwrap_err();
    assert_eq!(error.problems()[0].line, 3);
    assert!(error.to_string().contains("not UTF-8"), "{error}");
    assert!(error.to_string().contains("0xe9"), "{error}");

    let error = Program::from_bytes(b"# P\n\0\n", "program.md").unwrap_err();
    assert_eq!(error.problems()[0].line, 2);
    assert!(error.to_string().contains("NUL"), "{error}");

    let mut bytes = vec![b'x'; MAX_PROGRAM_BYTES];
    assert!(Program::from_bytes(&bytes, "program.md").is_ok());
    bytes.push(b'\n');
    let error = Program::from_bytes(&bytes, "program.md").unwrap_err().to_string();
    assert!(
        error.contains("more than the 1048576 bytes") && error.contains("program.md"),
        "{error}"
    );
}

#[test]
fn a_file_full_of_mistakes_is_answered_quickly_and_briefly() {
    let lines = "a=1\n".repeat(40_000);
    let error = read(&format!("```toml\n{lines}```\n")).unwrap_err();
    assert_eq!(error.problems().len(), 40_000, "each is found");
    let text = error.to_string();
    assert!(text.len() < 20_000 && text.contains("more problems"), "{}", text.len());

    let nested = "[".repeat(MAX_PROGRAM_BYTES / 2);
    assert!(read(&block(&format!("x = {nested}"))).is_err());
    let quoted = "> ".repeat(MAX_PROGRAM_BYTES / 2 - 10);
    assert!(read(&format!("{quoted}```toml\nx")).is_err(), "the fence is never closed");
    let long_name = "k".repeat(MAX_PROGRAM_BYTES / 2);
    let error = read(&block(&format!("[{long_name}]\n{}", "b=1\n".repeat(1000)))).unwrap_err();
    assert!(error.to_string().len() < 20_000);
}

/// A value of the setting that differs from its default, as TOML.
fn another_value(setting: &Setting) -> &'static str {
    match &setting.domain {
        Domain::Flag if setting.name == "anchored" => "true",
        Domain::Flag => "false",
        Domain::Whole { min: 0..=7, .. } => "7",
        Domain::Whole { .. } => "13000",
        Domain::Real { .. } => "0.125",
        Domain::Word(words) if words.contains(&"next_bar") => "\"next_bar\"",
        Domain::Word(words) if words.contains(&"cpcv") => "\"cpcv\"",
        Domain::Word(words) if words.contains(&"abandon") => "\"abandon\"",
        // One word is all there is so far.
        Domain::Word(_) => "",
        Domain::Date => "\"2008-02-29\"",
        Domain::Duration => "\"45m\"",
        Domain::Symbols | Domain::Texts | Domain::Variables => "[\"B\", \"A\"]",
        Domain::Numbers => "[2, 0.5]",
        Domain::Variable => "\"SOME_KEY\"",
        Domain::Endpoint => "\"http://127.0.0.1:8080/v1\"",
        Domain::Folder => "\"prices\"",
        Domain::Address => "\"https://example.org/{ticker}.csv\"",
        Domain::Ticker => "\"{symbol}.us\"",
        // It would need an address, and other settings none.
        Domain::Checksum => "",
        Domain::Zone => "\"Europe/Berlin\"",
        Domain::File => "\"state/STOP\"",
        Domain::Branch => "\"research/one\"",
    }
}

/// The other settings that a rule wants changed as well.
fn companions(path: &str) -> &'static [&'static str] {
    // One number for each of two models.
    const MODELS: &str = "llm.models=[\"B\", \"A\"]";
    match path {
        "score.w_profit" => &["score.w_trade=0.875"],
        "score.w_trade" => &["score.w_profit=0.875"],
        "llm.weights" => &[MODELS],
        "llm.usd_per_mtok_in" => &[MODELS, "llm.usd_per_mtok_out=[1, 2]"],
        "llm.usd_per_mtok_out" => &[MODELS, "llm.usd_per_mtok_in=[1, 2]"],
        _ => &[],
    }
}

/// The setting with its new value and its companions, as `--set` takes them.
fn assignments(path: &str, value: &str) -> Vec<String> {
    let own = std::iter::once(format!("{path}={value}"));
    own.chain(companions(path).iter().map(|other| (*other).to_owned())).collect()
}

#[test]
fn every_setting_reaches_its_field_from_the_file_and_from_set() {
    for row in SETTINGS.iter().filter(|row| row.table != "source") {
        let value = another_value(row);
        if value.is_empty() {
            continue;
        }
        let path = row.path();
        let assignments = assignments(&path, value);
        let from_file = read(&block(&assignments.join("\n")));
        let from_file = from_file.unwrap_or_else(|error| panic!("{error}")).settings;
        assert!(changed(&from_file).contains_key(&path), "{path} = {value} changed nothing");

        let mut program = Program::default();
        program.set_all(assignments.iter().map(String::as_str)).unwrap();
        assert_eq!(program.settings, from_file, "--set {path}={value}");
    }
}

#[test]
fn rows_and_fields_are_the_same_and_defaults_pass_their_own_checks() {
    let mut settings = json!(Settings::default());
    assert_eq!(settings["source"], json!([]));
    settings["source"] = json!(SourceSettings::default());
    let mut fields = BTreeSet::new();
    for (table, keys) in settings.as_object().unwrap() {
        assert!(TABLES.iter().any(|row| row.name == table), "[{table}] has no row");
        fields.extend(keys.as_object().unwrap().keys().map(|key| format!("{table}.{key}")));
    }
    let rows: Vec<String> = SETTINGS.iter().map(|row| row.path()).collect();
    assert_eq!(rows.len(), rows.iter().collect::<BTreeSet<_>>().len(), "a row is there twice");
    assert_eq!(fields, rows.into_iter().collect(), "a setting needs a field and a row");
    for row in SETTINGS {
        let value = &settings[row.table][row.name];
        let (toml, expected) = if row.table == "source" {
            // One that is complete, with another key at its default.
            let others = "symbols = [\"A\"]\nurl = \"https://example.org/a.csv\"";
            let assignment = format!("{} = {value}", row.name);
            let is_there = matches!(row.name, "symbols" | "url");
            let toml = if is_there { others.into() } else { format!("{others}\n{assignment}") };
            let source = SourceSettings {
                symbols: vec!["A".into()],
                url: "https://example.org/a.csv".into(),
                ..SourceSettings::default()
            };
            (
                format!("[[source]]\n{toml}"),
                Settings { source: vec![source], ..Settings::default() },
            )
        } else {
            (format!("[{}]\n{} = {value}", row.table, row.name), Settings::default())
        };
        let program = read(&block(&toml)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(program.settings, expected, "{toml}");
        assert!(!row.meaning.is_empty() && row.meaning.ends_with('.'), "{}", row.path());
    }
}

#[test]
fn words_are_exactly_those_that_the_settings_know() {
    for row in SETTINGS {
        let Domain::Word(words) = row.domain else { continue };
        let mut tree = json!(Settings::default());
        if row.table == "source" {
            tree["source"] = json!([{ row.name: "no such word" }]);
        } else {
            tree[row.table][row.name] = json!("no such word");
        }
        let error = serde_json::from_value::<Settings>(tree).unwrap_err().to_string();
        let known: Vec<&str> =
            error.split('`').skip(1).step_by(2).filter(|word| *word != "no such word").collect();
        assert_eq!(known, words, "{}", row.path());
    }
}

#[test]
fn set_takes_bare_words_and_refuses_as_the_file_does() {
    let mut program = Program::default();
    for assignment in [
        "costs.fee_bps=10",
        "market.symbols=[\"AAPL\"]",
        "backtest.stops_from=next_bar",
        "split.holdout_from=2011-01-01",
        " split.folds = 7 ",
        "session.deadline='1h30m'",
        "session.stop_file=42",
        "backtest.close_at_end=false",
    ] {
        program.set(assignment).unwrap_or_else(|error| panic!("{error}"));
    }
    assert_eq!(
        Value::from(changed(&program.settings)),
        json!({
            "costs.fee_bps": 10.0, "market.symbols": ["AAPL"], "backtest.stops_from": "next_bar",
            "split.holdout_from": "2011-01-01", "split.folds": 7, "session.deadline": "1h30m",
            "session.stop_file": "42", "backtest.close_at_end": false,
        })
    );
    program.set("market.symbols=IBM, MSFT").unwrap();
    assert_eq!(program.settings.market.symbols, ["IBM", "MSFT"]);
    program.set("market.symbols=").unwrap();
    assert_eq!(program.settings.market.symbols, [""; 0]);
    program.set("split.holdout_from=").unwrap();
    assert_eq!(program.settings.split.holdout_from, "");
}

#[test]
fn set_errors() {
    let mut shown = String::new();
    for assignment in [
        "costs.fee_bsp=10",
        "backtest.fee_bps=10",
        "fee_bps=10",
        "cost.fee_bps=10",
        "costs=10",
        "costs.fee_bps.x=10",
        "costs.fee_bps",
        "costs.fee_bps=",
        "costs.fee_bps=cheap",
        "costs.fee_bps=1\nfolds = 2",
        "split.folds=-1",
        "split.out_of_sample_from=2011-02-30",
        "score.w_profit=0.5",
        "backtest.stops_from=\"next_bar",
        "market.symbols=[AAPL]",
        "market.symbols=AAPL,../x",
        "market.data=/data",
        "market.timezone=Europe/Berln",
        "source.kind=binance",
        "",
    ] {
        let mut program = Program::default();
        let error = program.set(assignment).unwrap_err();
        assert_eq!(program, Program::default(), "a refused --set changes nothing");
        assert!(error.to_string().contains("--> --set:"), "{error}");
        shown.push_str(&format!("--set {assignment:?}\n{error}\n\n"));
    }
    let mut program = Program::default();
    let error = program.set_all(["costs.fee_bps=1", "costs.fee=1", "split.folds=0"]).unwrap_err();
    assert_eq!(program, Program::default(), "all or nothing");
    shown.push_str(&format!("three at once\n{error}\n"));
    expect(&root().join("tests/data/program/set.txt"), &shown, "UPDATE_EXPECT");
}

#[test]
fn settings_that_depend_on_each_other_can_be_set_together() {
    let mut program = Program::default();
    assert!(program.set("score.w_profit=0.5").is_err());
    program.set_all(["score.w_profit=0.5", "score.w_trade=0.5"]).unwrap();
    assert_eq!(changed(&program.settings)["score.w_trade"], 0.5);
    program.set("split.out_of_sample_from=2006-01-01").unwrap();
    assert!(program.set("split.holdout_from=2006-01-01").is_err(), "the spans would be empty");
    program.set("split.holdout_from=2011-01-01").unwrap();
}

#[test]
fn the_evaluation_is_what_decides_a_score_and_nothing_else() {
    let base = Program::default();
    let input = base.evaluation_hash_input();
    let value: Value = serde_json::from_str(&input).unwrap();
    let tables: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(tables, ["backtest", "costs", "market", "score", "split"]);
    assert!(input.starts_with(r#"{"backtest":{"bars_per_year":0.0,"cash":10000.0,"#), "{input}");

    // What comes from where decides nothing: the data themselves do.
    let source = block("[[source]]\nsymbols = [\"A\"]\nkind = \"binance\"");
    assert_eq!(read(&source).unwrap().evaluation_hash_input(), input);
    for row in SETTINGS.iter().filter(|row| row.table != "source") {
        let value = another_value(row);
        if value.is_empty() {
            continue;
        }
        let path = row.path();
        let mut program = base.clone();
        program.set_all(assignments(&path, value).iter().map(String::as_str)).unwrap();
        let decides = tables.iter().any(|table| *table == row.table) && path != "market.data";
        assert_eq!(program.evaluation_hash_input() != input, decides, "{path}");
    }

    let mut forward = base.clone();
    forward.set("market.symbols=A,B").unwrap();
    let mut backward = base;
    backward.set("market.symbols=B,A").unwrap();
    assert_ne!(forward.evaluation_hash_input(), backward.evaluation_hash_input());
}

#[test]
fn prose_does_not_decide_a_score() {
    let one = read(&format!("{}\nOne.\n", block("costs.fee_bps = 1"))).unwrap();
    let two = read(&format!("Two.\n\n{}", block("costs.fee_bps = 1.0"))).unwrap();
    assert_ne!(one.prose, two.prose);
    assert_eq!(one.evaluation_hash_input(), two.evaluation_hash_input());
}

#[test]
fn the_reference_page_is_current() {
    let path = root().join("docs/program.md");
    let page = fs::read_to_string(&path).unwrap();
    let begin = "<!-- reference: begin -->\n";
    let end = "<!-- reference: end -->\n";
    let (before, rest) = page.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    expect(&path, &format!("{before}{begin}\n{}\n{end}{after}", reference()), "UPDATE_DOCS");
}

#[test]
fn the_examples_of_the_reference_page_are_true() {
    let page = fs::read_to_string(root().join("docs/program.md")).unwrap();
    let (_, rest) = page.split_once("````markdown\n").unwrap();
    let (example, _) = rest.split_once("````\n").unwrap();
    let program = read(example).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(changed(&program.settings).len(), 2, "it sets what it shows");

    let wrong = example.replace("fee_bps", "fee_bsp");
    let error = read(&wrong).unwrap_err().to_string();
    assert!(page.contains(&error), "the page shows another error than\n{error}");
}

#[test]
fn the_shipped_program_is_valid_and_says_what_it_should() {
    let text = fs::read_to_string(root().join("program.md")).unwrap();
    let program = read(&text).unwrap_or_else(|error| panic!("{error}"));
    assert!(program.title.is_some());
    for heading in [
        "Goal",
        "Constraints",
        "Market",
        "Split",
        "Costs",
        "Backtest",
        "Score",
        "Gates",
        "Session",
        "Resume",
        "Proposer",
        "Publish",
        "Budget",
    ] {
        assert!(program.prose.contains(&format!("\n## {heading}\n")), "no heading {heading}");
    }
    assert!(!program.prose.contains("```toml"), "settings are not prose");
    let settings = &program.settings;
    assert!(!settings.market.symbols.is_empty() && settings.split.folds == 5);
    assert!(settings.costs.fee_bps > 0.0 && settings.costs.slippage_bps > 0.0);
    assert!(settings.gates.min_trades >= 50 && settings.gates.max_drawdown <= 0.35);
}

/// Text that is often nearly a program.
fn program_like() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "```toml\n",
        "```\n",
        "~~~ toml\n",
        "~~~\n",
        "````\n",
        "- ",
        "> ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "# P\n",
        "[costs]\n",
        "[cost]\n",
        "[[split]]\n",
        "[split.folds]\n",
        "fee_bps",
        "folds",
        "symbols",
        "costs.",
        "w_profit",
        ".",
        " = ",
        "=",
        "5",
        "-1",
        "nan",
        "1e999",
        "0x",
        "\"A\"",
        "\"",
        "'''",
        "\"\"\"",
        "[",
        "]",
        "{",
        "}",
        ",",
        "#",
        "2011-01-01",
        "true",
        "é",
        "\u{feff}",
        "\u{0}",
        "\\",
        "\\u00",
        "<!--",
        "-->",
        "*",
        "`",
        "=\n===\n",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Err(error) = Program::from_bytes(&bytes, "program.md") {
            prop_assert!(!error.problems().is_empty());
            prop_assert!(error.render(true).contains("program.md"));
        }
    }

    #[test]
    fn nearly_programs_never_panic(text in program_like()) {
        match read(&text) {
            Err(error) => {
                let lines = text.matches('\n').count() + 1;
                prop_assert!(error.problems().iter().all(|problem| problem.line <= lines));
                prop_assert!(error.to_string().contains("program.md"));
            }
            Ok(program) => {
                // What was accepted is accepted again, as what it was read to be.
                let mut again = program.clone();
                again.settings = Settings::default();
                let assignments: Vec<String> = changed(&program.settings)
                    .iter()
                    .map(|(path, value)| format!("{path}={value}"))
                    .collect();
                again.set_all(assignments.iter().map(String::as_str)).unwrap();
                prop_assert_eq!(
                    (again.title, again.prose, again.settings),
                    (program.title, program.prose, program.settings)
                );
            }
        }
    }

    #[test]
    fn nearly_blocks_never_panic(text in program_like()) {
        let _ = read(&block(&text)).map_err(|error| error.render(true));
    }

    #[test]
    fn nearly_assignments_never_panic(text in program_like()) {
        let mut program = Program::default();
        if let Err(error) = program.set(&text) {
            prop_assert!(!error.to_string().is_empty());
            prop_assert_eq!(program, Program::default());
        }
    }

    #[test]
    fn numbers_survive_a_set(fee in 0.0..9999.0_f64, folds in 1..=100_usize, trials in any::<u32>()) {
        let mut program = Program::default();
        let assignments =
            [format!("costs.fee_bps={fee}"), format!("split.folds={folds}"), format!("budget.trials={trials}")];
        program.set_all(assignments.iter().map(String::as_str)).unwrap();
        prop_assert_eq!(program.settings.costs.fee_bps.to_bits(), fee.to_bits());
        prop_assert_eq!(program.settings.split.folds, folds);
        prop_assert_eq!(program.settings.budget.trials, u64::from(trials));
    }
}
