//! What most commands start from: the root, the program with its overrides, the market.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{Failure, target};
use crate::adapters::cache::Cache;
use crate::adapters::data_files::{self, DataError, Loaded};
use crate::adapters::git::GitRepository;
use crate::adapters::terminal::notice;
use crate::check::STRATEGY_FILE;
use crate::cli::Global;
use crate::iteration::LoopError;
use crate::ports::{Repository, Snapshot};
use crate::program::{MAX_PROGRAM_BYTES, Objection, Program};
use crate::reconcile;
use crate::state::{Journal, Phase, State};
use crate::strategy::MAX_STRATEGY_BYTES;

/// The research program, relative to the root.
pub(super) const PROGRAM_FILE: &str = "program.md";

pub(super) struct Context {
    pub(super) global: Global,
}

impl Context {
    pub(super) fn new(global: Global) -> Result<Self, Failure> {
        if let Some(threads) = global.threads {
            if threads == 0 {
                return Err(Failure::usage("--threads must be at least 1"));
            }
            // A pool that exists already is one that a test made: its size doesn't change results.
            let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        }
        if !global.root.is_dir() {
            let root = global.root.display();
            return Err(Failure::usage(format!("--root {root}: there is no such folder")));
        }
        Ok(Self { global })
    }

    pub(super) fn root(&self) -> &Path {
        &self.global.root
    }

    /// program.md with `--set` applied; without the file, all defaults.
    pub(super) fn program(&self) -> Result<Program, Failure> {
        self.program_at(self.root())
    }

    /// The program of another root, with the same overrides.
    pub(super) fn program_at(&self, root: &Path) -> Result<Program, Failure> {
        let mut program = read_program(root)?;
        program.set_all(self.global.set.iter().map(String::as_str))?;
        Ok(program)
    }

    /// The program's market, or these files instead; those of `context` are only read.
    pub(super) fn market(
        &self,
        program: &Program,
        files: &[PathBuf],
        context: &[PathBuf],
    ) -> Result<Loaded, Failure> {
        let loaded = if files.is_empty() {
            self.load_market(self.root(), program)?
        } else {
            let zone = data_files::zone(&program.settings.market)?;
            data_files::load_files(files, context, &zone, self.cache().as_ref())?
        };
        self.warn_of_data(&loaded);
        Ok(loaded)
    }

    /// The market of a program at another root.
    pub(super) fn load_market(&self, root: &Path, program: &Program) -> Result<Loaded, Failure> {
        data_files::load_market(root, &program.settings.market, self.cache().as_ref())
            .map_err(|error| no_market(program, error))
    }

    /// Where parsed columns are kept: the folder that the user named, or one below the user's caches.
    fn cache(&self) -> Option<Cache> {
        let folder = match &self.global.cache {
            Some(folder) if folder.as_os_str() == "off" => None,
            Some(folder) if folder.as_os_str().is_empty() => None,
            Some(folder) => Some(folder.clone()),
            None => cache_folder(),
        };
        folder.map(Cache::new)
    }

    pub(super) fn warn_of_data(&self, loaded: &Loaded) {
        if self.global.verbose {
            for (file, warning) in loaded.warnings() {
                notice(&crate::market::report::line(file, warning));
            }
        }
    }

    /// The state at HEAD, which is also what the work tree shows: a status or history that somebody
    /// else changed is refused, never read past.
    pub(super) fn state(&self) -> Result<State, Failure> {
        let repository = GitRepository::open(self.root())?;
        if target::follows(self) {
            // The commit is on GitHub; what a run has brought along is newer than this clone.
            return Ok(State::read(&repository.work_files()?)?);
        }
        if let Some(ledger) = target::ledger(self) {
            return of_ledger(&repository, &ledger);
        }
        let mut looked_again = false;
        loop {
            let snapshot: Snapshot = repository.observe()?;
            let state = State::read(&snapshot.files)?;
            // A run at work explains a difference by its journal, or is done when looked at again.
            if snapshot.journal.as_deref().is_some_and(explains) {
                return Ok(state);
            }
            match reconcile::intact(&state, &snapshot.copies) {
                Ok(()) => return Ok(state),
                Err(refusal) if looked_again => return Err(LoopError::from(refusal).into()),
                Err(_) => looked_again = true,
            }
        }
    }

