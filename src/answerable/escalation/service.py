"""Bells in action: set and stilled with their clocks, rung by a sweep, acknowledged by people."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.escalation import decide
from answerable.escalation.model import (
    BELLS_OF_ONE_MESSAGE,
    SHIFTS_MAX,
    Bell,
    Circles,
    Rank,
    Ring,
    Shift,
)
from answerable.escalation.store import EscalationWork
from answerable.events.cases import ClockStarted, ClockStopped
from answerable.events.clocks import (
    BellRung,
    ClockAcknowledged,
    ClockEscalated,
    ClockExtended,
    ShiftAdded,
    ShiftRemoved,
)
from answerable.events.duties.clocks import (
    REPORT_PROMPTLY,
    REPORT_URGENTLY,
    Who,
    duty_named,
)
from answerable.events.event import Recorded, event_header
from answerable.events.reports import (
    BY_HAND_FORM,
    ReportIntended,
    ReportNeedsPerson,
    ReportOwed,
)
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, NotFound, Refusal
from answerable.kernel.ids import ActorId, CaseId, ClockId, Ids, Site
from answerable.kernel.time import Millis

RINGER = ActorId("system:escalation")
RINGING_MAX = 200
REPORTING = (REPORT_PROMPTLY, REPORT_URGENTLY)


class SetBell:
    """With clock.started: what there will be to tell, and when."""

    def __call__(self, work: EscalationWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, ClockStarted):
            raise Breach(f"{event.TYPE} starts no clock")
        bell = Bell(
            clock=ClockId(event.clock),
            site=event.site,
            case=CaseId(event.case),
            subject=event.subject,
            duty=duty_named(event.duty),
            started=Millis(event.started),
            ends=Millis(event.ends),
        )
        at = decide.next_at(bell)
        if at is not None:
            work.escalation.put_bell(replace(bell, next_at=at))


class MoveBell:
    """With clock.extended: what there is to tell begins anew before the later end."""

    def __call__(self, work: EscalationWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, ClockExtended):
            raise Breach(f"{event.TYPE} moves no clock")
        bell = work.escalation.bell(event.site, ClockId(event.clock))
        if bell is None:
            return  # nobody is ever told of this duty
        moved = replace(bell, ends=Millis(event.until), rung=(), acknowledged=None)
        work.escalation.put_bell(replace(moved, next_at=decide.next_at(moved)))


class StillBell:
    """With clock.stopped: there is nothing more to tell."""

    def __call__(self, work: EscalationWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, ClockStopped):
            raise Breach(f"{event.TYPE} stops no clock")
        work.escalation.drop_bell(event.site, ClockId(event.clock))


class RingBells:
    """The sweep: what is due is recorded on each case, and one message a circle is owed."""

    def __init__(self, runs: Runs[EscalationWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(self, site: Site) -> int:
        """How many clocks rang. Short transactions, so that nobody waits behind a flood."""
        now = self._runs.read(lambda w: w.now())
        total = 0
        while True:
            clocks = self._runs.read(lambda w: w.escalation.due(site, now, BELLS_OF_ONE_MESSAGE))
            if not clocks:
                return total
            self._runs.run(partial(self._ring, site=site, clocks=clocks))
            total += len(clocks)

    def _ring(self, work: EscalationWork, site: Site, clocks: Sequence[ClockId]) -> None:
        now = work.now()
        circles = circles_now(work, site, now)
        rings: defaultdict[tuple[Who, Who, tuple[ActorId, ...]], list[Ring]] = defaultdict(list)
        for clock in clocks:
            bell = work.escalation.bell(site, clock)
            if bell is None:
                continue  # stopped since we looked
            for ring in decide.due(bell, now):
                holder = work.escalation.holder(site, bell.case, now)
                circle, people = decide.heard_by(ring.who, decide.held_by(circles, holder))
                rings[(ring.who, circle, people)].append(ring)
            work.escalation.put_bell(decide.after(bell, now))
        for (asked, circle, people), these in rings.items():
            tell(work, self._ids.new(), site, asked, circle, people, these)


class RingForReport:
    """With report.needs_person, and with report.intended where people file it: whoever is on call
    hears it now, and not near the clock's end."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def __call__(self, work: EscalationWork, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, ReportIntended):
            if event.destination != BY_HAND_FORM:
                return
        elif not isinstance(event, ReportNeedsPerson):
            raise Breach(f"{event.TYPE} stops no report")
        case, now = _case_of(work, event), work.now()
        bells = [b for b in work.escalation.bells_of(event.site, case) if b.duty in REPORTING]
        rings = []
        for bell in bells:
            rung = decide.rung_at_once(bell, now)
            work.escalation.put_bell(rung)
            last = rung.rung[-1]
            rings.append(Ring(bell=rung, step=last.step, round=last.round, who=Who.ON_CALL))
        if not rings:
            return  # its clock was stopped by hand
        circles = decide.held_by(
            circles_now(work, event.site, now), work.escalation.holder(event.site, case, now)
        )
        circle, people = decide.heard_by(Who.ON_CALL, circles)
        tell(work, self._ids.new(), event.site, Who.ON_CALL, circle, people, rings)


def _case_of(work: EscalationWork, event: ReportNeedsPerson | ReportIntended) -> CaseId:
    """The case whose decision the report carries out, as its chain says."""
    for recorded in work.chain_of(event.site, event.subject):
        if isinstance(recorded.event, ReportOwed):
            return CaseId(recorded.event.case)
    raise Breach("a report needs a person and was never owed")


