//! Who is asked next: the model that has most kept for its money, and the proposer whose turn it is.

use std::sync::Arc;

use sprag::program::{MixSettings, ProposerKind};
use sprag::propose::{Disclosure, PastProposal, choice};
use sprag::state::{Bill, Usd, Verdict};

/// Iterations over which choices are counted; a share is then within a twelfth of what is expected.
const DRAWS: u64 = 400;
/// Iterations without an improvement at which the stages of the plateau ladder begin.
const STAGES: [u64; 5] = [0, 10, 25, 50, 100];

/// A model's record: its proposals, how many of them were kept, and what each cost.
struct Past {
    model: &'static str,
    proposals: usize,
    kept: usize,
    tokens: u64,
    usd: Option<Usd>,
}

const fn past(model: &'static str, proposals: usize, kept: usize, usd: f64) -> Past {
    Past { model, proposals, kept, tokens: 1_000, usd: Some(Usd::Known(usd)) }
}

fn disclosure(pasts: &[Past]) -> Disclosure {
    let proposals = |past: &Past| {
        let bill = Bill { tokens_in: past.tokens, tokens_out: 0, usd: past.usd };
        let operator = past.model.to_owned();
        let kept = past.kept;
        (0..past.proposals)
            .map(move |at| {
                Arc::new(PastProposal {
                    kind: "llm".into(),
                    operator: operator.clone(),
                    verdict: if at < kept { Verdict::Accepted } else { Verdict::Rejected },
                    bill,
                    ..PastProposal::default()
                })
            })
            .collect::<Vec<_>>()
    };
    Disclosure { past: pasts.iter().flat_map(proposals).collect(), ..Disclosure::default() }
}

/// How often the second of two models is asked.
fn share_of_second(pasts: &[Past], weights: &[f64]) -> f64 {
    let models = ["a".to_owned(), "b".to_owned()];
    let mut disclosure = disclosure(pasts);
    let mut second = 0;
    for iteration in 0..DRAWS {
        disclosure.iteration = iteration;
        let model = choice::model(&models, weights, &disclosure, 7);
        assert_eq!(model, choice::model(&models, weights, &disclosure, 7), "drawn anew each time");
        second += model;
    }
    second as f64 / DRAWS as f64
}

/// What it shows, the records of two models, their weights, and the share of the second: at least and at most.
type Case<'a> = (&'a str, &'a [Past], &'a [f64], f64, f64);

#[test]
fn the_model_that_has_most_kept_for_a_dollar_is_asked_most() {
    let unknown = |model, proposals, kept, tokens| Past {
        model,
        proposals,
        kept,
        tokens,
        usd: Some(Usd::UNKNOWN),
    };
    let cases: [Case<'_>; 10] = [
        ("no records: even", &[], &[], 0.42, 0.58),
        ("no records: by weights", &[], &[1.0, 3.0], 0.67, 0.83),
        (
            "one of them has too short a record: by weights",
            &[past("a", 50, 25, 0.01), past("b", 7, 0, 0.01)],
            &[1.0, 3.0],
            0.67,
            0.83,
        ),
        (
            "more kept at the same price",
            &[past("a", 50, 5, 0.01), past("b", 50, 25, 0.01)],
            &[],
            0.85,
            1.0,
        ),
        (
            "as many kept at a tenth of the price",
            &[past("a", 50, 10, 0.10), past("b", 50, 10, 0.01)],
            &[],
            0.85,
            1.0,
        ),
        (
            "twice as many kept at ten times the price",
            &[past("a", 50, 10, 0.01), past("b", 50, 20, 0.10)],
            &[],
            0.0,
            0.15,
        ),
        (
            "a weight is no part of it once there are records",
            &[past("a", 50, 5, 0.01), past("b", 50, 25, 0.01)],
            &[9.0, 1.0],
            0.8,
            1.0,
        ),
        (
            "but what has no weight is never asked",
            &[past("a", 50, 5, 0.01), past("b", 50, 25, 0.01)],
            &[1.0, 0.0],
            0.0,
            0.0,
        ),
        (
            "where a price isn't known, tokens are what they cost",
            &[unknown("a", 50, 10, 10_000), unknown("b", 50, 10, 1_000)],
            &[],
            0.85,
            1.0,
        ),
        (
            "what was long ago counts no more",
            &[past("b", 100, 0, 0.01), past("b", 100, 60, 0.01), past("a", 100, 20, 0.01)],
            &[],
            0.85,
            1.0,
        ),
    ];
    for (what, pasts, weights, least, most) in cases {
        let share = share_of_second(pasts, weights);
        assert!((least..=most).contains(&share), "{what}: the second is asked in {share} of cases");
    }
}

#[test]
fn readers_have_their_turn_when_tuning_no_longer_helps() {
    let mix = MixSettings { search: 1.0, llm: 1.0, agent: 0.0 };
    let share_of_search = |stale: u64, idea: Option<&str>| {
        let mut disclosure =
            Disclosure { stale, idea: idea.map(str::to_owned), ..Disclosure::default() };
        let mut search = 0;
        for iteration in 0..DRAWS {
            disclosure.iteration = iteration;
            let kind = choice::turn(&mix, &disclosure, 7);
            assert_ne!(kind, ProposerKind::Agent, "its share is 0");
            search += u64::from(kind == ProposerKind::Search);
        }
        search as f64 / DRAWS as f64
    };
    let shares = STAGES.map(|stale| share_of_search(stale, None));
    let [tune, structure, restart, hypothesis, notify] = shares;
    assert!(tune > structure && structure > restart && restart > hypothesis, "{shares:?}");
    assert!(notify > structure, "what costs nothing goes on: {shares:?}");
    let with_idea = share_of_search(0, Some("buy the dip"));
    assert!(with_idea <= 0.0, "a person's idea is for a reader");
}
