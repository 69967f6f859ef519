"""Mistakes seen in real client code, sent over the wire: each refused with the right code.

What no receiver can see (an honest-looking wrong URL, evidence deleted too early) is not here.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.receiver_samples import SUMMARY, Bench, bench, file_details, report, web_page
from tests.unit.test_receiver_schema import BROKEN_RULES, MISTAKES


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as started:
        yield started


@pytest.mark.parametrize("name", [*MISTAKES, *BROKEN_RULES])
def test_a_document_with_a_mistake_is_4100_and_opens_nothing(b: Bench, name: str) -> None:
    xml = (MISTAKES | BROKEN_RULES)[name]
    call = "fileinfo" if xml.startswith("<fileDetails") else "submit"
    told = b.caller.send(call, xml)
    assert (told.code, told.report_id) == (4100, None)
    assert told.description.startswith("Validation failed: /")
    assert b.caller.submit().report_id == 4_000_001


def test_an_unescaped_ampersand_in_a_url_is_4110(b: Bench) -> None:
    assert (
        b.caller.submit(report(details=web_page("https://ads.example.com/1?a=1&b=2"))).code == 4110
    )


def test_a_time_that_is_future_by_a_skewed_machine_is_4100_until_it_has_come(b: Bench) -> None:
    soon = report(summary=SUMMARY.replace("2026-09-01T10:00:00Z", "2026-09-21T12:00:30+00:00"))
    assert b.caller.submit(soon).code == 4100
    b.time.pass_by(30_000)
    assert b.caller.submit(soon).code == 0


def test_words_in_no_declared_charset_are_4110(b: Bench) -> None:
    xml = report(rest="<additionalInfo>naïve</additionalInfo>")
    assert b.caller.send("submit", xml.encode("latin-1"), "text/xml; charset=utf-8").code == 4110


def test_retracting_after_finish_withdraws_nothing(b: Bench) -> None:
    report_id = b.caller.submit().report_id
    assert b.caller.finish(report_id).code == 0
    assert b.caller.retract(report_id).code == 5102
    assert b.caller.finish(report_id).code == 5102


def test_a_failed_call_comes_with_200_so_that_believing_it_shows(b: Bench) -> None:
    told = b.caller.submit("<report/>")
    assert (told.status, told.code) == (200, 4100)
    report_id = b.caller.submit().report_id
    assert b.caller.retract(report_id).code == 0
    late = b.caller.finish(report_id)
    assert (late.status, late.code, late.root) == (200, 5101, "reportResponse")


def test_file_details_for_the_wrong_hands_are_refused(b: Bench) -> None:
    assert b.caller.send("fileinfo", file_details(4_000_001, "a")).code == 5001
    report_id = b.caller.submit().report_id
    assert b.caller.send("fileinfo", file_details(report_id, "a")).code == 5002
    assert b.other.send("fileinfo", file_details(report_id, "a")).code == 5001


def test_schema_only_lets_the_second_judges_cases_through(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        b.board.turn(documented_rules=False)
        reports = [xml for xml in BROKEN_RULES.values() if xml.startswith("<report>")]
        assert {b.caller.submit(xml).code for xml in reports} == {0}
        assert {b.caller.submit(xml).code for xml in MISTAKES.values()} == {4100}
