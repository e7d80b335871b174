//! The settings that program.md's ```toml blocks may hold: one struct per table, every key with a
//! default. Plain values; what each may be is `table.rs`'s business.

mod split;

use serde::{Deserialize, Serialize};

use super::SourceSettings;
use super::proposers::{AgentSettings, BudgetSettings, LlmSettings, MixSettings, ProposerSettings};
pub use split::{SplitScheme, SplitSettings};

/// All settings of a research program. The field names are the TOML table names.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `[market]`: which data is traded.
    pub market: MarketSettings,
    /// `[[source]]`: where files of the market come from.
    pub source: Vec<SourceSettings>,
    /// `[split]`: which bars are in-sample, out-of-sample and holdout.
    pub split: SplitSettings,
    /// `[costs]`: what trading costs.
    pub costs: CostSettings,
    /// `[backtest]`: the account and the fills.
    pub backtest: BacktestSettings,
    /// `[score]`: weights and scales of the score, by the names of its reference.
    pub score: ScoreSettings,
    /// `[gates]`: what a candidate must pass besides a better score.
    pub gates: GateSettings,
    /// `[certify]`: when the incumbent is held against the holdout.
    pub certify: CertifySettings,
    /// `[constraints]`: what a candidate may look like.
    pub constraints: ConstraintSettings,
    /// `[session]`: what one run does and when it stops.
    pub session: SessionSettings,
    /// `[resume]`: what to do with work that an earlier run left half-done.
    pub resume: ResumeSettings,
    /// `[proposer]`: who proposes changes.
    pub proposer: ProposerSettings,
    /// `[llm]`: which models are asked, and how.
    pub llm: LlmSettings,
    /// `[agent]`: which command is run as a proposer, and what it may touch.
    pub agent: AgentSettings,
    /// `[mix]`: shares of the proposers where several take turns.
    pub mix: MixSettings,
    /// `[publish]`: where results go.
    pub publish: PublishSettings,
    /// `[budget]`: bounds over the whole campaign.
    pub budget: BudgetSettings,
}

/// `[market]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MarketSettings {
    /// Folder of the data files, relative to the program's root.
    pub data: String,
    /// Symbols in account order (file stems of `data`); empty means every file, sorted by name.
    pub symbols: Vec<String>,
    /// Symbols that strategies may read by `symbol(…)` and that are not traded.
    pub context: Vec<String>,
    /// Time zone of the market, by its name in the IANA database: that of clock times in the files which
    /// have none, and of the calendar that a strategy sees.
    pub timezone: String,
}

impl Default for MarketSettings {
    fn default() -> Self {
        Self {
            data: "data".into(),
            symbols: Vec::new(),
            context: Vec::new(),
            timezone: "UTC".into(),
        }
    }
}

/// `[costs]`, each reported apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CostSettings {
    /// Fee per side in basis points of notional.
    pub fee_bps: f64,
    /// Fee per order in account currency.
    pub fee_fixed: f64,
    /// Slippage per side in basis points of price, always against the account.
    pub slippage_bps: f64,
    /// Quoted bid-ask spread in basis points of price; each side pays half of it.
    pub spread_bps: f64,
    /// What borrowing costs a short, in basis points of its notional per year of 365 days.
    pub borrow_bps_per_year: f64,
}

impl Default for CostSettings {
    fn default() -> Self {
        Self {
            fee_bps: 5.0,
            fee_fixed: 0.0,
            slippage_bps: 0.0,
            spread_bps: 0.0,
            borrow_bps_per_year: 0.0,
        }
    }
}

/// When an order that was decided at a close is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// At the open of the symbol's next bar.
    NextOpen,
}

/// From which bar on stops and targets are live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopsFrom {
    /// From the bar of the fill on.
    FillBar,
    /// From the bar after the fill on.
    NextBar,
}

