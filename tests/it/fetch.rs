//! `sprag data fetch` against a server of the tests' own: no network is needed or used.

mod download;
mod faults;
mod http;
mod klines;
mod pure;
pub mod server;

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sprag::adapters::fetch::{Event, FetchError, Fetched, Fetcher, Patience, World};
use sprag::adapters::http::{Http, Timeouts};
use sprag::market::{Zone, format_time};
use sprag::sources::lock::{Entry, Lock};
use sprag::sources::{Order, Origin};
use tempfile::TempDir;

/// Asks again at once, and only a few times.
const HASTE: Patience = Patience {
    pause: Duration::ZERO,
    first_wait: Duration::from_millis(1),
    longest_wait: Duration::from_millis(2),
    repetitions: 3,
    longest_asked: Duration::from_secs(2),
    most_bytes: 1 << 20,
};

/// A data folder and how it is fetched into.
struct Desk {
    folder: TempDir,
    patience: Patience,
    is_forced: bool,
    key: Option<String>,
    /// What was waited for.
    waits: RefCell<Vec<(String, Duration)>>,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            patience: HASTE,
            is_forced: false,
            key: None,
            waits: RefCell::default(),
        }
    }

    fn fetch(&self, order: &Order) -> Result<Fetched, FetchError> {
        let timeouts =
            Timeouts { connect: Duration::from_secs(5), read: Duration::from_millis(300) };
        let http = Http::for_files(timeouts, true).unwrap();
        let world = World {
            http: &http,
            now: &|| 1_600_000_000_000,
            variable: &|name| self.key.clone().filter(|_| name == "KEY"),
            report: &|event| {
                if let Event::Waiting { why, wait, .. } = event {
                    self.waits.borrow_mut().push((why.clone(), *wait));
                }
            },
        };
        let zone = Zone::default();
        let path = self.folder.path();
        Fetcher::new(world, path, &zone, self.patience, self.is_forced)?.fetch(order)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.path(name)).unwrap()).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn entry(&self, name: &str) -> Option<Entry> {
        let lock = Lock::read(&fs::read(self.path("sources.lock")).ok()?).unwrap();
        lock.files.get(name).cloned()
    }

    /// Nothing is left of what was half there.
    fn assert_tidy(&self) {
        let left: Vec<String> = names(&self.path(".fetch"));
        assert_eq!(left, [".gitignore", "lock"]);
        assert_eq!(self.read(".fetch/.gitignore"), "*\n");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn order(url: String) -> Order {
    Order { symbol: "X".into(), origin: Origin::File { url, sha256: None, of_stooq: false } }
}

/// A file of so many daily bars.
fn bars(count: usize) -> String {
    let rows: String = (0..count)
        .map(|i| {
            let date = &format_time(1_577_836_800_000 + i as i64 * 86_400_000)[..10];
            format!("{date},10,11,9,{},100\n", 10.0 + (i % 7) as f64 / 8.0)
        })
        .collect();
    format!("date,open,high,low,close,volume\n{rows}")
}
