//! The real loop on a repository in memory: what it needs of the world, for tests that look at what a campaign leaves.

use std::cell::Cell;
use std::sync::Arc;

use sprag::adapters::offline_search::OfflineSearch;
use sprag::evaluation::Arena;
use sprag::iteration::{self, LoopError, Orders, Outcome};
use sprag::market::{Bars, Market};
use sprag::ports::{Aids, Clock, Event, Ports, Progress, Proposer, ProposerError};
use sprag::program::Program;
use sprag::propose::{Disclosure, Proposal};
use sprag::state::{Record, State};

use crate::reconcile::model::Model;

const DAY: i64 = 86_400_000;

/// A rule that any search can improve on.
pub const RULES: &str = "name = \"start\"\n\n[params]\nn = { value = 8, min = 3, max = 40 }\n\n\
    [long]\nenter = \"close > sma(close, n)\"\nexit = \"close < sma(close, n)\"\n\n\
    [risk]\nstop_loss = \"4 * atr(10)\"\n";

/// Waves with noise on a slow rise; from bar `from` on, everything is `bend` times as high, and so on other numbers.
pub fn waves(bars: usize, from: usize, bend: f64) -> Market {
    let symbol = |name: &str, shift: f64| {
        let mut out = Bars { symbol: name.into(), ..Bars::default() };
        for i in 0..bars {
            let x = i as f64 + shift;
            let swing = 10.0 * (x / 9.0).sin() + 4.0 * (x * 1.7).sin() + 3.0 * (x * 0.31).cos();
            let close = (100.0 + swing) * (x / 5e3).exp() * if i < from { 1.0 } else { bend };
            out.time.push(i as i64 * DAY);
            out.open.push(close * 0.999);
            out.high.push(close * 1.01);
            out.low.push(close * 0.985);
            out.close.push(close);
            out.volume.push(1_000.0 + x);
        }
        out
    };
    Market::new(vec![symbol("A", 0.0), symbol("B", 23.0)])
}

/// Gates that let through what improves, so that something happens.
pub fn easy(settings: &[&str]) -> Program {
    let mut program = Program::default();
    let easy = [
        "gates.min_delta=0.02",
        "gates.min_trades=5",
        "gates.min_trades_per_fold=0",
        "gates.max_drawdown=0.9",
        "gates.complexity=0",
        "gates.benchmark=false",
        "gates.cost_stress=0",
        "gates.plateau=0",
        "costs.fee_bps=1",
    ];
    program.set_all(easy).unwrap();
    program.set_all(settings.iter().copied()).unwrap();
    program
}

/// One second later each time it is asked.
#[derive(Default)]
pub struct Ticking(Cell<i64>);

impl Clock for Ticking {
    fn now(&self) -> jiff::Timestamp {
        self.0.set(self.0.get() + 1);
        jiff::Timestamp::from_second(1_700_000_000 + self.0.get()).unwrap()
    }
}

struct Silent;

impl Progress for Silent {
    fn event(&mut self, _: &Event<'_>) {}
}

/// The search, and everything that it was ever told.
pub struct Spy {
    inner: OfflineSearch,
    pub told: Vec<String>,
}

impl Proposer for Spy {
    fn propose(
        &mut self,
        disclosure: &Disclosure,
        aids: &mut Aids<'_>,
    ) -> Result<Proposal, ProposerError> {
        self.told.push(format!("{disclosure:?}"));
        self.inner.propose(disclosure, aids)
    }
}

/// A repository with a strategy, and a clock.
pub struct Campaign {
    pub model: Model,
    pub clock: Ticking,
}

impl Campaign {
    pub fn new() -> Self {
        Self::starting_with(RULES)
    }

    /// A campaign whose repository holds this strategy.
    pub fn starting_with(rules: &str) -> Self {
        Self { model: Model::with_strategy(rules), clock: Ticking::default() }
    }

    /// Runs so many iterations, as `sprag iterate -n` would.
    pub fn run(
        &self,
        program: &Program,
        market: &Market,
        n: u64,
    ) -> Result<(Outcome, Spy), LoopError> {
        let arena = Arena::new(program, market).unwrap();
        let proposer = &program.settings.proposer;
        let inner = OfflineSearch::new(proposer.seed, proposer.drafts as usize);
        let mut spy = Spy { inner, told: Vec::new() };
        let outcome = iteration::run(
            &mut Ports {
                repository: &self.model,
                forge: None,
                clock: &self.clock,
                proposer: &mut spy,
                progress: &mut Silent,
                stop: &|| None,
            },
            &arena,
            &Orders { iterations: n, ..Orders::default() },
        )?;
        Ok((outcome, spy))
    }

    /// What HEAD holds.
    pub fn state(&self) -> State {
        State::read(&self.model.disk.borrow().head_files()).unwrap()
    }

    pub fn records(&self) -> Vec<Arc<Record>> {
        self.state().history().records().to_vec()
    }
}
