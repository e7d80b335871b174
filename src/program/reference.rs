//! The reference of all settings, as Markdown.

use serde_json::Value;

use super::rules::RULES;
use super::{SETTINGS, Settings, SourceSettings, TABLES};

/// Markdown tables of every setting: key, type, default, range, meaning; then the rules that tie
/// settings together. `docs/program.md` contains it word for word.
pub fn reference() -> String {
    let defaults = serde_json::to_value(Settings::default()).unwrap_or_default();
    // The defaults of a table that may be there several times are those of each one.
    let one = serde_json::to_value(SourceSettings::default()).unwrap_or_default();
    let mut page = String::new();
    for table in TABLES {
        let name = table.name;
        let heading = if table.is_list { format!("[[{name}]]") } else { format!("[{name}]") };
        page.push_str(&format!("### `{heading}`\n\n{}\n\n", table.meaning));
        let defaults = if table.is_list { &one } else { &defaults[name] };
        page.push_str("| key | type | default | range | meaning |\n|---|---|---|---|---|\n");
        for row in SETTINGS.iter().filter(|row| row.table == table.name) {
            page.push_str(&format!(
                "| `{}` | {} | {} | {} | {} |\n",
                row.name,
                row.domain.type_name(),
                literal(&defaults[row.name]),
                row.domain.expected(),
                row.meaning,
            ));
        }
        page.push('\n');
    }
    page.push_str("### Rules over several settings\n\n");
    for rule in RULES {
        page.push_str(&format!("- {}: {}.\n", rule.expected, rule.help));
    }
    page
}

/// A default as one would write it in TOML.
fn literal(value: &Value) -> String {
    let text = match value.as_f64() {
        // 10000 rather than 10000.0: TOML's whole numbers are fine where a number is wanted.
        Some(number) => format!("{number}"),
        None => value.to_string(),
    };
    format!("`{text}`")
}
