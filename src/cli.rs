//! The command line, as types. What each command does is in `commands`.

mod fetch;
mod stats;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use fetch::FetchArgs;
pub use stats::{
    AdjustArgs, BootstrapArgs, MetricsArgs, MomentsArg, PboArgs, PermutationArgs, ResamplingArgs,
    SharpeArgs, SpaArgs, SplitsCommand, StatsCommand, TradesArgs, TrialsArgs,
};

/// An autonomous research loop for trading strategies that lives in a Git repository.
///
/// Each iteration proposes a small change to state/strategy.toml, backtests it in-sample and
/// out-of-sample, scores it, keeps or discards it, and commits what happened.
#[derive(Debug, Parser)]
#[command(name = "sprag", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The research repository
    #[arg(long, global = true, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Print the result as one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    /// Override a setting of program.md for this call (repeatable)
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Threads for backtests; results are the same to the bit for any number
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Folder for the columns of data files that were parsed before, or `off` (default: the user's
    /// cache folder)
    #[arg(long, global = true, env = "SPRAG_CACHE", value_name = "DIR|off")]
    pub cache: Option<PathBuf>,
    /// Only errors on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Reconcile, then run iterations of the loop
    Iterate(IterateArgs),
    /// What a model or agent would be told now
    Brief(BriefArgs),
    /// Where the research is: incumbent, scores, trials, verdicts
    Status,
    /// One line per iteration, latest first
    Log(LogArgs),
    /// Everything about one iteration
    Show(ShowArgs),
    /// The report of one iteration, as Markdown
    Report(ReportArgs),
    /// Write program.md and state/ into an existing repository
    Init(InitArgs),
    /// Metrics and trades of one strategy
    Backtest(BacktestArgs),
    /// An expression's values per bar, as CSV
    Eval(EvalArgs),
    /// What is wrong with a strategy, and where
    Check(FileArgs),
    /// Whether the machine itself holds what its numbers rest on: exit code 1 if not
    Canaries,
    /// A strategy in canonical form
    Fmt(FmtArgs),
    /// Reference of the expression language
    Functions(FunctionsArgs),
    /// Replay iterations from the repository and compare to the bit
    Verify(VerifyArgs),
    /// What stands in the way of the next run, and how to mend it
    ///
    /// Exit code 0: nothing, or what the next run does by itself. 2: a setting or a file that a run reads.
    /// 3: the state needs a person.
    Doctor(DoctorArgs),
    /// The score of returns and trades from files
    Score(ScoreArgs),
    /// Inference on returns of your own: how much is evidence, and how much luck?
    #[command(subcommand)]
    Stats(StatsCommand),
    /// Market data
    #[command(subcommand)]
    Data(DataCommand),
    /// JSON Schemas of the files in state/
    Schema(SchemaArgs),
    /// Become another program that can touch only what it is granted
    #[command(hide = true)]
    Confine(ConfineArgs),
    /// Completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// `sprag iterate`
#[derive(Debug, Args)]
pub struct IterateArgs {
    /// Iterations to run (default: `[session] iterations` of program.md)
    #[arg(short = 'n', long, value_name = "N")]
    pub iterations: Option<u64>,
    /// Start no iteration after this long, for example 90s, 20m, 1h30m
    #[arg(long, value_name = "TIME")]
    pub deadline: Option<String>,
    /// Who proposes (default: `[proposer] kind` of program.md)
    #[arg(long, value_name = "KIND")]
    pub proposer: Option<String>,
    /// Where results go (default: `[publish] mode` of program.md)
    #[arg(long, value_name = "MODE")]
    pub mode: Option<String>,
    /// What a model or agent should try in the first iteration, in your words
    #[arg(long, value_name = "TEXT")]
    pub hint: Option<String>,
    /// Evaluate and report, but commit nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Work in a scratch copy (program, data, strategy; a repository of its own) instead of here;
    /// a folder to make, or one in the temporary folder
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    pub scratch: Option<Option<PathBuf>>,
}

/// `sprag brief`
#[derive(Debug, Args)]
pub struct BriefArgs {
    /// With this as the idea to be tried
    #[arg(long, value_name = "TEXT")]
    pub hint: Option<String>,
}

/// `sprag confine`: how agents are started.
#[derive(Debug, Args)]
pub struct ConfineArgs {
    /// May be read (repeatable)
    #[arg(long = "read", value_name = "PATH")]
    pub readable: Vec<PathBuf>,
    /// May be read and changed (repeatable)
    #[arg(long = "write", value_name = "PATH")]
    pub writable: Vec<PathBuf>,
    /// Largest file that can be written
    #[arg(long, value_name = "BYTES")]
    pub file_bytes: u64,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    pub command: Vec<String>,
}

/// `sprag log`
#[derive(Debug, Args)]
pub struct LogArgs {
    /// At most this many, the latest (default: all)
    #[arg(short = 'n', value_name = "N")]
    pub most: Option<usize>,
}

/// `sprag show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Number of the iteration
    pub iteration: u64,
}

