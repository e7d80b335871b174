//! Calls: the row of the table, its arguments checked and put in order, its outputs. What an
//! argument's own expression means is the parent's business.

use super::{Lowering, meant, whole};
use crate::expr::functions::{self, Function, Kind, Parameter};
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
    ) -> Result<(&'static Function, NodeId), Diagnostic> {
        let function = functions::find(name).ok_or_else(|| {
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
        self.check_count(function, args, span)?;
        let mut inputs: Vec<NodeId> = Vec::new();
        let mut constants: Vec<f64> = Vec::new();
        for (i, parameter) in function.parameters.iter().enumerate() {
            match (args.get(i), parameter.kind) {
                (Some(arg), Kind::Number) => {
                    inputs.push(self.number_operand(arg, &place(function, parameter))?);
                }
                (Some(arg), Kind::Condition) => {
                    inputs.push(self.condition_operand(arg, &place(function, parameter))?);
                }
                (Some(arg), _) => {
                    let value = self.constant(arg, &place(function, parameter))?;
                    constants.push(checked(value, function, parameter, &arg.span)?);
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
                        format!("`{name}` has no finite value here"),
                    ));
                }
                return Ok((function, self.number(value)));
            }
        }
        for series in function.implicit {
            inputs.push(self.graph.intern(Node::Series(*series), Type::Number));
        }
        let kind = if function.condition { Type::Condition } else { Type::Number };
        Ok((function, self.graph.intern(Node::Call { function, inputs, constants }, kind)))
    }

    fn check_count(
        &self,
        function: &Function,
        args: &[Expr],
        span: &Span,
    ) -> Result<(), Diagnostic> {
        let (least, most) = (function.least_args(), function.parameters.len());
        if (least..=most).contains(&args.len()) {
            return Ok(());
        }
        let message = if args.len() < least {
            let missing: Vec<String> = function.parameters[args.len()..least]
                .iter()
                .map(|parameter| format!("`{}`", parameter.name))
                .collect();
            format!("`{}` is missing {}", function.name, missing.join(" and "))
        } else {
            let most = match most {
                0 => "no arguments".into(),
                1 => "at most 1 argument".into(),
                _ => format!("at most {most} arguments"),
            };
            format!("`{}` takes {most}, found {}", function.name, args.len())
        };
        Err(Diagnostic::new(message, span.clone(), format!("expected `{}`", function.signature()))
            .help(format!("for example `{}`", function.example)))
    }

    pub(super) fn output(
        &mut self,
        function: &'static Function,
        call: NodeId,
        index: usize,
    ) -> NodeId {
        if function.outputs.is_empty() || self.graph.constant(call).is_some() {
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
        let Some((function, call)) = self.call_behind(inner)? else {
            return Err(Diagnostic::new(
                format!("`.{output}` follows something that has no outputs"),
                output_span.clone(),
                "only a call such as `macd(close, 12, 26, 9)` has named outputs",
            ));
        };
        let name = function.name;
        let Some(index) = function.outputs.iter().position(|known| *known == output) else {
            let known: Vec<String> =
                function.outputs.iter().map(|known| format!("`.{known}`")).collect();
            let label = if known.is_empty() {
                format!("`{name}` has one output and no names for it")
            } else {
                format!("expected one of {}", known.join(", "))
            };
            return Err(Diagnostic::new(
                format!("`{name}` has no output `{output}`"),
                output_span.clone(),
                label,
            )
            .maybe_help(
                nearest(output, function.outputs.iter().copied())
                    .map(|near| format!("did you mean `.{near}`?")),
            ));
        };
        Ok(self.output(function, call, index))
    }

    /// The call whose outputs `expr` can name: itself, or the one that a `[let]` stands for.
    fn call_behind(
        &mut self,
        expr: &Expr,
    ) -> Result<Option<(&'static Function, NodeId)>, Diagnostic> {
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
                None if functions::find(name).is_some() => {
                    self.call(name, &expr.span, &[], &expr.span).map(Some)
                }
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }
}

fn place(function: &Function, parameter: &Parameter) -> String {
    format!("`{}` of `{}`", parameter.name, function.signature())
}

/// The value of a constant argument, if it is within the parameter's bounds.
fn checked(
    value: f64,
    function: &Function,
    parameter: &Parameter,
    span: &Span,
) -> Result<f64, Diagnostic> {
    match parameter.kind {
        Kind::Window { least } => {
            whole(value, &place(function, parameter), least, span).map(f64::from)
        }
        Kind::Count { least, most }
            if value.fract() != 0.0 || !(f64::from(least)..=f64::from(most)).contains(&value) =>
        {
            Err(Diagnostic::new(
                format!("{} must be a whole number", place(function, parameter)),
                span.clone(),
                format!("expected {least} to {most}, found {}", shown(value)),
            ))
        }
        Kind::Constant { least, most } if !(least..=most).contains(&value) => Err(Diagnostic::new(
            format!("{} is out of range", place(function, parameter)),
            span.clone(),
            format!("expected {least} to {most}, found {}", shown(value)),
        )),
        _ => Ok(value),
    }
}
