//! Reading what is known in part is reading: whatever was there before, and whatever became of it.

use sprag::state::{Blobs, Record, State, Verdict};

use crate::reconcile::driver::{added, blank};

type Files = Blobs;

/// The files after each of some iterations; older records move to segments meanwhile.
fn campaign() -> Vec<Files> {
    let mut files = Files::new();
    let mut all = vec![files.clone()];
    let mut state = State::read(&files).unwrap();
    for iteration in 0..8_u64 {
        let record = Record {
            verdict: if iteration == 0 { Verdict::Baseline } else { Verdict::Rejected },
            candidate: Some(format!("c{iteration}")),
            trial: Some(iteration + 1),
            ..blank(iteration, "e1")
        };
        let step = state.step(added(&state, record, None), 900).unwrap();
        for change in &step.changes {
            files.insert(change.path, change.text.as_str().into());
        }
        state.apply(step);
        all.push(files.clone());
    }
    assert!(state.history().segments().len() > 1, "no records moved to a segment");
    all
}

/// What people and disks make of files.
fn damaged(files: &Files) -> Vec<Files> {
    let mut all = Vec::new();
    for (path, bytes) in files {
        let text = bytes.text().unwrap().to_owned();
        let first = text.find("c0").or_else(|| text.find("c5")).unwrap_or(0);
        let lines: Vec<&str> = text.lines().collect();
        let without = |at: usize| {
            let kept = lines.iter().enumerate().filter(|(line, _)| *line != at);
            kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
        };
        let texts = [
            String::new(),
            "[]".to_owned(),
            "[\n]\n".to_owned(),
            text[..text.len() / 2].to_owned(),
            format!("{text} "),
            text.replacen("\n]\n", ",\n]\n", 1),
            text.replacen("\n]\n", ",\n{}\n]\n", 1),
            text.replacen("\n]\n", "x\n]\n", 1),
            format!("{}X{}", &text[..first], &text[first..]),
            without(1),
            without(lines.len().saturating_sub(2)),
        ];
        all.extend(texts.into_iter().map(|text| {
            let mut files = files.clone();
            files.insert(*path, text.into());
            files
        }));
        let mut gone = files.clone();
        gone.remove(path);
        all.push(gone);
    }
    all
}

#[test]
fn reading_again_says_what_reading_says() {
    let mut all = campaign();
    let last = all.last().cloned().unwrap();
    all.extend(damaged(&last));
    all.extend(damaged(&all[2].clone()));
    let (mut grown, mut refused) = (0, 0);
    for before in &all {
        let Ok(known) = State::read(before) else { continue };
        for after in &all {
            let anew = State::read(after);
            assert_eq!(known.clone().read_again(after), anew, "{before:?}\n{after:?}");
            let more = anew.as_ref().is_ok_and(|now| now.history().len() > known.history().len());
            grown += usize::from(more);
            refused += usize::from(anew.is_err());
        }
    }
    assert!(grown > 20 && refused > 100, "{grown} grew, {refused} were refused");
}
