//! Market data from disk: finds the files, reads and parses them in parallel, names what is missing.
//!
//! The only place that opens data files. What the bytes mean is the market room's business.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use rayon::prelude::*;

use super::cache::{self, Cache};
use crate::nearest::nearest;
use crate::{
    market::{
        self, FileCheck, Finding, Market, Parsed, Source, Zone, report,
        stored::{self, Stored},
    },
    program::MarketSettings,
};

/// A market, and what was noticed about its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The symbols in account order, and those that are only read.
    pub market: Market,
    /// One per file, those of the account first, without errors.
    pub checks: Vec<FileCheck>,
}

impl Loaded {
    /// All warnings with the file they are about.
    pub fn warnings(&self) -> impl Iterator<Item = (&str, &Finding)> {
        self.checks
            .iter()
            .flat_map(|check| check.warnings.iter().map(|warning| (check.file.as_str(), warning)))
    }
}

/// Why there is no market.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The data folder can't be listed.
    #[error("can't list the data folder {}: {source}; `data` under [market] names it", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The data folder holds no data file, or no file was named.
    #[error(
        "no data file: expected at least one .csv or .parquet file, one per symbol, in {place}"
    )]
    NoFiles {
        /// Where they were looked for.
        place: String,
    },
    /// program.md names a symbol that has no file.
    #[error("no data file for symbol `{symbol}` in {}{}; there are: {}",
        folder.display(), did_you_mean(nearest.as_deref()), found.join(", "))]
    UnknownSymbol {
        /// The setting that names it.
        setting: &'static str,
        /// The symbol.
        symbol: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// The symbol there whose name is nearest, if it is near at all.
        nearest: Option<String>,
        /// All symbols there.
        found: Vec<String>,
    },
    /// Every symbol is context.
    #[error("nothing is left to trade: every file in {} is `context` under [market]", folder.display())]
    NothingToTrade {
        /// Where the files are.
        folder: PathBuf,
    },
    /// program.md names a time zone that there is none of.
    #[error(
        "there is no time zone `{name}`; `timezone` under [market] names one such as America/New_York"
    )]
    UnknownZone {
        /// The name.
        name: String,
    },
    /// Two files or two entries stand for one symbol.
    #[error(
        "symbol `{symbol}` is there twice: {first} and {second}; a symbol is a file's stem, keep one"
    )]
    DuplicateSymbol {
        /// The symbol.
        symbol: String,
        /// Where it stands first.
        first: String,
        /// Where it stands again.
        second: String,
    },
    /// A file's name can't be a symbol.
    #[error("the file name {} isn't UTF-8 and can't be a symbol; rename it", path.display())]
    BadName {
        /// The file.
        path: PathBuf,
    },
    /// Files with errors.
    #[error("the market data has errors:\n{}", listed(checks))]
    Invalid {
        /// The files that have errors.
        checks: Vec<FileCheck>,
    },
}

/// What the names of data files end with, in any case.
const EXTENSIONS: [&str; 2] = ["csv", "parquet"];

/// A file and the symbol it stands for.
#[derive(Clone)]
struct DataFile {
    /// As messages name it.
    label: String,
    path: PathBuf,
    symbol: String,
}

/// The files of a market.
struct Chosen {
    /// In account order.
    traded: Vec<DataFile>,
    /// Only read.
    context: Vec<DataFile>,
}

impl Chosen {
    fn all(&self) -> impl Iterator<Item = &DataFile> {
        self.traded.iter().chain(&self.context)
    }
}

/// Loads the market of a research program: `settings.symbols` in that order or, if there are none, every
/// data file of the folder `settings.data` below `root` that is not context, sorted by symbol; and
/// `settings.context` beside them.
///
/// # Errors
/// A folder that can't be listed or is empty, a symbol without a file or named twice, or any error in a
/// file (all of them are listed).
pub fn load_market(
    root: &Path,
    settings: &MarketSettings,
    cache: Option<&Cache>,
) -> Result<Loaded, DataError> {
    load(&chosen_files(root, settings)?, &zone(settings)?, cache)
}

/// The market's time zone.
///
/// # Errors
/// A name that the time zone database doesn't have, which no program that was read holds.
pub fn zone(settings: &MarketSettings) -> Result<Zone, DataError> {
    let name = &settings.timezone;
    Zone::named(name).ok_or_else(|| DataError::UnknownZone { name: name.clone() })
}

