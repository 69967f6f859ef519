"""Terms: what people give, as the indexes spell it; what of an ad stands in the small index. Pure.

Contacts are read by the contact index's own callable, handed in; names and places here.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from answerable.events.ads import AdPlaced, AdReceived
from answerable.kernel.errors import Breach, Refusal
from answerable.kernel.limits import SHORT_CHARS_MAX
from answerable.watches.model import (
    IN_CONTACTS,
    STRONG,
    TERMS_MAX,
    VALUE_CHARS_MAX,
    ReadsContacts,
    Spelled,
    Spellings,
    Term,
    TermKind,
)

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HANDLE = re.compile(r"(?:[a-z]{2,20}:)?[a-z0-9_][a-z0-9._-]{1,39}")
READ_CHARS_MAX = 100  # no phone is longer, and hardly an e-mail address
WORD_CHARS_MIN = 2  # a single letter is nobody's name and no place


def read_term(kind: TermKind, said: str, read: ReadsContacts) -> Term:
    """One term as somebody gave it. Raises Refusal where it is not what it claims to be."""
    said = said.strip()
    if not said or len(said) > SHORT_CHARS_MAX:
        raise Refusal("a term is a short text", chars_max=SHORT_CHARS_MAX)
    value = _value(kind, said, read)
    if value is None:
        raise Refusal(f"this cannot be read as {_A[kind]}", kind=kind.value)
    return Term(kind=kind, said=said, value=value)


_A = {
    TermKind.PHONE: "a phone number",
    TermKind.EMAIL: "an e-mail address",
    TermKind.HANDLE: "a name on a platform",
    TermKind.IMAGE: "a SHA-256 digest of 64 hex digits",
    TermKind.NAME: "a name",
    TermKind.PLACE: "a place",
}


def _value(kind: TermKind, said: str, read: ReadsContacts) -> str | None:
    match kind:
        case TermKind.IMAGE:
            return said.lower() if _SHA256.fullmatch(said.lower()) else None
        case TermKind.NAME | TermKind.PLACE:
            return plain_words(said) or None
        case TermKind.HANDLE:
            return _handle(said, read)
        case _:
            return next((v for k, v in contacts_in(said, read) if k is kind), None)


def _handle(said: str, read: ReadsContacts) -> str | None:
    """`jane_doe` alone is a handle here, where in an ad it would be a word."""
    found = [v for k, v in contacts_in(said, read) if k is TermKind.HANDLE]
    bare = said.lower().removeprefix("@")
    if found:
        return found[0]
    return bare if _HANDLE.fullmatch(bare) else None


def contacts_in(text: str, read: ReadsContacts) -> list[Spelled]:
    """Phones, e-mails and handles of a text, as the contact index holds them."""
    known = {kind.value: kind for kind in IN_CONTACTS}
    return [(known[kind], _kept(value)) for kind, value in read(text) if kind in known]


def _kept(value: str) -> str:
    return value.replace("\x00", "")[:VALUE_CHARS_MAX]


def plain_words(text: str) -> str:
    """Lower case, no signs, one space: how names and places are compared. "" where too short."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(
        char if char.isalnum() or unicodedata.combining(char) else " " for char in folded
    )
    joined = " ".join(kept.split())[:VALUE_CHARS_MAX]
    return joined if len(joined) >= WORD_CHARS_MIN else ""


def terms_about(about: Mapping[str, Sequence[str]] | None, read: ReadsContacts) -> tuple[Term, ...]:
    """The terms of an alert that is about something. What cannot be read is left to its case."""
    told = about or {}
    terms: dict[Spelled, Term] = {}

    def add(kind: TermKind, said: str, value: str | None) -> None:
        if value:
            terms.setdefault((kind, value), Term(kind=kind, said=said, value=value))

    for said in told.get("contacts") or ():
        for kind, value in contacts_in(said, read):
            add(kind, said, value)
    for said in told.get("handles") or ():
        add(TermKind.HANDLE, said, _handle(said.strip(), read))
    for said in told.get("places") or ():
        add(TermKind.PLACE, said, plain_words(said))
    for said in told.get("words") or ():
        add(TermKind.NAME, said, plain_words(said))
    return tuple(terms.values())[:TERMS_MAX]


def can_match(kinds: Iterable[TermKind]) -> bool:
    """One strong kind, or two weak ones."""
    found = set(kinds)
    return bool(found & STRONG) or len(found) >= 2


def spellings(terms: Iterable[Term], platforms: Sequence[str]) -> Spellings:
    """Every value under which an index may hold a term, by kind, each once."""
    found: dict[TermKind, dict[str, None]] = {}
    for term in terms:
        for value in _spelled(term, platforms):
            found.setdefault(term.kind, {})[value] = None
    return {kind: tuple(values) for kind, values in found.items()}


def _spelled(term: Term, platforms: Sequence[str]) -> Iterator[str]:
    yield term.value
    if term.kind is TermKind.HANDLE:
        platform, colon, name = term.value.partition(":")
        if colon and platform in platforms:
            yield name
        elif not colon:
            yield from (f"{one}:{term.value}" for one in platforms)
    elif term.kind is TermKind.PLACE:
        first = plain_words(term.said.partition(",")[0])
        if first:
            yield first


def terms_of_ad(event: AdReceived, read: ReadsContacts) -> tuple[Spelled, ...]:
    """What the small index holds of a revision: places, the account, digests of attachments.

    Erased groups come as None and give nothing.
    """
    account: Mapping[str, Any] = event.account or {}
    found: list[Spelled] = list(_places(event.place))
    found += [(TermKind.NAME, plain_words(name)) for name in account.get("names") or () if name]
    told = [(TermKind.EMAIL, one.get("address")) for one in account.get("emails") or ()]
    told += [(TermKind.PHONE, one.get("number")) for one in account.get("phones") or ()]
    for kind, said in told:
        if said and said.strip():
            found.append((kind, _of_account(kind, said.strip(), read)))
    for one in event.attachments or ():
        digest = str(one.get("sha256") or "").lower()
        if _SHA256.fullmatch(digest):
            found.append((TermKind.IMAGE, digest))
    return tuple(dict.fromkeys(pair for pair in found if pair[1]))


def _of_account(kind: TermKind, said: str, read: ReadsContacts) -> str:
    """As the contact index will spell it, where that is quick and sure.

    Intake must neither wait nor fail for this: screening reads the same field again, in the open,
    and what it finds is matched then.
    """
    same: list[str] = []
    if len(said) <= READ_CHARS_MAX:
        with suppress(Breach):
            same = [value for one, value in contacts_in(said, read) if one is kind]
    return same[0] if same else _kept(said.lower())


def terms_of_placement(event: AdPlaced) -> tuple[Spelled, ...]:
    """An ad that is moved keeps its words and changes its place."""
    return tuple(dict.fromkeys(_places(event.place)))


def _places(place: Mapping[str, str] | None) -> Iterator[Spelled]:
    told = place or {}
    city, region = told.get("city") or "", told.get("region") or ""
    each = (city, f"{city}, {region}" if city and region else "")
    for text in (*each, *(told.get(name) or "" for name in ("postcode", "address", "text"))):
        if value := plain_words(text):
            yield TermKind.PLACE, value
