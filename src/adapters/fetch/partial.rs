//! A file that is half there, and what has to be known to go on with it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::adapters::files;

/// Two files in the workshop: the content so far, and what it is the content of.
pub(super) struct Partial {
    pub content: PathBuf,
    about: PathBuf,
}

/// What the content so far belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct About {
    /// SHA-256 of all that decides what is fetched, so that no secret is written down.
    pub of: String,
    /// The server's name for the version.
    pub etag: Option<String>,
    /// When the server says it was changed.
    pub last_modified: Option<String>,
}

impl About {
    /// What a resumed request can be held to: that the rest is of the same version. A weak tag only says
    /// that two versions mean the same.
    pub fn validator(&self) -> Option<&str> {
        let tag = self.etag.as_deref().filter(|tag| !tag.starts_with("W/"));
        tag.or(self.last_modified.as_deref())
    }
}

/// Names what is fetched without saying it.
pub(super) fn name_of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Partial {
    pub fn new(workshop: &Path, symbol: &str) -> Self {
        Self {
            content: workshop.join(format!("{symbol}.part")),
            about: workshop.join(format!("{symbol}.part.json")),
        }
    }

    /// What is there of `of`, and how many bytes; nothing where it is something else.
    pub fn found(&self, of: &str) -> Option<(About, u64)> {
        let about: About = serde_json::from_slice(&fs::read(&self.about).ok()?).ok()?;
        let length = fs::metadata(&self.content).ok()?.len();
        (about.of == of && length > 0).then_some((about, length))
    }

    /// Begins anew.
    pub fn begin(&self, about: &About) -> io::Result<File> {
        // Emptied before it is named: what is there never passes for what it is not.
        let content = File::create(&self.content)?;
        files::write(&self.about, &serde_json::to_vec(about)?)?;
        Ok(content)
    }

    /// Goes on at the end.
    pub fn append(&self) -> io::Result<File> {
        File::options().append(true).open(&self.content)
    }

    pub fn read(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.content)
    }

    /// Cuts off what is not whole.
    pub fn cut(&self, length: u64) -> io::Result<()> {
        File::options().write(true).open(&self.content)?.set_len(length)
    }

    /// Writes a piece and makes it durable.
    pub fn extend(&self, piece: &[u8]) -> io::Result<()> {
        let mut content = self.append()?;
        content.write_all(piece)?;
        content.sync_data()
    }

    pub fn clear(&self) -> io::Result<()> {
        files::remove(&self.content)?;
        files::remove(&self.about)
    }
}
