//! Texts that say the same have the same digest, texts that don't have different ones.

use sprag::expr::functions::rows;
use sprag::expr::{Digest, Graph, Scope, column, lower, parse};
use sprag::market::Bars;

fn scope() -> Scope {
    let mut scope = Scope::default();
    scope.param("fast", 20.0);
    scope.binding("trend", parse("close > ema(close, fast)").unwrap());
    scope.binding("both", parse("trend and open > 5").unwrap());
    scope
}

fn digest(text: &str) -> Digest {
    let mut graph = Graph::default();
    let root = lower(&parse(text).unwrap(), &scope(), &mut graph)
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    graph.digest(root)
}

#[test]
fn equal_meanings_have_equal_digests() {
    let groups: &[&[&str]] = &[
        &["close > open", "open < close", "(close)>(open)"],
        &["close >= open", "open <= close"],
        &["close == open", "open == close"],
        &["close != open", "open != close"],
        &["close + open", "open + close"],
        &["close * open * 2", "2 * (close * open)", "open * close * 2"],
        &["close > 1 and open > 2 and high > 3", "high > 3 and (open > 2 and close > 1)"],
        &["close > 1 or open > 2 or high > 3", "(high > 3 or close > 1) or open > 2"],
        &["close > 1 and close > 1", "close > 1", "1 < close", "not not close > 1"],
        &["trend", "close > ema(close, 20)", "close > ema(close, fast)"],
        &["both and high > 1", "open > 5 and high > 1 and close > ema(close, 2 * 10)"],
        &["stoch", "stoch()", "stoch(14)", "stoch(14, 3, 3).k", "stoch.k"],
        &["macd(close).signal", "macd(close, 12, 26).signal", "macd(close, 12, 26, 9).signal"],
        &["sma(close, 20)", "sma(close, fast)", "sma(close[0], 19 + 1)"],
        &["close > 0", "close > -0", "close > 0 * fast", "close > 1 - 1"],
        &["close * 0.1", "close * 1e-1", "close * .1"],
        &["log_return(close)", "log_return(close, 1)"],
        &["symbol('SPX', close)", "symbol(\"SPX\", (close))", "symbol( 'SPX' , close[0])"],
        &["symbol('SPX', trend)", "symbol('SPX', ema(close, 20) < close)"],
        &["timeframe('1h', close > open)", "timeframe('60m', open < close)"],
        &["xs_rank(close * open)", "xs_rank(open * close)"],
        &["symbol('A', 3)", "3", "timeframe('1w', 1 + 2)"],
    ];
    let mut seen = Vec::new();
    for group in groups {
        let first = digest(group[0]);
        for text in *group {
            assert_eq!(digest(text), first, "`{text}` is not `{}`", group[0]);
        }
        assert!(!seen.contains(&first), "`{}` is another group too", group[0]);
        seen.push(first);
    }
}

#[test]
fn different_meanings_have_different_digests() {
    let mut texts: Vec<String> = [
        "close",
        "open",
        "high",
        "low",
        "volume",
        "1",
        "true",
        "false",
        "0",
        "-1",
        "-close",
        "close[1]",
        "close[2]",
        "close - open",
        "open - close",
        "close / open",
        "open / close",
        "close % open",
        "close + open",
        "close * open",
        "close > open",
        "close < open",
        "close >= open",
        "close <= open",
        "close == open",
        "close != open",
        "not close > open",
        "(close > open)[1]",
        "close + (open + high)",
        "(close + open) + high",
        "close > 1 and open > 1",
        "close > 1 or open > 1",
        "close > 1 and open > 1 and high > 1",
        "close > 1 and (open > 1 or high > 1)",
        "sma(close, 5)",
        "sma(close, 6)",
        "sma(open, 5)",
        "ema(close, 5)",
        "sma(close, 5)[1]",
        "sma(close[1] + 0, 5)",
        "macd(close).signal",
        "macd(close).hist",
        "macd(close)",
        "macd(close, 12, 27)",
        "cross_above(close, open)",
        "cross_above(open, close)",
        "cross_below(close, open)",
        "min(close, open)",
        "max(close, open)",
        "if(close > open, high, low)",
        "if(close > open, low, high)",
        "bbands(close, 20, 2)",
        "bbands(close, 20, 2.0000001)",
        "bbands(close, 20, 2).lower",
        "symbol('SPX', close)",
        "symbol('spx', close)",
        "symbol('COMP', close)",
        "symbol('SPX', open)",
        "symbol('SPX', close)[1]",
        "symbol('SPX', close[1])",
        "symbol('SPX', symbol('COMP', close))",
        "symbol('1w', close)",
        "timeframe('1w', close)",
        "timeframe('1M', close)",
        "timeframe('1m', close)",
        "timeframe('1w', timeframe('1M', close))",
        "symbol('SPX', timeframe('1w', close))",
        "timeframe('1w', symbol('SPX', close))",
        "xs_rank(close)",
        "xs_mean(close)",
        "xs_zscore(close)",
        "xs_mean(xs_mean(close))",
        "xs_rank(timeframe('1w', close))",
        "timeframe('1w', xs_rank(close))",
    ]
    .map(String::from)
    .into();
    texts.extend(rows().map(|row| row.example().into()));
    texts.sort();
    texts.dedup();
    let mut digests: Vec<(Digest, &str)> =
        texts.iter().map(|text| (digest(text), text.as_str())).collect();
    digests.sort();
    for pair in digests.windows(2) {
        assert_ne!(pair[0].0, pair[1].0, "`{}` and `{}`", pair[0].1, pair[1].1);
    }
}

