"""Sections close and open, on both databases; and measures follow the ad."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.databases import SITE, HandTime
from tests.unit.case_room import ANA, BEN, IDS, choose
from tests.unit.return_maker import contact_changed, make
from tests.unit.return_room import ReturnRoom, whole_story

from answerable.adapters.sql.runner import Store
from answerable.ads.availability import jurisdiction_code
from answerable.ads.model import PlacementKind
from answerable.ads.sections import ClearSection, CloseDue
from answerable.cases.model import DecisionKind
from answerable.events.directives import DirectiveIssued
from answerable.events.event import Event
from answerable.events.house import (
    SectionClosed,
    SectionOpened,
    SectionPlanned,
    SectionReopenProposed,
)
from answerable.events.screening import ScreeningOwed, ScreenJudged
from answerable.kernel.errors import NotFound, Refusal
from answerable.kernel.ids import AdId
from answerable.kernel.time import DAY, HOUR, Millis
from answerable.networks.resubmissions import ReadMigrations

US = {"country": "US", "region": "CA"}
ES = {"country": "ES"}


@pytest.fixture
def room(make_store: Callable[..., Store]) -> ReturnRoom:
    time = HandTime()
    return ReturnRoom(make_store(whole_story(), time), time)


def kinds(room: ReturnRoom, *of: type[Event]) -> list[str]:
    return [e.TYPE for kind in of for e in room.events(kind)]


# Who, where, when


@pytest.mark.parametrize(
    ("said", "code"),
    [("us", "US"), (" us-ca ", "US-CA"), ("*", ""), ("", ""), ("GB-SCT", "GB-SCT")],
)
def test_a_jurisdiction_is_an_iso_code(said: str, code: str) -> None:
    assert jurisdiction_code(said) == code


@pytest.mark.parametrize("said", ["UK", "USA", "U", "US-CALI", "US_CA", "everywhere", "XX", "U$"])
def test_a_code_that_no_country_has_is_refused(said: str) -> None:
    """A closing that closes nothing would look as if it did."""
    with pytest.raises(Refusal, match="ISO 3166"):
        jurisdiction_code(said)


def test_opening_takes_two_people(room: ReturnRoom) -> None:
    room.close("jobs", "US")
    assert not room.sections.open(SITE, "jobs", "US", "again", ANA.id)
    with pytest.raises(Refusal, match="another person"):
        room.sections.open(SITE, "jobs", "US", "again", ANA.id)
    assert len(room.store.read(lambda w: w.ads.closures(SITE))) == 1
    assert room.sections.open(SITE, "jobs", "US", "again", BEN.id)
    (proposed,), (opened,) = room.events(SectionReopenProposed), room.events(SectionOpened)
    assert (proposed.actor, opened.actor) == (ANA.id, BEN.id)
    with pytest.raises(NotFound):
        room.sections.open(SITE, "jobs", "US", "again", ANA.id)


def test_a_proposal_to_open_does_not_wait_for_ever(room: ReturnRoom) -> None:
    room.close("jobs", "US")
    assert not room.sections.open(SITE, "jobs", "US", "again", ANA.id)
    room.time.pass_(8 * DAY)
    assert not room.sections.open(SITE, "jobs", "US", "again", BEN.id)
    assert room.sections.open(SITE, "jobs", "US", "again", ANA.id)


def test_a_proposal_to_open_can_be_refused(room: ReturnRoom) -> None:
    room.close("jobs", "US")
    room.sections.open(SITE, "jobs", "US", "again", ANA.id)
    room.sections.keep_closed(SITE, "jobs", "US", BEN.id)
    assert not room.sections.open(SITE, "jobs", "US", "again", BEN.id)


def test_a_closing_that_is_planned_holds_from_its_time_even_unswept(room: ReturnRoom) -> None:
    at = Millis(room.at() + 2 * HOUR)
    closure = room.close("jobs", "*", effective=at)
    assert (closure.planned, closure.since) == (True, at)
    early = room.post("early", "A job as a baker", section="jobs")
    assert room.verdicts(early) == ["publish"]
    room.time.pass_(2 * HOUR)
    late = room.post("late", "A job as a painter", section="jobs")  # no sweep has come round yet
    assert room.verdicts(late) == ["refuse"]
    assert room.visible(early)
    due = CloseDue(room.store)
    assert (due(SITE), due(SITE)) == (1, 0)
    room.drain()
    assert not room.visible(early)
    (planned,), (closed,) = room.events(SectionPlanned), room.events(SectionClosed)
    assert planned.effective == closed.happened == at
    (kept,) = room.store.read(lambda w: w.ads.closures(SITE))
    assert not kept.planned


def test_nothing_closes_for_the_past(room: ReturnRoom) -> None:
    with pytest.raises(Refusal, match="now or later"):
        room.close("jobs", "*", effective=Millis(room.at() - 1))


# What stands there


def test_what_stands_comes_down_and_only_that_comes_back(room: ReturnRoom) -> None:
    """Each ad is down for a reason of its own; opening ends one of them."""
    names = ("plain", "alerted", "removed", "held", "let-go", "changed")
    ads = {n: room.post(n, f"A job, kind {n} work", section="jobs", place=US) for n in names}
    other = room.post("other", "A red bike", section="bikes", place=US)
    abroad = room.post("abroad", "A job abroad", section="jobs", place=ES)
    room.alert("alerted")
    room.decide(ANA, room.alert("removed"), choose(DecisionKind.REMOVE, ads["removed"]))
    case = room.alert("let-go")
    room.post("held", "A bluelantern job", section="jobs", place=US)
    room.close("jobs", "US")
    room.drain()
    assert not any(room.visible(ad) for ad in ads.values())
    assert room.visible(other)
    assert room.visible(abroad)
    issued = {e.ad: e for e in room.events(DirectiveIssued) if e.cause == "availability"}
    assert set(issued) == {ads["plain"], ads["changed"]}
    room.post("changed", "A bluelantern job, changed", section="jobs", place=US)
    proposed = room.propose(ANA, case, ads["let-go"])
    assert proposed.proposal is not None
    room.second(BEN, proposed, proposed.proposal.decision)
    assert not room.visible(ads["let-go"])  # people let it go, and its section is closed
    new = room.post("new", "A job as a baker", section="jobs", place=US)
    assert room.actions(new) == ["refuse"]
    room.reopen("jobs", "US")
    room.drain()
    up = {name for name, ad in {**ads, "new": new}.items() if room.visible(ad)}
    assert up == {"plain", "let-go", "new"}
    assert room.actions(ads["plain"])[-1] == "restore"
    assert room.actions(new)[-1] == "publish"
    assert [e.cause for e in room.events(ScreeningOwed) if e.ad == new] == ["received", "recheck"]


def test_a_wider_closing_still_stands_when_a_narrower_one_ends(room: ReturnRoom) -> None:
    ad = room.post("ad", "A job as a baker", section="jobs", place=US)
    room.close("jobs", "US-CA")
    room.close("jobs", "*")
    room.drain()
    assert room.actions(ad) == ["publish", "withhold"]
    room.reopen("jobs", "US-CA")
    room.drain()
    assert not room.visible(ad)
    room.reopen("jobs", "*")
    room.drain()
    assert room.actions(ad) == ["publish", "withhold", "restore"]


class Killed(Exception):
    """The process ends here."""


def test_a_kill_between_chunks_loses_and_doubles_nothing(room: ReturnRoom) -> None:
    ads = [room.post(f"ad-{n}", f"A job of kind {n}", section="jobs") for n in range(7)]
    room.chunk = 2
    room.close("jobs", "*")
    (closed,) = [
        r
        for r in room.store.read(
            lambda w: w.chain_of(SITE, w.screening.site_subject(SITE))  # type: ignore[no-any-return]
        )
        if isinstance(r.event, SectionClosed)
    ]
    for commits in range(3):
        runs = _DiesAfter(room.store, commits)
        with pytest.raises(Killed):
            ClearSection(runs, IDS, chunk=2)(closed)
        down = sum(not room.visible(ad) for ad in ads)
        assert down == 2 * commits or commits == 0
    room.drain()
    told = [e.ad for e in room.events(DirectiveIssued) if e.cause == "availability"]
    assert sorted(told) == sorted(ads)
    numbers = [e.number for e in room.events(DirectiveIssued)]
    assert numbers == list(range(1, len(numbers) + 1))
    room.drain()
    assert len([e for e in room.events(DirectiveIssued) if e.cause == "availability"]) == 7


class _DiesAfter:
    """A store whose process is killed after so many commits."""

    def __init__(self, store: Store, commits: int) -> None:
        self._store, self._left = store, commits

    def run(self, fn: Any) -> Any:
        if not self._left:
            raise Killed
        self._left -= 1
        return self._store.run(fn)

    def read(self, fn: Any) -> Any:
        return self._store.read(fn)


def test_the_poster_gets_the_notice_and_no_hint_of_what_screening_saw(room: ReturnRoom) -> None:
    room.close("jobs", "*")
    plain = room.post("plain", "A job as a baker", section="jobs")
    marked = room.post("marked", "A greenkite job as a baker", section="jobs")

    def told(ad: AdId) -> Any:
        (row,) = room.store.read(lambda w: w.directives.of_ad(SITE, ad, limit=5))
        outcome = room.store.read(lambda w: w.screening.outcome(SITE, ad))
        assert outcome is not None
        return row.action.value, row.cause.value, outcome.verdict, outcome.pack

    assert told(plain) == told(marked)
    assert told(plain)[:3] == ("refuse", "availability", "refuse")
    strong = {e.ad: e.strong for e in room.events(ScreenJudged)}
    assert (strong[plain], strong[marked]) == (False, True)
    assert room.open_case_of(marked) is not None  # people look all the same
    assert room.open_case_of(plain) is None


# Measures follow the ad


def test_an_ad_that_moves_is_read_by_every_sections_rules_and_raised(room: ReturnRoom) -> None:
    """The demo pack's papercrane is a rule of one section; moving does not switch it off."""
    text = "Companion for long walks, papercrane, ask for me at the tram stop after ten, Ana"
    old = room.post("old", text, section="housing")
    other = room.post("other", "A papercrane lamp for the hall and two chairs", section="bikes")
    before = [s["rule"] for e in room.events(ScreenJudged) if e.ad == old for s in e.signals]
    none = [s["rule"] for e in room.events(ScreenJudged) if e.ad == other for s in e.signals]
    assert (before, none) == (["papercrane"], [])
    room.close("housing", "*")
    room.drain()
    new = room.post("new", text + " and so on", section="bikes")
    (found,) = room.found(new)
    assert (found.ancestor, found.because, found.moved_from_section) == (old, None, True)
    assert found.reasons == ["text"]
    judged = [e for e in room.events(ScreenJudged) if e.ad == new]
    assert [s["rule"] for e in judged for s in e.signals] == ["papercrane"]
    case = room.open_case_of(new)
    assert case is not None
    assert case.urgency == 45
    assert not found.waits
    room.place("old", PlacementKind.MOVED, section="bikes")
    (moved,) = room.found(old)
    assert (moved.reasons, moved.moved_from_section) == (["same_ad", "text"], True)
    room.reopen("housing")
    room.drain()
    again = room.post("again", text + " and on", section="bikes")
    assert room.found(again) == []


