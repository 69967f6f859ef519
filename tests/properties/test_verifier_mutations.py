"""Change one thing anywhere in a bundle and the verifier says where.

Mutations are drawn evenly over files, then over bytes: a byte changed, inserted or deleted, the
file cut, two bytes or two files exchanged. Each must be found, in the file where it is, with exit
code 1 and no other: a damaged bundle is still a bundle.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.unit.bundle_maker import POLICY, Story, tell, write
from tests.unit.story_book import Book
from tests.unit.story_maker import ERASED, declined_flat, honest

from answerable.verifier.files import verify_path
from answerable.verifier.findings import Check, Outcome

OPERATIONS = ("change", "insert", "delete", "truncate", "swap bytes", "swap files")


@dataclass(frozen=True, slots=True)
class Mutation:
    """What was done to which file, at which byte; `other` where two files were exchanged."""

    operation: str
    path: str
    at: int
    other: str | None = None


def small() -> Story:
    book = Book()
    declined_flat(book)
    return book.story


def wide() -> Story:
    """The whole story and 400 ads more: full tiles, and two levels of them."""
    story = honest()
    book = Book()
    book.story = story
    book.add = story.add
    for number in range(200):
        book.received(f"more-{number}", f"Chair number {number}.")
    return story


def mutate(files: dict[str, bytes], luck: random.Random) -> tuple[Mutation, dict[str, bytes]]:
    """One mutation that truly changes something, and the files it leaves."""
    while True:
        path = luck.choice(sorted(files))
        old = files[path]
        operation = luck.choice(OPERATIONS)
        at = luck.randrange(len(old)) if old else 0
        other = None
        match operation:
            case "change":
                new = {path: old[:at] + bytes([luck.randrange(256)]) + old[at + 1 :]}
            case "insert":
                new = {path: old[:at] + bytes([luck.randrange(256)]) + old[at:]}
            case "delete":
                new = {path: old[:at] + old[at + 1 :]}
            case "truncate":
                new = {path: old[:at]}
            case "swap bytes":
                to = luck.randrange(len(old)) if old else 0
                low, high = sorted((at, to))
                swapped = bytearray(old)
                swapped[low : low + 1], swapped[high : high + 1] = (
                    old[high : high + 1],
                    old[low : low + 1],
                )
                new = {path: bytes(swapped)}
            case _:
                other = luck.choice(sorted(files))
                new = {path: files[other], other: old}
        if any(files[name] != data for name, data in new.items()):
            return Mutation(operation, path, at, other), new


def read_all(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def faults(mutation: Mutation, files: dict[str, bytes], outcome: Outcome) -> list[str]:
    """What the verifier missed about this mutation."""
    missed = []
    if outcome.exit_code != 1:
        missed.append(f"exit {outcome.exit_code}")
    where = {finding.where for finding in outcome.findings}
    if mutation.path not in where:
        missed.append(f"{mutation.path} is not named")
    if mutation.other is not None and mutation.other not in where:
        missed.append(f"{mutation.other} is not named")
    line = files[mutation.path][: mutation.at].count(b"\n")
    inside = files[mutation.path][mutation.at : mutation.at + 1] != b"\n"
    if mutation.path == "openings.jsonl" and mutation.operation == "change" and inside:
        checks = (Check.OPENINGS, Check.LEAVES, Check.ENVELOPES, Check.GROUPS)
        if not any(f.index == line and f.check in checks for f in outcome.findings):
            missed.append(f"line {line} is not named")
    return missed


@pytest.fixture
def bundle(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The small bundle in a quick run, the wide one in a long run; clean before anything."""
    if request.config.getoption("--long"):
        folder = write(tmp_path / "bundle", tell(wide()), erased=ERASED)
    else:
        folder = write(tmp_path / "bundle", tell(small()))
    assert verify_path(folder, POLICY).findings == ()
    return folder


def test_every_mutation_is_found(
    bundle: Path, luck: random.Random, how_many: Callable[[int, int], int]
) -> None:
    files = read_all(bundle)
    missed = []
    for number in range(how_many(120, 1_000)):
        mutation, changed = mutate(files, luck)
        for path, data in changed.items():
            (bundle / path).write_bytes(data)
        missed += [
            (number, mutation, fault)
            for fault in faults(mutation, files, verify_path(bundle, POLICY))
        ]
        for path in changed:
            (bundle / path).write_bytes(files[path])
    assert missed == []
    assert verify_path(bundle, POLICY).exit_code == 0


def test_every_file_taken_away_or_added_is_found(bundle: Path) -> None:
    for path, data in read_all(bundle).items():
        (bundle / path).unlink()
        outcome = verify_path(bundle, POLICY)
        assert outcome.exit_code == 1
        assert path in {f.where for f in outcome.findings}
        (bundle / path).write_bytes(data)
    added = ("extra", "log/extra", "log/tile/0/900", "log/tile/entries/900.p/1")
    for path in added:
        (bundle / path).parent.mkdir(parents=True, exist_ok=True)
        (bundle / path).write_bytes(b"more")
        outcome = verify_path(bundle, POLICY)
        assert outcome.exit_code == 1
        assert path in {f.where for f in outcome.findings}
        (bundle / path).unlink()
    assert verify_path(bundle, POLICY).exit_code == 0


def test_the_mutations_reach_every_file_and_every_operation(
    bundle: Path, luck: random.Random
) -> None:
    files = read_all(bundle)
    drawn = [mutate(files, luck)[0] for _ in range(400)]
    assert {m.path for m in drawn} == set(files)
    assert {m.operation for m in drawn} == set(OPERATIONS)
