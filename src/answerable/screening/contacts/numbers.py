"""Readings of digits: a text becomes atoms, each a stretch that may stand for one or more digits.

The atoms are the nodes of a lattice; `steps` gives its edges. Nothing is rewritten: a text has
several readings, and phones.py looks for the cheapest that is a number.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from answerable.screening.contacts.lexicon import (
    FILLERS,
    HOMOPHONES,
    HUNDRED,
    HUNDREDS,
    LETTER_DIGITS,
    PREFIXES,
    REPEATERS,
    TEENS,
    TENS,
    THOUSAND,
    UNITS,
    WEAK_NUMBERS,
)
from answerable.screening.disguise import skeleton
from answerable.screening.model import Technique

Tricks = frozenset[Technique]
_NONE: Tricks = frozenset()
_WORDS = frozenset({Technique.WORDS})
TOKEN_CHARS_MAX = 60
GAP_CHARS_MAX = 14
GAP_WORDS_MAX = 2
CACHE_MAX = 20_000


class Role(Enum):
    DIGITS = auto()
    UNIT = auto()
    TEEN = auto()
    TENS = auto()
    HUNDRED = auto()
    HUNDREDS = auto()  # so many of them, in one word
    THOUSAND = auto()
    REPEATER = auto()
    LETTER = auto()
    WEAK = auto()
    GLUE = auto()  # read, but no digit: a prefix, an x between groups


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one token, offsets within the token."""

    start: int
    end: int
    digits: str
    role: Role
    cost: float
    tricks: Tricks
    strong: int  # what the cheap look counts for it, at the least


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece in its text, offsets within the folded text."""

    start: int
    end: int
    piece: Piece


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands between two atoms of one run."""

    cost: float
    tricks: Tricks
    kind: str


@dataclass(frozen=True, slots=True)
class Step:
    """An edge of the lattice: from one atom to atom `to`, saying `digits`."""

    to: int
    digits: str
    cost: float
    tricks: Tricks
    strong: int
    spelled: bool
    weak: bool = False


def _roles() -> dict[str, tuple[str, Role]]:
    found: dict[str, tuple[str, Role]] = {}
    found |= {word: (digits, Role.WEAK) for word, digits in HOMOPHONES.items()}
    found |= {word: (str(times), Role.REPEATER) for word, times in REPEATERS.items()}
    found |= dict.fromkeys(HUNDRED, ("00", Role.HUNDRED))
    found |= {word: (digit, Role.HUNDREDS) for word, digit in HUNDREDS.items()}
    found |= dict.fromkeys(THOUSAND, ("000", Role.THOUSAND))
    found |= {word: (digits, Role.TEEN) for word, digits in TEENS.items()}
    found |= {word: (digits, Role.TENS) for word, digits in TENS.items()}
    found |= {word: (digit, Role.UNIT) for word, digit in UNITS.items()}
    found |= {
        word: (found[word][0], Role.WEAK)
        for word in WEAK_NUMBERS
        if found[word][1] in (Role.UNIT, Role.TEEN)
    }
    return found


_WORD_ROLES = _roles()
_GLUED = {w: r for w, r in _WORD_ROLES.items() if r[1] is not Role.WEAK and len(w) > 2}
_SKELETONS = {skeleton(word): word for word in _GLUED}
_LONGEST = max(map(len, _GLUED))
_STRONG = {
    Role.UNIT: 1,
    Role.TEEN: 2,
    Role.TENS: 2,
    Role.HUNDRED: 2,
    Role.HUNDREDS: 2,
    Role.THOUSAND: 2,
    Role.REPEATER: 2,
    Role.WEAK: 0,
}
_ROUND_COST = 0.2  # o, l, i: nearly the digit itself
_TOKEN = re.compile(r"[^\W_]+(?:(?<![0-9])[!|$@](?![0-9])[^\W_]+)*")
_tokens: dict[str, tuple[Piece, ...]] = {}


def read_token(token: str) -> tuple[Piece, ...]:
    """The cheapest way to read a token as digits, or () where there is none."""
    known = _tokens.get(token)
    if known is None:
        if len(_tokens) >= CACHE_MAX:
            _tokens.clear()
        known = _tokens[token] = _read_new_token(token)
    return known


def _read_new_token(token: str) -> tuple[Piece, ...]:
    if token.isdigit() and token.isascii():
        return (Piece(0, len(token), token, Role.DIGITS, 0.0, _NONE, len(token)),)
    if token in _WORD_ROLES:
        return (_word_piece(token, 0, token, leet=False),)
    if len(token) > TOKEN_CHARS_MAX or not token.isascii():
        return ()
    if token.isalpha() and not any(word in token for word in _GLUED):
        return ()
    best: list[tuple[float, tuple[Piece, ...]] | None] = [None] * (len(token) + 1)
    best[0] = (0.0, ())
    for place in range(len(token)):
        here = best[place]
        if here is None:
            continue
        for piece in _pieces_at(token, place, here[1]):
            cost = here[0] + piece.cost
            there = best[piece.end]
            if there is None or cost < there[0]:
                best[piece.end] = (cost, (*here[1], piece))
    found = best[-1]
    return () if found is None or _is_noise(found[1]) else found[1]


