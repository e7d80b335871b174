//! A list of figures, as a table for people and as one JSON object.

use std::fmt::Write;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

use crate::commands::{Failure, Output};
use crate::stats::luck::Luck;
use crate::stats::{Figure, Value, finite};

/// Figures in the order in which they are reported.
#[derive(Default)]
pub(super) struct Sheet {
    rows: Vec<Row>,
    notes: Vec<String>,
}

struct Row {
    key: String,
    cell: Cell,
    meaning: &'static str,
    shown: Shown,
}

/// Where a row is to be seen: what reads well is not always what a script needs.
#[derive(PartialEq)]
enum Shown {
    Everywhere,
    InText,
    InJson,
}

enum Cell {
    Figure(Value),
    Count(u64),
    Other(Json),
}

impl Sheet {
    /// A number, or why there is none.
    pub(super) fn figure(&mut self, key: impl Into<String>, value: Value, meaning: &'static str) {
        self.row(key.into(), Cell::Figure(value.and_then(finite)), meaning, Shown::Everywhere);
    }

    /// A whole number.
    pub(super) fn count(&mut self, key: &str, value: u64, meaning: &'static str) {
        self.row(key.into(), Cell::Count(value), meaning, Shown::Everywhere);
    }

    /// A name or a list.
    pub(super) fn other(&mut self, key: &str, value: impl Into<Json>, meaning: &'static str) {
        self.row(key.into(), Cell::Other(value.into()), meaning, Shown::Everywhere);
    }

    /// What only scripts want to see.
    pub(super) fn json_only(&mut self, key: &str, value: impl Into<Json>) {
        self.row(key.into(), Cell::Other(value.into()), "", Shown::InJson);
    }

    /// A number that only scripts want to see.
    pub(super) fn figure_in_json(&mut self, key: impl Into<String>, value: Value) {
        self.row(key.into(), Cell::Figure(value.and_then(finite)), "", Shown::InJson);
    }

    /// What scripts see in another form.
    pub(super) fn text_only(&mut self, key: &str, value: impl Into<Json>, meaning: &'static str) {
        self.row(key.into(), Cell::Other(value.into()), meaning, Shown::InText);
    }

    fn row(&mut self, key: String, cell: Cell, meaning: &'static str, shown: Shown) {
        self.rows.push(Row { key, cell, meaning, shown });
    }

    /// All figures of a table.
    pub(super) fn table<S>(&mut self, table: &[Figure<S>], sample: &S) {
        for figure in table {
            match figure.of(sample) {
                Ok(value) if figure.is_count => {
                    self.count(figure.name, value as u64, figure.summary);
                }
                value => self.figure(figure.name, value, figure.summary),
            }
        }
    }

    /// A sentence below the table.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// What luck alone would show: a sentence below the table, and `luck` in JSON.
    pub(super) fn luck(&mut self, luck: &Luck) {
        self.json_only("luck", luck.sentence());
        self.note(luck.sentence());
    }

    /// As the command's result.
    pub(super) fn output(&self, json: bool) -> Result<Output, Failure> {
        if json { Output::json(self) } else { Ok(self.text().into()) }
    }

    fn text(&self) -> String {
        let width = self.rows.iter().map(|row| row.key.len()).max().unwrap_or(0);
        let mut text = String::new();
        let shown = self.rows.iter().filter(|row| row.shown != Shown::InJson);
        for Row { key, cell, meaning, .. } in shown {
            let _ = match cell {
                Cell::Figure(Ok(value)) => {
                    writeln!(text, "{key:<width$}  {:>12}  {meaning}", short(*value))
                }
                Cell::Count(value) => writeln!(text, "{key:<width$}  {value:>12}  {meaning}"),
                Cell::Figure(Err(reason)) => {
                    writeln!(text, "{key:<width$}  {:>12}  {meaning} ({reason})", "undefined")
                }
                Cell::Other(value) => {
                    let value = plain(value);
                    writeln!(text, "{key:<width$}  {value:>12}  {meaning}")
                }
            };
        }
        for note in &self.notes {
            let _ = writeln!(text, "\n{note}");
        }
        text
    }
}

/// Six digits, more of them behind the point the smaller the number.
fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 1e7 || (size < 1e-4 && size > 0.0) {
        return format!("{value:.4e}");
    }
    let whole_digits = if size < 1.0 { 0 } else { size.log10() as usize };
    format!("{value:.*}", 6_usize.saturating_sub(whole_digits))
}

/// Lists without brackets and quotes.
fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.as_f64().map_or_else(|| number.to_string(), short),
        Json::Array(items) if items.is_empty() => "none".into(),
        Json::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

impl Serialize for Sheet {
    /// `{ "sr": 0.1, "min_trl": null, …, "undefined": { "min_trl": "not above the benchmark …" } }`
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut undefined = Map::new();
        let shown = self.rows.iter().filter(|row| row.shown != Shown::InText);
        for Row { key, cell, .. } in shown {
            match cell {
                Cell::Figure(Ok(value)) => map.serialize_entry(key, value)?,
                Cell::Figure(Err(reason)) => {
                    map.serialize_entry(key, &None::<f64>)?;
                    undefined.insert(key.clone(), reason.0.into());
                }
                Cell::Count(value) => map.serialize_entry(key, value)?,
                Cell::Other(value) => map.serialize_entry(key, value)?,
            }
        }
        if !undefined.is_empty() {
            map.serialize_entry("undefined", &undefined)?;
        }
        map.end()
    }
}
