//! Brings the forge to what is recorded: branches, pull requests, comments.
//!
//! Recording comes first: a candidate's record is committed before its branch is made, the end of a pull request before it
//! is closed. What a run doesn't come to, the next one finds as the difference between history and forge.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Arena, LoopError, Orders, Outcome, Session, picture};
use crate::check;
use crate::ports::{BranchOutcome, BranchPlan, Event, Forge, Lock, Ports, PullPlan};
use crate::publish::pull_request as words;
use crate::publish::report::{self, Curves, Material, Shown};
use crate::review::{self, Effect, Marker, Receipt, Seen};
use crate::state::Record;
use crate::verify::{self, Script};

impl Session {
    /// Brings the forge to what is recorded. A branch that was elsewhere than it was seen, as one without a pull request
    /// isn't seen at all, is looked at again, taken in and brought along: once, as the next run does the same.
    pub(super) fn publish(
        self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        lock: &Lock,
        outcome: &mut Outcome,
    ) -> Result<Self, LoopError> {
        if self.show(ports, arena, orders)? {
            return Ok(self);
        }
        let session = self.settle(ports, arena, orders, lock, outcome)?;
        session.show(ports, arena, orders)?;
        Ok(session)
    }

    /// Brings the forge to what is recorded, and says whether each branch was where it was seen.
    fn show(
        &self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
    ) -> Result<bool, LoopError> {
        let (Some(forge), Some(seen), false) = (ports.forge, &self.seen, orders.dry_run) else {
            return Ok(true);
        };
        let Some(view) = self.view(seen, None) else { return Ok(true) };
        let effects = review::effects(&view, ports.proposer.reads())?;
        if effects.is_empty() {
            return Ok(true);
        }
        let mut desk = Publishing::new(self, arena, forge, seen);
        for effect in effects {
            ports.progress.event(&Event::Publishing(&effect));
            desk.perform(&effect)?;
        }
        Ok(!desk.has_moved)
    }
}

/// What is published, and what it is made of.
struct Publishing<'a> {
    session: &'a Session,
    arena: &'a Arena<'a>,
    forge: &'a dyn Forge,
    seen: &'a Seen,
    /// What records evaluated, as far as they were shown.
    scripts: BTreeMap<u64, Script>,
    /// Backtests for a picture, by record.
    curves: BTreeMap<u64, Option<Curves>>,
    /// Commits of the loop that show a record, with its picture.
    commits: BTreeMap<u64, String>,
    /// Whether a branch was elsewhere than it was seen.
    has_moved: bool,
}

impl<'a> Publishing<'a> {
    fn new(
        session: &'a Session,
        arena: &'a Arena<'a>,
        forge: &'a dyn Forge,
        seen: &'a Seen,
    ) -> Self {
        let tips = seen.pulls.iter().filter_map(|pull| pull.tip.as_ref());
        Self {
            session,
            arena,
            forge,
            seen,
            scripts: BTreeMap::new(),
            curves: BTreeMap::new(),
            commits: tips.filter_map(|tip| Some((tip.record?, tip.commit.clone()))).collect(),
            has_moved: false,
        }
    }

    fn perform(&mut self, effect: &Effect) -> Result<(), LoopError> {
        match effect {
            Effect::Push { iteration, record, from } => {
                self.push(*iteration, *record, from.as_ref())?;
            }
            Effect::Open { iteration, record } => {
                let plan = self.plan(*iteration, *record)?;
                // Its receipt comes with the labels: one that has none yet is described by the next run.
                let bare = PullPlan { body: words::without_receipt(&plan.body), ..plan.clone() };
                let number = self.forge.open(&bare)?;
                self.forge.describe(number, &plan)?;
            }
            Effect::Describe { iteration, number, record } => {
                self.forge.describe(*number, &self.plan(*iteration, *record)?)?;
            }
            Effect::Tell { iteration, number, record } => {
                let recorded = self.session.record(*record)?;
                let report = self.report(*iteration, recorded);
                let told = words::told(*iteration, recorded, &report);
                let marker = Marker::Record(*record);
                self.forge.comment(*number, marker, &words::comment(marker, &told))?;
            }
            Effect::Close { number } => self.forge.close(*number)?,
            Effect::Answer { number, comment, answer } => {
                let said = words::answered(answer, self.session.state.history().records());
                let marker = Marker::Answer(*comment);
                self.forge.comment(*number, marker, &words::comment(marker, &said))?;
            }
        }
        Ok(())
    }

