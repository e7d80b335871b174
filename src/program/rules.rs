//! Rules that tie settings together. One row each; they run once every value is fine by itself.

use super::units::date_ms;
use super::{ScoreSettings, Settings};

/// A rule over more than one setting.
pub(super) struct Rule {
    /// The settings it ties together, as `table.key`.
    pub keys: &'static [&'static str],
    /// What holds, for people.
    pub expected: &'static str,
    /// Why, or what to do.
    pub help: &'static str,
    /// Whether it holds.
    pub holds: fn(&Settings) -> bool,
}

/// All rules.
pub(super) const RULES: &[Rule] = &[
    Rule {
        keys: &["market.symbols", "market.context"],
        expected: "`market.context` must name none of `market.symbols`",
        help: "what is traded can be read by `symbol(…)` anyway: leave it out of `context`",
        holds: |settings| {
            let market = &settings.market;
            market.context.iter().all(|symbol| !market.symbols.contains(symbol))
        },
    },
    Rule {
        keys: &["split.out_of_sample_from", "split.holdout_from"],
        expected: "`split.out_of_sample_from` must be before `split.holdout_from`",
        help: "the spans follow each other: in-sample, out-of-sample, holdout",
        holds: |settings| {
            let split = &settings.split;
            match (date_ms(&split.out_of_sample_from), date_ms(&split.holdout_from)) {
                (Some(out_of_sample), Some(holdout)) => out_of_sample < holdout,
                // An empty date is a span by fraction, which is cut from what the other leaves.
                _ => true,
            }
        },
    },
    Rule {
        keys: &["score.w_profit", "score.w_trade"],
        expected: "`score.w_profit` and `score.w_trade` must add up to 1",
        help: "set both: the score stays within -100 and 100 only if its two weights share 1",
        holds: |settings| {
            let ScoreSettings { w_profit, w_trade, .. } = settings.score;
            // Wide enough for decimal weights such as 0.1 and 0.9, which binary fractions miss.
            (w_profit + w_trade - 1.0).abs() <= 1e-9
        },
    },
];
