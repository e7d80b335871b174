//! No out-of-sample and no holdout number reaches a proposer: they are tainted here with numbers that can't be missed,
//! and looked for in everything that a proposer is given.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use sprag::program::Settings;
use sprag::propose::{Discloser, Refusal, Rung, Told};
use sprag::state::{Record, State, StatePath, Verdict};

use crate::campaign::{Campaign, RULES, easy, waves};
use crate::scan;

/// Digits that nothing has by chance.
const TAINT: &str = "771133";

/// Puts a number of its own in the place of every number.
fn taint(value: &mut Value, made: &mut u64) {
    match value {
        Value::Number(number) => {
            *made += 1;
            *value = if number.is_u64() {
                json!(771_133_000 + *made)
            } else {
                json!(771_133.0 + *made as f64 / 1024.0)
            };
        }
        Value::Array(items) => items.iter_mut().for_each(|item| taint(item, made)),
        Value::Object(map) => map.values_mut().for_each(|item| taint(item, made)),
        _ => {}
    }
}

/// A record of a real campaign, every number of which that isn't in-sample or a count of the loop's own is tainted;
/// the score, which has to stay one, is `score`.
fn tainted(record: &Record, score: f64) -> (Record, u64) {
    let mut json = serde_json::to_value(record).unwrap();
    let mut made = 0;
    for (key, value) in json.as_object_mut().unwrap() {
        match key.as_str() {
            // What the loop counts, and what a proposer itself said or spent.
            "format" | "iteration" | "trial" | "engine" | "proposer" | "edits" => {}
            // In-sample is the proposer's to see.
            "in_sample" => {}
            "score" => *value = json!(score),
            "reason" => *value = json!(format!("it fell by {TAINT}.5 points")),
            _ => taint(value, &mut made),
        }
    }
    (serde_json::from_value(json).unwrap(), made)
}

fn told(records: &[Record]) -> String {
    let mut discloser = Discloser::default();
    records.iter().for_each(|record| discloser.take_in(&Arc::new(record.clone())));
    format!("{:?}", discloser.disclosure())
}

fn campaign() -> Vec<Record> {
    let campaign = Campaign::new();
    campaign.run(&easy(&["split.fit_trials=4"]), &waves(1_400, 1_400, 1.0), 40).unwrap();
    campaign.records().into_iter().map(Arc::unwrap_or_clone).collect()
}

#[test]
fn a_tainted_number_of_any_record_is_told_to_nobody() {
    let records = campaign();
    let counts = |verdict| records.iter().filter(|record| record.verdict == verdict).count();
    assert!(counts(Verdict::Accepted) > 2 && counts(Verdict::Rejected) > 5);
    let mut taints = 0;
    let tainted: Vec<Record> = records
        .iter()
        .map(|record| {
            let (record, made) = tainted(record, 31.415_926 + record.iteration as f64 / 50.0);
            taints += made;
            record
        })
        .collect();
    assert!(taints > 1_000, "only {taints} numbers were tainted");
    let text = told(&tainted);
    assert!(!text.contains(TAINT), "{text}");
    // Of the scores, 31.4 to 32.2, only the rung that they come to.
    for score in tainted.iter().filter_map(|record| record.score) {
        let digits = &score.to_string()[..6];
        assert!(!text.contains(digits), "{digits} in {text}");
    }
    assert!(text.contains("Rung(32.0)"), "{text}");
    // What may be told is: comparing means something.
    assert!(text.contains("score_margin") && text.contains("verdict: Accepted"));
}

