//! One file by its address: conditional where it is there already, resumed where it broke off.

use std::cell::Cell;
use std::io::Write;

use super::partial::{About, Partial, name_of};
use super::{Address, Event, FetchError, Fetcher};
use crate::adapters::http::{HttpError, Reply};
use crate::sources::lock::Entry;

/// What a server knows a version by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Version {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

impl Version {
    pub fn of(entry: &Entry) -> Self {
        Self { etag: entry.etag.clone(), last_modified: entry.last_modified.clone() }
    }

    fn of_reply(reply: &Reply<'_>) -> Self {
        let header = |name| reply.header(name).map(str::to_owned);
        Self { etag: header("etag"), last_modified: header("last-modified") }
    }
}

/// How an attempt went on.
enum Step {
    Done(Option<Version>),
    /// What was there is of another version, or more than there is: from the beginning.
    Restart,
}

impl Fetcher<'_> {
    /// Downloads into `partial`; `None` if the server says that `known` is the latest version.
    pub(super) fn download(
        &self,
        symbol: &str,
        address: &Address,
        known: Option<&Version>,
        partial: &Partial,
    ) -> Result<Option<Version>, FetchError> {
        let of = name_of(&[&address.real]);
        let progress = Cell::new(0);
        self.persist(symbol, &progress, || {
            // A second restart in a row would be a server that contradicts itself.
            for _ in 0..2 {
                let found = partial.found(&of).filter(|(about, _)| about.validator().is_some());
                let step = match found {
                    Some((about, length)) => {
                        self.resume(symbol, address, partial, &about, length, &progress)?
                    }
                    None => self.begin(symbol, address, known, partial, &of, &progress)?,
                };
                match step {
                    Step::Done(version) => return Ok(version),
                    Step::Restart => partial
                        .clear()
                        .map_err(|error| FetchError::disk(&partial.content, &error))?,
                }
            }
            let message = "the server contradicts itself about what it sent before";
            Err(HttpError::Lost(message.into()).into())
        })
    }

    fn begin(
        &self,
        symbol: &str,
        address: &Address,
        known: Option<&Version>,
        partial: &Partial,
        of: &str,
        progress: &Cell<u64>,
    ) -> Result<Step, FetchError> {
        let mut headers = vec![("accept-encoding", "identity")];
        if let Some(tag) = known.and_then(|known| known.etag.as_deref()) {
            headers.push(("if-none-match", tag));
        } else if let Some(date) = known.and_then(|known| known.last_modified.as_deref()) {
            headers.push(("if-modified-since", date));
        }
        let reply = self.http.get(&address.real, &headers)?;
        match reply.status() {
            304 if known.is_some() => Ok(Step::Done(None)),
            200 => self.receive_all(symbol, reply, partial, of, progress),
            _ => Err(FetchError::refused(&reply.refusal())),
        }
    }

    fn resume(
        &self,
        symbol: &str,
        address: &Address,
        partial: &Partial,
        about: &About,
        length: u64,
        progress: &Cell<u64>,
    ) -> Result<Step, FetchError> {
        let range = format!("bytes={length}-");
        let validator = about.validator().unwrap_or_default();
        let headers =
            [("accept-encoding", "identity"), ("range", range.as_str()), ("if-range", validator)];
        let reply = self.http.get(&address.real, &headers)?;
        let version =
            Version { etag: about.etag.clone(), last_modified: about.last_modified.clone() };
        let extent = reply.header("content-range").and_then(extent);
        match reply.status() {
            206 => match extent {
                Some((Some(start), total)) if start == length => {
                    let file = partial.append();
                    let file = file.map_err(|error| FetchError::disk(&partial.content, &error))?;
                    self.receive(symbol, reply, file, length, total, progress)?;
                    Ok(Step::Done(Some(version)))
                }
                _ => Ok(Step::Restart),
            },
            // All of it was there: only the end of the last run was missing.
            416 if extent == Some((None, Some(length))) => Ok(Step::Done(Some(version))),
            416 => Ok(Step::Restart),
            // Another version, or a server that knows no ranges: it sends everything.
            200 => self.receive_all(symbol, reply, partial, &about.of, progress),
            _ => Err(FetchError::refused(&reply.refusal())),
        }
    }

    fn receive_all(
        &self,
        symbol: &str,
        reply: Reply<'_>,
        partial: &Partial,
        of: &str,
        progress: &Cell<u64>,
    ) -> Result<Step, FetchError> {
        let version = Version::of_reply(&reply);
        let about = About {
            of: of.into(),
            etag: version.etag.clone(),
            last_modified: version.last_modified.clone(),
        };
        let file = partial.begin(&about);
        let file = file.map_err(|error| FetchError::disk(&partial.content, &error))?;
        let total = reply.length();
        self.receive(symbol, reply, file, 0, total, progress)?;
        Ok(Step::Done(Some(version)))
    }

    /// Writes a body behind the `done` bytes that are there.
    fn receive(
        &self,
        symbol: &str,
        mut reply: Reply<'_>,
        mut file: std::fs::File,
        mut done: u64,
        total: Option<u64>,
        progress: &Cell<u64>,
    ) -> Result<(), FetchError> {
        let most = self.patience.most_bytes;
        let too_large = || FetchError::TooLarge { most };
        if total.is_some_and(|total| total > most) {
            return Err(too_large());
        }
        while let Some(piece) = reply.piece()? {
            done += piece.len() as u64;
            if done > most {
                return Err(too_large());
            }
            file.write_all(&piece).map_err(|error| FetchError::disk(&self.folder, &error))?;
            progress.set(progress.get() + piece.len() as u64);
            (self.report)(&Event::Bytes { symbol, done, total });
        }
        file.sync_data().map_err(|error| FetchError::disk(&self.folder, &error))?;
        if total.is_some_and(|total| total != done) {
            let message = format!("{done} bytes came of {}", total.unwrap_or_default());
            return Err(HttpError::Lost(message).into());
        }
        Ok(())
    }
}

/// `bytes 200-999/1000` to (200, 1000), `bytes */1000` to (nothing, 1000); `*` as a total is unknown.
fn extent(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let total = match total {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    let start = match range {
        "*" => None,
        range => Some(range.split_once('-')?.0.parse().ok()?),
    };
    Some((start, total))
}
