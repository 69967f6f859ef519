"""The pages of bells and of the rota."""

import re
from pathlib import Path

import pytest
from tests.unit.console_room import Room, plain, room

from answerable.kernel.time import DAY, HOUR, MINUTE, Millis, to_datetime

pytestmark = pytest.mark.slow  # a whole house with its database for each test


def field_of(at: int) -> str:
    return to_datetime(Millis(at)).strftime("%Y-%m-%dT%H:%M")


def person(r: Room, login: str) -> str:
    found = r.house.store.read(lambda w: w.access.by_login(r.house.site, login))
    assert found is not None
    return found.actor_id


def test_a_bell_is_heard_on_its_page(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad = r.ad("bike-1", {"title": "Bike"})
        r.alert("bike-1")
        case, ana = r.case_of(ad).id, r.browser()
        assert "Nothing rings." in plain(ana.get("/console/bells"))
        r.time.pass_(11 * MINUTE)
        assert r.house.ring_bells(r.house.site) == 1
        page = plain(ana.get("/console/bells"))
        assert "alert act 4 min 0 s left" in page
        assert "bells ring on this page only" in page
        ana.post("/console/bells", {"case": case})
        assert "Nothing rings." in plain(ana.get("/console/bells?said=heard"))
        refused = ana.post("/console/bells", {"case": case}, 422)
        assert "nothing rings for this case" in plain(refused.text)
        history = plain(ana.get(f"/console/cases/{case}"))
        assert "told reviewers (4) of a clock: alert act" in history
        assert "has heard of a clock: alert act" in history


def test_an_auditor_sees_bells_and_rota_and_has_no_button(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        dora = r.browser("dora")
        assert "I have heard" not in dora.get("/console/bells")
        assert "Enter a shift" not in dora.get("/console/rota")
        dora.post("/console/bells", {"case": "x"}, 403)
        dora.post("/console/rota", {}, 403)
        r.browser("ana").post("/console/rota/remove", {"shift": "x"}, 403)


def test_a_shift_is_entered_and_taken_out_and_gaps_are_shown(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        cleo = r.browser("cleo")
        page = plain(cleo.get("/console/rota"))
        assert "Gaps in the next seven days" in page
        assert "No shift is entered." in page
        now = r.time.now()
        begins, ends = field_of(now), field_of(now + 9 * DAY)
        wrong = {"staff": person(r, "ana"), "rank": "on_call", "begins": ends, "ends": begins}
        refused = cleo.post("/console/rota", wrong, 422).text
        assert "a shift ends after it begins" in plain(refused)
        assert f'value="{ends}"' in refused, "what was typed is still there"
        for faulty, said in (
            ({"begins": "tomorrow"}, "a time is written"),
            ({"begins": "2026-02-31T10:00"}, "no such day"),
            ({"rank": "boss"}, "on call or head on call"),
            ({"staff": "staff:nobody"}, "no such staff"),
        ):
            refused = cleo.post("/console/rota", {**wrong, **faulty}, 422).text
            assert said in plain(refused)
        for rank in ("on_call", "head"):
            right = {**wrong, "rank": rank, "begins": begins, "ends": ends}
            cleo.post("/console/rota", right)
        page = cleo.get("/console/rota")
        assert "The next seven days are covered." in plain(page)
        (first, _) = re.findall(r'name="shift" value="([a-z0-9]+)"', page)
        cleo.post("/console/rota/remove", {"shift": first})
        assert "Gaps in the next seven days" in plain(cleo.get("/console/rota"))


def test_my_own_address_is_mine_to_set(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana = r.browser("ana")
        ana.post("/console/rota/address", {"address": "ana@example.com"})
        assert 'value="ana@example.com"' in ana.get("/console/rota")
        assert "ana@example.com" not in r.browser("ben").get("/console/rota")
        refused = ana.post("/console/rota/address", {"address": "nobody"}, 422)
        assert "no e-mail address" in plain(refused.text)


def test_what_was_done_outside_is_said_on_the_case(tmp_path: Path) -> None:
    from answerable.apps.founding import founder

    with room(tmp_path) as r:
        r.house.serve(r.house.site, founder(r.house), ["EU"], "read there")
        ad = r.ad("bike-1", {"title": "Bike"})
        r.alert("bike-1")
        case, ana = r.case_of(ad).id, r.browser()
        assert "I did this outside" not in ana.get(f"/console/cases/{case}")
        ana.post(
            f"/console/cases/{case}/decide",
            {
                "kind": "report",
                "ads": ad,
                "reason": "read it",
                "basis": "alert",
                "urgent": "1",
                "urgent_reason": "tonight",
            },
        )
        page = ana.get(f"/console/cases/{case}")
        assert "It was decided: report; a statute, our number; the site serves European Union." in (
            plain(page)
        )
        clock = next(
            c.id
            for c in r.house.store.read(lambda w: w.cases.clocks_of(r.house.site, case))
            if c.duty.name == "inform_police"
        )
        deed = {"clock": clock, "to": "Example police", "reference": "K-17", "words": "Rang."}
        refused = ana.post(f"/console/cases/{case}/done", {**deed, "to": ""}, 422)
        assert "say whom you told" in plain(refused.text)
        ana.post(f"/console/cases/{case}/done", deed)
        assert "Example police. K-17. Rang." in plain(ana.get(f"/console/cases/{case}"))


def test_a_clock_is_moved_by_two_on_the_page_of_its_case(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad = r.ad("bike-1", {"title": "Bike"})
        r.alert("bike-1")
        case, ana, ben = r.case_of(ad).id, r.browser(), r.browser("ben")
        clocks = r.house.store.read(lambda w: w.cases.clocks_of(r.house.site, case))
        clock = next(c for c in clocks if c.duty.name == "restore_or_decide")
        other = next(c for c in clocks if c.duty.name == "alert_act")
        path = f"/console/cases/{case}/extend"
        until = field_of(clock.ends + 2 * HOUR)
        asked = {"clock": clock.id, "until": until, "reason": "the poster writes back tomorrow"}
        refused = ana.post(path, {**asked, "clock": other.id}, 422)
        assert "the end of this clock never moves" in plain(refused.text)
        refused = ana.post(path, {**asked, "until": field_of(clock.ends + 30 * HOUR)}, 422)
        assert "by the duty's own length at most" in plain(refused.text)
        ana.post(path, asked)
        assert "Agree to this end" not in ana.get(f"/console/cases/{case}")
        page = ben.get(f"/console/cases/{case}")
        assert "Ana asks for a later end" in plain(page)
        (at,) = re.findall(r'name="at" value="([0-9]+)"', page)
        refused = ana.post(path, {"clock": clock.id, "at": at, "reason": "agreed"}, 422)
        assert "another person" in plain(refused.text)
        ben.post(path, {"clock": clock.id, "at": at, "reason": "agreed"})
        after = r.house.store.read(lambda w: w.cases.clocks_of(r.house.site, case))
        assert [c.ends for c in after if c.id == clock.id] == [int(at)]
        assert "moved the end of a clock, with another" in plain(ben.get(f"/console/cases/{case}"))
        refused = ana.post(path, {**asked, "until": field_of(int(at) + HOUR)}, 409)
        assert "moved once" in plain(refused.text)


def test_duties_say_whether_they_run_here_and_two_give_a_jurisdiction_up(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        edda = r.browser("edda")
        page = plain(edda.get("/console/duties"))
        assert "the site does not serve European Union" in page
        refused = edda.post("/console/duties", {"what": "take-on", "reason": "read there"}, 422)
        assert "tick at least one" in plain(refused.text)
        edda.post("/console/duties", {"what": "take-on", "jurisdiction": "EU", "reason": "x"})
        assert "the site serves European Union" in plain(edda.get("/console/duties"))
        edda.post("/console/duties", {"what": "give-up", "jurisdiction": "EU", "reason": "left"})
        assert r.house.serve.served(r.house.site) == {"EU"}
        refused = edda.post(
            "/console/duties", {"what": "give-up", "jurisdiction": "EU", "reason": "left"}, 422
        )
        assert "another person" in plain(refused.text)
        assert "asks to give up EU" in plain(r.browser("dora").get("/console/duties"))
        r.browser("dora").post("/console/duties", {"what": "take-on"}, 403)
