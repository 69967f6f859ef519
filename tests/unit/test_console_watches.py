"""The console's pages of watches, and the API's door, on a real home."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.unit.console_room import Browser, Room, plain, room

from answerable.access.model import Scope
from answerable.alerts.model import About
from answerable.apps.founding import founder
from answerable.apps.wiring import WATCH_LANE
from answerable.kernel.time import DAY
from answerable.watches.model import Status, Watch

pytestmark = pytest.mark.slow  # a whole house with its database for each test

ASKED = {
    "role": "police",
    "organisation": "Example police",
    "phone": "(202) 555-0101\n202 555 0102",
    "name": "Kim Example",
    "reason": "a missing girl",
    "days": "30",
}


@pytest.fixture
def r(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path) as made:
        yield made


def search(r: Room) -> None:
    r.house.outbox(WATCH_LANE, "test").drain()


def watches(r: Room) -> tuple[Watch, ...]:
    return r.house.store.read(lambda w: w.watches.listed(r.house.site, None, None, 100))


def waiting(r: Room) -> Watch:
    r.alert(None, "my daughter", about=About(contacts=("202 555 0101",)))
    search(r)
    (found,) = watches(r)
    return found


def ask(r: Room, **more: str) -> str:
    return str(
        r.browser("cleo").post("/console/watches", {**ASKED, **more}).headers["location"]
    ).partition("?")[0]


def test_an_empty_list_says_what_comes_here(r: Room) -> None:
    page = plain(r.browser("ana").get("/console/watches"))
    assert "Nothing is looked out for yet" in page
    assert "Ask for a watch" not in page
    assert "Ask for a watch" in plain(r.browser("cleo").get("/console/watches"))
    assert "No watch is so" in plain(r.browser("ana").get("/console/watches?status=running"))
    assert "Nothing is looked out for yet" in plain(
        r.browser("ana").get("/console/watches?status=nonsense")
    )


def test_asked_in_the_console_it_runs_and_shows_what_it_found(r: Room) -> None:
    r.ad("ad-1", {"body": "Blue bike. Call 202-555-0101"})
    where = ask(r)
    search(r)
    page = plain(r.browser("ana").get(where))
    assert "police, Example police" in page
    assert "running" in page
    assert "+12025550101" in page
    assert "a missing girl" in page
    assert "ad-1 phone strong" in page
    assert "searched the archive for 3 terms: 1 ads agree, 1 were proposed" in page
    listed = plain(r.browser("dora").get("/console/watches"))
    assert "2 phone, 1 name" in listed
    hidden = plain(r.browser("dora").get(where))
    assert "5550101" not in hidden
    assert "a missing girl" not in hidden
    assert "shown to reviewers" in hidden


def test_the_case_says_which_watch_and_on_what(r: Room) -> None:
    ad = r.ad("ad-1", {"body": "Blue bike. Call 202-555-0101"})
    ask(r)
    search(r)
    ana = r.browser("ana")
    queue = plain(ana.get("/console"))
    assert "100 now" in queue
    assert "a watch" in queue
    page = ana.get(f"/console/cases/{r.case_of(ad).id}")
    brought = plain(page).partition("Watches that matched")[2].partition("Ad ad-1")[0]
    assert "A watch of police (Example police) agrees with ad-1 , revision 0, in phone" in brought
    assert "5550101" not in brought
    own = plain(ana.get(f"/console/ads/{ad}"))
    assert "a watch matched revision 0 (phone; search)" in own


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"phone": "nobody"}, "cannot be read as a phone number"),
        ({"phone": ""}, "names alone or places alone"),
        ({"reason": ""}, "say why"),
        ({"organisation": ""}, "which organisation"),
        ({"days": "366"}, "1 to 365 days"),
        ({"days": "-1"}, "1 to 365"),
        ({"role": "posters"}, "say who asks"),
    ],
)
def test_what_is_wrong_comes_back_with_everything_typed(
    r: Room, change: dict[str, str], says: str
) -> None:
    answer = r.browser("cleo").post("/console/watches", {**ASKED, **change}, 422)
    assert says in plain(answer.text)
    assert "Kim Example" in answer.text
    assert watches(r) == ()


def test_a_strangers_watch_is_approved_by_one_person(r: Room) -> None:
    ad = r.ad("ad-1", {"body": "Blue bike. Call 202-555-0101"})
    one = waiting(r)
    ana, where = r.browser("ana"), f"/console/watches/{one.id}"
    page = ana.get(where)
    assert "One look before it runs" in plain(page)
    assert "its case, with everything that was said" in plain(page)
    (case,) = r.cases()
    of_alert = ana.get(f"/console/cases/{case.id}")
    assert "The watch that it asks for waits for a look" in plain(of_alert)
    assert where in of_alert
    assert "One look" not in plain(r.browser("dora").get(where))
    assert "say why" in plain(ana.post(f"{where}/approve", {"reason": ""}, 422).text)
    ana.post(f"{where}/approve", {"reason": "the hotline knows her"})
    search(r)
    assert "ad-1" in plain(ana.get(where))
    assert "the hotline knows her" in plain(ana.get(where))
    again = ana.post(f"{where}/refuse", {"reason": "second thoughts"}, 409)
    assert "does not wait" in plain(again.text)
    assert r.case_of(ad).urgency == 100


def test_a_strangers_watch_is_refused_by_one_person(r: Room) -> None:
    one = waiting(r)
    r.browser("ben").post(f"/console/watches/{one.id}/refuse", {"reason": "a former husband"})
    assert [w.status for w in watches(r)] == [Status.REFUSED]
    assert "refused" in plain(r.browser("ana").get("/console/watches?status=refused"))


def test_what_ends_soon_stands_out_and_is_renewed_or_ended(r: Room) -> None:
    where, cleo = ask(r), r.browser("cleo")
    assert "ends soon" not in plain(cleo.get("/console/watches"))
    r.time.pass_(20 * DAY)
    cleo = r.browser("cleo")
    assert "running, ends soon" in plain(cleo.get("/console/watches"))
    assert "1 to 365" in plain(cleo.post(f"{where}/renew", {"days": "x", "reason": "y"}, 422).text)
    cleo.post(f"{where}/renew", {"days": "200", "reason": "still missing"})
    assert "ends soon" not in plain(cleo.get("/console/watches"))
    cleo.post(f"{where}/end", {"reason": "she is home"})
    page = plain(cleo.get(where))
    assert "ended the watch (stopped)" in page
    assert "Renew or end" not in page
    other = ask(r)
    r.time.pass_(31 * DAY)
    assert "its time is over" in plain(r.browser("cleo").get(other))


def test_an_unknown_watch_is_not_found(r: Room) -> None:
    cleo = r.browser("cleo")
    cleo.get("/console/watches/none", 404)
    cleo.post("/console/watches/none/end", {"reason": "why"}, 404)


# The API's door


def token(r: Room, *scopes: Scope) -> str:
    _, secret = r.house.create_token(
        r.house.site, founder(r.house), "example police", frozenset(scopes)
    )
    return secret.open()


def machine(r: Room, *scopes: Scope) -> TestClient:
    client = r.stranger()
    client.headers["Authorization"] = f"Bearer {token(r, *scopes)}"
    return client


BODY: dict[str, Any] = {
    "role": "police",
    "organisation": "Example police",
    "terms": [{"kind": "phone", "value": "(202) 555-0101"}],
    "reason": "a missing girl",
}


def test_by_api_it_runs_at_once_and_only_its_state_is_told(r: Room) -> None:
    police = machine(r, Scope.WATCH)
    made = police.post("/v1/watches", json=BODY)
    assert made.status_code == 201, made.text
    told = made.json()
    assert told == {
        "watch": told["watch"],
        "status": "running",
        "ends": r.time.now() + 90 * DAY,
    }
    before = police.get(f"/v1/watches/{told['watch']}").content
    ad = r.ad("ad-1", {"body": "Blue bike. Call 202-555-0101"})
    search(r)
    assert r.case_of(ad).urgency == 100
    assert police.get(f"/v1/watches/{told['watch']}").content == before
    r.time.pass_(90 * DAY)
    assert police.get(f"/v1/watches/{told['watch']}").json()["status"] == "ended"


def test_a_repeated_request_is_one_watch(r: Room) -> None:
    police, key = machine(r, Scope.WATCH), {"Idempotency-Key": "case-17"}
    first = police.post("/v1/watches", json=BODY, headers=key)
    again = police.post("/v1/watches", json=BODY, headers=key)
    assert first.content == again.content
    assert len(watches(r)) == 1
    other = police.post("/v1/watches", json={**BODY, "days": 3}, headers=key)
    assert other.status_code == 409
    hotline = machine(r, Scope.WATCH)
    assert hotline.post("/v1/watches", json=BODY, headers=key).status_code == 201
    assert len(watches(r)) == 2


def test_nobody_asks_by_api_without_the_scope_or_sees_anothers(r: Room) -> None:
    assert r.stranger().post("/v1/watches", json=BODY).status_code == 401
    site = machine(r, Scope.INTAKE, Scope.DIRECTIVES)
    assert site.post("/v1/watches", json=BODY).status_code == 403
    name = machine(r, Scope.WATCH).post("/v1/watches", json=BODY).json()["watch"]
    assert machine(r, Scope.WATCH).get(f"/v1/watches/{name}").status_code == 404
    assert machine(r, Scope.WATCH).get("/v1/watches/none").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"role": "alerter"},
        {"organisation": ""},
        {"terms": []},
        {"terms": [{"kind": "phone", "value": "nobody"}]},
        {"terms": [{"kind": "name", "value": "Kim Example"}]},
        {"terms": [{"kind": "face", "value": "x"}]},
        {"days": 366},
        {"reason": ""},
        {"more": 1},
    ],
)
def test_what_could_find_nothing_is_refused_with_the_reason(
    r: Room, change: dict[str, Any]
) -> None:
    answer = machine(r, Scope.WATCH).post("/v1/watches", json={**BODY, **change})
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]
    assert watches(r) == ()


def test_the_api_is_described(r: Room) -> None:
    described = r.stranger().get("/openapi.json").json()
    assert "/v1/watches" in described["paths"]
    assert "WatchIn" in described["components"]["schemas"]


def test_every_form_carries_its_key(r: Room) -> None:
    where = ask(r)
    cleo: Browser = r.browser("cleo")
    answer = cleo.client.post(f"{where}/end", data={"reason": "x"})
    assert answer.status_code == 403
