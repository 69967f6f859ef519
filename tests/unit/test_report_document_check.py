"""The limits and the schema, and each mistake that real clients are known to make."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import etree
from report_cases import NOON, ad, ago, case, revision

from answerable.kernel.errors import Breach
from answerable.kernel.time import Millis
from answerable.reports.document import model as m
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.check import check
from answerable.reports.document.faults import Fault
from answerable.reports.document.limits import UNITS_MAX
from answerable.reports.document.schema import schema_faults
from answerable.reports.document.values import (
    COUNTRIES,
    STATES,
    FileRelevance,
    IncidentType,
    IndustryClassification,
    Moment,
    utc,
)
from answerable.reports.document.walk import leaves, parts, presence, xml_name
from answerable.reports.document.write import (
    details_bytes,
    details_template,
    missing_from,
    to_xml,
    written,
)

SUMMARY = m.IncidentSummary(
    incident_type=IncidentType.CHILD_SEX_TRAFFICKING, incident_date_time=ago(1)
)
REPORTER = m.Reporter(reporting_person=m.Person(email=(m.Email(text="desk@example.com"),)))
LEAST = m.Report(incident_summary=SUMMARY, reporter=REPORTER)


def with_person(**said: Any) -> m.Report:
    return replace(LEAST, person_or_user_reported=(m.PersonOrUserReported(**said),))


def page(**said: Any) -> m.Report:
    return replace(LEAST, internet_details=(m.InternetDetails(incident=m.WebPageIncident(**said)),))


def test_the_least_report_is_taken() -> None:
    assert check(LEAST, NOON) == ()
    assert schema_faults(to_xml(LEAST)) == ()
    assert to_xml(LEAST).startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<report><incident")
    assert presence(LEAST) == [
        "report/incidentSummary/incidentType",
        "report/incidentSummary/incidentDateTime",
        "report/reporter/reportingPerson/email",
    ]


# ---- documented limits --------------------------------------------------------------------------


def fragments(root: m.Fragment) -> list[m.Fragment]:
    below = [part.value for part in parts(root) if isinstance(part.value, m.Fragment)]
    return [root, *(deeper for one in below for deeper in fragments(one))]


def test_every_text_limit_holds_exactly() -> None:
    """At the limit nothing is said; one character more is a fault that names limit and length."""
    for cls, limits in UNITS_MAX.items():
        for field, limit in limits.items():
            for length, expected in ((limit, 0), (limit + 1, 1)):
                # Astral characters count twice: that is how the far side counts.
                text = "x" * (length % 2) + "\U0001f6b2" * (length // 2)
                if field == "extension":
                    text = "1" * length
                faults = [
                    fault
                    for fault in check(_only(cls, field, text), NOON)
                    if fault.limit == f"at most {limit} characters"
                ]
                assert len(faults) == expected, (cls, field, length)
                if expected:
                    assert faults[0].found == f"{length} characters"


def _only(cls: type[m.Fragment], field: str, text: str) -> Any:
    """A document that says nothing but this one text, wherever the class stands."""
    several = str(cls.__dataclass_fields__[field].type).startswith("tuple")  # type: ignore[attr-defined]
    said = {field: (text,) if several else text}
    match cls:
        case m.Report:
            return replace(LEAST, **said)
        case m.IncidentSummary:
            return replace(LEAST, incident_summary=replace(SUMMARY, **said))
        case m.Reporter:
            return replace(LEAST, reporter=replace(REPORTER, **said))
        case m.FileDescription:
            return m.FileDescription(**said)
        case m.OriginalFileHash:
            one = m.OriginalFileHash(text="00", hash_type=text)
            return m.FileDescription(original_file_hash=(one,))
        case m.NameValuePair:
            pair = m.NameValuePair(name=text, value="v")
            return m.FileDescription(details=(m.Details(name_value_pair=(pair,)),))
        case m.LawEnforcement:
            return replace(LEAST, law_enforcement=m.LawEnforcement(**{"agency_name": "a"} | said))
        case m.IntendedRecipient:
            return replace(LEAST, intended_recipient=(m.IntendedRecipient(**said),))
        case m.Victim:
            return replace(LEAST, victim=(m.Victim(victim_person=m.Person(), **said),))
        case m.PersonOrUserReported:
            return with_person(**said)
        case m.AssociatedAccount:
            one = m.AssociatedAccount(type="Linked", **said)
            return with_person(associated_account=(one,))
        case m.Platform:
            one = m.AssociatedAccount(type="Linked", platform=m.Platform(text=text))
            return with_person(associated_account=(one,))
        case m.EstimatedLocation:
            return with_person(estimated_location=m.EstimatedLocation(**said))
        case m.DeviceId:
            return with_person(device_id=(m.DeviceId(**{"id_type": "t", "id_value": "v"} | said),))
        case m.ContactPerson:
            return replace(
                LEAST, reporter=replace(REPORTER, contact_person=m.ContactPerson(**said))
            )
        case m.Person:
            return with_person(person_or_user_reported_person=m.Person(**said))
        case m.Address | m.Email | m.Phone:
            base = {} if cls is m.Address else {"text": "t"}
            kind = {m.Address: "address", m.Email: "email", m.Phone: "phone"}[cls]
            person = m.Person(**{kind: (cls(**base | said),)})
            return with_person(person_or_user_reported_person=person)
        case _:
            incident: Any = cls
            return replace(LEAST, internet_details=(m.InternetDetails(incident=incident(**said)),))


IP = m.IpCaptureEvent(ip_address="192.0.2.1")

WRONG: dict[str, tuple[Any, str]] = {
    "a future incident": (
        replace(LEAST, incident_summary=replace(SUMMARY, incident_date_time=ago(-1))),
        "report/incidentSummary/incidentDateTime: lies in the past; found 1 ms in the future",
    ),
    "a blank escalation": (
        replace(LEAST, incident_summary=replace(SUMMARY, escalate_to_high_priority=" ")),
        "report/incidentSummary/escalateToHighPriority: not blank; found blank",
    ),
    "a reporter without mail": (
        replace(LEAST, reporter=m.Reporter(reporting_person=m.Person())),
        "report/reporter/reportingPerson/email: at least one; found none",
    ),
    "two reported persons": (
        replace(LEAST, person_or_user_reported=(m.PersonOrUserReported(),) * 2),
        "report/personOrUserReported: at most one (documented); found 2",
    ),
    "a URL with a blank": (
        page(url=("https://example.com/", "https://example.com/a b")),
        (
            "report/internetDetails[1]/webPageIncident/url[2]: a URL without blanks or control "
            "characters; found one at character 21"
        ),
    ),
    "an empty URL": (
        page(url=("",)),
        (
            "report/internetDetails[1]/webPageIncident/url[1]: a URL without blanks or control "
            "characters; found nothing"
        ),
    ),
    "port 0": (
        with_person(ip_capture_event=(replace(IP, port=0),)),
        (
            "report/personOrUserReported[1]/ipCaptureEvent[1]/port: from 1 to 65535; found a "
            "number outside"
        ),
    ),
    "an address that is none": (
        with_person(ip_capture_event=(replace(IP, ip_address="example.com"),)),
        (
            "report/personOrUserReported[1]/ipCaptureEvent[1]/ipAddress: an IPv4 or IPv6 address; "
            "found something else"
        ),
    ),
    "an age of 151": (
        with_person(person_or_user_reported_person=m.Person(age=151)),
        (
            "report/personOrUserReported[1]/personOrUserReportedPerson/age: from 0 to 150; found a "
            "number outside"
        ),
    ),
    "an earlier report without a number": (
        with_person(prior_ct_reports=(0,)),
        (
            f"report/personOrUserReported[1]/priorCTReports[1]: from 1 to {2**63 - 1}; found a "
            "number outside"
        ),
    ),
    "a military state": (
        with_person(person_or_user_reported_person=m.Person(address=(m.Address(state="AE"),))),
        (
            "report/personOrUserReported[1]/personOrUserReportedPerson/address[1]/state: a known "
            "state code; found another word"
        ),
    ),
    "a supplemental file with a class": (
        m.FileDescription(
            file_relevance=FileRelevance.SUPPLEMENTAL,
            industry_classification=IndustryClassification.B2,
        ),
        "fileDetails/industryClassification: not on a supplemental file; found one",
    ),
    "a supplemental meme": (
        m.FileDescription(file_relevance=FileRelevance.SUPPLEMENTAL, potential_meme=True),
        "fileDetails/potentialMeme: not on a supplemental file; found one",
    ),
    "meme and marks": (
        m.FileDescription(potential_meme=False, file_annotations=m.FileAnnotations()),
        "fileDetails/fileAnnotations: not beside potentialMeme; found both",
    ),
    "details without a pair": (
        m.FileDescription(details=(m.Details(name_value_pair=()),)),
        "fileDetails/details[1]: at least one pair; found none",
    ),
    "file details without ids": (
        m.FileDetails(report_id=1, file_id=" ", description=m.FileDescription()),
        "fileDetails/fileId: is said; found nothing",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_each_documented_rule_is_said_with_path_limit_and_finding(what: str) -> None:
    document, expected = WRONG[what]
    assert [str(fault) for fault in check(document, NOON)] == [expected]


def test_degrees_are_degrees() -> None:
    for latitude, longitude, faults in ((90, -180, 0), (90.1, -180.1, 2), (float("nan"), 0, 1)):
        phone = m.CellPhoneIncident(latitude=latitude, longitude=longitude)
        report = replace(LEAST, internet_details=(m.InternetDetails(incident=phone),))
        assert len(check(report, NOON)) == faults


def test_a_fault_never_quotes_the_report() -> None:
    secret = "bluelantern" * 400
    report = page(url=(f"https://example.com/ {secret}",), additional_info=secret)
    faults = check(report, NOON)
    assert len(faults) == 3
    assert "bluelantern" not in " ".join(map(str, faults))
    xml = to_xml(report).replace(b"<report>", b"<report><bluelantern/>")
    assert "bluelantern" not in " ".join(map(str, schema_faults(xml)))


# ---- mistakes seen in real clients --------------------------------------------------------------

HEAD = (
    "<incidentSummary><incidentType>Child Sex Trafficking</incidentType>"
    "<incidentDateTime>2026-09-01T10:00:00Z</incidentDateTime></incidentSummary>"
)
TAIL = "<reporter><reportingPerson><email>desk@example.com</email></reportingPerson></reporter>"


def document(details: str = "", suspect: str = "") -> str:
    person = f"<personOrUserReported>{suspect}</personOrUserReported>" if suspect else ""
    return f"<report>{HEAD}{details}{TAIL}{person}</report>"


def file_document(inside: str) -> str:
    return f"<fileDetails><reportId>1</reportId><fileId>b</fileId>{inside}</fileDetails>"


EVENT = "<ipCaptureEvent><ipAddress>192.0.2.1</ipAddress>{}</ipCaptureEvent>"
SEEN_IN_THE_WILD = {
    "wrong order": f"<report>{TAIL}{HEAD}</report>",
    "a default namespace": document().replace("<report>", '<report xmlns="urn:x">'),
    "third-party content as an element": document(
        "<internetDetails><webPageIncident><thirdPartyHostedContent>true</thirdPartyHostedContent>"
        "</webPageIncident></internetDetails>"
    ),
    "content in a web page": document(
        "<internetDetails><webPageIncident><content>x</content></webPageIncident></internetDetails>"
    ),
    "an empty internetDetails": document("<internetDetails/>"),
    "two incidents in one": document(
        "<internetDetails><webPageIncident/><emailIncident/></internetDetails>"
    ),
    "a phone's number below it": document(
        suspect="<personOrUserReportedPerson><phone><number>1</number></phone>"
        "</personOrUserReportedPerson>"
    ),
    "accountType as a child": document(
        suspect="<associatedAccount><accountType>Linked</accountType></associatedAccount>"
    ),
    "accountType as attribute": document(suspect='<associatedAccount accountType="Linked"/>'),
    "no type on an associated account": document(suspect="<associatedAccount/>"),
    "fleaCountry on lawEnforcement": document(
        '<lawEnforcement fleaCountry="DE"><agencyName>a</agencyName></lawEnforcement>'
    ),
    "an event outside the list": document(
        suspect=EVENT.format("<eventName>Message Sent</eventName>")
    ),
    "invented elements": document(
        suspect="<personOrUserReportedPerson><username>x</username></personOrUserReportedPerson>"
    ),
    "priorCTReport in the singular": document(suspect="<priorCTReport>1</priorCTReport>"),
    "legalUrl": document().replace("</reporter>", "<legalUrl>x</legalUrl></reporter>"),
    "an empty boolean": document(suspect="<compromisedAccount/>"),
    "False": document(suspect="<compromisedAccount>False</compromisedAccount>"),
    "a false flag": document().replace(
        "<incidentDateTime>",
        "<reportAnnotations><spam>false</spam></reportAnnotations><incidentDateTime>",
    ),
    "the old spelling of a type": document().replace(
        "Child Sex Trafficking", "Child Sexual Molestation (not by family member)"
    ),
    "a time without its zone": document().replace("10:00:00Z", "10:00:00"),
    "a zone without its colon": document().replace("10:00:00Z", "10:00:00+0000"),
    "a leap second": document().replace("10:00:00Z", "10:00:60Z"),
    "a padded time": document().replace("10:00:00Z", "10:00:00Z "),
    "a day that is none": document().replace("09-01T", "09-31T"),
    "a twentieth-century zone": document().replace("10:00:00Z", "10:00:00+14:30"),
    "text beside elements": document().replace("</report>", "loose</report>"),
    "type on a pair": file_document(
        '<details><nameValuePair type="EXIF"><name>a</name><value>b</value></nameValuePair>'
        "</details>"
    ),
    "two capture events of a file": file_document(EVENT.format("") * 2),
    "meme and marks": file_document(
        "<potentialMeme>true</potentialMeme><fileAnnotations><viral/></fileAnnotations>"
    ),
    "a hash without its type": file_document("<originalFileHash>00</originalFileHash>"),
    "another root": "<reports/>",
    "a document type": "<!DOCTYPE report>" + document(),
    "an unescaped ampersand": document(suspect="<profileUrl>https://x/?a&b</profileUrl>"),
    "a control character": document(suspect="<screenName>&#0;</screenName>"),
    "nothing": "",
}


def test_the_frame_of_the_mistakes_is_itself_good() -> None:
    for good in (document(), document(suspect=EVENT.format("")), file_document("")):
        assert schema_faults(good.encode()) == ()


@pytest.mark.parametrize("what", SEEN_IN_THE_WILD)
def test_the_schema_check_finds_what_real_clients_got_wrong(what: str) -> None:
    assert schema_faults(SEEN_IN_THE_WILD[what].encode()) != ()


def test_faults_say_where() -> None:
    xml = document("<internetDetails><webPageIncident/></internetDetails><internetDetails/>")
    assert schema_faults(xml.encode()) == (
        Fault(path="report/internetDetails[2]", limit="exactly one incident", found="0"),
    )


# ---- spelling -----------------------------------------------------------------------------------


def test_moments_keep_their_zone() -> None:
    at = Millis(1_789_999_999_123)
    assert utc(at).spelled() == "2026-09-21T14:13:19.123Z"
    assert Moment(at=at, zone_minutes=330).spelled() == "2026-09-21T19:43:19.123+05:30"
    assert Moment(at=at, zone_minutes=-90).spelled() == "2026-09-21T12:43:19.123-01:30"
    assert Moment(at=Millis(0)).spelled() == "1970-01-01T00:00:00.000Z"
    with pytest.raises(Breach):
        Moment(at=at, zone_minutes=15 * 60)
    with pytest.raises(Breach):
        Moment(at=Millis(10**15))


def test_names_numbers_and_words_are_spelled_as_the_schema_does() -> None:
    assert [xml_name(name) for name in ("legal_url", "prior_ct_reports", "reported_to_le")] == [
        "legalURL",
        "priorCTReports",
        "reportedToLe",
    ]
    assert (len(STATES), len(COUNTRIES)) == (54, 257)
    person = m.Person(date_of_birth=date(987, 6, 5), age=0)
    account = m.AssociatedAccount(type="Linked", prior_ct_report=(2**63 - 1,))
    closed = m.PermanentlyDisabled(value=False, user_notified=True)
    xml = to_xml(
        with_person(
            person_or_user_reported_person=person,
            associated_account=(account,),
            account_permanently_disabled=closed,
        )
    )
    for expected in (
        b"<age>0</age><dateOfBirth>0987-06-05</dateOfBirth>",
        b"<priorCTReport>9223372036854775807</priorCTReport>",
        b'<accountPermanentlyDisabled userNotified="true">false</accountPermanentlyDisabled>',
    ):
        assert expected in xml
    assert schema_faults(xml) == ()


def test_what_xml_cannot_carry_is_seen_and_counted() -> None:
    words = "a\x00b\x0bc\ud800d\ufffee\r\n\t&<>\"'\U0001f6b2"
    said = written(with_person(screen_name=words, display_name=("fine", "\x1f")))
    assert [(one.path, one.count) for one in said.replaced] == [
        ("report/personOrUserReported[1]/screenName", 4),
        ("report/personOrUserReported[1]/displayName[2]", 1),
    ]
    read = etree.fromstring(said.xml).findtext("personOrUserReported/screenName")
    assert read == "a\ufffdb\ufffdc\ufffdd\ufffde\r\n\t&<>\"'\U0001f6b2"
    assert written(LEAST).replaced == ()


def test_the_hint_is_optional_and_the_root_has_no_namespace() -> None:
    root = etree.fromstring(to_xml(LEAST, schema_hint=True))
    assert root.tag == "report"
    assert list(root.nsmap) == ["xsi"]
    assert len(root.attrib) == 1
    assert not etree.fromstring(to_xml(LEAST)).nsmap


def test_a_template_becomes_file_details_once() -> None:
    template = details_template(m.FileDescription(file_viewed_by_esp=False))
    assert b"reportId" not in template
    whole = details_bytes(template, report_id=7, file_id="<b>")
    assert whole.endswith(
        b"<fileDetails><reportId>7</reportId><fileId>&lt;b&gt;</fileId>"
        b"<fileViewedByEsp>false</fileViewedByEsp></fileDetails>"
    )
    with pytest.raises(Breach):
        details_bytes(whole, report_id=7, file_id="b")
    with pytest.raises(Breach):
        details_bytes(to_xml(LEAST), report_id=7, file_id="b")


def test_leaves_and_presence_agree_and_hold_no_values() -> None:
    report, files = report_for_ads(case(ad("mark-id", revision(language="mark-language"))))
    paths = presence(report, *(file.description for file in files))
    assert len(paths) == len(set(paths))
    assert {leaf.xsd_path for leaf in leaves(report)} <= set(paths)
    assert "report/internetDetails/webPageIncident/additionalInfo" in paths
    assert "fileDetails/originalFileHash/@hashType" in paths
    assert not any("mark" in path or "[" in path for path in paths)


def test_words_that_are_missing_are_named() -> None:
    xml = to_xml(page(url=("https://example.com/?a=1&b=2",), additional_info="ad <1>"))
    assert missing_from(xml, ["https://example.com/?a=1&b=2", "ad <1>", "ad <2>"]) == ("ad <2>",)
