"""What directives ask of storage, and of the two outsides they touch: the site, and its pages."""

from collections.abc import Sequence
from typing import Protocol

from answerable.ads.directives import DirectedAd, Directive, Seen, Standing
from answerable.events.work import UnitOfWork
from answerable.kernel.ids import AdId, DirectiveId, Site
from answerable.kernel.time import Millis


class DirectiveStore(Protocol):
    """Rows of directives, where each ad stands, and the origins that may be probed."""

    def next_number(self, site: Site) -> int:
        """1, 2, 3 … without a gap, in the order of commits: the row stays locked to the end."""
        ...

    def ad(self, site: Site, ad: AdId) -> DirectedAd:
        """Raises NotFound."""
        ...

    def named_ad(self, site: Site, named: str) -> DirectedAd | None:
        """The ad of that external id or URL; a URL may also end in the external id."""
        ...

    def standing(self, site: Site, ad: AdId, *, lock: bool = False) -> Standing:
        """Where the ad stands; a fresh one where nothing is known. `lock` holds it to the end."""
        ...

    def put_standing(self, standing: Standing) -> None: ...

    def add(self, directive: Directive) -> None:
        """Insert; every earlier directive of the same ad is replaced from `issued` on."""
        ...

    def get(self, site: Site, directive: DirectiveId, *, lock: bool = False) -> Directive:
        """The row; `lock` holds it to the end. Raises NotFound."""
        ...

    def put(self, directive: Directive) -> None: ...

    def after(self, site: Site, number: int, *, limit: int) -> Sequence[Directive]:
        """Those with a higher number, in order."""
        ...

    def of_ad(self, site: Site, ad: AdId, *, limit: int) -> Sequence[Directive]:
        """The newest first."""
        ...

    def let_up(self, site: Site, ad: AdId, at: Millis) -> None:
        """The ad is gone by the poster's or site's own will: nothing has to be up any more."""
        ...

    def to_probe(
        self,
        site: Site,
        *,
        acknowledged_by: Millis,
        unseen_before: Millis,
        seen_before: Millis,
        limit: int,
    ) -> Sequence[Directive]:
        """Acknowledged by then, still standing, and last probed before those times: by whether what
        was seen agreed. Take-downs that were obeyed are looked at again and again."""
        ...

    def past_deadline(self, site: Site, now: Millis, *, limit: int) -> Sequence[Directive]:
        """Not yet marked overdue, with a deadline before `now` that no later directive forestalled,
        and not acknowledged, or probed and not seen to agree."""
        ...

    def in_section(
        self, site: Site, section: str, jurisdiction: str, *, after: str, limit: int
    ) -> Sequence[AdId]:
        """Ads of the section that a closing for `jurisdiction` covers, from `after` on by id."""
        ...

    def is_closed(self, site: Site, ad: AdId, now: Millis) -> bool:
        """Is the ad's section closed now for where the ad says it is?"""
        ...

    def origins(self, site: Site) -> Sequence[tuple[str, str | None]]:
        """(origin, API template or None). The template holds `{external_id}`."""
        ...

    def put_origin(self, site: Site, origin: str, api: str | None) -> None: ...

    def drop_origin(self, site: Site, origin: str) -> bool: ...


class DirectivesWork(UnitOfWork, Protocol):
    """A transaction as directives see it."""

    @property
    def directives(self) -> DirectiveStore: ...


class AdProbe(Protocol):
    """Looks at a page of the site as the public would."""

    def look(self, url: str, markers: Sequence[str], origins: Sequence[str]) -> Seen:
        """`markers`: any of these texts shows that it is the ad. Never leaves `origins`."""
        ...


class DirectivePush(Protocol):
    """Tells the site of a directive without being asked: the signed webhook."""

    def push(self, site: Site, body: bytes) -> Millis | None:
        """Deliver. The site's own time if its answer acknowledges, else None. Raises Outage."""
        ...

    def wanted(self, site: Site) -> bool:
        """Has this site a webhook at all?"""
        ...
