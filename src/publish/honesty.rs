//! What luck alone would show, and what may be claimed: the sentences that stand wherever a score does, and the messages
//! of commits that are looks at the holdout.

use std::fmt::Write;

use super::wrap;
use crate::certify::{Inference, Standing};
use crate::state::ledger::{Look, Outcome};
use crate::state::{HOLDOUT_LOOKS, Holdout, Label, LuckSummary};
use crate::stats::luck::Luck;
use crate::stats::{Undefined, Value};

/// What luck alone would show after so many trials, in a sentence.
pub fn sentence(luck: &LuckSummary) -> String {
    let annual_sharpe = luck.sharpe.ok_or(Undefined("fewer than 10 trials, or 250 bars"));
    Luck { trials: luck.trials, annual_sharpe }.sentence()
}

/// One paragraph: what the number of trials makes of one candidate's score, and what is claimed of it.
pub fn paragraph(luck: &LuckSummary) -> String {
    let sentence = sentence(luck);
    let named = [("DSR", luck.dsr), ("PBO", luck.pbo)];
    let known = named.iter().filter_map(|(name, value)| Some(format!("{name} {:.2}", (*value)?)));
    let known = known.collect::<Vec<String>>().join(", ");
    let known = if known.is_empty() { known } else { format!(" {known}.") };
    format!(
        "{sentence}{known} Label: {}, {} of {HOLDOUT_LOOKS} looks used.",
        luck.label, luck.looks
    )
}

/// What can be said of the incumbent beside its score, as lines.
pub fn standing(standing: &Standing) -> String {
    let Inference { luck, dsr, pbo } = &standing.inference;
    let value = |value: &Value| match value {
        Ok(x) => format!("{x:.2}"),
        Err(reason) => format!("insufficient ({reason})"),
    };
    let different = match &standing.independent_trials {
        Ok(groups) if *groups < 1.5 => {
            " They are one thing tried again and again, by how alike their returns are.".into()
        }
        Ok(groups) => {
            format!(" They are {groups} different things, by how alike their returns are.")
        }
        Err(_) => String::new(),
    };
    format!(
        "{}{different}\nDeflated Sharpe ratio of the incumbent: {}. Probability of backtest overfitting: {}.\n",
        luck.sentence(),
        value(dsr),
        value(pbo)
    )
}

/// What a label means, in a sentence.
pub fn meaning(label: Label, holdout: &Holdout) -> String {
    let Holdout { looks, budget } = holdout;
    match label {
        Label::Search => format!(
            "search: the score chose it, so it flatters it; nothing is claimed ({looks} of {budget} looks used)"
        ),
        Label::Certified => {
            format!("certified by a look at the holdout ({looks} of {budget} used)")
        }
        Label::Strong => format!(
            "strong: certified by a look at the holdout ({looks} of {budget} used), and better out-of-sample \
             than the number of trials explains"
        ),
    }
}

/// The message of the commit that writes a look down.
pub fn look_message(look: &Look) -> String {
    let mut message = format!(
        "look {} of {HOLDOUT_LOOKS} at the holdout: the incumbent of iteration {}",
        look.look, look.iteration
    );
    let why = format!(
        "A deflated Sharpe ratio of {:.2} among {} trials earns it. It passes if its probabilistic Sharpe ratio on the \
         holdout is {:.4} or more. Written down before it is taken, it is spent whatever happens next.",
        look.dsr,
        look.trials,
        1.0 - look.level
    );
    let _ = write!(message, "\n\n{}\n\n", wrap(&why));
    let _ = writeln!(message, "Sprag-Look: {}", look.look);
    let _ = writeln!(message, "Sprag-Candidate: {}", look.candidate);
    let _ = writeln!(message, "Sprag-Epoch: {}", look.epoch);
    message
}

/// In words, what a look said.
pub fn outcome(outcome: &Outcome) -> String {
    let word = match outcome.pass {
        Some(true) => "passed",
        Some(false) => "failed",
        None => "lost, since data, rules or strategy changed before it was taken",
    };
    format!("look {} of {HOLDOUT_LOOKS} at the holdout: {word}", outcome.look)
}

/// The message of the commit that writes down what a look said.
pub fn outcome_message(look: &Look, said: &Outcome) -> String {
    let (text, label) = match said.pass {
        Some(true) if look.is_strong() => {
            ("The incumbent is certified, and strong.", Label::Strong)
        }
        Some(true) => ("The incumbent is certified.", Label::Certified),
        _ => ("Nothing is claimed of the incumbent; the search goes on.", Label::Search),
    };
    format!(
        "{}\n\n{text} The number behind it stays sealed.\n\nSprag-Look: {}\nSprag-Candidate: {}\nSprag-Label: {label}\n\
         Sprag-Epoch: {}\n",
        outcome(said),
        said.look,
        said.candidate,
        said.epoch
    )
}
