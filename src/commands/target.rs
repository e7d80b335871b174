//! Where results go: the mode that is meant here, and the repository that keeps the state.

use std::path::Path;

use super::Failure;
use super::context::Context;
use crate::adapters::git::GitRepository;
use crate::adapters::github::{Connection, GithubForge, GithubRepository, Target};
use crate::ports::{Forge, Repository};
use crate::program::{Program, PublishMode};

/// The repository that keeps the state.
pub(super) enum Keeper {
    Local(Box<GitRepository>),
    Github(Box<GithubRepository>),
    /// The branch with the records, and where candidates wait for review.
    Reviewed(Box<(GithubRepository, GithubForge)>),
}

impl Keeper {
    pub(super) fn port(&self) -> &dyn Repository {
        match self {
            Self::Local(repository) => &**repository,
            Self::Github(repository) => &**repository,
            Self::Reviewed(both) => &both.0,
        }
    }

    /// Where candidates wait for review, if they do.
    pub(super) fn forge(&self) -> Option<&dyn Forge> {
        match self {
            Self::Local(_) | Self::Github(_) => None,
            Self::Reviewed(both) => Some(&both.1),
        }
    }

    /// The clone that the command runs in.
    pub(super) fn local(&self) -> &GitRepository {
        match self {
            Self::Local(repository) => repository,
            Self::Github(repository) => repository.local(),
            Self::Reviewed(both) => both.0.local(),
        }
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn in_actions() -> bool {
    environment("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// The mode that is meant here.
pub(super) fn mode(program: &Program) -> PublishMode {
    program.settings.publish.mode.resolved(in_actions())
}

/// Whether a workflow's folder follows what is kept on GitHub, so that commands after a run see the state there.
pub(super) fn follows(context: &Context) -> bool {
    let is_remote = |program: Program| mode(&program) != PublishMode::Local;
    in_actions() && context.program().is_ok_and(is_remote)
}

/// The branch with the records, where candidates wait for review.
pub(super) fn ledger(context: &Context) -> Option<String> {
    let program = context.program().ok()?;
    let is_reviewed = mode(&program) == PublishMode::PullRequest;
    is_reviewed.then_some(program.settings.publish.ledger)
}

/// Opens the repository that keeps the state of `root`.
pub(super) fn open(
    program: &Program,
    root: &Path,
    is_scratch: bool,
    dry_run: bool,
) -> Result<Keeper, Failure> {
    let local = GitRepository::open(root)?;
    if is_scratch || mode(program) == PublishMode::Local {
        return Ok(Keeper::Local(Box::new(local)));
    }
    let publish = &program.settings.publish;
    let branch = match publish.branch.as_str() {
        "" => environment("GITHUB_REF")
            .and_then(|name| name.strip_prefix("refs/heads/").map(str::to_owned)),
        branch => Some(branch.to_owned()),
    };
    let target = Target {
        branch,
        data: program.settings.market.data.clone(),
        follows: in_actions(),
        dry_run,
        is_ledger: false,
    };
    let connection = connection(&publish.token_env)?;
    if mode(program) == PublishMode::PullRequest {
        return reviewed(program, root, connection, target);
    }
    let repository = GithubRepository::open(local, connection, target)?;
    Ok(Keeper::Github(Box::new(repository)))
}

/// Opens the branch with the records beside the one that pull requests are merged into.
fn reviewed(
    program: &Program,
    root: &Path,
    connection: Connection,
    target: Target,
) -> Result<Keeper, Failure> {
    let publish = &program.settings.publish;
    let forge = GithubForge::open(GitRepository::open(root)?, connection.clone(), target.clone())?;
    if publish.ledger == forge.branch() {
        return Err(Failure::usage(format!(
            "[publish] ledger is {}, the branch that pull requests are merged into; the records need one of their own",
            publish.ledger
        )));
    }
    let is_taken = publish.ledger == "sprag"
        || ["sprag/iteration-", "sprag/journal"].iter().any(|own| publish.ledger.starts_with(own));
    if is_taken {
        return Err(Failure::usage(format!(
            "[publish] ledger is {}, in the place of branches that the loop makes; write another name, such as sprag/ledger",
            publish.ledger
        )));
    }
    // It begins with what is recorded on the base branch, if there is something. A dry run makes no branch.
    let branch = match target.dry_run {
        true if !forge.has(&publish.ledger)? => forge.branch().to_owned(),
        true => publish.ledger.clone(),
        false => {
            forge.may_open()?;
            forge.begin(&publish.ledger)?;
            publish.ledger.clone()
        }
    };
    let target = Target { branch: Some(branch), is_ledger: true, ..target };
    let ledger = GithubRepository::open(GitRepository::open(root)?, connection, target)?;
    Ok(Keeper::Reviewed(Box::new((ledger, forge))))
}

/// Opens the repository that keeps the state, to look at it only. A program that can't be read has the state here.
pub(super) fn to_read(context: &Context) -> Result<Keeper, Failure> {
    match context.program() {
        Ok(program) => open(&program, context.root(), false, true),
        Err(_) => Ok(Keeper::Local(Box::new(GitRepository::open(context.root())?))),
    }
}

/// How GitHub is reached, by the variables that a workflow has.
fn connection(token_env: &str) -> Result<Connection, Failure> {
    let missing = |name: &str, what: &str| {
        Failure::usage(format!(
            "{name} isn't set, and publishing to GitHub needs {what}; `--mode local` (or [publish] mode in \
             program.md) commits in this repository instead"
        ))
    };
    let repository = environment("GITHUB_REPOSITORY")
        .ok_or_else(|| missing("GITHUB_REPOSITORY", "the repository as owner/name"))?;
    let token = environment(token_env).filter(|_| !token_env.is_empty()).ok_or_else(|| {
        let what = "a token: in a workflow, `env:` of the step passes ${{ github.token }}";
        missing(if token_env.is_empty() { "[publish] token_env" } else { token_env }, what)
    })?;
    let is_name = |part: &str| {
        let is_plain = part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        is_plain && !matches!(part, "" | "." | "..")
    };
    if !repository.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name)) {
        return Err(Failure::usage(format!(
            "GITHUB_REPOSITORY is {repository:?}; it must be owner/name"
        )));
    }
    let api_url =
        environment("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned());
    let api_url = api_url.trim_end_matches('/').to_owned();
    // A GitHub Enterprise Server has it beside the other one: /api/v3 and /api/graphql.
    let graphql_url = environment("GITHUB_GRAPHQL_URL")
        .unwrap_or_else(|| format!("{}/graphql", api_url.trim_end_matches("/v3")));
    Ok(Connection { api_url, graphql_url, repository, token, token_env: token_env.to_owned() })
}
