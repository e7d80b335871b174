//! What strategies want at the close of each bar of one symbol.

use std::array;
use std::ops::Range;

use super::terms::{MAX_NUMBERS, Terms};
use super::trade::SideName;
use crate::expr::bits::{self, WORD};
use crate::expr::{self, BLOCK, Block, Evaluator, Graph, NodeId, Supplied, Values};
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
        let first = block.bars.start / WORD;
        self.decide(layout, block);
        let mut roots = layout.numbers.clone();
        let numbers: [&[f64]; MAX_NUMBERS] =
            array::from_fn(|_| match roots.next().map(|root| block.root(root)) {
                Some(Values::Numbers(numbers)) => numbers,
                _ => &[],
            });
        if self.entries.width > 0 {
            for word in 0..bits::words(block.bars.len()) {
                let enter = self.enters_either(first + word);
                self.entries.take(enter, |bar, column| numbers[column][word * WORD + bar]);
            }
        }
    }

    /// Turns the conditions of a block of bars to enter and to leave into decisions.
    ///
    /// A flat account wants a side whose entry holds and whose exit doesn't, and goes there if it is
    /// the only one. An open position leaves by its exit, or for where a flat account would go.
    fn decide(&mut self, layout: &Layout, block: &Block<'_>) {
        let bars = block.bars.len();
        let never = [0; bits::words(BLOCK)];
        let holds = |root: Option<usize>| match root.map(|root| block.root(root)) {
            Some(Values::Holds(holds)) => holds,
            _ => &never[..bits::words(bars)],
        };
        let conditions = layout.sides.map(|side| {
            let (enter, exit) = side.unzip();
            (holds(enter), holds(exit.flatten()))
        });
        for side in (0..2).filter(|side| layout.sides[*side].is_some()) {
            let ((enter, exit), (other, other_exit)) = (conditions[side], conditions[1 - side]);
            let words = || enter.iter().zip(exit).zip(other.iter().zip(other_exit));
            let wants = |(enter, exit): (&u64, &u64)| enter & !exit;
            self.enter[side].extend(words().map(|(this, other)| wants(this) & !wants(other)));
            self.leave[side]
                .extend(words().map(|(this, other)| this.1 | wants(other) & !wants(this)));
            // Bits past the last bar mean nothing.
            let there = u64::MAX >> (bits::words(bars) * WORD - bars);
            for column in [&mut self.enter[side], &mut self.leave[side]] {
                column.last_mut().into_iter().for_each(|last| *last &= there);
            }
        }
    }

    /// The bars of a word at which a flat account enters either side.
    fn enters_either(&self, word: usize) -> u64 {
        let of = |column: &Vec<u64>| column.get(word).copied().unwrap_or(0);
        of(&self.enter[0]) | of(&self.enter[1])
    }

    /// The first of these bars at whose close something is decided, given the position there.
    pub(super) fn next_decision(
        &self,
        position: Option<SideName>,
        bars: Range<usize>,
    ) -> Option<usize> {
        match position {
            None => bits::first(bars, |word| self.enters_either(word)),
            Some(side) => {
                let leave = &self.leave[side as usize];
                bits::first(bars, |word| leave.get(word).copied().unwrap_or(0))
            }
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
        let earlier = self.enters_either(word) & !(u64::MAX << (bar % WORD));
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
        self.before.push((self.rows.len() / self.width) as u32);
        while enter != 0 {
            let bar = enter.trailing_zeros() as usize;
            self.rows.extend((0..self.width).map(|column| number(bar, column)));
            enter &= enter - 1;
        }
    }
}
