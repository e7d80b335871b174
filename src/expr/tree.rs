//! Expression trees as those need them who change strategies: made, walked, and changed in one place.
//!
//! Parts of a tree are addressed by their number in preorder, so that what was found while reading a
//! strategy can be changed in a copy of it.

use super::{BinaryOp, Expr, ExprKind, functions, parse};

fn made(kind: ExprKind) -> Expr {
    Expr { kind, span: 0..0 }
}

/// A literal.
pub(crate) fn number(value: f64) -> Expr {
    made(ExprKind::Number(value))
}

/// A name.
pub(crate) fn name(name: &str) -> Expr {
    made(ExprKind::Name(name.into()))
}

/// A call.
pub(crate) fn call(name: &str, args: Vec<Expr>) -> Expr {
    made(ExprKind::Call { name: name.into(), name_span: 0..0, args })
}

/// `call.output`.
pub(crate) fn output(call: Expr, output: &str) -> Expr {
    made(ExprKind::Output { expr: Box::new(call), output: output.into(), output_span: 0..0 })
}

/// `left op right`.
pub(crate) fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    made(ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) })
}

/// `-x`; a literal is negated itself.
pub(crate) fn negated(expr: &Expr) -> Expr {
    match &expr.kind {
        // 0.0 - x rather than -x: no negative zero in a file.
        ExprKind::Number(value) => number(0.0 - value),
        ExprKind::Neg(inner) => (**inner).clone(),
        _ => made(ExprKind::Neg(Box::new(expr.clone()))),
    }
}

/// Terms joined by `op`; none of none.
pub(crate) fn join(op: BinaryOp, terms: impl IntoIterator<Item = Expr>) -> Option<Expr> {
    terms.into_iter().reduce(|all, term| binary(op, all, term))
}

/// The parts of an expression, from left to right, to be changed.
pub(crate) fn children_mut(expr: &mut Expr) -> Vec<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Text(_) | ExprKind::Name(_) => {
            Vec::new()
        }
        ExprKind::Call { args, .. } => args.iter_mut().collect(),
        ExprKind::Output { expr, .. } | ExprKind::Neg(expr) | ExprKind::Not(expr) => vec![expr],
        ExprKind::Lag { expr, bars } => vec![expr, bars],
        ExprKind::Binary { left, right, .. } => vec![left, right],
    }
}

/// The part with this number in preorder.
pub(crate) fn node_mut(expr: &mut Expr, index: usize) -> Option<&mut Expr> {
    if index == 0 {
        return Some(expr);
    }
    let mut left = index - 1;
    for child in children_mut(expr) {
        let size = child.nodes().len();
        if left < size {
            return node_mut(child, left);
        }
        left -= size;
    }
    None
}

/// The names in an expression that aren't called.
pub(crate) fn names(expr: &Expr) -> Vec<&str> {
    let of = |expr: &&Expr| matches!(expr.kind, ExprKind::Name(_));
    let names = expr.nodes().into_iter().filter(of);
    names
        .filter_map(|expr| match &expr.kind {
            ExprKind::Name(name) => Some(name.as_str()),
            _ => None,
        })
        .collect()
}

/// Puts an expression in the place of each name for which `with` has one.
pub(crate) fn substitute(expr: &mut Expr, with: &mut dyn FnMut(&str) -> Option<Expr>) {
    if let ExprKind::Name(name) = &expr.kind {
        if let Some(new) = with(name) {
            *expr = new;
        }
        return;
    }
    for child in children_mut(expr) {
        substitute(child, with);
    }
}

/// Parses a text of our own; none where the language of this build lacks a function in it.
pub(crate) fn known(text: &str) -> Option<Expr> {
    let expr = parse(text).ok()?;
    let called = |expr: &&Expr| match &expr.kind {
        ExprKind::Call { name, .. } => functions::find(name).is_some(),
        _ => true,
    };
    expr.nodes().iter().all(called).then_some(expr)
}

/// Functions that give what their last argument is on other bars.
const MOVES: [&str; 2] = ["symbol", "timeframe"];

/// What `symbol(…)` or `timeframe(…)` computes on other bars.
pub(crate) fn reached(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Call { name, args, .. } if MOVES.contains(&name.as_str()) => args.last(),
        _ => None,
    }
}

/// The same, to be changed.
pub(crate) fn reached_mut(expr: &mut Expr) -> Option<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Call { name, args, .. } if MOVES.contains(&name.as_str()) => args.last_mut(),
        _ => None,
    }
}

/// Whether an expression is a condition by its form; a name that isn't a function is not looked up.
pub(crate) fn is_condition(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Bool(_) | ExprKind::Not(_) => true,
        ExprKind::Binary { op, .. } => op.is_logic() || op.is_comparison(),
        ExprKind::Call { name, .. } => match reached(expr) {
            Some(inner) => is_condition(inner),
            None => functions::find(name).is_some_and(|f| f.condition),
        },
        ExprKind::Lag { expr, .. } => is_condition(expr),
        _ => false,
    }
}

/// The name of the function that an expression calls, with or without a named output, on whichever bars.
pub(crate) fn called(expr: &Expr) -> Option<&str> {
    if let Some(inner) = reached(expr) {
        return called(inner);
    }
    match &expr.kind {
        // The mean of many is on the scale of each.
        ExprKind::Call { name, args, .. } if name == "xs_mean" => args.first().and_then(called),
        ExprKind::Call { name, .. } => Some(name),
        ExprKind::Output { expr, .. } => called(expr),
        ExprKind::Name(name) => functions::find(name).map(|function| function.name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preorder_numbers_lead_back_to_their_parts() {
        let mut expr = parse("a and not (sma(close, n)[2] > -x or b.c)").unwrap();
        let texts: Vec<String> = expr.nodes().iter().map(ToString::to_string).collect();
        for (i, text) in texts.iter().enumerate() {
            assert_eq!(node_mut(&mut expr, i).unwrap().to_string(), *text, "part {i}");
        }
        assert!(node_mut(&mut expr, texts.len()).is_none());
    }

    #[test]
    fn chains_come_apart_and_together() {
        let expr = parse("a and (b or c) and d").unwrap();
        let parts = expr.terms(BinaryOp::And);
        assert_eq!(parts.len(), 3);
        let again = join(BinaryOp::And, parts.into_iter().cloned()).unwrap();
        assert_eq!(again.to_string(), "a and (b or c) and d");
    }
}
