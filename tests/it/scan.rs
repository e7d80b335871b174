//! Reads Rust sources as far as the house rules need: tokens without comments and strings, the paths
//! they mention resolved to where they lead, and the length of functions. Shared by `architecture` and
//! `tidy`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the project.
pub struct File {
    /// Relative to the project, with `/`.
    pub path: String,
    pub text: String,
}

/// All files below these folders or at these paths, sorted; what isn't UTF-8 is left out.
pub fn files(places: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    for place in places {
        walk(&root().join(place), &mut found);
    }
    found.sort();
    let relative = |path: &Path| {
        let path = path.strip_prefix(root()).unwrap();
        path.to_str().unwrap().replace('\\', "/")
    };
    found
        .iter()
        .filter_map(|path| {
            let text = String::from_utf8(fs::read(path).unwrap()).ok()?;
            Some(File { path: relative(path), text })
        })
        .collect()
}

fn walk(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_file() {
        found.push(path.to_owned());
    } else if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            walk(&entry.unwrap().path(), found);
        }
    }
}

/// The module that a source file is: `src/adapters/git.rs` → `adapters::git`, `src/lib.rs` → `lib`.
pub fn module_of(path: &str) -> String {
    let name = path.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
    name.strip_suffix("/mod").unwrap_or(name).replace('/', "::")
}

/// A piece of source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// From 1.
    pub line: usize,
}

