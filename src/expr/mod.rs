//! The expression language: text → tree → checked graph → values per bar.
//!
//! An expression can read the bars up to now and nothing else: it has no loops, no assignment, no
//! names beyond its scope, and its only index, `x[n]`, points into the past. That is why a strategy
//! that a model wrote is data, not code.
//!
//! ```text
//! text ── parse ──▶ Expr ── lower ──▶ Graph ── evaluate ──▶ columns
//!                    │                  └ one node per distinct sub-expression, hashed by content
//!                    └ print
//! ```
//!
//! Never touches a file, the clock, the network, or how a signal is traded.

mod ast;
pub mod bits;
mod diagnostic;
mod elsewhere;
mod evaluate;
pub mod functions;
mod graph;
mod lexer;
mod listing;
mod lower;
mod parser;
mod print;
pub(crate) mod scale;
mod scope;
mod sites;
pub(crate) mod tree;

pub use ast::{BinaryOp, Expr, ExprKind, Series};
pub use diagnostic::{Diagnostic, Source, Span};
pub use evaluate::{BLOCK, Block, Evaluator, Supplied, Values, column, columns};
pub use graph::{Digest, Graph, Node, NodeId, Target, Type};
pub use listing::{Listing, Reading, Survey, survey};
pub(crate) use lower::is_consequence;
pub use lower::{lower, lower_constant};
pub use parser::parse;
pub use scope::{Scope, is_valid_name};
pub use sites::supplies;

/// Longest expression text in bytes.
pub const MAX_EXPRESSION_BYTES: usize = 4_096;
/// Deepest nesting of one expression.
pub const MAX_DEPTH: usize = 64;
/// Most nodes of one expression tree.
pub const MAX_NODES: usize = 1_000;
/// Longest name of a parameter or `[let]`, in bytes.
pub const MAX_NAME_BYTES: usize = 40;
/// Longest quoted name in bytes.
pub const MAX_TEXT_BYTES: usize = 100;
/// Most values of a strategy that are computed on other bars: on another symbol, on longer bars, across the
/// universe. One within another counts again for each that it is within.
pub const MAX_REACHES: usize = 64;
/// Longest window and farthest look back, in bars.
pub const MAX_WINDOW: u32 = 20_000;
