//! The checked form: one node per distinct sub-expression, in the order in which they can be computed.
//!
//! Nodes are identified by a digest of what they compute. Operands whose order can't matter are put
//! in the order of their digests first, so that texts which say the same get the same node: that
//! merges common sub-expressions and tells duplicates from new ideas in one stroke.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::functions::{Function, Kind, Reach};
use super::{BinaryOp, Series};
use crate::market::Timeframe;

/// Index of a node; operands have lower indices than the nodes that use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    /// Position in the graph's order.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Identifies what a node computes, independent of names, order of definition and spelling.
pub type Digest = [u8; 16];

/// What a node's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// One number for all bars, known before any bar is read.
    Constant,
    /// A number per bar, or undefined.
    Number,
    /// True or false per bar; never undefined.
    Condition,
}

impl Type {
    /// How a message names it.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Constant => "a constant number",
            Self::Number => "a number series",
            Self::Condition => "a condition",
        }
    }
}

/// One computation. A condition is true or false at each bar; an undefined number is NaN.
#[derive(Debug, Clone)]
pub enum Node {
    /// A column of the bars.
    Series(Series),
    /// The same value at every bar.
    Constant(f64),
    /// The operand's value this many bars ago.
    Lag {
        /// The operand.
        input: NodeId,
        /// How long ago, at least 1.
        bars: u32,
    },
    /// Minus the operand.
    Neg(NodeId),
    /// The opposite condition.
    Not(NodeId),
    /// Two operands combined.
    Binary(BinaryOp, NodeId, NodeId),
    /// A function of the table.
    Call {
        /// The function.
        function: &'static Function,
        /// Its series, in the order in which its operator reads them.
        inputs: Vec<NodeId>,
        /// Its constants, in order.
        constants: Vec<f64>,
    },
    /// One output of a call that has several.
    Output {
        /// The call.
        call: NodeId,
        /// Which one, from 0.
        index: usize,
    },
    /// A value that is computed on other bars.
    Reach {
        /// On which.
        target: Target,
        /// What is computed there.
        input: NodeId,
    },
}

/// Which bars a value reaches to.
#[derive(Debug, Clone)]
pub enum Target {
    /// Those of the symbol of this name.
    Symbol(String),
    /// The same symbol's, put together.
    Timeframe(Timeframe),
    /// Those of all symbols of the universe, to be compared by this function.
    Universe(&'static Reach),
}

impl Node {
    /// The nodes it reads on the same bars. What is computed on others is none of them.
    pub fn operands(&self) -> Vec<NodeId> {
        match self {
            Self::Series(_) | Self::Constant(_) | Self::Reach { .. } => Vec::new(),
            Self::Lag { input, .. } | Self::Neg(input) | Self::Not(input) => vec![*input],
            Self::Binary(_, left, right) => vec![*left, *right],
            Self::Call { inputs, .. } => inputs.clone(),
            Self::Output { call, .. } => vec![*call],
        }
    }

    /// How many bars it has to remember: its windows and its look back.
    pub fn remembered(&self) -> u64 {
        match self {
            Self::Lag { bars, .. } => u64::from(*bars),
            Self::Call { function, constants, .. } => {
                let kinds = function.parameters.iter().map(|parameter| parameter.kind);
                let kinds = kinds
                    .filter(|kind| matches!(kind, Kind::Window { .. } | Kind::Constant { .. }));
                let windows =
                    kinds.zip(constants).filter(|(kind, _)| matches!(kind, Kind::Window { .. }));
                windows.map(|(_, bars)| *bars as u64).sum()
            }
            _ => 0,
        }
    }

    /// The same computation on other operands.
    fn with_operands(&self, other: impl Fn(NodeId) -> NodeId) -> Self {
        let mut node = self.clone();
        match &mut node {
            Self::Series(_) | Self::Constant(_) => {}
            Self::Lag { input, .. }
            | Self::Neg(input)
            | Self::Not(input)
            | Self::Reach { input, .. } => *input = other(*input),
            Self::Binary(_, left, right) => (*left, *right) = (other(*left), other(*right)),
            Self::Call { inputs, .. } => inputs.iter_mut().for_each(|input| *input = other(*input)),
            Self::Output { call, .. } => *call = other(*call),
        }
        node
    }

    /// How many columns it computes.
    pub fn width(&self) -> usize {
        match self {
            Self::Call { function, .. } => function.outputs.len().max(1),
            _ => 1,
        }
    }
}

struct Entry {
    node: Node,
    kind: Type,
    digest: Digest,
    /// The reaching nodes that it needs on the same bars, itself included: a bit each.
    reaches: u64,
}

/// All nodes of one or several expressions.
#[derive(Default)]
pub struct Graph {
    entries: Vec<Entry>,
    by_digest: BTreeMap<Digest, NodeId>,
    /// For each reaching node: how many computations it stands for, with what is nested in it.
    reaches: Vec<usize>,
}

impl Graph {
    /// The node of this id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.entries[id.index()].node
    }

    /// What its values are.
    pub fn kind(&self, id: NodeId) -> Type {
        self.entries[id.index()].kind
    }

