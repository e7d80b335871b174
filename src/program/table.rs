//! Every setting there is: one row each, with what it may be and what it means.
//!
//! Checks, suggestions and the reference page come from these rows; a new setting is a field in
//! `settings.rs` and a row here. Defaults are not repeated: they are `Settings::default()`'s.

use super::domain::Bound::{Excluded, Included, Open};
use super::domain::Domain::{
    self, Address, Branch, Checksum, Date, Duration, Endpoint, File, Flag, Folder, Numbers, Real,
    Symbols, Texts, Ticker, Variable, Variables, Whole, Word, Zone,
};

/// A table of program.md.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table {
    /// Its name, as in `[name]`.
    pub name: &'static str,
    /// What it is about.
    pub meaning: &'static str,
    /// Whether it may be there several times, as `[[name]]`.
    pub is_list: bool,
}

/// A setting of program.md.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// The table it is in.
    pub table: &'static str,
    /// Its key there.
    pub name: &'static str,
    /// What it may be.
    pub domain: Domain,
    /// What it means, with units.
    pub meaning: &'static str,
}

impl Setting {
    /// `table.key`, as `--set` and messages name it.
    pub fn path(&self) -> String {
        format!("{}.{}", self.table, self.name)
    }
}

/// The row of a setting.
pub(super) fn find(table: &str, name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|row| row.table == table && row.name == name)
}

/// Whether there is such a table.
pub(super) fn has_table(name: &str) -> bool {
    TABLES.iter().any(|table| table.name == name)
}

/// Whether this is a table that may be there several times.
pub(super) fn is_list(name: &str) -> bool {
    TABLES.iter().any(|table| table.name == name && table.is_list)
}

const fn table(name: &'static str, meaning: &'static str) -> Table {
    Table { name, meaning, is_list: false }
}

/// All tables in the order of the reference.
pub const TABLES: &[Table] = &[
    table("market", "Which data is traded."),
    Table {
        name: "source",
        meaning: "Where `sprag data fetch` gets files of the market; each `[[source]]` is one of several.",
        is_list: true,
    },
    table("split", "Which bars are in-sample, out-of-sample and holdout."),
    table("costs", "What trading costs; each kind is reported apart."),
    table("backtest", "The account and its fills."),
    table("score", "Weights and scales of the score, by the names of its formula."),
    table("gates", "What a candidate must pass besides a better score."),
    table("certify", "When the incumbent is held against the holdout."),
    table("constraints", "What a candidate may look like."),
    table("session", "What one run does and when it stops."),
    table("resume", "What happens to work that an earlier run left half-done."),
    table("proposer", "Who proposes changes."),
    table("llm", "Which models are asked, where, and what they cost."),
    table("agent", "Which command is run as a proposer, and what it may touch."),
    table("mix", "How often each proposer has its turn, where `kind` is `mix`."),
    table("publish", "Where results go."),
    table("budget", "Bounds on trials, tokens and money; spent is what the history says."),
];

/// Lengths of bars, in the order of [`Interval`](super::Interval).
pub(super) const INTERVALS: &[&str] =
    &["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"];
const ANY_COUNT: Domain = Whole { min: 0, max: u64::MAX };
const FOLDS: Domain = Whole { min: 1, max: 100 };
const BPS: Domain = Real { min: Included(0.0), max: Excluded(10_000.0) };
const POSITIVE: Domain = Real { min: Excluded(0.0), max: Open };
const NOT_NEGATIVE: Domain = Real { min: Included(0.0), max: Open };
const WEIGHT: Domain = Real { min: Included(0.0), max: Included(1.0) };

const fn row(
    table: &'static str,
    name: &'static str,
    domain: Domain,
    meaning: &'static str,
) -> Setting {
    Setting { table, name, domain, meaning }
}

