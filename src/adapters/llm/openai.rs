//! Chat completions: the wire format of OpenAI, which OpenRouter, Ollama, llama.cpp, vLLM, Azure and most
//! others speak.

use serde_json::{Value, json};

use super::wire::{Ask, Content, Form, TOOL, TOOL_PURPOSE, Usage, count, declined, reply_in};
use crate::propose::reply::{Reply, Unreadable, schema};

/// Below the base URL.
pub(super) const PATH: &str = "/chat/completions";
/// Where the format comes from.
pub(super) const BASE_URL: &str = "https://api.openai.com/v1";

/// The body of a request.
pub(super) fn body(ask: &Ask<'_>) -> Value {
    let limit = if ask.newer_limit { "max_completion_tokens" } else { "max_tokens" };
    let mut body = json!({
        "model": ask.model,
        "messages": [
            { "role": "system", "content": ask.system },
            { "role": "user", "content": ask.user },
        ],
        "stream": false,
    });
    body[limit] = ask.max_tokens.into();
    match ask.form {
        Form::Schema => {
            let schema = json!({ "name": "proposal", "strict": true, "schema": schema() });
            body["response_format"] = json!({ "type": "json_schema", "json_schema": schema });
        }
        Form::Tool => {
            let function =
                json!({ "name": TOOL, "description": TOOL_PURPOSE, "parameters": schema() });
            body["tools"] = json!([{ "type": "function", "function": function }]);
            body["tool_choice"] = json!({ "type": "function", "function": { "name": TOOL } });
        }
        Form::Json => body["response_format"] = json!({ "type": "json_object" }),
        Form::Text => {}
    }
    body
}

/// What a body of a good answer says, and what it says that it used.
pub(super) fn heard(body: &Value) -> (Result<Reply, Unreadable>, Option<Usage>) {
    let usage = count(body, "/usage/prompt_tokens")
        .map(|read| Usage { read, written: count(body, "/usage/completion_tokens").unwrap_or(0) });
    let Some(choice) = body.pointer("/choices/0") else {
        let message = "the answer has no `choices`".into();
        return (Err(Unreadable::Wrong { message }), usage);
    };
    let message = &choice["message"];
    let ended = choice["finish_reason"].as_str().unwrap_or_default();
    if let Some(words) = message["refusal"].as_str() {
        return (Err(declined(words)), usage);
    }
    let content = match message.pointer("/tool_calls/0/function/arguments") {
        Some(arguments) => Content::Arguments(arguments),
        None => Content::Text(text(&message["content"])),
    };
    let reply = match ended {
        "content_filter" => Err(declined("the endpoint's filter stopped it")),
        ended => reply_in(&content, ended == "length"),
    };
    (reply, usage)
}

/// A message's content: text, or a list of parts.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}
