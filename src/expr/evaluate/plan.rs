//! From a graph to an order of steps, and to slots of memory that their outputs share.

use std::collections::{BTreeMap, BTreeSet};

use super::Evaluator;
use super::columns::{Column, Columns, Place};
use super::step::{BitWork, NumberWork, Step, Work};
use crate::expr::bits;
use crate::expr::functions::Delay;
use crate::expr::graph::{Graph, Node, NodeId, Type};
use crate::expr::{BinaryOp, Series};

/// Steps are first planned as if each output had a slot of its own: until [`Plan::share_slots`], a slot's
/// number is the number of an output.
struct Plan<'a> {
    graph: &'a Graph,
    places: Vec<Option<Place>>,
    /// Conditions that are needed as numbers, too.
    truths: BTreeMap<usize, Column>,
    steps: Vec<Step>,
    outputs: Vec<Output>,
}

#[derive(Debug, Clone, Copy)]
enum Output {
    /// What a step writes, anew in each block.
    Written(Shape),
    /// The same number at every bar.
    Number(f64),
    /// The same condition at every bar.
    Condition(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Bits,
    /// So many columns of numbers.
    Numbers(usize),
}

/// An evaluator of groups of roots; a group is emitted right after the last step that it needs.
pub(super) fn evaluator(graph: &Graph, groups: &[Vec<NodeId>]) -> Evaluator {
    let places = vec![None; graph.len()];
    let mut plan =
        Plan { graph, places, truths: BTreeMap::new(), steps: Vec::new(), outputs: Vec::new() };
    let groups = groups.iter().enumerate().map(|(group, roots)| plan.group(group, roots)).collect();
    plan.share_slots(groups)
}

impl Plan<'_> {
    /// Adds the steps that a group needs and that aren't there yet, and its emission.
    fn group(&mut self, group: usize, roots: &[NodeId]) -> Vec<Place> {
        let mut missing: BTreeSet<NodeId> = BTreeSet::new();
        let mut open = roots.to_vec();
        while let Some(id) = open.pop() {
            if self.places[id.index()].is_none() && missing.insert(id) {
                open.extend(self.graph.node(id).operands());
            }
        }
        // Operands come before what uses them, so that no call goes deeper than one operand.
        for id in missing {
            self.place(id);
        }
        let roots: Vec<Place> = roots.iter().map(|id| self.place(*id)).collect();
        let mut emission =
            Step { work: Work::Emit(group), numbers: Vec::new(), bits: Vec::new(), output: 0 };
        for root in &roots {
            match root {
                Place::Number(column) => emission.numbers.push(*column),
                Place::Condition(slot) => emission.bits.push(*slot),
            }
        }
        self.steps.push(emission);
        roots
    }

    /// Where a node's values are, after the step that computes it.
    fn place(&mut self, id: NodeId) -> Place {
        if let Some(place) = self.places[id.index()] {
            return place;
        }
        let place = self.prepare(id);
        self.places[id.index()] = Some(place);
        place
    }

    fn prepare(&mut self, id: NodeId) -> Place {
        let graph = self.graph;
        let is_condition = graph.kind(id) == Type::Condition;
        match graph.node(id) {
            Node::Series(Series::Time) => self.numbers(NumberWork::Time, 1, &[]),
            Node::Series(series) => Place::Number(Column::Bars(*series)),
            Node::Constant(value) if is_condition => {
                Place::Condition(self.output(Output::Condition(*value > 0.0)))
            }
            Node::Constant(value) => {
                let slot = self.output(Output::Number(*value));
                Place::Number(Column::Slot { slot, output: 0 })
            }
            Node::Output { call, index } => match self.place(*call) {
                Place::Number(Column::Slot { slot, .. }) => {
                    Place::Number(Column::Slot { slot, output: *index })
                }
                other => other,
            },
            Node::Neg(x) => self.numbers(NumberWork::Neg, 1, &[*x]),
            Node::Not(x) => self.logic(BitWork::Not, &[*x]),
            Node::Lag { input, bars } if is_condition => {
                self.logic(BitWork::Lag(bits::Delay::new(*bars as usize)), &[*input])
            }
            Node::Lag { input, bars } => {
                let delay = Delay::new(*bars as usize, f64::NAN);
                self.numbers(NumberWork::Lag(delay), 1, &[*input])
            }
            Node::Binary(BinaryOp::And, a, b) => self.logic(BitWork::And, &[*a, *b]),
            Node::Binary(BinaryOp::Or, a, b) => self.logic(BitWork::Or, &[*a, *b]),
            Node::Binary(op, a, b) if is_condition => self.test(BitWork::Compare(*op), &[*a, *b]),
            Node::Binary(op, a, b) => self.numbers(NumberWork::Arithmetic(*op), 1, &[*a, *b]),
            Node::Reach { .. } if is_condition => {
                self.bits(BitWork::Supplied(id), Vec::new(), Vec::new())
            }
            Node::Reach { .. } => self.numbers(NumberWork::Supplied(id), 1, &[]),
            Node::Call { function, inputs, constants } => {
                let operator = (function.build)(constants);
                if is_condition {
                    self.test(BitWork::Call(operator), inputs)
                } else {
                    self.numbers(NumberWork::Call(operator), graph.node(id).width(), inputs)
                }
            }
        }
    }

