//! The canonical form of a strategy file: sections and keys in one order, expressions in one
//! spelling, comments kept.

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::Strategy;
use crate::expr::{self, Diagnostic};

const ORDER: [&str; 7] = ["name", "params", "let", "long", "short", "risk", "size"];

/// Rewrites a strategy file in canonical form. Formatting the result again changes nothing, and the
/// strategy's hash stays the same.
///
/// # Errors
///
/// As [`Strategy::parse`]: a file that isn't a strategy has no canonical form.
pub fn format(name: &str, text: &str) -> Result<String, Vec<Diagnostic>> {
    Strategy::parse(name, text)?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        vec![Diagnostic::new("this is not valid TOML", 0..0, error.message()).within(name, text, 0)]
    })?;
    let root = document.as_table_mut();
    for (key, item) in root.iter_mut() {
        if let Some(table) = item.as_table_like_mut() {
            section(key.get(), table);
        }
    }
    order_sections(root);
    let mut out = document.to_string();
    out.truncate(out.trim_end().len());
    out.push('\n');
    Ok(out.trim_start_matches('\n').into())
}

fn section(section: &str, table: &mut dyn TableLike) {
    for (mut key, item) in table.iter_mut() {
        key.leaf_decor_mut().set_suffix(" ");
        if let Some(value) = item.as_value_mut() {
            let suffix = value.decor().suffix().cloned();
            match (section, &mut *value) {
                ("params", Value::InlineTable(inline)) => inline.fmt(),
                (_, Value::String(text)) => {
                    if let Some(canonical) = canonical(text.value()) {
                        *value = Value::from(canonical);
                    }
                }
                _ => {}
            }
            value.decor_mut().set_prefix(" ");
            if let Some(suffix) = suffix {
                value.decor_mut().set_suffix(suffix);
            }
        }
    }
}

/// An expression, or a percentage, in its one spelling.
fn canonical(text: &str) -> Option<String> {
    match text.trim_end().strip_suffix('%') {
        Some(inner) => expr::parse(inner).ok().map(|expr| {
            let expr = expr.to_string();
            if expr.contains(' ') { format!("({expr})%") } else { format!("{expr}%") }
        }),
        None => expr::parse(text).ok().map(|expr| expr.to_string()),
    }
}

/// Puts `[params]` before `[let]` before `[long]` and so on, each after a blank line.
fn order_sections(root: &mut Table) {
    let rank = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    root.sort_values_by(|a, _, b, _| rank(a.get()).cmp(&rank(b.get())));
    for (key, item) in root.iter_mut() {
        let Item::Table(table) = item else { continue };
        let position = isize::try_from(rank(key.get())).unwrap_or(isize::MAX);
        table.set_position(Some(position * 1_000));
        let mut inner = position * 1_000;
        for (_, item) in table.iter_mut() {
            if let Item::Table(table) = item {
                inner += 1;
                table.set_position(Some(inner));
            }
        }
        let prefix = table.decor().prefix().and_then(|raw| raw.as_str()).unwrap_or_default();
        let comments = prefix.trim_matches(['\n', '\r', ' ']);
        let prefix = if comments.is_empty() { "\n".into() } else { format!("\n{comments}\n") };
        table.decor_mut().set_prefix(prefix);
    }
}
