"""What escalation needs kept, and its two outsides: a mail server and the site's own alarm hook."""

from typing import Protocol

from answerable.escalation.model import Bell, Shift
from answerable.events.work import UnitOfWork
from answerable.kernel.ids import ActorId, CaseId, ClockId, Site, SubjectId
from answerable.kernel.time import Millis


class EscalationStore(Protocol):
    """Bells, shifts and addresses of a site, and a look at who may be told."""

    def put_bell(self, bell: Bell) -> None: ...

    def drop_bell(self, site: Site, clock: ClockId) -> None:
        """The clock has stopped: there is nothing more to tell."""
        ...

    def bell(self, site: Site, clock: ClockId) -> Bell | None:
        """Locks the row where the database can."""
        ...

    def due(self, site: Site, now: Millis, limit: int) -> tuple[ClockId, ...]:
        """Clocks with something to tell, the longest due first."""
        ...

    def ringing(self, site: Site, limit: int) -> tuple[Bell, ...]:
        """Bells that rang and that nobody acknowledged since, the next end first."""
        ...

    def bells_of(self, site: Site, case: CaseId) -> tuple[Bell, ...]: ...

    def site_subject(self, site: Site) -> SubjectId:
        """The site's own chain. Raises NotFound."""
        ...

    def holder(self, site: Site, case: CaseId, now: Millis) -> ActorId | None:
        """Who has the case in hand now."""
        ...

    def reviewers(self, site: Site) -> tuple[ActorId, ...]:
        """Whoever may decide cases and is not blocked."""
        ...

    def heads(self, site: Site) -> tuple[ActorId, ...]:
        """The seniors of the site that are not blocked."""
        ...

    def is_staff(self, site: Site, staff: ActorId) -> bool: ...

    def shifts(self, site: Site, ending_after: Millis, limit: int) -> tuple[Shift, ...]:
        """Present and coming shifts by their beginning."""
        ...

    def put_shift(self, shift: Shift) -> None: ...

    def shift(self, site: Site, shift: str) -> Shift:
        """Raises NotFound."""
        ...

    def drop_shift(self, site: Site, shift: str) -> None: ...

    def put_address(self, site: Site, staff: ActorId, address: str) -> None:
        """An empty one takes it away."""
        ...

    def address(self, site: Site, staff: ActorId) -> str:
        """The e-mail address, or ""."""
        ...

    def clocks_of_bell(self, site: Site, bell: str) -> tuple[Bell, ...]:
        """The bells that rang in this message and whose clocks still run."""
        ...

    def note_message(self, site: Site, bell: str, clocks: tuple[ClockId, ...]) -> None:
        """Which clocks this message is about."""
        ...


class EscalationWork(UnitOfWork, Protocol):
    """A transaction in which escalation can work."""

    @property
    def escalation(self) -> EscalationStore: ...


class Mail(Protocol):
    """The site's mail server."""

    def wanted(self) -> bool:
        """Is one set?"""
        ...

    def send(self, *, message_id: str, to: tuple[str, ...], subject: str, text: str) -> None:
        """Raises Outage where the server did not take it. A repeat has the same message id."""
        ...


class Hook(Protocol):
    """The operator's alarm hook: a signed webhook."""

    def wanted(self, site: Site) -> bool: ...

    def push(self, site: Site, body: bytes) -> object:
        """Raises Outage where nobody took it."""
        ...
