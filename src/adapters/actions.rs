//! GitHub Actions as the place where a run happens: annotations, groups of the log, the job's summary and outputs.
//!
//! Commands to the runner are lines of standard error; what others wrote can't become one. Nothing here asks the network.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{Result, Write};
use std::path::PathBuf;

use super::terminal::{TerminalProgress, notice};
use crate::ports::{Event, Progress, Stop};
use crate::state::Record;
use crate::text;
use crate::text::workflow;

/// Characters of an annotation; more is not shown on a run's page.
const MOST_OF_AN_ANNOTATION: usize = 2_000;

/// The job that this process runs in.
#[derive(Debug, Clone)]
pub struct Job {
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
}

/// How an annotation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For information.
    Notice,
    /// Something to look at.
    Warning,
    /// Something that failed.
    Error,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Job {
    /// The job, if this is one.
    pub fn here() -> Option<Self> {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        variable("GITHUB_ACTIONS").filter(|value| value == "true")?;
        let file = |name: &str| variable(name).map(PathBuf::from);
        Some(Self { summary: file("GITHUB_STEP_SUMMARY"), output: file("GITHUB_OUTPUT") })
    }

    /// Adds Markdown to the job's summary.
    ///
    /// # Errors
    /// Failures of the disk.
    pub fn summarise(&self, markdown: &str) -> Result<()> {
        // What another step adds begins on a line of its own.
        self.summary.as_ref().map_or(Ok(()), |path| append(path, &format!("{markdown}\n")))
    }

    /// Sets outputs of the step.
    ///
    /// # Errors
    /// Failures of the disk.
    pub fn output(&self, values: &[(&str, String)]) -> Result<()> {
        let text: String =
            values.iter().map(|(name, value)| workflow::output(name, value)).collect();
        self.output.as_ref().map_or(Ok(()), |path| append(path, &text))
    }
}

fn append(path: &PathBuf, text: &str) -> Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// Shows a message on the run's page.
pub fn annotate(level: Level, title: &str, message: &str) {
    let message = text::block(message, MOST_OF_AN_ANNOTATION);
    let (title, message) = (workflow::property(title), workflow::data(&message));
    notice(&format!("::{} title={title}::{message}", level.name()));
}

/// A run's progress in a job: a group per iteration, its outcome below it, and what matters as annotations.
pub struct JobProgress {
    lines: TerminalProgress,
    quiet: bool,
    grouped: bool,
    said: BTreeSet<(Level, String)>,
    /// What was recorded, with the incumbent's score before it.
    pub recorded: Vec<(Record, Option<f64>)>,
}

impl JobProgress {
    /// Progress that is shown by `lines`; nothing more where `quiet`.
    pub fn new(lines: TerminalProgress, quiet: bool) -> Self {
        Self { lines, quiet, grouped: false, said: BTreeSet::new(), recorded: Vec::new() }
    }

    /// Once for each message: a page shows only ten of a kind.
    fn annotate(&mut self, level: Level, title: &str, message: &str) {
        if !self.quiet && self.said.insert((level, message.to_owned())) {
            annotate(level, title, message);
        }
    }

    fn end_group(&mut self) {
        if std::mem::take(&mut self.grouped) {
            notice("::endgroup::");
        }
    }
}

impl Progress for JobProgress {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { number, of } if !self.quiet => {
                notice(&format!("::group::iteration {number} of {of} in this run"));
                self.grouped = true;
            }
            Event::Recorded { record, before, .. } => {
                self.end_group();
                self.recorded.push(((*record).clone(), *before));
            }
            Event::Note(text) => self.annotate(Level::Notice, "sprag", text),
            Event::Plateau { iterations } => self.annotate(
                Level::Notice,
                "sprag: a plateau",
                &format!("nothing has helped for {iterations} iterations: proposals become bolder"),
            ),
            Event::Stopped(stop) => {
                self.end_group();
                let level = match stop {
                    Stop::Budget { .. } | Stop::Spent(_) => Level::Warning,
                    _ => Level::Notice,
                };
                self.annotate(level, "sprag stops", &stop.to_string());
            }
            _ => {}
        }
        self.lines.event(event);
    }
}

impl Drop for JobProgress {
    fn drop(&mut self) {
        self.end_group();
    }
}