def _is_noise(pieces: tuple[Piece, ...]) -> bool:
    """Codes such as `s5b8` and bare letters are no digits: few letters, or only o, l and i."""
    letters = sum(piece.role is Role.LETTER for piece in pieces)
    others = sum(piece.role is Role.LETTER and piece.cost > _ROUND_COST for piece in pieces)
    digits = sum(len(piece.digits) for piece in pieces if piece.role is not Role.LETTER)
    return letters > 0 and (digits == 0 or others > digits)


def _pieces_at(token: str, place: int, before: tuple[Piece, ...]) -> Iterator[Piece]:
    char = token[place]
    after_digits = bool(before) and before[-1].role in (Role.DIGITS, Role.LETTER)
    if char.isdigit():
        end = place
        while end < len(token) and token[end].isdigit():
            end += 1
        yield Piece(place, end, token[place:end], Role.DIGITS, 0.0, _NONE, end - place)
    for end in range(place + 3, min(len(token), place + _LONGEST) + 1):
        part = token[place:end]
        if part in _GLUED:
            yield _word_piece(part, place, part, leet=False)
        elif not part.isalpha() and not part.isdigit():
            word = _SKELETONS.get(skeleton(part))
            if word is not None and len(word) == len(part):
                yield _word_piece(word, place, part, leet=True)
    before_digit = place + 1 < len(token) and token[place + 1].isdigit()
    if char in LETTER_DIGITS and (after_digits or before_digit or _is_letters(token)):
        yield Piece(
            place,
            place + 1,
            LETTER_DIGITS[char],
            Role.LETTER,
            _ROUND_COST if char in "oil" else 0.4,
            frozenset({Technique.LETTERS}),
            0,
        )
    if char == "x" and after_digits and before_digit:
        separators = frozenset({Technique.SEPARATORS})
        yield Piece(place, place + 1, "", Role.GLUE, 0.6, separators, 0)
    if place == 0:
        for end in range(2, 9):
            if token[:end] in PREFIXES and token[end : end + 1].isdigit():
                yield Piece(0, end, "", Role.GLUE, 0.1, _NONE, 0)


def _is_letters(token: str) -> bool:
    return all(char in "oil" or char.isdigit() for char in token)


def _word_piece(word: str, place: int, part: str, *, leet: bool) -> Piece:
    digits, role = _WORD_ROLES[word]
    end = place + len(part)
    if role is Role.WEAK:
        tricks = frozenset({Technique.WORDS if word in WEAK_NUMBERS else Technique.HOMOPHONE})
        if word in "oil":
            tricks = frozenset({Technique.LETTERS})
        return Piece(place, end, digits, role, 0.2 if word in ("oh", "o") else 0.45, tricks, 0)
    if leet:
        strong = sum(char.isdigit() for char in part)
        return Piece(place, end, digits, role, 0.15, _WORDS | {Technique.LEET}, strong)
    return Piece(place, end, digits, role, 0.05, _WORDS, _STRONG[role])


def atoms_of(text: str, masked: Sequence[tuple[int, int]], low: int, high: int) -> list[Atom]:
    """Every stretch of `text[low:high]` that may be digits, in order; none touches a mask."""
    found: list[Atom] = []
    mask = 0
    for match in _TOKEN.finditer(text, low, high):
        pieces = read_token(match.group())
        if not pieces:
            continue
        start, end = match.span()
        while mask < len(masked) and masked[mask][1] <= start:
            mask += 1
        if mask < len(masked) and masked[mask][0] < end:
            continue
        found.extend(Atom(start + piece.start, start + piece.end, piece) for piece in pieces)
    return found


_PLAIN_GAP = re.compile(r"[ \t\xa0]{0,3}(?:[-./()]{0,2}[ \t]{0,2}){0,2}\Z")
_BREAKS = frozenset("$€£¥%=#+@&<>")
_TIGHT = frozenset({"+", "=", "&", "<", ">"})  # between digits without spaces they are separators


def gap_between(text: str, left: Atom, right: Atom) -> Gap | None:
    """How two neighbouring atoms hang together; None if they are not one number's."""
    gap = text[left.end : right.start]
    if not gap:
        return Gap(0.0, _NONE, "")
    if len(gap) > GAP_CHARS_MAX or (gap not in _TIGHT and not _BREAKS.isdisjoint(gap)):
        return None
    cost = 0.0
    tricks: set[Technique] = set()
    words = re.findall(r"[^\W_]+", gap)
    if words:
        if len(words) > GAP_WORDS_MAX or not FILLERS.issuperset(words):
            return None
        cost += 0.3 * len(words)
        tricks.add(Technique.FILLER)
        gap = re.sub(r"[^\W_]+", "", gap)
    lines = gap.count("\n")
    if lines > 2:
        return None
    if lines:
        cost += 0.3 * lines
        tricks.add(Technique.LINES)
        gap = gap.replace("\r", "").replace("\n", " ")
    if not _PLAIN_GAP.match(gap):
        cost += 0.5 if any(char in ",;:" for char in gap) else 0.25
        tricks.add(Technique.SEPARATORS)
    return Gap(cost, frozenset(tricks), _gap_kind(gap))


