#!/usr/bin/env python3
"""Renews what README.md shows of a real run: the picture, the excerpt of the log, a commit, the numbers.

    .ci/readme.py

Run it when the search, the program, the data or the engine changed, and then read the README: the sentences
around the numbers are a person's.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOVES = ("baseline", "accepted", "external")
SHOWN = 6


def run(*command: str, given: str | None = None) -> str:
    done = subprocess.run(command, cwd=ROOT, check=True, input=given, stdout=subprocess.PIPE, text=True)
    return done.stdout


def sprag(*arguments: str) -> str:
    return run("cargo", "run", "--quiet", "--release", "--", *arguments)


def between(page: str, name: str, text: str) -> str:
    """Replaces a block of code between two markers."""
    pattern = rf"(<!-- {name}: begin -->\n).*?(\n<!-- {name}: end -->)"
    page, count = re.subn(pattern, lambda m: f"{m[1]}\n```text\n{text}\n```\n{m[2]}", page, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"README.md: expected the markers of {name} once, found them {count} times")
    return page


def replaced(page: str, pattern: str, text: str) -> str:
    page, count = re.subn(pattern, lambda _: text, page)
    if count != 1:
        raise SystemExit(f"README.md: expected {pattern!r} once, found it {count} times")
    return page


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        research = f"{folder}/research"
        sprag("iterate", "-n", "25", f"--scratch={research}", "--quiet")
        lines = json.loads(sprag("--root", research, "log", "--json"))
        kept = [line["iteration"] for line in lines if line["verdict"] in MOVES]
        last = json.loads(sprag("--root", research, "show", str(kept[-1]), "--json"))
        # The stretch in which most happened.
        starts = range(1, len(lines) - SHOWN + 1)
        start = max(starts, key=lambda at: sum(at <= n < at + SHOWN for n in kept))
        shown = next(n for n in kept if n >= start)
        git = ("git", "-C", research, "log")
        log = run(*git, "--oneline", f"--skip={len(lines) - start - SHOWN}", f"--max-count={SHOWN}")
        commit = run(*git, "--format=%B", f"--skip={len(lines) - 1 - shown}", "--max-count=1")
    climb = ("cargo", "run", "--quiet", "--release", "--example", "climb")
    (ROOT / "docs/images/climb.svg").write_text(run(*climb, given=json.dumps(lines)), encoding="utf-8")

    page = (ROOT / "README.md").read_text(encoding="utf-8")
    page = between(page, "log", "$ git log --oneline\n" + log.strip())
    page = between(page, "commit", commit.strip())
    scores = [line["score"] for line in lines]
    rise = f"from {scores[0]:.1f} to {scores[kept[-1]]:.1f}"
    page = replaced(page, r"it rises in \d+ steps from \S+ to [^]]+", f"it rises in {len(kept) - 1} steps {rise}")
    sharpe = {span: f"{last[span]['sharpe']:.2f}" for span in ("out_of_sample", "in_sample")}
    page = replaced(page, r"\S+\s+out-of-sample, on the span", f"{sharpe['out_of_sample']} out-of-sample, on the span")
    page = replaced(page, r"of\s+\S+\s+in-sample, on years", f"of {sharpe['in_sample']} in-sample, on years")
    (ROOT / "README.md").write_text(page, encoding="utf-8")


main()
