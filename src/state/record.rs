//! One line of history.json: everything that one iteration was and did.
//!
//! The keys and their order are the command contract's. A record is written once and never rewritten,
//! so keys that this version doesn't know stay in the file as they are.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Bill, Edit, Figures, Label, PullRequest, PullState, StateError, Usd, lines};

/// The format of a record that says nothing of pull requests.
pub const RECORD_FORMAT: u32 = 1;

/// The format of a record that does, and the newest that this version reads. A version that only knows
/// the one before can't tell what such a record makes of the incumbent.
pub const REVIEWED_FORMAT: u32 = 2;

/// The proposer's kind where people did something that is recorded.
pub const BY_A_PERSON: &str = "person";

/// How an iteration ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The incumbent, scored at the start of an epoch.
    Baseline,
    /// Beat the incumbent and passed every gate: it is the incumbent now.
    Accepted,
    /// Evaluated and found no better.
    Rejected,
    /// The same as a candidate that was tried before.
    Duplicate,
    /// No valid strategy.
    Invalid,
    /// The proposer or the evaluation failed.
    Failed,
    /// Half-done work of an earlier run that could not be finished.
    Abandoned,
    /// A person declined it.
    Declined,
    /// A person's own edit of the strategy: it is the incumbent now.
    External,
    /// A person merged its pull request.
    Merged,
}

impl Verdict {
    /// All verdicts, in the order of status.json's `verdicts`.
    pub const ALL: [Self; 10] = [
        Self::Baseline,
        Self::Accepted,
        Self::Rejected,
        Self::Duplicate,
        Self::Invalid,
        Self::Failed,
        Self::Abandoned,
        Self::Declined,
        Self::External,
        Self::Merged,
    ];
}

/// Who proposed the candidate, and what that cost. The default is nobody: a baseline.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Proposer {
    /// `search`, `llm`, `agent`, `person`, …
    pub kind: String,
    /// The model's name.
    pub model: Option<String>,
    /// Hash of the prompt.
    pub prompt: Option<String>,
    /// Tokens read by the model, failed calls included.
    pub tokens_in: u64,
    /// Tokens written by the model, failed calls included.
    pub tokens_out: u64,
    /// What it cost; null where nothing is paid for.
    pub usd: Option<Usd>,
}

impl Proposer {
    /// What it cost.
    pub fn bill(&self) -> Bill {
        Bill { tokens_in: self.tokens_in, tokens_out: self.tokens_out, usd: self.usd }
    }

    /// Adds to what it cost.
    pub fn book(&mut self, bill: &Bill) {
        let mut sum = self.bill();
        sum.add(bill);
        (self.tokens_in, self.tokens_out, self.usd) = (sum.tokens_in, sum.tokens_out, sum.usd);
    }
}

/// One fold in short. Undefined metrics are null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoldSummary {
    /// The fold's number, over all spans.
    pub id: u32,
    /// `in_sample` or `out_of_sample`.
    pub span: String,
    /// Time of the first bar.
    pub from: String,
    /// Time of the last bar.
    pub to: String,
    /// Bars on the account's timeline.
    pub bars: u64,
    /// Total return as a fraction.
    pub total_return: Option<f64>,
    /// Annualised Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Maximum drawdown as a positive fraction.
    pub max_drawdown: Option<f64>,
    /// Closed trades.
    pub trades: u64,
    /// Mean return per trade as a fraction.
    pub return_per_trade: Option<f64>,
}

/// What one gate said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateOutcome {
    /// The gate's name.
    pub id: String,
    /// Whether the candidate passed.
    pub pass: bool,
    /// The measured value, where there is one.
    pub value: Option<f64>,
    /// What it was held against.
    pub limit: Option<f64>,
}

/// What a strategy did over a span, in short. Undefined metrics are null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpanSummary {
    /// Total return as a fraction.
    pub total_return: Option<f64>,
    /// Compound annual growth as a fraction.
    pub cagr: Option<f64>,
    /// Annualised volatility as a fraction.
    pub volatility: Option<f64>,
    /// Annualised Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Maximum drawdown as a positive fraction.
    pub max_drawdown: Option<f64>,
}

/// Buy-and-hold of the universe in the same folds, with the same costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BenchmarkSummary {
    /// In-sample, folds joined.
    pub in_sample: SpanSummary,
    /// Out-of-sample, folds joined.
    pub out_of_sample: SpanSummary,
}

