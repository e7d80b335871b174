//! The real loop between a repository and a forge in memory, with proposals as a test says.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use sprag::canary::Report;
use sprag::check;
use sprag::evaluation::Arena;
use sprag::iteration::{self, LoopError, Orders, Outcome};
use sprag::market::Market;
use sprag::ports::{Aids, Event, Ports, Progress, Proposer, ProposerError};
use sprag::program::Program;
use sprag::propose::{Author, Disclosure, Proposal};
use sprag::state::{Edit, PullState, Record, State, Verdict};

use super::forge::ModelForge;
use crate::campaign::{Ticking, easy, waves};
use crate::reconcile::model::Model;

/// A rule with one number, by which its score goes.
pub fn rules(n: u64) -> String {
    format!(
        "name = \"start\"\n\n[params]\nn = {{ value = {n}, min = 3, max = 40 }}\n\n\
         [long]\nenter = \"close > sma(close, n)\"\nexit = \"close < sma(close, n)\"\n"
    )
}

/// Everything that isn't the loop.
pub struct Desk {
    pub program: Program,
    pub market: Market,
    pub ledger: Model,
    pub forge: ModelForge,
    pub clock: Ticking,
    /// Values of the number, worst first, each better than the one before by more than the margin.
    pub ladder: Vec<u64>,
    /// Values that are proposed, in order; asked for again, the same one is proposed again.
    pub script: Vec<u64>,
    pub asked: Cell<u64>,
    /// Whether the proposer takes up ideas.
    pub reads: bool,
    pub told: std::cell::RefCell<Vec<String>>,
    /// What proposals say of themselves, in turn; of its own where there is nothing.
    pub words: Vec<String>,
}

struct Silent;

impl Progress for Silent {
    fn event(&mut self, _: &Event<'_>) {}
}

/// Proposes what the script has for the iteration.
struct Scripted<'a>(&'a Desk);

impl Proposer for Scripted<'_> {
    fn reads(&self) -> bool {
        self.0.reads
    }

    fn propose(
        &mut self,
        disclosure: &Disclosure,
        _: &mut Aids<'_>,
    ) -> Result<Proposal, ProposerError> {
        self.0.told.borrow_mut().push(format!("{disclosure:?}"));
        self.0.asked.set(self.0.asked.get() + 1);
        let tried = |n: &&u64| {
            disclosure.past.iter().any(|past| past.edits == [Edit::set("params.n.value", **n)])
        };
        let next = self.0.script.iter().find(|n| !tried(n));
        let n = *next.ok_or_else(|| ProposerError::Exhausted("the script ends".into()))?;
        Ok(Proposal {
            edits: vec![Edit::set("params.n.value", n)],
            hypothesis: match self.0.words.len() {
                0 => format!("{n} bars are better"),
                words => self.0.words[disclosure.iteration as usize % words].clone(),
            },
            expected: None,
            by: Author { kind: "llm", name: None, prompt: None, reads: self.0.reads },
        })
    }
}

fn believed(_: &Arena<'_>, _: &str) -> Report {
    Report { pass: true, canaries: Vec::new() }
}

impl Desk {
    /// A world at its beginning. The first rung of the ladder is where research starts.
    pub fn new(settings: &[&str]) -> Self {
        let (program, market) = (easy(settings), waves(700, 700, 1.0));
        // Of no setting that a test changes before it begins.
        static LADDER: OnceLock<Vec<u64>> = OnceLock::new();
        let ladder = LADDER.get_or_init(|| ladder(&program, &market)).clone();
        assert!(ladder.len() >= 8, "too few rungs: {ladder:?}");
        let start = rules(ladder[0]);
        // The ledger branch begins where the base branch is.
        let ledger = Model::with_strategy(&start);
        let forge =
            ModelForge { fuse: Rc::clone(&ledger.fuse), ..ModelForge::with_strategy(&start) };
        Self {
            program,
            market,
            ledger,
            forge,
            clock: Ticking::default(),
            ladder,
            script: Vec::new(),
            asked: Cell::new(0),
            reads: true,
            told: std::cell::RefCell::default(),
            words: Vec::new(),
        }
    }

    /// With proposals of these rungs.
    pub fn proposing(settings: &[&str], rungs: &[usize]) -> Self {
        let mut desk = Self::new(settings);
        desk.script = rungs.iter().map(|rung| desk.ladder[*rung]).collect();
        desk
    }

    pub fn run(&self, n: u64) -> Result<Outcome, LoopError> {
        self.with(Orders { iterations: n, ..Orders::default() })
    }

    pub fn dry_run(&self, n: u64) -> Result<Outcome, LoopError> {
        self.with(Orders { iterations: n, dry_run: true, ..Orders::default() })
    }

    fn with(&self, orders: Orders) -> Result<Outcome, LoopError> {
        let arena = Arena::new(&self.program, &self.market).unwrap();
        iteration::run(
            &mut Ports {
                repository: &self.ledger,
                forge: Some(&self.forge),
                clock: &self.clock,
                proposer: &mut Scripted(self),
                progress: &mut Silent,
                stop: &|| None,
            },
            &arena,
            &Orders { canaries: believed, ..orders },
        )
    }

    /// Runs iterations until there are so many proposals in the history, as runs that may be killed need it.
    pub fn run_to(&self, proposals: usize) -> Result<(), LoopError> {
        self.run(0)?;
        let made = self.records().iter().filter(|record| record.is_proposal()).count();
        self.run(proposals.saturating_sub(made) as u64).map(|_| ())
    }

    pub fn state(&self) -> State {
        State::read(&self.ledger.disk.borrow().head_files()).unwrap()
    }

    pub fn records(&self) -> Vec<Arc<Record>> {
        self.state().history().records().to_vec()
    }

    pub fn text(&self, rung: usize) -> String {
        rules(self.ladder[rung])
    }

    /// Verdicts with what they made of which pull request.
    pub fn story(&self) -> Vec<(Verdict, Option<(u64, PullState)>)> {
        let pull = |record: &Record| record.pull_request.as_ref().map(|p| (p.iteration, p.state));
        self.records().iter().map(|record| (record.verdict, pull(record))).collect()
    }

    pub fn waiting(&self) -> Vec<u64> {
        let state = self.state();
        state.status().unwrap().pull_requests.iter().map(|waiting| waiting.iteration).collect()
    }

    /// Says that another run has nothing to do.
    pub fn is_at_rest(&self) {
        let (head, site) =
            (self.ledger.disk.borrow().head.clone(), self.forge.site.borrow().clone());
        self.run(0).unwrap();
        assert_eq!(self.ledger.disk.borrow().head, head, "another run recorded something");
        assert_eq!(*self.forge.site.borrow(), site, "another run did something");
    }
}

/// Values of the number in the order of their scores, with more than the margin between them.
fn ladder(program: &Program, market: &Market) -> Vec<u64> {
    let arena = Arena::new(program, market).unwrap();
    let score = |n: u64| {
        let candidate = check::read("x", &rules(n)).unwrap();
        arena.score(arena.backtest(&candidate.compiled)).unwrap().score.value
    };
    let mut scored: Vec<(u64, f64)> = (3..=40).map(|n| (n, score(n))).collect();
    scored.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut ladder: Vec<(u64, f64)> = Vec::new();
    for (n, score) in scored {
        if ladder.last().is_none_or(|(_, last)| score > last + 0.1) {
            ladder.push((n, score));
        }
    }
    ladder.into_iter().map(|(n, _)| n).collect()
}
