"""What disposal needs kept, and how it finds what has outlived its class."""

from collections.abc import Sequence
from typing import Protocol

from answerable.kernel.ids import AdId, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.preservation.disposal import Class, Disposal, Fate, Item


class DisposalStore(Protocol):
    """Batches and their lists."""

    def expired(
        self, site: Site, of: Class, before: Millis, now: Millis, limit: int
    ) -> tuple[str, ...]:
        """Ids of what was last touched before `before`, is not held at `now`, and waits for no
        decision; the oldest first."""
        ...

    def still_expired(self, site: Site, of: Class, name: str, before: Millis) -> bool:
        """The same question about one, whatever holds say."""
        ...

    def ads_concerned(self, site: Site, of: Class, name: str) -> tuple[AdId, ...]:
        """The ads whose holds must be asked, in one order."""
        ...

    def alert_subject(self, site: Site, alert: str) -> SubjectId: ...

    def watch_subject(self, site: Site, watch: str) -> SubjectId: ...

    def watch_asked(self, site: Site, alert: str) -> str | None:
        """The watch that an alert asked for, locked; None where there is none, or it still runs."""
        ...

    def forget_watch(self, site: Site, watch: str) -> None:
        """What our tables know of its terms and of who asked."""
        ...

    def get(self, site: Site, disposal: str, *, lock: bool = False) -> Disposal:
        """The batch, with how far it is. Raises NotFound."""
        ...

    def put(self, disposal: Disposal) -> None: ...

    def add_items(self, site: Site, disposal: str, items: Sequence[Item]) -> None: ...

    def waiting(self, site: Site, disposal: str, limit: int) -> tuple[Item, ...]:
        """Items of one class that nobody has come to yet, in order."""
        ...

    def set_fates(self, site: Site, disposal: str, fates: Sequence[tuple[int, Fate]]) -> None: ...

    def fates(self, site: Site, disposal: str) -> dict[str, int]: ...

    def items(self, site: Site, disposal: str, limit: int) -> tuple[Item, ...]: ...

    def latest(self, site: Site, limit: int) -> tuple[Disposal, ...]:
        """The newest first, those that wait for somebody before all others."""
        ...

    def next_signed(self, site: Site) -> str | None:
        """A batch that two people signed and that is not done."""
        ...

    def drop_files(self, site: Site, ad: AdId) -> tuple[str, ...]:
        """Delete the keys of files that this ad alone names; the names of their objects."""
        ...
