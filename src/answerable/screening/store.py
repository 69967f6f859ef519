"""What screening asks of storage: facts of the ad, closed sections, and where outcomes go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from answerable.events.work import UnitOfWork
from answerable.kernel.ids import AdId, EventId, PlacementId, Site, SubjectId
from answerable.kernel.sketch import Sketch
from answerable.kernel.time import Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class AdFacts:
    """What screening may know of an ad besides its words."""

    ad: AdId
    external_id: str
    open_subject: SubjectId
    closed_subject: SubjectId
    section: str
    jurisdiction: str
    last_revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundContact:
    """A normalised contact of a revision and where it stood (`account`: the poster's own)."""

    kind: str
    value: str
    field: str
    technique: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The last outcome of screening an ad: a projection for queues and pages."""

    ad: AdId
    revision: int
    verdict: str  # publish, withhold, refuse, could-not-screen
    strong: bool
    pack: str
    event: EventId
    at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What the networks say of a revision (docs/resubmissions.md).

    `rules` of the house hold it back; `moved`: it comes from a closed section, so the rules of
    every section apply.
    """

    rules: tuple[str, ...] = ()
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivePack:
    """The pack in force on a site since some moment; `name` is its id and version."""

    digest: str
    name: str
    since: Millis


class ScreeningStore(Protocol):
    """Rows screening reads and writes. Contacts are a projection with an `erase`."""

    def ad_facts(self, site: Site, ad: AdId, *, lock: bool = False) -> AdFacts:
        """Raises NotFound. `lock` holds the ad's row, which whoever erases its words takes too."""
        ...

    def revision_event(self, site: Site, ad: AdId, number: int) -> EventId: ...

    def has_words(self, event: EventId) -> bool:
        """Can the words of this event still be opened?"""
        ...

    def placed_at(self, site: Site, placement: PlacementId) -> tuple[str, str] | None:
        """(section, jurisdiction) of a placement; either may be ""."""
        ...

    def closed_notice(self, site: Site, section: str, jurisdiction: str, now: Millis) -> str | None:
        """The public notice under which the section takes no ads there now, or None if it does."""
        ...

    def any_closed(self, site: Site, now: Millis) -> bool:
        """Is any section closed anywhere?"""
        ...

    def put_sketch(self, site: Site, ad: AdId, revision: int, sketch: Sketch) -> None:
        """Keep by what this revision is known again."""
        ...

    def returned(
        self,
        site: Site,
        ad: AdId,
        revision: int,
        rules: frozenset[str],
        now: Millis,
        *,
        away: bool,
    ) -> Returned:
        """Does this revision come back from an ad that was refused, removed or closed out?

        Its contacts and sketch are kept before. `rules`: those of the pack that saw something;
        `away`: it stands where its section is open.
        """
        ...

    def put_outcome(self, site: Site, outcome: Outcome) -> None: ...

    def outcome(self, site: Site, ad: AdId) -> Outcome | None: ...

    def put_contacts(
        self, site: Site, ad: AdId, revision: int, contacts: Sequence[FoundContact]
    ) -> None: ...

    def site_subject(self, site: Site) -> SubjectId: ...

    def active_pack(self, site: Site, *, changes: bool = False) -> ActivePack | None:
        """The pack last activated, or None. `changes`: nobody else changes it meanwhile."""
        ...

    def put_active_pack(self, site: Site, active: ActivePack) -> None: ...

    def erase(self, site: Site, ad: AdId) -> None:
        """Forget the contacts of an ad."""
        ...


class ScreeningWork(UnitOfWork, Protocol):
    """A transaction as this chapter sees it."""

    @property
    def screening(self) -> ScreeningStore: ...
