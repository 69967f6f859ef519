"""Screening as a service, on both databases: each outcome an event, each owed one judged once."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import delete, select
from tests.databases import SITE, HandTime
from tests.unit.case_room import SAM, SUE, packs_put_in_force

from answerable.adapters.clock import SystemIds
from answerable.adapters.sql import core
from answerable.adapters.sql.outbox import Outbox, parked
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.screening import contact
from answerable.adapters.sql.work import Heard
from answerable.ads.directives_service import ObeyVerdict
from answerable.ads.model import PlacementKind, PlacementNews, Submission
from answerable.ads.sections import CloseSection
from answerable.ads.service import PlaceAd, ReceiveAd
from answerable.events.directives import DirectiveIssued
from answerable.events.event import Event
from answerable.events.screening import CouldNotScreen, ScreeningOwed, ScreenJudged
from answerable.kernel.errors import Conflict
from answerable.kernel.ids import ActorId, AdId
from answerable.networks.model import LinkReason
from answerable.networks.service import LinksOf
from answerable.screening.activation import ActivatePack, FoundPack, PackIdentity
from answerable.screening.judge import Engine
from answerable.screening.model import Contact, ContactKind, CouldNotJudge, Outcome, Verdict
from answerable.screening.packs import demo_pack
from answerable.screening.service import (
    SERVICE,
    OweScreening,
    Recheck,
    ScreenRevision,
)

IDS = SystemIds()
ENGINE = Engine(demo_pack())
PHONE = "+12025550143"


class Screener:
    """The demo pack, until a test says that it fails or finds something of its own."""

    identity: Mapping[str, str] = ENGINE.identity

    def __init__(self) -> None:
        self.fails: Exception | None = None
        self.finds: tuple[Contact, ...] = ()
        self.asked: list[dict[str, Any]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def judge(self, fields: Mapping[str, str], **facts: Any) -> Verdict:
        self.asked.append({"fields": dict(fields), **facts})
        if self.fails is not None:
            raise self.fails
        verdict = ENGINE.judge(fields, **facts)
        self.meanwhile()
        return replace(verdict, contacts=(*verdict.contacts, *self.finds))


@dataclass
class Desk:
    """Intake, screening and directives, wired as the story has it."""

    store: Store
    screener: Screener
    time: HandTime
    ads: dict[str, AdId] = field(default_factory=dict)

    def outbox(self, holder: str = "screening") -> Outbox:
        services = {SERVICE: ScreenRevision(self.store, self.screener)}
        return Outbox(self.store, services, holder=holder, lease_ms=60_000)

    def screen(self) -> None:
        self.outbox().drain()

    def take(self, name: str, body: str, **more: Any) -> AdId:
        taken = ReceiveAd(self.store, IDS).take(
            SITE, Submission(external_id=name, text={"body": body}, **more)
        )
        assert taken is not None
        self.ads[name] = taken.ad
        return taken.ad

    def place(self, name: str, kind: PlacementKind = PlacementKind.PUBLISHED, **more: Any) -> None:
        PlaceAd(self.store, IDS)(SITE, PlacementNews(external_id=name, kind=kind, **more))

    def chain(self, name: str) -> list[Event]:
        def read(work: Any) -> list[Event]:
            ad = work.ads.get(SITE, self.ads[name])
            return [r.event for r in work.chain_of(SITE, ad.closed_subject)]

        return self.store.read(read)

    def outcomes(self, name: str) -> list[Any]:
        return [e for e in self.chain(name) if isinstance(e, ScreenJudged | CouldNotScreen)]

    def actions(self, name: str) -> list[str]:
        return [e.action for e in self.chain(name) if isinstance(e, DirectiveIssued)]

    def row(self, name: str) -> Any:
        return self.store.read(lambda work: work.screening.outcome(SITE, self.ads[name]))

    def contacts(self) -> set[tuple[str, str, str]]:
        rows = select(contact.c.kind, contact.c.value, contact.c.field)
        return self.store.read(lambda work: {tuple(row) for row in work.conn.execute(rows)})


@pytest.fixture
def desk(make_store: Callable[..., Store]) -> Desk:
    screened = Heard(with_=(ObeyVerdict(IDS),))
    story = {
        kind: Heard(with_=(OweScreening(),))
        for kind in ("ad.received", "ad.revised", "ad.published", "ad.renewed", "ad.moved")
    }
    story |= {"screen.judged": screened, "screen.failed": screened}
    story["screen.owed"] = Heard(then=(SERVICE,))
    time = HandTime()
    return Desk(make_store(story, time), Screener(), time)


@pytest.mark.parametrize(
    ("body", "verdict", "strong"),
    [
        ("A red bike", "publish", False),
        ("A redumbrella flat", "publish", False),
        ("A bluelantern flat", "withhold", True),
        ("A greenkite job", "refuse", True),
    ],
)
def test_each_outcome_is_an_event_and_the_site_is_told(
    desk: Desk, body: str, verdict: str, strong: bool
) -> None:
    desk.take("ad-1", body)
    assert desk.actions("ad-1") == []  # nothing is visible before it is screened
    desk.screen()
    owed, judged, told = desk.chain("ad-1")
    assert isinstance(owed, ScreeningOwed)
    assert isinstance(judged, ScreenJudged)
    assert isinstance(told, DirectiveIssued)
    assert (judged.verdict, judged.strong, told.action) == (verdict, strong, verdict)
    assert judged.pack == ENGINE.identity
    assert judged.owed == owed_leaf(desk)
    for signal in judged.signals:
        assert body[signal["start"] : signal["end"]] == body.split()[1]
    assert (desk.row("ad-1").verdict, desk.row("ad-1").strong) == (verdict, strong)


def owed_leaf(desk: Desk) -> str:
    row = select(core.event.c.leaf_hash).where(core.event.c.type == "screen.owed")
    return desk.store.read(lambda work: work.conn.execute(row).scalar_one()).hex()


def test_what_could_not_be_screened_is_its_own_outcome_and_withheld(desk: Desk) -> None:
    desk.take("ad-1", "A red bike")
    desk.screener.fails = CouldNotJudge("the engine gave up")
    desk.screen()
    (failed,) = desk.outcomes("ad-1")
    assert isinstance(failed, CouldNotScreen)
    assert (failed.fault, failed.pack) == ("the engine gave up", ENGINE.identity)
    assert desk.actions("ad-1") == ["withhold"]
    assert desk.row("ad-1").verdict == "could-not-screen"
    desk.screener.fails = None
    Recheck(desk.store)(SITE, desk.ads["ad-1"])
    desk.screen()
    assert desk.actions("ad-1") == ["withhold", "publish"]
    assert desk.row("ad-1").verdict == "publish"


def test_a_defect_of_the_screener_leaves_the_ad_waiting_never_passed(desk: Desk) -> None:
    desk.take("ad-1", "A red bike")
    desk.screener.fails = KeyError("a defect")
    desk.screen()
    assert desk.outcomes("ad-1") == []
    assert desk.actions("ad-1") == []
    assert len(desk.store.read(parked)) == 1


def test_a_piece_delivered_twice_is_judged_once(desk: Desk) -> None:
    """At least once is the outbox's promise; once is the service's."""
    desk.take("ad-1", "A red bike")
    service = ScreenRevision(desk.store, desk.screener)
    (owed,) = desk.store.read(
        lambda work: work.chain_of(SITE, work.ads.get(SITE, desk.ads["ad-1"]).closed_subject)
    )
    threads = [threading.Thread(target=service, args=(owed,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.screen()
    assert len(desk.outcomes("ad-1")) == 1
    assert desk.actions("ad-1") == ["publish"]


def test_two_screeners_at_once_judge_each_owed_once(desk: Desk) -> None:
    for number in range(20):
        desk.take(f"ad-{number}", f"A bluelantern flat, number {number}")
    threads = [threading.Thread(target=desk.outbox(f"h{n}").drain) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(20):
        assert [e.verdict for e in desk.outcomes(f"ad-{number}")] == ["withhold"]


def test_a_revision_and_a_placement_are_screened_each(desk: Desk) -> None:
    desk.take("ad-1", "A red bike")
    desk.take("ad-1", "A bluelantern bike")
    desk.place("ad-1")
    desk.place("ad-1", PlacementKind.RENEWED)
    desk.screen()
    owed = [e for e in desk.chain("ad-1") if isinstance(e, ScreeningOwed)]
    assert [e.cause for e in owed] == ["received", "revised", "published", "renewed"]
    assert [(e.revision, e.verdict) for e in desk.outcomes("ad-1")] == [
        (0, "publish"),
        *[(1, "withhold")] * 3,
    ]


def test_an_older_revision_judged_late_does_not_hide_the_newer_outcome(desk: Desk) -> None:
    desk.take("ad-1", "A red bike")
    desk.take("ad-1", "A bluelantern bike")
    service = ScreenRevision(desk.store, desk.screener)
    first, second = desk.store.read(
        lambda work: work.chain_of(SITE, work.ads.get(SITE, desk.ads["ad-1"]).closed_subject)
    )
    service(second)
    service(first)
    assert [e.revision for e in desk.outcomes("ad-1")] == [1, 0]
    assert (desk.row("ad-1").revision, desk.row("ad-1").verdict) == (1, "withhold")
    assert desk.actions("ad-1") == ["withhold"]


# Sections


def close(desk: Desk, section: str = "jobs", jurisdiction: str = "US") -> None:
    CloseSection(desk.store).close(
        SITE, section, jurisdiction, "closed here", "the law", ActorId("staff:ana")
    )


@pytest.mark.parametrize(
    ("section", "place", "refused"),
    [
        ("jobs", {"country": "US"}, True),
        ("jobs", {"country": "US", "region": "CA"}, True),
        ("jobs", {"country": "CA"}, False),
        ("jobs", {}, False),
        ("bikes", {"country": "US"}, False),
    ],
)
def test_a_closed_section_refuses_with_its_notice(
    desk: Desk, section: str, place: dict[str, str], refused: bool
) -> None:
    close(desk)
    desk.take("ad-1", "A red bike", section=section, place=place)
    desk.screen()
    (judged,) = desk.outcomes("ad-1")
    assert judged.verdict == ("refuse" if refused else "publish")
    assert judged.reason == ("section closed: closed here" if refused else None)
    assert judged.strong is False
    (told,) = [e for e in desk.chain("ad-1") if isinstance(e, DirectiveIssued)]
    assert told.cause == ("availability" if refused else "screening")


def test_an_ad_moved_into_a_closed_section_is_refused_there(desk: Desk) -> None:
    """Named for a way round: the placement was judged in the section the words came with."""
    close(desk)
    desk.take("ad-1", "A red bike", section="bikes", place={"country": "US"})
    desk.place("ad-1", section="bikes", place={"country": "US"})
    desk.screen()
    desk.place("ad-1", PlacementKind.MOVED, section="jobs")
    desk.place("ad-1", PlacementKind.MOVED, section="bikes")
    desk.screen()
    assert [e.verdict for e in desk.outcomes("ad-1")] == [
        *("publish", "publish", "refuse", "publish")
    ]
    facts = [(asked["section"], asked["jurisdiction"]) for asked in desk.screener.asked]
    # by the rules of its section; while some section is closed, by those of all sections too
    assert facts == [(s, "US") for one in ("bikes", "bikes", "jobs", "bikes") for s in (one, None)]


def test_a_revision_that_names_no_section_stays_in_its_own(desk: Desk) -> None:
    desk.take("ad-1", "A red bike", section="jobs", place={"country": "US"})
    desk.screen()
    close(desk)
    desk.take("ad-1", "A blue bike")
    desk.screen()
    assert [e.verdict for e in desk.outcomes("ad-1")] == ["publish", "refuse"]


def test_what_is_not_known_of_an_ad_switches_no_rule_off(desk: Desk) -> None:
    """Named for a blank: "" is not a section, and the rules of other sections were left out."""
    desk.take("ad-1", "A papercrane flat")
    desk.take("ad-2", "A papercrane flat", section="bikes")
    desk.screen()
    assert [asked["section"] for asked in desk.screener.asked] == [None, "bikes"]
    assert [asked["jurisdiction"] for asked in desk.screener.asked] == [None, None]
    assert [s["rule"] for s in desk.outcomes("ad-1")[0].signals] == ["papercrane"]
    assert desk.outcomes("ad-2")[0].signals == []


# Contacts and links


def test_contacts_of_words_and_account_meet_in_one_spelling(desk: Desk) -> None:
    desk.take("ad-1", "A red bike, call two zero two 555 01 43 now")
    account = {
        "id": "acct-7",
        "emails": [{"address": " Kim@Example.COM "}, {"address": ""}],
        "phones": [{"number": "(202) 555-0143"}],
    }
    desk.take("ad-2", "A blue bike", account=account)
    desk.take("ad-3", "A green bike, kim@example.com", account={"id": "acct-7", "phones": None})
    desk.take("ad-4", "A yellow bike")
    desk.screen()
    assert {("phone", PHONE, "body"), ("phone", PHONE, "account")} <= desk.contacts()
    assert {("email", "kim@example.com", f) for f in ("account", "body")} <= desk.contacts()

    def links(name: str) -> set[tuple[str, LinkReason, str, tuple[str, str]]]:
        found = LinksOf(desk.store)(SITE, desk.ads[name])
        return {(link.other_external_id, link.reason, link.value, link.where) for link in found}

    assert links("ad-1") == {("ad-2", LinkReason.PHONE, PHONE, ("body", "account"))}
    assert links("ad-2") == {
        ("ad-1", LinkReason.PHONE, PHONE, ("account", "body")),
        ("ad-3", LinkReason.EMAIL, "kim@example.com", ("account", "body")),
        ("ad-3", LinkReason.ACCOUNT, "acct-7", ("account", "account")),
    }
    assert links("ad-4") == set()


def test_a_recheck_finds_contacts_again_and_no_row_twice(desk: Desk) -> None:
    desk.take("ad-1", "A red bike, call 202-555-0143")
    desk.screen()
    before = desk.contacts()
    assert before == {("phone", PHONE, "body")}
    desk.store.run(lambda work: work.conn.execute(delete(contact)))  # it can be rebuilt
    Recheck(desk.store)(SITE, desk.ads["ad-1"])
    desk.screen()
    assert desk.contacts() == before
    Recheck(desk.store)(SITE, desk.ads["ad-1"])
    desk.screen()
    assert desk.contacts() == before
    assert [e.cause for e in desk.chain("ad-1") if isinstance(e, ScreeningOwed)] == [
        *("received", "recheck", "recheck")
    ]
    assert len(desk.outcomes("ad-1")) == 3


@pytest.mark.parametrize(
    ("value", "technique"),
    [
        ("a\x00b@example.com", "plain"),
        ("x" * 900, "plain"),
        ("kim@example.com", "+".join(f"technique-{n}" for n in range(20))),
    ],
    ids=["nul", "long", "many-techniques"],
)
def test_whatever_contact_is_found_the_ad_is_screened(
    desk: Desk, value: str, technique: str
) -> None:
    """Named for ads that waited for ever: a column of PostgreSQL took less than was found."""
    desk.screener.finds = (
        Contact(
            kind=ContactKind.EMAIL, value=value, field="body", start=0, end=1, technique=technique
        ),
    )
    desk.take("ad-1", "A red bike")
    desk.screen()
    assert [e.verdict for e in desk.outcomes("ad-1")] == ["publish"]
    assert desk.store.read(parked) == []


def test_an_erasure_amid_the_judging_is_not_undone_by_it(desk: Desk) -> None:
    """Named for contacts that came back: words opened before it, their contacts kept after."""
    ad = desk.take(
        "ad-1", "A red bike, call 202-555-0143", account={"emails": [{"address": "k@example.com"}]}
    )

    def erase() -> None:
        def fn(work: Any) -> None:
            subjects = work.preservation.subjects_of(SITE, ad)
            groups = frozenset({"ad_text", "poster_pii"})
            work.preservation.erase_groups(SITE, subjects, groups)
            work.preservation.erase_projections(SITE, ad, groups)

        desk.screener.meanwhile = lambda: None
        desk.store.run(fn)

    desk.screener.meanwhile = erase
    desk.screen()
    assert desk.contacts() == set()
    (failed,) = desk.outcomes("ad-1")
    assert isinstance(failed, CouldNotScreen)
    assert "erased" in failed.fault
    Recheck(desk.store)(SITE, ad)
    desk.screen()
    assert [type(e) for e in desk.outcomes("ad-1")] == [CouldNotScreen] * 2
    assert desk.actions("ad-1") == ["withhold", "withhold"]


# Packs


def test_a_pack_is_activated_once_with_who_approved_it(desk: Desk) -> None:
    activate = ActivatePack(desk.store)
    one, other = (PackIdentity("demo", "1.0.0", letter * 64) for letter in "de")
    assert FoundPack(desk.store)(SITE, one).digest == one.digest
    assert FoundPack(desk.store)(SITE, other).digest == one.digest, "founded once"
    with pytest.raises(Conflict, match="in force already"):
        activate(SITE, SAM, one, "as it is")
    assert activate(SITE, SAM, other, "new words") is None
    active = activate(SITE, SUE, other, "read them")
    assert active is not None
    assert (active.name, active.digest, active.since) == ("demo 1.0.0", "e" * 64, desk.time.now())
    with pytest.raises(Conflict, match="in force already"):
        activate(SITE, SUE, other, "again")
    founding, second = packs_put_in_force(desk.store)
    assert (founding.approvers, founding.actor) == (["founding"], "system:init")
    assert (second.approvers, second.actor) == ([SAM.id, SUE.id], SUE.id)
    assert second.pack == {"id": "demo", "version": "1.0.0", "digest": "e" * 64}


def test_the_worst_verdict_is_never_softer_than_the_engines(desk: Desk) -> None:
    """A closed section makes it a refusal; nothing makes it milder."""
    close(desk, jurisdiction="")
    desk.take("ad-1", "A bluelantern flat", section="jobs")
    desk.take("ad-2", "A greenkite flat", section="bikes")
    desk.screen()
    (one,), (two,) = desk.outcomes("ad-1"), desk.outcomes("ad-2")
    assert (one.verdict, one.strong) == (Outcome.REFUSE.value, True)
    assert (two.verdict, two.reason) == (Outcome.REFUSE.value, None)
