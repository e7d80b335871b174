//! What `sprag data check` tells a person, as text.

use std::fmt::Write;

use super::{
    finding::{FileCheck, Finding},
    time::{format_duration, format_short},
};

const COLUMNS: [&str; 10] =
    ["file", "symbol", "bars", "from", "to", "step", "zone", "gaps", "errors", "warnings"];

/// A table of files, then all findings, one per line: `file:line: kind: message`, errors first.
pub fn render(checks: &[FileCheck]) -> String {
    let rows: Vec<[String; COLUMNS.len()]> =
        std::iter::once(COLUMNS.map(String::from)).chain(checks.iter().map(cells)).collect();
    let mut widths = [0; COLUMNS.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            // Names and times to the left, numbers to the right. Writing to a String can't fail.
            let _ = match COLUMNS[column] {
                "bars" | "gaps" | "errors" | "warnings" => write!(text, "{gap}{cell:>width$}"),
                _ => write!(text, "{gap}{cell:<width$}"),
            };
        }
        text.push('\n');
    }
    let findings = |list: fn(&FileCheck) -> &Vec<Finding>| {
        checks.iter().flat_map(move |check| list(check).iter().map(|f| line(&check.file, f)))
    };
    let lines: Vec<String> =
        findings(|check| &check.errors).chain(findings(|check| &check.warnings)).collect();
    if !lines.is_empty() {
        text.push('\n');
        text.push_str(&lines.join("\n"));
        text.push('\n');
    }
    text
}

/// `data/AAPL.csv:12: high_below: the high 9 is below the open 10`, or `data/AAPL.parquet: row 11: …`.
pub fn line(file: &str, finding: &Finding) -> String {
    let (kind, message) = (finding.kind.name(), &finding.message);
    match (finding.line, finding.row) {
        (Some(line), _) => format!("{file}:{line}: {kind}: {message}"),
        (None, Some(row)) => format!("{file}: row {row}: {kind}: {message}"),
        (None, None) => format!("{file}: {kind}: {message}"),
    }
}

fn cells(check: &FileCheck) -> [String; COLUMNS.len()] {
    let time = |time: Option<i64>| time.map_or_else(|| "-".into(), format_short);
    [
        check.file.clone(),
        check.symbol.clone(),
        check.bars.to_string(),
        time(check.from),
        time(check.to),
        check.step_ms.map_or_else(|| "-".into(), format_duration),
        check.zone.clone().unwrap_or_else(|| "-".into()),
        check.gaps.to_string(),
        check.errors.len().to_string(),
        check.warnings.len().to_string(),
    ]
}
