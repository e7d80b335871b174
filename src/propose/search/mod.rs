//! The offline search: small random changes to the incumbent, chosen with care and without help.
//!
//! ```text
//! Disclosure ── bandit ──▶ operator ── draft ──▶ changed strategy ── difference ──▶ edits
//!                 ▲ record of each operator        └ compiled, within the constraints, never tried?
//! ```
//!
//! An operator changes a parsed copy of the incumbent; what the edits are follows from the difference. Where
//! the in-sample span can be tried ([`InSample`]), a contest there decides which draft is proposed.
//! Everything random comes from one stream per draft, seeded by the program's seed, the iteration and
//! what was refused in it, so the same state gives the same proposal on every machine.
//!
//! Never touches market data, out-of-sample scores, the disk, the clock or the network; sees only the
//! [`Disclosure`], and numbers of the in-sample span.

mod bandit;
pub mod baseline;
mod contest;
mod effect;
mod mirror;
mod names;
mod operators;
mod steps;
mod templates;

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Author, Disclosure, Proposal, difference};
use crate::expr::{Diagnostic, scale, tree};
use crate::rng::Rng;
use crate::strategy::{self, CandidateHash, Compiled, Strategy, compile, numbers};
use crate::text::shortened;
use bandit::Bandit;
use contest::Contest;
use operators::{Change, Operator, refine};

/// Most drafts of one call: enough to get past many that were tried, few enough to end soon.
pub const MAX_DRAFTS: u64 = 200;
/// Longest hypothesis in characters.
pub const MAX_HYPOTHESIS_CHARS: usize = 280;

/// Keeps the search's numbers apart from those of anything else that is seeded alike.
const DOMAIN: &[u8; 8] = b"search-1";

/// What records call this proposer.
pub const KIND: &str = "search";

const FILE: &str = "strategy.toml";

/// Why the search has nothing to propose.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Exhausted {
    /// Nothing new was found near the incumbent.
    #[error(
        "the search found nothing new in {MAX_DRAFTS} drafts: {tried} were tried before, {refused} broke a \
         constraint or didn't compile, {idle} had nothing to change; widen the bounds in [params] of the \
         strategy, or raise max_nodes or max_params under [constraints] in program.md"
    )]
    Drafts {
        /// Drafts whose candidate was tried or refused before.
        tried: u64,
        /// Drafts that didn't compile or broke a constraint.
        refused: u64,
        /// Drafts of an operator that found nothing to do.
        idle: u64,
    },
    /// The incumbent is not a strategy.
    #[error("the search can't change a strategy that is wrong itself:\n{0}")]
    Incumbent(String),
}

/// The names of the search's operators with what each does, for records and reference.
pub fn operators() -> impl Iterator<Item = (&'static str, &'static str)> {
    operators::TABLE.iter().map(|operator| (operator.name, operator.summary))
}

/// How good a candidate is in-sample, higher is better; none where that can't be said.
pub type Judge<'a> = dyn Fn(&Compiled) -> Option<f64> + 'a;

/// The in-sample span, to try drafts on before one of them is proposed. Nothing of it is a trial: what decides
/// are bars that it doesn't have.
#[derive(Clone, Copy)]
pub struct InSample<'a> {
    /// Backtests a candidate.
    pub judge: &'a Judge<'a>,
    /// How many drafts are tried for one proposal at most; fewer than two: none.
    pub drafts: usize,
}

/// Proposes a change that compiles, keeps the constraints and was never tried. The same disclosure
/// and seed give the same proposal.
///
/// # Errors
///
/// [`Exhausted`] when [`MAX_DRAFTS`] drafts in a row came to nothing, or the incumbent doesn't compile.
pub fn propose(
    disclosure: &Disclosure,
    seed: u64,
    in_sample: Option<InSample<'_>>,
) -> Result<Proposal, Exhausted> {
    let in_sample = in_sample.filter(|in_sample| in_sample.drafts > 1);
    let subject = Subject::new(disclosure, in_sample.map(|in_sample| in_sample.judge))?;
    let mut bandit = Bandit::new(&disclosure.past, disclosure.stale);
    let attempt = disclosure.refused.len() as u64;
    // Drafts have the streams from 0 on.
    let stream = |draft| Rng::seeded(DOMAIN, [seed, disclosure.iteration, attempt], draft);
    let mut contest = Contest::new(&subject, in_sample, &mut stream(MAX_DRAFTS));
    let (mut tried, mut refused, mut idle) = (0, 0, 0);
    for draft in 0..MAX_DRAFTS {
        let mut rng = stream(draft);
        let operator = bandit.draw(&mut rng);
        let is_fitted = operator.name == refine::NAME;
        if is_fitted && !contest.is_empty() {
            // It was fitted to the span by which drafts are compared: the others would have no chance.
            continue;
        }
        match subject.draft(operator, &mut rng) {
            Ok(drafted) => {
                contest.enter(drafted, is_fitted);
                if contest.is_over() {
                    break;
                }
                continue;
            }
            Err(Miss::Tried) => tried += 1,
            Err(Miss::Refused) => refused += 1,
            Err(Miss::Idle) => idle += 1,
        }
        bandit.came_to_nothing(operator);
    }
    contest.winner().ok_or(Exhausted::Drafts { tried, refused, idle })
}

/// Why a draft came to nothing.
enum Miss {
    Tried,
    Refused,
    Idle,
}

