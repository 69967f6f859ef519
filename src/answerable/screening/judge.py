"""Judging: text fields and a pack in, a Verdict out. Pure: no clock, chance, disk or network.

Same words, same facts, same pack: same verdict. Whatever fails inside is `CouldNotJudge`, which the
caller turns into an outcome of its own; it is never a publish.
"""

from collections.abc import Callable, Iterable, Mapping

import hyperscan

from answerable.kernel.errors import Breach, Refusal
from answerable.screening.contacts import find_contacts
from answerable.screening.matcher import Hit, matcher_of, resolve
from answerable.screening.model import (
    Contact,
    CouldNotJudge,
    Pack,
    Rule,
    Signal,
    Technique,
    Verdict,
    outcome_of,
    spell_techniques,
)
from answerable.screening.views import ODD, View, fold, marks_of

_HIDDEN = frozenset(map(chr, (*range(9), *range(14, 32), 127)))  # control characters
SIGNALS_MAX = 100  # of one rule in one field; the first ones are kept
DEFAULT_REGION = "US"

_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    Breach,
    LookupError,
    MemoryError,
    Refusal,
    RuntimeError,
    TypeError,
    ValueError,
    hyperscan.HyperscanError,
)
"""What can go wrong inside. Not caught: what asks the process to end."""


class Engine:
    """A pack, compiled once and shared by all threads."""

    def __init__(self, pack: Pack, region: str = DEFAULT_REGION) -> None:
        self.pack = pack
        self._region = region
        self._matcher = matcher_of(pack.rules)
        self._contact_rules = [
            (index, rule) for index, rule in enumerate(pack.rules) if rule.contacts
        ]
        self._disguise_rules = [
            (index, rule) for index, rule in enumerate(pack.rules) if rule.disguises
        ]
        self._open = all(
            not (rule.sections or rule.jurisdictions or rule.languages) for rule in pack.rules
        )

    @property
    def identity(self) -> Mapping[str, str]:
        """id, version and digest of the pack."""
        return {"id": self.pack.id, "version": self.pack.version, "digest": self.pack.digest}

    def judge(
        self,
        fields: Mapping[str, str],
        *,
        section: str | None = None,
        jurisdiction: str | None = None,
        region: str | None = None,
        language: str | None = None,
    ) -> Verdict:
        """What the pack says about these fields (name -> text as submitted).

        `section`, `jurisdiction` (ISO 3166-1 or -2) and `language` (BCP 47) narrow which rules
        apply; None narrows nothing. `region` is what phones without a country code get. Raises
        CouldNotJudge for any failure inside.
        """
        try:
            return self._judge(fields, section, jurisdiction, region or self._region, language)
        except CouldNotJudge:
            raise
        except _FAULTS as fault:
            raise CouldNotJudge(f"{type(fault).__name__} while judging") from fault

    def _judge(
        self,
        fields: Mapping[str, str],
        section: str | None,
        jurisdiction: str | None,
        region: str,
        language: str | None,
    ) -> Verdict:
        applies = self._applying(section, jurisdiction, language)
        signals: list[Signal] = []
        contacts: list[Contact] = []
        for name, text in fields.items():
            view = fold(text)
            hits, glimpse = self._matcher.find(view)
            if glimpse.bits:
                found = find_contacts(view, name, region, glimpse)
                contacts += found
                hits += self._of_contacts(found)
            if self._disguise_rules and view.odd:
                hits += self._of_disguises(view)
            if hits:
                signals += self._signals(name, hits, applies)
        return Verdict(
            outcome=outcome_of({signal.kind for signal in signals}),
            pack=self.pack.id,
            version=self.pack.version,
            digest=self.pack.digest,
            signals=tuple(signals),
            contacts=tuple(contacts),
        )

    def _applying(
        self, section: str | None, jurisdiction: str | None, language: str | None
    ) -> Callable[[Rule, str], bool]:
        if self._open:
            return lambda rule, field: not rule.fields or field in rule.fields
        return lambda rule, field: (
            (not rule.fields or field in rule.fields)
            and rule.applies_to(section, jurisdiction, language)
        )

    def _signals(
        self, name: str, hits: Iterable[Hit], applies: Callable[[Rule, str], bool]
    ) -> list[Signal]:
        signals = []
        count: dict[int, int] = {}
        for hit in resolve(hits):
            rule = self.pack.rules[hit.rule]
            count[hit.rule] = count.get(hit.rule, 0) + 1
            if count[hit.rule] > SIGNALS_MAX or not applies(rule, name):
                continue
            signals.append(
                Signal(
                    rule=rule.id,
                    kind=rule.kind,
                    field=name,
                    start=hit.start,
                    end=hit.end,
                    technique=spell_techniques(hit.techniques),
                    pack=self.pack.id,
                    version=self.pack.version,
                    weight=rule.weight,
                )
            )
        return signals

    def _of_contacts(self, contacts: Iterable[Contact]) -> list[Hit]:
        """Rules about contacts: of these kinds, and disguised if the rule says so."""
        return [
            Hit(index, one.start, one.end, frozenset(map(Technique, one.technique.split("+"))))
            for one in contacts
            for index, rule in self._contact_rules
            if one.kind in rule.contacts
            and not (rule.contacts_disguised and one.technique == Technique.PLAIN)
        ]

    def _of_disguises(self, view: View) -> list[Hit]:
        """Rules about disguise itself, whatever the word."""
        hits = []
        for start, end, techniques in disguised_words(view):
            for index, rule in self._disguise_rules:
                shared = rule.disguises & techniques
                if shared:
                    hits.append(Hit(index, start, end, frozenset(shared)))
        return hits


def disguised_words(view: View) -> Iterable[tuple[int, int, frozenset[Technique]]]:
    """Words that mix plain Latin letters with what only looks like them, or hide signs inside.

    A word wholly in another script, an accent, an emoji are no disguise.
    """
    done = 0
    for begin in view.odd:
        if begin < done:
            continue
        start, done = _word_around(view.raw, begin)
        word = view.raw[start:done]
        inner = _trimmed(word)
        letters = [char for char in inner if char.isalpha()]
        techniques = marks_of(inner) & ODD
        plain = sum(char.isascii() for char in letters)
        if not plain:
            techniques -= {Technique.LOOKALIKE, Technique.INVISIBLE, Technique.KEYCAP}
        if techniques and len(letters) >= 3:
            start += word.index(inner)
            yield start, start + len(inner), frozenset(techniques)


def _word_around(raw: str, place: int) -> tuple[int, int]:
    start = end = place
    while start > 0 and _in_word(raw[start - 1]):
        start -= 1
    while end < len(raw) and _in_word(raw[end]):
        end += 1
    return start, end


def _in_word(char: str) -> bool:
    return char.isalnum() or not (char.isascii() or char.isspace()) or char in _HIDDEN


def _trimmed(word: str) -> str:
    """The word without signs before its first and after its last letter or digit."""
    first = next((i for i, char in enumerate(word) if char.isalnum()), 0)
    last = next((i for i in range(len(word), 0, -1) if word[i - 1].isalnum()), len(word))
    return word[first:last]
