//! `sprag canaries`: the checks of the machine that come before an epoch's baseline, by hand.

use std::fmt::Write as _;

use super::context::Context;
use super::{Failure, Output};
use crate::canary::{self, Effort, Engine, Report};
use crate::evaluation::Arena;

pub(super) fn run(context: &Context) -> Result<Output, Failure> {
    let program = context.program()?;
    let loaded = context.market(&program, &[], &[])?;
    let arena = Arena::new(&program, &loaded.market)?;
    // Without a strategy there is still a machine to look at.
    let incumbent = context.strategy(None).ok().map(|(_, text)| text);
    let report = canary::run(&Engine::OWN, &arena, incumbent.as_deref(), Effort::QUICK);
    let output =
        if context.global.json { Output::json(&report)? } else { Output::from(table(&report)) };
    Ok(Output { code: u8::from(!report.pass), ..output })
}

fn table(report: &Report) -> String {
    let mut text = String::new();
    for outcome in &report.canaries {
        let state = if outcome.pass { "alive" } else { "DEAD" };
        // Writing to a string can't fail.
        let _ = writeln!(text, "{state:<6} {:<17} {}", outcome.canary, outcome.claim);
        let _ = writeln!(text, "{:<24} looked at {}", "", outcome.looked_at);
        for finding in &outcome.findings {
            let _ = writeln!(text, "{}", finding.trim_end());
        }
    }
    text
}
