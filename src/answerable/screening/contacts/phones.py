"""Phone numbers: the cheapest path through the lattice of readings that is a number. Pure.

Decoys (prices, dates, ISBN, addresses of machines, measures) are masked or cost something; words
such as "call" take something off. A path is accepted below `COST_MAX`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from answerable.screening.contacts.cues import NUMBERISH_MIN, Windows
from answerable.screening.contacts.found import Found
from answerable.screening.contacts.numbers import (
    Atom,
    Gap,
    Role,
    Step,
    Tricks,
    atoms_of,
    runs_of,
    steps,
)
from answerable.screening.model import ContactKind, Technique
from answerable.screening.views import View

COST_MAX = 2.0
DIGITS_MAX = 15  # ITU-T E.164
LIST_ATOMS_MIN = 40  # so many digits alike are a list: a number begins only where it changes
AGAIN = 0.1
PATHS_MAX = 400  # from one starting atom
PHONES_MAX = 100  # in one field

_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_DECOYS = re.compile(
    r"(?<![\d.:/-])(?:"
    rf"(?:19|20)\d\d[-/.]{_MONTH}[-/.]{_DAY}(?:t\d\d)?(?![\d/-])"
    rf"|{_DAY}[/.-]{_DAY}[/.-](?:19|20)?\d\d(?![\d/.-])"
    r"|\d{1,2}:\d\d(?::\d\d)?(?![\d:])"
    rf"|{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}(?::\d+)?(?![\d.])"
    r"|(?:19|20)\d\d\s?-\s?(?:19|20)\d\d(?![\d-])"
    r"|\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,4})?(?![\d-])"
    r"|-?\d{1,3}\.\d{3,9},?\s{0,2}-?\d{1,3}\.\d{3,9}(?!\d)"
    r"|97[89][- ]?(?:\d[- ]?){9}\d(?!\d)"
    r"|(?:\d{4}[ -]){3}\d{4}(?!\d)"
    r"|\d{1,6}(?:\.\d{1,4})?\s?(?:mm|cm|m|in|ft|\"|')?"
    r"(?:\s?[x\u00d7*]\s?\d{1,6}(?:\.\d{1,4})?\s?(?:mm|cm|m|in|ft|\"|')?){1,4}"
    r"(?<=[m\"'])|\d{1,3}(?:\s?[x\u00d7*]\s?\d{1,3}){1,3}\s?(?:px|in|ft)"
    r"|\d{1,9}(?:\.\d{1,4})?\s?(?:mm|cm|kg|km|lbs?|sqft|sqm|sq|hp|px|pcs|usd|eur|mph|rpm|kw|gb|mb)\b"
    r")|[$\u20ac\u00a3\u00a5]\s?\d[\d,]{0,15}(?:\.\d{1,4})?(?![\d-])"
)
_GOOD_BEFORE = re.compile(
    r"\b(?:call|calls|text|txt|phone|ph|tel|telephone|cell|cellphone|mobile|mob|whats ?app|wa|ring|"
    r"sms|dial|reach|contact|number|num|fax|llama|llame|llamame|llamar|numero|telefono|celular|movil|"
    r"telefon|handy|anrufen|appel\w*|telephone|ligue|zelle|viber|signal|hmu|reached)\b[^\n]{0,30}\Z"
)
_BAD_BEFORE = re.compile(
    r"(?:\b(?:isbn|sku|upc|ean|vin|serial|invoice|tracking|order|asin|imei|part|lot|batch|routing|"
    r"confirmation|reservation|catalog(?:ue)?|licen[cs]e|permit|policy|ticket|gtin|issn|ref(?:erence)?|"
    r"patent|registration|fcc|case)(?:[-\s]{0,2}(?:1[03]|no|nr|num|number|id|code|is))?"
    r"|\b(?:item|model|id|code|account|acct|card|article|product|booking|job|listing|version|p\.?o)"
    r"[-\s]{0,2}(?:no|nr|num|number|id|code|is|#|:))"
    r"[\s:.#-]{0,4}[a-z]{0,3}[\s:.#-]{0,2}\Z"
)
_BAD_AFTER = re.compile(
    r"\s?(?:%|\u00b0|(?:usd|dollars?|euros?|miles|sq|sqft|units|views|followers|pcs|pieces|bytes|"
    r"people|times|hits|steps|words|km|kg|hours?|hrs|mins?|years?)\b|\.\d)"
)
_GROUPINGS = {
    (10,): 0.0, (11,): 0.0, (3, 3, 4): 0.0, (1, 3, 3, 4): 0.0, (3, 7): 0.1, (1, 10): 0.0,
    (6, 4): 0.2, (1, 3, 7): 0.1, (2, 2, 2, 2, 2): 0.4, (5, 5): 0.4, (3, 3, 2, 2): 0.3,
    (3, 4, 3): 0.5, (4, 3, 3): 0.5, (3, 2, 2, 3): 0.6, (1, 3, 3, 2, 2): 0.4, (2, 3, 3, 2): 0.6,
    (3, 3, 1, 3): 0.6, (4, 6): 0.6, (1, 1, 1, 3, 4): 0.6, (3, 3, 3, 1): 0.7,
}  # fmt: skip
_OTHER_GROUPING = 1.0
ODD_GROUPING = 0.4


@dataclass(frozen=True, slots=True)
class _Path:
    """Atoms read so far: from atom `first` up to, not including, atom `to`."""

    first: int
    to: int
    digits: str = ""
    cost: float = 0.0
    tricks: Tricks = frozenset()
    strong: int = 0
    groups: tuple[int, ...] = ()
    spelled: bool = False
    weak_end: bool = False

    def onward(self, step: Step, gap: Gap) -> "_Path":
        extra = gap.cost if self.digits else 0.0
        if extra and gap.tricks <= self.tricks:
            extra *= AGAIN  # the same odd separator all along is a style, not a doubt
        return _Path(
            first=self.first,
            to=step.to,
            digits=self.digits + step.digits,
            cost=self.cost + step.cost + extra,
            tricks=self.tricks | step.tricks | (gap.tricks if self.digits else frozenset()),
            strong=self.strong + step.strong,
            groups=(*self.groups, len(step.digits)) if step.digits else self.groups,
            spelled=self.spelled or step.spelled,
            weak_end=step.weak,
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    cost: float
    value: str
    start: int
    end: int
    path: _Path


def find_phones(view: View, region: str, windows: Windows) -> list[Found]:
    """Phones in a folded text, as E.164. `region` (ISO 3166) is what a number without `+` gets."""
    candidates: list[_Candidate] = []
    for low, high in windows:
        masked = [match.span() for match in _DECOYS.finditer(view.text, low, high)]
        for run, gaps in runs_of(view.text, atoms_of(view.text, masked, low, high)):
            if sum(atom.piece.strong for atom in run) >= NUMBERISH_MIN:
                candidates.extend(_candidates(view.text, run, gaps, region))
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for one in sorted(candidates, key=lambda c: (c.cost, -len(c.path.digits), c.start)):
        if all(one.end <= start or end <= one.start for start, end in taken):
            taken.append((one.start, one.end))
            found.append(_found(view, one))
            if len(found) >= PHONES_MAX:
                break
    return found


def _found(view: View, one: _Candidate) -> Found:
    tricks = set(one.path.tricks)
    digit_by_digit = len(one.path.groups) >= 7 and all(size == 1 for size in one.path.groups)
    if digit_by_digit and not one.path.spelled:
        tricks.add(Technique.SPACED)
    elif not tricks and _grouping(one.path) >= ODD_GROUPING:
        tricks.add(Technique.SEPARATORS)
    begin = _with_opening(view.text, one.start)
    return Found(
        kind=ContactKind.PHONE,
        value=one.value,
        start=begin,
        end=one.end,
        tricks=frozenset(tricks | view.techniques(begin, one.end)),
    )


def _with_opening(text: str, start: int) -> int:
    """Take in `+` and an opening bracket right before the digits."""
    begin = start
    while begin > 0 and text[begin - 1] in "(+" and start - begin < 2:
        begin -= 1
    return begin


def _candidates(
    text: str, run: Sequence[Atom], gaps: Sequence[Gap], region: str
) -> Iterator[_Candidate]:
    onward = [tuple(steps(text, run, at)) for at in range(len(run))]
    for first in range(len(run)):
        if run[first].piece.role in (Role.HUNDRED, Role.THOUSAND, Role.GLUE):
            continue
        if len(run) >= LIST_ATOMS_MIN and _within_list(run, gaps, first):
            continue
        plus = _has_plus(text, run[first].start)
        for path, value, base in _numbers(onward, gaps, first, region, plus=plus):
            cost = base + _cost(text, run, gaps, path, plus=plus)
            if cost < COST_MAX:
                start, end = run[path.first].start, run[path.to - 1].end
                yield _Candidate(cost, value, start, end, path)


def _within_list(run: Sequence[Atom], gaps: Sequence[Gap], first: int) -> bool:
    """Whether this atom stands among others of its size, spaced as they are."""
    if not 0 < first < len(run) - 1:
        return False
    sizes = {len(run[at].piece.digits) for at in (first - 1, first, first + 1)}
    return len(sizes) == 1 and gaps[first].kind == gaps[first + 1].kind


def _has_plus(text: str, start: int) -> bool:
    before = text[max(0, start - 6) : start]
    return re.search(r"(?:\+|\b(?:plus|mas))[ (]{0,2}\Z", before) is not None


def _numbers(
    onward: Sequence[Sequence[Step]], gaps: Sequence[Gap], first: int, region: str, *, plus: bool
) -> Iterator[tuple[_Path, str, float]]:
    """Paths from one atom whose digits are a number, with its E.164 and what that reading costs."""
    stack = [_Path(first=first, to=first)]
    looked = 0
    nanp = is_nanp(region)
    while stack and looked < PATHS_MAX:
        path = stack.pop()
        looked += 1
        if path.digits and path.strong >= NUMBERISH_MIN:
            read = read_number(path.digits, region, plus=plus)
            if read is not None:
                yield path, *read
        if path.to >= len(onward) or path.cost >= COST_MAX + 1.0:
            continue
        gap = gaps[path.to]
        for step in onward[path.to]:
            longer = path.onward(step, gap)
            if not _hopeless(longer.digits, nanp=nanp, plus=plus):
                stack.append(longer)


def _hopeless(digits: str, *, nanp: bool, plus: bool) -> bool:
    """Whether no number begins like this."""
    if len(digits) > DIGITS_MAX or digits.startswith("0000"):
        return True
    if plus or not nanp or digits.startswith(("00", "011")) or "011".startswith(digits):
        return False
    rest = digits[1:] if digits.startswith("1") else digits
    return (
        len(rest) > 10
        or rest[:1] in ("0", "1")
        or rest[3:4] in ("0", "1")
        or (len(rest) >= 3 and rest[1:3] == "11")
    )


@lru_cache(maxsize=512)
def is_nanp(region: str) -> bool:
    """Whether the region dials +1."""
    return phonenumbers.country_code_for_region(region) == 1


@lru_cache(maxsize=8192)
def read_number(digits: str, region: str, *, plus: bool) -> tuple[str, float] | None:
    """The E.164 value of these digits and the doubt about it, or None if they are no number."""
    for prefix in ("011", "00"):
        if not plus and digits.startswith(prefix):
            read = _international(digits[len(prefix) :])
            return None if read is None else (read[0], read[1] + 0.4)
    if plus:
        return _international(digits)
    if is_nanp(region):
        if len(digits) == 11 and digits[0] == "1":
            return _nanp(digits[1:])
        return _nanp(digits) if len(digits) == 10 else None
    return _national(digits, region)


def _nanp(digits: str) -> tuple[str, float] | None:
    """[2-9]xx [2-9]xxxxxx, no x11. 555-01xx, kept for fiction, counts as any other."""
    if len(digits) != 10 or digits[0] in "01" or digits[3] in "01":
        return None
    if digits[1:3] == "11" or digits[4:6] == "11":
        return None
    return f"+1{digits}", 0.0 if _is_area(digits[:3]) else 1.0


@lru_cache(maxsize=1024)
def _is_area(area: str) -> bool:
    number = phonenumbers.parse(f"+1{area}2345678", None)
    return phonenumbers.is_valid_number(number) or area in ("555",)


def _international(digits: str) -> tuple[str, float] | None:
    if not 8 <= len(digits) <= DIGITS_MAX:
        return None
    if digits[0] == "1":
        return _nanp(digits[1:])
    return _validated(f"+{digits}", None, doubt_if_possible=0.6)


def _national(digits: str, region: str) -> tuple[str, float] | None:
    if not 7 <= len(digits) <= 12:
        return None
    return _validated(digits, region, doubt_if_possible=2.2)


def _validated(
    digits: str, region: str | None, *, doubt_if_possible: float
) -> tuple[str, float] | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(number):
        return value, 0.0
    return (value, doubt_if_possible) if phonenumbers.is_possible_number(number) else None


def _cost(text: str, run: Sequence[Atom], gaps: Sequence[Gap], path: _Path, *, plus: bool) -> float:
    """What speaks for and against this stretch being a phone number."""
    start, end = run[path.first].start, run[path.to - 1].end
    cost = path.cost
    regular = 0.0 if plus else _grouping(path)
    cost += regular
    if path.weak_end:
        cost += 0.5
    settled = not plus and regular == 0.0 and len(path.groups) in (3, 4)
    cost += _neighbours(run, gaps, path, settled=settled)
    before = text[max(0, start - 48) : start]
    if _BAD_BEFORE.search(before):
        cost += 4.0
    elif _GOOD_BEFORE.search(before) or "\u260e" in before or "\U0001f4de" in before:
        cost -= 1.0
    touching = before[-1:]
    if touching in ("#", "=") or (touching == "/" and not path.spelled):
        cost += 1.5
    if touching in ("$", "\u20ac", "\u00a3"):
        cost += 4.0
    if _BAD_AFTER.match(text, end):
        cost += 4.0
    return cost - (0.6 if plus else 0.0)


def _grouping(path: _Path) -> float:
    """How odd it would be to write a number in these groups of digits."""
    if path.spelled or len(path.digits) > 11 or all(size == 1 for size in path.groups):
        return 0.0
    return _GROUPINGS.get(path.groups, _OTHER_GROUPING)


def _neighbours(run: Sequence[Atom], gaps: Sequence[Gap], path: _Path, *, settled: bool) -> float:
    """Digits left over on either side make it doubtful that this stretch is the number."""
    inner = {gaps[at].kind for at in range(path.first + 1, path.to)}
    cost = 0.0
    for at, gap in (
        (path.first - 1, gaps[path.first]),
        (path.to, gaps[path.to] if path.to < len(run) else None),
    ):
        if gap is None or not 0 <= at < len(run):
            continue
        if run[at].piece.role in (Role.WEAK, Role.GLUE):
            continue
        if gap.kind == "":
            cost += 3.0
        elif gap.tricks:  # over a line, with a comma: another thing
            cost += 0.3
        elif gap.kind in inner:
            cost += 0.9 if settled else 2.5
        else:
            cost += 0.5
    return cost
