"""Case facts for the report document's tests: neutral ads, marker words, reserved addresses."""

from answerable.kernel.time import HOUR, MINUTE, Millis
from answerable.reports.document import facts as f
from answerable.reports.document.values import Moment

NOON = Millis(1_790_000_000_000)  # 2026-09-21T14:13:20Z


def ago(millis: int, zone_minutes: int = 0) -> Moment:
    return Moment(at=Millis(NOON - millis), zone_minutes=zone_minutes)


ESP = f.EspFacts(
    platform="Example Classifieds",
    service="Example Classifieds, web",
    reporter=f.EspPerson(email="safety@example.com", first_name="Safety", last_name="Desk"),
    contact=f.EspPerson(email="law@example.com", phone="+1 202 555 0100"),
    company_template="Serve process at law@example.com. Records kept one year.",
    terms_of_service="Ads offering a person are not allowed.",
    legal_url="https://example.com/legal?for=police&lang=en",
)

DECISION = f.DecisionFacts(
    decision="d1",
    at=ago(5 * MINUTE),
    by_role="reviewer",
    reason="Wording and repeated contact",
    basis=(
        f.BasisFacts(kind=f.BasisKind.STATED_AGE, words="the ad states an age below eighteen"),
        f.BasisFacts(kind=f.BasisKind.ALERT, words="an alert names the ad"),
    ),
    urgent=True,
    urgent_reason="The ad is live and names a meeting this evening",
)


def revision(number: int = 0, **more: object) -> f.RevisionFacts:
    """A revision with only what intake demands."""
    plain: dict[str, object] = {
        "number": number,
        "received_at": ago(3 * HOUR - number * MINUTE),
        "texts": {"body": "A bike & a <flat>, bluelantern"},
    }
    return f.RevisionFacts(**(plain | more))  # type: ignore[arg-type]


def ad(external_id: str = "ad-1", *revisions: f.RevisionFacts) -> f.AdFacts:
    return f.AdFacts(
        external_id=external_id, ad=f"record-{external_id}", revisions=revisions or (revision(),)
    )


def case(*ads: f.AdFacts, **more: object) -> f.CaseFacts:
    plain: dict[str, object] = {
        "case": "case-1",
        "ads": ads or (ad(),),
        "decision": DECISION,
        "esp": ESP,
        "prepared_at": Moment(at=NOON),
    }
    return f.CaseFacts(**(plain | more))  # type: ignore[arg-type]


SHA_IMAGE = "5e" * 32
SHA_EARLIER = "6f" * 32


def placed(start: Moment, url: str | None = None, **more: object) -> f.PlacementFacts:
    plain: dict[str, object] = {
        "kind": "published",
        "section": "bikes",
        "channel": f.Channel.WEB,
        "start": start,
        "url": url,
    }
    return f.PlacementFacts(**(plain | more))  # type: ignore[arg-type]


def marked_revision() -> f.RevisionFacts:
    """Every field of intake v1, each with a mark of its own."""
    return revision(
        0,
        section="mark-section",
        place={"city": "mark-city", "region": "mark-region", "country": "US", "pin": "mark-pin"},
        language="mark-language",
        texts={"title": "mark-title", "body": "mark-body \x00\r\n end", "mark-key": "mark-value"},
        attachments=(
            f.AttachmentFacts(
                sha256=SHA_IMAGE,
                media_type="image/x-mark",
                original_name="mark-name.png",
                uploaded_at=ago(4 * HOUR, 120),
                url="https://example.com/mark-attachment.png?a=1&b=2",
            ),
        ),
        account=f.AccountFacts(
            id="mark-account",
            created=ago(1000 * HOUR, -300),
            names=("mark-name-one", "mark-name-two"),
            emails=(
                f.EmailFacts(address="mark@example.com", verified_at=ago(900 * HOUR, 60)),
                f.EmailFacts(address="mark.two@example.org"),
            ),
            phones=(
                f.PhoneFacts(number="+12025550111", verified_at=ago(800 * HOUR, 330)),
                f.PhoneFacts(number="+12025550112"),
            ),
            profile_url="https://example.com/mark-profile",
        ),
        connections=tuple(
            f.ConnectionFacts(
                ip=f"192.0.2.{number}",
                port=50_100 + number,
                at=ago(number * HOUR, 15 * number),
                event=event,
                proxy=number % 2 == 0,
                device=f"mark-device-{number}",
            )
            for number, event in enumerate(f.ConnectionEvent, start=3)
        ),
        payment=f.PaymentFacts(
            processor="mark-processor",
            token="mark-token",
            last4="4242",
            payer_name="mark-payer",
            amount="12.34 USD mark",
            at=ago(5 * HOUR, 45),
            merchant_of_record="mark-merchant",
        ),
        provenance="mark-provenance",
        source="mark-source",
        spooled_at=ago(3 * HOUR + 1),
    )
