"""Concealment: an edit that took away a sign which screening had seen, and the ad then stood.

Backpage edited ads so that nobody would see what they were. Here every revision is kept and what
screening saw in it is an event, so the edit itself is the finding, whoever made it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from answerable.audit.finding import AuditFinding
from answerable.events.duties.obeying import WANTS_UP
from answerable.events.event import Opened

DUTY = "no_concealment"
_STANDS = ("ad.published", "ad.renewed", "ad.moved")


@dataclass(frozen=True, slots=True)
class _Sign:
    """Words that a rule saw in a revision, and the leaf that says so."""

    words: str
    rule: str
    judged: Opened


def concealments(opened: Sequence[Opened]) -> tuple[AuditFinding, ...]:
    """One finding for each revision that lost signed words and was then published.

    A sign moved to another field or spelled in other case is not lost. Revisions whose words are
    erased cannot be compared and give no finding.
    """
    revisions = _revisions(opened)
    signs = _signs(opened, revisions)
    later = _what_lets_stand(opened)
    found: list[AuditFinding] = []
    for ad, by_number in revisions.items():
        known: list[_Sign] = []
        for number in sorted(by_number):
            edit = by_number[number]
            text = _text(edit)
            if text is None:
                known = []
                continue
            lost = [sign for sign in known if not _holds(text, sign.words)]
            publish = _published(later[ad], number, edit) if lost else None
            if publish is not None:
                found.append(_finding(ad, edit, lost, publish))
            known = [s for s in (*known, *signs[ad, number]) if _holds(text, s.words)]
    return tuple(found)


def _revisions(opened: Sequence[Opened]) -> Mapping[str, Mapping[int, Opened]]:
    found: defaultdict[str, dict[int, Opened]] = defaultdict(dict)
    for event in opened:
        if event.type in ("ad.received", "ad.revised"):
            ad, number = event.get("ad"), event.get("revision")
            if isinstance(ad, str) and isinstance(number, int):
                found[ad][number] = event
    return found


def _text(revision: Opened) -> Mapping[str, str] | None:
    text = revision.get("text")
    return text if isinstance(text, Mapping) else None


def _holds(text: Mapping[str, str], words: str) -> bool:
    return any(words.casefold() in value.casefold() for value in text.values())


def _signs(
    opened: Sequence[Opened], revisions: Mapping[str, Mapping[int, Opened]]
) -> Mapping[tuple[str, int], list[_Sign]]:
    """What each signal points at, in the words of its own revision."""
    found: defaultdict[tuple[str, int], list[_Sign]] = defaultdict(list)
    for event in opened:
        if event.type != "screen.judged":
            continue
        ad, number = event.get("ad"), event.get("revision")
        revision = revisions.get(ad, {}).get(number) if isinstance(ad, str) else None
        text = None if revision is None else _text(revision)
        if text is None:
            continue
        for signal in event.get("signals") or ():
            words = _words_of(signal, text)
            if words:
                rule = str(signal.get("rule", ""))
                found[str(ad), int(number)].append(_Sign(words, rule, event))
    return found


def _words_of(signal: object, text: Mapping[str, str]) -> str:
    """The code points [start, end) of the field that the signal names; "" where there are none."""
    match signal:
        case {"field": str(name), "start": int(start), "end": int(end)} if name in text:
            return text[name][max(start, 0) : max(end, 0)].strip()
        case _:
            return ""


def _what_lets_stand(opened: Sequence[Opened]) -> Mapping[str, list[Opened]]:
    """By ad, everything that could let a revision stand, and the revisions that end its turn."""
    found: defaultdict[str, list[Opened]] = defaultdict(list)
    kinds = ("screen.judged", "directive.issued", "ad.revised", *_STANDS)
    for event in opened:
        if event.type in kinds and isinstance(ad := event.get("ad"), str):
            found[ad].append(event)
    return found


def _published(events: Sequence[Opened], revision: int, edit: Opened) -> Opened | None:
    """The event after which this revision stood: its verdict, a directive, or a placement."""
    for event in events:
        if event.index <= edit.index:
            continue
        if event.type == "ad.revised":
            return None  # the next revision came first
        own = event.get("revision") == revision
        stood = (
            (event.type == "screen.judged" and own and event.get("verdict") == "publish")
            or (event.type == "directive.issued" and event.get("action") in WANTS_UP)
            or (event.type in _STANDS and own)
        )
        if stood:
            return event
    return None


def _finding(ad: str, edit: Opened, lost: Sequence[_Sign], publish: Opened) -> AuditFinding:
    rules = ", ".join(sorted({sign.rule for sign in lost}))
    words = (
        f"revision {edit.get('revision')} by {edit.actor} lost what {rules} had seen, "
        f"and the ad then stood ({publish.type})"
    )
    indices = {edit.index, publish.index, *(sign.judged.index for sign in lost)}
    return AuditFinding(
        duty=DUTY,
        kind="sign removed",
        words=words,
        subject=edit.subject,
        index=edit.index,
        indices=tuple(sorted(indices)),
        ids=(ad,),
    )
