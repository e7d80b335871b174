//! One row: from its fields, with a message for what can't be read.

use super::super::{
    finding::{Finding, Kind},
    number::parse_number,
    rows::{Layout, NAMES, Role, Row, TimeField, shown},
};

/// Reads the fields of the row on `line`; the first bad one is the error.
pub(super) fn read_fields(
    fields: &[&[u8]],
    line: u64,
    layout: &Layout,
    times: &mut TimeField,
) -> Result<Row, Finding> {
    if fields.len() != layout.roles.len() {
        let message = format!(
            "{} fields, but the header has {} columns (a thousands separator, a decimal comma or an \
             unclosed quote?)",
            fields.len(),
            layout.roles.len()
        );
        return Err(Finding::at(line, Kind::FieldCount, message));
    }
    let mut row = Row::default();
    for (role, field) in layout.roles.iter().zip(fields) {
        let field = field.trim_ascii();
        let unparsable = |message| Finding::at(line, Kind::UnparsableField, message);
        match role {
            Role::Ignored => {}
            Role::Time if field.is_empty() => return Err(unparsable("the time is empty".into())),
            Role::Time => {
                row.time = times.read(field).map_err(|problem| {
                    unparsable(format!("`{}` isn't a time: {problem}", shown(field)))
                })?;
            }
            Role::Value(value) => {
                row.values[*value] = parse_number(field)
                    .ok_or_else(|| unparsable(explain_number(field, NAMES[*value])))?;
            }
        }
    }
    Ok(row)
}

fn explain_number(field: &[u8], column: &str) -> String {
    if field.is_empty() {
        return format!("the {column} is empty; remove the row or fill the field");
    }
    let text = shown(field);
    let has_digit = field.iter().any(u8::is_ascii_digit);
    let hint = if has_digit && field.contains(&b',') && !field.contains(&b'.') {
        "write a point, not a comma, before the decimals, and no thousands separators"
    } else if has_digit {
        "write digits with a decimal point, such as 1234.5, without thousands separators, units or \
         currency signs"
    } else {
        "expected digits with a decimal point, such as 1234.5"
    };
    format!("the {column} `{text}` isn't a number: {hint}")
}