    /// Brings a branch to what a record says: the strategy, its report and the picture.
    fn push(
        &mut self,
        iteration: u64,
        record: u64,
        from: Option<&String>,
    ) -> Result<(), LoopError> {
        let recorded = self.session.record(record)?;
        self.read(recorded);
        self.draw(recorded);
        let material = self.material(recorded);
        let picture = review::picture_path(iteration);
        // Beside the report, in the same folder.
        let name = picture.rsplit('/').next().unwrap_or_default();
        let shown = material.curves.map_or(Shown::Not, |_| Shown::Picture(name));
        let report = report::markdown(&material, shown, &report::reproduce(recorded));
        let mut files = vec![
            (check::STRATEGY_FILE.to_owned(), recorded.strategy.clone().unwrap_or_default()),
            (review::report_path(iteration), report),
        ];
        files.extend(material.curves.map(|curves| (picture, report::svg(record, curves))));
        let plan = BranchPlan {
            branch: review::branch(iteration),
            from: from.cloned(),
            base: self.seen.base.commit.clone(),
            message: words::branch_message(recorded, material.incumbent),
            files,
        };
        match self.forge.push(&plan)? {
            BranchOutcome::Done { commit } => {
                self.commits.insert(record, commit);
            }
            // Who committed meanwhile is seen by the next look.
            BranchOutcome::Moved => self.has_moved = true,
        }
        Ok(())
    }

    /// A pull request as it reads after a record: with the last candidate that it had by then.
    fn plan(&mut self, iteration: u64, record: u64) -> Result<PullPlan, LoopError> {
        let origin = self.session.record(iteration)?.candidate.clone().unwrap_or_default();
        let shown = self.session.last_candidate(iteration)?;
        let report = self.report(iteration, shown);
        let receipt = Receipt { iteration, record, origin };
        Ok(PullPlan {
            branch: review::branch(iteration),
            title: words::title(shown, self.material(shown).incumbent),
            body: words::body(&receipt, &report),
            labels: self.arena.program().settings.publish.labels.clone(),
        })
    }

    /// The report of a record for a page at the forge: with the picture where a commit of the loop has it.
    fn report(&mut self, iteration: u64, record: &Record) -> String {
        self.read(record);
        let command = report::reproduce(record);
        let base = &self.seen.base;
        if let Some(commit) = self.commits.get(&record.iteration) {
            let path = format!("{}{}", base.folder, review::picture_path(iteration));
            let address = report::picture_address(&base.page, commit, &path);
            return report::markdown(&self.material(record), Shown::Picture(&address), &command);
        }
        self.draw(record);
        report::markdown(&self.material(record), Shown::Chart, &command)
    }

    /// What a report of a record is made of; its strategy if that was found out.
    fn material<'b>(&'b self, record: &'b Record) -> Material<'b> {
        let curves = self.curves.get(&record.iteration).and_then(Option::as_ref);
        let script = self.scripts.get(&record.iteration);
        Material::of(&self.session.state, record, script, curves)
    }

    /// Finds out what a record evaluated.
    fn read(&mut self, record: &Record) {
        let records = self.session.state.history().records();
        if let Entry::Vacant(entry) = self.scripts.entry(record.iteration) {
            let script = usize::try_from(record.iteration).ok();
            let script = script.and_then(|at| verify::script(records, at));
            script.map(|script| entry.insert(script));
        }
    }

    /// Backtests what a record evaluated, for its picture.
    fn draw(&mut self, record: &Record) {
        if self.curves.contains_key(&record.iteration) {
            return;
        }
        // Of another epoch, it would be another picture.
        let comparable = record.trial.is_some() && record.epoch == self.arena.epoch();
        let plain = self.material(record);
        let before = plain.before.filter(|_| plain.incumbent.is_some());
        let after = plain.after.filter(|_| comparable);
        let curves = after.and_then(|after| picture::curves(self.arena, after, before));
        self.curves.insert(record.iteration, curves);
    }
}
