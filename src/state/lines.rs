//! Files that hold one JSON value per line between brackets, so that they are valid JSON at every commit and grow by a
//! line: `[`, values separated by `,` and a line break, `]`.

use super::{StateError, StatePath};

/// The text of a file without values.
pub(super) const EMPTY: &str = "[\n]\n";
const OPEN: &str = "[\n";
const CLOSE: &str = "\n]\n";

/// The text with more lines at its end; the old bytes stay.
pub(super) fn appended(text: &str, lines: &[&str]) -> String {
    let kept = text.strip_suffix(CLOSE).filter(|kept| *kept != "[");
    let mut grown =
        String::with_capacity(text.len() + lines.iter().map(|l| l.len() + 2).sum::<usize>());
    grown.push_str(kept.unwrap_or("["));
    for (at, line) in lines.iter().enumerate() {
        grown.push_str(if at == 0 && kept.is_none() { "\n" } else { ",\n" });
        grown.push_str(line);
    }
    grown.push_str(CLOSE);
    grown
}

/// What is wrong with a line: the parser counts within it, and its own "at line 1" would mislead.
pub(super) fn misread(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
    format!("column {}: {what}", error.column())
}

/// Reads each line with its number, from 1.
pub(super) fn read<T>(
    path: StatePath,
    text: &str,
    mut parse: impl FnMut(&str, &str, usize) -> Result<T, StateError>,
) -> Result<Vec<T>, StateError> {
    let file = path.to_string();
    let refuse = |line, message: &str| StateError::Syntax {
        file: file.clone(),
        line,
        message: message.into(),
    };
    if text == EMPTY {
        return Ok(Vec::new());
    }
    let body = text
        .strip_prefix(OPEN)
        .ok_or_else(|| refuse(1, "expected `[` on a line of its own, then one record per line"))?;
    let body = body.strip_suffix(CLOSE).ok_or_else(|| {
        refuse(text.lines().count().max(1), "expected `]` on a line of its own at the end")
    })?;
    let last = body.split('\n').count() - 1;
    let mut values = Vec::with_capacity(last + 1);
    for (index, line) in body.split('\n').enumerate() {
        // Line 1 is the bracket.
        let number = index + 2;
        let value = match (line.strip_suffix(','), index == last) {
            (Some(value), false) => value,
            (None, true) => line,
            (None, false) => return Err(refuse(number, "expected `,` after the record")),
            (Some(_), true) => return Err(refuse(number, "expected a record after the last `,`")),
        };
        values.push(parse(value, &file, number)?);
    }
    Ok(values)
}
