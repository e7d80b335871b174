//! The numbers of a strategy that may be moved: where they stand, what they do, and within which
//! bounds.

use super::Strategy;
use crate::expr::functions::{self, Group, Kind};
use crate::expr::{BinaryOp, Expr, ExprKind, scale, tree};

/// Longest window that is tried where neither bounds nor the function say otherwise: two years of
/// daily bars, beyond which warm-up eats the folds.
const LONGEST_WINDOW: f64 = 500.0;
/// Literals that are units rather than choices: bars per year, and what neither scale nor shift has.
const UNITS: [f64; 5] = [0.0, 1.0, 252.0, 365.0, -1.0];

/// What a number does where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Bars that an indicator or a lag looks back.
    Window,
    /// What something is compared with; raising it makes the condition hold more often.
    Looser,
    /// Likewise, but raising it makes the condition hold less often.
    Stricter,
    /// A level that something has to cross.
    Crossing,
    /// A distance of `[risk]`, or the multiple in it.
    Level,
    /// Anything else: a multiple, a band's width.
    Factor,
}

/// One place where a number is used.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    /// The rule's key.
    pub key: String,
    /// Its number in the rule's preorder.
    pub index: usize,
    /// The number of the call or comparison around it.
    pub around: usize,
    /// The parameter's name; none for a literal.
    pub param: Option<String>,
    /// Its present value.
    pub value: f64,
    /// What it does.
    pub role: Role,
    /// Least and most that it may be.
    pub bounds: (f64, f64),
    /// Whether it must stay whole.
    pub whole: bool,
}

/// Every movable number: tunable parameters wherever they are used, and literals that are choices.
pub(crate) fn uses(strategy: &Strategy) -> Vec<Use> {
    let mut all = Vec::new();
    for source in strategy.expressions() {
        let key = &source.origin.key;
        let mut walk = Walk { strategy, key, next: 0, found: &mut all };
        let place = match key.as_str() {
            "risk.max_bars" => Some((Role::Window, (1.0, LONGEST_WINDOW), true)),
            // A percentage; 100 and more is no stop.
            key if key.starts_with("risk.") => Some((Role::Level, (0.1, 99.0), false)),
            _ => None,
        };
        walk.visit(&source.expr, Place { number: place, around: 0, negated: false });
    }
    all
}

/// What a number would be if it stood directly here: its role, its bounds, whether it is whole.
type Standing = (Role, (f64, f64), bool);

#[derive(Clone, Copy)]
struct Place {
    number: Option<Standing>,
    around: usize,
    negated: bool,
}

struct Walk<'a> {
    strategy: &'a Strategy,
    key: &'a str,
    next: usize,
    found: &'a mut Vec<Use>,
}

const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

impl Walk<'_> {
    fn visit(&mut self, expr: &Expr, place: Place) {
        let index = self.next;
        self.next += 1;
        let inner = |number| Place { number, around: index, negated: place.negated };
        match &expr.kind {
            ExprKind::Bool(_) | ExprKind::Text(_) => {}
            ExprKind::Number(value) => self.literal(*value, index, place),
            ExprKind::Name(name) => self.name(name, index, place),
            ExprKind::Call { name, args, .. } => {
                for (i, arg) in args.iter().enumerate() {
                    self.visit(arg, inner(argument(name, i)));
                }
            }
            ExprKind::Output { expr, .. } => self.visit(expr, place),
            ExprKind::Neg(expr) => self.visit(expr, Place { number: None, ..place }),
            ExprKind::Not(expr) => {
                self.visit(expr, Place { negated: !place.negated, ..inner(None) });
            }
            ExprKind::Lag { expr, bars } => {
                self.visit(expr, Place { number: None, ..place });
                self.visit(bars, inner(Some((Role::Window, (1.0, LONGEST_WINDOW), true))));
            }
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, index, place),
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, index: usize, place: Place) {
        let compared = op.is_comparison();
        let around = if compared || op.is_logic() { index } else { place.around };
        let at = |standing| Place { number: standing, around, negated: place.negated };
        let factor = Some((self.factor(), ANY, false));
        let (on_left, on_right) = match op {
            _ if op.is_logic() => (None, None),
            BinaryOp::Equal | BinaryOp::NotEqual => (None, None),
            _ if compared && (is_calendar(left) || is_calendar(right)) => (None, None),
            _ if compared => {
                let above = matches!(op, BinaryOp::Greater | BinaryOp::GreaterEqual);
                let role = |looser: bool| {
                    if looser != place.negated { Role::Looser } else { Role::Stricter }
                };
                let standing = |role, other| Some((role, threshold_bounds(other), false));
                (standing(role(above), right), standing(role(!above), left))
            }
            _ => (factor, factor),
        };
        self.visit(left, at(on_left));
        self.visit(right, at(on_right));
    }

    fn factor(&self) -> Role {
        if self.key.starts_with("risk.") { Role::Level } else { Role::Factor }
    }

    fn literal(&mut self, value: f64, index: usize, place: Place) {
        let Some((role, bounds, whole)) = place.number else { return };
        // A window of one bar is a choice like any other; a factor of one is none.
        let unit = UNITS.iter().any(|unit| unit.to_bits() == value.to_bits());
        if unit && role != Role::Window {
            return;
        }
        let whole = whole || (value.fract() == 0.0 && value.abs() >= 10.0);
        self.push(None, value, index, place.around, (role, bounds, whole));
    }

    fn name(&mut self, name: &str, index: usize, place: Place) {
        let params = &self.strategy.params;
        let Some(param) = params.iter().find(|param| param.name == name) else { return };
        // The value of a parameter that is fitted in each fold is not the search's to choose.
        let Some(bounds) = param.bounds.filter(|_| !param.fit) else { return };
        let role = place.number.map_or(Role::Factor, |(role, _, _)| role);
        let name = Some(param.name.clone());
        self.push(name, param.value, index, place.around, (role, bounds, param.whole));
    }

    fn push(
        &mut self,
        param: Option<String>,
        value: f64,
        index: usize,
        around: usize,
        (role, bounds, whole): Standing,
    ) {
        let key = self.key.to_owned();
        self.found.push(Use { key, index, around, param, value, role, bounds, whole });
    }
}

