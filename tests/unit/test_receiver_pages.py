"""The analyst's pages, the export, the control door: what they show, and to whom."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from tests.unit.receiver_samples import (
    HOUR,
    MINUTE,
    NOON,
    OTHER,
    SUMMARY,
    TEST,
    Bench,
    Caller,
    InProcess,
    SetTime,
    bench,
    report,
    settings_at,
    web_page,
)

from answerable.apps.receiver import FaultKind, ReceiverSettings, export_finished
from answerable.apps.receiver.app import create_receiver
from answerable.apps.receiver.pages import visible
from answerable.kernel.time import iso

NASTY = "<script>alert(1)</script>\"'&"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_a_report_is_shown_as_an_analyst_reads_it(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        url = web_page("https://ads.example.com/1?a=1&amp;b=2")
        words = f"<additionalInfo>{escaped(NASTY)}</additionalInfo>"
        opened = b.caller.submit(report(details=url, rest=words))
        ad = f"Two bicycles, {NASTY}\nprice \u202e€10\u200b".encode()
        held = b.caller.upload(opened.report_id, ad, NASTY.replace('"', "") + ".txt")
        b.caller.upload(opened.report_id, b"\x89PNG\r\n\x1a\n\x00", "drawn.png")
        more = "<fileViewedByEsp>true</fileViewedByEsp>"
        assert b.caller.fileinfo(opened.report_id, held.file_id, more).code == 0
        listed = b.client.get("/").text
        assert f'href="/reports/{opened.report_id}"' in listed
        page = b.client.get(f"/reports/{opened.report_id}").text
    assert "Child Sex Trafficking" in page
    assert "Incident Date Time" in page
    assert "https://ads.example.com/1?a=1&amp;b=2" in page
    assert "price ⟨U+202E⟩€10⟨U+200B⟩" in page
    assert "File Viewed By Esp" in page
    assert "Not text; not shown." in page
    assert str(held.digest) in page
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 3


def test_a_mark_that_is_true_by_standing_there_says_yes(tmp_path: Path) -> None:
    """Named for a page on which an empty mark looked as if nothing had been said."""
    marks = "<reportAnnotations><spam/><sextortion>true</sextortion></reportAnnotations>"
    summary = SUMMARY.replace("<incidentDateTime>", marks + "<incidentDateTime>")
    with bench(tmp_path) as b:
        opened = b.caller.submit(report(summary=summary))
        page = b.client.get(f"/reports/{opened.report_id}").text
    for label in ("Spam", "Sextortion"):
        assert re.search(rf">{label}</th>\s*<td>yes</td>", page)


def test_pages_say_test_and_fetch_nothing(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        report_id = b.caller.submit().report_id
        pages = [b.client.get("/"), b.client.get(f"/reports/{report_id}")]
        style = b.client.get("/style.css")
    for page in pages:
        assert page.status_code == 200
        assert "<strong>TEST</strong>" in page.text
        assert page.headers["X-Answerable-Receiver"] == "TEST"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert re.findall(r'(?:src|href)="(?!/)', page.text) == []
        assert " style=" not in page.text
    assert style.headers["Content-Type"].startswith("text/css")
    assert "url(" not in style.text
    assert "@import" not in style.text


def test_a_file_is_only_ever_a_download(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        report_id = b.caller.submit().report_id
        held = b.caller.upload(report_id, b"<script>1</script>", "page.html")
        got = b.client.get(f"/reports/{report_id}/files/{held.file_id}")
        assert got.content == b"<script>1</script>"
        assert got.headers["Content-Type"] == "application/octet-stream"
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert b.client.get(f"/reports/{report_id}/files/no").status_code == 404
        assert b.client.get("/reports/1/files/" + str(held.file_id)).status_code == 404
        assert b.client.get("/reports/99999999999999999999").status_code == 404


def test_a_retracted_report_shows_that_it_was_and_no_more(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        opened = b.caller.submit(report(rest="<additionalInfo>bluelantern</additionalInfo>"))
        assert "bluelantern" in b.client.get(f"/reports/{opened.report_id}").text
        assert b.caller.retract(opened.report_id).code == 0
        page = b.client.get(f"/reports/{opened.report_id}").text
    assert "retracted" in page
    assert "Its contents are gone" in page
    assert "bluelantern" not in page


def test_the_list_goes_back_page_by_page(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        for _ in range(103):
            last = b.caller.submit().report_id
        newest = b.client.get("/").text
        assert f"/reports/{last}" in newest
        assert "/reports/4000003" not in newest
        older = re.search(r'href="(/\?before=\d+)"', newest)
        assert older is not None
        assert "/reports/4000003" in b.client.get(older[1]).text
        assert b.client.get("/?before=x").status_code == 200


def test_pages_turn_away_a_foreign_host_name(tmp_path: Path) -> None:
    """A page elsewhere that points its own name at 127.0.0.1 reads nothing."""
    with bench(tmp_path) as b:
        report_id = b.caller.submit().report_id
        for path in ("/", f"/reports/{report_id}"):
            answer = b.client.get(path, headers={"Host": "attacker.example.org"})
            assert answer.status_code == 401
        assert b.client.get("/", headers={"Host": "localhost:8090"}).status_code == 200


def test_beyond_loopback_pages_ask_for_a_user_and_show_only_theirs(tmp_path: Path) -> None:
    with bench(tmp_path, host="192.0.2.1", allow_non_loopback=True) as b:
        mine, theirs = b.caller.submit().report_id, b.other.submit().report_id
        for path in ("/", f"/reports/{mine}", f"/reports/{mine}/files/x"):
            assert b.client.get(path).status_code == 401
        listed = b.client.get("/", auth=TEST).text
        assert f"/reports/{mine}" in listed
        assert f"/reports/{theirs}" not in listed
        assert b.client.get(f"/reports/{mine}", auth=TEST).status_code == 200
        assert b.client.get(f"/reports/{theirs}", auth=TEST).status_code == 404
        assert b.client.get(f"/reports/{theirs}", auth=OTHER).status_code == 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain €\n\tind", "plain €\n\tind"),
        ("a\x00b\x7f", "a⟨U+0000⟩b⟨U+007F⟩"),
        ("\u202etxt.exe\u2066", "⟨U+202E⟩txt.exe⟨U+2066⟩"),
        ("5\u200b5\ufeff5", "5⟨U+200B⟩5⟨U+FEFF⟩5"),
    ],
)
def test_hidden_characters_are_named(text: str, shown: str) -> None:
    assert visible(text) == shown


# The export


def three_finished(b: Bench) -> tuple[int, int, int, list[str | None]]:
    first = b.caller.submit().report_id
    files = [b.caller.upload(first, data).file_id for data in (b"a", b"b")]
    b.time.pass_by(MINUTE)
    assert b.caller.finish(first).code == 0
    second, third = b.other.submit().report_id, b.caller.submit().report_id
    assert b.other.finish(second).code == 0
    assert b.caller.finish(third).code == 0
    gone = b.caller.submit().report_id
    b.caller.retract(gone)
    b.caller.submit()
    assert first is not None
    assert second is not None
    assert third is not None
    return first, second, third, files


def test_the_export_lists_what_was_finished_for_its_user(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        first, second, third, files = three_finished(b)
        rows = list(csv.DictReader(io.StringIO(b.caller.get("/export/finished.csv").text)))
        lines = b.caller.get("/export/finished.jsonl").text.splitlines()
        others = b.other.get("/export/finished.jsonl").text
        whole = export_finished(b.db_path)
    assert [row["report_id"] for row in rows] == [str(first), str(third)]
    assert rows[0] == {
        "report_id": str(first),
        "user": "test",
        "opened": iso(NOON),
        "finished": "2026-09-21T12:01:00.000Z",
        "file_ids": " ".join(str(file) for file in files),
    }
    assert json.loads(lines[0]) == rows[0] | {"file_ids": files}
    assert json.loads(others)["report_id"] == str(second)
    assert [r.report_id for r in whole] == [str(first), str(second), str(third)]
    assert [r.report_id for r in export_finished(b.db_path, "other")] == [str(second)]


@pytest.mark.parametrize("path", ["/export/finished.csv", "/export/finished.jsonl"])
def test_the_export_asks_who_you_are(tmp_path: Path, path: str) -> None:
    with bench(tmp_path) as b:
        assert b.client.get(path).status_code == 401
        assert b.client.get(path, auth=("test", "no")).status_code == 401
        assert b.client.get(path, auth=TEST).status_code == 200


# The control door


def test_the_control_door_is_not_there_unless_asked_for(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        for path in ("/control/switches", "/control/calls"):
            assert b.client.get(path).status_code == 404
            assert b.client.post(path, json={}).status_code == 404


def test_switches_turn_over_http_from_this_machine(tmp_path: Path) -> None:
    with bench(tmp_path, control=True) as b:
        turn = {"latency_ms": 2, "faults": [{"kind": "server_error", "call": "finish"}]}
        answer = b.client.post("/control/switches", json=turn)
        assert answer.status_code == 200
        assert b.board.now.latency_ms == 2
        assert b.board.now.faults[0].kind is FaultKind.SERVER_ERROR
        assert b.client.get("/control/switches").json() == answer.json()
        assert b.caller.finish(1).code == 1000
        for bad in (b"[]", b"{", b'{"latency_ms": 1.5}', b'{"a": 1, "a": 2}', b'{"wrong": 1}'):
            refused = b.client.post(
                "/control/switches", content=bad, headers={"Content-Type": "application/json"}
            )
            assert refused.status_code == 422
            assert refused.json()["reason"]
        assert b.board.now.latency_ms == 2


def test_the_control_door_refuses_strangers(tmp_path: Path) -> None:
    settings: ReceiverSettings = settings_at(tmp_path, control=True)
    app = create_receiver(settings, SetTime())
    near, far = InProcess(app), InProcess(app, peer="192.0.2.9")
    foreign_name = {"Host": "attacker.example.org"}
    plain_form = {"Content-Type": "text/plain"}
    refused = [
        far.get("/control/switches"),
        far.get("/control/calls"),
        far.post("/control/switches", json={"latency_ms": 1}),
        near.post("/control/switches", json={"latency_ms": 1}, headers=foreign_name),
        near.get("/control/switches", headers=foreign_name),
        near.post("/control/switches", content=b'{"latency_ms": 1}', headers=plain_form),
    ]
    assert [answer.status_code for answer in refused] == [403] * 6
    assert app.switchboard.now.latency_ms == 0
    near.close()
    far.close()
    app.close()


def test_the_calls_are_told_without_their_contents(tmp_path: Path) -> None:
    with bench(tmp_path, control=True) as b:
        opened = b.caller.submit(report(rest="<additionalInfo>bluelantern</additionalInfo>"))
        Caller(b.client, ("test", "no")).client.get("/ispws/status", auth=("test", "no"))
        b.time.pass_by(HOUR)
        b.caller.submit(report(rest="<bluelantern/>"))
        answer = b.client.get("/control/calls")
    calls = answer.json()
    assert [(call["call"], call["code"]) for call in calls] == [
        ("submit", 0), ("status", 2000), ("submit", 4100),
    ]  # fmt: skip
    assert calls[0]["report_id"] == str(opened.report_id)
    assert calls[0]["request_id"] == opened.headers["Request-ID"]
    assert "bluelantern" not in answer.text
