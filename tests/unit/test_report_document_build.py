"""From case facts to the report: every delivered field comes out, and nothing untrue is said."""

import typing
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import pytest
from lxml import etree
from report_cases import (
    DECISION,
    ESP,
    NOON,
    SHA_EARLIER,
    SHA_IMAGE,
    ad,
    ago,
    case,
    marked_revision,
    placed,
    revision,
)

from answerable.kernel.errors import Breach
from answerable.kernel.time import HOUR, Millis
from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.check import check
from answerable.reports.document.fields import INTAKE_FIELD_MAP, held, left_out
from answerable.reports.document.files import (
    CONTACTS_NAME,
    OURS,
    FileToSend,
    Inline,
    Stored,
    revision_file,
    sha256,
)
from answerable.reports.document.limits import TEXT_MAX, units
from answerable.reports.document.notes import NOTES_NAME, cut
from answerable.reports.document.values import FileRelevance, IncidentType, Moment
from answerable.reports.document.write import details_bytes, missing_from, to_xml


def texts_by_path(xml: bytes) -> dict[str, str]:
    """All that stands at each path of a document, plainly read."""
    found: dict[str, str] = {}

    def walk(element: Any, path: str) -> None:
        found[path] = found.get(path, "") + "\n" + (element.text or "")
        for name, value in element.attrib.items():
            found[f"{path}/@{name}"] = found.get(f"{path}/@{name}", "") + "\n" + value
        for child in element:
            walk(child, f"{path}/{child.tag}")

    root = etree.fromstring(xml)
    walk(root, str(root.tag))
    return found


def everything(report: m.Report, files: tuple[FileToSend, ...]) -> dict[str, str]:
    found = texts_by_path(to_xml(report))
    for number, file in enumerate(files):
        details = details_bytes(file.details_template(), report_id=7, file_id=f"b{number}")
        for path, text in texts_by_path(details).items():
            found[path] = found.get(path, "") + text
        if file.name.startswith("ad-") and isinstance(file.source, Inline):
            found["file:words"] = found.get("file:words", "") + file.source.content.decode()
    return found


def as_said(value: object) -> str:
    match value:
        case Moment():
            return value.spelled()
        case bool():
            return str(value).lower()
        case Enum():
            return str(value.value).capitalize()
        case _:
            return str(value)


def body(files: tuple[FileToSend, ...], name: str) -> bytes:
    (found,) = [file for file in files if file.name == name]
    assert isinstance(found.source, Inline)
    return found.source.content


# ---- every intake field arrives -----------------------------------------------------------------


def test_every_intake_field_arrives_in_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    """The table, printed: each field of intake v1, its marks, and where they were found."""
    facts = case(ad("mark-external", marked_revision()))
    report, files = report_for_ads(facts)
    found = everything(report, files)
    lines = []
    for row in INTAKE_FIELD_MAP:
        marks = [as_said(v) for v in row.of(facts.ads[0], facts.ads[0].current) if v is not None]
        assert marks, f"{row.name} has no mark in this test"
        for place in row.where:
            for mark in marks:
                assert mark in found[place], f"{row.name} is not at {place}"
            lines.append(f"{row.name:<28}{place:<66}{len(marks):>2} found")
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert left_out(facts, report, files) == []
    assert check(report, NOON) == ()


def test_the_table_of_intake_fields_is_complete() -> None:
    """Walks the facts' own types: a field that a site can deliver and no row names is missing."""
    named = {row.name.removesuffix(" (any key)") for row in INTAKE_FIELD_MAP}
    ours = {"number", "digest", "received_at", "placements", "contacts", "attachments.stored"}
    ours |= {"attachments.exif", "attachments.unreadable"}  # what a look at the bytes found
    renamed = {"texts": "text"}

    def leaves(cls: type, prefix: str = "") -> Iterator[str]:
        for field in fields(cls):
            kind = typing.get_type_hints(cls)[field.name]
            inner = [kind] if typing.get_origin(kind) is None else list(typing.get_args(kind))
            deeper = next((one for one in inner if is_dataclass(one) and one is not Moment), None)
            if f"{prefix}{field.name}" in ours:
                continue
            if deeper is not None and isinstance(deeper, type):
                yield from leaves(deeper, f"{prefix}{field.name}.")
            else:
                yield renamed.get(f"{prefix}{field.name}", f"{prefix}{field.name}")

    delivered = {"external_id", *leaves(f.RevisionFacts)}
    assert delivered - named == set()
    assert {name for name in named - delivered if not name.startswith("place.")} == set()


