//! From what came to the file of a symbol: looked at, compared with what is there, put in its place.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::download::Version;
use super::partial::Partial;
use super::{Address, FetchError, Fetched, Fetcher, WORKSHOP};
use crate::adapters::files;
use crate::market::{self, FileCheck, Parsed, Source, format_time, report};
use crate::sources::history::Difference;
use crate::sources::lock::{self, Entry};
use crate::sources::stooq::{self, Refusal};

/// Findings that an error lists.
const LISTED: usize = 5;

/// The file of a symbol that is there.
pub(super) struct Existing {
    pub path: PathBuf,
    pub bytes: Bytes,
    pub sha256: String,
}

impl Existing {
    fn name(&self) -> String {
        file_name(&self.path)
    }
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Fetcher<'_> {
    /// Fetches a file at an address.
    pub(super) fn file(
        &mut self,
        symbol: &str,
        address: &Address,
        expected: Option<&str>,
        of_stooq: bool,
    ) -> Result<Fetched, FetchError> {
        let existing = self.existing(symbol)?;
        if let Some(existing) = existing.as_ref().filter(|file| expected == Some(&file.sha256)) {
            let known = self.lock.files.get(&existing.name()).cloned().unwrap_or_default();
            let version = Version::of(&known);
            return self.unchanged(existing, symbol, address, &version);
        }
        let partial = Partial::new(&self.folder.join(WORKSHOP), symbol);
        // A file without its checksum is wanted anew, whether or not the source has another.
        let known = existing.as_ref().filter(|_| expected.is_none());
        let known = known.and_then(|file| self.entry(file, address)).map(Version::of);
        let version = match (self.download(symbol, address, known.as_ref(), &partial)?, &existing) {
            (Some(version), _) => version,
            (None, Some(existing)) => {
                return self.unchanged(existing, symbol, address, &known.unwrap_or_default());
            }
            // Nothing was asked on condition that nothing is there.
            (None, None) => Version::default(),
        };
        let bytes = partial.read().map_err(|error| FetchError::disk(&partial.content, &error))?;
        // Whatever becomes of it: another run asks anew.
        partial.clear().map_err(|error| FetchError::disk(&partial.content, &error))?;
        let bytes = Bytes::from(bytes);
        if of_stooq {
            refuse_sentences(&bytes, &address.shown)?;
        }
        let found = sha256(&bytes);
        if let Some(expected) = expected.filter(|expected| **expected != found) {
            return Err(FetchError::Checksum { expected: expected.into(), found });
        }
        self.install(symbol, &bytes, address, &version, existing.as_ref())
    }