/// To go on from what was disclosed before says what to begin anew says, whatever people did meanwhile.
#[test]
fn what_is_disclosed_again_is_what_is_disclosed_anew() {
    let campaign = Campaign::new();
    let (program, market) = (easy(&[]), waves(1_400, 1_400, 1.0));
    campaign.run(&program, &market, 12).unwrap();
    let mine = RULES.replace("value = 8", "value = 9");
    campaign.model.person_commits(StatePath::Strategy, &mine);
    campaign.run(&program, &market, 6).unwrap();
    let lineage: Vec<_> = campaign.model.disk.borrow().lineage().into_iter().cloned().collect();
    assert!(lineage.len() > 20);
    let settings = program.settings;
    let mut steeper = settings.clone();
    steeper.proposer.ladder_step *= 2.0;
    let told = |mut discloser: Discloser| format!("{:?}", discloser.disclosure());
    let (mut known, mut kept) = (State::read(&lineage[lineage.len() - 1]).unwrap(), None);
    for files in lineage.iter().rev() {
        let anew = State::read(files).unwrap();
        known = known.read_again(files).unwrap();
        for (state, settings) in [(&known, &settings), (&anew, &settings), (&known, &steeper)] {
            let again = Discloser::again(kept.clone(), state, settings, 2);
            assert_eq!(told(again), told(Discloser::new(state, settings, 2)));
        }
        // Another history of the same length.
        let other = State::read(&lineage[lineage.len() / 2]).unwrap();
        let again = Discloser::again(kept.clone(), &other, &settings, 2);
        assert_eq!(told(again), told(Discloser::new(&other, &settings, 2)));
        // One that proposed, and took in its records before they were read again.
        if let Some(mut used) = kept.clone() {
            let asked = used.disclosure();
            asked.idea = Some("a hint".into());
            asked.context.push("Y".into());
            asked.refused.push(Refusal { edits: Vec::new(), reason: "no such name".into() });
            for record in &known.history().records()[asked.iteration as usize..] {
                used.take_in(record);
            }
            let again = Discloser::again(Some(used), &known, &settings, 2);
            assert_eq!(told(again), told(Discloser::new(&known, &settings, 2)));
        }
        kept = Some(Discloser::again(kept, &known, &settings, 2));
    }
}

/// Scores that differ by less than the ladder's step change nothing that a proposer is told.
#[test]
fn scores_between_two_rungs_are_told_alike() {
    let records = campaign();
    let with = |score: f64| -> Vec<Record> {
        records.iter().map(|record| Record { score: Some(score), ..record.clone() }).collect()
    };
    assert_eq!(told(&with(7.51)), told(&with(8.49)));
    assert_ne!(told(&with(7.51)), told(&with(8.51)));
}

/// In a whole campaign: no number of the records that has five digits or more is in what the proposer was given.
#[test]
fn no_number_of_a_campaign_is_in_what_its_proposer_was_told() {
    let campaign = Campaign::new();
    let (outcome, spy) = campaign.run(&easy(&[]), &waves(1_400, 1_400, 1.0), 40).unwrap();
    let (mut numbers, mut in_sample) = (BTreeSet::new(), BTreeSet::new());
    for record in &outcome.records {
        let mut json = serde_json::to_value(record.as_ref()).unwrap();
        // In-sample is the proposer's to see.
        collect(&json["in_sample"], &mut in_sample);
        let folds = json["folds"].as_array_mut().unwrap();
        folds.retain(|fold| {
            let is_secret = fold["span"] == "out_of_sample";
            if !is_secret {
                collect(fold, &mut in_sample);
            }
            is_secret
        });
        for key in ["score", "parts", "out_of_sample", "folds", "gates", "benchmark"] {
            collect(&json[key], &mut numbers);
        }
    }
    // Means of few trades, such as 12.3333 bars, are the same in several places.
    numbers.retain(|number| !in_sample.contains(number));
    assert!(numbers.len() > 500, "only {} numbers", numbers.len());
    assert_eq!(spy.told.len(), 40);
    for text in &spy.told {
        for number in &numbers {
            assert!(!is_told(text, number), "{number} was told");
        }
    }
}

/// Whether a number in a text begins with these digits. As the end of a longer one they mean nothing: a mean of 46
/// trades, such as 10.739130, ends like each other 46th part.
fn is_told(text: &str, number: &str) -> bool {
    let begins = |at: usize| {
        let before = text[..at].trim_end_matches(|c: char| c == '.' || c.is_ascii_digit());
        text[before.len()..at].chars().all(|c| matches!(c, '0' | '.'))
    };
    text.match_indices(number).any(|(at, _)| begins(at))
}

