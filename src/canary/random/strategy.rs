//! Random strategy files: every section of the form, every kind of rule.

use std::fmt::Write as _;

use super::names::Names;
use super::{Programs, canonical};
use crate::canary::engine::{Engine, Program};
use crate::expr::functions::{Function, REACH, Reach, TABLE};
use crate::strategy::MAX_LETS;

/// Nesting of conditions; `[let]`s add to it.
const DEPTH: usize = 2;
/// How many of the steps of windows are short.
const SHORT_WINDOWS: usize = 3;
/// Most calls of one function in the tables. A condition shows a difference at few bars: it is called so
/// often.
const MOST_CALLS: usize = 8;

/// Which rules a random strategy may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// All of them.
    All,
    /// None that works inside a bar: no stop, target or trailing stop.
    AtOpens,
}

impl Programs {
    /// The text of a strategy file, which compiles.
    pub fn strategy(&mut self, rules: Rules) -> String {
        self.names = Names::default();
        let mut text = String::new();
        self.params(&mut text);
        self.lets(&mut text);
        let sides = [("long", "short"), ("short", "long")];
        let (first, other) = if self.rng.chance(0.7) { sides[0] } else { sides[1] };
        let (risk, ends) = self.risk(rules);
        self.side(&mut text, first, ends);
        if !self.rng.chance(0.6) {
            self.side(&mut text, other, ends);
        }
        text += &risk;
        self.size(&mut text);
        self.names = Names::default();
        text
    }

    /// Several of them, compiled. A test says that each compiles; what doesn't is left out here.
    pub(in crate::canary) fn compiled(
        &mut self,
        engine: &Engine<'_>,
        count: usize,
        rules: Rules,
    ) -> Vec<Program> {
        (0..count).filter_map(|_| Program::new(engine, self.strategy(rules))).collect()
    }

    /// Strategies that between them call every function of the tables, each from `[let]`s of its own:
    /// on any number, and with short windows on one that is above and below zero by turns, where most
    /// have something to show; those that reach to other bars, of each other as well.
    pub fn tables(&mut self) -> Vec<String> {
        let mut texts: Vec<String> = REACH.iter().map(|reach| self.reaching(reach)).collect();
        for rows in TABLE.chunks(MAX_LETS / MOST_CALLS) {
            let mut text = String::from("[let]\n");
            for (i, row) in rows.iter().enumerate() {
                let _ = writeln!(text, "f{i} = \"{}\"", canonical(&self.call(row, DEPTH)));
                let others = if row.condition { MOST_CALLS - 1 } else { 1 };
                for k in 0..others {
                    let _ = writeln!(text, "g{i}_{k} = \"{}\"", self.call_on_change(row));
                }
            }
            text += "[long]\nenter = 'close > open'\nexit = 'close < open'\n";
            texts.push(text);
        }
        texts
    }

    /// A call on the change of a series, with short windows: what must hold for all of many bars hardly
    /// ever does, and shows nothing.
    fn call_on_change(&mut self, row: &'static Function) -> String {
        let all = std::mem::replace(&mut self.steps, SHORT_WINDOWS);
        let x = self.number_leaf();
        let change = format!("{x} - {x}[{}]", self.window(1));
        let call = self.call_on(row, &change, DEPTH);
        self.steps = all;
        canonical(&call)
    }

    /// A strategy that computes a number elsewhere, and there what each function that reaches gives.
    fn reaching(&mut self, outer: &Reach) -> String {
        let mut text = String::from("[let]\n");
        let x = self.elsewhere(outer, |own| own.any_number(DEPTH));
        let _ = writeln!(text, "x = \"{}\"", canonical(&x));
        for (i, inner) in REACH.iter().enumerate() {
            let part = self.elsewhere(outer, |own| own.elsewhere(inner, Self::number_leaf));
            let _ = writeln!(text, "x{i} = \"{part}\"");
        }
        text + "[long]\nenter = 'close > x'\nexit = 'close < x'\n"
    }

    fn params(&mut self, text: &mut String) {
        *text += "[params]\n";
        for i in 0..1 + self.rng.below(2) {
            let bars = [10, 3, 5, 30][self.rng.below(4)];
            // Writing to a string can't fail.
            let _ = writeln!(text, "n{i} = {{ value = {bars}, min = 2, max = 60 }}");
            self.names.windows.push((format!("n{i}"), bars));
        }
        let _ = writeln!(text, "k = {}", self.constant(0.5, 4.5));
        self.names.constants.push("k".into());
    }

    fn lets(&mut self, text: &mut String) {
        *text += "[let]\n";
        self.names.uses_frames = false;
        for i in 0..self.rng.below(3) {
            let number = self.number(DEPTH);
            let _ = writeln!(text, "x{i} = \"{number}\"");
            let name = self.names.drawn(format!("x{i}"));
            self.names.numbers.push(name);
        }
        for i in 0..self.rng.below(2) {
            let condition = self.condition(DEPTH);
            let _ = writeln!(text, "c{i} = \"{condition}\"");
            let name = self.names.drawn(format!("c{i}"));
            self.names.conditions.push(name);
        }
    }

    fn side(&mut self, text: &mut String, name: &str, ends_otherwise: bool) {
        let _ = writeln!(text, "[{name}]\nenter = \"{}\"", self.condition(DEPTH));
        if !(ends_otherwise && self.rng.chance(0.2)) {
            let _ = writeln!(text, "exit = \"{}\"", self.condition(DEPTH));
        }
    }

    /// The section, and whether it ends positions.
    fn risk(&mut self, rules: Rules) -> (String, bool) {
        let mut text = String::new();
        for key in ["stop_loss", "take_profit", "trailing_stop"] {
            if rules == Rules::All && !self.rng.chance(0.65) {
                let _ = writeln!(text, "{key} = \"{}\"", self.distance());
            }
        }
        if rules == Rules::AtOpens {
            // What leaks shows best in short trades: the less is held for the rest of the time.
            let _ = writeln!(text, "max_bars = {}", 1 + self.rng.below(3));
        } else if !self.rng.chance(0.6) {
            let _ = match self.rng.below(2) {
                0 => writeln!(text, "max_bars = {}", 1 + self.rng.below(30)),
                _ => writeln!(text, "max_bars = 'n0 + 1'"),
            };
        }
        let ends = !text.is_empty();
        (format!("[risk]\n{text}"), ends)
    }

    fn distance(&mut self) -> String {
        match self.rng.below(4) {
            0 => format!("{}%", self.constant(1.0, 9.0)),
            1 => "k %".into(),
            2 => canonical(&format!("k * atr({})", self.window(2))),
            _ => self.number(DEPTH),
        }
    }

    fn size(&mut self, text: &mut String) {
        *text += "[size]\n";
        let weight = match self.rng.below(4) {
            0 => None,
            1 => Some(self.constant(0.2, 1.0)),
            2 => {
                let n = self.window(5);
                Some(format!("min(1, 0.01 / stdev(log_return(close), {n}))"))
            }
            _ => Some(self.number(DEPTH)),
        };
        if let Some(weight) = weight {
            let _ = writeln!(text, "weight = \"{weight}\"");
        }
        if !self.rng.chance(0.5) {
            let _ = writeln!(text, "max_positions = {}", 1 + self.rng.below(4));
        }
        if !self.rng.chance(0.6) {
            let _ = writeln!(text, "rank = \"{}\"", self.number(DEPTH));
        }
    }
}
