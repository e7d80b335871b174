//! What holds for every text and every tree.

use proptest::prelude::*;
use sprag::canary::random::Programs;
use sprag::expr::{BinaryOp, Expr, ExprKind, Graph, Scope, lower, parse};
use sprag::rng::Rng;

use crate::backtest::random::choices;

const OPERATORS: [BinaryOp; 13] = [
    BinaryOp::Or,
    BinaryOp::And,
    BinaryOp::Less,
    BinaryOp::LessEqual,
    BinaryOp::Greater,
    BinaryOp::GreaterEqual,
    BinaryOp::Equal,
    BinaryOp::NotEqual,
    BinaryOp::Add,
    BinaryOp::Subtract,
    BinaryOp::Multiply,
    BinaryOp::Divide,
    BinaryOp::Remainder,
];

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: 0..0 }
}

/// Any tree that the parser could build, and some that only a program builds.
fn trees() -> impl Strategy<Value = Expr> {
    let name = prop_oneof!["[a-z_][a-z0-9_]{0,6}", Just("close".to_string())]
        .prop_filter("words of the language are no names", |name| {
            !["and", "or", "not", "true", "false"].contains(&name.as_str())
        });
    let number = prop_oneof![
        any::<f64>().prop_filter("finite", |x| x.is_finite()),
        (-9..9_i8).prop_map(f64::from)
    ];
    let leaf = prop_oneof![
        number.prop_map(|value| expr(ExprKind::Number(value))),
        any::<bool>().prop_map(|value| expr(ExprKind::Bool(value))),
        // Whatever a name may have, but not both kinds of quotes.
        prop_oneof!["[^\"\\p{C}]{0,8}", "[^'\\p{C}]{0,8}"]
            .prop_map(|text| expr(ExprKind::Text(text))),
        name.clone().prop_map(|name| expr(ExprKind::Name(name))),
    ];
    leaf.prop_recursive(6, 40, 3, move |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (name.clone(), prop::collection::vec(inner, 0..4))
                .prop_map(|(name, args)| { expr(ExprKind::Call { name, name_span: 0..0, args }) }),
            (boxed.clone(), name.clone()).prop_map(|(expr_, output)| {
                expr(ExprKind::Output { expr: expr_, output, output_span: 0..0 })
            }),
            (boxed.clone(), boxed.clone())
                .prop_map(|(inner, bars)| expr(ExprKind::Lag { expr: inner, bars })),
            boxed.clone().prop_map(|inner| expr(ExprKind::Neg(inner))),
            boxed.clone().prop_map(|inner| expr(ExprKind::Not(inner))),
            (prop::sample::select(&OPERATORS[..]), boxed.clone(), boxed)
                .prop_map(|(op, left, right)| expr(ExprKind::Binary { op, left, right })),
        ]
    })
}

/// The tree without its spans, as text that shows every bracket.
fn shape(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Number(value) => format!("{value:e}"),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Text(text) => format!("«{text}»"),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Call { name, args, .. } => {
            let args: Vec<String> = args.iter().map(shape).collect();
            format!("{name}({})", args.join(","))
        }
        ExprKind::Output { expr, output, .. } => format!("<{}>.{output}", shape(expr)),
        ExprKind::Lag { expr, bars } => format!("<{}>[{}]", shape(expr), shape(bars)),
        // The parser has no minus before a literal: it is part of it.
        ExprKind::Neg(inner) => match shape(inner) {
            text if text.parse::<f64>().is_ok() => {
                text.strip_prefix('-').map_or_else(|| format!("-{text}"), String::from)
            }
            text => format!("-<{text}>"),
        },
        ExprKind::Not(inner) => format!("not<{}>", shape(inner)),
        ExprKind::Binary { op, left, right } => {
            format!("<{}>{}<{}>", shape(left), op.symbol(), shape(right))
        }
    }
}

/// A program of the language in which one token is another, is doubled, or is missing.
fn nearly(text: &str, at: f64, instead: &str) -> String {
    let tokens: Vec<&str> = text.split_inclusive([' ', '(', ',', '[']).collect();
    let at = (tokens.len() as f64 * at) as usize;
    let changed = tokens.iter().enumerate().map(|(i, token)| if i == at { instead } else { token });
    changed.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_back_as_the_same_tree(tree in trees()) {
        let text = tree.to_string();
        if let Ok(parsed) = parse(&text) {
            prop_assert_eq!(shape(&parsed), shape(&tree), "{}", text);
            prop_assert_eq!(parsed.to_string(), text);
        } else {
            // Only what passes a limit may fail.
            let error = parse(&text).unwrap_err();
let is_limit = error.message.contains("bytes") || error.message.contains("deeply");
            prop_assert!(is_limit, "{}: {}", text, error);
        }
    }

    #[test]
    fn no_text_makes_the_language_panic(text in "\\PC{0,60}") {
        let _ = survey(&text);
    }

    #[test]
    fn no_heap_of_tokens_makes_the_language_panic(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "close", "sma", "macd", "symbol", "timeframe", "xs_rank", "'", "\"", "'SPX'", "\"1w\"", "'1", "(", ")", "[", "]", ",", ".", "line", "1", "-1", "2.5", "+", "-",
                "*", "/", "%", "<", "==", "and", "or", "not", "true", "if", "stoch", "&&", "é", " ",
            ]),
            0..30,
        )
    ) {
        let _ = survey(&tokens.join(" "));
        let _ = survey(&tokens.concat());
    }

    #[test]
    fn every_program_lowers_and_what_is_nearly_one_says_where_it_is_wrong(
        choices in choices(), depth in 0_usize..4, at in 0.0..1.0,
        instead in prop::sample::select(vec!["", "close > ", "1, ", "-1]", "true)", "sma(", "macd.", "[", "- "]),
    ) {
        let mut programs = Programs::new(Rng::replaying(choices));
        for text in [programs.number(depth), programs.condition(depth)] {
            let lowered = parse(&text)
                .and_then(|expr| lower(&expr, &Scope::default(), &mut Graph::default()));
            prop_assert!(lowered.is_ok(), "{}", text);
            prop_assert_eq!(survey(&text), Ok(()));
            prop_assert_eq!(survey(&nearly(&text, at, instead)), Ok(()));
        }
    }
}

/// Parses, prints and lowers; a diagnostic has to render and point into the text.
fn survey(text: &str) -> Result<(), String> {
    let outcome = parse(text)
        .and_then(|expr| lower(&expr, &Scope::default(), &mut Graph::default()).map(|_| expr));
    match outcome {
        Ok(expr) => {
            let printed = expr.to_string();
            let again = parse(&printed).map_err(|error| error.to_string())?;
            if again.to_string() == printed { Ok(()) } else { Err(printed) }
        }
        Err(diagnostic) => {
            let inside = diagnostic.span.end <= text.len();
            let rendered = diagnostic.within("x", text, 0).render(false);
            if inside && rendered.starts_with("error: ") { Ok(()) } else { Err(rendered) }
        }
    }
}
