//! Equity and drawdown as SVG: candidate, incumbent and buy-and-hold, what is out-of-sample shaded.
//!
//! The picture has a ground of its own and two sets of colours, so that it can be read on a light and on a dark page. It
//! holds numbers and our own words, and nothing that anybody proposed.

use std::fmt::Write;

use super::curves::{Curve, Curves, Stretch, thinned};
use crate::backtest::Span;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 430.0;
/// Where curves are drawn.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 944.0;
const EQUITY: (f64, f64) = (48.0, 292.0);
const DRAWDOWN: (f64, f64) = (316.0, 396.0);
/// Most points of a curve over the whole width.
const MOST_POINTS: usize = 220;
/// Folds beyond this many have no line of their own.
const MOST_FOLDS: usize = 60;

const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#59636e}.ground{fill:#fff}.shade{fill:#ddf4ff}.line{stroke:#d1d9e0}\
path{fill:none;stroke-width:1.4}.candidate{stroke:#0969da;stroke-width:2}.incumbent{stroke:#bc4c00}\
.market{stroke:#818b98}\
@media(prefers-color-scheme:dark){text{fill:#9198a1}.ground{fill:#0d1117}.shade{fill:#121d2f}.line{stroke:#3d444d}\
.candidate{stroke:#4493f8}.incumbent{stroke:#f0883e}.market{stroke:#9198a1}}";

/// The picture of one iteration.
pub fn svg(iteration: u64, curves: &Curves) -> String {
    let frame = Frame::of(curves);
    let what =
        format!("Iteration {iteration}: growth of 1 and drawdown, in-sample and out-of-sample");
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-labelledby=\"what\">\n<title id=\"what\">{what}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/>\n"
    );
    frame.spans(&mut text, curves);
    frame.scales(&mut text);
    let mut first = 0;
    for stretch in &curves.stretches {
        // What matters most is drawn last, above the others.
        let curves = [
            ("market", stretch.market.as_ref()),
            ("incumbent", stretch.incumbent.as_ref()),
            ("candidate", Some(&stretch.candidate)),
        ];
        for (class, curve) in curves {
            let Some(curve) = curve else { continue };
            frame.curve(&mut text, class, first, curve);
        }
        first += stretch.candidate.equity.len();
    }
    legend(&mut text, curves);
    text + "</svg>\n"
}

/// Scales.
struct Frame {
    bars: usize,
    growth: (f64, f64),
    depth: f64,
}

impl Frame {
    fn of(curves: &Curves) -> Self {
        let all = || curves.stretches.iter().flat_map(curves_of);
        let equity = || all().flat_map(|curve| curve.equity.iter().copied());
        let low = equity().fold(1.0, f64::min);
        let high = equity().fold(1.0, f64::max);
        // A curve that doesn't move still has room around it.
        let growth = (low / 1.02, high * 1.02);
        let depth = all().flat_map(|curve| curve.drawdown.iter().copied()).fold(0.01, f64::max);
        let bars = curves.stretches.iter().map(|stretch| stretch.candidate.equity.len()).sum();
        Self { bars, growth, depth }
    }

    fn x(&self, bar: usize) -> f64 {
        LEFT + (RIGHT - LEFT) * bar as f64 / self.bars.max(1) as f64
    }

    /// Logarithmic: the same step up is the same growth.
    fn y_growth(&self, growth: f64) -> f64 {
        let (low, high) = self.growth;
        let part = (growth / low).ln() / (high / low).ln();
        EQUITY.1 - (EQUITY.1 - EQUITY.0) * part
    }

    fn y_depth(&self, depth: f64) -> f64 {
        DRAWDOWN.0 + (DRAWDOWN.1 - DRAWDOWN.0) * (depth / self.depth)
    }

    /// The shade, folds and days.
    fn spans(&self, text: &mut String, curves: &Curves) {
        let (top, bottom) = (EQUITY.0, DRAWDOWN.1);
        let mut first = 0;
        for stretch in &curves.stretches {
            let end = first + stretch.candidate.equity.len();
            let (left, right) = (self.x(first), self.x(end));
            let name = match stretch.span {
                Span::OutOfSample => "out-of-sample",
                _ => "in-sample",
            };
            if stretch.span == Span::OutOfSample {
                let _ = writeln!(
                    text,
                    "<rect class=\"shade\" x=\"{left:.1}\" y=\"{top}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                    right - left,
                    bottom - top
                );
            }
            for (bar, _) in stretch.folds.iter().take(MOST_FOLDS) {
                let x = self.x(first + bar);
                let _ = writeln!(text, "<path class=\"line\" d=\"M{x:.1},{top}V{bottom}\"/>");
            }
            let from = stretch.folds.first().map(|(_, day)| day.as_str()).unwrap_or_default();
            let _ = writeln!(
                text,
                "<text x=\"{:.1}\" y=\"{}\">{name}, {} fold{}</text>",
                left + 4.0,
                top + 14.0,
                stretch.folds.len(),
                if stretch.folds.len() == 1 { "" } else { "s" }
            );
            let y = bottom + 18.0;
            let _ = writeln!(
                text,
                "<text x=\"{left:.1}\" y=\"{y}\">{from}</text><text x=\"{:.1}\" y=\"{y}\" text-anchor=\"end\">{}</text>",
                right - 6.0,
                stretch.to
            );
            first = end;
        }
    }

    fn scales(&self, text: &mut String) {
        let mut row = |y: f64, label: String| {
            let _ = writeln!(
                text,
                "<path class=\"line\" d=\"M{LEFT},{y:.1}H{RIGHT}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 6.0,
                y + 4.0
            );
        };
        for value in ticks(self.growth) {
            row(self.y_growth(value), format!("{value}"));
        }
        row(self.y_depth(0.0), "0 %".into());
        row(self.y_depth(self.depth), format!("-{:.0} %", self.depth * 100.0));
    }

    fn curve(&self, text: &mut String, class: &str, first: usize, curve: &Curve) {
        let most = (MOST_POINTS * curve.equity.len()).div_ceil(self.bars.max(1)).max(2);
        let mut draw = |values: &[f64], highest: bool, y: &dyn Fn(f64) -> f64| {
            let points: Vec<String> = thinned(values, most, highest)
                .into_iter()
                .map(|(bar, value)| format!("{:.1},{:.1}", self.x(first + bar), y(value)))
                .collect();
            if !points.is_empty() {
                let _ = writeln!(text, "<path class=\"{class}\" d=\"M{}\"/>", points.join(" "));
            }
        };
        draw(&curve.equity, false, &|value| self.y_growth(value));
        draw(&curve.drawdown, true, &|value| self.y_depth(value));
    }
}

fn curves_of(stretch: &Stretch) -> impl Iterator<Item = &Curve> {
    let others = stretch.incumbent.iter().chain(&stretch.market);
    std::iter::once(&stretch.candidate).chain(others)
}

/// Round numbers between two: at most eight.
fn ticks((low, high): (f64, f64)) -> Vec<f64> {
    let mut power = 10f64.powf((high - low).log10().floor() - 1.0);
    loop {
        for step in [1.0, 2.0, 5.0].map(|step| step * power) {
            let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
            if last - first < 8 {
                // Through text, so that 3 times 0.1 is 0.3.
                let rounded = |n: i64| format!("{:.6}", n as f64 * step).parse().unwrap_or(1.0);
                return (first..=last).map(rounded).filter(|value| *value > 0.0).collect();
            }
        }
        power *= 10.0;
    }
}

fn legend(text: &mut String, curves: &Curves) {
    let has = |part: fn(&Stretch) -> bool| curves.stretches.iter().any(part);
    let mut x = LEFT;
    let entries = [
        ("candidate", "candidate", true),
        ("incumbent", "incumbent", has(|stretch| stretch.incumbent.is_some())),
        ("market", "buy-and-hold", has(|stretch| stretch.market.is_some())),
    ];
    for (class, name, _) in entries.into_iter().filter(|(_, _, there)| *there) {
        let _ = writeln!(
            text,
            "<path class=\"{class}\" d=\"M{x},24h24\"/><text x=\"{}\" y=\"28\">{name}</text>",
            x + 30.0
        );
        x += 130.0;
    }
    let _ = writeln!(
        text,
        "<text x=\"{RIGHT}\" y=\"28\" text-anchor=\"end\">growth of 1 in each span, folds joined; drawdown below</text>"
    );
}

/// Points of a line in a chart of text.
const CHART_POINTS: usize = 48;

/// The out-of-sample curves as a Mermaid chart, where a picture can't be shown.
pub fn chart(curves: &Curves) -> String {
    let Some(stretch) = curves.out_of_sample().filter(|s| !s.candidate.equity.is_empty()) else {
        return String::new();
    };
    let lines = [
        ("candidate (blue)", "#0969da", Some(&stretch.candidate)),
        ("incumbent (orange)", "#bc4c00", stretch.incumbent.as_ref()),
        ("buy-and-hold (grey)", "#818b98", stretch.market.as_ref()),
    ];
    let there = lines.into_iter().filter_map(|(name, colour, curve)| Some((name, colour, curve?)));
    let lines: Vec<(&str, &str, &Curve)> = there.collect();
    let names: Vec<&str> = lines.iter().map(|(name, ..)| *name).collect();
    let colours: Vec<&str> = lines.iter().map(|(_, colour, _)| *colour).collect();
    let from = stretch.folds.first().map(|(_, day)| day.as_str()).unwrap_or_default();
    let mut text = format!(
        "Growth of 1 out-of-sample, {from} to {}: {}.\n\n```mermaid\n\
         %%{{init: {{\"themeVariables\": {{\"xyChart\": {{\"plotColorPalette\": \"{}\"}}}}}}}}%%\n\
         xychart-beta\n    x-axis \"bars\" 1 --> {}\n    y-axis \"growth of 1\"\n",
        stretch.to,
        names.join(", "),
        colours.join(", "),
        stretch.candidate.equity.len()
    );
    for (_, _, curve) in lines {
        let values = thinned(&curve.equity, CHART_POINTS, false);
        let values: Vec<String> = values.iter().map(|(_, value)| format!("{value:.3}")).collect();
        let _ = writeln!(text, "    line [{}]", values.join(", "));
    }
    text + "```\n"
}
