"""A home with its console, without background threads: each step of the story is taken by hand."""

import re
import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from tests.databases import HandTime

from answerable.access.decide import actor_of
from answerable.access.model import Actor, Role
from answerable.adapters.passwords import Argon2Passwords
from answerable.ads.model import Channel, PlacementKind, PlacementNews, Submission
from answerable.alerts.model import About, AlertAnswer, AlertCommand, Alerter, Reason
from answerable.alerts.model import Role as Says
from answerable.apps.api.app import create_app
from answerable.apps.console.wiring import console_routes
from answerable.apps.founding import founder, make_home
from answerable.apps.public.pages import public_routes
from answerable.apps.settings import Settings
from answerable.apps.wiring import SCREENING_LANE, House, open_house
from answerable.cases.model import Case
from answerable.kernel.ids import AdId, CaseId
from answerable.kernel.sealed import Sealed

PASSWORD = "correct horse battery staple"
STAFF = {
    "ana": Role.REVIEWER,
    "ben": Role.REVIEWER,
    "cleo": Role.SENIOR,
    "dora": Role.AUDITOR,
    "edda": Role.ADMIN,
    "finn": Role.SENIOR,
}
ACCOUNT = {
    "id": "acc-1",
    "created": "2026-03-01T08:00:00+01:00",
    "names": ["Kim Example"],
    "emails": [{"address": "kim@example.com", "verified_at": "2026-03-01T08:05:00+01:00"}],
    "phones": [{"number": "+12025550123", "verified_at": None}],
    "profile_url": None,
}
CONNECTION = {
    "ip": "192.0.2.7",
    "port": 40123,
    "at": "2026-11-01T10:00:00+01:00",
    "event": "upload",
    "proxy": False,
    "device": None,
}


def png(width: int = 8, height: int = 6) -> bytes:
    """A drawn picture: two flat colours."""
    rows = b"".join(
        b"\x00" + (b"\x20\x60\x70" if y < height // 2 else b"\xe0\xc0\x40") * width
        for y in range(height)
    )

    def chunk(kind: bytes, body: bytes) -> bytes:
        whole = kind + body
        return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


class Room:
    """One home, its house and its pages."""

    def __init__(self, house: House, time: HandTime) -> None:
        self.house, self.time = house, time
        self.app = create_app(house, holder="test", more=(console_routes, public_routes))
        house.__dict__["passwords"] = Argon2Passwords(cheap=True)

    def stranger(self) -> TestClient:
        return TestClient(self.app, follow_redirects=False)

    def browser(self, login: str = "ana") -> "Browser":
        return Browser(self, login)

    def ad(self, external_id: str, text: Mapping[str, str], **more: Any) -> AdId:
        """Received and screened."""
        submission = Submission(external_id=external_id, text=text, **more)
        submitted = self.house.receive_ad.receive(self.house.site, submission)
        self.screen()
        return submitted.ad

    def revise(self, external_id: str, text: Mapping[str, str], **more: Any) -> None:
        self.house.receive_ad.revise(
            self.house.site, Submission(external_id=external_id, text=text, **more)
        )
        self.screen()

    def place(self, external_id: str, url: str) -> None:
        news = PlacementNews(
            external_id=external_id,
            kind=PlacementKind.PUBLISHED,
            section="bikes",
            place={"city": "Springfield"},
            channel=Channel.WEB,
            url=url,
        )
        self.house.place_ad(self.house.site, news)
        self.screen()

    def screen(self) -> None:
        self.house.outbox(SCREENING_LANE, "test").drain()

    def alert(
        self, ad: str | None, text: str = "please look", *, about: About | None = None
    ) -> AlertAnswer:
        command = AlertCommand(
            ad=ad,
            about=about or About(),
            text=text,
            reasons=(Reason.MINOR_SUSPECTED,),
            alerter=Alerter(role=Says.FAMILY),
            nonce=self.house.receive_alert.new_nonce(),
        )
        return self.house.receive_alert(self.house.site, command)

    def cases(self) -> tuple[Case, ...]:
        return self.house.store.read(lambda w: w.cases.queue(self.house.site, 500))

    def case(self, name: CaseId) -> Case:
        return self.house.store.read(lambda w: w.cases.get(self.house.site, name))

    def case_of(self, ad: AdId) -> Case:
        return self.house.store.read(lambda w: w.cases.cases_of(self.house.site, ad, 1))[0]


def staff(room: Room, login: str) -> Actor:
    """One of STAFF, as the services know them."""
    everyone = room.house.store.read(lambda w: w.access.everyone(room.house.site, 50))
    return actor_of(next(one for one in everyone if one.login == login))


class Browser:
    """Somebody who is logged in. Forms carry the key of the page, as a browser sends it."""

    def __init__(self, room: Room, login: str) -> None:
        self.client = room.stranger()
        answer = self.client.post(
            "/console/login", data={"login": login, "password": PASSWORD, "next": ""}
        )
        assert answer.status_code == 303, answer.text
        self.start = answer.headers["location"]
        self._key = ""

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text[:2000])
        found = re.search(r'name="form_key" value="([0-9a-f]+)"', answer.text)
        if found:
            self._key = found[1]
        return answer.text

    def key(self) -> str:
        if not self._key:
            self.get("/console/health")
        return self._key

    def post(self, path: str, fields: Mapping[str, Any] | None = None, status: int = 303) -> Any:
        answer = self.client.post(path, data={"form_key": self.key(), **(fields or {})})
        assert answer.status_code == status, (answer.status_code, plain(answer.text)[:2000])
        return answer


def plain(html: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def found(settings: Settings, *, synthetic: bool) -> None:
    """A home with its staff."""
    house = make_home(settings, synthetic=synthetic)
    house.__dict__["passwords"] = Argon2Passwords(cheap=True)
    for login, role in STAFF.items():
        house.create_staff(
            house.site,
            founder(house),
            login=login,
            name=login.title(),
            organisation="site",
            roles=frozenset({role}),
            password=Sealed(PASSWORD, label="test password"),
        )
    house.close()


@cache
def _template(synthetic: bool) -> tempfile.TemporaryDirectory[str]:
    """A home, made once for this test process and copied for each room."""
    folder = tempfile.TemporaryDirectory(prefix="answerable-console-")
    found(Settings(home=Path(folder.name) / "home"), synthetic=synthetic)
    return folder


def founded(folder: Path, *, synthetic: bool, **told: Any) -> Settings:
    """The settings of a home of its own, with its staff."""
    settings = Settings(home=folder / "home", **told)
    if settings.database:
        found(settings, synthetic=synthetic)
    else:
        shutil.copytree(Path(_template(synthetic).name) / "home", settings.home)
    return settings


@contextmanager
def room(folder: Path, *, synthetic: bool = True, **told: Any) -> Iterator[Room]:
    """Time stands still unless `room.time.pass_` says otherwise."""
    settings = founded(folder, synthetic=synthetic, **told)
    time = HandTime()
    house = open_house(settings, time=time)
    try:
        yield Room(house, time)
    finally:
        house.close()