/// A draft that could be proposed.
struct Drafted {
    proposal: Proposal,
    /// The file that its edits make.
    text: String,
    compiled: Compiled,
}

/// What operators work on.
struct Subject<'a> {
    disclosure: &'a Disclosure,
    judge: Option<&'a Judge<'a>>,
    incumbent: Strategy,
    compiled: Compiled,
    /// Names of the incumbent that nothing uses: they stay, since somebody left them there.
    idle: BTreeSet<String>,
    /// Candidates that were refused in this iteration, besides all that were tried, and the incumbent.
    refused: BTreeSet<CandidateHash>,
}

impl<'a> Subject<'a> {
    fn new(disclosure: &'a Disclosure, judge: Option<&'a Judge<'a>>) -> Result<Self, Exhausted> {
        let text = &disclosure.incumbent;
        let wrong = |findings: Vec<Diagnostic>| {
            let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
            Exhausted::Incumbent(findings.join("\n"))
        };
        let incumbent = Strategy::parse(FILE, text).map_err(wrong)?;
        let compiled = compile(&incumbent, (FILE, text)).map_err(wrong)?;
        let edited = disclosure.refused.iter().filter_map(|refusal| {
            let text = strategy::apply(text, &refusal.edits).ok()?;
            read(&text).map(|(_, compiled)| compiled.hash)
        });
        let refused = edited.chain([compiled.hash.clone()]).collect();
        let idle = names::idle(&incumbent);
        Ok(Self { disclosure, judge, incumbent, compiled, idle, refused })
    }

    fn draft(&self, operator: &Operator, rng: &mut Rng) -> Result<Drafted, Miss> {
        let mut changed = self.incumbent.clone();
        let change = (operator.draft)(self, &mut changed, rng).ok_or(Miss::Idle)?;
        self.drafted(changed, operator.name, &change)
    }

    /// A changed strategy as a proposal, if it may be one.
    fn drafted(
        &self,
        mut changed: Strategy,
        operator: &str,
        change: &Change,
    ) -> Result<Drafted, Miss> {
        names::prune(&mut changed, &self.idle);
        let compiled =
            compile(&changed, (FILE, &self.disclosure.incumbent)).map_err(|_| Miss::Refused)?;
        if self.is_known(&compiled.hash) {
            return Err(Miss::Tried);
        }
        let edits = difference::edits(&self.incumbent, &changed);
        // What counts is the file that the edits make, not the tree that they came from.
        let text =
            strategy::apply(&self.disclosure.incumbent, &edits).map_err(|_| Miss::Refused)?;
        let (strategy, compiled) = read(&text).ok_or(Miss::Refused)?;
        if self.is_known(&compiled.hash) {
            return Err(Miss::Tried);
        }
        if !self.keeps_constraints(&strategy, &compiled) {
            return Err(Miss::Refused);
        }
        let by = Author { kind: KIND, name: Some(operator.into()), ..Author::default() };
        let proposal = Proposal { edits, hypothesis: hypothesis(change), expected: None, by };
        Ok(Drafted { proposal, text, compiled })
    }

    /// How good a candidate is in-sample.
    fn judged(&self, compiled: &Compiled) -> Option<f64> {
        self.judge.and_then(|judge| judge(compiled)).filter(|value| value.is_finite())
    }

    fn is_known(&self, hash: &CandidateHash) -> bool {
        self.disclosure.tried.contains(hash) || self.refused.contains(hash)
    }

    fn keeps_constraints(&self, strategy: &Strategy, compiled: &Compiled) -> bool {
        let constraints = &self.disclosure.constraints;
        compiled.nodes <= constraints.max_nodes
            && strategy.params.len() <= constraints.max_params
            && (constraints.allow_short || strategy.short.is_none())
    }

    /// An earlier strategy, at even odds an incumbent or one that leads its niche in-sample; none if there is
    /// none or it is no longer a strategy.
    fn relative(&self, rng: &mut Rng) -> Option<Strategy> {
        let ancestors = self.disclosure.ancestors.iter().collect::<Vec<_>>();
        let elites = self.disclosure.elites.iter().map(|elite| &elite.text).collect::<Vec<_>>();
        let among_elites = ancestors.is_empty() || (!elites.is_empty() && rng.chance(0.5));
        let text = rng.pick(if among_elites { &elites } else { &ancestors })?;
        read(text).map(|(strategy, _)| strategy)
    }

    /// The strategy that the incumbent replaced.
    fn parent(&self) -> Option<Strategy> {
        let text = self.disclosure.ancestors.last()?;
        read(text).map(|(strategy, _)| strategy)
    }

    fn max_params(&self) -> usize {
        self.disclosure.constraints.max_params
    }
}

fn read(text: &str) -> Option<(Strategy, Compiled)> {
    let strategy = Strategy::parse(FILE, text).ok()?;
    let compiled = compile(&strategy, (FILE, text)).ok()?;
    Some((strategy, compiled))
}

/// One line: what is changed, and what must follow if the idea is right.
fn hypothesis(change: &Change) -> String {
    let room = MAX_HYPOTHESIS_CHARS.saturating_sub(change.effect.chars().count() + 3);
    let line = format!("{}: {}.", shortened(&change.what, room), change.effect);
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut chars = line.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    shortened(&(first + chars.as_str()), MAX_HYPOTHESIS_CHARS)
}
