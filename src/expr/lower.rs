//! A tree into the graph: names resolved, types checked, constants folded, defaults filled in.

mod call;
mod reach;

use std::collections::BTreeMap;

use super::elsewhere::known_elsewhere_as;
use super::functions::{self, Row};
use super::graph::{Graph, Node, NodeId, Type};
use super::print::{quoted, shown};
use super::{BinaryOp, Diagnostic, Expr, ExprKind, Scope, Series, Span};
use super::{MAX_NODES, MAX_WINDOW};
use crate::nearest::nearest;

/// How messages about `[let]`s begin and end, so that one about a name that uses it doesn't repeat them.
const WRONG_DEFINITION: &str = "the definition of";
const SELF_REFERENCE: &str = "is defined by itself";

/// Adds `expr` to the graph and returns the node that computes it.
///
/// # Errors
///
/// The first unknown name, type error, bad constant or look into the future, with its place.
pub fn lower(expr: &Expr, scope: &Scope, graph: &mut Graph) -> Result<NodeId, Diagnostic> {
    Lowering::new(scope, graph).lower(expr)
}

/// The value of an expression that must be constant.
///
/// # Errors
///
/// As [`lower`], and where the value depends on the bars.
pub fn lower_constant(expr: &Expr, scope: &Scope) -> Result<f64, Diagnostic> {
    let mut graph = Graph::default();
    Lowering::new(scope, &mut graph).constant(expr, "this value")
}

/// Whether a finding only says that a `[let]` which it uses is wrong: that one's own finding says why.
pub(crate) fn is_consequence(finding: &Diagnostic) -> bool {
    finding.message.starts_with(WRONG_DEFINITION)
}

struct Lowering<'a> {
    scope: &'a Scope,
    graph: &'a mut Graph,
    /// The `[let]`s being resolved, outermost first: a name that is in here refers to itself.
    open: Vec<String>,
    /// `[let]`s already resolved: without it, each level that uses a name twice would double the work.
    resolved: BTreeMap<String, NodeId>,
    /// Nesting so far, through the `[let]`s too: what recursion has to be bounded by.
    depth: usize,
}

impl<'a> Lowering<'a> {
    fn new(scope: &'a Scope, graph: &'a mut Graph) -> Self {
        Self { scope, graph, open: Vec::new(), resolved: BTreeMap::new(), depth: 0 }
    }

    fn lower(&mut self, expr: &Expr) -> Result<NodeId, Diagnostic> {
        self.depth += 1;
        if self.depth > MAX_NODES {
            return Err(Diagnostic::new(
                "the expression is nested too deeply through [let]s",
                expr.span.clone(),
                format!("at most {MAX_NODES} levels are allowed"),
            ));
        }
        let id = self.lower_kind(expr);
        self.depth -= 1;
        id
    }

    fn lower_kind(&mut self, expr: &Expr) -> Result<NodeId, Diagnostic> {
        match &expr.kind {
            ExprKind::Number(value) => Ok(self.number(*value)),
            ExprKind::Bool(value) => Ok(self.condition(*value)),
            ExprKind::Text(text) => Err(self.stray(text, &expr.span)),
            ExprKind::Name(name) => self.name(name, &expr.span),
            ExprKind::Call { name, name_span, args } => {
                let (row, call) = self.call(name, name_span, args, &expr.span)?;
                Ok(self.output(row, call, 0))
            }
            ExprKind::Output { expr: inner, output, output_span } => {
                self.named_output(inner, output, output_span)
            }
            ExprKind::Lag { expr: inner, bars } => self.lag(inner, bars),
            ExprKind::Neg(inner) => {
                let id = self.number_operand(inner, "`-`")?;
                if let Some(value) = self.graph.constant(id) {
                    return Ok(self.number(-value));
                }
                // Twice negated is the number itself, to the bit.
                if let Node::Neg(original) = *self.graph.node(id) {
                    return Ok(original);
                }
                Ok(self.graph.intern(Node::Neg(id), Type::Number))
            }
            ExprKind::Not(inner) => {
                let id = self.condition_operand(inner, "`not`")?;
                if let Some(known) = self.graph.known(id) {
                    return Ok(self.condition(known <= 0.0));
                }
                // Twice negated is the condition itself.
                if let Node::Not(original) = *self.graph.node(id) {
                    return Ok(original);
                }
                Ok(self.graph.intern(Node::Not(id), Type::Condition))
            }
            ExprKind::Binary { op, left, right } if op.is_logic() => self.logic(*op, left, right),
            ExprKind::Binary { op, left, right } => self.arithmetic(*op, left, right, &expr.span),
        }
    }

