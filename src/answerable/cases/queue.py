"""What the queue can be asked for, purely: filters that combine, their spelling, saved views.

A view is kept as the spelling of its filters, so what is saved is exactly what an address can say.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import NewType, TypeVar
from urllib.parse import parse_qsl, urlencode

from answerable.cases.model import Case, CaseStatus, Cause
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, CaseId, Site
from answerable.kernel.time import HOUR, Millis

ViewId = NewType("ViewId", str)

PAGE_ROWS = 50  # what fits a screen or two; the rest is one press away
SECTION_CHARS_MAX = 500
HOURS_MAX = 24 * 366
VIEWS_MAX = 30  # of one person; more than a list beside a queue can usefully show
SHARED_VIEWS_MAX = 100  # of everybody on a site
VIEW_NAME_CHARS_MAX = 60

WAITING = (CaseStatus.OPEN, CaseStatus.WAITING_SECOND, CaseStatus.HEAD_ON_CALL)

T = TypeVar("T", bound=StrEnum)


class Band(StrEnum):
    """Urgency in words; `BANDS` has the numbers."""

    NOW = "now"
    ALERT = "alert"
    SOON = "soon"
    ROUTINE = "routine"


BANDS: dict[Band, tuple[int, int]] = {
    Band.NOW: (80, 100),
    Band.ALERT: (60, 79),
    Band.SOON: (40, 59),
    Band.ROUTINE: (0, 39),
}
"""The lowest and the highest urgency of each band."""


class InHand(StrEnum):
    """In whose hand the case is: claimed, or handed over to them."""

    MINE = "mine"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Every one that is set must hold. An empty set of statuses is everything that waits."""

    status: frozenset[CaseStatus] = frozenset()
    cause: frozenset[Cause] = frozenset()
    band: frozenset[Band] = frozenset()
    overdue: bool = False
    soon: bool = False  # the next clock ends within the hour
    alert: bool = False
    verified: bool = False
    strong: bool = False
    lapsed: bool = False  # a proposal ran out without a second
    section: str | None = None
    older: int | None = None  # opened at least so many hours ago
    hand: InHand | None = None

    @property
    def statuses(self) -> frozenset[CaseStatus]:
        return self.status or frozenset(WAITING)


NO_FILTERS = Filters()
_FLAGS = tuple(spec.name for spec in fields(Filters) if spec.default is False)


def band_of(urgency: int) -> Band:
    return next(band for band, (low, high) in BANDS.items() if low <= urgency <= high)


def read_filters(pairs: Iterable[tuple[str, str]]) -> Filters:
    """The filters of an address's query. What it does not understand it leaves out."""
    given: dict[str, list[str]] = {}
    for key, value in pairs:
        given.setdefault(key, []).append(value.strip())

    def one(key: str) -> str:
        return next((value for value in given.get(key, ()) if value), "")

    def some(key: str, kind: type[T]) -> frozenset[T]:
        known = {member.value: member for member in kind}
        return frozenset(known[value] for value in given.get(key, ()) if value in known)

    hours = one("older")
    section = one("section")[:SECTION_CHARS_MAX].replace("\x00", "")
    return Filters(
        status=some("status", CaseStatus),
        cause=some("cause", Cause),
        band=some("band", Band),
        section=section or None,
        older=int(hours) if hours.isascii() and hours.isdigit() and _hours(hours) else None,
        hand=next(iter(some("hand", InHand)), None) if len(given.get("hand", ())) < 2 else None,
        **{flag: one(flag) == "1" for flag in _FLAGS},
    )


def _hours(spelled: str) -> bool:
    return len(spelled) <= 5 and 0 < int(spelled) <= HOURS_MAX


def spell_filters(filters: Filters) -> str:
    """The query that says exactly these filters: one spelling for each."""
    pairs: list[tuple[str, str]] = []
    for name in ("status", "cause", "band"):
        chosen: frozenset[StrEnum] = getattr(filters, name)
        pairs += [(name, value) for value in sorted(member.value for member in chosen)]
    pairs += [(flag, "1") for flag in _FLAGS if getattr(filters, flag)]
    if filters.section is not None:
        pairs.append(("section", filters.section))
    if filters.older is not None:
        pairs.append(("older", str(filters.older)))
    if filters.hand is not None:
        pairs.append(("hand", filters.hand.value))
    return urlencode(pairs)


def read_query(query: str) -> Filters:
    return read_filters(parse_qsl(query, keep_blank_values=True, errors="replace"))


def keeps(filters: Filters, case: Case, sections: frozenset[str], me: ActorId, now: Millis) -> bool:
    """Is this case one of those asked for? `sections`: where its ads stand. The plain reading of
    what storage answers with one statement; a test holds the two together."""
    held = case.claim is not None and case.claim.until > now
    mine = held and case.claim is not None and case.claim.by == me
    handed = case.assigned is not None
    to_me = case.assigned is not None and case.assigned.to == me
    tests: tuple[tuple[object, Callable[[], bool]], ...] = (
        (True, lambda: case.status in filters.statuses),
        (filters.cause, lambda: case.cause in filters.cause),
        (filters.band, lambda: band_of(case.urgency) in filters.band),
        (filters.overdue, lambda: case.due is not None and case.due < now),
        (filters.soon, lambda: case.due is not None and now <= case.due <= now + HOUR),
        (filters.alert, lambda: case.by_alert),
        (filters.verified, lambda: case.verified),
        (filters.strong, lambda: case.strong),
        (filters.lapsed, lambda: case.lapsed is not None),
        (filters.section, lambda: filters.section in sections),
        (filters.older, lambda: case.opened <= now - (filters.older or 0) * HOUR),
        (filters.hand is InHand.MINE, lambda: mine or to_me),
        (filters.hand is InHand.NOBODY, lambda: not held and not handed),
    )
    return all(test() for asked, test in tests if asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """One page of the queue, and how many there are in all. Pages count from 1."""

    cases: tuple[Case, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_ROWS))

    @property
    def first(self) -> int:
        """Which of all the first row is; counted from 1."""
        return (self.page - 1) * PAGE_ROWS + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """This person is not served this case until then; `until` None: as long as it waits.

    A row for serving alone. No event, no list and no count ever names whoever passed (R19).
    """

    site: Site
    case: CaseId
    by: ActorId
    until: Millis | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Somebody has the page of the case open, as far as a page without scripts can tell."""

    site: Site
    case: CaseId
    by: ActorId
    since: Millis
    until: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A staff member as one hands a case to them."""

    actor: ActorId
    name: str
    organisation: str
    may_decide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A name for filters. `shared`: everybody on the site sees it; only its owner deletes it."""

    id: ViewId
    site: Site
    owner: ActorId
    name: str
    query: str
    shared: bool
    made: Millis


def check_view(name: str, mine: Sequence[SavedView], shared: Sequence[SavedView]) -> None:
    """Raise Refusal for a name that is none, is used already, or where there are enough."""
    if not name or len(name) > VIEW_NAME_CHARS_MAX:
        raise Refusal("a view has a short name", chars_max=VIEW_NAME_CHARS_MAX)
    if any(view.name == name for view in mine):
        raise Refusal("you have a view of this name: delete it first, or choose another")
    if len(mine) >= VIEWS_MAX:
        raise Refusal("you have as many views as fit: delete one first", views_max=VIEWS_MAX)
    if len(shared) >= SHARED_VIEWS_MAX:
        raise Refusal("the site has as many shared views as fit", views_max=SHARED_VIEWS_MAX)
