"""The full counts, part by part; a run that was stopped goes on where it was.

A part is one test file that has tests marked `long`, or tests that ask the fixture `how_many`.
Each runs as `pytest --long -m long FILE` under 20 minutes. A part that passed at this commit and
seed is not run again (`--again` does). Each finished part is a row of docs/operations/results.md:
commit, seed, count, outcome.

    long.py [--again] [--seed N] [--only WORD] [--limit MINUTES]
"""

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / ".make" / "long.json"
RESULTS = ROOT / "docs" / "operations" / "results.md"
HEAD = """# Results of the long runs

Written by `make long`; one row for each part that ran to its end, newest below. `count` is what
the tests counted themselves (runs, seeds, mutations, examples), summed over the part. A commit
with `+` had changes that were not committed: such a row shows that a part can pass, not that a
commit does.

| day | commit | part | seed | count | tests | outcome | seconds |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    day: str
    commit: str
    part: str
    seed: int
    count: int
    tests: int
    outcome: str
    seconds: int

    def line(self) -> str:
        return "| " + " | ".join(str(cell) for cell in asdict(self).values()) + " |\n"


def commit() -> str:
    """The commit that is run, with `+` where the working tree differs from it."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()

    inputs = ["src", "tests", "pyproject.toml", "requirements"]
    changed = git("status", "--porcelain", "--", *inputs)
    return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")


def parts(only: str) -> list[str]:
    """The files with something long in them, as pytest itself finds it."""
    command = [sys.executable, "-m", "pytest", "--long", "-m", "long", "--collect-only"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode not in (0, 5):
        sys.exit(f"pytest could not collect the tests:\n{found.stdout}{found.stderr}")
    return [name for name in files_named(found.stdout) if only in name]


def files_named(listing: str) -> list[str]:
    """The test files of a `--collect-only` listing, as one line a test or as one line a file."""
    return sorted(set(re.findall(r"^(\S+\.py)(?:::|: \d)", listing, flags=re.MULTILINE)))


def run(part: str, seed: int, limit_seconds: int, at: str) -> Row:
    """One part, to its end or its limit. The book is not touched here."""
    report = BOOK.parent / "long.xml"
    report.unlink(missing_ok=True)
    workers = os.environ.get("WORKERS", "2")
    command = [sys.executable, "-m", "pytest", "--long", "-m", "long", "-n", workers, "-rs"]
    command += ["--dist", "load", f"--hypothesis-seed={seed}", f"--junitxml={report}", part]
    start = time.monotonic()
    child = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"ANSWERABLE_SEED": str(seed)}, start_new_session=True
    )
    try:
        outcome = "passed" if child.wait(timeout=limit_seconds) == 0 else "FAILED"
    except subprocess.TimeoutExpired:
        outcome = f"over {limit_seconds // 60} minutes"
        stop(child)
    except KeyboardInterrupt:
        stop(child)
        raise
    count, tests, skipped = counts(report)
    if outcome == "passed" and skipped:
        outcome = f"passed, {skipped} skipped"
    return Row(
        day=datetime.datetime.now(datetime.UTC).date().isoformat(),
        commit=at,
        part=part,
        seed=seed,
        count=count,
        tests=tests,
        outcome=outcome,
        seconds=round(time.monotonic() - start),
    )


def stop(child: "subprocess.Popen[bytes]") -> None:
    """End the part and all it started: they share a process group of their own."""
    os.killpg(child.pid, 15)
    try:
        child.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        child.wait()


def counts(report: Path) -> tuple[int, int, int]:
    """(what the tests counted, how many tests, how many of them were skipped)."""
    if not report.exists():
        return 0, 0, 0
    counted = tests = skipped = 0
    for case in ET.parse(report).getroot().iter("testcase"):
        tests += 1
        skipped += case.find("skipped") is not None
        for note in case.iter("property"):
            if note.get("name") == "count":
                counted += int(note.get("value", "0"))
    return counted, tests, skipped


def write_down(row: Row) -> None:
    if not RESULTS.exists():
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(HEAD, encoding="utf-8")
    with RESULTS.open("a", encoding="utf-8") as page:
        page.write(row.line())


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    words.add_argument("--again", action="store_true", help="also what has passed already")
    words.add_argument("--seed", type=int, default=int(os.environ.get("ANSWERABLE_SEED", "1")))
    words.add_argument("--only", default="", help="only parts whose path has this in it")
    words.add_argument("--limit", type=int, default=20, help="minutes a part may take")
    given = words.parse_args()
    BOOK.parent.mkdir(exist_ok=True)
    done: list[str] = json.loads(BOOK.read_text()) if BOOK.exists() else []
    at, failures = commit(), 0
    for part in parts(given.only):
        name = f"{at} {given.seed} {part}"
        if name in done and not given.again and not at.endswith("+"):
            print(f"passed already: {name}")
            continue
        row = run(part, given.seed, given.limit * 60, at)
        write_down(row)
        print(row.line(), end="", flush=True)
        if row.outcome.startswith("passed"):
            done = [*done, name]
            BOOK.write_text(json.dumps(sorted(set(done)), indent=1))
        else:
            failures += 1
    print(f"long: {failures} parts failed" if failures else "long: every part passed")
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("long: stopped; the next run goes on from here")
