//! status.json: the summary of all records, for people, scripts and the next run.
//!
//! A pure fold over the history: [`Status::after`] is the step. Whatever the file says that the fold
//! doesn't is a disagreement, so a status can always be rebuilt and never drifts.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Bill, History, Ledger, REVIEWED_FORMAT, Record, Segment, StateError, StatePath, Usd, Verdict,
    Waiting, pull_request,
};

/// The format of a status whose history has no pull requests.
pub const STATUS_FORMAT: u32 = 1;

/// The format of one whose history has some, and the newest that this version reads.
pub const REVIEWED_STATUS_FORMAT: u32 = 2;

/// Looks at one holdout before it is retired: the looks' error rates add up to what certification
/// may spend.
pub const HOLDOUT_LOOKS: u64 = 3;

/// The strategy that a candidate must beat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Incumbent {
    /// Hash of the strategy.
    pub hash: String,
    /// The iteration that made it the incumbent, or scored it anew.
    pub iteration: u64,
    /// Its score in the current epoch; null where undefined.
    pub score: Option<f64>,
}

/// A score and the iteration that had it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// The iteration.
    pub iteration: u64,
    /// The score; null where undefined.
    pub score: Option<f64>,
}

/// How long nothing has been accepted, as the step of the ladder that proposers act on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PlateauStage {
    /// Fewer than 10 iterations: tune what is there.
    Tune,
    /// Fewer than 25: change the structure.
    Structure,
    /// Fewer than 50: restart from another accepted strategy.
    Restart,
    /// Fewer than 100: look for a new hypothesis.
    Hypothesis,
    /// 100 or more: tell a person and slow down.
    Notify,
}

impl PlateauStage {
    /// Its name in status.json.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tune => "tune",
            Self::Structure => "structure",
            Self::Restart => "restart",
            Self::Hypothesis => "hypothesis",
            Self::Notify => "notify",
        }
    }

    /// The stage after so many iterations since the incumbent last moved.
    pub fn after(iterations: u64) -> Self {
        match iterations {
            0..10 => Self::Tune,
            10..25 => Self::Structure,
            25..50 => Self::Restart,
            50..100 => Self::Hypothesis,
            _ => Self::Notify,
        }
    }
}

/// Where on the plateau ladder the run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plateau {
    /// The stage.
    pub stage: PlateauStage,
    /// The iteration at which the incumbent last moved or was scored anew.
    pub since: u64,
}

/// What may be claimed of a strategy.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Nothing: it is what a search found.
    #[default]
    Search,
    /// It passed a look at the holdout.
    Certified,
    /// And its out-of-sample Sharpe ratio is more than the number of trials explains, by a search that doesn't overfit.
    Strong,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Search => "search",
            Self::Certified => "certified",
            Self::Strong => "strong",
        })
    }
}

/// Looks at the current holdout and at those that overlap with it, from the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Holdout {
    /// Looks taken.
    pub looks: u64,
    /// Looks allowed.
    pub budget: u64,
}

/// What all iterations cost together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Spend {
    /// Tokens read by models.
    pub tokens_in: u64,
    /// Tokens written by models.
    pub tokens_out: u64,
    /// US dollars, as far as known.
    pub usd: f64,
    /// Iterations whose cost isn't known.
    pub unknown_cost_calls: u64,
    /// The last day on which something was spent; missing before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<DaySpend>,
}

/// What one day cost: that of the iterations recorded on it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct DaySpend {
    /// The day, `YYYY-MM-DD`, UTC.
    pub date: String,
    /// Tokens read by models.
    pub tokens_in: u64,
    /// Tokens written by models.
    pub tokens_out: u64,
    /// US dollars, as far as known.
    pub usd: f64,
}

