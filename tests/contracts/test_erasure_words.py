"""One ad erased: its words and contacts stand nowhere any more, and every commitment verifies.

The ad goes the whole way first: received with a file, revised, placed, screened, alerted of,
decided and reported to the TEST receiver. Then two people erase it, once nothing holds it.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.contracts.log_room import hmac_sha256
from tests.contracts.searching import found_in, places_of
from tests.databases import SITE, HandTime

from answerable.access.decide import permissions_of
from answerable.access.model import Actor, Role
from answerable.adapters.clock import SystemTime
from answerable.adapters.sql import core
from answerable.adapters.sql.runner import Store
from answerable.ads.model import PlacementKind, PlacementNews, Submission
from answerable.alerts.decide import read_alert
from answerable.apps.founding import make_home
from answerable.apps.receiver.serve import started_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.apps.settings import Settings
from answerable.apps.wiring import FILING_LANE, SCREENING_LANE, House, open_house
from answerable.cases.model import Basis, BasisKind, Choice, DecisionKind, LinkedAd
from answerable.events.preservation import ErasurePerformed
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, AdId
from answerable.kernel.time import DAY, MINUTE
from answerable.preservation.model import CONTENT_GROUPS
from answerable.preservation.service import EraseAd
from answerable.reports.model import Status
from answerable.screening.store import FoundContact

pytestmark = pytest.mark.slow

NAMES = ("title", "old", "body", "note", "url", "alerter", "reason", "poster", "street", "file")
WORDS = {name: f"quixotic{name}zebra" for name in NAMES}
PHONE, MAIL, ADDRESS = "202-555-0143", "quixoticmail@example.com", "192.0.2.77"
CONTACTS = ("+12025550143", PHONE, MAIL, ADDRESS)
URL = f"https://ads.example.com/{WORDS['url']}"
PICTURE = b"a drawn shape " + WORDS["file"].encode()
EVERYTHING = (*WORDS.values(), *CONTACTS, PICTURE.hex())


def in_base64(word: str) -> tuple[str, ...]:
    """How a word shows inside base64, whichever byte of three it begins at."""
    whole = (base64.b64encode(b" " * n + word.encode()).decode() for n in range(3))
    return tuple(text[4 : len(text) - len(text) % 4 - 4] for text in whole)


NEEDLES = (*EVERYTHING, *(part for word in WORDS.values() for part in in_base64(word)))


def staff(name: str, role: Role) -> Actor:
    return Actor(
        id=ActorId(f"staff:{name}"),
        site=SITE,
        name=name,
        organisation="site",
        permissions=permissions_of(frozenset({role})),
    )


ANA, SAM, SUE = (
    staff("ana", Role.REVIEWER),
    staff("sam", Role.SENIOR),
    staff("sue", Role.SENIOR),
)


class Room:
    """A home of its own on the test's database, its time in the test's hand."""

    def __init__(self, house: House, time: HandTime, folder: Path) -> None:
        self.house, self.time, self.folder = house, time, folder
        self.site = house.site

    def ad(self, name: str, sign: str = "bluelantern") -> AdId:
        """The whole way of an ad up to its page on the site."""
        stored = self.house.files.put(self.site, PICTURE, "image/png")
        given = Submission(
            external_id=name,
            text={"title": WORDS["title"], "body": f"{sign} {WORDS['old']}"},
            section="bikes",
            place={"country": "US", "address": WORDS["street"]},
            attachments=(
                {
                    "sha256": stored.sha256,
                    "media_type": "image/png",
                    "original_name": f"{WORDS['file']}.png",
                },
            ),
            account={
                "id": f"acct-{WORDS['poster']}",
                "names": [WORDS["poster"]],
                "emails": [{"address": MAIL}],
                "phones": [{"number": PHONE}],
            },
            connections=({"ip": ADDRESS, "port": 40_123, "at": "2026-11-01T10:00:00+01:00"},),
            url=URL,
        )
        ad = self.house.receive_ad.receive(self.site, given).ad
        changed = {"title": WORDS["title"], "body": f"{WORDS['body']}, call {PHONE}"}
        self.house.receive_ad.revise(
            self.site,
            Submission(external_id=name, text={**changed, "note": WORDS["note"]}, url=URL),
        )
        self.house.place_ad(
            self.site,
            PlacementNews(
                external_id=name,
                kind=PlacementKind.PUBLISHED,
                url=URL,
                place={"country": "US", "address": WORDS["street"]},
            ),
        )
        self.house.outbox(SCREENING_LANE, "test").drain()
        return ad

    def alert(self, name: str) -> None:
        told = {"ad": name, "text": WORDS["alerter"], "about": {"contacts": [PHONE]}}
        command = read_alert(told, nonce=self.house.receive_alert.new_nonce())
        self.house.receive_alert(self.site, command)

    def case_of(self, ad: AdId) -> Any:
        return self.house.store.read(lambda work: work.cases.cases_of(self.site, ad, 1))[0]

    def report(self, *ads: AdId) -> None:
        """Decided, and filed with the TEST receiver."""
        choice = Choice(
            kind=DecisionKind.REPORT,
            ads=ads[:1],
            reason=WORDS["reason"],
            basis=(Basis(kind=BasisKind.STATED_AGE, words=WORDS["body"]),),
            urgent=True,
            urgent_reason=f"tonight, {WORDS['reason']}",
            linked=tuple(LinkedAd(ad=ad, reason="the same phone") for ad in ads[1:]),
        )
        self.house.decide_case(self.site, ANA, self.case_of(ads[0]).id, choice)
        self.house.outbox(FILING_LANE, "test").drain()
        (duty,) = self.house.store.read(lambda work: work.reports.latest(self.site, 10))
        assert duty.status is Status.FINISHED, duty.why

    def erase(self, ad: AdId) -> Any:
        erase = EraseAd(self.house.store)
        assert not erase(self.site, SAM, ad, "asked by the poster").done
        return erase(self.site, SUE, ad, "asked by the poster")

    def on_disk(self) -> dict[str, set[str]]:
        """Files of the home and the database in which any of it stands."""
        found = {}
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.name.startswith("there."):  # the far side's
                here = found_in(path.read_bytes(), NEEDLES)
                if here:
                    found[path.name] = here
        return found


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[Room]:
    receiver = ReceiverSettings(port=0, db_path=tmp_path / "there.receiver")
    with started_receiver(receiver, SystemTime()) as running:
        settings = Settings(
            home=tmp_path / "home",
            database=database_url,
            receiver_port=running.port,
            lease_ms=20_000,
            tipline_seconds=5,
        )
        make_home(settings, synthetic=True).close()
        time = HandTime()
        house = open_house(settings, time=time)
        yield Room(house, time, tmp_path)
        house.close()


def opened(room: Room) -> list[tuple[Mapping[str, Any], dict[str, tuple[bytes, bytes]], bytes]]:
    """Each event's envelope, its groups that still open, and its leaf hash; commitments checked."""

    def read(work: Any) -> list[Any]:
        rows = work.conn.execute(select(core.event)).all()
        groups = work.groups_of([row.event_id for row in rows])
        return [(row, groups[row.event_id]) for row in rows]

    found = []
    for row, groups in room.house.store.read(read):
        leaf = b"\x01" + hmac_sha256(row.ek, b"answerable/event/v1\x00" + row.envelope)
        assert hashlib.sha256(b"\x00" + leaf).digest() == row.leaf_hash
        envelope = json.loads(row.envelope)
        for name, (secret, body) in groups.items():
            key = hmac_sha256(secret, b"answerable/commit-key/v1\x00")
            said = hmac_sha256(key, f"answerable/group/v1\x00{name}\x00".encode() + body)
            assert base64.b64encode(said).decode() == envelope["groups"][name]
        found.append((envelope, groups, row.leaf_hash))
    return found


