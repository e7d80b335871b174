//! A strategy: what `strategy.toml` says, checked and compiled.
//!
//! ```text
//! text ── Strategy::parse ──▶ Strategy ── compile ──▶ Compiled (graph, rules, hash)
//!   ▲ edit::apply, format                              └ what the backtest reads
//! ```
//!
//! Never touches a file, market data, or how well a strategy does.

mod compile;
mod edit;
mod fit;
mod format;
mod listed;
mod neighbours;
pub(crate) mod numbers;
mod read;

pub use compile::{CandidateHash, Compiled, Distance, Rules, compile};
pub use edit::{Edit, EditError, apply};
pub use fit::Fit;
pub use format::format;
pub use listed::missing;
pub use neighbours::neighbours;

use crate::expr::{Diagnostic, Expr};

/// Largest strategy file in bytes.
pub const MAX_STRATEGY_BYTES: usize = 64 * 1024;
/// Most parameters.
pub const MAX_PARAMS: usize = 64;
/// Most `[let]`s.
pub const MAX_LETS: usize = 128;
/// Longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 200;
/// Most distinct computations of a strategy, unused ones included: each has a column of its own in
/// memory, 8 KiB per output.
pub const MAX_COMPUTATIONS: usize = 5_000;
/// Most bars that all windows and look backs of a strategy remember together, at up to 32 bytes each.
pub const MAX_REMEMBERED_BARS: u64 = 1_000_000;
/// Most findings about the form of a file that are listed; the rest is counted.
pub const MAX_FINDINGS: usize = 50;
/// Most positions that `[size]` may ask for.
pub const MAX_POSITIONS: u32 = 1_000;

/// What a strategy file says, parsed but not yet checked against the functions it uses.
#[derive(Debug, Clone)]
pub struct Strategy {
    /// A title for people; it has no meaning for the machine.
    pub name: String,
    /// `[params]` in file order.
    pub params: Vec<Param>,
    /// `[let]` in file order.
    pub lets: Vec<(String, Source)>,
    /// `[long]`
    pub long: Option<Side>,
    /// `[short]`
    pub short: Option<Side>,
    /// `[risk]`
    pub risk: Risk,
    /// `[size]`
    pub size: Size,
}

/// A tunable number.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name in expressions.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// The bounds within which a search may move it; none means that it is fixed.
    pub bounds: Option<(f64, f64)>,
    /// Whether value and bounds are whole numbers, so that a search must keep it whole.
    pub whole: bool,
    /// Whether its value is chosen on each fold's in-sample part, where program.md has that done.
    pub fit: bool,
}

/// An expression and where it came from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The parsed expression.
    pub expr: Expr,
    /// Where it stands.
    pub origin: Origin,
}

/// Where an expression's text stands in a file, so that a finding in it can be shown there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The key, such as `long.enter`.
    pub key: String,
    /// Byte offset of the expression in the file; none where the file spells it with escapes.
    pub offset: Option<usize>,
    /// The expression's text.
    pub text: String,
}

/// When to be in a position on one side.
#[derive(Debug, Clone)]
pub struct Side {
    /// Condition to enter.
    pub enter: Source,
    /// Condition to leave; may be missing where a risk rule ends the trade.
    pub exit: Option<Source>,
}

/// A distance as written.
#[derive(Debug, Clone)]
pub struct WrittenDistance {
    /// The expression, without a percent sign.
    pub source: Source,
    /// Whether it is in percent of the price it hangs on, else in price units.
    pub percent: bool,
}

/// `[risk]`
#[derive(Debug, Clone, Default)]
pub struct Risk {
    /// Distance of the stop from the fill price.
    pub stop_loss: Option<WrittenDistance>,
    /// Distance of the target from the fill price.
    pub take_profit: Option<WrittenDistance>,
    /// Distance of the trailing stop from the best price since the fill.
    pub trailing_stop: Option<WrittenDistance>,
    /// Most bars that a position is held.
    pub max_bars: Option<Source>,
}

/// `[size]`
#[derive(Debug, Clone, Default)]
pub struct Size {
    /// Part of a slot's equity that a position gets.
    pub weight: Option<Source>,
    /// Number of slots.
    pub max_positions: Option<u32>,
    /// Who gets a slot when there are too few: the highest first.
    pub rank: Option<Source>,
}

impl Strategy {
    /// Reads a strategy file. `name` is how messages call it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with its form, each with its place: TOML syntax, unknown keys, wrong
    /// types, expressions that don't parse, limits exceeded.
    pub fn parse(name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        read::strategy(name, text)
    }

    /// All expressions with their keys, in file order of the sections.
    pub fn expressions(&self) -> Vec<&Source> {
        let lets = self.lets.iter().map(|(_, source)| source);
        let sides = [&self.long, &self.short].into_iter().flatten();
        let rules = sides.flat_map(|side| std::iter::once(&side.enter).chain(&side.exit));
        let risk = &self.risk;
        let distances = [&risk.stop_loss, &risk.take_profit, &risk.trailing_stop];
        let distances = distances.into_iter().flatten().map(|distance| &distance.source);
        let size = risk.max_bars.iter().chain(&self.size.weight).chain(&self.size.rank);
        lets.chain(rules).chain(distances).chain(size).collect()
    }

    /// The rule at a key such as `long.enter` or `let.trend`, to be changed.
    pub(crate) fn rule_mut(&mut self, key: &str) -> Option<&mut Source> {
        let (section, name) = key.split_once('.')?;
        if section == "let" {
            return self.lets.iter_mut().find(|(known, _)| known == name).map(|(_, s)| s);
        }
        let risk = &mut self.risk;
        let distance = match key {
            "long.enter" => return self.long.as_mut().map(|side| &mut side.enter),
            "long.exit" => return self.long.as_mut()?.exit.as_mut(),
            "short.enter" => return self.short.as_mut().map(|side| &mut side.enter),
            "short.exit" => return self.short.as_mut()?.exit.as_mut(),
            "risk.max_bars" => return risk.max_bars.as_mut(),
            "size.weight" => return self.size.weight.as_mut(),
            "size.rank" => return self.size.rank.as_mut(),
            "risk.stop_loss" => risk.stop_loss.as_mut(),
            "risk.take_profit" => risk.take_profit.as_mut(),
            "risk.trailing_stop" => risk.trailing_stop.as_mut(),
            _ => None,
        };
        distance.map(|distance| &mut distance.source)
    }
}
