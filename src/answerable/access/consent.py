"""The first of two people: what they agreed to waits for a second, who agrees to the very same.

Pure but for `agree`, which runs inside a caller's transaction.
"""

from dataclasses import dataclass
from typing import Protocol

from answerable.access.model import Actor
from answerable.events.work import UnitOfWork
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, Site
from answerable.kernel.time import DAY, Millis

CONSENT_LENGTH = 7 * DAY  # long enough for shifts and a weekend; nothing lies about for ever
REASON_CHARS_MAX = 2_000
WHAT_CHARS_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Somebody agreed to `what`, spelled so that the second agrees to nothing else."""

    site: Site
    what: str
    by: ActorId
    org: str
    reason: str
    made: Millis


class ConsentStore(Protocol):
    """Consents that wait; one for each thing."""

    def find(self, site: Site, what: str) -> Consent | None:
        """Locks the row where the database can."""
        ...

    def waiting(self, site: Site, prefix: str, since: Millis, limit: int) -> tuple[Consent, ...]:
        """Those to things that begin so and that are no older, the oldest first."""
        ...

    def put(self, consent: Consent) -> None: ...

    def drop(self, site: Site, prefix: str) -> None:
        """Every one to things that begin so."""
        ...


class ConsentWork(UnitOfWork, Protocol):
    """A transaction in which two people can agree."""

    @property
    def consents(self) -> ConsentStore: ...


def second_of_two(first: Consent | None, by: ActorId, now: Millis) -> Consent | None:
    """The standing consent of another person, or None: this one is the first.

    Raises Refusal where the same person comes twice.
    """
    if first is None or now - first.made >= CONSENT_LENGTH:
        return None
    if first.by == by:
        raise Refusal("the second person is another person")
    return first


def check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("say why, in a line")
    if len(reason) > REASON_CHARS_MAX:
        raise Refusal("the reason is too long", chars_max=REASON_CHARS_MAX)


def agree(work: ConsentWork, site: Site, what: str, by: Actor, reason: str) -> Consent | None:
    """The first person's consent if this is the second; else keep this one and answer None."""
    first = second_of_two(work.consents.find(site, what), by.id, work.now())
    if first is None:
        work.consents.put(
            Consent(
                site=site,
                what=what,
                by=by.id,
                org=by.organisation,
                reason=reason,
                made=work.now(),
            )
        )
    return first