/// `[backtest]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BacktestSettings {
    /// Starting cash of every account (every fold).
    pub cash: f64,
    /// When orders fill.
    pub fill: Fill,
    /// From which bar on stops and targets are live.
    pub stops_from: StopsFrom,
    /// Close open trades at the last close of a fold, flagged `end`; otherwise they are only marked.
    pub close_at_end: bool,
    /// Smallest tradable number of units; 0 is fractional.
    pub lot: f64,
    /// Upper bound of gross notional over equity at a fill.
    pub max_leverage: f64,
    /// Bars per year for annualisation; 0 derives it from the data (252 for daily bars).
    pub bars_per_year: f64,
}

impl Default for BacktestSettings {
    fn default() -> Self {
        Self {
            cash: 10_000.0,
            fill: Fill::NextOpen,
            stops_from: StopsFrom::FillBar,
            close_at_end: true,
            lot: 0.0,
            max_leverage: 1.0,
            bars_per_year: 0.0,
        }
    }
}

/// `[score]`: the names and defaults of the score's reference values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScoreSettings {
    /// Scale of the shrunken annual Sharpe ratio inside tanh.
    pub s0: f64,
    /// Scale of the shrunken edge ratio inside tanh.
    pub e0: f64,
    /// Weight of the Sharpe part of the signed edge.
    pub w_profit: f64,
    /// Weight of the per-trade part of the signed edge.
    pub w_trade: f64,
    /// Effective number of trades at which `f_trades` is one half.
    pub n0: f64,
    /// Tail allowance in multiples of the typical trade.
    pub tail: f64,
    /// Annual volatility to which returns are geared before the drawdown is taken.
    pub vol_target: f64,
    /// Largest gear.
    pub max_gear: f64,
    /// Geared drawdown at which `f_drawdown` is one half.
    pub d0: f64,
    /// Standard errors of in-sample to out-of-sample fall that cost nothing.
    pub z_free: f64,
    /// Further standard errors at which `f_degradation` is one half.
    pub z0: f64,
    /// Annual volatility at which `f_exposure` is one half.
    pub vol_floor: f64,
    /// Raw drawdown at which `f_limit` is one half.
    pub dd_limit: f64,
    /// Steepness of `f_limit`.
    pub dd_power: f64,
    /// Wins are capped at this multiple of the typical trade.
    pub cap: f64,
    /// Exponent of `f_trades`.
    pub a_n: f64,
    /// Exponent of `f_drawdown`.
    pub a_d: f64,
    /// Exponent of `f_consistency`.
    pub a_c: f64,
    /// Exponent of `f_degradation`.
    pub a_g: f64,
    /// Exponent of `f_exposure`.
    pub a_x: f64,
    /// Exponent of `f_limit`.
    pub a_l: f64,
}

impl Default for ScoreSettings {
    fn default() -> Self {
        Self {
            s0: 2.0,
            e0: 0.5,
            w_profit: 0.7,
            w_trade: 0.3,
            n0: 50.0,
            tail: 5.0,
            vol_target: 0.1,
            max_gear: 20.0,
            d0: 0.2,
            z_free: 1.0,
            z0: 2.0,
            vol_floor: 0.002,
            dd_limit: 0.5,
            dd_power: 8.0,
            cap: 3.0,
            a_n: 1.0,
            a_d: 0.5,
            a_c: 0.25,
            a_g: 1.0,
            a_x: 1.0,
            a_l: 1.0,
        }
    }
}

/// `[gates]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateSettings {
    /// A candidate's score must exceed the incumbent's by this many points.
    pub min_delta: f64,
    /// Least number of out-of-sample trades.
    pub min_trades: usize,
    /// Least number of trades in every out-of-sample fold.
    pub min_trades_per_fold: usize,
    /// Largest out-of-sample drawdown, a positive fraction, in any fold.
    pub max_drawdown: f64,
    /// Points by which the score must rise further for each node that a candidate has more.
    pub complexity: f64,
    /// Whether a candidate must be better for its risk than buy-and-hold.
    pub benchmark: bool,
    /// Multiple of all costs at which a candidate must still gain; 0 asks for nothing.
    pub cost_stress: f64,
    /// Part of the score that neighbours must keep in the median; 0 asks for nothing.
    pub plateau: f64,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self {
            min_delta: 0.5,
            min_trades: 30,
            min_trades_per_fold: 2,
            max_drawdown: 0.4,
            complexity: 0.05,
            benchmark: true,
            cost_stress: 2.0,
            plateau: 0.5,
        }
    }
}

