//! Draws how the score of the incumbent rose, as the picture in README.md:
//!
//! ```sh
//! cargo run --release -- iterate -n 25 --scratch=research
//! cargo run --release -- --root research log --json |
//!     cargo run --release --example climb > docs/images/climb.svg
//! ```
//!
//! Reads `sprag log --json` from standard input, writes SVG to standard output. The search is seeded, so
//! the same program, data and engine give the same picture.

use std::fmt::Write as _;
use std::io::{Read, Write};

use anyhow::Context;
use serde::Deserialize;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 44.0;

/// Readable on white and on black: a picture in a page doesn't know the page's colour.
const STYLE: &str = "    text { font: 13px system-ui, sans-serif; fill: #57606a }
    .title { font-size: 15px; font-weight: 600; fill: #24292f }
    .grid { stroke: #8c959f; stroke-opacity: .3 }
    .kept { fill: #1a7f37 }
    .tried { fill: none; stroke: #8c959f; stroke-width: 1.5 }
    .line { fill: none; stroke: #1a7f37; stroke-width: 2.5; stroke-linejoin: round }
    .last { font-weight: 600; fill: #1a7f37 }
    @media (prefers-color-scheme: dark) {
      text { fill: #9198a1 } .title { fill: #e6edf3 }
      .kept, .last { fill: #3fb950 } .line { stroke: #3fb950 }
    }";

/// What the log says of an iteration, as far as it is drawn.
#[derive(Deserialize)]
struct Line {
    iteration: u64,
    verdict: String,
    score: Option<f64>,
}

impl Line {
    fn moves_incumbent(&self) -> bool {
        matches!(self.verdict.as_str(), "baseline" | "accepted" | "external")
    }
}

/// From iterations and scores to places in the picture.
struct Scale {
    last: f64,
    low: f64,
    high: f64,
}

impl Scale {
    fn of(lines: &[Line]) -> anyhow::Result<Self> {
        let last = lines.last().context("the log is empty")?.iteration as f64;
        let scores = || lines.iter().filter_map(|line| line.score);
        let low = scores().fold(0.0, f64::min);
        let high = scores().fold(1.0, f64::max);
        // A grid line above and below.
        let step = step(high - low);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Ok(Self { last: last.max(1.0), low, high })
    }

    fn x(&self, iteration: u64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * iteration as f64 / self.last
    }

    fn y(&self, score: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * (self.high - score) / (self.high - self.low)
    }
}

/// A round distance that cuts a range into some five parts.
fn step(range: f64) -> f64 {
    let rounds = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0];
    rounds.into_iter().find(|step| range / step <= 6.0).unwrap_or(50.0)
}

fn main() -> anyhow::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let lines: Vec<Line> =
        serde_json::from_str(&text).context("expected the output of `sprag log --json`")?;
    std::io::stdout().write_all(draw(&lines)?.as_bytes())?;
    Ok(())
}

fn draw(lines: &[Line]) -> anyhow::Result<String> {
    let scale = Scale::of(lines)?;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-labelledby=\"title\">\n<style>\n{STYLE}\n</style>\n<text class=\"title\" id=\"title\" \
         x=\"{LEFT}\" y=\"24\">Score of the incumbent over {} iterations</text>\n",
        scale.last
    );
    legend(&mut svg)?;
    grid(&mut svg, &scale)?;
    for line in lines.iter().filter(|line| !line.moves_incumbent()) {
        let Some(score) = line.score else { continue };
        let (x, y) = (scale.x(line.iteration), scale.y(score));
        writeln!(svg, "<circle class=\"tried\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>")?;
    }
    incumbent(&mut svg, &scale, lines)?;
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn legend(svg: &mut String) -> std::fmt::Result {
    let y = 46.0;
    writeln!(svg, "<circle class=\"kept\" cx=\"{}\" cy=\"{}\" r=\"4\"/>", LEFT + 4.0, y - 4.0)?;
    writeln!(svg, "<text x=\"{}\" y=\"{y}\">kept</text>", LEFT + 14.0)?;
    writeln!(svg, "<circle class=\"tried\" cx=\"{}\" cy=\"{}\" r=\"3.5\"/>", LEFT + 64.0, y - 4.0)?;
    writeln!(svg, "<text x=\"{}\" y=\"{y}\">tried, not kept</text>", LEFT + 74.0)
}

fn grid(svg: &mut String, scale: &Scale) -> std::fmt::Result {
    let step_y = step(scale.high - scale.low);
    let mut score = scale.low;
    while score <= scale.high {
        let y = scale.y(score);
        let right = WIDTH - RIGHT;
        writeln!(svg, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>")?;
        let (x, base) = (LEFT - 8.0, y + 4.0);
        writeln!(svg, "<text x=\"{x}\" y=\"{base:.1}\" text-anchor=\"end\">{score}</text>")?;
        score += step_y;
    }
    let step_x = step(scale.last) as usize;
    for iteration in (0..=scale.last as u64).step_by(step_x) {
        let (x, y) = (scale.x(iteration), HEIGHT - BOTTOM + 20.0);
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{iteration}</text>")?;
    }
    let (x, y) = (WIDTH - RIGHT, HEIGHT - 6.0);
    writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">iteration</text>")
}

/// The line of the incumbent, its steps, and where it ended.
fn incumbent(svg: &mut String, scale: &Scale, lines: &[Line]) -> std::fmt::Result {
    let (mut path, mut dots, mut last) = (String::new(), String::new(), 0.0);
    for line in lines.iter().filter(|line| line.moves_incumbent()) {
        let Some(score) = line.score else { continue };
        let (x, y) = (scale.x(line.iteration), scale.y(score));
        match path.is_empty() {
            true => write!(path, "M{x:.1} {y:.1}")?,
            false => write!(path, "H{x:.1}V{y:.1}")?,
        }
        writeln!(dots, "<circle class=\"kept\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>")?;
        last = score;
    }
    let (x, y) = (WIDTH - RIGHT, scale.y(last));
    writeln!(svg, "<path class=\"line\" d=\"{path}H{x:.1}\"/>\n{}", dots.trim_end())?;
    writeln!(svg, "<text class=\"last\" x=\"{}\" y=\"{:.1}\">{last:.1}</text>", x + 8.0, y + 4.0)
}
