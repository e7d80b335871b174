//! The cache of parsed columns: the same as parsing, never stale, and no failure of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use sprag::adapters::cache::{Cache, SMALLEST_BYTES};
use sprag::adapters::data_files::{Loaded, load_files};
use sprag::market::stored::{self, Stored};
use sprag::market::{Kind, Source, Zone, format_time, read_csv_from};
use tempfile::TempDir;

use super::round_trip::bars;

const MINUTE: i64 = 60_000;

/// A file that is large enough for an entry, with a warning that has a line.
fn large_file(folder: &Path, name: &str, close: &str) -> PathBuf {
    let mut text = String::from("time,open,high,low,close,volume,funding\n");
    for i in 0..22_000 {
        let gap = if i > 15_000 { 30 * 24 * 60 * MINUTE } else { 0 };
        let time = format_time(1_577_836_800_000 + i * MINUTE + gap);
        text += &format!("{time},10.25,11,9.5,{close},1.5,0.0001\n");
    }
    assert!(text.len() as u64 > SMALLEST_BYTES);
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn entries(cache: &Cache) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(cache.folder()) else { return Vec::new() };
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn key_of(entry: &Path) -> String {
    entry.file_stem().unwrap().to_str().unwrap().into()
}

fn load(path: &Path, zone: &str, cache: Option<&Cache>) -> Loaded {
    load_files(&[path.to_owned()], &[], &Zone::named(zone).unwrap(), cache).unwrap()
}

fn here() -> (TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path().join("a/cache"));
    (folder, cache)
}

#[test]
fn a_second_load_is_the_same_and_comes_from_the_entry() {
    let (folder, cache) = here();
    let path = large_file(folder.path(), "X.csv", "10");
    let parsed = load(&path, "UTC", None);
    assert_eq!(entries(&cache).len(), 0);
    assert_eq!(load(&path, "UTC", Some(&cache)), parsed);
    let [entry] = &entries(&cache)[..] else { panic!("one entry") };
    assert_eq!(load(&path, "UTC", Some(&cache)), parsed);
    assert!(parsed.checks[0].warnings.iter().any(|w| w.line.is_some()));
    // It is the entry that is read: another one in its place would be believed.
    let bytes = fs::read(entry).unwrap();
    let key = key_of(entry);
    let mut other = stored::read(&key, &bytes[..], bytes.len() as u64).unwrap().unwrap();
    other.bars.close[7] = 10.75;
    other.hash = other.bars.content_hash();
    stored::write(&key, &other, fs::File::create(entry).unwrap()).unwrap();
    let loaded = load(&path, "UTC", Some(&cache));
    assert_eq!(loaded.market.symbols()[0], other.bars);
    assert_ne!(loaded.market.hash(), parsed.market.hash());
}

#[test]
fn other_content_zones_and_symbols_have_entries_of_their_own() {
    let (folder, cache) = here();
    let path = large_file(folder.path(), "X.csv", "10");
    let first = load(&path, "UTC", Some(&cache));
    let there = load(&path, "America/New_York", Some(&cache));
    assert_ne!(first.market.hash(), there.market.hash());
    assert_eq!(there, load(&path, "America/New_York", None));
    // The same size and name, as an editor would leave it.
    let meta = fs::metadata(&path).unwrap();
    large_file(folder.path(), "X.csv", "11");
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(meta.modified().unwrap()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), meta.len());
    let changed = load(&path, "UTC", Some(&cache));
    assert_eq!(changed.market.symbols()[0].close[0], 11.0);
    let other = large_file(folder.path(), "Y.csv", "11");
    assert_eq!(load(&other, "UTC", Some(&cache)).market.symbols()[0].symbol, "Y");
    assert_eq!(entries(&cache).len(), 4);
    // Content under another path and the same name of symbol is the same entry, by its own label.
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    let moved = large_file(&folder.path().join("elsewhere"), "Y.csv", "11");
    let loaded = load(&moved, "UTC", Some(&cache));
    assert_eq!(loaded.checks[0].file, moved.display().to_string());
    assert_eq!(entries(&cache).len(), 4);
}

#[test]
fn small_files_and_files_with_errors_have_no_entry() {
    let (folder, cache) = here();
    let small = folder.path().join("S.csv");
    fs::write(&small, "time,open,high,low,close\n2020-01-01,10,11,9,10\n").unwrap();
    load(&small, "UTC", Some(&cache));
    let broken = large_file(folder.path(), "B.csv", "12");
    let error = load_files(&[broken], &[], &Zone::default(), Some(&cache)).unwrap_err();
    assert!(error.to_string().contains("high_below"));
    assert_eq!(entries(&cache).len(), 0);
}

#[test]
fn an_entry_that_is_not_whole_is_ignored_and_written_anew() {
    let (folder, cache) = here();
    let path = large_file(folder.path(), "X.csv", "10");
    let parsed = load(&path, "UTC", Some(&cache));
    let entry = entries(&cache).remove(0);
    let whole = fs::read(&entry).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [&whole[..whole.len() - 1], &whole[..100], b"", b"sprag", &flipped] {
        fs::write(&entry, damaged).unwrap();
        assert_eq!(load(&path, "UTC", Some(&cache)), parsed);
        assert!(fs::read(&entry).unwrap() == whole, "written anew");
    }
}

