//! Functions that reach beyond the bars they are asked on: their argument is computed on another symbol,
//! on longer bars, or on all symbols of the universe. Rows only: how that is done is `expr::elsewhere`'s
//! business.

use super::{Group, Parameter};

/// One function of the language whose argument is computed elsewhere.
#[derive(Debug)]
pub struct Reach {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub group: Group,
    /// One sentence: what it gives.
    pub summary: &'static str,
    /// What it is called with; the last argument is what is computed elsewhere.
    pub parameters: &'static [Parameter],
    /// From which bar on it is defined.
    pub defined: &'static str,
    /// Where its argument is computed.
    pub place: Place,
    /// An expression that uses it.
    pub example: &'static str,
}

/// Where an argument is computed.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// On the bars of the symbol that the first argument names.
    Symbol,
    /// On the same symbol's bars, put together by the timeframe that the first argument names.
    Timeframe,
    /// On each symbol of the universe, to be compared by this statistic.
    Universe(Statistic),
}

/// Compares values of one moment: those of all symbols that have a bar, in account order, undefined ones
/// as NaN. Puts each symbol's result in the place of its value. The other vector is scratch space.
pub type Statistic = fn(&mut [f64], &mut Vec<f64>);

/// The defined ones among the values.
pub(super) fn gather(values: &[f64], into: &mut Vec<f64>) {
    into.clear();
    into.extend(values.iter().filter(|value| !value.is_nan()));
}
