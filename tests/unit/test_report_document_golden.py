"""The bytes that NCMEC would read, frozen. REGOLDEN=1 rewrites them; the diff is then reviewed."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from report_cases import ESP, SHA_EARLIER, ad, ago, case, marked_revision, placed, revision

from answerable.kernel.time import HOUR, MINUTE
from answerable.reports.document import facts as f
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.files import Inline
from answerable.reports.document.write import to_xml


def least() -> f.CaseFacts:
    """One ad of nothing but words, by a site that gives nothing but its mail address."""
    decision = f.DecisionFacts(decision="d", at=ago(MINUTE), by_role="reviewer")
    bare = f.EspFacts(platform=ESP.platform, reporter=f.EspPerson(email="safety@example.com"))
    return case(decision=decision, esp=bare)


def two_ads() -> f.CaseFacts:
    """Two ads of two accounts that share a number; an earlier revision, alert, signal, measures."""
    url = "https://example.com/bikes/{}?ref=a&lang=en"
    first = replace(
        marked_revision(),
        texts={"title": "A bike", "body": "Red bike, ask for bluelantern"},
        placements=(placed(ago(40 * HOUR, 120), url.format(1), end=ago(30 * HOUR, 120)),),
    )
    second = replace(
        first,
        number=1,
        received_at=ago(2 * HOUR),
        texts={"title": "A bike", "body": "Red bike"},
        attachments=(*first.attachments, f.AttachmentFacts(sha256=SHA_EARLIER, stored=False)),
        placements=(placed(ago(HOUR, 120), url.format(1), kind="renewed"),),
        contacts=(f.ContactFacts(kind="phone", value="+12025550123", technique="spaced digits"),),
    )
    other = revision(
        account=f.AccountFacts(id="other-account", names=("Flats <&> more",)),
        placements=(placed(ago(HOUR), url.format(2), channel=f.Channel.PARTNER),),
    )
    link = f.LinkFacts(
        kind="phone",
        value="+12025550123",
        reason="the same number in both ads",
        ads=("mark-external", "ad-2", "ad-9"),
        accounts=("mark-account", "other-account", "third-account"),
    )
    return case(
        ad("mark-external", first, second),
        ad("ad-2", other),
        links=(link,),
        alerts=(f.AlertFacts(received_at=ago(HOUR), role="hotline", summary="names the ad"),),
        signals=(
            f.SignalFacts(
                rule="demo-lantern", pack="demo", pack_version="1", ad="mark-external", revision=0
            ),
        ),
        viewed=frozenset({"5e" * 32}),
        actions=(
            f.ActionFacts(kind=f.ActionKind.AD_HIDDEN, at=ago(HOUR - MINUTE), ad="mark-external"),
            f.ActionFacts(
                kind=f.ActionKind.ACCOUNT_CLOSED,
                at=ago(MINUTE),
                account="mark-account",
                notified=False,
            ),
        ),
        prior_reports=(4564001,),
        network="network-7",
        law_enforcement=f.LawEnforcementFacts(agency="Example County", reported_to_le=True),
    )


CASES: dict[str, Callable[[], f.CaseFacts]] = {"least": least, "two-ads": two_ads}


def spelled(facts: f.CaseFacts) -> bytes:
    """The report, then each file's name, kind and description, then inline bytes."""
    report, files = report_for_ads(facts)
    pieces = [to_xml(report).replace(b"><", b">\n<")]
    for file in files:
        pieces.append(f"---- {file.name} | {file.media_type} | {file.sha256}".encode())
        pieces.append(file.details_template().replace(b"><", b">\n<"))
        if isinstance(file.source, Inline):
            pieces.append(file.source.content)
    return b"\n".join(pieces) + b"\n"


@pytest.mark.parametrize("name", CASES)
def test_published_bytes_stay_as_published(name: str, project: Path) -> None:
    golden = project / "tests" / "golden" / "reports" / f"{name}.txt"
    if os.environ.get("REGOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(spelled(CASES[name]()))
    assert spelled(CASES[name]()) == golden.read_bytes()
