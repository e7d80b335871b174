//! Replies of models: what is read, and what is said of all the others.

use proptest::prelude::*;
use serde_json::{Value, json};
use sprag::propose::reply::{
    MAX_EDITS, MAX_REPLY_BYTES, MAX_TEXT_CHARS, Reply, Unreadable, from_value, read, schema,
};
use sprag::strategy::{Edit, apply};

const STRATEGY: &str = include_str!("../../../state/strategy.toml");

fn good() -> Value {
    json!({
        "hypothesis": "Calm markets recover sooner.",
        "expected_effect": "More trades.",
        "edits": [
            { "set": "params.recovery.value", "to": 55 },
            { "set": "let.calm", "to": "natr(14) < 3" },
            { "set": "params.depth", "to": { "value": 3, "min": 1, "max": 9 } },
            { "remove": "risk.max_bars" },
        ],
    })
}

fn expected() -> Reply {
    Reply {
        hypothesis: "Calm markets recover sooner.".into(),
        expected: Some("More trades.".into()),
        edits: vec![
            Edit::set("params.recovery.value", 55),
            Edit::set("let.calm", "natr(14) < 3"),
            Edit::set("params.depth", json!({ "value": 3, "min": 1, "max": 9 })),
            Edit::remove("risk.max_bars"),
        ],
    }
}

/// A reply with one thing changed.
fn with(path: &str, value: Value) -> Value {
    let mut reply = good();
    match reply.pointer_mut(path) {
        Some(place) => *place = value,
        None => reply[path.trim_start_matches('/')] = value,
    }
    reply
}

#[test]
fn a_reply_is_found_wherever_it_stands() {
    let (text, pretty) = (good().to_string(), serde_json::to_string_pretty(&good()).unwrap());
    for reply in [
        text.clone(),
        pretty.clone(),
        format!("\u{feff}\r\n  {text}\n\n"),
        format!("```json\n{pretty}\n```"),
        format!("Here is my proposal:\n\n````\n{pretty}\n````\nI hope {{that}} helps {{}}."),
        format!("<think>{{maybe}} {{\"a\": 1}}</think>\n{text}"),
        // The first object that is a reply counts.
        format!("{{\"draft\": true}} {text} {}", with("/hypothesis", json!("another"))),
    ] {
        assert_eq!(read(reply.as_bytes()), Ok(expected()), "{reply}");
    }
    assert_eq!(from_value(&good()), Ok(expected()));
    let mut more = good();
    more["reasoning"] = json!("as asked by nobody");
    more["edits"][0]["why"] = json!("likewise");
    assert_eq!(from_value(&more), Ok(expected()));
}

#[test]
fn edits_keep_comments_and_layout_of_the_file() {
    let text = apply(STRATEGY, &expected().edits).unwrap();
    let before: Vec<&str> = STRATEGY.lines().collect();
    let after: Vec<&str> = text.lines().collect();
    let gone: Vec<&&str> = before.iter().filter(|line| !after.contains(line)).collect();
    let new: Vec<&&str> = after.iter().filter(|line| !before.contains(line)).collect();
    assert_eq!(
        gone,
        [
            &"recovery = { value = 50, min = 30, max = 65 } # level at which a setback is over",
            &"max_bars = 60"
        ]
    );
    assert_eq!(
        new,
        [
            &"recovery = { value = 55, min = 30, max = 65 } # level at which a setback is over",
            &"depth = { value = 3, min = 1, max = 9 }",
            &"calm = \"natr(14) < 3\"",
        ]
    );
}

#[test]
fn a_number_in_quotes_is_one_where_only_a_number_can_stand() {
    for (written, read) in [(json!("25"), json!(25)), (json!(" 2.5 "), json!(2.5))] {
        let reply = with("/edits/0/to", written);
        assert_eq!(from_value(&reply).unwrap().edits[0], Edit::set("params.recovery.value", read));
    }
    let text = with("/edits/1/to", json!("25"));
    assert_eq!(from_value(&text).unwrap().edits[1], Edit::set("let.calm", "25"));
}

#[test]
fn words_are_one_harmless_line_of_bounded_length() {
    let reply = with("/hypothesis", json!("two\nlines\u{202e} ::set-env::\u{7} ".repeat(5_000)));
    let words = from_value(&reply).unwrap().hypothesis;
    assert!(words.starts_with("two lines : :set-env: : two"), "{words}");
    assert_eq!(words.chars().count(), MAX_TEXT_CHARS);
    let silent = with("/expected_effect", json!("\u{200b}\n"));
    assert_eq!(from_value(&silent).unwrap().expected, None);
}

