"""The receiver's two judges: the schema's shape, then what the documentation asks beyond it."""

from collections.abc import Callable

import pytest
from lxml import etree
from tests.unit.receiver_samples import (
    NOON,
    REPORTER,
    SUMMARY,
    file_details,
    report,
    web_page,
)

from answerable.apps.receiver.rules import check_rules
from answerable.apps.receiver.schema import Invalid, check_schema
from answerable.apps.receiver.shapes import Kind
from answerable.apps.receiver.tables import documents
from answerable.apps.receiver.values import (
    BOOLEAN,
    COUNTRY,
    DATE,
    DATE_TIME,
    DOUBLE,
    FLAG,
    INCIDENT_TYPE,
    INT,
    LONG,
    STATE,
    Profile,
    Simple,
    why_not,
)
from answerable.apps.receiver.xsd import write_xsd

SUSPECT = "<personOrUserReported>{}</personOrUserReported>"
PERSON = SUSPECT.format("<personOrUserReportedPerson>{}</personOrUserReportedPerson>")
IP = "<ipCaptureEvent><ipAddress>192.0.2.7</ipAddress>{}</ipCaptureEvent>"


def judge_shape(xml: str, profile: Profile = Profile.NOV_2025) -> Invalid | None:
    """The first judge; the generated XML Schema must agree on every document asked."""
    root = etree.fromstring(xml)
    found = check_schema(root, kind_of(root, profile))
    assert etree.XMLSchema(etree.fromstring(write_xsd(profile))).validate(root) == (found is None)
    return found


def judge_rules(xml: str) -> Invalid | None:
    root = etree.fromstring(xml)
    assert judge_shape(xml) is None
    return check_rules(root, kind_of(root, Profile.NOV_2025), NOON)


def kind_of(root: etree._Element, profile: Profile) -> Kind:
    chosen = documents(profile)
    return chosen.report if root.tag == "report" else chosen.file_details


def test_the_least_report_passes_both_judges() -> None:
    assert judge_rules(report()) is None
    assert judge_rules(file_details(1, "a")) is None


# Mistakes seen in real clients: what a schema can see of them

