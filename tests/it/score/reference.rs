//! Every part of every reference case.

use serde::Deserialize;
use serde_json::{Map, Value};
use sprag::program::ScoreSettings;
use sprag::score::{Evidence, Parts, Status, score, split_folds};

use super::{folds, parts_by_name};

#[derive(Deserialize)]
struct Reference {
    defaults: Map<String, Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    returns: Vec<f64>,
    folds: usize,
    trades: Vec<f64>,
    in_sample_returns: Option<Vec<f64>>,
    bars_per_year: f64,
    params: Map<String, Value>,
    expect: Map<String, Value>,
    tol: f64,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../data/score/score.json")).unwrap()
}

#[test]
fn every_part_of_every_case_matches() {
    let reference = reference();
    assert_eq!(reference.cases.len(), 15);
    for case in reference.cases {
        let mut settings = reference.defaults.clone();
        settings.extend(case.params.clone());
        let settings: ScoreSettings = serde_json::from_value(settings.into()).unwrap();
        let evidence = Evidence {
            folds: &split_folds(&case.returns, folds(case.folds)),
            trades: &case.trades,
            in_sample: case.in_sample_returns.as_deref(),
            bars_per_year: case.bars_per_year,
        };
        let scored = score(&evidence, &settings).unwrap();

        let mut found = match scored.status {
            Status::Ok => parts_by_name(&scored),
            Status::NoTrades => Map::new(),
        };
        found.insert("score".into(), scored.value.into());
        found.insert("status".into(), serde_json::to_value(scored.status).unwrap());
        let keys = |map: &Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&found), keys(&case.expect), "{}: names of the parts", case.id);
        for (key, expected) in &case.expect {
            let found = &found[key];
            match (found.as_f64(), expected.as_f64()) {
                (Some(found), Some(expected)) => assert!(
                    (found - expected).abs() <= case.tol,
                    "{} {key}: found {found}, expected {expected}",
                    case.id
                ),
                _ => assert_eq!(found, expected, "{} {key}", case.id),
            }
        }
    }
}

#[test]
fn the_defaults_are_those_of_the_reference() {
    let defaults: ScoreSettings = serde_json::from_value(reference().defaults.into()).unwrap();
    assert_eq!(defaults, ScoreSettings::default());
}

#[test]
fn parts_come_back_from_json_to_the_bit() {
    let case = reference().cases.into_iter().find(|case| case.id == "generated-3-with-is").unwrap();
    let evidence = Evidence {
        folds: &[&case.returns],
        trades: &case.trades,
        in_sample: case.in_sample_returns.as_deref(),
        bars_per_year: 252.0,
    };
    let parts = score(&evidence, &ScoreSettings::default()).unwrap().parts.unwrap();
    let text = serde_json::to_string(&parts).unwrap();
    assert_eq!(serde_json::from_str::<Parts>(&text).unwrap(), parts);
}

#[test]
fn the_page_names_every_setting_and_every_part() {
    let page = include_str!("../../../docs/score.md");
    let reference = reference();
    let parts = reference.cases[0].expect.keys();
    let missing: Vec<&String> = reference
        .defaults
        .keys()
        .chain(parts.filter(|part| !["score", "status"].contains(&part.as_str())))
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert_eq!(missing, Vec::<&String>::new());
}
