//! Certification: a look is earned, counted and written down before it is taken, and says pass or fail and nothing else.

use std::collections::BTreeMap;

use sprag::backtest::{self, Span};
use sprag::certify::{self, NotDue, due, weigh};
use sprag::check;
use sprag::evaluation::Arena;
use sprag::market::Market;
use sprag::program::{Program, Settings};
use sprag::state::ledger::{Entry, Look, Outcome, Trial};
use sprag::state::{
    Addition, BenchmarkSummary, Blobs, Record, SpanSummary, State, StatePath, Verdict,
};
use sprag::stats::sharpe::{SharpeEstimate, expected_max};
use sprag::verify;

use crate::campaign::{Campaign, easy, waves};
use crate::reconcile::driver::{blank, span, trial};
use crate::reconcile::model::{Disk, Model};

const BARS: usize = 1_400;

/// Rules that know how the waves go: what is so much better than luck earns a look soon.
const KNOWING: &str = "name = \"knowing\"\n\n[params]\nn = { value = 3, min = 2, max = 5 }\n\n\
    [long]\nenter = \"close < sma(close, n)\"\nexit = \"close > sma(close, n)\"\n";

/// A program under which they may look soon.
fn program() -> Program {
    easy(&["certify.patience=2", "split.holdout=0.3", "constraints.allow_short=false"])
}

fn start() -> Campaign {
    Campaign::starting_with(KNOWING)
}

fn looks(state: &State) -> Vec<(Look, Option<Outcome>)> {
    let ledger = state.ledger();
    let all = ledger.looks(ledger.epoch().unwrap());
    all.into_iter().map(|(look, outcome)| (look.clone(), outcome.cloned())).collect()
}

/// What looks said, without times.
fn said(state: &State) -> Vec<(String, Option<bool>)> {
    let all = looks(state).into_iter();
    all.map(|(look, outcome)| (look.candidate, outcome.unwrap().pass)).collect()
}

fn commits_of(disk: &Disk) -> Vec<State> {
    let mut all: Vec<State> =
        disk.lineage().into_iter().map(|files| State::read(files).unwrap()).collect();
    all.reverse();
    all
}

#[test]
fn a_look_is_committed_before_it_is_taken() {
    let campaign = start();
    campaign.run(&program(), &waves(BARS, BARS, 1.0), 30).unwrap();
    let state = campaign.state();
    let taken = looks(&state);
    let missing = due(&state, &program().settings, "now");
    assert!(!taken.is_empty(), "no look was earned: {missing:?}, {:?}", state.status());
    for (look, outcome) in &taken {
        assert!(outcome.as_ref().unwrap().pass.is_some());
        assert!(look.dsr >= 0.5 && look.trials >= 10);
        assert!((look.level - certify::level(look.look)).abs() < 1e-15);
    }
    let disk = campaign.model.disk.borrow();
    let mut entries = 0;
    let mut open = 0;
    for state in commits_of(&disk) {
        let all: Vec<Entry> = state.ledger().entries().cloned().collect();
        let new = &all[entries..];
        let about_looks = |entry: &&Entry| matches!(entry, Entry::Look(_) | Entry::Outcome(_));
        // A look is alone in its commit, and so is what it said.
        assert!(new.len() == 1 || new.iter().all(|entry| !about_looks(&entry)), "{new:?}");
        if let [Entry::Look(look)] = new {
            assert_eq!(state.ledger().open_look().unwrap().look(), look);
            assert_eq!(state.status().unwrap().holdout.looks, look.look);
            open += 1;
        }
        entries = all.len();
    }
    assert_eq!(open, taken.len());
    // No number of the holdout is anywhere: what an outcome holds is who, which, whether and when.
    let files = disk.head_files();
    let ledger = files[&StatePath::Ledger(0)].text().unwrap().to_owned();
    let outcome = ledger.lines().find(|line| line.contains("\"kind\":\"outcome\"")).unwrap();
    let outcome: serde_json::Value = serde_json::from_str(outcome.trim_end_matches(',')).unwrap();
    let keys: Vec<&String> = outcome.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 7, "{keys:?}");
    for key in ["format", "kind", "candidate", "epoch", "look", "pass", "at"] {
        assert!(outcome.get(key).is_some(), "{key}");
    }
}