/// Whole, of this program, and of another file.
#[test]
fn an_entry_under_another_name_is_ignored() {
    let (folder, cache) = here();
    let x = large_file(folder.path(), "X.csv", "10");
    load(&x, "UTC", Some(&cache));
    let of_x = entries(&cache).remove(0);
    let whole = fs::read(&of_x).unwrap();
    large_file(folder.path(), "X.csv", "11");
    let parsed = load(&x, "UTC", Some(&cache));
    let changed = entries(&cache).into_iter().find(|path| *path != of_x).unwrap();
    fs::write(&changed, whole).unwrap();
    assert_eq!(load(&x, "UTC", Some(&cache)), parsed);
    assert_eq!(parsed.market.symbols()[0].close[0], 11.0);
}

#[test]
fn a_folder_that_cannot_be_used_is_no_failure() {
    let (folder, _) = here();
    let path = large_file(folder.path(), "X.csv", "10");
    // A file where the folder should be, which even the superuser can't write into.
    let blocked = Cache::new(path.join("cache"));
    assert_eq!(load(&path, "UTC", Some(&blocked)), load(&path, "UTC", None));
    // An entry's name taken by a folder.
    let cache = Cache::new(folder.path().join("cache"));
    load(&path, "UTC", Some(&cache));
    let entry = entries(&cache).remove(0);
    fs::remove_file(&entry).unwrap();
    fs::create_dir_all(entry.join("full")).unwrap();
    assert_eq!(load(&path, "UTC", Some(&cache)), load(&path, "UTC", None));
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let (folder, cache) = here();
    let names = ["A.csv", "B.csv", "C.csv"];
    let paths: Vec<PathBuf> =
        names.iter().map(|name| large_file(folder.path(), name, "10")).collect();
    load(&paths[0], "UTC", Some(&cache));
    let size = fs::metadata(&entries(&cache)[0]).unwrap().len();
    let cache = cache.at_most(2 * size + size / 2);
    let a = entries(&cache).remove(0);
    load(&paths[1], "UTC", Some(&cache));
    let b = entries(&cache).into_iter().find(|path| *path != a).unwrap();
    let age = |path: &Path, hours: u64| {
        let file = fs::File::options().write(true).open(path).unwrap();
        let now = fs::metadata(path).unwrap().modified().unwrap();
        file.set_modified(now - Duration::from_secs(hours * 3_600)).unwrap();
    };
    age(&a, 3);
    age(&b, 2);
    // Using an entry makes it young.
    load(&paths[0], "UTC", Some(&cache));
    let abandoned = cache.folder().join(".sprag-1a2b3c");
    fs::write(&abandoned, "half").unwrap();
    age(&abandoned, 48);
    load(&paths[2], "UTC", Some(&cache));
    let left = entries(&cache);
    assert_eq!(left.len(), 2);
    assert!(left.contains(&a) && !left.contains(&b) && !abandoned.exists());
    // Nothing is kept that would take all the room.
    let tiny = cache.at_most(size / 2);
    load(&paths[1], "UTC", Some(&tiny));
    assert_eq!(entries(&tiny), left);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What is written can be read; what is damaged anywhere, or isn't all there, is not.
    #[test]
    fn entries_are_whole_or_nothing(
        bars in bars(),
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin"]),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        more in prop::collection::vec(any::<u8>(), 0..9),
    ) {
        let mut text = String::from("time,open,high,low,close,volume\n");
        for i in 0..bars.len() {
            let time = format_time(bars.time[i] * 3_600_000);
            text += &format!(
                "{time},{},{},{},{},{}\n",
                bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i]
            );
        }
        let source = Source { file: "X.csv", symbol: "X", zone: &Zone::named(zone).unwrap() };
        let parsed = read_csv_from(&source, text.as_bytes());
        prop_assert!(parsed.check.warnings.iter().any(|w| w.kind == Kind::ShortHistory));
        let bars = parsed.bars.unwrap();
        let hash = bars.content_hash();
        let entry = Stored { bars, check: parsed.check, hash };
        let mut bytes = Vec::new();
        stored::write("k", &entry, &mut bytes).unwrap();
        let read = |bytes: &[u8]| stored::read("k", bytes, bytes.len() as u64).unwrap();
        prop_assert_eq!(stored::read("l", &bytes[..], bytes.len() as u64).unwrap(), None);
        prop_assert_eq!(read(&bytes), Some(entry));
        let place = at.index(bytes.len());
        prop_assert_eq!(read(&bytes[..place]), None);
        prop_assert_eq!(read(&[&bytes[..], &more[..], b"x"].concat()), None);
        if bytes[place] != byte {
            bytes[place] = byte;
            prop_assert_eq!(read(&bytes), None);
        }
    }

    #[test]
    fn arbitrary_bytes_are_no_entry(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let begun = [&b"sprag columns 1\n"[..], &bytes].concat();
        for bytes in [bytes, begun] {
            prop_assert!(stored::read("k", &bytes[..], bytes.len() as u64).unwrap().is_none());
        }
    }
}
