"""receiver/rules: the second judge: what the documentation asks beyond the schema.

Runs on documents that already have the right shape. A switch turns this judge off; sources are
sections 6 and 8 of the documentation as clients written from it carry them.
"""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lxml import etree

from answerable.apps.receiver.schema import Invalid, children_of, slots_of, text_of
from answerable.apps.receiver.shapes import Kind, Limit
from answerable.apps.receiver.values import BLANKS, Lexical, Simple, has_zone
from answerable.kernel.time import Millis, to_datetime


def check_rules(root: etree._Element, kind: Kind, now: Millis) -> Invalid | None:
    """The first documented rule that a well-shaped document breaks, or None."""
    for fault in _limits(root, kind, f"/{kind.name}"):
        return fault
    whole = _whole_report(root, now) if kind.name == "report" else _whole_file(root)
    return next(whole, None)


# -- one value at a time --------------------------------------------------------------------------


def _limits(element: etree._Element, kind: Kind, where: str) -> Iterator[Invalid]:
    for attribute in kind.attributes:
        value = element.get(attribute.name)
        if value is not None and (why := _broken(str(value), attribute.simple, attribute.limit)):
            yield Invalid(where=f"{where}/@{attribute.name}", why=why)
    slots = slots_of(kind)
    counted: dict[str, int] = {}
    for child in children_of(element):
        name = str(child.tag)
        slot, inner = slots[name], f"{where}/{name}"
        counted[name] = counted.get(name, 0) + 1
        if slot.limit.at_most is not None and counted[name] > slot.limit.at_most:
            yield Invalid(where=inner, why=f"at most {slot.limit.at_most} documented")
        if slot.kind.text is not None and (
            why := _broken(text_of(child), slot.kind.text, slot.limit)
        ):
            yield Invalid(where=inner, why=why)
        yield from _limits(child, slot.kind, inner)


def _broken(text: str, simple: Simple, limit: Limit) -> str | None:
    if limit.chars_max is not None and len(text) > limit.chars_max:
        return f"{len(text)} characters, at most {limit.chars_max}"
    if limit.not_blank and not text.strip():
        return "must not be blank; leave the element out"
    if limit.is_url and any(c.isspace() or unicodedata.category(c) == "Cc" for c in text):
        return "a URL has no blanks and no control characters"
    if limit.between is not None:
        low, high = limit.between
        if not low <= int(text.strip(BLANKS)) <= high:
            return f"must lie between {low} and {high}"
    if simple.lexical is Lexical.DATE_TIME and not has_zone(text):
        return "a time needs its zone: Z or +hh:mm"
    return None


# -- the document as a whole ----------------------------------------------------------------------


def _whole_report(report: etree._Element, now: Millis) -> Iterator[Invalid]:
    happened = report.findtext("incidentSummary/incidentDateTime") or ""
    if moment_of(happened) > to_datetime(now):
        yield Invalid(where="/report/incidentSummary/incidentDateTime", why="must lie in the past")
    emails = report.findall("reporter/reportingPerson/email")
    if not any(text_of(email).strip() for email in emails):
        yield Invalid(where="/report/reporter/reportingPerson", why="an email is required")


def _whole_file(details: etree._Element) -> Iterator[Invalid]:
    """A supplemental file carries no classification and no meme mark."""
    if details.findtext("fileRelevance") != "Supplemental Reported":
        return
    meme = details.findtext("potentialMeme", "false").strip(BLANKS) in ("true", "1")
    if meme or details.find("fileAnnotations/potentialMeme") is not None:
        yield Invalid(where="/fileDetails", why="a supplemental file has no potentialMeme mark")
    if details.find("industryClassification") is not None:
        yield Invalid(where="/fileDetails", why="a supplemental file has no classification")


_NEVER = datetime.max.replace(tzinfo=UTC)
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def moment_of(date_time: str) -> datetime:
    """A valid dateTime with zone as a datetime; what Python cannot hold is the far end of time."""
    if date_time.startswith("-"):
        return _EARLIEST
    midnight = "T24:" in date_time  # the schema's other name for the next day's start
    try:
        found = datetime.fromisoformat(date_time.replace("T24:", "T00:") if midnight else date_time)
        return (found + timedelta(days=1) if midnight else found).astimezone(UTC)
    except (ValueError, OverflowError):
        return _NEVER if date_time[:4] >= "9999" or date_time[4:5] != "-" else _EARLIEST