/// Killed at any effect from the iteration that earns a look on, the loop spends that look once, and it says the same.
#[test]
fn a_kill_neither_saves_a_look_nor_spends_two() {
    let (program, market) = (program(), waves(BARS, BARS, 1.0));
    // The campaign up to just before the first look.
    let campaign = start();
    let before = (0..40).find_map(|_| {
        let before = campaign.model.disk.borrow().clone();
        campaign.run(&program, &market, 1).unwrap();
        (!looks(&campaign.state()).is_empty()).then_some(before)
    });
    let before = before.expect("no look was earned");
    let expected = said(&campaign.state());
    assert_eq!(expected.len(), 1);
    let mut kills = 0;
    for effects in 0.. {
        let campaign = Campaign { model: Model::default(), ..start() };
        *campaign.model.disk.borrow_mut() = before.clone();
        campaign.model.kill_after(Some(effects));
        let killed = campaign.run(&program, &market, 1).is_err();
        campaign.model.kill_after(None);
        if !killed {
            break;
        }
        kills += 1;
        let spent_before = looks(&campaign.state()).len();
        // The next run finishes what was begun; where the iteration itself was lost, it is done again.
        let missing = u64::from(campaign.records().len() == records_of(&before));
        campaign.run(&program, &market, missing).unwrap();
        assert_eq!(said(&campaign.state()), expected, "killed after {effects} effects");
        assert!(spent_before <= 1);
    }
    assert!(kills > 15, "only {kills} kills");
}

fn records_of(disk: &Disk) -> usize {
    State::read(&disk.head_files()).unwrap().history().len()
}

/// A certified strategy is called strong by what its look says of the trials: that is verified like any number.
#[test]
fn what_earned_a_look_is_verified() {
    let (program, market) = (program(), waves(BARS, BARS, 1.0));
    let campaign = start();
    campaign.run(&program, &market, 30).unwrap();
    let files = campaign.model.disk.borrow().head_files();
    let arena = Arena::new(&program, &market).unwrap();
    let again = |files: &Blobs| {
        let state = State::read(files).unwrap();
        let permission = state.ledger().written_looks().remove(0);
        let scripts = verify::scripts(state.history().records());
        let iteration = permission.look().iteration;
        let script = scripts.iter().find(|script| script.iteration == iteration).unwrap();
        verify::look_again(&arena, &state, &permission, script).unwrap().mismatch
    };
    assert_eq!(again(&files), None);
    let path = StatePath::Ledger(0);
    let text = files[&path].text().unwrap().to_owned();
    let line = text.lines().find(|line| line.contains("\"kind\":\"look\"")).unwrap();
    let (line, comma) = line.strip_suffix(',').map_or((line, ""), |line| (line, ","));
    let look: serde_json::Value = serde_json::from_str(line).unwrap();
    let edits = [
        ("dsr", (look["dsr"].as_f64().unwrap() * 0.99).into()),
        ("pbo", 0.123.into()),
        ("trials", (look["trials"].as_u64().unwrap() - 1).into()),
    ];
    for (key, value) in edits {
        let mut edited = look.clone();
        edited[key] = value;
        let edited = text.replace(&format!("{line}{comma}"), &format!("{edited}{comma}"));
        let files = BTreeMap::from_iter(files.clone().into_iter().chain([(path, edited.into())]));
        let mismatch = again(&files).unwrap();
        assert_eq!(mismatch.field, format!("looks.1.{key}"));
    }
}

/// Whatever the holdout's bars are, nothing differs but what looks say.
#[test]
fn the_holdout_decides_what_looks_say_and_nothing_else() {
    let program = program();
    let run = |market: &Market| {
        let campaign = start();
        campaign.run(&program, market, 30).unwrap();
        campaign.state()
    };
    let holdout = BARS - (BARS as f64 * 0.3) as usize;
    let (one, other) = (run(&waves(BARS, BARS, 1.0)), run(&falling(holdout)));
    let plain = |state: &State| -> Vec<Record> {
        let neutral = |record: &Record| Record {
            epoch: String::new(),
            data: String::new(),
            timing_ms: BTreeMap::new(),
            started: String::new(),
            finished: String::new(),
            luck: record.luck.clone(),
            ..record.clone()
        };
        state.history().records().iter().map(|record| neutral(record)).collect()
    };
    // Up to the first look both are the same campaign.
    let first = looks(&one)[0].0.iteration as usize;
    assert_eq!(plain(&one)[..=first], plain(&other)[..=first]);
    assert_eq!(looks(&one)[0].0.candidate, looks(&other)[0].0.candidate);
    let passes = |state: &State| looks(state)[0].1.as_ref().unwrap().pass;
    assert_eq!((passes(&one), passes(&other)), (Some(true), Some(false)));
}

