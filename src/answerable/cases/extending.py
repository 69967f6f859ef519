"""A clock's end moved later: once, by two people, with a reason, before it ran out; never else.

Only where the duty says so (`extends = "two"`). The end moves by the duty's own length at most, so
that nobody parks a duty. Nothing here stops, starts or resets a clock.
"""

from dataclasses import replace
from typing import Protocol

from answerable.access.consent import Consent, ConsentStore, agree, check_reason
from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.cases.clockwork import clock_key
from answerable.cases.decide import header
from answerable.cases.hearing import save
from answerable.cases.model import Case, Clock, Hand
from answerable.cases.store import CasesWork
from answerable.events.clocks import ClockExtended
from answerable.events.duties.timing import extension_max
from answerable.events.event import Due
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import CaseId, ClockId, Site
from answerable.kernel.time import Millis

WAITING_MAX = 20


class ExtendWork(CasesWork, Protocol):
    """A transaction in which two people can agree on a later end."""

    @property
    def consents(self) -> ConsentStore: ...


def what(clock: ClockId, until: Millis) -> str:
    """What a consent names: this clock and exactly this end."""
    return f"{prefix(clock)}{until}"


def prefix(clock: ClockId) -> str:
    return f"extend:{clock}:"


def until_of(consent: Consent) -> Millis:
    """The end that this consent names."""
    return Millis(int(consent.what.rpartition(":")[2]))


def check(clock: Clock, until: Millis, now: Millis) -> None:
    """Raises Conflict or Refusal where this clock's end does not move so."""
    if not clock.duty.extends:
        raise Refusal("the end of this clock never moves", duty=clock.duty.name)
    if not clock.running:
        raise Conflict("this clock has stopped already", clock=clock.id)
    if clock.extended:
        raise Conflict("the end of this clock was moved once; that is all", clock=clock.id)
    if now > clock.ends:
        raise Refusal("this clock ran out; a later end would only hide that", clock=clock.id)
    if not clock.ends < until <= extension_max(clock.duty, clock.ends):
        raise Refusal(
            "the end moves later, by the duty's own length at most",
            latest=extension_max(clock.duty, clock.ends),
        )


def extended(
    case: Case, clock: Clock, until: Millis, first: Consent, hand: Hand, now: Millis
) -> tuple[Clock, ClockExtended]:
    """Two people moved the end."""
    event = ClockExtended(
        **header(case, hand, now),
        due=(Due(duty=clock_key(clock.id), at=until),),
        case=case.id,
        clock=clock.id,
        duty=clock.duty.name,
        was=clock.ends,
        until=until,
        approvers=[first.by, hand.actor],
        reason=first.reason,
    )
    return replace(clock, ends=until, extended=True), event


class ExtendClock:
    """The first call waits for a second person, who asks for exactly the same end."""

    def __init__(self, runs: Runs[ExtendWork]) -> None:
        self._runs = runs

    def __call__(
        self, site: Site, by: Actor, case: CaseId, clock: ClockId, until: Millis, reason: str
    ) -> Clock | None:
        """The clock with its new end, or None: it waits for a second person.

        Raises Forbidden, NotFound, Conflict or Refusal (not this duty, too late, too long, or the
        same person twice).
        """
        require(by, Permission.CASE_DECIDE, site)
        check_reason(reason)
        hand = Hand(actor=by.id, org=by.organisation)

        def work(w: ExtendWork) -> Clock | None:
            found = w.cases.locked(site, case)
            before = next((c for c in w.cases.clocks_of(site, case) if c.id == clock), None)
            if before is None:
                raise NotFound("this case has no such clock", clock=clock)
            check(before, until, w.now())
            first = agree(w, site, what(clock, until), by, reason)
            if first is None:
                return None
            after, event = extended(found, before, until, first, hand, w.now())
            save(w, found, after)
            w.record(event)
            w.consents.drop(site, prefix(clock))
            return after

        return self._runs.run(work)
