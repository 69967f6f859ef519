"""What preservation needs kept, and the one place where keys are deleted."""

from collections.abc import Sequence
from typing import Protocol

from answerable.access.consent import ConsentWork
from answerable.kernel.ids import AdId, CaseId, HoldId, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.preservation.disposal_store import DisposalStore
from answerable.preservation.model import AdRef, Hold
from answerable.preservation.process_store import ProcessStore


class PreservationStore(Protocol):
    """Holds of a site; erasing what nothing holds."""

    def ad_of(self, site: Site, ad: AdId) -> AdRef:
        """Locks the ad's row, so that no hold appears beside an erasure. Raises NotFound."""
        ...

    def get(self, site: Site, hold: HoldId) -> Hold:
        """Raises NotFound."""
        ...

    def holds_of(self, site: Site, ad: AdId) -> tuple[Hold, ...]:
        """Every hold ever placed on the ad, by start."""
        ...

    def running(self, site: Site, now: Millis, limit: int) -> tuple[Hold, ...]:
        """Holds that run at `now`, the next to end first, those without an end last."""
        ...

    def holds_for(self, site: Site, process: str) -> tuple[Hold, ...]:
        """The holds of a legal process, by their ads."""
        ...

    def put(self, hold: Hold) -> None: ...

    def undecided_case_of(self, site: Site, ad: AdId) -> CaseId | None:
        """A case in which this ad waits for a decision."""
        ...

    def subjects_of(self, site: Site, ad: AdId) -> tuple[SubjectId, ...]:
        """The chains that speak of this ad alone: its own two, its alerts', and those of cases and
        reports that have no other ad."""
        ...

    def erase_groups(
        self,
        site: Site,
        subjects: Sequence[SubjectId],
        data_groups: frozenset[str],
        *,
        before: Millis | None = None,
    ) -> tuple[str, ...]:
        """Delete keys and bodies of these groups; with `before`, of events recorded before that
        alone. The leaf hashes (hex) of what they were of."""
        ...

    def erase_projections(self, site: Site, ad: AdId, data_groups: frozenset[str]) -> None:
        """Delete what rows hold of those groups: contacts, URLs, account, references to files."""
        ...


class PreservationWork(ConsentWork, Protocol):
    """A transaction in which preservation can work."""

    @property
    def preservation(self) -> PreservationStore: ...

    @property
    def processes(self) -> ProcessStore: ...

    @property
    def disposals(self) -> DisposalStore: ...
