//! What people do where candidates wait for review, between two runs and in the midst of one.

use std::collections::{BTreeMap, BTreeSet};

use sprag::review::{Stage, iteration_of};
use sprag::state::StatePath;

use crate::fate::{Fate, locked};
use crate::forge::Yard;
use crate::people::{Mess, strategy};
use crate::site::{MAIN, STRANGER, STRATEGY};
use crate::world::Campaign;

/// Kinds of what people do at any time.
const KINDS: u64 = 18;

/// What people did that somebody has to come back to.
#[derive(Debug, Default)]
pub struct Deeds {
    /// How often a pull request was closed, by its iteration.
    pub closed: BTreeMap<u64, u64>,
    pub merged: BTreeMap<u64, u64>,
    pub reopened: BTreeSet<u64>,
    /// Hints, by the ids of their comments, with their iterations.
    pub hints: BTreeMap<u64, (u64, String)>,
    /// Those that no run can have overlooked: made between two of them, and seen by each since.
    pub seen_by_all: BTreeSet<u64>,
    pub retries: BTreeMap<u64, u64>,
    pub others: BTreeMap<u64, u64>,
    acts: u64,
}

fn text(n: u64) -> String {
    String::from_utf8_lossy(&strategy(n)).into_owned()
}

impl Yard {
    /// One thing that people do, at any time.
    pub fn act(&mut self, kind: u64, fate: &Fate) {
        self.people.acts += 1;
        let n = kind / KINDS % 38;
        let open = self.site.open();
        let one = (!open.is_empty()).then(|| open[(kind / 1_000) as usize % open.len()]);
        self.remember();
        match (kind % KINDS, one) {
            (0..=2, Some(one)) => {
                // Nobody merges what is no strategy.
                let branch = sprag::review::branch(one);
                if self.is_whole(&branch) && self.is_whole(MAIN) && self.site.person_merges(one) {
                    fate.note(format!("a person merges {one}"));
                    *self.people.merged.entry(one).or_default() += 1;
                }
            }
            (3 | 4, Some(one)) => {
                fate.note(format!("a person closes {one}"));
                if n.is_multiple_of(2) {
                    self.site.somebody_says(one, "bob", "it trades too much");
                    self.site.somebody_says(one, STRANGER, "I like it");
                }
                self.site.person_ends(one, Stage::Closed);
                *self.people.closed.entry(one).or_default() += 1;
            }
            (5, Some(one)) => {
                fate.note(format!("a person deletes the branch of {one}"));
                self.site.person_deletes(one);
                *self.people.closed.entry(one).or_default() += 1;
            }
            (6, _) => self.reopens(kind, fate),
            (7 | 8, Some(one)) => {
                fate.note(format!("a person commits to the branch of {one}"));
                self.site.person_commits(&sprag::review::branch(one), Some(&text(n)));
            }
            (9, Some(one)) => {
                fate.note(format!("a person breaks the branch of {one}"));
                let rubbish = n.is_multiple_of(2).then_some("no strategy");
                self.site.person_commits(&sprag::review::branch(one), rubbish);
            }
            (10..=14, Some(one)) => self.says(kind % KINDS, one, fate),
            // Who broke it mends it first.
            (15, _) if self.is_whole(MAIN) => {
                fate.note("a person commits a strategy to the base branch");
                self.site.person_commits(MAIN, Some(&text(n)));
            }
            (16, _) => {
                fate.note("a person commits something else to the base branch");
                let same = self.site.base_text().cloned();
                self.site.person_commits(MAIN, same.as_deref());
            }
            _ => {}
        }
    }

    fn is_whole(&self, branch: &str) -> bool {
        let tip = self.site.tip(branch);
        let text = tip.and_then(|tip| tip.files.get(STRATEGY));
        text.is_some_and(|text| sprag::check::read(STRATEGY, text).is_ok())
    }

    fn reopens(&mut self, kind: u64, fate: &Fate) {
        let closed = self.site.requests.iter().filter(|request| {
            request.stage == Stage::Closed && self.site.branches.contains_key(&request.branch)
        });
        let closed: Vec<u64> = closed.filter_map(|request| iteration_of(&request.branch)).collect();
        if closed.is_empty() {
            return;
        }
        let one = closed[(kind / 1_000) as usize % closed.len()];
        fate.note(format!("a person opens {one} again"));
        self.site.person_ends(one, Stage::Open);
        self.people.reopened.insert(one);
    }

    fn says(&mut self, kind: u64, one: u64, fate: &Fate) {
        let acts = self.people.acts;
        let idea = format!("idea {acts} of a person");
        let (author, words) = match kind {
            10 | 11 => ("bob", format!("/sprag hint {idea}")),
            12 => ("bob", "/sprag retry".to_owned()),
            13 => ("bob", ["/sprag hold", "/sprag dance"][(acts % 2) as usize].to_owned()),
            _ => (STRANGER, "/sprag retry".to_owned()),
        };
        fate.note(format!("{author} says on {one}: {words}"));
        let id = self.site.somebody_says(one, author, &words);
        match kind {
            10 | 11 => {
                self.people.hints.insert(id, (one, idea));
            }
            12 => {
                self.people.retries.insert(id, one);
            }
            13 => {
                self.people.others.insert(id, one);
            }
            _ => {}
        }
    }
}

impl Campaign<'_> {
    /// What people do between two runs.
    pub fn reviewers(&mut self) {
        let Some(yard) = self.yard.clone() else { return };
        let fate = self.fate;
        // Several people may have been there.
        for _ in 0..3 {
            let Some(kind) = fate.trouble(if fate.has_faults() { 350 } else { 0 }) else {
                continue;
            };
            let mut yard = locked(&yard);
            let before: BTreeSet<u64> = yard.people.hints.keys().copied().collect();
            yard.act(kind, fate);
            // One that the history has given up is closed without another look at what is said there.
            let status = self.checks.state.as_ref().and_then(|state| state.status());
            let waits = |iteration: u64| {
                status.is_some_and(|s| s.pull_requests.iter().any(|w| w.iteration == iteration))
            };
            let new = yard.people.hints.iter().filter(|(id, _)| !before.contains(id));
            let new: Vec<u64> =
                new.filter(|(_, (one, _))| waits(*one)).map(|(id, _)| *id).collect();
            yard.people.seen_by_all.extend(new);
        }
        let Some(kind) = fate.trouble(if fate.has_faults() { 60 } else { 0 }) else { return };
        match kind % 4 {
            0 => {
                fate.note("a person changes the program");
                self.program = 1 - self.program;
            }
            1 => {
                let mut yard = locked(&yard);
                let before = yard.site.base_text().cloned();
                fate.note("a person breaks the strategy of the base branch");
                yard.remember();
                yard.site.person_commits(MAIN, Some("[long]\nenter = \"close >\"\n"));
                self.mess = Some(Mess::Base(before));
            }
            2 => self.breaks(StatePath::Status, Some(b"{}")),
            _ => self.takes_a_record_away(),
        }
    }
}
