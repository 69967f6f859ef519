"""How complete a report is, what is missing, and who could supply it. Pure; no score bars a report.

Two scores are kept apart (docs/reports.md): urgency says when a report goes out, completeness how
much of what could stand in it does. NCMEC sorts tips by whether an officer can act on them, and
says that what lacks most is where the child is and who the account is (facts on *referrals*).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from answerable.reports.document import facts as f
from answerable.reports.document import parties as p
from answerable.reports.document.files import revision_file, sha256


class Source(StrEnum):
    """Who could supply what is missing."""

    SITE = "site"
    REVIEWER = "reviewer"
    OPERATOR = "operator"


class Want(StrEnum):
    """What the site is asked for, in the words of intake v1."""

    ACCOUNT_ID = "account.id"
    NAMES = "account.names"
    EMAILS = "account.emails"
    PHONES = "account.phones"
    PROFILE = "account.profile_url"
    CREATED = "account.created"
    UPLOAD = "connections.upload"
    LOGIN = "connections.login"
    PORTS = "connections.port"
    DEVICE = "connections.device"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One applicable fact. `want` where the site could be asked for it; `ad` its external id."""

    says: str
    there: bool
    source: Source
    ad: str | None = None
    want: Want | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """`filled` of `applicable` facts are there."""

    items: tuple[Item, ...]

    @property
    def applicable(self) -> int:
        return len(self.items)

    @property
    def filled(self) -> int:
        return sum(item.there for item in self.items)

    @property
    def percent(self) -> int:
        """Rounded down: 100 only where nothing is missing."""
        return 100 * self.filled // self.applicable if self.items else 100

    @property
    def missing(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.there)

    def missing_of(self, source: Source) -> tuple[Item, ...]:
        return tuple(item for item in self.missing if item.source is source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What the site is asked about one ad."""

    external_id: str
    account: str | None
    want: tuple[Want, ...]


NotHeld = frozenset[tuple[str, str]]
"""(external id, field) that the site says it does not hold: no longer applicable."""


def completeness(case: f.CaseFacts, not_held: NotHeld = frozenset()) -> Completeness:
    """Every applicable fact of the case, there or missing."""
    items: list[Item] = []
    for ad in case.ads:
        items += [
            item
            for item in (*_of_account(ad), *_of_connections(ad), *_of_ad(ad))
            if item.want is None or (ad.external_id, item.want.value) not in not_held
        ]
        items += _looks(case, ad)
    return Completeness(items=(*items, *_of_decision(case.decision), *_of_operator(case.esp)))


def asks(case: f.CaseFacts, not_held: NotHeld = frozenset()) -> tuple[Ask, ...]:
    """What only the site can know and has not said, ad by ad; empty where nothing is missing."""
    wanted: dict[str, list[Want]] = {}
    for item in completeness(case, not_held).missing_of(Source.SITE):
        if item.want is not None and item.ad is not None:
            wanted.setdefault(item.ad, []).append(item.want)
    accounts = {ad.external_id: p.account_of(ad, ad.current) for ad in case.ads}
    return tuple(
        Ask(external_id=ad, account=accounts[ad], want=tuple(dict.fromkeys(want)))
        for ad, want in wanted.items()
    )


def _of_account(ad: f.AdFacts) -> Iterable[Item]:
    told = [source.account for source in ad.sources if source.account is not None]
    for want, says, there in (
        (Want.ACCOUNT_ID, "the account's id", any(one.id for one in told)),
        (Want.EMAILS, "the account's e-mail address", any(one.emails for one in told)),
        (Want.PHONES, "the account's phone number", any(one.phones for one in told)),
        (Want.NAMES, "the account's names", any(one.names for one in told)),
        (Want.PROFILE, "the address of its profile", any(one.profile_url for one in told)),
        (Want.CREATED, "when the account was made", any(one.created for one in told)),
    ):
        yield _site(ad, want, says, there)


def _of_connections(ad: f.AdFacts) -> Iterable[Item]:
    """The posting and another one, each usable behind carrier NAT: address, port, zoned time."""
    known = [one for source in ad.sources for one in source.connections]
    usable = [one for one in known if p.ip_event(one) is not None]
    posted = [one for one in usable if one.event is f.ConnectionEvent.UPLOAD]
    others = [one for one in usable if one.event is not f.ConnectionEvent.UPLOAD]
    yield _site(ad, Want.UPLOAD, "the connection that posted it", bool(posted))
    yield _site(ad, Want.LOGIN, "a registration or log-in of the account", bool(others))
    if usable:
        whole = any(one.port is not None and one.at is not None for one in posted or usable)
        yield _site(ad, Want.PORTS, "port and time, with zone, of a connection", whole)
    yield _site(ad, Want.DEVICE, "a device", any(one.device for one in known))


def _of_ad(ad: f.AdFacts) -> Iterable[Item]:
    paid = any(source.payment is not None for source in ad.sources)
    yield _site(ad, Want.PAYMENT, "how it was paid for", paid)
    placed = [one for revision in ad.revisions for one in revision.placements]
    if placed:
        says = "the address at which it stood"
        yield _mine(ad, says, any(one.url for one in placed))
    else:
        yield _mine(ad, "when and where it was published", False)
    places = any(one.place for one in ad.revisions) or any(one.place for one in placed)
    yield _mine(ad, "a stated place", places)
    for one in {one.sha256: one for r in ad.revisions for one in r.attachments}.values():
        name = one.original_name or f"file {one.sha256[:12]}"
        yield _mine(ad, f"the bytes of {name}", one.stored)


def _looks(case: f.CaseFacts, ad: f.AdFacts) -> Iterable[Item]:
    """Whole looks by a person: they decide what an officer may open without a warrant."""
    current = ad.current
    words = sha256(revision_file(current.texts))
    seen = words in case.viewed or current.digest in case.viewed
    yield Item(
        says="a whole look at its words", there=seen, source=Source.REVIEWER, ad=ad.external_id
    )
    for one in {one.sha256: one for one in current.attachments if one.stored}.values():
        yield Item(
            says=f"a whole look at {one.original_name or f'file {one.sha256[:12]}'}",
            there=one.sha256 in case.viewed,
            source=Source.REVIEWER,
            ad=ad.external_id,
        )


def _of_decision(decision: f.DecisionFacts) -> Sequence[Item]:
    victim = decision.victim
    found = [
        ("a fact that suggests a minor", bool(decision.basis)),
        ("the reason in words", bool((decision.reason or "").strip())),
    ]
    if any(one.kind is f.BasisKind.STATED_AGE for one in decision.basis):
        found.append(("the age that was stated", victim is not None and victim.age is not None))
    if decision.urgent:
        concrete = bool((decision.urgent_reason or "").strip())
        found.append(("why it is urgent", concrete))
    return [Item(says=says, there=there, source=Source.REVIEWER) for says, there in found]


def _of_operator(esp: f.EspFacts) -> Sequence[Item]:
    return [
        Item(says=says, there=bool(value), source=Source.OPERATOR)
        for says, value in (
            ("the reporter's phone", esp.reporter.phone),
            ("company facts: how to serve process, how long is kept", esp.company_template),
            ("the terms that apply", esp.terms_of_service),
            ("the address of the legal pages", esp.legal_url),
            ("a contact person for law enforcement", esp.contact),
        )
    ]


def _site(ad: f.AdFacts, want: Want, says: str, there: bool) -> Item:
    return Item(says=says, there=there, source=Source.SITE, ad=ad.external_id, want=want)


def _mine(ad: f.AdFacts, says: str, there: bool) -> Item:
    """The site could say it as a placement or a file, which are not asked for here."""
    return Item(says=says, there=there, source=Source.SITE, ad=ad.external_id)
