//! The files of `state/`: keys, forms, the fold, and what is refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sprag::state::{
    Addition, Asked, Bill, Blobs, CommitIntent, ContentHash, DaySpend, Edit, FoldSummary,
    GateOutcome, History, JOURNAL_FORMAT, Journal, JournalProposal, Phase, PlateauStage, Proposer,
    Record, State, StateError, StatePath, Status, Step, Usd, Verdict,
};

use crate::reconcile::driver::{added, blank};

fn record(iteration: u64, verdict: Verdict, score: Option<f64>) -> Record {
    Record { verdict, score, candidate: Some(format!("c{iteration}")), ..blank(iteration, "e1") }
}

fn baseline() -> Record {
    Record { trial: Some(1), ..record(0, Verdict::Baseline, Some(10.0)) }
}

/// The state after these records, going through its files after each one.
fn state_of(records: Vec<Record>, segment_bytes: usize) -> (State, Blobs) {
    let mut files = BTreeMap::new();
    let mut state = State::read(&files).unwrap();
    for record in records {
        let step = state.step(added(&state, record, None), segment_bytes).unwrap();
        write(&step, &mut files);
        state.apply(step);
        assert_eq!(State::read(&files).unwrap(), state, "what was applied is what was written");
    }
    (state, files)
}

fn write(step: &Step, files: &mut Blobs) {
    for change in &step.changes {
        let before = files.insert(change.path, change.text.as_str().into());
        assert_eq!(before.map(|blob| ContentHash::of(&blob)), change.before, "{}", change.path);
    }
}

fn text(files: &Blobs, path: StatePath) -> String {
    files[&path].text().unwrap().to_owned()
}

fn full_record() -> Record {
    Record {
        parent: Some("p".into()),
        proposer: Proposer {
            kind: "llm".into(),
            model: Some("m".into()),
            prompt: Some("h".into()),
            tokens_in: 12,
            tokens_out: 3,
            usd: Some(Usd::Known(0.1 + 0.2)),
        },
        hypothesis: Some("line one\nline \"two\"\u{2028}".into()),
        expected: None,
        idea: None,
        waiting: Vec::new(),
        edits: vec![Edit::set("params.fast.value", 25), Edit::remove("short")],
        parts: Some(json!({"f_trades": 0.5, "edge": null}).into()),
        in_sample: Some(
            json!({"bars": 10, "sharpe": 1.25, "undefined": {"calmar": "no drawdown"}}).into(),
        ),
        folds: vec![FoldSummary {
            id: 0,
            span: "in_sample".into(),
            from: "2020-01-01T00:00:00Z".into(),
            to: "2020-06-01T00:00:00Z".into(),
            bars: 100,
            total_return: Some(1e-300),
            sharpe: None,
            max_drawdown: Some(0.25),
            trades: 0,
            return_per_trade: None,
        }],
        gates: vec![GateOutcome {
            id: "min_trades".into(),
            pass: false,
            value: Some(3.0),
            limit: Some(30.0),
        }],
        ..baseline()
    }
}

#[test]
fn a_record_has_the_contracts_keys_in_order_and_reads_back() {
    let record = full_record();
    let line = record.to_line().unwrap();
    assert!(!line.contains('\n'));
    assert_eq!(Record::parse(&line, "f", 1).unwrap(), record);
    let keys = "format iteration epoch parent candidate proposer hypothesis edits verdict reason trial \
                score parts in_sample out_of_sample folds gates pull_request timing_ms engine data run \
                started finished";
    assert_eq!(top_level_keys(&line), keys.split_whitespace().collect::<Vec<_>>());
    let proposer = serde_json::to_string(&record.proposer).unwrap();
    assert_eq!(
        top_level_keys(&proposer),
        ["kind", "model", "prompt", "tokens_in", "tokens_out", "usd"]
    );
    let value: Value = serde_json::from_str(&line).unwrap();
    let edits = json!([{"set": "params.fast.value", "to": 25}, {"remove": "short"}]);
    assert_eq!(value["edits"], edits);
    assert_eq!(value["proposer"]["usd"], json!(0.30000000000000004));
    assert_eq!(
        (value["score"].clone(), value["out_of_sample"].clone()),
        (json!(10.0), Value::Null)
    );
}

