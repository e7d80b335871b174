//! The columns of one block.

use std::ops::Range;

use super::BLOCK;
use crate::expr::{Series, bits};
use crate::market::Bars;

/// Where a node's values are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Number(Column),
    /// This slot of the bits.
    Condition(usize),
}

/// A column of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    /// In the bars themselves.
    Bars(Series),
    /// In a slot: one of the outputs of the step that writes it.
    Slot { slot: usize, output: usize },
}

/// Memory of a block's columns. A slot serves one step after the other: what it holds is valid until
/// the last reader of a step's output has run.
#[derive(Default)]
pub(super) struct Columns {
    numbers: Vec<Numbers>,
    bits: Vec<Vec<u64>>,
}

/// The outputs of one step, a block's length each.
#[derive(Default)]
pub(super) struct Numbers {
    pub values: Vec<f64>,
    /// Whether all values are known to be defined.
    pub defined: bool,
}

impl Columns {
    /// Adds a slot for a step with this many outputs.
    pub fn add_numbers(&mut self, outputs: usize) -> usize {
        let values = vec![0.0; outputs * BLOCK];
        self.numbers.push(Numbers { values, defined: false });
        self.numbers.len() - 1
    }

    /// Adds a slot for a condition.
    pub fn add_bits(&mut self) -> usize {
        self.bits.push(vec![0; bits::words(BLOCK)]);
        self.bits.len() - 1
    }

    /// Adds a slot that holds the same number at every bar.
    pub fn add_number(&mut self, value: f64) -> usize {
        self.numbers.push(Numbers { values: vec![value; BLOCK], defined: !value.is_nan() });
        self.numbers.len() - 1
    }

    /// Adds a slot that holds the same condition at every bar.
    pub fn add_condition(&mut self, holds: bool) -> usize {
        self.bits.push(vec![if holds { u64::MAX } else { 0 }; bits::words(BLOCK)]);
        self.bits.len() - 1
    }

    /// A slot's content, to be written and [put back](Self::put_numbers): until then, readers find
    /// nothing in the slot.
    pub fn take_numbers(&mut self, slot: usize) -> Numbers {
        std::mem::take(&mut self.numbers[slot])
    }

    pub fn put_numbers(&mut self, slot: usize, content: Numbers) {
        self.numbers[slot] = content;
    }

    pub fn take_bits(&mut self, slot: usize) -> Vec<u64> {
        std::mem::take(&mut self.bits[slot])
    }

    pub fn put_bits(&mut self, slot: usize, content: Vec<u64>) {
        self.bits[slot] = content;
    }

    /// A column's values over these bars, which are the current block.
    pub fn numbers<'a>(
        &'a self,
        column: Column,
        bars: &'a Bars,
        range: &Range<usize>,
    ) -> &'a [f64] {
        let series = match column {
            Column::Slot { slot, output } => {
                return &self.numbers[slot].values[output * BLOCK..][..range.len()];
            }
            Column::Bars(Series::Open) => &bars.open,
            Column::Bars(Series::High) => &bars.high,
            Column::Bars(Series::Low) => &bars.low,
            // The times are integers; a step makes numbers of them.
            Column::Bars(Series::Close | Series::Time) => &bars.close,
            Column::Bars(Series::Volume) => &bars.volume,
        };
        &series[range.clone()]
    }

    /// A condition's bits over so many bars.
    pub fn holds(&self, slot: usize, bars: usize) -> &[u64] {
        &self.bits[slot][..bits::words(bars)]
    }

    /// Whether all of a column's values of this block are known to be defined.
    pub fn is_defined(&self, column: Column) -> bool {
        match column {
            Column::Bars(_) => false,
            Column::Slot { slot, .. } => self.numbers[slot].defined,
        }
    }
}
