"""What was asked and told for a report, read from the chain of its case. Pure.

An item is plain JSON in the words of intake v1: `{external_id, account?, connections?, payment?,
note?}`. It came in by a typed door, was committed, and is read back here and in gather alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from answerable.events.event import Recorded
from answerable.events.reports import FactsAsked, FactsTold
from answerable.kernel.canonical import canonical_bytes
from answerable.kernel.errors import Breach
from answerable.kernel.time import from_datetime
from answerable.reports.completeness import NotHeld
from answerable.reports.document import facts as f
from answerable.reports.document.values import Moment, utc

BY_SITE = "the site"
BY_REVIEWER = "a reviewer"


def told_facts(chain: Iterable[Recorded]) -> Mapping[str, tuple[f.ToldFacts, ...]]:
    """By external id of the ad, in order."""
    found: dict[str, list[f.ToldFacts]] = {}
    for recorded in chain:
        event = recorded.event
        if isinstance(event, FactsTold) and event.items is not None:
            by = BY_REVIEWER if event.actor.startswith("staff:") else BY_SITE
            for item in event.items:
                told = told_of(item, by, utc(recorded.recorded))
                found.setdefault(str(item["external_id"]), []).append(told)
    return {ad: tuple(told) for ad, told in found.items()}


def told_of(item: Mapping[str, Any], by: str, at: Moment) -> f.ToldFacts:
    """One item as facts."""
    return f.ToldFacts(
        received_at=at,
        by=by,
        account=account_of(item.get("account")),
        connections=tuple(connection_of(one) for one in item.get("connections", ())),
        payment=payment_of(item.get("payment")),
        note=item.get("note"),
    )


def not_held(chain: Iterable[Recorded]) -> NotHeld:
    """Every (external id, field) that somebody said will never come."""
    return frozenset(
        (str(item["external_id"]), str(name))
        for recorded in chain
        if isinstance(recorded.event, FactsTold)
        for item in recorded.event.not_held or ()
        for name in item["fields"]
    )


def asked(chain: Iterable[Recorded]) -> NotHeld:
    """Every (external id, field) that the site was asked for before. It is not asked twice."""
    return frozenset(
        (str(item["external_id"]), str(name))
        for recorded in chain
        if isinstance(recorded.event, FactsAsked) and recorded.event.items is not None
        for item in recorded.event.items
        for name in item["want"]
    )


def last_told(chain: Sequence[Recorded], ads: frozenset[str]) -> int:
    """Place in the chain of the last facts told of these ads (external ids); -1 where none were.

    What was only said not to exist is no news for a report, nor what is told of other ads.
    """
    told = (
        r.sseq
        for r in chain
        if isinstance(r.event, FactsTold)
        and any(item["external_id"] in ads for item in r.event.items or ())
    )
    return max(told, default=-1)


def news(told: Iterable[Mapping[str, Any]], chain: Iterable[Recorded]) -> list[dict[str, Any]]:
    """Those items that nobody told before in these very words."""
    known = {
        canonical_bytes(item)
        for r in chain
        if isinstance(r.event, FactsTold)
        for item in r.event.items or ()
    }
    return [dict(item) for item in told if canonical_bytes(dict(item)) not in known]


def with_told(case: f.CaseFacts, told: Mapping[str, tuple[f.ToldFacts, ...]]) -> f.CaseFacts:
    """The case with these facts beside what it holds already."""
    return replace(
        case,
        ads=tuple(replace(ad, told=(*ad.told, *told.get(ad.external_id, ()))) for ad in case.ads),
    )


def account_of(account: Mapping[str, Any] | None) -> f.AccountFacts | None:
    """An account in the words of intake v1."""
    if account is None:
        return None
    return f.AccountFacts(
        id=account.get("id"),
        created=moment_of(account.get("created")),
        names=tuple(account.get("names", ())),
        emails=tuple(
            f.EmailFacts(address=e["address"], verified_at=moment_of(e.get("verified_at")))
            for e in account.get("emails", ())
        ),
        phones=tuple(
            f.PhoneFacts(number=p["number"], verified_at=moment_of(p.get("verified_at")))
            for p in account.get("phones", ())
        ),
        profile_url=account.get("profile_url"),
    )


def connection_of(c: Mapping[str, Any]) -> f.ConnectionFacts:
    """A connection in the words of intake v1."""
    return f.ConnectionFacts(
        ip=c.get("ip"),
        port=c.get("port"),
        at=moment_of(c.get("at")),
        event=f.ConnectionEvent(c["event"]) if c.get("event") else None,
        proxy=c.get("proxy"),
        device=c.get("device"),
    )


def payment_of(payment: Mapping[str, Any] | None) -> f.PaymentFacts | None:
    """A payment in the words of intake v1."""
    if payment is None:
        return None
    told = {k: payment.get(k) for k in ("processor", "token", "last4", "payer_name", "amount")}
    return f.PaymentFacts(
        **told,
        at=moment_of(payment.get("at")),
        merchant_of_record=payment.get("merchant_of_record"),
    )


def moment_of(text: str | None) -> Moment | None:
    """A time the site sent, with the zone it sent."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    offset = moment.utcoffset()
    if offset is None:
        raise Breach("a time without a zone got past the door")
    return Moment(at=from_datetime(moment), zone_minutes=round(offset.total_seconds() / 60))
