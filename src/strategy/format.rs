//! The canonical form of a strategy file: sections and keys in one order, expressions in one
//! spelling, comments kept.

use toml_edit::{Decor, DocumentMut, Item, Table, TableLike, Value};

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
    // One kind of line end, so that blank lines look alike.
    let text = &text.replace("\r\n", "\n");
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        vec![Diagnostic::new("this is not valid TOML", 0..0, error.message()).within(name, text, 0)]
    })?;
    let root = document.as_table_mut();
    for (key, item) in root.iter_mut() {
        if let Some(table) = item.as_table_like_mut() {
            section(key.get(), table);
        }
    }
    let header = take_header(root);
    order_sections(root);
    if let Some((_, Item::Table(first))) = root.iter_mut().next() {
        let prefix = first.decor().prefix().and_then(|raw| raw.as_str()).unwrap_or_default();
        let prefix = header + prefix;
        first.decor_mut().set_prefix(prefix);
    }
    let mut out = document.to_string();
    out.truncate(out.trim_end().len());
    out.push('\n');
    Ok(out.trim_start_matches('\n').into())
}

fn section(name: &str, table: &mut dyn TableLike) {
    for (mut key, item) in table.iter_mut() {
        // `[params.fast]`, or `fast.value = …`: what has blanks around it is its keys.
        if let Some(inner) = item.as_table_mut() {
            section(name, inner);
            continue;
        }
        tidy_key(key.leaf_decor_mut());
        if let Some(value) = item.as_value_mut() {
            let suffix = value.decor().suffix().cloned();
            match (name, &mut *value) {
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

/// A key starts its line, with the comments above it, and has one blank behind it.
fn tidy_key(decor: &mut Decor) {
    let prefix = decor.prefix().and_then(|raw| raw.as_str()).unwrap_or_default();
    let ends_line = prefix.trim_end_matches([' ', '\t']).len();
    let lines: Vec<&str> = prefix[..ends_line].split('\n').map(|line| line.trim_start()).collect();
    decor.set_prefix(lines.join("\n"));
    decor.set_suffix(" ");
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

/// Takes what the file says about itself, at its top and before a blank line, from the section that it
/// happens to stand above.
fn take_header(root: &mut Table) -> String {
    let has_header = |item: &Item| {
        item.as_table().is_some_and(|table| !table.is_dotted() && !table.is_implicit())
    };
    // Where a key stands above all sections, the file's top is that key's.
    if !root.iter().all(|(_, item)| has_header(item)) {
        return String::new();
    }
    let tables = root.iter_mut().filter_map(|(_, item)| item.as_table_mut());
    let Some(first) = tables.min_by_key(|table| table.position()) else { return String::new() };
    let prefix = first.decor().prefix().and_then(|raw| raw.as_str()).unwrap_or_default();
    let Some((header, rest)) =
        prefix.rsplit_once("\n\n").filter(|(header, _)| header.contains('#'))
    else {
        return String::new();
    };
    let (header, rest) = (format!("{}\n", header.trim()), rest.to_owned());
    first.decor_mut().set_prefix(rest);
    header
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
