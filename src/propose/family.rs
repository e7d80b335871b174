//! What kind of idea a proposal was, by what it changed: the rows of the digest of history.
//!
//! A family is a section of the strategy and, for rules, what the new functions are about. It is found
//! from the edits alone, so that proposals of people, models and the search fall into the same rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::expr::functions::{Group, Row};
use crate::expr::{self, Expr, ExprKind};
use crate::strategy::{Edit, Strategy};

/// Groups of the functions that each rule of a strategy uses.
#[derive(Debug, Clone, Default)]
pub(super) struct Vocabulary {
    /// The strategy file.
    text: String,
    /// By rule; found out when it is asked for.
    groups: OnceLock<BTreeMap<String, BTreeSet<Group>>>,
}

impl Vocabulary {
    /// Of a strategy file; empty where it is none.
    pub(super) fn of(text: &str) -> Self {
        Self { text: text.to_owned(), groups: OnceLock::new() }
    }

    /// What the rule at this place uses.
    fn known(&self, path: &str) -> Option<&BTreeSet<Group>> {
        let read = || {
            let strategy = Strategy::parse("strategy.toml", &self.text).ok()?;
            let rules = strategy.expressions().into_iter();
            Some(rules.map(|rule| (rule.origin.key.clone(), groups(&rule.expr))).collect())
        };
        self.groups.get_or_init(|| read().unwrap_or_default()).get(path)
    }

    /// The family of a change to that strategy.
    pub(super) fn family(&self, edits: &[Edit]) -> String {
        let mut sections: BTreeSet<Section> = BTreeSet::new();
        let mut new: BTreeSet<Group> = BTreeSet::new();
        for edit in edits {
            let (path, to) = match edit {
                Edit::Set { set, to } => (set, Some(to)),
                Edit::Remove { remove } => (remove, None),
            };
            sections.extend(Section::of(path));
            if let Some(Json::String(text)) = to
                && let Ok(expr) = expr::parse(text.trim_end_matches('%'))
            {
                let mut used = groups(&expr);
                // Arithmetic comes along with anything.
                used.remove(&Group::Arithmetic);
                if !used.is_empty() {
                    let known = self.known(path.as_str());
                    new.extend(used.iter().filter(|g| known.is_none_or(|k| !k.contains(g))));
                }
            }
        }
        let Some(section) = sections.first() else { return "nothing".into() };
        let with: Vec<String> = new.iter().map(|group| group.title().to_lowercase()).collect();
        match (with.is_empty(), section) {
            (true, _) => section.name().into(),
            (false, _) => format!("{}: {}", section.name(), with.join(", ")),
        }
    }
}

/// What a change is about, the most telling first: a new side brings parameters along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Side,
    Enter,
    Exit,
    Stops,
    Size,
    Params,
}

impl Section {
    fn of(path: &str) -> Option<Self> {
        let mut parts = path.split('.');
        Some(match (parts.next()?, parts.next()) {
            ("long" | "short", None) | ("short", Some("enter")) => Self::Side,
            ("long", Some("exit")) | ("short", Some("exit")) => Self::Exit,
            ("long", _) | ("let", _) => Self::Enter,
            ("risk", _) => Self::Stops,
            ("size", _) => Self::Size,
            ("params", _) => Self::Params,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Side => "short side",
            Self::Enter => "entry",
            Self::Exit => "exit",
            Self::Stops => "stops and targets",
            Self::Size => "size and rank",
            Self::Params => "parameter values",
        }
    }
}

fn groups(expr: &Expr) -> BTreeSet<Group> {
    let called = |node: &&Expr| match &node.kind {
        // A function that needs no arguments may be written as a name.
        ExprKind::Call { name, .. } | ExprKind::Name(name) => Row::find(name),
        _ => None,
    };
    expr.nodes().iter().filter_map(called).map(Row::group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_a_section_and_what_is_new_in_it() {
        let text =
            "[params]\nn = 20\n[long]\nenter = 'close > sma(close, n)'\nexit = 'close < 1'\n";
        let known = Vocabulary::of(text);
        for (edits, expected) in [
            (vec![Edit::set("params.n", 30)], "parameter values"),
            (vec![Edit::set("long.enter", "close > sma(close, 30)")], "entry"),
            (
                vec![Edit::set("long.enter", "close > sma(close, n) and rsi(close, 2) < abs(3)")],
                "entry: oscillators and momentum",
            ),
            (
                vec![Edit::set("params.k", 3), Edit::set("risk.stop_loss", "k * atr(14)")],
                "stops and targets: volatility and bands",
            ),
            (vec![Edit::set("risk.stop_loss", "5%")], "stops and targets"),
            (vec![Edit::remove("short")], "short side"),
            (vec![Edit::set("name", "other")], "nothing"),
            (vec![Edit::set("long.enter", "not ) an expression")], "entry"),
            (vec![Edit::remove("no.such.path")], "nothing"),
        ] {
            assert_eq!(known.family(&edits), expected, "{edits:?}");
        }
    }
}
