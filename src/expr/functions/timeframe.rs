//! `timeframe(name, x)`: the value on longer bars.

use super::{Group, Parameter, Place, Reach};

pub(super) static FUNCTION: Reach = Reach {
    name: "timeframe",
    group: Group::OtherSeries,
    summary: "x of the same symbol on longer bars: as of the last period that is complete with the \
              close of this bar.",
    parameters: &[Parameter::timeframe("name"), Parameter::any("x")],
    defined: "defined where x of the last complete period is",
    place: Place::Timeframe,
    example: "close > timeframe('1w', sma(close, 10))",
};
