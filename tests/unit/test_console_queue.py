"""The queue in the console: next, hand-over, skip, pass, who has it open, filters, saved views."""

import re
from pathlib import Path

import pytest
from tests.unit.console_room import Browser, Room, plain, room
from tests.unit.test_console_lists import queue_of

from answerable.alerts.model import About
from answerable.cases.queue import PAGE_ROWS
from answerable.kernel.time import HOUR, MINUTE

pytestmark = pytest.mark.slow  # a whole house with its database for each test

MARKED = {"title": "Red bike, bluelantern"}


def staff_id(r: Room, name: str) -> str:
    found = r.house.store.read(lambda w: w.access.by_login(r.house.site, name))
    assert found is not None
    return str(found.actor_id)


def step(b: Browser, path: str, status: int = 303, **fields: object) -> str:
    answer = b.post(path, fields, status)
    return str(answer.headers.get("location", answer.text))


def test_one_press_takes_the_next_case(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana, ben = r.browser(), r.browser("ben")
        assert step(ana, "/console/next") == "/console?said=nothing-next"
        assert "No case waits for you" in plain(ana.get("/console?said=nothing-next"))
        quiet, loud = r.ad("quiet", MARKED), r.ad("loud", {"title": "Bike"})
        r.alert("loud")
        first, second = r.case_of(loud).id, r.case_of(quiet).id
        assert step(ana, "/console/next") == f"/console/cases/{first}?said=claimed"
        assert step(ben, "/console/next") == f"/console/cases/{second}?said=claimed"
        assert "Take the next case" not in plain(r.browser("dora").get("/console"))


def test_skip_and_pass_ask_nothing_and_show_only_oneself(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        case = r.case_of(r.ad("bike-1", MARKED)).id
        ana, ben = r.browser(), r.browser("ben")
        page = ana.get(f"/console/cases/{case}")
        assert "I do not take this one" in plain(page)
        assert step(ana, f"/console/cases/{case}/pass") == "/console?said=passed"
        assert "Nothing about that is recorded" in plain(ana.get("/console?said=passed"))
        assert step(ana, "/console/next") == "/console?said=nothing-next"
        assert "You passed on it; only you see this" in plain(ana.get(f"/console/cases/{case}"))
        for other in (ben, r.browser("cleo"), r.browser("dora")):
            told = plain(other.get(f"/console/cases/{case}"))
            assert "passed" not in told
            assert "passed" not in plain(other.get("/console"))
        assert step(ana, f"/console/cases/{case}/take-back").endswith("said=taken-back")
        step(ana, f"/console/cases/{case}/skip")
        assert "You skipped it until" in plain(ana.get(f"/console/cases/{case}"))
        r.time.pass_(HOUR)
        assert "You skipped" not in plain(ana.get(f"/console/cases/{case}"))


def test_a_case_is_handed_over_on_its_page(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        case = r.case_of(r.ad("bike-1", MARKED)).id
        ana, ben = r.browser(), r.browser("ben")
        page = ana.get(f"/console/cases/{case}")
        offered = set(re.findall(r'<option value="(staff:[^"]+)">([^<]+)<', page))
        assert {name for _, name in offered} == {"Ben (site)", "Cleo (site)", "Finn (site)"}
        fields = {"to": staff_id(r, "ben"), "note": "you know <b>the place</b>"}
        assert step(ana, f"/console/cases/{case}/hand-over", **fields).endswith("said=handed")
        page = ben.get(f"/console/cases/{case}")
        assert "Handed to you by Ana" in plain(page)
        assert "handed the case to Ben" in plain(page)
        assert "you know &lt;b&gt;the place&lt;/b&gt;" in page
        assert "handed to Ben" in plain(ana.get("/console"))
        assert queue_of(ben.get("/console?hand=mine")) == ["bike-1"]
        ben.post(f"/console/cases/{case}/claim")
        refused = step(ana, f"/console/cases/{case}/hand-over", 409, **fields)
        assert "somebody else has this case in hand" in plain(refused)
        assert "you know &lt;b&gt;the place&lt;/b&gt;</textarea>" in refused, "what was typed stays"


def test_both_pages_show_who_has_the_case_open_now(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        case = r.case_of(r.ad("bike-1", MARKED)).id
        ana, ben = r.browser(), r.browser("ben")
        ana.get(f"/console/cases/{case}")
        assert "open now Ana" in plain(ben.get(f"/console/cases/{case}"))
        assert "open now: you, Ben" in plain(ana.get("/console"))
        r.time.pass_(6 * MINUTE)
        assert "open now" not in plain(ana.get("/console"))
        assert "open now" not in plain(ben.get(f"/console/cases/{case}"))


def test_filters_combine(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        r.ad("lamp", MARKED, section="lamps")
        r.ad("bike", MARKED, section="bikes")
        r.alert("bike")
        r.time.pass_(30 * MINUTE)
        r.ad("late-lamp", {"title": "Lamp"}, section="lamps")
        r.alert("late-lamp")
        ana = r.browser()
        asked = {
            "": ["bike", "late-lamp", "lamp"],
            "alert=1": ["bike", "late-lamp"],
            "alert=1&section=lamps": ["late-lamp"],
            "overdue=1": ["bike"],
            "soon=1": ["late-lamp"],
            "strong=1&alert=1": ["bike"],
            "band=soon&band=routine": ["lamp"],
            "cause=alert": ["late-lamp"],
            "verified=1": [],
            "older=1": [],
            "status=decided&status=merged": [],
            "hand=nobody&section=lamps": ["late-lamp", "lamp"],
            "section=%3Cscript%3E": [],
        }
        for query, names in asked.items():
            page = ana.get(f"/console?{query}")
            assert queue_of(page) == names, query
            assert ("No case is so" in plain(page)) == (not names)
        page = ana.get("/console?alert=1&section=lamps&older=1")
        assert '<input type="checkbox" name="alert" value="1" checked>' in page
        assert 'name="section" list="sections" maxlength="500" value="lamps"' in page
        assert 'max="8784" value="1"' in page
        assert "Filters, in force" in plain(page)


def test_the_queue_is_paged_and_says_how_far_it_goes(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        for number in range(PAGE_ROWS + 1):
            r.ad(f"ad-{number:02}", MARKED)
        ana = r.browser()
        first = ana.get("/console?strong=1")
        assert len(queue_of(first)) == PAGE_ROWS
        assert "Page 1 of 2: rows 1 to 50 of 51" in plain(first)
        assert 'rel="next" href="/console?strong=1&amp;page=2"' in first
        second = ana.get("/console?strong=1&page=2")
        assert len(queue_of(second)) == 1
        assert "rows 51 to 51 of 51" in plain(second)
        assert "Page 2 of 2" in plain(ana.get("/console?page=77"))
        assert "Page 1 of 2" in plain(ana.get("/console?page=zz"))


def test_views_are_saved_listed_shared_and_deleted(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana, ben = r.browser(), r.browser("ben")
        view = {"name": "My <nights>", "query": "overdue=1&alert=1&junk=%00"}
        answer = step(ana, "/console/views", **view)
        assert answer == "/console?overdue=1&alert=1&said=saved"
        shared = {"name": "Everybody's", "query": "strong=1", "shared": "1"}
        step(ana, "/console/views", **shared)
        page = ana.get("/console?overdue=1&alert=1")
        link = '<a href="/console?overdue=1&amp;alert=1" aria-current="true">'
        assert f"{link}My &lt;nights&gt;" in page
        told = ben.get("/console")
        assert "My &lt;nights&gt;" not in told
        assert "Everybody's shared by Ana" in plain(told)
        again = step(ana, "/console/views", 422, **view)
        assert "you have a view of this name" in plain(again)
        assert 'value="My &lt;nights&gt;"' in again, "what was typed stays"
        (path,) = re.findall(
            r'action="(/console/views/[a-z0-9]+/delete)"><[^>]+><button[^>]+the view My', page
        )
        assert "only whoever saved a view deletes it" in plain(step(ben, path, 422))
        assert step(ana, path) == "/console?said=view-deleted"
        assert "My &lt;nights&gt;" not in ana.get("/console")
        ana.post(path, None, 404)


def test_a_case_is_merged_into_another_on_its_page(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        phone = "call 202-555-0111"
        bike = r.ad("bike", {"title": "Bike, bluelantern", "body": phone})
        lamp = r.ad("lamp", {"title": "Lamp, bluelantern", "body": phone})
        r.alert("lamp")
        r.alert(None, about=About(places=("the square",)))
        into, other = r.case_of(bike).id, r.case_of(lamp).id
        ana = r.browser()
        page = ana.get(f"/console/cases/{into}")
        assert '<option value="lamp">same phone</option>' in page
        fields = {"other": "lamp", "reason": "one <phone>"}
        assert step(ana, f"/console/cases/{into}/merge", **fields).endswith("said=merged")
        page = ana.get(f"/console/cases/{into}")
        assert "merged another case into this one: ads: 1, alerts: 1, urgency 80" in plain(page)
        assert "one &lt;phone&gt;" in page
        assert f'<a href="/console/cases/{into}">another case</a>' in ana.get(
            f"/console/cases/{other}"
        )
        assert queue_of(ana.get("/console"))[0] == "bike, lamp"
        assert queue_of(ana.get("/console?status=merged")) == ["lamp"]
        nowhere = next(case.id for case in r.cases() if not case.ads)
        step(ana, f"/console/cases/{into}/merge", other=str(nowhere), reason="the same square")
        assert len(queue_of(ana.get("/console"))) == 1
        for named in ("lamp", "nothing of ours", str(into)):
            told = step(
                ana, f"/console/cases/{into}/merge", 422, other=named, reason="again & again"
            )
            assert "Not done" in plain(told)
            assert "again &amp; again</textarea>" in told
