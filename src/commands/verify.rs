//! `sprag verify`: replays iterations from the repository and compares them to the bit.

use serde::Serialize;
use serde_json::json;

use super::context::Context;
use super::epochs::{Epochs, NOT_THERE, Source};
use super::{Failure, Output};
use crate::adapters::git::GitRepository;
use crate::cli::VerifyArgs;
use crate::evaluation::Arena;
use crate::state::State;
use crate::verify::{self, Mismatch, Script};

/// What was found.
#[derive(Default)]
struct Findings {
    checked: u64,
    mismatches: Vec<Mismatch>,
    unverifiable: Vec<(u64, String)>,
    looks: Vec<Taken>,
}

/// A look that was taken again.
#[derive(Serialize)]
struct Taken {
    look: u64,
    iteration: u64,
    pass: Option<bool>,
    /// Null while the holdout has looks left.
    psr: Option<f64>,
}

pub(super) fn run(context: &Context, args: &VerifyArgs) -> Result<Output, Failure> {
    let state = context.state()?;
    let scripts = verify::scripts(state.history().records());
    let evaluated = |script: &&Script| script.record(&state).is_some();
    let chosen: Vec<&Script> = match args.iteration {
        None => scripts.iter().filter(evaluated).collect(),
        Some(number) => {
            let script = scripts.iter().find(|script| script.iteration == number);
            let script = script.ok_or_else(|| {
                Failure::usage(format!("there is no iteration {number}; see `sprag log`"))
            })?;
            vec![script]
        }
    };
    let repository = GitRepository::open(context.root())?;
    let mut epochs = Epochs::new(context, &repository)?;
    let mut findings = Findings::default();
    for (epoch, scripts) in by_epoch(&state, &chosen) {
        check(&mut epochs, &state, &epoch, &scripts, &mut findings)?;
    }
    findings.report(context)
}

/// Scripts of neighbouring iterations of one epoch; those without a record are their own.
fn by_epoch<'a>(state: &State, chosen: &[&'a Script]) -> Vec<(String, Vec<&'a Script>)> {
    let mut groups: Vec<(String, Vec<&Script>)> = Vec::new();
    for script in chosen {
        let record = state.history().records().get(script.iteration as usize);
        let epoch = record.map(|record| record.epoch.as_str()).unwrap_or_default();
        match groups.last_mut().filter(|(last, _)| last == epoch) {
            Some((_, group)) => group.push(script),
            None => groups.push((epoch.to_owned(), vec![script])),
        }
    }
    groups
}

/// Replays iterations of one epoch, each with the program and the data of its own commit if these are of the epoch, else
/// with those of the work tree, or of a commit that has them.
fn check(
    epochs: &mut Epochs<'_>,
    state: &State,
    epoch: &str,
    scripts: &[&Script],
    findings: &mut Findings,
) -> Result<(), Failure> {
    let mut groups: Vec<(Vec<Source>, Vec<&Script>)> = Vec::new();
    for script in scripts {
        let sources = epochs.load(script.iteration, epoch)?;
        match groups.last_mut().filter(|(last, _)| *last == sources) {
            Some((_, group)) => group.push(script),
            None => groups.push((sources, vec![script])),
        }
    }
    for (sources, scripts) in groups {
        let arena = epochs.arena(&sources, epoch);
        for script in scripts {
            match &arena {
                Some(arena) => findings.check(arena, state, script),
                None => findings.unverifiable.push((script.iteration, NOT_THERE.into())),
            }
        }
    }
    Ok(())
}

impl Findings {
    fn check(&mut self, arena: &Arena<'_>, state: &State, script: &Script) {
        match verify::replay(arena, state, script) {
            Ok(mismatch) => {
                self.checked += 1;
                self.mismatches.extend(mismatch);
            }
            Err(reason) => self.unverifiable.push((script.iteration, reason.to_string())),
        }
        for permission in state.ledger().written_looks() {
            let look = permission.look();
            if look.epoch != arena.epoch() || look.iteration != script.iteration {
                continue;
            }
            if let Some(again) = verify::look_again(arena, state, &permission, script) {
                self.mismatches.extend(again.mismatch);
                let pass = state.ledger().outcome(look).and_then(|outcome| outcome.pass);
                let (look, iteration) = (look.look, look.iteration);
                self.looks.push(Taken { look, iteration, pass, psr: again.psr });
            }
        }
    }

    fn report(self, context: &Context) -> Result<Output, Failure> {
        let code = u8::from(!self.mismatches.is_empty());
        if context.global.json {
            let unverifiable: Vec<_> = self
                .unverifiable
                .iter()
                .map(|(iteration, reason)| json!({ "iteration": iteration, "reason": reason }))
                .collect();
            let document = json!({
                "checked": self.checked,
                "mismatches": self.mismatches,
                "unverifiable": unverifiable,
                "looks": self.looks,
            });
            return Output::json(&document).map(|output| Output { code, ..output });
        }
        let mut text = String::new();
        for Mismatch { iteration, phase, field, expected, found } in &self.mismatches {
            let phase = format!("{phase:?}").to_lowercase();
            text.push_str(&format!(
                "iteration {iteration} differs, first in {phase}: {field} is recorded as {expected}, found {found}\n"
            ));
        }
        for (iteration, reason) in &self.unverifiable {
            text.push_str(&format!("iteration {iteration} can't be replayed: {reason}\n"));
        }
        for Taken { look, iteration, pass, psr } in &self.looks {
            let said = if *pass == Some(true) { "passed" } else { "failed" };
            let number =
                psr.map_or("sealed until the holdout is retired".into(), |psr| format!("{psr:.4}"));
            text.push_str(&format!(
                "look {look} at the holdout, for iteration {iteration}, {said}; probabilistic Sharpe ratio: {number}\n"
            ));
        }
        let (checked, differ) = (self.checked, self.mismatches.len());
        text.push_str(&format!(
            "{checked} replayed, {differ} differ, {} can't be replayed\n",
            self.unverifiable.len()
        ));
        Ok(Output { text, code })
    }
}
