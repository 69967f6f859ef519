"""The numbered checks, what they found, and what the finding means for the exit code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any


class Check(IntEnum):
    """The numbers are those of docs/verify.md and never change their meaning."""

    INPUT = 0
    MANIFEST = 1
    FILES = 2
    CHECKPOINT = 3
    ENTRIES = 4
    TILES = 5
    OPENINGS = 6
    LEAVES = 7
    ENVELOPES = 8
    GROUPS = 9
    CHAINS = 10
    TIMES = 11
    SUMS = 12
    ERASURES = 13
    RECEIPTS = 14
    SITE = 15
    PROOF = 16


TITLES: Mapping[Check, str] = {
    Check.INPUT: "there is something to check, and a policy to check it by",
    Check.MANIFEST: "the manifest is signed by the bundle key, and spelled in its one way",
    Check.FILES: "every file has the length and digest listed; none is missing, none is extra",
    Check.CHECKPOINT: "the checkpoint is signed as the policy asks",
    Check.ENTRIES: "the entries are leaves of 33 bytes and hash to the signed root",
    Check.TILES: "the hash tiles are those of the entries",
    Check.OPENINGS: "every leaf is opened, and each of its groups is opened, erased or withheld",
    Check.LEAVES: "every leaf commits to its envelope",
    Check.ENVELOPES: "envelopes are canonical, of a known kind, and tell in public nothing closed",
    Check.GROUPS: "groups match their commitments, and are those that their kind declares",
    Check.CHAINS: "every subject's events count 0, 1, 2 … and each names the leaf before it",
    Check.TIMES: "times do not run backwards",
    Check.SUMS: "the sums come out at zero",
    Check.ERASURES: "what is erased was erased by an event, by two people, and under no hold",
    Check.RECEIPTS: "every receipt's promise was kept",
    Check.SITE: "the site is the one that the log is of",
    Check.PROOF: "the path leads from the leaf to the checkpoint's root",
}


class Kind(StrEnum):
    """What the thing given turned out to be."""

    BUNDLE = "bundle"
    LOG = "log folder"
    CHECKPOINT = "checkpoint"
    PROOF = "proof"
    RECEIPT = "receipt"
    UNKNOWN = "nothing known"


class Weight(StrEnum):
    """How much a finding weighs, and which exit code it asks for."""

    FINDING = "finding"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"


EXIT_CLEAN = 0
EXIT_OF: Mapping[Weight, int] = {
    Weight.FINDING: 1,
    Weight.UNREADABLE: 2,
    Weight.INCOMPLETE: 3,
}
EXIT_USAGE = 64
WORST_FIRST = (Weight.UNREADABLE, Weight.FINDING, Weight.INCOMPLETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`where`: the file's path; `index`: the leaf's, inside logs, openings and receipts."""

    check: Check
    weight: Weight
    where: str
    words: str
    index: int | None = None

    def line(self) -> str:
        place = self.where if self.index is None else f"{self.where} [{self.index}]"
        return f"check {self.check.value}: {place}: {self.words}" if place else self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything a verification came to. `figures` are plain values; `done` the checks made."""

    kind: Kind
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    done: tuple[Check, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 finding, 2 unreadable, 3 incomplete; the worst wins: 2, 1, 3, 0."""
        weights = {finding.weight for finding in self.findings}
        for weight in WORST_FIRST:
            if weight in weights:
                return EXIT_OF[weight]
        return EXIT_CLEAN


class Findings:
    """Collects. Nothing stops at the first finding."""

    def __init__(self) -> None:
        self.all: list[Finding] = []
        self.notes: list[str] = []
        self.figures: dict[str, Any] = {}
        self.done: list[Check] = []

    def begin(self, *checks: Check) -> None:
        self.done.extend(checks)

    def found(self, check: Check, where: str, words: str, index: int | None = None) -> None:
        self._add(check, Weight.FINDING, where, words, index)

    def lacks(self, check: Check, where: str, words: str, index: int | None = None) -> None:
        """Something could not be checked: never to be taken for clean."""
        self._add(check, Weight.INCOMPLETE, where, words, index)

    def unreadable(self, where: str, words: str) -> None:
        self._add(Check.INPUT, Weight.UNREADABLE, where, words, None)

    def note(self, words: str) -> None:
        """Worth telling, and no finding."""
        self.notes.append(words)

    def outcome(self, kind: Kind) -> Outcome:
        return Outcome(
            kind=kind,
            findings=tuple(self.all),
            notes=tuple(self.notes),
            done=tuple(dict.fromkeys(self.done)),
            figures=self.figures,
        )

    def any_of(self, checks: Iterable[Check]) -> bool:
        wanted = set(checks)
        return any(finding.check in wanted for finding in self.all)

    def _add(self, check: Check, weight: Weight, where: str, words: str, index: int | None) -> None:
        self.all.append(Finding(check=check, weight=weight, where=where, words=words, index=index))
