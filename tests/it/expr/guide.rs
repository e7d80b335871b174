//! What `docs/language.md` shows is true: its examples lower, its limits are the limits.

use sprag::expr::{
    Graph, MAX_DEPTH, MAX_EXPRESSION_BYTES, MAX_NODES, MAX_REACHES, MAX_TEXT_BYTES, MAX_WINDOW,
    Scope, Type, columns, lower, parse, supplies,
};
use sprag::market::{Market, read_csv};
use sprag::strategy::{MAX_LETS, MAX_PARAMS, MAX_STRATEGY_BYTES, Strategy, compile};

const GUIDE: &str = include_str!("../../../docs/language.md");

/// The contents of all fenced blocks of this language.
fn fenced(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    GUIDE
        .split(&opening)
        .skip(1)
        .map(|rest| rest.split_once("```").expect("a fenced block is closed").0)
        .collect()
}

#[test]
fn every_example_of_the_guide_lowers() {
    let mut scope = Scope::default();
    scope.param("fast", 20.0);
    scope.param("slow", 100.0);
    let examples: Vec<&str> = fenced("sprag-expr").into_iter().flat_map(str::lines).collect();
    assert!(examples.len() > 15, "{examples:?}");
    for example in examples {
        let lowered = parse(example)
            .and_then(|expr| lower(&expr, &scope, &mut Graph::default()).map(|_| expr));
        match lowered {
            Ok(expr) => assert_eq!(expr.to_string(), example, "not in canonical form"),
            Err(error) => panic!("{}", error.within("language.md", example, 0)),
        }
    }
}

/// The values of an expression on the first symbol of a market, as the guide writes them.
fn values(text: &str, market: &Market) -> Vec<String> {
    let mut graph = Graph::default();
    let expr = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let root =
        lower(&expr, &Scope::default(), &mut graph).unwrap_or_else(|e| panic!("{text}: {e}"));
    let is_condition = graph.kind(root) == Type::Condition;
    let supplied = supplies(&graph, &[root], market).swap_remove(0);
    let [column] = &columns(&graph, &[root], &market.symbols()[0], &supplied)[..] else { panic!() };
    let shown = |value: &f64| match (is_condition, value.is_nan()) {
        (true, _) => (*value > 0.0).to_string(),
        (false, true) => "–".into(),
        (false, false) => ((value * 1e6).round() / 1e6 + 0.0).to_string(),
    };
    column.iter().map(shown).collect()
}

#[test]
fn the_values_of_the_guide_are_what_the_language_computes() {
    let blocks = fenced("csv");
    let read = |(name, text): (&str, &&str)| read_csv(name, name, text.as_bytes()).bars.unwrap();
    let market = Market::new(["A", "B"].into_iter().zip(&blocks).map(read).collect());
    assert_eq!(market.symbols().len(), 2);
    let section = GUIDE.split_once("## Values, bar by bar\n").unwrap().1;
    let section = section.split_once("\n## ").unwrap().0;
    let rows: Vec<Vec<&str>> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() >= 24, "{} rows", rows.len());
    for row in rows {
        let text = row[0].trim_matches('`');
        assert_eq!(values(text, &market), row[1..], "{text}");
    }
}

#[test]
fn the_strategy_of_the_guide_compiles() {
    let blocks = fenced("toml");
    let [text] = blocks[..] else { panic!("expected one strategy, found {}", blocks.len()) };
    let strategy = Strategy::parse("language.md", text).unwrap_or_else(|e| panic!("{}", e[0]));
    let compiled = compile(&strategy, ("language.md", text)).unwrap_or_else(|e| panic!("{}", e[0]));
    assert_eq!(compiled.unused, Vec::<String>::new());
}

#[test]
fn the_limits_of_the_guide_are_the_limits() {
    let grouped = |n: usize| match n {
        0..1_000 => n.to_string(),
        _ => format!("{},{:03}", n / 1_000, n % 1_000),
    };
    let section = GUIDE.split_once("## Limits\n").expect("a section on limits").1;
    let section = section.split_whitespace().collect::<Vec<&str>>().join(" ");
    for said in [
        format!("{} bytes", grouped(MAX_EXPRESSION_BYTES)),
        format!("{} parts", grouped(MAX_NODES)),
        format!("{MAX_DEPTH} levels"),
        format!("{} bars", grouped(MAX_WINDOW as usize)),
        format!("name at most {MAX_TEXT_BYTES} bytes"),
        format!("{MAX_REACHES} values that are computed on other bars"),
        format!("{} KiB", MAX_STRATEGY_BYTES / 1024),
        format!("{MAX_PARAMS} parameters"),
        format!("{MAX_LETS} `[let]`s"),
    ] {
        assert!(section.contains(&said), "the guide doesn't say: {said}");
    }
}
