//! The names that an expression may use besides series and functions.

use std::collections::BTreeMap;

use super::functions::{self, Row};
use super::{Expr, MAX_NAME_BYTES, Series};

/// Parameters and `[let]`s of a strategy.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    params: BTreeMap<String, f64>,
    lets: BTreeMap<String, Expr>,
}

impl Scope {
    /// Adds a parameter and its value.
    pub fn param(&mut self, name: &str, value: f64) {
        self.params.insert(name.into(), value);
    }

    /// Adds a `[let]`; it may use names that are added later, but not itself.
    pub fn binding(&mut self, name: &str, expr: Expr) {
        self.lets.insert(name.into(), expr);
    }

    pub(super) fn param_value(&self, name: &str) -> Option<f64> {
        self.params.get(name).copied()
    }

    pub(super) fn binding_expr(&self, name: &str) -> Option<&Expr> {
        self.lets.get(name)
    }

    /// Every name that stands for a value, for suggestions.
    pub(super) fn value_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.params.keys().chain(self.lets.keys()).map(String::as_str).collect();
        names.extend(Series::NAMED.iter().map(|series| series.name()));
        for row in functions::rows().filter(|row| row.least_args() == 0) {
            names.push(row.name());
        }
        names
    }
}

/// Whether `name` can name a parameter or a `[let]`: a letter or `_`, then letters, digits and `_`, at
/// most [`MAX_NAME_BYTES`] in all, and not a word, series or function of the language.
///
/// # Errors
///
/// What is wrong with it.
pub fn is_valid_name(name: &str) -> Result<(), String> {
    let mut chars = name.chars();
    let starts_well = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let goes_on_well = chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !starts_well || !goes_on_well || name.len() > MAX_NAME_BYTES {
        return Err(format!(
            "`{}` is not a name: use letters, digits and `_`, at most {MAX_NAME_BYTES}, not starting with a digit",
            name.escape_default()
        ));
    }
    let taken = if matches!(name, "and" | "or" | "not" | "true" | "false") {
        "a word of the language"
    } else if Series::from_name(name).is_some() {
        "a series"
    } else if Row::find(name).is_some() {
        "a function"
    } else {
        return Ok(());
    };
    Err(format!("`{name}` is {taken}; choose another name"))
}
