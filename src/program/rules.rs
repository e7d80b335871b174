//! Rules that tie settings together. One row each; they run once every value is fine by itself.

use super::units::date_ms;
use super::{MixSettings, ProposerKind, ScoreSettings, Settings};

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
    Rule {
        keys: &["llm.models", "llm.weights", "llm.usd_per_mtok_in", "llm.usd_per_mtok_out"],
        expected: "`llm.weights` and the prices must have one number for each of `llm.models`, or none",
        help: "the lists go together in order; give both prices or neither",
        holds: |settings| {
            let llm = &settings.llm;
            let fits = |list: &Vec<f64>| list.is_empty() || list.len() == llm.models.len();
            let prices = [&llm.usd_per_mtok_in, &llm.usd_per_mtok_out];
            let priced = prices.map(|list| list.is_empty());
            fits(&llm.weights) && prices.into_iter().all(fits) && priced[0] == priced[1]
        },
    },
    Rule {
        keys: &["proposer.kind", "llm.models"],
        expected: "`llm.models` must name a model where `proposer.kind` is \"llm\", or \"mix\" with a share of it",
        help: "for example models = [\"gpt-5-mini\"], or kind = \"search\", which needs none",
        holds: |settings| !asks(settings, ProposerKind::Llm) || !settings.llm.models.is_empty(),
    },
    Rule {
        keys: &["proposer.kind", "agent.command"],
        expected: "`agent.command` must name a command where `proposer.kind` is \"agent\", or \"mix\" with a share of it",
        help: "docs/proposers.md has the line for each agent",
        holds: |settings| {
            !asks(settings, ProposerKind::Agent) || !settings.agent.command.is_empty()
        },
    },
    Rule {
        keys: &["mix.search", "mix.llm", "mix.agent"],
        expected: "one of the shares under `[mix]` must be above 0",
        help: "shares are relative: search = 1, llm = 1 takes turns",
        holds: |settings| {
            let MixSettings { search, llm, agent } = settings.mix;
            search + llm + agent > 0.0
        },
    },
];

/// Whether a program asks such a proposer, alone or in turn with others.
fn asks(settings: &Settings, kind: ProposerKind) -> bool {
    let share = match kind {
        ProposerKind::Llm => settings.mix.llm,
        ProposerKind::Agent => settings.mix.agent,
        ProposerKind::Search | ProposerKind::Mix => settings.mix.search,
    };
    settings.proposer.kind == kind || settings.proposer.kind == ProposerKind::Mix && share > 0.0
}
