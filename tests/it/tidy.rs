//! House rules that a test can hold: form of the sources, pages that point somewhere, commands that exist.

use std::collections::BTreeSet;
use std::fs;

use clap::CommandFactory;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use sprag::cli::Cli;

use crate::scan::{self, File, root};

/// Longest source file. What grows beyond it has more than one subject.
const MOST_LINES: usize = 500;
/// Longest function.
const MOST_FUNCTION_LINES: usize = 80;

/// Everything of ours that is text; not the data.
const PLACES: [&str; 16] = [
    "src",
    "tests/it",
    "benches",
    "examples",
    "docs",
    ".ci",
    ".github",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "program.md",
    "state/strategy.toml",
    "Cargo.toml",
    "clippy.toml",
    "rustfmt.toml",
    "deny.toml",
];

fn ours() -> Vec<File> {
    let files = scan::files(&PLACES);
    assert!(files.len() > 100, "found only {} files", files.len());
    files
}

fn rust(places: &[&str]) -> Vec<File> {
    scan::files(places).into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

fn markdown() -> Vec<File> {
    let files = ours().into_iter().filter(|file| file.path.ends_with(".md"));
    let data = scan::files(&["data/SOURCES.md"]);
    files.chain(data).collect()
}

fn parse(text: &str) -> Parser<'_> {
    let plain = Options::ENABLE_TABLES | Options::ENABLE_MATH | Options::ENABLE_STRIKETHROUGH;
    Parser::new_ext(text, plain)
}

/// All breaches at once, so that one run shows them all.
fn none(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn every_source_says_first_what_it_is_for() {
    let files = rust(&["src", "tests/it", "benches", "examples"]);
    let silent = files.iter().filter(|file| !file.text.starts_with("//! "));
    none(
        &silent.map(|file| format!("{} doesn't begin with `//! `", file.path)).collect::<Vec<_>>(),
    );
}

#[test]
fn files_and_functions_are_short() {
    let mut breaches = Vec::new();
    for file in rust(&["src"]) {
        let lines = file.text.lines().count();
        if lines > MOST_LINES {
            breaches.push(format!("{} has {lines} lines; {MOST_LINES} are enough", file.path));
        }
        for (name, line, lines) in scan::functions(&scan::tokens(&file.text)) {
            if lines > MOST_FUNCTION_LINES {
                breaches.push(format!("{}:{line}: `{name}` has {lines} lines", file.path));
            }
        }
    }
    none(&breaches);
}

#[test]
fn nothing_is_left_over() {
    let macros = ["todo", "unimplemented", "dbg"];
    let notes = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()];
    let mut breaches = Vec::new();
    for file in rust(&["src", "tests/it", "benches", "examples"]) {
        let tokens = scan::tokens(&file.text);
        for pair in tokens.windows(2) {
            if macros.contains(&pair[0].text.as_str()) && pair[1].text == "!" {
                breaches.push(format!("{}:{}: {}!", file.path, pair[0].line, pair[0].text));
            }
        }
        for note in notes.iter().filter(|note| file.text.contains(note.as_str())) {
            breaches.push(format!("{} has a {note}", file.path));
        }
    }
    none(&breaches);
}

#[test]
fn text_is_clean() {
    let mut breaches = Vec::new();
    for file in ours() {
        // A picture may end as it likes.
        if file.path.ends_with(".svg") {
            continue;
        }
        for (at, line) in file.text.lines().enumerate() {
            if line.ends_with([' ', '\t']) {
                breaches.push(format!("{}:{}: ends with a blank", file.path, at + 1));
            }
            if line.contains('\t') {
                breaches.push(format!("{}:{}: has a tab", file.path, at + 1));
            }
        }
        if !file.text.ends_with('\n') || file.text.ends_with("\n\n") || file.text.contains('\r') {
            breaches.push(format!("{}: ends with one line feed, and has no CR", file.path));
        }
    }
    none(&breaches);
}

