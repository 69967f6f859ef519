"""The example site before the real API: it shows only what it was told to publish, and obeys.

No thread runs by itself here: each test tells, screens and obeys step by step.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from tests.unit.console_room import PASSWORD, Room, room

from answerable.access.model import Scope
from answerable.adapters.probe import HttpProbe
from answerable.ads.directives import Directive, DirectiveState
from answerable.ads.directives_service import Observe, OverdueSweep
from answerable.ads.model import AdState, Submission
from answerable.ads.origins import RegisterOrigin
from answerable.apps.example_site.app import ExampleSite
from answerable.apps.example_site.client import ApiClient
from answerable.apps.example_site.settings import SiteSettings
from answerable.apps.founding import founder
from answerable.cases.model import Basis, BasisKind, Choice, DecisionKind
from answerable.events.ads import AdPlaced, AdReceived
from answerable.events.directives import DirectiveObserved, DirectiveOverdue
from answerable.events.duties.clocks import APPEAL_PERIOD
from answerable.kernel.errors import Outage
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import MINUTE, iso

pytestmark = pytest.mark.slow  # a whole house with its database for each test

SRC = Path(__file__).resolve().parents[2] / "src" / "answerable" / "apps" / "example_site"
BIKE = {"title": "City bike, three gears", "body": "Rides well. Call +1 202-555-0142."}
SIGN = "Ask for bluelantern."


class Lines:
    """The wire between site and API. A test may cut it: before the call, or after its effect."""

    def __init__(self, room: Room, token: str) -> None:
        self._inner = TestClient(
            room.app,
            base_url="http://answerable.test",
            headers={"Authorization": f"Bearer {token}"},
        )
        self.cut: Callable[[httpx.Request], Exception | None] = lambda _request: None
        self.lost: Callable[[httpx.Request], Exception | None] = lambda _request: None
        self.sent: list[tuple[str, bytes]] = []
        self.client = httpx.Client(
            transport=httpx.MockTransport(self._pass), base_url="http://answerable.test"
        )

    def _pass(self, request: httpx.Request) -> httpx.Response:
        if (fault := self.cut(request)) is not None:
            raise fault
        self.sent.append((request.url.path, request.content))
        kept = {
            name: value
            for name, value in request.headers.items()
            if name in ("content-type", "idempotency-key")
        }
        answer = self._inner.request(
            request.method,
            str(request.url.copy_with(scheme="http", host="answerable.test")),
            content=request.content,
            headers=kept,
        )
        if (fault := self.lost(request)) is not None:
            raise fault
        return httpx.Response(answer.status_code, content=answer.content)


class World:
    """A site, the API it talks to, and a probe that looks at its pages."""

    def __init__(self, room: Room, folder: Path, *, disobey: bool = False) -> None:
        self.room = room
        house = room.house
        both = frozenset({Scope.INTAKE, Scope.DIRECTIVES})
        _, token = house.create_token(house.site, founder(house), "example site", both)
        self.lines = Lines(room, token.open())
        settings = SiteSettings(site_db=folder / "site" / "site.sqlite3", site_disobey=disobey)
        api = ApiClient("", "", poll_ms=0, client=self.lines.client)
        self.site = ExampleSite(settings, room.time, api)
        self.page = TestClient(self.site.app(), follow_redirects=False)
        self.origin = settings.origin
        RegisterOrigin(house.store)(
            house.site, self.origin, f"{self.origin}/api/ads/{{external_id}}"
        )
        probe = HttpProbe(transport=httpx.MockTransport(self._seen))
        self.observe = Observe(house.store, probe)

    def _seen(self, request: httpx.Request) -> httpx.Response:
        answer = self.page.get(request.url.path)
        return httpx.Response(
            answer.status_code, headers=dict(answer.headers), content=answer.content
        )

    def post(self, **more: str) -> str:
        answer = self.page.post("/post", data={**BIKE, "section": "bikes", **more})
        assert answer.status_code == 303
        return str(answer.headers["location"].partition("#")[2])

    def edit(self, name: str, body: str, title: str = BIKE["title"]) -> None:
        answer = self.page.post(f"/ads/{name}/edit", data={"title": title, "body": body})
        assert answer.status_code == 303

    def act(self, name: str, act: str) -> None:
        assert self.page.post(f"/ads/{name}/{act}").status_code == 303

    def tell(self) -> None:
        self.site.obedience.something_to_tell()  # so that it does not wait for news
        self.site.obedience.tell()

    def go_round(self, times: int = 3) -> None:
        """Tell, screen, obey, as often as it takes for nothing more to come of it."""
        for _ in range(times):
            self.tell()
            self.room.screen()
            self.site.obedience.obey()

    def up(self, name: str) -> bool:
        """Up everywhere, or nowhere."""
        places = {
            self.page.get(f"/ads/{name}").status_code == 200,
            self.page.get(f"/api/ads/{name}").status_code == 200,
            f"/ads/{name}" in self.page.get("/").text,
            f'"external_id": "{name}"' in self.page.get("/api/inventory.jsonl").text,
        }
        assert len(places) == 1, "the pages of the site agree"
        return places.pop()

    def shown(self, name: str) -> str:
        return str(self.page.get(f"/api/ads/{name}").json()["text"]["body"])

    def directives(self) -> list[Directive]:
        return list(self.room.house.feed(self.room.house.site, 0).directives)

    def actions(self) -> list[str]:
        return [d.action.value for d in self.directives()]

    def events(self, name: str, kind: type, *, closed: bool = False) -> list[Any]:
        house = self.room.house
        ad = house.store.read(lambda work: work.ads.find(house.site, name))
        assert ad is not None
        subject = ad.closed_subject if closed else ad.open_subject
        chain = house.store.read(lambda work: work.chain_of(house.site, subject))
        return [r.event for r in chain if isinstance(r.event, kind)]


@pytest.fixture
def a_room(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path) as made:
        yield made


@pytest.fixture
def world(a_room: Room, tmp_path: Path) -> Iterator[World]:
    made = World(a_room, tmp_path)
    yield made
    made.site.close()


def test_an_ad_is_up_only_after_it_was_published(world: World) -> None:
    name = world.post(city="Springfield", account="kim", email="kim@example.com")
    assert not world.up(name)
    world.tell()
    assert not world.up(name)
    world.room.screen()
    assert world.actions() == ["publish"]
    assert not world.up(name)
    world.site.obedience.obey()
    assert world.up(name)
    assert world.shown(name) == BIKE["body"]
    (received,) = world.events(name, AdReceived)
    assert received.text == BIKE
    assert received.account["emails"] == [{"address": "kim@example.com"}]
    assert received.connections[0]["ip"] == "192.0.2.10"


def test_the_first_showing_is_placed_once_and_leads_to_no_endless_round(world: World) -> None:
    name = world.post()
    world.go_round(5)
    (placed,) = world.events(name, AdPlaced)
    assert placed.url == f"{world.origin}/ads/{name}"
    assert world.actions() == ["publish", "publish"], "the placement is screened, and that is all"
    assert all(d.state is DirectiveState.ACKNOWLEDGED for d in world.directives())


def test_an_alert_takes_the_ad_down_and_a_probe_sees_it(world: World) -> None:
    name = world.post()
    world.go_round()
    page = world.page.get(f"/ads/{name}").text
    assert f"/alert?ad={world.origin.replace(':', '%3A')}/ads/{name}" in page
    world.room.alert(f"{world.origin}/ads/{name}")
    world.room.time.pass_(700)
    assert world.up(name)
    world.site.obedience.obey()
    assert not world.up(name)
    hide = world.directives()[-1]
    assert (hide.action.value, hide.site_time) == ("hide", world.room.time.now())
    world.observe.sweep(world.room.house.site)
    assert world.directives()[-1].state is DirectiveState.OBSERVED
    assert [e.seen for e in world.events(name, DirectiveObserved, closed=True)][-1] == "down"


@pytest.mark.parametrize("cause", ["alert", "restrict"])
def test_time_that_an_ad_was_down_is_credited_in_the_same_words_for_every_cause(
    world: World, cause: str
) -> None:
    name, house = world.post(), world.room.house
    world.go_round()
    (ana, ben) = (world.room.house.log_in(house.site, n, secret()).actor for n in ("ana", "ben"))
    ad = house.store.read(lambda w: w.ads.find(house.site, name))
    assert ad is not None
    if cause == "alert":
        world.room.alert(name)
        case = world.room.case_of(ad.id)
    else:
        case = house.open_case(house.site, ana, (ad.id,))
        choice = Choice(kind=DecisionKind.RESTRICT, ads=(ad.id,), reason="to be looked at")
        house.decide_case(house.site, ana, case.id, choice)
    world.go_round()
    assert "credited" not in world.page.get("/mine").text
    world.room.time.pass_(61 * MINUTE + 1)
    let_go = Choice(kind=DecisionKind.NO_ACTION, ads=(ad.id,), reason="a bike")
    if cause == "alert":
        waiting = house.propose_decision(house.site, ana, case.id, let_go)
        assert waiting.proposal is not None
        house.second_decision(house.site, ben, case.id, waiting.proposal.decision, "a bike")
    else:
        again = house.open_case(house.site, ana, (ad.id,))
        house.decide_case(house.site, ana, again.id, let_go)
    world.go_round()
    assert world.up(name)
    row = re.search(r'<p class="credit">(.*?)</p>', world.page.get("/mine").text)
    assert row is not None
    assert row[1] == (
        "This ad was checked and is shown again. We are sorry: "
        "62 minutes of paid time are credited to you."
    )


@pytest.mark.parametrize("kind", [DecisionKind.REMOVE, DecisionKind.RESTRICT, DecisionKind.REPORT])
def test_who_is_taken_down_by_a_person_reads_the_same_statement_whatever_was_decided(
    world: World, kind: DecisionKind
) -> None:
    name, house = world.post(), world.room.house
    world.go_round()
    ana = house.log_in(house.site, "ana", secret()).actor
    ad = house.store.read(lambda w: w.ads.find(house.site, name))
    assert ad is not None
    world.room.alert(name)
    world.go_round()
    assert "complain" not in world.page.get("/mine").text, "an alert is no decision"
    case = world.room.case_of(ad.id)
    basis = (Basis(kind=BasisKind.STATED_AGE),) if kind is DecisionKind.REPORT else ()
    choice = Choice(kind=kind, ads=(ad.id,), reason="read it", basis=basis)
    house.decide_case(house.site, ana, case.id, choice)
    world.go_round()
    row = re.search(r'<p class="statement">(.*?)</p>', world.page.get("/mine").text)
    assert row is not None
    until = iso(APPEAL_PERIOD.ends(world.room.time.now()))[:10]
    assert row[1] == (
        "A person took this ad down: it breaks our terms of use. No machine decided that. "
        f"You can complain until {until}."
    )


def secret() -> Sealed[str]:
    return Sealed(PASSWORD, label="test password")


def test_a_site_that_says_yes_and_keeps_the_ad_up_is_found(a_room: Room, tmp_path: Path) -> None:
    world = World(a_room, tmp_path, disobey=True)
    name = world.post()
    world.go_round()
    world.room.alert(name)
    world.site.obedience.obey()
    assert world.up(name)
    house = world.room.house
    world.observe.sweep(house.site)
    seen = world.events(name, DirectiveObserved, closed=True)[-1]
    assert (seen.seen, seen.agrees) == ("up", False)
    world.room.time.pass_(6 * MINUTE)
    assert OverdueSweep(house.store)(house.site) == 1
    (late,) = world.events(name, DirectiveOverdue, closed=True)
    assert late.state == "acknowledged"
    world.site.close()


def test_an_edit_is_shown_once_published_and_a_sign_in_it_takes_the_ad_down(world: World) -> None:
    name = world.post()
    world.go_round()
    world.edit(name, "Rides very well.")
    world.tell()
    assert world.shown(name) == BIKE["body"], "the screened words stay until the new ones are"
    world.go_round()
    assert world.shown(name) == "Rides very well."
    world.edit(name, SIGN)
    world.go_round()
    assert not world.up(name)
    assert world.actions()[-1] in ("withhold", "refuse")


def test_words_the_api_never_took_are_never_shown(world: World) -> None:
    """The site's own count and the API's differ then; what is shown goes by what was screened."""
    name = world.post()
    world.go_round()
    world.edit(name, "x" * 50_001)
    world.go_round()
    assert world.shown(name) == BIKE["body"]
    world.edit(name, "Rides very well.")
    world.go_round()
    assert world.shown(name) == "Rides very well."
    assert [e.revision for e in world.events(name, AdReceived)] == [0, 1]


def test_a_directive_waits_for_the_answer_that_numbers_its_words(world: World) -> None:
    name = world.post()
    world.lines.lost = lambda request: (
        httpx.ReadTimeout("lost", request=request) if request.method == "POST" else None
    )
    with pytest.raises(Outage):
        world.tell()
    world.room.screen()
    with pytest.raises(Outage):
        world.site.obedience.obey()
    assert not world.up(name)
    world.lines.lost = lambda _request: None
    world.go_round(1)
    assert world.up(name)
    assert len(world.events(name, AdReceived)) == 1, "the same key, the same ad"


def test_a_yes_that_was_lost_is_said_again(world: World) -> None:
    name = world.post()
    world.tell()
    world.room.screen()
    world.lines.cut = lambda request: (
        httpx.ConnectError("cut", request=request) if request.url.path.endswith("/acks") else None
    )
    with pytest.raises(Outage):
        world.site.obedience.obey()
    assert world.up(name), "done"
    assert world.directives()[0].state is DirectiveState.ISSUED, "and not yet said"
    world.lines.cut = lambda _request: None
    world.site.obedience.obey()
    assert world.directives()[0].state is DirectiveState.ACKNOWLEDGED


def test_what_its_poster_withdrew_comes_up_again_only_when_renewed(world: World) -> None:
    name = world.post()
    world.tell()
    world.room.screen()
    world.act(name, "withdraw")
    world.go_round()
    assert not world.up(name), "the publish was under way when the poster withdrew"
    house = world.room.house
    ad = house.store.read(lambda work: work.ads.find(house.site, name))
    assert ad is not None
    assert ad.state is AdState.WITHDRAWN
    world.act(name, "renew")
    world.go_round()
    assert world.up(name)


def test_of_ads_it_does_not_have_it_says_only_what_is_true(world: World) -> None:
    """A hidden stranger is not shown here: yes. A published one is not either: no yes."""
    house = world.room.house
    house.receive_ad.receive(house.site, Submission(external_id="other-1", text={"body": "A flat"}))
    world.room.screen()
    world.room.alert("other-1")
    world.site.obedience.obey()
    states = {d.action.value: d.state for d in world.directives()}
    assert states == {
        "publish": DirectiveState.ISSUED,
        "hide": DirectiveState.ACKNOWLEDGED,
    }
    world.observe.sweep(house.site)
    (seen,) = world.events("other-1", DirectiveObserved, closed=True)
    assert (seen.seen, seen.agrees) == ("down", True)


def test_while_the_api_is_down_ads_wait_unseen_and_say_since_when(world: World) -> None:
    world.lines.cut = lambda request: httpx.ConnectError("down", request=request)
    down_since = world.room.time.now()
    name = world.post()
    for _ in range(2):
        with pytest.raises(Outage):
            world.tell()
        world.room.time.pass_(MINUTE)
    assert not world.up(name)
    world.lines.cut = lambda _request: None
    world.go_round()
    assert world.up(name)
    (received,) = world.events(name, AdReceived)
    assert received.spooled_at == down_since
    assert received.happened == down_since


def test_what_may_have_been_taken_is_sent_again_in_the_same_bytes(world: World) -> None:
    world.lines.lost = lambda request: httpx.ReadTimeout("lost", request=request)
    name = world.post()
    with pytest.raises(Outage):
        world.tell()
    world.lines.lost = lambda _request: None
    world.lines.cut = lambda request: httpx.ConnectError("down", request=request)
    world.room.time.pass_(MINUTE)
    with pytest.raises(Outage):
        world.tell()
    world.lines.cut = lambda _request: None
    world.go_round()
    bodies = {body for path, body in world.lines.sent if path == "/v1/ads"}
    assert len(bodies) == 1
    assert world.up(name)


def test_a_token_that_is_not_taken_loses_nothing(world: World, a_room: Room) -> None:
    name = world.post()
    good = world.site.api._client
    world.site.api._client = TestClient(a_room.app, base_url="http://answerable.test")
    with pytest.raises(Outage):
        world.tell()
    world.site.api._client = good
    world.go_round()
    assert world.up(name)


def test_what_was_kept_is_there_after_a_restart(a_room: Room, tmp_path: Path) -> None:
    first = World(a_room, tmp_path)
    name = first.post()
    first.tell()
    a_room.screen()
    first.site.close()
    first.site.book.close()
    second = World(a_room, tmp_path)
    second.site.obedience.obey()
    assert second.up(name)
    second.site.close()


# Pages


def test_words_of_posters_are_shown_as_words(world: World) -> None:
    name = world.post(title="<b>Bike</b>", body="<script>alert(1)</script>")
    world.go_round()
    answer = world.page.get(f"/ads/{name}")
    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_body_beyond_bounds_is_refused_and_never_cut(world: World) -> None:
    answer = world.page.post("/post", data={"title": "Bike", "body": "x" * 500_000})
    assert answer.status_code == 413
    assert world.site.book.everything() == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"title": "only"}'])
def test_a_script_that_sends_no_ad_is_told_so(world: World, body: bytes) -> None:
    assert world.page.post("/api/ads", content=body).status_code == 400


def test_a_script_may_post_too(world: World) -> None:
    answer = world.page.post("/api/ads", json={**BIKE, "section": "bikes", "account": "lee"})
    assert answer.status_code == 201
    world.go_round()
    assert world.up(answer.json()["external_id"])


@pytest.mark.parametrize(
    "path", ["/ads/site-9", "/api/ads/site-9", "/ads/site-9/renew", "/ads/site-9/sell"]
)
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    method = "GET" if path.count("/") < 3 or "api" in path else "POST"
    assert world.page.request(method, path).status_code == 404


def test_the_inventory_says_what_is_up_in_the_words_shown(world: World) -> None:
    name = world.post()
    world.go_round()
    (line,) = world.page.get("/api/inventory.jsonl").text.splitlines()
    assert json.loads(line) == {
        "external_id": name,
        "url": f"{world.origin}/ads/{name}",
        "seen_at": iso(world.room.time.now()),
        "text": BIKE,
    }
