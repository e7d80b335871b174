//! Markets made from a market: cut off, altered after a tick, drawn anew so that nothing foretells
//! anything.
//!
//! Never touches a program, a strategy, or what is run on these markets.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::market::{Bars, Market};
use crate::rng::Rng;

/// The bars of some ticks, of the first `most` symbols and of the context.
pub(super) fn stretch(market: &Market, ticks: Range<usize>, most: usize) -> Market {
    let (from, to) = (time_of(market, ticks.start), time_of(market, ticks.end));
    let part = |bars: &Bars| bars.part(first_from(bars, from)..first_from(bars, to));
    let symbols = market.symbols().iter().take(most).map(part).collect();
    Market::with_context(symbols, market.context().iter().map(part).collect())
}

/// Time of a tick; later than any bar if there is no such tick.
fn time_of(market: &Market, tick: usize) -> i64 {
    market.timeline().get(tick).copied().unwrap_or(i64::MAX)
}

/// The first bar that isn't before a time.
pub(super) fn first_from(bars: &Bars, time: i64) -> usize {
    bars.time.partition_point(|t| *t < time)
}

/// Other bars from a tick on. At the tick itself the opens stay, since they are what an order filled
/// there may depend on; of later bars, some are missing and all others are different.
pub(super) fn altered(market: &Market, tick: usize, rng: &mut Rng) -> Market {
    let time = time_of(market, tick);
    let mut other = |bars: &Bars| {
        let first = first_from(bars, time);
        let mut out = bars.part(0..first);
        for bar in first..bars.len() {
            let is_now = bars.time[bar] == time;
            if !is_now && rng.chance(0.2) {
                continue;
            }
            let open = bars.open[bar] * if is_now { 1.0 } else { 0.5 + rng.unit() };
            let close = open * (0.7 + 0.6 * rng.unit());
            out.time.push(bars.time[bar]);
            out.open.push(open);
            out.high.push(open.max(close) * (1.0 + 0.1 * rng.unit()));
            out.low.push(open.min(close) * (1.0 - 0.1 * rng.unit()));
            out.close.push(close);
            out.volume.push((bars.volume[bar] + 1.0) * (0.5 + rng.unit()));
            if let (Some(rates), Some(funding)) = (&mut out.funding, &bars.funding) {
                rates.push(0.001 - funding[bar]);
            }
        }
        out
    };
    let symbols = market.symbols().iter().map(&mut other).collect();
    Market::with_context(symbols, market.context().iter().map(other).collect())
}

/// Draws markets with a market's calendar and the distribution of its bars, in which no price
/// foretells another.
///
/// At each tick, the gap from the last close to the open comes from one tick of the original and all
/// within the bar (high, low, close over open, and volume) from another one, both at random among the
/// ticks at which the same symbols have bars, and the same for all symbols. Gaps and bodies are divided
/// by their means. So the expected open is the last close and the expected close is the open, whatever
/// came before: at the opens and closes, every price is a martingale, and no strategy that trades
/// there has an expected profit before costs.
///
/// Drawn with replacement: a permutation would fix the sum of all returns, so that what fell has to
/// rise again, and whoever buys what fell would earn by it.
pub(super) struct Noise<'a> {
    market: &'a Market,
    /// Per tick, its group: the ticks at which the same symbols have bars, not their first ones.
    group_of: Vec<usize>,
    groups: Vec<Group>,
}

struct Group {
    ticks: Vec<usize>,
    /// Per symbol, the mean gap and the mean body, as ratios.
    means: Vec<(f64, f64)>,
}

impl<'a> Noise<'a> {
    pub(super) fn of(market: &'a Market) -> Self {
        let mut ids: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
        let mut groups: Vec<Group> = Vec::new();
        let mut group_of = Vec::with_capacity(market.timeline().len());
        for tick in 0..market.timeline().len() {
            let symbols = 0..market.symbols().len();
            let key = symbols.map(|s| later_bar(market, s, tick).is_some()).collect();
            let id = *ids.entry(key).or_insert(groups.len());
            if id == groups.len() {
                groups.push(Group { ticks: Vec::new(), means: Vec::new() });
            }
            groups[id].ticks.push(tick);
            group_of.push(id);
        }
        for group in &mut groups {
            let symbols = 0..market.symbols().len();
            group.means = symbols.map(|s| means(market, s, &group.ticks)).collect();
        }
        Self { market, group_of, groups }
    }