/// Keys of the outermost object, in the order of the text.
fn top_level_keys(text: &str) -> Vec<String> {
    let (mut depth, mut keys, mut rest) = (0, Vec::new(), text);
    while let Some(start) = rest.find(['{', '}', '[', ']', '"']) {
        match rest.as_bytes()[start] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {
                let mut strings = serde_json::Deserializer::from_str(&rest[start..]).into_iter();
                let string: String = strings.next().unwrap().unwrap();
                let end = start + strings.byte_offset();
                if depth == 1 && rest[end..].starts_with(':') {
                    keys.push(string);
                }
                rest = &rest[end..];
                continue;
            }
        }
        rest = &rest[start + 1..];
    }
    keys
}

#[test]
fn a_price_is_a_number_the_word_unknown_or_null() {
    for (usd, json) in
        [(Some(Usd::Known(0.5)), "0.5"), (Some(Usd::UNKNOWN), "\"unknown\""), (None, "null")]
    {
        assert_eq!(serde_json::to_string(&usd).unwrap(), json);
        assert_eq!(serde_json::from_str::<Option<Usd>>(json).unwrap(), usd);
    }
    assert!(serde_json::from_str::<Usd>("\"cheap\"").is_err());
}

#[test]
fn a_number_that_json_cannot_hold_is_not_written_as_null() {
    for score in [f64::NAN, f64::INFINITY] {
        let error = Record { score: Some(score), ..baseline() }.to_line().unwrap_err();
        assert!(matches!(error, StateError::NotRepresentable { iteration: 0, .. }), "{error}");
    }
    let mut record = baseline();
    record.timing_ms.insert("score".into(), f64::NAN);
    assert!(record.to_line().is_err());
}

#[test]
fn history_is_valid_json_with_one_record_per_line_and_old_bytes_stay() {
    let records = vec![
        baseline(),
        Record { trial: Some(2), ..record(1, Verdict::Rejected, Some(9.0)) },
        Record { trial: None, ..record(2, Verdict::Duplicate, None) },
    ];
    let lines: Vec<_> = records.iter().map(|record| record.to_line().unwrap()).collect();
    let (_, files) = state_of(records.clone(), usize::MAX);
    let history = text(&files, StatePath::History);
    assert_eq!(history, format!("[\n{}\n]\n", lines.join(",\n")));
    assert_eq!(serde_json::from_str::<Vec<Record>>(&history).unwrap(), records);
}

#[test]
fn keys_of_a_later_version_survive_the_next_record() {
    let (state, mut files) = state_of(vec![baseline()], usize::MAX);
    let odd =
        text(&files, StatePath::History).replacen("\"engine\"", "\"mood\": [1,  2], \"engine\"", 1);
    files.insert(StatePath::History, odd.into());
    let status = text(&files, StatePath::Status).replacen('{', "{\n  \"mood\": \"good\",", 1);
    files.insert(StatePath::Status, status.into());
    let odd = State::read(&files).unwrap();
    assert_eq!(odd.history().records(), state.history().records());
    let next = Record { trial: Some(2), ..record(1, Verdict::Rejected, None) };
    write(&odd.step(added(&odd, next, None), usize::MAX).unwrap(), &mut files);
    assert!(text(&files, StatePath::History).contains("\"mood\": [1,  2], "));
    assert!(text(&files, StatePath::Status).contains("\"mood\": \"good\""));
    State::read(&files).unwrap();
}

