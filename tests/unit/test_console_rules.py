"""The rules of a site in the console: two people set them, everybody sees them, seconds obey."""

from pathlib import Path

import pytest
from tests.unit.console_room import PASSWORD, Browser, Room, plain, room

from answerable.access.model import Role
from answerable.apps.founding import founder
from answerable.kernel.ids import CaseId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import HOUR

pytestmark = pytest.mark.slow  # a whole house with its database for each test

OTHER = {"second": "other", "lapse": "head_on_call", "reason": "our <contract>"}
REPORT = {"second": "any", "lapse": "report", "reason": "nobody at night"}


def hire(r: Room, login: str, role: Role, organisation: str = "site") -> Browser:
    r.house.create_staff(
        r.house.site,
        founder(r.house),
        login=login,
        name=login.title(),
        organisation=organisation,
        roles=frozenset({role}),
        password=Sealed(PASSWORD, label="test password"),
    )
    return r.browser(login)


def proposed(r: Room, by: Browser) -> CaseId:
    ad = r.ad("bike-1", {"title": "Bike"})
    r.alert("bike-1")
    case = r.case_of(ad).id
    by.post(f"/console/cases/{case}/decide", {"kind": "no_action", "ads": ad, "reason": "a bike"})
    return case


def agree(r: Room, by: Browser, case: CaseId, status: int = 303) -> str:
    proposal = r.case(case).proposal
    assert proposal is not None
    fields = {"decision": proposal.decision, "reason": "so do I"}
    return str(by.post(f"/console/cases/{case}/second", fields, status).text)


def test_two_people_set_a_rule_and_the_public_reads_it(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        cleo, dan = r.browser("cleo"), hire(r, "dan", Role.SENIOR)
        page = plain(cleo.get("/console/rules"))
        assert "In force: The second person may belong to any organisation" in page
        assert "Nobody ever set it otherwise" in page
        answer = cleo.post("/console/rules/seconds", OTHER)
        assert answer.headers["location"] == "/console/rules?said=rule-waits"
        page = cleo.get("/console/rules")
        assert "our &lt;contract&gt;" in page
        assert "The second person is another person" in plain(page)
        again = cleo.post("/console/rules/seconds", OTHER, 422)
        assert "another person" in plain(again.text)
        assert "our &lt;contract&gt;</textarea>" in again.text, "what was typed stays"
        assert "Agree: set it" in plain(dan.get("/console/rules"))
        answer = dan.post("/console/rules/seconds", OTHER)
        assert answer.headers["location"] == "/console/rules?said=rule-set"
        page = plain(r.browser("dora").get("/console/rules"))
        assert "must belong to another organisation than the first" in page
        assert "by Cleo and Dan, leaf" in page
        assert "Ask for another rule" not in page
        public = plain(r.stranger().get("/policy").text)
        assert "The second must belong to another organisation than the first" in public
        assert "Cleo" not in public
        cleo.post("/console/rules/seconds", {"second": "x", "lapse": "", "reason": "?"}, 422)
        r.browser("ana").post("/console/rules/seconds", OTHER, 403)


def test_who_does_not_fit_is_told_so_and_can_still_contradict(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana, ben, vera = r.browser(), r.browser("ben"), hire(r, "vera", Role.REVIEWER, "vendor")
        for who in (r.browser("cleo"), hire(r, "dan", Role.SENIOR)):
            who.post("/console/rules/seconds", OTHER)
        case = proposed(r, ana)
        page = plain(ben.get(f"/console/cases/{case}"))
        assert "belongs to another organisation than Ana" in page
        assert "Agree: no action" not in page
        assert "Or why you do not agree" in page
        assert "another organisation" in plain(agree(r, ben, case, 422))
        assert "Agree: no action" in plain(vera.get(f"/console/cases/{case}"))
        agree(r, vera, case)
        assert r.case(case).status == "decided"


def test_a_lapsed_proposal_is_for_the_head_on_call(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana = r.browser()
        case = proposed(r, ana)
        assert "second answer" in plain(ana.get(f"/console/cases/{case}"))
        r.time.pass_(13 * HOUR)
        assert r.house.lapse_proposals(r.house.site) == 1
        ana = r.browser()
        page = plain(ana.get(f"/console/cases/{case}"))
        assert "for the head on call" in page
        assert "nobody seconded the proposal in time: head on call" in page
        assert "bike-1" in ana.get("/console?lapsed=1")


def test_a_report_of_the_house_names_who_answers_and_they_take_it_back(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        for who in (r.browser("cleo"), hire(r, "dan", Role.SENIOR)):
            who.post("/console/rules/seconds", REPORT)
        case = proposed(r, r.browser())
        r.time.pass_(13 * HOUR)
        assert r.house.lapse_proposals(r.house.site) == 1
        page = r.browser().get(f"/console/cases/{case}")
        assert "Report, by the house (cases)" in plain(page)
        assert "Cleo and Dan answer for it" in plain(page)
        assert "Take this report back" not in page
        cleo = r.browser("cleo")
        assert "Only whoever answers for it can" in plain(cleo.get(f"/console/cases/{case}"))
        fields = {"decision": r.case(case).decisions[0].id, "reason": "a bike"}
        cleo.post(f"/console/cases/{case}/undo", fields)
        assert r.case(case).status == "open"