fn chosen_files(root: &Path, settings: &MarketSettings) -> Result<Chosen, DataError> {
    let folder = root.join(&settings.data);
    let there = list_folder(&folder, &settings.data)?;
    if there.is_empty() {
        return Err(DataError::NoFiles { place: format!("the folder {}", folder.display()) });
    }
    refuse_duplicates(&there)?;
    let choose = |setting, symbols: &[String]| -> Result<Vec<DataFile>, DataError> {
        let find = |symbol: &String| {
            let file = there.iter().find(|file| file.symbol == *symbol);
            file.cloned().ok_or_else(|| unknown_symbol(setting, symbol, &folder, &there))
        };
        let chosen = symbols.iter().map(find).collect::<Result<Vec<DataFile>, _>>()?;
        refuse_duplicates(&chosen)?;
        Ok(chosen)
    };
    let context = choose("market.context", &settings.context)?;
    let mut traded = choose("market.symbols", &settings.symbols)?;
    if settings.symbols.is_empty() {
        traded = there;
        traded.retain(|file| !settings.context.contains(&file.symbol));
    }
    if traded.is_empty() {
        return Err(DataError::NothingToTrade { folder });
    }
    Ok(Chosen { traded, context })
}

/// The files of a research program's market: those of the account, in its order, then those that are only
/// read.
///
/// # Errors
/// As [`load_market`], but for errors inside files.
pub fn market_files(root: &Path, settings: &MarketSettings) -> Result<Vec<PathBuf>, DataError> {
    Ok(chosen_files(root, settings)?.all().map(|file| file.path.clone()).collect())
}

/// The names of a research program's symbols: those of the account, in its order, and those that are only
/// read. No file is opened.
///
/// # Errors
/// As [`load_market`], but for errors inside files.
pub fn market_symbols(
    root: &Path,
    settings: &MarketSettings,
) -> Result<(Vec<String>, Vec<String>), DataError> {
    let names = |files: Vec<DataFile>| files.into_iter().map(|file| file.symbol).collect();
    let Chosen { traded, context } = chosen_files(root, settings)?;
    Ok((names(traded), names(context)))
}

/// Loads files that were named one by one; a symbol is a file's stem, the order is the account's. Those of
/// `context` are only read; `zone` is the market's.
///
/// # Errors
/// No file to trade, two with one stem, or any error in a file (all of them are listed).
pub fn load_files(
    traded: &[PathBuf],
    context: &[PathBuf],
    zone: &Zone,
    cache: Option<&Cache>,
) -> Result<Loaded, DataError> {
    let named = |paths: &[PathBuf]| -> Result<Vec<DataFile>, DataError> {
        paths.iter().map(|path| named(path)).collect()
    };
    let chosen = Chosen { traded: named(traded)?, context: named(context)? };
    if chosen.traded.is_empty() {
        return Err(DataError::NoFiles { place: "the arguments".into() });
    }
    refuse_duplicates(chosen.all())?;
    load(&chosen, zone, cache)
}

/// Looks at each file on its own, in the order given; what can't be read is an error of that file's check.
pub fn check_files(paths: &[PathBuf], zone: &Zone) -> Vec<FileCheck> {
    paths
        .par_iter()
        .map(|path| match named(path) {
            Ok(file) => file.check(zone),
            Err(error) => FileCheck::unreadable(&label(path), "", error.to_string()),
        })
        .collect()
}