/// `[certify]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CertifySettings {
    /// Whether looks at the holdout are taken when they are earned.
    pub looks: bool,
    /// Iterations that an incumbent must stand unbeaten before a look is spent on it.
    pub patience: u64,
    /// Deflated Sharpe ratio from which on an incumbent earns a look. It decides how many incumbents without an edge
    /// are looked at, not how many of them pass.
    pub min_dsr: f64,
}

impl Default for CertifySettings {
    fn default() -> Self {
        // Above one half, it is more likely than not better than the best of as many tries without skill.
        Self { looks: true, patience: 20, min_dsr: 0.5 }
    }
}

/// `[constraints]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConstraintSettings {
    /// Most nodes (functions, operators, names, numbers) over all expressions of a strategy.
    pub max_nodes: usize,
    /// Most `[params]`.
    pub max_params: usize,
    /// Whether a strategy may have `[short]`.
    pub allow_short: bool,
}

impl Default for ConstraintSettings {
    fn default() -> Self {
        Self { max_nodes: 120, max_params: 10, allow_short: true }
    }
}

/// `[session]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionSettings {
    /// Iterations of one run when the command line doesn't say.
    pub iterations: u64,
    /// No new iteration starts after this long (`90s`, `20m`, `2h`); empty is no deadline.
    pub deadline: String,
    /// The run stops before the next iteration when this file exists under the root.
    pub stop_file: String,
    /// Candidates per iteration: how often a proposer may try again after an invalid one.
    pub proposals: usize,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { iterations: 1, deadline: String::new(), stop_file: "STOP".into(), proposals: 3 }
    }
}

/// What happens to an iteration that an earlier run left half-done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HalfDone {
    /// Evaluate the proposal that the journal kept and record it.
    Finish,
    /// Record it as `abandoned` and go on.
    Abandon,
}

/// `[resume]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResumeSettings {
    /// What happens to a half-done iteration whose epoch and incumbent still hold.
    pub half_done: HalfDone,
}

impl Default for ResumeSettings {
    fn default() -> Self {
        Self { half_done: HalfDone::Finish }
    }
}

/// Where results go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublishMode {
    /// `commit` inside GitHub Actions, `local` elsewhere.
    Auto,
    /// Commits in the working repository, by git.
    Local,
    /// Commits to a branch on GitHub.
    Commit,
    /// Records on a branch of their own, and a pull request for each accepted candidate.
    PullRequest,
}

impl PublishMode {
    /// The mode that is meant, inside GitHub Actions or elsewhere.
    #[must_use]
    pub fn resolved(self, in_actions: bool) -> Self {
        match self {
            Self::Auto if in_actions => Self::Commit,
            Self::Auto => Self::Local,
            mode => mode,
        }
    }
}

/// `[publish]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PublishSettings {
    /// The mode.
    pub mode: PublishMode,
    /// Branch on GitHub; empty: the workflow's, else the default branch.
    pub branch: String,
    /// Environment variable with the token for GitHub.
    pub token_env: String,
    /// The branch that holds the records, where candidates are published as pull requests.
    pub ledger: String,
    /// Most pull requests that wait for review at once.
    pub max_open: usize,
    /// Labels of each pull request.
    pub labels: Vec<String>,
}

impl Default for PublishSettings {
    fn default() -> Self {
        Self {
            mode: PublishMode::Auto,
            branch: String::new(),
            token_env: "GITHUB_TOKEN".into(),
            ledger: "sprag/ledger".into(),
            max_open: 3,
            labels: vec!["sprag".into()],
        }
    }
}
