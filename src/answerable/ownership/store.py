"""What ownership asks of storage: the statements as published, whole, each version kept."""

from dataclasses import dataclass
from typing import Protocol

from answerable.events.work import UnitOfWork
from answerable.kernel.ids import Site, SubjectId
from answerable.kernel.time import Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """A BODS file as it was published. Public by its nature; kept whole."""

    sha256: str
    content: bytes
    published: Millis


class OwnershipStore(Protocol):
    """Published files of a site."""

    def put(self, site: Site, file: PublishedFile) -> None: ...

    def latest(self, site: Site) -> PublishedFile | None: ...

    def before(self, site: Site, at: Millis) -> PublishedFile | None:
        """The one that stood before `at`."""
        ...

    def site_subject(self, site: Site) -> SubjectId: ...


class OwnershipWork(UnitOfWork, Protocol):
    """A transaction as this chapter sees it."""

    @property
    def ownership(self) -> OwnershipStore: ...
