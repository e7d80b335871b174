//! What strategies want at the close of each bar of one symbol.

use std::array;
use std::ops::Range;

use super::terms::{MAX_NUMBERS, Terms};
use super::trade::SideName;
use crate::expr::bits::{self, WORD};
use crate::expr::{self, Block, Evaluator, Graph, NodeId, Supplied, Values};
use crate::market::{Bars, Market};
use crate::strategy::{Compiled, Rules};

/// All that a strategy says about one symbol, as of each bar's close: decisions as a bit per bar, and
/// the numbers of an entry only where there is one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Signals {
    /// Per side, whether a flat account enters it.
    enter: [Vec<u64>; 2],
    /// Per side, whether a position on it ends.
    leave: [Vec<u64>; 2],
    entries: Entries,
}

/// The numbers that a strategy names for an entry, for each bar at which a flat account enters.
#[derive(Debug, Clone, PartialEq, Default)]
struct Entries {
    /// Numbers of one entry.
    width: usize,
    /// Per word of bars, the number of entries before it.
    before: Vec<u32>,
    /// The numbers of one entry after those of another.
    rows: Vec<f64>,
}

/// Where a strategy's conditions and numbers are among the roots of its group.
struct Layout {
    /// Per side, the conditions to enter and to leave.
    sides: [Option<(usize, Option<usize>)>; 2],
    /// Of the numbers, which follow on all conditions.
    numbers: Range<usize>,
}

impl Layout {
    fn of(strategy: &Compiled) -> (Self, Vec<NodeId>) {
        let mut roots: Vec<NodeId> = Vec::new();
        let mut add = |id: NodeId| {
            roots.push(id);
            roots.len() - 1
        };
        let mut side = |rules: Rules| (add(rules.enter), rules.exit.map(&mut add));
        let sides = [strategy.long, strategy.short].map(|rules| rules.map(&mut side));
        let conditions = roots.len();
        roots.extend(Terms::of(strategy).1);
        (Self { sides, numbers: conditions..roots.len() }, roots)
    }
}

/// What several strategies ask of a symbol's bars, as one graph: what they share is computed once.
pub(super) struct Questions {
    graph: Graph,
    layouts: Vec<Layout>,
    /// Per strategy, the roots that its layout names.
    groups: Vec<Vec<NodeId>>,
}

impl Questions {
    pub(super) fn of(strategies: &[Compiled]) -> Self {
        let mut graph = Graph::default();
        let mut layouts: Vec<Layout> = Vec::with_capacity(strategies.len());
        let mut groups: Vec<Vec<NodeId>> = Vec::with_capacity(strategies.len());
        for strategy in strategies {
            let (layout, roots) = Layout::of(strategy);
            let here = graph.absorb(&strategy.graph);
            layouts.push(layout);
            groups.push(roots.into_iter().map(|id| here[id.index()]).collect());
        }
        Self { graph, layouts, groups }
    }

    /// Per symbol of the account, what is computed on other bars than its own.
    pub(super) fn supplies(&self, market: &Market) -> Vec<Supplied> {
        expr::supplies(&self.graph, &self.groups.concat(), market)
    }

    /// Each strategy's signals on a symbol's bars, given what is computed on others.
    pub(super) fn signals(&self, bars: &Bars, supplied: &Supplied) -> Vec<Signals> {
        let words = bits::words(bars.len());
        let empty = |layout| Signals::empty(layout, words);
        let mut all: Vec<Signals> = self.layouts.iter().map(empty).collect();
        Evaluator::new(&self.graph, &self.groups).run_with(bars, supplied, |block| {
            all[block.group].take(&self.layouts[block.group], block);
        });
        all
    }
}

impl Signals {
    /// No bars yet, and room for so many words.
    fn empty(layout: &Layout, words: usize) -> Self {
        let room = |side: &Option<_>| Vec::with_capacity(if side.is_some() { words } else { 0 });
        let entries = Entries { width: layout.numbers.len(), ..Entries::default() };
        Self {
            enter: layout.sides.each_ref().map(room),
            leave: layout.sides.each_ref().map(room),
            entries,
        }
    }

