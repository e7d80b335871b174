#!/usr/bin/env python3
"""Kills the real binary, and the gits that it starts, and looks at what they leave.

    .ci/kill.py BINARY [KILLS]

KILLS (500 unless told) are of three kinds, in turns: at a random time; at one of the system calls that change a file or a
ref, taken from a recording of an iteration; and runs whose files may not grow beyond some size, or whose disk is full.
After each: the next run reconciles, what was durable is recorded once, the history only grew, the repository is sound and
clean. At the end the research is what it would have been undisturbed. Needs git and strace.
"""

import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data" / "cli"
PROGRAM = """# Research

Find something small that lasts.

```toml
[gates]
min_delta = 0.02
min_trades = 5
min_trades_per_fold = 0
max_drawdown = 0.9
complexity = 0
benchmark = false
cost_stress = 0
plateau = 0

[costs]
fee_bps = 1.0
```
"""
CHANGING = ("write", "pwrite64", "writev", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat",
            "rmdir", "link", "linkat", "symlink", "symlinkat", "fsync", "fdatasync", "ftruncate", "openat")
# A git that outlives its loop may hold a lock for a moment.
PATIENCE_S = 30
# What stands in for git while its calls are recorded or one of them is the last: it counts the gits of a run.
WRAPPER = """#!/bin/sh
n=$(($(cat "$KILL_COUNT" 2>/dev/null || echo 0) + 1))
echo $n >"$KILL_COUNT"
if [ -n "$KILL_RECORD" ]; then
    exec strace -qq -y -o "$KILL_RECORD/git.$n" -e trace="$KILL_CALLS" "$KILL_GIT" "$@"
fi
if [ "$n" = "$KILL_AT" ]; then
    strace -qq -o /dev/null -e trace="$KILL_CALL" -e inject="$KILL_CALL":signal=KILL:when="$KILL_WHEN" "$KILL_GIT" "$@"
    code=$?
    [ -n "$KILL_PARENT" ] && [ $code -gt 128 ] && kill -9 $PPID
    exit $code
fi
exec "$KILL_GIT" "$@"
"""


class Broken(Exception):
    """Something that must hold doesn't."""