def circles_now(work: EscalationWork, site: Site, now: Millis) -> Circles:
    """Everybody but the holder, who is another for each case."""
    store = work.escalation
    shifts = store.shifts(site, now, SHIFTS_MAX)
    return Circles(
        people={
            Who.ON_CALL: decide.on_shift(shifts, Rank.ON_CALL, now),
            Who.REVIEWERS: store.reviewers(site),
            Who.HEAD: decide.on_shift(shifts, Rank.HEAD, now) or store.heads(site),
        }
    )


def tell(
    work: EscalationWork,
    name: str,
    site: Site,
    asked: Who,
    circle: Who,
    people: tuple[ActorId, ...],
    rings: Sequence[Ring],
) -> None:
    """Record one message `name` to one circle, on each case and on the site's chain."""
    now = work.now()
    same: dict[str, Any] = {"site": site, "happened": now, "known": now, "actor": RINGER}
    for ring in rings:
        work.record(
            ClockEscalated(
                **same,
                subject=ring.bell.subject,
                case=ring.bell.case,
                clock=ring.bell.clock,
                duty=ring.bell.duty.name,
                bell=name,
                step=ring.step,
                round=ring.round,
                circle=circle.value,
                people=list(people),
            )
        )
    work.escalation.note_message(site, name, tuple(ring.bell.clock for ring in rings))
    work.record(
        BellRung(
            **same,
            subject=work.escalation.site_subject(site),
            bell=name,
            asked=asked.value,
            circle=circle.value,
            people=list(people),
            clocks=len(rings),
        )
    )


class AcknowledgeBells:
    """Somebody has heard what rings for a case. The repeats end; the clocks run on."""

    def __init__(self, runs: Runs[EscalationWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, case: CaseId) -> int:
        """How many clocks of the case were ringing. Raises Forbidden, or Refusal where none was."""
        require(by, Permission.CASE_DECIDE, site)

        def work(w: EscalationWork) -> int:
            ringing = [bell for bell in w.escalation.bells_of(site, case) if bell.rings]
            if not ringing:
                raise Refusal("nothing rings for this case")
            for bell in ringing:
                w.escalation.put_bell(decide.acknowledge(bell, w.now()))
                w.record(
                    ClockAcknowledged(
                        **event_header(site, bell.subject, by.id, w.now(), org=by.organisation),
                        case=case,
                        clock=bell.clock,
                        duty=bell.duty.name,
                    )
                )
            return len(ringing)

        return self._runs.run(work)


class ReadBells:
    """What rings and waits for somebody to say that they heard."""

    def __init__(self, runs: Runs[EscalationWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor) -> tuple[Bell, ...]:
        """Raises Forbidden."""
        require(by, Permission.CASE_READ, site)
        return self._runs.read(lambda w: w.escalation.ringing(site, RINGING_MAX))


class Rota:
    """Who is on call, and who is head on call, when."""

    def __init__(self, runs: Runs[EscalationWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def shifts(self, site: Site, by: Actor) -> tuple[Shift, ...]:
        """Present and coming ones. Raises Forbidden."""
        require(by, Permission.ROTA_READ, site)
        return self._runs.read(lambda w: w.escalation.shifts(site, w.now(), SHIFTS_MAX))

    def add(
        self, site: Site, by: Actor, staff: ActorId, rank: Rank, begins: Millis, ends: Millis
    ) -> Shift:
        """Raises Forbidden, NotFound (no such staff member) or Refusal (no span)."""
        require(by, Permission.ROTA_SET, site)
        name = self._ids.new()

        def work(w: EscalationWork) -> Shift:
            if not w.escalation.is_staff(site, staff):
                raise NotFound("no such staff member, or their log-in is blocked")
            decide.check_shift(begins, ends, w.now())
            if len(w.escalation.shifts(site, w.now(), SHIFTS_MAX)) >= SHIFTS_MAX:
                raise Refusal("the rota is full: it reaches far enough", shifts_max=SHIFTS_MAX)
            shift = Shift(id=name, site=site, staff=staff, rank=rank, begins=begins, ends=ends)
            w.escalation.put_shift(shift)
            w.record(
                ShiftAdded(
                    **event_header(
                        site, w.escalation.site_subject(site), by.id, w.now(), org=by.organisation
                    ),
                    shift=name,
                    staff=staff,
                    rank=rank.value,
                    begins=begins,
                    ends=ends,
                )
            )
            return shift

        return self._runs.run(work)

    def remove(self, site: Site, by: Actor, shift: str) -> None:
        """Raises Forbidden or NotFound."""
        require(by, Permission.ROTA_SET, site)

        def work(w: EscalationWork) -> None:
            gone = w.escalation.shift(site, shift)
            w.escalation.drop_shift(site, shift)
            w.record(
                ShiftRemoved(
                    **event_header(
                        site, w.escalation.site_subject(site), by.id, w.now(), org=by.organisation
                    ),
                    shift=gone.id,
                    staff=gone.staff,
                    rank=gone.rank.value,
                )
            )

        self._runs.run(work)

    def set_address(self, site: Site, by: Actor, address: str) -> str:
        """My own e-mail address, or none. Raises Refusal. It stands in no event."""
        given = decide.check_address(address)
        require(by, Permission.CASE_READ, site)
        self._runs.run(lambda w: w.escalation.put_address(site, by.id, given))
        return given

    def address(self, site: Site, by: Actor) -> str:
        return self._runs.read(lambda w: w.escalation.address(site, by.id))
