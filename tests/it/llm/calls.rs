//! Calls that are heard: what is sent, what is read, what is booked.

use serde_json::{Value, json};
use sprag::propose::reply::schema;
use sprag::state::{Bill, Usd};
use sprag::strategy::Edit;

use super::server::{Play, Server};
use super::{Talk, completion, known, reply};

fn play(content: &str) -> Play {
    Play::json(200, &completion(content))
}

#[test]
fn chat_completions_are_asked_for_a_schema_and_read() {
    let server = Server::new(vec![play(&reply(20).to_string())]);
    let prices = "usd_per_mtok_in = [2.0]\nusd_per_mtok_out = [10.0]\nmax_output_tokens = 500";
    let mut talk = Talk::new(server, prices);
    let proposal = talk.propose().unwrap();
    assert_eq!(proposal.edits, [Edit::set("params.n.value", 20)]);
    assert_eq!(proposal.hypothesis, "20 bars are smoother.");
    assert_eq!(proposal.expected.as_deref(), Some("Fewer trades."));
    assert_eq!(proposal.by.prompt.as_ref().unwrap().len(), 64);
    let asked = &talk.server.asked()[0];
    assert_eq!(asked.path, "/chat/completions");
    assert_eq!(asked.header("authorization"), None, "no key was asked for");
    assert!(asked.header("user-agent").unwrap().starts_with("sprag/"));
    let body = &asked.body;
    assert_eq!((&body["model"], &body["max_tokens"]), (&"m-1".into(), &500.into()));
    assert_eq!(body["response_format"]["json_schema"]["schema"], schema());
    assert_eq!(body["response_format"]["json_schema"]["strict"], true);
    let texts: Vec<&str> =
        (0..2).map(|i| body["messages"][i]["content"].as_str().unwrap()).collect();
    assert!(texts[0].starts_with("# Task") && texts[1].contains("close > sma(close, n)"));
    // 1,000 read and 100 written, at 2 and 10 dollars a million.
    assert_eq!(talk.books.settled, [Some(known(1000, 100, 0.003))]);
    let most = talk.books.reserved[0];
    assert!(most.tokens_in > 3_000 && most.tokens_out == 500 && most.known_usd() > 0.01);
    assert!(talk.notes.is_empty(), "{:?}", talk.notes);
}

#[test]
fn messages_are_asked_for_a_tool_and_read() {
    let answer = json!({
        "content": [
            { "type": "text", "text": "Let me think." },
            { "type": "tool_use", "name": "propose", "input": reply(30) },
        ],
        "stop_reason": "tool_use",
        "usage": {
            "input_tokens": 10, "cache_creation_input_tokens": 200, "cache_read_input_tokens": 3000,
            "output_tokens": 50,
        },
    });
    let server = Server::new(vec![Play::json(200, &answer)]);
    let mut talk = Talk::new(server, "api = \"anthropic\"");
    assert_eq!(talk.propose().unwrap().edits, [Edit::set("params.n.value", 30)]);
    let asked = &talk.server.asked()[0];
    assert_eq!(asked.path, "/v1/messages");
    assert_eq!(asked.header("anthropic-version"), Some("2023-06-01"));
    let body = &asked.body;
    assert_eq!(body["tools"][0]["input_schema"], schema());
    assert_eq!(body["tool_choice"], json!({ "type": "tool", "name": "propose" }));
    assert!(body["system"].as_str().unwrap().starts_with("# Task"));
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    // No price: tokens are counted, and that the rest isn't known is said.
    let paid = Bill { tokens_in: 3210, tokens_out: 50, usd: Some(Usd::UNKNOWN) };
    assert_eq!(talk.books.paid(), paid);
}

