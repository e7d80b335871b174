//! The part of the settings that decides a score, in one canonical spelling.

use serde_json::Value;

use super::Settings;

/// Tables that decide a score.
const TABLES: [&str; 5] = ["market", "split", "costs", "backtest", "score"];

/// Canonical JSON of the evaluation part; see [`super::Program::evaluation_hash_input`].
pub(super) fn canonical(settings: &Settings) -> String {
    let mut value = serde_json::to_value(settings).unwrap_or_default();
    if let Some(tables) = value.as_object_mut() {
        tables.retain(|name, _| TABLES.contains(&name.as_str()));
        if let Some(market) = tables.get_mut("market").and_then(Value::as_object_mut) {
            // Where the data lie doesn't matter; what they are is hashed by the loader.
            market.remove("data");
            // The order in which other symbols are named doesn't either, and without any of them an
            // evaluation is what it was before they could be named.
            match market.get_mut("context").and_then(Value::as_array_mut) {
                Some(context) if !context.is_empty() => {
                    context.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                }
                _ => {
                    market.remove("context");
                }
            }
        }
    }
    let mut out = String::new();
    write(&value, &mut out);
    out
}

/// Writes with keys sorted here rather than by the map type, which a feature of the JSON crate can
/// change from outside.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
