#!/usr/bin/env python3
"""Breaks the loop on purpose, one bug at a time, and has the simulation look for each.

    .ci/mutate.py [SEEDS [NAME ...]]

A bug that SEEDS seeds (10,000 unless told) don't find ends the run with exit code 1. All bugs are built into one copy of
the project below target/, where the environment says which of them is awake. It prints the table of docs/recovery.md; it
takes some minutes, most of them for the build, and is no part of .ci/run.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "target" / "mutants"

# File, text, and what stands there instead: «name» is whether the bug of that name is awake. Each text is there once.
PATCHES = [
    ("src/iteration/propose.rs", "if !orders.dry_run {\n                ports.repository.write_journal",
     "if !orders.dry_run && !«a proposal is evaluated before it is durable» {\n"
     "                ports.repository.write_journal"),
    ("src/iteration.rs", "ports.repository.write_journal(lock, &journal.to_text()?)?;",
     "if !«a record is committed without a journal» && !«the journal is written after the commit» {\n"
     "                ports.repository.write_journal(lock, &journal.to_text()?)?;\n            }"),
    ("src/iteration.rs", "settle::finish(ports, lock, &intent.files)?;",
     "if «the journal is written after the commit» {\n"
     "                ports.repository.write_journal(lock, &journal.to_text()?)?;\n            }\n"
     "            settle::finish(ports, lock, &intent.files)?;"),
    ("src/iteration/purse.rs", "self.books.reserved.push(Some(*most));\n        self.write()?;",
     "self.books.reserved.push(Some(*most));\n"
     "        if !«a call is made before what it can cost is durable» {\n            self.write()?;\n        }"),
    ("src/iteration/purse.rs", "self.asked.in_flight.add(most);",
     "if !«what calls under way can cost is forgotten» {\n                self.asked.in_flight.add(most);\n            }"),
    ("src/iteration/purse.rs", "self.books.asked.bill.add(actual);",
     "if !«what a call did cost isn't booked» {\n            self.books.asked.bill.add(actual);\n        }"),
    ("src/iteration/purse.rs", "self.asked.bill.add(&most);",
     "if !«a call that nobody settled costs nothing» {\n                self.asked.bill.add(&most);\n            }"),
    ("src/iteration/purse.rs", "Some(Phase::Asked(asked)) => asked.owed(),",
     "Some(Phase::Asked(asked)) if !«what a killed run owes is forgotten» => asked.owed(),"),
    ("src/iteration.rs", "self.books.recorded();",
     "if !«what was booked is booked again» {\n                self.books.recorded();\n            }"),
    ("src/iteration/purse.rs", "overdrawn(self.budget, &self.spent(), most) {",
     "overdrawn(self.budget, &self.spent(), most).filter(|_| !«budgets are not held») {"),
    ("src/iteration/purse.rs", "spent.add_unrecorded(&self.books.asked.owed());",
     "if !«budgets forget what isn't recorded yet» {\n            spent.add_unrecorded(&self.books.asked.owed());\n        }"),
    ("src/reconcile/mod.rs", "if intent.has_landed(state).map_err(Refusal::State)? {",
     "if !«a commit that has landed is made again» && intent.has_landed(state).map_err(Refusal::State)? {"),
    ("src/reconcile/mod.rs", "if is_next && intent.fits(state) {",
     "if is_next && («a commit is made on top of another state» || intent.fits(state)) {"),
    ("src/iteration/settle.rs", "CommitOutcome::Moved { .. } => Err(LoopError::Moved),",
     "CommitOutcome::Moved { found: Some(id) } if «a lost race counts as won» => Ok(id),\n"
     "        CommitOutcome::Moved { .. } => Err(LoopError::Moved),"),
    ("src/iteration/settle.rs", "    check_out(ports, lock, files)?;\n    ports.repository.clear_journal(lock)?;",
     "    if «the journal goes before the work tree follows» {\n        ports.repository.clear_journal(lock)?;\n    }\n"
     "    if !«the work tree doesn't follow» {\n        check_out(ports, lock, files)?;\n    }\n"
     "    ports.repository.clear_journal(lock)?;"),
    ("src/iteration/settle.rs", "Action::DropJournal => {\n            ports.repository.clear_journal(lock)?;",
     "Action::DropJournal => {\n            if !«a journal that is done with stays» {\n"
     "                ports.repository.clear_journal(lock)?;\n            }"),
    ("src/reconcile/mod.rs", "} else if journal.parent.as_deref() != incumbent || view.strategy != incumbent {",
     "} else if !«a proposal for another incumbent is evaluated all the same»\n"
     "        && (journal.parent.as_deref() != incumbent || view.strategy != incumbent)\n    {"),
    ("src/reconcile/mod.rs", "} else if journal.epoch != view.epoch {",
     "} else if !«a proposal of another epoch is evaluated all the same» && journal.epoch != view.epoch {"),
    ("src/reconcile/mod.rs", "    Ok(vec![Action::Abandon { journal: Box::new(journal.clone()), reason }])",
     "    if «what can't be finished is dropped» {\n        return Ok(vec![Action::DropJournal]);\n    }\n"
     "    Ok(vec![Action::Abandon { journal: Box::new(journal.clone()), reason }])"),
    ("src/reconcile/mod.rs", "return Ok(vec![Action::Resume(Box::new(journal.clone()), proposal.clone())]);",
     "if «a half-done proposal is dropped» {\n            return Ok(vec![Action::DropJournal]);\n        }\n"
     "        return Ok(vec![Action::Resume(Box::new(journal.clone()), proposal.clone())]);"),
    ("src/reconcile/mod.rs", "let edited = hash != status.incumbent.hash;",
     "let edited = hash != status.incumbent.hash && !«a person's commit is not taken in»;"),
    ("src/reconcile/mod.rs", "if status.epoch != view.epoch {",
     "if status.epoch != view.epoch && !«a new epoch is not noticed» {"),
    ("src/reconcile/mod.rs", "let differences = differences(view.state, view.copies, explained);\n    if differences.is_empty() {",
     "let differences = differences(view.state, view.copies, explained);\n"
     "    if differences.is_empty() || «a person's edits are written over» {"),
    ("src/record/trials.rs", "if let Some(known) = self.ledger.trial(self.epoch, hash) {",
     "if let Some(known) = self.ledger.trial(self.epoch, hash).filter(|_| !«a trial is counted twice») {"),
    ("src/state/journal.rs", "let new = trials.filter(|trial| ledger",
     "let new = trials.filter(|_| !«what is abandoned was never tried»).filter(|trial| ledger"),
    ("src/state/lines.rs", "let close = if is_closed(&self.text) { CLOSE }",
     "let close = if is_closed(&self.text) && !«a hash isn't that of the whole file» { CLOSE }"),
    ("src/iteration.rs", "orders.deadline.is_some_and(", "!«a deadline is overlooked» && orders.deadline.is_some_and("),
    ("src/review/due.rs", "Ok(merge(view, &pulls)\n",
     "Ok(merge(view, &pulls)\n        .filter(|_| !«a merged pull request isn't recorded»)\n"),
    ("src/review/due.rs", ".or_else(|| decline(view, &pulls))",
     ".or_else(|| decline(view, &pulls).filter(|_| !«a closed pull request isn't recorded»))"),
    ("src/review/due.rs", ".or_else(|| candidate(view, &pulls))",
     ".or_else(|| candidate(view, &pulls).filter(|_| !«a person's commit to a branch is passed over»))"),
    ("src/review/due.rs", "Some(_) if moved => Some(Cause::Moved),",
     "Some(_) if moved && !«what waits isn't held against a new incumbent» => Some(Cause::Moved),"),
    ("src/review/due.rs", "p.asked == Some(id)))",
     "p.asked == Some(id) && !«a question is evaluated again and again»))"),
    ("src/review/effects.rs", "if !pull.has(Marker::Record(record)) {",
     "if «a comment that is there isn't looked for» || !pull.has(Marker::Record(record)) {"),
    ("src/review/effects.rs", "if pull.has(Marker::Answer(comment)) {",
     "if !«an answer that is there isn't looked for» && pull.has(Marker::Answer(comment)) {"),
    ("src/iteration/publishing.rs", "body: words::without_receipt(&plan.body), ..plan.clone() };",
     "body: if «a pull request has its receipt before all is done» { plan.body.clone() }\n"
     "                    else { words::without_receipt(&plan.body) }, ..plan.clone() };"),
    ("src/iteration/reviewing.rs", "self.hints.wish(wishes.into_iter().next());",
     "self.hints.wish(wishes.into_iter().next().filter(|_| !«a hint in a comment is lost»));"),
    ("src/iteration/look.rs", "if orders.dry_run || session.owes() {",
     "if orders.dry_run || session.owes() && !«a look takes the place of what is owed» {"),
    ("src/iteration/look.rs", "pass: arena.look(permission, &candidate.compiled),",
     "pass: arena.look(permission, &candidate.compiled).map(|pass| pass != «a look says the opposite»),"),
    ("src/certify/due.rs", "trials: tried.trials,", "trials: tried.trials - u64::from(«a look forgets a trial»),"),
    ("src/reconcile/mod.rs", "if let Some(look) = view.state.ledger().open_look() {",
     "if let Some(look) = view.state.ledger().open_look().filter(|_| !«a look is left open») {"),
    ("src/state/history.rs", "self.records.truncate(kept);",
     "if !«records that were taken back are kept» {\n            self.records.truncate(kept);\n        }"),
    ("src/state/mod.rs", "(kept == had).then_some(had)",
     "(kept == had || «the status goes on from what was taken back»).then_some(kept)"),
    ("src/iteration/settle.rs", "Err(_) if !looked_again => {",
     "Err(_) if !looked_again && !«what another run opens is taken for another history's» => {"),
]
NAMES = list(dict.fromkeys(name for patch in PATCHES for name in re.findall("«(.*?)»", patch[2])))
AWAKE = """
#[allow(missing_docs)]
pub fn bug(number: usize) -> bool {
    static AWAKE: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    let named = || std::env::var("SPRAG_BUG").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    *AWAKE.get_or_init(named) == number
}
"""


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    copy()
    built = subprocess.run(["cargo", "build", "--quiet", "--release", "--locked", "--example", "simulate"], cwd=COPY,
                           env={**os.environ, "CARGO_TARGET_DIR": str(COPY / "target")}, check=False)
    if built.returncode:
        sys.exit("the copy doesn't build")
    missed = []
    print("| bug | first seed | what it breaks |\n|---|---|---|")
    for number, name in [(0, "none"), *enumerate(NAMES, 1)]:
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        found = hunt(number, seeds if number else min(seeds, 300))
        if number == 0:
            if found:
                sys.exit(f"without a bug: {found}")
            continue
        print(f"| {name} | {found or 'not found |'} |", flush=True)
        missed += [] if found else [name]
    if missed:
        sys.exit(f"not found in {seeds} seeds: {', '.join(missed)}")


def copy():
    """The project with all bugs in it, asleep. Files that don't change keep their times, so that little is built."""
    COPY.mkdir(parents=True, exist_ok=True)
    for part in ("src", "examples", "benches", "tests", "state", "Cargo.toml", "Cargo.lock", "README.md"):
        source, target = ROOT / part, COPY / part
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
    for file, text, instead in PATCHES:
        path = COPY / file
        times = max((ROOT / file).stat().st_mtime, Path(__file__).stat().st_mtime)
        before = path.read_text(encoding="utf-8")
        if before.count(text) != 1:
            sys.exit(f"{file} has {before.count(text)} times the text {text!r}")
        awake = re.sub("«(.*?)»", lambda name: f"crate::bug({NAMES.index(name[1]) + 1})", instead)
        path.write_text(before.replace(text, awake), encoding="utf-8")
        os.utime(path, (times, times))
    with (COPY / "src" / "lib.rs").open("a", encoding="utf-8") as lib:
        lib.write(AWAKE)
    os.utime(COPY / "src" / "lib.rs", (times, times))


def hunt(number, seeds):
    """The first seed that finds the bug, and what it says; in growing steps, as most need few."""
    start, step = 0, 50
    while start < seeds:
        step = min(step, seeds - start)
        program = COPY / "target" / "release" / "examples" / "simulate"
        try:
            run = subprocess.run([program, "--from", str(start), "--seeds", str(step)], capture_output=True, text=True,
                                 env={**os.environ, "SPRAG_BUG": str(number)}, timeout=900, check=False)
        except subprocess.TimeoutExpired:
            return f"{start} | it never ends"
        if said := re.search(r"^seed (\d+): (.*)", run.stdout, re.M):
            return f"{said[1]} | {said[2][:90]}"
        if run.returncode:
            return f"{start} | it panics: {run.stderr.splitlines()[:1]}"
        start, step = start + step, step * 4
    return None


if __name__ == "__main__":
    main()
