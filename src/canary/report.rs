//! What the canaries found, as values and as text.

use std::fmt;

use serde::Serialize;

/// What one canary found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its name.
    pub canary: &'static str,
    /// What it holds the machine to.
    pub claim: &'static str,
    /// Whether that is so.
    pub pass: bool,
    /// What it looked at.
    pub looked_at: String,
    /// What is wrong.
    pub findings: Vec<String>,
}

/// What all canaries found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether all of them live.
    pub pass: bool,
    /// One per canary.
    pub canaries: Vec<Outcome>,
}

impl Report {
    pub(super) fn of(canaries: Vec<Outcome>) -> Self {
        Self { pass: canaries.iter().all(|outcome| outcome.pass), canaries }
    }
}

/// The first finding of each canary that failed; nothing if none did.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.canaries.iter().filter_map(|outcome| {
            outcome.findings.first().map(|finding| (outcome.canary, finding))
        });
        for (i, (canary, finding)) in failed.enumerate() {
            let gap = if i > 0 { "\n" } else { "" };
            write!(f, "{gap}{canary}: {}", finding.trim_end())?;
        }
        Ok(())
    }
}
