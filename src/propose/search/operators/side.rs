//! Adds the mirror image of the rules for the other side, or removes a side.

use super::Change;
use crate::propose::search::{Subject, mirror, names};
use crate::rng::Rng;
use crate::strategy::{Side, Strategy};

pub(super) fn draft(subject: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    match (changed.long.clone(), changed.short.clone()) {
        (Some(_), Some(_)) => {
            let (section, kept) =
                if rng.chance(0.75) { ("short", "long") } else { ("long", "short") };
            if section == "short" {
                changed.short = None;
            } else {
                changed.long = None;
            }
            let what = format!("trade the {kept} side only");
            Some(Change::new(
                what,
                "the other side cost more than it spread the risk, so the score rises",
            ))
        }
        (Some(side), None) if subject.disclosure.constraints.allow_short => {
            let short = mirrored(&side, changed, "short");
            let what = format!("also go short, on the mirror image: `{}`", short.enter.expr);
            changed.short = Some(short);
            Some(Change::new(
                what,
                "falls pay as rises do, so the number of trades rises and the drawdown falls",
            ))
        }
        (None, Some(side)) => {
            let long = mirrored(&side, changed, "long");
            let what = format!("also go long, on the mirror image: `{}`", long.enter.expr);
            changed.long = Some(long);
            Some(Change::new(
                what,
                "rises pay as falls do, so the number of trades rises and the drawdown falls",
            ))
        }
        _ => None,
    }
}

fn mirrored(side: &Side, changed: &mut Strategy, section: &str) -> Side {
    let mut rule = |key: &str, expr| {
        names::source(&format!("{section}.{key}"), mirror::condition(expr, changed, section))
    };
    let enter = rule("enter", &side.enter.expr);
    let exit = side.exit.as_ref().map(|exit| rule("exit", &exit.expr));
    Side { enter, exit }
}