/// The waves, and from bar `from` on a market that only falls.
fn falling(from: usize) -> Market {
    let mut symbols = waves(BARS, BARS, 1.0).symbols().to_vec();
    for bars in &mut symbols {
        for i in from..bars.close.len() {
            let open = bars.close[i - 1] * 0.999;
            let close = open * if i % 2 == 0 { 0.998 } else { 0.985 };
            (bars.open[i], bars.close[i]) = (open, close);
            (bars.high[i], bars.low[i]) = (open.max(close) * 1.001, open.min(close) * 0.999);
        }
    }
    Market::new(symbols)
}

/// A look that was written for other data is spent and says nothing.
#[test]
fn a_look_that_cannot_be_taken_any_more_is_lost() {
    let (program, market) = (program(), waves(BARS, BARS, 1.0));
    let campaign = start();
    let mut effects = 0;
    // Killed until the look is committed and not taken.
    while campaign.state().ledger().open_look().is_none() {
        effects += 1;
        assert!(effects < 2_000, "no look was earned");
        campaign.model.kill_after(Some(1 + effects % 23));
        let _ = campaign.run(&program, &market, 1);
        campaign.model.kill_after(None);
    }
    let mut dearer = program;
    dearer.set("costs.fee_bps=7").unwrap();
    campaign.run(&dearer, &market, 0).unwrap();
    let outcomes: Vec<Option<bool>> = campaign
        .state()
        .ledger()
        .entries()
        .filter_map(|entry| match entry {
            Entry::Outcome(outcome) => Some(outcome.pass),
            _ => None,
        })
        .collect();
    assert_eq!(outcomes.last(), Some(&None));
    assert_eq!(campaign.state().status().unwrap().holdout.looks as usize, outcomes.len());
}

/// The test is the probabilistic Sharpe ratio of the holdout, computed here from a plain backtest, against the level.
#[test]
fn a_look_passes_exactly_from_its_level_on() {
    let market = waves(BARS, BARS, 1.0);
    let candidate = check::read("strategy.toml", KNOWING).unwrap_or_else(|flaw| panic!("{flaw}"));
    let hash = candidate.hash().as_str();
    let passes = |fee_bps: f64| {
        let mut program = program();
        program.set(&format!("costs.fee_bps={fee_bps}")).unwrap();
        let arena = Arena::new(&program, &market).unwrap();
        let settings = &program.settings;
        let layout = backtest::layout(market.timeline(), &settings.split).unwrap();
        let fold = layout.holdout.unwrap().fold;
        assert_eq!(Some(fold.ticks.clone()), arena.holdout_ticks());
        let (costs, folds) = (&settings.costs, [fold]);
        let run = backtest::run(&candidate.compiled, &market, &folds, &settings.backtest, costs);
        let returns = run.returns(Span::Holdout).concat();
        let psr = SharpeEstimate::of(&returns).unwrap().psr(0.0).unwrap();
        let take = |epoch: &str, candidate_hash: &str| {
            arena.look(&permission(look(epoch, candidate_hash)), &candidate.compiled)
        };
        assert_eq!(take(arena.epoch(), hash), Some(psr >= 1.0 - certify::level(1)));
        // It is for one strategy in one epoch.
        assert_eq!(take("another epoch", hash), None);
        assert_eq!(take(arena.epoch(), "another strategy"), None);
        psr >= 1.0 - certify::level(1)
    };
    // Between a fee at which it passes and one at which it doesn't, to a billionth of a basis point.
    let (mut pass, mut fail) = (0.0, 400.0);
    assert!(passes(pass) && !passes(fail));
    while fail - pass > 1e-9 {
        let between = f64::midpoint(pass, fail);
        *(if passes(between) { &mut pass } else { &mut fail }) = between;
    }
}

