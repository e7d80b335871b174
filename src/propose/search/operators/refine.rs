//! Moves all numbers together to where the strategy does best in-sample.
//!
//! By CMA-ES (N. Hansen, The CMA evolution strategy: a tutorial, 2016) in a box around the present values, so that
//! what it finds is still the same idea. Without a judge of the in-sample span there is nothing to go by.

use optimizer::parameter::{FloatParam, Parameter};
use optimizer::sampler::cma_es::CmaEsSampler;
use optimizer::{Direction, Study};

use super::Change;
use crate::expr::tree;
use crate::propose::search::{FILE, Subject, names, steps};
use crate::rng::Rng;
use crate::strategy::numbers::{self, Use};
use crate::strategy::{Strategy, compile};

/// What records call it.
pub(in crate::propose::search) const NAME: &str = "refine";
/// Most numbers that move together.
const MOST_NUMBERS: usize = 8;
/// In-sample backtests of one refinement.
const TRIES: usize = 36;
/// First width of the search, where 1 is a factor of two or the part below.
const WIDTH: f64 = 0.35;
/// Part of its range by which a parameter moves at most whose bounds include zero.
const MOST_PART: f64 = 0.4;

pub(super) fn draft(subject: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    subject.judge?;
    let places = places(changed, rng);
    let study: Study<f64> = Study::with_sampler(
        Direction::Maximize,
        CmaEsSampler::builder().sigma0(WIDTH).seed(rng.seed()).build(),
    );
    let axes: Vec<FloatParam> = places.iter().map(|_| FloatParam::new(-1.0, 1.0)).collect();
    if axes.is_empty() {
        return None;
    }
    let mut best: Option<(f64, Strategy, Vec<f64>)> = None;
    for _ in 0..TRIES {
        let mut trial = study.ask();
        let steps: Result<Vec<f64>, _> = axes.iter().map(|axis| axis.suggest(&mut trial)).collect();
        let values: Vec<f64> =
            places.iter().zip(steps.ok()?).map(|(u, step)| at(u, step)).collect();
        let mut moved = changed.clone();
        place(&mut moved, &places, &values)?;
        let found =
            compile(&moved, (FILE, &subject.disclosure.incumbent)).ok().and_then(|compiled| {
                let is_new = !subject.is_known(&compiled.hash);
                subject.judged(&compiled).map(|value| (value, is_new))
            });
        // What can't be backtested is as bad as anything.
        study.tell(trial, Ok::<f64, String>(found.map_or(WORST, |(value, _)| value)));
        let (value, is_new) = found.unwrap_or((WORST, false));
        if is_new && best.as_ref().is_none_or(|(most, ..)| value > *most) {
            best = Some((value, moved, values));
        }
    }
    let (_, moved, values) = best?;
    let what = said(changed, &places, &values)?;
    *changed = moved;
    Some(Change::new(
        what,
        "in-sample they suit each other better, and what holds there holds later",
    ))
}

/// Below every score.
const WORST: f64 = -1_000.0;

/// The numbers that move, each once: parameters first, which are there to be tuned.
fn places(strategy: &Strategy, rng: &mut Rng) -> Vec<Use> {
    let mut params: Vec<Use> = Vec::new();
    let mut literals = Vec::new();
    for number in numbers::uses(strategy) {
        match &number.param {
            None => literals.push(number),
            Some(_) if params.iter().any(|known| known.param == number.param) => {}
            Some(_) => params.push(number),
        }
    }
    while params.len() < MOST_NUMBERS {
        let Some(literal) = rng.take(&mut literals) else { break };
        params.push(literal);
    }
    params.truncate(MOST_NUMBERS);
    params
}

/// The value at a step of -1 to 1 from the present one, as a person would write it, within its bounds.
fn at(number: &Use, step: f64) -> f64 {
    let (least, most) = number.bounds;
    let spans_zero =
        number.param.is_some() && least <= 0.0 && least.is_finite() && most.is_finite();
    let moved = if spans_zero {
        number.value + step * MOST_PART * (most - least)
    } else {
        number.value * libm::exp2(step)
    };
    steps::written(moved, number.whole).clamp(least, most)
}

/// Puts values in their places.
fn place(strategy: &mut Strategy, places: &[Use], values: &[f64]) -> Option<()> {
    for (number, value) in places.iter().zip(values) {
        match &number.param {
            Some(name) => {
                let param = strategy.params.iter_mut().find(|param| param.name == *name)?;
                param.value = *value;
            }
            None => {
                let rule = strategy.rule_mut(&number.key)?;
                *tree::node_mut(&mut rule.expr, number.index)? = tree::number(*value);
            }
        }
    }
    Some(())
}

/// What moved from where to where.
fn said(strategy: &Strategy, places: &[Use], values: &[f64]) -> Option<String> {
    let moved = places
        .iter()
        .zip(values)
        .filter(|(number, value)| number.value.to_bits() != value.to_bits());
    let parts: Vec<String> = moved
        .map(|(number, value)| {
            let name =
                number.param.clone().unwrap_or_else(|| format!("a number of {}", number.key));
            format!("`{name}` {} → {value}{}", number.value, names::unit(strategy, &number.key))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("move together {}", parts.join(", ")))
}
