//! `--set KEY=VALUE`: one assignment from the command line as a statement of TOML.

use super::blocks::Map;
use super::domain::Domain;
use super::error::Problem;
use super::table;
use super::toml::{self, Kind, Part, Statement, Value};

/// Reads an assignment that starts at byte `start` of the text which errors quote.
///
/// The value is TOML. So that a shell needs no quotes within quotes, the value of a setting that
/// holds text may be bare, and that of a list may be bare words with commas.
pub(super) fn read(assignment: &str, start: usize) -> Result<Statement, Problem> {
    let Some((key, value)) = assignment.split_once('=') else {
        return Err(Problem::new("--set needs KEY=VALUE", start..start + assignment.len())
            .label("there is no `=`")
            .help("for example --set costs.fee_bps=10"));
    };
    let path = parts(key, start);
    let value_start = start + key.len() + 1 + (value.len() - value.trim_start().len());
    let value = value.trim();
    let domain = match path.as_slice() {
        [table, name] => table::find(&table.name, &name.name).map(|row| &row.domain),
        _ => None,
    };
    let kind = match domain {
        Some(domain) if domain.is_text() && !is_quoted(value) => Some(Kind::Text(value.into())),
        Some(Domain::Symbols) if !is_quoted(value) && !value.starts_with('[') => {
            Some(words(value, value_start))
        }
        _ => None,
    };
    let value = match kind {
        Some(kind) => Value { kind, span: value_start..value_start + value.len() },
        None => parsed(value, value_start)?,
    };
    Ok(Statement { path, header_parts: 0, header: None, value })
}

fn parts(key: &str, start: usize) -> Vec<Part> {
    let mut at = start;
    key.split('.')
        .map(|name| {
            let from = at + (name.len() - name.trim_start().len());
            at += name.len() + 1;
            let name = name.trim();
            Part { name: name.into(), span: from..from + name.len() }
        })
        .collect()
}

fn is_quoted(value: &str) -> bool {
    value.starts_with(['"', '\''])
}

fn words(value: &str, start: usize) -> Kind {
    if value.is_empty() {
        return Kind::List(Vec::new());
    }
    let mut at = start;
    let items = value.split(',').map(|word| {
        let from = at + (word.len() - word.trim_start().len());
        at += word.len() + 1;
        let word = word.trim();
        Value { kind: Kind::Text(word.into()), span: from..from + word.len() }
    });
    Kind::List(items.collect())
}

/// A value in TOML; a bare word is text. Only what begins like TOML is held to its syntax.
fn parsed(value: &str, start: usize) -> Result<Value, Problem> {
    const PREFIX: &str = "value = ";
    let span = start..start + value.len();
    let mut map = Map::default();
    map.push(0, start..start);
    map.push(PREFIX.len(), span.clone());
    let mut fragment = toml::read(&format!("{PREFIX}{value}"), &map);
    let is_one = fragment.headers.is_empty() && fragment.statements.len() == 1;
    match (fragment.errors.first(), fragment.statements.pop()) {
        (None, Some(statement)) if is_one => Ok(statement.value),
        (error, _) if is_quoted(value) || value.starts_with(['[', '{']) => {
            let problem = match error {
                Some(error) => error.problem(),
                None => Problem::new("this is more than one value", span).label("expected one"),
            };
            Err(problem.help("a list on the command line: --set 'market.symbols=[\"A\", \"B\"]'"))
        }
        _ => Ok(Value { kind: Kind::Text(value.into()), span }),
    }
}
