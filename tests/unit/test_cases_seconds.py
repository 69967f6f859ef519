"""The second of two: of which organisation, how long one waits, and what a proposal lapses to.

The law: no proposal ever becomes a no by waiting, and the house reports only where two named
people answer for it. On both databases; then the auditor, over records honest and false.
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.databases import SITE, HandTime
from tests.unit.bundle_maker import changed, open_all, tell
from tests.unit.case_room import (
    ANA,
    BEN,
    IDS,
    SAM,
    SUE,
    Room,
    choose,
    enrol,
    of_org,
    reports,
    set_policy,
    staff,
    story,
)
from tests.unit.story_maker import ERASED, NUMBERS, end_of, honest

from answerable.access.consent import CONSENT_LENGTH
from answerable.access.model import Forbidden
from answerable.adapters.sql.runner import Store
from answerable.audit.reconcile import reconcile
from answerable.cases.lapsing import LapseProposals
from answerable.cases.model import CaseStatus, DecisionKind
from answerable.cases.policies import ReadSecondPolicy, SetSecondPolicy
from answerable.cases.policy import DEFAULT, AfterLapse, SecondOrg
from answerable.cases.queue import read_query
from answerable.cases.serving import ReadQueue, TakeNext
from answerable.events.cases import CaseDecided, ClockStopped, ProposalLapsed
from answerable.events.event import Event
from answerable.events.policies import SecondPolicySet
from answerable.events.reports import ReportOwed, ReportWithdrawn
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.time import HOUR, MINUTE

VERA = of_org(staff("vera"), "vendor")
OTHER, ANY = SecondOrg.OTHER, SecondOrg.ANY
HEAD, REPORT = AfterLapse.HEAD_ON_CALL, AfterLapse.REPORT


@pytest.fixture
def room(make_store: Callable[..., Store]) -> Room:
    time = HandTime()
    found = Room(make_store(story(), time), time)
    enrol(found, ANA, BEN, SAM, SUE, VERA)
    return found


def waiting(room: Room, by: Any = ANA) -> Any:
    """A case that came by alert, with a proposal of `by`."""
    room.ad("bike")
    return room.propose(by, room.alert("bike"))


def lapse(room: Room) -> int:
    return LapseProposals(room.store, IDS)(SITE)


# Which organisation


def test_by_default_the_second_may_be_of_any_organisation(room: Room) -> None:
    case = waiting(room)
    made = room.second(VERA, case, case.proposal.decision)
    assert (made.reviewer, made.second) == (ANA.id, VERA.id)
    (event,) = room.events(CaseDecided)
    assert event.org == "vendor", "the record says for whom each of the two acted"


def test_a_policy_demands_another_organisation_from_that_moment_on(room: Room) -> None:
    case = waiting(room)
    assert TakeNext(room.store)(SITE, BEN) is not None
    room.time.pass_(20 * MINUTE)
    set_policy(room, OTHER, HEAD)
    with pytest.raises(Refusal, match="another organisation"):
        room.second(BEN, case, case.proposal.decision)
    assert TakeNext(room.store)(SITE, BEN) is None, "nor is it served to whom it does not fit"
    assert room.case(case.id).status is CaseStatus.WAITING_SECOND, "it goes on waiting"
    room.second(VERA, case, case.proposal.decision)
    assert room.case(case.id).status is CaseStatus.DECIDED


def test_whoever_does_not_fit_as_second_still_reports_and_contradicts(room: Room) -> None:
    set_policy(room, OTHER, HEAD)
    case = waiting(room)
    room.contradict(BEN, case, case.proposal.decision)
    case = room.propose(ANA, room.case(case.id))
    room.decide(BEN, case, reports(*case.ad_ids))
    assert room.case(case.id).status is CaseStatus.DECIDED


def test_a_policy_takes_two_who_ask_for_the_very_same(room: Room) -> None:
    ask = SetSecondPolicy(room.store)
    with pytest.raises(Forbidden):
        ask(SITE, ANA, OTHER, HEAD, "contract")
    with pytest.raises(Refusal, match="say why"):
        ask(SITE, SAM, OTHER, HEAD, " ")
    with pytest.raises(Conflict, match="in force already"):
        ask(SITE, SAM, ANY, HEAD, "as it is")
    assert ask(SITE, SAM, OTHER, HEAD, "contract") is None
    assert ask(SITE, SUE, OTHER, REPORT, "and report") is None, "that is something else"
    with pytest.raises(Refusal, match="another person"):
        ask(SITE, SAM, OTHER, HEAD, "contract")
    read = ReadSecondPolicy(room.store)
    assert read.in_force(SITE) == DEFAULT
    assert {p.lapse for p, _ in read(SITE, ANA).waiting} == {HEAD, REPORT}
    made = ask(SITE, SUE, OTHER, HEAD, "yes")
    assert made is not None
    assert made.answering == (SAM.id, SUE.id)
    (event,) = room.events(SecondPolicySet)
    assert (event.second, event.lapse, list(event.approvers)) == (
        "other",
        "head_on_call",
        [SAM.id, SUE.id],
    )
    assert read.in_force(SITE) == made
    assert read(SITE, ANA).waiting == (), "what waited beside it is off"


def test_a_first_word_is_forgotten_after_seven_days(room: Room) -> None:
    ask = SetSecondPolicy(room.store)
    ask(SITE, SAM, OTHER, HEAD, "contract")
    room.time.pass_(CONSENT_LENGTH)
    assert ask(SITE, SUE, OTHER, HEAD, "contract") is None
    assert ask(SITE, SAM, OTHER, HEAD, "contract") is not None


# How long one waits


@pytest.mark.duty("second_answer")
def test_a_proposal_runs_its_clock_and_every_end_of_it_stops_that(room: Room) -> None:
    case = waiting(room)
    clock = room.clocks(case)["second_answer"]
    assert (clock.ends - clock.started, clock.decision) == (12 * HOUR, case.proposal.decision)

    def stopped() -> list[str]:
        return [e.how for e in room.events(ClockStopped) if e.duty == "second_answer"]

    room.second(BEN, case, case.proposal.decision)
    assert stopped() == ["decided"]
    case = waiting_again(room)
    room.contradict(BEN, case, case.proposal.decision)
    assert stopped()[1:] == ["withdrawn"]
    case = room.propose(ANA, room.case(case.id))
    room.alert("bike")
    assert stopped()[2:] == ["void"]
    case = room.propose(ANA, room.case(case.id))
    room.judged(case.ad_ids[0])
    assert stopped()[3:] == ["void"]
    case = room.propose(ANA, room.case(case.id))
    room.ad("lamp")
    room.merge(BEN, case, room.alert("lamp"))
    assert stopped()[4:] == ["void"]
    case = room.propose(ANA, room.case(case.id))
    room.decide(BEN, case, reports(*case.undecided))
    assert stopped()[5:] == ["decided"]
    assert not room.clocks(case)["second_answer"].running


def waiting_again(room: Room) -> Any:
    return room.propose(ANA, room.alert("bike"))


def test_nothing_lapses_before_its_time_and_the_clocks_run_on(room: Room) -> None:
    case = waiting(room)
    before = {n: c for n, c in room.clocks(case).items() if n != "second_answer"}
    room.time.pass_(12 * HOUR)
    assert lapse(room) == 0, "due is not over"
    room.time.pass_(1)
    assert lapse(room) == 1
    assert lapse(room) == 0
    after = room.case(case.id)
    assert (after.status, after.proposal) == (CaseStatus.HEAD_ON_CALL, None)
    (event,) = room.events(ProposalLapsed)
    assert (event.decision, event.becomes, event.policy) == (
        case.proposal.decision,
        "head_on_call",
        None,
    )
    assert {n: c for n, c in room.clocks(case).items() if n != "second_answer"} == before
    assert room.events(CaseDecided) == []
    with pytest.raises(Conflict, match="no proposal"):
        room.second(BEN, case, case.proposal.decision)


def test_what_lapsed_stands_before_all_others_until_it_is_decided(room: Room) -> None:
    case = waiting(room)
    room.ad("urgent")
    urgent = room.alert("urgent", reasons=["missing_child"])
    room.time.pass_(13 * HOUR)

    def queue(query: str = "") -> list[str]:
        return [c.id for c in ReadQueue(room.store)(SITE, ANA, read_query(query)).cases]

    assert queue() == [urgent.id, case.id]
    lapse(room)
    assert queue() == [case.id, urgent.id]
    assert queue("lapsed=1") == queue("status=head_on_call") == [case.id]
    again = room.propose(BEN, room.case(case.id))
    assert queue() == [case.id, urgent.id], "a second proposal does not make it wait less"
    assert queue("lapsed=1") == [case.id]
    room.second(ANA, again, again.proposal.decision)  # type: ignore[union-attr]
    assert queue("lapsed=1") == []


# What it lapses to


def test_by_policy_the_house_reports_and_two_people_answer_for_it(room: Room) -> None:
    policy = set_policy(room, ANY, REPORT)
    case = waiting(room)
    room.time.pass_(12 * HOUR + 1)
    assert lapse(room) == 1
    (made,) = room.case(case.id).decisions
    assert (made.kind, made.second, made.reviewer) == (
        DecisionKind.REPORT,
        None,
        "system:cases",
    )
    assert made.answering == (SAM.id, SUE.id)
    (event,) = room.events(CaseDecided)
    (lapsed,) = room.events(ProposalLapsed)
    assert policy.leaf in event.refs
    assert (lapsed.becomes, lapsed.policy) == ("report", policy.leaf)
    assert list(event.basis_kinds) == ["alert"]
    assert room.clocks(case)["report_promptly"].running
    assert len(room.events(ReportOwed)) == 1
    assert room.case(case.id).lapsed is None
    with pytest.raises(Refusal, match="nobody vetoes"):
        room.undo(ANA, case, made.id)
    room.undo(SUE, case, made.id)
    assert len(room.events(ReportWithdrawn)) == 1
    assert room.case(case.id).status is CaseStatus.OPEN


def test_a_strong_signal_is_the_reason_where_no_alert_is(room: Room) -> None:
    set_policy(room, ANY, REPORT)
    case = room.judged(room.ad("bike"))
    assert case is not None
    room.propose(ANA, case)
    room.time.pass_(12 * HOUR + 1)
    lapse(room)
    (event,) = room.events(CaseDecided)
    assert list(event.basis_kinds) == ["other"]
    assert "strong signal" in event.basis[0]["words"]


def test_where_nobody_answers_for_it_any_more_the_house_reports_nothing(room: Room) -> None:
    set_policy(room, ANY, REPORT)
    case = waiting(room)
    enrol(room, SUE, blocked=True)
    room.time.pass_(12 * HOUR + 1)
    lapse(room)
    assert room.events(CaseDecided) == []
    assert room.case(case.id).status is CaseStatus.HEAD_ON_CALL


def test_a_case_without_an_ad_goes_to_the_head_on_call(room: Room) -> None:
    set_policy(room, ANY, REPORT)
    case = room.propose(ANA, room.alert(None))
    room.time.pass_(12 * HOUR + 1)
    lapse(room)
    assert room.case(case.id).status is CaseStatus.HEAD_ON_CALL


def test_what_somebody_decided_meanwhile_is_not_reported_again(room: Room) -> None:
    set_policy(room, ANY, REPORT)
    case = waiting(room)
    room.decide(BEN, case, choose(DecisionKind.REMOVE, *case.ad_ids))
    room.time.pass_(12 * HOUR + 1)
    assert lapse(room) == 0
    assert [e.kind for e in room.events(CaseDecided)] == ["remove"]


# The auditor


def examined(
    *, without: tuple[str, ...] = (), change: dict[str, Callable[[Event], Event]] | None = None
) -> set[tuple[str, str]]:
    told = honest()
    opened = open_all(tell(told, without=without, change=change), ERASED)
    found = reconcile(opened, tuple(NUMBERS.values()), end_of(told)).findings
    duties = {"second_person", "second_organisation", "somebody_answers", "by_two"}
    return {(f.duty, f.kind) for f in found if f.duty in duties or f.duty == "second_answer"}


STRICT = changed(second="other")
LIES: dict[str, tuple[dict[str, Callable[[Event], Event]], tuple[str, ...], set[Any]]] = {
    "two of one organisation": ({"seconds": STRICT}, (), {("second_organisation", "same")}),
    "two organisations": ({"seconds": STRICT, "dec-c-decided": changed(org="vendor")}, (), set()),
    "an organisation that is none": (
        {
            "seconds": STRICT,
            "granted-2": changed(staff="2"),
            "dec-c-decided": changed(org="vendor", actor="staff:2"),
        },
        (),
        {("second_organisation", "same"), ("second_organisation", "misstated")},
    ),
    "somebody else seconds": (
        {"dec-c-decided": changed(actor="staff:9")},
        (),
        {("second_person", "misstated")},
    ),
    "one person twice": (
        {"dec-c-decided": changed(second="staff:1")},
        (),
        {("second_person", "same person")},
    ),
    "nobody proposed it": ({}, ("dec-c-proposed",), {("second_person", "not proposed")}),
    "no clock for it": ({}, ("dec-c-clock-started",), {("second_answer", "never started")}),
    "a lapse to a no": (
        {"dec-h-lapsed": changed(becomes="no_action")},
        (),
        {("second_person", "lapsed")},
    ),
    "a policy of one": (
        {"seconds": changed(approvers=["staff:1", "staff:1"])},
        (),
        {("by_two", "policy")},
    ),
    "a pack of one": (
        {"pack": changed(approvers=["staff:1"])},
        (),
        {("by_two", "pack")},
    ),
    "a founding pack": ({"pack": changed(approvers=["founding"])}, (), set()),
    "the house says no": (
        {"dec-c-decided": changed(reviewer="system:cases")},
        (),
        {("somebody_answers", "nobody")},
    ),
    "the house reports by itself": (
        {"dec-b-decided": changed(reviewer="system:cases")},
        (),
        {("somebody_answers", "nobody")},
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_the_auditor_reads_off_the_record_whether_two_agreed(lie: str) -> None:
    change, without, expected = LIES[lie]
    assert examined(without=without, change=change) == expected


def test_an_honest_lapse_to_a_report_is_accepted(room: Room) -> None:
    """The system's own record of one, as the auditor reads it; then without what it rests on."""
    from answerable.events.duties.seconds import seconds_not_kept

    set_policy(room, ANY, REPORT)
    waiting(room)
    room.time.pass_(12 * HOUR + 1)
    lapse(room)
    record = room.opened()
    assert seconds_not_kept(record) == ()
    for missing in ("policy.second_set", "proposal.lapsed"):
        left = [e for e in record if e.type != missing]
        assert [f.duty for f in seconds_not_kept(left)] == ["somebody_answers"], missing
