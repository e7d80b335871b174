//! What people ask of the loop in comments: `/sprag hint …`, `/sprag retry`, `/sprag hold`.

use crate::text;

/// Most characters of a hint that are taken in.
pub const MOST_HINT: usize = 1_000;

/// What a comment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// To try this.
    Hint(String),
    /// To evaluate the pull request's candidate once more.
    Retry,
    /// To leave the pull request open whatever else comes up.
    Hold,
    /// Something that there isn't.
    Unknown,
}

impl Command {
    /// The command that a comment's first line is, if it is one.
    pub fn find(body: &str) -> Option<Self> {
        let rest = body.trim_start().strip_prefix("/sprag")?;
        if rest.starts_with(|c: char| !c.is_whitespace()) {
            return None;
        }
        let rest = rest.trim();
        let (word, more) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Some(match word {
            // A hint may go on over several lines.
            "hint" => match text::line(more, MOST_HINT) {
                hint if hint.is_empty() => Self::Unknown,
                hint => Self::Hint(hint),
            },
            "retry" => Self::Retry,
            "hold" => Self::Hold,
            _ => Self::Unknown,
        })
    }
}
