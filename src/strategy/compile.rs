//! A [`Strategy`] into what the backtest reads: one graph, the rules as nodes of it, and a hash.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Fit, MAX_COMPUTATIONS, MAX_REMEMBERED_BARS, Source, Strategy, WrittenDistance, missing,
};
use crate::expr::{Diagnostic, Expr, ExprKind, Graph, MAX_WINDOW, NodeId, Scope, Type};
use crate::expr::{is_consequence, lower, lower_constant};

/// Identifies what a strategy does: 32 hexadecimal digits of a SHA-256. Spelling, names of `[let]`s
/// and parameters, unused ones, and the order of symmetric operands make no difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CandidateHash(String);

impl CandidateHash {
    /// The hash that a record names.
    pub fn from_record(digits: &str) -> Self {
        Self(digits.into())
    }

    pub(super) fn of_digest(digest: &[u8]) -> Self {
        Self(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CandidateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A strategy ready to run.
pub struct Compiled {
    /// All computations.
    pub graph: Graph,
    /// `[long]`
    pub long: Option<Rules>,
    /// `[short]`
    pub short: Option<Rules>,
    /// Stop distance from the fill price.
    pub stop_loss: Option<Distance>,
    /// Target distance from the fill price.
    pub take_profit: Option<Distance>,
    /// Trailing distance from the best price since the fill.
    pub trailing_stop: Option<Distance>,
    /// Bars after the fill bar at whose open a position is closed.
    pub max_bars: Option<u32>,
    /// Part of the slot's equity; none is all of it.
    pub weight: Option<NodeId>,
    /// Number of slots; none is one per symbol, at most 10.
    pub max_positions: Option<u32>,
    /// Who gets a slot first: the highest; none is account order.
    pub rank: Option<NodeId>,
    /// What the strategy does, as a hash.
    pub hash: CandidateHash,
    /// Nodes of all expressions that are used: its complexity.
    pub nodes: usize,
    /// Parameters and `[let]`s that nothing uses.
    pub unused: Vec<String>,
    /// Parameters whose values are to be chosen in each fold; everything above has the written ones.
    pub fit: Option<Fit>,
}

impl Compiled {
    /// The nodes that the rules read.
    pub fn roots(&self) -> Vec<NodeId> {
        let rules = [self.long, self.short].into_iter().flatten();
        let distances = [self.stop_loss, self.take_profit, self.trailing_stop];
        let prices = distances.into_iter().filter_map(|distance| match distance {
            Some(Distance::Price(id)) => Some(id),
            _ => None,
        });
        rules
            .flat_map(|rules| [Some(rules.enter), rules.exit])
            .flatten()
            .chain(prices)
            .chain(self.weight)
            .chain(self.rank)
            .collect()
    }
}

/// When to be in a position on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Condition to enter.
    pub enter: NodeId,
    /// Condition to leave.
    pub exit: Option<NodeId>,
}

/// How far a level hangs from its price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distance {
    /// In price units, as of the signal bar.
    Price(NodeId),
    /// As a fraction of the price it hangs on.
    Fraction(f64),
}

/// Checks and compiles a strategy. `file` is its name and text, for messages.
///
/// # Errors
///
/// Every expression that is wrong, each with its place in the file.
pub fn compile(strategy: &Strategy, file: (&str, &str)) -> Result<Compiled, Vec<Diagnostic>> {
    let mut compiler = Compiler {
        scope: Scope::default(),
        graph: Graph::default(),
        file,
        findings: Vec::new(),
        remembered: 0,
    };
    for param in &strategy.params {
        compiler.scope.param(&param.name, param.value);
    }
    for (name, source) in &strategy.lets {
        compiler.scope.binding(name, source.expr.clone());
    }
    compiler.strategy(strategy)
}

struct Compiler<'a> {
    scope: Scope,
    graph: Graph,
    file: (&'a str, &'a str),
    findings: Vec<Diagnostic>,
    /// Bars that windows and look backs hold so far.
    remembered: u64,
}

