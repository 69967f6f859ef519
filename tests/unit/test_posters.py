"""Posters against a local double of the Poster API: text alone, whole or not at all."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.databases import HandTime
from tests.unit.watch_room import Street, new_house

from answerable.adapters.posters.client import PAGE, PosterClient, read_poster
from answerable.apps.settings import Settings
from answerable.apps.watching import AGAIN, EVERY, ReadPosters, posters_of
from answerable.apps.wiring import House
from answerable.kernel.errors import Breach, Outage, Refusal
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import DAY
from answerable.watches.model import Role, Status, TermKind, Watch, Why
from answerable.watches.posters import Became, Poster, SyncPosters

BASE = "https://posters.example.org/api"
SECRET = "not for logs"


def child(first: str, last: str, city: str = "Springfield", **more: Any) -> dict[str, Any]:
    return {
        "firstName": first,
        "lastName": last,
        "missingCity": city,
        "missingState": "IL",
        "photos": [{"md5": "0" * 32}],
        "heightInInches": 60.5,
        **more,
    }


def poster(case: str, *children: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": f"id-{case}",
        "organizationCode": "NCMC",
        "caseNumber": case,
        "children": list(children),
        "contacts": [{"name": "Example police", "phone": "202-555-0100"}],
        **more,
    }


class Double:
    """The Poster API, as far as it is known: a token for a day, and pages."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.tokens = 0
        self.good: set[str] = set()
        self.spoil: Callable[[dict[str, Any], int], Any] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api")
        self.asked.append(f"{request.method} {path}")
        if path == "/Auth/Token":
            said = json.loads(request.content)
            if said != {"clientId": "us", "clientSecret": SECRET}:
                return httpx.Response(401)
            self.tokens += 1
            self.good = {f"token-{self.tokens}"}
            return httpx.Response(200, json={"accessToken": f"token-{self.tokens}"})
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.good:
            return httpx.Response(401)
        if path != "/Posters":
            return httpx.Response(404)
        skip, limit = int(request.url.params["skip"]), int(request.url.params["limit"])
        page = {"posters": self.rows[skip : skip + limit], "count": len(self.rows)}
        if self.spoil is not None:
            spoilt = self.spoil(page, skip)
            return (
                spoilt if isinstance(spoilt, httpx.Response) else httpx.Response(200, json=spoilt)
            )
        return httpx.Response(200, json=page)

    def client(self, secret: str = SECRET) -> PosterClient:
        return PosterClient(
            BASE, "us", Sealed(secret, label="secret"), transport=httpx.MockTransport(self)
        )


# The client


@pytest.mark.parametrize(
    "url",
    [
        "http://posters.example.org",
        "https://",
        "posters.example.org",
        "https://a.example.org?x=1",
        "",
    ],
)
def test_only_an_https_address_that_was_given_is_taken(url: str) -> None:
    with pytest.raises(Refusal, match="https"):
        PosterClient(url, "us", Sealed(SECRET, label="secret"))


def test_nobody_is_asked_by_default() -> None:
    assert posters_of(Settings()) is None
    with pytest.raises(Refusal):
        posters_of(Settings(posters_url="http://127.0.0.1:9"))


def test_every_page_is_read_and_no_picture() -> None:
    double = Double()
    double.rows = [poster(str(n), child("Kim", f"Example{n}")) for n in range(2 * PAGE + 7)]
    found = double.client().posters()
    assert len(found) == 2 * PAGE + 7
    assert found[0] == Poster(number="NCMC0", names=("Kim Example0",), places=("Springfield, IL",))
    assert double.asked == ["POST /Auth/Token", *["GET /Posters"] * 3]


def test_a_token_that_is_over_is_asked_for_again_and_a_wrong_secret_is_for_a_person() -> None:
    double = Double()
    double.rows = [poster("1", child("Kim", "Example"))]
    client = double.client()
    client.posters()
    double.good = set()
    assert len(client.posters()) == 1
    assert double.tokens == 2
    with pytest.raises(Breach, match="client id"):
        double.client("wrong").posters()
    assert SECRET not in repr(vars(client))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda page, skip: page["posters"],
        lambda page, skip: {"posters": page["posters"]},
        lambda page, skip: {**page, "count": "3"},
        lambda page, skip: {**page, "count": page["count"] + 1},
        lambda page, skip: {**page, "count": page["count"] + skip},
        lambda page, skip: {**page, "posters": page["posters"] if skip == 0 else []},
        lambda page, skip: {**page, "posters": [{"children": []}]},
        lambda page, skip: {**page, "posters": [page["posters"][0]] * len(page["posters"])},
        lambda page, skip: {"posters": [], "count": 10**9},
        lambda page, skip: httpx.Response(500),
        lambda page, skip: httpx.Response(
            302, headers={"location": "https://elsewhere.example.org"}
        ),
        lambda page, skip: httpx.Response(200, content=b"{"),
        lambda page, skip: httpx.Response(200, content=b"[" * 100_000),
    ],
)
def test_a_list_that_is_not_whole_is_no_list(spoil: Callable[[dict[str, Any], int], Any]) -> None:
    double = Double()
    double.rows = [poster(str(n), child("Kim", f"Example{n}")) for n in range(PAGE + 3)]
    double.spoil = spoil
    with pytest.raises(Outage):
        double.client().posters()