    /// The file of a symbol, if there is one.
    pub(super) fn existing(&self, symbol: &str) -> Result<Option<Existing>, FetchError> {
        for path in self.places(symbol) {
            match fs::read(&path) {
                Ok(bytes) => {
                    let sha256 = sha256(&bytes);
                    return Ok(Some(Existing { path, bytes: bytes.into(), sha256 }));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(FetchError::disk(&path, &error)),
            }
        }
        Ok(None)
    }

    /// What is remembered of a file that was fetched from this address and is as it was then.
    pub(super) fn entry(&self, existing: &Existing, address: &Address) -> Option<&Entry> {
        let entry = self.lock.files.get(&existing.name())?;
        (entry.source == address.shown && entry.sha256 == existing.sha256).then_some(entry)
    }

    /// Whether a file was fetched from this address, the one that was about to be replaced included.
    pub(super) fn is_ours(&self, existing: &Existing, address: &Address) -> bool {
        let is_old = |entry: &Entry| {
            entry.source == address.shown && entry.replaces.as_ref() == Some(&existing.sha256)
        };
        self.entry(existing, address).is_some() || self.lock.files.values().any(is_old)
    }

    /// Puts bytes in the place of a symbol's file, if they are bars and go with those that are there.
    pub(super) fn install(
        &mut self,
        symbol: &str,
        bytes: &Bytes,
        address: &Address,
        version: &Version,
        existing: Option<&Existing>,
    ) -> Result<Fetched, FetchError> {
        if let Some(existing) = existing.filter(|existing| existing.bytes == *bytes) {
            return self.unchanged(existing, symbol, address, version);
        }
        refuse_pages(bytes)?;
        let [csv, parquet] = self.places(symbol);
        let path = if bytes.starts_with(b"PAR1") { parquet } else { csv };
        let Parsed { bars, check } = self.look(&path, symbol, bytes);
        let Some(bars) = bars else { return Err(FetchError::Unusable(findings(&check))) };
        let mut added = bars.len();
        if let Some(existing) = existing {
            let is_ours = self.is_ours(existing, address);
            let before = self.look(&existing.path, symbol, &existing.bytes).bars;
            let difference = before.map(|before| Difference::between(&before, &bars));
            added = difference.as_ref().map_or(bars.len(), |difference| difference.added);
            if !self.is_forced {
                let Some(difference) = difference.filter(|_| is_ours) else {
                    return Err(FetchError::Foreign(existing.path.display().to_string()));
                };
                refuse_rewrites(&difference)?;
            }
        }
        let entry = self.entry_of(bytes, &check, address, version);
        let replaces = existing.map(|existing| existing.sha256.clone());
        self.remember(&path, Entry { replaces, ..entry.clone() })?;
        files::write(&path, bytes).map_err(|error| FetchError::disk(&path, &error))?;
        if let Some(existing) = existing.filter(|existing| existing.path != path) {
            // The other format's file: a symbol is in one file only.
            files::remove(&existing.path)
                .map_err(|error| FetchError::disk(&existing.path, &error))?;
            self.lock.files.remove(&existing.name());
        }
        self.remember(&path, entry)?;
        Ok(fetched(path, check, true, added))
    }

    /// A file that has all there is.
    pub(super) fn unchanged(
        &mut self,
        existing: &Existing,
        symbol: &str,
        address: &Address,
        version: &Version,
    ) -> Result<Fetched, FetchError> {
        let Parsed { bars, check } = self.look(&existing.path, symbol, &existing.bytes);
        if bars.is_none() {
            return Err(FetchError::Unusable(findings(&check)));
        }
        let known = self.entry(existing, address);
        if known.is_none_or(|entry| Version::of(entry) != *version || entry.replaces.is_some()) {
            let entry = self.entry_of(&existing.bytes, &check, address, version);
            self.remember(&existing.path, entry)?;
        }
        Ok(fetched(existing.path.clone(), check, false, 0))
    }

    fn look(&self, path: &Path, symbol: &str, bytes: &Bytes) -> Parsed {
        let file = path.display().to_string();
        market::read_bytes(&Source { file: &file, symbol, zone: &self.zone }, bytes)
    }

    fn entry_of(
        &self,
        bytes: &[u8],
        check: &FileCheck,
        address: &Address,
        version: &Version,
    ) -> Entry {
        let time = |time: Option<i64>| time.map(format_time).unwrap_or_default();
        Entry {
            source: address.shown.clone(),
            sha256: sha256(bytes),
            bytes: bytes.len() as u64,
            bars: check.bars,
            from: time(check.from),
            to: time(check.to),
            etag: version.etag.clone(),
            last_modified: version.last_modified.clone(),
            fetched: format_time((self.now)()),
            replaces: None,
        }
    }

    fn remember(&mut self, path: &Path, entry: Entry) -> Result<(), FetchError> {
        self.lock.files.insert(file_name(path), entry);
        let path = self.folder.join(lock::FILE_NAME);
        files::write(&path, self.lock.text().as_bytes())
            .map_err(|error| FetchError::disk(&path, &error))
    }
}

fn fetched(path: PathBuf, check: FileCheck, is_new: bool, added: usize) -> Fetched {
    Fetched {
        path,
        is_new,
        bars: check.bars,
        added,
        span: check.from.zip(check.to),
        warnings: check.warnings,
    }
}

fn findings(check: &FileCheck) -> String {
    let file = check.file.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = check.errors.iter().take(LISTED).map(|error| report::line(file, error));
    let mut lines: Vec<String> = shown.collect();
    if check.errors.len() > LISTED {
        lines.push(format!("and {} more errors", check.errors.len() - LISTED));
    }
    lines.join("\n  ")
}

/// A page for browsers, such as a login or a list of cookies, in place of data.
fn refuse_pages(bytes: &[u8]) -> Result<(), FetchError> {
    let start = bytes[..bytes.len().min(1_024)].trim_ascii_start();
    if start.starts_with(b"<") {
        let line: String = String::from_utf8_lossy(start).chars().take(60).collect();
        let line = line.lines().next().unwrap_or_default().to_owned();
        return Err(FetchError::Unusable(format!("a web page, not data: {line}")));
    }
    Ok(())
}

fn refuse_sentences(bytes: &[u8], shown: &str) -> Result<(), FetchError> {
    match stooq::refusal(bytes) {
        Some(Refusal::NoData) => Err(FetchError::NoData(format!("no data at {shown}"))),
        Some(Refusal::TooMany) => {
            Err(FetchError::TooMany("stooq gives no more files today".into()))
        }
        None => Ok(()),
    }
}

fn refuse_rewrites(difference: &Difference) -> Result<(), FetchError> {
    if !difference.rewrites() {
        return Ok(());
    }
    let Difference { removed, changed, .. } = difference;
    let first = difference.first.as_deref().unwrap_or_default();
    let text = format!("{changed} bars changed, {removed} gone; the first, {first}");
    Err(FetchError::Rewritten(text))
}
