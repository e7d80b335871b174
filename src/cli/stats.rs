//! The command line of `sprag stats`, as types.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `sprag stats`
#[derive(Debug, Subcommand)]
pub enum StatsCommand {
    /// How good were these returns? Return, risk, drawdown, tails, autocorrelation
    ///
    /// A CSV with a column `return`, one row per bar in time order, 1.25 % written as 0.0125.
    #[command(after_help = "Example:\n  sprag stats metrics --returns oos.csv --periods 252")]
    Metrics(MetricsArgs),
    /// How good were these trades? Win rate, payoff, expectancy, SQN, Kelly
    ///
    /// A CSV with a column `return`, one row per trade in time order.
    #[command(after_help = "Example:\n  sprag stats trades --returns trades.csv")]
    Trades(TradesArgs),
    /// Is this Sharpe ratio evidence? PSR, DSR, minimum track record and backtest length
    ///
    /// Sharpe ratios are per observation: divide an annual one by the root of the bars per year.
    #[command(after_help = "Examples:\n  sprag stats sharpe --returns oos.csv --trials 120\n  \
                      sprag stats sharpe --moments sr=0.158,n=1250,skew=-3,kurt=10 --trials 100 \
                      --trials-variance 0.002")]
    Sharpe(SharpeArgs),
    /// How far off could Sharpe ratio and drawdown be? Stationary bootstrap intervals
    #[command(
        after_help = "Example:\n  sprag stats bootstrap --returns oos.csv --block 10 --reps \
                      2000 --seed 1"
    )]
    Bootstrap(BootstrapArgs),
    /// Does choosing the best in-sample find what is good out-of-sample? PBO by CSCV
    ///
    /// The matrix is a CSV with one column of bar returns per trial, a header row, and perhaps a
    /// column `time` or `date`, which is left out. All trials belong in it, also those that were
    /// discarded.
    #[command(after_help = "Example:\n  sprag stats pbo --matrix trials.csv --blocks 16")]
    Pbo(PboArgs),
    /// Is the best of these trials better than the benchmark? Reality Check, SPA, stepwise
    ///
    /// The matrix has one column per trial: its return minus the benchmark's. With --benchmark, one
    /// of its columns is the benchmark and is taken off the others.
    #[command(after_help = "Example:\n  sprag stats spa --matrix trials.csv --benchmark \
                      buy_and_hold --block 10 --reps 2000 --seed 1")]
    Spa(SpaArgs),
    /// How many of these trials are really different, and what would luck alone show?
    #[command(after_help = "Example:\n  sprag stats trials --matrix trials.csv")]
    Trials(TrialsArgs),
    /// Does the timing matter? Positions against the same returns in random order
    ///
    /// A CSV with the columns `position` (held during the bar) and `return` (of the market).
    #[command(after_help = "Example:\n  sprag stats permutation --returns held.csv --reps 2000 \
                      --seed 1")]
    Permutation(PermutationArgs),
    /// p-values adjusted for having made many tests: Bonferroni, Holm, false discovery rate
    #[command(after_help = "Example:\n  sprag stats adjust 0.001 0.02 0.04 0.3")]
    Adjust(AdjustArgs),
    /// Index sets of cross-validation: which bars are in-sample, which out-of-sample
    #[command(subcommand)]
    Splits(SplitsCommand),
}

/// `sprag stats metrics`
#[derive(Debug, Args)]
pub struct MetricsArgs {
    /// Bar returns: a CSV with a column `return`
    #[arg(long, value_name = "F.csv")]
    pub returns: PathBuf,
    /// Bars per year
    #[arg(long, value_name = "A", default_value = "252", value_parser = above_zero)]
    pub periods: f64,
}

/// `sprag stats trades`
#[derive(Debug, Args)]
pub struct TradesArgs {
    /// Returns of trades: a CSV with a column `return`
    #[arg(long, value_name = "F.csv")]
    pub returns: PathBuf,
}