#[test]
fn older_records_move_to_segments_byte_for_byte() {
    let mut records = vec![baseline()];
    for number in 1..12 {
        records.push(Record { trial: Some(number + 1), ..record(number, Verdict::Rejected, None) });
    }
    let line = records[11].to_line().unwrap().len();
    let (state, files) = state_of(records, 5 * line);
    let segments = &state.status().unwrap().segments;
    assert_eq!(segments.len(), 2, "{segments:#?}");
    let mut joined = Vec::new();
    for (segment, path) in segments.iter().zip([StatePath::Segment(0), StatePath::Segment(1)]) {
        assert_eq!((segment.file, segment.sha256.clone()), (path, ContentHash::of(&files[&path])));
        let part: Vec<Record> = serde_json::from_slice(&files[&path]).unwrap();
        assert_eq!((segment.from, segment.records), (joined.len() as u64, part.len() as u64));
        assert!(files[&path].len() <= 5 * line);
        joined.extend(part);
    }
    joined.extend(serde_json::from_slice::<Vec<Record>>(&files[&StatePath::History]).unwrap());
    assert!(joined.iter().eq(state.history().records().iter().map(AsRef::as_ref)));
    let listed = serde_json::to_value(&segments[0]).unwrap();
    assert_eq!(listed["file"], "state/history/0000.json");
}

#[test]
fn a_segment_that_changed_or_went_is_refused() {
    let mut records = vec![baseline()];
    records.extend(
        (1..6).map(|n| Record { trial: Some(n + 1), ..record(n, Verdict::Rejected, None) }),
    );
    let (_, files) = state_of(records, 1200);
    let mut changed = files.clone();
    let segment = changed.get_mut(&StatePath::Segment(0)).unwrap();
    *segment = segment.text().unwrap().replace("c0", "cX").into();
    let message = State::read(&changed).unwrap_err().to_string();
    assert!(
        message.contains("state/history/0000.json") && message.contains("SHA-256"),
        "{message}"
    );
    let mut gone = files.clone();
    gone.remove(&StatePath::Segment(0));
    assert_eq!(State::read(&gone), Err(StateError::Missing { path: StatePath::Segment(0) }));
    let mut emptied = files;
    emptied.insert(StatePath::History, "[\n]\n".into());
    assert_eq!(State::read(&emptied), Err(StateError::Missing { path: StatePath::History }));
}

#[test]
fn a_history_that_is_broken_names_the_line() {
    let good = [baseline(), Record { trial: Some(2), ..record(1, Verdict::Rejected, None) }]
        .map(|record| record.to_line().unwrap());
    let [a, b] = &good;
    for (text, line, expected) in [
        ("", 1, "expected `[`"),
        ("{}\n", 1, "expected `[`"),
        (&format!("[\n{a}"), 2, "expected `]`"),
        (&format!("[\n{a}\n{b}\n]\n"), 2, "expected `,`"),
        (&format!("[\n{a},\n{b},\n]\n"), 3, "after the last `,`"),
        (&format!("[\n{a},\n\n]\n"), 3, "EOF"),
        (&format!("[\n{a},\n<<<<<<< HEAD\n]\n"), 3, "column 1: expected value"),
        (
            &format!("[\n{a},\n{}\n]\n", b.replace("\"rejected\"", "\"liked\"")),
            3,
            "unknown variant `liked`",
        ),
        (
            &format!(
                "[\n{a},\n{}\n]\n",
                b.replace("\"trial\"", "\"trail\"").replace("\"edits\"", "\"eds\"")
            ),
            3,
            "missing field `edits`",
        ),
        (
            &format!("[\n{}\n]\n", a.replacen("\"format\":1", "\"format\":0", 1)),
            2,
            "format 0 never existed",
        ),
    ] {
        let error = History::parse(&[], &text.into()).unwrap_err();
        let place = format!("state/history.json:{line}: ");
        let message = error.to_string();
        assert!(message.starts_with(&place) && message.contains(expected), "{text:?}: {message}");
        assert!(message.contains("sprag doctor --rebuild"), "{message}");
    }
    let newer = format!("[\n{a},\n{}\n]\n", b.replacen("\"format\":1", "\"format\":3", 1));
    let error = History::parse(&[], &newer.as_str().into()).unwrap_err();
    assert!(matches!(error, StateError::Newer { line: 3, found: 3, supported: 2, .. }), "{error}");
}

