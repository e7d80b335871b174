//! Looks at HEAD, index, work tree and journal, with two git processes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::GitRepository;
use super::objects::Objects;
use super::process::Call;
use crate::adapters::files;
use crate::ports::{CommitId, RepositoryError, Snapshot};
use crate::state::{Blob, Blobs, ContentHash, Copies, StatePath};

/// What git keeps while something is under way that our commit would get in the midst of.
const UNDER_WAY: [(&str, &str); 6] = [
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
];

impl GitRepository {
    pub(super) fn look(&self) -> Result<Snapshot, RepositoryError> {
        for (file, what) in UNDER_WAY {
            if self.layout.git_dir.join(file).exists() {
                return Err(RepositoryError::UnderWay { what: what.to_owned() });
            }
        }
        self.refuse_links()?;
        let mut objects = Objects::open(&self.git)?;
        let head = objects.get("HEAD")?.map(|object| object.id);
        let (mut snapshot, mut blobs) = (Snapshot::default(), BTreeMap::new());
        if let Some(head) = &head {
            // Everything below is read from this commit, wherever HEAD goes meanwhile.
            for path in self.listed(&mut objects, head)? {
                let revision = format!("{head}:{}{path}", self.layout.prefix);
                if let Some(object) = objects.get(&revision)? {
                    let blob = Blob::from(object.bytes);
                    blobs.insert(path, (object.id, blob.hash().clone()));
                    snapshot.files.insert(path, blob);
                }
            }
        }
        snapshot.head = head.map(CommitId::new);
        let staged = self.staged()?;
        for path in self.everywhere(&snapshot, &staged) {
            let committed = blobs.get(&path);
            let index = match staged.get(&path) {
                Some(blob) if committed.is_some_and(|(id, _)| id == blob) => {
                    committed.map(|(_, hash)| hash.clone())
                }
                Some(blob) => objects.get(blob)?.map(|object| ContentHash::of(&object.bytes)),
                None => None,
            };
            let work = self.work_copy(path, &mut snapshot, committed)?;
            if index.is_some() || work.is_some() || committed.is_some() {
                snapshot.copies.insert(path, Copies { index, work });
            }
        }
        let journal = self.journal();
        snapshot.journal = files::read(&journal).map_err(|error| RepositoryError::Io {
            doing: "read",
            path: journal,
            error,
        })?;
        Ok(snapshot)
    }

    /// Files of the loop in a commit; `None` where this clone hasn't all of it.
    ///
    /// # Errors
    /// Failures of git.
    pub fn files_at(&self, commit: &str) -> Result<Option<Blobs>, RepositoryError> {
        let mut objects = Objects::open(&self.git)?;
        if objects.get(commit)?.is_none() {
            return Ok(None);
        }
        let mut files = Blobs::new();
        for path in self.listed(&mut objects, commit)? {
            let revision = format!("{commit}:{}{path}", self.layout.prefix);
            let Some(object) = objects.get(&revision)? else { return Ok(None) };
            files.insert(path, object.bytes.into());
        }
        Ok(Some(files))
    }

    /// Id of what a commit has at a path below the root, as far as this clone knows; of the commit itself without a
    /// path.
    ///
    /// # Errors
    /// Failures of git.
    pub fn id_at(&self, commit: &str, path: &str) -> Result<Option<String>, RepositoryError> {
        let revision = match path {
            "" => commit.to_owned(),
            path => format!("{commit}:{}{path}", self.layout.prefix),
        };
        Ok(Objects::open(&self.git)?.get(&revision)?.map(|object| object.id))
    }

    /// A blob, if this clone has it.
    ///
    /// # Errors
    /// Failures of git.
    pub fn blob(&self, id: &str) -> Result<Option<Vec<u8>>, RepositoryError> {
        let found = Objects::open(&self.git)?.get(id)?;
        Ok(found.filter(|object| object.kind == "blob").map(|object| object.bytes))
    }

    /// Files of the loop in the work tree.
    ///
    /// # Errors
    /// A disk that can't be read.
    pub fn work_files(&self) -> Result<Blobs, RepositoryError> {
        let mut found_files = Blobs::new();
        for path in self.everywhere(&Snapshot::default(), &BTreeMap::new()) {
            found_files.extend(self.work_bytes(path)?.map(|bytes| (path, bytes.into())));
        }
        Ok(found_files)
    }

