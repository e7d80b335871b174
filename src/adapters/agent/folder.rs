//! The folder that an agent works in: what it finds there, and what is read back.
//!
//! Nothing that the agent left is trusted: only plain files of bounded size are read, never through a
//! link, and only after every process of the agent was stopped.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::strategy::MAX_STRATEGY_BYTES;

const BRIEF: &str = "BRIEF.md";
const STRATEGY: &str = "strategy.toml";
const HYPOTHESIS: &str = "HYPOTHESIS.md";
/// Most bytes of a hypothesis that are read.
const MAX_HYPOTHESIS_BYTES: usize = 16 * 1024;

/// A scratch folder, removed when this goes.
pub(super) struct Folder {
    top: TempDir,
}

impl Folder {
    /// A folder with the brief and a copy of the strategy.
    pub(super) fn new(brief: &str, strategy: &str) -> io::Result<Self> {
        let folder = Self { top: tempfile::Builder::new().prefix("sprag-agent-").tempdir()? };
        for path in [folder.work(), folder.home(), folder.temporary()] {
            fs::create_dir(path)?;
        }
        fs::write(folder.work().join(BRIEF), brief)?;
        fs::write(folder.work().join(STRATEGY), strategy)?;
        Ok(folder)
    }

    /// All of it.
    pub(super) fn top(&self) -> &Path {
        self.top.path()
    }

    /// Where the agent starts.
    pub(super) fn work(&self) -> PathBuf {
        self.top().join("work")
    }

    /// Its home, where it keeps what it likes.
    pub(super) fn home(&self) -> PathBuf {
        self.top().join("home")
    }

    /// For its temporary files.
    pub(super) fn temporary(&self) -> PathBuf {
        self.top().join("tmp")
    }

    /// The agent's copy of the strategy.
    pub(super) fn strategy(&self) -> Result<Vec<u8>, String> {
        read(&self.work(), STRATEGY, MAX_STRATEGY_BYTES)
    }

    /// Its hypothesis; none where there is none that can be read.
    pub(super) fn hypothesis(&self) -> Option<Vec<u8>> {
        read(&self.work(), HYPOTHESIS, MAX_HYPOTHESIS_BYTES).ok()
    }
}

/// A plain file of a folder, opened so that neither a link nor a pipe in its place is followed or waited
/// for.
#[cfg(unix)]
fn read(folder: &Path, name: &str, most: usize) -> Result<Vec<u8>, String> {
    use rustix::fs::{FileType, Mode, OFlags, fstat, open, openat};

    let wrong = |what: &str| format!("{name} {what}; expected the file to be edited in its place");
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let directory = open(folder, flags | OFlags::DIRECTORY, Mode::empty())
        .map_err(|_| wrong("can't be read: its folder is gone"))?;
    let file = openat(&directory, name, flags, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::NOENT => wrong("was deleted"),
        rustix::io::Errno::LOOP => wrong("is a link now"),
        error => wrong(&format!("can't be opened ({error})")),
    })?;
    let status = fstat(&file).map_err(|error| wrong(&format!("can't be read ({error})")))?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
        return Err(wrong("is no plain file now"));
    }
    bounded(fs::File::from(file), most).map_err(|what| wrong(&what))
}

#[cfg(not(unix))]
fn read(folder: &Path, name: &str, most: usize) -> Result<Vec<u8>, String> {
    let path = folder.join(name);
    let plain = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
    if !plain {
        return Err(format!("{name} is no plain file now"));
    }
    let file = fs::File::open(path).map_err(|error| format!("{name} can't be read ({error})"))?;
    bounded(file, most).map_err(|what| format!("{name} {what}"))
}

fn bounded(file: fs::File, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("can't be read ({error})"))?;
    if bytes.len() > most { Err(format!("has more than {most} bytes")) } else { Ok(bytes) }
}
