"""Serving the queue: what to take next, hand over, skip, pass; who has it open; saved views.

A claim, an assignment, a skip and a pass order who is served what. None of them bars anybody.
"""

from collections.abc import Sequence
from dataclasses import replace

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.cases import turn
from answerable.cases.model import PRESENT_LENGTH, SKIP_LENGTH, Case
from answerable.cases.policy import SecondOrg
from answerable.cases.queue import (
    PAGE_ROWS,
    Aside,
    Colleague,
    Filters,
    Presence,
    QueuePage,
    SavedView,
    ViewId,
    check_view,
    read_query,
    spell_filters,
)
from answerable.cases.service import first_look_taken, hand_of
from answerable.cases.store import CasesWork
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import ActorId, CaseId, Ids, Site
from answerable.kernel.time import Millis

CANDIDATES_MAX = 20  # of whom a few may be taken in the very moment
STAFF_MAX = 500


class ReadQueue:
    """What waits for somebody: what lapsed first, by urgency, then by the next clock that ends."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, filters: Filters, page: int = 1) -> QueuePage:
        """A page of PAGE_ROWS; one beyond the last shows the last. Raises Forbidden."""
        require(by, Permission.CASE_READ, site)

        def work(w: CasesWork) -> QueuePage:
            now = w.now()
            total = w.cases.count(site, filters, by.id, now)
            shown = max(1, min(page, -(-total // PAGE_ROWS)))
            found = w.cases.find(
                site, filters, by.id, now, limit=PAGE_ROWS, offset=(shown - 1) * PAGE_ROWS
            )
            return QueuePage(cases=found, total=total, page=shown)

        return self._runs.read(work)


class TakeNext:
    """The most urgent case that this person can work on, in their hand. None where none waits."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor) -> Case | None:
        """Raises Forbidden. Two who press at once get two cases."""
        require(by, Permission.CASE_DECIDE, site)
        hand = hand_of(by)

        def work(w: CasesWork) -> Case | None:
            rule = w.cases.second_policy(site).second
            org = by.organisation if rule is SecondOrg.OTHER else None
            for name in w.cases.next_for(site, by.id, org, w.now(), CANDIDATES_MAX):
                case = w.cases.locked(site, name)
                if not case.waits:
                    continue
                try:
                    claimed = turn.claim(case, hand, w.now())
                except Conflict:
                    continue
                w.cases.put(claimed)
                return first_look_taken(w, claimed, hand)
            return None

        return self._runs.run(work)