def words_opened(room: Room) -> set[str]:
    bodies = b"\n".join(body for _, groups, _ in opened(room) for _, body in groups.values())
    return found_in(bodies, EVERYTHING)


def test_an_erased_ads_words_stand_nowhere_and_its_commitments_verify(room: Room) -> None:
    ad = room.ad("ad-1")
    room.alert("ad-1")
    room.report(ad)
    before = opened(room)
    assert words_opened(room) >= {*WORDS.values(), PHONE, MAIL, ADDRESS}
    plain = places_of(room.house.store, NEEDLES)
    assert set(plain) == {"contact.value", "ad.url", "placement.url", "ad.account_id"}
    if room.house.store.engine.dialect.name == "sqlite":
        assert room.on_disk(), "the look itself works: contacts and URLs stand in plain columns"

    with pytest.raises(Refusal, match="hold"):
        EraseAd(room.house.store)(room.site, SAM, ad, "asked by the poster")
    room.time.pass_(400 * DAY)
    outcome = room.erase(ad)
    assert outcome.done

    assert words_opened(room) == set()
    assert places_of(room.house.store, NEEDLES) == {}
    after = opened(room)
    assert [each[0] for each in after[: len(before)]] == [each[0] for each in before]
    assert [each[2] for each in after[: len(before)]] == [each[2] for each in before]
    erased = {
        leaf.hex()
        for (_, groups, leaf), (_, left, _) in zip(before, after, strict=False)
        if set(left) < set(groups)
    }
    assert erased == set(outcome.leaves)
    lost = {
        name
        for (_, groups, _), (_, left, _) in zip(before, after, strict=False)
        for name in set(groups) - set(left)
    }
    assert lost <= CONTENT_GROUPS
    room.time.pass_(2 * DAY)
    room.house.files.sweep(room.house.store.now())
    assert list((room.folder / "home" / "objects").rglob("*/*")) == []
    if room.house.store.engine.dialect.name == "sqlite":
        assert room.house.store.scrub()
        assert not room.house.store.scrub(), "once for each erasure"
    assert room.on_disk() == {}


