"""The order of NCMEC's form: every word of a report stands on the page once, and no other."""

from hypothesis import given
from lxml import etree
from report_strategies import REPORTS

from answerable.apps.console.report_words import SECTIONS, form_of
from answerable.reports.document import model as m
from answerable.reports.document.write import to_xml


def words(xml: bytes) -> list[str]:
    """Every word of the document, the slow way: texts of elements without children."""
    return sorted(
        element.text
        for element in etree.fromstring(xml).iter()
        if isinstance(element.tag, str) and not len(element) and element.text
    )


@given(report=REPORTS)
def test_the_form_loses_nothing_and_says_nothing_twice(report: m.Report) -> None:
    xml = to_xml(report, schema_hint=True)
    sections = form_of(xml)
    told = [one for section in sections for one in section.answers]
    assert sorted(one.value for one in told if one.value) == words(xml)
    attributes = sum(len(one.attrib) for top in etree.fromstring(xml) for one in top.iter())
    assert attributes == sum(len(one.told) for one in told)


@given(report=REPORTS)
def test_its_sections_stand_in_the_form_s_order(report: m.Report) -> None:
    titles = [section.title for section in form_of(to_xml(report))]
    assert titles == [title for title in SECTIONS if title in titles]
    assert titles[0] == "Incident type"
