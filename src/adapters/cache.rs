//! Columns of data files that were parsed before, in a folder of the user's.
//!
//! An entry is named by the content of its file and by what reads it (`market::stored::key`), so that it
//! can't be stale, and ends with a checksum, so that it can't be half there. A cache only saves time: what
//! goes wrong with it is never an error.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::Builder;

use crate::market::stored::{self, Stored};

/// Smallest file that is worth an entry: a smaller one is parsed in some milliseconds.
pub const SMALLEST_BYTES: u64 = 1 << 20;
/// What all entries together may take.
pub const LARGEST_BYTES: u64 = 2 << 30;

const ENDING: &str = "columns";
const TEMPORARY_PREFIX: &str = ".sprag-";
/// After this long a temporary file belongs to a run that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 3_600);

/// A folder of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    folder: PathBuf,
    largest_bytes: u64,
}

impl Cache {
    /// Uses this folder, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), largest_bytes: LARGEST_BYTES }
    }

    /// Keeps the entries together below a size of one's own.
    pub fn at_most(self, largest_bytes: u64) -> Self {
        Self { largest_bytes, ..self }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The entry of this key, if there is one and it is whole.
    #[expect(
        clippy::disallowed_methods,
        reason = "the time is for the file system, which has no other way to be told of a use"
    )]
    pub fn get(&self, key: &str) -> Option<Stored> {
        let path = self.path(key);
        let file = File::open(&path).ok()?;
        let length = file.metadata().ok()?.len();
        let stored = stored::read(key, &file, length).ok().flatten();
        if stored.is_some() {
            // The entry used last is the last to go. Where times can't be set, it goes by its age.
            let _ = file.set_modified(SystemTime::now());
        }
        stored
    }

    /// Keeps an entry, and makes room for it.
    pub fn put(&self, key: &str, stored: &Stored) {
        // A full disk or a folder that can't be written to costs the time of parsing, and no more.
        let _ = self.try_put(key, stored);
    }

    fn try_put(&self, key: &str, stored: &Stored) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let temporary = Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(&self.folder)?;
        stored::write(key, stored, BufWriter::new(temporary.as_file()))?;
        let size = temporary.as_file().metadata()?.len();
        if size > self.largest_bytes {
            return Ok(());
        }
        self.make_room(size)?;
        temporary.persist(self.path(key))?;
        Ok(())
    }

    /// Removes the entries that were used longest ago until `size` more bytes fit in.
    fn make_room(&self, size: u64) -> io::Result<()> {
        let mut entries: Vec<(SystemTime, PathBuf, u64)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let (path, meta) = (entry.path(), entry.metadata()?);
            let used = meta.modified()?;
            let is_temporary = entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX);
            if path.extension().is_some_and(|ending| ending == ENDING) {
                entries.push((used, path, meta.len()));
            } else if is_temporary && used.elapsed().is_ok_and(|age| age > ABANDONED) {
                fs::remove_file(path)?;
            }
        }
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, _, bytes)| bytes).sum();
        for (_, path, bytes) in entries {
            if total.saturating_add(size) <= self.largest_bytes {
                break;
            }
            fs::remove_file(path)?;
            total -= bytes;
        }
        Ok(())
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key).with_extension(ENDING)
    }
}
