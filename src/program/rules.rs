//! Rules that tie settings together. One row each; they run once every value is fine by itself.

use super::units::date_ms;
use super::{
    Interval, MOST_IDEA, MixSettings, ProposerKind, ScoreSettings, Settings, SourceKind,
    SourceSettings, SplitScheme,
};

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

/// What is wrong with one `[[source]]`.
pub(super) struct Flaw {
    /// The key in question.
    pub key: &'static str,
    pub message: &'static str,
    pub label: &'static str,
    pub help: &'static str,
}

/// What is missing in a source, or does not fit its kind.
pub(super) fn source_flaw(settings: &Settings, source: &SourceSettings) -> Option<Flaw> {
    let flaw = |key, message, label, help| Some(Flaw { key, message, label, help });
    let is_url = source.kind == SourceKind::Url;
    let symbols = match source.symbols.len() {
        0 => settings.market.symbols.len(),
        count => count,
    };
    if symbols == 0 {
        let help = "set `symbols` here or under [market]: each is the name of a file to fetch";
        return flaw("symbols", "a source must have symbols", "it has none", help);
    }
    if is_url && source.url.is_empty() {
        let help = "set the address of the file";
        return flaw("url", "a source of kind `url` needs `url`", "it has none", help);
    }
    if !is_url && !source.sha256.is_empty() {
        let help = "remove it: what this source sends grows from day to day";
        return flaw("sha256", "`sha256` is for sources of kind `url`", "not for this kind", help);
    }
    if symbols > 1 && !source.sha256.is_empty() {
        let help = "give each symbol a `[[source]]` of its own";
        let message = "one `sha256` can't fit the files of several symbols";
        return flaw("sha256", message, "of which file?", help);
    }
    let varies = source.url.contains("{ticker}") && source.ticker.contains("{symbol}");
    if symbols > 1 && is_url && !varies {
        let help = "write {ticker} where the symbol's name stands in `url`";
        let message = "one `url` can't be the files of several symbols";
        return flaw("url", message, "of which symbol?", help);
    }
    if symbols > 1 && !source.ticker.contains("{symbol}") {
        let help = "write {symbol} where the symbol stands in `ticker`";
        let message = "one `ticker` can't be that of several symbols";
        return flaw("ticker", message, "of which symbol?", help);
    }
    let of_stooq = [Interval::OneDay, Interval::OneWeek, Interval::OneMonth];
    if source.kind == SourceKind::Stooq && !of_stooq.contains(&source.interval) {
        let help = "use one of them";
        return flaw("interval", "stooq has `1d`, `1w` and `1M`", "none of these", help);
    }
    match (date_ms(&source.from), date_ms(&source.to)) {
        (Some(from), Some(to)) if from > to => {
            let help = "both dates are part of what is fetched";
            flaw("to", "`from` must not be after `to`", "before `from`", help)
        }
        _ => None,
    }
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
        keys: &["proposer.ideas"],
        expected: "each of `proposer.ideas` must have at most 1000 characters",
        help: "a model is told all of it, so say it in less, or make two ideas of it",
        holds: |settings| {
            settings.proposer.ideas.iter().all(|idea| idea.chars().count() <= MOST_IDEA)
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
        keys: &["split.out_of_sample_from", "split.in_sample_bars"],
        expected: "only one of `split.out_of_sample_from` and `split.in_sample_bars` may be given",
        help: "both say where out-of-sample begins",
        holds: |settings| {
            settings.split.out_of_sample_from.is_empty() || settings.split.in_sample_bars == 0
        },
    },
    Rule {
        keys: &["split.holdout_from", "split.holdout_bars"],
        expected: "only one of `split.holdout_from` and `split.holdout_bars` may be given",
        help: "both say where the holdout begins",
        holds: |settings| {
            settings.split.holdout_from.is_empty() || settings.split.holdout_bars == 0
        },
    },
    Rule {
        keys: &["split.scheme", "split.in_sample"],
        expected: "`split.in_sample` may be 0 only with `split.scheme = \"cpcv\"`",
        help: "every other scheme begins with an in-sample span",
        holds: |settings| {
            settings.split.scheme == SplitScheme::Cpcv || settings.split.in_sample > 0.0
        },
    },
    Rule {
        keys: &["split.folds", "split.test_folds", "split.scheme"],
        expected: "`split.test_folds` must be less than `split.folds`",
        help: "with cpcv, the folds that aren't out-of-sample are in-sample",
        holds: |settings| {
            let split = &settings.split;
            split.scheme != SplitScheme::Cpcv || split.test_folds < split.folds
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