    /// Takes in the next block of bars.
    fn take(&mut self, layout: &Layout, block: &Block<'_>) {
        let holds = |root: usize| match block.root(root) {
            Values::Holds(holds) => holds,
            Values::Numbers(_) => &[],
        };
        let sides = layout.sides.map(|side| match side {
            Some((enter, exit)) => (holds(enter), exit.map_or(&[][..], holds)),
            None => (&[][..], &[][..]),
        });
        let mut roots = layout.numbers.clone();
        let numbers: [&[f64]; MAX_NUMBERS] =
            array::from_fn(|_| match roots.next().map(|root| block.root(root)) {
                Some(Values::Numbers(numbers)) => numbers,
                _ => &[],
            });
        let bars = block.bars.len();
        for word in 0..bits::words(bars) {
            // Bits past the last bar mean nothing.
            let there = u64::MAX >> (WORD - (bars - word * WORD).min(WORD));
            let of = |holds: &[u64]| holds.get(word).map_or(0, |holds| holds & there);
            let [long, short] = sides.map(|(enter, exit)| (of(enter), of(exit)));
            let enter = self.decide(layout, long, short);
            self.entries.take(enter, |bar, column| numbers[column][word * WORD + bar]);
        }
    }

    /// Turns the conditions of a word of bars to enter and to leave into decisions; gives the bars at
    /// which a flat account enters either side.
    ///
    /// A flat account wants a side whose entry holds and whose exit doesn't, and goes there if it is
    /// the only one. An open position leaves by its exit, or for where a flat account would go.
    fn decide(&mut self, layout: &Layout, long: (u64, u64), short: (u64, u64)) -> u64 {
        let wants = [long, short].map(|(enter, exit)| enter & !exit);
        let enter = [wants[0] & !wants[1], wants[1] & !wants[0]];
        let leave = [long.1 | enter[1], short.1 | enter[0]];
        for side in (0..2).filter(|side| layout.sides[*side].is_some()) {
            self.enter[side].push(enter[side]);
            self.leave[side].push(leave[side]);
        }
        enter[0] | enter[1]
    }

    /// The first of these bars at whose close something is decided, given the position there.
    pub(super) fn next_decision(
        &self,
        position: Option<SideName>,
        bars: Range<usize>,
    ) -> Option<usize> {
        let of = |column: &[u64], word: usize| column.get(word).copied().unwrap_or(0);
        match position {
            None => bits::first(bars, |word| of(&self.enter[0], word) | of(&self.enter[1], word)),
            Some(side) => bits::first(bars, |word| of(&self.leave[side as usize], word)),
        }
    }

    /// Which side a flat account enters, decided at the close of `bar`.
    pub(super) fn enters(&self, bar: usize) -> Option<SideName> {
        let mut sides = [SideName::Long, SideName::Short].into_iter();
        sides.find(|side| bits::is_set(&self.enter[*side as usize], bar))
    }

    /// Whether a position on a side is left, decided at the close of `bar`.
    pub(super) fn leaves(&self, side: SideName, bar: usize) -> bool {
        bits::is_set(&self.leave[side as usize], bar)
    }

    /// The numbers of the entry that is decided at the close of `bar`.
    pub(super) fn numbers(&self, bar: usize) -> &[f64] {
        let Entries { width, before, rows } = &self.entries;
        if *width == 0 {
            return &[];
        }
        let word = bar / WORD;
        let either = self.enter.each_ref().map(|enter| enter.get(word).copied().unwrap_or(0));
        let earlier = (either[0] | either[1]) & !(u64::MAX << (bar % WORD));
        let row = before[word] as usize + earlier.count_ones() as usize;
        &rows[row * width..][..*width]
    }

    /// Bytes that the decisions of a strategy take for so many bars, and what it reads on others.
    pub(super) fn bytes(strategy: &Compiled, bars: usize) -> usize {
        let sides = [strategy.long, strategy.short].into_iter().flatten().count();
        let decisions = 2 * sides * bits::words(bars) * size_of::<u64>();
        decisions + strategy.graph.reaches() * bars * size_of::<f64>()
    }
}

impl Entries {
    /// Takes in the entries of the next word of bars.
    fn take(&mut self, mut enter: u64, number: impl Fn(usize, usize) -> f64) {
        if self.width == 0 {
            return;
        }
        self.before.push((self.rows.len() / self.width) as u32);
        while enter != 0 {
            let bar = enter.trailing_zeros() as usize;
            self.rows.extend((0..self.width).map(|column| number(bar, column)));
            enter &= enter - 1;
        }
    }
}
