"""Routes, letters and the form's order: data that says where it is from, and nothing lost."""

import io
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report_cases import case

from answerable.adapters.destinations.archive import Archive
from answerable.adapters.destinations.letter import ELSEWHERE, Letter, letter_pdf, letter_text
from answerable.apps.console.report_words import form_of
from answerable.apps.reportwiring import ROUTE_DUTIES
from answerable.events.duties.clocks import EVERY_DUTY
from answerable.kernel.errors import Breach, NotFound
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.write import to_xml
from answerable.reports.routes import (
    EVERY_ROUTE,
    REVIEW_DAYS_MAX,
    Protocol,
    packages_for,
    route_named,
)

EVERYWHERE = frozenset({"US", "EU", "GB", "CA"})
NEWEST = max(duty.reviewed for duty in EVERY_DUTY)


def test_every_route_says_where_it_is_written_and_was_looked_at_within_a_year() -> None:
    for route in EVERY_ROUTE:
        assert route.sure in ("read", "second-hand", "own")
        assert date(2026, 1, 1) <= route.reviewed
        assert NEWEST - route.reviewed <= timedelta(days=REVIEW_DAYS_MAX)
        assert route.must_hold


def test_a_route_is_as_sure_as_the_duty_it_does() -> None:
    """A duty that is known second-hand does not become a fact by being a route."""
    named = {duty.name: duty for duty in EVERY_DUTY}
    for route in EVERY_ROUTE:
        duties = [named[name] for name in route.duties]
        if any(duty.sure == "second-hand" for duty in duties):
            assert route.sure == "second-hand", route.id
        for duty in duties:
            assert {route.jurisdiction, "*"} & set(duty.jurisdictions), route.id


def test_which_authorities_a_report_concerns() -> None:
    def names(served: frozenset[str], *, urgent: bool) -> list[str]:
        return [route.id for route in packages_for(served, urgent=urgent)]

    assert names(EVERYWHERE, urgent=True) == ["gb-nca", "eu-dsa-18", "ca-centre"]
    assert names(EVERYWHERE, urgent=False) == ["gb-nca", "ca-centre"]
    assert names(frozenset({"US"}), urgent=True) == []
    assert names(frozenset(), urgent=True) == []
    assert [r.id for r in EVERY_ROUTE if r.satisfied_by_ncmec] == ["ncmec", "gb-nca"]
    with pytest.raises(NotFound):
        route_named("mars")


def test_handing_over_stops_no_duty_of_the_cybertipline() -> None:
    packaged = [r for r in EVERY_ROUTE if r.protocol is Protocol.PACKAGE]
    stopped = frozenset().union(*(ROUTE_DUTIES[route.id] for route in packaged))
    assert stopped == {"report_uk_priority_1", "report_uk", "inform_police", "report_canada"}


def test_a_route_that_guesses_is_none() -> None:
    with pytest.raises(Breach, match="nobody guesses"):
        replace(EVERY_ROUTE[0], sure="C")
    with pytest.raises(Breach, match="end by hand"):
        replace(route_named("gb-nca"), duties=("report_promptly",))


# The letter

LATIN = Letter(title="A report", parts=(("To", (("Authority", "Größe (Café) \\ 7"), "Plain.")),))


def test_the_same_letter_has_the_same_bytes() -> None:
    assert letter_pdf(LATIN) == letter_pdf(LATIN)
    assert "Größe (Café)".encode("cp1252").replace(b"(", b"\\(").replace(b")", b"\\)") in (
        letter_pdf(LATIN)
    )


def test_other_letters_are_not_lost_and_not_printed_in_part() -> None:
    letter = Letter(title="A report", parts=(("To", (("Authority", "Поліція 7"),)),))
    pdf = letter_pdf(letter)
    assert ELSEWHERE.split(":")[0].encode() in pdf
    assert b"?" not in pdf
    assert "Поліція 7".encode() in letter_text(letter)


@given(st.text(max_size=300), st.integers(1, 60))
def test_any_letter_is_a_letter(words: str, lines: int) -> None:
    letter = Letter(title=words[:40], parts=(("H", (("Name", words), *(("x", "y"),) * lines)),))
    pdf = letter_pdf(letter)
    assert pdf.startswith(b"%PDF-1.7")
    assert pdf.rstrip().endswith(b"%%EOF")


@given(st.dictionaries(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), st.binary(max_size=50)))
def test_an_archive_is_its_content_and_nothing_else(content: dict[str, bytes]) -> None:
    def made() -> bytes:
        target = io.BytesIO()
        archive = Archive(target)  # type: ignore[arg-type]
        for name in sorted(content):
            archive.add(name, content[name])
        archive._archive.close()
        return target.getvalue()

    assert made() == made()
    with zipfile.ZipFile(io.BytesIO(made())) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == content


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../b", "a\\b", "é"])
def test_no_entry_unpacks_elsewhere(tmp_path: Path, name: str) -> None:
    archive = Archive(tmp_path / "a.zip")
    with pytest.raises(Breach, match="unpacks"):
        archive.add(name, b"")
    archive.add("a", b"")
    with pytest.raises(Breach, match="came twice"):
        archive.add("a", b"")


# The form


def test_the_form_begins_with_the_incident() -> None:
    report, _ = report_for_ads(case())
    first, second, *_ = form_of(to_xml(report))
    assert (first.title, first.answers[0].value) == ("Incident type", "Child Sex Trafficking")
    assert second.title == "Date and time"
