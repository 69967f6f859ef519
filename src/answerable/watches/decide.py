"""What is decided about a watch: asked, started, refused, renewed, ended; and a match. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from answerable.events.event import Event, event_header
from answerable.events.watches import (
    WatchAsked,
    WatchEnded,
    WatchMatched,
    WatchRefused,
    WatchRenewed,
    WatchSearched,
    WatchStarted,
)
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import ActorId, Site, SubjectId
from answerable.kernel.time import DAY, Millis
from answerable.watches.model import (
    DAYS_MAX,
    ORGANISATION_CHARS_MAX,
    REASON_CHARS_MAX,
    REFERENCE_CHARS_MAX,
    TERMS_MAX,
    AdRef,
    Match,
    Role,
    Status,
    TermKind,
    Watch,
    WatchId,
    Why,
    Wish,
)
from answerable.watches.terms import can_match

WAITS = frozenset({Role.ALERTER})
"""Anybody's word starts nothing by itself: it is what a stalker would write."""

BY_RIGHT = "runs by right of who asks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who acts, from which organisation."""

    actor: ActorId
    org: str = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The watch afterwards, and what to record."""

    watch: Watch
    event: Event


def _header(site: Site, subject: SubjectId, hand: Hand, now: Millis) -> dict[str, Any]:
    return event_header(site, subject, hand.actor, now, org=hand.org)


def _of(watch: Watch, hand: Hand, now: Millis) -> dict[str, Any]:
    return _header(watch.site, watch.subject, hand, now)


def ask(
    site: Site, watch: WatchId, subject: SubjectId, wish: Wish, hand: Hand, now: Millis
) -> Step:
    """A watch that waits. Raises Refusal for a wish that is incomplete or could match nothing."""
    _check_wish(wish)
    kinds = tuple(term.kind for term in wish.terms)
    made = Watch(
        id=watch,
        site=site,
        subject=subject,
        status=Status.WAITING,
        role=wish.role,
        organisation=wish.organisation,
        asked_by=hand.actor,
        alert=wish.alert,
        reference=wish.reference,
        days=wish.days,
        kinds=kinds,
        asked=now,
    )
    event = WatchAsked(
        **_of(made, hand, now),
        watch=watch,
        role=wish.role.value,
        at_once=wish.role not in WAITS,
        days=wish.days,
        kinds=[kind.value for kind in kinds],
        alert=wish.alert,
        reference=wish.reference,
        terms=[{"kind": t.kind.value, "said": t.said, "value": t.value} for t in wish.terms],
        reason=wish.reason,
        organisation=wish.organisation,
    )
    return Step(watch=made, event=event)


def _check_wish(wish: Wish) -> None:
    check_reason(wish.reason)
    check_days(wish.days)
    if not 0 < len(wish.terms) <= TERMS_MAX:
        raise Refusal("a watch looks out for something", terms_max=TERMS_MAX)
    if not can_match(term.kind for term in wish.terms):
        raise Refusal("names alone or places alone match nothing: add a contact, a digest, or both")
    if len(wish.organisation) > ORGANISATION_CHARS_MAX:
        raise Refusal("the organisation's name is too long", chars_max=ORGANISATION_CHARS_MAX)
    if wish.role not in {Role.ALERTER, Role.STAFF} and not wish.organisation.strip():
        raise Refusal("say for which organisation the watch is")
    if wish.reference is not None and not 0 < len(wish.reference) <= REFERENCE_CHARS_MAX:
        raise Refusal("a reference is a short text", chars_max=REFERENCE_CHARS_MAX)


def check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("say why")
    if len(reason) > REASON_CHARS_MAX:
        raise Refusal("the reason is too long", chars_max=REASON_CHARS_MAX)


def check_days(days: int) -> None:
    if not 1 <= days <= DAYS_MAX:
        raise Refusal(f"a watch runs 1 to {DAYS_MAX} days", days=days)


def start(watch: Watch, reason: str, hand: Hand, now: Millis) -> Step:
    """It runs from now on, for as long as was asked. Raises Conflict unless it waits."""
    _must_wait(watch)
    check_reason(reason)
    ends = Millis(now + watch.days * DAY)
    event = WatchStarted(**_of(watch, hand, now), watch=watch.id, ends=ends, reason=reason)
    return Step(watch=replace(watch, status=Status.RUNNING, started=now, ends=ends), event=event)


def refuse(watch: Watch, reason: str, hand: Hand, now: Millis) -> Step:
    """A reviewer says no. Raises Conflict unless it waits."""
    _must_wait(watch)
    check_reason(reason)
    event = WatchRefused(**_of(watch, hand, now), watch=watch.id, reason=reason)
    return Step(watch=replace(watch, status=Status.REFUSED, ended=now, reference=None), event=event)


def renew(watch: Watch, days: int, reason: str, hand: Hand, now: Millis) -> Step:
    """It runs for `days` from now. Raises Conflict where it does not run: then ask anew."""
    if not watch.runs(now):
        raise Conflict("this watch does not run any more: ask anew", watch=watch.id)
    check_days(days)
    check_reason(reason)
    ends = Millis(now + days * DAY)
    event = WatchRenewed(**_of(watch, hand, now), watch=watch.id, ends=ends, reason=reason)
    return Step(watch=replace(watch, ends=ends), event=event)


def end(watch: Watch, why: Why, reason: str, hand: Hand, now: Millis) -> Step:
    """It matches nothing any more. Raises Conflict where it has ended."""
    if watch.status in (Status.ENDED, Status.REFUSED):
        raise Conflict("this watch has ended", watch=watch.id)
    check_reason(reason)
    event = WatchEnded(**_of(watch, hand, now), watch=watch.id, why=why.value, reason=reason)
    after = replace(watch, status=Status.ENDED, ended=now, why=why, reference=None)
    return Step(watch=after, event=event)


def _must_wait(watch: Watch) -> None:
    if watch.status is not Status.WAITING:
        raise Conflict("this watch does not wait for anybody", watch=watch.id)


def searched(watch: Watch, terms: int, found: int, matched: int, hand: Hand, now: Millis) -> Step:
    """How much the archive held."""
    event = WatchSearched(
        **_of(watch, hand, now), watch=watch.id, terms=terms, found=found, matched=matched
    )
    return Step(watch=replace(watch, searched=now), event=event)


def matched(
    site: Site, ref: AdRef, match: Match, hand: Hand, refs: tuple[str, ...]
) -> WatchMatched:
    """On the ad's closed chain."""
    return WatchMatched(
        **_header(site, ref.closed_subject, hand, match.at),
        refs=refs,
        watch=match.watch,
        ad=match.ad,
        revision=match.revision,
        kinds=[kind.value for kind in match.kinds],
        strong=match.strong,
        how=match.how.value,
    )


def agreed(kinds: Iterable[TermKind]) -> tuple[TermKind, ...]:
    """The kinds in which a revision agrees, in order, if that is a match; else ()."""
    found = set(kinds)
    return tuple(kind for kind in TermKind if kind in found) if can_match(found) else ()
