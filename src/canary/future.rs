//! No strategy that reads a later bar can be written: each spelling of one is refused, and would be
//! accepted if it read an earlier bar.

use super::engine::Engine;
use crate::expr::functions::{Function, Kind, REACH, Reach, TABLE};

/// Where a look back may stand, as `?`.
const PLACES: [&str; 9] = [
    "close[?]",
    "close[?][2]",
    "close[2][?]",
    "(close - open)[?]",
    "sma(close, 5)[?]",
    "sma(close[?], 5)",
    "macd(close)[?]",
    "macd(close).signal[?]",
    "if((close > open)[?], 1, 0)",
];

/// What is no look back: not constant, not whole, not a number, or before 0.
const AHEAD: [&str; 18] = [
    "-1",
    "0 - 1",
    "1 - 2",
    "-(1)",
    "2 * -3",
    "1 / -1",
    "-0.5",
    "0.5",
    "-1e-300",
    "1e999",
    "0 / 0",
    "1 / 0",
    "true",
    "close - close - 1",
    "ahead",
    "-back",
    "back - 2",
    "let_ahead",
];

/// A look at the future, and the same at the past.
struct Pair {
    ahead: String,
    back: String,
}

/// The looks that are accepted, though none should be; how many there are of them all.
pub(super) fn look(engine: &Engine<'_>) -> (Vec<String>, usize) {
    let pairs = pairs();
    let compiles = |look: &str| (engine.compile)(&strategy(look)).is_some();
    let mut findings = Vec::new();
    for Pair { ahead, back } in &pairs {
        if compiles(ahead) {
            findings.push(format!("`{ahead}` was accepted"));
        }
        if !compiles(back) {
            findings.push(format!("`{back}` was refused, so that refusing `{ahead}` says nothing"));
        }
    }
    (findings, pairs.len())
}

fn pairs() -> Vec<Pair> {
    let at = |place: &str, back: &str| place.replace('?', back);
    let mut pairs: Vec<Pair> = Vec::new();
    for place in PLACES {
        pairs.push(Pair { ahead: at(place, "-1"), back: at(place, "1") });
    }
    for ahead in AHEAD {
        pairs.push(Pair { ahead: at(PLACES[0], ahead), back: at(PLACES[0], "back + 1") });
    }
    for function in TABLE {
        for (i, parameter) in function.parameters.iter().enumerate() {
            if let Kind::Window { least } = parameter.kind {
                let back = least.max(2).to_string();
                pairs.push(Pair { ahead: call(function, i, "-1"), back: call(function, i, &back) });
            }
        }
    }
    for reach in REACH {
        // `f(` stands for the call up to its last argument.
        for place in ["f(close[?])", "f(close)[?]", "f(close[2])[?]"] {
            let look = |back| at(&place.replace("f(", &opened(reach)), back);
            pairs.push(Pair { ahead: look("-1"), back: look("1") });
        }
        let frame = |name: &str| format!("timeframe('{name}', {}close))", opened(reach));
        pairs.push(Pair { ahead: frame("-1d"), back: frame("1d") });
    }
    pairs
}

/// A call that reaches to other bars, up to its last argument.
fn opened(reach: &Reach) -> String {
    let names = reach.parameters.iter().map(|parameter| match parameter.kind {
        Kind::Symbol => "'SPX', ",
        Kind::Timeframe => "'1w', ",
        _ => "",
    });
    format!("{}({}", reach.name, names.collect::<String>())
}

/// A call with `window` as its `at`-th argument, as a number.
fn call(function: &Function, at: usize, window: &str) -> String {
    let arguments =
        function.parameters.iter().enumerate().map(|(i, parameter)| match parameter.kind {
            Kind::Window { .. } if i == at => window.to_owned(),
            Kind::Window { least } => least.max(2).to_string(),
            Kind::Count { least, .. } => least.to_string(),
            Kind::Constant { least, .. } => least.to_string(),
            Kind::Number | Kind::Any => "close".into(),
            Kind::Condition => "close > open".into(),
            Kind::Symbol => "'SPX'".into(),
            Kind::Timeframe => "'1w'".into(),
        });
    let arguments: Vec<String> = arguments.collect();
    let call = format!("{}({})", function.name, arguments.join(", "));
    if function.condition { format!("if({call}, 1, 0)") } else { call }
}

/// A strategy in which nothing can be wrong but the look.
fn strategy(look: &str) -> String {
    format!(
        "[params]\nahead = -1\nback = 1\n[let]\nlet_ahead = 'back - 2'\nseen = \"{look}\"\n\
         [long]\nenter = 'close > seen'\nexit = 'close < seen'\n"
    )
}
