//! The journal on GitHub: a branch with nothing but that one file, which goes when the iteration is done.
//!
//! Each writing is a commit on the one before, and moves the branch only forward. So of two runs that both believe to own
//! the journal, one finds out before it commits anything, and leaves the iteration to the other.

use serde_json::json;

use super::GithubRepository;
use super::access::{self, undecided};
use super::api::{Method, Sent, encoded};
use super::observe::decoded;
use crate::ports::RepositoryError;

/// Times that a request is sent whose answers get lost.
const TRIES: usize = 4;

impl GithubRepository {
    /// The journal's branch: one for each branch that research goes on, and for each folder with research in it.
    fn journal_branch(&self) -> String {
        let prefix = self.local.prefix().trim_end_matches('/').replace('/', "-");
        let folder = if prefix.is_empty() { String::new() } else { format!("-{prefix}") };
        format!("sprag/journal{folder}/{}", self.branch())
    }

    /// The commit that the journal's branch is at.
    fn journal_head(&self) -> Result<Option<String>, RepositoryError> {
        let path = self.path(&format!("git/ref/heads/{}", encoded(&self.journal_branch())));
        let answer = self.api.get(&path)?;
        match (answer.status, answer.body["object"]["sha"].as_str()) {
            (200, Some(id)) => Ok(Some(id.to_owned())),
            (404, _) => Ok(None),
            _ => Err(self.refused("to read the journal", &answer)),
        }
    }

    pub(super) fn read_journal(&self) -> Result<Option<Vec<u8>>, RepositoryError> {
        let head = self.journal_head()?;
        self.journal.replace(head.clone());
        let Some(head) = head else { return Ok(None) };
        let path = self.path(&format!("contents/{}?ref={head}", encoded(&self.journal_path())));
        let answer = self.api.get(&path)?;
        if let Some(bytes) = decoded(&answer.body).filter(|_| answer.status == 200) {
            return Ok(Some(bytes));
        }
        // Above a megabyte, it is left out there.
        match answer.body["sha"].as_str().filter(|_| answer.status == 200) {
            Some(blob) => self.blob(blob).map(Some),
            None => Err(self.refused("to read the journal", &answer)),
        }
    }

    pub(super) fn put_journal(&self, text: &str) -> Result<(), RepositoryError> {
        let before = self.journal.borrow().clone();
        let entry = self.entry(&self.journal_path(), text);
        let tree = self.make("git/trees", &json!({ "tree": [entry] }))?;
        // No workflow is to start for it.
        let message = format!("The iteration under way on {} [skip ci]", self.branch());
        let parents: Vec<&String> = before.iter().collect();
        let body = json!({ "message": message, "tree": tree, "parents": parents });
        let commit = self.make("git/commits", &body)?;
        let (method, rest, body) = match before {
            Some(_) => {
                let rest = format!("git/refs/heads/{}", encoded(&self.journal_branch()));
                (Method::Patch, rest, json!({ "sha": commit, "force": false }))
            }
            None => {
                let name = format!("refs/heads/{}", self.journal_branch());
                (Method::Post, "git/refs".to_owned(), json!({ "ref": name, "sha": commit }))
            }
        };
        let mut trouble = None;
        for _ in 0..TRIES {
            match self.api.send(method, &self.path(&rest), Some(&body))? {
                Sent::Answered(answer) if answer.status < 300 => {
                    self.journal.replace(Some(commit));
                    return Ok(());
                }
                Sent::Answered(answer) if answer.status != 422 => {
                    return Err(self.refused("to write the journal", &answer));
                }
                Sent::Answered(answer) => {
                    let words = self.api.words(&answer);
                    if access::is_protection(&words) {
                        return Err(access::protected_own(&self.journal_branch(), &words));
                    }
                    trouble = Some(self.refused("to write the journal", &answer));
                }
                Sent::Unknown(said) => trouble = Some(undecided("writing the journal", &said)),
            }
            let found = self.journal_head()?;
            if found.as_ref() == Some(&commit) {
                self.journal.replace(found);
                return Ok(());
            }
            if found != before {
                return Err(self.overtaken());
            }
        }
        Err(trouble.unwrap_or_else(|| undecided("writing the journal", "it wasn't tried")))
    }

    /// Somebody else goes on with the iteration, so this run doesn't.
    fn overtaken(&self) -> RepositoryError {
        RepositoryError::Outdated {
            message: format!(
                "another run is at work on {}, and has taken the iteration over: this one leaves it to that one",
                self.named()
            ),
        }
    }

    pub(super) fn remove_journal(&self) -> Result<(), RepositoryError> {
        let Some(known) = self.journal.borrow().clone() else { return Ok(()) };
        let mut why = String::new();
        for _ in 0..TRIES {
            // Another run's journal is not ours to remove.
            if self.journal_head()?.as_ref() != Some(&known) {
                self.journal.replace(None);
                return Ok(());
            }
            let path = self.path(&format!("git/refs/heads/{}", encoded(&self.journal_branch())));
            match self.api.send(Method::Delete, &path, None)? {
                Sent::Answered(answer) if matches!(answer.status, 204 | 404 | 422) => {
                    self.journal.replace(None);
                    return Ok(());
                }
                Sent::Answered(answer) => {
                    return Err(self.refused("to remove the journal", &answer));
                }
                Sent::Unknown(said) => why = said,
            }
        }
        Err(undecided("removing the journal", &why))
    }
}