#[test]
fn records_that_cannot_follow_each_other_are_refused() {
    let (state, _) = state_of(
        vec![baseline(), Record { trial: Some(2), ..record(1, Verdict::Rejected, None) }],
        usize::MAX,
    );
    let next = || Record { trial: Some(3), ..record(2, Verdict::Rejected, None) };
    state.step(added(&state, next(), None), usize::MAX).unwrap();
    for (wrong, expected) in [
        (Record { iteration: 3, ..next() }, "its number is 3"),
        (Record { iteration: 1, ..next() }, "its number is 1"),
        (Record { epoch: "e2".into(), ..next() }, "must start with a baseline"),
        (Record { trial: Some(4), ..next() }, "trial number is 4, expected 3"),
        (Record { trial: Some(2), ..next() }, "trial number is 2, expected 3"),
        (Record { verdict: Verdict::Duplicate, ..next() }, "is no trial"),
        (Record { verdict: Verdict::Accepted, trial: None, ..next() }, "without a trial"),
        (Record { verdict: Verdict::External, candidate: None, ..next() }, "names no candidate"),
    ] {
        let wrong = Addition { record: Some(wrong), ..added(&state, next(), None) };
        let message = state.step(wrong, usize::MAX).unwrap_err().to_string();
        assert!(message.starts_with("iteration 2 ") && message.contains(expected), "{message}");
    }
    let empty = State::read(&Blobs::new()).unwrap();
    let first = Record { trial: Some(1), ..record(0, Verdict::Rejected, None) };
    assert!(empty.step(added(&empty, first, None), usize::MAX).is_err());
}

#[test]
fn the_status_is_a_fold_over_the_records() {
    let cost = |usd| Proposer {
        kind: "llm".into(),
        tokens_in: 10,
        tokens_out: 2,
        usd,
        ..Proposer::default()
    };
    let second_epoch =
        Record { epoch: "e2".into(), trial: Some(5), ..record(5, Verdict::Baseline, Some(3.0)) };
    let (state, files) = state_of(
        vec![
            baseline(),
            Record {
                trial: Some(2),
                proposer: cost(Some(Usd::Known(0.5))),
                ..record(1, Verdict::Accepted, Some(12.0))
            },
            Record {
                trial: None,
                proposer: cost(Some(Usd::UNKNOWN)),
                ..record(2, Verdict::Invalid, None)
            },
            Record { trial: Some(3), ..record(3, Verdict::External, Some(8.0)) },
            Record { trial: Some(4), ..record(4, Verdict::Accepted, Some(11.0)) },
        ],
        usize::MAX,
    );
    let status = state.status().unwrap();
    assert_eq!((status.incumbent.hash.as_str(), status.incumbent.score), ("c4", Some(11.0)));
    assert_eq!((status.best.iteration, status.best.score), (1, Some(12.0)));
    assert_eq!((status.trials, status.plateau.since), (4, 4));
    assert_eq!(status.verdicts[&Verdict::Accepted], 2);
    assert_eq!(status.verdicts[&Verdict::Declined], 0);
    assert_eq!(
        (status.spend.tokens_in, status.spend.usd, status.spend.unknown_cost_calls),
        (20, 0.5, 1)
    );
    // All of it on the day that the last of these iterations was recorded on.
    let day = DaySpend { date: "2024-05-06".into(), tokens_in: 20, tokens_out: 4, usd: 0.5 };
    assert_eq!(status.spend.day, Some(day));

    let json: Value = serde_json::from_slice(&files[&StatePath::Status]).unwrap();
    let keys = top_level_keys(&text(&files, StatePath::Status));
    let contract = "format iteration epoch incumbent baseline best trials verdicts plateau holdout label \
                    spend segments updated";
    assert_eq!(keys, contract.split_whitespace().collect::<Vec<_>>());
    assert_eq!(json["plateau"], json!({"stage": "tune", "since": 4}));
    assert_eq!(json["holdout"], json!({"looks": 0, "budget": 3}));
    assert_eq!(json["incumbent"], json!({"hash": "c4", "iteration": 4, "score": 11.0}));

    // Scores of another epoch are not compared: the best starts afresh, trials go on.
    let step = state.step(added(&state, second_epoch, None), usize::MAX).unwrap();
    let mut state = state;
    state.apply(step);
    let status = state.status().unwrap();
    assert_eq!((status.best.iteration, status.best.score), (5, Some(3.0)));
    assert_eq!((status.baseline.iteration, status.incumbent.score), (5, Some(3.0)));
    assert_eq!(status.trials, 5);
}

