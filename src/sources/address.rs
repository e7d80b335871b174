//! Addresses with names and secrets in them.
//!
//! A secret stands in program.md as `${VARIABLE}` and in the environment as its value; what is shown and
//! written down never has the value in it.

/// What stands in place of a secret.
const HIDDEN: &str = "…";

/// Parameters whose values are secrets by their name, whoever wrote them out.
const SECRETS: [&str; 9] =
    ["key", "token", "secret", "password", "passwd", "signature", "auth", "access", "credential"];

/// Why an address can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A variable that isn't set.
    #[error("the environment variable {0} is not set; `url` of the source asks for it")]
    Unset(String),
    /// `${` without its end, or with something else than a name in it.
    #[error("`url` of the source has a `${{` that is no ${{VARIABLE}}")]
    Broken,
}

/// The address with each `${VARIABLE}` replaced by what `variable` gives for it.
///
/// # Errors
/// A variable that isn't set, and placeholders that are none.
pub fn fill_in(
    address: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<String, AddressError> {
    let mut filled = String::new();
    let mut rest = address;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or(AddressError::Broken)?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(AddressError::Broken);
        }
        let value = variable(name).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| AddressError::Unset(name.into()))?;
        filled.push_str(before);
        // A key may hold anything; in an address most of it has to be escaped.
        filled.push_str(&escaped(value.trim()));
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Text as a part of a query: all but letters, digits and `-._~` in percent escapes.
pub fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// An address that may be shown: without a password, and without the values of parameters that are
/// secrets by their name. `${VARIABLE}` stays.
pub fn shown(address: &str) -> String {
    let (start, query) = match address.split_once('?') {
        Some((start, query)) => (start, Some(query)),
        None => (address, None),
    };
    let mut text = without_user(start);
    if let Some(query) = query {
        let (query, fragment) = query.split_once('#').unwrap_or((query, ""));
        let parameters: Vec<String> = query.split('&').map(parameter).collect();
        text.push('?');
        text.push_str(&parameters.join("&"));
        if !fragment.is_empty() {
            text.push('#');
            text.push_str(HIDDEN);
        }
    }
    text
}

fn without_user(start: &str) -> String {
    let Some((scheme, rest)) = start.split_once("://") else { return start.into() };
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    match host.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{HIDDEN}@{host}{path}"),
        None => start.into(),
    }
}

fn parameter(text: &str) -> String {
    let Some((name, value)) = text.split_once('=') else { return text.into() };
    let lower = name.to_ascii_lowercase();
    let is_secret = SECRETS.iter().any(|secret| lower.contains(secret));
    let is_placeholder = value.starts_with("${") && value.ends_with('}');
    if is_secret && !is_placeholder { format!("{name}={HIDDEN}") } else { text.into() }
}

/// Values of a filled-in address that must not be shown: those of its variables and of parameters that are
/// secrets by their name.
pub fn secrets(address: &str, variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let variables = address.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
    let mut secrets: Vec<String> =
        variables.filter_map(|(name, _)| variable(name)).map(|value| value.trim().into()).collect();
    let query = address.split_once('?').map_or("", |(_, query)| query);
    for text in query.split(['&', '#']).filter(|text| parameter(text) != *text) {
        secrets.extend(text.split_once('=').map(|(_, value)| value.to_owned()));
    }
    // What is escaped in the address may come back either way.
    let escaped: Vec<String> = secrets.iter().map(|secret| escaped(secret)).collect();
    secrets.extend(escaped);
    secrets.retain(|secret| !secret.is_empty());
    secrets
}

/// A text without secrets.
pub fn without(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), HIDDEN))
}
