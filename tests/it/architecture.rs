//! The tables of docs/architecture.md are held true: which module uses which, and who touches the world.
//!
//! The tables are read from the page itself, so that it can't say one thing and the code do another. An
//! arrow that no code uses is an error as well: a map with roads that aren't there is no map.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::scan::{self, File, Mention};

/// Rows of the table between two markers, as cells.
fn table(name: &str) -> Vec<Vec<String>> {
    let page = fs::read_to_string(scan::root().join("docs/architecture.md")).unwrap();
    let (_, rest) = page.split_once(&format!("<!-- {name}: begin -->")).unwrap();
    let (table, _) = rest.split_once(&format!("<!-- {name}: end -->")).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().into()).collect())
        .collect()
}

/// What stands in backticks.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Modules in the order of the table, with those that each may use.
struct Arrows {
    order: Vec<String>,
    allowed: BTreeMap<String, BTreeSet<String>>,
}

impl Arrows {
    fn read() -> Self {
        let mut arrows = Self { order: Vec::new(), allowed: BTreeMap::new() };
        for row in table("arrows") {
            let [module] = &names(&row[0])[..] else { panic!("one module per row: {row:?}") };
            arrows.order.push(module.clone());
            let uses = names(&row[2]).into_iter().collect();
            let before = arrows.allowed.insert(module.clone(), uses);
            assert!(before.is_none(), "`{module}` has two rows");
        }
        arrows
    }

    /// The row that a module belongs to: the longest that it begins with.
    fn row(&self, module: &str) -> Option<&str> {
        let rows = self.order.iter().filter(|row| is_within(module, row));
        rows.max_by_key(|row| row.len()).map(String::as_str)
    }

    fn place(&self, module: &str) -> usize {
        self.order.iter().position(|row| row == module).unwrap()
    }
}

fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn sources() -> Vec<File> {
    let sources = scan::files(&["src"]);
    sources.into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

/// All arrows of the code, each with a place that shows it.
fn arrows_of_the_code(arrows: &Arrows) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for file in sources().iter().filter(|file| file.path != "src/lib.rs") {
        let module = scan::module_of(&file.path);
        let Some(from) = arrows.row(&module) else { continue };
        for Mention { path, line } in scan::mentions(file) {
            let Some(path) = path.strip_prefix("crate::") else { continue };
            // A constant of lib.rs, such as ENGINE, is no module.
            if path.starts_with(char::is_uppercase) {
                continue;
            }
            let Some(to) = arrows.row(path) else {
                panic!("{}:{line}: what is `{path}`? No row of docs/architecture.md", file.path)
            };
            if from != to {
                let place = format!("{}:{line}", file.path);
                found.entry((from.to_owned(), to.to_owned())).or_insert(place);
            }
        }
    }
    found
}

#[test]
fn every_module_is_on_the_map_and_every_row_is_a_module() {
    let arrows = Arrows::read();
    let modules: Vec<String> =
        sources().iter().map(|file| scan::module_of(&file.path)).filter(|m| m != "lib").collect();
    for module in &modules {
        let is_parent = arrows.order.iter().any(|row| is_within(row, module));
        assert!(
            arrows.row(module).is_some() || is_parent,
            "the module `{module}` has no row in docs/architecture.md"
        );
    }
    for row in &arrows.order {
        assert!(
            modules.contains(row),
            "docs/architecture.md has a row for `{row}`: no such module"
        );
    }
}

#[test]
fn modules_use_what_the_map_allows_and_nothing_else() {
    let arrows = Arrows::read();
    let found = arrows_of_the_code(&arrows);
    for ((from, to), place) in &found {
        assert!(
            arrows.allowed[from].contains(to),
            "{place} uses `{to}`, which docs/architecture.md doesn't allow `{from}`"
        );
    }
    for (from, allowed) in &arrows.allowed {
        for to in allowed {
            assert!(
                found.contains_key(&(from.clone(), to.clone())),
                "docs/architecture.md lets `{from}` use `{to}`, and it doesn't: take that out"
            );
        }
    }
    assert!(found.len() > 50, "found only {} arrows", found.len());
}

/// Which also means that there is no circle.
#[test]
fn arrows_point_up() {
    let arrows = Arrows::read();
    for (from, allowed) in &arrows.allowed {
        for to in allowed {
            assert!(arrows.place(to) < arrows.place(from), "`{from}` → `{to}` points down");
        }
    }
}

#[test]
fn the_world_is_touched_where_the_map_says_and_nowhere_else() {
    let rows = table("world");
    let mut used: BTreeMap<(String, String), bool> = BTreeMap::new();
    for row in &rows {
        for what in names(&row[0]) {
            for place in names(&row[1]) {
                used.insert((what.clone(), place), false);
            }
        }
    }
    let watched: Vec<(String, Vec<String>)> = rows
        .iter()
        .flat_map(|row| names(&row[0]).into_iter().map(|what| (what, names(&row[1]))))
        .collect();
    for file in sources() {
        let module = scan::module_of(&file.path);
        for Mention { path, line } in scan::mentions(&file) {
            for (what, places) in watched.iter().filter(|(what, _)| is_within(&path, what)) {
                let place = places.iter().find(|place| is_within(&module, place));
                let Some(place) = place else {
                    panic!(
                        "{}:{line} uses `{path}`; docs/architecture.md allows `{what}` only in {places:?}",
                        file.path
                    )
                };
                used.insert((what.clone(), place.clone()), true);
            }
        }
    }
    for ((what, place), used) in used {
        assert!(used, "docs/architecture.md lets `{place}` use `{what}`, and it doesn't");
    }
}