def test_an_ad_long_gone_when_its_section_closed_is_no_ancestor(room: ReturnRoom) -> None:
    text = "Companion for long walks and board games, ask for me at the tram stop after ten"
    room.post("old", text, section="housing")
    room.place("old", section="housing")
    room.place("old", PlacementKind.EXPIRED)
    room.time.pass_(100 * DAY)
    room.close("housing", "*")
    room.drain()
    new = room.post("new", text, section="bikes")
    assert room.found(new) == []


def test_recall_on_moved_ads_is_within_five_points_of_their_own_section(
    room: ReturnRoom, how_many: Callable[[int, int], int]
) -> None:
    """Requirement R29, by a seed: the sign is a rule of one section, the ads go to another."""
    luck, count = random.Random(29), how_many(12, 120)
    made = [make(luck, n, marker="papercrane") for n in range(count)]
    old = [room.posted(f"old-{n}", ad.text, section="housing") for n, ad in enumerate(made)]
    room.drain()

    def recall(ads: list[AdId]) -> float:
        seen = {e.ad for e in room.events(ScreenJudged) if e.signals}
        return sum(ad in seen for ad in ads) / len(ads)

    at_home = recall(old)
    assert at_home == 1.0
    room.close("housing", "*")
    room.drain()
    moved = []
    for n, ad in enumerate(made):
        other, _ = contact_changed(ad, luck)
        text = {k: v.replace("write to", "papercrane, write to") for k, v in other.text.items()}
        moved.append(room.posted(f"new-{n}", text, section="bikes"))
    room.drain()
    print(f"recall at home {at_home:.2f}, moved {recall(moved):.2f}")
    assert at_home - recall(moved) <= 0.05
    stay = [
        room.posted(f"x-{n}", make(luck, n, marker="papercrane").text, section="bikes")
        for n in range(count)
    ]
    room.drain()
    assert recall(stay) <= 0.25  # the control: strangers are read by their own section's rules


def test_the_public_learns_how_many_moved_and_of_no_single_ad(room: ReturnRoom) -> None:
    luck = random.Random(7)
    made = [make(luck, n, marker=None) for n in range(23)]
    for n, ad in enumerate(made):
        room.posted(f"old-{n}", ad.text, section="housing")
    room.close("housing", "*")
    room.drain()
    for n, ad in enumerate(made):
        room.posted(f"new-{n}", ad.text, section="bikes" if n < 21 else "jobs")
    room.drain()
    read = ReadMigrations(room.store)
    assert read(SITE) == ()  # of past days only
    assert len(room.found()) == 23
    assert room.store.read(lambda w: w.cases.queue(SITE, 10)) == ()  # nothing was noted in them
    room.time.pass_(DAY)
    told = {(one.from_section, one.to_section): one.count for one in read(SITE)}
    assert told == {("housing", "bikes"): 20, ("housing", "jobs"): None}