/// `sprag stats sharpe`
#[derive(Debug, Args)]
pub struct SharpeArgs {
    /// Bar returns: a CSV with a column `return`
    #[arg(long, value_name = "F.csv", required_unless_present = "moments")]
    pub returns: Option<PathBuf>,
    /// Moments instead: sr=…,n=…,skew=…,kurt=…, with sr per observation; skew 0 and raw kurtosis
    /// 3, those of a normal, unless given
    #[arg(
        long,
        value_name = "sr=…,n=…",
        conflicts_with = "returns",
        value_parser = MomentsArg::parse
    )]
    pub moments: Option<MomentsArg>,
    /// Sharpe ratio per observation to be above
    #[arg(
        long,
        value_name = "B",
        default_value = "0",
        value_parser = finite,
        allow_hyphen_values = true
    )]
    pub benchmark: f64,
    /// Trials from which the best was chosen
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub trials: Option<u64>,
    /// Variance of the trials' Sharpe ratios per observation (default: 1/n)
    #[arg(long, value_name = "V", requires = "trials", value_parser = not_negative)]
    pub trials_variance: Option<f64>,
    /// 1 - confidence of the minimum track record length
    #[arg(long, value_name = "A", default_value = "0.05", value_parser = fraction)]
    pub alpha: f64,
    /// Annual Sharpe ratio that the best of so many trials shouldn't reach by luck
    #[arg(long, value_name = "S", requires = "trials", value_parser = above_zero)]
    pub target_sr_annual: Option<f64>,
    /// Bars per year, for what is annual
    #[arg(long, value_name = "A", default_value = "252", value_parser = above_zero)]
    pub periods: f64,
}

/// Moments of returns, from the command line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MomentsArg {
    /// Sharpe ratio per observation.
    pub sr: f64,
    /// Number of observations.
    pub n: usize,
    /// Skew.
    pub skew: f64,
    /// Raw kurtosis.
    pub kurt: f64,
}

impl MomentsArg {
    fn parse(text: &str) -> Result<Self, String> {
        let (mut sr, mut n, mut skew, mut kurt) = (None, None, None, None);
        for part in text.split(',') {
            let Some((name, value)) = part.split_once('=') else {
                return Err(format!("`{part}` is not NAME=VALUE"));
            };
            let place = match name.trim() {
                "sr" => &mut sr,
                "n" => &mut n,
                "skew" => &mut skew,
                "kurt" => &mut kurt,
                name => return Err(format!("no moment `{name}`; there are sr, n, skew, kurt")),
            };
            if place.replace(finite(value.trim())?).is_some() {
                return Err(format!("`{}` is there twice", name.trim()));
            }
        }
        let (Some(sr), Some(n)) = (sr, n) else {
            return Err("sr and n are needed, for instance sr=0.1,n=250".into());
        };
        if n < 1.0 || n.fract() > 0.0 || n > 1e15 {
            return Err(format!("n={n} is not a number of observations"));
        }
        let n = n as usize;
        Ok(Self { sr, n, skew: skew.unwrap_or(0.0), kurt: kurt.unwrap_or(3.0) })
    }
}

