//! The trial ledger: what counts once, what counts on which bars, what a look at the holdout takes, and what is refused.

use proptest::prelude::*;
use sprag::state::ledger::{
    Bars, Entry, EpochSpan, LEDGER_BYTES, Look, MOST_CELLS, Outcome, Row, Trial, bars_per_cell,
    level,
};
use sprag::state::{
    Addition, Blob, Blobs, Label, LuckSummary, Record, State, StateError, StatePath, Verdict,
};

use crate::reconcile::driver::{added, blank, span, trial};

type Files = Blobs;

/// A state that goes through its files with each step, as a repository does.
struct Kept {
    state: State,
    files: Files,
}

impl Kept {
    fn new() -> Self {
        let files = Files::new();
        Self { state: State::read(&files).unwrap(), files }
    }

    fn add(&mut self, added: Addition) -> Result<(), StateError> {
        let step = self.state.step(added, usize::MAX)?;
        for change in &step.changes {
            self.files.insert(change.path, change.text.as_str().into());
        }
        let mut applied = self.state.clone();
        applied.apply(step);
        self.state = State::read(&self.files)?;
        assert_eq!(self.state.ledger().total(), applied.ledger().total());
        assert!(self.state.ledger().entries().eq(applied.ledger().entries()));
        assert_eq!(self.state.status(), applied.status());
        Ok(())
    }

    fn record(&mut self, epoch: &str, verdict: Verdict, candidate: &str) {
        let number = self.state.next_iteration();
        let record = Record {
            verdict,
            candidate: Some(candidate.into()),
            trial: Some(0),
            score: Some(1.0),
            ..blank(number, epoch)
        };
        self.add(added(&self.state, record, None)).unwrap();
    }

    /// Begins an epoch whose bars are these.
    fn begin(&mut self, span: EpochSpan, candidate: &str) {
        let record = Record {
            verdict: Verdict::Baseline,
            candidate: Some(candidate.into()),
            trial: Some(self.state.ledger().total() + 1),
            ..blank(span.iteration, &span.epoch)
        };
        let trial = trial(span.iteration, self.state.ledger().total() + 1, candidate);
        let ledger = vec![Entry::Epoch(span), Entry::Trial(trial)];
        self.add(Addition { record: Some(record), ledger, strategy: None }).unwrap();
    }

    fn entry(&mut self, entry: Entry) -> Result<(), StateError> {
        self.add(Addition { ledger: vec![entry], ..Addition::default() })
    }

    fn tried(&self) -> u64 {
        let ledger = self.state.ledger();
        ledger.tried(ledger.epoch().unwrap()).trials
    }
}

