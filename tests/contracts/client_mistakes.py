"""Mistakes seen in real clients of the CyberTipline, one row each, in the order of the fact sheet.

A document mistake is XML that a receiver can refuse. A mistake of behaviour is none in any single
document: its row names the test that shows that ours cannot make it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree
from tests.unit.receiver_samples import REPORTER, SUMMARY, file_details, report, web_page

from answerable.kernel.time import Millis
from answerable.reports.document import model as m
from answerable.reports.document.values import EventName, IncidentType, Moment

Try = Callable[[], m.Document]
"""An attempt to make the mistake with our own model, by somebody who does not ask mypy."""

SUSPECT = "<personOrUserReported>{}</personOrUserReported>"
PERSON = SUSPECT.format("<personOrUserReportedPerson>{}</personOrUserReportedPerson>")
IP = "<ipCaptureEvent><ipAddress>192.0.2.7</ipAddress>{}</ipCaptureEvent>"
AMPERSAND = re.compile(rb"&(?!(amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentMistake:
    """`sheet` opens the fact sheet's words; `found` finds the mistake in bytes; `tries` make it."""

    sheet: str
    xml: tuple[str, ...]
    found: Callable[[bytes], bool]
    tries: tuple[Try, ...]
    code: int = 4100


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourMistake:
    """`test` shows that ours cannot; `receiver` says what a receiver sees of a client that does."""

    sheet: str
    test: str
    receiver: str


def at(xpath: str) -> Callable[[bytes], bool]:
    """Whether the expression finds anything. Bytes that are no XML hold no elements."""

    def found(xml: bytes) -> bool:
        return bool(etree.fromstring(xml).xpath(xpath))

    return found


# Our model, with whatever somebody may try

SUMMED = m.IncidentSummary(
    incident_type=IncidentType.CHILD_SEX_TRAFFICKING,
    incident_date_time=Moment(at=Millis(1_788_000_000_000)),
)
DESK = m.Reporter(reporting_person=m.Person(email=(m.Email(text="desk@example.com"),)))
ANYTHING: Any = m  # the model as seen by somebody whose types nobody checks


def ours(**more: Any) -> m.Report:
    usual: dict[str, Any] = {"incident_summary": SUMMED, "reporter": DESK}
    return m.Report(**(usual | more))


def about(**more: Any) -> m.Report:
    """A report on an account of which these are told."""
    return ours(person_or_user_reported=(ANYTHING.PersonOrUserReported(**more),))


def someone(**more: Any) -> m.Report:
    return about(person_or_user_reported_person=ANYTHING.Person(**more))


def linked(**more: Any) -> m.Report:
    return about(associated_account=(ANYTHING.AssociatedAccount(**more),))


def page(**more: Any) -> m.Report:
    return ours(internet_details=(m.InternetDetails(incident=ANYTHING.WebPageIncident(**more)),))


def law(**more: Any) -> m.Report:
    return ours(law_enforcement=ANYTHING.LawEnforcement(agency_name="Town", **more))


def of_file(**more: Any) -> m.FileDetails:
    told = ANYTHING.FileDescription(**more)
    return m.FileDetails(report_id=1, file_id="a", description=told)


def seen(event: Any = None) -> m.IpCaptureEvent:
    return m.IpCaptureEvent(ip_address="192.0.2.7", event_name=event)


def pair(**more: Any) -> Any:
    return ANYTHING.NameValuePair(name="a", value="b", **more)


