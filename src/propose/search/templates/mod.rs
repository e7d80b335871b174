//! Ready-made ideas: conditions and whole rules that a trader would recognise, with holes for numbers.
//!
//! A template is an expression of the language in which some names, its slots, stand for numbers. To
//! add one: one row in `filters.rs`, `exits.rs` or `rules.rs`. Templates are written for the long
//! side; the short side is their mirror image. Those that use a function which this build lacks are
//! left out.
//!
//! Thresholds are ratios, ranks and differences, never price levels: data is adjusted, and one rule
//! serves all symbols.

mod exits;
mod filters;
mod rules;

use std::sync::LazyLock;

use super::{names, tree};
use crate::expr::{Expr, Series, functions};
use crate::rng::Rng;
use crate::strategy::Strategy;

/// How often a number that is introduced becomes a parameter, room permitting; else it is a literal.
const PARAM_SHARE: f64 = 0.4;

/// A hole for a number.
#[derive(Debug)]
pub(super) struct Slot {
    /// What it is called in the template, and as a parameter.
    pub name: &'static str,
    /// Values to begin with, rising; the first and the last are the bounds of the parameter.
    pub values: &'static [f64],
}

/// One condition.
#[derive(Debug)]
pub(super) struct Term {
    /// The expression.
    pub text: &'static str,
    /// Its holes.
    pub slots: &'static [Slot],
    /// Why it should help, to follow "since" in a sentence.
    pub why: &'static str,
}

/// A condition to enter and the one to leave that belongs to it.
#[derive(Debug)]
pub(super) struct Rule {
    /// What such a strategy is called.
    pub title: &'static str,
    /// The condition to enter.
    pub enter: &'static str,
    /// The condition to leave.
    pub exit: &'static str,
    /// The holes of both.
    pub slots: &'static [Slot],
    /// Why it should earn something, to follow "since" in a sentence.
    pub why: &'static str,
}

const fn slot(name: &'static str, values: &'static [f64]) -> Slot {
    Slot { name, values }
}

/// Conditions that keep entries out.
pub(super) static FILTERS: LazyLock<Vec<&Term>> = LazyLock::new(|| {
    filters::ALL.iter().filter(|term| available(&[term.text], term.slots)).collect()
});

/// Conditions that end trades.
pub(super) static EXITS: LazyLock<Vec<&Term>> = LazyLock::new(|| {
    exits::ALL.iter().filter(|term| available(&[term.text], term.slots)).collect()
});

/// Entries with their exits.
pub(super) static RULES: LazyLock<Vec<&Rule>> = LazyLock::new(|| {
    rules::ALL.iter().filter(|rule| available(&[rule.enter, rule.exit], rule.slots)).collect()
});

/// Whether this build has every function and series that the texts name.
fn available(texts: &[&str], slots: &[Slot]) -> bool {
    let is_known = |name: &str| {
        Series::from_name(name).is_some()
            || slots.iter().any(|slot| slot.name == name)
            || functions::find(name).is_some()
    };
    texts.iter().all(|text| {
        tree::known(text).is_some_and(|expr| tree::names(&expr).into_iter().all(is_known))
    })
}

/// The text's expressions with their holes filled: some by parameters, which are added to the
/// strategy as long as it has fewer than `max_params`, the others by literals.
pub(super) fn fill<const N: usize>(
    texts: [&str; N],
    slots: &[Slot],
    strategy: &mut Strategy,
    max_params: usize,
    rng: &mut Rng,
) -> Option<[Expr; N]> {
    let mut numbers: Vec<(&str, Expr)> = Vec::new();
    for slot in slots.iter().filter(|slot| texts.iter().any(|text| text.contains(slot.name))) {
        let value = *rng.pick(slot.values)?;
        let room = strategy.params.len() < max_params;
        let tunable = rng.chance(PARAM_SHARE) && room && slot.values.len() > 1;
        let number = if tunable {
            let bounds = (*slot.values.first()?, *slot.values.last()?);
            tree::name(&names::add_param(strategy, slot.name, value, bounds))
        } else {
            tree::number(value)
        };
        numbers.push((slot.name, number));
    }
    let fill = |text| {
        let mut expr = tree::known(text)?;
        tree::substitute(&mut expr, &mut |name| {
            numbers.iter().find(|(slot, _)| *slot == name).map(|(_, number)| number.clone())
        });
        Some(expr)
    };
    let filled: Vec<Expr> = texts.into_iter().filter_map(fill).collect();
    filled.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills every hole of a row with the first, then the last of its values, and compiles it.
    #[track_caller]
    fn check(texts: &[&str], slots: &[Slot], why: &str) {
        assert!(!why.is_empty() && !why.ends_with('.') && why.len() < 120, "{why}");
        for slot in slots {
            assert!(texts.iter().any(|text| text.contains(slot.name)), "{}", slot.name);
            assert!(slot.values.windows(2).all(|pair| pair[0] < pair[1]), "{}", slot.name);
            assert!(functions::find(slot.name).is_none(), "{}", slot.name);
        }
        for end in [0, usize::MAX] {
            let mut lines = String::from("[params]\n");
            for slot in slots {
                let value = slot.values[end.min(slot.values.len() - 1)];
                lines += &format!("{} = {value:?}\n", slot.name);
            }
            lines +=
                &format!("[long]\nenter = '{}'\nexit = '{}'\n", texts[0], texts[texts.len() - 1]);
            let strategy = Strategy::parse("template", &lines).unwrap_or_else(|e| panic!("{e:?}"));
            let compiled = crate::strategy::compile(&strategy, ("template", &lines));
            if let Err(findings) = compiled {
                panic!("{}", findings.iter().map(ToString::to_string).collect::<String>());
            }
        }
    }

    #[test]
    fn every_available_row_compiles_over_its_whole_range() {
        for term in FILTERS.iter().chain(EXITS.iter()) {
            check(&[term.text], term.slots, term.why);
        }
        for rule in RULES.iter() {
            check(&[rule.enter, rule.exit], rule.slots, rule.why);
        }
    }

    #[test]
    fn no_row_is_left_out_for_a_misspelt_function() {
        assert_eq!(FILTERS.len(), filters::ALL.len());
        assert_eq!(EXITS.len(), exits::ALL.len());
        assert_eq!(RULES.len(), rules::ALL.len());
    }

    #[test]
    fn mirroring_twice_gives_every_row_back() {
        let twice = |text: &str, strategy: &mut Strategy| {
            let expr = tree::known(text).unwrap();
            let once = super::super::mirror::condition(&expr, strategy, "short");
            let again = super::super::mirror::condition(&once, strategy, "long");
            let mut graph = crate::expr::Graph::default();
            let mut scope = crate::expr::Scope::default();
            for (i, name) in tree::names(&expr).into_iter().enumerate() {
                if Series::from_name(name).is_none() && functions::find(name).is_none() {
                    scope.param(name, 10.0 + i as f64);
                }
            }
            let mut node = |expr| crate::expr::lower(expr, &scope, &mut graph).unwrap();
            assert_eq!(node(&again), node(&expr), "{text} → {once} → {again}");
        };
        let mut strategy = Strategy::parse("s", "[long]\nenter = 'true'\nexit = 'false'").unwrap();
        for term in FILTERS.iter().chain(EXITS.iter()) {
            twice(term.text, &mut strategy);
        }
        for rule in RULES.iter() {
            twice(rule.enter, &mut strategy);
            twice(rule.exit, &mut strategy);
        }
    }
}
