//! `ichimoku(conversion, base, span)`: the lines of the Ichimoku chart.

use super::kernel::{Channel, halfway};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "ichimoku",
    group: Group::MovingAverage,
    summary: "Lines of the Ichimoku chart (Hosoda), all as of this bar: conversion and \
              base = midprice over so many bars, span_a = the mean of the two, span_b = \
              midprice over span bars. Nothing is shifted: charts draw the spans 26 bars \
              later, so the cloud they show at this bar is that of 26 bars ago; the \
              lagging span, which compares with later bars, is left out.",
    parameters: &[
        Parameter::window("conversion", 1).or(9.0),
        Parameter::window("base", 1).or(26.0),
        Parameter::window("span", 1).or(52.0),
    ],
    implicit: &[Series::High, Series::Low],
    outputs: &["conversion", "base", "span_a", "span_b"],
    condition: false,
    first: |c| c[0].max(c[1]).max(c[2]) as usize - 1,
    build: |c| {
        let mut channels = [c[0], c[1], c[2]].map(|n| Channel::new(n as usize));
        per_bar(move |[high, low]| {
            let [conversion, base, span_b] =
                channels.each_mut().map(|channel| channel.middle(high, low));
            [conversion, base, halfway(conversion, base), span_b]
        })
    },
    fold: None,
    example: "close > max(ichimoku.span_a[26], ichimoku.span_b[26])",
};
