"""Laws of bells: judged by somebody who looks at the clock every minute and keeps a list.

Whoever sweeps seldom tells less often, and never misses a circle that is due.
"""

import itertools
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from answerable.escalation import decide
from answerable.escalation.model import Bell, Circles, Rank, Shift
from answerable.events.duties.clocks import EVERY_DUTY, Duty, Start, Stop, Tell, Who
from answerable.kernel.ids import ActorId, CaseId, ClockId, Site, SubjectId
from answerable.kernel.time import HOUR, MINUTE, Millis

START = Millis(1_790_000_000_000)
STEPS = st.lists(
    st.builds(
        Tell,
        who=st.sampled_from(Who),
        offset=st.integers(-90, 90).map(lambda n: n * MINUTE),
        again=st.none() | st.integers(1, 40).map(lambda n: n * MINUTE),
    ),
    min_size=1,
    max_size=4,
).map(tuple)


def duty(tell: tuple[Tell, ...]) -> Duty:
    return Duty(
        name="answer_letter",
        citation="c",
        in_force_from=date(2026, 1, 1),
        says="s",
        length=HOUR,
        starts=Start.ALERT,
        stops=(Stop.DECIDED,),
        tell=tell,
    )


def bell(tell: tuple[Tell, ...]) -> Bell:
    made = Bell(
        clock=ClockId("k"),
        site=Site("main"),
        case=CaseId("c"),
        subject=SubjectId("s"),
        duty=duty(tell),
        started=START,
        ends=Millis(START + HOUR),
    )
    return replace(made, next_at=decide.next_at(made))


def watched(tell: tuple[Tell, ...], minutes: int, heard: int | None) -> set[tuple[int, Who]]:
    """(minute, circle) told by somebody who looks every minute; `heard`: when it was answered."""
    told: set[tuple[int, Who]] = set()
    silent: set[int] = set()
    for minute in range(minutes + 1):
        for number, step in enumerate(tell):
            first = max(60 + step.offset // MINUTE, 0)
            again = None if step.again is None else step.again // MINUTE
            is_first = minute == first
            is_again = again is not None and minute > first and (minute - first) % again == 0
            if is_first or (is_again and number not in silent):
                told.add((minute, step.who))
        if minute == heard:
            silent = {n for n, s in enumerate(tell) if max(60 + s.offset // MINUTE, 0) <= minute}
    return told


@given(STEPS, st.none() | st.integers(0, 200))
def test_swept_every_minute_it_tells_what_a_watcher_tells(
    tell: tuple[Tell, ...], heard: int | None
) -> None:
    one, told = bell(tell), set[tuple[int, Who]]()
    rang = False
    for minute in range(201):
        now = Millis(START + minute * MINUTE)
        told |= {(minute, ring.who) for ring in decide.due(one, now)}
        one = decide.after(one, now)
        rang = rang or one.rings
        if minute == heard:
            if not one.rings:
                heard = None  # nothing to answer yet: nobody can
            else:
                one = decide.acknowledge(one, now)
    assert told == watched(tell, 200, heard)


@given(STEPS, st.lists(st.integers(0, 400), min_size=1, max_size=12))
def test_however_seldom_it_is_swept_every_circle_that_is_due_hears(
    tell: tuple[Tell, ...], minutes: list[int]
) -> None:
    one, told = bell(tell), set[Who]()
    for minute in sorted(minutes):
        now = Millis(START + minute * MINUTE)
        rings = decide.due(one, now)
        assert len({ring.who for ring in rings}) == len(rings), "a circle hears once a sweep"
        assert bool(rings) == (one.next_at is not None and one.next_at <= now)
        told |= {ring.who for ring in rings}
        one = decide.after(one, now)
        assert one.next_at is None or one.next_at > now, "a sweep ends"
        due = {s.who for s in tell if max(one.ends + s.offset, START) <= now}
        assert told == due


@given(STEPS)
def test_an_answer_never_silences_a_later_step(tell: tuple[Tell, ...]) -> None:
    one = bell(tell)
    first = min(decide.first_at(one, step) for step in tell)
    one = decide.acknowledge(decide.after(one, first), first)
    later = [step for step in tell if decide.first_at(one, step) > first]
    assert (one.next_at is not None) == bool(later)
    if later:
        assert one.next_at == min(decide.first_at(one, step) for step in later)


@given(st.sampled_from(Who), st.dictionaries(st.sampled_from(Who), st.integers(0, 2)))
def test_somebody_hears_wherever_anybody_is(asked: Who, sizes: dict[Who, int]) -> None:
    people = {who: tuple(ActorId(f"{who}-{n}") for n in range(k)) for who, k in sizes.items()}
    circle, heard = decide.heard_by(asked, Circles(people=people))
    assert bool(heard) == any(sizes.values())
    if sizes.get(asked):
        assert circle is asked
    if heard:
        assert heard == people[circle]


SHIFTS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 20), st.sampled_from(Rank)), max_size=8
)


@given(SHIFTS, st.integers(0, 30), st.integers(0, 30), st.sampled_from(Rank))
def test_gaps_are_the_hours_in_which_nobody_is_on(
    spans: list[tuple[int, int, Rank]], begins: int, length: int, rank: Rank
) -> None:
    shifts = [
        Shift(
            id=str(n),
            site=Site("main"),
            staff=ActorId(f"staff:{n}"),
            rank=kind,
            begins=Millis(at * HOUR),
            ends=Millis((at + long) * HOUR),
        )
        for n, (at, long, kind) in enumerate(spans)
    ]
    found = decide.gaps(shifts, rank, Millis(begins * HOUR), Millis((begins + length) * HOUR))
    empty = [
        hour
        for hour in range(begins, begins + length)
        if not decide.on_shift(shifts, rank, Millis(hour * HOUR))
    ]
    listed = [h for gap in found for h in range(gap.begins // HOUR, gap.ends // HOUR)]
    assert listed == empty
    assert all(a.ends < b.begins for a, b in itertools.pairwise(found)), "no two touch"


def test_every_shipped_duty_tells_somebody_at_its_end() -> None:
    for one in EVERY_DUTY:
        if one.tell:
            assert any(step.offset >= 0 for step in one.tell), one.name
            assert any(step.offset < 0 for step in one.tell), one.name
