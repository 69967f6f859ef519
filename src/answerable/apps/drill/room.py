"""The room of the drill: time moved by hand, staff, sources, a site that obeys, sweeps."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.access.decide import actor_of
from answerable.access.model import Actor, Role
from answerable.ads.directives_service import OverdueSweep
from answerable.ads.sections import CloseDue
from answerable.alerts.decide import read_alert
from answerable.alerts.model import AlertAnswer
from answerable.alerts.sources import Kind, Sender, Signed, signing_text
from answerable.apps.factwiring import FACTS_LANE
from answerable.apps.founding import founder, make_home
from answerable.apps.settings import Settings
from answerable.apps.wiring import (
    BELLS_LANE,
    FILING_LANE,
    SCREENING_LANE,
    SECTION_LANE,
    SITE_LANE,
    WATCH_LANE,
    House,
    open_house,
)
from answerable.cases.model import Case
from answerable.escalation.model import Rank
from answerable.kernel.canonical import canonical_bytes
from answerable.kernel.ids import ID_BYTES, AdId, spell_id
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import DAY, HOUR, SECOND, Millis
from answerable.watches.hearing import EndExpired

STAFF = {
    "ana": Role.REVIEWER,
    "ben": Role.REVIEWER,
    "cleo": Role.SENIOR,
    "finn": Role.SENIOR,
}
LANES = (
    SCREENING_LANE,
    SITE_LANE,
    SECTION_LANE,
    BELLS_LANE,
    WATCH_LANE,
    FACTS_LANE,
    FILING_LANE,
)
ALERTS_PATH = "/v1/alerts"


class HandTime:
    """Time that stands still until somebody moves it."""

    def __init__(self, start: Millis) -> None:
        self._now = start

    def now(self) -> Millis:
        return self._now

    def move_to(self, at: int) -> None:
        """Never backwards."""
        self._now = Millis(max(self._now, at))


class LuckyIds:
    """Ids from a seed: for a home that nobody keeps, where nothing has to be hard to guess."""

    def __init__(self, luck: Random) -> None:
        self._luck = luck

    def new(self) -> str:
        return spell_id(self._luck.randbytes(ID_BYTES))

    def secret(self) -> bytes:
        return self._luck.randbytes(32)


class Room:
    """One house with its people. `hourly` is called at each whole hour, after the sweeps."""

    def __init__(self, settings: Settings, time: HandTime, luck: Random) -> None:
        start = time.now()
        self.time, self.luck, self.start = time, luck, start
        self.hourly: Callable[[], None] = lambda: None
        self._next_hour, self._read = start + HOUR, 0
        self._keys: dict[Kind, tuple[str, Ed25519PrivateKey]] = {}
        made = make_home(settings, synthetic=True, time=self.time)
        made.close()
        self.house: House = open_house(settings, time=self.time, ids=LuckyIds(luck))
        self.site = self.house.site
        self.staff: dict[str, Actor] = {}
        self._hire()

    def _hire(self) -> None:
        """Staff that nobody can log in as, the rota, the registered sources, US and GB duties."""
        house, admin = self.house, founder(self.house)
        for login, role in STAFF.items():
            hired = house.create_staff(
                self.site,
                admin,
                login=login,
                name=login.title(),
                organisation="site",
                roles=frozenset({role}),
                password=Sealed(self.luck.randbytes(16).hex(), label="drill password"),
            )
            self.staff[login] = actor_of(hired)
        ends = Millis(self.start + 14 * DAY)
        for login, rank in (("ben", Rank.ON_CALL), ("cleo", Rank.HEAD)):
            house.rota.add(self.site, admin, self.staff[login].id, rank, self.start, ends)
        house.serve(self.site, admin, ("US", "GB"), "the drill plays a site that is read there")
        for kind in (Kind.FLAGGER, Kind.POLICE, Kind.HOTLINE):
            key = Ed25519PrivateKey.from_private_bytes(self.luck.randbytes(32))
            source = house.care.register_source(
                self.site,
                admin,
                kind=kind,
                organisation=f"Example {kind.value}",
                contact=f"{kind.value}@example.org",
                how="called back at the number of its own page",
                key=key.public_key().public_bytes_raw(),
            )
            self._keys[kind] = (source.id, key)

    # time

    def until(self, at: int) -> None:
        """Let time pass up to `at` ms; at each whole hour the sweeps run and the hour's work."""
        while self._next_hour <= at:
            self.time.move_to(self._next_hour)
            self._next_hour += HOUR
            self.work()
            self.hourly()
        self.time.move_to(at)
        self.work()

    def work(self) -> None:
        """What the app's own threads do by themselves, once."""
        house, site = self.house, self.site
        OverdueSweep(house.store)(site)
        house.ring_bells(site)
        EndExpired(house.store)(site)
        house.lapse_proposals(site)
        house.care.sweep()
        CloseDue(house.store)(site)
        for lane in LANES:
            house.outbox(lane, "drill").drain()

    def obey(self) -> None:
        """The site reads its feed to the end and says that it has done everything in it."""
        while True:
            page = self.house.feed(self.site, self._read)
            if not page.directives:
                return
            now = self.time.now()
            self.house.acknowledge.all(self.site, [(d.id, now) for d in page.directives])
            self._read = page.next

    def soon(self) -> None:
        """The site needs half a minute to four minutes to do what it is told."""
        self.until(self.time.now() + self.luck.randrange(30, 240) * SECOND)
        self.obey()
        self.work()

    # alerts

    def alert(self, said: dict[str, object], by: Kind | None = None) -> AlertAnswer:
        """By anybody, or signed by a registered source."""
        nonce = self.house.receive_alert.new_nonce()
        sender = None if by is None else self._signed(by, said, nonce)
        command = read_alert(said, nonce=nonce if sender is None else sender.nonce or nonce)
        return self.house.receive_alert(self.site, command, sender)

    def _signed(self, kind: Kind, said: dict[str, object], nonce: str) -> Sender:
        """The request, signed by the source's key and checked as the door checks it."""
        source, key = self._keys[kind]
        unsigned = Signed(
            source=source,
            at=self.time.now(),
            nonce=nonce,
            signature=b"",
            path=ALERTS_PATH,
            body_sha256=hashlib.sha256(canonical_bytes(said)).hexdigest(),  # type: ignore[arg-type]
        )
        sent = replace(unsigned, signature=key.sign(signing_text(self.site, unsigned)))
        return self.house.care.know_sender.by_signature(self.site, sent)

    # cases

    def case_of(self, ad: AdId) -> Case:
        """The newest case with this ad."""
        return self.house.store.read(lambda w: w.cases.cases_of(self.site, ad, 1))[0]

    def acknowledge_bells(self, by: Actor) -> int:
        """Whoever is at work has heard what rings. How many clocks."""
        ringing = {bell.case for bell in self.house.read_bells(self.site, by) if bell.rings}
        return sum(self.house.acknowledge_bells(self.site, by, case) for case in sorted(ringing))

    def hour_of_day(self) -> int:
        return (self.time.now() // HOUR) % 24

    def close(self) -> None:
        self.house.close()