def test_a_disposal_leaves_no_word_either(room: Room) -> None:
    """Listed by the schedule, signed by two, done by the job: the same as an erasure."""
    ad = room.ad("ad-1")
    room.alert("ad-1")
    room.report(ad)
    keeping = room.house.keeping
    room.time.pass_(91 * DAY)
    assert keeping.propose_disposal(room.site) is None, "a report keeps everything for a year"
    room.time.pass_(400 * DAY)
    room.house.place_ad(room.site, PlacementNews(external_id="ad-1", kind=PlacementKind.EXPIRED))
    room.time.pass_(181 * DAY)
    before = opened(room)
    batch = keeping.propose_disposal(room.site)
    assert batch is not None
    for who in (SAM, SUE):
        keeping.sign_disposal(room.site, who, batch.id, batch.digest)
    while keeping.perform_disposal(room.site):
        pass
    assert words_opened(room) == set()
    assert places_of(room.house.store, NEEDLES) == {}
    assert [each[2] for each in opened(room)[: len(before)]] == [each[2] for each in before]
    room.time.pass_(2 * DAY)
    room.house.files.sweep(room.house.store.now())
    assert list((room.folder / "home" / "objects").rglob("*/*")) == []
    if room.house.store.engine.dialect.name == "sqlite":
        assert room.house.store.scrub(), "a disposal is an erasure"
    assert room.on_disk() == {}
    assert keeping.propose_disposal(room.site) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_page_of_the_file_keeps_a_copy_of_what_was_erased(
    store: Store, database_url: str
) -> None:
    """Named for scraps: `secure_delete` blanks a row where it stands, not where it once stood."""
    file = Path(database_url.removeprefix("sqlite:///"))

    def fill(work: Any, start: int) -> None:
        for number in range(start, 2_000, 7):
            found = FoundContact(kind="email", value=f"quixotic{number}@example.com", field="body")
            work.screening.put_contacts(SITE, AdId(f"ad-{number}"), 0, [found])

    def on_disk() -> set[int]:
        raw = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
        return {int(number) for number in re.findall(rb"quixotic(\d+)@", raw)}

    for start in range(7):
        store.run(lambda work, start=start: fill(work, start))
    assert on_disk() == set(range(2_000))
    for number in range(0, 2_000, 3):
        store.run(lambda work, n=number: work.screening.erase(SITE, AdId(f"ad-{n}")))
    assert not store.scrub(), "no erasure was recorded"
    assert store.scrub(anyway=True)
    assert on_disk() == {number for number in range(2_000) if number % 3}


