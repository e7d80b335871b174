//! Messages: the wire format of Anthropic.

use serde_json::{Value, json};

use super::wire::{Ask, Content, Form, TOOL, TOOL_PURPOSE, Usage, count, declined, reply_in};
use crate::propose::reply::{Reply, Unreadable, schema};

/// Below the base URL.
pub(super) const PATH: &str = "/v1/messages";
/// Where the format comes from.
pub(super) const BASE_URL: &str = "https://api.anthropic.com";
/// The version of the format.
pub(super) const VERSION: &str = "2023-06-01";

/// The body of a request. Its only strict form is a tool that must be called.
pub(super) fn body(ask: &Ask<'_>) -> Value {
    let mut body = json!({
        "model": ask.model,
        "max_tokens": ask.max_tokens,
        "system": ask.system,
        "messages": [{ "role": "user", "content": ask.user }],
    });
    if matches!(ask.form, Form::Schema | Form::Tool) {
        body["tools"] =
            json!([{ "name": TOOL, "description": TOOL_PURPOSE, "input_schema": schema() }]);
        body["tool_choice"] = json!({ "type": "tool", "name": TOOL });
    }
    body
}

/// What a body of a good answer says, and what it says that it used.
pub(super) fn heard(body: &Value) -> (Result<Reply, Unreadable>, Option<Usage>) {
    // What was read from or written to a cache was read all the same.
    let cached = ["/usage/cache_creation_input_tokens", "/usage/cache_read_input_tokens"];
    let usage = count(body, "/usage/input_tokens").map(|read| Usage {
        read: read + cached.iter().filter_map(|path| count(body, path)).sum::<u64>(),
        written: count(body, "/usage/output_tokens").unwrap_or(0),
    });
    let blocks = body["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text =
        || blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n");
    let content = match blocks.iter().find(|block| block["type"] == "tool_use") {
        Some(block) => Content::Arguments(&block["input"]),
        None => Content::Text(text()),
    };
    let reply = match body["stop_reason"].as_str() {
        Some("refusal") => Err(declined(&text())),
        ended => reply_in(&content, ended == Some("max_tokens")),
    };
    (reply, usage)
}