class Research:
    """A research repository, and the binary at work in it."""

    def __init__(self, binary, folder):
        self.binary, self.root = binary, folder / "research"
        self.bin = folder / "bin"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
        self.bin.mkdir(parents=True)
        wrapper = self.bin / "git"
        wrapper.write_text(WRAPPER, encoding="utf-8")
        wrapper.chmod(0o755)
        (self.root / "data").mkdir(parents=True)
        (self.root / "state").mkdir()
        (self.root / "program.md").write_text(PROGRAM, encoding="utf-8")
        shutil.copy(DATA / "WAVE.csv", self.root / "data")
        shutil.copy(DATA / "strategy.toml", self.root / "state")
        for command in (("init", "--quiet", "--initial-branch=main"), ("config", "user.name", "A Person"),
                        ("config", "user.email", "person@example.org"), ("add", "--all"),
                        ("commit", "--quiet", "--message", "start")):
            self.git(*command)
        self.known = []

    def git(self, *args):
        done = subprocess.run(["git", "-C", self.root, *args], env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Broken(f"git {' '.join(args)}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self, n, before=(), env=None, **options):
        """A run of n iterations, in a group of its own."""
        return subprocess.Popen([*before, self.binary, "iterate", "-n", str(n), "--proposer", "search"], cwd=self.root,
                                env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, start_new_session=True, **options)

    def run(self, n):
        """A run that must end well, however long a git of the last one still holds a lock."""
        end = time.monotonic() + PATIENCE_S
        while True:
            process = self.start(n)
            said = process.communicate()[1].decode()
            if process.returncode == 0:
                return
            if process.returncode != 75 or time.monotonic() > end:
                raise Broken(f"the next run ended with {process.returncode}: {said}")
            time.sleep(0.05)

    def records(self):
        try:
            return json.loads(self.git("show", "HEAD:state/history.json"))
        except Broken:
            return []

    def durable(self):
        """The proposal that the journal holds, if it does: its number and its words."""
        try:
            journal = json.loads((self.root / "state" / "journal.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        phase = journal["phase"]
        if "proposed" in phase:
            return journal["iteration"], phase["proposed"]["hypothesis"]
        record = phase.get("recorded", {}).get("record")
        return (journal["iteration"], json.loads(record)["hypothesis"]) if record else None

    def check(self):
        """What a kill left, before and after the next run."""
        self.grew(self.records())
        durable = self.durable()
        self.run(0)
        records = self.records()
        self.grew(records)
        if durable and not any((r["iteration"], r["hypothesis"]) == durable for r in records):
            raise Broken(f"what was durable isn't recorded: {durable}")
        if [r["iteration"] for r in records] != list(range(len(records))):
            raise Broken("numbers are missing or there twice")
        trailers = self.git("log", "--format=%(trailers:key=Sprag-Iteration,valueonly)").split()
        if [int(n) for n in reversed(trailers)] != list(range(len(records))):
            raise Broken(f"commits of iterations: {trailers}")
        if dirt := self.git("status", "--porcelain"):
            raise Broken(f"left behind: {dirt}")
        if (self.root / "state" / "journal.json").exists():
            raise Broken("a journal is left")
        self.git("fsck", "--strict", "--no-dangling", "--no-progress")

    def grew(self, records):
        if records[:len(self.known)] != self.known:
            raise Broken(f"the history of {len(self.known)} records became one of {len(records)}, or another")
        self.known = records

    def recording(self, folder):
        """System calls that change something during one iteration: (which git or 0, call, how manyth of its kind)."""
        folder.mkdir()
        env = self.wrapped(KILL_RECORD=str(folder), KILL_CALLS=",".join(CHANGING))
        process = self.start(1, ("strace", "-qq", "-y", "-o", folder / "git.0", "-e", f"trace={','.join(CHANGING)}"), env)
        said = process.communicate()[1].decode()
        if process.returncode:
            sys.exit(f"strace can't record a run here (exit code {process.returncode}): {said}")
        points = []
        for log in sorted(folder.iterdir(), key=lambda path: int(path.suffix[1:])):
            seen = {}
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
                if not (called := re.match(r"(\w+)\((.*)", line)):
                    continue
                call, rest = called.groups()
                seen[call] = seen.get(call, 0) + 1
                if changes(call, rest):
                    points.append((int(log.suffix[1:]), call, seen[call]))
        return points

    def wrapped(self, **env):
        count = self.bin / "count"
        count.unlink(missing_ok=True)
        return {"PATH": f"{self.bin}:{self.env['PATH']}", "KILL_COUNT": str(count), "KILL_GIT": shutil.which("git"), **env}


def changes(call, rest):
    """Whether a call changes a file: no pipe is written to, nothing only read."""
    if call == "openat":
        return re.search(r"O_(WRONLY|RDWR|CREAT)", rest) and "/dev/" not in rest
    if call in ("write", "pwrite64", "writev"):
        return re.match(r"\d+</(?!dev/)", rest)
    return True


def at_random(research, number, pace, chance):
    """Kills after a while; alternately all of the group, or the loop alone."""
    process = research.start(50)
    time.sleep(pace * 2 * chance.random())
    try:
        (os.killpg if number % 2 else os.kill)(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.communicate()
    return process.returncode < 0


def at_call(research, number, point):
    """Kills at a call: the loop, or one of its gits, alternately with the loop."""
    which, call, nth = point
    inject = ("strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={nth}")
    if which == 0:
        process = research.start(1, inject)
    else:
        parent = {"KILL_PARENT": "1"} if number % 2 else {}
        env = research.wrapped(KILL_AT=str(which), KILL_CALL=call, KILL_WHEN=str(nth), **parent)
        process = research.start(1, env=env)
    process.communicate()
    return process.returncode != 0


def without_room(research, number, chance):
    """A run whose files may not grow beyond a size: writing fails in the middle, by an error or by a signal."""
    history = research.root / "state" / "history.json"
    most = int(chance.random() * 1.1 * history.stat().st_size)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN if number % 2 else signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    process = research.start(1, preexec_fn=limit, restore_signals=False)
    process.communicate()
    return process.returncode != 0


def on_a_small_disk(binary, folder, chance):
    """A disk that is full but for a little: as many runs as there are kilobytes in steps. None where nobody may mount."""
    small = folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small], capture_output=True, check=False).returncode:
        return None
    try:
        research = Research(binary, small)
        research.run(1)
        failed = 0
        for _ in range(12):
            filler = small / "filler"
            with filler.open("wb", buffering=0) as file:
                try:
                    while file.write(b"\0" * 4096):
                        pass
                except OSError:
                    pass
            os.truncate(filler, max(0, filler.stat().st_size - int(chance.random() * 40) * 4096))
            process = research.start(1)
            process.communicate()
            failed += process.returncode != 0
            filler.unlink()
            research.check()
        return failed
    finally:
        subprocess.run(["umount", "-l", small], check=False)


def timeless(record):
    return {key: value for key, value in record.items() if key not in ("started", "finished", "timing_ms")}


def compare(binary, folder, research):
    """Killed or not, the research is the same."""
    calm = Research(binary, folder / "calm")
    calm.run(len(research.known) - 1)
    for killed, undisturbed in zip(research.known, calm.records(), strict=True):
        if timeless(killed) != timeless(undisturbed):
            raise Broken(f"iteration {killed['iteration']} isn't what it is undisturbed")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for tool in ("git", "strace"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing, and without it nothing can be killed where it matters: install it")
    binary, kills = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 500
    chance = random.Random(1)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        research = Research(binary, folder / "killed")
        research.run(2)
        begun = time.monotonic()
        research.run(4)
        pace = (time.monotonic() - begun) / 4
        points = research.recording(folder / "calls")
        chance.shuffle(points)
        hit = {"at a random time": 0, "at a system call": 0, "without room": 0}
        of = dict.fromkeys(hit, 0)
        for number in range(kills):
            if number % 25 == 24:
                kind, ended = "without room", without_room(research, number, chance)
            elif number % 5 < 2:
                kind, ended = "at a random time", at_random(research, number, pace, chance)
            else:
                point = points[of["at a system call"] % len(points)]
                kind, ended = "at a system call", at_call(research, number, point)
            of[kind] += 1
            hit[kind] += ended
            try:
                research.check()
            except Broken as broken:
                sys.exit(f"kill {number}, {kind}{f' {point}' if 'call' in kind else ''}: {broken}")
        compare(binary, folder, research)
        small = on_a_small_disk(binary, folder, chance)
    took = time.monotonic() - started
    for kind, count in hit.items():
        print(f"{kind}: {of[kind]} runs, {count} ended by it")
    print(f"system calls that change something in an iteration: {len(points)}")
    print("a full disk: " + ("nobody may mount here" if small is None else f"12 runs, {small} failed"))
    print(f"{len(research.known)} iterations, all as undisturbed; {took:.0f} s")
    if hit["at a system call"] < of["at a system call"] / 2:
        sys.exit("fewer than half of the kills at a system call took place: the recording isn't what runs do")


if __name__ == "__main__":
    main()
