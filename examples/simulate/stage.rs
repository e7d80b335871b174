//! What all campaigns share: markets, each with two programs that a person may change between.

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

/// Bars of most campaigns: enough to trade, and soon backtested.
const SHORT: usize = 160;
/// Bars of those that look at the holdout: a deflated Sharpe ratio takes 250 out-of-sample.
const LONG: usize = 440;
/// The part in-sample that leaves so many.
const LOOKING: &str = "split.in_sample=0.25";

/// What evaluations are made from.
pub struct Stage {
    markets: [Market; 2],
    programs: [[Program; 2]; 4],
}

/// The arenas of a stage.
pub struct Arenas<'a>([[Arena<'a>; 2]; 4]);

/// What a campaign is like.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Tokens that it may cost; 0 is no bound.
    pub budget: u64,
    /// Whether candidates wait for review, in pull requests.
    pub is_reviewed: bool,
    /// Whether the repository is a remote one.
    pub is_remote: bool,
    /// Whether there are bars enough to earn looks at the holdout.
    pub has_looks: bool,
}

impl Terms {
    /// Those of a seed's campaign.
    pub fn of(seed: u64) -> Self {
        let is_reviewed = seed % 4 == 3;
        Self {
            budget: if seed % 4 == 1 { SCARCE } else { AMPLE },
            is_reviewed,
            is_remote: is_reviewed || seed.is_multiple_of(3),
            has_looks: seed % 8 == 2,
        }
    }

    /// Those of a campaign without an end, with people at a forge.
    pub fn endless() -> Self {
        Self { budget: 0, is_reviewed: true, is_remote: true, has_looks: false }
    }
}

impl<'a> Arenas<'a> {
    /// Those of a campaign.
    pub fn of(&self, terms: &Terms) -> &[Arena<'a>; 2] {
        let [none, scarce, ample, looking] = &self.0;
        match terms.budget {
            _ if terms.has_looks => looking,
            0 => none,
            SCARCE => scarce,
            _ => ample,
        }
    }
}

impl Stage {
    pub fn new() -> anyhow::Result<Self> {
        let program = |fee: &str, budget: u64, more: &[&str]| -> anyhow::Result<Program> {
            let mut program = Program::default();
            program.set_all(EASY)?;
            program.set_all([fee, &format!("budget.tokens={budget}")])?;
            program.set_all(more.iter().copied())?;
            Ok(program)
        };
        let pair = |budget, more: &[&str]| -> anyhow::Result<[Program; 2]> {
            let [a, b] = ["costs.fee_bps=1", "costs.fee_bps=2"];
            Ok([program(a, budget, more)?, program(b, budget, more)?])
        };
        let programs =
            [pair(0, &[])?, pair(SCARCE, &[])?, pair(AMPLE, &[])?, pair(AMPLE, &[LOOKING])?];
        Ok(Self { markets: [waves(SHORT), waves(LONG)], programs })
    }

    pub fn arenas(&self) -> anyhow::Result<Arenas<'_>> {
        let ([a, b, c, d], [short, long]) = (&self.programs, &self.markets);
        Ok(Arenas([pair(a, short)?, pair(b, short)?, pair(c, short)?, pair(d, long)?]))
    }
}

fn pair<'a>([a, b]: &'a [Program; 2], market: &'a Market) -> anyhow::Result<[Arena<'a>; 2]> {
    Ok([Arena::new(a, market)?, Arena::new(b, market)?])
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