#[test]
fn arguments_parts_and_fences_are_read() {
    let text = reply(40).to_string();
    let function = |arguments: Value| {
        json!({
            "choices": [{ "message": { "content": null, "tool_calls": [
                { "function": { "name": "propose", "arguments": arguments } }] } }],
            "usage": { "prompt_tokens": 1, "completion_tokens": 1 },
        })
    };
    let parts = json!([{ "type": "text", "text": "Here:" }, { "type": "text", "text": text }]);
    let mut in_parts = completion("");
    in_parts["choices"][0]["message"]["content"] = parts;
    let fenced = completion(&format!("Sure!\n```json\n{text}\n```"));
    for answer in [function(json!(text)), function(reply(40)), in_parts, fenced] {
        let mut talk = Talk::new(Server::new(vec![Play::json(200, &answer)]), "");
        assert_eq!(talk.propose().unwrap().edits, [Edit::set("params.n.value", 40)], "{answer}");
    }
}

#[test]
fn an_endpoint_that_takes_less_is_asked_for_less_and_remembered() {
    let refuse = |message: &str| Play::json(400, &json!({ "error": { "message": message } }));
    let script = vec![
        refuse("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        refuse("response_format of type json_schema is not supported"),
        refuse("this model has no tool support"),
        refuse("'json_object' is not available"),
        play(&reply(21).to_string()),
        play(&reply(22).to_string()),
    ];
    let mut talk = Talk::new(Server::new(script), "");
    assert_eq!(talk.propose().unwrap().edits, [Edit::set("params.n.value", 21)]);
    assert_eq!(talk.propose().unwrap().edits, [Edit::set("params.n.value", 22)]);
    let asked = talk.server.asked();
    assert_eq!(asked.len(), 6, "what was learnt is kept");
    let forms: Vec<(bool, bool, Option<&str>)> = asked
        .iter()
        .map(|asked| {
            let body = &asked.body;
            let format = body["response_format"]["type"].as_str();
            (body.get("max_tokens").is_some(), body.get("tools").is_some(), format)
        })
        .collect();
    let expected = [
        (true, false, Some("json_schema")),
        (false, false, Some("json_schema")),
        (false, true, None),
        (false, false, Some("json_object")),
        (false, false, None),
        (false, false, None),
    ];
    assert_eq!(forms, expected);
    // What was refused cost nothing.
    assert_eq!(talk.books.paid().tokens_in, 2_000);
    assert_eq!(talk.books.open(), 0);
}

#[test]
fn every_reply_without_a_change_has_a_clear_verdict_and_is_paid() {
    let text = reply(20).to_string();
    let with = |path: &str, value: Value| {
        let mut answer = completion(&text[..text.len() / 2]);
        *answer.pointer_mut(path).unwrap() = value;
        answer.to_string().into_bytes()
    };
    let refusal =
        completion("").to_string().replace("\"role\"", "\"refusal\":\"I won't.\",\"role\"");
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (completion("").to_string().into(), "the reply is empty"),
        (refusal.into(), "the model declined: I won't."),
        (with("/choices/0/finish_reason", json!("length")), "cut off before its end"),
        (
            with("/choices/0/finish_reason", json!("content_filter")),
            "the endpoint's filter stopped it",
        ),
        (with("/choices", json!([])), "the answer has no `choices`"),
        (
            completion("I can't advise on that.").to_string().into(),
            "no JSON object in the reply (I can't",
        ),
        (completion("<html>").to_string().into(), "a page of markup"),
        (b"<!DOCTYPE html><title>Sign in</title>".to_vec(), "a page of markup (<!DOCTYPE html>"),
        (b"\xff\xfe\x00".to_vec(), "is not UTF-8"),
        (b"".to_vec(), "the reply is empty"),
        (completion(&"{".repeat(1_000_000)).to_string().into(), "1000000 bytes"),
        (vec![b' '; 3_000_000], "more than 2097152 bytes"),
        (b"{\"choices\": [{\"message\": ".to_vec(), "cut off"),
    ];
    for (body, expected) in cases {
        let shown = String::from_utf8_lossy(&body).chars().take(60).collect::<String>();
        let mut talk = Talk::new(Server::new(vec![Play::bytes(200, &body)]), "");
        let reason = talk.unreadable();
        let expected = expected.replace("more than 2097152 bytes", "the reply has 2097152 bytes");
        assert!(reason.contains(&expected), "{shown}: {reason}");
        assert_eq!((talk.server.asked().len(), talk.books.open()), (1, 0), "{shown}");
        assert!(talk.books.paid().tokens_in > 0, "{shown}: paid all the same");
    }
}

