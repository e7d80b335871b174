//! One line of the ledger.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Row;
use crate::state::StateError;

/// The format that this version writes.
pub const LEDGER_FORMAT: u32 = 1;

/// Bars of these symbols between two times, both included: what a number was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bars {
    /// Time of the first bar, ISO-8601 UTC.
    pub from: String,
    /// Time of the last bar.
    pub to: String,
}

impl Bars {
    /// Whether the two have a moment in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// The data and spans of an epoch: which trials were made on the same bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EpochSpan {
    /// The iteration of its baseline.
    pub iteration: u64,
    /// The epoch.
    pub epoch: String,
    /// Symbols that are traded.
    pub symbols: Vec<String>,
    /// Everything before the holdout: bars that rules were chosen by.
    pub development: Bars,
    /// From the first out-of-sample bar to the last.
    pub out_of_sample: Bars,
    /// The holdout, if there is one.
    pub holdout: Option<Bars>,
    /// Bars per year, for annualisation.
    pub bars_per_year: f64,
}

impl EpochSpan {
    /// Whether the two trade a symbol in common.
    pub fn shares_symbols(&self, other: &Self) -> bool {
        self.symbols.iter().any(|symbol| other.symbols.contains(symbol))
    }
}

/// Why a strategy was evaluated out-of-sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It was the baseline, proposed, or a person's own.
    Candidate,
    /// It is near a candidate, and the plateau gate asked for it.
    Neighbour,
}

/// An evaluation that produced an out-of-sample number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// The iteration that made it.
    pub iteration: u64,
    /// Trials up to and with this one.
    pub trial: u64,
    /// How many trials it stands for: 1, and one more for each combination that fitting tried.
    pub count: u64,
    /// Hash of the strategy.
    pub candidate: String,
    /// Why it was evaluated.
    pub role: Role,
    /// Out-of-sample returns, folds joined.
    pub bars: u64,
    /// Sharpe ratio per bar (not annualised, ddof 1); null where undefined.
    pub sharpe: Option<f64>,
    /// Biased skew of the returns.
    pub skew: Option<f64>,
    /// Biased raw kurtosis of the returns: 3 for a normal.
    pub kurtosis: Option<f64>,
    /// The returns, compacted; null where there are none to compare with others'.
    pub returns: Option<Row>,
}

/// A look at the holdout, written before it is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Look {
    /// Number of the look at this holdout, from 1.
    pub look: u64,
    /// The iteration that made the candidate the incumbent.
    pub iteration: u64,
    /// Hash of the candidate.
    pub candidate: String,
    /// The epoch.
    pub epoch: String,
    /// Level of the test: the chance of passing without an edge.
    pub level: f64,
    /// Trials that the candidate was chosen from.
    pub trials: u64,
    /// Deflated Sharpe ratio that earned the look, out-of-sample.
    pub dsr: f64,
    /// Probability of backtest overfitting of the search up to here; null where undefined.
    pub pbo: Option<f64>,
    /// When it was earned, ISO-8601 UTC.
    pub at: String,
}

/// What a look said. The number behind it is not written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// Hash of the candidate that was looked at.
    pub candidate: String,
    /// The epoch of the look.
    pub epoch: String,
    /// Number of the look.
    pub look: u64,
    /// Whether it passed; null where the look can't be taken any more because the data or the rules of the evaluation
    /// changed after it was written. It is spent all the same.
    pub pass: Option<bool>,
    /// When it was taken, ISO-8601 UTC.
    pub at: String,
}

/// Trials of before there was a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Carried {
    /// The last iteration among them.
    pub iteration: u64,
    /// How many there were. They count wherever trials are counted.
    pub trials: u64,
}

/// What a line of the ledger says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// Trials of before there was a ledger.
    Carried(Carried),
    /// An epoch begins.
    Epoch(EpochSpan),
    /// A strategy was evaluated out-of-sample.
    Trial(Trial),
    /// A look at the holdout is about to be taken.
    Look(Look),
    /// It was taken.
    Outcome(Outcome),
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerLine {
    /// Format of this line.
    pub format: u32,
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
}

impl Entry {
    /// The entry as one line of JSON, without a line break.
    ///
    /// # Errors
    /// A number that isn't finite: JSON has none such.
    pub fn to_line(&self) -> Result<String, StateError> {
        let refuse = |message: String| StateError::Ledger { message };
        let line = LedgerLine { format: LEDGER_FORMAT, entry: self.clone() };
        let text = serde_json::to_string(&line).map_err(|error| refuse(error.to_string()))?;
        match serde_json::from_str::<LedgerLine>(&text) {
            Ok(back) if back == line => Ok(text),
            Ok(_) => Err(refuse("a number of an entry is not finite".into())),
            Err(error) => Err(refuse(format!("an entry doesn't read back ({error})"))),
        }
    }

    /// Reads one line of `file` (its line `number`, from 1).
    ///
    /// # Errors
    /// A line that is no entry, or one of a newer format.
    pub fn parse(line: &str, file: &str, number: usize) -> Result<Self, StateError> {
        let broken = |error: serde_json::Error| StateError::Syntax {
            file: file.to_owned(),
            line: number,
            message: format!("column {}: {error}", error.column()).replace(" at line 1", ""),
        };
        // Nearly every line is of a known format, and then read once.
        if let Ok(line) = serde_json::from_str::<LedgerLine>(line)
            && line.format <= LEDGER_FORMAT
        {
            return Ok(line.entry);
        }
        let Versioned { format } = serde_json::from_str(line).map_err(broken)?;
        if format > LEDGER_FORMAT {
            return Err(StateError::Newer {
                file: file.to_owned(),
                line: number,
                found: format,
                supported: LEDGER_FORMAT,
            });
        }
        serde_json::from_str::<LedgerLine>(line).map(|line| line.entry).map_err(broken)
    }
}

#[derive(Deserialize)]
struct Versioned {
    format: u32,
}
