//! `sprag verify`: replays iterations from the repository and compares them to the bit.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::json;

use super::context::{Context, PROGRAM_FILE};
use super::{Failure, Output};
use crate::adapters::data_files;
use crate::adapters::git::{GitRepository, Past};
use crate::cli::VerifyArgs;
use crate::evaluation::Arena;
use crate::market::Market;
use crate::ports::CommitId;
use crate::program::{MarketSettings, Program};
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
    let mut sources = Sources::new(context, &repository)?;
    let mut findings = Findings::default();
    for (epoch, scripts) in by_epoch(&state, &chosen) {
        sources.check(&state, &epoch, &scripts, &mut findings)?;
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

/// Programs and markets of the past, by the ids that git has for them.
struct Sources<'a> {
    context: &'a Context,
    commits: BTreeMap<u64, CommitId>,
    past: Past<'a>,
    programs: BTreeMap<String, Option<Program>>,
    markets: BTreeMap<String, Option<Market>>,
}

/// A program and the market that it means, as keys of [`Sources`].
type Source = (String, String);

/// What stands in the work tree.
const PRESENT: &str = "the work tree";

/// A market as its files say; no cache is asked, for a replay trusts nothing that it can read itself.
fn market_at(root: &Path, settings: &MarketSettings) -> Option<Market> {
    data_files::load_market(root, settings, None).ok().map(|loaded| loaded.market)
}

impl<'a> Sources<'a> {
    fn new(context: &'a Context, repository: &'a GitRepository) -> Result<Self, Failure> {
        let program = context.program()?;
        // Data that can't be loaded any more may still be in the commits.
        let market = market_at(context.root(), &program.settings.market);
        Ok(Self {
            context,
            commits: repository.iterations()?,
            past: repository.past()?,
            programs: BTreeMap::from([(PRESENT.into(), Some(program))]),
            markets: BTreeMap::from([(PRESENT.into(), market)]),
        })
    }

    /// Replays iterations of one epoch, each with the program and the data of its own commit if these are of the epoch,
    /// else with those of the work tree.
    fn check(
        &mut self,
        state: &State,
        epoch: &str,
        scripts: &[&Script],
        findings: &mut Findings,
    ) -> Result<(), Failure> {
        let mut groups: Vec<(Vec<Source>, Vec<&Script>)> = Vec::new();
        for script in scripts {
            let sources = self.load(script.iteration)?;
            match groups.last_mut().filter(|(last, _)| *last == sources) {
                Some((_, group)) => group.push(script),
                None => groups.push((sources, vec![script])),
            }
        }
        for (sources, scripts) in groups {
            let arena = sources.iter().find_map(|(program, market)| {
                let program = self.programs.get(program)?.as_ref()?;
                let market = self.markets.get(market)?.as_ref()?;
                Arena::new(program, market).ok().filter(|arena| arena.epoch() == epoch)
            });
            for script in scripts {
                match &arena {
                    Some(arena) => findings.check(arena, state, script),
                    None => {
                        let reason = "neither its commit nor the work tree has the program and the data of its \
                                      epoch, or the engine is another";
                        findings.unverifiable.push((script.iteration, reason.into()));
                    }
                }
            }
        }
        Ok(())
    }

    /// Where program and data of an iteration may be, the likeliest first; loaded as far as they can be.
    fn load(&mut self, iteration: u64) -> Result<Vec<Source>, Failure> {
        let present = || PRESENT.to_owned();
        let Some(commit) = self.commits.get(&iteration).cloned() else {
            return Ok(vec![(present(), present())]);
        };
        let (program_id, bytes) = match self.past.file(&commit, PROGRAM_FILE)? {
            Some((id, bytes)) => (id, bytes),
            // Without the file, all settings have their defaults.
            None => ("no program".into(), Vec::new()),
        };
        let program = self
            .programs
            .entry(program_id.clone())
            .or_insert_with(|| Program::from_bytes(&bytes, PROGRAM_FILE).ok());
        let Some(settings) = program.as_ref().map(|program| program.settings.market.clone()) else {
            return Ok(vec![(present(), present())]);
        };
        let mut sources = Vec::new();
        if let Some(folder) = self.past.folder(&commit, &settings.data)? {
            // The same files may be another market to another program.
            let key = format!("{folder} {settings:?}");
            if !self.markets.contains_key(&key) {
                let scratch = tempfile::tempdir()
                    .map_err(|error| Failure::unexpected(anyhow::Error::new(error)))?;
                self.past.export(&commit, &settings.data, scratch.path())?;
                self.markets.insert(key.clone(), market_at(scratch.path(), &settings));
            }
            sources.push((program_id.clone(), key));
        }
        let key = format!("{PRESENT} {settings:?}");
        if !self.markets.contains_key(&key) {
            self.markets.insert(key.clone(), market_at(self.context.root(), &settings));
        }
        sources.extend([(program_id, key), (present(), present())]);
        Ok(sources)
    }
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