/// The content of status.json.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Format of the file.
    pub format: u32,
    /// The last recorded iteration.
    pub iteration: u64,
    /// The epoch of the last record.
    pub epoch: String,
    /// The strategy to beat.
    pub incumbent: Incumbent,
    /// The baseline of the current epoch.
    pub baseline: Mark,
    /// The best incumbent of the current epoch.
    pub best: Mark,
    /// Trials so far, over all epochs.
    pub trials: u64,
    /// Iterations by verdict; every verdict is there, `merged` once there is one.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// The plateau ladder.
    pub plateau: Plateau,
    /// Pull requests that wait for review, by iteration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pull_requests: Vec<Waiting>,
    /// Looks at the holdout.
    pub holdout: Holdout,
    /// What may be claimed of the incumbent.
    #[serde(default)]
    pub label: Label,
    /// Tokens and money.
    pub spend: Spend,
    /// Files of older records.
    pub segments: Vec<Segment>,
    /// When the last record was finished, ISO-8601 UTC.
    pub updated: String,
    /// Keys that this version doesn't know, kept as they are.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Value>,
}

impl Status {
    /// Reads status.json.
    ///
    /// # Errors
    /// A text that is no status, or one of a newer format.
    pub fn parse(text: &str) -> Result<Self, StateError> {
        let file = StatePath::Status.to_string();
        let syntax = |error: serde_json::Error| StateError::Syntax {
            file: file.clone(),
            line: error.line().max(1),
            message: error.to_string(),
        };
        // Nearly every status is of a known format, and then read once.
        let status = serde_json::from_str::<Self>(text);
        if status.as_ref().is_ok_and(|status| status.format <= REVIEWED_STATUS_FORMAT) {
            return status.map_err(syntax);
        }
        let Versioned { format } = serde_json::from_str(text).map_err(syntax)?;
        if format > REVIEWED_STATUS_FORMAT {
            return Err(StateError::Newer {
                file,
                line: 1,
                found: format,
                supported: REVIEWED_STATUS_FORMAT,
            });
        }
        status.map_err(syntax)
    }

    /// The text of status.json: one key per line, shortest floats that read back the same.
    ///
    /// # Errors
    /// None in practice: every field has a JSON form.
    pub fn to_text(&self) -> Result<String, StateError> {
        let mut text = serde_json::to_string_pretty(self).map_err(|error| {
            StateError::NotRepresentable { iteration: self.iteration, message: error.to_string() }
        })?;
        text.push('\n');
        Ok(text)
    }

    /// The status that the records of `history` and the ledger give.
    ///
    /// # Errors
    /// A history without a first baseline.
    pub fn derive(history: &History, ledger: &Ledger) -> Result<Self, StateError> {
        Self::derive_more(None, history, ledger)
    }

    /// The same, from the status that the first so many records gave.
    pub(super) fn derive_more(
        before: Option<(Self, usize)>,
        history: &History,
        ledger: &Ledger,
    ) -> Result<Self, StateError> {
        let (mut status, known) = before.map_or((None, 0), |(status, known)| (Some(status), known));
        for record in &history.records()[known..] {
            match &mut status {
                Some(status) => status.add(record)?,
                None => status = Some(Self::after(None, record)?),
            }
        }
        let mut status = status.ok_or(StateError::Missing { path: StatePath::History })?;
        status.segments = history.segments().to_vec();
        status.take_in(ledger);
        Ok(status)
    }

    /// What the ledger says of the holdout and of the incumbent.
    pub(super) fn take_in(&mut self, ledger: &Ledger) {
        self.holdout = ledger.holdout();
        self.label = ledger.label(&self.incumbent.hash);
    }

    /// The status after one more record; `before` is `None` for the first, a baseline.
    ///
    /// # Errors
    /// A record that isn't a baseline but comes first, or moves the incumbent to no candidate.
    pub fn after(before: Option<&Self>, record: &Record) -> Result<Self, StateError> {
        let mut status = match before {
            Some(before) => before.clone(),
            None => Self::first(record)?,
        };
        status.add(record)?;
        Ok(status)
    }

    /// One more record.
    fn add(&mut self, record: &Record) -> Result<(), StateError> {
        let status = self;
        status.iteration = record.iteration;
        status.epoch.clone_from(&record.epoch);
        status.updated.clone_from(&record.finished);
        status.trials = status.trials.max(record.trial.unwrap_or(0));
        *status.verdicts.entry(record.verdict).or_default() += 1;
        status.spend.add(record);
        if record.moves_incumbent() {
            status.move_incumbent(record)?;
        }
        if record.format >= REVIEWED_FORMAT {
            status.format = REVIEWED_STATUS_FORMAT;
        }
        pull_request::after(&mut status.pull_requests, record);
        let still = record.iteration.saturating_sub(status.plateau.since);
        status.plateau.stage = PlateauStage::after(still);
        Ok(())
    }

