//! A small picture of a rising line, in text.

use std::fmt::Write;

const HEIGHT: usize = 8;
const WIDTH: usize = 72;
/// An eighth of a cell more each.
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Values by iteration as filled columns, with the scale on the left and iterations below.
pub(super) fn steps(points: &[(u64, f64)]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let low = points.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
    let width = points.len().min(WIDTH);
    let levels: Vec<usize> = (0..width)
        .map(|column| {
            // The last point that falls into a column stands for it.
            let at = (column + 1) * points.len() / width - 1;
            let part = if high > low { (points[at].1 - low) / (high - low) } else { 0.5 };
            // The lowest value still shows as a line.
            1 + (part * (HEIGHT * 8 - 1) as f64).round() as usize
        })
        .collect();
    let mut text = String::new();
    for row in (0..HEIGHT).rev() {
        let label = match row {
            0 => format!("{low:.1}"),
            r if r == HEIGHT - 1 => format!("{high:.1}"),
            _ => String::new(),
        };
        let cells: String =
            levels.iter().map(|level| BARS[level.saturating_sub(row * 8).min(8)]).collect();
        let _ = writeln!(text, "{label:>8} ┤{}", cells.trim_end());
    }
    let axis =
        format!("{:<1$}{2}", first.0, width.saturating_sub(last.0.to_string().len()), last.0);
    let _ = writeln!(text, "{:>8}  {axis}", "");
    text
}