/// `sprag report`
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Number of the iteration (default: the last)
    pub iteration: Option<u64>,
    /// Write equity and drawdown as a picture, and show it in the report by this path
    #[arg(long, value_name = "F.svg")]
    pub svg: Option<PathBuf>,
}

/// `sprag verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Number of the iteration (default: all)
    #[arg(conflicts_with = "all")]
    pub iteration: Option<u64>,
    /// All iterations
    #[arg(long)]
    pub all: bool,
}

/// `sprag doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Restore status, history and ledger from the git log, as a commit; what is there now is kept aside
    #[arg(long)]
    pub rebuild: bool,
}

/// `sprag init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where results go
    #[arg(long, default_value = "auto", value_parser = ["auto", "local", "commit", "pull-request"])]
    pub mode: String,
    /// Also write the workflow that does the research in GitHub Actions
    #[arg(long)]
    pub github: bool,
    /// The action that the workflow uses (default: the one of the release that this binary is of)
    #[arg(long, value_name = "OWNER/REPOSITORY@COMMIT", requires = "github")]
    pub action: Option<String>,
}

/// Which bars a backtest covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SpanArg {
    /// One account over all bars, no split
    All,
    /// The in-sample folds
    InSample,
    /// The out-of-sample folds
    OutOfSample,
    /// The holdout (only with --data: the program's own is for certification)
    Holdout,
}

/// `sprag backtest`
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// The strategy (default: state/strategy.toml)
    pub file: Option<PathBuf>,
    /// Data files instead of the program's market; the symbol is the file's stem (repeatable)
    #[arg(long, value_name = "F.csv")]
    pub data: Vec<PathBuf>,
    /// Further data files, to be read by symbol(…) and not traded (repeatable; only with --data)
    #[arg(long, value_name = "F.csv", requires = "data")]
    pub context: Vec<PathBuf>,
    /// Which bars (default: in-sample and out-of-sample)
    #[arg(long, value_enum)]
    pub span: Option<SpanArg>,
    /// Write the trades as CSV
    #[arg(long, value_name = "F.csv")]
    pub trades: Option<PathBuf>,
    /// Write the equity at each close as CSV
    #[arg(long, value_name = "F.csv")]
    pub equity: Option<PathBuf>,
}

/// `sprag eval`
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The expression
    pub expr: Option<String>,
    /// Data file (repeatable; the first one's bars are shown)
    #[arg(long, value_name = "F.csv", required = true)]
    pub data: Vec<PathBuf>,
    /// Further data file, to be read by symbol(…) and left out of the universe (repeatable)
    #[arg(long, value_name = "F.csv")]
    pub context: Vec<PathBuf>,
    /// Show the bars of this symbol
    #[arg(long, value_name = "NAME")]
    pub symbol: Option<String>,
    /// A parameter's value (repeatable)
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// A further column (repeatable)
    #[arg(long = "columns", value_name = "NAME=EXPR")]
    pub columns: Vec<String>,
}

/// A strategy file.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// The strategy (default: state/strategy.toml; - for standard input)
    pub file: Option<PathBuf>,
}

/// `sprag fmt`
#[derive(Debug, Args)]
pub struct FmtArgs {
    /// The strategy (default: state/strategy.toml; - for standard input)
    pub file: Option<PathBuf>,
    /// Rewrite the file instead of printing
    #[arg(long, conflicts_with = "check")]
    pub write: bool,
    /// Only say whether it is in canonical form: exit code 1 if not
    #[arg(long)]
    pub check: bool,
}

/// `sprag functions`
#[derive(Debug, Args)]
pub struct FunctionsArgs {
    /// One function (default: all)
    pub name: Option<String>,
}

/// `sprag score`
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// Out-of-sample bar returns: a CSV with a column `return`
    #[arg(long, value_name = "F.csv")]
    pub returns: PathBuf,
    /// Returns of trades on equity at entry: a CSV with a column `return`
    #[arg(long, value_name = "F.csv")]
    pub trades: PathBuf,
    /// In-sample bar returns of the same strategy
    #[arg(long, value_name = "F.csv")]
    pub in_sample: Option<PathBuf>,
    /// Split the returns into this many folds in time order
    #[arg(long, value_name = "N", conflicts_with = "fold_column")]
    pub folds: Option<std::num::NonZeroUsize>,
    /// Column of the returns file that says which fold a bar is in
    #[arg(long, value_name = "NAME")]
    pub fold_column: Option<String>,
    /// Bars per year
    #[arg(long, value_name = "A", default_value_t = 252.0)]
    pub bars_per_year: f64,
}

/// `sprag data`
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Validate data files: exit code 2 if one has errors
    Check {
        /// The files (default: those of the program's market)
        files: Vec<PathBuf>,
    },
    /// Download what the sources of program.md have that isn't there yet
    ///
    /// A file is read, checked and compared with the one that is there before it replaces it, as a
    /// whole. What breaks off goes on where it was: run it again.
    #[command(after_long_help = fetch::EXAMPLES)]
    Fetch(FetchArgs),
}

/// `sprag schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which file's
    #[arg(value_parser = ["status", "record", "ledger"], default_value = "record")]
    pub name: String,
}
