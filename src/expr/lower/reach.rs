//! Calls whose argument is computed on other bars: the name that says on which, and the node.
//! Which symbols there are is not known here.

use super::Lowering;
use super::call::place;
use crate::expr::functions::{Kind, Parameter, Place, Reach, Row};
use crate::expr::graph::{Node, NodeId, Target, Type};
use crate::expr::{Diagnostic, Expr, ExprKind, MAX_REACHES, Span};
use crate::market::{TIMEFRAMES, Timeframe};

impl Lowering<'_> {
    /// The node of a call whose number of arguments is right.
    pub(super) fn reach(
        &mut self,
        reach: &'static Reach,
        args: &[Expr],
        name_span: &Span,
    ) -> Result<NodeId, Diagnostic> {
        let mut name = None;
        let mut input = None;
        for (arg, parameter) in args.iter().zip(reach.parameters) {
            match parameter.kind {
                Kind::Symbol | Kind::Timeframe => {
                    name = Some((arg, self.quoted_name(reach, parameter, arg)?));
                }
                Kind::Number => {
                    let what = place(Row::Reach(reach), parameter);
                    input = Some(self.number_operand(arg, &what)?);
                }
                _ => input = Some(self.lower(arg)?),
            }
        }
        let target = match (reach.place, name) {
            (Place::Symbol, Some((_, name))) => Target::Symbol(name.into()),
            (Place::Timeframe, Some((arg, name))) => Target::Timeframe(timeframe(name, &arg.span)?),
            _ => Target::Universe(reach),
        };
        let Some(input) = input else {
            return Err(Diagnostic::new(
                "a value is missing",
                name_span.clone(),
                "computes nothing",
            ));
        };
        // What is the same at every bar is the same on other bars; compared, it is something else.
        if self.graph.known(input).is_some() && !matches!(target, Target::Universe(_)) {
            return Ok(input);
        }
        let kind = match self.graph.kind(input) {
            Type::Condition => Type::Condition,
            Type::Number | Type::Constant => Type::Number,
        };
        let id = self.graph.intern(Node::Reach { target, input }, kind);
        if self.graph.reaches() > MAX_REACHES {
            return Err(Diagnostic::new(
                "too many values are computed on other bars",
                name_span.clone(),
                format!(
                    "at most {MAX_REACHES} are allowed, one within others counted again for each of them"
                ),
            ));
        }
        Ok(id)
    }

    /// The name that an argument is.
    fn quoted_name<'e>(
        &self,
        reach: &'static Reach,
        parameter: &Parameter,
        arg: &'e Expr,
    ) -> Result<&'e str, Diagnostic> {
        let what = place(Row::Reach(reach), parameter);
        let help = match &arg.kind {
            ExprKind::Text(text) if !text.is_empty() => return Ok(text),
            ExprKind::Name(name) if !self.scope.value_names().contains(&name.as_str()) => {
                format!("write `'{name}'`")
            }
            _ => format!("for example `{}`", reach.example),
        };
        let label = match arg.kind {
            ExprKind::Text(_) => "this is empty",
            _ => "without quotes this is a value",
        };
        let message = format!("{what} must be a name in quotes");
        Err(Diagnostic::new(message, arg.span.clone(), label).help(help))
    }
}

fn timeframe(name: &str, span: &Span) -> Result<Timeframe, Diagnostic> {
    Timeframe::parse(name).ok_or_else(|| {
        let usual = TIMEFRAMES.map(|name| format!("'{name}'")).join(", ");
        Diagnostic::new(
            format!("'{name}' is not a timeframe"),
            span.clone(),
            format!("expected {usual}, or minutes (`m`) or hours (`h`) that divide a day"),
        )
        .maybe_help(Timeframe::meant(name).map(|near| format!("did you mean '{near}'?")))
    })
}
