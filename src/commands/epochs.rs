//! The program and the market that an iteration was evaluated with: those of its commit, or of the work tree.

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
pub(super) const NOT_THERE: &str = "neither its commit nor the work tree has the program and the data of its epoch, or the engine is another";

/// Programs and markets of the past, by the ids that git has for them.
pub(super) struct Epochs<'a> {
    context: &'a Context,
    commits: BTreeMap<u64, CommitId>,
    past: Past<'a>,
    programs: BTreeMap<String, Option<Program>>,
    markets: BTreeMap<String, Option<Market>>,
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

    /// Where program and data of an iteration may be, the likeliest first; loaded as far as they can be.
    pub(super) fn load(&mut self, iteration: u64) -> Result<Vec<Source>, Failure> {
        let present = || PRESENT.to_owned();
        let Some(commit) = self.commits.get(&iteration).cloned() else {
            return Ok(vec![(present(), present())]);
        };
        let (program_id, bytes) = match self.past.file(&commit, PROGRAM_FILE)? {
            Some((id, bytes)) => (id, bytes),
            // Without the file, all settings have their defaults.
            None => ("no program".into(), Vec::new()),
        };
        let program = self
            .programs
            .entry(program_id.clone())
            .or_insert_with(|| Program::from_bytes(&bytes, PROGRAM_FILE).ok());
        let Some(settings) = program.as_ref().map(|program| program.settings.market.clone()) else {
            return Ok(vec![(present(), present())]);
        };
        let mut sources = Vec::new();
        if let Some(folder) = self.past.folder(&commit, &settings.data)? {
            // The same files may be another market to another program.
            let key = format!("{folder} {settings:?}");
            if !self.markets.contains_key(&key) {
                let scratch = tempfile::tempdir()
                    .map_err(|error| Failure::unexpected(anyhow::Error::new(error)))?;
                self.past.export(&commit, &settings.data, scratch.path())?;
                self.markets.insert(key.clone(), market_at(scratch.path(), &settings));
            }
            sources.push((program_id.clone(), key));
        }
        let key = format!("{PRESENT} {settings:?}");
        if !self.markets.contains_key(&key) {
            self.markets.insert(key.clone(), market_at(self.context.root(), &settings));
        }
        sources.extend([(program_id, key), (present(), present())]);
        Ok(sources)
    }
}
