//! Words of others in a Markdown page as GitHub shows it: they read as they were written and do nothing.
//!
//! A page that quotes a model must not take a heading, a link, a picture, a hidden comment, a mention or a reference to
//! an issue from it, nor end the table or the code block that it stands in.

use super::{block, for_commit};

/// What Markdown or HTML would act on, where it stands in prose.
const SPECIAL: &str = "\\`*_{}[]()#+-.!|~>=:";

/// At most this many characters as one line of prose, also within a table.
pub fn line(text: &str, most: usize) -> String {
    let mut out = String::new();
    for c in for_commit(text, most).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // A dollar sign begins a formula, and a backslash doesn't stop it.
            '$' => out.push_str("<span>$</span>"),
            c if SPECIAL.contains(c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    unlinked(&out)
}

/// GitHub makes a link of `www.` wherever it stands; with a blank it is none.
fn unlinked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find("www\\.") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        out.push(' ');
        rest = after;
    }
    out + rest
}

/// At most this many characters as code within a line, also within a table.
pub fn code(text: &str, most: usize) -> String {
    let line = for_commit(text, most);
    if line.is_empty() {
        return String::new();
    }
    // In a table a bar ends the cell even in code, unless it is escaped.
    let line = line.replace('|', "\\|");
    let ticks = "`".repeat(longest_run(&line, '`') + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{line}{pad}{ticks}")
}

/// At most this many characters as a block of code, with a line feed at its end.
pub fn fence(language: &str, text: &str, most: usize) -> String {
    let text = block(text, most);
    let ticks = "`".repeat((longest_run(&text, '`') + 1).max(3));
    format!("{ticks}{language}\n{text}\n{ticks}\n")
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(|run| run.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_does_nothing() {
        for (text, expected) in [
            ("a | b\n\n# c", "a \\| b \\# c"),
            ("<!-- x --><img src=y>", "&lt;\\!\\-\\- x \\-\\-\\>&lt;img src\\=y\\>"),
            ("[x](https://e.org)", "\\[x\\]\\(https\\: //e\\.org\\)"),
            ("closes #12 for @them", "closes \\# 12 for @ them"),
            ("WWW.e.org $x$ &amp;", "WWW \\.e\\.org <span>$</span>x<span>$</span> &amp;amp;"),
        ] {
            assert_eq!(line(text, 200), expected);
        }
    }

    #[test]
    fn code_ends_where_it_ends() {
        assert_eq!(code("a", 9), "`a`");
        assert_eq!(code("``a`", 9), "``` ``a` ```");
        assert_eq!(code("a || b", 9), "`a \\|\\| b`");
        assert_eq!(code("", 9), "");
        assert_eq!(fence("diff", "- a\n```\n# b", 99), "````diff\n- a\n```\n# b\n````\n");
    }
}
