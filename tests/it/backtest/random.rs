//! Random markets and strategies whose signals are readable from the bars without the language: the
//! volume of a bar is a code whose bits are what the strategy says there.

use std::ops::Range;

use proptest::prelude::*;
use sprag::market::{Bars, Market};
use sprag::program::{BacktestSettings, CostSettings, StopsFrom};

use super::compiled;
use super::words::{Distance, Result, Said, World};

const DAY: i64 = 86_400_000;

/// One bar, as steps from the close before it.
#[derive(Debug, Clone)]
struct Step {
    missing: bool,
    gap: i32,
    body: i32,
    above: i32,
    below: i32,
    code: u8,
    funding: i32,
}

#[derive(Clone)]
pub struct Scenario {
    symbols: Vec<Vec<Step>>,
    has_funding: bool,
    choice: Choice,
    pub settings: BacktestSettings,
    pub costs: CostSettings,
}

/// Which of the spellings below the strategy uses.
#[derive(Debug, Clone)]
struct Choice {
    sides: u8,
    exits: bool,
    weight: usize,
    stop: usize,
    target: usize,
    trailing: usize,
    max_bars: u32,
    slots: u32,
    rank: usize,
}

type Number = (&'static str, fn(&Bars, usize) -> f64);

/// Undefined where a divisor is zero, below zero, and beyond one.
const WEIGHTS: [Number; 6] = [
    ("", |_, _| 1.0),
    ("0.4", |_, _| 0.4),
    ("2.5", |_, _| 2.5),
    ("volume / 100 - 1", |bars, i| bars.volume[i] / 100.0 - 1.0),
    ("0.3 / (volume % 4)", |bars, i| defined(0.3 / (bars.volume[i] % 4.0))),
    ("close[2] / 20", |bars, i| if i < 2 { f64::NAN } else { bars.close[i - 2] / 20.0 }),
];

const RANKS: [Number; 4] = [
    ("", |_, _| 0.0),
    ("close", |bars, i| bars.close[i]),
    ("volume % 2", |bars, i| bars.volume[i] % 2.0),
    ("1 / (volume % 3)", |bars, i| defined(1.0 / (bars.volume[i] % 3.0))),
];

type Level = (&'static str, fn(&Bars, usize) -> Option<Distance>);

/// Zero where a bar is flat, undefined where a divisor is zero.
const LEVELS: [Level; 6] = [
    ("", |_, _| None),
    ("4%", |_, _| Some(Distance::Part(0.04))),
    ("1.5%", |_, _| Some(Distance::Part(0.015))),
    ("close * 0.03", |bars, i| Some(Distance::Price(bars.close[i] * 0.03))),
    ("high - low", |bars, i| Some(Distance::Price(bars.high[i] - bars.low[i]))),
    ("0.5 / (volume % 8)", |bars, i| Some(Distance::Price(defined(0.5 / (bars.volume[i] % 8.0))))),
];

/// What a failure prints: the market and the strategy as files.
impl std::fmt::Debug for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "\n{}{:?}\n{:?}", self.strategy(), self.settings, self.costs)?;
        for bars in self.bars() {
            writeln!(f, "{}: day,open,high,low,close,volume,funding", bars.symbol)?;
            for i in 0..bars.len() {
                let prices = [bars.open[i], bars.high[i], bars.low[i], bars.close[i]];
                let funding = bars.funding.as_ref().map(|column| column[i]);
                let day = bars.time[i] / DAY;
                writeln!(f, "{i}: {day} {prices:?} {} {funding:?}", bars.volume[i])?;
            }
        }
        Ok(())
    }
}

fn defined(x: f64) -> f64 {
    if x.is_finite() { x } else { f64::NAN }
}

fn bit(bars: &Bars, i: usize, bit: u32) -> bool {
    bars.volume[i] as u32 >> bit & 1 == 1
}

impl Scenario {
    pub fn bars(&self) -> Vec<Bars> {
        let names = ["A", "B", "C"];
        let walks = self.symbols.iter().zip(names).enumerate();
        walks.map(|(s, (steps, name))| self.walk(name, 8.0 + 4.0 * s as f64, steps)).collect()
    }

