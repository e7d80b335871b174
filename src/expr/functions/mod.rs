//! The functions of the language: one file and one row each.
//!
//! Help, reference page, the proposer's language section and the list that the tests walk all come
//! from [`TABLE`]. To add a function: write `NAME.rs` with a `FUNCTION`, list it here twice, and give
//! `tests/it/functions` a slow reference for it. What several functions share is in `kernel/`.
//! Nothing here knows a file, the clock, or how a signal is traded.

mod kernel;
mod operator;
mod reference;

mod abs;
mod ad;
mod adosc;
mod adx;
mod apo;
mod aroon;
mod atr;
mod bars_since;
mod bbands;
mod bop;
mod cci;
mod clamp;
mod cmo;
mod count;
mod cross_above;
mod cross_below;
mod day;
mod dema;
mod ema;
mod exp;
mod falling;
mod highest;
mod hma;
mod hour;
mod if_else;
mod kama;
mod linreg;
mod log;
mod log_return;
mod lowest;
mod macd;
mod max;
mod median;
mod mfi;
mod min;
mod minus_di;
mod minute;
mod mom;
mod month;
mod natr;
mod obv;
mod percent_rank;
mod plus_di;
mod pow;
mod ppo;
mod rising;
mod rma;
mod roc;
mod rsi;
mod sar;
mod sign;
mod slope;
mod sma;
mod sqrt;
mod stdev;
mod stoch;
mod sum;
mod t3;
mod tema;
mod trange;
mod trima;
mod trix;
mod ultosc;
mod var;
mod vwma;
mod weekday;
mod willr;
mod wma;
mod zscore;

pub(super) use kernel::Delay;
pub use operator::{MAX_COLUMNS, Operator};
pub(super) use operator::{arithmetic, binary, defined, holds};
pub use reference::{entry, reference};

use super::Series;

/// All functions, by group and then as they read best.
pub static TABLE: &[&Function] = &[
    &sma::FUNCTION,
    &ema::FUNCTION,
    &wma::FUNCTION,
    &rma::FUNCTION,
    &dema::FUNCTION,
    &tema::FUNCTION,
    &trima::FUNCTION,
    &kama::FUNCTION,
    &t3::FUNCTION,
    &hma::FUNCTION,
    &vwma::FUNCTION,
    &rsi::FUNCTION,
    &cmo::FUNCTION,
    &macd::FUNCTION,
    &apo::FUNCTION,
    &ppo::FUNCTION,
    &trix::FUNCTION,
    &stoch::FUNCTION,
    &cci::FUNCTION,
    &roc::FUNCTION,
    &mom::FUNCTION,
    &willr::FUNCTION,
    &adx::FUNCTION,
    &plus_di::FUNCTION,
    &minus_di::FUNCTION,
    &mfi::FUNCTION,
    &aroon::FUNCTION,
    &ultosc::FUNCTION,
    &bop::FUNCTION,
    &trange::FUNCTION,
    &atr::FUNCTION,
    &natr::FUNCTION,
    &stdev::FUNCTION,
    &var::FUNCTION,
    &bbands::FUNCTION,
    &sar::FUNCTION,
    &obv::FUNCTION,
    &ad::FUNCTION,
    &adosc::FUNCTION,
    &sum::FUNCTION,
    &highest::FUNCTION,
    &lowest::FUNCTION,
    &median::FUNCTION,
    &zscore::FUNCTION,
    &percent_rank::FUNCTION,
    &slope::FUNCTION,
    &linreg::FUNCTION,
    &log_return::FUNCTION,
    &cross_above::FUNCTION,
    &cross_below::FUNCTION,
    &bars_since::FUNCTION,
    &count::FUNCTION,
    &rising::FUNCTION,
    &falling::FUNCTION,
    &if_else::FUNCTION,
    &min::FUNCTION,
    &max::FUNCTION,
    &clamp::FUNCTION,
    &abs::FUNCTION,
    &sign::FUNCTION,
    &sqrt::FUNCTION,
    &log::FUNCTION,
    &exp::FUNCTION,
    &pow::FUNCTION,
    &month::FUNCTION,
    &day::FUNCTION,
    &weekday::FUNCTION,
    &hour::FUNCTION,
    &minute::FUNCTION,
];

