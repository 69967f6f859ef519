"""What cases need kept, in their own nouns. Rows are projections; what matters is in events."""

from typing import Protocol

from answerable.cases.model import AdRef, Case, Clock
from answerable.events.work import UnitOfWork
from answerable.kernel.ids import AdId, CaseId, Site
from answerable.kernel.time import Millis


class CaseStore(Protocol):
    """Cases and clocks of a site, and a look at which ads there are."""

    def ad_named(self, site: Site, name: str) -> AdRef | None:
        """The ad of this external id or URL (the ad's own or a placement's), or None."""
        ...

    def ad_of(self, site: Site, ad: AdId) -> AdRef:
        """Raises NotFound."""
        ...

    def can_be_probed(self, site: Site, ad: AdId) -> bool:
        """Is there a URL at which we could see whether the ad is up?"""
        ...

    def is_synthetic(self, site: Site) -> bool:
        """Was the site marked synthetic at its creation? Raises NotFound."""
        ...

    def get(self, site: Site, case: CaseId) -> Case:
        """Raises NotFound."""
        ...

    def locked(self, site: Site, case: CaseId) -> Case:
        """As `get`, and nobody else changes it before this transaction ends."""
        ...

    def open_case_of(self, site: Site, ad: AdId) -> Case | None:
        """The (oldest) case in which this ad waits for a decision; locks ad and case."""
        ...

    def cases_of(self, site: Site, ad: AdId, limit: int) -> tuple[Case, ...]:
        """Every case this ad is in, the newest first."""
        ...

    def put(self, case: Case) -> None: ...

    def queue(self, site: Site, limit: int) -> tuple[Case, ...]:
        """Cases that wait for somebody: by urgency, then by the next clock's end, then by age."""
        ...

    def decided(self, site: Site, limit: int) -> tuple[Case, ...]:
        """Decided cases, the newest first."""
        ...

    def put_clock(self, clock: Clock) -> None: ...

    def clocks_of(self, site: Site, case: CaseId) -> tuple[Clock, ...]:
        """Every clock of the case, by start."""
        ...

    def clocks_on(self, site: Site, ad: AdId) -> tuple[Clock, ...]:
        """Every running clock of this ad, in whichever case."""
        ...

    def overdue(self, site: Site, now: Millis, limit: int) -> tuple[Clock, ...]:
        """Clocks that run past their end, the longest overdue first."""
        ...

    def overdue_looks(self, site: Site, now: Millis, limit: int) -> tuple[Clock, ...]:
        """Those of them that wait for a person's look at an alert that was put off."""
        ...


class CasesWork(UnitOfWork, Protocol):
    """A transaction in which cases can work."""

    @property
    def cases(self) -> CaseStore: ...