    /// One such market; none if its prices left what numbers can hold.
    pub(super) fn draw(&self, rng: &mut Rng) -> Option<Market> {
        let market = self.market;
        // The first bar of a symbol is the one of the original: what the others hang from.
        let mut symbols: Vec<Bars> = market.symbols().iter().map(|bars| bars.part(0..0)).collect();
        for (tick, id) in self.group_of.iter().enumerate() {
            let group = &self.groups[*id];
            let gap_from = *rng.pick(&group.ticks)?;
            let body_from = *rng.pick(&group.ticks)?;
            for (s, out) in symbols.iter_mut().enumerate() {
                let bars = &market.symbols()[s];
                let (gap, body) = (later_bar(market, s, gap_from), later_bar(market, s, body_from));
                if let (Some(gap), Some(body), Some(last)) = (gap, body, out.close.last()) {
                    let (mean_gap, mean_body) = group.means[s];
                    let open = last * (gap_of(bars, gap) / mean_gap);
                    let close = open * (body_of(bars, body) / mean_body);
                    let scale = open / bars.open[body];
                    out.open.push(open);
                    out.high.push((bars.high[body] * scale).max(open).max(close));
                    out.low.push((bars.low[body] * scale).min(open).min(close));
                    out.close.push(close);
                    out.volume.push(bars.volume[body]);
                } else if market.placement(s).bar_at(tick) == Some(0) {
                    out.open.push(bars.open[0]);
                    out.high.push(bars.high[0]);
                    out.low.push(bars.low[0]);
                    out.close.push(bars.close[0]);
                    out.volume.push(bars.volume[0]);
                } else {
                    continue;
                }
                out.time.push(market.timeline()[tick]);
                // Funding isn't a price: it would be a profit that is no foresight.
                out.funding = None;
            }
        }
        let is_sound = |bars: &Bars| bars.low.iter().chain(&bars.high).all(|x| x.is_normal());
        symbols.iter().all(is_sound).then(|| Market::new(symbols))
    }
}

/// The bar of symbol `s` at a tick, if it has one there that isn't its first.
fn later_bar(market: &Market, s: usize, tick: usize) -> Option<usize> {
    market.placement(s).bar_at(tick).filter(|bar| *bar > 0)
}

fn gap_of(bars: &Bars, bar: usize) -> f64 {
    bars.open[bar] / bars.close[bar - 1]
}

fn body_of(bars: &Bars, bar: usize) -> f64 {
    bars.close[bar] / bars.open[bar]
}

