//! Calls: the row of the table, its arguments checked and put in order, its outputs. What an
//! argument's own expression means is the parent's business.

use super::{Lowering, meant, whole};
use crate::expr::functions::{self, Function, Kind, Parameter, Row};
use crate::expr::graph::{Node, NodeId, Type};
use crate::expr::print::shown;
use crate::expr::{Diagnostic, Expr, ExprKind, Span};
use crate::nearest::nearest;

impl Lowering<'_> {
    pub(super) fn call(
        &mut self,
        name: &str,
        name_span: &Span,
        args: &[Expr],
        span: &Span,
    ) -> Result<(Row, NodeId), Diagnostic> {
        let row = Row::find(name).ok_or_else(|| {
            let help = if self.scope.value_names().contains(&name) {
                Some(format!("`{name}` is a value: write it without parentheses"))
            } else {
                meant(name, functions::names())
            };
            Diagnostic::new(
                format!("unknown function `{name}`"),
                name_span.clone(),
                "not in the table of functions",
            )
            .maybe_help(help)
        })?;
        check_count(row, args, span)?;
        let node = match row {
            Row::Operator(function) => self.operator(function, args, span),
            Row::Reach(reach) => self.reach(reach, args, name_span),
        };
        Ok((row, node?))
    }

    /// A call that an operator computes.
    fn operator(
        &mut self,
        function: &'static Function,
        args: &[Expr],
        span: &Span,
    ) -> Result<NodeId, Diagnostic> {
        let row = Row::Operator(function);
        let mut inputs: Vec<NodeId> = Vec::new();
        let mut constants: Vec<f64> = Vec::new();
        for (i, parameter) in function.parameters.iter().enumerate() {
            match (args.get(i), parameter.kind) {
                (Some(arg), Kind::Number) => {
                    inputs.push(self.number_operand(arg, &place(row, parameter))?);
                }
                (Some(arg), Kind::Condition) => {
                    inputs.push(self.condition_operand(arg, &place(row, parameter))?);
                }
                (Some(arg), _) => {
                    let value = self.constant(arg, &place(row, parameter))?;
                    constants.push(checked(value, row, parameter, &arg.span)?);
                }
                (None, _) => constants.extend(parameter.default),
            }
        }
        if let Some(fold) = function.fold {
            let values: Option<Vec<f64>> = inputs.iter().map(|id| self.graph.known(*id)).collect();
            if let Some(values) = values {
                let value = fold(&values);
                if !value.is_finite() {
                    return Err(Diagnostic::new(
                        "this constant is undefined",
                        span.clone(),
                        format!("`{}` has no finite value here", function.name),
                    ));
                }
                return Ok(self.number(value));
            }
        }
        for series in function.implicit {
            inputs.push(self.graph.intern(Node::Series(*series), Type::Number));
        }
        let kind = if function.condition { Type::Condition } else { Type::Number };
        Ok(self.graph.intern(Node::Call { function, inputs, constants }, kind))
    }

    pub(super) fn output(&mut self, row: Row, call: NodeId, index: usize) -> NodeId {
        if row.outputs().is_empty() || self.graph.constant(call).is_some() {
            return call;
        }
        self.graph.intern(Node::Output { call, index }, Type::Number)
    }

    pub(super) fn named_output(
        &mut self,
        inner: &Expr,
        output: &str,
        output_span: &Span,
    ) -> Result<NodeId, Diagnostic> {
        let Some((row, call)) = self.call_behind(inner)? else {
            return Err(Diagnostic::new(
                format!("`.{output}` follows something that has no outputs"),
                output_span.clone(),
                "only a call such as `macd(close, 12, 26, 9)` has named outputs",
            ));
        };
        let name = row.name();
        let Some(index) = row.outputs().iter().position(|known| *known == output) else {
            let known: Vec<String> =
                row.outputs().iter().map(|known| format!("`.{known}`")).collect();
            let label = if known.is_empty() {
                format!("`{name}` has one output and no names for it")
            } else {
                format!("expected one of {}", known.join(", "))
            };
            let near = nearest(output, row.outputs().iter().copied());
            let help = match row {
                Row::Operator(_) => near.map(|near| format!("did you mean `.{near}`?")),
                Row::Reach(_) => Some(format!("name it inside: `{name}(…, ….{output})`")),
            };
            return Err(Diagnostic::new(
                format!("`{name}` has no output `{output}`"),
                output_span.clone(),
                label,
            )
            .maybe_help(help));
        };
        Ok(self.output(row, call, index))
    }

    /// The call whose outputs `expr` can name: itself, or the one that a `[let]` stands for.
    fn call_behind(&mut self, expr: &Expr) -> Result<Option<(Row, NodeId)>, Diagnostic> {
        match &expr.kind {
            ExprKind::Call { name, name_span, args } => {
                self.call(name, name_span, args, &expr.span).map(Some)
            }
            ExprKind::Name(name) => match self.scope.binding_expr(name) {
                Some(bound) => {
                    // First as a value: that reports what is wrong with the definition.
                    self.name(name, &expr.span)?;
                    self.call_behind(bound)
                }
                None if Row::find(name).is_some() => {
                    self.call(name, &expr.span, &[], &expr.span).map(Some)
                }
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }
}

fn check_count(row: Row, args: &[Expr], span: &Span) -> Result<(), Diagnostic> {
    let (name, least, most) = (row.name(), row.least_args(), row.parameters().len());
    if (least..=most).contains(&args.len()) {
        return Ok(());
    }
    let message = if args.len() < least {
        let missing = &row.parameters()[args.len()..least];
        let missing: Vec<String> =
            missing.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
        format!("`{name}` is missing {}", missing.join(" and "))
    } else {
        let most = match most {
            0 => "no arguments".into(),
            1 => "at most 1 argument".into(),
            _ => format!("at most {most} arguments"),
        };
        format!("`{name}` takes {most}, found {}", args.len())
    };
    Err(Diagnostic::new(message, span.clone(), format!("expected `{}`", row.signature()))
        .help(format!("for example `{}`", row.example())))
}

pub(super) fn place(row: Row, parameter: &Parameter) -> String {
    format!("`{}` of `{}`", parameter.name, row.signature())
}

/// The value of a constant argument, if it is within the parameter's bounds.
fn checked(value: f64, row: Row, parameter: &Parameter, span: &Span) -> Result<f64, Diagnostic> {
    match parameter.kind {
        Kind::Window { least } => whole(value, &place(row, parameter), least, span).map(f64::from),
        Kind::Count { least, most }
            if value.fract() != 0.0 || !(f64::from(least)..=f64::from(most)).contains(&value) =>
        {
            Err(Diagnostic::new(
                format!("{} must be a whole number", place(row, parameter)),
                span.clone(),
                format!("expected {least} to {most}, found {}", shown(value)),
            ))
        }
        Kind::Constant { least, most } if !(least..=most).contains(&value) => Err(Diagnostic::new(
            format!("{} is out of range", place(row, parameter)),
            span.clone(),
            format!("expected {least} to {most}, found {}", shown(value)),
        )),
        _ => Ok(value),
    }
}
