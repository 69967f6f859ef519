"""reports.document.parties: the accounts behind the ads, and their parts of the document.

Revisions are gathered by account: names, contacts, connections and payments of all of them stand
together, the current revision's first, then what was told later. Nothing is judged the same that
is not equal.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document.limits import URL_MAX, units
from answerable.reports.document.notes import Notes, one_line, said
from answerable.reports.document.values import COUNTRIES, STATE_OF, STATES, EventName, Moment

T = TypeVar("T")

_Source: TypeAlias = f.RevisionFacts | f.ToldFacts

DEVICE_TYPE = "Device identifier as captured by the site"

_EVENTS = {
    f.ConnectionEvent.UPLOAD: EventName.UPLOAD,
    f.ConnectionEvent.REGISTRATION: EventName.REGISTRATION,
    f.ConnectionEvent.LOGIN: EventName.LOGIN,
    f.ConnectionEvent.PURCHASE: EventName.PURCHASE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment, the connections it was made over, and the ads it paid for."""

    payment: f.PaymentFacts
    connections: tuple[f.ConnectionFacts, ...]
    ads: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One account behind ads of the incident; `id` is None where the site named none."""

    id: str | None
    ads: tuple[str, ...]
    created: tuple[Moment, ...]
    names: tuple[str, ...]
    emails: tuple[f.EmailFacts, ...]
    phones: tuple[f.PhoneFacts, ...]
    profile_urls: tuple[str, ...]
    connections: tuple[f.ConnectionFacts, ...]
    payments: tuple[Payment, ...]
    contacts: tuple[f.ContactFacts, ...]
    place: Mapping[str, str] = field(default_factory=dict)
    place_at: Moment | None = None

    @property
    def label(self) -> str:
        return f"account {self.id}" if self.id else f"the unnamed account of ad {self.ads[0]}"


def parties(case: f.CaseFacts) -> tuple[Party, ...]:
    """The accounts behind the ads; first the one behind the first ad's current revision."""
    found: dict[tuple[str, str], list[tuple[str, _Source]]] = {}
    for ad in case.ads:
        for source in ad.sources:
            found.setdefault(_key(ad, source), []).append((ad.external_id, source))
    return tuple(
        _party(key[1] if key[0] == "account" else None, sources) for key, sources in found.items()
    )


def unique(things: Iterable[T]) -> tuple[T, ...]:
    """Each once, in order of first appearance."""
    return tuple(dict.fromkeys(things))


def account_of(ad: f.AdFacts, source: _Source) -> str | None:
    """The account id of a revision: its own, else the latest one the ad is known under."""
    for one in (source, *reversed(ad.revisions), *ad.told):
        if one.account is not None and one.account.id:
            return one.account.id
    return None


def _key(ad: f.AdFacts, source: _Source) -> tuple[str, str]:
    account = account_of(ad, source)
    return ("account", account) if account else ("ad", ad.external_id)


def _party(account: str | None, sources: Sequence[tuple[str, _Source]]) -> Party:
    told = [one.account for _, one in sources if one.account is not None]
    placed = next((one for _, one in sources if one.place), None)
    payments: dict[f.PaymentFacts, tuple[list[f.ConnectionFacts], list[str]]] = {}
    for ad, one in sources:
        if one.payment is not None:
            connections, ads = payments.setdefault(one.payment, ([], []))
            ads.append(ad)
            connections += [c for c in one.connections if c.event is f.ConnectionEvent.PURCHASE]
    return Party(
        id=account,
        ads=unique(ad for ad, _ in sources),
        created=unique(a.created for a in told if a.created is not None),
        names=unique(name for a in told for name in a.names),
        emails=_emails(told),
        phones=_phones(told),
        profile_urls=unique(a.profile_url for a in told if a.profile_url),
        connections=unique(c for _, one in sources for c in one.connections),
        payments=tuple(
            Payment(payment=payment, connections=unique(connections), ads=unique(ads))
            for payment, (connections, ads) in payments.items()
        ),
        contacts=unique(c for _, one in sources for c in one.contacts),
        place=placed.place if placed else {},
        place_at=placed.received_at if placed else None,
    )


def _emails(told: Iterable[f.AccountFacts]) -> tuple[f.EmailFacts, ...]:
    best: dict[str, f.EmailFacts] = {}
    for email in (one for account in told for one in account.emails):
        known = best.get(email.address)
        if known is None or known.verified_at is None:
            best[email.address] = email
    return tuple(best.values())


def _phones(told: Iterable[f.AccountFacts]) -> tuple[f.PhoneFacts, ...]:
    best: dict[str, f.PhoneFacts] = {}
    for phone in (one for account in told for one in account.phones):
        known = best.get(phone.number)
        if known is None or known.verified_at is None:
            best[phone.number] = phone
    return tuple(best.values())