    /// What it computes, as a digest.
    pub fn digest(&self, id: NodeId) -> Digest {
        self.entries[id.index()].digest
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Its value, if it is a constant number.
    pub fn constant(&self, id: NodeId) -> Option<f64> {
        self.known(id).filter(|_| self.kind(id) == Type::Constant)
    }

    /// Its value, if it is the same at every bar: a constant number, or `true` (1) or `false` (0).
    pub fn known(&self, id: NodeId) -> Option<f64> {
        match self.node(id) {
            Node::Constant(value) => Some(*value),
            _ => None,
        }
    }

    /// Number of values that are computed on other bars; one within another counts again for each that it
    /// is within.
    pub fn reaches(&self) -> usize {
        self.reaches.iter().fold(0, |all, count| all.saturating_add(*count))
    }

    /// The names of the symbols that its nodes reach to, in order.
    pub fn symbols(&self) -> BTreeSet<&str> {
        let named = self.entries.iter().filter_map(|entry| match &entry.node {
            Node::Reach { target: Target::Symbol(name), .. } => Some(name.as_str()),
            _ => None,
        });
        named.collect()
    }

    /// All ids, operands first.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.entries.len() as u32).map(NodeId)
    }

    /// The node that computes this: the one that is there already, or a new one.
    pub(super) fn intern(&mut self, node: Node, kind: Type) -> NodeId {
        let node = self.normalise(node);
        let digest = self.digest_of(&node, kind);
        if let Some(id) = self.by_digest.get(&digest) {
            return *id;
        }
        self.push(node, kind, digest)
    }

    /// Takes in all nodes of another graph: per node of it, the node here that computes the same.
    pub fn absorb(&mut self, other: &Self) -> Vec<NodeId> {
        let mut here: Vec<NodeId> = Vec::with_capacity(other.len());
        for entry in &other.entries {
            let id = match self.by_digest.get(&entry.digest) {
                Some(id) => *id,
                None => {
                    let node = entry.node.with_operands(|id| here[id.index()]);
                    self.push(node, entry.kind, entry.digest)
                }
            };
            here.push(id);
        }
        here
    }

    fn push(&mut self, node: Node, kind: Type, digest: Digest) -> NodeId {
        let id = NodeId(self.entries.len() as u32);
        let reaches = self.count_reaches(&node);
        self.entries.push(Entry { node, kind, digest, reaches });
        self.by_digest.insert(digest, id);
        id
    }

    /// The reaching nodes that a new node needs on the same bars. What is nested is counted along paths, of
    /// which a graph with shared parts can have very many: the sum is what bounds an evaluation.
    fn count_reaches(&mut self, node: &Node) -> u64 {
        let Node::Reach { input, .. } = node else {
            let masks = node.operands().into_iter().map(|id| self.entries[id.index()].reaches);
            return masks.fold(0, |all, mask| all | mask);
        };
        let nested = self.entries[input.index()].reaches;
        let is_nested = |index: &usize| *index < 64 && nested >> *index & 1 == 1;
        let nested = self.reaches.iter().enumerate().filter(|(index, _)| is_nested(index));
        let count = nested.fold(1_usize, |all, (_, count)| all.saturating_add(*count));
        let index = self.reaches.len() as u32;
        self.reaches.push(count);
        // More than a mask has room for are more than a strategy may have.
        1_u64.checked_shl(index).unwrap_or(0)
    }

    /// One form for computations that are equal to the bit: `a > b` is `b < a`, and the operands of a
    /// symmetric operator are ordered by digest. Chains of `and` and `or` are put in order, and rid of
    /// repetitions, by [`super::lower`], which sees them whole.
    fn normalise(&self, node: Node) -> Node {
        let Node::Binary(op, left, right) = node else { return node };
        let (op, left, right) = match op {
            BinaryOp::Greater => (BinaryOp::Less, right, left),
            BinaryOp::GreaterEqual => (BinaryOp::LessEqual, right, left),
            _ => (op, left, right),
        };
        let symmetric = matches!(
            op,
            BinaryOp::And
                | BinaryOp::Or
                | BinaryOp::Add
                | BinaryOp::Multiply
                | BinaryOp::Equal
                | BinaryOp::NotEqual
        );
        if symmetric && self.digest(right) < self.digest(left) {
            Node::Binary(op, right, left)
        } else {
            Node::Binary(op, left, right)
        }
    }

    fn digest_of(&self, node: &Node, kind: Type) -> Digest {
        let mut hash = Sha256::new();
        // Each form starts with a tag of its own and has a length that the tag and counts fix.
        match node {
            Node::Series(series) => hash.update([b's', *series as u8]),
            Node::Constant(value) => {
                hash.update([b'c', u8::from(kind == Type::Condition)]);
                // -0.0 + 0.0 turns the negative zero into the positive one.
                hash.update((value + 0.0).to_bits().to_le_bytes());
            }
            Node::Lag { bars, .. } => {
                hash.update([b'l']);
                hash.update(bars.to_le_bytes());
            }
            Node::Neg(_) => hash.update([b'-']),
            Node::Not(_) => hash.update([b'!']),
            Node::Binary(op, ..) => hash.update([b'b', *op as u8]),
            Node::Call { function, inputs, constants } => {
                hash.update([b'f', inputs.len() as u8, constants.len() as u8]);
                hash.update([function.name.len() as u8]);
                hash.update(function.name.as_bytes());
                for constant in constants {
                    hash.update((constant + 0.0).to_bits().to_le_bytes());
                }
            }
            Node::Output { index, .. } => hash.update([b'o', *index as u8]),
            Node::Reach { target, input } => {
                let (tag, name) = match target {
                    Target::Symbol(name) => (b'S', name.clone()),
                    Target::Timeframe(timeframe) => (b'T', timeframe.to_string()),
                    Target::Universe(function) => (b'U', function.name.into()),
                };
                hash.update([b'r', tag]);
                hash.update((name.len() as u64).to_le_bytes());
                hash.update(name);
                hash.update(self.digest(*input));
            }
        }
        for operand in node.operands() {
            hash.update(self.digest(operand));
        }
        let mut digest = Digest::default();
        digest.copy_from_slice(&hash.finalize()[..16]);
        digest
    }
}
