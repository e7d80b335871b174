//! What all campaigns share: a market, and two programs that a person may change between.

use sprag::canary::Report;
use sprag::evaluation::Arena;
use sprag::market::{Bars, Market};
use sprag::program::Program;

const DAY: i64 = 86_400_000;
/// Tokens that a campaign may cost: more than it takes, or in a quarter of them less.
const AMPLE: u64 = 60_000;
const SCARCE: u64 = 12_000;

/// The strategy that research starts from.
pub const RULES: &str = "name = \"start\"\n\n[params]\nn = { value = 8, min = 3, max = 40 }\n\n\
    [long]\nenter = \"close > sma(close, n)\"\nexit = \"close < sma(close, n)\"\n\n\
    [risk]\nstop_loss = \"4 * atr(10)\"\n";

/// Gates that hardly stop anything, so that the incumbent moves often.
const EASY: [&str; 14] = [
    "gates.min_delta=0.02",
    "gates.min_trades=2",
    "gates.min_trades_per_fold=0",
    "gates.max_drawdown=0.9",
    "gates.complexity=0",
    "gates.benchmark=false",
    "gates.cost_stress=0",
    "gates.plateau=0",
    "split.holdout_min_bars=0",
    "split.folds=1",
    "split.in_sample_folds=1",
    "certify.patience=2",
    "certify.min_dsr=0",
    "publish.max_open=3",
];

/// What evaluations are made from.
pub struct Stage {
    market: Market,
    programs: [[Program; 2]; 3],
}

/// The arenas of a stage.
pub struct Arenas<'a>([[Arena<'a>; 2]; 3]);

/// The tokens of a seed's campaign.
pub fn budget(seed: u64) -> u64 {
    if seed % 4 == 1 { SCARCE } else { AMPLE }
}

impl<'a> Arenas<'a> {
    /// Those of a budget; 0 is no bound.
    pub fn of(&self, budget: u64) -> &[Arena<'a>; 2] {
        let [none, scarce, ample] = &self.0;
        match budget {
            0 => none,
            SCARCE => scarce,
            _ => ample,
        }
    }
}

impl Stage {
    pub fn new() -> anyhow::Result<Self> {
        let program = |fee: &str, budget: u64| -> anyhow::Result<Program> {
            let mut program = Program::default();
            program.set_all(EASY)?;
            program.set_all([fee, &format!("budget.tokens={budget}")])?;
            Ok(program)
        };
        let pair = |budget| -> anyhow::Result<[Program; 2]> {
            Ok([program("costs.fee_bps=1", budget)?, program("costs.fee_bps=2", budget)?])
        };
        Ok(Self { market: waves(160), programs: [pair(0)?, pair(SCARCE)?, pair(AMPLE)?] })
    }

    pub fn arenas(&self) -> anyhow::Result<Arenas<'_>> {
        let [a, b, c] = &self.programs;
        Ok(Arenas([self.pair(a)?, self.pair(b)?, self.pair(c)?]))
    }

    fn pair<'a>(&'a self, [a, b]: &'a [Program; 2]) -> anyhow::Result<[Arena<'a>; 2]> {
        Ok([Arena::new(a, &self.market)?, Arena::new(b, &self.market)?])
    }
}

/// Waves with noise on a slow rise.
fn waves(bars: usize) -> Market {
    let mut out = Bars { symbol: "A".into(), ..Bars::default() };
    for i in 0..bars {
        let x = i as f64;
        let swing = 10.0 * (x / 5.0).sin() + 4.0 * (x * 1.7).sin() + 3.0 * (x * 0.31).cos();
        let close = (100.0 + swing) * (x / 5e3).exp();
        out.time.push(i as i64 * DAY);
        out.open.push(close * 0.999);
        out.high.push(close * 1.01);
        out.low.push(close * 0.985);
        out.close.push(close);
        out.volume.push(1_000.0 + x);
    }
    Market::new(vec![out])
}

/// Canaries are about the engine, which no fault here touches.
pub fn no_canaries(_: &Arena<'_>, _: &str) -> Report {
    Report { pass: true, canaries: Vec::new() }
}
