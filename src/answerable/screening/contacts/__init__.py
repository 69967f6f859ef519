"""contacts: the ways to reach somebody that stand in the words of an ad, however they are written.

Owns     reading phones, e-mail, web, platform and payment addresses out of a view.
Emits    nothing; judge.py puts what is found into a Verdict.
Imports  screening's views and model; phonenumbers to validate, never to search.
Start at find_contacts; cues.py is the cheap look before it.
"""

import html
import re
from collections.abc import Iterator

from answerable.screening.contacts.addresses import find_emails, find_urls
from answerable.screening.contacts.cues import Cue, Everything, Glimpse
from answerable.screening.contacts.found import Found, place
from answerable.screening.contacts.handles import find_handles
from answerable.screening.contacts.payments import find_payments
from answerable.screening.contacts.phones import find_phones
from answerable.screening.model import Contact, ContactKind, Technique
from answerable.screening.views import View, fold

_RANK = {
    ContactKind.EMAIL: 0,
    ContactKind.PAYMENT: 1,
    ContactKind.URL: 2,
    ContactKind.PHONE: 3,
    ContactKind.HANDLE: 4,
}


def find_contacts(
    view: View, field: str, region: str, glimpse: Glimpse | None = None
) -> list[Contact]:
    """Contacts in order of place, none overlapping another; offsets are of the submitted text.

    `region` (ISO 3166) is what phones without a country code get. With a `glimpse` only the
    stretches it points at are read.
    """
    look = Everything() if glimpse is None else glimpse
    found = [place(one, view, field) for one in _search(view, region, look)]
    if look.bits & Cue.ENTITY:
        found += _through(entities_read(view), field, region, Technique.ENTITY)
    if look.bits & Cue.SPELLED:
        found += _through(closed_up(view), field, region, Technique.SPACED)
    if len(found) < 2:
        return found
    kept: list[Contact] = []
    for one in sorted(found, key=_priority):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: (one.start, one.end))


def _priority(one: Contact) -> tuple[int, int, int]:
    """Whole addresses before parts of them; longer first."""
    return _RANK[one.kind], one.start - one.end, one.start


def _search(view: View, region: str, look: Glimpse) -> Iterator[Found]:
    if look.bits & Cue.AT:
        yield from find_emails(view, look.windows(Cue.AT, view.text))
    if look.bits & Cue.WEB:
        yield from find_urls(view, look.windows(Cue.WEB, view.text))
    if look.bits & Cue.PLATFORM:
        yield from find_handles(view, look.windows(Cue.PLATFORM, view.text))
    if look.bits & Cue.MONEY:
        yield from find_payments(view, look.windows(Cue.MONEY, view.text))
    if look.bits & Cue.NUMBERS:
        yield from find_phones(view, region, look.windows(Cue.NUMBERS, view.text))


def _through(other: View | None, field: str, region: str, trick: Technique) -> list[Contact]:
    """What only another reading of the text shows."""
    if other is None:
        return []
    found = []
    for one in _search(other, region, Everything()):
        marked = Found(
            kind=one.kind,
            value=one.value,
            start=one.start,
            end=one.end,
            tricks=one.tricks | {trick},
        )
        contact = place(marked, other, field)
        if contact.end - contact.start > one.end - one.start:
            found.append(contact)
    return found


_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});?", re.IGNORECASE)


def entities_read(view: View) -> View | None:
    """The view in which HTML character references are the characters they stand for."""
    matches = list(_ENTITY.finditer(view.text))
    at: list[int] = []
    raw_at: list[int] = []
    raw_to: list[int] = []
    pieces: list[str] = []
    done = 0

    def take(begin: int, finish: int) -> None:
        for index in range(begin, finish):
            start, end = view.span(index, index + 1)
            at.append(len(at))
            raw_at.append(start)
            raw_to.append(end)
        pieces.append(view.text[begin:finish])

    for match in matches:
        char = html.unescape(match.group())
        if char == match.group() or len(char) != 1:
            continue
        take(done, match.start())
        start, end = view.span(*match.span())
        folded = fold(char).text
        for _ in folded:
            at.append(len(at))
            raw_at.append(start)
            raw_to.append(end)
        pieces.append(folded)
        done = match.end()
    if not done:
        return None
    take(done, len(view.text))
    return View(view.raw, "".join(pieces), (at, raw_at, raw_to))


_SPELLED = re.compile(
    r"(?<![^\s(:])[^\s](?:[ ]{1,2}[^\s]){4,}(?!\S)|(?<!\w)\w(?:([._*-])\w)(?:\1\w){2,}(?!\w)"
)


def closed_up(view: View) -> View | None:
    """The view in which `j o h n` is one word; words apart by more than a space stay apart."""
    drop: set[int] = set()
    for match in _SPELLED.finditer(view.text):
        mark = match.group(1) or " "
        drop.update(place for place in range(*match.span()) if view.text[place] == mark)
    if not drop:
        return None
    return view.narrowed([place for place in range(len(view.text)) if place not in drop])


__all__ = ["closed_up", "entities_read", "find_contacts"]
