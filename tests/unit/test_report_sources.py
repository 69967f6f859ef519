"""The page on a report says where each fact comes from: no more and no less than is so."""

from dataclasses import replace

from report_cases import ESP, NOON, ago, case, marked_revision, revision

from answerable.kernel.time import DAY, HOUR
from answerable.reports.document import facts as f
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.fields import INTAKE_FIELD_MAP
from answerable.reports.document.shape import ROOTS, every_path
from answerable.reports.document.sources import BUILT, source_of
from answerable.reports.document.values import Moment, Profile
from answerable.reports.document.walk import presence


def rich_case() -> f.CaseFacts:
    """Everything that facts can tell, twice over: two accounts, one of them the reported."""
    first = replace(
        marked_revision(),
        placements=(
            f.PlacementFacts(
                kind="published", section="bikes", channel=f.Channel.PARTNER, start=ago(2 * HOUR),
                url="https://example.org/ads/1",
            ),
        ),
    )  # fmt: skip
    assert first.account is not None
    picture = replace(first.attachments[0], exif=(f.ExifFacts(name="Model", value="drawn"),))
    first = replace(first, attachments=(picture,))
    second = replace(first, account=replace(first.account, id="account-2"))
    actions = tuple(
        f.ActionFacts(
            kind=kind, at=ago(HOUR), account=account, notified=True, notified_at=ago(HOUR),
            until=Moment(at=NOON),
        )
        for account in ("mark-account", "account-2")
        for kind in (f.ActionKind.ACCOUNT_SUSPENDED, f.ActionKind.ACCOUNT_CLOSED)
    )  # fmt: skip
    plain = case()
    named = f.EspPerson(email="a@example.com", first_name="A", last_name="B", phone="555-0100")
    child = f.VictimFacts(
        age=16, first_name="A", last_name="B", screen_name="s", school_name="School",
        phones=("555-0101",), emails=("c@example.org",), origin="an alert",
        place={"city": "Springfield", "region": "IL", "country": "US"},
    )  # fmt: skip
    return replace(
        plain,
        ads=(
            f.AdFacts(external_id="ad-1", ad="record-1", revisions=(revision(0), first)),
            f.AdFacts(external_id="ad-2", ad="record-2", revisions=(second,)),
        ),
        decision=replace(plain.decision, victim=child),
        esp=replace(ESP, reporter=named, contact=named),
        actions=actions,
        prior_reports=(4_000_001,),
        network="case-1",
        law_enforcement=f.LawEnforcementFacts(
            agency="Example Police", case_number="7", reported_to_le=True
        ),
        prepared_at=Moment(at=NOON),
        alerts=(f.AlertFacts(received_at=ago(DAY), summary="an alert"),),
    )


def test_every_path_a_report_fills_is_told_and_no_other() -> None:
    report, files = report_for_ads(rich_case())
    filled = set(presence(report, *(file.description for file in files)))
    allowed = [path for root in ROOTS for path in every_path(root)]
    told = {path for path in allowed if source_of(path)}
    assert sorted(filled - told) == []
    assert sorted(told - filled) == []
    assert set(BUILT) <= set(allowed)


def test_what_is_delivered_is_named_as_intake_names_it() -> None:
    assert source_of("report/personOrUserReported/ipCaptureEvent/port") == "`connections.port`"
    assert source_of("report/intendedRecipient/screenName") == ""
    assert source_of("report/victim/victimPerson/age") == "what the reviewer told of the child"
    places = {place for row in INTAKE_FIELD_MAP for place in row.where} - {"file:words"}
    assert places <= {path for root in ROOTS for path in every_path(root, Profile.NEWER)}