    fn number(&mut self, value: f64) -> NodeId {
        self.graph.intern(Node::Constant(value), Type::Constant)
    }

    fn condition(&mut self, value: bool) -> NodeId {
        self.graph.intern(Node::Constant(f64::from(u8::from(value))), Type::Condition)
    }

    fn name(&mut self, name: &str, span: &Span) -> Result<NodeId, Diagnostic> {
        if let Some(value) = self.scope.param_value(name) {
            return Ok(self.number(value));
        }
        if let Some(id) = self.resolved.get(name) {
            return Ok(*id);
        }
        if let Some(expr) = self.scope.binding_expr(name) {
            if self.open.iter().any(|open| open == name) {
                return Err(Diagnostic::new(
                    format!("`{name}` {SELF_REFERENCE}"),
                    span.clone(),
                    format!("through {} → {name}", self.open.join(" → ")),
                ));
            }
            self.open.push(name.into());
            let id = self.lower(expr);
            self.open.pop();
            // Spans of the definition mean nothing here; its own check has reported it properly.
            let id = id.map_err(|inner| {
                let message = inner.message.as_str();
                if message.ends_with(SELF_REFERENCE) {
                    return Diagnostic::new(message, span.clone(), inner.label);
                }
                if message.starts_with(WRONG_DEFINITION) {
                    return Diagnostic::new(message, span.clone(), "used here");
                }
                let message = format!("{WRONG_DEFINITION} `{name}` is wrong: {message}");
                Diagnostic::new(message, span.clone(), "used here")
            })?;
            self.resolved.insert(name.into(), id);
            return Ok(id);
        }
        if let Some(series) = Series::from_name(name) {
            return Ok(self.graph.intern(Node::Series(series), Type::Number));
        }
        match Row::find(name) {
            Some(row) if row.least_args() == 0 => {
                let (row, call) = self.call(name, span, &[], span)?;
                Ok(self.output(row, call, 0))
            }
            Some(row) => Err(Diagnostic::new(
                format!("`{name}` is a function and needs arguments"),
                span.clone(),
                format!("expected `{}`", row.signature()),
            )
            .help(format!("for example `{}`", row.example()))),
            None => {
                let mut names = self.scope.value_names();
                for name in functions::names() {
                    names.push(name);
                }
                Err(Diagnostic::new(
                    format!("unknown name `{name}`"),
                    span.clone(),
                    "not a series, parameter, [let] or function",
                )
                .maybe_help(meant(name, names)))
            }
        }
    }

    /// What is wrong with a quoted name that no function asked for.
    fn stray(&self, text: &str, span: &Span) -> Diagnostic {
        let help = if self.scope.value_names().contains(&text) {
            format!("`{text}` is a value: write it without quotes")
        } else {
            "for example `symbol('SPX', close)` or `timeframe('1w', close)`".into()
        };
        Diagnostic::new(
            format!("{} is no value", quoted(text)),
            span.clone(),
            "a name in quotes stands only where a function asks for one",
        )
        .help(help)
    }

    fn lag(&mut self, inner: &Expr, bars: &Expr) -> Result<NodeId, Diagnostic> {
        let id = self.lower(inner)?;
        let value = self.constant(bars, "the look back of `x[n]`")?;
        if value < 0.0 {
            return Err(Diagnostic::new(
                "an expression can't look into the future",
                bars.span.clone(),
                "expected 0 or more bars ago",
            )
            .help("`x[1]` is the value of the bar before this one"));
        }
        let bars = whole(value, "a look back", 0, &bars.span)?;
        match (bars, self.graph.kind(id)) {
            (0, _) | (_, Type::Constant) => Ok(id),
            (_, kind) => Ok(self.graph.intern(Node::Lag { input: id, bars }, kind)),
        }
    }

