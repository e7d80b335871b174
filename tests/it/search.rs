//! The offline search: what it proposes, over thousands of proposals and odd incumbents.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sprag::program::ConstraintSettings;
use sprag::propose::search::{
    self, Exhausted, InSample, MAX_HYPOTHESIS_CHARS, baseline, operators,
};
use sprag::propose::{Author, Disclosure, PastProposal, Proposal, Refusal};
use sprag::state::Verdict;
use sprag::strategy::{CandidateHash, Compiled, Edit, Strategy, apply, compile, format};

const SHIPPED: &str = include_str!("../../state/strategy.toml");

const LONG_AND_SHORT: &str = "name = 'both sides'
[params]
n = { value = 50, min = 20, max = 200 }
wide = { value = 1.5, min = 0.5, max = 4.0 }
[let]
up = 'close > sma(close, n)'
quiet = 'natr(14) < wide * sma(natr(14), 100)'
[long]
enter = 'up and quiet and rsi(close, 14) < 70'
exit = 'not up or zscore(close, 20) > 2.5'
[short]
enter = 'not up and rsi(close, 14) > 30'
exit = 'up'
[risk]
trailing_stop = '12%'
[size]
weight = 'min(1, 2 / natr(20))'
";
const MINIMAL: &str = "[long]\nenter = 'close > close[10]'\nexit = 'close < close[5]'\n";
const SHORT_ONLY: &str =
    "[short]\nenter = 'close < lowest(low, 20)[1]'\n[risk]\nmax_bars = 10\nstop_loss = '5%'\n";
const ODD: &str = "# nothing used, nothing bounded\n[params]\nidle = 3\nstep = { value = 4 }\n\
    [let]\nspare = 'close > open'\n[long]\nenter = \"\"\"close\n  > open\"\"\"\n[risk]\nmax_bars = 'step * 5'\n";
/// Values of other symbols, of longer bars and across the universe.
const OTHER_BARS: &str = "[params]
n = { value = 50, min = 20, max = 200 }
top = { value = 0.7, min = 0.5, max = 0.9 }
[let]
bull = \"symbol('SPX', close > sma(close, n))\"
strength = 'xs_rank(roc(close, n))'
[long]
enter = 'bull and strength > top and timeframe(\"1w\", rsi(close, 14) < 70)'
exit = 'not bull or symbol(\"SPX\", zscore(close, 20)) > 2.5 or xs_zscore(natr(14)) > 3'
[risk]
stop_loss = 'timeframe(\"1w\", atr(5))'
[size]
rank = 'strength - xs_mean(strength)'
";

/// The operator that needs the in-sample span.
const REFINE: &str = "refine";
const SURVEY: &str = "survey";
/// Operators that propose nothing without the in-sample span.
const IN_SAMPLE: [&str; 2] = [REFINE, SURVEY];

/// The record of a campaign that has made its first surveys.
fn surveyed() -> Vec<Arc<PastProposal>> {
    shared(past(SURVEY, false), 9)
}

/// A proposal without a look at the in-sample span.
fn propose(disclosure: &Disclosure, seed: u64) -> Result<Proposal, Exhausted> {
    search::propose(disclosure, seed, None)
}

fn read(text: &str) -> (Strategy, Compiled) {
    let strategy =
        Strategy::parse("strategy.toml", text).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    let compiled = compile(&strategy, ("strategy.toml", text)).unwrap_or_else(|findings| {
        let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
        panic!("{}\n{text}", findings.join("\n"))
    });
    (strategy, compiled)
}

fn start(incumbent: &str) -> Disclosure {
    Disclosure {
        incumbent: incumbent.into(),
        symbols: 4,
        tried: BTreeSet::from([read(incumbent).1.hash]),
        ..Disclosure::default()
    }
}

