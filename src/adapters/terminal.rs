//! Standard error: notices, and the progress of a run. A bar on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use crate::adapters::fetch::Event as Transfer;
use crate::market::time::format_short;
use crate::ports::{Event, Progress};
use crate::publish;
use crate::publish::review;
use crate::reconcile::{Action, BaselineCause};
use crate::state::{PlateauStage, Record, Verdict};

/// One line on standard error.
pub fn notice(line: &str) {
    // A closed standard error is no reason to fail.
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Whether standard output is a terminal, so that pictures and colour make sense.
pub fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Shows how downloads go on standard error: in place on a terminal, else only what went wrong.
pub struct Transfers {
    bar: Option<ProgressBar>,
    quiet: bool,
}

impl Transfers {
    /// Nothing at all where `quiet`.
    pub fn new(quiet: bool) -> Self {
        let shows_bar = !quiet && std::io::stderr().is_terminal();
        let bar = shows_bar.then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, quiet }
    }

    /// Shows where a fetch is.
    pub fn show(&self, event: &Transfer<'_>) {
        let message = match event {
            Transfer::Bytes { symbol, done, total } => {
                let megabytes = |bytes: u64| bytes as f64 / 1e6;
                match total {
                    Some(total) => {
                        format!("{symbol}: {:.1} of {:.1} MB", megabytes(*done), megabytes(*total))
                    }
                    None => format!("{symbol}: {:.1} MB", megabytes(*done)),
                }
            }
            Transfer::Bars { symbol, done, last } => {
                format!("{symbol}: {done} bars, up to {}", format_short(*last))
            }
            Transfer::Waiting { symbol, why, wait } => {
                let line = format!("{symbol}: {why}; waiting {:.1} s", wait.as_secs_f64());
                match &self.bar {
                    _ if self.quiet => {}
                    Some(bar) => bar.suspend(|| notice(&line)),
                    None => notice(&line),
                }
                return;
            }
        };
        if let Some(bar) = &self.bar {
            bar.set_message(message);
        }
    }

    /// The file is there, or not: what was shown of it goes.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message("");
        }
    }
}

/// Shows a run's progress on standard error.
pub struct TerminalProgress {
    bar: Option<ProgressBar>,
    quiet: bool,
    verbose: bool,
}

impl TerminalProgress {
    /// Progress of `iterations`; nothing at all where `quiet`.
    pub fn new(iterations: u64, quiet: bool, verbose: bool) -> Self {
        let shows_bar = !quiet && std::io::stderr().is_terminal();
        let bar = shows_bar.then(|| {
            let bar = ProgressBar::new(iterations);
            if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, quiet, verbose }
    }

    fn line(&self, line: &str) {
        match &self.bar {
            _ if self.quiet => {}
            Some(bar) => bar.suspend(|| notice(line)),
            None => notice(line),
        }
    }

    fn recorded(&mut self, record: &Record, before: Option<f64>, dry_run: bool) {
        let style = match record.verdict {
            Verdict::Accepted | Verdict::Merged => {
                Style::new().fg_color(Some(AnsiColor::Green.into())).bold()
            }
            Verdict::Baseline | Verdict::External => {
                Style::new().fg_color(Some(AnsiColor::Cyan.into()))
            }
            _ => Style::new().dimmed(),
        };
        let dry = if dry_run { "(dry run) " } else { "" };
        let subject = publish::subject(record, before);
        self.line(&format!("{style}{dry}{subject}{style:#}"));
        let counts = record.is_proposal();
        if let (true, Some(bar)) = (counts, &self.bar) {
            bar.inc(1);
        }
    }
}

impl Progress for TerminalProgress {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Reconciling(action) => self.line(&describe(action)),
            Event::Reviewing(due) => self.line(&review::taking_in(due)),
            Event::Publishing(effect) => self.line(&review::doing(effect)),
            Event::Started { .. } => {}
            Event::Phase(phase) => {
                if let Some(bar) = &self.bar {
                    bar.set_message(*phase);
                } else if self.verbose {
                    self.line(&format!("  {phase}"));
                }
            }
            Event::Recorded { record, before, dry_run } => {
                self.recorded(record, *before, *dry_run);
            }
            Event::Plateau { iterations } => self.line(&format!(
                "nothing has helped for {iterations} iterations: proposals become bolder (stage {})",
                PlateauStage::after(*iterations).name()
            )),
            Event::Note(text) => self.line(&format!("  {text}")),
            Event::Looking(look) => self.line(&format!(
                "look {} at the holdout is earned by iteration {}: DSR {:.2} among {} trials",
                look.look, look.iteration, look.dsr, look.trials
            )),
            Event::Looked(outcome) => self.line(&publish::honesty::outcome(outcome)),
            Event::Stopped(stop) => self.line(&format!("stopping: {stop}")),
        }
    }
}

impl Drop for TerminalProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn describe(action: &Action) -> String {
    match action {
        Action::Commit(_) => {
            "an earlier run was stopped before its commit: committing what it recorded".into()
        }
        Action::FinishCheckout(files) => format!(
            "an earlier run was stopped after its commit: bringing {} file(s) along",
            files.len()
        ),
        Action::DropJournal => "an earlier run was stopped when all was done: tidying up".into(),
        Action::Resume(journal, _) => format!(
            "an earlier run was stopped during iteration {}: finishing it",
            journal.iteration
        ),
        Action::Abandon { journal, reason } => {
            format!("iteration {} of an earlier run is abandoned: {reason}", journal.iteration)
        }
        Action::Baseline(BaselineCause::Fresh { .. }) => {
            "scoring the strategy to start from".into()
        }
        Action::Baseline(BaselineCause::NewEpoch { .. }) => {
            "the evaluation changed: a new epoch starts with a baseline".into()
        }
        Action::FinishLook(look) => {
            format!("taking look {}, which is written in the ledger", look.look().look)
        }
        Action::TakeInExternal { .. } => "a person edited the strategy: taking it in".into(),
    }
}
