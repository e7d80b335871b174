//! Every limit stands in the table of docs/limits.md with its value; what is at it is accepted, and what
//! is one beyond it is refused by an error that says so.

use std::collections::BTreeMap;

use sprag::expr::{self, Diagnostic, Graph, Scope, lower, parse};
use sprag::market::{self, read_csv};
use sprag::program::{self, Program};
use sprag::strategy::{self, Compiled, Strategy, compile};

use crate::scan;

type Outcome = Result<(), String>;

/// What happens at a size: at the limit it is accepted, one beyond it isn't.
struct Limit {
    /// Module and name of the constant.
    name: &'static str,
    value: u64,
    run: Box<dyn Fn(usize) -> Outcome>,
}

fn limit(name: &'static str, value: usize, run: impl Fn(usize) -> Outcome + 'static) -> Limit {
    Limit { name, value: value as u64, run: Box::new(run) }
}

fn expression(text: &str) -> Outcome {
    let lowered =
        parse(text).and_then(|expr| lower(&expr, &Scope::default(), &mut Graph::default()));
    lowered.map(|_| ()).map_err(|error| error.to_string())
}

fn compiled(text: &str) -> Result<Compiled, String> {
    let all = |findings: Vec<Diagnostic>| findings.iter().map(ToString::to_string).collect();
    let strategy = Strategy::parse("strategy.toml", text).map_err(all)?;
    compile(&strategy, ("strategy.toml", text)).map_err(all)
}

fn strategy_file(text: &str) -> Outcome {
    compiled(text).map(|_| ())
}

fn program_file(text: &str) -> Outcome {
    Program::parse(text, "program.md").map(|_| ()).map_err(|error| error.to_string())
}

fn data_file(text: &str) -> Outcome {
    let errors = read_csv("F.csv", "F", text.as_bytes()).check.errors;
    let lines: Vec<String> = errors.iter().map(|error| error.message.clone()).collect();
    if lines.is_empty() { Ok(()) } else { Err(lines.join("\n")) }
}

/// An outcome in which only one of the errors counts: at a limit of what is listed, there are others.
fn about(outcome: Outcome, part: &str) -> Outcome {
    outcome.or_else(|text| if text.contains(part) { Err(text) } else { Ok(()) })
}

const RULES: &str = "[long]\nenter = 'close > open'\nexit = 'close < open'\n";

/// Rules with a section of so many lines.
fn section(name: &str, count: usize, line: impl Fn(usize) -> String) -> String {
    let lines: String = (0..count).map(|i| line(i) + "\n").collect();
    format!("{RULES}[{name}]\n{lines}")
}

/// A strategy with exactly so many computations: products by constants of their own, in sums (three
/// each), and functions of the close (one each) for what is left.
fn computing(count: usize) -> String {
    let text = |products: usize, functions: usize| {
        let term = |k: &usize| format!("close*{k}.5");
        let products: Vec<usize> = (0..products).collect();
        let mut text = format!("{RULES}[let]\n");
        for (i, part) in products.chunks(100).enumerate() {
            text += &format!("x{i} = '{}'\n", part.iter().map(term).collect::<Vec<_>>().join("+"));
        }
        for name in ["abs", "sign", "sqrt", "log", "exp"].iter().take(functions) {
            text += &format!("f{name} = '{name}(close)'\n");
        }
        text
    };
    let products = (count - 20) / 3;
    let few = compiled(&text(products, 0)).unwrap().graph.len();
    let more = products + (count - few) / 3;
    let left = count - compiled(&text(more, 0)).map_or(count, |compiled| compiled.graph.len());
    text(more, left)
}

/// A strategy whose windows have exactly so many bars.
fn remembering(bars: usize) -> String {
    let longest = expr::MAX_WINDOW as usize;
    let mut text =
        section("let", bars / longest, |i| format!("x{i} = 'sma(close*{i}.5,{longest})'"));
    if !bars.is_multiple_of(longest) {
        text += &format!("rest = 'sma(close,{})'\n", bars % longest);
    }
    text
}

