"""What legal process needs kept: rows, the terms of each scope, exports and their numbers."""

from collections.abc import Sequence
from typing import Protocol

from answerable.kernel.ids import AdId, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.preservation.process import Export, Found, Process, Scope


class ProcessStore(Protocol):
    """Processes of a site. Words stay in events; terms are a projection that closing erases."""

    def get(self, site: Site, process: str, *, lock: bool = False) -> Process:
        """Raises NotFound."""
        ...

    def put(self, process: Process) -> None: ...

    def latest(self, site: Site, limit: int) -> tuple[Process, ...]:
        """Open ones first, then closed ones; each the newest first."""
        ...

    def put_terms(self, site: Site, process: str, scope: Scope) -> None: ...

    def drop_terms(self, site: Site, process: str) -> None: ...

    def keep_document(self, site: Site, sha256: str, process: str) -> bool:
        """Name a stored file as the paper of a process; False if no such file is stored."""
        ...

    def search(self, site: Site, scope: Scope, limit: int) -> tuple[Found, ...]:
        """The ads in scope, by reception; `limit + 1` of them where there are more."""
        ...

    def watches(self, site: Site) -> bool:
        """Does any process take in ads that are still to come?"""
        ...

    def taking_in(
        self, site: Site, terms: Sequence[tuple[str, str]], now: Millis
    ) -> tuple[Process, ...]:
        """Open processes with future scope that name any of these."""
        ...

    def terms_of_ad(self, site: Site, ad: AdId) -> tuple[tuple[str, str], ...]:
        """What the rows know of an ad, spelled as terms: its own id, account, contacts."""
        ...

    def ads_of(self, site: Site, process: str) -> tuple[AdId, ...]:
        """The ads it ever placed a hold on, by their reception."""
        ...

    def exports(self, site: Site, process: str) -> tuple[Export, ...]:
        """By number."""
        ...

    def put_export(self, export: Export) -> None: ...

    def numbers(self, site: Site, process: str, keys: Sequence[str]) -> dict[str, int]:
        """A number for each key, given once and for ever, in the order of `keys`, from 1."""
        ...

    def find_ad(self, site: Site, external_id: str) -> AdId | None: ...

    def site_subject(self, site: Site) -> SubjectId: ...