    /// A strategy file's name and text; `-` is standard input.
    pub(super) fn strategy(&self, file: Option<&PathBuf>) -> Result<(String, String), Failure> {
        let path = file.cloned().unwrap_or_else(|| self.root().join(STRATEGY_FILE));
        if path.as_os_str() == "-" {
            let bytes = up_to(MAX_STRATEGY_BYTES, std::io::stdin())
                .map_err(|error| Failure::usage(format!("standard input: {error}")))?;
            return Ok(("-".into(), strategy_text(bytes, "standard input")?));
        }
        let shown = path.display().to_string();
        let bytes = fs::File::open(&path).and_then(|file| up_to(MAX_STRATEGY_BYTES, file));
        let bytes = bytes.map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
        let text = strategy_text(bytes, &shown)?;
        let name = match file {
            Some(file) => file.display().to_string(),
            None => STRATEGY_FILE.into(),
        };
        Ok((name, text))
    }
}

/// The state as this clone has it of the branch with the records, where these have one of their own.
fn of_ledger(repository: &GitRepository, branch: &str) -> Result<State, Failure> {
    for name in [format!("refs/remotes/origin/{branch}"), format!("refs/heads/{branch}")] {
        if let Some(files) = repository.files_at(&name)? {
            return Ok(State::read(&files)?);
        }
    }
    Err(no_ledger(branch))
}

pub(super) fn no_ledger(branch: &str) -> Failure {
    Failure::usage(format!(
        "[publish] mode is pull-request, so the records are on branch {branch} on GitHub, which this clone doesn't \
         have: git fetch origin {branch}:refs/remotes/origin/{branch}"
    ))
}

/// Whether a journal can be why files differ from the commit: not while a proposer is being asked.
fn explains(journal: &[u8]) -> bool {
    !Journal::parse(journal).is_ok_and(|journal| matches!(journal.phase, Phase::Asked(_)))
}

/// program.md as it stands, without overrides; without the file, all defaults.
pub(super) fn read_program(root: &Path) -> Result<Program, Failure> {
    let path = root.join(PROGRAM_FILE);
    match fs::File::open(&path).and_then(|file| up_to(MAX_PROGRAM_BYTES, file)) {
        Ok(bytes) => Ok(Program::from_bytes(&bytes, PROGRAM_FILE)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Program::default()),
        Err(error) => Err(Failure::usage(format!("{}: {error}", path.display()))),
    }
}

/// The user's folder for caches, by the rules of the system; only an absolute path can be meant.
fn cache_folder() -> Option<PathBuf> {
    let folder = |variable: &str| {
        std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
    };
    let caches = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else {
        folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))
    };
    caches.map(|caches| caches.join("sprag"))
}

/// What a market's error says of the program: the line that asks for what isn't there is quoted.
pub(super) fn no_market(program: &Program, error: DataError) -> Failure {
    let message = error.to_string();
    let objection = match &error {
        DataError::UnknownSymbol { setting, symbol, nearest, found, .. } => {
            let help = match nearest {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("there are {}", found.join(", ")),
            };
            let message = format!("there is no data file for symbol `{symbol}`");
            let label =
                format!("no {symbol}.csv or {symbol}.parquet in {}", program.settings.market.data);
            let words = Objection { message, label, help: Some(help) };
            program.objection(setting, symbol, words)
        }
        DataError::Folder { .. } | DataError::NoFiles { .. } => {
            let label = "expected a folder with one CSV or Parquet file per symbol".into();
            let help = Some("put the files there, or name the folder that has them".into());
            let words = Objection { message, label, help };
            program.objection("market.data", &program.settings.market.data, words)
        }
        _ => None,
    };
    objection.map_or_else(|| error.into(), Failure::from)
}

/// All that can be read, or enough of it to see that it is more than `most` bytes: what is too long to
/// be read isn't worth its memory.
fn up_to(most: usize, reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn strategy_text(bytes: Vec<u8>, name: &str) -> Result<String, Failure> {
    // Cut off within a character, which is no reason to call it no text.
    if bytes.len() > MAX_STRATEGY_BYTES {
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{name} is not UTF-8 text")))
}

/// A file that the user named.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// Writes a result file that the user asked for.
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text)
        .with_context(|| format!("can't write {}", path.display()))
        .map_err(Failure::unexpected)
}