fn limits() -> Vec<Limit> {
    let mut limits = limits_of_expressions();
    limits.extend(limits_of_strategies());
    limits.extend(limits_of_other_files());
    limits
}

fn limits_of_expressions() -> Vec<Limit> {
    vec![
        limit("expr::MAX_EXPRESSION_BYTES", expr::MAX_EXPRESSION_BYTES, |n| {
            expression(&format!("close{}", " ".repeat(n - 5)))
        }),
        // The innermost value is a level itself.
        limit("expr::MAX_DEPTH", expr::MAX_DEPTH, |n| {
            expression(&format!("{}close{}", "(".repeat(n - 1), ")".repeat(n - 1)))
        }),
        // A sum of k + 1 values has 2 k + 1 parts, and a minus is one more.
        limit("expr::MAX_NODES", expr::MAX_NODES, |n| {
            let minus = if n % 2 == 0 { "-" } else { "" };
            expression(&format!("{minus}close{}", "+1".repeat((n - 1) / 2)))
        }),
        limit("expr::MAX_WINDOW", expr::MAX_WINDOW as usize, |n| {
            let uses = [format!("sma(close, {n})"), format!("close[{n}]")];
            let held = strategy_file(&format!("{RULES}[risk]\nmax_bars = {n}\n"));
            let outcomes = [expression(&uses[0]), expression(&uses[1]), held];
            assert!(outcomes.iter().all(|o| o.is_ok() == outcomes[0].is_ok()), "{outcomes:?}");
            let [first, ..] = outcomes;
            first
        }),
        limit("expr::MAX_TEXT_BYTES", expr::MAX_TEXT_BYTES, |n| {
            expression(&format!("symbol('{}', close)", "n".repeat(n)))
        }),
        limit("expr::MAX_REACHES", expr::MAX_REACHES, |n| {
            strategy_file(&section("let", n, |i| format!("x{i} = \"symbol('S{i}', close)\"")))
        }),
        limit("expr::MAX_NAME_BYTES", expr::MAX_NAME_BYTES, |n| {
            strategy_file(&section("params", 1, |_| format!("{} = 1", "n".repeat(n))))
        }),
    ]
}

fn limits_of_strategies() -> Vec<Limit> {
    vec![
        limit("strategy::MAX_STRATEGY_BYTES", strategy::MAX_STRATEGY_BYTES, |n| {
            strategy_file(&format!("{RULES}#{}", "x".repeat(n - RULES.len() - 1)))
        }),
        limit("strategy::MAX_TITLE_CHARS", strategy::MAX_TITLE_CHARS, |n| {
            strategy_file(&format!("name = '{}'\n{RULES}", "é".repeat(n)))
        }),
        limit("strategy::MAX_PARAMS", strategy::MAX_PARAMS, |n| {
            strategy_file(&section("params", n, |i| format!("p{i} = {i}")))
        }),
        limit("strategy::MAX_LETS", strategy::MAX_LETS, |n| {
            strategy_file(&section("let", n, |i| format!("x{i} = 'close'")))
        }),
        limit("strategy::MAX_POSITIONS", strategy::MAX_POSITIONS as usize, |n| {
            strategy_file(&section("size", 1, |_| format!("max_positions = {n}")))
        }),
        limit("strategy::MAX_COMPUTATIONS", strategy::MAX_COMPUTATIONS, |n| {
            strategy_file(&computing(n))
        }),
        limit("strategy::MAX_REMEMBERED_BARS", strategy::MAX_REMEMBERED_BARS as usize, |n| {
            strategy_file(&remembering(n))
        }),
        limit("strategy::MAX_FINDINGS", strategy::MAX_FINDINGS, |n| {
            about(strategy_file(&section("odd", n - 1, |i| format!("[odd{i}]"))), "more findings")
        }),
    ]
}