/// All settings, by table, in the order of the reference.
#[rustfmt::skip] // One row is one setting; it reads as the table it is.
pub const SETTINGS: &[Setting] = &[
    row("market", "data", Folder, "Folder of the data files, relative to the program's root."),
    row("market", "symbols", Symbols, "Symbols in account order; empty means every file of `data` that is not `context`, sorted by name."),
    row("market", "context", Symbols, "Symbols that strategies read by `symbol(…)` and that are not traded."),
    row("market", "timezone", Zone, "Time zone of the market: of times in the files that have none, and of `hour`, `weekday` and their like. Daily bars keep their dates."),

    row("source", "kind", Word(&["url", "binance", "stooq"]), "`url` is a CSV or Parquet file at an address, `binance` klines of its REST interface, `stooq` its CSV files."),
    row("source", "symbols", Symbols, "Symbols it has, each a file of `market.data`; empty means those of `market.symbols`."),
    row("source", "url", Address, "Address of the file, with `{ticker}` and `${VARIABLE}` of the environment; for other kinds the base of the interface, if it isn't the usual one."),
    row("source", "ticker", Ticker, "What the source calls a symbol; `{symbol}` stands for the symbol."),
    row("source", "interval", Word(INTERVALS), "Length of a bar, where the source offers several; stooq has `1d`, `1w` and `1M`."),
    row("source", "from", Date, "First date (UTC); empty: as early as the source has bars."),
    row("source", "to", Date, "Last date (UTC); empty: up to the last bar that is complete."),
    row("source", "sha256", Checksum, "SHA-256 that the file at `url` must have, in hexadecimal digits."),

    row("split", "scheme", Word(&["date", "walk-forward", "cpcv"]), "How what is not holdout is cut: in-sample then out-of-sample; out-of-sample folds each with an in-sample part before it; or every choice of `test_folds` folds out-of-sample."),
    row("split", "out_of_sample_from", Date, "First date (UTC) of the out-of-sample span; empty: after `in_sample_bars`, or `in_sample` of the bars."),
    row("split", "holdout_from", Date, "First date (UTC) of the holdout; empty: the last `holdout_bars`, or `holdout` of the bars."),
    row("split", "in_sample", Real { min: Included(0.0), max: Excluded(1.0) }, "In-sample part of the bars that are not holdout, when neither date nor bars are given; 0 only with `cpcv`."),
    row("split", "in_sample_bars", ANY_COUNT, "Bars of the in-sample span, and of each rolling in-sample part; 0: by date or part."),
    row("split", "holdout", Real { min: Included(0.0), max: Included(0.9) }, "Holdout part of all bars, when neither date nor bars are given."),
    row("split", "holdout_bars", ANY_COUNT, "Bars of the holdout; 0: by date or part."),
    row("split", "holdout_min_bars", ANY_COUNT, "The holdout has at least this many bars when it is given as a part, and that isn't 0."),
    row("split", "in_sample_folds", FOLDS, "Consecutive in-sample folds, each an independent account."),
    row("split", "folds", FOLDS, "Consecutive out-of-sample folds, each an independent account."),
    row("split", "fold_bars", ANY_COUNT, "Bars of each out-of-sample fold of a `walk-forward`; 0: `folds` of equal length."),
    row("split", "anchored", Flag, "Whether the in-sample parts of a `walk-forward` all begin at the first bar, instead of rolling."),
    row("split", "test_folds", FOLDS, "Folds that are out-of-sample at once with `cpcv`."),
    row("split", "purge_bars", Whole { min: 0, max: 100_000 }, "Bars left out of in-sample before an out-of-sample fold, and with `cpcv` after it as well."),
    row("split", "embargo_bars", Whole { min: 0, max: 100_000 }, "Further bars left out between the spans; with `cpcv`, after each out-of-sample fold."),
    row("split", "fit", Flag, "Whether parameters marked `fit = true` in the strategy are chosen on each fold's in-sample part."),
    row("split", "fit_trials", Whole { min: 1, max: 1_000 }, "Most combinations of such parameters that are tried; each is a trial."),

    row("costs", "fee_bps", BPS, "Fee per side in basis points of notional."),
    row("costs", "fee_fixed", NOT_NEGATIVE, "Fee per order in account currency."),
    row("costs", "slippage_bps", BPS, "Slippage per side in basis points of price, always against the account."),
    row("costs", "spread_bps", BPS, "Quoted bid-ask spread in basis points of price; each side pays half of it."),
    row("costs", "borrow_bps_per_year", BPS, "What borrowing costs a short, in basis points of its notional per year of 365 days."),

    row("backtest", "cash", POSITIVE, "Starting cash of every account, that is, of every fold."),
    row("backtest", "fill", Word(&["next_open"]), "When an order decided at a close fills: at the open of the symbol's next bar."),
    row("backtest", "stops_from", Word(&["fill_bar", "next_bar"]), "From which bar on stops and targets are live."),
    row("backtest", "close_at_end", Flag, "Close open trades at the last close of a fold, flagged `end`; otherwise they are only marked."),
    row("backtest", "lot", NOT_NEGATIVE, "Smallest tradable number of units; 0 is fractional."),
    row("backtest", "max_leverage", Real { min: Excluded(0.0), max: Included(100.0) }, "Upper bound of gross notional over equity at a fill."),
    row("backtest", "bars_per_year", NOT_NEGATIVE, "Bars per year for annualisation; 0 derives it from the data (252 for daily bars)."),

    row("score", "s0", POSITIVE, "Scale of the shrunken annual Sharpe ratio inside tanh."),
    row("score", "e0", POSITIVE, "Scale of the shrunken edge ratio inside tanh."),
    row("score", "w_profit", WEIGHT, "Weight of the Sharpe part of the signed edge; adds up to 1 with `w_trade`."),
    row("score", "w_trade", WEIGHT, "Weight of the per-trade part of the signed edge."),
    row("score", "n0", POSITIVE, "Effective number of trades at which `f_trades` is one half."),
    row("score", "tail", NOT_NEGATIVE, "Tail allowance in multiples of the typical trade."),
    row("score", "vol_target", POSITIVE, "Annual volatility to which returns are geared before the drawdown is taken."),
    row("score", "max_gear", POSITIVE, "Largest gear."),
    row("score", "d0", POSITIVE, "Geared drawdown at which `f_drawdown` is one half."),
    row("score", "z_free", NOT_NEGATIVE, "Standard errors of in-sample to out-of-sample fall that cost nothing."),
    row("score", "z0", POSITIVE, "Further standard errors at which `f_degradation` is one half."),
    row("score", "vol_floor", POSITIVE, "Annual volatility at which `f_exposure` is one half."),
    row("score", "dd_limit", POSITIVE, "Raw drawdown at which `f_limit` is one half."),
    row("score", "dd_power", POSITIVE, "Steepness of `f_limit`."),
    row("score", "cap", POSITIVE, "Wins are capped at this multiple of the typical trade."),
    row("score", "a_n", NOT_NEGATIVE, "Exponent of `f_trades`."),
    row("score", "a_d", NOT_NEGATIVE, "Exponent of `f_drawdown`."),
    row("score", "a_c", NOT_NEGATIVE, "Exponent of `f_consistency`."),
    row("score", "a_g", NOT_NEGATIVE, "Exponent of `f_degradation`."),
    row("score", "a_x", NOT_NEGATIVE, "Exponent of `f_exposure`."),
    row("score", "a_l", NOT_NEGATIVE, "Exponent of `f_limit`."),

    row("gates", "min_delta", Real { min: Included(0.0), max: Excluded(200.0) }, "Points by which a candidate's score must exceed the incumbent's."),
    row("gates", "min_trades", ANY_COUNT, "Least number of out-of-sample trades."),
    row("gates", "min_trades_per_fold", ANY_COUNT, "Least number of trades in every out-of-sample fold."),
    row("gates", "max_drawdown", Real { min: Excluded(0.0), max: Included(1.0) }, "Largest drawdown in any out-of-sample fold, a positive fraction of the peak."),
    row("gates", "complexity", Real { min: Included(0.0), max: Excluded(200.0) }, "Points by which the score must rise further for each node (function, operator, name, number) that a candidate has more than the incumbent."),
    row("gates", "benchmark", Flag, "Whether the out-of-sample Sharpe ratio must be above that of buy-and-hold of the universe with the same costs, or above the incumbent's as long as that is below."),
    row("gates", "cost_stress", Real { min: Included(0.0), max: Included(100.0) }, "The out-of-sample return must be positive with all costs this many times as high; 0 asks for nothing."),
    row("gates", "plateau", Real { min: Included(0.0), max: Included(1.0) }, "Part of the score that neighbours, with all numbers moved by a tenth, must keep in the median; 0 asks for nothing."),

    row("certify", "looks", Flag, "Whether looks at the holdout are taken when they are earned. How many, and how strict they are, is no setting."),
    row("certify", "patience", ANY_COUNT, "Iterations that an incumbent must stand unbeaten before a look is spent on it."),
    row("certify", "min_dsr", Real { min: Included(0.0), max: Included(1.0) }, "Deflated Sharpe ratio from which on an incumbent earns a look."),

    row("constraints", "max_nodes", Whole { min: 1, max: 10_000 }, "Most functions, operators, names and numbers over all expressions of a strategy."),
    row("constraints", "max_params", Whole { min: 0, max: 100 }, "Most `[params]` of a strategy."),
    row("constraints", "allow_short", Flag, "Whether a strategy may have `[short]`."),

    row("session", "iterations", Whole { min: 1, max: 1_000_000 }, "Iterations of one run when the command line doesn't say."),
    row("session", "deadline", Duration, "No new iteration starts after this long; empty is no deadline."),
    row("session", "stop_file", File, "The run stops before the next iteration when this file exists."),
    row("session", "proposals", Whole { min: 1, max: 10 }, "Candidates per iteration: how often a proposer may try, counting again after an invalid one."),

    row("resume", "half_done", Word(&["finish", "abandon"]), "A half-done iteration that still fits is evaluated from its journal, or recorded as `abandoned`."),

    row("proposer", "kind", Word(&["search", "llm", "agent", "mix"]), "`search` is a seeded evolutionary search: no key, no network; `llm` asks a model, `agent` runs a command, `mix` takes turns."),
    row("proposer", "seed", ANY_COUNT, "Seed of the search: the same state and seed give the same proposal."),
    row("proposer", "ladder_step", POSITIVE, "Points by which an out-of-sample score must beat the best one told so far for a proposer to be told, rounded to as much; otherwise it is told \"no better\"."),
    row("proposer", "drafts", Whole { min: 0, max: 1_000 }, "Most drafts of the search that are backtested in-sample for one proposal; 0 or 1: none, which is faster and finds less."),
    row("proposer", "fallback", Word(&["none", "search"]), "When a model or agent can't be asked (no key, not reached, budget spent): `none` ends the run and the next one goes on, `search` lets the search propose instead."),
    row("proposer", "brief_tokens", Whole { min: 12_000, max: 200_000 }, "Most tokens of the brief for a model or agent, at three bytes a token."),
    row("proposer", "ideas", Texts, "Hypotheses of people for a model or agent, each tried once, in order."),

    row("llm", "api", Word(&["openai", "anthropic"]), "Wire format: `openai` is chat completions, which most servers speak; `anthropic` is Messages."),
    row("llm", "base_url", Endpoint, "Address up to `/chat/completions` or `/v1/messages`, with the query that calls need, if any; empty: the vendor's own."),
    row("llm", "key_env", Variable, "Environment variable that holds the key; empty: no key is sent."),
    row("llm", "auth", Word(&["auto", "bearer", "x-api-key", "api-key"]), "Header that carries the key; `auto`: the usual one of the API; `api-key` is Azure's."),
    row("llm", "models", Texts, "Models to choose from; a bandit learns which pays per dollar."),
    row("llm", "weights", Numbers, "How often each model is asked to begin with; empty: alike."),
    row("llm", "usd_per_mtok_in", Numbers, "Price in US dollars of a million tokens read, per model; empty: unknown, only tokens are counted."),
    row("llm", "usd_per_mtok_out", Numbers, "Price in US dollars of a million tokens written, per model; empty: unknown."),
    row("llm", "max_output_tokens", Whole { min: 256, max: 200_000 }, "Most tokens of a reply, thinking included."),
    row("llm", "reply", Word(&["auto", "schema", "tool", "json", "text"]), "How a reply is held to its form; `auto` starts with the strictest and learns what the endpoint takes."),
    row("llm", "connect_timeout", Duration, "Bound on connecting."),
    row("llm", "read_timeout", Duration, "Bound on a pause within an answer that has begun."),
    row("llm", "timeout", Duration, "Bound on one answer, from the request to its last byte."),
    row("llm", "deadline", Duration, "Bound on asking for one proposal, retries and waits included."),
    row("llm", "attempts", Whole { min: 1, max: 20 }, "Most requests for one proposal, when they fail on the way."),

    row("agent", "command", Texts, "The command and its arguments, run in a scratch folder with BRIEF.md and strategy.toml; `{root}` is the program's folder."),
    row("agent", "timeout", Duration, "Bound on one call; then its whole process group is stopped."),
    row("agent", "env", Variables, "Environment variables that it is given besides PATH, LANG and TZ."),
    row("agent", "read", Texts, "Files and folders that it may read besides the system's own; `~` is the home folder."),
    row("agent", "write", Texts, "Files and folders that it may read and change besides its scratch folder."),
    row("agent", "confinement", Word(&["required", "off"]), "`required`: where the system can't confine it, it isn't run; `off`: it can read whatever its user can."),
    row("agent", "most_tokens", ANY_COUNT, "Tokens set aside for one call before it; 0: unknown."),
    row("agent", "most_usd", NOT_NEGATIVE, "US dollars set aside for one call before it; 0: unknown."),

    row("mix", "search", WEIGHT, "Share of the search."),
    row("mix", "llm", WEIGHT, "Share of the models."),
    row("mix", "agent", WEIGHT, "Share of the agent."),

    row("publish", "mode", Word(&["auto", "local", "commit", "pull-request"]), "`local` commits in the working repository, by git; `commit` commits to a branch on GitHub; `pull-request` opens one on GitHub for each accepted candidate and waits for its merge; `auto` is `commit` inside GitHub Actions and `local` elsewhere."),
    row("publish", "branch", Branch, "Branch on GitHub that is committed to, or that pull requests are merged into; empty: the one that a workflow runs on, else the default branch."),
    row("publish", "token_env", Variable, "Environment variable that holds the token for GitHub."),
    row("publish", "ledger", Ticker, "Branch on GitHub that holds the records, where candidates wait for review as pull requests."),
    row("publish", "max_open", Whole { min: 1, max: 100 }, "Most pull requests that wait for review at once; then only a better candidate takes the place of the worst."),
    row("publish", "labels", Texts, "Labels of each pull request."),

    row("budget", "trials", ANY_COUNT, "Most trials of the whole campaign; 0 is no bound."),
    row("budget", "tokens_per_run", ANY_COUNT, "Most tokens, read and written, of one run; 0 is no bound."),
    row("budget", "tokens_per_day", ANY_COUNT, "Most tokens of one day (UTC); 0 is no bound."),
    row("budget", "tokens", ANY_COUNT, "Most tokens of the whole campaign; 0 is no bound."),
    row("budget", "usd_per_run", NOT_NEGATIVE, "Most US dollars of one run; 0 is no bound."),
    row("budget", "usd_per_day", NOT_NEGATIVE, "Most US dollars of one day (UTC); 0 is no bound."),
    row("budget", "usd", NOT_NEGATIVE, "Most US dollars of the whole campaign; 0 is no bound."),
];
