"""The public pages: what anybody reads, with nothing there and with everything there."""

import json
import re
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.console_room import plain, room

from answerable.apps.public.figures import CELL_MIN, FEW, span, told, told_beside
from answerable.kernel.ids import ActorId
from answerable.kernel.time import DAY
from answerable.ownership.page import REASONS, to_page

CLI = ActorId("system:cli")
PAGES = ("/", "/ownership", "/sections", "/figures", "/policy")


def test_an_empty_house_is_honest(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        anybody = r.stranger()
        told = {path: plain(anybody.get(path).text) for path in PAGES}
    assert "Nothing is published yet" in told["/"]
    assert "nothing is known here of who owns it" in told["/ownership"]
    assert "No section is closed" in told["/sections"]
    assert "It was never on" in told["/figures"]
    assert "There is no policy yet" in told["/policy"]


def test_clocks_are_public_by_duty_once_their_month_is_over(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        for number in range(11):
            r.ad(f"bike-{number}", {"title": f"a bike, {number}"})
            r.alert(f"bike-{number}")
        assert "No clock started before this month" in plain(r.stranger().get("/figures").text)
        r.time.pass_(40 * DAY)
        told = plain(r.stranger().get("/figures").text)
    assert "first_look 11 0 0 11 – –" in told  # nobody looked: overdue, in public


def test_a_small_number_of_clocks_is_told_as_small(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        r.ad("bike-1", {"title": "a bike"})
        r.alert("bike-1")
        r.time.pass_(40 * DAY)
        told = plain(r.stranger().get("/figures").text)
    assert "first_look fewer than 10 0 0 fewer than 10 – –" in told


@given(parts=st.lists(st.integers(0, 500), min_size=1, max_size=6))
def test_no_subtraction_tells_a_small_number(parts: list[int]) -> None:
    """As many totals fit what is told as there are units in ten, wherever one part is small."""
    total = sum(parts)
    said = told_beside(total, parts)
    small = [part for part in parts if 0 < part < CELL_MIN]
    if not small:
        assert said == told(total)
    elif total >= CELL_MIN:
        assert {told_beside(n, parts) for n in range(total // 10 * 10, total // 10 * 10 + 10)} == {
            said
        }
    assert all(told_beside(part, parts) == FEW for part in small)


@pytest.mark.parametrize(
    ("ms", "said"),
    [(None, "–"), (1, "1 s"), (99_000, "99 s"), (99_001, "2 min"), (5_940_001, "1 h 40 min")],
)
def test_a_span_is_never_told_shorter_than_it_was(ms: int | None, said: str) -> None:
    assert span(ms) == said


def test_the_front_page_leads_everywhere(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        page = r.stranger().get("/").text
    for path in ("/alert", "/ownership", "/sections", "/figures", "/log/checkpoint", "/policy"):
        assert f'href="{path}"' in page
    assert 'href="/healthz"' in page
    assert 'href="/console"' in page


def test_ownership_is_shown_to_people_or_to_a_stated_gap(tmp_path: Path) -> None:
    raw = resources.files("answerable.apps.demo").joinpath("ownership.json").read_bytes()
    with room(tmp_path) as r:
        shown = r.house.publish_ownership(r.house.site, raw, CLI)
        page = plain(r.stranger().get("/ownership").text)
    usual = to_page(shown.usual)
    for holder in (*shown.usual.holders, *shown.lower.holders):
        assert holder.name in page
    for gap in shown.usual.gaps:
        assert f"{gap.at_name}" in page
        assert REASONS[gap.reason] in page
    assert ("Not every chain ends at a person" in page) == (not usual["complete"])
    assert shown.sha256 in page
    for statement in json.loads(raw):
        details = statement.get("recordDetails", {})
        if "birthDate" in details:
            assert details["birthDate"] not in page  # names, shares and chains only


def test_closed_sections_are_listed_with_notice_and_reason(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        notice = "<script>alert(1)</script> No ads\u202e here."
        r.house.close_section.close(r.house.site, "rooms", "us-ca", notice, "a court order", CLI)
        r.house.close_section.close(r.house.site, "cars", "", "Closed.", "too few people", CLI)
        anybody = r.stranger()
        page = anybody.get("/sections").text
        assert "<script>" not in page
        assert "No ads⟨U+202E⟩ here." in page
        assert re.search(r"cars everywhere Closed\. too few people .* rooms US-CA", plain(page))
        r.house.close_section.open(r.house.site, "rooms", "US-CA", "the order ended", CLI)
        assert "rooms" in plain(anybody.get("/sections").text)
        second = ActorId("staff:edda")
        r.house.close_section.open(r.house.site, "rooms", "US-CA", "the order ended", second)
        assert "rooms" not in plain(anybody.get("/sections").text)


def test_closed_sections_are_told_to_machines_with_their_leaf(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        r.house.close_section.close(r.house.site, "rooms", "us-ca", "No ads.", "an order", CLI)
        (closure,) = r.house.closures(r.house.site)
        told = r.stranger().get("/sections.json").json()
        assert r.stranger().get("/availability").text.count("an order") == 1
        page = r.stranger().get("/sections").text
    (row,) = told["sections"]
    assert (row["section"], row["jurisdiction"], row["planned"]) == ("rooms", "US-CA", False)
    assert (row["notice"], row["reason"]) == ("No ads.", "an order")
    assert re.fullmatch("[0-9a-f]{64}", row["leaf_hash"])
    assert row["leaf_hash"] == closure.leaf
    assert f'href="{row["proof"]}"' in page
    assert told["moved"] == []


def test_the_policy_is_shown_as_it_lies_in_the_home(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        r.house.home.policy.write_text("log ads.example.com/main+abc+KEY\nquorum none\n", "utf-8")
        page = r.stranger().get("/policy").text
    assert "log ads.example.com/main+abc+KEY\nquorum none\n" in page


def test_public_pages_run_no_script_and_take_no_form(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        for path in PAGES:
            answer = r.stranger().get(path)
            policy = answer.headers["content-security-policy"]
            assert "script-src 'none'" in policy
            assert "form-action 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "<script" not in answer.text
            assert "<form" not in answer.text
            assert "set-cookie" not in answer.headers
            assert re.findall(r'(?:src|href)="(?!/|#)', answer.text) == []
            assert "<strong>TEST</strong>" in answer.text
            assert '<html lang="en">' in answer.text
            assert answer.text.count("<h1>") == 1


def test_a_page_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        r.house.store.engine.dispose()
        (r.house.home.database).unlink()
        for left in r.house.home.root.glob("db.sqlite3-*"):
            left.unlink()
        answer = r.stranger().get("/sections")
    assert answer.status_code == 503
    assert "cannot be shown at the moment" in plain(answer.text)
    assert 'href="/alert"' in answer.text
