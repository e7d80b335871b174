//! Earlier candidates that did best in-sample, one for each way of behaving.
//!
//! The score moves one incumbent; what is good in another way, held for days rather than months, or seldom in
//! the market, is lost with it. A niche is a range of holding times by a range of exposures, and keeps the
//! evaluated candidate with the best in-sample Sharpe ratio, accepted or not: material for crossover and for
//! a new start (J.-B. Mouret and J. Clune, Illuminating search spaces by mapping elites, 2015). Never sees an
//! out-of-sample number.

use std::collections::BTreeMap;

use super::PastInSample;

/// Upper ends of the ranges of mean bars held, and of mean gross exposure; what is above is one more range.
const BARS_HELD: [f64; 3] = [3.0, 10.0, 30.0];
const EXPOSURES: [f64; 3] = [0.1, 0.3, 0.6];
/// Trades below which a Sharpe ratio is luck.
const LEAST_TRADES: f64 = 30.0;

/// A candidate that leads its niche.
#[derive(Debug, Clone, PartialEq)]
pub struct Elite {
    /// Its file.
    pub text: String,
    /// Its in-sample Sharpe ratio, annualised, above 0.
    pub sharpe: f64,
}

/// The leaders, by niche.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Elites(BTreeMap<(usize, usize), Elite>);

impl Elites {
    /// Takes a candidate in where it leads its niche; `text` is asked for only then.
    pub fn take_in(&mut self, figures: &PastInSample, text: impl FnOnce() -> Option<String>) {
        let Some((niche, sharpe)) = niche(figures) else { return };
        if self.0.get(&niche).is_some_and(|elite| elite.sharpe >= sharpe) {
            return;
        }
        if let Some(text) = text() {
            self.0.insert(niche, Elite { text, sharpe });
        }
    }

    /// The leaders in the order of their niches.
    pub fn iter(&self) -> impl Iterator<Item = &Elite> {
        self.0.values()
    }

    /// Another evaluation began: figures of before say nothing any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Which niche, and how good in it; none for a candidate that hardly traded or earned nothing.
fn niche(figures: &PastInSample) -> Option<((usize, usize), f64)> {
    let range = |ends: &[f64], value: f64| ends.iter().take_while(|end| value >= **end).count();
    let sharpe = figures.sharpe.filter(|sharpe| *sharpe > 0.0)?;
    figures.trades.filter(|trades| *trades >= LEAST_TRADES)?;
    let niche = (range(&BARS_HELD, figures.bars_held?), range(&EXPOSURES, figures.exposure?));
    Some((niche, sharpe))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(sharpe: f64, bars_held: f64, exposure: f64) -> PastInSample {
        PastInSample {
            sharpe: Some(sharpe),
            max_drawdown: Some(0.1),
            trades: Some(80.0),
            bars_held: Some(bars_held),
            exposure: Some(exposure),
        }
    }

    #[test]
    fn each_niche_keeps_its_best() {
        let mut elites = Elites::default();
        let given = [
            ("days", figures(0.5, 2.0, 0.05)),
            ("months", figures(0.4, 45.0, 0.8)),
            ("better days", figures(0.7, 2.9, 0.09)),
            ("worse days", figures(0.6, 1.0, 0.01)),
            ("a loss", figures(-0.1, 12.0, 0.2)),
            ("few", PastInSample { trades: Some(9.0), ..figures(3.0, 12.0, 0.2) }),
            ("nothing", PastInSample { sharpe: None, ..figures(0.0, 12.0, 0.2) }),
        ];
        for (name, figures) in given {
            elites.take_in(&figures, || Some(name.into()));
        }
        let texts: Vec<&str> = elites.iter().map(|elite| elite.text.as_str()).collect();
        assert_eq!(texts, ["better days", "months"]);
        // A text that can't be had leaves its place to whoever has it.
        elites.take_in(&figures(9.0, 2.0, 0.05), || None);
        assert_eq!(elites.iter().next().map(|elite| elite.sharpe), Some(0.7));
    }
}