/// What the number of trials makes of an evaluation. Null where there is too little to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LuckSummary {
    /// Trials on these bars, with this one.
    pub trials: u64,
    /// Annual Sharpe ratio that the best of so many would be expected to show by luck alone.
    pub sharpe: Option<f64>,
    /// Deflated Sharpe ratio: the probability that the true one is above 0, given the trials.
    pub dsr: Option<f64>,
    /// Probability that choosing the best of the trials so far overfits.
    pub pbo: Option<f64>,
    /// What may be claimed of the candidate: more than `search` only for one that was certified before.
    pub label: Label,
    /// Looks at the holdout that were used by then.
    pub looks: u64,
}

/// Parts whose choices a record keeps: more would be longer than all the rest of it.
pub const FITTED_PARTS: usize = 64;

/// What fitting parameters in-sample tried and chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitSummary {
    /// Combinations tried; each is a trial.
    pub tried: u64,
    /// Values by parameter for each in-sample part, in time order; at most the first 64.
    pub chosen: Vec<BTreeMap<String, f64>>,
}

/// The workflow run that did the iteration; both null at a desk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RunRef {
    /// The run's id.
    pub id: Option<String>,
    /// The run's page.
    pub url: Option<String>,
}

/// One iteration: a line of history.json.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// Format of this record.
    pub format: u32,
    /// Number of the iteration, from 0, without gaps.
    pub iteration: u64,
    /// Id of the evaluation that the score belongs to.
    pub epoch: String,
    /// Hash of the incumbent that the candidate was built on.
    pub parent: Option<String>,
    /// Hash of the candidate; null where there was no valid one.
    pub candidate: Option<String>,
    /// Who proposed it.
    pub proposer: Proposer,
    /// What the proposer expected, falsifiable.
    pub hypothesis: Option<String>,
    /// What should be seen if the hypothesis is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The person's idea that it takes up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idea: Option<String>,
    /// Hints of people that nobody could read in this iteration: they wait for one who can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<String>,
    /// The change from the parent.
    pub edits: Vec<Edit>,
    /// How it ended.
    pub verdict: Verdict,
    /// Why it ended that way.
    pub reason: String,
    /// Running number of the trial; null where nothing was evaluated out-of-sample.
    pub trial: Option<u64>,
    /// The score; null where it is undefined or was not computed.
    pub score: Option<f64>,
    /// The score's parts by their names.
    #[schemars(with = "Option<Value>")]
    pub parts: Option<Figures>,
    /// In-sample metrics.
    #[schemars(with = "Option<Value>")]
    pub in_sample: Option<Figures>,
    /// Out-of-sample metrics.
    #[schemars(with = "Option<Value>")]
    pub out_of_sample: Option<Figures>,
    /// Every fold in short.
    pub folds: Vec<FoldSummary>,
    /// What the number of trials makes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub luck: Option<LuckSummary>,
    /// What the market did by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<BenchmarkSummary>,
    /// What was chosen, where parameters are fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<FitSummary>,
    /// Every gate that was asked.
    pub gates: Vec<GateOutcome>,
    /// State of the pull request, where there is one.
    pub pull_request: Option<PullRequest>,
    /// The strategy's text, where the edits don't give it: a baseline, or a person's own. With it the
    /// history alone is enough to replay every iteration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// Milliseconds per phase.
    pub timing_ms: BTreeMap<String, f64>,
    /// Version of the engine.
    pub engine: u32,
    /// Hash of the data.
    pub data: String,
    /// The workflow run.
    pub run: RunRef,
    /// When the iteration started, ISO-8601 UTC.
    pub started: String,
    /// When it was recorded, ISO-8601 UTC.
    pub finished: String,
}

impl Record {
    /// A record that says nothing yet but how an iteration of an epoch ended, and why.
    pub fn new(iteration: u64, epoch: &str, verdict: Verdict, reason: String) -> Self {
        Self {
            format: RECORD_FORMAT,
            iteration,
            epoch: epoch.to_owned(),
            parent: None,
            candidate: None,
            proposer: Proposer::default(),
            hypothesis: None,
            expected: None,
            idea: None,
            waiting: Vec::new(),
            edits: Vec::new(),
            verdict,
            reason,
            trial: None,
            score: None,
            parts: None,
            in_sample: None,
            out_of_sample: None,
            folds: Vec::new(),
            luck: None,
            benchmark: None,
            fit: None,
            gates: Vec::new(),
            pull_request: None,
            strategy: None,
            timing_ms: BTreeMap::new(),
            engine: crate::ENGINE,
            data: String::new(),
            run: RunRef::default(),
            started: String::new(),
            finished: String::new(),
        }
    }

    /// The record with what it says of a pull request.
    pub fn with_pull_request(self, pull_request: PullRequest) -> Self {
        Self { format: REVIEWED_FORMAT, pull_request: Some(pull_request), ..self }
    }