/// Mean gap and mean body of a symbol over ticks; 1 where it has no bars.
fn means(market: &Market, s: usize, ticks: &[usize]) -> (f64, f64) {
    let bars = &market.symbols()[s];
    let found: Vec<usize> = ticks.iter().filter_map(|tick| later_bar(market, s, *tick)).collect();
    if found.is_empty() {
        return (1.0, 1.0);
    }
    let mean = |ratio: fn(&Bars, usize) -> f64| {
        found.iter().map(|bar| ratio(bars, *bar)).sum::<f64>() / found.len() as f64
    };
    (mean(gap_of), mean(body_of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Clock;

    /// Two symbols, the second from the third tick on and not at the fifth.
    fn market() -> Market {
        let bars = |symbol: &str, days: &[i64], scale: f64| {
            let wave = |day: &i64| scale * (10.0 + (day * day % 7) as f64);
            let close: Vec<f64> = days.iter().map(wave).collect();
            let open: Vec<f64> = days.iter().map(|day| wave(day) * 1.01 - 0.1).collect();
            let pair = |f: fn(f64, f64) -> f64| {
                open.iter().zip(&close).map(|(a, b)| f(*a, *b)).collect::<Vec<f64>>()
            };
            Bars {
                symbol: symbol.into(),
                time: days.to_vec(),
                high: pair(|a, b| a.max(b) + 0.5),
                low: pair(|a, b| a.min(b) - 0.5),
                volume: days.iter().map(|day| (day * 10) as f64).collect(),
                funding: Some(vec![0.01; days.len()]),
                clock: Clock::default(),
                open,
                close,
            }
        };
        let all: Vec<i64> = (0..40).collect();
        let some: Vec<i64> = (2..40).filter(|day| *day != 4).collect();
        Market::new(vec![bars("A", &all, 1.0), bars("B", &some, 7.0)])
    }

    #[test]
    fn a_stretch_is_its_ticks() {
        let part = stretch(&market(), 4..9, 1);
        assert_eq!(part.timeline(), [4, 5, 6, 7, 8]);
        assert_eq!(part.symbols().len(), 1);
        assert_eq!(part.symbols()[0].close, market().symbols()[0].close[4..9]);
        assert_eq!(stretch(&market(), 0..99, 9), market());
    }

    #[test]
    fn an_alteration_keeps_what_was_known() {
        let before = market();
        let after = altered(&before, 6, &mut Rng::seeded(b"tests---", [1, 0, 0], 0));
        for (before, after) in before.symbols().iter().zip(after.symbols()) {
            let first = first_from(before, 6);
            assert_eq!(before.close[..first], after.close[..first]);
            assert_eq!(before.open[..=first], after.open[..=first]);
            assert!(after.len() < before.len());
            for (bar, time) in after.time.iter().enumerate().skip(first) {
                let same = before.time.binary_search(time).unwrap();
                let [a, b] = [(before, same), (after, bar)]
                    .map(|(x, i)| [x.high[i], x.low[i], x.close[i], x.volume[i]]);
                assert!(a.iter().zip(b).all(|(a, b)| a.total_cmp(&b).is_ne()));
                assert!(b[0] >= after.open[bar].max(b[2]) && b[1] <= after.open[bar].min(b[2]));
            }
        }
    }

    #[test]
    fn noise_keeps_the_calendar_and_the_shapes_of_bars() {
        let before = market();
        let noise = Noise::of(&before);
        let draw = |stream| noise.draw(&mut Rng::seeded(b"tests---", [2, 0, 0], stream)).unwrap();
        let after = draw(0);
        assert_eq!(after, draw(0));
        assert_ne!(after, draw(1));
        for (before, after) in before.symbols().iter().zip(after.symbols()) {
            assert_eq!(before.time, after.time);
            assert_eq!(after.funding, None);
            assert_eq!(before.part(0..1).close, after.part(0..1).close);
            assert_eq!(before.part(0..1).high, after.part(0..1).high);
            for bar in 0..after.len() {
                assert!(after.low[bar] <= after.open[bar].min(after.close[bar]));
                assert!(after.high[bar] >= after.open[bar].max(after.close[bar]));
                assert!(before.volume.contains(&after.volume[bar]));
            }
        }
    }

    /// Over all draws of a tick, the expected open is the last close and the expected close the open.
    #[test]
    fn prices_of_noise_are_fair() {
        let market = market();
        let noise = Noise::of(&market);
        assert_eq!(noise.groups.len(), 3, "neither, the first alone, both");
        for (s, bars) in market.symbols().iter().enumerate() {
            for group in &noise.groups {
                let found: Vec<usize> =
                    group.ticks.iter().filter_map(|tick| later_bar(&market, s, *tick)).collect();
                let (gap, body) = group.means[s];
                let mean = |f: &dyn Fn(usize) -> f64| {
                    found.iter().map(|bar| f(*bar)).sum::<f64>() / found.len() as f64
                };
                if !found.is_empty() {
                    assert!((mean(&|bar| gap_of(bars, bar) / gap) - 1.0).abs() < 1e-12);
                    assert!((mean(&|bar| body_of(bars, bar) / body) - 1.0).abs() < 1e-12);
                }
            }
        }
    }
}