impl Compiler<'_> {
    fn strategy(mut self, strategy: &Strategy) -> Result<Compiled, Vec<Diagnostic>> {
        // A wrong [let] is reported once, where it stands, rather than wherever it is used.
        for (_, source) in &strategy.lets {
            self.lower(source);
        }
        self.findings.retain(|finding| !is_consequence(finding));
        if !self.findings.is_empty() {
            return Err(self.findings);
        }
        let mut side = |side: &Option<super::Side>| {
            let side = side.as_ref()?;
            let enter = self.condition(&side.enter);
            let exit = side.exit.as_ref().map(|exit| self.condition(exit));
            // `exit = "false"` is the same strategy as no exit.
            let exit = match exit {
                None => None,
                Some(exit) => Some(exit?).filter(|exit| !self.is_false(*exit)),
            };
            Some(Rules { enter: enter?, exit })
        };
        let (long, short) = (side(&strategy.long), side(&strategy.short));
        let risk = &strategy.risk;
        let stop_loss = self.distance(risk.stop_loss.as_ref(), 100.0);
        let take_profit = self.distance(risk.take_profit.as_ref(), 10_000.0);
        let trailing_stop = self.distance(risk.trailing_stop.as_ref(), 100.0);
        let max_bars = risk.max_bars.as_ref().and_then(|source| self.bars(source));
        let weight = strategy.size.weight.as_ref().and_then(|source| self.number(source));
        let rank = strategy.size.rank.as_ref().and_then(|source| self.number(source));
        if !self.findings.is_empty() {
            return Err(self.findings);
        }
        // A constant weight of 1 is the default spelled out.
        let weight = weight.filter(|id| self.graph.constant(*id) != Some(1.0));
        let usage = usage(strategy);
        let mut compiled = Compiled {
            graph: self.graph,
            long,
            short,
            stop_loss,
            take_profit,
            trailing_stop,
            max_bars,
            weight,
            max_positions: strategy.size.max_positions,
            rank,
            hash: CandidateHash(String::new()),
            nodes: usage.nodes,
            fit: Fit::of(strategy, &usage.unused),
            unused: usage.unused,
        };
        let written = hash(&compiled);
        compiled.hash = match &compiled.fit {
            Some(fit) => fit.hash(&written),
            None => written,
        };
        let findings = missing(strategy, self.file, None);
        if findings.is_empty() { Ok(compiled) } else { Err(findings) }
    }

    fn report(&mut self, source: &Source, finding: Diagnostic) {
        self.findings.push(source.origin.place(finding, Some(self.file)));
    }

    fn lower(&mut self, source: &Source) -> Option<NodeId> {
        let before = self.graph.len();
        let lowered = lower(&source.expr, &self.scope, &mut self.graph);
        match lowered.and_then(|id| self.weigh(source, before).map(|()| id)) {
            Ok(id) => Some(id),
            Err(finding) => {
                self.report(source, finding);
                None
            }
        }
    }

    /// What the computations that an expression added ask of memory, on top of those before it.
    fn weigh(&mut self, source: &Source, before: usize) -> Result<(), Diagnostic> {
        let refuse = |message: String, label: String| {
            Err(Diagnostic::new(message, source.expr.span.clone(), label))
        };
        let computations = self.graph.len();
        if computations > MAX_COMPUTATIONS {
            return refuse(
                format!(
                    "the strategy computes too much: {computations} different things up to here"
                ),
                format!("at most {MAX_COMPUTATIONS} are allowed"),
            );
        }
        let added = self.graph.ids().skip(before);
        self.remembered += added.map(|id| self.graph.node(id).remembered()).sum::<u64>();
        if self.remembered > MAX_REMEMBERED_BARS {
            return refuse(
                format!("the strategy remembers too much: {} bars up to here", self.remembered),
                format!("all windows and look backs may have {MAX_REMEMBERED_BARS} bars together"),
            );
        }
        Ok(())
    }

    fn condition(&mut self, source: &Source) -> Option<NodeId> {
        let id = self.lower(source)?;
        let kind = self.graph.kind(id);
        if kind == Type::Condition {
            return Some(id);
        }
        let expr = &source.expr;
        let finding = Diagnostic::new(
            format!("`{}` expects a condition, found {}", source.origin.key, kind.describe()),
            expr.span.clone(),
            "this is a number at each bar",
        );
        let help = format!("compare it with something, for example `{expr} > 0`");
        self.report(source, finding.help(help));
        None
    }

    fn number(&mut self, source: &Source) -> Option<NodeId> {
        let id = self.lower(source)?;
        if self.graph.kind(id) != Type::Condition {
            return Some(id);
        }
        let expr = &source.expr;
        let finding = Diagnostic::new(
            format!("`{}` expects a number, found a condition", source.origin.key),
            expr.span.clone(),
            "this is true or false at each bar",
        );
        self.report(source, finding.help(format!("write `if({expr}, 1, 0)`")));
        None
    }

    fn constant(&mut self, source: &Source) -> Option<f64> {
        match lower_constant(&source.expr, &self.scope) {
            Ok(value) => Some(value),
            Err(finding) => {
                self.report(source, finding);
                None
            }
        }
    }

    /// `most` bounds a distance in percent.
    fn distance(&mut self, written: Option<&WrittenDistance>, most: f64) -> Option<Distance> {
        let WrittenDistance { source, percent } = written?;
        if !percent {
            let id = self.number(source)?;
            if self.graph.constant(id).is_some_and(|value| value <= 0.0) {
                self.out_of_range(source, "expected a distance above 0");
                return None;
            }
            return Some(Distance::Price(id));
        }
        let value = self.constant(source)?;
        if value > 0.0 && value < most {
            return Some(Distance::Fraction(value / 100.0));
        }
        self.out_of_range(source, &format!("expected more than 0 % and less than {most} %"));
        None
    }

    fn bars(&mut self, source: &Source) -> Option<u32> {
        let value = self.constant(source)?;
        if value >= 1.0 && value <= f64::from(MAX_WINDOW) && value.fract() == 0.0 {
            return Some(value as u32);
        }
        self.out_of_range(source, &format!("expected a whole number from 1 to {MAX_WINDOW}"));
        None
    }

    fn out_of_range(&mut self, source: &Source, label: &str) {
        let message = format!("`{}` is out of range", source.origin.key);
        self.report(source, Diagnostic::new(message, source.expr.span.clone(), label));
    }

    fn is_false(&self, id: NodeId) -> bool {
        matches!(self.graph.node(id), crate::expr::Node::Constant(value) if *value <= 0.0)
            && self.graph.kind(id) == Type::Condition
    }
}

