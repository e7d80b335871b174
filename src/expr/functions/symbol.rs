//! `symbol(name, x)`: the value of another symbol.

use super::{Group, Parameter, Place, Reach};

pub(super) static FUNCTION: Reach = Reach {
    name: "symbol",
    group: Group::OtherSeries,
    summary: "x of another symbol, computed on that symbol's own bars: as of its last bar that has \
              ended by the close of this one.",
    parameters: &[Parameter::symbol("name"), Parameter::any("x")],
    defined: "defined where x of that symbol is, and kept until its next bar",
    place: Place::Symbol,
    example: "symbol('SPX', close > sma(close, 200))",
};