    fn walk(&self, name: &str, start: f64, steps: &[Step]) -> Bars {
        let mut bars = Bars { symbol: name.into(), ..Bars::default() };
        let mut funding = Vec::new();
        let mut last = start;
        for (day, step) in steps.iter().enumerate().filter(|(_, step)| !step.missing) {
            let open = last * (1.0 + f64::from(step.gap) / 1e3);
            let close = open * (1.0 + f64::from(step.body) / 1e3);
            // Two days off after each five, so that calendar days are not bars.
            bars.time.push(Self::time(day));
            bars.open.push(open);
            bars.high.push(open.max(close) * (1.0 + f64::from(step.above) / 1e3));
            bars.low.push(open.min(close) * (1.0 - f64::from(step.below) / 1e3));
            bars.close.push(close);
            bars.volume.push(f64::from(step.code));
            funding.push(f64::from(step.funding) / 1e4);
            last = close;
        }
        bars.funding = self.has_funding.then_some(funding);
        bars
    }

    pub fn market(&self) -> Market {
        Market::new(self.bars())
    }

    /// The strategy file.
    pub fn strategy(&self) -> String {
        let choice = &self.choice;
        let bit = |bit: u32| format!("volume % {} >= {}", 2 << bit, 1 << bit);
        let mut text = String::new();
        for (side, first) in [("long", 0), ("short", 2)] {
            if choice.sides >> (first / 2) & 1 == 1 {
                text += &format!("[{side}]\nenter = '{}'\n", bit(first));
                if choice.exits {
                    text += &format!("exit = '{}'\n", bit(first + 1));
                }
            }
        }
        text += "[risk]\n";
        let levels = [
            ("stop_loss", choice.stop),
            ("take_profit", choice.target),
            ("trailing_stop", choice.trailing),
        ];
        for (key, at) in levels.into_iter().filter(|(_, at)| *at > 0) {
            text += &format!("{key} = '{}'\n", LEVELS[at].0);
        }
        if choice.max_bars > 0 || !choice.exits {
            text += &format!("max_bars = {}\n", self.max_bars().unwrap());
        }
        text += "[size]\n";
        if choice.slots > 0 {
            text += &format!("max_positions = {}\n", choice.slots);
        }
        for (key, expr) in [("weight", WEIGHTS[choice.weight].0), ("rank", RANKS[choice.rank].0)] {
            if !expr.is_empty() {
                text += &format!("{key} = '{expr}'\n");
            }
        }
        text
    }

    fn max_bars(&self) -> Option<usize> {
        let most =
            if self.choice.exits { self.choice.max_bars } else { self.choice.max_bars.max(1) };
        (most > 0).then_some(most as usize)
    }

    fn said(&self, bars: &Bars, i: usize) -> Said {
        let choice = &self.choice;
        let (long, short) = (choice.sides & 1 == 1, choice.sides & 2 == 2);
        Said {
            long_enter: long && bit(bars, i, 0),
            long_exit: long && choice.exits && bit(bars, i, 1),
            short_enter: short && bit(bars, i, 2),
            short_exit: short && choice.exits && bit(bars, i, 3),
            weight: WEIGHTS[choice.weight].1(bars, i),
            rank: RANKS[choice.rank].1(bars, i),
            stop: LEVELS[choice.stop].1(bars, i),
            target: LEVELS[choice.target].1(bars, i),
            trailing: LEVELS[choice.trailing].1(bars, i),
        }
    }

    /// What the reference engine says about the ticks in `range`.
    pub fn reference(&self, from: i64, to: i64) -> Result {
        let symbols = self.bars();
        let said: Vec<Vec<Said>> = symbols
            .iter()
            .map(|bars| (0..bars.len()).map(|i| self.said(bars, i)).collect())
            .collect();
        let world = World {
            symbols: &symbols,
            said: &said,
            slots: (self.choice.slots > 0).then_some(self.choice.slots as usize),
            max_bars: self.max_bars(),
            settings: &self.settings,
            costs: &self.costs,
        };
        super::reference::run(&world, from, to)
    }

    pub fn compiled(&self) -> sprag::strategy::Compiled {
        compiled(&self.strategy())
    }

    /// The same bars for the first `keep` days, then those of another scenario.
    pub fn with_other_end(&self, other: &Self, keep: usize) -> Self {
        let mut mixed = self.clone();
        for (steps, others) in mixed.symbols.iter_mut().zip(other.symbols.iter().cycle()) {
            steps.truncate(keep);
            steps.extend(others.iter().skip(keep).cloned());
        }
        mixed
    }

