//! The reference page of the functions, made from the table. Nothing here computes a value.

use std::fmt::Write as _;

use super::{Function, Group, Kind, Parameter, Row, rows};
use crate::expr::MAX_WINDOW;
use crate::market::TIMEFRAMES;

const HEAD: &str = "\
# Functions

<!-- Made from the table of functions; `UPDATE_DOCS=1 cargo test --test it functions::docs` rewrites it. -->

How expressions are written is in [language.md](language.md). Here, bars are counted from 0, `x[n]` is
x n bars ago, and *undefined* is what has no value: a window that is not full yet, a division by zero.
A windowed function is undefined while any value of its window is; a recursive one (`ema`, `rma`,
`rsi`, `atr`, …) is undefined at an undefined bar and goes on from where it was. Where TA-Lib has the
function, values and first bar are TA-Lib's, except that `roc`, `rocp`, `natr`, `ppo`, `trix` and `correl`
are undefined, not 0, where they would divide by zero, that `beta` takes values and not prices, and that
`argmax` and `argmin` count back from the current bar.
";

/// The whole page as Markdown, by group.
pub fn reference() -> String {
    let mut page = String::from(HEAD);
    let mut group: Option<Group> = None;
    for row in rows() {
        if group != Some(row.group()) {
            group = Some(row.group());
            // Writing to a string can't fail.
            let _ = write!(page, "\n## {}\n", row.group().title());
        }
        let _ = write!(page, "\n### `{}`\n\n{}", row.signature(), entry(row));
    }
    page
}

/// What the page says about one function, below its heading.
pub fn entry(row: Row) -> String {
    let mut text = format!("{}\n\n", row.summary());
    for parameter in row.parameters() {
        let _ = writeln!(text, "- `{}`: {}", parameter.name, describe(parameter));
    }
    match row {
        Row::Operator(function) => text += &values(function),
        Row::Reach(reach) => {
            let _ = writeln!(text, "- {}", reach.defined);
        }
    }
    let _ = writeln!(text, "- example: `{}`", row.example());
    text
}

/// What an operator reads besides its arguments, its outputs, and where they begin.
fn values(function: &Function) -> String {
    let mut text = String::new();
    if !function.implicit.is_empty() {
        let names: Vec<&str> = function.implicit.iter().map(|series| series.name()).collect();
        let _ = writeln!(text, "- reads {}", names.join(", "));
    }
    if let [first, others @ ..] = function.outputs {
        let others: Vec<String> = others.iter().map(|name| format!("`.{name}`")).collect();
        let _ = writeln!(
            text,
            "- outputs `.{first}` (meant where none is named) and {}",
            others.join(", ")
        );
    }
    let _ = writeln!(text, "- {}", first_bar(function));
    text
}

fn describe(parameter: &Parameter) -> String {
    match parameter.kind {
        Kind::Number => "a number".into(),
        Kind::Condition => "a condition".into(),
        Kind::Any => "a number or a condition".into(),
        Kind::Symbol => "a symbol's name in quotes".into(),
        Kind::Timeframe => format!("a timeframe in quotes: {}", TIMEFRAMES.join(", ")),
        Kind::Window { least } => {
            format!("a constant whole number of bars, {least} to {MAX_WINDOW}")
        }
        Kind::Count { least, most } => format!("a constant whole number, {least} to {most}"),
        Kind::Constant { least, most } => format!("a constant, {least} to {most}"),
    }
}

/// First bar for the defaults, or for the windows that people use most.
fn first_bar(function: &Function) -> String {
    let (mut names, mut constants) = (Vec::new(), Vec::new());
    for parameter in function.parameters {
        let usual = match (parameter.default, parameter.kind) {
            (Some(default), _) => default,
            (None, Kind::Window { least }) => f64::from(least.max(14)),
            (None, Kind::Count { least, .. }) => f64::from(least),
            (None, Kind::Constant { least, .. }) => least,
            (None, _) => continue,
        };
        if matches!(parameter.kind, Kind::Window { .. }) {
            names.push(format!("{} = {usual}", parameter.name));
        }
        constants.push(usual);
    }
    let what = if function.condition { "a condition, true from bar" } else { "defined from bar" };
    let bar = (function.first)(&constants);
    let limit = if function.condition { " at the earliest" } else { "" };
    let with = if names.is_empty() { String::new() } else { format!(" with {}", names.join(", ")) };
    format!("{what} {bar}{limit}{with}")
}
