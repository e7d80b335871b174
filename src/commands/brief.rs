//! `sprag brief`: what a model or agent would be told now.

use super::context::Context;
use super::{Failure, Output};
use crate::cli::BriefArgs;
use crate::diagnose;
use crate::evaluation::Arena;
use crate::program::ProposerKind;
use crate::propose::brief::{self, Answer, Section};
use crate::propose::{Discloser, Disclosure};
use crate::state::PlateauStage;

pub(super) fn run(context: &Context, args: &BriefArgs) -> Result<Output, Failure> {
    let program = context.program()?;
    let state = context.state()?;
    let loaded = context.market(&program, &[], &[])?;
    let arena = Arena::new(&program, &loaded.market)?;
    let mut discloser = Discloser::new(&state, &program.settings, loaded.market.symbols().len());
    let disclosure: &mut Disclosure = discloser.disclosure();
    if state.strategy().is_none() {
        // Before the first commit of a strategy, the one in the work tree is what would be taken in.
        disclosure.incumbent = context.strategy(None)?.1;
    }
    diagnose::inform(&arena, disclosure, args.hint.as_deref(), None)?;
    let answer = match program.settings.proposer.kind {
        ProposerKind::Agent => Answer::Files,
        ProposerKind::Search | ProposerKind::Llm | ProposerKind::Mix => Answer::Json,
    };
    let brief = brief::brief(&program, disclosure, answer);
    if context.global.json {
        let sections: Vec<serde_json::Value> =
            brief.lasting.iter().chain(&brief.current).map(section).collect();
        return Output::json(&serde_json::json!({
            "iteration": disclosure.iteration,
            "stage": PlateauStage::after(disclosure.stale),
            "tokens": brief::tokens(&brief.text()),
            "sections": sections,
        }));
    }
    Ok(brief.text().into())
}

fn section(section: &Section) -> serde_json::Value {
    serde_json::json!({
        "title": section.title,
        "tokens": brief::tokens(&section.text),
        "text": section.text,
    })
}
