#!/usr/bin/env python3
"""Breaks the loop on purpose, one bug at a time, and has the simulation look for each.

    .ci/mutate.py [SEEDS [NAME ...]]

A bug that SEEDS seeds (10,000 unless told) don't find ends the run with exit code 1. It works on a copy below
target/, and takes about a minute for each bug: it is no part of .ci/run.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "target" / "mutants"

# Name, file, text, and what stands there instead. Each text is there exactly once.
BUGS = [
    ("a proposal is evaluated before it is durable", "src/iteration/propose.rs",
     "if !orders.dry_run {\n                ports.repository.write_journal", "if false {\n                ports.repository.write_journal"),
    ("a record is committed without a journal", "src/iteration.rs",
     "ports.repository.write_journal(lock, &journal.to_text()?)?;", ""),
    ("a call is made before what it can cost is durable", "src/iteration/purse.rs",
     "self.books.reserved.push(Some(*most));\n        self.write()?;", "self.books.reserved.push(Some(*most));"),
    ("what calls under way can cost is forgotten", "src/iteration/purse.rs",
     "self.asked.in_flight.add(most);", "let _ = most;"),
    ("what a call did cost isn't booked", "src/iteration/purse.rs",
     "self.books.asked.bill.add(actual);", ""),
    ("a call that nobody settled costs nothing", "src/iteration/purse.rs",
     "self.asked.bill.add(&most);", ""),
    ("what was booked is booked again", "src/iteration.rs",
     "self.books.recorded();", ""),
    ("budgets are not held", "src/iteration/purse.rs",
     "if let Some(overdrawn) = overdrawn(self.budget, &self.spent(), most) {",
     "if let Some(overdrawn) = overdrawn(self.budget, &self.spent(), most).filter(|_| false) {"),
    ("budgets forget what isn't recorded yet", "src/iteration/purse.rs",
     "spent.add_unrecorded(&self.books.asked.owed());", ""),
    ("a commit that has landed is made again", "src/reconcile/mod.rs",
     "if intent.has_landed(state).map_err(Refusal::State)? {", "if intent.has_landed(state).map_err(Refusal::State)? && false {"),
    ("a commit is made on top of another state", "src/reconcile/mod.rs",
     "if is_next && intent.fits(state) {", "if is_next {"),
    ("a lost race counts as won", "src/iteration/settle.rs",
     "CommitOutcome::Moved { .. } => Err(LoopError::Moved),",
     "CommitOutcome::Moved { found } => found.ok_or(LoopError::Moved),"),
    ("the journal goes before the work tree follows", "src/iteration/settle.rs",
     "    check_out(ports, lock, files)?;\n    ports.repository.clear_journal(lock)?;",
     "    ports.repository.clear_journal(lock)?;\n    check_out(ports, lock, files)?;"),
    ("a proposal for another incumbent is evaluated all the same", "src/reconcile/mod.rs",
     "} else if journal.parent.as_deref() != incumbent || view.strategy != incumbent {", "} else if false {"),
    ("a proposal of another epoch is evaluated all the same", "src/reconcile/mod.rs",
     "} else if journal.epoch != view.epoch {", "} else if false {"),
    ("what can't be finished is dropped", "src/reconcile/mod.rs",
     "Ok(vec![Action::Abandon { journal: Box::new(journal.clone()), reason }])",
     "let _ = (journal, reason);\n    Ok(vec![Action::DropJournal])"),
    ("a half-done proposal is dropped", "src/reconcile/mod.rs",
     "return Ok(vec![Action::Resume(Box::new(journal.clone()), proposal.clone())]);",
     "let _ = proposal;\n        return Ok(vec![Action::DropJournal]);"),
    ("a person's commit is not taken in", "src/reconcile/mod.rs",
     "let edited = hash != status.incumbent.hash;", "let edited = hash != status.incumbent.hash && status.iteration == u64::MAX;"),
    ("a new epoch is not noticed", "src/reconcile/mod.rs",
     "if status.epoch != view.epoch {", "if status.epoch != view.epoch && status.iteration == u64::MAX {"),
]


def main():
    seeds = sys.argv[1] if len(sys.argv) > 1 else "10000"
    chosen = [bug for bug in BUGS if not sys.argv[2:] or bug[0] in sys.argv[2:]]
    missed = []
    for name, file, text, instead in chosen:
        copy(file, text, instead, name)
        built = cargo("build", "--quiet", "--release", "--locked", "--example", "simulate")
        if built.returncode:
            sys.exit(f"{name}: doesn't build\n{built.stderr}")
        found = hunt(int(seeds))
        print(f"{name}: {found or 'not found'}", flush=True)
        missed += [] if found else [name]
    if missed:
        sys.exit(f"not found in {seeds} seeds: {', '.join(missed)}")


def copy(file, text, instead, name):
    """The project with one bug in it. Files that don't change keep their times, so that little is built."""
    COPY.mkdir(parents=True, exist_ok=True)
    for part in ("src", "examples", "benches", "tests", "Cargo.toml", "Cargo.lock", "rustfmt.toml", "README.md"):
        source, target = ROOT / part, COPY / part
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy2(source, target)
    path = COPY / file
    before = path.read_text(encoding="utf-8")
    if before.count(text) != 1:
        sys.exit(f"{name}: {file} has the text {before.count(text)} times")
    path.write_text(before.replace(text, instead), encoding="utf-8")


def cargo(*args):
    return subprocess.run(["cargo", *args], cwd=COPY, capture_output=True, text=True, check=False,
                          env={**os.environ, "CARGO_TARGET_DIR": str(COPY / "target")})


def hunt(seeds):
    """The first seed that finds the bug, and what it says; in growing steps, as most need few."""
    start, step = 0, 20
    while start < seeds:
        step = min(step, seeds - start)
        program = COPY / "target" / "release" / "examples" / "simulate"
        run = subprocess.run([program, "--from", str(start), "--seeds", str(step)],
                             capture_output=True, text=True, check=False)
        if said := re.search(r"^seed (\d+): (.*)", run.stdout, re.M):
            return f"seed {said[1]}: {said[2][:90]}"
        start, step = start + step, step * 4
    return None


if __name__ == "__main__":
    main()
