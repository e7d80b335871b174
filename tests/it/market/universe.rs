//! Joining symbols on one timeline, hashes, and bars per year.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sprag::market::{Bars, Market, TimeMs, calendar::bars_per_year};

use super::bars_at;

const MINUTE: TimeMs = 60_000;
const HOUR: TimeMs = 60 * MINUTE;
const DAY: TimeMs = 24 * HOUR;
/// 2020-01-06, a Monday.
const MONDAY: TimeMs = 1_578_268_800_000;

proptest! {
    #[test]
    fn timeline_is_the_union(symbols in prop::collection::vec(prop::collection::btree_set(0_i64..60, 0..40), 0..6)) {
        let market = Market::new(
            symbols.iter().map(|set| bars_at("S", &set.iter().copied().collect::<Vec<_>>())).collect(),
        );
        let union: BTreeSet<TimeMs> = symbols.iter().flatten().copied().collect();
        prop_assert_eq!(market.timeline(), union.iter().copied().collect::<Vec<_>>());
        for (s, set) in symbols.iter().enumerate() {
            let placement = market.placement(s);
            for (tick, time) in union.iter().enumerate() {
                let before = set.range(..time).count();
                let bar = set.contains(time).then_some(before);
                prop_assert_eq!(placement.bar_at(tick), bar);
                prop_assert_eq!(bar.map(|bar| placement.tick_of(bar)), bar.map(|_| tick));
                let after = set.range(time..).count();
                prop_assert_eq!(placement.bars_within(tick..union.len()), before..before + after);
            }
        }
    }
}

/// One change anywhere changes the hash of the symbol and of the market.
#[test]
fn hashes_cover_everything() {
    let base = bars_at("A", &[1, 2, 3]);
    let other = bars_at("B", &[1, 2, 3]);
    let mut variants: Vec<Bars> =
        vec![base.clone(), other.clone(), bars_at("A", &[1, 2]), bars_at("A", &[1, 2, 4])];
    let changes: [fn(&mut Bars); 7] = [
        |b| b.open[1] = 10.000_000_000_000_002,
        |b| b.high[2] = 12.0,
        |b| b.low[0] = 8.0,
        |b| b.close[0] = 10.0,
        |b| b.volume[1] = 0.0,
        |b| b.funding = Some(vec![0.0; 3]),
        |b| b.funding = Some(vec![0.0, 0.0, 0.1]),
    ];
    for change in changes {
        let mut bars = base.clone();
        change(&mut bars);
        variants.push(bars);
    }
    let hashes: BTreeSet<String> = variants.iter().map(Bars::content_hash).collect();
    assert_eq!(hashes.len(), variants.len());
    assert!(hashes.iter().all(|hash| hash.len() == 64));

    let markets: BTreeSet<String> = [
        vec![base.clone(), other.clone()],
        vec![other.clone(), base.clone()],
        vec![base],
        vec![other],
        vec![],
    ]
    .into_iter()
    .map(|symbols| Market::new(symbols).hash().to_owned())
    .collect();
    assert_eq!(markets.len(), 5);
}

/// A change of this value starts a new epoch for everyone: raise the version in the hash if it is meant.
#[test]
fn content_hash_is_stable() {
    assert_eq!(
        bars_at("A", &[1, 2, 3]).content_hash(),
        "0667b0ac08ffee4b4c43c522dd8aff87937ee20a0f4e6330a6d7fc928981b373"
    );
}

/// Times of `count` days from a Monday on, at the given times of day, on the days that `open` picks.
fn sessions(count: i64, open: impl Fn(i64) -> bool, times: &[TimeMs]) -> Vec<TimeMs> {
    (0..count)
        .filter(|day| open(*day))
        .flat_map(|day| times.iter().map(move |time| MONDAY + day * DAY + time))
        .collect()
}

#[test]
fn bars_per_year_of_usual_spacings() {
    let weekday = |day: i64| day % 7 < 5;
    let hours: Vec<TimeMs> = (0..24).map(|hour| hour * HOUR).collect();
    let session: Vec<TimeMs> = (0..390).map(|minute| 14 * HOUR + (30 + minute) * MINUTE).collect();
    for (what, times, expected) in [
        ("daily", sessions(700, weekday, &[0]), 252.0),
        ("daily with a Tokyo label", sessions(700, weekday, &[-9 * HOUR]), 252.0),
        ("daily crypto", sessions(700, |_| true, &[0]), 365.0),
        ("weekly", sessions(700, |day| day % 7 == 4, &[0]), 52.0),
        ("monthly", sessions(2000, |day| day % 30 == 0, &[0]), 12.0),
        ("quarterly", sessions(2000, |day| day % 91 == 0, &[0]), 4.0),
        ("yearly", sessions(4000, |day| day % 365 == 0, &[0]), 1.0),
        ("hourly crypto", sessions(70, |_| true, &hours), 24.0 * 365.0),
        ("minutes of a stock exchange", sessions(70, weekday, &session), 390.0 * 252.0),
        ("too short to tell", vec![MONDAY], 252.0),
        ("nothing", vec![], 252.0),
    ] {
        assert_eq!(bars_per_year(&times), expected, "{what}");
    }
}

/// A file that starts and ends within a day still shows what a whole day holds.
#[test]
fn days_cut_short_by_the_file_do_not_count() {
    let times: Vec<TimeMs> =
        (0..20 * 288).map(|bar| MONDAY + 5 * HOUR + bar * 5 * MINUTE).collect();
    assert_eq!(bars_per_year(&times), 288.0 * 365.0);
    assert_eq!(bars_per_year(&times[..300]), 150.0 * 252.0);
}

/// Currencies trade from Sunday 22:00 to Friday 22:00: five days of 24 bars, not six of twenty.
#[test]
fn sunday_evening_belongs_to_the_week() {
    let times: Vec<TimeMs> = (0..50)
        .flat_map(|week| (0..120).map(move |hour| MONDAY + week * 7 * DAY - 2 * HOUR + hour * HOUR))
        .collect();
    assert_eq!(bars_per_year(&times), 24.0 * 252.0);
}