fn hash(compiled: &Compiled) -> CandidateHash {
    let mut hash = Sha256::new();
    let mut part = |tag: u8, content: Option<&[u8]>| {
        hash.update([tag, u8::from(content.is_some())]);
        hash.update((content.map_or(0, <[u8]>::len) as u64).to_le_bytes());
        hash.update(content.unwrap_or_default());
    };
    let digest = |id: Option<NodeId>| id.map(|id| compiled.graph.digest(id));
    let mut node = |tag: u8, id: Option<NodeId>| {
        part(tag, digest(id).as_ref().map(<[u8; 16]>::as_slice));
    };
    node(b'e', compiled.long.map(|rules| rules.enter));
    node(b'x', compiled.long.and_then(|rules| rules.exit));
    node(b'E', compiled.short.map(|rules| rules.enter));
    node(b'X', compiled.short.and_then(|rules| rules.exit));
    node(b'w', compiled.weight);
    node(b'r', compiled.rank);
    let distances = [compiled.stop_loss, compiled.take_profit, compiled.trailing_stop];
    for (tag, distance) in [b's', b't', b'b'].into_iter().zip(distances) {
        match distance {
            Some(Distance::Price(id)) => part(tag, Some(&compiled.graph.digest(id))),
            Some(Distance::Fraction(value)) => part(tag, Some(&value.to_bits().to_le_bytes())),
            None => part(tag, None),
        }
    }
    for (tag, count) in [(b'm', compiled.max_bars), (b'p', compiled.max_positions)] {
        part(tag, count.map(u32::to_le_bytes).as_ref().map(<[u8; 4]>::as_slice));
    }
    CandidateHash::of_digest(&hash.finalize())
}

struct Usage {
    nodes: usize,
    unused: Vec<String>,
}

/// Counts the nodes of everything that the rules reach, and finds names that they don't.
fn usage(strategy: &Strategy) -> Usage {
    let mut nodes = 0;
    let mut used: Vec<&str> = Vec::new();
    let mut open: Vec<&Expr> = strategy
        .expressions()
        .into_iter()
        .filter(|source| !source.origin.key.starts_with("let."))
        .map(|source| &source.expr)
        .collect();
    while let Some(expr) = open.pop() {
        nodes += 1;
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Text(_) => {}
            ExprKind::Name(name) => {
                if !used.contains(&name.as_str()) {
                    used.push(name);
                    let binding = strategy.lets.iter().find(|(known, _)| known == name);
                    open.extend(binding.map(|(_, source)| &source.expr));
                }
            }
            ExprKind::Call { args, .. } => open.extend(args),
            ExprKind::Output { expr, .. } | ExprKind::Neg(expr) | ExprKind::Not(expr) => {
                open.push(expr);
            }
            ExprKind::Lag { expr, bars } => open.extend([&**expr, &**bars]),
            ExprKind::Binary { left, right, .. } => open.extend([&**left, &**right]),
        }
    }
    let names = strategy.params.iter().map(|param| &param.name);
    let names = names.chain(strategy.lets.iter().map(|(name, _)| name));
    let unused = names.filter(|name| !used.contains(&name.as_str())).cloned().collect();
    Usage { nodes, unused }
}
