//! Text that somebody else wrote, made fit to show.
//!
//! Hypotheses of models, reasons of reviewers and hints of people end in logs, commit messages, pages and
//! prompts. Each of these has something that acts when it is read: control characters, workflow commands,
//! references that close issues. What passes through here is one line and does nothing.

pub mod markdown;
pub mod workflow;

/// At most this many characters of `text` as one line that shows what it says: runs of blanks and line
/// breaks are one blank, control characters and invisible ones that change the order or look of others
/// are gone, and what a workflow's log would take for a command is broken up.
pub fn line(text: &str, most: usize) -> String {
    // More than `most` words can't be shown; a megabyte need not be copied to find that out.
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let mut line = String::new();
    for word in words.filter(|word| !word.is_empty()).take(most.saturating_add(1)) {
        let visible: String =
            word.chars().filter(|c| !is_invisible(*c)).take(most.saturating_add(1)).collect();
        if visible.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&visible);
    }
    // `::set-output …` at the start of a line and `##[set-output …` anywhere in it are commands.
    shortened(&replaced(replaced(line, "::", ": :"), "##[", "## ["), most)
}

/// At most this many characters of `text` with its lines and their indentation, each as harmless as a
/// [`line()`]: for diagnostics, which point at places.
pub fn block(text: &str, most: usize) -> String {
    let clean = |line: &str| -> String {
        let blank =
            |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
        let line: String = line.chars().filter(|c| !is_invisible(*c)).map(blank).collect();
        line.trim_end().replace("::", ": :").replace("##[", "## [")
    };
    // What is left out beyond `most` isn't cleaned either.
    let text: String = text.chars().take(most.saturating_add(1)).collect();
    let lines: Vec<String> = text.lines().map(clean).collect();
    shortened(&lines.join("\n"), most)
}

/// A line for a commit message: besides [`line()`], nobody is mentioned, no issue is referred to or closed,
/// and no workflow is skipped by it.
pub fn for_commit(text: &str, most: usize) -> String {
    let line = replaced(line(text, most), "://", ": //");
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::with_capacity(line.len());
    for (at, c) in chars.iter().enumerate() {
        out.push(*c);
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let refers = match c {
            '@' => next.is_alphanumeric(),
            '#' => next.is_ascii_digit(),
            '-' => next.is_ascii_digit() && ends_with_gh(&out),
            _ => false,
        };
        if refers {
            out.push(' ');
        }
    }
    let opens = out.contains('[');
    let markers = ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"];
    for marker in markers.into_iter().take_while(|_| opens) {
        while let Some(at) = out.to_ascii_lowercase().find(marker) {
            out.replace_range(at..=at, "(");
        }
    }
    replaced(out, "***NO_CI***", "NO_CI")
}

/// With one thing in place of another, where it is there at all: of most texts nothing is copied.
fn replaced(text: String, from: &str, to: &str) -> String {
    if text.contains(from) { text.replace(from, to) } else { text }
}

/// Whether a reference such as `GH-12` may begin here.
fn ends_with_gh(text: &str) -> bool {
    let mut last = text.chars().rev().skip(1);
    let gh = [last.next(), last.next()].map(|c| c.map(|c| c.to_ascii_lowercase()));
    gh == [Some('h'), Some('g')] && last.next().is_none_or(|c| !c.is_alphanumeric())
}

/// At most this many characters, with a mark where something was left out.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.into();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Characters without a shape of their own: joiners, marks that turn the direction of text, tags.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_does_nothing() {
        for (text, expected) in [
            ("  two\r\n\twords\u{7}\u{1b}[31m ", "two words [31m"),
            ("a\nSprag-Verdict: accepted", "a Sprag-Verdict: accepted"),
            ("::set-output name=x::1", ": :set-output name=x: :1"),
            ("x ##[add-mask]y", "x ## [add-mask]y"),
            ("ab\u{202e}dc\u{2066}\u{200b}e\u{feff}", "abdce"),
            ("\u{2028}\u{2029}\u{85}", ""),
            ("close[5] > 0.5 # 3 %", "close[5] > 0.5 # 3 %"),
        ] {
            assert_eq!(line(text, 100), expected);
        }
        assert_eq!(line(&"long ".repeat(1_000_000), 10), "long long…");
        assert_eq!(line(&"x".repeat(1_000_000), 5), "xxxx…");
        assert_eq!(line(&"\n".repeat(1_000_000), 5), "");
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(block("a\n  | \u{202e}b \r\n\t^^ ::c", 99), "a\n  | b\n ^^ : :c");
        assert_eq!(block(&"x\n".repeat(1_000_000), 4), "x\nx…");
    }

    #[test]
    fn a_commit_mentions_nobody_and_closes_nothing() {
        for (text, expected) in [
            ("fixes #12, closes o/r#3 and GH-4", "fixes # 12, closes o/r# 3 and GH- 4"),
            ("thanks @someone, a@b.example", "thanks @ someone, a@ b.example"),
            ("closes https://example.org/o/r/issues/1", "closes https: //example.org/o/r/issues/1"),
            ("[skip ci] and [CI Skip]", "(skip ci] and (CI Skip]"),
            ("high-12 stays", "high-12 stays"),
        ] {
            assert_eq!(for_commit(text, 200), expected);
        }
    }
}
