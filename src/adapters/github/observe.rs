//! Reads the head of the branch, the loop's files in it and the journal; objects that the clone has are read there.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::api::encoded;
use super::{GithubRepository, access};
use crate::ports::{CommitId, RepositoryError, Snapshot};
use crate::state::{Blobs, StatePath};

/// What decides a score besides the state, relative to the root.
const PROGRAM: &str = "program.md";

/// An entry of a tree.
struct Entry {
    is_file: bool,
    is_folder: bool,
    id: String,
}

type Entries = BTreeMap<String, Entry>;

impl GithubRepository {
    pub(super) fn look(&self) -> Result<Snapshot, RepositoryError> {
        let (head, tree) = self.head()?;
        if !self.target.is_ledger {
            self.refuse_another_program(&head, &tree)?;
        }
        let files = match self.local.files_at(&head)? {
            Some(files) => files,
            None => self.files_of(&tree)?,
        };
        if self.target.is_ledger && self.target.follows {
            self.bring(&files)?;
        }
        self.files.replace(files.clone());
        let journal = self.read_journal()?;
        let (copies, new_strategy) = Default::default();
        Ok(Snapshot { head: Some(CommitId::new(head)), files, copies, new_strategy, journal })
    }

    /// The branch's commit and its tree.
    pub(super) fn head(&self) -> Result<(String, String), RepositoryError> {
        let answer = self.api.get(&self.path(&format!("branches/{}", encoded(self.branch()))))?;
        let commit = &answer.body["commit"];
        let ids = (commit["sha"].as_str(), commit["commit"]["tree"]["sha"].as_str());
        match (answer.status, ids) {
            (200, (Some(head), Some(tree))) => Ok((head.to_owned(), tree.to_owned())),
            (404, _) => Err(self.no_branch()?),
            _ => Err(self.refused("to look at the branch", &answer)),
        }
    }

    fn no_branch(&self) -> Result<RepositoryError, RepositoryError> {
        let answer = self.api.get(&self.path("git/matching-refs/heads/"))?;
        let is_empty = answer.status == 409 || answer.body.as_array().is_some_and(Vec::is_empty);
        if is_empty {
            return Ok(access::empty(&self.connection));
        }
        Ok(RepositoryError::Forbidden {
            message: format!(
                "{} has no branch {}: push it, or name another one ([publish] branch in program.md)",
                self.connection.repository,
                self.branch()
            ),
        })
    }

    /// Records name what decided them, and that must be what the branch has: a run that was started from another commit
    /// may go on only if program and data are the same there.
    pub(super) fn refuse_another_program(
        &self,
        head: &str,
        tree: &str,
    ) -> Result<(), RepositoryError> {
        let Some(started) = self.local.head_id()? else { return Ok(()) };
        if started == head {
            return Ok(());
        }
        let data = self.target.data.trim_start_matches("./").trim_end_matches('/');
        // A folder elsewhere is no part of the repository.
        let data =
            (!data.is_empty() && !data.starts_with('/') && !data.contains("..")).then_some(data);
        for path in [Some(PROGRAM), data].into_iter().flatten() {
            let here = self.local.id_at(&started, path)?;
            let there = match self.local.id_at(head, "")? {
                Some(_) => self.local.id_at(head, path)?,
                None => self.id_of(tree, &self.at_top(path))?,
            };
            if here != there {
                let (started, head) = (short(&started), short(head));
                return Err(RepositoryError::Outdated {
                    message: format!(
                        "{path} of the commit that this run was started from ({started}) is another one than on {} \
                         ({head}): the next run starts from there; at your desk, pull or push first",
                        self.named()
                    ),
                });
            }
        }
        Ok(())
    }

    /// The id of what a tree has at a path.
    fn id_of(&self, tree: &str, path: &str) -> Result<Option<String>, RepositoryError> {
        let mut id = tree.to_owned();
        for name in path.split('/') {
            match self.entries(&id)?.remove(name) {
                Some(entry) => id = entry.id,
                None => return Ok(None),
            }
        }
        Ok(Some(id))
    }

    fn entries(&self, tree: &str) -> Result<Entries, RepositoryError> {
        let answer = self.api.get(&self.path(&format!("git/trees/{tree}")))?;
        let Some(listed) = answer.body["tree"].as_array().filter(|_| answer.status == 200) else {
            return Err(self.refused("to read contents", &answer));
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let entry = |entry: &Value| {
            let is_file = text(&entry["mode"]).starts_with("100");
            let is_folder = entry["type"] == "tree";
            (text(&entry["path"]), Entry { is_file, is_folder, id: text(&entry["sha"]) })
        };
        Ok(listed.iter().map(entry).collect())
    }

    /// The loop's files in a tree.
    fn files_of(&self, tree: &str) -> Result<Blobs, RepositoryError> {
        let mut files = Blobs::new();
        for folder in StatePath::FOLDERS {
            let Some(id) = self.folder(tree, folder)? else { continue };
            for (name, entry) in self.entries(&id)? {
                let Ok(path) = format!("{folder}/{name}").parse::<StatePath>() else { continue };
                if !entry.is_file {
                    let message = format!("{} has no regular file {path}", self.named());
                    return Err(RepositoryError::Forbidden { message });
                }
                files.insert(path, self.blob(&entry.id)?.into());
            }
        }
        Ok(files)
    }

    fn folder(&self, tree: &str, folder: &str) -> Result<Option<String>, RepositoryError> {
        let mut id = tree.to_owned();
        for name in self.at_top(folder).split('/') {
            match self.entries(&id)?.remove(name).filter(|entry| entry.is_folder) {
                Some(entry) => id = entry.id,
                None => return Ok(None),
            }
        }
        Ok(Some(id))
    }

    pub(super) fn blob(&self, id: &str) -> Result<Vec<u8>, RepositoryError> {
        if let Some(bytes) = self.local.blob(id)? {
            return Ok(bytes);
        }
        let answer = self.api.get(&self.path(&format!("git/blobs/{id}")))?;
        match decoded(&answer.body).filter(|_| answer.status == 200) {
            Some(bytes) => Ok(bytes),
            None => Err(self.refused("to read contents", &answer)),
        }
    }
}

/// The bytes of a blob or a file as GitHub answers it.
pub(super) fn decoded(body: &Value) -> Option<Vec<u8>> {
    let text = body["content"].as_str().filter(|_| body["encoding"] == "base64")?;
    let text: String = text.split_whitespace().collect();
    BASE64_STANDARD.decode(text).ok()
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}
