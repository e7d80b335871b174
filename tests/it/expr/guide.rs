//! What `docs/language.md` shows is true: its examples lower, its limits are the limits.

use sprag::expr::{
    Graph, MAX_DEPTH, MAX_EXPRESSION_BYTES, MAX_NODES, MAX_REACHES, MAX_TEXT_BYTES, MAX_WINDOW,
    Scope, lower, parse,
};
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