/// Put together here, so that this file isn't the first breach.
#[test]
fn no_machine_and_no_registry_is_named() {
    let places = ["work", "home", "root", "Users"].map(|name| format!("/{name}/"));
    let hosts = [["crates", "io"], ["pypi", "org"], ["npmjs", "com"]].map(|name| name.join("."));
    let mut breaches = Vec::new();
    for file in ours() {
        for word in places.iter().chain(&hosts).filter(|word| file.text.contains(word.as_str())) {
            breaches.push(format!("{} names {word}", file.path));
        }
    }
    none(&breaches);
}

#[test]
fn every_test_file_is_in_the_one_binary() {
    let main = fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for entry in fs::read_dir(root().join("tests/it")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.trim_end_matches(".rs");
        assert!(
            name == "main" || main.contains(&format!("\nmod {name};\n")),
            "tests/it/{name} is not in main.rs, so it never runs"
        );
    }
}

#[test]
fn every_dependency_is_used() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml_edit::DocumentMut = manifest.parse().unwrap();
    let mut tables = vec![&manifest["dependencies"], &manifest["dev-dependencies"]];
    let targets = manifest.get("target").and_then(|target| target.as_table_like());
    for (_, target) in targets.iter().flat_map(|table| table.iter()) {
        tables.push(&target["dependencies"]);
    }
    let used: BTreeSet<String> = rust(&["src", "tests/it", "benches", "examples"])
        .iter()
        .flat_map(|file| scan::tokens(&file.text))
        .map(|token| token.text)
        .collect();
    let names = tables.iter().flat_map(|table| table.as_table_like().unwrap().iter());
    let unused = names.filter(|(name, _)| !used.contains(&name.replace('-', "_")));
    none(
        &unused.map(|(name, _)| format!("nothing uses the dependency {name}")).collect::<Vec<_>>(),
    );
}

/// Destinations of a page's links and pictures.
fn links(text: &str) -> Vec<String> {
    let mut found: Vec<String> = parse(text)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        })
        .collect();
    for attribute in ["src=\"", "srcset=\"", "href=\""] {
        let values = text.split(attribute).skip(1);
        found.extend(values.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
    }
    found
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let (mut anchors, mut heading) = (BTreeSet::new(), None::<String>);
    for event in parse(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let title = heading.take().unwrap_or_default().to_lowercase();
                let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
                anchors.insert(title.chars().filter(kept).collect::<String>().replace(' ', "-"));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    anchors
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut breaches = Vec::new();
    let mut count = 0;
    for page in markdown() {
        let folder = root().join(&page.path).parent().unwrap().to_owned();
        for link in links(&page.text).iter().filter(|link| !link.contains([':', '@'])) {
            count += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { root().join(&page.path) } else { folder.join(path) };
            if !target.exists() {
                breaches.push(format!("{}: {link} is not there", page.path));
            } else if !anchor.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                if !anchors(&text).contains(anchor) {
                    breaches.push(format!("{}: {link} has no such heading", page.path));
                }
            }
        }
    }
    none(&breaches);
    assert!(count > 10, "found only {count} links");
}

#[test]
fn every_page_can_be_found() {
    let pages = ["README.md", "docs/architecture.md"];
    let pages = pages.map(|page| fs::read_to_string(root().join(page)).unwrap());
    let linked: Vec<String> = pages.iter().flat_map(|page| links(page)).collect();
    for page in scan::files(&["docs"]) {
        if let Some(name) = page.path.strip_prefix("docs/").filter(|name| name.ends_with(".md")) {
            let is_linked = linked.iter().any(|link| {
                let path = link.split('#').next().unwrap_or_default();
                path == name || path == page.path
            });
            assert!(
                is_linked || name == "architecture.md",
                "neither README.md nor docs/architecture.md links to {}",
                page.path
            );
        }
    }
}

