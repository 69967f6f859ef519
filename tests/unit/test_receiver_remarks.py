"""What the receiver remarks on without refusing it, and the page of calls where that stands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.receiver_samples import (
    OTHER,
    REPORTER,
    SUMMARY,
    TEST,
    Bench,
    bench,
    report,
    web_page,
)

LEGAL = REPORTER.replace("</reporter>", "<legalURL>https://example.com/legal</legalURL></reporter>")
IP = (
    "<ipCaptureEvent><ipAddress>192.0.2.{}</ipAddress>"
    "<dateTime>2026-09-0{}T10:00:00Z</dateTime></ipCaptureEvent>"
)
SUSPECT = "<personOrUserReported>{}</personOrUserReported>"
NOW = "2026-09-21T12:00:00Z"


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, control=True) as started:
        yield started


def remark(b: Bench, xml: str | bytes) -> tuple[int, str]:
    told = b.caller.submit(xml)
    return told.code, b.client.get("/control/calls").json()[-1]["note"]


REMARKED = {
    "the time of the call as the incident's": (
        report(summary=SUMMARY.replace("2026-09-01T10:00:00Z", NOW)),
        "incidentDateTime is the time of this call, not of an incident",
    ),
    "the address of the terms as the incident's": (
        report(details=web_page("https://example.com/legal"), reporter=LEGAL),
        "an incident's url is the reporter's legalURL",
    ),
    "an address of a whole site": (
        report(details=web_page("https://ads.example.com/")),
        "an incident's url names a site and no page of it",
    ),
    "every connection at one time": (
        report(rest=SUSPECT.format(IP.format(1, 1) + IP.format(2, 1))),
        "the 2 ipCaptureEvents of personOrUserReported are all of one time",
    ),
}


@pytest.mark.parametrize("name", REMARKED)
def test_what_looks_like_a_mistake_is_taken_and_remarked_on(b: Bench, name: str) -> None:
    xml, expected = REMARKED[name]
    assert remark(b, xml) == (0, expected)


def test_what_is_in_order_earns_no_remark(b: Bench) -> None:
    for xml in (
        report(),
        report(details=web_page("https://ads.example.com/1"), reporter=LEGAL),
        report(details=web_page("https://ads.example.com?id=1")),
        report(details=web_page("ads.example.com")),
        report(rest=SUSPECT.format(IP.format(1, 1))),
        report(rest=SUSPECT.format(IP.format(1, 1) + IP.format(1, 2))),
        report(summary=SUMMARY.replace("2026-09-01T10:00:00Z", "2026-09-21T11:59:50Z")),
    ):
        assert remark(b, xml) == (0, "")


def test_a_refusal_is_placed_where_the_client_went_wrong(b: Bench) -> None:
    """Named for clients that swallow the answer's words: its maker finds the place here."""
    assert remark(b, report(rest="<bluelantern/>")) == (4100, "at /report")
    assert remark(b, report(details="<internetDetails/>")) == (
        4100,
        "at /report/internetDetails[1]",
    )
    code, note = remark(b, report(details=web_page("https://ads.example.com/?a=1&b=2")))
    assert code == 4110
    assert note.startswith("at line 1, column ")
    assert remark(b, b"") == (4110, "at line 1, column 0")
    b.caller.finish("bluelantern")
    assert b.client.get("/control/calls").json()[-1]["note"] == "id is missing or no number"


def test_the_page_of_calls_shows_the_refused_ones_and_no_contents(b: Bench) -> None:
    opened = b.caller.submit(report(rest="<additionalInfo>bluelantern</additionalInfo>"))
    told = b.caller.submit(report(rest="<bluelantern/>"))
    assert 'href="/calls"' in b.client.get("/").text
    page = b.client.get("/calls").text
    assert "<strong>TEST</strong>" in page
    assert f'href="/reports/{opened.report_id}"' in page
    assert str(told.headers["Request-ID"]) in page
    assert "at /report" in page
    assert "bluelantern" not in page
    assert page.index("4100") < page.index(str(opened.report_id))


def test_beyond_loopback_the_page_of_calls_shows_a_user_only_theirs(tmp_path: Path) -> None:
    with bench(tmp_path, host="192.0.2.1", allow_non_loopback=True) as b:
        assert "None yet." in b.client.get("/calls", auth=TEST).text
        mine, theirs = b.caller.submit(), b.other.submit()
        assert b.client.get("/calls").status_code == 401
        page = b.client.get("/calls", auth=OTHER).text
    assert str(theirs.headers["Request-ID"]) in page
    assert str(mine.headers["Request-ID"]) not in page