def test_a_source_that_is_not_there_is_an_outage() -> None:
    def dead(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    client = PosterClient(
        BASE, "us", Sealed(SECRET, label="s"), transport=httpx.MockTransport(dead)
    )
    with pytest.raises(Outage):
        client.posters()


def test_what_a_poster_says() -> None:
    read = read_poster(
        poster(
            "12",
            child("Kim", "Example", middleName="Lou", aliases=["Kimmy", 7, " "]),
            {"firstName": "Lee", "lastName": None, "missingCity": 5},
            companions=[child("Max", "Muster", "Fresno", missingState="")],
        )
    )
    assert read.number == "NCMC12"
    assert read.names == ("Kim Example", "Kim Lou Example", "Kimmy", "Max Muster")
    assert read.places == ("Springfield, IL", "Fresno")


# Posters as watches


@pytest.fixture
def time() -> HandTime:
    return HandTime()


@pytest.fixture
def house(database_url: str, tmp_path: Path, time: HandTime) -> Iterator[House]:
    made = new_house(tmp_path, database_url, time)
    yield made
    made.close()


class Wall:
    """The wall of posters, and who reads it."""

    def __init__(self, street: Street) -> None:
        self.street, self.double = street, Double()
        house = street.house
        self.sync = SyncPosters(house.store, house.ids, house.watch_index, self.double.client())

    def read(self) -> dict[Became, int]:
        return dict(self.sync(self.street.site))

    def running(self) -> list[Watch]:
        return [one for one in self.street.watches(Status.RUNNING) if one.role is Role.POSTERS]


@pytest.fixture
def wall(house: House, time: HandTime) -> Wall:
    return Wall(Street(house, time))


def test_a_poster_is_one_watch_however_often_it_is_read(wall: Wall) -> None:
    wall.double.rows = [poster("1", child("Kim", "Example")), poster("2", child("Lee", "Sample"))]
    assert wall.read() == {Became.ASKED: 2}
    assert wall.read() == {Became.KEPT: 2}
    first, second = wall.running()
    assert {first.reference, second.reference} == {"NCMC1", "NCMC2"}
    assert first.organisation == "ncmec-posters"
    assert set(first.kinds) == {TermKind.NAME, TermKind.PLACE}
    wall.street.search()
    hit = wall.street.ad(
        "ad-1", account={"id": "a", "names": ["kim example"]}, place={"city": "Springfield"}
    )
    wall.street.ad("ad-2", "Kim Example", place={"city": "Springfield"})
    wall.street.ad("ad-3", "Call 202-555-0100")
    wall.street.screen()
    assert {ad for _, ad, _ in wall.street.matches()} == {hit}, "no agency's phone, no other words"


def test_a_poster_that_is_gone_ends_its_watch_and_one_that_stands_never_runs_out(
    wall: Wall,
) -> None:
    wall.double.rows = [poster("1", child("Kim", "Example")), poster("2", child("Lee", "Sample"))]
    wall.read()
    wall.street.time.pass_(61 * DAY)
    del wall.double.rows[1]
    assert wall.read() == {Became.RENEWED: 1, Became.ENDED: 1}
    (left,) = wall.running()
    assert left.reference == "NCMC1"
    assert left.ends == wall.street.time.now() + 90 * DAY
    (gone,) = wall.street.watches(Status.ENDED)
    assert gone.why is Why.SOURCE_GONE
    wall.double.rows.append(poster("2", child("Lee", "Sample")))
    assert wall.read() == {Became.KEPT: 1, Became.ASKED: 1}


def test_a_poster_that_changed_is_looked_for_as_it_now_is(wall: Wall) -> None:
    wall.double.rows = [poster("1", child("Kim", "Example"))]
    wall.read()
    wall.double.rows = [poster("1", child("Kim", "Example", aliases=["Lou Lantern"]))]
    assert wall.read() == {Became.REPLACED: 1}
    (now,) = wall.running()
    assert now.kinds.count(TermKind.NAME) == 2
    wall.double.rows = [poster("1", child("Kim", "Example", city=""))]
    assert wall.read() == {Became.TOO_LITTLE: 1}
    assert wall.running() == []


def test_a_list_that_did_not_come_or_is_empty_ends_nothing(wall: Wall) -> None:
    wall.double.rows = [poster("1", child("Kim", "Example"))]
    wall.read()
    wall.double.spoil = lambda page, skip: httpx.Response(503)
    with pytest.raises(Outage):
        wall.read()
    wall.double.spoil, wall.double.rows = None, []
    with pytest.raises(Outage, match="not believed"):
        wall.read()
    assert len(wall.running()) == 1


def test_what_does_not_answer_is_asked_again_later(wall: Wall) -> None:
    wall.double.rows = [poster("1", child("Kim", "Example"))]
    wall.double.spoil = lambda page, skip: httpx.Response(503)
    time = wall.street.time
    reading = ReadPosters(wall.sync, time.now, wall.street.site)

    def asked() -> int:
        before = wall.double.asked.count("GET /Posters")
        reading.step()
        return wall.double.asked.count("GET /Posters") - before

    assert [asked(), asked()] == [1, 0]
    wall.double.spoil = None
    time.pass_(AGAIN)
    assert [asked(), asked()] == [1, 0]
    assert len(wall.running()) == 1
    time.pass_(EVERY - 1)
    assert asked() == 0
    time.pass_(1)
    assert asked() == 1