fn limits_of_other_files() -> Vec<Limit> {
    let block = |body: &str| format!("```toml\n{body}\n```\n");
    vec![
        limit("program::MAX_PROGRAM_BYTES", program::MAX_PROGRAM_BYTES, |n| {
            program_file(&"x".repeat(n))
        }),
        // A list so deep isn't a list of symbols, whatever its depth.
        limit("program::MAX_TOML_DEPTH", program::MAX_TOML_DEPTH as usize, move |n| {
            let list = format!("[market]\nsymbols = {}{}", "[".repeat(n), "]".repeat(n));
            about(program_file(&block(&list)), "levels are allowed")
        }),
        limit("program::MAX_SHOWN", program::MAX_SHOWN, move |n| {
            let keys: String = (0..n).map(|i| format!("k{i} = 1\n")).collect();
            about(program_file(&block(&format!("[costs]\n{keys}"))), "more problem")
        }),
        limit("market::MAX_COLUMNS", market::MAX_COLUMNS, |n| {
            let (names, fields) = (",x".repeat(n - 5), ",1".repeat(n - 5));
            data_file(&format!("time,open,high,low,close{names}\n2024-01-02,1,1,1,1{fields}\n"))
        }),
        limit("market::MAX_LINE_BYTES", market::MAX_LINE_BYTES, |n| {
            let row = "2024-01-02,1,1,1,1,";
            let note = "x".repeat(n - row.len());
            data_file(&format!("time,open,high,low,close,note\n{row}{note}\n"))
        }),
        limit("market::MAX_ERRORS", market::MAX_ERRORS, |n| {
            about(
                data_file(&format!("time,open,high,low,close\n{}", "a,1,1,1,1\n".repeat(n))),
                "more error",
            )
        }),
        // Four gigabytes are not read to see that they are accepted; that one more byte is refused
        // without being read is seen in `monsters`.
        limit("market::MAX_FILE_BYTES", market::MAX_FILE_BYTES as usize, |n| {
            if n as u64 > market::MAX_FILE_BYTES {
                Err(market::size_message(n as u64))
            } else {
                Ok(())
            }
        }),
    ]
}

/// The table's rows by the constant's name: its value and what the error says.
fn table() -> BTreeMap<String, (u64, String)> {
    let page = std::fs::read_to_string(scan::root().join("docs/limits.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    cells
        .map(|cells| {
            let [name, value, _, said] = cells[..] else { panic!("{cells:?}") };
            let value = value.replace(',', "").parse().unwrap_or_else(|_| panic!("{cells:?}"));
            (name.replace('`', ""), (value, said.trim_matches('`').to_owned()))
        })
        .collect()
}

#[test]
fn at_each_limit_is_accepted_and_one_beyond_it_is_not() {
    let table = table();
    let limits = limits();
    for Limit { name, value, run } in &limits {
        let (written, said) =
            table.get(*name).unwrap_or_else(|| panic!("{name} isn't on the page"));
        assert_eq!(written, value, "{name}");
        assert_eq!(run(*value as usize), Ok(()), "{name}");
        let error = run(*value as usize + 1).expect_err(name);
        let error = error.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(error.contains(said.as_str()), "{name}: no {said:?} in {error}");
        // Where the rest of a list is counted, the list itself shows how long it may be.
        let (number, is_list) = (value.to_string(), said.starts_with("more "));
        assert!(is_list || error.contains(&number), "{name}: {error}");
    }
    assert_eq!(table.len(), limits.len(), "the page has a limit that no test crosses");
}

/// A limit that somebody adds has to be put on the page, and crossed above.
#[test]
fn no_limit_is_left_out() {
    let table = table();
    for file in scan::files(&["src/expr", "src/strategy", "src/program", "src/market"]) {
        let module = scan::module_of(&file.path);
        let module = module.split("::").next().unwrap();
        for rest in file.text.split("\npub const MAX_").skip(1) {
            let name = format!("{module}::MAX_{}", rest.split(':').next().unwrap());
            // How many outputs a function has, the last moment that a time can be, and how many warnings are
            // listed: none of them refuses anything. What Parquet says is held by its own tests.
            let is_none = [
                "expr::MAX_COLUMNS",
                "market::MAX_TIME",
                "market::MAX_LISTED",
                "market::MAX_ROWS",
                "market::MAX_EXPANSION",
            ]
            .contains(&name.as_str());
            assert!(table.contains_key(&name) || is_none, "{name}");
        }
    }
}