    /// Days that its bars lie within.
    pub fn days(&self) -> usize {
        self.symbols[0].len()
    }

    /// Time of a day's bars.
    pub fn time(day: usize) -> i64 {
        (day as i64 + day as i64 / 5 * 2) * DAY
    }

    /// The same without a column of funding.
    pub fn without_funding(mut self) -> Self {
        self.has_funding = false;
        self
    }

    /// The same without `[short]` and without debt.
    pub fn long_only_in_cash(mut self) -> Self {
        self.choice.sides = 1;
        self.settings.max_leverage = self.settings.max_leverage.min(1.0);
        self
    }
}

fn step(code: impl Strategy<Value = u8>) -> impl Strategy<Value = Step> {
    (
        proptest::bool::weighted(0.1),
        prop_oneof![4 => Just(0), 4 => -20..20, 1 => -120..120],
        prop_oneof![1 => Just(0), 6 => -40..40, 1 => -200..250],
        prop_oneof![1 => Just(0), 3 => 0..30],
        prop_oneof![1 => Just(0), 3 => 0..30],
        code,
        -10..30,
    )
        .prop_map(|(missing, gap, body, above, below, code, funding)| Step {
            missing,
            gap,
            body,
            above,
            below,
            code,
            funding,
        })
}

fn choice() -> impl Strategy<Value = Choice> {
    (
        1_u8..4,
        proptest::bool::weighted(0.8),
        0..WEIGHTS.len(),
        0..LEVELS.len(),
        0..LEVELS.len(),
        0..LEVELS.len(),
        prop_oneof![2 => Just(0_u32), 1 => 1_u32..6],
        0_u32..4,
        0..RANKS.len(),
    )
        .prop_map(|(sides, exits, weight, stop, target, trailing, max_bars, slots, rank)| {
            Choice { sides, exits, weight, stop, target, trailing, max_bars, slots, rank }
        })
}

fn settings() -> impl Strategy<Value = BacktestSettings> {
    let lots = prop_oneof![2 => Just(0.0), 1 => Just(1.0), 1 => Just(25.0)];
    let leverages = prop_oneof![3 => Just(1.0), 1 => Just(0.5), 1 => Just(3.0), 1 => Just(20.0)];
    (any::<bool>(), any::<bool>(), lots, leverages).prop_map(|(bar, end, lot, max_leverage)| {
        BacktestSettings {
            stops_from: if bar { StopsFrom::FillBar } else { StopsFrom::NextBar },
            close_at_end: end,
            lot,
            max_leverage,
            bars_per_year: 252.0,
            ..BacktestSettings::default()
        }
    })
}

fn costs() -> impl Strategy<Value = CostSettings> {
    let some = |most: f64| prop_oneof![1 => Just(0.0), 1 => 0.0..most];
    (some(60.0), some(20.0), some(40.0), some(40.0), some(800.0)).prop_map(
        |(fee_bps, fee_fixed, slippage_bps, spread_bps, borrow_bps_per_year)| CostSettings {
            fee_bps,
            fee_fixed,
            slippage_bps,
            spread_bps,
            borrow_bps_per_year,
        },
    )
}

/// Random numbers that a generator of programs draws from; fewer and smaller ones, simpler programs.
pub fn choices() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(any::<u64>(), 0..250)
}

/// Up to three symbols over the same days, each with days missing.
pub fn scenario() -> impl Strategy<Value = Scenario> {
    scenario_of(5..60, any::<u8>)
}

/// The same over years in which a strategy hardly ever says anything.
pub fn quiet_scenario() -> impl Strategy<Value = Scenario> {
    scenario_of(500..1_700, || prop_oneof![99 => Just(0), 1 => any::<u8>()])
}

fn scenario_of<C: Strategy<Value = u8>>(
    days: Range<usize>,
    code: impl Fn() -> C,
) -> impl Strategy<Value = Scenario> {
    let symbols = days.prop_flat_map(move |days| {
        prop::collection::vec(prop::collection::vec(step(code()), days), 1..4)
    });
    (symbols, any::<bool>(), choice(), settings(), costs())
        .prop_map(|(symbols, has_funding, choice, settings, costs)| Scenario {
            symbols,
            has_funding,
            choice,
            settings,
            costs,
        })
        .prop_filter("every symbol has bars", |scenario| {
            scenario.symbols.iter().all(|steps| steps.iter().any(|step| !step.missing))
        })
}
