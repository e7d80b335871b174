//! `sprag iterate`: reconcile, then run iterations.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::context::{Context, PROGRAM_FILE, read_program};
use super::job::{self, Told};
use super::{Failure, Output, scratch, target};
use crate::adapters::actions::{Job, JobProgress};
use crate::adapters::agent::Agent;
use crate::adapters::git::GitRepository;
use crate::adapters::llm::Llm;
use crate::adapters::offline_search::OfflineSearch;
use crate::adapters::signals;
use crate::adapters::system_clock::SystemClock;
use crate::adapters::terminal::{TerminalProgress, notice};
use crate::adapters::turns::{Turns, Unasked};
use crate::cli::IterateArgs;
use crate::evaluation::Arena;
use crate::iteration::{self, LoopError, Orders, Outcome};
use crate::ports::{Ports, Progress, Proposer, ProposerError, Stop};
use crate::program::{self, Fallback, MOST_IDEA, MixSettings, Program, ProposerKind};
use crate::publish::summary;
use crate::state::RunRef;

pub(super) fn run(context: &Context, args: &IterateArgs) -> Result<Output, Failure> {
    let result = run_here(context, args);
    if let (Err(failure), Some(_)) = (&result, Job::here()) {
        job::annotate_failure(failure);
    }
    result
}

fn run_here(context: &Context, args: &IterateArgs) -> Result<Output, Failure> {
    let scratch = match &args.scratch {
        Some(folder) => Some(scratch::make(context, folder.as_deref())?),
        None => None,
    };
    let root = scratch.as_deref().unwrap_or_else(|| context.root());
    let mut program = context.program_at(root)?;
    if let Some(kind) = &args.proposer {
        program.set(&format!("proposer.kind={kind}"))?;
    }
    if let Some(mode) = &args.mode {
        program.set(&format!("publish.mode={mode}"))?;
    }
    if hint(args)?.is_some() && !has_reader(&program) {
        return Err(Failure::usage(
            "nobody would read --hint: the search can't; give the run a model or an agent \
             (--proposer llm or agent, or [proposer] kind in program.md)",
        ));
    }
    let orders = orders(&program, args)?;
    let keeper = target::open(&program, root, scratch.is_some(), args.dry_run)?;
    if !context.global.quiet {
        warn_of_what_is_not_committed(&program, keeper.local())?;
    }
    let loaded = context.load_market(root, &program)?;
    context.warn_of_data(&loaded);
    let arena = Arena::new(&program, &loaded.market)?;

    let interrupted = signals::listen();
    let stop_file = program.settings.session.stop_file.clone();
    let stop = || {
        if interrupted.load(Ordering::Relaxed) {
            return Some(Stop::Interrupted);
        }
        let asked = !stop_file.is_empty() && root.join(&stop_file).exists();
        asked.then(|| Stop::File(stop_file.clone()))
    };
    let mut proposer = proposer(&program, keeper.local())?;
    let quiet = context.global.quiet;
    let lines = TerminalProgress::new(orders.iterations, quiet, context.global.verbose);
    let mut run = |progress: &mut dyn Progress| {
        let mut ports = Ports {
            repository: keeper.port(),
            forge: keeper.forge(),
            clock: &SystemClock,
            proposer: &mut proposer,
            progress,
            stop: &stop,
        };
        iteration::run(&mut ports, &arena, &orders).map_err(Failure::from)
    };
    let outcome = match Job::here() {
        Some(job) => {
            let mut progress = JobProgress::new(lines, quiet);
            let result = run(&mut progress);
            let recorded = std::mem::take(&mut progress.recorded);
            drop(progress);
            let told = Told { arena: &arena, recorded: &recorded, dry_run: orders.dry_run };
            job::leave(&job, &told, &result);
            result
        }
        None => {
            let mut lines = lines;
            run(&mut lines)
        }
    };
    report(context, root, scratch.is_some(), &outcome?)
}

/// Who proposes how often; one alone has all.
fn shares(program: &Program) -> MixSettings {
    let all = |kind| MixSettings {
        search: f64::from(u8::from(kind == ProposerKind::Search)),
        llm: f64::from(u8::from(kind == ProposerKind::Llm)),
        agent: f64::from(u8::from(kind == ProposerKind::Agent)),
    };
    match program.settings.proposer.kind {
        ProposerKind::Mix => program.settings.mix.clone(),
        kind => all(kind),
    }
}

/// Whether anybody who proposes can read, so that an idea of a person can be tried.
pub(super) fn has_reader(program: &Program) -> bool {
    let shares = shares(program);
    shares.llm > 0.0 || shares.agent > 0.0
}

