//! What calls of models cost, in tokens and in money.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The word that stands for an amount nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnknownUsd {
    /// `"unknown"`
    Unknown,
}

/// What calls of a model cost: an amount in US dollars, or `"unknown"` where the price isn't known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Usd {
    /// US dollars.
    Known(f64),
    /// The price isn't known.
    Unknown(UnknownUsd),
}

impl Usd {
    /// The price isn't known.
    pub const UNKNOWN: Self = Self::Unknown(UnknownUsd::Unknown);
}

/// What some calls cost together. The default is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Bill {
    /// Tokens read by models.
    pub tokens_in: u64,
    /// Tokens written by models.
    pub tokens_out: u64,
    /// Money; null where nothing is paid for.
    pub usd: Option<Usd>,
}

impl Bill {
    /// Adds another bill. A sum with an amount nobody knows is one that nobody knows.
    pub fn add(&mut self, other: &Self) {
        self.tokens_in = self.tokens_in.saturating_add(other.tokens_in);
        self.tokens_out = self.tokens_out.saturating_add(other.tokens_out);
        self.usd = match (self.usd, other.usd) {
            (usd, None) | (None, usd) => usd,
            (Some(Usd::Known(a)), Some(Usd::Known(b))) => Some(Usd::Known(a + b)),
            _ => Some(Usd::UNKNOWN),
        };
    }

    /// Whether nothing was used and nothing is owed.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Tokens read and written.
    pub fn tokens(&self) -> u64 {
        self.tokens_in.saturating_add(self.tokens_out)
    }

    /// US dollars, as far as known.
    pub fn known_usd(&self) -> f64 {
        match self.usd {
            Some(Usd::Known(usd)) => usd,
            _ => 0.0,
        }
    }
}
