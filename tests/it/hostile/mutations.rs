//! The corpus and the shipped files, cut, spliced, repeated and with bytes changed, through the readers.

use std::sync::LazyLock;

use proptest::prelude::*;
use sprag::expr::functions::rows;

use super::readers::{READERS, corpus};

/// Longest mutant: long enough to repeat what hurts, short enough to try many.
const MOST_BYTES: usize = 20_000;

/// Files by name.
type Files = Vec<(String, Vec<u8>)>;

/// What mutants of a folder are made of: its corpus, and files that are right.
static SEEDS: LazyLock<Vec<Files>> = LazyLock::new(|| {
    let read = |path: &str| std::fs::read(crate::scan::root().join(path)).unwrap();
    READERS
        .iter()
        .map(|(folder, _)| {
            let mut seeds: Files = corpus(folder).into_iter().collect();
            match *folder {
                "expr" => {
                    seeds.extend(rows().map(|row| (row.name().into(), row.example().into())));
                }
                "strategy" => {
                    for path in ["state/strategy.toml", "tests/data/cli/strategy.toml"] {
                        seeds.push((path.into(), read(path)));
                    }
                }
                "program" => seeds.push(("program.md".into(), read("program.md"))),
                "csv" => {
                    let shipped = read("data/GOOG.csv");
                    seeds.push(("GOOG.csv".into(), shipped[..8_000].to_vec()));
                }
                _ => {}
            }
            seeds
        })
        .collect()
});

/// One change; places and lengths are parts of what there is.
#[derive(Debug, Clone)]
enum Mutation {
    Truncate(f64),
    Remove { at: f64, length: f64 },
    Repeat { at: f64, length: f64, times: usize },
    Splice { from: prop::sample::Index, at: f64, begin: f64, length: f64 },
    Flip { at: f64, bits: u8 },
    Insert { at: f64, what: &'static [u8] },
    Swap { at: f64, with: f64 },
}

const TOKENS: [&[u8]; 22] = [
    b"\0",
    b"\r",
    b"\n\n",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\"",
    b"'",
    b"```",
    b"[",
    b"]",
    b"{",
    b"}",
    b"(",
    b",",
    b"-",
    b"1e999",
    b"nan",
    b"99999999999999999999",
    b"\\u0000",
    "é".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{200b}".as_bytes(),
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let part = || 0.0..1.0_f64;
    prop_oneof![
        part().prop_map(Mutation::Truncate),
        (part(), 0.0..0.3).prop_map(|(at, length)| Mutation::Remove { at, length }),
        (part(), 0.0..0.1, 2_usize..400).prop_map(|(at, length, times)| Mutation::Repeat {
            at,
            length,
            times
        }),
        (any::<prop::sample::Index>(), part(), part(), 0.0..0.5)
            .prop_map(|(from, at, begin, length)| Mutation::Splice { from, at, begin, length }),
        (part(), 1_u8..=255).prop_map(|(at, bits)| Mutation::Flip { at, bits }),
        (part(), prop::sample::select(TOKENS.to_vec()))
            .prop_map(|(at, what)| Mutation::Insert { at, what }),
        (part(), part()).prop_map(|(at, with)| Mutation::Swap { at, with }),
    ]
}

fn apply(bytes: &mut Vec<u8>, mutation: &Mutation, seeds: &[(String, Vec<u8>)]) {
    let place = |part: f64, bytes: &[u8]| (bytes.len() as f64 * part) as usize;
    let range = |at: f64, length: f64, bytes: &[u8]| {
        let start = place(at, bytes);
        start..(start + place(length, bytes) + 1).min(bytes.len()).max(start)
    };
    match mutation {
        Mutation::Truncate(at) => bytes.truncate(place(*at, bytes)),
        Mutation::Remove { at, length } => drop(bytes.drain(range(*at, *length, bytes))),
        Mutation::Repeat { at, length, times } => {
            let range = range(*at, *length, bytes);
            let part = bytes[range.clone()].repeat(*times);
            bytes.splice(range, part);
        }
        Mutation::Splice { from, at, begin, length } => {
            let other = &from.get(seeds).1;
            let part = other[range(*begin, *length, other)].to_vec();
            let at = place(*at, bytes);
            bytes.splice(at..at, part);
        }
        Mutation::Flip { at, bits } => {
            let at = place(*at, bytes);
            bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= bits);
        }
        Mutation::Insert { at, what } => {
            let at = place(*at, bytes);
            bytes.splice(at..at, what.iter().copied());
        }
        Mutation::Swap { at, with } => {
            let (at, with) = (place(*at, bytes), place(*with, bytes));
            if !bytes.is_empty() {
                bytes.swap(at, with);
            }
        }
    }
    bytes.truncate(MOST_BYTES);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mutant_makes_a_reader_panic_or_point_outside(
        folder in 0..READERS.len(),
        seed in any::<prop::sample::Index>(),
        mutations in prop::collection::vec(mutation(), 1..6),
    ) {
        let seeds = &SEEDS[folder];
        let (name, bytes) = seed.get(seeds);
        let mut bytes = bytes.clone();
        mutations.iter().for_each(|mutation| apply(&mut bytes, mutation, seeds));
        let (_, reader) = READERS[folder];
        prop_assert!(!reader(name, &bytes).is_empty());
    }
}