/// What any proposal must be; returns the candidate that it makes.
#[track_caller]
fn check(disclosure: &Disclosure, proposal: &Proposal) -> (String, Compiled) {
    let Proposal { edits, hypothesis, expected: None, by } = proposal else {
        panic!("{proposal:?}")
    };
    let Author { kind: "search", name: Some(operator), prompt: None, reads: false } = by else {
        panic!("{by:?}")
    };
    assert!(!edits.is_empty());
    let text = apply(&disclosure.incumbent, edits).unwrap_or_else(|e| panic!("{edits:?}: {e}"));
    let (strategy, compiled) = read(&text);
    assert!(!disclosure.tried.contains(&compiled.hash), "{operator} proposed again: {edits:?}");
    let constraints = &disclosure.constraints;
    assert!(compiled.nodes <= constraints.max_nodes, "{} nodes", compiled.nodes);
    assert!(strategy.params.len() <= constraints.max_params, "{} params", strategy.params.len());
    assert!(constraints.allow_short || strategy.short.is_none());
    // Nothing rots: what the change made idle went with it. Only `ODD` has idle names of its own.
    let idle: Vec<&String> = compiled.unused.iter().collect();
    assert!(idle.iter().all(|name| ["idle", "spare"].contains(&name.as_str())), "{idle:?}");
    for param in &strategy.params {
        let (least, most) = param.bounds.unwrap_or((param.value, param.value));
        assert!((least..=most).contains(&param.value), "{param:?}");
    }
    let length = hypothesis.chars().count();
    assert!(
        (20..=MAX_HYPOTHESIS_CHARS).contains(&length) && length < 300,
        "{length}: {hypothesis}"
    );
    assert!(!hypothesis.contains(char::is_control) && hypothesis.ends_with('.'), "{hypothesis}");
    assert!(operators().any(|(name, _)| name == operator), "{operator}");
    (text, compiled)
}

/// Fails if one of the edits could be left out.
#[track_caller]
fn check_minimal(disclosure: &Disclosure, edits: &[Edit]) {
    let text = apply(&disclosure.incumbent, edits).unwrap();
    for i in 0..edits.len() {
        let mut fewer = edits.to_vec();
        let edit = fewer.remove(i);
        let without = apply(&disclosure.incumbent, &fewer).ok();
        assert_ne!(without, Some(text.clone()), "{edit} changes nothing");
    }
}

/// Runs the loop for `n` iterations and accepts every `period`-th proposal, on average. Returns how
/// often each operator proposed.
fn simulate(disclosure: &mut Disclosure, n: u64, period: u64) -> BTreeMap<String, usize> {
    let mut used = BTreeMap::new();
    let mut dice = 1_u64;
    for _ in 0..n {
        let proposal = propose(disclosure, 1).unwrap();
        let (text, compiled) = check(disclosure, &proposal);
        *used.entry(operator(&proposal)).or_default() += 1;
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let accepted = (dice >> 33).is_multiple_of(period);
        advance(disclosure, &proposal, (text, compiled.hash), accepted);
    }
    used
}

fn operator(proposal: &Proposal) -> String {
    proposal.by.name.clone().unwrap()
}

fn past(operator: &str, accepted: bool) -> PastProposal {
    let verdict = if accepted { Verdict::Accepted } else { Verdict::Rejected };
    PastProposal { operator: operator.into(), verdict, ..PastProposal::default() }
}

/// The same proposal so many times.
fn shared(proposal: PastProposal, times: usize) -> Vec<Arc<PastProposal>> {
    std::iter::repeat_n(Arc::new(proposal), times).collect()
}

fn advance(
    disclosure: &mut Disclosure,
    proposal: &Proposal,
    (text, hash): (String, CandidateHash),
    accepted: bool,
) {
    disclosure.tried.insert(hash);
    disclosure.past.push(Arc::new(PastProposal {
        iteration: disclosure.iteration,
        edits: proposal.edits.clone(),
        ..past(&operator(proposal), accepted)
    }));
    disclosure.stale += 1;
    if accepted {
        let old = std::mem::replace(&mut disclosure.incumbent, text);
        disclosure.ancestors.push(old);
        disclosure.stale = 0;
    }
    disclosure.iteration += 1;
    disclosure.refused.clear();
}

#[test]
fn the_shipped_strategy_is_canonical_and_leaves_room() {
    assert_eq!(format("strategy.toml", SHIPPED).unwrap(), SHIPPED);
    let (_, compiled) = read(SHIPPED);
    let constraints = ConstraintSettings::default();
    assert!(compiled.unused.is_empty() && compiled.short.is_none());
    assert!(compiled.nodes * 3 < constraints.max_nodes, "{}", compiled.nodes);
}

