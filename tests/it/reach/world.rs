//! Random markets of several calendars and lengths of bars, and random expressions that reach across them.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sprag::market::{Bars, Clock, Market, Zone};

const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// Bars of 15 minutes, an hour, a day.
const STEPS: [i64; 3] = [15 * MINUTE, HOUR, DAY];
/// Zones and days at which worlds begin: a Thursday, so that weeks and a month end soon, and some days before
/// clocks change, in Beirut at midnight.
const ORIGINS: [(&str, i64); 7] = [
    ("UTC", 1_706_140_800_000),
    ("America/New_York", 1_706_140_800_000),
    ("America/New_York", 1_709_856_000_000),
    ("America/New_York", 1_730_419_200_000),
    ("Asia/Tokyo", 1_706_140_800_000),
    ("Asia/Beirut", 1_711_670_400_000),
    ("Asia/Beirut", 1_729_814_400_000),
];

/// One symbol of a world.
#[derive(Debug, Clone)]
pub struct Symbol {
    pub bars: Bars,
    pub is_traded: bool,
    /// What each of its bars lasts.
    pub step: i64,
}

/// A market whose bars are of known length.
#[derive(Clone)]
pub struct World {
    pub symbols: Vec<Symbol>,
    /// Its market's zone and first day, as a choice among [`ORIGINS`].
    origin: usize,
}

/// How a symbol's bars come about.
#[derive(Debug, Clone)]
struct Recipe {
    step: usize,
    /// Thousandths of the world's span at which it is listed and no longer quoted.
    listed: i64,
    until: i64,
    /// In a hundred.
    missing: u64,
    seed: u64,
}

impl World {
    pub fn market(&self) -> Market {
        let of = |is_traded| {
            let chosen = self.symbols.iter().filter(move |symbol| symbol.is_traded == is_traded);
            chosen.map(|symbol| symbol.bars.clone()).collect()
        };
        Market::with_context(of(true), of(false))
    }

    pub fn traded(&self) -> impl Iterator<Item = (usize, &Symbol)> {
        self.symbols.iter().enumerate().filter(|(_, symbol)| symbol.is_traded)
    }

    /// Keeps the bars that have ended by a time; what comes after is dropped, or taken from another world.
    pub fn known_by(&self, time: i64, then: Option<&Self>) -> Self {
        let mut known = self.clone();
        for (s, symbol) in known.symbols.iter_mut().enumerate() {
            let keep = self.ended_by(&self.symbols[s], time);
            symbol.bars = symbol.bars.part(0..keep);
            if let Some(other) = then.and_then(|world| world.symbols.get(s)) {
                let next = symbol.bars.time.last().map_or(time, |last| last + symbol.step);
                // Any labels will do: what comes later need not even be as regular.
                let later = other.bars.time.iter().position(|label| *label >= next.max(time));
                for bar in later.into_iter().flat_map(|first| first..other.bars.len()) {
                    push(&mut symbol.bars, &other.bars, bar);
                }
            }
            symbol.bars.clock = clock(self.origin, symbol.step, &symbol.bars.time);
        }
        known
    }

    pub fn zone_name(&self) -> &'static str {
        ORIGINS[self.origin].0
    }

    pub fn zone(&self) -> TimeZone {
        TimeZone::get(self.zone_name()).unwrap()
    }

    /// The time at which a symbol's bar of this label has ended: a day's when the next one begins.
    pub fn end_of(&self, symbol: &Symbol, label: i64) -> i64 {
        if symbol.step < DAY {
            return label + symbol.step;
        }
        let date = Timestamp::from_millisecond(label).unwrap().to_zoned(TimeZone::UTC).date();
        let next = date.tomorrow().unwrap().to_zoned(self.zone()).unwrap();
        next.timestamp().as_millisecond()
    }

    /// How many of a symbol's bars have ended by a time.
    pub fn ended_by(&self, symbol: &Symbol, time: i64) -> usize {
        symbol.bars.time.partition_point(|label| self.end_of(symbol, *label) <= time)
    }
}