DOCUMENT_MISTAKES: dict[str, DocumentMistake] = {
    "wrong-order": DocumentMistake(
        sheet="wrong element order",
        xml=(
            f"<report>{REPORTER}{SUMMARY}</report>",
            report(rest="<additionalInfo>a</additionalInfo><victim><victimPerson/></victim>"),
        ),
        found=at("//reporter/following-sibling::incidentSummary|//additionalInfo/../victim"
                 "[preceding-sibling::additionalInfo]"),
        tries=(
            lambda: ANYTHING.Report(DESK, SUMMED),
            lambda: m.Report(
                additional_info="a",
                victim=(m.Victim(victim_person=m.Person()),),
                reporter=DESK,
                incident_summary=SUMMED,
            ),
        ),
    ),
    "hosted-as-element": DocumentMistake(
        sheet="`thirdPartyHostedContent` modelled as an element",
        xml=(
            report(
                details=web_page("https://ads.example.com/1").replace(
                    "</url>", "</url><thirdPartyHostedContent>true</thirdPartyHostedContent>"
                )
            ),
        ),
        found=at("//thirdPartyHostedContent"),
        tries=(lambda: page(third_party_hosted_content=True, url=("https://ads.example.com/1",)),),
    ),
    "phone-number": DocumentMistake(
        sheet="phone as `<phone><number>`",
        xml=(report(rest=PERSON.format("<phone><number>555-0100</number></phone>")),),
        found=at("//phone/number"),
        tries=(
            lambda: someone(phone=(ANYTHING.Phone(number="555-0100"),)),
            lambda: someone(phone=(ANYTHING.Phone(text="555-0100", number="555-0100"),)),
        ),
    ),
    "account-type": DocumentMistake(
        sheet="`accountType` child or attribute instead of `@type` on associatedAccount",
        xml=(
            report(rest=SUSPECT.format(
                "<associatedAccount><accountType>Linked</accountType></associatedAccount>"
            )),
            report(rest=SUSPECT.format('<associatedAccount accountType="Linked"/>')),
            report(rest=SUSPECT.format("<associatedAccount/>")),
        ),
        found=at("//accountType|//@accountType|//associatedAccount[not(@type)]"),
        tries=(
            lambda: linked(account_type="Linked"),
            lambda: linked(type="Linked", account_type="Linked"),
            lambda: linked(),
            lambda: linked(type=None),
        ),
    ),
    "type-on-pair": DocumentMistake(
        sheet="`@type` on nameValuePair instead of details",
        xml=(
            file_details(1, "a", '<details><nameValuePair type="EXIF"><name>a</name>'
                         "<value>b</value></nameValuePair></details>"),
        ),
        found=at("//nameValuePair/@type"),
        tries=(
            lambda: of_file(details=(m.Details(name_value_pair=(pair(type="EXIF"),)),)),
            lambda: of_file(details=(ANYTHING.Details(type="EXIF", name_value_pair=(pair(),)),)),
        ),
    ),
    "flea-country": DocumentMistake(
        sheet="`@fleaCountry` on lawEnforcement instead of on servedLegalProcessInternational",
        xml=(
            report(details='<lawEnforcement fleaCountry="CA"><agencyName>Town</agencyName>'
                   "</lawEnforcement>"),
        ),
        found=at("//lawEnforcement/@fleaCountry"),
        tries=(
            lambda: law(flea_country="CA"),
            lambda: law(
                served_legal_process_international=m.ServedInternational(
                    value=True, flea_country="CA"
                )
            ),
        ),
    ),
    "empty-details": DocumentMistake(
        sheet="empty `<internetDetails>`",
        xml=(report(details="<internetDetails/>"),),
        found=at("//internetDetails[not(*)]"),
        tries=(
            lambda: ours(internet_details=(ANYTHING.InternetDetails(),)),
            lambda: ours(internet_details=(ANYTHING.InternetDetails(incident=None),)),
            lambda: ours(internet_details=(ANYTHING.InternetDetails(incident=()),)),
        ),
    ),
    "unescaped-ampersand": DocumentMistake(
        sheet="unescaped `&` in a URL",
        xml=(report(details=web_page("https://ads.example.com/1?a=1&b=2")),),
        found=lambda xml: AMPERSAND.search(xml) is not None,
        tries=(lambda: page(url=("https://ads.example.com/1?a=1&b=2",)),),
        code=4110,
    ),
    "two-ip-events-of-a-file": DocumentMistake(
        sheet="two ipCaptureEvents in fileDetails",
        xml=(file_details(1, "a", IP.format("") * 2),),
        found=at("/fileDetails/ipCaptureEvent[2]"),
        tries=(
            lambda: of_file(ip_capture_event=(seen(), seen())),
            lambda: of_file(ip_capture_event=[seen(), seen()]),
        ),
    ),
    "event-of-ones-own": DocumentMistake(
        sheet='event names outside the enum ("Message Sent")',
        xml=(report(rest=SUSPECT.format(IP.format("<eventName>Message Sent</eventName>"))),),
        found=at("//eventName[not(" + " or ".join(f".='{e.value}'" for e in EventName) + ")]"),
        tries=(
            lambda: about(ip_capture_event=(seen(EventName("Message Sent")),)),
            lambda: about(ip_capture_event=(seen("Message Sent"),)),
            lambda: about(ip_capture_event=(seen("upload"),)),
        ),
    ),
    "invented-elements": DocumentMistake(
        sheet="invented elements",
        xml=tuple(
            report(rest=PERSON.format(f"<{name}>a</{name}>"))
            for name in ("username", "ipAddress", "ageEstimate")
        ),
        found=at("//username|//ageEstimate|//ipAddress[not(parent::ipCaptureEvent)]"),
        tries=(
            lambda: someone(username="bike4u"),
            lambda: someone(ip_address="192.0.2.7"),
            lambda: someone(age_estimate=30),
            lambda: about(username="bike4u"),
        ),
    ),
}  # fmt: skip

BEHAVIOUR_MISTAKES: dict[str, BehaviourMistake] = {
    "settings-url": BehaviourMistake(
        sheet="a settings URL sent as the incident URL",
        test="test_no_url_of_the_settings_is_an_incidents",
        receiver="remarks where it is the legalURL, or names no page",
    ),
    "report-time": BehaviourMistake(
        sheet="report time as incident time",
        test="test_the_time_of_reporting_is_never_the_incidents",
        receiver="remarks where it is the time of the call",
    ),
    "future-time": BehaviourMistake(
        sheet="future times from clock skew",
        test="test_a_machine_that_is_ahead_files_nothing_in_the_future_and_loses_nothing",
        receiver="4100 until the time has come",
    ),
    "retract-after-finish": BehaviourMistake(
        sheet="retracting on any error after finish",
        test="test_whatever_goes_wrong_with_finish_nothing_is_retracted",
        receiver="5102, and the report stays filed",
    ),
    "believing-200": BehaviourMistake(
        sheet="believing HTTP 200",
        test="test_the_code_decides_and_not_the_status",
        receiver="answers refusals with 200, or mapped, by switch",
    ),
    "ignored-finish": BehaviourMistake(
        sheet="ignoring a non-zero code from /finish",
        test="test_a_finish_that_was_refused_files_nothing",
        receiver="either root, either status, by switch; the export lists what was filed",
    ),
    "evidence-deleted": BehaviourMistake(
        sheet="deleting evidence before finish is confirmed",
        test="test_evidence_outlives_the_confirmed_finish_by_a_year",
        receiver="nothing",
    ),
    "one-date": BehaviourMistake(
        sheet="all IPs de-duplicated down to one date",
        test="test_each_connection_keeps_its_own_time_and_port",
        receiver="remarks where several events have one time",
    ),
    "no-charset": BehaviourMistake(
        sheet="XML built without a declared charset",
        test="test_charset_and_encoding_are_always_declared",
        receiver="remarks; 4110 where the bytes are not what was declared",
    ),
}
