//! What a token or a repository's settings keep from opening pull requests, found out early and said in words.

use serde_json::json;

use super::GithubForge;
use crate::adapters::github::api::{Answer, Method, Sent};
use crate::ports::RepositoryError;

impl GithubForge {
    /// Tries whether the token may open pull requests, by one that there can't be: of the base branch into itself.
    ///
    /// # Errors
    /// It may not, with the permission that it lacks.
    pub fn may_open(&self) -> Result<(), RepositoryError> {
        let branch = self.branch();
        let body = json!({ "title": "May this token?", "head": branch, "base": branch });
        match self.base.api.send(Method::Post, &self.base.path("pulls"), Some(&body))? {
            Sent::Answered(answer) if matches!(answer.status, 401 | 403 | 404) => {
                // What the repository's settings keep back is recorded meanwhile, and waits.
                match is_kept_back(&self.base.api.words(&answer)) {
                    true => Ok(()),
                    false => Err(self.refused("to open pull requests", &answer)),
                }
            }
            // Refused for what it is, which is what was asked; or nobody knows, and it will be seen.
            Sent::Answered(_) | Sent::Unknown(_) => Ok(()),
        }
    }

    /// A refusal in words, with the setting that most often is behind it.
    pub(super) fn refused(&self, what: &str, answer: &Answer) -> RepositoryError {
        let words = self.base.api.words(answer);
        if answer.status == 403 && is_kept_back(&words) {
            return RepositoryError::Forbidden {
                message: format!(
                    "GitHub Actions may not open pull requests in {}: switch on Settings → Actions → General → \
                     \"Allow GitHub Actions to create and approve pull requests\", or pass the token of an app in {}. \
                     What is accepted is recorded, and its pull request is opened by the first run that may",
                    self.base.connection.repository, self.base.connection.token_env
                ),
            };
        }
        if matches!(answer.status, 403 | 404) && answer.accepted.is_none() {
            let mut answer = answer.clone();
            answer.accepted = Some("pull_requests=write".to_owned());
            return self.base.refused(what, &answer);
        }
        self.base.refused(what, answer)
    }
}

/// Whether a refusal is for "Allow GitHub Actions to create and approve pull requests".
fn is_kept_back(words: &str) -> bool {
    words.contains("not permitted to create or approve")
}
