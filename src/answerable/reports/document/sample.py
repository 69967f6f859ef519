"""reports.document.sample: one neutral case, to try the document on somebody's schema.

A bicycle, reserved addresses and marker words; nobody is meant. It fills what a common case does.
"""

from answerable.kernel.time import DAY, HOUR, MINUTE, Millis
from answerable.reports.document import facts as f
from answerable.reports.document.values import Moment

_BODY = "Blue bicycle, three gears, bluelantern. Ring after six."


def sample_case(now: Millis) -> f.CaseFacts:
    """The same case whenever it is made, but for its moments, which lie before `now`."""

    def ago(span: int) -> Moment:
        return Moment(at=Millis(now - span))

    posted = ago(DAY)
    revision = f.RevisionFacts(
        number=0,
        received_at=posted,
        section="bicycles",
        place={"city": "Springfield", "region": "IL", "country": "US"},
        language="en",
        texts={"title": "Bicycle", "body": _BODY},
        account=_account(ago(30 * DAY)),
        connections=(
            f.ConnectionFacts(
                ip="192.0.2.7",
                port=50_100,
                at=posted,
                event=f.ConnectionEvent.UPLOAD,
                proxy=False,
                device="device-1",
            ),
        ),
        payment=f.PaymentFacts(processor="Example Pay", last4="4242", at=posted),
        placements=(
            f.PlacementFacts(
                kind="published",
                section="bicycles",
                channel=f.Channel.WEB,
                url="https://example.com/ads/1?a=1&b=2",
                start=posted,
            ),
        ),
    )
    return f.CaseFacts(
        case="sample",
        ads=(f.AdFacts(external_id="sample-1", ad="sample-1", revisions=(revision,)),),
        decision=f.DecisionFacts(
            decision="sample",
            at=ago(5 * MINUTE),
            by_role="reviewer",
            reason="A sample, made to be judged by a schema; it concerns nobody.",
            basis=(f.BasisFacts(kind=f.BasisKind.OTHER, words="a sample states no fact"),),
            victim=f.VictimFacts(age=16, screen_name="sample", origin="a sample"),
        ),
        esp=f.EspFacts(
            platform="Example Classifieds",
            service="Example Classifieds, web",
            reporter=f.EspPerson(email="safety@example.com", phone="+12025550100"),
            company_template="Serve process at law@example.com.",
            terms_of_service="Ads offering a person are not allowed.",
            legal_url="https://example.com/legal",
        ),
        prepared_at=ago(0),
        actions=(f.ActionFacts(kind=f.ActionKind.AD_HIDDEN, at=ago(HOUR), ad="sample-1"),),
    )


def _account(created: Moment) -> f.AccountFacts:
    return f.AccountFacts(
        id="account-1",
        created=created,
        names=("sample",),
        emails=(f.EmailFacts(address="sample@example.org", verified_at=created),),
        phones=(f.PhoneFacts(number="+12025550111", verified_at=created),),
        profile_url="https://example.com/profiles/1",
    )
