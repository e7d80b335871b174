//! Random programs: they compile, they cover the language, and the same numbers draw the same ones.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sprag::canary::random::{Programs, Rules};
use sprag::expr::functions::{REACH, Row, rows};
use sprag::expr::{Expr, ExprKind, Graph, MAX_REACHES, Node, Scope, Type, lower, parse};
use sprag::rng::Rng;
use sprag::strategy::{Compiled, Strategy as Rulebook};

use crate::backtest::compiled;
use crate::backtest::random::choices;

fn seeded(seed: u64) -> Programs {
    Programs::new(Rng::seeded(b"programs", [seed, 0, 0], 0))
}

/// The node that a text lowers to.
#[track_caller]
fn kind(text: &str) -> Type {
    let mut graph = Graph::default();
    let expr = parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let node = lower(&expr, &Scope::default(), &mut graph);
    graph.kind(node.unwrap_or_else(|error| panic!("{error}\n{text}")))
}

/// Names of functions and `function.output`s that an expression uses.
fn used(expr: &Expr, names: &mut BTreeSet<String>) {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Text(_) => {}
        ExprKind::Name(name) => {
            names.insert(name.clone());
        }
        ExprKind::Call { name, args, .. } => {
            names.insert(name.clone());
            args.iter().for_each(|arg| used(arg, names));
        }
        ExprKind::Output { expr: inner, output, .. } => {
            if let ExprKind::Call { name, .. } | ExprKind::Name(name) = &inner.kind {
                names.insert(format!("{name}.{output}"));
            }
            used(inner, names);
        }
        ExprKind::Lag { expr, bars } => [expr, bars].into_iter().for_each(|e| used(e, names)),
        ExprKind::Neg(inner) | ExprKind::Not(inner) => used(inner, names),
        ExprKind::Binary { op, left, right } => {
            names.insert(op.symbol().into());
            [left, right].into_iter().for_each(|e| used(e, names));
        }
    }
}

