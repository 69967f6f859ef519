"""Events of the house itself: site, staff, sections, ownership. Chain: the site's own subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCreated(Event):
    """A site, marked synthetic at creation or never."""

    TYPE: ClassVar[str] = "site.created"

    name: str = grouped("facts")
    synthetic: bool = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteServes(Event):
    """From now on the site takes on the duties of exactly these jurisdictions."""

    TYPE: ClassVar[str] = "site.serves"

    jurisdictions: Sequence[str] = grouped("facts")
    reason: str = grouped("facts")
    approvers: Sequence[str] = grouped("facts")  # two where a jurisdiction is given up


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGranted(Event):
    """A staff member got roles."""

    TYPE: ClassVar[str] = "access.granted"

    staff: str = grouped("facts")
    roles: Sequence[str] = grouped("facts")
    organisation: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRevoked(Event):
    """A staff member lost roles, or the log-in itself (`blocked`)."""

    TYPE: ClassVar[str] = "access.revoked"

    staff: str = grouped("facts")
    roles: Sequence[str] = grouped("facts")
    blocked: bool = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionClosed(Event):
    """A section takes no ads in a jurisdiction; the notice and reason are public."""

    TYPE: ClassVar[str] = "section.closed"

    section: str = grouped("facts")
    jurisdiction: str = grouped("facts")
    notice: str = grouped("facts")
    reason: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionOpened(Event):
    """The section takes ads there again."""

    TYPE: ClassVar[str] = "section.opened"

    section: str = grouped("facts")
    jurisdiction: str = grouped("facts")
    reason: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPlanned(Event):
    """A section will close at `effective` (ms); section.closed is recorded when it does."""

    TYPE: ClassVar[str] = "section.planned"

    section: str = grouped("facts")
    jurisdiction: str = grouped("facts")
    notice: str = grouped("facts")
    reason: str = grouped("facts")
    effective: int = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionReopenProposed(Event):
    """The first of two wants the section open again. It stays closed until another agrees."""

    TYPE: ClassVar[str] = "section.reopen_proposed"

    section: str = grouped("facts")
    jurisdiction: str = grouped("facts")
    reason: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipPublished(Event):
    """A statement of who owns and controls the site was imported and is shown."""

    TYPE: ClassVar[str] = "ownership.published"

    sha256: str = grouped("facts")
    statements: int = grouped("facts")
    gaps: int = grouped("facts")
    summary: Mapping[str, Any] = grouped("facts")