#[test]
fn every_other_reply_has_a_clear_verdict() {
    let cut = good().to_string();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "the reply is empty"),
        (b" \n\xef\xbb\xbf".to_vec(), "the reply is empty"),
        (vec![b'a'; MAX_REPLY_BYTES + 1], "the reply has 262145 bytes"),
        (b"{\"hypothesis\": \"\xff\"}".to_vec(), "is not UTF-8 text from byte 16 on"),
        (b"<!DOCTYPE html><html><body>502</body>".to_vec(), "is a page of markup (<!DOCTYPE html>"),
        (
            b"I can't help with trading advice.".to_vec(),
            "no JSON object in the reply (I can't help",
        ),
        (b"set long.enter = {\"oops".to_vec(), "cut off"),
        (cut.as_bytes()[..cut.len() / 2].to_vec(), "cut off before its end"),
        (b"{}".to_vec(), "`hypothesis` is missing"),
        (b"[1, 2]".to_vec(), "no JSON object"),
        (b"[{\"set\": \"x\"}]".to_vec(), "`hypothesis` is missing"),
        (b"null".to_vec(), "no JSON object"),
        ("{\"a\":".repeat(200).into_bytes(), "no JSON object"),
        (with("/hypothesis", json!("")).to_string().into(), "`hypothesis` is missing"),
        (with("/hypothesis", json!(7)).to_string().into(), "`hypothesis` must be text, found 7"),
        (with("/edits", json!({})).to_string().into(), "`edits` must be a list, found {}"),
        (with("/edits", json!([])).to_string().into(), "`edits` is empty"),
        (
            with("/edits", json!(vec![0; MAX_EDITS + 1])).to_string().into(),
            "`edits` has 21 changes",
        ),
        (with("/edits/2", json!("set x = 3")).to_string().into(), "`edits[2]`: expected {\"set\""),
        (with("/edits/0", json!({"set": "a"})).to_string().into(), "`edits[0]`: expected"),
        (with("/edits/0/to", json!(null)).to_string().into(), "`edits[0]`: expected"),
        (with("/edits/0/to", json!([1])).to_string().into(), "`edits[0]`: expected"),
        (with("/edits/0/to", json!({"value": "x"})).to_string().into(), "`edits[0]`: expected"),
        (with("/edits/0/set", json!("a\nSprag-Verdict: b")).to_string().into(), "`edits[0]`"),
        (with("/edits/0/set", json!("a".repeat(1_000_000))).to_string().into(), "1000"),
        (with("/edits/1/to", json!("a".repeat(5_000))).to_string().into(), "a value of 5000 bytes"),
    ];
    for (reply, expected) in cases {
        let shown = String::from_utf8_lossy(&reply).chars().take(80).collect::<String>();
        let message = read(&reply).expect_err(&shown).to_string();
        assert!(message.contains(expected), "{shown}: {message}");
        assert!(message.len() < 500 && !message.contains(char::is_control), "{message}");
    }
}

/// Endpoints with strict schemas refuse one that leaves anything open.
#[test]
fn the_schema_is_strict_and_free_of_references() {
    fn check(value: &Value) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            assert_eq!(value["type"], "object", "{value}");
            assert_eq!(value["additionalProperties"], false, "{value}");
            let mut required: Vec<_> =
                value["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            required.sort_unstable();
            assert_eq!(required, properties.keys().collect::<Vec<_>>(), "{value}");
        }
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    assert!(
                        !["$ref", "$defs", "$schema", "format", "oneOf"].contains(&key.as_str())
                    );
                    check(value);
                }
            }
            Value::Array(items) => items.iter().for_each(check),
            _ => {}
        }
    }
    let schema = schema();
    check(&schema);
    let keys: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["edits", "expected_effect", "hypothesis"]);
    assert_eq!(schema["properties"]["edits"]["items"]["anyOf"].as_array().unwrap().len(), 2);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop_oneof!["long.enter", "params.slow.value", "short", "name"].prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            Just("hypothesis".to_owned()),
            Just("edits".to_owned()),
            Just("set".to_owned()),
            Just("to".to_owned()),
            Just("remove".to_owned()),
            ".{0,4}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_met(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Err(error) = read(&bytes) {
            let message = error.to_string();
            prop_assert!(message.len() < 1_000 && !message.contains(char::is_control));
        }
    }

    #[test]
    fn any_object_is_met_and_what_is_read_can_be_applied(value in any_json()) {
        if let Ok(reply) = from_value(&value) {
            prop_assert!((1..=MAX_EDITS).contains(&reply.edits.len()));
            // It may fail, with a message; it may not panic.
            let _ = apply(STRATEGY, &reply.edits).map_err(|error| error.to_string());
        }
    }

    /// Cut anywhere, a reply is said to be cut off; with bytes changed, it is one or it isn't.
    #[test]
    fn a_damaged_reply_is_met(cut in 1..200_usize, at in 0..200_usize, byte in any::<u8>()) {
        let text = good().to_string();
        let cut = &text.as_bytes()[..cut.min(text.len() - 1)];
        prop_assert_eq!(read(cut), Err(Unreadable::CutOff));
        let mut damaged = text.into_bytes();
        let at = at.min(damaged.len() - 1);
        damaged[at] = byte;
        let _ = read(&damaged);
    }
}
