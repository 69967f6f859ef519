"""Completeness: what is applicable, what is missing, who could supply it. It bars nothing."""

from dataclasses import replace

from hypothesis import assume, given
from report_cases import DECISION, ESP, SHA_IMAGE, ad, ago, case, marked_revision, placed, revision
from tests.properties.report_strategies import CASES

from answerable.apps.reporting import esp_facts
from answerable.apps.settings import Settings
from answerable.kernel.time import HOUR
from answerable.reports.completeness import Source, Want, asks, completeness
from answerable.reports.document import facts as f
from answerable.reports.document.files import revision_file, sha256

WHOLE = f.EspFacts(
    platform=ESP.platform,
    reporter=replace(ESP.reporter, phone="+12025550100"),
    contact=ESP.contact,
    company_template=ESP.company_template,
    terms_of_service=ESP.terms_of_service,
    legal_url=ESP.legal_url,
)


def whole_case() -> f.CaseFacts:
    one = replace(marked_revision(), placements=(placed(ago(HOUR), "https://example.com/a"),))
    seen = frozenset({sha256(revision_file(one.texts)), SHA_IMAGE})
    decision = replace(DECISION, victim=f.VictimFacts(age=15, origin="the ad"))
    return case(ad("a", one), esp=WHOLE, viewed=seen, decision=decision)


def says(facts: f.CaseFacts, source: Source) -> set[str]:
    return {item.says for item in completeness(facts).missing_of(source)}


def test_a_report_with_everything_lacks_nothing_and_asks_nothing() -> None:
    score = completeness(whole_case())
    assert score.missing == ()
    assert score.percent == 100
    assert asks(whole_case()) == ()


def test_a_bare_ad_asks_the_site_for_what_only_it_can_know() -> None:
    (ask,) = asks(case(ad("a")))
    assert ask.external_id == "a"
    assert ask.account is None
    assert set(ask.want) == set(Want) - {Want.PORTS}  # a port of no connection is not asked for
    assert "when and where it was published" in says(case(ad("a")), Source.SITE)


def test_a_connection_without_port_is_asked_for_its_port() -> None:
    bare = revision(
        0, connections=(f.ConnectionFacts(ip="192.0.2.1", event=f.ConnectionEvent.UPLOAD),)
    )
    (ask,) = asks(case(ad("a", bare)))
    assert Want.PORTS in ask.want
    assert Want.UPLOAD not in ask.want


def test_what_was_told_later_counts_and_what_is_not_held_is_no_longer_applicable() -> None:
    bare = case(ad("a"))
    told = f.ToldFacts(
        received_at=ago(0),
        by="the site",
        account=f.AccountFacts(id="u", emails=(f.EmailFacts(address="u@example.com"),)),
    )
    more = replace(bare, ads=(replace(bare.ads[0], told=(told,)),))
    (ask,) = asks(more)
    assert ask.account == "u"
    assert {Want.ACCOUNT_ID, Want.EMAILS}.isdisjoint(ask.want)
    assert completeness(more).filled == completeness(bare).filled + 2
    never = frozenset({("a", want.value) for want in Want})
    assert asks(more, never) == ()
    assert completeness(bare, never).applicable < completeness(bare).applicable


def test_the_reviewer_and_the_operator_are_told_what_they_could_supply() -> None:
    facts = case(
        ad("a", revision(0, attachments=(f.AttachmentFacts(sha256=SHA_IMAGE),))),
        esp=f.EspFacts(platform="x", reporter=f.EspPerson(email="a@example.com")),
        decision=f.DecisionFacts(
            decision="d",
            at=ago(0),
            by_role="reviewer",
            basis=(f.BasisFacts(kind=f.BasisKind.STATED_AGE, words="stated"),),
            urgent=True,
        ),
    )
    reviewer = says(facts, Source.REVIEWER)
    assert {"a whole look at its words", "the age that was stated", "why it is urgent"} <= reviewer
    assert f"a whole look at file {SHA_IMAGE[:12]}" in reviewer
    assert len(says(facts, Source.OPERATOR)) == 5


@given(CASES)
def test_laws_of_the_score(facts: f.CaseFacts) -> None:
    """Bounded; nothing is both there and asked for; what is not held lowers no score."""
    assume(len({ad.external_id for ad in facts.ads}) == len(facts.ads))
    score = completeness(facts)
    assert 0 <= score.filled <= score.applicable
    assert score.percent == 100 or score.missing
    assert not (score.percent == 100 and score.missing)
    wanted = asks(facts)
    assert all(ask.want for ask in wanted)
    never = frozenset((ask.external_id, want.value) for ask in wanted for want in ask.want)
    assert asks(facts, never) == ()
    assert completeness(facts, never).filled == score.filled


def test_everything_the_operator_could_set_can_be_set() -> None:
    """What the page says is missing of the operator has a setting each."""
    settings = Settings(
        esp_phone="+12025550100",
        esp_company="Example Ads, 1 Example Street. Serve process by mail. Kept one year.",
        esp_contact_name="Law Desk",
        esp_contact_email="law@example.com",
        esp_contact_phone="+12025550101",
        esp_terms="Ads offering a person are not allowed.",
        esp_legal_url="https://example.com/legal",
        esp_service="classifieds",
    )
    assert says(case(ad("a"), esp=esp_facts(settings)), Source.OPERATOR) == set()
    assert esp_facts(settings).service == "classifieds"
    assert "a contact person for law enforcement" in says(
        case(ad("a"), esp=esp_facts(Settings())), Source.OPERATOR
    )
