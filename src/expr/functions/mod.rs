//! The functions of the language: one file and one row each.
//!
//! Help, reference page, the proposer's language section and the list that the tests walk all come
//! from [`TABLE`] and [`REACH`]. To add a function: write `NAME.rs` with a `FUNCTION`, list it here twice, and give
//! `tests/it/functions` a slow reference for it. What several functions share is in `kernel/`.
//! Nothing here knows a file, the clock, or how a signal is traded.

mod kernel;
mod operator;
mod reach;
mod reference;
mod row;

mod abs;
mod ad;
mod adosc;
mod adx;
mod adxr;
mod apo;
mod argmax;
mod argmin;
mod aroon;
mod atr;
mod avgprice;
mod bars_since;
mod bbands;
mod beta;
mod bop;
mod cci;
mod ceil;
mod chandelier;
mod choppiness;
mod clamp;
mod cmf;
mod cmo;
mod correl;
mod count;
mod cross_above;
mod cross_below;
mod day;
mod dema;
mod donchian;
mod dx;
mod ema;
mod er;
mod exp;
mod falling;
mod floor;
mod force;
mod garman_klass;
mod heikin_ashi;
mod highest;
mod hma;
mod hour;
mod ichimoku;
mod if_else;
mod kama;
mod keltner;
mod kurt;
mod linreg;
mod linreg_angle;
mod linreg_intercept;
mod log;
mod log_return;
mod lowest;
mod macd;
mod max;
mod median;
mod medprice;
mod mfi;
mod midpoint;
mod midprice;
mod min;
mod minus_di;
mod minus_dm;
mod minute;
mod mom;
mod month;
mod natr;
mod nvi;
mod obv;
mod parkinson;
mod percent_rank;
mod plus_di;
mod plus_dm;
mod pow;
mod ppo;
mod pvi;
mod pvt;
mod quantile;
mod rising;
mod rma;
mod roc;
mod rocp;
mod rogers_satchell;
mod round;
mod rsi;
mod rsquared;
mod sar;
mod session;
mod sign;
mod skew;
mod slope;
mod sma;
mod sqrt;
mod stdev;
mod stoch;
mod stochrsi;
mod sum;
mod supertrend;
mod symbol;
mod t3;
mod tanh;
mod tema;
mod timeframe;
mod trange;
mod trima;
mod trix;
mod tsf;
mod tsi;
mod typprice;
mod ultosc;
mod valuewhen;
mod var;
mod vortex;
mod vwap;
mod vwma;
mod wclprice;
mod weekday;
mod willr;
mod wma;
mod xs_mean;
mod xs_rank;
mod xs_zscore;
mod yang_zhang;
mod zlema;
mod zscore;

pub(super) use kernel::Delay;
pub use operator::{MAX_COLUMNS, Operator};
pub(super) use operator::{arithmetic, binary, defined, holds};
pub use reach::{Place, Reach, Statistic};
pub use reference::{entry, reference};
pub use row::{Row, rows};

use super::Series;

