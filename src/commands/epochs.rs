//! The program and the market that an iteration was evaluated with: those of its commit, or of the work tree, or of an
//! earlier commit: where pull requests are the mode, records have a branch of their own, which has no later program.

use std::collections::BTreeMap;
use std::path::Path;

use super::Failure;
use super::context::{Context, PROGRAM_FILE};
use crate::adapters::data_files;
use crate::adapters::git::{GitRepository, Past};
use crate::evaluation::Arena;
use crate::market::Market;
use crate::ports::CommitId;
use crate::program::{MarketSettings, Program};

/// Why there is no arena for an epoch.
pub(super) const NOT_THERE: &str = "neither its commit, nor the work tree, nor the history of HEAD has the program and the data of its epoch, or the engine is another";

/// Commits that changed program or data, among which an epoch is looked for.
const MOST_CHANGES: usize = 200;

/// Programs and markets of the past, by the ids that git has for them.
pub(super) struct Epochs<'a> {
    context: &'a Context,
    commits: BTreeMap<u64, CommitId>,
    past: Past<'a>,
    programs: BTreeMap<String, Option<Program>>,
    markets: BTreeMap<String, Option<Market>>,
    repository: &'a GitRepository,
    /// What was looked for in the history of HEAD, by epoch.
    searched: BTreeMap<String, Option<Source>>,
}

/// A program and the market that it means, as keys of [`Epochs`].
pub(super) type Source = (String, String);

/// What stands in the work tree.
const PRESENT: &str = "the work tree";

/// A market as its files say; no cache is asked, for a replay trusts nothing that it can read itself.
fn market_at(root: &Path, settings: &MarketSettings) -> Option<Market> {
    data_files::load_market(root, settings, None).ok().map(|loaded| loaded.market)
}

impl<'a> Epochs<'a> {
    pub(super) fn new(
        context: &'a Context,
        repository: &'a GitRepository,
    ) -> Result<Self, Failure> {
        let program = context.program()?;
        // Data that can't be loaded any more may still be in the commits.
        let market = market_at(context.root(), &program.settings.market);
        Ok(Self {
            context,
            commits: repository.iterations("HEAD")?,
            past: repository.past()?,
            programs: BTreeMap::from([(PRESENT.into(), Some(program))]),
            markets: BTreeMap::from([(PRESENT.into(), market)]),
            repository,
            searched: BTreeMap::new(),
        })
    }

    /// The first of these that is of the epoch.
    pub(super) fn arena(&self, sources: &[Source], epoch: &str) -> Option<Arena<'_>> {
        sources.iter().find_map(|(program, market)| {
            let program = self.programs.get(program)?.as_ref()?;
            let market = self.markets.get(market)?.as_ref()?;
            Arena::new(program, market).ok().filter(|arena| arena.epoch() == epoch)
        })
    }

    /// Where program and data of an iteration and its epoch may be, the likeliest first; loaded as far as they can be.
    pub(super) fn load(&mut self, iteration: u64, epoch: &str) -> Result<Vec<Source>, Failure> {
        let mut sources = match self.commits.get(&iteration).cloned() {
            Some(commit) => self.sources_at(&commit)?,
            None => Vec::new(),
        };
        sources.push((PRESENT.to_owned(), PRESENT.to_owned()));
        if self.arena(&sources, epoch).is_none() {
            sources.extend(self.search(epoch)?);
        }
        Ok(sources)
    }

    /// What a commit has, alone and with the data of the work tree, which may hold what was never committed.
    fn sources_at(&mut self, commit: &CommitId) -> Result<Vec<Source>, Failure> {
        let (program_id, bytes) = match self.past.file(commit, PROGRAM_FILE)? {
            Some((id, bytes)) => (id, bytes),
            // Without the file, all settings have their defaults.
            None => ("no program".into(), Vec::new()),
        };
        let program = self
            .programs
            .entry(program_id.clone())
            .or_insert_with(|| Program::from_bytes(&bytes, PROGRAM_FILE).ok());
        let Some(settings) = program.as_ref().map(|program| program.settings.market.clone()) else {
            return Ok(Vec::new());
        };
        let mut sources = Vec::new();
        if let Some(folder) = self.past.folder(commit, &settings.data)? {
            // The same files may be another market to another program.
            let key = format!("{folder} {settings:?}");
            if !self.markets.contains_key(&key) {
                let scratch = tempfile::tempdir()
                    .map_err(|error| Failure::unexpected(anyhow::Error::new(error)))?;
                self.past.export(commit, &settings.data, scratch.path())?;
                self.markets.insert(key.clone(), market_at(scratch.path(), &settings));
            }
            sources.push((program_id.clone(), key));
        }
        let key = format!("{PRESENT} {settings:?}");
        if !self.markets.contains_key(&key) {
            self.markets.insert(key.clone(), market_at(self.context.root(), &settings));
        }
        sources.push((program_id, key));
        Ok(sources)
    }

    /// An epoch among the commits that changed program or data, the latest first.
    fn search(&mut self, epoch: &str) -> Result<Option<Source>, Failure> {
        if let Some(known) = self.searched.get(epoch) {
            return Ok(known.clone());
        }
        let data = self.context.program()?.settings.market.data;
        let mut found = None;
        for commit in self.repository.changes_of(&[PROGRAM_FILE, &data], MOST_CHANGES)? {
            let sources = self.sources_at(&commit)?;
            let is_it = |source: &Source| self.arena(std::slice::from_ref(source), epoch).is_some();
            found = sources.into_iter().find(is_it);
            if found.is_some() {
                break;
            }
        }
        self.searched.insert(epoch.to_owned(), found.clone());
        Ok(found)
    }
}
