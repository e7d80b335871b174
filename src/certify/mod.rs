//! Certification: when what a search found may be held against the holdout, how strictly, and what may be said of it.
//!
//! Search and certification are apart. The score moves the incumbent and claims nothing. A look at the holdout is earned by
//! a deflated Sharpe ratio, counted, and written down before it is taken; it says pass or fail. Look j tests the holdout's
//! probabilistic Sharpe ratio at level 0.05 · 6 / (π² j²), so that all looks together are wrong in at most one of twenty
//! worlds without an edge; and few of those earn one.
//!
//! Never touches market data, files, git or the clock.

mod due;
mod inference;
mod standing;

pub use due::{NotDue, due};
pub use inference::{Inference, weigh};
pub use standing::{Standing, standing};

/// The ledger holds looks to their levels, so that these are said there.
pub use crate::state::ledger::{ALPHA, level};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_the_design_and_spend_no_more_than_alpha() {
        let rounded = [1, 2, 3].map(|look| (level(look) * 1e4).round() as u64);
        assert_eq!(rounded, [304, 76, 34]);
        let all: f64 = (1..2_000_000).map(level).sum();
        assert!(all < ALPHA && all > ALPHA - 1e-6);
    }
}
