//! What an expression asks of a market: are there the symbols that it names, and are their bars shorter
//! than the timeframes that it puts them together into?
//!
//! Works on trees, which know their places in a text, and on names and lengths; never sees a bar.

use super::{Diagnostic, Expr, ExprKind, Span};
use crate::market::time::format_duration;
use crate::market::{BarLength, Market, Timeframe};
use crate::nearest::nearest;

/// Most symbols that a message lists.
const MOST_LISTED: usize = 12;

/// The symbols of a market: their names, and how long their bars are.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    symbols: Vec<Listed>,
}

#[derive(Debug, Clone)]
struct Listed {
    name: String,
    is_traded: bool,
    /// In milliseconds, where bars were seen that show it.
    length: Option<i64>,
}

/// Which bars an expression is read on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Reading {
    /// Those of this symbol; none is each symbol of the account.
    symbol: Option<String>,
    /// Put together by this timeframe.
    timeframe: Option<Timeframe>,
}

/// What is wrong with an expression on certain bars, and the names it uses, each with the bars it is used on.
#[derive(Debug, Default)]
pub struct Survey {
    /// What is wrong, in the order of the text.
    pub findings: Vec<Diagnostic>,
    /// Names that may stand for expressions.
    pub names: Vec<(String, Reading)>,
}

impl Listing {
    /// All that a market has.
    pub fn of(market: &Market) -> Self {
        let traded = market.symbols().iter().map(|bars| (bars, true));
        let context = market.context().iter().map(|bars| (bars, false));
        let listed = traded.chain(context).map(|(bars, is_traded)| Listed {
            name: bars.symbol.clone(),
            is_traded,
            // A single bar doesn't show its length.
            length: (bars.len() > 1).then(|| BarLength::of(&bars.time).usual()),
        });
        Self { symbols: listed.collect() }
    }

    /// Names alone.
    pub fn named(traded: Vec<String>, context: Vec<String>) -> Self {
        let traded = traded.into_iter().map(|name| (name, true));
        let context = context.into_iter().map(|name| (name, false));
        let listed = traded.chain(context);
        let listed = listed.map(|(name, is_traded)| Listed { name, is_traded, length: None });
        Self { symbols: listed.collect() }
    }

    fn find(&self, name: &str) -> Option<&Listed> {
        self.symbols.iter().find(|listed| listed.name == name)
    }

    /// The first symbol that is read whose bars are as long as a timeframe, or longer.
    fn too_long(&self, reading: &Reading, timeframe: Timeframe) -> Option<&Listed> {
        let is_read = |listed: &&Listed| match &reading.symbol {
            Some(name) => listed.name == *name,
            None => listed.is_traded,
        };
        let is_long = |length: i64| timeframe.shortest() <= length;
        self.symbols.iter().filter(is_read).find(|listed| listed.length.is_some_and(is_long))
    }

    fn describe(&self) -> String {
        let shown = |is_traded| {
            let mut names = self.symbols.iter().filter(|listed| listed.is_traded == is_traded);
            let first: Vec<&str> =
                names.by_ref().take(MOST_LISTED).map(|listed| listed.name.as_str()).collect();
            match (first.len(), names.count()) {
                (0, _) => "none".into(),
                (_, 0) => first.join(", "),
                (_, more) => format!("{} and {more} more", first.join(", ")),
            }
        };
        format!("traded: {}; context: {}", shown(true), shown(false))
    }
}

/// Looks at an expression as it is read on certain bars. Without a listing, only what no market can have is
/// found.
pub fn survey(expr: &Expr, reading: &Reading, listing: Option<&Listing>) -> Survey {
    let mut survey = Survey::default();
    visit(expr, reading, listing, &mut survey);
    survey
}

// Recursive: the parser bounds how deep a tree is.
fn visit(expr: &Expr, reading: &Reading, listing: Option<&Listing>, survey: &mut Survey) {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Text(_) => {}
        ExprKind::Name(name) => survey.names.push((name.clone(), reading.clone())),
        ExprKind::Output { expr, .. } | ExprKind::Neg(expr) | ExprKind::Not(expr) => {
            visit(expr, reading, listing, survey);
        }
        ExprKind::Lag { expr: left, bars: right } | ExprKind::Binary { left, right, .. } => {
            visit(left, reading, listing, survey);
            visit(right, reading, listing, survey);
        }
        ExprKind::Call { name, name_span, args } => {
            let there = match (name.as_str(), args.first().map(|arg| (&arg.kind, &arg.span))) {
                ("symbol", Some((ExprKind::Text(symbol), span))) => {
                    let finding = listing.and_then(|listing| unknown(symbol, span, listing));
                    survey.findings.extend(finding);
                    Reading { symbol: Some(symbol.clone()), timeframe: None }
                }
                ("timeframe", Some((ExprKind::Text(text), span))) => {
                    let timeframe = Timeframe::parse(text);
                    let finding = timeframe.and_then(|own| too_short(own, span, reading, listing));
                    survey.findings.extend(finding);
                    Reading { symbol: reading.symbol.clone(), timeframe }
                }
                (name, _) if name.starts_with("xs_") => {
                    let finding = listing.and_then(|listing| outside(name_span, reading, listing));
                    survey.findings.extend(finding);
                    Reading { symbol: None, timeframe: reading.timeframe }
                }
                _ => reading.clone(),
            };
            for arg in args {
                visit(arg, &there, listing, survey);
            }
        }
    }
}

fn unknown(symbol: &str, span: &Span, listing: &Listing) -> Option<Diagnostic> {
    if listing.find(symbol).is_some() {
        return None;
    }
    let near = nearest(symbol, listing.symbols.iter().map(|listed| listed.name.as_str()));
    let help = near.map_or_else(
        || {
            "a symbol that is read and not traded is named by `context` under [market] of \
             program.md, or by --context"
                .into()
        },
        |near| format!("did you mean '{near}'?"),
    );
    Some(
        Diagnostic::new(format!("there is no symbol '{symbol}'"), span.clone(), listing.describe())
            .help(help),
    )
}

fn too_short(
    timeframe: Timeframe,
    span: &Span,
    reading: &Reading,
    listing: Option<&Listing>,
) -> Option<Diagnostic> {
    let label = match reading.timeframe {
        Some(outer) if timeframe <= outer => format!("the bars here are of timeframe {outer}"),
        Some(_) => return None,
        None => {
            let listed = listing?.too_long(reading, timeframe)?;
            let length = format_duration(listed.length?);
            format!("the bars of {} last {length}", listed.name)
        }
    };
    let message = format!("timeframe {timeframe} is not longer than the bars");
    Some(
        Diagnostic::new(message, span.clone(), label)
            .help("put bars together into longer ones only"),
    )
}

/// A comparison across the universe, read on a symbol that isn't of it.
fn outside(span: &Span, reading: &Reading, listing: &Listing) -> Option<Diagnostic> {
    let name = reading.symbol.as_deref()?;
    let is_outside = listing.find(name).is_some_and(|listed| !listed.is_traded);
    is_outside.then(|| {
        let message = format!("{name} is not of the universe");
        Diagnostic::new(message, span.clone(), "only symbols that are traded are compared")
    })
}
