"""Hide first: an alert that did not hide its ad at once is a lapse, unless the record says why.

The reason is a switch, limit or exception that stood at that very moment, by its own events. That a
person then looked in time is the clock `flood_look` (timing.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from answerable.events.duties.clocks import ALERT_ACT
from answerable.events.duties.lapse import Lapse, lapse, number
from answerable.events.duties.residual import is_open
from answerable.events.event import Opened

FLOOD, LIMITED, EXCEPTION = "flood", "limited", "exception"


@dataclass(frozen=True, slots=True)
class _Span:
    """From when until when a reason stood; its first event, and the ads it is about (None: any)."""

    began: Opened
    since: int
    until: int | None
    ads: frozenset[str] | None = None

    def stood_at(self, at: int) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


def hides_put_off(opened: Sequence[Opened]) -> tuple[Lapse, ...]:
    """Ads that stayed up after an alert without a reason that stood then."""
    spans = _spans(opened)
    received = {e.subject: e for e in opened if e.type == "alert.received"}
    said = {e.subject: e for e in opened if e.type == "alert.put_off"}
    found: list[Lapse] = []
    for attached in (e for e in opened if e.type == "alert.attached"):
        if not (is_open(attached, "link") and is_open(attached, "facts")):
            continue
        why, ids = said.get(attached.subject), (attached.get("alert"), attached.get("ad"))
        stayed_up = attached.get("ad") is not None and attached.get("hidden") is False
        if stayed_up and why is None:
            words = "an alert did not hide its ad, and nothing says why"
            found.append(lapse(ALERT_ACT.name, "not hidden", words, attached, ids=ids))
        if why is not None and not stayed_up:
            words = "a hide is said to be put off, and the ad was hidden or unknown"
            found.append(lapse(ALERT_ACT.name, "misstated", words, why, attached, ids=ids))
    for subject, why in said.items():
        alert = received.get(subject)
        found += _without_reason(why, alert, spans)
    return tuple(found)


def _without_reason(
    why: Opened, alert: Opened | None, spans: Mapping[tuple[str, object], list[_Span]]
) -> list[Lapse]:
    if not is_open(why, "facts"):
        return []
    ids = (why.get("alert"), why.get("ad"))
    at = why.happened if alert is None else alert.known
    stood = [
        span
        for span in spans.get((str(why.get("ground")), why.get("because")), [])
        if span.stood_at(at) and (span.ads is None or why.get("ad") in span.ads)
    ]
    if stood and all(span.began.index < why.index for span in stood):
        return []
    shown = (why,) if alert is None else (why, alert)
    words = f"an alert did not hide its ad for a {why.get('ground')} that did not stand then"
    return [lapse(ALERT_ACT.name, "no reason", words, *shown, ids=ids)]


def _spans(opened: Sequence[Opened]) -> Mapping[tuple[str, object], list[_Span]]:
    """Every reason by its kind and name, from its own events alone."""
    ends = {e.get("flood"): e.happened for e in opened if e.type == "flood.ended"}
    lifted = {e.get("limit"): e.happened for e in opened if e.type == "alerter.unlimited"}
    over = {e.get("exception"): e.happened for e in opened if e.type == "hide_exception.ended"}
    found: dict[tuple[str, object], list[_Span]] = {}
    for event in opened:
        if event.type == "flood.started":
            name = event.get("flood")
            key, span = (FLOOD, name), _Span(event, event.happened, ends.get(name))
        elif event.type == "alerter.limited":
            name = event.get("limit")
            until = _first(number(event.get("until")), lifted.get(name))
            key, span = (LIMITED, name), _Span(event, event.happened, until)
        elif event.type == "hide_exception.granted":
            name = event.get("exception")
            until = _first(number(event.get("ends")), over.get(name))
            ads = event.get("ads")
            named = None if ads is None else frozenset(str(ad) for ad in ads)
            key, span = (EXCEPTION, name), _Span(event, event.happened, until, named)
        else:
            continue
        found.setdefault(key, []).append(span)
    return found


def _first(*moments: int | None) -> int | None:
    return min((at for at in moments if at is not None), default=None)