/// Whoever proposes, as the program has it.
fn proposer(program: &Program, repository: &GitRepository) -> Result<Turns, Failure> {
    let settings = &program.settings.proposer;
    let mix = shares(program);
    let mut fallback = settings.fallback;
    let llm = (mix.llm > 0.0).then(|| match Llm::new(program) {
        Ok(llm) => Ok(Box::new(llm) as Box<dyn Proposer>),
        Err(error) => {
            // A fork of a repository has none of its secrets: in a job the search stands in for a missing key.
            fallback = Job::here().map_or(fallback, |_| Fallback::Search);
            unasked(error, fallback)
        }
    });
    let agent = (mix.agent > 0.0).then(|| {
        match Agent::new(program, repository.root(), &repository.git_dirs()) {
            Ok(agent) => Ok(Box::new(agent) as Box<dyn Proposer>),
            Err(error) => unasked(error, settings.fallback),
        }
    });
    Ok(Turns {
        seed: settings.seed,
        search: Box::new(OfflineSearch::new(settings.seed, settings.drafts as usize)),
        llm: llm.transpose()?,
        agent: agent.transpose()?,
        fallback,
        mix,
    })
}

/// A proposer that can't be asked says so each time, where the search is there to step in.
fn unasked(error: ProposerError, fallback: Fallback) -> Result<Box<dyn Proposer>, Failure> {
    match (error, fallback) {
        (ProposerError::Misconfigured { kind, message }, Fallback::Search) => {
            Ok(Box::new(Unasked { kind, message }))
        }
        (error, _) => Err(LoopError::from(error).into()),
    }
}

/// Records name the epoch of what decided them: nobody can reproduce it from a commit that lacks it.
fn warn_of_what_is_not_committed(
    program: &Program,
    repository: &GitRepository,
) -> Result<(), Failure> {
    let mut what: Vec<String> = repository
        .uncommitted(&[PROGRAM_FILE, &program.settings.market.data])?
        .into_iter()
        .map(|path| format!("{path} differs from the last commit"))
        .collect();
    let committed = read_program(repository.root())?;
    if committed.evaluation_hash_input() != program.evaluation_hash_input() {
        what.push("--set overrides what decides a score".into());
    }
    for what in what {
        notice(&format!(
            "note: {what}: this run's records can't be reproduced from the repository"
        ));
    }
    Ok(())
}

/// What a person wants tried; a blank one, as a form leaves it, is none.
fn hint(args: &IterateArgs) -> Result<Option<String>, Failure> {
    let hint = args.hint.as_deref().map(str::trim).filter(|hint| !hint.is_empty());
    match hint.map(|hint| hint.chars().count()) {
        Some(long) if long > MOST_IDEA => Err(Failure::usage(format!(
            "--hint has {long} characters, and a model is told at most {MOST_IDEA}: say it in less"
        ))),
        _ => Ok(hint.map(str::to_owned)),
    }
}

fn orders(program: &Program, args: &IterateArgs) -> Result<Orders, Failure> {
    let session = &program.settings.session;
    let deadline = args.deadline.as_deref().unwrap_or(&session.deadline);
    let deadline = match deadline {
        "" => None,
        // As a setting it would stop every run; for one call it means: only reconcile.
        "0s" | "0m" | "0h" => Some(Duration::ZERO),
        text => Some(program::duration(text).ok_or_else(|| {
            Failure::usage(format!("--deadline {text:?} is not a time; write 90s, 20m or 1h30m"))
        })?),
    };
    let environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let id = environment("GITHUB_RUN_ID");
    let url = id.as_ref().and_then(|id| {
        let (server, repository) =
            (environment("GITHUB_SERVER_URL")?, environment("GITHUB_REPOSITORY")?);
        Some(format!("{server}/{repository}/actions/runs/{id}"))
    });
    Ok(Orders {
        iterations: args.iterations.unwrap_or(session.iterations),
        explicit: args.iterations.is_some(),
        hint: hint(args)?,
        deadline,
        dry_run: args.dry_run,
        run: RunRef { id, url },
        ..Orders::default()
    })
}

fn report(
    context: &Context,
    root: &Path,
    is_scratch: bool,
    outcome: &Outcome,
) -> Result<Output, Failure> {
    if context.global.json {
        let found = outcome.found.as_ref().map(|(epoch, score)| (epoch.as_str(), *score));
        let records = summary::lines(found, &outcome.records);
        let stopped = outcome.stopped.as_ref().map(ToString::to_string);
        return Output::json(&serde_json::json!({
            "root": root, "iterations": records, "stopped": stopped,
        }));
    }
    if is_scratch && !context.global.quiet {
        notice(&format!(
            "the scratch repository is {}\n  git -C {0} log --oneline\n  {} --root {0} status",
            root.display(),
            std::env::args().next().unwrap_or_else(|| "sprag".into())
        ));
    }
    Ok(summary::run(&outcome.records).into())
}
