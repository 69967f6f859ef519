"""Events of legal process, each on its own chain: received, scoped, renewed, answered, closed.

Who asks, under which number, for whom and with which paper lives in the group `process`, kept for
as long as the process is; kinds, times and counts in `facts`; our ids of what was found in `link`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReceived(Event):
    """An authority served us: a letter, subpoena, order, warrant, demand or request to destroy."""

    TYPE: ClassVar[str] = "process.received"

    process: str = grouped("facts")
    kind: str = grouped("facts")  # preservation.process.Kind
    jurisdiction: str = grouped("facts")  # ISO 3166, e.g. US, US-CA, GB
    served: int = grouped("facts")
    ends: int | None = grouped("facts")  # when its holds end; None: not before it is closed
    future: bool = grouped("facts")  # does it cover ads that arrive later?
    authority: str = grouped("process")
    reference: str = grouped("process")
    contact: str = grouped("process")
    scope: Mapping[str, Any] = grouped("process")  # ads, accounts, contacts, since, until
    document: str = grouped("process")  # SHA-256 of the served paper
    lifts: str | None = grouped("facts")  # the process of the same authority that this takes back


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessScoped(Event):
    """What a search for the scope found, and the holds that it placed."""

    TYPE: ClassVar[str] = "process.scoped"

    process: str = grouped("facts")
    cause: str = grouped("facts")  # intake, arrived
    ads: int = grouped("facts")  # how many are in scope
    accounts: int = grouped("facts")
    placed: int = grouped("facts")  # how many holds are new
    found: Sequence[str] = grouped("link")  # our ids of the ads
    holds: Sequence[str] = grouped("link")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRenewed(Event):
    """A new request of the same authority moves the end of its holds later."""

    TYPE: ClassVar[str] = "process.renewed"

    process: str = grouped("facts")
    number: int = grouped("facts")  # 1 for the first renewal
    ends: int = grouped("facts")
    reference: str = grouped("process")
    document: str = grouped("process")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessAnswered(Event):
    """Two people confirmed an export and it was made: its digest, size, numbers and tree size."""

    TYPE: ClassVar[str] = "process.answered"

    process: str = grouped("facts")
    export: str = grouped("facts")
    approvers: Sequence[str] = grouped("facts")
    data_groups: Sequence[str] = grouped("facts")  # which groups were opened in it
    tree_size: int = grouped("facts")  # it holds what stood in the log at this size
    sha256: str = grouped("facts")  # of the archive
    size: int = grouped("facts")
    items: int = grouped("facts")
    bates_first: str = grouped("facts")
    bates_last: str = grouped("facts")
    reason: str = grouped("process")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessClosed(Event):
    """Two people closed it: nothing new comes into its scope, and its holds have an end."""

    TYPE: ClassVar[str] = "process.closed"

    process: str = grouped("facts")
    approvers: Sequence[str] = grouped("facts")
    ends: int = grouped("facts")  # of those of its holds that had none
    reason: str = grouped("process")