#[test]
fn the_same_state_gives_the_same_proposal_and_another_one_another() {
    let mut disclosure = start(SHIPPED);
    simulate(&mut disclosure, 30, 10);
    let first = propose(&disclosure, 1).unwrap();
    assert_eq!(propose(&disclosure.clone(), 1).unwrap(), first);
    assert_ne!(propose(&disclosure, 2).unwrap(), first);
    let next = Disclosure { iteration: disclosure.iteration + 1, ..disclosure.clone() };
    assert_ne!(propose(&next, 1).unwrap(), first);
}

#[test]
fn a_known_state_gives_a_known_proposal() {
    // Pinned: a change here means that every campaign goes another way from the same state.
    let proposals: Vec<String> = (0..3)
        .map(|iteration| {
            let proposal = propose(&Disclosure { iteration, ..start(MINIMAL) }, 1).unwrap();
            let edits: Vec<String> = proposal.edits.iter().map(ToString::to_string).collect();
            format!("{}: {}", operator(&proposal), edits.join("; "))
        })
        .collect();
    insta::assert_snapshot!(proposals.join("\n"), @r#"
    tune: set long.exit = "close < close[4]"
    tune: set long.exit = "close < close[4]"
    add: set long.enter = "close > close[10] and percent_rank(close, 250) > 40"
    "#);
}

#[test]
fn what_was_refused_is_not_proposed_again() {
    let mut disclosure = start(SHIPPED);
    let mut seen = Vec::new();
    for _ in 0..5 {
        let proposal = propose(&disclosure, 1).unwrap();
        let hash = check(&disclosure, &proposal).1.hash;
        assert!(!seen.contains(&hash));
        seen.push(hash);
        disclosure.refused.push(Refusal { edits: proposal.edits, reason: "no".into() });
    }
    // Neither under another iteration, whatever its random numbers.
    for iteration in 1..200 {
        let disclosure = Disclosure { iteration, ..disclosure.clone() };
        let proposal = propose(&disclosure, 1).unwrap();
        assert!(!seen.contains(&check(&disclosure, &proposal).1.hash));
    }
}

#[test]
fn two_thousand_proposals_are_valid_new_and_of_every_kind() {
    let mut disclosure = start(SHIPPED);
    let used = simulate(&mut disclosure, 2_000, 40);
    for (name, _) in operators().filter(|(name, _)| !IN_SAMPLE.contains(name)) {
        assert!(used.get(name).copied().unwrap_or(0) >= 10, "{name}: {used:?}");
    }
    assert_eq!(disclosure.tried.len(), 2_001);
    assert!(disclosure.ancestors.len() > 20);
}

#[test]
fn every_operator_makes_valid_changes_of_every_incumbent_that_has_something_for_it() {
    let names: Vec<&str> = operators().map(|(name, _)| name).collect();
    for incumbent in [SHIPPED, LONG_AND_SHORT, MINIMAL, SHORT_ONLY, ODD, OTHER_BARS] {
        let mut used = BTreeSet::new();
        for stale in [0, 15, 30, 100] {
            // Each has its turn as the one with the best record.
            for (iteration, name) in (0..).zip(names.iter().cycle().take(99)) {
                let disclosure = Disclosure {
                    iteration,
                    stale,
                    past: shared(past(name, true), 20),
                    ancestors: vec![LONG_AND_SHORT.into(), SHIPPED.into()],
                    ..start(incumbent)
                };
                let proposal = propose(&disclosure, 1).unwrap();
                check(&disclosure, &proposal);
                check_minimal(&disclosure, &proposal.edits);
                used.insert(operator(&proposal));
            }
        }
        let missing: Vec<&str> = operators()
            .map(|(name, _)| name)
            .filter(|name| !IN_SAMPLE.contains(name) && !used.contains(*name))
            .collect();
        // A rule of one condition has nothing to drop.
        let single = [MINIMAL, SHORT_ONLY, ODD].contains(&incumbent);
        let expected: &[&str] = if single { &["drop"] } else { &[] };
        assert!(missing.iter().all(|name| expected.contains(name)), "{missing:?}\n{incumbent}");
    }
}

#[test]
fn constraints_hold_where_there_is_hardly_room() {
    let constraints = ConstraintSettings { max_nodes: 24, max_params: 2, allow_short: false };
    let incumbent = "[params]\nn = { value = 20, min = 10, max = 90 }\n\
        [long]\nenter = 'close > sma(close, n)'\nexit = 'close < sma(close, n)'\n";
    let mut disclosure = Disclosure { constraints, ..start(incumbent) };
    let used = simulate(&mut disclosure, 400, 20);
    assert!(used.len() >= 8, "{used:?}");
}

#[test]
fn values_that_must_stay_whole_or_fixed_do() {
    for iteration in 0..300 {
        let disclosure = Disclosure { iteration, ..start(LONG_AND_SHORT) };
        let proposal = propose(&disclosure, 1).unwrap();
        for edit in &proposal.edits {
            if let Edit::Set { set, to } = edit
                && set == "params.n.value"
            {
                assert!(to.is_i64(), "{edit}");
            }
        }
        let disclosure = Disclosure { iteration, ..start(ODD) };
        let proposal = propose(&disclosure, 1).unwrap();
        let moved = |edit: &Edit| edit.to_string().starts_with("set params.step");
        assert!(!proposal.edits.iter().any(moved), "a parameter without bounds is fixed");
    }
}

#[test]
fn a_mirrored_short_trades_the_opposite() {
    let mirrored = (0..2_000).find_map(|iteration| {
        let disclosure = Disclosure { iteration, stale: 30, ..start(SHIPPED) };
        let proposal = propose(&disclosure, 1).ok().filter(|p| operator(p) == "side")?;
        apply(SHIPPED, &proposal.edits).ok()
    });
    let strategy = Strategy::parse("s", &mirrored.unwrap()).unwrap();
    let short = strategy.short.unwrap();
    assert_eq!(
        short.enter.expr.to_string(),
        "short_trend and cross_below(rsi(close, 14), 100 - recovery)"
    );
    assert_eq!(short.exit.unwrap().expr.to_string(), "cross_above(close, sma(close, slow))");
    let trend = strategy.lets.iter().find(|(name, _)| name == "short_trend").unwrap();
    assert_eq!(trend.1.expr.to_string(), "ema(close, fast) < ema(close, slow)");
}

#[test]
fn a_better_record_is_used_more() {
    let share = |good: &str| {
        let mut records = Vec::new();
        for i in 0..40 {
            for (name, _) in operators() {
                records.push(Arc::new(past(name, name == good && i % 4 == 0)));
            }
        }
        let proposed = |iteration| {
            let disclosure =
                Disclosure { iteration, stale: 10, past: records.clone(), ..start(SHIPPED) };
            operator(&propose(&disclosure, 1).unwrap()) == good
        };
        (0..200).filter(|iteration| proposed(*iteration)).count()
    };
    for good in ["risk", "add", "size"] {
        assert!(share(good) > 80, "{good}: {} of 200", share(good));
    }
}

/// Any number of a candidate will do that has nothing to do with how drafts are drawn.
fn number(compiled: &Compiled) -> f64 {
    f64::from(u32::from_str_radix(&compiled.hash.to_string()[..6], 16).unwrap())
}

#[test]
fn of_the_drafts_that_were_tried_in_sample_the_best_is_proposed() {
    let (mut contests, mut rises) = (0, 0);
    for iteration in 0..80 {
        let judged = RefCell::new(Vec::new());
        let judge = |compiled: &Compiled| {
            judged.borrow_mut().push(number(compiled));
            Some(number(compiled))
        };
        let disclosure = Disclosure { iteration, stale: 15, past: surveyed(), ..start(SHIPPED) };
        let in_sample = InSample { judge: &judge, drafts: 8 };
        let proposal = search::propose(&disclosure, 1, Some(in_sample)).unwrap();
        let (_, compiled) = check(&disclosure, &proposal);
        let judged = judged.take();
        // The incumbent is looked at first.
        let Some((standard, looked)) = judged.split_first() else { continue };
        if IN_SAMPLE.contains(&operator(&proposal).as_str()) {
            continue;
        }
        let mine = number(&compiled);
        let most = looked.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!((mine - most).abs() < 1.0, "{mine} of {looked:?}");
        // No more are tried than it takes to have two that rise.
        let rising = looked.iter().filter(|value| *value > standard).count();
        assert!(rising <= 2 && (rising > 0 || looked.len() == 8), "{standard} {looked:?}");
        contests += 1;
        rises += usize::from(mine > *standard);
    }
    assert!(contests > 40 && rises > contests * 9 / 10, "{contests} {rises}");
}

#[test]
fn what_changes_nothing_in_sample_is_not_proposed_while_there_is_something_else() {
    let incumbent = read(SHIPPED).1.hash;
    let idle = |compiled: &Compiled| compiled.hash == incumbent || number(compiled) % 4.0 > 0.0;
    let (mut contests, mut others) = (0, 0);
    for iteration in 0..60 {
        let judged = RefCell::new(Vec::new());
        let judge = |compiled: &Compiled| {
            judged.borrow_mut().push(idle(compiled));
            Some(if idle(compiled) { 5.0 } else { 4.0 })
        };
        let disclosure = Disclosure { iteration, stale: 15, past: surveyed(), ..start(SHIPPED) };
        let in_sample = InSample { judge: &judge, drafts: 12 };
        let proposal = search::propose(&disclosure, 1, Some(in_sample)).unwrap();
        let (_, compiled) = check(&disclosure, &proposal);
        let judged = judged.take();
        if judged.is_empty() || IN_SAMPLE.contains(&operator(&proposal).as_str()) {
            continue;
        }
        assert_eq!(idle(&compiled), judged.iter().all(|idle| *idle), "{judged:?}");
        contests += 1;
        others += usize::from(!idle(&compiled));
    }
    assert!(contests > 30 && others > contests * 3 / 4, "{contests} {others}");
}

#[test]
fn a_campaign_begins_with_the_plain_rules_that_do_best_in_sample() {
    let mut surveys = 0;
    for iteration in 0..40 {
        let judged = RefCell::new(Vec::new());
        let judge = |compiled: &Compiled| {
            judged.borrow_mut().push(number(compiled));
            Some(number(compiled))
        };
        let disclosure = Disclosure { iteration, ..start(SHIPPED) };
        let in_sample = InSample { judge: &judge, drafts: 8 };
        let proposal = search::propose(&disclosure, 1, Some(in_sample)).unwrap();
        let (text, compiled) = check(&disclosure, &proposal);
        if operator(&proposal) != SURVEY {
            continue;
        }
        surveys += 1;
        assert!(!text.contains("stop_loss") && !text.contains("max_bars"), "{text}");
        let judged = judged.take();
        let most = judged.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!(judged.len() > 20 && (number(&compiled) - most).abs() < 1.0, "{judged:?}");
    }
    assert!((20..40).contains(&surveys), "{surveys}");
    // After nine of them whatever has the best record proposes.
    let later = (0..40).filter(|iteration| {
        let disclosure = Disclosure { iteration: *iteration, past: surveyed(), ..start(SHIPPED) };
        let in_sample = InSample { judge: &|compiled| Some(number(compiled)), drafts: 8 };
        operator(&search::propose(&disclosure, 1, Some(in_sample)).unwrap()) == SURVEY
    });
    assert_eq!(later.count(), 0);
}

#[test]
fn drafts_that_cannot_be_judged_leave_the_first() {
    for iteration in 0..20 {
        let disclosure = Disclosure { iteration, stale: 15, ..start(SHIPPED) };
        let blind = propose(&disclosure, 1).unwrap();
        let in_sample = InSample { judge: &|_| None, drafts: 6 };
        let proposal = search::propose(&disclosure, 1, Some(in_sample)).unwrap();
        assert!(proposal == blind || operator(&proposal) == REFINE, "{proposal:?}\n{blind:?}");
    }
}

#[test]
fn numbers_move_to_where_they_do_best_in_sample() {
    // Best where positions end after 85 bars; the incumbent has 60.
    let judge = |compiled: &Compiled| compiled.max_bars.map(|bars| -(f64::from(bars) - 85.0).abs());
    let past = [shared(past(REFINE, true), 60), surveyed()].concat();
    let mut found = Vec::new();
    for iteration in 0..12 {
        let disclosure = Disclosure { iteration, past: past.clone(), ..start(SHIPPED) };
        let in_sample = InSample { judge: &judge, drafts: 4 };
        let proposal = search::propose(&disclosure, 1, Some(in_sample)).unwrap();
        let (_, compiled) = check(&disclosure, &proposal);
        assert_eq!(search::propose(&disclosure, 1, Some(in_sample)).unwrap(), proposal);
        if operator(&proposal) == REFINE {
            found.push(judge(&compiled).unwrap());
        }
    }
    assert!(found.len() >= 6, "{found:?}");
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    assert!(mean > -6.0, "{found:?}");
}

#[test]
fn what_is_measured_against_proposes_by_the_same_rules() {
    let mut disclosure = start(SHIPPED);
    for most_changes in [1, 5] {
        for iteration in 0..150 {
            disclosure.iteration = iteration;
            let (text, compiled) = baseline::draw(&disclosure, 1, most_changes).unwrap();
            let (strategy, again) = read(&text);
            assert_eq!(again.hash, compiled.hash);
            assert!(disclosure.tried.insert(compiled.hash), "{text}");
            assert!(again.nodes <= 120 && strategy.params.len() <= 10, "{text}");
        }
    }
}

#[test]
fn a_search_with_nothing_left_ends_and_says_so() {
    // Two numbers that can move, and no room for anything else.
    let incumbent = "[params]\nn = { value = 6, min = 5, max = 8 }\n\
        [long]\nenter = 'close > close[n]'\nexit = 'close < close[n]'\n";
    let constraints = ConstraintSettings { max_nodes: 10, max_params: 1, allow_short: false };
    let mut disclosure = Disclosure { constraints, symbols: 1, ..start(incumbent) };
    let mut proposals = 0;
    let error = loop {
        match propose(&disclosure, 1) {
            Err(error) => break error,
            Ok(proposal) => {
                let (text, compiled) = check(&disclosure, &proposal);
                advance(&mut disclosure, &proposal, (text, compiled.hash), false);
                proposals += 1;
            }
        }
        assert!(proposals < 20_000);
    };
    assert!(proposals >= 3, "{proposals}");
    let Exhausted::Drafts { tried, refused, idle } = &error else { panic!("{error}") };
    assert!(*tried > 0 && *refused > 0 && tried + refused + idle == 200, "{error}");
    assert!(error.to_string().contains("max_nodes"), "{error}");
}

#[test]
fn a_wrong_incumbent_is_reported_rather_than_changed() {
    for wrong in ["", "[long]", "[long]\nenter = 'cloze > 1'\nexit = 'false'"] {
        let disclosure = Disclosure { incumbent: wrong.into(), ..Disclosure::default() };
        assert!(matches!(propose(&disclosure, 1), Err(Exhausted::Incumbent(_))), "{wrong}");
    }
}

#[test]
fn broken_ancestors_and_foreign_records_do_no_harm() {
    let past = PastProposal {
        edits: vec![Edit::remove("nowhere.at.all")],
        failed_gates: vec!["max_drawdown".into()],
        ..past("some-model", true)
    };
    for iteration in 0..100 {
        let disclosure = Disclosure {
            iteration,
            stale: 40,
            symbols: 0,
            ancestors: vec!["not a strategy".into(), String::new()],
            past: vec![Arc::new(past.clone())],
            refused: vec![Refusal { edits: past.edits.clone(), reason: "no such path".into() }],
            ..start(SHIPPED)
        };
        let proposal = propose(&disclosure, 1).unwrap();
        check(&disclosure, &proposal);
    }
}

#[test]
fn the_page_about_the_search_lists_its_operators() {
    let page = include_str!("../../docs/search.md");
    let rows: Vec<String> =
        operators().map(|(name, summary)| format!("| `{name}` | {summary} |")).collect();
    assert!(page.contains(&rows.join("\n")), "docs/search.md should have\n{}", rows.join("\n"));
}
