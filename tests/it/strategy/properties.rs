//! Laws of strategy files over random ones: nothing panics, formatting changes nothing that counts, and
//! an edit changes what it names and nothing else.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value as Json;
use sprag::canary::random::Programs;
use sprag::rng::Rng;
use sprag::strategy::{Edit, Strategy as Rules, apply, format};
use toml_edit::DocumentMut;

use super::{hash, hash_of, rendered};
use crate::backtest::random::choices;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// An expression of the language, or one that uses the names below, with odd spacing.
fn spaced(
    draw: fn(&mut Programs) -> String,
    named: &'static [&'static str],
) -> BoxedStrategy<String> {
    let random =
        choices().prop_map(move |choices| draw(&mut Programs::new(Rng::replaying(choices))));
    let text = prop_oneof![3 => random, 1 => select(named).prop_map(str::to_owned)];
    (text, select(vec!["", "  "]), any::<bool>())
        .prop_map(|(text, around, bracketed)| {
            let text = text.replace(", ", &format!(",{around}"));
            if bracketed { format!("({around}{text})") } else { format!("{around}{text}") }
        })
        .boxed()
}

fn number() -> BoxedStrategy<String> {
    spaced(
        |programs| programs.number(2),
        &[
            "x",
            "a * close",
            "sma(x, a)",
            "-x[a]",
            "bbands(close).lower",
            "symbol('A',x)",
            "timeframe('1w' ,x) + xs_mean( volume)",
        ],
    )
}

fn condition() -> BoxedStrategy<String> {
    spaced(
        |programs| programs.condition(2),
        &["c", "not c", "x > b and c", "true", "cross_above(x, b)"],
    )
}

/// A section of which any part may be missing, with remarks and odd spacing.
fn section(name: &'static str, keys: Vec<BoxedStrategy<String>>) -> BoxedStrategy<String> {
    let spacing = select(vec!["", "\n", "\n# A remark.\n", "  # Indented.\n"]);
    let key = |key: BoxedStrategy<String>| {
        (proptest::option::of(key), select(vec!["\n", "  # behind\n", "\n\n"]))
    };
    let keys: Vec<_> = keys.into_iter().map(key).collect();
    (spacing, keys)
        .prop_map(move |(above, keys)| {
            let lines = keys.into_iter().filter_map(|(key, end)| Some(key? + end));
            let lines: String = lines.collect();
            if lines.is_empty() { lines } else { format!("{above}[{name}]\n{lines}") }
        })
        .boxed()
}

fn quoted(key: &'static str, value: BoxedStrategy<String>) -> BoxedStrategy<String> {
    (value, select(vec![" = ", "=", "   =  "]), any::<bool>())
        .prop_map(move |(value, equals, basic)| {
            // Names stand in single quotes.
            let quote = if basic || value.contains('\'') { '"' } else { '\'' };
            format!("{key}{equals}{quote}{value}{quote}")
        })
        .boxed()
}

/// A valid strategy's text, its sections in any order.
fn strategy() -> BoxedStrategy<String> {
    let percent = (1..90_u32).prop_map(|n| format!("{n} %")).boxed();
    let distance = prop_oneof![percent, (1..9).prop_map(|n| format!("{n} * atr( 14 )"))].boxed();
    let one = |text: &'static str| Just(text.to_owned()).boxed();
    let optional = |name, keys| section(name, keys);
    let needed = Just("[params]\na = { value=5,min=1, max=9 } # a\nb = 2\n".to_owned());
    let lets = Just("[let]\nx = 'close - open'\nc = \"x>0\"\n".to_owned());
    let side = |name: &'static str| {
        (quoted("enter", condition()), quoted("exit", condition()))
            .prop_map(move |(enter, exit)| format!("[{name}]\n{enter}\n{exit}\n"))
    };
    let risk = vec![
        quoted("stop_loss", distance.clone()),
        quoted("take_profit", distance.clone()),
        quoted("trailing_stop", distance),
        one("max_bars = 7"),
    ];
    let size = vec![quoted("weight", number()), one("max_positions=3"), quoted("rank", number())];
    let short = prop_oneof![Just(String::new()), side("short")];
    (
        side("long"),
        short,
        optional("risk", risk),
        optional("size", size),
        needed,
        lets,
        any::<u64>(),
    )
        .prop_map(|(long, short, risk, size, params, lets, order)| {
            let mut sections = [long, short, risk, size, params, lets];
            // A small shuffle that shrinks towards the written order.
            let mut order = order;
            for i in (1..sections.len()).rev() {
                sections.swap(i, i - (order % (i as u64 + 1)) as usize);
                order /= i as u64 + 1;
            }
            sections.concat()
        })
        .prop_filter("constants may divide by zero", |text| hash(text).is_ok())
        .boxed()
}

