//! Small changes to a strategy file that keep everything else as it was: comments, order, spacing.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use thiserror::Error;
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// One change to a strategy file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Edit {
    /// Sets the value at a path such as `params.fast.value` or `long.enter`.
    Set {
        /// The path.
        set: String,
        /// The new value: text, a number, or for a parameter a table of numbers.
        to: Json,
    },
    /// Removes what is at a path: a key, or a whole section such as `short`.
    Remove {
        /// The path.
        remove: String,
    },
}

impl Edit {
    /// An edit that sets `path` to `value`.
    pub fn set(path: impl Into<String>, value: impl Into<Json>) -> Self {
        Self::Set { set: path.into(), to: value.into() }
    }

    /// An edit that removes what is at `path`.
    pub fn remove(path: impl Into<String>) -> Self {
        Self::Remove { remove: path.into() }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { set, to } => write!(f, "set {set} = {to}"),
            Self::Remove { remove } => write!(f, "remove {remove}"),
        }
    }
}

/// Why an edit can't be made.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EditError {
    /// The file is not TOML.
    #[error("the strategy is not valid TOML: {0}")]
    Syntax(String),
    /// The path is not one that a strategy has.
    #[error(
        "`{0}` is not a path of a strategy; expected for example `long.enter`, `params.fast.value` or `risk.stop_loss`"
    )]
    Path(String),
    /// There is nothing to remove.
    #[error("there is nothing at `{0}` to remove")]
    Missing(String),
    /// The value can't stand in a strategy.
    #[error("`{path}` can't be set to {value}; expected text, a number or a table of numbers")]
    Value {
        /// Where it was to go.
        path: String,
        /// What it was.
        value: String,
    },
}

/// Applies edits in order to a strategy file's text.
///
/// # Errors
///
/// The first edit that can't be made; the result is not checked as a strategy.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut document: DocumentMut =
        text.parse().map_err(|e: toml_edit::TomlError| EditError::Syntax(e.message().into()))?;
    for edit in edits {
        match edit {
            Edit::Set { set, to } => set_value(&mut document, set, to)?,
            Edit::Remove { remove } => remove_at(&mut document, remove)?,
        }
    }
    let edited = document.to_string();
    // The blank line below a first key that was removed separates nothing any more.
    let edited = if text.starts_with('\n') { &edited } else { edited.trim_start_matches('\n') };
    // The writer ends all lines alike; a file from a system that ends them otherwise stays so.
    let has_returns = text.contains("\r\n") && !edited.contains('\r');
    Ok(if has_returns { edited.replace('\n', "\r\n") } else { edited.into() })
}

fn segments(path: &str) -> Result<Vec<&str>, EditError> {
    let segments: Vec<&str> = path.split('.').collect();
    let section = matches!(segments[0], "params" | "let" | "long" | "short" | "risk" | "size");
    let fits = match segments.len() {
        1 => section || path == "name",
        2 => section,
        3 => segments[0] == "params",
        _ => false,
    };
    if fits && segments.iter().all(|s| !s.is_empty()) {
        Ok(segments)
    } else {
        Err(EditError::Path(path.into()))
    }
}

fn set_value(document: &mut DocumentMut, path: &str, to: &Json) -> Result<(), EditError> {
    let segments = segments(path)?;
    let value =
        value(to).ok_or_else(|| EditError::Value { path: path.into(), value: to.to_string() })?;
    let (last, parents) = match segments.split_last() {
        Some((_, [])) if path != "name" => return Err(EditError::Path(path.into())),
        Some(split) => split,
        None => return Err(EditError::Path(path.into())),
    };
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for parent in parents {
        let item = table.entry(parent).or_insert_with(|| Item::Table(Table::new()));
        // `fast = 20` becomes a table when its value or a bound is set.
        if let Some(mut value) = item.as_value().filter(|value| !value.is_inline_table()).cloned() {
            // A comment behind the number goes behind the table: within it, it would hide the brace.
            let decor = value.decor().clone();
            value.decor_mut().clear();
            let mut inline = InlineTable::new();
            inline.insert("value", value);
            *inline.decor_mut() = decor;
            *item = Item::Value(Value::InlineTable(inline));
        }
        table = item.as_table_like_mut().ok_or_else(|| EditError::Path(path.into()))?;
    }
    // A number for a parameter that has bounds is its value: the bounds stay.
    let is_flag = value.is_bool();
    if is_flag != matches!(segments[..], ["params", _, "fit"]) {
        return Err(EditError::Value { path: path.into(), value: to.to_string() });
    }
    if let (["params"], Some(parameter)) = (parents, table.get_mut(last))
        && (value.is_integer() || value.is_float())
        && let Some(parameter) = parameter.as_table_like_mut()
    {
        put(parameter, "value", value);
    } else {
        put(table, last, value);
    }
    Ok(())
}

/// Sets a key's value; what stands around an old one, comments among it, stays.
fn put(table: &mut dyn TableLike, key: &str, value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn remove_at(document: &mut DocumentMut, path: &str) -> Result<(), EditError> {
    let segments = segments(path)?;
    let missing = || EditError::Missing(path.into());
    let (last, parents) = segments.split_last().ok_or_else(missing)?;
    let mut item = document.as_item_mut();
    for parent in parents {
        item = item.get_mut(parent).ok_or_else(missing)?;
    }
    let table = item.as_table_like_mut().ok_or_else(missing)?;
    table.remove(last).ok_or_else(missing)?;
    let emptied = table.is_empty();
    if let Some(inline) = item.as_inline_table_mut() {
        // The blank before the brace stood behind the value that is gone.
        inline.fmt();
    }
    // An empty [risk] or [params] would be noise in the next diff.
    if let (true, [section]) = (emptied, parents) {
        document.remove(section);
    }
    Ok(())
}

/// A JSON value as TOML; whole numbers stay whole.
fn value(json: &Json) -> Option<Value> {
    match json {
        Json::String(text) => Some(Value::from(text.as_str())),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Some(Value::from(whole)),
            None => number.as_f64().filter(|x| x.is_finite()).map(Value::from),
        },
        Json::Bool(flag) => Some(Value::from(*flag)),
        Json::Object(map) => {
            let mut table = InlineTable::new();
            // A JSON map is sorted by key; a parameter reads value, min, max, fit.
            let keys = ["value", "min", "max", "fit"];
            let order = |key: &str| keys.iter().position(|known| *known == key);
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| order(key).unwrap_or(usize::MAX));
            for (key, entry) in entries {
                let entry = value(entry).filter(|v| v.is_bool() == (key == "fit"))?;
                if entry.is_str() || entry.is_inline_table() {
                    return None;
                }
                table.insert(key, entry);
            }
            Some(Value::InlineTable(table))
        }
        _ => None,
    }
}