#[test]
fn an_undefined_score_is_beaten_by_any() {
    let first = Record { score: None, ..baseline() };
    let (state, _) = state_of(
        vec![first, Record { trial: Some(2), ..record(1, Verdict::Accepted, Some(-5.0)) }],
        usize::MAX,
    );
    assert_eq!(state.status().unwrap().best.score, Some(-5.0));
}

#[test]
fn the_plateau_has_five_steps() {
    use PlateauStage::{Hypothesis, Notify, Restart, Structure, Tune};
    let steps = [
        (0, Tune),
        (9, Tune),
        (10, Structure),
        (24, Structure),
        (25, Restart),
        (49, Restart),
        (50, Hypothesis),
        (99, Hypothesis),
        (100, Notify),
        (9999, Notify),
    ];
    for (iterations, stage) in steps {
        assert_eq!(PlateauStage::after(iterations), stage, "{iterations}");
    }
    let mut records = vec![baseline()];
    records.extend(
        (1..11).map(|n| Record { trial: Some(n + 1), ..record(n, Verdict::Rejected, None) }),
    );
    let (state, _) = state_of(records, usize::MAX);
    assert_eq!(state.status().unwrap().plateau.stage, Structure);
}

#[test]
fn a_status_that_disagrees_or_stands_alone_is_refused() {
    let (_, files) = state_of(vec![baseline()], usize::MAX);
    let status = text(&files, StatePath::Status);
    for (from, to, key) in [
        ("\"iteration\": 0,\n  \"epoch\"", "\"iteration\": 7,\n  \"epoch\"", "`iteration`"),
        ("\"trials\": 1", "\"trials\": 0", "`trials`"),
        ("\"score\": 10.0", "\"score\": 99.0", "`"),
        ("\"epoch\": \"e1\"", "\"epoch\": \"e9\"", "`epoch`"),
        ("\"looks\": 0", "\"looks\": 1", "`holdout`"),
        ("\"label\": \"search\"", "\"label\": \"strong\"", "`label`"),
    ] {
        assert!(status.contains(from), "{from} not in {status}");
        let mut files = files.clone();
        files.insert(StatePath::Status, status.replacen(from, to, 1).into());
        let message = State::read(&files).unwrap_err().to_string();
        assert!(message.contains("disagrees") && message.contains(key), "{message}");
    }
    for path in [StatePath::Status, StatePath::History] {
        let mut half = files.clone();
        half.remove(&path);
        assert_eq!(State::read(&half), Err(StateError::Missing { path }));
    }
    for (bytes, expected) in [
        (&b"{\"format\": 3}"[..], "format 3 is newer than 2"),
        (b"", "state/status.json:1:"),
        (b"{\n\"format\": 1,\n", "state/status.json:3:"),
        (b"\xff", "not UTF-8"),
    ] {
        let mut files = files.clone();
        files.insert(StatePath::Status, bytes[..].into());
        let message = State::read(&files).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_status_reads_back_to_the_bit() {
    let tenth = Record { score: Some(0.1 + 0.2), ..baseline() };
    let (state, files) = state_of(vec![tenth], usize::MAX);
    let status = text(&files, StatePath::Status);
    assert!(status.ends_with("}\n") && status.contains("0.30000000000000004"));
    assert_eq!(Status::parse(&status).unwrap(), *state.status().unwrap());
    assert_eq!(Status::parse(&status).unwrap().to_text().unwrap(), status);
}

#[test]
fn only_the_loops_own_files_can_be_named() {
    for path in [
        StatePath::Strategy,
        StatePath::Status,
        StatePath::History,
        StatePath::Segment(7),
        StatePath::Segment(12345),
    ] {
        assert_eq!(path.to_string().parse(), Ok(path));
    }
    for text in [
        "program.md",
        "state/other.txt",
        "state/history/7.json",
        "state/history/+007.json",
        "state/../program.md",
        "/state/status.json",
        "state/journal.json",
        "state/history/0007.json/x",
    ] {
        assert!(text.parse::<StatePath>().is_err(), "{text}");
    }
}

#[test]
fn status_and_record_have_schemas() {
    for (schema, key) in [
        (serde_json::to_value(schemars::schema_for!(Status)).unwrap(), "verdicts"),
        (serde_json::to_value(schemars::schema_for!(Record)).unwrap(), "timing_ms"),
    ] {
        assert!(schema["properties"].get(key).is_some(), "{schema:#}");
    }
}

fn journal(phase: Phase) -> Journal {
    Journal {
        format: JOURNAL_FORMAT,
        iteration: 1,
        epoch: "e1".into(),
        parent: Some("c0".into()),
        base: None,
        started: "2024-05-06T07:08:09Z".into(),
        hints: Vec::new(),
        phase,
    }
}

#[test]
fn a_journal_reads_back_in_both_phases() {
    let (state, _) = state_of(vec![baseline()], usize::MAX);
    let record = Record { trial: Some(2), iteration: 1, ..full_record() };
    let record = Record { verdict: Verdict::Accepted, candidate: Some("c1".into()), ..record };
    let step = state.step(added(&state, record, Some("s\n".into())), 100);
    let intent = CommitIntent::new(&step.unwrap(), "subject\n\nbody\n".into(), 1_714_979_289);
    let proposal = JournalProposal {
        candidate: "name = \"x\"\n".into(),
        candidate_hash: None,
        edits: vec![Edit::remove("short")],
        hypothesis: Some("h".into()),
        expected: Some("e".into()),
        idea: Some("i".into()),
        waiting: vec!["w".into()],
        unreadable: None,
        proposer: Proposer { usd: Some(Usd::UNKNOWN), ..Proposer::default() },
    };
    let bill = Bill { tokens_in: 5, tokens_out: 2, usd: Some(Usd::Known(0.5)) };
    let asked = Asked { bill, in_flight: Bill { usd: Some(Usd::UNKNOWN), ..bill } };
    for phase in [Phase::Asked(asked), Phase::Proposed(proposal), Phase::Recorded(intent)] {
        let journal = journal(phase);
        let text = journal.to_text().unwrap();
        assert_eq!(Journal::parse(text.as_bytes()).unwrap(), journal);
    }
}

#[test]
fn an_intent_gives_the_same_files_again_or_says_that_it_cannot() {
    for segment_bytes in [usize::MAX, 100] {
        let (state, _) = state_of(vec![baseline()], usize::MAX);
        let record = Record { trial: Some(2), ..record(1, Verdict::Accepted, Some(11.0)) };
        let step = state.step(added(&state, record, Some("new\n".into())), segment_bytes).unwrap();
        let rotated = if segment_bytes == 100 { 1 } else { 0 };
        assert_eq!(step.changes.len(), 4 + rotated);
        let intent = CommitIntent::new(&step, "m".into(), 0);
        assert!(intent.fits(&state));
        assert_eq!(intent.changes(&state).unwrap(), step.changes);
        // History and ledger are not copied into the journal.
        assert!(intent.files.iter().all(|file| file.text.is_some()
            == (file.path == StatePath::Status || file.path == StatePath::Strategy)));

        let other = Record { reason: "another one".into(), ..baseline() };
        let (other, _) = state_of(vec![other], usize::MAX);
        assert!(!intent.fits(&other) && !intent.has_landed(&state).unwrap());
        let message = intent.changes(&other).unwrap_err().to_string();
        assert!(message.contains("state/journal.json can't be finished"), "{message}");
    }
}

#[test]
fn of_many_lines_that_are_wrong_the_first_is_told() {
    let lines = ["{}"; 500].join(",\n");
    let error = History::parse(&[], &format!("[\n{lines}\n]\n").into()).unwrap_err();
    assert!(matches!(error, StateError::Syntax { line: 2, .. }), "{error}");
}
