"""The public pages: what anybody reads, with nothing there and with everything there."""

import json
import re
from importlib import resources
from pathlib import Path

from tests.unit.console_room import plain, room

from answerable.kernel.ids import ActorId
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