    /// A step from numbers to numbers.
    fn numbers(&mut self, work: NumberWork, width: usize, inputs: &[NodeId]) -> Place {
        let numbers = inputs.iter().map(|id| self.number(*id)).collect();
        let slot = self.output(Output::Written(Shape::Numbers(width)));
        let work = Work::Numbers(work);
        self.steps.push(Step { work, numbers, bits: Vec::new(), output: slot });
        Place::Number(Column::Slot { slot, output: 0 })
    }

    /// A step from numbers to a condition.
    fn test(&mut self, work: BitWork, inputs: &[NodeId]) -> Place {
        let numbers = inputs.iter().map(|id| self.number(*id)).collect();
        self.bits(work, numbers, Vec::new())
    }

    /// A step from conditions to a condition.
    fn logic(&mut self, work: BitWork, inputs: &[NodeId]) -> Place {
        let bits = inputs.iter().map(|id| self.condition(*id)).collect();
        self.bits(work, Vec::new(), bits)
    }

    fn bits(&mut self, work: BitWork, numbers: Vec<Column>, bits: Vec<usize>) -> Place {
        let output = self.output(Output::Written(Shape::Bits));
        self.steps.push(Step { work: Work::Bits(work), numbers, bits, output });
        Place::Condition(output)
    }

    /// A node as a column of numbers; a condition is 1 or 0.
    fn number(&mut self, id: NodeId) -> Column {
        let condition = match self.place(id) {
            Place::Number(column) => return column,
            Place::Condition(slot) => slot,
        };
        if let Some(column) = self.truths.get(&condition) {
            return *column;
        }
        let slot = self.output(Output::Written(Shape::Numbers(1)));
        let work = Work::Numbers(NumberWork::Truth);
        self.steps.push(Step { work, numbers: Vec::new(), bits: vec![condition], output: slot });
        let column = Column::Slot { slot, output: 0 };
        self.truths.insert(condition, column);
        column
    }

    /// A node as bits; a number holds where it is above zero.
    fn condition(&mut self, id: NodeId) -> usize {
        match self.place(id) {
            Place::Condition(slot) => slot,
            Place::Number(column) => {
                let output = self.output(Output::Written(Shape::Bits));
                let work = Work::Bits(BitWork::Positive);
                self.steps.push(Step { work, numbers: vec![column], bits: Vec::new(), output });
                output
            }
        }
    }

    fn output(&mut self, output: Output) -> usize {
        self.outputs.push(output);
        self.outputs.len() - 1
    }

    /// Gives each output a slot. A slot is free again after the last step that reads it.
    fn share_slots(mut self, mut groups: Vec<Vec<Place>>) -> Evaluator {
        let mut columns = Columns::default();
        let mut slots: Vec<usize> = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            slots.push(match output {
                Output::Written(_) => 0,
                Output::Number(value) => columns.add_number(*value),
                Output::Condition(holds) => columns.add_condition(*holds),
            });
        }
        let mut last_reader: Vec<Option<usize>> = vec![None; self.outputs.len()];
        for (at, step) in self.steps.iter_mut().enumerate() {
            step.each_read(|output| last_reader[*output] = Some(at));
        }
        let mut free: BTreeMap<Shape, Vec<usize>> = BTreeMap::new();
        for (at, step) in self.steps.iter_mut().enumerate() {
            // Before its inputs are free: no step writes what it reads.
            if step.group().is_none()
                && let Output::Written(shape) = self.outputs[step.output]
            {
                let slot = free.get_mut(&shape).and_then(Vec::pop);
                slots[step.output] = slot.unwrap_or_else(|| match shape {
                    Shape::Bits => columns.add_bits(),
                    Shape::Numbers(width) => columns.add_numbers(width),
                });
                step.output = slots[step.output];
            }
            step.each_read(|output| {
                let slot = slots[*output];
                if let Output::Written(shape) = self.outputs[*output]
                    && last_reader[*output] == Some(at)
                {
                    // Once, however often the step reads it.
                    last_reader[*output] = None;
                    free.entry(shape).or_default().push(slot);
                }
                *output = slot;
            });
        }
        for place in groups.iter_mut().flatten() {
            match place {
                Place::Number(Column::Slot { slot, .. }) | Place::Condition(slot) => {
                    *slot = slots[*slot];
                }
                Place::Number(Column::Bars(_)) => {}
            }
        }
        Evaluator { steps: self.steps, columns, groups }
    }
}
