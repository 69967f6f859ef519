"""What is made for the reader: the changes between versions, the group, what an image says."""

from dataclasses import replace

from report_cases import SHA_IMAGE, ad, ago, case, placed, revision

from answerable.kernel.time import HOUR
from answerable.reports.document import facts as f
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.check import check
from answerable.reports.document.files import Inline
from answerable.reports.document.supplements import LINES_COMPARED_MAX, changes_text, group_text
from answerable.reports.document.values import DetailsType
from answerable.reports.document.write import to_xml


def text_of(facts: f.CaseFacts, name: str) -> str | None:
    _, files = report_for_ads(facts)
    found = [file for file in files if file.name == name]
    if not found:
        return None
    source = found[0].source
    assert isinstance(source, Inline)
    return source.content.decode()


def test_the_changes_say_what_was_taken_out_and_what_came_in() -> None:
    first = revision(0, texts={"title": "Room", "body": "line one\nbluelantern\nline three"})
    second = revision(1, texts={"title": "Room", "body": "line one\nline three", "price": "5"})
    told = text_of(case(ad("a", first, second)), "changes.txt")
    assert told is not None
    assert "== Ad a: revision 0 to revision 1" in told
    assert "\n-bluelantern\n" in told
    assert "+++ price, after" in told
    assert "title" not in told


def test_changes_of_line_ends_alone_and_of_nothing_are_said_so() -> None:
    one = revision(0, texts={"body": "a\r\nb"})
    two = revision(1, texts={"body": "a\nb"})
    three = revision(2, texts={"body": "a\nb"})
    told = changes_text(case(ad("a", one, two, three)))
    assert told is not None
    assert "body: changed in its line ends alone" in told
    assert "The same words." in told


def test_one_version_has_no_changes_and_one_ad_alone_no_group() -> None:
    facts = case(ad("a"))
    assert changes_text(facts) is None
    assert group_text(facts) is None


def test_a_text_too_long_to_compare_is_said_to_be_changed() -> None:
    long = "x\n" * (LINES_COMPARED_MAX + 1)
    told = changes_text(
        case(ad("a", revision(0, texts={"body": long}), revision(1, texts={"body": long + "y"})))
    )
    assert told is not None
    assert "too long to compare here" in told


def grouped() -> f.CaseFacts:
    first = revision(
        0,
        account=f.AccountFacts(id="acc-1", emails=(f.EmailFacts(address="a@example.com"),)),
        placements=(placed(ago(5 * HOUR), place={"city": "Springfield"}),),
        connections=(f.ConnectionFacts(ip="192.0.2.1", at=ago(2 * HOUR)),),
    )
    second = revision(0, account=f.AccountFacts(id="acc-2"), placements=(placed(ago(HOUR)),))
    link = f.LinkFacts(
        kind="phone", value="+12025550111", reason="ad-1 and ad-2: same phone", ads=("ad-1", "ad-2")
    )
    return case(ad("ad-1", first), ad("ad-2", second), links=(link, link), prior_reports=(77,))


def test_the_group_says_accounts_ads_places_and_what_is_shared_once() -> None:
    told = text_of(grouped(), "group.txt")
    assert told is not None
    for part in (
        "2 ads, 2 accounts",
        "Account acc-1",
        "Account acc-2",
        "a@example.com",
        "Springfield",
        f"First placement {ago(5 * HOUR).spelled()}",
        f"Last seen: {ago(2 * HOUR).spelled()}",
        "Earlier reports on these ads or accounts: 77",
    ):
        assert part in told
    assert told.count("same phone") == 1


def test_what_an_image_says_of_itself_is_exif_details_of_its_file() -> None:
    image = f.AttachmentFacts(
        sha256=SHA_IMAGE,
        exif=(f.ExifFacts(name="Make", value="Example"), f.ExifFacts(name=" ", value="x")),
    )
    report, files = report_for_ads(case(ad("a", revision(0, attachments=(image,)))))
    (sent,) = [file for file in files if file.sha256 == SHA_IMAGE]
    (details,) = sent.description.details
    assert details.type is DetailsType.EXIF
    assert [(one.name, one.value) for one in details.name_value_pair] == [("Make", "Example")]
    assert sent.description.exif_viewed_by_esp is None  # nobody is known to have looked at it
    assert check(report, ago(0).at) == ()


def test_what_was_told_later_stands_with_the_account_and_says_who_told_it() -> None:
    bare = ad("a")
    told = f.ToldFacts(
        received_at=ago(60_000),
        by="the site",
        account=f.AccountFacts(id="acc-9", emails=(f.EmailFacts(address="late@example.net"),)),
        connections=(f.ConnectionFacts(ip="192.0.2.44", port=40_404, at=ago(HOUR)),),
        payment=f.PaymentFacts(processor="Example Pay", last4="4242"),
        note="the account was opened again",
    )
    report, _ = report_for_ads(case(replace(bare, told=(told,))))
    person = report.person_or_user_reported[0]
    assert person.esp_identifier == "acc-9"
    xml = to_xml(report).decode()
    for part in ("late@example.net", "192.0.2.44", "40404", "Example Pay", "4242"):
        assert part in xml
    assert "Told of ad a by the site at" in xml
    assert "the account was opened again" in xml
    assert "<espIdentifier>acc-9</espIdentifier>" in xml
