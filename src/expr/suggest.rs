//! What was meant by an unknown name.

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

/// The candidate nearest to `name` by edit distance, ignoring case, if it is near enough to be what
/// was meant: at most a third of the longer name's length, and at least one edit.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()).div_ceil(3))
        .min_by_key(|(distance, candidate)| (*distance, candidate.len()))
        .map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let width = b.len() + 1;
    let mut table: Vec<usize> = vec![0; (a.len() + 1) * width];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i * width + j] = if i == 0 || j == 0 {
                i + j
            } else {
                let substitution = usize::from(a[i - 1] != b[j - 1]);
                let mut best = (table[(i - 1) * width + j] + 1)
                    .min(table[i * width + j - 1] + 1)
                    .min(table[(i - 1) * width + j - 1] + substitution);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(table[(i - 2) * width + j - 2] + 1);
                }
                best
            };
        }
    }
    table[a.len() * width + b.len()]
}
