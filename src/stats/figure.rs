//! A named figure of a sample: the row of a table.

use super::Value;

/// One figure of an `S`.
pub struct Figure<S> {
    /// Its key in JSON.
    pub name: &'static str,
    /// What it is, with unit and convention.
    pub summary: &'static str,
    /// Whether it is a whole number.
    pub is_count: bool,
    compute: fn(&S) -> Value,
}

impl<S> Figure<S> {
    pub(super) const fn new(
        name: &'static str,
        summary: &'static str,
        compute: fn(&S) -> Value,
    ) -> Self {
        Self { name, summary, is_count: false, compute }
    }

    pub(super) const fn count(
        name: &'static str,
        summary: &'static str,
        compute: fn(&S) -> Value,
    ) -> Self {
        Self { name, summary, is_count: true, compute }
    }

    /// Its value, or why it has none.
    pub fn of(&self, sample: &S) -> Value {
        (self.compute)(sample)
    }
}