impl Token {
    fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Names, numbers and punctuation (`::` as one); comments, strings, characters and lifetimes left out.
pub fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    while at < chars.len() {
        let from = at;
        let rest = &chars[at..];
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        match rest {
            ['/', '/', ..] => at += rest.iter().take_while(|c| **c != '\n').count(),
            ['/', '*', ..] => at += block_comment(rest),
            ['"', ..] => at += string(rest),
            ['b' | 'c', '"', ..] => at += 1 + string(&rest[1..]),
            ['r', '"' | '#', ..] if raw_string(rest).is_some() => at += raw_string(rest).unwrap(),
            ['b', 'r', '"' | '#', ..] => at += 1 + raw_string(&rest[1..]).unwrap(),
            ['\'', '\\', _, tail @ ..] => {
                at += 4 + tail.iter().take_while(|c| **c != '\'').count();
            }
            ['\'', _, '\'', ..] => at += 3,
            ['\'', ..] => at += 1 + rest[1..].iter().take_while(|c| is_word(**c)).count(),
            [':', ':', ..] => {
                tokens.push(Token { text: "::".into(), line });
                at += 2;
            }
            [first, ..] if is_word(*first) => {
                at += rest.iter().take_while(|c| is_word(**c)).count();
                tokens.push(Token { text: chars[from..at].iter().collect(), line });
            }
            [first, ..] => {
                if !first.is_whitespace() {
                    tokens.push(Token { text: first.to_string(), line });
                }
                at += 1;
            }
            [] => {}
        }
        line += chars[from..at.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

/// Length of a block comment, which may hold others.
fn block_comment(chars: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < chars.len() {
        match &chars[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length of a string from its opening quote on.
fn string(chars: &[char]) -> usize {
    let mut at = 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Length of a raw string from its `r` on, if it is one (and not a raw name).
fn raw_string(chars: &[char]) -> Option<usize> {
    let hashes = chars[1..].iter().take_while(|c| **c == '#').count();
    if chars.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let mut at = 2 + hashes;
    while at < chars.len() {
        let closes = chars[at] == '"'
            && chars.len() > at + hashes
            && chars[at + 1..=at + hashes].iter().all(|c| *c == '#');
        at += 1;
        if closes {
            return Some(at + hashes);
        }
    }
    Some(at)
}

/// Drops inline modules under `#[cfg(test)]` (also `cfg(all(test, …))`).
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(end) = test_module(&tokens[at..]) {
            at += end;
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Length of a test module at the start of these tokens, if there is one.
fn test_module(tokens: &[Token]) -> Option<usize> {
    let text = |at: usize| tokens.get(at).map(|token| token.text.as_str());
    if (text(0), text(1), text(2), text(3)) != (Some("#"), Some("["), Some("cfg"), Some("(")) {
        return None;
    }
    let close = tokens.iter().position(|token| token.text == "]")?;
    let tests = tokens[..close].iter().any(|token| token.text == "test");
    if !tests || text(close + 1) != Some("mod") || text(close + 3) != Some("{") {
        return None;
    }
    Some(close + 3 + block(&tokens[close + 3..]))
}

/// Length of a block from its opening brace on.
fn block(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// A path that a file mentions, resolved: `crate::state::Record`, `std::fs::read`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub path: String,
    pub line: usize,
}

/// Every path of two segments or more outside tests, with `self`, `super` and imported names resolved.
pub fn mentions(file: &File) -> Vec<Mention> {
    let tokens = without_tests(&tokens(&file.text));
    let module = module_of(&file.path);
    let mut imports = BTreeMap::new();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].text == "use" && starts_item(&tokens, at) {
            let mut leaves = Vec::new();
            at = use_tree(&tokens, at + 1, &mut Vec::new(), &mut leaves);
            for (segments, name) in leaves {
                let path = resolve(&segments, &module, &imports);
                imports.insert(name, path.clone());
                found.push(Mention { path, line: tokens[at.min(tokens.len() - 1)].line });
            }
        } else if tokens[at].is_name() && !follows_path(&tokens, at) {
            let line = tokens[at].line;
            let mut segments = vec![tokens[at].text.clone()];
            while tokens.get(at + 1).is_some_and(|token| token.text == "::")
                && tokens.get(at + 2).is_some_and(Token::is_name)
            {
                segments.push(tokens[at + 2].text.clone());
                at += 2;
            }
            if segments.len() > 1 {
                found.push(Mention { path: resolve(&segments, &module, &imports), line });
            }
            at += 1;
        } else {
            at += 1;
        }
    }
    found
}

fn starts_item(tokens: &[Token], at: usize) -> bool {
    at == 0 || matches!(tokens[at - 1].text.as_str(), ";" | "{" | "}" | "]" | "pub" | ")")
}

fn follows_path(tokens: &[Token], at: usize) -> bool {
    at > 0 && tokens[at - 1].text == "::"
}

/// Leaves of a `use` tree: their segments, and the name by which the file knows them.
fn use_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &mut Vec<String>,
    leaves: &mut Vec<(Vec<String>, String)>,
) -> usize {
    let depth = prefix.len();
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "::" => {}
            "{" => {
                loop {
                    at = use_tree(tokens, at + 1, prefix, leaves);
                    if tokens[at].text == "}" {
                        break;
                    }
                }
                // The group's members are leaves; the path before it isn't one.
                prefix.truncate(depth);
                at += 1;
                break;
            }
            "," | "}" | ";" => break,
            "as" => {
                leaves.push((prefix.clone(), tokens[at + 1].text.clone()));
                prefix.truncate(depth);
                at += 2;
                break;
            }
            name => prefix.push(name.into()),
        }
        at += 1;
    }
    if prefix.len() > depth {
        let mut path = prefix.clone();
        // `use a::{self}` and `use a::*` lead to `a`.
        if matches!(path.last().map(String::as_str), Some("self" | "*")) && path.len() > 1 {
            path.pop();
        }
        let name = path.last().cloned().unwrap_or_default();
        leaves.push((path, name));
        prefix.truncate(depth);
    }
    at
}

/// Where a path leads, as seen from a module.
fn resolve(segments: &[String], module: &str, imports: &BTreeMap<String, String>) -> String {
    let inside: Vec<&str> = module.split("::").collect();
    let ups = segments.iter().take_while(|segment| *segment == "super").count();
    let rest = &segments[ups..];
    let mut path: Vec<&str> = Vec::new();
    if ups > 0 {
        path.push("crate");
        path.extend(&inside[..inside.len().saturating_sub(ups)]);
        path.extend(rest.iter().map(String::as_str));
    } else if segments[0] == "self" {
        path.push("crate");
        path.extend(&inside);
        path.extend(segments[1..].iter().map(String::as_str));
    } else if segments[0] == "sprag" {
        path.push("crate");
        path.extend(segments[1..].iter().map(String::as_str));
    } else if let Some(import) = imports.get(&segments[0]).filter(|path| **path != segments[0]) {
        path.extend(import.split("::"));
        path.extend(segments[1..].iter().map(String::as_str));
    } else {
        path.extend(segments.iter().map(String::as_str));
    }
    path.join("::")
}

/// Name, first line and number of lines of every function with a body.
pub fn functions(tokens: &[Token]) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.text != "fn" || !tokens.get(at + 1).is_some_and(Token::is_name) {
            continue;
        }
        // The body is the first brace; a declaration in a trait ends before one. `[u8; 4]` ends nothing.
        let mut depth = 0_i32;
        let body = tokens[at..].iter().position(|token| {
            depth += i32::from(token.text == "[") - i32::from(token.text == "]");
            depth == 0 && matches!(token.text.as_str(), "{" | ";")
        });
        let Some(body) = body.map(|offset| at + offset) else { continue };
        if tokens[body].text == "{" {
            let end = body + block(&tokens[body..]) - 1;
            let lines = tokens[end.min(tokens.len() - 1)].line - token.line + 1;
            found.push((tokens[at + 1].text.clone(), token.line, lines));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.into(), text: text.into() };
        mentions(&file).into_iter().map(|mention| mention.path).collect()
    }

    #[test]
    fn paths_are_resolved_wherever_they_hide() {
        let found = paths(
            "src/adapters/git/observe.rs",
            "use crate::{market::{self, Bars}, program::X as Y};
             use super::super::files;
             pub(super) use self::objects::*;
             fn f() -> crate::state::Record { std::fs::read(Y::new(), files::read(r#\"crate::no\"#)) }
             // crate::no
             /* crate::no /* crate::no */ crate::no */
             const C: char = '\"'; const D: &str = \"\\\" crate::no\"; const E: char = '\\'';
             #[cfg(test)] mod tests { use crate::no; fn f() { if true { crate::no::f() } } }
             fn g<'a>(x: &'a str) { sprag::check::read(x) }",
        );
        let expected = [
            "crate::market",
            "crate::market::Bars",
            "crate::program::X",
            "crate::adapters::files",
            "crate::adapters::git::observe::objects",
            "crate::state::Record",
            "std::fs::read",
            "crate::program::X::new",
            "crate::adapters::files::read",
            "crate::check::read",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn nested_groups_of_imports_are_read() {
        let found = paths("src/x.rs", "use std::{ffi::OsStr, fs, io::{self, Read}, path::Path};");
        let expected =
            ["std::ffi::OsStr", "std::fs", "std::io", "std::io::Read", "std::path::Path"];
        assert_eq!(found, expected);
    }

    #[test]
    fn functions_are_measured() {
        let source =
            "trait T { fn a(&self); }\nfn b(_: [u8; 4]) {\n  let c = || { '{' };\n  \"{\";\n}\n";
        assert_eq!(functions(&tokens(source)), [("b".to_owned(), 2, 4)]);
    }
}