def test_what_was_held_and_could_not_stand_is_told_apart() -> None:
    """An address that is none has no place of its own: said in words, and named as left out."""
    odd = f.ConnectionFacts(ip="not an address", port=77, at=ago(HOUR))
    facts = case(ad("a", revision(connections=(odd,), language="en")))
    report, files = report_for_ads(facts)
    assert left_out(facts, report, files) == [
        "report/personOrUserReported/ipCaptureEvent/ipAddress",
        "report/personOrUserReported/ipCaptureEvent/port",
        "report/personOrUserReported/ipCaptureEvent/dateTime",
    ]
    assert "not an address, port 77" in (report.person_or_user_reported[0].additional_info or "")
    assert "report/internetDetails/webPageIncident/additionalInfo" in held(facts)


# ---- text-only, revisions, files ----------------------------------------------------------------


def test_a_text_only_ad_is_a_report_with_its_whole_words_as_a_file() -> None:
    words = {"body": "second words \x00 ü\r\n", "title": "A bike"}
    facts = case(ad("a&b", revision(0), revision(1, texts=words)))
    report, files = report_for_ads(facts)
    assert report.incident_summary.incident_type is IncidentType.CHILD_SEX_TRAFFICKING
    current, earlier, changes = files
    assert changes.name == "changes.txt"
    assert (current.name, earlier.name) == ("ad-01-revision-01.txt", "ad-01-revision-00.txt")
    assert (
        body(files, current.name) == "title:\nA bike\n\nbody:\nsecond words \x00 ü\r\n\n\n".encode()
    )
    assert current.media_type == "text/plain; charset=utf-8"
    assert current.description.file_relevance is FileRelevance.REPORTED
    assert earlier.description.file_relevance is FileRelevance.SUPPLEMENTAL
    assert b"a&amp;b" in to_xml(report)
    assert report.batched_report is None
    assert report.incident_summary.report_annotations is None


def test_only_what_was_viewed_whole_is_said_to_be_viewed() -> None:
    first, second = revision(0, digest="0" * 64), revision(1, texts={"body": "other words"})
    seen_bytes = sha256(revision_file(second.texts))
    image = f.AttachmentFacts(sha256=SHA_IMAGE, media_type="image/png")
    facts = case(ad("a", first, replace(second, attachments=(image,))))

    def viewed(digests: set[str]) -> list[bool | None]:
        _, files = report_for_ads(replace(facts, viewed=frozenset(digests)))
        return [file.description.file_viewed_by_esp for file in files if file.name not in OURS]

    assert viewed(set()) == [False, False, False]
    assert viewed({seen_bytes}) == [True, False, False]
    assert viewed({"0" * 64}) == [False, True, False]
    assert viewed({SHA_IMAGE, "9" * 64}) == [False, False, True]


def test_attachments_go_once_each_by_digest_and_the_undelivered_are_only_described() -> None:
    def image(sha: str, name: str, **more: Any) -> f.AttachmentFacts:
        return f.AttachmentFacts(sha256=sha, media_type="image/png", original_name=name, **more)

    old = revision(0, attachments=(image(SHA_IMAGE, "first.png"), image(SHA_EARLIER, "old.png")))
    new = revision(1, attachments=(image(SHA_IMAGE, "again.png"),))
    lost = revision(0, attachments=(image("7" * 64, "lost.png", stored=False),))
    report, files = report_for_ads(case(ad("a", old, new), ad("b", lost)))
    sent = [file for file in files if isinstance(file.source, Stored)]
    assert [(x.sha256, x.description.original_file_name) for x in sent] == [
        (SHA_IMAGE, "again.png"),
        (SHA_EARLIER, "old.png"),
    ]
    assert [x.name for x in sent] == ["attachment-01.png", "attachment-02.png"]
    assert sent[0].description.file_relevance is FileRelevance.REPORTED
    assert sent[1].description.file_relevance is FileRelevance.SUPPLEMENTAL
    assert any("first.png" in line for line in sent[0].description.additional_info)
    assert "lost.png, media type image/png, its bytes were not delivered" in info(report, 1)


def info(report: m.Report, place: int) -> str:
    page = report.internet_details[place].incident
    assert isinstance(page, m.WebPageIncident)
    return page.additional_info or ""


def test_public_means_placed_before_users_eyes() -> None:
    mail = placed(ago(HOUR), channel=f.Channel.EMAIL)
    ahead = placed(Moment(at=Millis(NOON + 1)))
    for placements, expected in (
        ((), False),
        ((mail,), False),
        ((ahead,), False),
        ((mail, placed(ago(HOUR))), True),
    ):
        _, files = report_for_ads(case(ad("a", revision(placements=placements))))
        assert files[0].description.publicly_available is expected


# ---- when, where, who ---------------------------------------------------------------------------


