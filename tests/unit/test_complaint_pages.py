"""Complaints where people and machines make them: the alert page, the site's API, the console."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.alert_page_room import BIKE, SENTENCE, Page, words_in
from tests.unit.console_room import ACCOUNT, Room, plain, room, staff

from answerable.access.decide import system_actor
from answerable.access.model import Scope
from answerable.apps.alert_page.words import DOMAIN, ENGLISH
from answerable.apps.public.languages import Tongues
from answerable.cases.model import Basis, BasisKind, Case, Choice, DecisionKind
from answerable.kernel.time import DAY, MINUTE

pytestmark = pytest.mark.slow  # a whole house with its database for each test

SPANISH = Tongues(DOMAIN, ENGLISH).ready("es")
AGAIN = "She is still there."


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with room(tmp_path, synthetic=False) as made:
        made.ad("bike-1", BIKE, account=ACCOUNT)
        yield Page(made)


def decide(r: Room, login: str, case: Case, kind: DecisionKind) -> None:
    basis = (Basis(kind=BasisKind.ALERT),) if kind is DecisionKind.REPORT else ()
    choice = Choice(kind=kind, ads=case.undecided, reason="read it twice", basis=basis)
    r.house.decide_case(r.house.site, staff(r, login), case.id, choice)


def complain(page: Page, words: str, text: str = AGAIN, status: int = 201, **more: str) -> str:
    answer = page.client.post("/alert/again", data={"words": words, "again": text, **more})
    assert answer.status_code == status, plain(answer.text)
    return plain(answer.text)


# Whoever alerted us


def test_the_way_to_another_look_opens_with_the_answer(page: Page) -> None:
    words = words_in(page.send(ad="bike-1", text=SENTENCE))
    assert ENGLISH["again_lead"] not in page.look_up(words)
    assert ENGLISH["again_not_yet"] in complain(page, words, status=409)
    (case,) = page.room.cases()
    decide(page.room, "ana", case, DecisionKind.WARN)
    assert ENGLISH["again_lead"] in page.look_up(words)
    told = complain(page, words)
    assert ENGLISH["again_taken"].partition("{time}")[0] in told
    (again,) = page.room.cases()
    assert again.cause == "complaint"
    assert ENGLISH["again_before"] in complain(page, words, status=409)


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(page: Page) -> None:
    words = words_in(page.send(ad="bike-1", text=SENTENCE))
    decide(page.room, "ana", page.room.cases()[0], DecisionKind.WARN)
    assert ENGLISH["again_empty"] in complain(page, words, " ", 422)
    long = complain(page, words, "x" * 10_001, 422)
    assert "x" * 10_001 in long
    assert "holds too much" in long
    assert ENGLISH["unknown"] in complain(page, "abacus acorn zoo zone zinc", status=404)
    page.room.time.pass_(MINUTE)
    for _ in range(10):
        page.look_up("abacus", 404)
    told = complain(page, words, status=429)
    assert ENGLISH["wait"] in told
    assert AGAIN in told
    page.room.time.pass_(MINUTE)
    assert SPANISH["again_taken"].partition("{time}")[0] in complain(page, words, lang="es")


def test_the_page_says_the_same_whatever_was_decided(page: Page) -> None:
    """Nobody who probes an ad of their own learns from a complaint what became of it."""
    told = []
    for number, kind in enumerate((DecisionKind.WARN, DecisionKind.REMOVE, DecisionKind.REPORT)):
        name = f"lamp-{number}"
        ad = page.room.ad(name, {"title": "Lamp", "body": "A lamp."})
        words = words_in(page.send(ad=name, text=SENTENCE))
        decide(page.room, "ana", page.room.case_of(ad), kind)
        looked = page.look_up(words)
        page.room.time.pass_(1)  # so that the newest case is the complaint's
        taken = complain(page, words)
        decide(page.room, "ben", page.room.case_of(ad), DecisionKind.REMOVE)
        after = page.look_up(words)
        told.append((looked, taken, after, complain(page, words, status=409)))
        page.room.time.pass_(MINUTE)
    assert len({said[0] for said in told}) == len({said[2:] for said in told}) == 1
    times = {ENGLISH["again_taken"].partition("{time}")[0] in said[1] for said in told}
    assert times == {True}


# The poster, by the site


class Site:
    """A site with a token for its own machines."""

    def __init__(self, page: Page, scope: Scope = Scope.INTAKE) -> None:
        house = page.room.house
        by = system_actor(house.site, "test")
        _, token = house.create_token(house.site, by, scope.value, frozenset({scope}))
        self.headers = {"Authorization": f"Bearer {token.open()}"}
        self.client = page.client

    def post(self, body: Any, status: int = 201) -> Any:
        answer = self.client.post("/v1/complaints", json=body, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, complaint: str, status: int = 200) -> Any:
        answer = self.client.get(f"/v1/complaints/{complaint}", headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.mark.parametrize("kind", [DecisionKind.REPORT, DecisionKind.REMOVE, DecisionKind.RESTRICT])
def test_a_site_sends_its_posters_complaint_and_reads_the_answer(
    page: Page, kind: DecisionKind
) -> None:
    r, site = page.room, Site(page)
    r.alert("bike-1")
    decide(r, "ana", r.cases()[0], kind)
    taken = site.post({"external_id": "bike-1", "text": "It is a bike."})
    assert taken["status"] == "waiting"
    assert taken["due"] > taken["received"]
    assert site.get(taken["complaint"]) == taken
    r.time.pass_(DAY)
    decide(r, "ben", r.cases()[0], DecisionKind.REMOVE)
    assert site.get(taken["complaint"]) == taken | {
        "status": "answered",
        "answered": r.time.now(),
        "granted": False,
        "statement": {"ground": "terms", "automated": False},
    }


def test_what_is_no_complaint_is_refused_with_its_reason(page: Page) -> None:
    site = Site(page)
    ask = {"external_id": "bike-1", "text": "It is a bike."}
    assert site.client.post("/v1/complaints", json=ask).status_code == 401
    assert Site(page, Scope.WATCH).post(ask, 403)["error"]
    assert site.post({"external_id": "none", "text": "why"}, 404)["error"]
    assert site.post({"external_id": "bike-1"}, 422)
    assert site.post({"external_id": "bike-1", "text": "x" * 10_001}, 422)
    assert site.get("none", 404)["error"]
    page.room.alert("bike-1")
    first = site.post(ask)
    again = site.post(ask, 409)
    assert first["complaint"] in str(again), "a second sending learns which one waits"


# The console


def test_a_reviewer_reads_the_complaint_and_who_may_turn_it_down(page: Page) -> None:
    r, site = page.room, Site(page)
    r.alert("bike-1")
    decide(r, "ana", r.cases()[0], DecisionKind.REMOVE)
    site.post({"external_id": "bike-1", "text": "It is a bike <b>."})
    (case,) = r.cases()
    path = f"/console/cases/{case.id}"
    ana, ben = r.browser("ana"), r.browser("ben")
    hers, his = plain(ana.get(path)), plain(ben.get(path))
    for seen in (hers, his):
        assert "It is a bike <b>." in seen
        assert "The poster" in seen
        assert "decided by Ana in an earlier case" in seen
        assert "Somebody complained; a statute, our number" in seen
    assert "You had a part in that decision" in hers
    assert "takes somebody who had no part" in his
    assert "a complaint" in plain(ben.get("/console?cause=complaint"))
    ad = case.undecided[0]
    fields = {"kind": "remove", "ads": ad, "reason": "as before"}
    refused = plain(ana.post(f"{path}/decide", fields, status=422).text)
    assert "somebody who had no part in it decides" in refused
    assert "as before" in refused, "nothing typed is lost"
    ben.post(f"{path}/decide", fields)
    assert "answered: as before" in plain(ben.get(path))
    assert "a complaint was answered" in plain(ben.get(path))
