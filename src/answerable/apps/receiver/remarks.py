"""receiver/remarks: what an analyst would notice in a report that both judges let pass.

Nothing is refused for it, the client is not told, and no remark quotes the report: each stands
beside its call, where the client's makers look. An honest report may earn one, too.
"""

from collections.abc import Iterator

from lxml import etree

from answerable.apps.receiver.rules import moment_of
from answerable.apps.receiver.schema import children_of, text_of
from answerable.kernel.time import Millis, to_datetime

_NOW_MS = 10_000  # so close before the call, an incident's time is the time of reporting


def remarks_on(report: etree._Element, now: Millis) -> str:
    """One line, empty where there is nothing to remark on."""
    return "; ".join((*_time(report, now), *_addresses(report), *_connections(report)))


def _time(report: etree._Element, now: Millis) -> Iterator[str]:
    happened = moment_of(report.findtext("incidentSummary/incidentDateTime") or "")
    if (to_datetime(now) - happened).total_seconds() * 1000 < _NOW_MS:
        yield "incidentDateTime is the time of this call, not of an incident"


def _addresses(report: etree._Element) -> Iterator[str]:
    legal = (report.findtext("reporter/legalURL") or "").strip()
    urls = [text_of(url).strip() for url in report.iterfind("internetDetails/*/url")]
    if legal and legal in urls:
        yield "an incident's url is the reporter's legalURL"
    if any(_names_no_page(url) for url in urls):
        yield "an incident's url names a site and no page of it"


def _names_no_page(url: str) -> bool:
    _, found, rest = url.partition("://")
    return bool(found) and not any(mark in rest.rstrip("/") for mark in "/?#")


def _connections(report: etree._Element) -> Iterator[str]:
    for holder in report.iter():
        events = [event for event in children_of(holder) if event.tag == "ipCaptureEvent"]
        times = [event.findtext("dateTime") for event in events]
        if len(events) > 1 and len(set(times)) == 1:
            yield f"the {len(events)} ipCaptureEvents of {holder.tag} are all of one time"
