//! May a call that costs something be made? Budgets of tokens and money per run, day and campaign.
//!
//! What was spent is what the history says, plus what this run has asked for and not recorded yet. Never
//! touches the clock, the network, or who is paid.

use std::fmt;

use crate::program::BudgetSettings;
use crate::state::{Bill, Spend};

/// Tokens and known money of some calls together. Money that nobody knows is in no sum.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sum {
    /// Tokens read and written.
    pub tokens: u64,
    /// US dollars, as far as known.
    pub usd: f64,
}

impl Sum {
    /// Adds a bill.
    pub fn add(&mut self, bill: &Bill) {
        self.tokens = self.tokens.saturating_add(bill.tokens());
        self.usd += bill.known_usd();
    }
}

/// What has been spent over each of the spans that a budget is for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spent {
    /// By this run.
    pub run: Sum,
    /// On this day, UTC.
    pub day: Sum,
    /// By the whole campaign.
    pub campaign: Sum,
}

impl Spent {
    /// What the history says, and `run` of this run. `today` is `YYYY-MM-DD`, UTC.
    pub fn recorded(spend: &Spend, today: &str, run: Sum) -> Self {
        let day = spend.day.as_ref().filter(|day| day.date == today);
        let day = day.map(|d| Sum { tokens: d.tokens_in.saturating_add(d.tokens_out), usd: d.usd });
        let campaign =
            Sum { tokens: spend.tokens_in.saturating_add(spend.tokens_out), usd: spend.usd };
        Self { run, day: day.unwrap_or_default(), campaign }
    }

    /// Adds what isn't recorded yet, to day and campaign.
    pub fn add_unrecorded(&mut self, bill: &Bill) {
        self.day.add(bill);
        self.campaign.add(bill);
    }
}

/// A budget that a call would overdraw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overdrawn {
    /// The setting under `[budget]`.
    pub key: &'static str,
    /// Its value.
    pub limit: f64,
    /// What was spent of it.
    pub spent: f64,
    /// What the call may cost.
    pub most: f64,
}

impl fmt::Display for Overdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, limit, spent, most } = self;
        write!(
            f,
            "{spent} of [budget] {key} = {limit} are spent, and the next call may cost {most}"
        )
    }
}

/// The first budget that a call which may cost `most` would overdraw. Money whose amount nobody knows is
/// held by the budgets of tokens only.
pub fn overdrawn(settings: &BudgetSettings, spent: &Spent, most: &Bill) -> Option<Overdrawn> {
    let mut next = Sum::default();
    next.add(most);
    let tokens = |sum: &Sum| (sum.tokens as f64, next.tokens as f64);
    let usd = |sum: &Sum| (sum.usd, next.usd);
    let rows = [
        ("tokens_per_run", settings.tokens_per_run as f64, tokens(&spent.run)),
        ("tokens_per_day", settings.tokens_per_day as f64, tokens(&spent.day)),
        ("tokens", settings.tokens as f64, tokens(&spent.campaign)),
        ("usd_per_run", settings.usd_per_run, usd(&spent.run)),
        ("usd_per_day", settings.usd_per_day, usd(&spent.day)),
        ("usd", settings.usd, usd(&spent.campaign)),
    ];
    rows.into_iter()
        .find(|(_, limit, (spent, most))| *limit > 0.0 && spent + most > *limit)
        .map(|(key, limit, (spent, most))| Overdrawn { key, limit, spent, most })
}
