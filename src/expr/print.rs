//! A tree back into text: one canonical spelling, with no more parentheses than needed.

use std::fmt;

use super::ast::{NEG_PRECEDENCE, NOT_PRECEDENCE};
use super::{Expr, ExprKind};

/// Binds tighter than any operator.
const ATOM: u8 = 9;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, f)
    }
}

fn precedence(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Binary { op, .. } => op.precedence(),
        ExprKind::Not(_) => NOT_PRECEDENCE,
        _ if literal(expr).is_some_and(f64::is_sign_positive) => ATOM,
        ExprKind::Neg(_) | ExprKind::Number(_) => NEG_PRECEDENCE,
        _ => ATOM,
    }
}

/// The value of a number literal; a minus before one belongs to it, as the parser has it.
fn literal(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(value) => Some(*value),
        ExprKind::Neg(inner) => literal(inner).map(|value| -value),
        _ => None,
    }
}

fn write(expr: &Expr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(value) = literal(expr) {
        return number(value, f);
    }
    match &expr.kind {
        ExprKind::Number(value) => number(*value, f),
        ExprKind::Bool(value) => write!(f, "{value}"),
        ExprKind::Text(text) => f.write_str(&quoted(text)),
        ExprKind::Name(name) => f.write_str(name),
        ExprKind::Call { name, args, .. } => {
            write!(f, "{name}(")?;
            for (i, arg) in args.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                write(arg, f)?;
            }
            f.write_str(")")
        }
        ExprKind::Output { expr, output, .. } => {
            within(expr, ATOM, f)?;
            write!(f, ".{output}")
        }
        ExprKind::Lag { expr, bars } => {
            within(expr, ATOM, f)?;
            f.write_str("[")?;
            write(bars, f)?;
            f.write_str("]")
        }
        ExprKind::Neg(inner) => {
            f.write_str("-")?;
            within(inner, ATOM, f)
        }
        ExprKind::Not(inner) => {
            f.write_str("not ")?;
            within(inner, NOT_PRECEDENCE, f)
        }
        ExprKind::Binary { op, left, right } => {
            let own = op.precedence();
            within(left, if op.is_comparison() { own + 1 } else { own }, f)?;
            write!(f, " {} ", op.symbol())?;
            within(right, own + 1, f)
        }
    }
}

/// A name in quotes: single ones, so that it can stand in a TOML string as it is, unless it has one itself.
pub(super) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') { '"' } else { '\'' };
    format!("{quote}{text}{quote}")
}

/// A number as the language writes it.
pub(super) fn shown(value: f64) -> String {
    Expr { kind: ExprKind::Number(value), span: 0..0 }.to_string()
}

/// The shortest text that reads back as the same number; with an exponent where digits would pile up.
fn number(value: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-5..1e15).contains(&magnitude) {
        write!(f, "{value:e}")
    } else {
        write!(f, "{value}")
    }
}

/// Writes `expr`, in parentheses if it binds less tightly than `least`.
fn within(expr: &Expr, least: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if precedence(expr) >= least {
        return write(expr, f);
    }
    f.write_str("(")?;
    write(expr, f)?;
    f.write_str(")")
}