class HandOver:
    """Whoever has the case in hand, or anybody while nobody has, gives it to a colleague."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(
        self, site: Site, by: Actor, case: CaseId, to: ActorId, note: str | None = None
    ) -> Case:
        """Raises Forbidden, NotFound, Conflict (in somebody else's hand) or Refusal."""
        require(by, Permission.CASE_DECIDE, site)

        def work(w: CasesWork) -> Case:
            before = w.cases.locked(site, case)
            colleague = w.cases.colleague(site, to)
            if colleague is None or not colleague.may_decide:
                raise Refusal("a case is handed to a colleague who may decide it")
            step = turn.hand_over(before, to, note, hand_of(by), w.now())
            w.cases.put(step.case)
            w.cases.drop_aside(site, case, to)
            w.record(*step.events)
            return step.case

        return self._runs.run(work)


class SkipCase:
    """Not now: this person is served other cases for a while. Asks no reason, leaves no event."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, case: CaseId) -> None:
        """Raises Forbidden or NotFound."""
        _set_aside(self._runs, site, by, case, SKIP_LENGTH)


class PassCase:
    """Not this one at all. Asks no reason and leaves nothing that anybody could hold against them.

    The row says whom not to serve; it is read for that alone and goes when the case is decided.
    """

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, case: CaseId) -> None:
        """Raises Forbidden or NotFound."""
        _set_aside(self._runs, site, by, case, None)


def _set_aside(
    runs: Runs[CasesWork], site: Site, by: Actor, case: CaseId, length: int | None
) -> None:
    require(by, Permission.CASE_DECIDE, site)

    def work(w: CasesWork) -> None:
        before = w.cases.locked(site, case)
        if not before.waits:
            return
        until = None if length is None else Millis(w.now() + length)
        w.cases.put_aside(Aside(site=site, case=case, by=by.id, until=until))
        w.cases.drop_presence(site, case, by.id)
        after = turn.let_go(before, by.id)
        if after != before:
            w.cases.put(after)

    runs.run(work)


class TakeBack:
    """What this person skipped or passed may be served to them again."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, case: CaseId) -> None:
        require(by, Permission.CASE_DECIDE, site)
        self._runs.run(lambda w: w.cases.drop_aside(site, case, by.id))


class BePresent:
    """This person has the page of the case open. Renewed by every look at it, then forgotten."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, case: CaseId) -> tuple[Presence, ...]:
        """Who else has it open. Who only reads is not shown to others. Raises Forbidden."""
        require(by, Permission.CASE_READ, site)

        def others(w: CasesWork) -> tuple[Presence, ...]:
            return tuple(p for p in w.cases.present(site, (case,), w.now()) if p.by != by.id)

        if not by.may(Permission.CASE_DECIDE):
            return self._runs.read(others)

        def work(w: CasesWork) -> tuple[Presence, ...]:
            now = w.now()
            w.cases.get(site, case)
            mine = [p for p in w.cases.present(site, (case,), now) if p.by == by.id]
            until = Millis(now + PRESENT_LENGTH)
            fresh = Presence(site=site, case=case, by=by.id, since=now, until=until)
            w.cases.put_presence(replace(mine[0], until=until) if mine else fresh, now)
            return others(w)

        return self._runs.run(work)


class ReadServing:
    """What the pages show beside the cases: who has them open, whom one can hand a case to."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def present(self, site: Site, by: Actor, cases: Sequence[CaseId]) -> tuple[Presence, ...]:
        require(by, Permission.CASE_READ, site)
        return self._runs.read(lambda w: w.cases.present(site, cases, w.now()))

    def colleagues(self, site: Site, by: Actor) -> tuple[Colleague, ...]:
        """Everybody else who may decide."""
        require(by, Permission.CASE_DECIDE, site)
        found = self._runs.read(lambda w: w.cases.colleagues(site, STAFF_MAX))
        return tuple(one for one in found if one.may_decide and one.actor != by.id)

    def aside(self, site: Site, by: Actor, case: CaseId) -> Aside | None:
        """Has this very person set it aside? Nobody can ask it of another."""
        require(by, Permission.CASE_READ, site)

        def work(w: CasesWork) -> Aside | None:
            found = w.cases.aside(site, case, by.id)
            over = found is not None and found.until is not None and found.until <= w.now()
            return None if over else found

        return self._runs.read(work)


class SaveView:
    """A name for filters, for oneself or for everybody on the site."""

    def __init__(self, runs: Runs[CasesWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(self, site: Site, by: Actor, name: str, query: str, *, shared: bool) -> SavedView:
        """`query` is kept in its one spelling. Raises Forbidden or Refusal."""
        require(by, Permission.CASE_READ, site)
        new, named = ViewId(self._ids.new()), " ".join(name.replace("\x00", "").split())

        def work(w: CasesWork) -> SavedView:
            everybodys = w.cases.shared_views(site) if shared else ()
            check_view(named, w.cases.views(site, by.id), everybodys)
            view = SavedView(
                id=new,
                site=site,
                owner=by.id,
                name=named,
                query=spell_filters(read_query(query)),
                shared=shared,
                made=w.now(),
            )
            w.cases.put_view(view)
            return view

        return self._runs.run(work)


class DeleteView:
    """The owner's own; a shared one too is its owner's."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, view: ViewId) -> None:
        """Raises Forbidden, NotFound or Refusal."""
        require(by, Permission.CASE_READ, site)

        def work(w: CasesWork) -> None:
            if w.cases.view(site, view).owner != by.id:
                raise Refusal("only whoever saved a view deletes it")
            w.cases.drop_view(site, view)

        self._runs.run(work)


class ListViews:
    """One's own views and those that others share."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor) -> tuple[SavedView, ...]:
        require(by, Permission.CASE_READ, site)

        def work(w: CasesWork) -> tuple[SavedView, ...]:
            own = w.cases.views(site, by.id)
            return (*own, *(v for v in w.cases.shared_views(site) if v.owner != by.id))

        return self._runs.read(work)
