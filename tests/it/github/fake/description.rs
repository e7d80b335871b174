//! GitHub's own description of its interface, and whether a request or an answer is as it says.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

/// Deeper than any answer is; the description refers to itself.
const MOST_DEPTH: usize = 40;

/// Parameters that may hold slashes; the description marks most of them.
const MANY: [&str; 6] = ["{path}", "{ref}", "{branch}", "{basehead}", "{tree_sha}", "{commit_sha}"];

pub type Strings = BTreeMap<String, String>;

/// An operation, and what its path says.
pub struct Operation {
    /// Such as `git/create-ref`.
    pub id: &'static str,
    pub path: Strings,
    operation: &'static Value,
}

fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| {
        serde_json::from_str(include_str!("../../../data/github/openapi-slice.json")).unwrap()
    })
}

fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            resolve(description().pointer(reference.strip_prefix('#').unwrap()).unwrap())
        }
        None => value,
    }
}

fn schema(name: &str) -> &'static Value {
    let found = &description()["components"]["schemas"][name];
    assert!(found.is_object(), "no schema {name}");
    found
}

fn segments(template: &str, path: &str) -> Option<Strings> {
    let (mut found, mut rest) = (Strings::new(), path.strip_prefix('/')?);
    let parts: Vec<&str> = template.strip_prefix('/')?.split('/').collect();
    for (number, part) in parts.iter().enumerate() {
        let is_last = number + 1 == parts.len();
        // Names of branches and files hold slashes.
        let is_name = MANY.contains(part);
        let (here, after) = match rest.split_once('/') {
            Some((here, after)) if !is_last => (here, after),
            None if !is_last => return None,
            Some(_) if !is_name => return None,
            _ => (rest, ""),
        };
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if !here.is_empty() => found.insert(name.to_owned(), here.to_owned()),
            None if here == *part => None,
            _ => return None,
        };
        rest = after;
    }
    Some(found)
}

/// The operation that a request is for.
pub fn operation(method: &str, path: &str) -> Option<Operation> {
    let paths = description()["paths"].as_object().unwrap();
    // The most literal one is meant: `/issues/comments/1` is no issue named `comments`.
    let mut fitting: Vec<_> = paths
        .iter()
        .filter_map(|(template, methods)| {
            let operation = methods.get(method.to_lowercase())?;
            Some((template.matches('{').count(), segments(template, path)?, operation))
        })
        .collect();
    fitting.sort_by_key(|(parameters, ..)| *parameters);
    let (_, path, operation) = fitting.into_iter().next()?;
    Some(Operation { id: operation["operationId"].as_str().unwrap(), path, operation })
}

impl Operation {
    /// What is wrong with a request.
    pub fn request_flaws(&self, query: &Strings, body: &Value) -> Vec<String> {
        let mut flaws = Vec::new();
        let parameters = self.operation["parameters"].as_array().into_iter().flatten();
        let parameters: Vec<_> = parameters.map(resolve).collect();
        let known = |place: &str, name: &str| {
            parameters
                .iter()
                .find(|parameter| parameter["in"] == place && parameter["name"] == name)
        };
        for (place, values) in [("path", &self.path), ("query", query)] {
            for (name, value) in values {
                match known(place, name) {
                    Some(parameter) => {
                        let kind = parameter["schema"]["type"].as_str();
                        let value = match kind {
                            Some("integer") => {
                                value.parse::<i64>().map_or(json!(value), Value::from)
                            }
                            Some("boolean") => {
                                value.parse::<bool>().map_or(json!(value), Value::from)
                            }
                            _ => json!(value),
                        };
                        check(&parameter["schema"], &value, name, 0, &mut flaws);
                    }
                    None => flaws.push(format!("no {place} parameter {name}")),
                }
            }
        }
        let wanted = &self.operation["requestBody"]["content"]["application/json"]["schema"];
        match (wanted.is_object(), body.is_null()) {
            (true, false) => {
                check(wanted, body, "body", 0, &mut flaws);
                let known = resolve(wanted)["properties"].as_object();
                for key in body.as_object().into_iter().flat_map(Map::keys) {
                    if known.is_some_and(|known| !known.contains_key(key)) {
                        flaws.push(format!("body has an unknown {key}"));
                    }
                }
            }
            (true, true) if self.operation["requestBody"]["required"] == true => {
                flaws.push("no body".into());
            }
            (false, false) => flaws.push("a body where none is known".into()),
            _ => {}
        }
        flaws
    }