const FRAGMENTS: [&str; 28] = [
    "symbol('A', ",
    "timeframe(\"1w\",",
    "[long]",
    "[params]",
    "[[long]]",
    "enter",
    " = ",
    "\"",
    "'",
    "\"\"\"",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "close > 1",
    "sma(",
    ")",
    "%",
    "-1",
    "1e999",
    "nan",
    ",",
    "#",
    "\\u0041",
    "é",
    "a.b",
    "value",
];

/// Everything that can be asked of a text, so that a panic anywhere shows.
fn exercise(text: &str, edits: &[Edit]) {
    let findings = hash(text).err().unwrap_or_default();
    assert!(findings.iter().all(|finding| !finding.render(true).is_empty()));
    let places: Vec<_> = findings.iter().map(sprag::expr::Diagnostic::line_column).collect();
    assert!(places.iter().flatten().all(|(line, column)| *line > 0 && *column > 0));
    if let Ok(formatted) = format("strategy.toml", text) {
        assert_eq!(format("strategy.toml", &formatted).as_ref(), Ok(&formatted), "of\n{text}");
        assert_eq!(hash(text).ok(), hash(&formatted).ok(), "{text}\nand\n{formatted}");
    }
    if let Ok(edited) = apply(text, edits) {
        assert!(
            edited.parse::<DocumentMut>().is_ok(),
            "{edits:?} made no TOML of\n{text}\n{edited}"
        );
    }
}

fn paths() -> impl Strategy<Value = String> {
    let known = vec![
        "name",
        "params.a",
        "params.a.value",
        "params.a.min",
        "params.b",
        "params.b.value",
        "params.n",
        "params.n.max",
        "let.x",
        "let.new",
        "long.enter",
        "long.exit",
        "short",
        "short.enter",
        "risk",
        "risk.stop_loss",
        "risk.max_bars",
        "size.weight",
        "size.max_positions",
        "size.rank",
    ];
    prop_oneof![9 => select(known).prop_map(str::to_owned), 1 => "[a-z.]{0,12}"]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        select(vec!["close > 2", "5%", "", "a\nb", "\"", "'\"'", "\u{0}"]).prop_map(Json::from),
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
    ];
    prop_oneof![
        5 => leaf.clone(),
        1 => prop::collection::btree_map("value|min|max|é", leaf, 1..3)
            .prop_map(|map| Json::Object(map.into_iter().collect())),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => (paths(), json()).prop_map(|(path, to)| Edit::set(path, to)),
        1 => paths().prop_map(Edit::remove),
    ]
}