/// Calls of `sprag` in a page's code, each as its words.
fn calls(text: &str) -> Vec<Vec<String>> {
    let (mut snippets, mut in_block) = (Vec::new(), false);
    for event in parse(text) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Code(code) => snippets.push(code.into_string()),
            Event::Text(code) if in_block => {
                snippets.extend(code.lines().map(str::to_owned));
            }
            _ => {}
        }
    }
    snippets.iter().filter_map(|snippet| call(snippet)).collect()
}

/// The words after `sprag` (or after `cargo run --`), up to a comment or a pipe.
fn call(snippet: &str) -> Option<Vec<String>> {
    let snippet = snippet.trim().trim_start_matches("$ ");
    let rest = ["sprag ", "cargo run --release -- ", "cargo run -- "]
        .iter()
        .find_map(|start| snippet.strip_prefix(start))?;
    let end = |word: &&str| !matches!(*word, "#" | "|" | ">" | "&&" | ";");
    Some(rest.split_whitespace().take_while(end).map(str::to_owned).collect())
}

/// What is wrong with a call, if anything: its command, or an option, isn't there.
fn flaw(words: &[String]) -> Option<String> {
    let mut cli = Cli::command();
    cli.build();
    let mut command = &cli;
    for word in words {
        if let Some(sub) = command.find_subcommand(word) {
            command = sub;
        } else if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
            let name = long.split('=').next().unwrap_or_default();
            if !command.get_arguments().any(|arg| arg.get_long() == Some(name)) {
                return Some(format!("`{}` has no option --{name}", command.get_name()));
            }
        } else if let Some(short) = word.strip_prefix('-').and_then(|rest| rest.chars().next()) {
            let is_option = short.is_alphabetic();
            if is_option && !command.get_arguments().any(|arg| arg.get_short() == Some(short)) {
                return Some(format!("`{}` has no option -{short}", command.get_name()));
            }
        } else if command.get_name() == "sprag" {
            return Some(format!("there is no command `{word}`"));
        }
    }
    None
}

#[test]
fn commands_that_pages_and_messages_name_exist() {
    let mut breaches = Vec::new();
    let mut count = 0;
    let template = scan::files(&["src/commands/init"]);
    for page in markdown().iter().chain(template.iter().filter(|f| f.path.ends_with(".md"))) {
        for words in calls(&page.text) {
            count += 1;
            breaches.extend(flaw(&words).map(|flaw| format!("{}: {words:?}: {flaw}", page.path)));
        }
    }
    for file in rust(&["src"]) {
        for rest in file.text.split("`sprag ").skip(1) {
            let words = rest.split('`').next().unwrap_or_default();
            // A message may go on in the next line of its source.
            let words = words.replace(['\\', '\n'], " ");
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            count += 1;
            breaches.extend(flaw(&words).map(|flaw| format!("{}: {words:?}: {flaw}", file.path)));
        }
    }
    none(&breaches);
    assert!(count > 20, "found only {count} calls");
}

#[test]
fn the_readers_of_pages_and_sources_see_what_is_wrong() {
    let words = |text: &str| call(text).unwrap();
    assert_eq!(flaw(&words("sprag iterate -n 3 --scratch=x # try")), None);
    assert_eq!(flaw(&words("$ cargo run --release -- data check a.csv | head")), None);
    assert!(flaw(&words("sprag iterat")).is_some());
    assert!(flaw(&words("sprag log --scratch")).is_some());
    assert!(flaw(&words("sprag status -n 3")).is_some());
    assert!(anchors("# A `b` c, d\n").contains("a-b-c-d"));
    assert_eq!(links("[a](b.md#c) ![d](e.svg)\n"), ["b.md#c", "e.svg"]);
}

#[test]
fn every_function_is_on_the_page_of_functions() {
    let page = fs::read_to_string(root().join("docs/functions.md")).unwrap();
    for name in sprag::expr::functions::names() {
        let heading = format!("### `{name}");
        assert!(page.contains(&heading), "docs/functions.md: no {name}");
    }
}