    fn logic(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<NodeId, Diagnostic> {
        let mut terms = Vec::new();
        // The chain's operands in the order in which they are written, without recursion: a chain of
        // [let]s that are chains must not use up the stack.
        let mut open = vec![right, left];
        while let Some(expr) = open.pop() {
            match &expr.kind {
                ExprKind::Binary { op: inner, left, right } if *inner == op => {
                    open.extend([right.as_ref(), left.as_ref()]);
                }
                _ => {
                    let id = self.condition_operand(expr, &format!("`{}`", op.symbol()))?;
                    self.collect(op, id, &mut terms);
                }
            }
        }
        // Conditions are never undefined, so order, grouping and repetition change nothing.
        terms.sort_by_key(|id| self.graph.digest(*id));
        terms.dedup();
        // `true` decides an `or` and says nothing in an `and`; `false` the other way round.
        let decides = op == BinaryOp::Or;
        let known = |id: &NodeId| self.graph.known(*id).map(|value| value > 0.0);
        if terms.iter().any(|id| known(id) == Some(decides)) {
            return Ok(self.condition(decides));
        }
        terms.retain(|id| known(id).is_none());
        let Some((first, rest)) = terms.split_first() else { return Ok(self.condition(!decides)) };
        Ok(rest.iter().fold(*first, |all, term| {
            self.graph.intern(Node::Binary(op, all, *term), Type::Condition)
        }))
    }

    /// A `[let]` that is itself a chain of the same operator joins the chain.
    fn collect(&self, op: BinaryOp, id: NodeId, terms: &mut Vec<NodeId>) {
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            match self.graph.node(id) {
                Node::Binary(inner, left, right) if *inner == op => open.extend([*left, *right]),
                _ => terms.push(id),
            }
        }
    }

    fn arithmetic(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: &Span,
    ) -> Result<NodeId, Diagnostic> {
        let symbol = format!("`{}`", op.symbol());
        let left = self.number_operand(left, &symbol)?;
        let right = self.number_operand(right, &symbol)?;
        let constants = self.graph.constant(left).zip(self.graph.constant(right));
        let Some((a, b)) = constants else {
            let kind = if op.is_comparison() { Type::Condition } else { Type::Number };
            return Ok(self.graph.intern(Node::Binary(op, left, right), kind));
        };
        let value = functions::binary(op, a, b);
        if op.is_comparison() {
            return Ok(self.condition(value > 0.0));
        }
        if !value.is_finite() {
            return Err(Diagnostic::new(
                "this constant is undefined",
                span.clone(),
                format!("{} {} {} is not a finite number", shown(a), op.symbol(), shown(b)),
            ));
        }
        Ok(self.number(value))
    }

    fn number_operand(&mut self, expr: &Expr, what: &str) -> Result<NodeId, Diagnostic> {
        let id = self.lower(expr)?;
        if self.graph.kind(id) != Type::Condition {
            return Ok(id);
        }
        Err(Diagnostic::new(
            format!("{what} expects a number, found a condition"),
            expr.span.clone(),
            "this is true or false at each bar",
        )
        .help(format!("`if({expr}, 1, 0)` turns a condition into a number")))
    }

    fn condition_operand(&mut self, expr: &Expr, what: &str) -> Result<NodeId, Diagnostic> {
        let id = self.lower(expr)?;
        let kind = self.graph.kind(id);
        if kind == Type::Condition {
            return Ok(id);
        }
        Err(Diagnostic::new(
            format!("{what} expects a condition, found {}", kind.describe()),
            expr.span.clone(),
            "this is a number at each bar",
        )
        .help(format!("compare it with something, for example `{expr} > 0`")))
    }

    fn constant(&mut self, expr: &Expr, what: &str) -> Result<f64, Diagnostic> {
        let id = self.lower(expr)?;
        self.graph.constant(id).ok_or_else(|| {
            Diagnostic::new(
                format!("{what} must be a constant"),
                expr.span.clone(),
                format!("this is {}", self.graph.kind(id).describe()),
            )
            .help("use a number, a parameter of [params], or arithmetic on them")
        })
    }
}

/// A question that puts an unknown name right, if there is a likely answer.
fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = known_elsewhere_as(name).or_else(|| nearest(name, known));
    near.map(|near| format!("did you mean `{near}`?"))
}

fn whole(value: f64, what: &str, least: u32, span: &Span) -> Result<u32, Diagnostic> {
    let fits = value >= f64::from(least) && value <= f64::from(MAX_WINDOW);
    if fits && value.fract() == 0.0 {
        return Ok(value as u32);
    }
    Err(Diagnostic::new(
        format!("{what} must be a whole number of bars"),
        span.clone(),
        format!("expected {least} to {MAX_WINDOW}, found {}", shown(value)),
    ))
}
