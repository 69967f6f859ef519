"""What a clerk types of a served paper, read into a Paper; the console and the command share it."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from answerable.kernel.errors import Refusal
from answerable.kernel.time import DAY, Millis, from_datetime
from answerable.preservation.process import Kind, Paper, Scope
from answerable.screening.contacts import find_contacts
from answerable.screening.model import ContactKind
from answerable.screening.views import fold

COUNTRIES = {"UK": "GB", "USA": "US"}
_JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_SPLIT = re.compile(r"[\r\n]+")


def read_paper(fields: Mapping[str, str], document: str) -> Paper:
    """`fields`: kind, jurisdiction, authority, reference, contact, served, ends, ads, accounts,
    contacts (one a line), since, until, future, lifts. Raises Refusal naming the field."""
    jurisdiction = read_jurisdiction(fields.get("jurisdiction", ""))
    served = read_moment(fields.get("served", ""), "served")
    if served is None:
        raise Refusal("say when it was served")
    return Paper(
        kind=read_kind(fields.get("kind", "")),
        jurisdiction=jurisdiction,
        authority=fields.get("authority", "").strip(),
        reference=fields.get("reference", "").strip(),
        contact=fields.get("contact", "").strip(),
        served=served,
        document=document,
        ends=read_moment(fields.get("ends", ""), "ends"),
        lifts=fields.get("lifts", "").strip() or None,
        scope=Scope(
            ads=_lines(fields.get("ads", "")),
            accounts=_lines(fields.get("accounts", "")),
            contacts=read_contacts(_lines(fields.get("contacts", "")), jurisdiction[:2]),
            since=read_moment(fields.get("since", ""), "since"),
            until=_day_after(fields.get("until", "")),
            future=fields.get("future", "") in ("1", "on", "true"),
        ),
    )


def read_kind(text: str) -> Kind:
    try:
        return Kind(text.strip())
    except ValueError:
        raise Refusal("choose what was served", kinds=[kind.value for kind in Kind]) from None


def read_jurisdiction(text: str) -> str:
    """`us-ca` as `US-CA`, `UK` as `GB`. Raises Refusal."""
    name = text.strip().upper()
    name = COUNTRIES.get(name, name)
    if not _JURISDICTION.fullmatch(name):
        raise Refusal("a jurisdiction is written US, US-CA, GB, CA")
    return name


def read_moment(text: str, what: str) -> Millis | None:
    """`2026-11-24` or `2026-11-24T10:15`, UTC. None where nothing is typed. Raises Refusal."""
    if not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refusal(f"{what} is a date like 2026-11-24 or 2026-11-24T10:15") from None
    return from_datetime(found if found.tzinfo else found.replace(tzinfo=UTC))


def _day_after(text: str) -> Millis | None:
    """The end of a range: a bare day is included whole."""
    found = read_moment(text, "until")
    if found is None or "T" in text.strip() or " " in text.strip():
        return found
    return Millis(found + DAY)


def read_contacts(lines: Sequence[str], region: str) -> tuple[tuple[str, str], ...]:
    """Phones, addresses, handles as the contact index spells them: read as screening reads ads.

    `kind:value` is taken as it stands. Raises Refusal for a line that reads as no contact.
    """
    kinds = {kind.value for kind in ContactKind}
    found: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        kind, colon, value = line.partition(":")
        if colon and kind.strip().lower() in kinds and value.strip():
            found.append((kind.strip().lower(), value.strip()))
            continue
        read = find_contacts(fold(line), "scope", region)
        if not read:
            raise Refusal(
                "this line of the scope reads as no contact; write kind:value",
                line=number,
                kinds=sorted(kinds),
            )
        found += [(one.kind.value, one.value) for one in read]
    return tuple(dict.fromkeys(found))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in _SPLIT.split(text) if line.strip()))