    /// What is wrong with an answer.
    pub fn answer_flaws(&self, status: u16, body: &Value) -> Vec<String> {
        let mut flaws = Vec::new();
        let response = &self.operation["responses"][status.to_string()];
        let response = resolve(response);
        let wanted = &response["content"]["application/json"]["schema"];
        if wanted.is_object() {
            check(wanted, body, "answer", 0, &mut flaws);
        } else if status >= 400 {
            check(schema("basic-error"), body, "answer", 0, &mut flaws);
        } else if !body.is_null() || response.is_null() {
            flaws.push(format!("{status} with {body} is not described"));
        }
        flaws
    }
}

fn check(schema: &'static Value, value: &Value, at: &str, depth: usize, flaws: &mut Vec<String>) {
    let schema = resolve(schema);
    if depth > MOST_DEPTH || (value.is_null() && schema["nullable"] == true) {
        return;
    }
    let fits = |schema: &'static Value| {
        let mut inner = Vec::new();
        check(schema, value, at, depth + 1, &mut inner);
        inner
    };
    for key in ["oneOf", "anyOf"] {
        let Some(choices) = schema[key].as_array() else { continue };
        let tried: Vec<_> = choices.iter().map(fits).collect();
        if tried.iter().all(|flaws| !flaws.is_empty()) {
            flaws.push(format!("{at} fits none of {} choices: {:?}", tried.len(), tried[0]));
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        flaws.extend(fits(part));
    }
    if let Some(kind) = schema["type"].as_str() {
        let is = match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            other => panic!("the description has a type {other}"),
        };
        if !is {
            flaws.push(format!("{at} is no {kind}: {value}"));
            return;
        }
    }
    if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
        flaws.push(format!("{at} is none of {}: {value}", schema["enum"]));
    }
    if schema["maxLength"]
        .as_u64()
        .zip(value.as_str())
        .is_some_and(|(most, text)| text.chars().count() as u64 > most)
    {
        flaws.push(format!("{at} is too long"));
    }
    if schema["format"] == "date-time"
        && value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_err())
    {
        flaws.push(format!("{at} is no time: {value}"));
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            check(&schema["items"], item, &format!("{at}[{number}]"), depth + 1, flaws);
        }
    }
    let Some(object) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !object.contains_key(name.as_str().unwrap()) {
            flaws.push(format!("{at} has no {name}"));
        }
    }
    for (name, inner) in object {
        if let Some(schema) = schema["properties"].get(name) {
            check(schema, inner, &format!("{at}.{name}"), depth + 1, flaws);
        }
    }
}

/// An object of this schema with what is given; all else that it must have is made up.
pub fn complete(name: &str, given: Value) -> Value {
    let mut value = given;
    fill(schema(name), &mut value, 0);
    value
}

fn fill(schema: &'static Value, value: &mut Value, depth: usize) {
    let schema = resolve(schema);
    let (Some(object), true) = (value.as_object_mut(), depth < MOST_DEPTH) else { return };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            object.insert(name.to_owned(), made_up(&schema["properties"][name]));
        }
    }
    for (name, inner) in object {
        if let Some(schema) = schema["properties"].get(name) {
            fill(schema, inner, depth + 1);
        }
    }
}

fn made_up(schema: &'static Value) -> Value {
    let schema = resolve(schema);
    if schema["nullable"] == true {
        return Value::Null;
    }
    if let Some(first) = schema["enum"].as_array().and_then(|known| known.first()) {
        return first.clone();
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) = schema[key].as_array().and_then(|choices| choices.first()) {
            return made_up(first);
        }
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("array"), _) => json!([]),
        (Some("integer" | "number"), _) => json!(0),
        (Some("boolean"), _) => json!(false),
        (Some("object"), _) => {
            let mut object = json!({});
            fill(schema, &mut object, 0);
            object
        }
        (_, Some("date-time")) => json!("2026-01-01T00:00:00Z"),
        (_, Some("uri")) => json!("https://github.example/made/up"),
        _ => json!(""),
    }
}
