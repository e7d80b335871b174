//! The nearest known name to one that isn't known: for settings, functions, symbols alike.
//!
//! Never touches anything but the names that it is given.

/// Longest name that is compared with others. No setting's is half as long.
const MAX_NAME: usize = 64;

/// The candidate that `word` was probably meant to be: at most a third of its letters off, ignoring
/// case and the kind of dash. Of equals, the first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > MAX_NAME {
        return None;
    }
    let word = fold(word);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = fold(candidate);
            let allowed = (word.len().max(other.len()) / 3).max(1);
            // Spares the table below for words of very different lengths.
            let distance = (word.len().abs_diff(other.len()) <= allowed)
                .then(|| edit_distance(&word, &other))?;
            (distance <= allowed && distance < other.len()).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn fold(word: &str) -> Vec<char> {
    word.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment distance).
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_kind_of_slip_once() {
        for (a, b, distance) in [
            ("fee", "fee", 0),
            ("fee", "fees", 1),
            ("fees", "fee", 1),
            ("fee", "fie", 1),
            ("efe", "fee", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
        ] {
            let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            assert_eq!(edit_distance(&x, &y), distance, "{a} {b}");
        }
    }

    #[test]
    fn suggests_near_names_only() {
        let names = ["fee_bps", "fee_fixed", "spread_bps"];
        assert_eq!(nearest("fee_pbs", names), Some("fee_bps"));
        assert_eq!(nearest("Fee-BPS", names), Some("fee_bps"));
        assert_eq!(nearest("leverage", names), None);
        assert_eq!(nearest("x", ["s0"]), None, "nothing is left of such a name");
        assert_eq!(nearest(&"y".repeat(1_000_000), names), None);
    }
}