def _gap_kind(gap: str) -> str:
    marks = gap.strip()
    return marks[0] if marks else " "


def runs_of(text: str, atoms: Sequence[Atom]) -> Iterator[tuple[list[Atom], list[Gap]]]:
    """Stretches of atoms that hang together; `gaps[i]` stands before atom i, gaps[0] is empty."""
    run: list[Atom] = []
    gaps: list[Gap] = []
    for atom in atoms:
        gap = gap_between(text, run[-1], atom) if run else None
        if gap is None:
            if run:
                yield run, gaps
            run, gaps = [], []
            gap = Gap(0.0, _NONE, "")
        run.append(atom)
        gaps.append(gap)
    if run:
        yield run, gaps


def steps(text: str, run: Sequence[Atom], at: int) -> Iterator[Step]:
    """Every way to read on from atom `at`."""
    piece = run[at].piece
    match piece.role:
        case Role.DIGITS | Role.LETTER | Role.UNIT | Role.TEEN | Role.TENS | Role.WEAK:
            yield _step(at + 1, piece.digits, (piece,), weak=piece.role is Role.WEAK)
        case Role.GLUE if at > 0:
            yield _step(at + 1, "", (piece,))
        case Role.HUNDREDS:
            yield from _hundreds(run, at + 1, piece.digits, (piece,))
        case _:
            pass
    following = run[at + 1].piece if at + 1 < len(run) else None
    if following is None:
        return
    if piece.role is Role.TENS and _is_unit(following):
        yield _step(at + 2, piece.digits[0] + following.digits, (piece, following))
    if piece.role is Role.REPEATER and len(following.digits) == 1:
        repeated = following.digits * int(piece.digits)
        yield _step(at + 2, repeated, (piece, following), Technique.REPEATER)
    if piece.role in (Role.UNIT, Role.DIGITS) and len(piece.digits) == 1:
        if following.role is Role.HUNDRED:
            yield from _hundreds(run, at + 2, piece.digits, (piece, following))
        if following.role is Role.THOUSAND:
            yield _step(at + 2, piece.digits + "000", (piece, following))
    if _is_echo(text, run, at):
        yield _step(at + 2, piece.digits, (piece,), Technique.ECHO)


def _step(
    to: int,
    digits: str,
    pieces: tuple[Piece, ...],
    trick: Technique | None = None,
    *,
    weak: bool = False,
) -> Step:
    first, *more = pieces
    if not more and trick is None:
        spelled = first.role is not Role.DIGITS
        return Step(to, digits, first.cost, first.tricks, first.strong, spelled, weak)
    tricks = _NONE.union(*(piece.tricks for piece in pieces))
    return Step(
        to=to,
        digits=digits,
        cost=sum(piece.cost for piece in pieces),
        tricks=tricks if trick is None else tricks | {trick},
        strong=sum(piece.strong for piece in pieces),
        spelled=any(piece.role is not Role.DIGITS for piece in pieces),
        weak=weak,
    )


def _is_unit(piece: Piece) -> bool:
    return piece.role is Role.UNIT and piece.digits != "0"


def _hundreds(run: Sequence[Atom], to: int, lead: str, said: tuple[Piece, ...]) -> Iterator[Step]:
    """`two hundred`, `two hundred two`, `two hundred forty three`: what may follow at atom `to`."""
    yield _step(to, lead + "00", said)
    rest = [atom.piece for atom in run[to : to + 2]]
    if rest and _is_unit(rest[0]):
        yield _step(to + 1, f"{lead}0{rest[0].digits}", (*said, rest[0]))
    if rest and rest[0].role in (Role.TEEN, Role.TENS):
        yield _step(to + 1, lead + rest[0].digits, (*said, rest[0]))
    if len(rest) == 2 and rest[0].role is Role.TENS and _is_unit(rest[1]):
        digits = lead + rest[0].digits[0] + rest[1].digits
        yield _step(to + 2, digits, (*said, *rest))


def _is_echo(text: str, run: Sequence[Atom], at: int) -> bool:
    """`2(two)`: the same digit said again in brackets."""
    here, there = run[at], run[at + 1]
    return (
        here.piece.digits == there.piece.digits != ""
        and text[here.end : there.start].strip() in ("(", "[", "{")
        and text[there.end : there.end + 1] in (")", "]", "}")
    )
