"""Who is served which case: next, hand-over, skip, pass, presence, saved views. On both databases.

The law: serving orders, it never bars. Whatever was handed over, skipped or passed, anybody
qualified still decides, and no clock stops, starts or moves.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from tests.databases import SITE, HandTime
from tests.unit.case_room import ANA, BEN, IDS, SAM, Room, choose, enrol, reports, staff, story

from answerable.access.model import Forbidden, Role
from answerable.adapters.sql import core
from answerable.adapters.sql.case_queue import case_aside, case_presence
from answerable.adapters.sql.runner import Store
from answerable.cases import serving
from answerable.cases.model import ASSIGNED_LENGTH, PRESENT_LENGTH, SKIP_LENGTH, DecisionKind
from answerable.cases.queue import VIEWS_MAX, Filters, read_query
from answerable.cases.service import ClaimCase
from answerable.events.cases import CaseHandedOver, ClockStopped
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import CaseId
from answerable.kernel.time import MINUTE

DORA = staff("dora", Role.AUDITOR)


@pytest.fixture
def room(make_store: Callable[..., Store]) -> Room:
    time = HandTime()
    found = Room(make_store(story(), time), time)
    enrol(found, ANA, BEN, SAM, DORA)
    return found


def two_cases(room: Room) -> tuple[CaseId, CaseId]:
    """The more urgent first."""
    room.ad("bike-1")
    room.ad("bike-2")
    return room.alert("bike-1", reasons=["missing_child"]).id, room.alert("bike-2").id


def taken(room: Room, by: object) -> CaseId | None:
    case = serving.TakeNext(room.store)(SITE, by)  # type: ignore[arg-type]
    return None if case is None else case.id


def count(room: Room, table: object) -> int:
    query = select(func.count()).select_from(table)  # type: ignore[arg-type]
    return int(room.store.read(lambda w: w.conn.execute(query).scalar_one()))


def test_next_is_the_most_urgent_that_nobody_has(room: Room) -> None:
    first, second = two_cases(room)
    assert taken(room, ANA) == first
    assert {c.how for c in room.events(ClockStopped)} == {"taken"}, "a person has it before them"
    assert taken(room, ANA) == first, "still in her own hand, and still the most urgent"
    assert taken(room, BEN) == second
    assert taken(room, SAM) is None
    room.time.pass_(16 * MINUTE)
    assert taken(room, SAM) == first, "a forgotten claim ends by itself"


def test_two_who_press_at_once_get_two_cases(room: Room) -> None:
    two_cases(room)
    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(lambda by: taken(room, by), (ANA, BEN)))
    assert None not in got
    assert len(set(got)) == 2


def test_nobody_is_served_their_own_proposal(room: Room) -> None:
    first, second = two_cases(room)
    room.propose(ANA, room.case(first))
    assert taken(room, ANA) == second
    assert taken(room, BEN) == first


def test_a_case_is_handed_over_with_a_note_and_served_to_nobody_else_for_an_hour(
    room: Room,
) -> None:
    first, second = two_cases(room)
    ClaimCase(room.store)(SITE, ANA, first)
    with pytest.raises(Conflict, match="in hand"):
        serving.HandOver(room.store)(SITE, BEN, first, SAM.id)
    clocks = room.clocks(room.case(first))
    after = serving.HandOver(room.store)(SITE, ANA, first, BEN.id, "knows the place")
    assert after.assigned is not None
    assert (after.assigned.to, after.assigned.by, after.claim) == (BEN.id, ANA.id, None)
    (event,) = room.events(CaseHandedOver)
    assert (event.actor, event.to, event.note) == (ANA.id, BEN.id, "knows the place")
    assert room.clocks(room.case(first)) == clocks, "no clock stops by it"
    assert taken(room, SAM) == second
    room.time.pass_(ASSIGNED_LENGTH)
    assert taken(room, SAM) == first, "nothing is hidden in somebody's absence"


def test_an_assignment_bars_nobody(room: Room) -> None:
    first, _ = two_cases(room)
    serving.HandOver(room.store)(SITE, ANA, first, BEN.id)
    room.decide(SAM, room.case(first), reports(*room.case(first).ad_ids))
    assert room.case(first).assigned is None, "decided: nobody's turn any more"
    with pytest.raises(Conflict, match="waits"):
        serving.HandOver(room.store)(SITE, ANA, first, BEN.id)


def test_a_case_is_handed_only_to_a_colleague_who_may_decide(room: Room) -> None:
    first, _ = two_cases(room)
    hand_over = serving.HandOver(room.store)
    for to in (DORA.id, staff("nobody").id, ANA.id):
        with pytest.raises(Refusal):
            hand_over(SITE, ANA, first, to)
    with pytest.raises(Refusal, match="too long"):
        hand_over(SITE, ANA, first, BEN.id, "x" * 2_001)
    with pytest.raises(Forbidden):
        hand_over(SITE, DORA, first, BEN.id)
    assert room.events(CaseHandedOver) == []
    assert [c.actor for c in serving.ReadServing(room.store).colleagues(SITE, ANA)] == [
        BEN.id,
        SAM.id,
    ]


@pytest.mark.parametrize("step", [serving.SkipCase, serving.PassCase])
def test_what_one_sets_aside_is_served_to_others_and_leaves_no_event(
    room: Room, step: Callable[..., Callable[..., None]]
) -> None:
    first, second = two_cases(room)
    ClaimCase(room.store)(SITE, ANA, first)
    before = count(room, core.event)
    step(room.store)(SITE, ANA, first)
    assert count(room, core.event) == before
    assert room.case(first).claim is None, "and it is in nobody's hand"
    assert taken(room, ANA) == second
    assert taken(room, BEN) == first
    assert serving.ReadServing(room.store).aside(SITE, BEN, first) is None, "one asks of oneself"
    room.time.pass_(SKIP_LENGTH)
    aside = serving.ReadServing(room.store).aside(SITE, ANA, first)
    assert (aside is None) == (step is serving.SkipCase), "a pass lasts, a skip does not"


def test_a_pass_is_forgotten_with_the_case_and_bars_not_even_whoever_passed(room: Room) -> None:
    first, second = two_cases(room)
    for case in (first, second):
        serving.PassCase(room.store)(SITE, ANA, case)
    assert taken(room, ANA) is None
    room.decide(ANA, room.case(first), reports(*room.case(first).ad_ids))
    assert count(room, case_aside) == 1
    serving.TakeBack(room.store)(SITE, ANA, second)
    assert taken(room, ANA) == second
    serving.PassCase(room.store)(SITE, ANA, first)
    assert count(room, case_aside) == 0, "nothing waits there to be passed on"


def test_everybody_passed_and_the_case_stays_in_every_queue(room: Room) -> None:
    first, second = two_cases(room)
    for who in (ANA, BEN, SAM):
        serving.PassCase(room.store)(SITE, who, first)
        found = serving.ReadQueue(room.store)(SITE, who, Filters())
        assert [case.id for case in found.cases] == [first, second]


def test_who_has_it_open_is_shown_until_they_are_gone(room: Room) -> None:
    first, _ = two_cases(room)
    present = serving.BePresent(room.store)
    assert present(SITE, ANA, first) == ()
    (other,) = present(SITE, BEN, first)
    assert (other.by, other.since) == (ANA.id, room.at())
    room.time.pass_(PRESENT_LENGTH - 1)
    since = present(SITE, BEN, first)[0].since
    present(SITE, ANA, first)
    room.time.pass_(MINUTE)
    (still,) = present(SITE, BEN, first)
    assert still.since == since, "a look renews it"
    room.time.pass_(PRESENT_LENGTH)
    assert present(SITE, BEN, first) == ()
    assert count(room, case_presence) == 1, "what ran out is forgotten"
    with pytest.raises(NotFound):
        present(SITE, ANA, CaseId("none"))


def test_an_auditor_looks_without_being_shown(room: Room) -> None:
    first, _ = two_cases(room)
    present = serving.BePresent(room.store)
    present(SITE, DORA, first)
    assert present(SITE, ANA, first) == ()
    assert [p.by for p in present(SITE, DORA, first)] == [ANA.id]


def test_views_are_kept_shared_and_deleted_by_their_owner(room: Room) -> None:
    save = serving.SaveView(room.store, IDS)
    mine = save(SITE, ANA, "  my   nights ", "overdue=1&junk=2&alert=1", shared=False)
    assert (mine.name, mine.query) == ("my nights", "overdue=1&alert=1")
    ours = save(SITE, BEN, "everybody's", "band=now", shared=True)
    views = serving.ListViews(room.store)
    assert [v.id for v in views(SITE, ANA)] == [mine.id, ours.id]
    assert [v.id for v in views(SITE, BEN)] == [ours.id]
    with pytest.raises(Refusal, match="of this name"):
        save(SITE, ANA, "my nights", "", shared=True)
    for name in ("", "x" * 61):
        with pytest.raises(Refusal, match="short name"):
            save(SITE, ANA, name, "", shared=False)
    delete = serving.DeleteView(room.store)
    with pytest.raises(Refusal, match="whoever saved"):
        delete(SITE, ANA, ours.id)
    delete(SITE, BEN, ours.id)
    with pytest.raises(NotFound):
        delete(SITE, BEN, ours.id)
    assert [v.id for v in views(SITE, ANA)] == [mine.id]


def test_views_have_a_bound_that_says_so(room: Room) -> None:
    save = serving.SaveView(room.store, IDS)
    for number in range(VIEWS_MAX):
        save(SITE, ANA, f"view {number}", "", shared=False)
    with pytest.raises(Refusal, match="delete one first"):
        save(SITE, ANA, "one more", "", shared=False)


def test_the_queue_comes_in_pages_and_hides_nothing(room: Room) -> None:
    for number in range(53):
        room.could_not_screen(room.ad(f"ad-{number}"))
    queue = serving.ReadQueue(room.store)
    first, second = (queue(SITE, ANA, Filters(), page) for page in (1, 2))
    assert (first.total, first.pages, len(first.cases), len(second.cases)) == (53, 2, 50, 3)
    assert len({case.id for case in (*first.cases, *second.cases)}) == 53
    assert queue(SITE, ANA, Filters(), 99).page == 2
    assert queue(SITE, ANA, read_query("alert=1")).total == 0
    case = second.cases[-1]
    room.decide(ANA, case, choose(DecisionKind.NO_ACTION, *case.ad_ids))
    assert queue(SITE, ANA, Filters()).total == 52
    assert [c.id for c in queue(SITE, ANA, read_query("status=decided")).cases] == [case.id]
