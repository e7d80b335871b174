//! What is wanted in this iteration: the stage of the plateau ladder, a person's idea, what was refused.

use std::fmt::Write as _;

use super::{fenced, quoted};
use crate::program::MOST_IDEA;
use crate::propose::Disclosure;
use crate::state::PlateauStage;

/// Characters of the diagnostics of one refused candidate.
const REASON: usize = 2_000;
/// Refused candidates that are shown, latest last.
const REFUSED: usize = 3;

pub(super) fn now(disclosure: &Disclosure) -> String {
    let stage = PlateauStage::after(disclosure.stale);
    let mut text = format!(
        "This is iteration {}. The incumbent last improved {} iterations ago.\n{}\n",
        disclosure.iteration,
        disclosure.stale,
        wanted(stage)
    );
    if let Some(best) = disclosure.best {
        let _ = writeln!(
            text,
            "The best out-of-sample score told so far is {best} points, of -100 to 100; a score is told \
             only when it is better by a step."
        );
    }
    if let Some(idea) = &disclosure.idea {
        let _ = write!(
            text,
            "\nA person asks for this idea to be tried in this iteration. Turn it into edits as well as the \
             language allows, and say in the hypothesis what it comes to:\n\n{}",
            fenced("data", &crate::text::line(idea, MOST_IDEA))
        );
    }
    if !disclosure.refused.is_empty() {
        text.push_str(
            "\nRefused in this iteration; propose something that is not wrong in this way:\n",
        );
    }
    let skipped = disclosure.refused.len().saturating_sub(REFUSED);
    for refusal in disclosure.refused.iter().skip(skipped) {
        let edits: Vec<String> =
            refusal.edits.iter().map(|edit| quoted(&edit.to_string(), 300)).collect();
        let what = if edits.is_empty() { "no edits".into() } else { edits.join(", ") };
        let reason = crate::text::block(&refusal.reason, REASON);
        let _ = write!(text, "\n- {what}:\n\n{}", fenced("data", &reason));
    }
    text
}

fn wanted(stage: PlateauStage) -> &'static str {
    match stage {
        PlateauStage::Tune => {
            "Stage `tune`: the incumbent is fresh. Improve what is there: a value, a threshold, a stop."
        }
        PlateauStage::Structure => {
            "Stage `structure`: tuning has stopped helping. Change the structure: add, drop or replace a \
             condition, an exit or a rule of size."
        }
        PlateauStage::Restart => {
            "Stage `restart`: the neighbourhood of the incumbent looks used up. Make a larger change, or \
             go back to a change that was kept earlier and take it in another direction."
        }
        PlateauStage::Hypothesis => {
            "Stage `hypothesis`: variations of this idea no longer help. Propose another reason to be in \
             the market, with its own entry and exit; several sections may change at once."
        }
        PlateauStage::Notify => {
            "Stage `notify`: nothing has helped for a hundred iterations, and people were told. Take the \
             simplest idea of a family that the history hardly has."
        }
    }
}
