//! What a figure is where it is one, and why there is none where it isn't.

use std::fmt;

/// Why a figure has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undefined(pub &'static str);

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Undefined {}

/// A finite number, or why there is none.
pub type Value = Result<f64, Undefined>;

/// A number that may have overflowed.
///
/// # Errors
///
/// [`Undefined`] for NaN and infinities.
pub fn finite(value: f64) -> Value {
    if value.is_finite() { Ok(value) } else { Err(Undefined("not a finite number")) }
}
