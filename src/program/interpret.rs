//! Statements into settings: is the key known, set once, in its table, and its value in range?
//!
//! Collects problems and never stops at one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value as Json;

use super::Settings;
use super::error::{Lines, Problem};
use super::lookup::{Target, header_problem, lookup, one_of_several};
use super::rules::{RULES, source_flaw};
use super::table::{self, TABLES};
use super::toml::{Fragment, Header, Statement};

/// Where settings are set, by `table.key`.
pub(super) type Spans = BTreeMap<String, Range<usize>>;

/// Where a value goes: a table, which one of several if there may be several, and a key.
type Slot = (&'static str, Option<usize>, &'static str);

/// What has been read so far.
#[derive(Default)]
pub(super) struct Interpreter {
    problems: Vec<Problem>,
    /// Accepted values by their slot.
    values: BTreeMap<Slot, Json>,
    /// How many there are of each table that may be there several times.
    elements: BTreeMap<&'static str, usize>,
    /// Where each known setting was set first, by `table.key`, accepted or not.
    places: Spans,
    /// Settings whose value was refused, by `table.key`.
    refused: BTreeSet<String>,
    /// Whether something was meant to be a setting and couldn't be read as one.
    incomplete: bool,
}

impl Interpreter {
    /// Reports something that may have been meant as a setting.
    pub(super) fn report_unread(&mut self, problem: Problem) {
        self.incomplete = true;
        self.report(problem);
    }

    fn report(&mut self, problem: Problem) {
        // An unknown table with an inline table behind it is met once for each key in there.
        if self.problems.last() != Some(&problem) {
            self.problems.push(problem);
        }
    }

    /// Takes in one fragment of the file that has these lines.
    pub(super) fn fragment(&mut self, fragment: &Fragment, lines: &Lines) {
        let mut broken_lines = BTreeSet::new();
        for error in &fragment.errors {
            // One slip often breaks the grammar in several ways: the first says most.
            if broken_lines.insert(lines.at(error.span.start)) {
                self.report_unread(error.problem());
            }
        }
        let mut opened: BTreeMap<String, Range<usize>> = BTreeMap::new();
        let elements: Vec<Option<usize>> = fragment
            .headers
            .iter()
            .map(|header| self.header(header, &mut opened, lines, &broken_lines))
            .collect();
        for statement in &fragment.statements {
            let own_lines = lines.at(statement.path.last().map_or(0, |part| part.span.start))
                ..=lines.at(statement.value.span.end);
            if broken_lines.range(own_lines).next().is_none() {
                let element = statement.header.and_then(|header| elements.get(header));
                self.statement(statement, element.copied().flatten(), lines);
            }
        }
    }

    /// The settings, on top of `base`, and where each of them is set; or all problems.
    pub(super) fn finish(mut self, base: &Settings) -> Result<(Settings, Spans), Vec<Problem>> {
        match overlay(base, &self.values, &self.elements) {
            Ok(settings) => {
                self.check_rules(&settings);
                self.check_sources(&settings);
                if self.problems.is_empty() {
                    Ok((settings, self.places))
                } else {
                    Err(self.problems)
                }
            }
            Err(error) => {
                let message = format!("these settings can't be stored: {error}");
                self.problems.push(Problem::about_file(message).help("please report this"));
                Err(self.problems)
            }
        }
    }

    fn check_rules(&mut self, settings: &Settings) {
        // Half of what a rule is about may be on the line that wasn't understood.
        if self.incomplete {
            return;
        }
        for rule in RULES {
            let refused = rule.keys.iter().any(|key| self.refused.contains(*key));
            if refused || (rule.holds)(settings) {
                continue;
            }
            let mut places = rule.keys.iter().filter_map(|key| self.places.get(*key));
            let problem = match (places.next_back(), places.next()) {
                (Some(last), Some(first)) => {
                    Problem::new(rule.expected, last.clone()).related(first.clone(), "and this")
                }
                (Some(only), None) => Problem::new(rule.expected, only.clone()),
                (None, _) => Problem::about_file(rule.expected),
            };
            self.problems.push(problem.label("these don't go together").help(rule.help));
        }
    }