/// Reads in parallel; results are in the order of the files whatever the threads do.
fn load(chosen: &Chosen, zone: &Zone, cache: Option<&Cache>) -> Result<Loaded, DataError> {
    let files: Vec<&DataFile> = chosen.all().collect();
    let read: Vec<Result<Stored, Box<FileCheck>>> =
        files.par_iter().map(|file| file.bars(zone, cache)).collect();
    let (mut symbols, mut checks, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    for read in read {
        match read {
            Ok(Stored { bars, check, hash }) => {
                symbols.push((bars, hash));
                checks.push(check);
            }
            Err(check) => broken.push(*check),
        }
    }
    if !broken.is_empty() {
        return Err(DataError::Invalid { checks: broken });
    }
    let context = symbols.split_off(chosen.traded.len());
    Ok(Loaded { market: Market::hashed(symbols, context), checks })
}

impl DataFile {
    fn source<'a>(&'a self, zone: &'a Zone) -> Source<'a> {
        Source { file: &self.label, symbol: &self.symbol, zone }
    }

    /// The bars, parsed or from the cache; what was found where there are errors.
    fn bars(&self, zone: &Zone, cache: Option<&Cache>) -> Result<Stored, Box<FileCheck>> {
        let bytes = self.bytes()?;
        let cache = cache.filter(|_| bytes.len() as u64 >= cache::SMALLEST_BYTES);
        let entry = cache.map(|cache| (cache, stored::key(&self.source(zone), &bytes)));
        if let Some(found) = entry.as_ref().and_then(|(cache, key)| cache.get(key)) {
            // The same content may have been read under another name.
            let check = FileCheck { file: self.label.clone(), ..found.check };
            return Ok(Stored { check, ..found });
        }
        match market::read_bytes(&self.source(zone), &bytes) {
            Parsed { bars: Some(bars), check } => {
                let hash = bars.content_hash();
                let stored = Stored { bars, check, hash };
                if let Some((cache, key)) = entry {
                    cache.put(&key, &stored);
                }
                Ok(stored)
            }
            Parsed { bars: None, check } => Err(Box::new(check)),
        }
    }

    /// What is wrong with the file, and what it holds.
    fn check(&self, zone: &Zone) -> FileCheck {
        match self.bytes() {
            Ok(bytes) => market::read_bytes(&self.source(zone), &bytes).check,
            Err(check) => *check,
        }
    }

    fn bytes(&self) -> Result<Bytes, Box<FileCheck>> {
        let unreadable =
            |message: String| Box::new(FileCheck::unreadable(&self.label, &self.symbol, message));
        // The size first: a file that is too big isn't worth its memory.
        match fs::metadata(&self.path) {
            Ok(about) if about.len() > market::MAX_FILE_BYTES => {
                return Err(unreadable(market::size_message(about.len())));
            }
            Ok(about) if about.is_dir() => return Err(unreadable("a folder, not a file".into())),
            _ => {}
        }
        let bytes = fs::read(&self.path).map_err(|error| unreadable(error.to_string()))?;
        Ok(bytes.into())
    }
}

/// The CSV and Parquet files of a folder, sorted by symbol; `shown` is how messages call the folder.
fn list_folder(folder: &Path, shown: &str) -> Result<Vec<DataFile>, DataError> {
    let failed = |source| DataError::Folder { folder: folder.into(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_data = path.extension().is_some_and(|extension| {
            EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
        });
        if is_data && !path.is_dir() {
            let mut file = named(&path)?;
            file.label = label(&Path::new(shown).join(path.file_name().unwrap_or_default()));
            files.push(file);
        }
    }
    files.sort_by(|a, b| (&a.symbol, &a.path).cmp(&(&b.symbol, &b.path)));
    Ok(files)
}

fn named(path: &Path) -> Result<DataFile, DataError> {
    match path.file_stem().and_then(OsStr::to_str) {
        Some(symbol) => {
            Ok(DataFile { label: label(path), path: path.into(), symbol: symbol.into() })
        }
        None => Err(DataError::BadName { path: path.into() }),
    }
}

fn label(path: &Path) -> String {
    path.display().to_string()
}

fn refuse_duplicates<'f>(files: impl IntoIterator<Item = &'f DataFile>) -> Result<(), DataError> {
    let mut seen: BTreeMap<&str, &DataFile> = BTreeMap::new();
    for file in files {
        if let Some(first) = seen.insert(&file.symbol, file) {
            return Err(DataError::DuplicateSymbol {
                symbol: file.symbol.clone(),
                first: first.label.clone(),
                second: file.label.clone(),
            });
        }
    }
    Ok(())
}

fn unknown_symbol(
    setting: &'static str,
    symbol: &str,
    folder: &Path,
    there: &[DataFile],
) -> DataError {
    let found: Vec<String> = there.iter().map(|file| file.symbol.clone()).collect();
    let nearest = nearest(symbol, found.iter().map(String::as_str)).map(str::to_owned);
    let (symbol, folder) = (symbol.into(), folder.into());
    DataError::UnknownSymbol { setting, symbol, folder, nearest, found }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

fn listed(checks: &[FileCheck]) -> String {
    let lines: Vec<String> = checks
        .iter()
        .flat_map(|check| check.errors.iter().map(|error| report::line(&check.file, error)))
        .collect();
    lines.join("\n")
}
