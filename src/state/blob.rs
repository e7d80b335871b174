//! A file as it was found or is to be written. Never touches a file.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::{Change, ContentHash, StateError, StatePath};

/// The bytes of a file: shared by all who know them, and hashed at most once.
#[derive(Debug, Clone)]
pub struct Blob {
    content: Content,
    hash: Arc<OnceLock<ContentHash>>,
}

/// The files of one commit, as far as they are the loop's.
pub type Blobs = BTreeMap<StatePath, Blob>;

#[derive(Debug, Clone)]
enum Content {
    Text(Arc<String>),
    /// What is no UTF-8.
    Binary(Arc<Vec<u8>>),
}

impl Blob {
    /// The SHA-256 of the bytes.
    pub fn hash(&self) -> &ContentHash {
        self.hash.get_or_init(|| ContentHash::of(self))
    }

    /// The same, where the hash may be known from elsewhere.
    pub(super) fn hash_known(&self, known: impl FnOnce() -> Option<ContentHash>) -> &ContentHash {
        self.hash.get_or_init(|| known().unwrap_or_else(|| ContentHash::of(self)))
    }

    /// The text; `None` where the bytes are no UTF-8.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Binary(_) => None,
        }
    }

    /// The text of the file that is at `path`, to be kept.
    pub(super) fn shared(&self, path: StatePath) -> Result<&Arc<String>, StateError> {
        match &self.content {
            Content::Text(text) => Ok(text),
            Content::Binary(_) => Err(StateError::NotText { path }),
        }
    }
}

impl Deref for Blob {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.content {
            Content::Text(text) => text.as_bytes(),
            Content::Binary(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        let content = match String::from_utf8(bytes) {
            Ok(text) => Content::Text(Arc::new(text)),
            Err(error) => Content::Binary(Arc::new(error.into_bytes())),
        };
        Self { content, hash: Arc::default() }
    }
}

impl From<&[u8]> for Blob {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<&str> for Blob {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl From<String> for Blob {
    fn from(text: String) -> Self {
        Self { content: Content::Text(Arc::new(text)), hash: Arc::default() }
    }
}

/// The file that a change makes.
impl From<&Change> for Blob {
    fn from(change: &Change) -> Self {
        let hash = Arc::new(OnceLock::from(change.after.clone()));
        Self { content: Content::Text(Arc::clone(&change.text)), hash }
    }
}

/// Blobs are the same if their bytes are.
impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.hash, &other.hash) || **self == **other
    }
}
