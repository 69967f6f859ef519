"""Watches, asked: made, approved, refused, renewed, ended, read. Nothing here tells a match."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from answerable.access.decide import require
from answerable.access.model import Actor, ApiToken, Permission, Scope
from answerable.events.event import Recorded
from answerable.events.watches import WatchAsked
from answerable.events.work import Runs
from answerable.kernel.errors import NotFound, Refusal
from answerable.kernel.ids import ActorId, Ids, Site, SubjectId
from answerable.kernel.requests import RequestKey
from answerable.watches import decide
from answerable.watches.decide import Hand, Step
from answerable.watches.hearing import terms_of
from answerable.watches.matching import Index
from answerable.watches.model import (
    LIST_MAX,
    Match,
    Role,
    Status,
    Term,
    Watch,
    WatchId,
    Why,
    Wish,
)
from answerable.watches.store import WatchesWork

ASKABLE = frozenset({Role.POLICE, Role.HOTLINE, Role.NGO, Role.STAFF})
"""Roles that staff can ask in the name of; posters and alerters have their own ways."""
BY_TOKEN = ASKABLE - {Role.STAFF}
ROUTE = "watches"


def token_actor(token: ApiToken) -> ActorId:
    """What a machine is called in events."""
    return ActorId(f"token:{token.id}")


class AskWatch:
    """A watch that runs at once: by staff with the permission, or by a token with the scope."""

    def __init__(self, runs: Runs[WatchesWork], ids: Ids, index: Index) -> None:
        self._runs, self._ids, self._index = runs, ids, index

    def __call__(self, site: Site, by: Actor, wish: Wish) -> Watch:
        """Raises Forbidden, or Refusal naming what is missing."""
        require(by, Permission.WATCH_ASK, site)
        if wish.role not in ASKABLE:
            raise Refusal("say who asks", known=sorted(role.value for role in ASKABLE))
        name, subject = self._names()
        hand = Hand(actor=by.id, org=by.organisation)
        return self._runs.run(lambda w: begin(w, self._index, site, name, subject, wish, hand))

    def by_token(self, token: ApiToken, wish: Wish, key: RequestKey | None = None) -> Watch:
        """The same by API. Raises Refusal, or Conflict where the key was used for other bytes."""
        if Scope.WATCH not in token.scopes or wish.role not in BY_TOKEN:
            raise Refusal("say who asks", known=sorted(role.value for role in BY_TOKEN))
        site, actor = token.site, token_actor(token)
        name, subject = self._names()
        hand = Hand(actor=actor, org=wish.organisation)

        def fn(work: WatchesWork) -> Watch:
            if key is not None:
                route = f"{ROUTE}/{token.id}"
                before = work.watches.answered(site, route, key.key, key.request_sha256)
                if before is not None:
                    return work.watches.get(site, WatchId(before["watch"]))
                work.watches.remember(
                    site, route, key.key, key.request_sha256, {"watch": name}, work.now()
                )
            return begin(work, self._index, site, name, subject, wish, hand)

        return self._runs.run(fn)

    def _names(self) -> tuple[WatchId, SubjectId]:
        return WatchId(self._ids.new()), SubjectId(self._ids.new())


def begin(
    work: WatchesWork,
    index: Index,
    site: Site,
    name: WatchId,
    subject: SubjectId,
    wish: Wish,
    hand: Hand,
) -> Watch:
    """Asked and started in one transaction."""
    asked = decide.ask(site, name, subject, wish, hand, work.now())
    begun = decide.start(asked.watch, decide.BY_RIGHT, hand, work.now())
    index.put_terms(work, begun.watch, wish.terms)
    work.watches.put(begun.watch)
    work.record(asked.event, begun.event)
    return begun.watch


class ReviewWatch:
    """One person's look at a stranger's watch."""

    def __init__(self, runs: Runs[WatchesWork], index: Index) -> None:
        self._runs, self._index = runs, index

    def approve(self, site: Site, by: Actor, watch: WatchId, reason: str) -> Watch:
        """It runs from now on. Raises Forbidden, NotFound, Conflict or Refusal."""
        require(by, Permission.WATCH_REVIEW, site)

        def fn(work: WatchesWork) -> Watch:
            before = work.watches.get(site, watch, lock=True)
            step = decide.start(before, reason, _hand(by), work.now())
            terms = terms_of(work, before)
            if not terms:
                raise Refusal("its terms are erased")
            self._index.put_terms(work, step.watch, terms)
            return _keep(work, step)

        return self._runs.run(fn)

    def refuse(self, site: Site, by: Actor, watch: WatchId, reason: str) -> Watch:
        """It never runs. Raises as `approve`."""
        require(by, Permission.WATCH_REVIEW, site)
        return self._runs.run(
            lambda w: _keep(
                w,
                decide.refuse(w.watches.get(site, watch, lock=True), reason, _hand(by), w.now()),
            )
        )


class RunOn:
    """Renew a watch, or end it before its time."""

    def __init__(self, runs: Runs[WatchesWork]) -> None:
        self._runs = runs

    def renew(self, site: Site, by: Actor, watch: WatchId, days: int, reason: str) -> Watch:
        """It runs `days` from now. Raises Forbidden, NotFound, Conflict or Refusal."""
        require(by, Permission.WATCH_ASK, site)
        return self._runs.run(
            lambda w: _keep(
                w,
                decide.renew(
                    w.watches.get(site, watch, lock=True), days, reason, _hand(by), w.now()
                ),
            )
        )

    def end(self, site: Site, by: Actor, watch: WatchId, reason: str) -> Watch:
        """It matches nothing any more. Raises as `renew`."""
        require(by, Permission.WATCH_ASK, site)
        return self._runs.run(lambda w: ended(w, site, watch, Why.STOPPED, reason, _hand(by)))


def ended(work: WatchesWork, site: Site, name: WatchId, why: Why, reason: str, hand: Hand) -> Watch:
    """End a watch and forget its terms."""
    before = work.watches.get(site, name, lock=True)
    after = _keep(work, decide.end(before, why, reason, hand, work.now()))
    work.watches.drop_terms(site, name)
    return after


def _keep(work: WatchesWork, step: Step) -> Watch:
    work.watches.put(step.watch)
    work.record(step.event)
    return step.watch


def _hand(by: Actor) -> Hand:
    return Hand(actor=by.id, org=by.organisation)


class Told(StrEnum):
    """All that an asker is ever told of a watch."""

    RECEIVED = "received"
    RUNNING = "running"
    ENDED = "ended"


class StandingOf:
    """GET /v1/watches/{watch}: received, running, ended; never whether it found anything."""

    def __init__(self, runs: Runs[WatchesWork]) -> None:
        self._runs = runs

    def __call__(self, token: ApiToken, watch: WatchId) -> tuple[Watch, Told]:
        """Raises NotFound for a watch that this token did not make."""

        def fn(work: WatchesWork) -> tuple[Watch, Told]:
            found = work.watches.get(token.site, watch)
            if found.asked_by != token_actor(token):
                raise NotFound("no such watch", watch=watch)
            return found, told_of(found, running=found.runs(work.now()))

        return self._runs.read(fn)


def told_of(watch: Watch, *, running: bool) -> Told:
    """Refused reads as ended: why is nobody's business but the reviewer's."""
    if watch.status is Status.WAITING:
        return Told.RECEIVED
    return Told.RUNNING if running else Told.ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchList:
    """Watches for the console's list, with how many ads each has found."""

    watches: tuple[Watch, ...]
    found: Mapping[WatchId, int]
    counts: Mapping[Status, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchView:
    """One watch. `terms` and `reason` are None for a reader who may not see them."""

    watch: Watch
    terms: tuple[Term, ...] | None
    reason: str | None
    history: tuple[Recorded, ...]
    matches: tuple[Match, ...]


class ReadWatches:
    """The list, and one watch."""

    def __init__(self, runs: Runs[WatchesWork]) -> None:
        self._runs = runs

    def __call__(
        self,
        site: Site,
        by: Actor,
        *,
        status: Status | None = None,
        role: Role | None = None,
        limit: int = LIST_MAX,
    ) -> WatchList:
        """Raises Forbidden."""
        require(by, Permission.WATCH_READ, site)

        def fn(work: WatchesWork) -> WatchList:
            found = work.watches.listed(site, status, role, min(limit, LIST_MAX))
            return WatchList(
                watches=found,
                found=work.watches.matched(site, [one.id for one in found]),
                counts=work.watches.counted(site),
            )

        return self._runs.read(fn)

    def one(self, site: Site, by: Actor, watch: WatchId) -> WatchView:
        """Raises Forbidden or NotFound. Terms only for whoever may review."""
        require(by, Permission.WATCH_READ, site)
        sees = by.may(Permission.WATCH_REVIEW)

        def fn(work: WatchesWork) -> WatchView:
            found = work.watches.get(site, watch)
            chain = work.chain_of(site, found.subject)
            asked = next((r.event for r in chain if isinstance(r.event, WatchAsked)), None)
            return WatchView(
                watch=found,
                terms=terms_of(work, found) if sees else None,
                reason=asked.reason if sees and asked is not None else None,
                history=chain,
                matches=work.watches.matches(site, watch, LIST_MAX),
            )

        return self._runs.read(fn)