def test_the_incident_time_comes_from_placements_and_never_from_the_future() -> None:
    one = revision(0, placements=(placed(ago(30 * HOUR)), placed(ago(2 * HOUR))))
    two = revision(
        1,
        placements=(
            placed(ago(20 * HOUR, 120)),
            placed(ago(10 * HOUR, 120), kind="renewed"),
            placed(Moment(at=Millis(NOON + HOUR))),
        ),
    )
    summary = report_for_ads(case(ad("a", one, two)))[0].incident_summary
    assert summary.incident_date_time == ago(10 * HOUR, 120)
    told = summary.incident_date_time_description or ""
    assert "renewed" in told
    assert ago(30 * HOUR).spelled() in told


def test_without_a_placement_the_submission_is_the_incident_and_is_said_to_be() -> None:
    spooled = revision(0, spooled_at=ago(9 * HOUR))
    summary = report_for_ads(case(ad("a", spooled)))[0].incident_summary
    assert summary.incident_date_time == ago(9 * HOUR)
    assert "Submission" in (summary.incident_date_time_description or "")


def test_each_ad_is_covered_by_name_account_and_address() -> None:
    def one(number: int) -> f.AdFacts:
        url = f"https://example.com/ads/{number}?a=1&b=<2>"
        account = f.AccountFacts(id=f"account <{number}>")
        return ad(f"ad & {number}", revision(account=account, placements=(placed(ago(HOUR), url),)))

    report, _ = report_for_ads(case(*(one(number) for number in range(60))))
    words = [word.format(n) for n in range(60) for word in ("ad & {}", "account <{}>")]
    words += [f"https://example.com/ads/{n}?a=1&b=<2>" for n in range(60)]
    assert missing_from(to_xml(report), words) == ()
    assert missing_from(to_xml(report), ["ad & 60", "account <61>"]) == ("ad & 60", "account <61>")
    assert len(report.person_or_user_reported) == 1
    linked = report.person_or_user_reported[0].associated_account
    assert [one.esp_identifier for one in linked] == [f"account <{n}>" for n in range(1, 60)]


def test_an_address_with_blanks_is_percent_encoded_and_kept_whole() -> None:
    url = "https://example.com/a b\u3000c\n"
    partner = placed(ago(HOUR), "https://example.net/x", channel=f.Channel.PARTNER)
    report, files = report_for_ads(
        case(ad("a", revision(placements=(placed(ago(HOUR), url), partner))))
    )
    page, copy = (one.incident for one in report.internet_details)
    assert isinstance(page, m.WebPageIncident)
    assert isinstance(copy, m.WebPageIncident)
    assert page.url == ("https://example.com/a%20b%E3%80%80c",)
    assert page.third_party_hosted_content is None
    assert (copy.url, copy.third_party_hosted_content) == (("https://example.net/x",), True)
    assert url in body(files, NOTES_NAME).decode()


def test_links_payments_and_measures_stand_where_investigators_look() -> None:
    paid = f.PaymentFacts(processor="PayExample", token="tok", last4="4242", amount="9 USD")
    buys = f.ConnectionFacts(
        ip="192.0.2.9", port=4444, at=ago(HOUR), event=f.ConnectionEvent.PURCHASE
    )
    mine = revision(account=f.AccountFacts(id="acc"), payment=paid, connections=(buys,))
    link = f.LinkFacts(
        kind="phone", value="+12025550199", reason="same number", ads=("x9",), accounts=("other",)
    )
    actions = (
        f.ActionFacts(kind=f.ActionKind.AD_HIDDEN, at=ago(2), ad="a"),
        f.ActionFacts(
            kind=f.ActionKind.ACCOUNT_SUSPENDED, at=ago(3), account="acc", notified=False
        ),
        f.ActionFacts(kind=f.ActionKind.ACCOUNT_CLOSED, at=ago(1), account="acc"),
        f.ActionFacts(kind=f.ActionKind.ACCOUNT_CLOSED, at=ago(1), account="somebody else"),
    )
    facts = case(
        ad("a", mine), links=(link,), actions=actions, prior_reports=(11, 12), network="n1"
    )
    person = report_for_ads(facts)[0].person_or_user_reported[0]
    bill, linked = person.associated_account
    assert (bill.type, bill.platform, bill.esp_identifier) == (
        "Billing",
        m.Platform(text="PayExample"),
        "tok",
    )
    assert [event.event_name for event in bill.ip_capture_event] == ["Purchase"]
    assert person.ip_capture_event == bill.ip_capture_event
    assert "Last digits: 4242" in (bill.additional_info or "")
    assert (linked.type, linked.esp_identifier) == ("Linked", "other")
    assert "same number" in (linked.additional_info or "")
    assert "x9" in (person.additional_info or "")
    suspended, closed = person.account_temporarily_disabled, person.account_permanently_disabled
    assert suspended is not None
    assert (suspended.disabled_date, suspended.user_notified) == (ago(3), False)
    assert closed is not None
    assert (closed.disabled_date, closed.user_notified) == (ago(1), None)
    assert person.prior_ct_reports == (11, 12)
    assert person.group_identifier == "n1"