fn look(epoch: &str, candidate: &str) -> Look {
    Look {
        look: 1,
        iteration: 0,
        candidate: candidate.into(),
        epoch: epoch.into(),
        level: certify::level(1),
        trials: 12,
        dsr: 0.6,
        pbo: None,
        at: "2024-05-06T07:08:09Z".into(),
    }
}

/// What a repository that holds this look gives.
fn permission(look: Look) -> sprag::state::ledger::WrittenLook {
    let (epoch, candidate) = (look.epoch.clone(), look.candidate.clone());
    let state = state(&[record(0, &epoch, &candidate)], |_| {}, vec![Entry::Look(look)]);
    state.ledger().open_look().unwrap()
}

fn record(iteration: u64, epoch: &str, candidate: &str) -> Record {
    Record {
        verdict: if iteration == 0 { Verdict::Baseline } else { Verdict::Rejected },
        candidate: Some(candidate.into()),
        trial: Some(iteration + 1),
        score: Some(10.0),
        ..blank(iteration, epoch)
    }
}

/// A state with these records, whose trials `shape` may change, and these further entries, read from its files.
fn state(records: &[Record], shape: impl Fn(&mut Trial), more: Vec<Entry>) -> State {
    let mut files = BTreeMap::new();
    let mut add = |added: Addition| {
        let step = State::read(&files).unwrap().step(added, usize::MAX).unwrap();
        for change in step.changes {
            files.insert(change.path, change.text.as_str().into());
        }
    };
    for record in records {
        let mut ledger = Vec::new();
        if record.verdict == Verdict::Baseline {
            ledger.push(Entry::Epoch(span(record.iteration, &record.epoch)));
        }
        let mut trial =
            trial(record.iteration, record.trial.unwrap(), record.candidate.as_ref().unwrap());
        shape(&mut trial);
        ledger.push(Entry::Trial(trial));
        add(Addition { record: Some(record.clone()), ledger, strategy: None });
    }
    for entry in more {
        add(Addition { ledger: vec![entry], ..Addition::default() });
    }
    State::read(&files).unwrap()
}

/// So many trials, the first of them the incumbent.
fn campaign_of(trials: u64) -> Vec<Record> {
    (0..trials).map(|number| record(number, "e", &format!("c{number}"))).collect()
}

#[test]
fn what_is_missing_for_a_look_is_said() {
    let mut settings = Settings::default();
    settings.certify.patience = 5;
    let shape = |sharpe: f64| {
        move |trial: &mut Trial| {
            trial.sharpe = Some(if trial.iteration == 0 { sharpe } else { 0.0 });
        }
    };
    let with =
        |records: &[Record], sharpe: f64, more: Vec<Entry>| state(records, shape(sharpe), more);
    let missing = |state: &State, settings: &Settings| due(state, settings, "now").unwrap_err();
    let records = campaign_of(12);
    let earned = with(&records, 0.2, vec![]);
    let look = due(&earned, &settings, "now").unwrap();
    assert_eq!((look.look, look.iteration, look.trials), (1, 0, 12));
    assert_eq!(
        (look.candidate.as_str(), look.epoch.as_str(), look.at.as_str()),
        ("c0", "e", "now")
    );

    let off = Settings {
        certify: sprag::program::CertifySettings { looks: false, ..settings.certify.clone() },
        ..settings.clone()
    };
    assert_eq!(missing(&earned, &off), NotDue::Off);
    assert_eq!(missing(&State::read(&Blobs::new()).unwrap(), &settings), NotDue::NoHoldout);
    assert_eq!(missing(&with(&campaign_of(4), 0.2, vec![]), &settings), NotDue::Patience(2));
    let few = with(&campaign_of(9), 0.2, vec![]);
    assert_eq!(missing(&few, &settings), NotDue::Insufficient("fewer than 10 trials"));
    // One bar less than 250 is too few.
    let short = state(&records, |trial| trial.bars = 249, vec![]);
    assert_eq!(missing(&short, &settings), NotDue::Insufficient("fewer than 250 bars"));
    let weak = with(&records, 0.03, vec![]);
    let NotDue::Dsr { dsr, .. } = missing(&weak, &settings) else { panic!() };
    assert!(dsr < 0.5);

    let first = look_for(0, 1);
    let failed = Entry::Outcome(outcome(&first, Some(false)));
    let looked_at = with(&records, 0.2, vec![Entry::Look(first), failed]);
    assert!(matches!(missing(&looked_at, &settings), NotDue::LookedAt(_)));
    let spent = (1..=3).flat_map(|number| {
        let look = look_for(number, number);
        let said = Entry::Outcome(outcome(&look, Some(false)));
        [Entry::Look(look), said]
    });
    assert_eq!(missing(&with(&records, 0.2, spent.collect()), &settings), NotDue::Retired);

    let summary = |sharpe| SpanSummary {
        total_return: None,
        cagr: None,
        volatility: None,
        sharpe,
        max_drawdown: None,
    };
    let market = BenchmarkSummary { in_sample: summary(None), out_of_sample: summary(Some(1.1)) };
    let mut below = records;
    below[0].benchmark = Some(market);
    below[0].out_of_sample = Some(serde_json::json!({ "sharpe": 1.05 }).into());
    let below = with(&below, 0.2, vec![]);
    assert_eq!(missing(&below, &settings), NotDue::BelowBenchmark);
    settings.gates.benchmark = false;
    assert!(due(&below, &settings, "now").is_ok());
}

