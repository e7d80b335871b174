//! One edit of a strategy, as the history keeps it. Applying it is the strategy's business.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A change of one place in strategy.toml: `{"set": "params.fast.value", "to": 25}` or
/// `{"remove": "short"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Edit {
    /// Gives the place a value, whether or not it had one.
    Set {
        /// Dotted path of the place.
        set: String,
        /// Its new value.
        to: Value,
    },
    /// Takes the place away, with all below it.
    Remove {
        /// Dotted path of the place.
        remove: String,
    },
}

impl Edit {
    /// Gives `place` the value `to`.
    pub fn set(place: impl Into<String>, to: impl Into<Value>) -> Self {
        Self::Set { set: place.into(), to: to.into() }
    }

    /// Takes `place` away.
    pub fn remove(place: impl Into<String>) -> Self {
        Self::Remove { remove: place.into() }
    }
}