/// How a series is resampled.
#[derive(Debug, Clone, Copy, Args)]
pub struct ResamplingArgs {
    /// Mean length of a block in bars (default: by Politis and White, from the autocorrelation)
    #[arg(long, value_name = "L", value_parser = above_zero)]
    pub block: Option<f64>,
    /// Replications
    #[arg(long, value_name = "R", default_value_t = 2000)]
    pub reps: usize,
    /// Seed of the random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

/// `sprag stats bootstrap`
#[derive(Debug, Args)]
pub struct BootstrapArgs {
    /// Bar returns: a CSV with a column `return`
    #[arg(long, value_name = "F.csv")]
    pub returns: PathBuf,
    /// How they are resampled.
    #[command(flatten)]
    pub resampling: ResamplingArgs,
}

/// `sprag stats pbo`
#[derive(Debug, Args)]
pub struct PboArgs {
    /// Bar returns of all trials: a CSV with one column per trial
    #[arg(long, value_name = "F.csv")]
    pub matrix: PathBuf,
    /// Blocks to cut the bars into, an even number; 16 make 12,870 combinations
    #[arg(long, value_name = "S", default_value_t = 16)]
    pub blocks: usize,
}

/// `sprag stats spa`
#[derive(Debug, Args)]
pub struct SpaArgs {
    /// Bar returns of all trials, minus the benchmark's: a CSV with one column per trial
    #[arg(long, value_name = "F.csv")]
    pub matrix: PathBuf,
    /// Column of the matrix that is the benchmark (default: it has been taken off already)
    #[arg(long, value_name = "NAME")]
    pub benchmark: Option<String>,
    /// How bars are resampled.
    #[command(flatten)]
    pub resampling: ResamplingArgs,
    /// Probability that any of the trials called superior isn't
    #[arg(long, value_name = "A", default_value = "0.05", value_parser = fraction)]
    pub alpha: f64,
}

/// `sprag stats trials`
#[derive(Debug, Args)]
pub struct TrialsArgs {
    /// Bar returns of all trials: a CSV with one column per trial
    #[arg(long, value_name = "F.csv")]
    pub matrix: PathBuf,
    /// Mean correlation from which on two groups of trials are one (default: 0.5)
    #[arg(long, value_name = "R", value_parser = fraction)]
    pub threshold: Option<f64>,
    /// Bars per year
    #[arg(long, value_name = "A", default_value = "252", value_parser = above_zero)]
    pub periods: f64,
}

/// `sprag stats permutation`
#[derive(Debug, Args)]
pub struct PermutationArgs {
    /// A CSV with the columns `position` and `return`
    #[arg(long, value_name = "F.csv")]
    pub returns: PathBuf,
    /// Replications
    #[arg(long, value_name = "R", default_value_t = 2000)]
    pub reps: usize,
    /// Seed of the random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

/// `sprag stats adjust`
#[derive(Debug, Args)]
pub struct AdjustArgs {
    /// The p-values of all tests that were made
    #[arg(value_name = "P", required = true, value_parser = probability)]
    pub p_values: Vec<f64>,
    /// Adjusted values up to this are rejections
    #[arg(long, value_name = "A", default_value = "0.05", value_parser = fraction)]
    pub alpha: f64,
}

/// `sprag stats splits`
#[derive(Debug, Subcommand)]
pub enum SplitsCommand {
    /// Combinatorial purged cross-validation: every choice of test folds
    #[command(
        after_help = "Example:\n  sprag stats splits cpcv --n 2500 --folds 10 --test-folds 2 \
                      --purge 5 --embargo 5"
    )]
    Cpcv {
        /// Bars
        #[arg(long)]
        n: usize,
        /// Folds; the last one has the bars that are left over
        #[arg(long)]
        folds: usize,
        /// Folds that are out-of-sample in each split
        #[arg(long)]
        test_folds: usize,
        /// Bars left out of in-sample on both sides of each out-of-sample fold
        #[arg(long, default_value_t = 0)]
        purge: usize,
        /// Further bars left out after each out-of-sample fold
        #[arg(long, default_value_t = 0)]
        embargo: usize,
    },
    /// Windows that move forward in time
    #[command(
        after_help = "Example:\n  sprag stats splits walk-forward --n 2500 --train 500 --test \
                      125 --purge 5 --anchored"
    )]
    WalkForward {
        /// Bars
        #[arg(long)]
        n: usize,
        /// In-sample bars of a window; of the first only, with --anchored
        #[arg(long)]
        train: usize,
        /// Out-of-sample bars of a window, and the step to the next
        #[arg(long)]
        test: usize,
        /// Bars left out between in-sample and out-of-sample
        #[arg(long, default_value_t = 0)]
        purge: usize,
        /// Let in-sample begin at the first bar and grow
        #[arg(long)]
        anchored: bool,
        /// Keep a last window that is shorter
        #[arg(long)]
        keep_last: bool,
    },
    /// Each fold once out-of-sample, purged by how far labels reach
    #[command(
        after_help = "Example:\n  sprag stats splits k-fold --n 2500 --folds 5 --horizon 10 \
                      --embargo 20"
    )]
    KFold {
        /// Bars
        #[arg(long)]
        n: usize,
        /// Folds; the first ones are a bar longer where they don't divide
        #[arg(long)]
        folds: usize,
        /// Bars until the label of a bar is known
        #[arg(long, default_value_t = 0)]
        horizon: usize,
        /// Bars left out after the out-of-sample fold, at least
        #[arg(long, default_value_t = 0)]
        embargo: usize,
    },
    /// A number of windows at the end, everything before each of them in-sample
    #[command(
        after_help = "Example:\n  sprag stats splits time-series --n 2500 --splits 5 --gap 5"
    )]
    TimeSeries {
        /// Bars
        #[arg(long)]
        n: usize,
        /// Windows
        #[arg(long)]
        splits: usize,
        /// Out-of-sample bars of a window (default: n / (splits + 1))
        #[arg(long)]
        test: Option<usize>,
        /// Bars left out before each window
        #[arg(long, default_value_t = 0)]
        gap: usize,
        /// Most in-sample bars (default: all)
        #[arg(long)]
        max_train: Option<usize>,
    },
}

fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("`{text}` is not a finite number"))
}

fn above_zero(text: &str) -> Result<f64, String> {
    let number = finite(text)?;
    if number > 0.0 { Ok(number) } else { Err("it has to be above 0".into()) }
}

fn not_negative(text: &str) -> Result<f64, String> {
    let number = finite(text)?;
    if number >= 0.0 { Ok(number) } else { Err("it can't be below 0".into()) }
}

fn fraction(text: &str) -> Result<f64, String> {
    let number = finite(text)?;
    if number > 0.0 && number < 1.0 {
        Ok(number)
    } else {
        Err("it has to be between 0 and 1".into())
    }
}

fn probability(text: &str) -> Result<f64, String> {
    let number = finite(text)?;
    if (0.0..=1.0).contains(&number) { Ok(number) } else { Err("it has to be from 0 to 1".into()) }
}