def email(facts: f.EmailFacts) -> m.Email:
    """Said to be verified only where a time of verification is known; else nothing is said."""
    at = facts.verified_at
    verified = True if at is not None else None
    return m.Email(text=facts.address, verified=verified, verification_date=at)


def phone(facts: f.PhoneFacts) -> m.Phone:
    """As `email`."""
    at = facts.verified_at
    verified = True if at is not None else None
    return m.Phone(text=facts.number, verified=verified, verification_date=at)


def contacts(party: Party, extra: list[str]) -> tuple[tuple[m.Phone, ...], tuple[m.Email, ...]]:
    """Phones and mail addresses: the account's own, then those that only the ad's words show.

    What only the ad shows is said to be so in `extra`, as is what no element can take.
    """
    phones = [phone(one) for one in party.phones]
    emails = [email(one) for one in party.emails]
    numbers, addresses = {p.text for p in phones}, {e.text for e in emails}
    for contact in party.contacts:
        if contact.kind == "phone" and contact.value not in numbers:
            numbers.add(contact.value)
            phones.append(m.Phone(text=contact.value))
        elif contact.kind == "email" and contact.value not in addresses:
            addresses.add(contact.value)
            emails.append(m.Email(text=contact.value))
        else:
            if contact.kind in ("phone", "email"):
                continue
        extra.append(
            f"In the ad's words, not confirmed as the account's: {contact.kind} "
            f"{one_line(contact.value)}" + (f" ({contact.technique})" if contact.technique else "")
        )
    extra += [
        f"Phone too long for its field: {one_line(p.text)}" for p in phones if too_long(p, 50)
    ]
    extra += [
        f"Mail too long for its field: {one_line(e.text)}" for e in emails if too_long(e, 255)
    ]
    return (
        tuple(p for p in phones if not too_long(p, 50)),
        tuple(e for e in emails if not too_long(e, 255)),
    )


def too_long(thing: m.Phone | m.Email, limit: int) -> bool:
    """Whether no element can take it: longer than `limit` UTF-16 units, or blank."""
    return units(thing.text) > limit or not thing.text.strip()


def ip_event(connection: f.ConnectionFacts) -> m.IpCaptureEvent | None:
    """The connection as an IP event, or None where it names no usable address."""
    try:
        ipaddress.ip_address(connection.ip or "")
    except ValueError:
        return None
    port = connection.port
    return m.IpCaptureEvent(
        ip_address=connection.ip or "",
        event_name=_EVENTS[connection.event] if connection.event is not None else None,
        date_time=connection.at,
        possible_proxy=connection.proxy,
        port=port if port is not None and 1 <= port <= 65535 else None,
    )


def ip_events(
    connections: Iterable[f.ConnectionFacts], extra: list[str]
) -> tuple[m.IpCaptureEvent, ...]:
    """All usable connections, each once; what cannot stand there is said in `extra`."""
    events = []
    for connection in connections:
        event = ip_event(connection)
        if event is not None:
            events.append(event)
            whole = event.port == connection.port
        else:  # a device alone says event and time itself
            whole = bool(connection.device) and not connection.ip and connection.port is None
        if not whole:
            at = connection.at.spelled() if connection.at else "no time given"
            extra.append(
                f"Connection as given: address {one_line(connection.ip or 'none')}, port "
                f"{connection.port}, event {connection.event}, proxy {connection.proxy}, {at}"
            )
    return unique(events)


def devices(connections: Iterable[f.ConnectionFacts], notes: Notes) -> tuple[m.DeviceId, ...]:
    """The devices seen on the connections, with what was done on them and when."""
    found = []
    for connection in connections:
        value = notes.fit("device identifier", connection.device, URL_MAX)
        if value is not None:
            event = _EVENTS[connection.event] if connection.event is not None else None
            found.append(
                m.DeviceId(
                    id_type=DEVICE_TYPE, id_value=value, event_name=event, date_time=connection.at
                )
            )
    return unique(found)


def location(
    place: Mapping[str, str], at: Moment | None, notes: Notes
) -> m.EstimatedLocation | None:
    """A stated place: told, not verified. None where it names no city, region or known country."""
    country = (place.get("country") or "").strip().upper()
    city = notes.fit("stated city", place.get("city"), 255)
    code = country if country in COUNTRIES else None
    region = notes.fit("stated region", _region(place.get("region"), code), 255)
    if not (city or region or code):
        return None
    return m.EstimatedLocation(
        verified=False, timestamp=at, city=city, region=region, country_code=code
    )


def _region(stated: str | None, country: str | None) -> str | None:
    """In the United States the documentation wants two letters; a name we don't know stays."""
    if stated is None or country != "US":
        return stated
    plain = " ".join(stated.split())
    return plain.upper() if plain.upper() in STATES else STATE_OF.get(plain.lower(), stated)


def place_line(place: Mapping[str, str]) -> str:
    """What was stated of the place, in the site's own keys."""
    return f"Stated place: {one_line(said(place))}" if place else ""
