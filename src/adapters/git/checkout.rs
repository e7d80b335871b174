//! Brings the work tree and the index to HEAD after HEAD moved: only the files of the commit, and only
//! where nobody else changed them.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;

use super::commit::{PAUSE, TRIES, names_a_lock};
use super::objects::Objects;
use super::process::{Call, failure};
use super::{GitRepository, locks};
use crate::adapters::files;
use crate::ports::RepositoryError;
use crate::state::{ContentHash, FileIntent, StatePath};

/// A file as HEAD has it.
struct Target {
    blob: String,
    bytes: Vec<u8>,
    hash: ContentHash,
}

impl GitRepository {
    pub(super) fn bring_along(
        &self,
        intents: &[FileIntent],
    ) -> Result<Vec<StatePath>, RepositoryError> {
        let mut objects = Objects::open(&self.git)?;
        let staged = self.staged()?;
        let (mut left_alone, mut restage) = (Vec::new(), Vec::new());
        for intent in intents {
            let Some(target) = self.target(&mut objects, intent.path)? else { continue };
            let staged = staged.get(&intent.path);
            let index = match staged {
                Some(blob) if *blob == target.blob => Some(target.hash.clone()),
                Some(blob) => objects.get(blob)?.map(|object| ContentHash::of(&object.bytes)),
                None => None,
            };
            if !is_ours(intent, &target, index.as_ref())
                || !self.bring_work(intent, &target, staged)?
            {
                left_alone.push(intent.path);
            } else if staged != Some(&target.blob) {
                restage.push((intent.path, target.blob));
            }
        }
        self.restage(&restage)?;
        Ok(left_alone)
    }

    /// Moves these files of the work tree out of the way, each to the same place below a new folder of the git
    /// directory; where that is, if any of them was there.
    ///
    /// # Errors
    /// Failures of the disk; what was moved by then is in the folder.
    pub fn set_aside(&self, paths: &[&str]) -> Result<Option<PathBuf>, RepositoryError> {
        let io = |doing, path: &Path| {
            let path = path.to_owned();
            move |error| RepositoryError::Io { doing, path, error }
        };
        let all = self.layout.git_dir.join("sprag-aside");
        let free = (1_u32..).map(|number| all.join(number.to_string()));
        let Some(folder) = free.into_iter().find(|folder| !folder.exists()) else {
            return Ok(None);
        };
        let mut is_there = false;
        for path in paths {
            let from = self.layout.root.join(path);
            if fs::symlink_metadata(&from).is_err() {
                continue;
            }
            let to = folder.join(path);
            let parent = to.parent().unwrap_or(&folder);
            fs::create_dir_all(parent).map_err(io("create", parent))?;
            // The git directory of a linked work tree can be on another disk.
            fs::copy(&from, &to).map_err(io("copy", &from))?;
            files::remove(&from).map_err(io("remove", &from))?;
            is_there = true;
        }
        Ok(is_there.then_some(folder))
    }

    fn target(
        &self,
        objects: &mut Objects<'_>,
        path: StatePath,
    ) -> Result<Option<Target>, RepositoryError> {
        let revision = format!("HEAD:{}{path}", self.layout.prefix);
        Ok(objects.get(&revision)?.map(|object| Target {
            hash: ContentHash::of(&object.bytes),
            blob: object.id,
            bytes: object.bytes,
        }))
    }

    /// Writes the work tree's file, given the blob that is staged and is ours; false if the file is
    /// somebody else's.
    fn bring_work(
        &self,
        intent: &FileIntent,
        target: &Target,
        staged: Option<&String>,
    ) -> Result<bool, RepositoryError> {
        let path = self.file(intent.path);
        let io = |doing| {
            let path = path.clone();
            move |error| RepositoryError::Io { doing, path, error }
        };
        let found = files::read(&path).map_err(io("read"))?;
        if found.as_ref() == Some(&target.bytes) {
            return Ok(true);
        }
        let hash = found.as_deref().map(ContentHash::of);
        // With its line ends converted on checkout, the file is still the staged one.
        if !is_ours(intent, target, hash.as_ref())
            && (found.is_none() || staged != Some(&self.filtered_blob(intent.path)?))
        {
            return Ok(false);
        }
        files::write(&path, &target.bytes).map_err(io("write"))?;
        Ok(true)
    }

    /// Updates these entries of the user's index, and nothing else in it.
    fn restage(&self, entries: &[(StatePath, String)]) -> Result<(), RepositoryError> {
        if entries.is_empty() {
            return Ok(());
        }
        let input = self.index_entries(entries.iter().map(|(path, blob)| (*path, blob.as_str())));
        let args = ["update-index", "--add", "-z", "--index-info"];
        let call = Call { args: &args, input: &input, env: &[] };
        let mut output = self.git.output(&call)?;
        for _ in 1..TRIES {
            // An editor's `git status` holds the index for a moment.
            if output.status.success() || !names_a_lock(&output.stderr) {
                break;
            }
            sleep(PAUSE);
            output = self.git.output(&call)?;
        }
        match locks::in_the_way(&self.layout) {
            _ if output.status.success() => Ok(()),
            Some(path) if names_a_lock(&output.stderr) => Err(RepositoryError::Busy { path }),
            _ => Err(failure(&args, &output)),
        }
    }
}

/// Whether a copy is one that the loop itself made, so that replacing it loses nothing.
fn is_ours(intent: &FileIntent, target: &Target, copy: Option<&ContentHash>) -> bool {
    copy == intent.before.as_ref() || copy == Some(&intent.after) || copy == Some(&target.hash)
}