/// The look at the candidate of an iteration.
fn look_for(iteration: u64, number: u64) -> Look {
    let level = certify::level(number);
    Look { look: number, iteration, level, ..look("e", &format!("c{iteration}")) }
}

fn outcome(look: &Look, pass: Option<bool>) -> Outcome {
    Outcome {
        candidate: look.candidate.clone(),
        epoch: look.epoch.clone(),
        look: look.look,
        pass,
        at: look.at.clone(),
    }
}

/// By the formulas, from the ledger's own numbers: V is the variance over trials, but at least 1/T.
#[test]
fn the_deflated_sharpe_ratio_reckons_with_every_trial() {
    let spread = [0.09, -0.05, 0.02, 0.11, -0.08, 0.04, 0.0, -0.1, 0.07, 0.03, -0.02, 0.12];
    let records: Vec<Record> = (0..12).map(|n| record(n, "e", &format!("c{n}"))).collect();
    let state =
        state(&records, |trial| trial.sharpe = Some(spread[trial.iteration as usize]), vec![]);
    let ledger = state.ledger();
    let span = ledger.epoch().unwrap();
    let trial = ledger.trial("e", "c3").unwrap();
    let tried = ledger.tried(span);
    let found = weigh(trial, &tried, span.bars_per_year);
    let mean = spread.iter().sum::<f64>() / 12.0;
    let variance = spread.iter().map(|sr| (sr - mean).powi(2)).sum::<f64>() / 11.0;
    assert!(variance > 1.0 / 500.0);
    let expected = expected_max(12, variance);
    let estimate = SharpeEstimate { sr: 0.11, n: 500, skew: 0.0, kurtosis: 3.0 };
    assert_eq!(found.dsr.unwrap().to_bits(), estimate.psr(expected).unwrap().to_bits());
    assert!((found.luck.annual_sharpe.unwrap() - expected * 252_f64.sqrt()).abs() < 1e-12);
    assert_eq!(found.luck.trials, 12);
    assert!(found.pbo.is_ok());
    // With hardly any spread, the error of a Sharpe ratio of 500 bars is what luck has to work with.
    let floor = weigh(
        trial,
        &{
            let mut alike = tried;
            alike.sharpes = vec![0.02; 12];
            alike
        },
        span.bars_per_year,
    );
    let expected = expected_max(12, 1.0 / 500.0) * 252_f64.sqrt();
    assert!((floor.luck.annual_sharpe.unwrap() - expected).abs() < 1e-12);
}

/// With looks switched off a campaign is the same but for them.
#[test]
fn without_looks_the_search_goes_the_same_way() {
    let market = waves(BARS, BARS, 1.0);
    let verdicts = |setting: &str| {
        let campaign = start();
        let mut program = program();
        program.set(setting).unwrap();
        campaign.run(&program, &market, 30).unwrap();
        let state = campaign.state();
        let records = state.history().records().iter();
        let plain: Vec<_> = records.map(|r| (r.verdict, r.score, r.candidate.clone())).collect();
        (plain, state.status().unwrap().holdout.looks)
    };
    let (with, looks) = verdicts("certify.looks=true");
    let (without, none) = verdicts("certify.looks=false");
    assert_eq!(with, without);
    assert!(looks > 0 && none == 0);
}