/// The market's clock for bars of this length, as a loader would keep it.
fn clock(origin: usize, step: i64, labels: &[i64]) -> Clock {
    match (labels.first(), labels.last()) {
        (Some(first), Some(last)) if step < DAY => {
            Clock::of(&Zone::named(ORIGINS[origin].0).unwrap(), *first, *last)
        }
        _ => Clock::default(),
    }
}

fn push(bars: &mut Bars, from: &Bars, bar: usize) {
    bars.time.push(from.time[bar]);
    bars.open.push(from.open[bar]);
    bars.high.push(from.high[bar]);
    bars.low.push(from.low[bar]);
    bars.close.push(from.close[bar]);
    bars.volume.push(from.volume[bar]);
}

/// What a failure prints.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", ORIGINS[self.origin].0)?;
        for symbol in &self.symbols {
            let Bars { symbol: name, time, close, .. } = &symbol.bars;
            let part = if symbol.is_traded { "traded" } else { "context" };
            let (count, minutes) = (time.len(), symbol.step / MINUTE);
            writeln!(f, "{name} ({part}, {count} bars of {minutes} minutes)")?;
            for (time, close) in time.iter().zip(close).take(30) {
                writeln!(f, "  {} {close}", sprag::market::format_time(*time))?;
            }
        }
        Ok(())
    }
}

fn made(name: &str, is_traded: bool, (origin, span): (usize, i64), recipe: &Recipe) -> Symbol {
    let start = ORIGINS[origin].1;
    let step = STEPS[recipe.step];
    let mut random = ChaCha8Rng::seed_from_u64(recipe.seed);
    let mut below = |n: u64| random.next_u64() % n;
    let mut bars = Bars { symbol: name.into(), ..Bars::default() };
    let first = start + span * recipe.listed / 1_000 / step * step;
    let last = start + span * recipe.until / 1_000;
    let mut close = 20.0;
    let mut label = first;
    while label < last {
        // The first bars are neighbours, so that the length of a bar shows.
        if bars.len() < 4 || below(100) >= recipe.missing {
            // Halves: sums of them are exact, and some are equal.
            let open = close + below(3) as f64 / 2.0 - 0.5;
            close = (open + below(7) as f64 / 2.0 - 1.5).clamp(5.0, 40.0);
            bars.time.push(label);
            bars.open.push(open);
            bars.high.push(open.max(close) + below(2) as f64 / 2.0);
            bars.low.push(open.min(close) - below(2) as f64 / 2.0);
            bars.close.push(close);
            bars.volume.push(below(9) as f64);
        }
        label += step;
    }
    bars.clock = clock(origin, step, &bars.time);
    Symbol { bars, is_traded, step }
}

fn recipe(step: impl Strategy<Value = usize>) -> impl Strategy<Value = Recipe> {
    let listed = prop_oneof![3 => Just(0), 1 => 0..600_i64];
    let until = prop_oneof![3 => Just(1_000), 1 => 700..1_000_i64];
    let missing = prop_oneof![2 => Just(0_u64), 1 => Just(10), 1 => Just(45)];
    (step, listed, until, missing, any::<u64>()).prop_map(|(step, listed, until, missing, seed)| {
        Recipe { step, listed, until, missing, seed }
    })
}

/// One to three symbols that are traded, mostly with bars of one length, and up to two others.
pub fn worlds() -> impl Strategy<Value = World> {
    (0..3_usize, 24..90_i64, 0..ORIGINS.len()).prop_flat_map(|(usual, count, origin)| {
        let step = move || prop_oneof![6 => Just(usual), 1 => 0..3_usize];
        let traded = prop::collection::vec(recipe(step()), 1..4);
        let context = prop::collection::vec(recipe(0..3_usize), 0..3);
        (traded, context).prop_map(move |(traded, context)| {
            // So many of the usual bars; of longer ones there are few, of shorter ones not too many.
            let span = (STEPS[usual] * count).clamp(DAY * 4, DAY * 12);
            let traded = traded.iter().zip(["A", "B", "C"]);
            let context = context.iter().zip(["X", "Y"]);
            let span = (origin, span);
            let traded = traded.map(|(recipe, name)| made(name, true, span, recipe));
            let context = context.map(|(recipe, name)| made(name, false, span, recipe));
            World { symbols: traded.chain(context).collect(), origin }
        })
    })
}

