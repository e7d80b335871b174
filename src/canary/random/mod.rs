//! Random programs of the language: well-typed expressions over the whole table of functions, and
//! whole strategies.
//!
//! What a call is given follows from its row of the tables ([`TABLE`], [`REACH`]), so a new function is
//! drawn from the day it has a row. Functions are dealt like cards: none comes a second time before all
//! came once, so that a few programs cover the tables. All that is random comes from one [`Rng`]; the
//! numbers 0 draw the simplest program.
//!
//! Programs are drawn as texts, since that is what a strategy is made of, and what a finding shows.
//! Never touches bars, or what a program does on them; of a market only names are known.

mod names;
mod places;
mod strategy;

use crate::expr::functions::{Function, Group, Kind, Parameter, REACH, Reach, TABLE};
use crate::expr::{BinaryOp, Series, parse};
use crate::rng::Rng;
use names::Names;

pub use places::Places;
pub use strategy::Rules;

/// Steps above the least window; a window that needs more bars than there are computes nothing.
const WINDOW_STEPS: [u32; 9] = [2, 0, 1, 4, 7, 12, 19, 33, 60];
/// How far constants go above their lower bound, where the upper one is farther.
const CONSTANT_RANGE: f64 = 4.0;
/// Longest part: what would be longer is replaced by a leaf, so that no limit of the language is met.
const MOST_BYTES: usize = 700;

const ARITHMETIC: [BinaryOp; 5] =
    [BinaryOp::Subtract, BinaryOp::Divide, BinaryOp::Add, BinaryOp::Multiply, BinaryOp::Remainder];
const COMPARISONS: [BinaryOp; 6] = [
    BinaryOp::Greater,
    BinaryOp::Less,
    BinaryOp::GreaterEqual,
    BinaryOp::LessEqual,
    BinaryOp::NotEqual,
    BinaryOp::Equal,
];

/// Draws programs, one after the other.
#[derive(Debug)]
pub struct Programs {
    rng: Rng,
    places: Places,
    numbers: Deck<Function>,
    conditions: Deck<Function>,
    reaches: Deck<Reach>,
    names: Names,
    /// The timeframe that the part being drawn is within, by its place among those that there are.
    frame: Option<usize>,
    /// How many of the steps windows are drawn from.
    steps: usize,
}

impl Programs {
    /// Programs for no market in particular from this stream of random numbers.
    pub fn new(rng: Rng) -> Self {
        Self::at(Places::default(), rng)
    }

    /// Programs that may read what is at these places.
    pub fn at(places: Places, rng: Rng) -> Self {
        Self {
            rng,
            places,
            numbers: Deck::of(rows(|row| !row.condition)),
            conditions: Deck::of(rows(|row| row.condition)),
            reaches: Deck::of(REACH.to_vec()),
            names: Names::default(),
            frame: None,
            steps: WINDOW_STEPS.len(),
        }
    }

    /// A number per bar, never a constant, nested at most `depth` calls and operators deep.
    pub fn number(&mut self, depth: usize) -> String {
        canonical(&self.any_number(depth))
    }

    /// A condition, nested likewise.
    pub fn condition(&mut self, depth: usize) -> String {
        canonical(&self.any_condition(depth))
    }

    /// Texts of parts stand in brackets wherever they are an operand; [`canonical`] takes out what
    /// isn't needed.
    fn any_number(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.chance(0.15) {
            return self.number_leaf();
        }
        let text = match self.rng.below(11) {
            0..=5 => match self.numbers.deal(&mut self.rng) {
                Some(function) => self.call(function, depth),
                None => self.number_leaf(),
            },
            6 | 7 => {
                let op = self.rng.pick(&ARITHMETIC).map_or("-", |op| op.symbol());
                format!("({}) {op} ({})", self.any_number(depth - 1), self.operand(depth - 1))
            }
            8 => format!("({})[{}]", self.any_number(depth - 1), self.window(0)),
            9 => match self.reaches.deal(&mut self.rng) {
                Some(reach) => self.elsewhere(reach, |own| own.any_number(depth - 1)),
                None => self.number_leaf(),
            },
            _ => format!("-({})", self.any_number(depth - 1)),
        };
        if text.len() > MOST_BYTES { self.number_leaf() } else { text }
    }

    fn number_leaf(&mut self) -> String {
        let mut leaves: Vec<String> = vec![Series::Close.name().into(); 2];
        leaves.extend(Series::NAMED.iter().map(|series| series.name().to_owned()));
        leaves.extend(self.names.usable(&self.names.numbers, self.frame.is_some()));
        let leaf = self.rng.pick(&leaves).cloned().unwrap_or_default();
        self.names.note(&leaf);
        leaf
    }