/// All functions, by group and then as they read best.
pub static TABLE: &[&Function] = &[
    &typprice::FUNCTION,
    &medprice::FUNCTION,
    &wclprice::FUNCTION,
    &avgprice::FUNCTION,
    &heikin_ashi::FUNCTION,
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
    &zlema::FUNCTION,
    &midpoint::FUNCTION,
    &midprice::FUNCTION,
    &ichimoku::FUNCTION,
    &rsi::FUNCTION,
    &stochrsi::FUNCTION,
    &cmo::FUNCTION,
    &macd::FUNCTION,
    &apo::FUNCTION,
    &ppo::FUNCTION,
    &trix::FUNCTION,
    &tsi::FUNCTION,
    &stoch::FUNCTION,
    &cci::FUNCTION,
    &roc::FUNCTION,
    &rocp::FUNCTION,
    &mom::FUNCTION,
    &willr::FUNCTION,
    &adx::FUNCTION,
    &adxr::FUNCTION,
    &dx::FUNCTION,
    &plus_di::FUNCTION,
    &minus_di::FUNCTION,
    &plus_dm::FUNCTION,
    &minus_dm::FUNCTION,
    &vortex::FUNCTION,
    &mfi::FUNCTION,
    &aroon::FUNCTION,
    &ultosc::FUNCTION,
    &bop::FUNCTION,
    &er::FUNCTION,
    &choppiness::FUNCTION,
    &trange::FUNCTION,
    &atr::FUNCTION,
    &natr::FUNCTION,
    &stdev::FUNCTION,
    &var::FUNCTION,
    &parkinson::FUNCTION,
    &garman_klass::FUNCTION,
    &rogers_satchell::FUNCTION,
    &yang_zhang::FUNCTION,
    &bbands::FUNCTION,
    &keltner::FUNCTION,
    &donchian::FUNCTION,
    &sar::FUNCTION,
    &supertrend::FUNCTION,
    &chandelier::FUNCTION,
    &obv::FUNCTION,
    &ad::FUNCTION,
    &adosc::FUNCTION,
    &cmf::FUNCTION,
    &vwap::FUNCTION,
    &force::FUNCTION,
    &pvt::FUNCTION,
    &nvi::FUNCTION,
    &pvi::FUNCTION,
    &sum::FUNCTION,
    &highest::FUNCTION,
    &lowest::FUNCTION,
    &argmax::FUNCTION,
    &argmin::FUNCTION,
    &median::FUNCTION,
    &quantile::FUNCTION,
    &zscore::FUNCTION,
    &percent_rank::FUNCTION,
    &skew::FUNCTION,
    &kurt::FUNCTION,
    &correl::FUNCTION,
    &beta::FUNCTION,
    &slope::FUNCTION,
    &linreg::FUNCTION,
    &linreg_intercept::FUNCTION,
    &linreg_angle::FUNCTION,
    &tsf::FUNCTION,
    &rsquared::FUNCTION,
    &log_return::FUNCTION,
    &cross_above::FUNCTION,
    &cross_below::FUNCTION,
    &bars_since::FUNCTION,
    &valuewhen::FUNCTION,
    &count::FUNCTION,
    &rising::FUNCTION,
    &falling::FUNCTION,
    &if_else::FUNCTION,
    &min::FUNCTION,
    &max::FUNCTION,
    &clamp::FUNCTION,
    &abs::FUNCTION,
    &sign::FUNCTION,
    &floor::FUNCTION,
    &ceil::FUNCTION,
    &round::FUNCTION,
    &sqrt::FUNCTION,
    &log::FUNCTION,
    &exp::FUNCTION,
    &pow::FUNCTION,
    &tanh::FUNCTION,
    &month::FUNCTION,
    &day::FUNCTION,
    &weekday::FUNCTION,
    &hour::FUNCTION,
    &minute::FUNCTION,
    &session::FUNCTION,
];

/// All functions whose argument is computed elsewhere. They stand below the others.
pub static REACH: &[&Reach] = &[
    &symbol::FUNCTION,
    &timeframe::FUNCTION,
    &xs_rank::FUNCTION,
    &xs_zscore::FUNCTION,
    &xs_mean::FUNCTION,
];

/// One function of the language that an operator computes.
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
    Price,
    MovingAverage,
    Oscillator,
    Volatility,
    Volume,
    Statistics,
    Events,
    Arithmetic,
    Calendar,
    OtherSeries,
    Universe,
}

impl Group {
    /// Heading in the reference.
    pub fn title(self) -> &'static str {
        match self {
            Self::Price => "Prices of a bar",
            Self::MovingAverage => "Moving averages",
            Self::Oscillator => "Oscillators and momentum",
            Self::Volatility => "Volatility and bands",
            Self::Volume => "Volume",
            Self::Statistics => "Statistics of a window",
            Self::Events => "Events",
            Self::Arithmetic => "Arithmetic and logic",
            Self::Calendar => "Calendar",
            Self::OtherSeries => "Other series",
            Self::Universe => "Across the universe",
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
    /// A number series or a condition; the call is what it is.
    Any,
    /// The name of a symbol in quotes.
    Symbol,
    /// The name of a timeframe in quotes.
    Timeframe,
    /// A constant whole number of bars.
    Window {
        /// The smallest that makes sense.
        least: u32,
    },
    /// A constant whole number that isn't one of bars.
    Count {
        /// Lower bound.
        least: u32,
        /// Upper bound.
        most: u32,
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

    /// A number series or a condition.
    pub(super) const fn any(name: &'static str) -> Self {
        Self { name, kind: Kind::Any, default: None }
    }

    /// The name of a symbol.
    pub(super) const fn symbol(name: &'static str) -> Self {
        Self { name, kind: Kind::Symbol, default: None }
    }

    /// The name of a timeframe.
    pub(super) const fn timeframe(name: &'static str) -> Self {
        Self { name, kind: Kind::Timeframe, default: None }
    }

    /// A window of at least `least` bars.
    pub(super) const fn window(name: &'static str, least: u32) -> Self {
        Self { name, kind: Kind::Window { least }, default: None }
    }

    /// A whole number between two bounds.
    pub(super) const fn count(name: &'static str, least: u32, most: u32) -> Self {
        Self { name, kind: Kind::Count { least, most }, default: None }
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
    pub fn least_args(&'static self) -> usize {
        Row::Operator(self).least_args()
    }

    /// `name(a, b = 2)`.
    pub fn signature(&'static self) -> String {
        Row::Operator(self).signature()
    }
}

/// The function of this name that an operator computes.
pub fn find(name: &str) -> Option<&'static Function> {
    TABLE.iter().find(|function| function.name == name).copied()
}

/// All names, of either table.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().map(Row::name)
}
