//! Klines page by page: what is new since the last bar of the file, each page durable before the next.

use std::cell::Cell;
use std::time::Duration;

use bytes::Bytes;

use super::download::Version;
use super::install::Existing;
use super::partial::{About, Partial, name_of};
use super::{Address, Event, FetchError, Fetched, Fetcher, WORKSHOP};
use crate::adapters::http;
use crate::market::{Bars, TimeMs, format_time, read_csv};
use crate::program::Interval;
use crate::sources::klines::{self, CALM_WEIGHT, HEADER, Kline, PAGE, WEIGHT_HEADER};

/// Most bytes of one page: a thousand klines take some 200 KB.
const MOST_OF_A_PAGE: usize = 8 << 20;
const MINUTE: u64 = 60;

/// What is wanted of the interface.
pub(super) struct Wanted<'a> {
    pub symbol: &'a str,
    pub ticker: &'a str,
    pub interval: Interval,
    pub from: Option<TimeMs>,
    pub to: Option<TimeMs>,
}

/// One page, without bars that aren't complete yet.
struct Page {
    klines: Vec<Kline>,
    /// Whether there are more bars after these.
    is_full: bool,
}

impl Fetcher<'_> {
    /// Fetches what is new of a symbol's klines.
    pub(super) fn klines(
        &mut self,
        base: &Address,
        wanted: &Wanted<'_>,
    ) -> Result<Fetched, FetchError> {
        let Wanted { symbol, ticker, interval, from, .. } = *wanted;
        let begin = from.unwrap_or(0);
        // What the lock remembers: the interface with what was asked, but not up to when.
        let path = |address: &str| klines::address(address, ticker, interval, begin, None);
        let address = Address { real: path(&base.real), shown: path(&base.shown) };
        let existing = self.existing(symbol)?;
        let kept = match &existing {
            Some(existing) if !self.is_forced => {
                if !self.is_ours(existing, &address) {
                    return Err(FetchError::Foreign(existing.path.display().to_string()));
                }
                Some(existing)
            }
            _ => None,
        };
        let partial = Partial::new(&self.folder.join(WORKSHOP), symbol);
        let rows = self.rows(base, wanted, kept, &partial)?;
        let whole = match kept {
            Some(kept) if rows.is_empty() => kept.bytes.clone(),
            Some(kept) => Bytes::from([&kept.bytes[..], &rows].concat()),
            None => Bytes::from([HEADER.as_bytes(), &rows].concat()),
        };
        if kept.is_none() && rows.is_empty() {
            let message = format!("no complete bar of {ticker} in this time");
            return Err(FetchError::NoData(message));
        }
        let fetched =
            self.install(symbol, &whole, &address, &Version::default(), existing.as_ref());
        // Rows that can't be used would only be met again.
        partial.clear().map_err(|error| FetchError::disk(&partial.content, &error))?;
        fetched
    }

    /// The new rows, those of a run that was interrupted included.
    fn rows(
        &self,
        base: &Address,
        wanted: &Wanted<'_>,
        kept: Option<&Existing>,
        partial: &Partial,
    ) -> Result<Vec<u8>, FetchError> {
        let disk = |error: std::io::Error| FetchError::disk(&partial.content, &error);
        let begin = wanted.from.unwrap_or(0).to_string();
        let continues = kept.map_or("", |kept| &kept.sha256);
        let ticker = wanted.ticker;
        let of = name_of(&[&base.real, ticker, wanted.interval.name(), &begin, continues]);
        if partial.found(&of).is_none() {
            partial.begin(&About { of, ..About::default() }).map_err(disk)?;
        }
        let mut rows = partial.read().map_err(disk)?;
        // A line that a killed run left unfinished.
        let whole = rows.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        rows.truncate(whole);
        partial.cut(whole as u64).map_err(disk)?;
        let kept_last = kept.and_then(|kept| last_bar(&kept.bytes));
        let mut next = match last_time(&rows) {
            Some(last) => last + 1,
            None => kept_last.as_ref().map_or(wanted.from.unwrap_or(0), |(time, _)| *time),
        };
        let mut done = 0;
        while wanted.to.is_none_or(|to| next <= to) {
            let page = self.page(base, wanted, next)?;
            let mut klines = page.klines.as_slice();
            if let (Some((time, row)), true) = (&kept_last, rows.is_empty()) {
                // The first page begins with the bar that is there, as it was.
                klines = self.after(klines, *time, row)?;
            }
            let more: String = klines.iter().map(|kline| kline.row.as_str()).collect();
            partial.extend(more.as_bytes()).map_err(disk)?;
            rows.extend_from_slice(more.as_bytes());
            done += klines.len();
            if let Some(last) = page.klines.last() {
                next = last.open_time + 1;
                let event = Event::Bars { symbol: wanted.symbol, done, last: last.open_time };
                (self.report)(&event);
            }
            if !page.is_full || page.klines.is_empty() {
                break;
            }
            if rows.len() as u64 > self.patience.most_bytes {
                let most = self.patience.most_bytes;
                return Err(FetchError::TooLarge { most });
            }
            self.pause(self.patience.pause);
        }
        Ok(rows)
    }

    /// The klines after one that is there already, which must be the first of them.
    fn after<'k>(
        &self,
        klines: &'k [Kline],
        time: TimeMs,
        row: &str,
    ) -> Result<&'k [Kline], FetchError> {
        match klines.split_first() {
            Some((first, rest)) if first.open_time == time && same(&first.row, row) => Ok(rest),
            Some((first, _)) => {
                let (was, is) = (row.trim_end(), first.row.trim_end());
                Err(FetchError::Rewritten(format!("the last bar was {was} and is {is}")))
            }
            None => {
                let text = format!("the last bar, {}, is gone", format_time(time));
                Err(FetchError::Rewritten(text))
            }
        }
    }

    fn page(&self, base: &Address, wanted: &Wanted<'_>, from: TimeMs) -> Result<Page, FetchError> {
        let url = klines::address(&base.real, wanted.ticker, wanted.interval, from, wanted.to);
        let never = Cell::new(0);
        self.persist(wanted.symbol, &never, || {
            let reply = self.http.get(&url, &[])?;
            if reply.status() != 200 {
                return Err(FetchError::refused(&reply.refusal()));
            }
            let used = reply.header(WEIGHT_HEADER).and_then(|used| used.parse::<u64>().ok());
            // A bar is complete by the server's clock.
            let now = reply.header("date").and_then(http::time).map(|now| now.as_millisecond());
            let now = now.unwrap_or_else(|| (self.now)());
            let body = reply.answer(MOST_OF_A_PAGE)?.body;
            let mut klines = klines::read(&body).map_err(FetchError::Unusable)?;
            let is_full = klines.len() >= PAGE;
            klines.retain(|kline| kline.open_time >= from && kline.close_time < now);
            if used.is_some_and(|used| used > CALM_WEIGHT) {
                let wait = Duration::from_secs(MINUTE);
                let why = "nearly all requests of this minute are used up".into();
                (self.report)(&Event::Waiting { symbol: wanted.symbol, why, wait });
                self.pause(wait.min(self.patience.longest_asked));
            }
            Ok(Page { klines, is_full })
        })
    }
}

/// The last bar of a file of ours: its time and its line.
fn last_bar(bytes: &[u8]) -> Option<(TimeMs, String)> {
    let text = str::from_utf8(bytes).ok()?;
    let row = text.lines().rfind(|line| !line.trim().is_empty())?;
    Some((last_time(format!("{row}\n").as_bytes())?, row.to_owned()))
}

/// The time of the last of some rows.
fn last_time(rows: &[u8]) -> Option<TimeMs> {
    let row = rows.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n').next()?;
    bars(row)?.time.first().copied()
}

/// Whether two rows are one bar, however its numbers are written.
fn same(a: &str, b: &str) -> bool {
    matches!((bars(a.as_bytes()), bars(b.as_bytes())), (Some(a), Some(b)) if a == b)
}

fn bars(row: &[u8]) -> Option<Bars> {
    let text = [HEADER.as_bytes(), row].concat();
    read_csv("", "", &text).bars
}