def test_one_ads_erasure_leaves_every_other_word(room: Room) -> None:
    ad = room.ad("ad-1")
    kept = "a green bike with a bell"
    other = room.house.receive_ad.receive(
        room.site, Submission(external_id="ad-2", text={"body": f"{kept}, call {PHONE}"})
    )
    room.house.outbox(SCREENING_LANE, "test").drain()
    room.report(ad)
    room.time.pass_(400 * DAY)
    room.erase(ad)
    assert words_opened(room) == {PHONE}  # the other ad's own
    assert places_of(room.house.store, NEEDLES) == {"contact.value": {"+12025550143"}}
    event = room.house.store.read(lambda work: work.recorded(other.event_id)).event
    assert event.text["body"].startswith(kept)  # type: ignore[attr-defined]


def test_words_of_a_case_go_with_the_last_of_its_ads(room: Room) -> None:
    """Named for words that stayed: each ad kept the case's words for the other, erased before."""
    ads = [room.ad("ad-1"), room.ad("ad-2", sign="no sign")]
    room.report(*ads)
    room.time.pass_(400 * DAY)
    room.erase(ads[0])
    assert WORDS["reason"] in words_opened(room)
    room.erase(ads[1])
    assert words_opened(room) == set()
    assert places_of(room.house.store, NEEDLES) == {}


@pytest.mark.parametrize("state", ["alerted", "decided", "reported"])
def test_under_a_hold_nothing_is_erased(room: Room, state: str) -> None:
    ad = room.ad("ad-1")
    room.alert("ad-1")
    if state == "decided":
        choice = Choice(kind=DecisionKind.REMOVE, ads=(ad,), reason="read twice")
        room.house.decide_case(room.site, ANA, room.case_of(ad).id, choice)
    if state == "reported":
        room.report(ad)
    before, plain = opened(room), places_of(room.house.store, NEEDLES)
    for who in (SAM, SUE, SAM):
        with pytest.raises(Refusal):
            EraseAd(room.house.store)(room.site, who, ad, "asked by the poster")
    assert opened(room) == before
    assert places_of(room.house.store, NEEDLES) == plain


def test_one_person_alone_erases_nothing(room: Room) -> None:
    ad = room.ad("ad-1")
    choice = Choice(kind=DecisionKind.REMOVE, ads=(ad,), reason="read twice")
    room.house.decide_case(room.site, ANA, room.case_of(ad).id, choice)
    room.time.pass_(400 * DAY)
    before = words_opened(room)
    erase = EraseAd(room.house.store)
    for _ in range(3):
        with suppress(Refusal):
            assert not erase(room.site, SAM, ad, "asked by the poster").done
        room.time.pass_(MINUTE)
    assert words_opened(room) == before


def test_what_comes_of_an_erased_ad_later_brings_no_word_back(room: Room) -> None:
    """A re-check and an expiry, with the words gone."""
    ad = room.ad("ad-1")
    room.report(ad)
    room.time.pass_(400 * DAY)
    room.erase(ad)
    room.house.recheck(room.site, ad)
    room.house.outbox(SCREENING_LANE, "test").drain()
    room.house.place_ad(room.site, PlacementNews(external_id="ad-1", kind=PlacementKind.EXPIRED))

    def performed(work: Any) -> list[ErasurePerformed]:
        chain = work.chain_of(room.site, work.ads.get(room.site, ad).closed_subject)
        return [r.event for r in chain if isinstance(r.event, ErasurePerformed)]

    assert len(room.house.store.read(performed)) == 1
    assert words_opened(room) == set()
    assert places_of(room.house.store, NEEDLES) == {}
