//! What changed between two strategy files: key by key in words, and line by line.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item, Value};

use crate::text::markdown;

/// Most keys that are listed; the rest is counted.
const MOST_KEYS: usize = 40;
/// Most characters of a value.
const MOST_OF_A_VALUE: usize = 300;
/// Most lines of the diff, and most characters.
const MOST_LINES: usize = 200;
const MOST_CHARS: usize = 12_000;
/// Most pairs of lines that are compared; beyond that all is called new.
const MOST_PAIRS: usize = 1_000_000;

/// One key that differs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Its path, such as `params.fast.value`.
    pub path: String,
    /// What it was; none where it wasn't there.
    pub from: Option<String>,
    /// What it is; none where it is gone.
    pub to: Option<String>,
}

/// The keys in which two strategy files differ, in the order of the new one; what is gone comes last.
pub fn changes(before: &str, after: &str) -> Vec<Change> {
    let (before, after) = (keys(before), keys(after));
    let index =
        |all: &[(String, String)]| -> BTreeMap<String, String> { all.iter().cloned().collect() };
    let (old, new) = (index(&before), index(&after));
    let mut changes = Vec::new();
    for (path, to) in after {
        let from = old.get(&path).cloned();
        if from.as_ref() != Some(&to) {
            changes.push(Change { path, from, to: Some(to) });
        }
    }
    for (path, from) in before {
        if !new.contains_key(&path) {
            changes.push(Change { path, from: Some(from), to: None });
        }
    }
    changes
}

/// All keys of a file with their values as written, without comments. A text that is no TOML has none.
fn keys(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(document) = text.parse::<DocumentMut>() {
        collect("", document.as_item(), &mut found);
    }
    found
}

fn collect(path: &str, item: &Item, found: &mut Vec<(String, String)>) {
    let below = |key: &str| if path.is_empty() { key.into() } else { format!("{path}.{key}") };
    match item {
        Item::Value(Value::InlineTable(table)) => {
            for (key, value) in table {
                collect(&below(key), &Item::Value(value.clone()), found);
            }
        }
        Item::Value(value) => {
            let mut value = value.clone();
            value.decor_mut().clear();
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            found.push((path.to_owned(), shown));
        }
        Item::Table(table) => {
            for (key, item) in table {
                collect(&below(key), item, found);
            }
        }
        Item::ArrayOfTables(_) | Item::None => {}
    }
}

/// The changes as a Markdown list, a line each.
pub fn in_words(changes: &[Change]) -> String {
    let mut text = String::new();
    for Change { path, from, to } in changes.iter().take(MOST_KEYS) {
        let path = markdown::code(path, MOST_OF_A_VALUE);
        let value = |value: &str| markdown::code(value, MOST_OF_A_VALUE);
        let words = match (from.as_deref().map(value), to.as_deref().map(value)) {
            (Some(from), Some(to)) => format!("{path}: {from} becomes {to}"),
            (None, Some(to)) => format!("{path} is new: {to}"),
            (Some(from), None) => format!("{path} is gone; it was {from}"),
            (None, None) => continue,
        };
        text.push_str(&format!("- {words}\n"));
    }
    if changes.len() > MOST_KEYS {
        text.push_str(&format!("- and {} more\n", changes.len() - MOST_KEYS));
    }
    text
}

/// Line by line, as a block of code; empty where the texts are the same.
pub fn diff(before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let lines = with_context(&compare(&old, &new));
    let mut text: Vec<String> = lines.iter().take(MOST_LINES).cloned().collect();
    if lines.len() > MOST_LINES {
        text.push(format!("… and {} more lines", lines.len() - MOST_LINES));
    }
    markdown::fence("diff", &text.join("\n"), MOST_CHARS)
}

/// Every line with what became of it: ` ` kept, `-` gone, `+` new.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = old.iter().zip(new).take_while(same).count();
    let rest = (old.len() - head).min(new.len() - head);
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(same).count();
    let (middle_old, middle_new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut lines: Vec<(char, &str)> = old[..head].iter().map(|line| (' ', *line)).collect();
    lines.extend(middle(middle_old, middle_new));
    lines.extend(old[old.len() - tail..].iter().map(|line| (' ', *line)));
    lines
}

/// By the longest common subsequence.
fn middle<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let gone = old.iter().map(|line| ('-', *line));
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return gone.chain(new.iter().map(|line| ('+', *line))).collect();
    }
    let width = new.len() + 1;
    let mut common = vec![0u32; (old.len() + 1) * width];
    for (i, line) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            common[i * width + j] = if line == other {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len()
            && (j == new.len() || common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    lines
}

/// What changed with two lines around it; a mark where lines are left out.
fn with_context(lines: &[(char, &str)]) -> Vec<String> {
    const AROUND: usize = 2;
    let mut kept: BTreeMap<usize, ()> = BTreeMap::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, (mark, _))| *mark != ' ') {
        kept.extend((at.saturating_sub(AROUND)..=at + AROUND).map(|at| (at, ())));
    }
    let mut text = Vec::new();
    let mut next = 0;
    for at in kept.into_keys().filter(|at| *at < lines.len()) {
        if at > next {
            text.push("@@".to_owned());
        }
        text.push(format!("{} {}", lines[at].0, lines[at].1));
        next = at + 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "name = \"a\" # why\n\n[params]\nfast = { value = 20, min = 5 }\n\n[let]\nx = \"close\"\n\n[long]\nenter = \"x > 1\"\n";

    #[test]
    fn words_say_what_was_and_what_is() {
        let after = BEFORE.replace("20", "25").replace("[let]\nx = \"close\"\n\n", "");
        let after = after + "exit = \"x < `1`\"\n";
        assert_eq!(
            in_words(&changes(BEFORE, &after)),
            "- `params.fast.value`: `20` becomes `25`\n- `long.exit` is new: `` x < `1` ``\n\
             - `let.x` is gone; it was `close`\n"
        );
        assert_eq!(
            diff(BEFORE, &after),
            "```diff\n@@\n\n  [params]\n- fast = { value = 20, min = 5 }\n-\n- [let]\n- x = \"close\"\n\
             + fast = { value = 25, min = 5 }\n\n  [long]\n  enter = \"x > 1\"\n+ exit = \"x < `1`\"\n```\n"
        );
        assert_eq!((changes(BEFORE, BEFORE), diff(BEFORE, BEFORE)), (Vec::new(), String::new()));
    }

    #[test]
    fn texts_that_are_too_long_are_cut() {
        let long: String = (0..3_000).map(|n| format!("k{n} = {n}\n")).collect();
        let other = long.replace(" = ", " = 1");
        assert!(diff(&long, &other).len() < MOST_CHARS + 100);
        assert!(in_words(&changes(&long, &other)).contains("and 2960 more"));
        assert!(changes("not toml [", "x = 1").len() == 1);
    }
}