/// The first six digits and the point of every number that has as many.
fn collect(value: &Value, numbers: &mut BTreeSet<String>) {
    match value {
        Value::Number(number) => {
            let text: String = number.to_string().trim_start_matches(['-', '0', '.']).into();
            if text.chars().filter(char::is_ascii_digit).count() >= 6 && !text.contains('e') {
                numbers.insert(text.chars().take(7).collect());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, numbers)),
        Value::Object(map) => map.values().for_each(|item| collect(item, numbers)),
        _ => {}
    }
}

/// Neither the holdout nor the gap before it decides anything that a proposer is told.
#[test]
fn a_changed_holdout_changes_nothing_that_is_told() {
    let program = easy(&[]);
    let campaign = |market| {
        let (_, spy) = Campaign::new().run(&program, &market, 25).unwrap();
        spy.told
    };
    let bars = 1_400;
    let holdout = bars - 280 - program.settings.split.embargo_bars;
    assert_eq!(campaign(waves(bars, bars, 1.0)), campaign(waves(bars, holdout, 1.7)));
}

/// By form: of what proposers are made of, one file reads records, and nothing but the ladder makes a rung.
#[test]
fn one_file_reads_records_and_one_makes_rungs() {
    let fields = [
        "score",
        "parts",
        "out_of_sample",
        "in_sample",
        "folds",
        "gates",
        "benchmark",
        "reason",
        "luck",
    ];
    for file in scan::files(&["src/propose"]) {
        let tokens = scan::tokens(&file.text);
        // Who can't name a record can't be handed one.
        let names_records = tokens.iter().any(|token| token.text == "Record");
        for (at, pair) in tokens.windows(2).enumerate() {
            let reads =
                names_records && pair[0].text == "." && fields.contains(&pair[1].text.as_str());
            // A method call is no field.
            let called = tokens.get(at + 2).is_some_and(|token| token.text == "(");
            assert!(
                !reads || called || file.path.ends_with("/disclosable.rs"),
                "{}:{} reads `.{}`",
                file.path,
                pair[1].line,
                pair[1].text
            );
            let makes = pair[0].text == "Rung" && pair[1].text == "(";
            assert!(!makes || file.path.ends_with("/ladder.rs"), "{} makes a rung", file.path);
        }
    }
}

/// The step is a setting, and a new epoch starts another ladder.
#[test]
fn the_ladder_follows_program_and_epoch() {
    let record = |epoch: &str, score| Record {
        score: Some(score),
        ..Record::new(0, epoch, Verdict::Rejected, String::new())
    };
    let state = State::read(&BTreeMap::new()).unwrap();
    let mut settings = Settings::default();
    let rungs = |settings: &Settings| -> Vec<Rung> {
        let mut discloser = Discloser::new(&state, settings, 2);
        for score in [-0.2, 3.4, 2.9, 9.7, 15.1, 22.8, 22.9, 41.6] {
            discloser.take_in(&Arc::new(record("one", score)));
        }
        let past = discloser.disclosure().past.iter();
        past.filter_map(|past| match past.told {
            Told::Rung(rung) => Some(rung),
            Told::NoBetter => None,
        })
        .collect()
    };
    let fine = rungs(&settings);
    settings.proposer.ladder_step = 20.0;
    let coarse = rungs(&settings);
    assert!(coarse.len() < fine.len(), "{fine:?} {coarse:?}");
    assert!(fine.windows(2).all(|pair| pair[0].points() < pair[1].points()));

    let best = |records: &[Record]| {
        let mut discloser = Discloser::default();
        records.iter().for_each(|record| discloser.take_in(&Arc::new(record.clone())));
        discloser.disclosure().best.map(Rung::points)
    };
    assert_eq!(best(&[record("one", 40.2), record("two", 3.4)]), Some(3.0));
    assert_eq!(best(&[record("one", 40.2), record("one", 3.4)]), Some(40.0));
}
