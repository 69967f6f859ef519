"""What screening says: signals, contacts, verdicts; and the rules that make it say so. Pure.

Offsets are code points of the field as submitted: `start` is the first, `end` is one past the last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never

from answerable.kernel.errors import SafetyError


class CouldNotJudge(SafetyError):
    """Screening itself failed. The ad is withheld and a person looks: this is never a pass."""


class Kind(StrEnum):
    """What a rule asks for when it fires. There is no kind that changes a poster's words."""

    REFUSE = "refuse"
    WITHHOLD = "withhold"
    SIGNAL = "signal"


class Outcome(StrEnum):
    """What screening concluded about one revision."""

    PUBLISH = "publish"
    WITHHOLD = "withhold"
    REFUSE = "refuse"


class ContactKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    URL = "url"
    PAYMENT = "payment"


class Technique(StrEnum):
    """How a word or a contact was written. Several join with `+`, in the order given here."""

    PLAIN = "plain"  # as anybody would write it
    LOOKALIKE = "lookalike"  # letters of another script, or I for l, rn for m
    STYLED = "styled"  # full-width, mathematical, circled, squared letters
    INVISIBLE = "invisible"  # zero-width, bidi and control characters inside
    DIACRITICS = "diacritics"  # marks put on or left off
    DIGITS = "digits"  # digits of other scripts, circled digits
    KEYCAP = "keycap"  # emoji keycaps
    LEET = "leet"  # 3 for e, $ for s
    SEPARATORS = "separators"  # signs between the letters or digits
    SPACED = "spaced"  # letter by letter, digit by digit
    SPLIT = "split"  # a word cut by spaces
    JOINED = "joined"  # words run together
    REPEATS = "repeats"  # leeetters drawn out
    WORDS = "words"  # digits spelled as words
    HOMOPHONE = "homophone"  # "to" for two, "ate" for eight
    REPEATER = "repeater"  # "double five"
    LETTERS = "letters"  # O for 0, l for 1
    ECHO = "echo"  # 2(two)
    LINES = "lines"  # over a line break
    FILLER = "filler"  # words between the digits
    AT_WORDS = "at-words"  # "at", "dot", in words
    BRACKETS = "brackets"  # (at), [dot]
    ENTITY = "entity"  # HTML character references
    SYMBOL = "symbol"  # an emoji or another sign for @
    OMITTED = "omitted"  # the dot left out


_ORDER = {technique: place for place, technique in enumerate(Technique)}


def spell_techniques(techniques: frozenset[Technique] | set[Technique]) -> str:
    """One string for a set of techniques: `plain`, or the others joined by `+`."""
    ordered = sorted(techniques - {Technique.PLAIN}, key=_ORDER.__getitem__)
    return "+".join(ordered) if ordered else Technique.PLAIN.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One thing a rule saw, with the pack that saw it."""

    rule: str
    kind: Kind
    field: str
    start: int
    end: int
    technique: str
    pack: str
    version: str
    weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A way to reach somebody, read out of the words of an ad.

    `value` is normalised: a phone as E.164, mail and web addresses in lower case (a web address
    without scheme, `www.` and last slash), a handle as `platform:name` or the bare name, a payment
    handle as `service:name`.
    """

    kind: ContactKind
    value: str
    field: str
    start: int
    end: int
    technique: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the pack concludes about all fields of one revision."""

    outcome: Outcome
    pack: str
    version: str
    digest: str
    signals: tuple[Signal, ...]
    contacts: tuple[Contact, ...]

    @property
    def strong(self) -> bool:
        """Whether a rule of kind withhold or refuse fired."""
        return any(is_strong(signal.kind) for signal in self.signals)


def is_strong(kind: Kind) -> bool:
    match kind:
        case Kind.REFUSE | Kind.WITHHOLD:
            return True
        case Kind.SIGNAL:
            return False
        case unknown:
            assert_never(unknown)


def outcome_of(kinds: frozenset[Kind] | set[Kind]) -> Outcome:
    """The worst kind wins: refuse, then withhold, then publish."""
    if Kind.REFUSE in kinds:
        return Outcome.REFUSE
    if Kind.WITHHOLD in kinds:
        return Outcome.WITHHOLD
    return Outcome.PUBLISH


class PatternView(StrEnum):
    """Which text a pattern reads: as submitted, or folded to plain lower-case letters."""

    RAW = "raw"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One sentence of policy, as its author wrote it. What is empty restricts nothing."""

    id: str
    title: str
    meaning: str
    evidence: str
    kind: Kind
    author: str
    reviewed: date
    weight: int = 0
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    view: PatternView = PatternView.FOLDED
    whole_word: bool = True
    split: bool = False
    disguised: bool = True
    contacts: frozenset[ContactKind] = frozenset()
    contacts_disguised: bool = False
    disguises: frozenset[Technique] = frozenset()
    fields: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    examples_match: tuple[str, ...] = ()
    examples_no_match: tuple[str, ...] = ()

    def applies_to(
        self, section: str | None, jurisdiction: str | None, language: str | None
    ) -> bool:
        """What is not known about an ad never switches a rule off."""
        return (
            _within(section, self.sections)
            and _within_place(jurisdiction, self.jurisdictions)
            and _within(language, self.languages)
        )


def _within(value: str | None, allowed: frozenset[str]) -> bool:
    return value is None or not allowed or value in allowed


def _within_place(place: str | None, allowed: frozenset[str]) -> bool:
    """`US-CA` lies within `US`; an ad known only to be in `US` may lie within `US-CA`."""
    if place is None or not allowed:
        return True
    return any(
        place == one or place.startswith(f"{one}-") or one.startswith(f"{place}-")
        for one in allowed
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A set of rules under one version; `digest` names its exact files."""

    id: str
    version: str
    title: str
    digest: str
    rules: tuple[Rule, ...]
    files: Mapping[str, bytes]

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"