/// The same symbols with other bars.
pub fn other_bars(world: &World, seed: u64) -> World {
    let symbols = world.symbols.iter().enumerate().map(|(s, symbol)| {
        let step = STEPS.iter().position(|step| *step == symbol.step).unwrap();
        let seed = seed.wrapping_add(s as u64);
        let recipe = Recipe { step, listed: 0, until: 1_300, missing: 20, seed };
        made(&symbol.bars.symbol, symbol.is_traded, (world.origin, DAY * 12), &recipe)
    });
    World { symbols: symbols.collect(), origin: world.origin }
}

/// A random expression; what its choices mean depends on the world and on where it is read.
#[derive(Debug, Clone)]
pub enum Tree {
    /// A column of the bar.
    Series(&'static str),
    Constant(i8),
    /// `x[n]`, of a number or a condition.
    Lag(Box<Tree>, usize),
    /// `function(x, n)`: `sma` or `highest`.
    Window(&'static str, Box<Tree>, usize),
    /// Another function, its argument in the place of `{}`; no slow version knows it.
    Other(&'static str, Box<Tree>),
    /// `left op right`, of numbers or conditions.
    Binary(&'static str, Box<Tree>, Box<Tree>),
    Not(Box<Tree>),
    If(Box<Tree>, Box<Tree>, Box<Tree>),
    Symbol(usize, Box<Tree>),
    Timeframe(usize, Box<Tree>),
    Universe(&'static str, Box<Tree>),
}

/// On which bars a part of an expression is read.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The symbol; none is each one that is traded.
    pub symbol: Option<usize>,
    /// By which timeframes its bars were put together.
    pub frames: Vec<&'static str>,
}

/// Timeframes with what they last at least.
const FRAMES: [(&str, i64); 6] = [
    ("30m", 30 * MINUTE),
    ("1h", HOUR),
    ("4h", 4 * HOUR),
    ("1d", DAY),
    ("1w", 7 * DAY),
    ("1M", 28 * DAY),
];

impl Place {
    /// The timeframe that a choice means here: one that is longer than the bars; none if there is none.
    pub fn timeframe(&self, world: &World, choice: usize) -> Option<&'static str> {
        let longest = match (self.frames.last(), self.symbol) {
            (Some(last), _) => FRAMES.iter().find(|(name, _)| name == last).unwrap().1,
            (None, Some(symbol)) => world.symbols[symbol].step,
            (None, None) => world.traded().map(|(_, symbol)| symbol.step).max().unwrap(),
        };
        let longer: Vec<&str> =
            FRAMES.iter().filter(|(_, length)| *length > longest).map(|(name, _)| *name).collect();
        longer.get(choice % longer.len().max(1)).copied()
    }

    /// Whether values can be compared across the universe here.
    pub fn is_of_universe(&self, world: &World) -> bool {
        self.symbol.is_none_or(|symbol| world.symbols[symbol].is_traded)
    }

    pub fn put_together(&self, timeframe: &'static str) -> Self {
        let frames = self.frames.iter().copied().chain([timeframe]).collect();
        Self { symbol: self.symbol, frames }
    }
}

impl Tree {
    /// The expression as it is written.
    pub fn text(&self, world: &World, place: &Place) -> String {
        let text = |tree: &Self| tree.text(world, place);
        match self {
            Self::Series(name) => (*name).into(),
            Self::Constant(value) => format!("{value}"),
            Self::Lag(x, n) => format!("({})[{n}]", text(x)),
            Self::Window(function, x, n) => format!("{function}({}, {n})", text(x)),
            Self::Other(function, x) => function.replace("{}", &text(x)),
            Self::Binary(op, left, right) => format!("({} {op} {})", text(left), text(right)),
            Self::Not(x) => format!("not ({})", text(x)),
            Self::If(condition, a, b) => {
                format!("if({}, {}, {})", text(condition), text(a), text(b))
            }
            Self::Symbol(choice, x) => {
                let symbol = choice % world.symbols.len();
                let there = Place { symbol: Some(symbol), frames: Vec::new() };
                format!(
                    "symbol('{}', {})",
                    world.symbols[symbol].bars.symbol,
                    x.text(world, &there)
                )
            }
            Self::Timeframe(choice, x) => match place.timeframe(world, *choice) {
                Some(name) => {
                    format!("timeframe('{name}', {})", x.text(world, &place.put_together(name)))
                }
                None => text(x),
            },
            Self::Universe(function, x) if place.is_of_universe(world) => {
                let there = Place { symbol: None, frames: place.frames.clone() };
                format!("{function}({})", x.text(world, &there))
            }
            Self::Universe(_, x) => text(x),
        }
    }
}

/// Expressions of numbers; with `others` functions that have no slow version in this folder.
pub fn numbers(others: bool) -> BoxedStrategy<Tree> {
    let series = prop::sample::select(vec!["close", "open", "high", "low", "volume"]);
    // What is constant is the same on all bars, from the first one on: no slow version folds constants.
    let leaf = prop_oneof![
        6 => series.prop_map(Tree::Series),
        u32::from(others) => (-3..4_i8).prop_map(Tree::Constant),
    ];
    leaf.prop_recursive(5, 14, 2, move |inner| {
        let x = inner.prop_map(Box::new);
        let arithmetic = prop::sample::select(vec!["+", "-", "/"]);
        let compared = prop::sample::select(vec![">", "<=", "=="]);
        let windows = prop::sample::select(vec!["sma", "highest"]);
        let universe = prop::sample::select(vec!["xs_rank", "xs_zscore", "xs_mean"]);
        let condition = (compared, x.clone(), x.clone())
            .prop_map(|(op, left, right)| Tree::Binary(op, left, right));
        let condition = conditions(condition.boxed()).prop_map(Box::new);
        let other = prop::sample::select(if others { OTHERS.to_vec() } else { vec!["abs({})"] });
        prop_oneof![
            2 => (x.clone(), 0..3_usize).prop_map(|(x, n)| Tree::Lag(x, n)),
            2 => (windows, x.clone(), 1..4_usize).prop_map(|(f, x, n)| Tree::Window(f, x, n)),
            2 => (arithmetic, x.clone(), x.clone()).prop_map(|(op, a, b)| Tree::Binary(op, a, b)),
            1 => (condition, x.clone(), x.clone()).prop_map(|(c, a, b)| Tree::If(c, a, b)),
            if others { 3 } else { 1 } => (other, x.clone()).prop_map(|(f, x)| Tree::Other(f, x)),
            4 => (any::<usize>(), x.clone()).prop_map(|(k, x)| Tree::Symbol(k, x)),
            4 => (any::<usize>(), x.clone()).prop_map(|(k, x)| Tree::Timeframe(k, x)),
            4 => (universe, x).prop_map(|(f, x)| Tree::Universe(f, x)),
        ]
    })
    .boxed()
}

/// Functions of every kind: recursive, windowed, sorted, of several outputs, of the calendar.
const OTHERS: [&str; 9] = [
    "ema({}, 3)",
    "rsi({}, 2)",
    "median({}, 3)",
    "macd({}, 2, 3, 2).signal",
    "percent_rank({}, 3)",
    "atr(2) / {}",
    "obv - {}",
    "hour + day - {}",
    "bars_since({} > 20)",
];

/// Conditions made of simpler ones.
fn conditions(leaf: BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
    leaf.prop_recursive(2, 4, 2, |inner| {
        let x = inner.prop_map(Box::new);
        prop_oneof![
            x.clone().prop_map(Tree::Not),
            (x.clone(), 0..3_usize).prop_map(|(x, n)| Tree::Lag(x, n)),
            (prop::sample::select(vec!["and", "or"]), x.clone(), x.clone())
                .prop_map(|(op, a, b)| Tree::Binary(op, a, b)),
            (any::<usize>(), x.clone()).prop_map(|(k, x)| Tree::Symbol(k, x)),
            (any::<usize>(), x).prop_map(|(k, x)| Tree::Timeframe(k, x)),
        ]
    })
    .boxed()
}