    /// What may be a constant, where another operand isn't one.
    fn operand(&mut self, depth: usize) -> String {
        if self.rng.chance(0.75) {
            return self.any_number(depth);
        }
        match self.rng.below(2) {
            0 => self.constant(-CONSTANT_RANGE, CONSTANT_RANGE),
            _ => {
                let at = self.rng.below(self.names.constants.len());
                let name = self.names.constants.get(at).cloned();
                name.unwrap_or_else(|| format!("{}", 10 * (1 + self.rng.below(9))))
            }
        }
    }

    fn any_condition(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.chance(0.1) {
            return self.condition_leaf();
        }
        let text = match self.rng.below(17) {
            0..=6 => self.swing(depth),
            7 | 8 => {
                let op = self.comparison();
                format!("({}) {op} ({})", self.any_number(depth - 1), self.operand(depth - 1))
            }
            9 | 10 => match self.conditions.deal(&mut self.rng) {
                Some(function) => self.call(function, depth),
                None => self.condition_leaf(),
            },
            11 | 12 => {
                let op = if self.rng.chance(0.5) { BinaryOp::And } else { BinaryOp::Or };
                let left = self.any_condition(depth - 1);
                format!("({left}) {} ({})", op.symbol(), self.any_condition(depth - 1))
            }
            13 => format!("not ({})", self.any_condition(depth - 1)),
            14 => format!("({})[{}]", self.any_condition(depth - 1), self.window(0)),
            15 => match self.rng.pick(&of_conditions()) {
                Some(reach) => self.elsewhere(reach, |own| own.any_condition(depth - 1)),
                None => self.condition_leaf(),
            },
            _ => format!("({}) and true", self.any_condition(depth - 1)),
        };
        if text.len() > MOST_BYTES { self.condition_leaf() } else { text }
    }

    fn condition_leaf(&mut self) -> String {
        let conditions = self.names.usable(&self.names.conditions, self.frame.is_some());
        let at = self.rng.below(2 * conditions.len());
        if let Some(name) = conditions.get(at) {
            self.names.note(name);
            return name.clone();
        }
        let op = self.comparison();
        let x = self.number_leaf();
        if self.rng.chance(0.6) {
            return format!("{x} {op} {x}[{}]", self.window(1));
        }
        format!("{x} {op} {}", self.number_leaf())
    }

    /// A number against its own average or its own past: two numbers that have nothing to do with
    /// each other rarely cross, and a strategy that never trades shows nothing.
    fn swing(&mut self, depth: usize) -> String {
        let x = self.any_number(depth - 1);
        let other = match self.rng.pick(&averages()) {
            Some((average, least)) if self.rng.chance(0.7) => {
                format!("{}({x}, {})", average.name, self.window(*least))
            }
            _ => format!("({x})[{}]", self.window(1)),
        };
        match self.rng.pick(&events()) {
            Some(event) if self.rng.chance(0.3) => format!("{}({x}, {other})", event.name),
            _ => format!("({x}) {} {other}", self.comparison()),
        }
    }

