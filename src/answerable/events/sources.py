"""Events of those who alert us often: registered sources, and alerters who were warned or limited.

What tells a person (an address, a keyed digest of one) lives in the erasable group `alerter`, what
staff wrote of them in `report`; kinds, counts and times in `facts`.
"""

from dataclasses import dataclass
from typing import ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRegistered(Event):
    """A flagger, police, hotline or NGO that we know, by its key or token. On the site's chain."""

    TYPE: ClassVar[str] = "source.registered"

    source: str = grouped("facts")
    kind: str = grouped("facts")  # flagger, police, hotline, ngo
    organisation: str = grouped("facts")
    how: str = grouped("facts")  # how we made sure that it is they
    key_sha256: str | None = grouped("facts")  # of its public key; None where it has a token
    contact: str = grouped("alerter")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRevoked(Event):
    """From now on its signature or token says nothing. What it sent before stands."""

    TYPE: ClassVar[str] = "source.revoked"

    source: str = grouped("facts")
    reason: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertVerified(Event):
    """A registered source sent this alert: its signature or token was checked. On its own chain."""

    TYPE: ClassVar[str] = "alert.verified"

    alert: str = grouped("link")
    case: str = grouped("link")
    ad: str | None = grouped("link")
    source: str = grouped("facts")
    kind: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlerterWarned(Event):
    """A person warned an alerter: so many alerts that named no fact were declined by two."""

    TYPE: ClassVar[str] = "alerter.warned"

    alerter: str = grouped("facts")
    identity: str = grouped("alerter")  # source:…, token:…, contact:<keyed digest>
    unfounded: int = grouped("facts")
    answered: int = grouped("facts")
    citation: str = grouped("facts")
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlerterLimited(Event):
    """For a time this alerter's alerts wait for a look before they hide. Nothing else changes."""

    TYPE: ClassVar[str] = "alerter.limited"

    alerter: str = grouped("facts")
    limit: str = grouped("facts")
    identity: str = grouped("alerter")
    unfounded: int = grouped("facts")  # since the warning
    answered: int = grouped("facts")
    until: int = grouped("facts")  # ms; it ends by itself
    citation: str = grouped("facts")
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlerterUnlimited(Event):
    """The limit is lifted before its end: an appeal was right, or it is no longer needed."""

    TYPE: ClassVar[str] = "alerter.unlimited"

    alerter: str = grouped("facts")
    limit: str = grouped("facts")
    reason: str = grouped("report")
