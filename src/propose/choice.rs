//! Who is asked next: which proposer has its turn, and which of its models.
//!
//! Drawn from a stream that the seed and the iteration name, so that the same state makes the same choice,
//! also for the second try of an iteration.

use std::sync::Arc;

use super::{Disclosure, PastProposal};
use crate::program::{MixSettings, ProposerKind};
use crate::rng::Rng;
use crate::state::PlateauStage;

/// Proposals that a model has to have made before its record counts.
const KNOWN_AFTER: usize = 8;
/// Latest proposals of a model that count.
const MEMORY: usize = 100;
/// What a model is taken to have achieved before it has a record: one proposal kept of seven.
const PRIOR: (usize, usize) = (1, 6);
/// How often the weights alone decide, whatever the records say.
const EXPLORE_SHARE: f64 = 0.15;

const TURN_DOMAIN: &[u8; 8] = b"turn---1";
const MODEL_DOMAIN: &[u8; 8] = b"model--1";

/// Which proposer has its turn, by the shares of the program and the stage of the plateau ladder: search
/// while tuning helps, readers when another idea is needed, and at the last stage mostly search again,
/// which costs nothing. A person's idea is for a reader.
pub fn turn(mix: &MixSettings, disclosure: &Disclosure, seed: u64) -> ProposerKind {
    // Search, and those that read.
    let (search, readers) = match PlateauStage::after(disclosure.stale) {
        PlateauStage::Tune => (2.0, 1.0),
        PlateauStage::Structure => (1.0, 1.0),
        PlateauStage::Restart => (1.0, 1.5),
        PlateauStage::Hypothesis => (1.0, 3.0),
        PlateauStage::Notify => (3.0, 1.0),
    };
    let search = if disclosure.idea.is_some() { 0.0 } else { search };
    let rows = [
        (ProposerKind::Search, mix.search * search),
        (ProposerKind::Llm, mix.llm * readers),
        (ProposerKind::Agent, mix.agent * readers),
    ];
    let mut rng = Rng::seeded(TURN_DOMAIN, [seed, disclosure.iteration, 0], 0);
    let weights = rows.map(|(_, weight)| weight);
    // Without a reader, an idea has to wait.
    weighted(&weights, &mut rng).map_or(ProposerKind::Search, |at| rows[at].0)
}

/// Which model is asked: by the weights until each has a record, then the one that is likely to have most
/// proposals kept for what a proposal costs (Thompson sampling over the rates of success, divided by the
/// mean cost in US dollars, or in tokens where a price isn't known). `weights` is empty or has one number
/// for each model; 0 for no models.
pub fn model(models: &[String], weights: &[f64], disclosure: &Disclosure, seed: u64) -> usize {
    let weight = |at: usize| weights.get(at).copied().unwrap_or(1.0);
    let weights: Vec<f64> = (0..models.len()).map(weight).collect();
    let mut rng = Rng::seeded(MODEL_DOMAIN, [seed, disclosure.iteration, 0], 0);
    let tracks: Vec<Track> = models.iter().map(|name| Track::of(name, &disclosure.past)).collect();
    let asked = |at: &usize| weights[*at] > 0.0;
    let known = (0..models.len()).filter(asked).all(|at| tracks[at].proposals() >= KNOWN_AFTER);
    if !known || rng.chance(EXPLORE_SHARE) {
        return weighted(&weights, &mut rng).unwrap_or(0);
    }
    let in_dollars = (0..models.len()).filter(asked).all(|at| tracks[at].usd > 0.0);
    let mut best = (f64::NEG_INFINITY, 0);
    for (at, track) in tracks.iter().enumerate() {
        let rate = rng.beta(PRIOR.0 + track.kept, PRIOR.1 + track.other);
        let spent = if in_dollars { track.usd } else { track.tokens.max(1) as f64 };
        let value = rate / (spent / track.proposals().max(1) as f64);
        if weights[at] > 0.0 && value > best.0 {
            best = (value, at);
        }
    }
    best.1
}

/// What became of a model's proposals, and what they cost.
#[derive(Debug, Clone, Copy, Default)]
struct Track {
    kept: usize,
    other: usize,
    tokens: u64,
    usd: f64,
}

impl Track {
    fn of(model: &str, past: &[Arc<PastProposal>]) -> Self {
        let mut track = Self::default();
        let own = past.iter().rev().filter(|proposal| proposal.operator == model).take(MEMORY);
        for proposal in own {
            track.tokens = track.tokens.saturating_add(proposal.bill.tokens());
            track.usd += proposal.bill.known_usd();
            if proposal.accepted() {
                track.kept += 1;
            } else {
                track.other += 1;
            }
        }
        track
    }

    fn proposals(&self) -> usize {
        self.kept + self.other
    }
}

/// A position drawn by its weight; none where nothing has one.
fn weighted(weights: &[f64], rng: &mut Rng) -> Option<usize> {
    let sum: f64 = weights.iter().sum();
    let mut left = rng.unit() * sum;
    for (at, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        left -= weight;
        if left < 0.0 {
            return Some(at);
        }
    }
    // Rounding may leave a crumb.
    weights.iter().rposition(|weight| *weight > 0.0)
}
