//! What needs no server: addresses and their secrets, differences of histories, answers as text.

use proptest::prelude::*;
use sprag::market::{Bars, TimeMs};
use sprag::program::Interval;
use sprag::sources::history::Difference;
use sprag::sources::{address, klines, lock::Lock, stooq};

#[test]
fn addresses_are_filled_in_and_shown_without_secrets() {
    let variable = |name: &str| (name == "K").then(|| "a b/c".to_owned());
    let fill = |text: &str| address::fill_in(text, variable).map_err(|error| error.to_string());
    assert_eq!(fill("https://x/?k=${K}&z=1").unwrap(), "https://x/?k=a%20b%2Fc&z=1");
    assert_eq!(fill("https://x/{ticker}$").unwrap(), "https://x/{ticker}$");
    assert!(fill("https://x/${OTHER}").unwrap_err().contains("OTHER is not set"));
    for broken in ["${", "${}", "${a b}", "https://x/${K"] {
        assert!(fill(broken).unwrap_err().contains("${VARIABLE}"), "{broken}");
    }
    for (address, shown) in [
        ("https://x/a.csv", "https://x/a.csv"),
        ("https://me:pass@x/a.csv?q=1", "https://…@x/a.csv?q=1"),
        ("https://x/?ApiKey=1&b=2&access_token=3", "https://x/?ApiKey=…&b=2&access_token=…"),
        ("https://x/?apikey=${K}", "https://x/?apikey=${K}"),
        ("https://x/?key=${K}rest", "https://x/?key=…"),
        ("https://x/?a=1#secret", "https://x/?a=1#…"),
        ("no address at all", "no address at all"),
    ] {
        assert_eq!(address::shown(address), shown);
    }
    let secrets = address::secrets("https://x/?q=${K}&token=t0ken", variable);
    let text = "a b/c and a%20b%2Fc and t0ken and q";
    assert_eq!(address::without(text, &secrets), "… and … and … and q");
}

#[test]
fn stooq_has_addresses_and_sentences_of_its_own() {
    let address = stooq::address("", "^SPX", Interval::OneWeek, None, None);
    assert_eq!(address, "https://stooq.com/q/d/l/?s=%5Espx&i=w");
    assert_eq!(stooq::refusal(b"Exceeded the daily hits limit"), Some(stooq::Refusal::TooMany));
    assert_eq!(stooq::refusal(b"No data"), Some(stooq::Refusal::NoData));
    assert_eq!(stooq::refusal(b""), Some(stooq::Refusal::NoData));
    assert_eq!(stooq::refusal(b"Date,Open,High,Low,Close\n2020-01-02,1,1,1,1\n"), None);
}

fn history(days: &[(u8, u8)]) -> Bars {
    let mut bars = Bars::default();
    for (day, close) in days {
        bars.time.push(TimeMs::from(*day) * 86_400_000);
        for column in [&mut bars.open, &mut bars.high, &mut bars.low, &mut bars.close] {
            column.push(f64::from(*close));
        }
        bars.volume.push(1.0);
    }
    bars
}

fn days() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::btree_map(0..40_u8, 1..3_u8, 0..30).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #[test]
    fn differences_are_those_of_a_slow_comparison(old in days(), new in days()) {
        let difference = Difference::between(&history(&old), &history(&new));
        let find = |days: &[(u8, u8)], day: u8| days.iter().find(|(d, _)| *d == day).copied();
        let added = new.iter().filter(|(day, _)| find(&old, *day).is_none()).count();
        let removed = old.iter().filter(|(day, _)| find(&new, *day).is_none()).count();
        let changed = old.iter().filter(|bar| find(&new, bar.0).is_some_and(|b| b != **bar)).count();
        prop_assert_eq!((difference.added, difference.removed, difference.changed), (added, removed, changed));
        prop_assert_eq!(difference.rewrites(), difference.first.is_some());
    }

    #[test]
    fn answers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]0-9\",.{}: a-z-]{0,120}") {
        for bytes in [&bytes[..], text.as_bytes()] {
            let _ = klines::read(bytes);
            let _ = stooq::refusal(bytes);
            let _ = Lock::read(bytes);
        }
        let _ = address::fill_in(&text, |_| Some("x".into()));
    }

    /// Whatever an address looks like, a key that stands in it by its name isn't shown.
    #[test]
    fn keys_are_never_shown(before in "[a-z=&]{0,10}", key in "k3y[a-zA-Z0-9]{8}", after in "[a-z=&#]{0,10}") {
        let address = format!("https://x/y?{before}&api_key={key}&{after}");
        let is_hidden = !address::shown(&address).contains(&key);
        // A `#` before it makes it no part of the query; what follows is hidden as a whole.
        prop_assert!(is_hidden, "{}", address::shown(&address));
        prop_assert!(address::secrets(&address, |_| None).contains(&key));
    }

    #[test]
    fn locks_keep_what_they_are_given(names in prop::collection::btree_set("[A-Z]{1,5}\\.csv", 0..5)) {
        let mut lock = Lock::default();
        for name in names {
            let entry = sprag::sources::lock::Entry { bars: name.len(), ..Default::default() };
            lock.files.insert(name, entry);
        }
        prop_assert_eq!(Lock::read(lock.text().as_bytes()), Ok(lock));
    }
}
