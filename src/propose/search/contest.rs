//! Which of several drafts is proposed, by how they do in-sample.
//!
//! What is much worse in-sample is hardly ever better out-of-sample, and what changes nothing in-sample seldom changes
//! anything later: such drafts are not worth a trial. Among the others the best one in-sample is the most likely to
//! be better later as well, but not by much; and a search that always takes it proposes variants of one idea that was
//! refused before. So the bar is drawn for each proposal: mostly two drafts that rise in-sample are compared, else
//! the first one is taken that doesn't fall far. Never touches anything but what the judge says.

use super::{Drafted, InSample, Proposal, Subject};
use crate::rng::Rng;

/// How often a draft has to rise in-sample.
const RISING_SHARE: f64 = 0.6;
/// How many that rise are compared.
const RISING: usize = 2;
/// How far a draft may fall otherwise, in points.
const MOST_FALL: f64 = 3.0;
/// How often the first draft is proposed unseen: what the bar keeps out is not all in vain.
const UNSEEN_SHARE: f64 = 0.05;

/// The drafts of one proposal.
pub(super) struct Contest<'a> {
    subject: &'a Subject<'a>,
    /// The incumbent's value in-sample; none where drafts aren't looked at.
    standard: Option<f64>,
    /// Least value in-sample, as a difference from the incumbent's.
    bar: f64,
    /// Drafts over the bar that are compared.
    wanted: usize,
    /// Drafts that may still be looked at.
    looks: usize,
    over: Vec<(f64, Drafted)>,
    /// Drafts below the bar: one of them is better than none.
    below: Vec<(f64, Drafted)>,
}

impl<'a> Contest<'a> {
    /// One without drafts.
    pub(super) fn new(
        subject: &'a Subject<'a>,
        in_sample: Option<InSample<'_>>,
        rng: &mut Rng,
    ) -> Self {
        let (bar, wanted) = if rng.chance(RISING_SHARE) { (0.0, RISING) } else { (-MOST_FALL, 1) };
        let looks = in_sample.map_or(0, |in_sample| in_sample.drafts);
        let is_unseen = looks == 0 || rng.chance(UNSEEN_SHARE);
        let standard = if is_unseen { None } else { subject.judged(&subject.compiled) };
        let wanted = if standard.is_some() { wanted } else { 1 };
        Self { subject, standard, bar, wanted, looks, over: Vec::new(), below: Vec::new() }
    }

    /// Whether no draft has entered.
    pub(super) fn is_empty(&self) -> bool {
        self.over.is_empty() && self.below.is_empty()
    }

    /// Takes a draft in, unless it is there. One that was fitted to the span isn't held against it.
    pub(super) fn enter(&mut self, drafted: Drafted, is_fitted: bool) {
        let mut known = self.over.iter().chain(&self.below);
        if known.any(|(_, other)| other.compiled.hash == drafted.compiled.hash) {
            return;
        }
        if is_fitted {
            self.wanted = 1;
        }
        let Some(standard) = self.standard.filter(|_| !is_fitted) else {
            self.over.push((0.0, drafted));
            return;
        };
        self.looks = self.looks.saturating_sub(1);
        let value = self.subject.judged(&drafted.compiled).unwrap_or(f64::NEG_INFINITY);
        let is_same = value.to_bits() == standard.to_bits();
        if value >= standard + self.bar && !is_same {
            self.over.push((value, drafted));
        } else {
            self.below.push((if is_same { f64::NEG_INFINITY } else { value }, drafted));
        }
    }

    /// Whether there are enough drafts.
    pub(super) fn is_over(&self) -> bool {
        self.over.len() >= self.wanted || (self.standard.is_some() && self.looks == 0)
    }

    /// The best draft over the bar, or below it where there is none; of equals the first.
    pub(super) fn winner(self) -> Option<Proposal> {
        let field = if self.over.is_empty() { self.below } else { self.over };
        let mut best: Option<(f64, Proposal)> = None;
        for (value, drafted) in field {
            if best.as_ref().is_none_or(|(most, _)| value > *most) {
                best = Some((value, drafted.proposal));
            }
        }
        best.map(|(_, proposal)| proposal)
    }
}
