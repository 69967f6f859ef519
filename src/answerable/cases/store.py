"""What cases need kept, in their own nouns. Rows are projections; what matters is in events."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from answerable.cases.complaints import Complaint
from answerable.cases.model import AdRef, Case, CaseWatch, Clock
from answerable.cases.policy import Policy
from answerable.cases.queue import Aside, Colleague, Filters, Presence, SavedView, ViewId
from answerable.events.duties.clocks import Duty
from answerable.events.work import UnitOfWork
from answerable.kernel.ids import ActorId, AdId, AlertId, CaseId, Site, SubjectId
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

    def served(self, site: Site) -> frozenset[str]:
        """The jurisdictions whose duties the site has taken on; see jurisdictions.Serve."""
        ...

    def put_served(self, site: Site, jurisdictions: frozenset[str]) -> None: ...

    def get(self, site: Site, case: CaseId) -> Case:
        """Raises NotFound."""
        ...

    def locked(self, site: Site, case: CaseId) -> Case:
        """As `get`, and nobody else changes it before this transaction ends."""
        ...

    def both_locked(self, site: Site, one: CaseId, other: CaseId) -> tuple[Case, Case]:
        """As `locked` of each, in an order that no two callers can cross."""
        ...

    def open_case_of(self, site: Site, ad: AdId) -> Case | None:
        """The (oldest) case in which this ad waits for a decision; locks ad and case."""
        ...

    def cases_of(self, site: Site, ad: AdId, limit: int) -> tuple[Case, ...]:
        """Every case this ad is in, the newest first."""
        ...

    def put(self, case: Case) -> None: ...

    def put_watch(self, site: Site, case: CaseId, value: CaseWatch) -> None:
        """A watch brought an ad into this case; kept once."""
        ...

    def carry_watches(self, site: Site, emptied: CaseId, into: CaseId, ads: Sequence[AdId]) -> None:
        """Two cases were merged: which watches brought these ads is known of `into` now."""
        ...

    def watches_of(self, site: Site, case: CaseId) -> tuple[CaseWatch, ...]:
        """Which watches brought which ads, in the order in which they came."""
        ...

    def cases_of_watch(self, site: Site, watch: str) -> Mapping[AdId, CaseId]:
        """Into which case each ad went that this watch brought."""
        ...

    def open_case_of_watch(self, site: Site, watch: str) -> Case | None:
        """The (oldest) case that this watch opened, or that one was merged into, and that waits
        for somebody; locks it. Never one with the alert that asked for the watch."""
        ...

    def case_of_alert(self, site: Site, alert: AlertId) -> CaseId | None:
        """The case that answers this alert, or answered it."""
        ...

    def put_complaint(self, complaint: Complaint) -> None: ...

    def complaint(self, site: Site, complaint: str) -> Complaint | None: ...

    def complaints_of(
        self, site: Site, case: CaseId, *, waiting: bool = False
    ) -> tuple[Complaint, ...]:
        """Those that this case looks at, in the order in which they came."""
        ...

    def complaints_about(
        self, site: Site, ad: AdId | None, alert: AlertId | None
    ) -> tuple[Complaint, ...]:
        """Those on this ad, or of this alert, in the order in which they came."""
        ...

    def carry_complaints(self, site: Site, emptied: CaseId, into: CaseId) -> None:
        """Two cases were merged: what waits in the one is answered by the other."""
        ...

    def queue(self, site: Site, limit: int) -> tuple[Case, ...]:
        """Cases that wait for somebody: what lapsed first, then by urgency, then by the next
        clock's end, then by age."""
        ...

    def find(
        self, site: Site, filters: Filters, me: ActorId, now: Millis, *, limit: int, offset: int
    ) -> tuple[Case, ...]:
        """Those that the filters ask for (`queue.keeps`), in the queue's order; what no longer
        waits, the newest first."""
        ...

    def count(self, site: Site, filters: Filters, me: ActorId, now: Millis) -> int: ...

    def sections(self, site: Site, limit: int) -> tuple[str, ...]:
        """The sections in which ads wait for a decision."""
        ...

    def next_for(
        self, site: Site, me: ActorId, org: str | None, now: Millis, limit: int
    ) -> tuple[CaseId, ...]:
        """The most urgent that wait for this person: in nobody else's hand, not set aside by
        them, and no proposal of their own (nor, where `org` is named, of their organisation)."""
        ...

    def put_aside(self, aside: Aside) -> None: ...

    def aside(self, site: Site, case: CaseId, by: ActorId) -> Aside | None: ...

    def drop_aside(self, site: Site, case: CaseId, by: ActorId | None = None) -> None:
        """Of this person, or of everybody."""
        ...

    def put_presence(self, value: Presence, now: Millis) -> None:
        """Forgets what ran out."""
        ...

    def present(self, site: Site, cases: Sequence[CaseId], now: Millis) -> tuple[Presence, ...]: ...

    def drop_presence(self, site: Site, case: CaseId, by: ActorId) -> None: ...

    def colleagues(self, site: Site, limit: int) -> tuple[Colleague, ...]:
        """Staff whose log-in is open, by name."""
        ...

    def colleague(self, site: Site, actor: ActorId) -> Colleague | None: ...

    def put_view(self, view: SavedView) -> None: ...

    def view(self, site: Site, view: ViewId) -> SavedView:
        """Raises NotFound."""
        ...

    def views(self, site: Site, owner: ActorId) -> tuple[SavedView, ...]:
        """This person's own, by name."""
        ...

    def shared_views(self, site: Site) -> tuple[SavedView, ...]: ...

    def drop_view(self, site: Site, view: ViewId) -> None: ...

    def site_subject(self, site: Site) -> SubjectId:
        """The site's own chain. Raises NotFound."""
        ...

    def second_policy(self, site: Site) -> Policy:
        """What is in force."""
        ...

    def second_policy_held(self, site: Site, *, changes: bool = False) -> Policy:
        """As `second_policy`, and nobody else changes it before this transaction ends. With
        `changes` nobody else goes by it either."""
        ...

    def put_second_policy(self, site: Site, policy: Policy) -> None: ...

    def put_clock(self, clock: Clock) -> None: ...

    def clocks_of(self, site: Site, case: CaseId) -> tuple[Clock, ...]:
        """Every clock of the case, by start."""
        ...

    def clocks_on(self, site: Site, ad: AdId) -> tuple[Clock, ...]:
        """Every running clock of this ad, in whichever case."""
        ...

    def overdue_of(self, site: Site, duty: Duty, now: Millis, limit: int) -> tuple[Clock, ...]:
        """As `overdue`, of one duty."""
        ...

    def overdue(self, site: Site, now: Millis, limit: int) -> tuple[Clock, ...]:
        """Clocks that run past their end, the longest overdue first."""
        ...


class CasesWork(UnitOfWork, Protocol):
    """A transaction in which cases can work."""

    @property
    def cases(self) -> CaseStore: ...
