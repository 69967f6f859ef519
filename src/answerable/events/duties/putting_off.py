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
from answerable.kernel.time import DAY

DUTY = ALERT_ACT.name
EXCEPTION_MAX = 14 * DAY
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
            found.append(lapse(DUTY, "not hidden", words, attached, ids=ids))
        if why is not None and not stayed_up:
            words = "a hide is said to be put off, and the ad was hidden or unknown"
            found.append(lapse(DUTY, "misstated", words, why, attached, ids=ids))
    for subject, why in said.items():
        alert = received.get(subject)
        found += _without_reason(why, alert, spans)
    return (*found, *_exceptions(opened, spans))


def _exceptions(
    opened: Sequence[Opened], spans: Mapping[tuple[str, object], list[_Span]]
) -> list[Lapse]:
    """Granted by two, for 14 days at most; and what it put off is hidden when it ends."""
    found: list[Lapse] = []
    for granted in (e for e in opened if e.type == "hide_exception.granted"):
        if not is_open(granted, "facts"):
            continue
        name, ends = granted.get("exception"), number(granted.get("ends")) or granted.happened
        if len({str(who) for who in granted.get("approvers") or ()}) < 2:
            words = "an exception to hide first was not granted by two people"
            found.append(lapse(DUTY, "one person", words, granted, ids=(name,)))
        if ends > granted.happened + EXCEPTION_MAX:
            words = "an exception to hide first runs longer than 14 days"
            found.append(lapse(DUTY, "too long", words, granted, ids=(name,), due=ends))
    for ended in (e for e in opened if e.type == "hide_exception.ended"):
        found += _left_up(ended, opened, spans)
    return found


def _left_up(
    ended: Opened, opened: Sequence[Opened], spans: Mapping[tuple[str, object], list[_Span]]
) -> list[Lapse]:
    """Ads with an alert that was open when the exception ended, and that nobody hid then."""
    name = ended.get("exception")
    answered = {e.subject for e in opened if e.type == "alert.answered" and e.index < ended.index}
    ads = {
        e.get("ad")
        for e in opened
        if e.type == "alert.put_off" and e.get("because") == name and e.subject not in answered
    }
    others = [
        span
        for (ground, other), each in spans.items()
        for span in each
        if ground == EXCEPTION and other != name and span.stood_at(ended.happened)
    ]
    hidden = {e.get("ad") for e in opened if e.type == "hide.resumed" and e.index > ended.index}
    return [
        lapse(DUTY, "left up", "an exception ended and its alerted ad was not hidden", ended)
        for ad in sorted(str(one) for one in ads - {None} - hidden)
        if not any(span.ads is None or ad in span.ads for span in others)
    ]


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
    return [lapse(DUTY, "no reason", words, *shown, ids=ids)]


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
