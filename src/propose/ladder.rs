//! The ladder: the one way by which an out-of-sample score reaches a proposer.
//!
//! A score is told only when it beats the best one told so far by a step, and then rounded to the step; otherwise all that
//! is said is "no better". However many candidates are tried, no more is told than the rungs between the first score and
//! the best: a proposer can't feel its way along the noise of the out-of-sample bars (A. Blum and M. Hardt, The Ladder: a
//! reliable leaderboard for machine learning competitions, 2015).

use std::fmt;

/// A score that was told, in points: a whole number of steps. Nothing but a [`Ladder`] can make one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung(f64);

impl Rung {
    /// Points, from -100 to 100.
    pub fn points(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Steps such as 0.1 leave a tail of digits that says nothing.
        write!(f, "about {}", (self.0 * 1e6).round() / 1e6)
    }
}

/// What is told of a score.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Told {
    /// It is better than all before by a step or more, and about this high.
    Rung(Rung),
    /// No better than what was told before; or there is no score.
    #[default]
    NoBetter,
}

impl Told {
    /// The score that was told, if one was.
    pub fn rung(self) -> Option<Rung> {
        match self {
            Self::Rung(rung) => Some(rung),
            Self::NoBetter => None,
        }
    }
}

/// The best score told so far in an epoch, and the step to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    step: f64,
    best: Option<Rung>,
}

impl Ladder {
    /// A ladder on which nothing was told. `step` is in points and above 0.
    pub fn new(step: f64) -> Self {
        Self { step, best: None }
    }

    /// Whether its step is this one.
    pub(super) fn is_of(&self, step: f64) -> bool {
        self.step.to_bits() == step.to_bits()
    }

    /// The best score told.
    pub fn best(&self) -> Option<Rung> {
        self.best
    }

    /// What is told of a score; the first one is told in any case.
    pub(super) fn tell(&mut self, score: f64) -> Told {
        // What rounds to nothing is zero, and not less than it.
        let rung = Rung((score / self.step).round() * self.step + 0.0);
        let better = self.best.is_none_or(|best| score >= best.0 + self.step);
        if !(better && rung.0.is_finite()) {
            return Told::NoBetter;
        }
        self.best = Some(rung);
        Told::Rung(rung)
    }

    /// Another epoch: scores before and after it can't be compared.
    pub(super) fn start_over(&mut self) {
        self.best = None;
    }
}

impl Default for Ladder {
    fn default() -> Self {
        Self::new(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steps_up_are_told_and_only_to_the_step() {
        let mut ladder = Ladder::new(2.0);
        let told: Vec<Option<f64>> = [5.3, 5.9, 7.9, 8.1, 8.3, 3.0, f64::NAN, 10.0, 10.0]
            .into_iter()
            .map(|score| match ladder.tell(score) {
                Told::Rung(rung) => Some(rung.points()),
                Told::NoBetter => None,
            })
            .collect();
        // 5.3 is told as 6, so the next rung begins at 8.
        let (first, second, third) = (Some(6.0), Some(8.0), Some(10.0));
        assert_eq!(told, [first, None, None, second, None, None, None, third, None]);
        ladder.start_over();
        assert_eq!(ladder.tell(-4.9), Told::Rung(Rung(-4.0)));
    }

    #[test]
    fn a_thousand_scores_tell_no_more_than_the_rungs_between_them() {
        let mut ladder = Ladder::new(1.0);
        let told = (0..1_000).filter(|i| ladder.tell(f64::from(i % 97) / 10.0) != Told::NoBetter);
        assert!(told.count() <= 11);
    }
}