    /// Checks each `[[source]]` by itself.
    fn check_sources(&mut self, settings: &Settings) {
        if self.incomplete {
            return;
        }
        for (number, source) in settings.source.iter().enumerate() {
            let place = element_path("source", number);
            let refused = self.refused.iter().any(|key| key.starts_with(&format!("{place}.")));
            let span = self.places.get(&place).cloned();
            if let (false, Some(span), Some(flaw)) = (refused, span, source_flaw(settings, source))
            {
                let span =
                    self.places.get(&format!("{place}.{}", flaw.key)).cloned().unwrap_or(span);
                let problem = Problem::new(flaw.message, span).label(flaw.label);
                self.problems.push(problem.help(flaw.help));
            }
        }
    }

    /// Takes in a header; of a table that may be there several times, says which one it is.
    fn header(
        &mut self,
        header: &Header,
        opened: &mut BTreeMap<String, Range<usize>>,
        lines: &Lines,
        broken_lines: &BTreeSet<usize>,
    ) -> Option<usize> {
        let (first, last) = (header.path.first()?, header.path.last()?);
        let span = first.span.start..last.span.end;
        if broken_lines.contains(&lines.at(span.start)) {
            return None;
        }
        if let Some(problem) = header_problem(header, first, &span) {
            self.report_unread(problem);
            return None;
        }
        if let Some(table) = TABLES.iter().find(|table| table.is_list && *table.name == *first.name)
        {
            let count = self.elements.entry(table.name).or_default();
            let number = *count;
            *count += 1;
            self.places.insert(element_path(table.name, number), span);
            return Some(number);
        }
        let name = first.name.to_string();
        if let Some(earlier) = opened.get(&name) {
            let line = lines.at(earlier.start);
            self.report(
                Problem::new(format!("[{name}] is opened twice in one block"), span.clone())
                    .label("a second time")
                    .related(earlier.clone(), "opened here first")
                    .help(format!("move these keys up to line {line}, or into another block")),
            );
        }
        opened.entry(name).or_insert(span);
        None
    }

    fn statement(&mut self, statement: &Statement, element: Option<usize>, lines: &Lines) {
        let row = match lookup(statement) {
            Target::Setting(row) => row,
            Target::Problem(problem) => return self.report_unread(problem),
            Target::Reported => return,
        };
        let key = match (table::is_list(row.table), element) {
            (true, Some(number)) => format!("{}.{}", element_path(row.table, number), row.name),
            // Its header was refused, or there is none.
            (true, None) if statement.header_parts > 0 => return,
            (true, None) => {
                let span = statement.path.first().map_or(0..0, |part| part.span.clone());
                return self.report_unread(one_of_several(row.table, span));
            }
            (false, _) => row.path(),
        };
        let span = match statement.path.last() {
            Some(part) => part.span.start..statement.value.span.end.max(part.span.end),
            None => statement.value.span.clone(),
        };
        if let Some(first) = self.places.get(&key) {
            let (earlier, later) = (lines.at(first.start), lines.at(span.start));
            let message = format!("`{}` is set twice, in lines {earlier} and {later}", row.path());
            let problem = Problem::new(message, span);
            let problem = problem.label("set again here").related(first.clone(), "first set here");
            self.report(problem.help("keep one of them"));
        } else {
            self.places.insert(key.clone(), span);
        }
        match row.domain.accept(&statement.value) {
            Ok(value) => {
                self.values.insert((row.table, element, row.name), value);
            }
            Err(refusal) => {
                let message = format!("`{}` must be {}", row.path(), row.domain.expected());
                let mut problem = Problem::new(message, refusal.span).label(refusal.found);
                problem.help = refusal.help;
                self.refused.insert(key);
                self.report(problem);
            }
        }
    }
}

/// `source.2` for the second one.
fn element_path(table: &str, number: usize) -> String {
    format!("{table}.{}", number + 1)
}

/// The settings of `base` with `values` in their places; tables that may be there several times are those
/// of `values` alone, if there are any.
fn overlay(
    base: &Settings,
    values: &BTreeMap<Slot, Json>,
    elements: &BTreeMap<&'static str, usize>,
) -> Result<Settings, serde_json::Error> {
    let mut tree = serde_json::to_value(base)?;
    for (table, count) in elements {
        tree[*table] = vec![Json::Object(serde_json::Map::new()); *count].into();
    }
    for ((table, element, name), value) in values {
        let table = match element {
            Some(number) => &mut tree[*table][*number],
            None => &mut tree[*table],
        };
        table[*name] = value.clone();
    }
    serde_json::from_value(tree)
}
