//! What an agent's output says it cost. Each agent says it in its own way; what none of them says isn't
//! known, and is never guessed.

use serde_json::Value;

use crate::state::{Bill, Usd};

/// Braces of a report that are tried as its beginning.
const MOST_STARTS: usize = 400;

/// Tokens and money as an agent's standard output names them, if it does.
///
/// Known are one object with `usage` and `total_cost_usd` (Claude Code), lines of events of which the
/// completed turns have `usage` (Codex), one object with `stats.models.*.tokens` (Gemini CLI), and a line
/// `Tokens: … sent, … received. Cost: $… message, $… session.` (aider).
pub(super) fn of(stdout: &[u8]) -> Option<Bill> {
    let text = String::from_utf8_lossy(stdout);
    let text = text.trim();
    // Before the rest: the last of its events by itself looks like another agent's whole report.
    if let Some(bill) = codex(text) {
        return Some(bill);
    }
    if let Some(value) = last_object(text)
        && let Some(bill) = claude(&value).or_else(|| gemini(&value))
    {
        return Some(bill);
    }
    aider(text)
}

/// The object that is the text, or that its last part is: some print notices before it.
fn last_object(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    // Only the whole of the last object reads to the end: what it contains is followed by its own rest.
    let starts = text.rmatch_indices('{').take(MOST_STARTS);
    starts.map(|(at, _)| &text[at..]).find_map(|rest| serde_json::from_str(rest).ok())
}

fn count(value: &Value, keys: &[&str]) -> u64 {
    keys.iter().filter_map(|key| value.get(key).and_then(Value::as_u64)).sum()
}

fn known(usd: Option<f64>) -> Option<Usd> {
    Some(usd.filter(|usd| usd.is_finite() && *usd >= 0.0).map_or(Usd::UNKNOWN, Usd::Known))
}

fn claude(value: &Value) -> Option<Bill> {
    let usage = value.get("usage")?;
    let read = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
    Some(Bill {
        tokens_in: count(usage, &read),
        tokens_out: count(usage, &["output_tokens"]),
        usd: known(value.get("total_cost_usd").and_then(Value::as_f64)),
    })
}

fn gemini(value: &Value) -> Option<Bill> {
    let models = value.get("stats")?.get("models")?.as_object()?;
    let mut bill = Bill { usd: Some(Usd::UNKNOWN), ..Bill::default() };
    for tokens in models.values().filter_map(|model| model.get("tokens")) {
        bill.tokens_in += count(tokens, &["prompt", "tool"]);
        bill.tokens_out += count(tokens, &["candidates", "thoughts"]);
    }
    Some(bill)
}

fn codex(text: &str) -> Option<Bill> {
    let mut bill = None;
    for line in text.lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
        if event.get("type").and_then(Value::as_str) != Some("turn.completed") {
            continue;
        }
        let Some(usage) = event.get("usage") else { continue };
        let sum: &mut Bill = bill.get_or_insert_default();
        sum.add(&Bill {
            tokens_in: count(usage, &["input_tokens"]),
            tokens_out: count(usage, &["output_tokens"]),
            usd: Some(Usd::UNKNOWN),
        });
    }
    bill
}

fn aider(text: &str) -> Option<Bill> {
    let mut bill = None;
    for line in text.lines() {
        let Some((_, report)) = line.split_once("Tokens: ") else { continue };
        let number = |before: &str| report.split(before).next()?.split_whitespace().last();
        let tokens = |before: &str| number(before).and_then(thousands);
        let (Some(sent), Some(received)) = (tokens(" sent"), tokens(" received")) else { continue };
        // The session's cost is a sum already; tokens are of each message.
        let usd = number(" session").and_then(|usd| usd.trim_start_matches('$').parse().ok());
        let sum: &mut Bill = bill.get_or_insert_default();
        sum.tokens_in += sent;
        sum.tokens_out += received;
        sum.usd = known(usd);
    }
    bill
}

/// `239`, `7.6k`, `1.2M`, `1,234`.
fn thousands(text: &str) -> Option<u64> {
    let text = text.replace(',', "");
    let (digits, factor) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1e3),
        None => text.strip_suffix('M').map_or((text.as_str(), 1.0), |digits| (digits, 1e6)),
    };
    let value: f64 = digits.parse().ok()?;
    (value.is_finite() && value >= 0.0).then_some((value * factor).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill(tokens_in: u64, tokens_out: u64, usd: Usd) -> Option<Bill> {
        Some(Bill { tokens_in, tokens_out, usd: Some(usd) })
    }

    #[test]
    fn what_agents_print_is_read() {
        let claude = r#"{"type":"result","subtype":"success","is_error":false,"result":"done",
            "total_cost_usd":0.0421,"usage":{"input_tokens":12,"cache_creation_input_tokens":300,
            "cache_read_input_tokens":1000,"output_tokens":250}}"#;
        assert_eq!(of(claude.as_bytes()), bill(1312, 250, Usd::Known(0.0421)));
        let noisy = format!("a notice\n{claude}\n");
        assert_eq!(of(noisy.as_bytes()), bill(1312, 250, Usd::Known(0.0421)));
        let codex = "{\"type\":\"thread.started\"}\nnot json\n\
            {\"type\":\"turn.completed\",\"usage\":{\"input_tokens\":100,\"cached_input_tokens\":50,\"output_tokens\":20}}\n\
            {\"type\":\"turn.completed\",\"usage\":{\"input_tokens\":10,\"output_tokens\":2}}\n";
        assert_eq!(of(codex.as_bytes()), bill(110, 22, Usd::UNKNOWN));
        let gemini = r#"{"response":"ok","stats":{"models":{"a":{"tokens":{"prompt":700,"candidates":20,
            "thoughts":5,"cached":10,"total":725}},"b":{"tokens":{"prompt":1}}},"tools":{}}}"#;
        assert_eq!(of(gemini.as_bytes()), bill(701, 25, Usd::UNKNOWN));
        let aider = "Applied edit\nTokens: 7.6k sent, 239 received. Cost: $0.03 message, $0.03 session.\n\
            Tokens: 1,234 sent, 1k received. Cost: $0.01 message, $0.04 session.\n";
        assert_eq!(of(aider.as_bytes()), bill(8834, 1239, Usd::Known(0.04)));
    }

    #[test]
    fn what_says_nothing_is_not_known() {
        for text in ["", "done", "{}", "{\"usage\":", "Tokens: many sent", "[1]", "\u{0}"] {
            assert_eq!(of(text.as_bytes()), None, "{text}");
        }
    }
}