    fn comparison(&mut self) -> &'static str {
        // Equality hardly ever holds: the last two are rare.
        let among = if self.rng.chance(0.9) { &COMPARISONS[..4] } else { &COMPARISONS[..] };
        self.rng.pick(among).map_or(">", |op| op.symbol())
    }

    /// A call of this row: its arguments by their kinds, perhaps without the last ones, perhaps with
    /// the name of an output.
    fn call(&mut self, function: &'static Function, depth: usize) -> String {
        let first = self.any_number(depth - 1);
        self.call_on(function, &first, depth)
    }

    /// A call whose first number series, if the row has one, is this one.
    fn call_on(&mut self, function: &'static Function, first: &str, depth: usize) -> String {
        let (least, most) = (function.least_args(), function.parameters.len());
        let given = most - self.rng.below(most - least + 1);
        let mut series = 0;
        let mut arguments: Vec<String> = Vec::new();
        for parameter in &function.parameters[..given] {
            arguments.push(match parameter.kind {
                Kind::Number if series == 0 => first.to_owned(),
                _ => self.argument(parameter, depth),
            });
            series += usize::from(parameter.kind == Kind::Number);
        }
        let mut text = format!("{}({})", function.name, arguments.join(", "));
        if let Some(output) = self.rng.pick(function.outputs) {
            text += &format!(".{output}");
        }
        text
    }

    /// What a part is elsewhere. Bars are put together into longer ones only: within the longest
    /// timeframe, a part stays where it is.
    fn elsewhere(&mut self, reach: &Reach, part: impl FnOnce(&mut Self) -> String) -> String {
        let outer = self.frame;
        let mut arguments = Vec::new();
        for parameter in reach.parameters {
            match parameter.kind {
                Kind::Symbol => {
                    let symbol = self.rng.pick(&self.places.symbols);
                    arguments.push(format!("'{}'", symbol.map_or("SPX", String::as_str)));
                }
                Kind::Timeframe => {
                    let Some((at, name)) = self.longer_frame() else { return part(self) };
                    self.frame = Some(at);
                    self.names.uses_frames = true;
                    arguments.push(format!("'{name}'"));
                }
                // The last one: nothing is drawn after it.
                _ => break,
            }
        }
        arguments.push(part(self));
        self.frame = outer;
        format!("{}({})", reach.name, arguments.join(", "))
    }

    /// A timeframe longer than the one around. Where there is none around, not the longest of all, so that
    /// there is one for what is within.
    fn longer_frame(&mut self) -> Option<(usize, &'static str)> {
        let frames = &self.places.timeframes;
        let (from, to) = match self.frame {
            Some(frame) => (frame + 1, frames.len()),
            None => (0, frames.len().saturating_sub(1).max(1)),
        };
        let at = from + self.rng.below(to.saturating_sub(from));
        frames.get(at).filter(|_| at < to).map(|name| (at, *name))
    }

    /// An argument. Number series may be constants here: the first one isn't, so that no call is one.
    fn argument(&mut self, parameter: &Parameter, depth: usize) -> String {
        match parameter.kind {
            Kind::Number => self.operand(depth - 1),
            Kind::Condition => self.any_condition(depth - 1),
            Kind::Window { least } => self.window(least),
            Kind::Count { least, most } => {
                let counts =
                    (most.saturating_sub(least)).min(WINDOW_STEPS.len() as u32) as usize + 1;
                (least as usize + self.rng.below(counts)).to_string()
            }
            Kind::Constant { least, most } => self.constant(least, most),
            Kind::Any => self.operand(depth - 1),
            // Only functions that reach elsewhere take names.
            Kind::Symbol | Kind::Timeframe => String::new(),
        }
    }

    /// A number of bars: a literal, or a parameter's name.
    fn window(&mut self, least: u32) -> String {
        let at = self.rng.below(3 * self.names.windows.len());
        match self.names.windows.get(at) {
            Some((name, bars)) if *bars >= least => name.clone(),
            _ => (least + self.rng.pick(&WINDOW_STEPS[..self.steps]).unwrap_or(&0)).to_string(),
        }
    }

    /// One of nine constants from the lower bound on.
    fn constant(&mut self, least: f64, most: f64) -> String {
        let step = (most - least).min(2.0 * CONSTANT_RANGE) / 8.0;
        format!("{}", least + step * self.rng.below(9) as f64)
    }
}

/// Functions that are dealt without replacement.
#[derive(Debug)]
struct Deck<T: 'static> {
    all: Vec<&'static T>,
    left: Vec<&'static T>,
}

impl<T> Deck<T> {
    fn of(all: Vec<&'static T>) -> Self {
        Self { all, left: Vec::new() }
    }

    fn deal(&mut self, rng: &mut Rng) -> Option<&'static T> {
        if self.left.is_empty() {
            self.left.clone_from(&self.all);
        }
        rng.take(&mut self.left)
    }
}

/// Averages of a series over a window, with the shortest one that isn't the series itself.
fn averages() -> Vec<(&'static Function, u32)> {
    let averages = TABLE.iter().filter(|row| row.group == Group::MovingAverage);
    let windowed = averages.filter_map(|row| match row.parameters {
        [Parameter { kind: Kind::Number, .. }, Parameter { kind: Kind::Window { least }, .. }] => {
            Some((*row, (*least).max(2)))
        }
        _ => None,
    });
    windowed.collect()
}

/// Conditions on two series.
fn events() -> Vec<&'static Function> {
    rows(|row| {
        row.condition
            && row.parameters.len() == 2
            && row.parameters.iter().all(|parameter| parameter.kind == Kind::Number)
    })
}

/// Functions that give a condition of other bars.
fn of_conditions() -> Vec<&'static Reach> {
    let takes = |reach: &&&Reach| reach.parameters.iter().any(|given| given.kind == Kind::Any);
    REACH.iter().filter(takes).copied().collect()
}

fn rows(is_one: impl Fn(&Function) -> bool) -> Vec<&'static Function> {
    TABLE.iter().copied().filter(|row| is_one(row)).collect()
}

/// With no more brackets than needed.
fn canonical(text: &str) -> String {
    parse(text).map_or_else(|_| text.to_owned(), |expr| expr.to_string())
}