def test_contacts_of_the_words_are_not_called_the_accounts() -> None:
    found = (
        f.ContactFacts(kind="phone", value="+12025550123", technique="digits in words"),
        f.ContactFacts(kind="handle", value="chat:bluelantern"),
        f.ContactFacts(kind="email", value="known@example.com"),
    )
    account = f.AccountFacts(id="acc", emails=(f.EmailFacts(address="known@example.com"),))
    report, files = report_for_ads(case(ad("a", revision(account=account, contacts=found))))
    reported = report.person_or_user_reported[0]
    person = reported.person_or_user_reported_person
    assert person is not None
    assert person.phone == (m.Phone(text="+12025550123"),)
    assert person.email == (m.Email(text="known@example.com"),)
    assert reported.all_emails_reported is True
    told = reported.additional_info or ""
    assert "not confirmed as the account's: phone +12025550123 (digits in words)" in told
    assert "handle chat:bluelantern" in told
    assert "known@example.com" not in told
    table = body(files, CONTACTS_NAME).decode().splitlines()
    assert table[1:] == [
        "account acc\taccount\temail\tknown@example.com\t",
        "account acc\twords\tphone\t+12025550123\tdigits in words",
        "account acc\twords\thandle\tchat:bluelantern\t",
        "account acc\twords\temail\tknown@example.com\t",
    ]


# ---- urgency, basis, length ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urgent", "reason", "expected"),
    [
        (True, "answer today", "answer today"),
        (True, None, None),
        (True, " \n", None),
        (False, "answer today", None),
    ],
)
def test_escalation_needs_urgency_and_a_concrete_reason(
    urgent: bool, reason: str | None, expected: str | None
) -> None:
    decision = replace(DECISION, urgent=urgent, urgent_reason=reason)
    report, _ = report_for_ads(case(decision=decision))
    assert report.incident_summary.escalate_to_high_priority == expected
    assert (b"escalateToHighPriority" in to_xml(report)) is (expected is not None)


def test_no_basis_files_all_the_same_and_says_so() -> None:
    report, _ = report_for_ads(case(decision=replace(DECISION, basis=())))
    assert "states no single fact suggesting a minor" in (report.additional_info or "")


def test_what_is_known_of_the_child_stands_as_victim() -> None:
    child = f.VictimFacts(age=15, screen_name="s", place={"city": "Springfield"}, origin="alert")
    (victim,) = report_for_ads(case(decision=replace(DECISION, victim=child)))[0].victim
    assert victim.victim_person.age == 15
    assert victim.estimated_location == m.EstimatedLocation(verified=False, city="Springfield")
    odd = replace(child, age=1500)
    (victim,) = report_for_ads(case(decision=replace(DECISION, victim=odd)))[0].victim
    assert victim.victim_person.age is None
    assert "Age as told: 1500" in (victim.additional_info or "")


def test_what_is_too_long_is_cut_in_plain_sight_and_kept_whole() -> None:
    long = "\U0001f6b2" * 2000 + "the end"
    alerts = (f.AlertFacts(received_at=ago(HOUR), role="parent", summary=long),)
    report, files = report_for_ads(case(alerts=alerts))
    told = report.additional_info or ""
    assert units(told) <= TEXT_MAX
    assert told.endswith("[cut here; whole in notes.txt]")
    assert long in body(files, NOTES_NAME).decode()
    assert files[-1].name == NOTES_NAME


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("abc", 2, "ab"),
        ("a\U0001f6b2b", 2, "a"),
        ("a\U0001f6b2b", 3, "a\U0001f6b2"),
        ("ab", 5, "ab"),
    ],
)
def test_cutting_never_halves_a_character(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


def test_characters_that_xml_cannot_carry_are_told_of() -> None:
    notes = ("odd \x00 and \ufffe here",)
    report, _ = report_for_ads(case(ad("a", revision(section="bikes\x01")), notes=notes))
    assert "U+FFFD" in (report.additional_info or "")
    assert "odd \ufffd and \ufffd here" in to_xml(report).decode()
    plain, _ = report_for_ads(case())
    assert "U+FFFD" not in (plain.additional_info or "")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: case(ads=()),
        lambda: case(prior_reports=(0,)),
        lambda: f.AdFacts(external_id=" ", ad="r", revisions=(revision(),)),
        lambda: f.AdFacts(external_id="a", ad="r", revisions=()),
        lambda: replace(ESP, reporter=f.EspPerson(email=" ")),
    ],
)
def test_facts_that_cannot_be_are_a_breach(wrong: Callable[[], object]) -> None:
    with pytest.raises(Breach):
        wrong()