    fn first(record: &Record) -> Result<Self, StateError> {
        if record.verdict != Verdict::Baseline {
            return Err(StateError::Record {
                iteration: record.iteration,
                message: "the first record must be a baseline".into(),
            });
        }
        let mark = Mark { iteration: record.iteration, score: record.score };
        Ok(Self {
            format: STATUS_FORMAT,
            iteration: record.iteration,
            epoch: record.epoch.clone(),
            incumbent: Incumbent { hash: String::new(), iteration: 0, score: None },
            baseline: mark.clone(),
            best: mark,
            trials: 0,
            // The count of merged ones is only there where some are: older versions don't know the word.
            verdicts: Verdict::ALL
                .into_iter()
                .filter(|verdict| *verdict != Verdict::Merged)
                .map(|verdict| (verdict, 0))
                .collect(),
            plateau: Plateau { stage: PlateauStage::Tune, since: record.iteration },
            pull_requests: Vec::new(),
            holdout: Holdout { looks: 0, budget: HOLDOUT_LOOKS },
            label: Label::Search,
            spend: Spend::default(),
            segments: Vec::new(),
            updated: record.finished.clone(),
            unknown: BTreeMap::new(),
        })
    }

    fn move_incumbent(&mut self, record: &Record) -> Result<(), StateError> {
        let iteration = record.iteration;
        let hash = record.candidate.clone().ok_or_else(|| StateError::Record {
            iteration,
            message: "it moves the incumbent but names no candidate".into(),
        })?;
        self.incumbent = Incumbent { hash, iteration, score: record.score };
        let mark = Mark { iteration, score: record.score };
        if record.verdict == Verdict::Baseline {
            // Scores of different epochs are never compared: the record starts afresh.
            self.baseline = mark.clone();
            self.best = mark;
        } else if record.score > self.best.score {
            // `None < Some(_)`: any defined score beats an undefined one.
            self.best = mark;
        }
        self.plateau.since = iteration;
        Ok(())
    }

    /// Compares what the file says with what the records give, key by key.
    pub(super) fn must_agree(&self, mut derived: Self) -> Result<(), StateError> {
        // What the records say nothing about can't disagree with them.
        derived.unknown.clone_from(&self.unknown);
        if *self == derived {
            return Ok(());
        }
        derived.unknown.clear();
        let (says, gives) = (self.as_map()?, derived.as_map()?);
        for (key, gives) in &gives {
            let says = says.get(key).unwrap_or(&Value::Null);
            if says != gives {
                return Err(StateError::Disagree {
                    key: key.clone(),
                    status: says.to_string(),
                    history: gives.to_string(),
                });
            }
        }
        Ok(())
    }

    fn as_map(&self) -> Result<serde_json::Map<String, Value>, StateError> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => Ok(map),
            other => Err(StateError::NotRepresentable {
                iteration: self.iteration,
                message: format!("status.json would be {other:?}"),
            }),
        }
    }
}

impl DaySpend {
    fn add(&mut self, bill: &Bill) {
        self.tokens_in = self.tokens_in.saturating_add(bill.tokens_in);
        self.tokens_out = self.tokens_out.saturating_add(bill.tokens_out);
        self.usd += bill.known_usd();
    }
}

impl Spend {
    fn add(&mut self, record: &Record) {
        // What a file says may be anything; what it adds up to is no reason to stop.
        let bill = record.proposer.bill();
        if bill.is_nothing() {
            return;
        }
        self.tokens_in = self.tokens_in.saturating_add(bill.tokens_in);
        self.tokens_out = self.tokens_out.saturating_add(bill.tokens_out);
        self.usd += bill.known_usd();
        self.unknown_cost_calls += u64::from(matches!(bill.usd, Some(Usd::Unknown(_))));
        let date = record.finished.split('T').next().unwrap_or_default();
        let day = self.day.take().filter(|day| day.date == date);
        let mut day = day.unwrap_or(DaySpend { date: date.to_owned(), ..DaySpend::default() });
        day.add(&bill);
        self.day = Some(day);
    }
}

#[derive(Deserialize)]
struct Versioned {
    format: u32,
}
