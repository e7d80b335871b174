//! What other languages call things. Nothing here knows whether a name is known.

/// Names from other languages and libraries, and how the same is written here.
const ELSEWHERE: [(&str, &str); 34] = [
    ("average", "sma"),
    ("avg", "sma"),
    ("bb", "bbands"),
    ("bollinger", "bbands"),
    ("crossover", "cross_above"),
    ("crossunder", "cross_below"),
    ("dayofmonth", "day"),
    ("dayofweek", "weekday"),
    ("delay", "x[n]"),
    ("donchian", "highest"),
    ("hhv", "highest"),
    ("hl2", "(high + low) / 2"),
    ("hlc3", "(high + low + close) / 3"),
    ("iff", "if"),
    ("lag", "x[n]"),
    ("linearreg", "linreg"),
    ("llv", "lowest"),
    ("ln", "log"),
    ("ma", "sma"),
    ("mean", "sma"),
    ("momentum", "mom"),
    ("prev", "x[n]"),
    ("previous", "x[n]"),
    ("psar", "sar"),
    ("ref", "x[n]"),
    ("shift", "x[n]"),
    ("smma", "rma"),
    ("std", "stdev"),
    ("stddev", "stdev"),
    ("time", "hour"),
    ("tr", "trange"),
    ("true_range", "trange"),
    ("variance", "var"),
    ("where", "if"),
];

/// How what other languages call `name` is written here.
pub(super) fn known_elsewhere_as(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    ELSEWHERE.iter().find(|(known, _)| *known == name).map(|(_, here)| *here)
}