#[test]
fn anthropic_refusals_and_cuts_are_told_apart() {
    let answer = |stop: &str, text: &str| {
        json!({
            "content": [{ "type": "text", "text": text }], "stop_reason": stop,
            "usage": { "input_tokens": 5, "output_tokens": 5 },
        })
    };
    for (stop, text, expected) in [
        ("refusal", "No advice.", "the model declined: No advice."),
        ("refusal", "", "the model declined: without a word"),
        ("max_tokens", "{\"hypothesis\": \"a", "cut off"),
        ("end_turn", "Hello.", "no JSON object in the reply (Hello.)"),
    ] {
        let server = Server::new(vec![Play::json(200, &answer(stop, text))]);
        let mut talk = Talk::new(server, "api = \"anthropic\"");
        let reason = talk.unreadable();
        assert!(reason.contains(expected), "{reason}");
    }
}

#[test]
fn usage_that_is_not_said_is_estimated_and_said_to_be() {
    let mut answer = completion(&reply(20).to_string());
    answer.as_object_mut().unwrap().remove("usage");
    let mut talk = Talk::new(Server::new(vec![Play::json(200, &answer)]), "");
    talk.propose().unwrap();
    assert!(talk.notes.iter().any(|note| note.contains("doesn't say")), "{:?}", talk.notes);
    assert!(talk.books.paid().tokens_in > 3_000);
}

#[test]
fn what_was_refused_goes_back_in_the_next_brief() {
    use sprag::propose::{Disclosure, Refusal};

    let server = Server::new(vec![play(&reply(20).to_string())]);
    let mut talk = Talk::new(server, "");
    let disclosure = Disclosure {
        incumbent: super::STRATEGY.into(),
        refused: vec![Refusal {
            edits: vec![Edit::set("long.enter", "clse > 1")],
            reason: "there is no `clse`; did you mean `close`?".into(),
        }],
        ..Disclosure::default()
    };
    talk.propose_for(&disclosure).unwrap();
    let user = talk.server.asked()[0].body["messages"][1]["content"].to_string();
    assert!(user.contains("did you mean `close`?"), "{user}");
}

/// As vendors write them, and as people paste them.
#[test]
fn an_address_may_have_a_query_and_the_path_already() {
    let azure = "/openai/deployments/m-1";
    let cases = [
        ("openai", "/v1", "/v1/chat/completions"),
        ("openai", "/v1/", "/v1/chat/completions"),
        ("openai", "/v1/chat/completions", "/v1/chat/completions"),
        ("openai", "/v1?", "/v1/chat/completions?"),
        ("openai", &format!("{azure}?api-version=2024-10-21"), "?api-version=2024-10-21"),
        (
            "openai",
            &format!("{azure}/chat/completions?api-version=2024-10-21"),
            "?api-version=2024-10-21",
        ),
        ("openai", "/chat", "/chat/chat/completions"),
        ("anthropic", "", "/v1/messages"),
        ("anthropic", "/v1", "/v1/messages"),
        ("anthropic", "/anthropic/v1/messages?beta=true", "/anthropic/v1/messages?beta=true"),
    ];
    for (api, rest, expected) in cases {
        let server = Server::new(vec![play(&reply(20).to_string())]);
        let mut talk = Talk::below(server, rest, &format!("api = \"{api}\""));
        // What is read of a completion as of a message is another question.
        let _ = talk.propose();
        let expected = match rest.starts_with(azure) {
            true => format!("{azure}/chat/completions{expected}"),
            false => expected.to_owned(),
        };
        assert_eq!(talk.server.asked()[0].path, expected, "{rest}");
    }
}
