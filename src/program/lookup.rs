//! From a key to its setting, or to the setting that was probably meant.
//!
//! Looks at names only; values are `interpret.rs`'s business.

use std::ops::Range;

use super::error::Problem;
use super::quote::{clipped, quoted};
use super::table::{self, SETTINGS, Setting, TABLES};
use super::toml::{Header, Kind, Part, Statement};
use crate::nearest::nearest;

/// What a statement's path leads to.
pub(super) enum Target {
    Setting(&'static Setting),
    Problem(Problem),
    /// Already reported, as a part of something larger.
    Reported,
}

/// What is wrong with a `[table]` line, whose first part is `first` and whose place is `span`.
pub(super) fn header_problem(
    header: &Header,
    first: &Part,
    span: &Range<usize>,
) -> Option<Problem> {
    let name = &*first.name;
    if !table::has_table(name) {
        return Some(unknown_table(first));
    }
    if let Some(second) = header.path.get(1) {
        let message = match table::find(name, &second.name) {
            Some(row) => format!("`{}` is a setting, not a table", row.path()),
            None => format!("[{name}] has no tables inside"),
        };
        let help = format!("write `[{name}]` and, below it, `key = value`");
        return Some(Problem::new(message, span.clone()).help(help));
    }
    match (header.is_array, table::is_list(name)) {
        (true, false) => Some(
            Problem::new(format!("[{name}] is one table, not a list of tables"), span.clone())
                .help(format!("write `[{name}]` with single brackets")),
        ),
        (false, true) => Some(one_of_several(name, span.clone())),
        _ => None,
    }
}

/// What is wrong with setting a key of a table that may be there several times, outside of any of them.
pub(super) fn one_of_several(name: &str, span: Range<usize>) -> Problem {
    Problem::new(format!("`{name}` may be there several times"), span)
        .label("which one is meant?")
        .help(format!("write `[[{name}]]` in program.md and, below it, `key = value`"))
}

fn unknown_table(part: &Part) -> Problem {
    let problem =
        Problem::new(format!("there is no table {}", quoted(&part.name)), part.span.clone());
    let names = TABLES.iter().map(|table| table.name);
    match nearest(&part.name, names.clone()) {
        Some(name) => problem.label(format!("did you mean `{name}`?")),
        None => problem
            .label("unknown table")
            .help(format!("the tables are {}", names.collect::<Vec<_>>().join(", "))),
    }
}

/// What a statement sets, or what is wrong with its key.
pub(super) fn lookup(statement: &Statement) -> Target {
    let path = statement.path.as_slice();
    let is_table = matches!(statement.value.kind, Kind::Table);
    match path {
        [] => Target::Reported,
        // A `[table]` line with more parts than one was reported as a whole.
        _ if statement.header_parts > 1 => Target::Reported,
        // `costs = { fee_bps = 2 }` is TOML for a table; what it holds comes as statements.
        [only] if is_table && table::has_table(&only.name) => Target::Reported,
        [only] => Target::Problem(root_key(only, is_table)),
        [table, key] => {
            if let Some(row) = table::find(&table.name, &key.name) {
                return Target::Setting(row);
            }
            two_part_key(table, key, statement.header_parts > 0)
        }
        [table, key, .., last] => match table::find(&table.name, &key.name) {
            Some(row) => {
                let message = format!("`{}` must be {}", row.path(), row.domain.expected());
                let span = key.span.start.min(last.span.start)..last.span.end;
                Target::Problem(Problem::new(message, span).label("found a table"))
            }
            None => two_part_key(table, key, statement.header_parts > 0),
        },
    }
}

/// A key outside of any table.
fn root_key(key: &Part, is_table: bool) -> Problem {
    let name = &*key.name;
    if table::is_list(name) {
        return one_of_several(name, key.span.clone());
    }
    if table::has_table(name) {
        let problem = Problem::new(format!("`{name}` is a table, not a setting"), key.span.clone());
        return match SETTINGS.iter().find(|row| row.table == name) {
            Some(row) => problem.help(format!("set what is in it, such as `{}`", row.path())),
            None => problem,
        };
    }
    if is_table {
        return unknown_table(key);
    }
    match belongs_under(name) {
        Some(places) => {
            let table = SETTINGS.iter().find(|row| row.name == name).map_or("", |row| row.table);
            let help = match table::is_list(table) {
                true => format!("write `[[{table}]]` on a line above it"),
                false => format!("write `{table}.{name}`, or `[{table}]` on a line above it"),
            };
            Problem::new(format!("`{name}` belongs under {places}"), key.span.clone())
                .label("this is under no table")
                .help(help)
        }
        None => {
            let problem =
                Problem::new(format!("there is no setting {}", quoted(name)), key.span.clone());
            match nearest(name, SETTINGS.iter().map(|row| row.name)) {
                Some(near) => {
                    let places = belongs_under(near).unwrap_or_default();
                    problem.label(format!("did you mean `{near}` under {places}?"))
                }
                None => problem
                    .label("unknown, and under no table")
                    .help("every setting is in a table, such as `[costs]`"),
            }
        }
    }
}

/// An unknown key in a table, known or not.
fn two_part_key(table: &Part, key: &Part, under_header: bool) -> Target {
    let name = &*key.name;
    let known_table = table::has_table(&table.name);
    // A misspelled table was reported at its header; its keys are held against the one it meant.
    let meant = if known_table {
        Some(&*table.name)
    } else {
        nearest(&table.name, TABLES.iter().map(|table| table.name))
    };
    if !known_table && !under_header {
        return Target::Problem(unknown_table(table));
    }
    if !known_table && meant.is_some_and(|meant| table::find(meant, name).is_some()) {
        return Target::Reported;
    }
    if let Some(places) = belongs_under(name) {
        return Target::Problem(
            Problem::new(format!("{} belongs under {places}", quoted(name)), key.span.clone())
                .label(format!("not a setting of [{}]", clipped(&table.name))),
        );
    }
    match meant {
        Some(meant) => Target::Problem(unknown_key(meant, key)),
        None => Target::Reported,
    }
}

/// A key that no table has.
fn unknown_key(table: &str, key: &Part) -> Problem {
    let name = &*key.name;
    let siblings = || SETTINGS.iter().filter(|row| row.table == table).map(|row| row.name);
    let problem =
        Problem::new(format!("[{table}] has no setting {}", quoted(name)), key.span.clone());
    if let Some(near) = nearest(name, siblings()) {
        return problem.label(format!("did you mean `{near}`?"));
    }
    let siblings = siblings().collect::<Vec<_>>().join(", ");
    let problem = problem.help(format!("the settings of [{table}] are {siblings}"));
    match nearest(name, SETTINGS.iter().map(|row| row.name)) {
        Some(near) => {
            let places = belongs_under(near).unwrap_or_default();
            problem.label(format!("did you mean `{near}` under {places}?"))
        }
        None => problem.label("unknown setting"),
    }
}

/// The tables that have a setting of this name, as `[a]` or `[a] or [b]`.
fn belongs_under(name: &str) -> Option<String> {
    let tables: Vec<String> = SETTINGS
        .iter()
        .filter(|row| row.name == name)
        .map(|row| match table::is_list(row.table) {
            true => format!("[[{}]]", row.table),
            false => format!("[{}]", row.table),
        })
        .collect();
    (!tables.is_empty()).then(|| tables.join(" or "))
}