fn names_of(row: Row) -> Vec<String> {
    let outputs = row.outputs().iter().map(|output| format!("{}.{output}", row.name()));
    outputs.chain([row.name().to_owned()]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn expressions_are_well_typed(choices in choices(), depth in 0_usize..5) {
        let mut programs = Programs::new(Rng::replaying(choices));
        for _ in 0..4 {
            prop_assert_eq!(kind(&programs.number(depth)), Type::Number);
            prop_assert_eq!(kind(&programs.condition(depth)), Type::Condition);
        }
    }

    #[test]
    fn strategies_compile_in_one_spelling(choices in choices(), at_opens in any::<bool>()) {
        let rules = if at_opens { Rules::AtOpens } else { Rules::All };
        let text = Programs::new(Rng::replaying(choices)).strategy(rules);
        let strategy = compiled(&text);
        let levels = [strategy.stop_loss, strategy.take_profit, strategy.trailing_stop];
        prop_assert!(!at_opens || levels.iter().all(Option::is_none));
        for source in Rulebook::parse("strategy.toml", &text).unwrap().expressions() {
            prop_assert_eq!(source.expr.to_string(), source.origin.text.trim());
        }
    }
}

/// The simplest of all: what a shrunken counterexample looks like.
#[test]
fn zeros_draw_the_simplest_program() {
    let mut programs = Programs::new(Rng::replaying(Vec::new()));
    assert_eq!(programs.number(4), "close");
    assert_eq!(programs.condition(4), "close > close[3]");
    let text = Programs::new(Rng::replaying(Vec::new())).strategy(Rules::All);
    assert_eq!(
        text,
        "[params]\nn0 = { value = 10, min = 2, max = 60 }\nk = 0.5\n[let]\n[long]\nenter = \"close > close[n0]\"\n\
         exit = \"close > close[n0]\"\n[risk]\n[size]\n"
    );
}

#[test]
fn the_same_numbers_draw_the_same_programs() {
    let draw = |seed| (0..5).map(|_| seeded(seed).strategy(Rules::All)).collect::<Vec<String>>();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

/// Functions are dealt like cards, so that as many calls as there are functions have them all.
#[test]
fn a_few_programs_cover_the_table() {
    let mut names = BTreeSet::new();
    let mut programs = seeded(3);
    for _ in 0..1_500 {
        used(&parse(&programs.number(3)).unwrap(), &mut names);
        used(&parse(&programs.condition(3)).unwrap(), &mut names);
    }
    for row in rows() {
        for name in names_of(row) {
            assert!(names.contains(&name), "{name} was never drawn");
        }
    }
    for op in ["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "and", "or"] {
        assert!(names.contains(op), "{op} was never drawn");
    }
}

/// What the canaries look at in every epoch, whatever was drawn.
#[test]
fn the_tables_call_every_function() {
    for seed in 0..20 {
        let mut names = BTreeSet::new();
        for text in seeded(seed).tables() {
            compiled(&text);
            for source in Rulebook::parse("strategy.toml", &text).unwrap().expressions() {
                used(&source.expr, &mut names);
            }
        }
        for row in rows() {
            assert!(names.contains(row.name()), "{}", row.name());
        }
    }
}

/// Each function that reaches to other bars, of what each of them gives; conditions of other bars; and
/// never so many that a strategy is refused.
#[test]
fn programs_reach_from_what_reaches() {
    let mut programs = seeded(5);
    let mut nested = BTreeSet::new();
    for text in programs.tables() {
        for source in Rulebook::parse("strategy.toml", &text).unwrap().expressions() {
            within(&source.expr, &[], &mut nested);
        }
    }
    for outer in REACH {
        for inner in REACH {
            assert!(nested.contains(&(outer.name, inner.name)), "{} of {}", outer.name, inner.name);
        }
    }
    let drawn: Vec<Compiled> =
        (0..2_000).map(|_| compiled(&programs.strategy(Rules::All))).collect();
    let most = drawn.iter().map(|strategy| strategy.graph.reaches()).max().unwrap();
    assert!((6..MAX_REACHES).contains(&most), "{most}");
    let is_condition = |strategy: &Compiled| {
        let graph = &strategy.graph;
        let mut reaches = graph.ids().filter(|id| matches!(graph.node(*id), Node::Reach { .. }));
        reaches.any(|id| graph.kind(id) == Type::Condition)
    };
    assert!(drawn.iter().any(is_condition));
}

/// Pairs of functions that reach, the second within the first.
fn within(
    expr: &Expr,
    around: &[&'static str],
    pairs: &mut BTreeSet<(&'static str, &'static str)>,
) {
    if let ExprKind::Call { name, args, .. } = &expr.kind {
        let reach = REACH.iter().find(|reach| reach.name == name);
        pairs
            .extend(reach.iter().flat_map(|inner| around.iter().map(|outer| (*outer, inner.name))));
        let around: Vec<&str> =
            around.iter().copied().chain(reach.map(|reach| reach.name)).collect();
        args.iter().for_each(|arg| within(arg, &around, pairs));
    }
}

/// Some epochs' worth of strategies: every section, every kind of rule, every function.
#[test]
fn the_strategies_of_a_few_epochs_cover_the_form() {
    let mut programs = seeded(4);
    let drawn: Vec<String> = (0..192).map(|_| programs.strategy(Rules::All)).collect();
    for part in [
        "[long]",
        "[short]",
        "stop_loss",
        "take_profit",
        "trailing_stop",
        "max_bars = ",
        "%\"",
        "atr(",
        "weight = ",
        "max_positions = ",
        "rank = ",
        "x0 = ",
        "x1 = ",
        "c0 = ",
        "n1 = ",
        "max_bars = 'n0",
    ] {
        assert!(drawn.iter().any(|text| text.contains(part)), "none has {part}");
    }
    let without_exit =
        |text: &String| text.matches("enter = ").count() > text.matches("exit = ").count();
    assert!(drawn.iter().any(without_exit));
    let mut names = BTreeSet::new();
    for text in &drawn {
        for source in Rulebook::parse("strategy.toml", text).unwrap().expressions() {
            used(&source.expr, &mut names);
        }
    }
    let left_out: Vec<&str> = rows().map(Row::name).filter(|name| !names.contains(*name)).collect();
    assert_eq!(left_out, Vec::<&str>::new());
    assert!(names.iter().any(|name| Row::find(name).is_none()));
}
