"""Editions of the schema: what one has no element for is said in words, or named; never dropped."""

from dataclasses import replace

from report_cases import NOON, ago, case

from answerable.reports.document import model as m
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.check import check
from answerable.reports.document.gate import faults_of
from answerable.reports.document.profile import fitted
from answerable.reports.document.schema import schema_faults
from answerable.reports.document.values import AssociatedType, IncidentType, Profile
from answerable.reports.document.write import to_xml

OLD, NEW = Profile
DOUBT = m.Person(age=17, age_assertion_discrepancy=True)
LINKED = m.AssociatedAccount(type=AssociatedType.LINKED, age_assertion_discrepancy=False)
REPORT = m.Report(
    incident_summary=m.IncidentSummary(
        incident_type=IncidentType.CHILD_SEX_TRAFFICKING,
        report_annotations=m.ReportAnnotations(informational=True),
        incident_date_time=ago(1),
    ),
    reporter=m.Reporter(reporting_person=m.Person(email=(m.Email(text="desk@example.com"),))),
    person_or_user_reported=(
        m.PersonOrUserReported(
            person_or_user_reported_person=DOUBT,
            associated_account=(LINKED,),
            additional_info="bluelantern",
        ),
    ),
    intended_recipient=(
        m.IntendedRecipient(intended_recipient_person=DOUBT, additional_info=("one",)),
    ),
    victim=(m.Victim(victim_person=DOUBT),),
)


def test_the_newer_edition_carries_it_where_it_belongs() -> None:
    assert fitted(REPORT, NEW) is REPORT
    assert check(REPORT, NOON, NEW) == ()
    xml = to_xml(REPORT)
    assert schema_faults(xml, NEW) == ()
    assert b"<informational>true</informational>" in xml
    assert b"<age>17</age><ageAssertionDiscrepancy>true</ageAssertionDiscrepancy>" in xml


def test_the_older_edition_says_it_in_words() -> None:
    older = fitted(REPORT, OLD)
    assert check(older, NOON, OLD) == ()
    assert schema_faults(to_xml(older), OLD) == ()
    assert older.incident_summary.report_annotations is None
    assert older.additional_info == "Annotation by the reporting company: informational."
    (suspect,), (recipient,), (victim,) = (
        older.person_or_user_reported,
        older.intended_recipient,
        older.victim,
    )
    assert suspect.additional_info.startswith("bluelantern\nageAssertionDiscrepancy: the age given")
    assert "no doubt" in suspect.associated_account[0].additional_info
    assert recipient.additional_info[0] == "one"
    assert "in doubt" in recipient.additional_info[1]
    assert "in doubt" in victim.additional_info
    assert victim.victim_person.age == 17


def test_other_annotations_stay() -> None:
    marks = m.ReportAnnotations(informational=True, spam=True)
    summary = replace(REPORT.incident_summary, report_annotations=marks)
    older = fitted(replace(REPORT, incident_summary=summary), OLD)
    assert older.incident_summary.report_annotations == m.ReportAnnotations(spam=True)


def test_unfitted_it_is_refused_by_both_checks_of_the_older_edition() -> None:
    assert len(check(REPORT, NOON, OLD)) == 5
    assert len(schema_faults(to_xml(REPORT), OLD)) == 5


def test_a_reporting_person_is_spoken_of_in_the_report() -> None:
    person = replace(REPORT.reporter.reporting_person, age_assertion_discrepancy=True)
    report = replace(REPORT, reporter=m.Reporter(reporting_person=person))
    older = fitted(report, OLD)
    assert check(older, NOON, OLD) == ()
    assert "Reporting person: ageAssertionDiscrepancy" in (older.additional_info or "")


def test_the_gate_looks_at_every_file() -> None:
    report, files = report_for_ads(case())
    both = replace(files[0].description, potential_meme=True, file_annotations=m.FileAnnotations())
    spoiled = (replace(files[0], description=both), *files[1:])
    said = [str(fault) for fault in faults_of(report, spoiled, NOON, OLD)]
    assert said == [
        "fileDetails/fileAnnotations: not beside potentialMeme; found both",
        "fileDetails: only one of potentialMeme and fileAnnotations; found 2",
    ]