    /// Files of the loop in a commit.
    fn listed(
        &self,
        objects: &mut Objects<'_>,
        commit: &str,
    ) -> Result<Vec<StatePath>, RepositoryError> {
        let mut paths = Vec::new();
        for folder in StatePath::FOLDERS {
            for entry in objects.tree(&format!("{commit}:{}{folder}", self.layout.prefix))? {
                let Ok(path) = format!("{folder}/{}", entry.name).parse() else { continue };
                if !entry.mode.starts_with("100") {
                    return Err(RepositoryError::Unusable {
                        path: self.file(path),
                        message: "the last commit has no regular file there".to_owned(),
                    });
                }
                paths.push(path);
            }
        }
        Ok(paths)
    }

    /// The blobs of the loop's files in the user's index.
    pub(super) fn staged(&self) -> Result<BTreeMap<StatePath, String>, RepositoryError> {
        let args = ["ls-files", "-s", "-z", "--", "state"];
        let listing = self.git.run(&Call { args: &args, ..Call::default() })?;
        let mut staged = BTreeMap::new();
        // `mode SP blob SP stage TAB path`
        for entry in String::from_utf8_lossy(&listing).split_terminator('\0') {
            let Some((fields, path)) = entry.split_once('\t') else { continue };
            let Ok(path) = path.parse::<StatePath>() else { continue };
            match fields.split(' ').collect::<Vec<_>>()[..] {
                [_, blob, "0"] => staged.insert(path, blob.to_owned()),
                _ => {
                    let what = format!("merge with a conflict in {path}");
                    return Err(RepositoryError::UnderWay { what });
                }
            };
        }
        Ok(staged)
    }

    /// Every file of the loop that is in HEAD, in the index or in the work tree.
    fn everywhere(
        &self,
        snapshot: &Snapshot,
        staged: &BTreeMap<StatePath, String>,
    ) -> BTreeSet<StatePath> {
        let known = snapshot.files.keys().chain(staged.keys()).copied();
        let mut paths: BTreeSet<StatePath> = known.chain(StatePath::FIXED).collect();
        for folder in StatePath::FOLDERS {
            // A folder that isn't there has no files.
            let entries = fs::read_dir(self.layout.root.join(folder)).into_iter().flatten();
            for entry in entries.flatten() {
                let name = entry.file_name();
                let path = name.to_str().and_then(|name| format!("{folder}/{name}").parse().ok());
                paths.extend::<Option<StatePath>>(path);
            }
        }
        paths
    }

    /// The work tree's file; `None` where there is none.
    fn work_bytes(&self, path: StatePath) -> Result<Option<Vec<u8>>, RepositoryError> {
        let file = self.file(path);
        files::read(&file).map_err(|error| RepositoryError::Io { doing: "read", path: file, error })
    }

    /// Hash of the work tree's file, in terms of the committed content.
    fn work_copy(
        &self,
        path: StatePath,
        snapshot: &mut Snapshot,
        committed: Option<&(String, ContentHash)>,
    ) -> Result<Option<ContentHash>, RepositoryError> {
        let Some(bytes) = self.work_bytes(path)? else { return Ok(None) };
        let hash = ContentHash::of(&bytes);
        if let Some((blob, of_head)) = committed
            && hash != *of_head
            && self.filtered_blob(path)? == *blob
        {
            // Line ends were converted on checkout: for git, and so for us, it is the same content.
            return Ok(Some(of_head.clone()));
        }
        if committed.is_none() && path == StatePath::Strategy {
            snapshot.new_strategy = Some(bytes);
        }
        Ok(Some(hash))
    }

    /// The blob that `git add` would make of the work tree's file.
    pub(super) fn filtered_blob(&self, path: StatePath) -> Result<String, RepositoryError> {
        let path = path.to_string();
        self.git.line(&Call { args: &["hash-object", "--", &path], ..Call::default() })
    }

    /// A folder of ours that is a link would have us write somewhere else.
    pub(super) fn refuse_links(&self) -> Result<(), RepositoryError> {
        for folder in StatePath::FOLDERS {
            let path = self.layout.root.join(folder);
            if fs::symlink_metadata(&path).is_ok_and(|meta| !meta.is_dir()) {
                let message = "it has to be a folder, not a file or a link".to_owned();
                return Err(RepositoryError::Unusable { path, message });
            }
        }
        Ok(())
    }
}
