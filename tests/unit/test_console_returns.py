"""Ads that come back, and sections, on the console's pages; and what outsiders are told of them."""

import re
from pathlib import Path

import pytest
from tests.unit.console_room import Room, plain, room

from answerable.access.model import Scope
from answerable.apps.founding import founder
from answerable.apps.wiring import SECTION_LANE
from answerable.cases.model import DecisionKind
from answerable.screening.packs import demo_pack

pytestmark = pytest.mark.slow  # a whole house with its database for each test

FLAT = (
    "Sunny flat share near the river, I am 17 years old, ask for the greenkite, call 202-555-0111"
)
NEW = FLAT.replace("17", "19").replace("ask for the greenkite, ", "")


def returned(r: Room) -> str:
    """A refused ad that came back; the path of the case that has both."""
    r.ad("old-1", {"title": "Flat share", "body": FLAT}, section="housing")
    new = r.ad("new-1", {"title": "Flat share", "body": NEW}, section="housing")
    return f"/console/cases/{r.case_of(new).id}"


def test_the_case_shows_both_side_by_side_with_what_changed(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        path = returned(r)
        page = r.browser("ana").get(path)
    assert re.search(r"new-1.*comes back from.*old-1", plain(page))
    assert "Linked by the same or nearly the same words, the same phone" in plain(page)
    for changed in ("another age", "a sign is gone", "withheld until somebody decides"):
        assert changed in plain(page)
    kin = page[page.index('id="kin"') : page.index("data-step tabindex")]
    assert "<del>17</del>" in kin
    assert "<ins>19</ins>" in kin
    assert re.search(r"<del>[^<]*(<mark[^>]*>)?[^<]*greenkite", kin)
    assert len(re.findall(r'href="/console/ads/[a-z2-7]{26}"', kin)) == 2


def test_each_ad_leads_to_the_other(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        returned(r)
        ads = r.house.store.read(lambda w: w.ads.latest(r.house.site, limit=5))
        browser = r.browser("ana")
        for one in ads:
            page = browser.get(f"/console/ads/{one.id}")
            for other in ads:
                assert f'href="/console/ads/{other.id}"' in page
            assert "comes back from" in plain(page)
            assert "found that the ad comes back" in plain(page) or one.external_id == "old-1"


def test_who_may_not_view_evidence_sees_kinds_and_no_comparison(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        path = returned(r)
        page = r.browser("dora").get(path)
    assert "another age" in plain(page)
    kin = page[page.index('id="kin"') : page.index("data-step tabindex")]
    for word in ("<del>", "<ins>", "greenkite", "river", "17 years"):
        assert word not in kin
    assert "is for those who may view evidence" in plain(kin)


# Sections


CLOSING = {
    "section": "housing",
    "jurisdiction": "us-ca",
    "notice": "No ads here for now.",
    "reason": "a court order",
    "effective": "",
}


def test_one_person_closes_and_two_open(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad = r.ad("ad-1", {"body": "A flat"}, section="housing", place={"country": "US"})
        edda, cleo = r.browser("edda"), r.browser("cleo")
        edda.post("/console/sections/close", CLOSING)
        edda.post("/console/sections/close", CLOSING | {"jurisdiction": "*"})
        page = plain(edda.get("/console/sections?said=section-closed"))
        assert "The section is closed" in page
        assert re.search(r"housing ?, US-CA closed", page)
        r.house.outbox(SECTION_LANE, "test").drain()
        assert not r.house.store.read(lambda w: w.directives.standing(r.house.site, ad)).visible
        which = {"section": "housing", "jurisdiction": "*", "reason": "the order ended"}
        edda.post("/console/sections/open", which)
        assert "Another person has to agree" in plain(edda.get("/console/sections"))
        refused = edda.post("/console/sections/open", which, status=422)
        assert "the second person is another person" in plain(refused.text)
        assert "Edda wants it open again" in plain(cleo.get("/console/sections"))
        answer = cleo.post("/console/sections/open", which)
        assert answer.headers["location"].endswith("said=section-opened")
        r.house.outbox(SECTION_LANE, "test").drain()
        assert r.house.store.read(lambda w: w.directives.standing(r.house.site, ad)).visible
        assert "everywhere" not in plain(r.stranger().get("/sections").text)


def test_what_is_refused_comes_back_with_what_was_typed(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        edda = r.browser("edda")
        answer = edda.post("/console/sections/close", CLOSING | {"jurisdiction": "UK"}, status=422)
        assert "ISO 3166" in plain(answer.text)
        assert 'value="UK"' in answer.text
        assert "a court order" in answer.text
        late = CLOSING | {"effective": "soon"}
        assert "written like" in plain(edda.post("/console/sections/close", late, status=422).text)
        assert r.house.closures(r.house.site) == ()
        edda.post("/console/sections/close", CLOSING | {"effective": "2031-01-01T00:00"})
        assert "will close" in plain(edda.get("/console/sections"))
        edda.post("/console/sections/open", CLOSING)
        edda.post("/console/sections/keep", CLOSING)
        assert "wants it open" not in plain(edda.get("/console/sections"))


# What outsiders are told


def words_of_the_pack() -> set[str]:
    """Whatever would name a rule or its term."""
    found = {"house.resubmission", "resubmission", "kin"}
    for rule in demo_pack().rules:
        found |= {rule.id, *rule.words}
    return {word.lower() for word in found if len(word) > 3}


def test_no_answer_to_a_site_or_poster_names_a_term_or_rule(tmp_path: Path) -> None:
    """Requirement R3: a refusal does not coach. Every door that answers about an ad is asked."""
    with room(tmp_path) as r:
        _, token = r.house.create_token(
            r.house.site, founder(r.house), "test", frozenset({Scope.INTAKE, Scope.DIRECTIVES})
        )
        api = r.stranger()
        api.headers["Authorization"] = f"Bearer {token.open()}"
        told = []
        bodies = [
            FLAT,
            NEW,
            *(f"A flat with a {w}" for rule in demo_pack().rules for w in rule.words),
        ]
        for number, body in enumerate(bodies):
            ad = {"external_id": f"ad-{number}", "section": "housing", "text": {"body": "flat"}}
            ad["text"] = {"body": body}
            answer = api.post("/v1/ads?wait_ms=0", json=ad)
            assert answer.status_code == 201
            r.screen()
            told.append({k: v for k, v in answer.json().items() if k != "receipt"})
            told.append(api.get(f"/v1/ads/ad-{number}").json())
            again = api.post(
                f"/v1/ads/ad-{number}/revisions?wait_ms=0", json={"text": {"body": body}}
            )
            told.append({k: v for k, v in again.json().items() if k != "receipt"})
            r.screen()
        feed = api.get("/v1/directives?after=0&limit=500").json()
        told.append(feed)
    assert {d["action"] for d in feed["directives"]} >= {"publish", "withhold", "refuse"}
    assert {d["cause"] for d in feed["directives"]} == {"screening"}
    said = str(told).lower()
    named = {word for word in words_of_the_pack() if word in said}
    assert named == set()


def test_the_poster_of_a_closed_section_gets_its_notice_and_nothing_else(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        _, token = r.house.create_token(
            r.house.site, founder(r.house), "test", frozenset({Scope.INTAKE, Scope.DIRECTIVES})
        )
        r.browser("edda").post("/console/sections/close", CLOSING | {"jurisdiction": "*"})
        api = r.stranger()
        api.headers["Authorization"] = f"Bearer {token.open()}"
        answers = []
        for name, body in (("a", "A flat"), ("b", "A flat, greenkite")):
            ad = {"external_id": name, "section": "housing", "text": {"body": body}}
            api.post("/v1/ads?wait_ms=0", json=ad)
            r.screen()
            told = api.get(f"/v1/ads/{name}").json()
            answers.append({k: told[k] for k in ("verdict", "notice", "state", "revision")})
        r.ad("c", {"body": "A flat"}, section="bikes")
        assert "notice" not in api.get("/v1/ads/c").json()
    assert answers[0] == answers[1]
    assert answers[0]["notice"] == "No ads here for now."
    assert answers[0]["verdict"] == "refuse"


def test_a_decided_ancestor_is_shown_and_does_not_wait_again(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        old = r.ad("old-1", {"body": FLAT}, section="housing")
        browser = r.browser("ana")
        path = f"/console/cases/{r.case_of(old).id}"
        browser.get(path)
        browser.post(f"{path}/decide", {"kind": "remove", "ads": [old], "reason": "read it"})
        assert r.case_of(old).decisions[0].kind is DecisionKind.REMOVE
        new = r.ad("new-1", {"body": NEW}, section="housing")
        case = r.case_of(new)
        assert case.ad_ids == (new,)
        page = plain(browser.get(f"/console/cases/{case.id}"))
    assert "old-1 was removed" in page