/// All values of a file by their paths.
fn values(text: &str) -> Vec<(String, String)> {
    fn walk(path: &str, item: &toml_edit::Item, out: &mut Vec<(String, String)>) {
        match item.as_table_like() {
            Some(table) => {
                table.iter().for_each(|(key, item)| walk(&format!("{path}.{key}"), item, out));
            }
            None => out.push((path.to_owned(), item.to_string().trim().to_owned())),
        }
    }
    let mut out = Vec::new();
    walk("", text.parse::<DocumentMut>().unwrap().as_item(), &mut out);
    out.sort();
    out
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", edits in prop::collection::vec(edit(), 0..3)) {
        exercise(&text, &edits);
    }

    #[test]
    fn no_soup_of_fragments_makes_it_panic(
        parts in prop::collection::vec(select(FRAGMENTS.to_vec()), 0..30),
        edits in prop::collection::vec(edit(), 0..3),
    ) {
        exercise(&parts.concat(), &edits);
    }

    #[test]
    fn no_broken_strategy_makes_it_panic(
        text in strategy(),
        at in 0.0..1.0,
        cut in 0_usize..6,
        insert in select(FRAGMENTS.to_vec()),
        edits in prop::collection::vec(edit(), 0..3),
    ) {
        let chars: Vec<char> = text.chars().collect();
        let at = (chars.len() as f64 * at) as usize;
        let end = (at + cut).min(chars.len());
        let broken: String = chars[..at].iter().chain(&insert.chars().collect::<Vec<_>>()).chain(&chars[end..]).collect();
        exercise(&broken, &edits);
    }

    #[test]
    fn formatting_changes_nothing_that_counts(text in strategy()) {
        let formatted = format("strategy.toml", &text).map_err(|e| TestCaseError::fail(rendered(&e)))?;
        prop_assert_eq!(hash_of(&formatted), hash_of(&text));
        prop_assert_eq!(formatted.matches('#').count(), text.matches('#').count(), "{}", formatted);
        prop_assert_eq!(&format("strategy.toml", &formatted).unwrap(), &formatted);
        prop_assert!(formatted.ends_with('\n') && !formatted.contains("\n\n\n"), "{}", formatted);
    }

    #[test]
    fn an_edit_changes_nothing_else(text in strategy(), edit in edit()) {
        let Ok(edited) = apply(&text, std::slice::from_ref(&edit)) else { return Ok(()) };
        let (path, removed) = match &edit {
            Edit::Set { set, .. } => (format!(".{set}"), false),
            Edit::Remove { remove } => (format!(".{remove}"), true),
        };
        // A number for a parameter with bounds is its value; one with a bound to come is a table.
        let touched = |key: &String| {
            key == &path || key.starts_with(&format!("{path}.")) || path.starts_with(&format!("{key}."))
                || path.strip_suffix(".max").is_some_and(|parameter| key == &format!("{parameter}.value"))
        };
        let others = |text: &str| -> Vec<_> {
            values(text).into_iter().filter(|(key, _)| !touched(key)).collect()
        };
        prop_assert_eq!(others(&edited), others(&text), "{} on\n{}\n{}", edit, text, edited);
        let there = values(&edited).iter().any(|(key, _)| key == &path || key.starts_with(&format!("{path}.")));
        prop_assert_eq!(there, !removed || path == ".params.b.value", "{}\n{}", edit, edited);
        if !removed {
            let comments = |text: &str| text.matches('#').count();
            prop_assert!(comments(&edited) >= comments(&text), "{}\n{}", edit, edited);
        }
    }

    #[test]
    fn edits_survive_json(edit in edit()) {
        let text = serde_json::to_string(&edit).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Edit>(&text).unwrap(), &edit);
        let keys: Vec<String> = serde_json::from_str::<Json>(&text).unwrap().as_object().unwrap().keys().cloned().collect();
        prop_assert!(keys == ["set", "to"] || keys == ["remove"], "{}", text);
    }

    #[test]
    fn what_is_parsed_is_what_is_written(text in strategy()) {
        let rules = Rules::parse("strategy.toml", &text).unwrap();
        for source in rules.expressions() {
            // Each expression says where it stands, to the byte.
            let at = source.origin.offset.expect("nothing is escaped here");
            prop_assert!(text[at..].starts_with(&source.origin.text), "{}", source.origin.key);
        }
    }
}