fn look(number: u64, epoch: &str, candidate: &str) -> Look {
    Look {
        look: number,
        iteration: 0,
        candidate: candidate.into(),
        epoch: epoch.into(),
        level: level(number),
        trials: 12,
        dsr: 0.6,
        pbo: Some(0.4),
        at: "2024-05-06T07:08:09Z".into(),
    }
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

fn years(from: u32, to: u32) -> Bars {
    Bars { from: format!("{from}-01-03T00:00:00Z"), to: format!("{to}-12-31T00:00:00Z") }
}

/// Developed until 2008, held out from 2009 on, but for what the closure changes.
fn other(iteration: u64, epoch: &str, change: impl Fn(&mut EpochSpan)) -> EpochSpan {
    let mut span = span(iteration, epoch);
    change(&mut span);
    span
}

#[test]
fn a_strategy_counts_once_in_an_epoch_and_again_in_another() {
    let mut kept = Kept::new();
    kept.record("e1", Verdict::Baseline, "a");
    kept.record("e1", Verdict::Rejected, "b");
    kept.record("e1", Verdict::External, "a");
    assert_eq!((kept.state.ledger().total(), kept.tried()), (2, 2));
    kept.record("e2", Verdict::Baseline, "a");
    assert_eq!((kept.state.ledger().total(), kept.tried()), (3, 3));
    let trials: Vec<Option<u64>> =
        kept.state.history().records().iter().map(|record| record.trial).collect();
    assert_eq!(trials, [Some(1), Some(2), Some(2), Some(3)]);
    assert_eq!(kept.state.ledger().trial("e1", "b").unwrap().trial, 2);
    assert_eq!(kept.state.ledger().trial("e2", "b"), None);
}

/// The same bars are counted over epochs; bars of other years or other symbols are another question.
#[test]
fn trials_count_wherever_their_bars_overlap() {
    let mut kept = Kept::new();
    kept.begin(span(0, "e1"), "a");
    kept.record("e1", Verdict::Rejected, "b");
    kept.begin(other(2, "later", |span| span.out_of_sample = years(2010, 2012)), "a");
    assert_eq!(kept.tried(), 1);
    kept.begin(other(3, "elsewhere", |span| span.symbols = vec!["B".into()]), "a");
    assert_eq!(kept.tried(), 1);
    kept.begin(other(4, "both", |span| span.symbols = vec!["B".into(), "A".into()]), "a");
    assert_eq!(kept.tried(), 4, "two of e1, one of elsewhere, its own");
    let ledger = kept.state.ledger();
    let tried = ledger.tried(ledger.epoch().unwrap());
    assert_eq!((tried.sharpes.len(), tried.rows.len()), (4, 1), "rows are of one epoch's bars");
    assert_eq!((ledger.total(), kept.state.status().unwrap().trials), (5, 5));
}

#[test]
fn counts_that_do_not_add_up_are_refused() {
    let mut kept = Kept::new();
    kept.record("e1", Verdict::Baseline, "a");
    let refused = |entry: Entry| {
        let step =
            kept.state.step(Addition { ledger: vec![entry], ..Addition::default() }, usize::MAX);
        step.unwrap_err().to_string()
    };
    let of = |number, count| Trial { count, ..trial(1, number, "b") };
    for (entry, expected) in [
        (Entry::Trial(of(3, 1)), "trial 3 of iteration 1 should be 2"),
        (Entry::Trial(of(2, 7)), "trial 2 of iteration 1 should be 8"),
        (Entry::Trial(of(1, 0)), "should be 2"),
        (Entry::Look(look(2, "e1", "a")), "look 2 can't follow 0 of 3 looks"),
        (
            Entry::Outcome(outcome(&look(1, "e1", "a"), None)),
            "there is no look for the outcome of look 1",
        ),
        (
            Entry::Look(Look { level: 0.05, ..look(1, "e1", "a") }),
            "look 1 is at level 0.05, and its number gives 0.0303963",
        ),
        (Entry::Look(look(1, "e0", "a")), "look 1 names epoch e0, and stands in epoch e1"),
        (Entry::Look(look(1, "e1", "z")), "look 1 is for z, of which there is no trial"),
    ] {
        let message = refused(entry);
        assert!(message.starts_with("state/ledger: ") && message.contains(expected), "{message}");
    }
    let empty = State::read(&Files::new()).unwrap();
    let first = Addition {
        record: Some(blank(0, "e1")),
        ledger: vec![Entry::Trial(trial(0, 1, "a"))],
        strategy: None,
    };
    assert!(empty.step(first, usize::MAX).is_err(), "no epoch has begun");
    // Nothing but a record can be first.
    let entry = vec![Entry::Epoch(span(0, "e1"))];
    let only = Addition { ledger: entry, ..Addition::default() };
    assert_eq!(empty.step(only, usize::MAX), Err(StateError::Missing { path: StatePath::Status }));
}

#[test]
fn a_ledger_that_disagrees_with_the_history_is_refused() {
    let mut kept = Kept::new();
    kept.record("e1", Verdict::Baseline, "a");
    kept.record("e1", Verdict::Rejected, "b");
    let path = StatePath::Ledger(0);
    let text = kept.files[&path].text().unwrap().to_owned();
    let message = |text: &str| {
        let mut files = kept.files.clone();
        files.insert(path, text.into());
        State::read(&files).unwrap_err().to_string()
    };
    let without_last = format!("{}\n]\n", text.rsplit_once(",\n").unwrap().0);
    for (text, expected) in [
        (without_last.as_str(), "iteration 1 is trial 2 by its record and 1 by the ledger"),
        (&text.replace("\"iteration\":1", "\"iteration\":4"), "by its record"),
        (&text.replace("\"count\":1", "\"count\":2"), "should be"),
        (&text.replace("\"kind\":\"trial\"", "\"kind\":\"treat\""), "state/ledger/0000.json:3"),
        (&text.replacen("\"format\":1", "\"format\":2", 1), "format 2 is newer than 1"),
        (&text.replacen("\"cells\":\"", "\"cells\":\"%", 1), "can't be read"),
        ("", "state/ledger/0000.json:1"),
    ] {
        let message = message(text);
        assert!(message.contains(expected), "{message}");
    }
    let mut gone = kept.files.clone();
    let bytes = gone.remove(&path).unwrap();
    gone.insert(StatePath::Ledger(1), bytes);
    assert_eq!(State::read(&gone), Err(StateError::Missing { path }));
}

/// An outcome is that of the look before it, and a look is at what its iteration made.
#[test]
fn looks_and_outcomes_that_were_edited_are_refused() {
    let mut kept = Kept::new();
    kept.record("e1", Verdict::Baseline, "a");
    kept.record("e1", Verdict::Rejected, "b");
    let look = look(1, "e1", "a");
    kept.entry(Entry::Look(look.clone())).unwrap();
    kept.entry(Entry::Outcome(outcome(&look, Some(true)))).unwrap();
    assert_eq!(kept.state.status().unwrap().label, Label::Certified);
    let path = StatePath::Ledger(0);
    let text = kept.files[&path].text().unwrap().to_owned();
    for (from, to, expected) in [
        (
            "\"outcome\",\"candidate\":\"a\"",
            "\"outcome\",\"candidate\":\"b\"",
            "the outcome of look 1 names candidate b, and the look before it a",
        ),
        (
            "\"candidate\":\"a\",\"epoch\":\"e1\",\"look\":1",
            "\"candidate\":\"a\",\"epoch\":\"e2\",\"look\":1",
            "the outcome of look 1 names epoch e2, and the look before it e1",
        ),
        ("\"epoch\":\"e1\",\"look\":1", "\"epoch\":\"e1\",\"look\":2", "of look 2 names look 2"),
        ("\"level\":0.0303", "\"level\":0.303", "look 1 is at level 0.303"),
        ("\"level\":0.0303", "\"level\":-0.0303", "look 1 is at level -0.03"),
        (
            "\"look\":1,\"iteration\":0",
            "\"look\":1,\"iteration\":1",
            "look 1 is for a of iteration 1, whose record names another",
        ),
        (
            "\"look\":1,\"iteration\":0",
            "\"look\":1,\"iteration\":7",
            "look 1 is for a of iteration 7",
        ),
        ("\"kind\":\"look\"", "\"kind\":3", "state/ledger/0000.json:5: column"),
    ] {
        let edited = text.replace(from, to);
        assert_ne!(edited, text, "{from}");
        let mut files = kept.files.clone();
        files.insert(path, edited.into());
        let message = State::read(&files).unwrap_err().to_string();
        assert!(message.contains(expected) && message.contains("doctor"), "{message}");
    }
}

/// Nothing but the ledger knows how many looks were spent.
#[test]
fn a_ledger_that_was_emptied_or_lost_is_refused() {
    let mut kept = Kept::new();
    kept.record("e1", Verdict::Baseline, "a");
    let emptied = |kept: &Kept| {
        let mut files = kept.files.clone();
        files.insert(StatePath::Ledger(0), "[\n]\n".into());
        State::read(&files).unwrap_err().to_string()
    };
    let message = emptied(&kept);
    assert!(message.contains("it has no entries, and the records count 1 trials"), "{message}");
    // A record that says what luck would show was made beside a ledger.
    let luck = LuckSummary {
        trials: 2,
        sharpe: None,
        dsr: None,
        pbo: None,
        label: Label::Search,
        looks: 0,
    };
    let record = Record {
        verdict: Verdict::Rejected,
        candidate: Some("b".into()),
        trial: Some(0),
        luck: Some(luck),
        ..blank(1, "e1")
    };
    kept.add(added(&kept.state, record, None)).unwrap();
    kept.files.remove(&StatePath::Ledger(0));
    let message = State::read(&kept.files).unwrap_err().to_string();
    let expected = "its files are gone, and iteration 1 was recorded beside a ledger";
    assert!(message.contains(expected), "{message}");
}

/// What was recorded before there was a ledger stays counted, everywhere.
#[test]
fn trials_of_before_there_was_a_ledger_are_carried() {
    let mut kept = Kept::new();
    kept.record("e1", Verdict::Baseline, "a");
    kept.record("e1", Verdict::Rejected, "b");
    kept.files.remove(&StatePath::Ledger(0));
    kept.state = State::read(&kept.files).unwrap();
    assert_eq!(kept.state.ledger().total(), 2);
    let third = other(2, "e2", |span| span.symbols = vec!["Z".into()]);
    kept.begin(third, "a");
    assert_eq!((kept.state.ledger().total(), kept.tried()), (3, 3));
    let text = kept.files[&StatePath::Ledger(0)].text().unwrap().to_owned();
    assert!(
        text.starts_with("[\n{\"format\":1,\"kind\":\"carried\",\"iteration\":1,\"trials\":2},\n")
    );
}

#[test]
fn files_are_valid_json_grow_at_their_end_and_stay_short() {
    let mut kept = Kept::new();
    kept.record("e1", Verdict::Baseline, "a");
    let mut files: Vec<(StatePath, Blob)> = Vec::new();
    for number in 1..=600 {
        kept.record("e1", Verdict::Rejected, &format!("candidate {number}"));
        if number % 100 == 0 {
            let ledger = |path: &StatePath| matches!(path, StatePath::Ledger(_));
            for (path, before) in &files {
                let lines = &before[..before.len() - "\n]\n".len()];
                assert!(kept.files[path].starts_with(lines), "{path} lost old lines");
            }
            files = kept
                .files
                .iter()
                .filter(|(path, _)| ledger(path))
                .map(|(p, b)| (*p, b.clone()))
                .collect();
        }
    }
    assert!(files.len() > 1);
    for (path, bytes) in &files {
        assert!(bytes.len() <= LEDGER_BYTES, "{path} has {} bytes", bytes.len());
        let values: Vec<serde_json::Value> = serde_json::from_slice(bytes).unwrap();
        assert!(values.iter().all(|value| value["format"] == 1));
    }
    assert_eq!(kept.state.ledger().total(), 601);
}

#[test]
fn a_look_is_permitted_by_what_a_repository_holds_and_by_nothing_else() {
    let mut kept = Kept::new();
    kept.record("e1", Verdict::Baseline, "a");
    assert_eq!(kept.state.ledger().open_look(), None);
    let first = look(1, "e1", "a");
    let addition = Addition { ledger: vec![Entry::Look(first.clone())], ..Addition::default() };
    let mut in_memory = kept.state.clone();
    in_memory.apply(in_memory.step(addition, usize::MAX).unwrap());
    assert_eq!(in_memory.ledger().open_look(), None, "it is nowhere but in memory");

    kept.entry(Entry::Look(first.clone())).unwrap();
    assert_eq!(kept.state.ledger().open_look().unwrap().look(), &first);
    assert_eq!(kept.state.status().unwrap().holdout.looks, 1, "spent before it is taken");
    let again = kept.entry(Entry::Look(look(2, "e1", "a"))).unwrap_err().to_string();
    assert!(again.contains("before the outcome of the last"), "{again}");
    kept.entry(Entry::Outcome(outcome(&first, Some(false)))).unwrap();
    assert_eq!(kept.state.ledger().open_look(), None);
    assert_eq!(kept.state.status().unwrap().label, Label::Search);
}

/// Its order says what an iteration had seen; a clock that was set back says otherwise.
#[test]
fn what_came_before_an_iteration_is_told_by_its_own_trials_and_not_by_the_clock() {
    let mut kept = Kept::new();
    kept.record("e1", Verdict::Baseline, "a");
    let first = look(1, "e1", "a");
    kept.entry(Entry::Look(first.clone())).unwrap();
    kept.entry(Entry::Outcome(outcome(&first, Some(false)))).unwrap();
    kept.record("e1", Verdict::Rejected, "b");
    // Tried before: no entry of its own.
    kept.record("e1", Verdict::External, "a");
    let hours_before_the_look = "2024-05-06T01:00:00Z";
    let seen = |iteration| {
        let before = kept.state.ledger().before(iteration, hours_before_the_look);
        (before.total(), before.entries().filter(|entry| matches!(entry, Entry::Look(_))).count())
    };
    assert_eq!([seen(0), seen(1), seen(2)], [(0, 0), (1, 1), (2, 1)]);
}

#[test]
fn labels_are_earned_by_the_incumbent_itself() {
    let mut kept = Kept::new();
    kept.record("e1", Verdict::Baseline, "a");
    kept.record("e1", Verdict::Accepted, "b");
    let passed = Look { iteration: 1, ..look(1, "e1", "b") };
    kept.entry(Entry::Look(passed.clone())).unwrap();
    kept.entry(Entry::Outcome(outcome(&passed, Some(true)))).unwrap();
    assert_eq!(kept.state.status().unwrap().label, Label::Certified);
    assert_eq!(kept.state.ledger().label("a"), Label::Search);
    // What replaces it has earned nothing.
    kept.record("e1", Verdict::Accepted, "c");
    assert_eq!(kept.state.status().unwrap().label, Label::Search);
    let strong = Look { iteration: 2, dsr: 0.951, pbo: Some(0.2), ..look(2, "e1", "c") };
    kept.entry(Entry::Look(strong.clone())).unwrap();
    kept.entry(Entry::Outcome(outcome(&strong, Some(true)))).unwrap();
    assert_eq!(kept.state.status().unwrap().label, Label::Strong);
    for weaker in [
        Look { dsr: 0.949, ..strong.clone() },
        Look { pbo: Some(0.21), ..strong.clone() },
        Look { pbo: None, ..strong },
    ] {
        assert!(!weaker.is_strong());
    }
}

/// Three looks retire a holdout, and moving it by a little is no way to get more.
#[test]
fn a_holdout_is_retired_with_everything_that_overlaps_with_it() {
    let mut kept = Kept::new();
    kept.begin(span(0, "e1"), "a");
    kept.record("e1", Verdict::Accepted, "c1");
    kept.record("e1", Verdict::Accepted, "c2");
    for number in 1..=2 {
        let look = Look { iteration: number, ..look(number, "e1", &format!("c{number}")) };
        kept.entry(Entry::Look(look.clone())).unwrap();
        kept.entry(Entry::Outcome(outcome(&look, Some(false)))).unwrap();
    }
    // A bar more, another cost: another epoch, the same holdout.
    kept.begin(other(3, "e2", |span| span.holdout = Some(years(2010, 2011))), "a");
    assert_eq!(kept.state.status().unwrap().holdout.looks, 2);
    let third = look(3, "e2", "a");
    kept.entry(Entry::Look(third.clone())).unwrap();
    kept.entry(Entry::Outcome(outcome(&third, None))).unwrap();
    let fourth = kept.entry(Entry::Look(look(4, "e2", "a"))).unwrap_err().to_string();
    assert!(fourth.contains("can't follow 3 of 3 looks"), "{fourth}");
    // Bars that came later are another holdout, and so are those of other symbols.
    kept.begin(other(4, "e3", |span| span.holdout = Some(years(2012, 2014))), "a");
    assert_eq!(kept.state.status().unwrap().holdout.looks, 0);
    kept.entry(Entry::Look(look(1, "e3", "a"))).unwrap();
}

#[test]
fn bars_that_rules_were_chosen_by_cannot_certify() {
    let mut kept = Kept::new();
    kept.begin(span(0, "e1"), "a");
    let spoiled = |kept: &Kept| {
        let ledger = kept.state.ledger();
        ledger.spoiled_by(ledger.epoch().unwrap()).map(|span| span.epoch.clone())
    };
    assert_eq!(spoiled(&kept), None);
    // The holdout moves forward: what it loses may be developed on.
    let forward = |span: &mut EpochSpan| {
        span.development = years(2000, 2009);
        span.holdout = Some(years(2010, 2012));
    };
    kept.begin(other(1, "e2", forward), "a");
    assert_eq!(spoiled(&kept), None);
    // It moves back onto bars of e2's out-of-sample span.
    kept.begin(other(2, "e3", |span| span.holdout = Some(years(2009, 2012))), "a");
    assert_eq!(spoiled(&kept).as_deref(), Some("e2"));
    kept.begin(
        other(3, "e4", |span| {
            span.holdout = Some(years(2009, 2012));
            span.symbols = vec!["Z".into()];
        }),
        "a",
    );
    assert_eq!(spoiled(&kept), None, "other symbols");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// A row has few cells, each within half a step of the sum that it stands for.
    #[test]
    fn a_row_is_short_and_close(returns in prop::collection::vec(-0.2..0.2_f64, 0..3_000)) {
        let cells = Row::of(&returns).returns().unwrap();
        let width = bars_per_cell(returns.len());
        let sums: Vec<f64> = returns.chunks(width).map(|bars| bars.iter().sum()).collect();
        prop_assert!(cells.len() <= MOST_CELLS);
        prop_assert_eq!(cells.len(), sums.len());
        let largest = sums.iter().fold(0.0_f64, |most, sum| most.max(sum.abs()));
        for (cell, sum) in cells.iter().zip(&sums) {
            prop_assert!((cell - sum).abs() <= largest / 127.0 * 0.500_001);
        }
    }

    /// An entry comes back as it was written, to the bit.
    #[test]
    fn entries_read_back(sharpe in any::<f64>(), returns in prop::collection::vec(-1e3..1e3_f64, 0..600)) {
        let entry = Entry::Trial(Trial {
            sharpe: Some(sharpe),
            returns: Some(Row::of(&returns)),
            ..trial(3, 4, "c")
        });
        let line = entry.to_line();
        prop_assert_eq!(line.is_ok(), sharpe.is_finite());
        if let Ok(line) = line {
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(Entry::parse(&line, "f", 1).unwrap(), entry);
        }
    }

    #[test]
    fn no_line_makes_the_parser_panic(line in ".{0,200}") {
        let _ = Entry::parse(&line, "f", 1);
    }
}
