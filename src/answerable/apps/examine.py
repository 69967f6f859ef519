"""The examiners at the command line: a bundle in, what they found out, and an exit code."""

import hashlib
from pathlib import Path
from typing import TextIO

from answerable.adapters.clock import SystemTime
from answerable.audit import page
from answerable.audit.live import compare_live
from answerable.audit.reconcile import reconcile
from answerable.audit.rows import read_live_rows, read_receiver_ids
from answerable.audit.sample import draw, sample_as_json, sample_as_text
from answerable.events.event import Opened
from answerable.kernel.errors import Refusal
from answerable.verifier.files import opened_of
from answerable.verifier.findings import Outcome

CLEAN, FINDING, UNREADABLE, INCOMPLETE = 0, 1, 2, 3


def audit_bundle(
    bundle: Path, finished: Path | None, sample: int, seed: str, *, as_json: bool, out: TextIO
) -> int:
    """The sums, the dates, concealment; with `sample` a draw from the unreported. The exit code."""
    read = _open(bundle, out)
    if isinstance(read, int):
        return read
    ids = None
    if finished is not None:
        raw = _read(finished, out)
        if raw is None:
            return UNREADABLE
        ids = read_receiver_ids(finished.name, raw)
    report = reconcile(read, ids, SystemTime().now())
    out.write(page.as_json(report) if as_json else page.as_text(report))
    if sample:
        if not seed:
            raise Refusal("a draw needs a seed: --seed, drawn in public, after the bundle")
        drawn = draw(read, sample, hashlib.sha256(seed.encode()).digest())
        out.write(sample_as_json(drawn) if as_json else "\n" + sample_as_text(drawn))
    return CLEAN if report.clean else FINDING


def live_against(file: Path, bundle: Path, *, as_json: bool, out: TextIO) -> int:
    """A list of what is live against the record. The exit code."""
    read = _open(bundle, out)
    if isinstance(read, int):
        return read
    raw = _read(file, out)
    if raw is None:
        return UNREADABLE
    report = compare_live(read_live_rows(file.name, raw), read, SystemTime().now())
    out.write(page.as_json(report) if as_json else page.live_as_text(report))
    return FINDING if report.findings else CLEAN


def _open(bundle: Path, out: TextIO) -> tuple[Opened, ...] | int:
    """The opened events of a bundle whose log and openings agree; else why not, and the code."""
    opened, outcome = opened_of(bundle)
    if outcome.findings:
        out.write("the bundle does not hold; `answerable verify` tells what is wrong first:\n")
        _tell(outcome, out)
        return outcome.exit_code or FINDING
    return opened


def _tell(outcome: Outcome, out: TextIO) -> None:
    for finding in outcome.findings[:20]:
        out.write(f"  {finding.where}: {finding.words}\n")


def _read(path: Path, out: TextIO) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as fault:
        out.write(f"{path}: {fault.strerror}\n")
        return None