/// One function of the language.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub group: Group,
    /// One sentence: what it computes, with the formula's conventions.
    pub summary: &'static str,
    /// What it is called with.
    pub parameters: &'static [Parameter],
    /// Series of the bars that it reads besides its arguments.
    pub implicit: &'static [Series],
    /// Names of its outputs if there are several; a call without a name means the first.
    pub outputs: &'static [&'static str],
    /// Whether its values are conditions.
    pub condition: bool,
    /// First bar at which all outputs are defined (for a condition: at which it can be true), given
    /// the constants, when every input is defined from bar 0 on.
    pub first: fn(&[f64]) -> usize,
    /// Makes the operator for these constants.
    pub build: fn(&[f64]) -> Box<dyn Operator>,
    /// The value for constant arguments, where that is one.
    pub fold: Option<fn(&[f64]) -> f64>,
    /// An expression that uses it.
    pub example: &'static str,
}

/// What functions are about; the reference is ordered by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the group of its name")]
pub enum Group {
    MovingAverage,
    Oscillator,
    Volatility,
    Volume,
    Statistics,
    Events,
    Arithmetic,
    Calendar,
}

impl Group {
    /// Heading in the reference.
    pub fn title(self) -> &'static str {
        match self {
            Self::MovingAverage => "Moving averages",
            Self::Oscillator => "Oscillators and momentum",
            Self::Volatility => "Volatility and bands",
            Self::Volume => "Volume",
            Self::Statistics => "Statistics of a window",
            Self::Events => "Events",
            Self::Arithmetic => "Arithmetic and logic",
            Self::Calendar => "Calendar",
        }
    }
}

/// One argument.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name in the signature.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Its value when it is left out; only the last constants of a signature have one.
    pub default: Option<f64>,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A number series.
    Number,
    /// A condition.
    Condition,
    /// A constant whole number of bars.
    Window {
        /// The smallest that makes sense.
        least: u32,
    },
    /// A constant number.
    Constant {
        /// Lower bound.
        least: f64,
        /// Upper bound.
        most: f64,
    },
}

impl Parameter {
    /// A number series.
    pub(super) const fn number(name: &'static str) -> Self {
        Self { name, kind: Kind::Number, default: None }
    }

    /// A condition.
    pub(super) const fn condition(name: &'static str) -> Self {
        Self { name, kind: Kind::Condition, default: None }
    }

    /// A window of at least `least` bars.
    pub(super) const fn window(name: &'static str, least: u32) -> Self {
        Self { name, kind: Kind::Window { least }, default: None }
    }

    /// A constant between two bounds.
    pub(super) const fn constant(name: &'static str, least: f64, most: f64) -> Self {
        Self { name, kind: Kind::Constant { least, most }, default: None }
    }

    /// The same with a default.
    pub(super) const fn or(self, default: f64) -> Self {
        Self { default: Some(default), ..self }
    }
}

impl Function {
    /// How many arguments a call needs at least.
    pub fn least_args(&self) -> usize {
        self.parameters.iter().take_while(|parameter| parameter.default.is_none()).count()
    }

    /// `name(a, b = 2)`.
    pub fn signature(&self) -> String {
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|parameter| match parameter.default {
                Some(default) => format!("{} = {default}", parameter.name),
                None => parameter.name.into(),
            })
            .collect();
        if parameters.is_empty() {
            return self.name.into();
        }
        format!("{}({})", self.name, parameters.join(", "))
    }
}

/// The function of this name.
pub fn find(name: &str) -> Option<&'static Function> {
    TABLE.iter().find(|function| function.name == name).copied()
}

/// All names.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|function| function.name)
}
