//! Parameters whose values are chosen in each fold, rather than written: the strategy with other values for them.

use sha2::{Digest as _, Sha256};

use super::{CandidateHash, Compiled, Param, Strategy, compile};

/// A strategy with parameters marked `fit = true` that something uses.
#[derive(Debug, Clone)]
pub struct Fit {
    strategy: Strategy,
    /// Positions in `strategy.params`.
    marked: Vec<usize>,
}

impl Fit {
    /// `None` where no parameter in use is marked. `unused` are names that nothing uses.
    pub(super) fn of(strategy: &Strategy, unused: &[String]) -> Option<Self> {
        let params = strategy.params.iter().enumerate();
        let marked = params.filter(|(_, param)| param.fit && !unused.contains(&param.name));
        let marked: Vec<usize> = marked.map(|(at, _)| at).collect();
        if marked.is_empty() {
            return None;
        }
        let mut strategy = strategy.clone();
        // The strategies with chosen values are plain ones.
        strategy.params.iter_mut().for_each(|param| param.fit = false);
        Some(Self { strategy, marked })
    }

    /// The parameters to be chosen, in file order.
    pub fn params(&self) -> impl Iterator<Item = &Param> {
        self.marked.iter().filter_map(|at| self.strategy.params.get(*at))
    }

    /// The strategy with these values, one per parameter; `None` where it isn't one, such as an average over no bars.
    pub fn with(&self, values: &[f64]) -> Option<Compiled> {
        let mut strategy = self.strategy.clone();
        for (at, value) in self.marked.iter().zip(values) {
            strategy.params.get_mut(*at)?.value = *value;
        }
        compile(&strategy, ("", "")).ok()
    }

    /// What the strategy does with its choice open: the hash as written, and how it changes at the ends of each
    /// parameter's bounds. Neither names nor the order of parameters make a difference.
    pub(super) fn hash(&self, written: &CandidateHash) -> CandidateHash {
        let values: Vec<f64> = self.params().map(|param| param.value).collect();
        let mut ends: Vec<String> = Vec::with_capacity(values.len());
        for (at, param) in self.params().enumerate() {
            let (least, most) = param.bounds.unwrap_or((param.value, param.value));
            let end = |value: f64| {
                let mut values = values.clone();
                values[at] = value;
                self.with(&values).map_or_else(|| "none".into(), |end| end.hash.to_string())
            };
            ends.push(format!("{} {} {}", end(least), end(most), param.whole));
        }
        ends.sort_unstable();
        let mut hash = Sha256::new();
        hash.update(written.as_str());
        for end in ends {
            hash.update("\n");
            hash.update(end);
        }
        CandidateHash::of_digest(&hash.finalize())
    }
}
