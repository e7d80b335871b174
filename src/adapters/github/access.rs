//! What the token reaches and may do, asked before anything costs time or money; and refusals in words.

use serde_json::json;

use super::Connection;
use super::api::{Answer, Api, Method, Sent, unreachable};
use crate::ports::RepositoryError;

/// What is worked on, as GitHub names it.
#[derive(Debug)]
pub(super) struct Place {
    /// The branch.
    pub(super) branch: String,
    /// Where people see the repository.
    pub(super) page: String,
}

/// The branch to work on, of a repository that the token reaches.
pub(super) fn place(
    api: &Api,
    connection: &Connection,
    wanted: Option<&str>,
) -> Result<Place, RepositoryError> {
    let name = &connection.repository;
    let answer = api.get(&format!("/repos/{name}"))?;
    match answer.status {
        200 => {}
        404 => {
            return Err(forbidden(format!(
                "GitHub shows no repository {name} to the token in {}: check the name in GITHUB_REPOSITORY; if it is \
                 private, the token needs access to it",
                connection.token_env
            )));
        }
        _ => return Err(refused(api, connection, "to look at the repository", &answer)),
    }
    if answer.body["archived"] == true {
        return Err(forbidden(format!(
            "{name} is archived, so that nothing can be committed to it"
        )));
    }
    let default = answer.body["default_branch"].as_str().unwrap_or("main");
    let page = answer.body["html_url"].as_str().unwrap_or_default();
    Ok(Place { branch: wanted.unwrap_or(default).to_owned(), page: page.to_owned() })
}

/// Tries whether the token may write, by something that leaves no trace: a blob that nothing refers to.
pub(super) fn may_write(api: &Api, connection: &Connection) -> Result<(), RepositoryError> {
    let path = format!("/repos/{}/git/blobs", connection.repository);
    match api.send(Method::Post, &path, Some(&json!({ "content": "" })))? {
        Sent::Answered(answer) if answer.status < 300 => Ok(()),
        Sent::Answered(answer) if answer.status == 409 => Err(empty(connection)),
        Sent::Answered(answer) => Err(refused(api, connection, "to write contents", &answer)),
        // Whether this one was done is nothing to anybody; whether GitHub is there will be seen.
        Sent::Unknown(_) => Ok(()),
    }
}

/// A repository without a commit.
pub(super) fn empty(connection: &Connection) -> RepositoryError {
    forbidden(format!(
        "{} has no commit yet: push program.md, state/strategy.toml and the data first (`sprag init` writes the first two)",
        connection.repository
    ))
}

/// A refusal in words.
pub(super) fn refused(
    api: &Api,
    connection: &Connection,
    what: &str,
    answer: &Answer,
) -> RepositoryError {
    let (name, env) = (&connection.repository, &connection.token_env);
    let words = api.words(answer);
    let by_graphql = answer.body["errors"][0]["type"].as_str().unwrap_or_default();
    match answer.status {
        401 => forbidden(format!(
            "GitHub doesn't know the token in {env}: it is wrong or has expired; in a workflow, pass \
             `{env}: ${{{{ github.token }}}}` to the step"
        )),
        301 | 302 | 307 | 308 => forbidden(format!(
            "{name} has moved: put its new name into GITHUB_REPOSITORY (in a workflow it is set right)"
        )),
        403 | 404 if words.contains("not accessible") || answer.status == 404 => {
            lacking(connection, what, answer.accepted.as_deref())
        }
        200 if by_graphql == "FORBIDDEN" => lacking(connection, what, None),
        403 => forbidden(format!("GitHub refuses the token in {env} {what} of {name}: {words}")),
        status => RepositoryError::Unexpected { status, what: what.to_owned(), message: words },
    }
}

fn lacking(connection: &Connection, what: &str, accepted: Option<&str>) -> RepositoryError {
    // As a workflow spells it.
    let needed = accepted.unwrap_or("contents=write").replace('=', ": ").replace('_', "-");
    forbidden(format!(
        "the token in {} isn't allowed {what} of {}: it needs `{needed}`. In a workflow, that is a line under \
         `permissions:` of the job; of a token of your own, one of its permissions. Where the workflow asks for it \
         already, an organisation or Settings → Actions → General → Workflow permissions takes it away",
        connection.token_env, connection.repository
    ))
}

/// A rule of the branch that is worked on.
pub(super) fn protected(branch: &str, words: &str) -> RepositoryError {
    forbidden(format!(
        "branch {branch} is protected against commits by this token ({words}): let it bypass the rule, work on another \
         branch ([publish] branch in program.md), or take improvements by pull request"
    ))
}

/// A rule of a branch that nobody but the loop has to do with.
pub(super) fn protected_own(branch: &str, words: &str) -> RepositoryError {
    forbidden(format!(
        "branch {branch} is the loop's own and protected against commits by this token ({words}): leave it, or all of \
         sprag/**, out of the rule, or let the token bypass it"
    ))
}

/// Whether a refusal is for a rule of the branch.
pub(super) fn is_protection(words: &str) -> bool {
    ["rule violations", "rotected branch", "through a pull request"]
        .iter()
        .any(|part| words.contains(part))
}

fn forbidden(message: String) -> RepositoryError {
    RepositoryError::Forbidden { message }
}

/// What couldn't be found out, for the next run.
pub(super) fn undecided(what: &str, why: &str) -> RepositoryError {
    unreachable(format!("whether {what} was done couldn't be found out ({why})"))
}
