"""Events of disposal, each batch on its own chain: proposed, signed, performed, refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalProposed(Event):
    """What has outlived its data class and is not held, listed for two people to sign."""

    TYPE: ClassVar[str] = "disposal.proposed"

    disposal: str = grouped("facts")
    cause: str = grouped("facts")  # schedule, request
    process: str | None = grouped("facts")  # the request to destroy, where one is the cause
    counts: Mapping[str, int] = grouped("facts")  # items by class: ad, connections, alert, file
    items_sha256: str = grouped("facts")  # of the list that is signed


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalSigned(Event):
    """One of the two signatures under exactly this list."""

    TYPE: ClassVar[str] = "disposal.signed"

    disposal: str = grouped("facts")
    number: int = grouped("facts")  # 1 or 2
    items_sha256: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalPerformed(Event):
    """A part of a batch is done: the keys of these groups of these leaves are gone."""

    TYPE: ClassVar[str] = "disposal.performed"

    disposal: str = grouped("facts")
    approvers: Sequence[str] = grouped("facts")
    data_class: str = grouped("facts")  # ad, connections, alert, file
    done: int = grouped("facts")
    held: int = grouped("facts")  # left alone: a hold or an open case stands in the way
    changed: int = grouped("facts")  # left alone: no longer what was signed
    left: int = grouped("facts")  # items of the batch that still wait
    ads: Sequence[str] = grouped("facts")  # whose holds were asked, and whose words went
    leaves: Sequence[str] = grouped("facts")  # leaf hashes, hex
    data_groups: Sequence[str] = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalRefused(Event):
    """A person says no to a batch before its second signature."""

    TYPE: ClassVar[str] = "disposal.refused"

    disposal: str = grouped("facts")
    reason: str = grouped("facts")