MISTAKES = {
    "wrong order": f"<report>{REPORTER}{SUMMARY}</report>",
    "time before type": report(
        summary="<incidentSummary><incidentDateTime>2026-09-01T10:00:00Z</incidentDateTime>"
        "<incidentType>Child Sex Trafficking</incidentType></incidentSummary>"
    ),
    "thirdPartyHostedContent as an element": report(
        details=web_page("https://ads.example.com/1").replace(
            "</url>", "</url><thirdPartyHostedContent>true</thirdPartyHostedContent>"
        )
    ),
    "phone with a number inside": report(
        rest=PERSON.format("<phone><number>+1 555 0100</number></phone>")
    ),
    "accountType as a child": report(
        rest=SUSPECT.format(
            "<associatedAccount><accountType>Linked</accountType></associatedAccount>"
        )
    ),
    "accountType as an attribute": report(
        rest=SUSPECT.format('<associatedAccount accountType="Linked"/>')
    ),
    "associatedAccount without its type": report(rest=SUSPECT.format("<associatedAccount/>")),
    "type on nameValuePair": file_details(
        1,
        "a",
        '<details><nameValuePair type="EXIF"><name>a</name><value>b</value></nameValuePair>'
        "</details>",
    ),
    "fleaCountry on lawEnforcement": report(
        details='<lawEnforcement fleaCountry="CA"><agencyName>Town</agencyName></lawEnforcement>'
    ),
    "empty internetDetails": report(details="<internetDetails/>"),
    "two kinds in one internetDetails": report(
        details="<internetDetails><webPageIncident/><emailIncident/></internetDetails>"
    ),
    "two ipCaptureEvents on a file": file_details(1, "a", IP.format("") * 2),
    "event name of one's own": report(
        rest=SUSPECT.format(IP.format("<eventName>Message Sent</eventName>"))
    ),
    "username under a person": report(rest=PERSON.format("<username>bike4u</username>")),
    "ipAddress under a person": report(rest=PERSON.format("<ipAddress>192.0.2.7</ipAddress>")),
    "ageEstimate under a person": report(rest=PERSON.format("<ageEstimate>30</ageEstimate>")),
    "content on a web page": report(
        details="<internetDetails><webPageIncident><content>words</content></webPageIncident>"
        "</internetDetails>"
    ),
    "a default namespace": report().replace("<report>", '<report xmlns="http://example.org/ns">'),
    "an old incident type": report(
        summary=SUMMARY.replace(
            "Child Sex Trafficking", "Child Sexual Molestation (not by family member)"
        )
    ),
    "legalUrl in small letters": report(
        reporter=REPORTER.replace("</reporter>", "<legalUrl>https://example.com</legalUrl></reporter>")
    ),
    "two incident types": report(
        summary=SUMMARY.replace(
            "</incidentType>", "</incidentType><incidentType>Child Sex Tourism</incidentType>"
        )
    ),
    "a victim without victimPerson": report(rest="<victim/>"),
    "priorCTReports on an associated account": report(
        rest=SUSPECT.format(
            '<associatedAccount type="Linked"><priorCTReports>1</priorCTReports>'
            "</associatedAccount>"
        )
    ),
    "a false flag": report(
        summary=SUMMARY.replace(
            "<incidentDateTime>",
            "<reportAnnotations><spam>false</spam></reportAnnotations><incidentDateTime>",
        )
    ),
    "a meme element and annotations": file_details(
        1, "a", "<potentialMeme>true</potentialMeme><fileAnnotations/>"
    ),
    "a hash without its type": file_details(1, "a", "<originalFileHash>ab</originalFileHash>"),
    "words between elements": report().replace("<reporter>", "and <reporter>"),
    "no reporter": f"<report>{SUMMARY}</report>",
    "no incident": f"<report>{REPORTER}</report>",
    "time without seconds": report(summary=SUMMARY.replace("10:00:00Z", "10:00Z")),
    "date alone": report(summary=SUMMARY.replace("T10:00:00Z", "")),
    "zone without colon": report(summary=SUMMARY.replace("10:00:00Z", "10:00:00+0000")),
    "a batch with words in it": report().replace(
        "<report>", '<report><batchedReport reason="VIRAL_POTENTIAL_MEME"> </batchedReport>'
    ),
    "a type stated by the document": report().replace(
        "<report>",
        '<report xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_seen_in_real_clients_fail_the_schema(name: str) -> None:
    found = judge_shape(MISTAKES[name])
    assert found is not None
    assert found.where.startswith("/")
    assert found.why


def test_the_fault_is_placed_where_it_is() -> None:
    bad = IP.format("<eventName>Message Sent</eventName>")
    found = judge_shape(report(rest=SUSPECT.format(IP.format("") + bad)))
    assert found == Invalid(
        where="/report/personOrUserReported[1]/ipCaptureEvent[2]/eventName",
        why="'Message Sent' is not one of the 6 values allowed here",
    )


RIGHT = {
    "attribute on a web page": report(
        details='<internetDetails><webPageIncident thirdPartyHostedContent="true">'
        "<url>https://ads.example.com/1?a=1&amp;b=2</url><url>https://ads.example.org/1</url>"
        "</webPageIncident></internetDetails>"
    ),
    "flags in any order, empty or true": report(
        summary=SUMMARY.replace(
            "<incidentDateTime>",
            "<reportAnnotations><spam/><sextortion>true</sextortion></reportAnnotations>"
            "<incidentDateTime>",
        )
    ),
    "an empty victim": report(rest="<victim><victimPerson/></victim>"),
    "comments anywhere": report().replace("<reporter>", "<!-- here --><reporter><?pi?>"),
    "blanks between elements": report().replace("><", ">\n  <"),
    "a phone with its attributes": report(
        rest=PERSON.format(
            '<phone type="Mobile" verified="true" verificationDate="2026-01-01T00:00:00Z" '
            'countryCallingCode="+1" extension="12">555-0100</phone>'
        )
    ),
    "country and state left blank": report(
        rest=PERSON.format("<address><state></state><country/></address>")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_let_through(name: str) -> None:
    assert judge_rules(RIGHT[name]) is None


# Single values


@pytest.mark.parametrize(
    ("simple", "good", "bad"),
    [
        (BOOLEAN, "true false 1 0", ("", "TRUE", "yes", "01")),
        (FLAG, "true", ("false", "1", "0", " ", " true")),
        (
            INT,
            "0 -1 +5 007 2147483647 -2147483648",
            ("", "1.0", "1e3", "2147483648", "٣", "9" * 41),
        ),
        (LONG, "9223372036854775807", ("9223372036854775808", "-9223372036854775809", "x")),
        (DOUBLE, "1 -1.5 .5 5. 1e3 INF -INF NaN", ("", ".", "e3", "1,5", "+INF", "inf", "0x1")),
        (DATE, "2026-01-01 2024-02-29 2026-01-01Z", ("2026-02-29", "2026-1-1", "01/02/2026", "")),
        (
            DATE_TIME,
            (
                "2026-01-01T00:00:00Z 2026-01-01T00:00:00 2026-01-01T23:59:59.999+14:00 "
                "2000-02-29T24:00:00-05:30 -0044-03-15T12:00:00Z 12026-01-01T00:00:00Z"
            ),
            (
                "2026-01-01", "2026-01-01 00:00:00Z", "2026-01-01T00:00Z",
                "2026-01-01T00:00:00+0000", "2026-01-01T00:00:00+14:01", "2026-01-01T23:59:60Z",
                "2026-01-01T24:00:01Z", "1900-02-29T00:00:00Z", "0000-01-01T00:00:00Z",
                " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z ", "2026-13-01T00:00:00Z",
                "2026-01-01t00:00:00z", "2026-01-01T00:00:00.Z", "02026-01-01T00:00:00Z",
            ),
        ),
        (STATE, "WA DC GU PR VI", ("wa", "AS", "AE", " WA", "Washington")),
        (COUNTRY, "US CA GB A1 XK", ("us", "USA", "UK", "XX", "United States")),
    ],
)  # fmt: skip
def test_the_forms_of_single_values(simple: Simple, good: str, bad: tuple[str, ...]) -> None:
    assert [text for text in good.split() if why_not(text, simple)] == []
    assert [text for text in bad if not why_not(text, simple)] == []


def test_the_closed_lists_have_their_known_lengths() -> None:
    assert (len(COUNTRY.allowed), len(STATE.allowed), len(INCIDENT_TYPE.allowed)) == (258, 55, 8)


# The second judge


def in_summary(more: str) -> str:
    return report(summary=SUMMARY.replace("<incidentDateTime>", more + "<incidentDateTime>"))


def at(moment: str) -> str:
    return report(summary=SUMMARY.replace("2026-09-01T10:00:00Z", moment))


LIMITS: dict[str, tuple[Callable[[str], str], int]] = {
    "platform": (lambda x: in_summary(f"<platform>{x}</platform>"), 256),
    "escalation": (
        lambda x: in_summary(f"<escalateToHighPriority>{x}</escalateToHighPriority>"),
        3000,
    ),
    "report's additionalInfo": (
        lambda x: report(rest=f"<additionalInfo>{x}</additionalInfo>"),
        3000,
    ),
    "espService": (lambda x: report(rest=SUSPECT.format(f"<espService>{x}</espService>")), 100),
    "first name": (lambda x: report(rest=PERSON.format(f"<firstName>{x}</firstName>")), 100),
    "phone": (lambda x: report(rest=PERSON.format(f"<phone>{x}</phone>")), 50),
    "phone's extension": (
        lambda x: report(rest=PERSON.format(f'<phone extension="{"1" * len(x)}">1</phone>')),
        10,
    ),
    "legalURL": (
        lambda x: report(
            reporter=REPORTER.replace("</reporter>", f"<legalURL>{x}</legalURL></reporter>")
        ),
        2083,
    ),
    "originalFileName": (
        lambda x: file_details(1, "a", f"<originalFileName>{x}</originalFileName>"),
        2056,
    ),
    "hashType": (
        lambda x: file_details(1, "a", f'<originalFileHash hashType="{x}">ab</originalFileHash>'),
        64,
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_lengths_are_counted_in_characters(name: str) -> None:
    write, limit = LIMITS[name]
    assert judge_rules(write("é" * limit)) is None
    found = judge_rules(write("é" * (limit + 1)))
    assert found is not None
    assert str(limit) in found.why


BROKEN_RULES = {
    "a blank escalation": in_summary("<escalateToHighPriority> \n</escalateToHighPriority>"),
    "an incident to come": at("2026-09-21T12:00:01Z"),
    "an incident in a later zone to come": at("2026-09-21T14:00:01+02:00"),
    "an incident at the far end of time": at("12026-01-01T00:00:00Z"),
    "an incident at tomorrow's midnight": at("2026-09-21T24:00:00Z"),
    "a time without zone": at("2026-09-01T10:00:00"),
    "a zoneless time in an attribute": report(
        rest=PERSON.format('<email verificationDate="2026-01-01T00:00:00">a@example.com</email>')
    ),
    "a blank in a url": report(details=web_page("https://ads.example.com/a b")),
    "a line end in a url": report(details=web_page("https://ads.example.com/\n")),
    "no email of the reporter": report(
        reporter="<reporter><reportingPerson/></reporter>"
    ),
    "a blank email of the reporter": report(
        reporter="<reporter><reportingPerson><email> </email></reportingPerson></reporter>"
    ),
    "an age beyond reason": report(rest=PERSON.format("<age>151</age>")),
    "port 0": report(rest=SUSPECT.format(IP.format("<port>0</port>"))),
    "two reported persons": report(rest=SUSPECT.format("") * 2),
    "supplemental and classified": file_details(
        1,
        "a",
        "<fileRelevance>Supplemental Reported</fileRelevance>"
        "<industryClassification>A1</industryClassification>",
    ),
    "supplemental and a meme": file_details(
        1,
        "a",
        "<fileRelevance>Supplemental Reported</fileRelevance><potentialMeme>1</potentialMeme>",
    ),
    "supplemental and annotated a meme": file_details(
        1,
        "a",
        "<fileRelevance>Supplemental Reported</fileRelevance>"
        "<fileAnnotations><potentialMeme/></fileAnnotations>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_RULES)
def test_documented_rules_are_kept_by_the_second_judge_alone(name: str) -> None:
    assert judge_rules(BROKEN_RULES[name]) is not None  # judge_rules asserts the shape is right


@pytest.mark.parametrize(
    "xml",
    [
        at("2026-09-21T12:00:00Z"),  # this very second
        at("2026-09-21T14:00:00+02:00"),
        at("2026-09-20T24:00:00Z"),
        at("-0044-03-15T12:00:00Z"),
        at("0001-01-01T00:00:00+14:00"),
        file_details(
            1, "a",
            "<fileRelevance>Supplemental Reported</fileRelevance>"
            "<potentialMeme>false</potentialMeme>",
        ),
        file_details(
            1, "a",
            "<fileRelevance>Reported</fileRelevance><industryClassification>A1"
            "</industryClassification>",
        ),
    ],
)  # fmt: skip
def test_documented_rules_stop_where_they_should(xml: str) -> None:
    assert judge_rules(xml) is None


# Editions


def test_the_newer_edition_adds_two_elements() -> None:
    informational = in_summary("<reportAnnotations><informational/></reportAnnotations>")
    discrepancy = report(
        rest=PERSON.format(
            "<age>30</age><ageAssertionDiscrepancy>true</ageAssertionDiscrepancy>"
            "<dateOfBirth>1996-01-01</dateOfBirth>"
        )
    )
    linked = report(
        rest=SUSPECT.format(
            '<associatedAccount type="Linked">'
            "<ageAssertionDiscrepancy>false</ageAssertionDiscrepancy></associatedAccount>"
        )
    )
    for xml in (informational, discrepancy, linked):
        assert judge_shape(xml, Profile.NOV_2025) is not None
        assert judge_shape(xml, Profile.NEWER) is None
    assert judge_shape(report(), Profile.NEWER) is None