/// A sub-expression that is used twice is computed once.
#[test]
fn common_parts_are_one_node() {
    let mut graph = Graph::default();
    let text =
        "ema(close, 20) > ema(close, 50) and close > ema(close, 50) and ema(close, fast) > 1";
    lower(&parse(text).unwrap(), &scope(), &mut graph).unwrap();
    let computed = graph.ids().filter(|id| graph.known(*id).is_none()).count();
    assert_eq!(computed, 8, "close, two averages, three comparisons, two conjunctions");
}

/// What is computed on other bars is computed once for all that need it, and counted along the paths on which
/// it is needed.
#[test]
fn values_on_other_bars_are_shared_and_counted() {
    let mut graph = Graph::default();
    let mut lower_one = |text: &str| {
        lower(&parse(text).unwrap(), &scope(), &mut graph).unwrap();
        (graph.reaches(), graph.symbols().into_iter().map(String::from).collect::<Vec<String>>())
    };
    assert_eq!(lower_one("symbol('B', close) > symbol('B', close)[1]").0, 1);
    assert_eq!(lower_one("symbol('A', close + symbol('B', close))").0, 1 + 2);
    let (reaches, symbols) = lower_one("xs_rank(symbol('A', close + symbol('B', close)))");
    assert_eq!((reaches, symbols), (1 + 2 + 3, vec!["A".into(), "B".into()]));
}

/// Thousands of levels through `[let]`s are an error, not the end of the stack.
#[test]
fn nesting_through_lets_is_bounded() {
    let mut scope = Scope::default();
    let sum = "+ 1".repeat(100);
    for i in 0..100 {
        scope.binding(&format!("x{i}"), parse(&format!("x{} {sum}", i + 1)).unwrap());
    }
    let error = lower(&parse("x0").unwrap(), &scope, &mut Graph::default()).unwrap_err();
    assert!(error.message.contains("nested too deeply through [let]s"), "{}", error.message);
    assert!(error.message.len() < 2_000, "{}", error.message.len());
}

/// A long chain of conditions, gathered over many `[let]`s, is no recursion.
#[test]
fn a_chain_over_many_lets_is_evaluated() {
    let mut scope = Scope::default();
    let mut graph = Graph::default();
    scope.binding("c0", parse("close > 0").unwrap());
    for i in 1..30 {
        let terms: Vec<String> = (1..=200).map(|k| format!("close > {}", i * 200 + k)).collect();
        let text = format!("c{} or {}", i - 1, terms.join(" or "));
        scope.binding(&format!("c{i}"), parse(&text).unwrap());
    }
    let root = lower(&parse("c29").unwrap(), &scope, &mut graph).unwrap();
    let bars = Bars {
        close: vec![-1.0, 1.0],
        open: vec![1.0; 2],
        high: vec![1.0; 2],
        low: vec![1.0; 2],
        volume: vec![1.0; 2],
        time: vec![0, 1],
        ..Bars::default()
    };
    assert_eq!(column(&graph, root, &bars), [0.0, 1.0]);
}