fn argument(name: &str, i: usize) -> Option<Standing> {
    let function = functions::find(name)?;
    match function.parameters.get(i)?.kind {
        Kind::Window { least } => {
            Some((Role::Window, (f64::from(least.max(2)), LONGEST_WINDOW), true))
        }
        Kind::Count { least, most } => {
            Some((Role::Factor, (f64::from(least), f64::from(most)), true))
        }
        Kind::Constant { least, most } => Some((Role::Factor, (least, most), false)),
        // A cap of 1 or the root of 252 is part of a formula; a level to be crossed is a choice.
        Kind::Number if function.group == Group::Events => Some((Role::Crossing, ANY, false)),
        _ => None,
    }
}

fn is_calendar(expr: &Expr) -> bool {
    let group = |name| functions::find(name).map(|function| function.group);
    tree::called(expr).and_then(group) == Some(Group::Calendar)
}

fn threshold_bounds(other: &Expr) -> (f64, f64) {
    // The ends themselves are never passed, so that a condition can't become constant.
    scale::reachable(other).map_or(ANY, |scale| {
        let margin = (scale.high - scale.low) / 100.0;
        (scale.low + margin, scale.high - margin)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strategy(rules: &str) -> Strategy {
        let text = format!(
            "[params]\nfast = {{ value = 20, min = 5, max = 60 }}\nfixed = 7\n\
             shift = {{ value = 0.0, min = -1.0, max = 1.0 }}\n{rules}"
        );
        Strategy::parse("strategy.toml", &text).unwrap()
    }

    fn found(rules: &str) -> Vec<(String, f64, Role)> {
        let name = |u: &Use| u.param.clone().unwrap_or_else(|| u.key.clone());
        uses(&strategy(rules)).iter().map(|u| (name(u), u.value, u.role)).collect()
    }

    #[test]
    fn numbers_are_found_with_what_they_do() {
        let rules = "[long]\nenter = 'sma(close, fast) > sma(close, fixed)[3] * 1.02 and not close / 7 > 40'\n\
                     [risk]\nstop_loss = '2.5 * sma(high - low, 14)'\nmax_bars = 30\n\
                     [size]\nweight = 'abs(0.5) / 252'";
        let expected = [
            ("fast", 20.0, Role::Window),
            ("long.enter", 3.0, Role::Window),
            ("long.enter", 1.02, Role::Factor),
            ("long.enter", 7.0, Role::Factor),
            ("long.enter", 40.0, Role::Looser),
            ("risk.stop_loss", 2.5, Role::Level),
            ("risk.stop_loss", 14.0, Role::Window),
            ("risk.max_bars", 30.0, Role::Window),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value, role)| ((*name).to_owned(), *value, *role))
            .collect();
        assert_eq!(found(rules), expected);
    }
}