    /// Whether the candidate is the incumbent from here on. One that waits for review is not: a person decides.
    pub fn moves_incumbent(&self) -> bool {
        match (&self.pull_request, self.verdict) {
            (None, Verdict::Accepted) => true,
            (Some(pull), Verdict::Merged) => pull.incumbent,
            (_, verdict) => matches!(verdict, Verdict::Baseline | Verdict::External),
        }
    }

    /// Whether it is of an iteration that proposed something, rather than of what happened to an earlier one.
    pub fn is_proposal(&self) -> bool {
        let of_another = |pull: &PullRequest| pull.iteration != self.iteration;
        !matches!(self.verdict, Verdict::Baseline | Verdict::External)
            && self.proposer.kind != BY_A_PERSON
            && !self.pull_request.as_ref().is_some_and(of_another)
    }

    /// Whether what it says of a pull request goes together.
    pub(super) fn check_pull_request(&self) -> Result<(), String> {
        let Some(pull) = &self.pull_request else {
            return match self.verdict {
                Verdict::Merged | Verdict::Declined => {
                    Err("it was merged or declined without a pull request".into())
                }
                _ => Ok(()),
            };
        };
        let fits = match self.verdict {
            Verdict::Merged => pull.state == PullState::Merged,
            Verdict::Declined => pull.state == PullState::Declined,
            _ => !matches!(pull.state, PullState::Merged | PullState::Declined),
        };
        if self.format < REVIEWED_FORMAT {
            Err(format!(
                "it says something of a pull request, which format {} has not",
                self.format
            ))
        } else if pull.iteration > self.iteration {
            Err(format!("its pull request is of iteration {}, which comes later", pull.iteration))
        } else if !fits {
            Err("its verdict and the state of its pull request don't go together".into())
        } else {
            Ok(())
        }
    }

    /// What still waits after this iteration: hints that it took up leave the queue, those that nobody read join it.
    pub fn queue(&self, waiting: &mut Vec<String>) {
        waiting.retain(|hint| self.idea.as_ref() != Some(hint));
        for hint in &self.waiting {
            if !waiting.contains(hint) {
                waiting.push(hint.clone());
            }
        }
    }

    /// The record as one line of JSON, without a line break.
    ///
    /// # Errors
    /// A value that would read back as another one: JSON has no NaN and no infinity, and `null` in
    /// their place would be a lie.
    pub fn to_line(&self) -> Result<String, StateError> {
        let refuse =
            |message: String| StateError::NotRepresentable { iteration: self.iteration, message };
        let line = serde_json::to_string(self).map_err(|error| refuse(error.to_string()))?;
        let back: Self = serde_json::from_str(&line)
            .map_err(|error| refuse(format!("it doesn't read back ({error})")))?;
        if back != *self {
            return Err(refuse("a number is not finite; it has to be null with a reason".into()));
        }
        Ok(line)
    }

    /// Reads one line of `file` (its line `number`, from 1), migrating older formats in memory.
    ///
    /// # Errors
    /// A line that is no record, or one of a newer format.
    pub fn parse(line: &str, file: &str, number: usize) -> Result<Self, StateError> {
        let refuse =
            |message: String| StateError::Syntax { file: file.to_owned(), line: number, message };
        let broken = |error: serde_json::Error| {
            // What is wrong within figures is told by its place in them: the whole line gives that of both.
            let whole = || serde_json::from_str::<Value>(line).err();
            let said = |error: &serde_json::Error| {
                error.to_string().split(" at line ").next().map(str::to_owned)
            };
            let placed = error.is_data().then(whole).flatten();
            let placed = placed.filter(|whole| said(whole) == said(&error));
            refuse(lines::misread(&placed.unwrap_or(error)))
        };
        // Nearly every line is of a known format, and then read once.
        if let Ok(record) = serde_json::from_str::<Self>(line)
            && (RECORD_FORMAT..=REVIEWED_FORMAT).contains(&record.format)
        {
            return Ok(record);
        }
        let Versioned { format } = serde_json::from_str(line).map_err(broken)?;
        match format {
            // The first format is the second without pull requests.
            RECORD_FORMAT | REVIEWED_FORMAT => serde_json::from_str(line).map_err(broken),
            newer if newer > REVIEWED_FORMAT => Err(StateError::Newer {
                file: file.to_owned(),
                line: number,
                found: newer,
                supported: REVIEWED_FORMAT,
            }),
            // An older format gets an arm of its own here: a function from its struct to this one.
            unknown => Err(refuse(format!("format {unknown} never existed"))),
        }
    }
}

#[derive(Deserialize)]
struct Versioned {
    format: u32,
}
