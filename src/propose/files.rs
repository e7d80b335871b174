//! What an agent left in its folder, into a change: the edit is what differs in its copy of the strategy.

use super::difference;
use super::reply::{MAX_TEXT_CHARS, Reply};
use crate::strategy::{Strategy, apply, compile};
use crate::text::line;

/// What messages call the agent's copy.
const FILE: &str = "strategy.toml";

/// Reads the agent's copy of the strategy and its `HYPOTHESIS.md`.
///
/// The change is applied to the incumbent's own file, so that comments and layout which the agent had no
/// reason to touch stay as they are.
///
/// # Errors
///
/// What is wrong with it, for the agent's next try and for the record.
pub fn read(incumbent: &str, copy: &[u8], hypothesis: Option<&[u8]>) -> Result<Reply, String> {
    let text = std::str::from_utf8(copy).map_err(|error| {
        format!("{FILE} is not UTF-8 text from byte {} on", error.valid_up_to())
    })?;
    let parse = |text: &str| Strategy::parse(FILE, text).map_err(|findings| shown(&findings));
    let (before, after) = (parse(incumbent)?, parse(text)?);
    let compiled = compile(&after, (FILE, text)).map_err(|findings| shown(&findings))?;
    let edits = difference::edits(&before, &after);
    if edits.is_empty() {
        return Err(format!("{FILE} was left as it was, or changed in its comments only"));
    }
    let applied = apply(incumbent, &edits).map_err(|error| error.to_string())?;
    let same = Strategy::parse(FILE, &applied)
        .and_then(|strategy| compile(&strategy, (FILE, &applied)))
        .is_ok_and(|again| again.hash == compiled.hash);
    if !same {
        return Err(format!("the changes of {FILE} can't be made as edits of the incumbent"));
    }
    let words = hypothesis.map(String::from_utf8_lossy).unwrap_or_default();
    let mut paragraphs = paragraphs(&words);
    let hypothesis = paragraphs.next().unwrap_or_else(|| {
        let edits: Vec<String> = edits.iter().map(ToString::to_string).collect();
        line(&format!("No hypothesis was given for: {}.", edits.join("; ")), MAX_TEXT_CHARS)
    });
    Ok(Reply { hypothesis, expected: paragraphs.next(), edits })
}

fn shown(findings: &[crate::expr::Diagnostic]) -> String {
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    findings.join("\n\n")
}

/// Paragraphs of a page as lines, headings left out.
fn paragraphs(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("\n\n").filter_map(|paragraph| {
        let body: Vec<&str> =
            paragraph.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        Some(line(&body.join("\n"), MAX_TEXT_CHARS)).filter(|words| !words.is_empty())
    })
}
