"""Holds, legal process and disposal under any order of acts, on both databases, against a model.

The model keeps one list of what happened and reads every answer off it from the beginning. The
laws: nothing held is deleted; an end only moves later; renewals are bounded; whatever goes was
signed by two different people.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.databases import SITE, HandTime
from tests.properties.test_cases_clocks import walked
from tests.unit.case_room import ANA, SAM, SUE, choose, story
from tests.unit.keeping_room import BINDING, PHONE, Keeping

from answerable.adapters.sql.runner import Store
from answerable.cases.model import DecisionKind
from answerable.events.disposal import DisposalPerformed, DisposalSigned
from answerable.events.preservation import HoldDated, HoldPlaced
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import CaseId
from answerable.kernel.time import DAY, Millis, iso, to_datetime
from answerable.preservation.disposal import State
from answerable.preservation.disposal_service import RefuseDisposal, SignDisposal
from answerable.preservation.process import (
    Kind,
    Paper,
    Process,
    Scope,
    end_of,
    renewed_end,
)

NAMES = ("bike-0", "bike-1", "bike-2", "bike-3")
CLERKS = {"sam": SAM, "sue": SUE}
KINDS = (Kind.PRESERVATION_LETTER, Kind.FOREIGN_DEMAND, Kind.COURT_ORDER)
COUNTRY = {Kind.PRESERVATION_LETTER: "US", Kind.FOREIGN_DEMAND: "CA", Kind.COURT_ORDER: "US"}
LENGTH = {Kind.PRESERVATION_LETTER: 90 * DAY, Kind.FOREIGN_DEMAND: 21 * DAY}
COMMON = ("post", "close", "decide", "propose", "sign", "perform")
RARE = ("serve", "renew", "alert", "refuse")
ACTS = COMMON * 3 + RARE


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that somebody does, with whatever it may need."""

    does: str
    name: str
    who: str
    kind: Kind
    pick: int
    days: int
    future: bool


@dataclass
class Kept:
    """A ground to keep an ad: from when, to when (None: no end yet), and what it is of."""

    of: str
    since: int
    ends: int | None


class Plain:
    """What happened, in order; who is held is read off it anew each time."""

    def __init__(self) -> None:
        self.log: list[dict[str, Any]] = []

    def tell(self, did: str, at: int, **more: Any) -> None:
        self.log.append({"did": did, "at": at, **more})

    def grounds(self, ad: str) -> list[Kept]:
        """Every ground that ever kept the ad, as it stands now."""
        found: dict[str, Kept] = {}
        for each in self.log:
            did, at = each["did"], each["at"]
            if did == "keep" and each["ad"] == ad and each["of"] not in found:
                found[each["of"]] = Kept(each["of"], at, each["ends"])
            elif did == "later" and each["of"] in found:
                kept = found[each["of"]]
                over = kept.ends is not None and kept.ends <= at
                if not over and (kept.ends is None or each["ends"] > kept.ends):
                    kept.ends = each["ends"]
        return list(found.values())

    def held(self, ad: str, now: int) -> bool:
        return any(kept.ends is None or kept.ends > now for kept in self.grounds(ad))


class World:
    """The real thing beside the model; after each step they say the same."""

    def __init__(self, room: Keeping) -> None:
        self.room, self.plain = room, Plain()
        self.ads: dict[str, Any] = {}
        self.gone: set[str] = set()
        self.papers: list[Process] = []
        self.cases: dict[str, CaseId] = {}
        self.scopes: dict[str, tuple[str, bool]] = {}  # the named ad; by the phone as well?

    def do(self, step: Step) -> None:
        self.room.time.pass_(step.days * DAY)
        with suppress(Refusal):
            getattr(self, step.does)(step)
        self.check()

    def post(self, step: Step) -> None:
        if step.name in self.ads:
            return
        at = self.room.at()
        self.ads[step.name] = self.room.posted(step.name, PHONE)
        for paper in self.papers:
            if paper.future and self._open(paper, at) and self._names(paper, step.name):
                self._keep(step.name, paper)

    def _names(self, paper: Process, name: str) -> bool:
        named, by_phone = self.scopes[paper.id]
        return by_phone or named == name

    def _open(self, paper: Process, at: int) -> bool:
        shut = any(e["did"] == "shut" and e["of"] == paper.id for e in self.plain.log)
        ends = self._end(paper)
        return not shut and (ends is None or ends > at)

    def _end(self, paper: Process) -> int | None:
        ends: int | None = paper.ends
        for each in self.plain.log:
            if each["did"] == "later" and each["of"] == paper.id and ends is not None:
                ends = each["ends"]
        return ends

    def _keep(self, name: str, paper: Process) -> None:
        ends = self._end(paper)
        self.plain.tell("keep", self.room.at(), ad=name, of=paper.id, ends=ends)

    def serve(self, step: Step) -> None:
        scope = Scope(
            ads=(step.name,), contacts=(PHONE,) if step.pick % 2 else (), future=step.future
        )
        paper = self.room.served(step.kind, jurisdiction=COUNTRY[step.kind], scope=scope)
        length = LENGTH.get(step.kind)
        assert paper.ends == (None if length is None else self.room.at() + length)
        self.papers.append(paper)
        self.scopes[paper.id] = (step.name, bool(scope.contacts))
        for name in self.ads:
            # Words gone, contacts gone: then only the site's own id finds an ad.
            if name == step.name or (scope.contacts and name not in self.gone):
                self._keep(name, paper)

    def renew(self, step: Step) -> None:
        if not self.papers:
            return
        paper, at = self.papers[step.pick % len(self.papers)], self.room.at()
        before = self._end(paper)
        due = (
            paper.kind is Kind.PRESERVATION_LETTER
            and self._open(paper, at)
            and not any(e["did"] == "later" and e["of"] == paper.id for e in self.plain.log)
        )
        if not due:
            with pytest.raises(Refusal):
                self.room.renew(paper)
            return
        assert before is not None
        after = self.room.renew(paper)
        assert after.ends == before + 90 * DAY
        self.plain.tell("later", at, of=paper.id, ends=after.ends)

    def close(self, step: Step) -> None:
        if not self.papers:
            return
        paper, at = self.papers[step.pick % len(self.papers)], self.room.at()
        who = CLERKS[step.who]
        other = SUE if who is SAM else SAM
        done = self.room.closing(SITE, who, paper.id, "done").done
        if not done and step.pick > 3:
            done = self.room.closing(SITE, other, paper.id, "done").done
        if done:
            if self._end(paper) is None:
                self.plain.tell("later", at, of=paper.id, ends=at + 90 * DAY)
            self.plain.tell("shut", at, of=paper.id)

    def alert(self, step: Step) -> None:
        if step.name not in self.ads:
            return
        at, case = self.room.at(), self.room.alert(step.name)
        self.cases[step.name] = case.id
        self.plain.tell("keep", at, ad=step.name, of=case.id, ends=None)

    def decide(self, step: Step) -> None:
        name = self.cases.pop(step.name, None)
        if name is None:
            return
        at, case = self.room.at(), self.room.case(name)
        self.room.decide(ANA, case, choose(DecisionKind.WARN, self.ads[step.name]))
        self.plain.tell("later", at, of=name, ends=walked(at, 6))

    def propose(self, step: Step) -> None:
        self.room.propose()

    def _batch(self, state: State) -> Any:
        return next((b for b in self.room.batches() if b.state is state), None)

    def sign(self, step: Step) -> None:
        if (batch := self._batch(State.PROPOSED)) is not None:
            both = CLERKS.values() if step.pick % 2 else (CLERKS[step.who],)
            for who in both:
                with suppress(Refusal):
                    SignDisposal(self.room.store)(SITE, who, batch.id, batch.digest)

    def refuse(self, step: Step) -> None:
        if (batch := self._batch(State.PROPOSED)) is not None and step.pick % 4 == 0:
            RefuseDisposal(self.room.store)(SITE, SAM, batch.id, "not yet")

    def perform(self, step: Step) -> None:
        signed, now = self._batch(State.SIGNED), self.room.at()
        self.room.work_off()
        if signed is not None:
            assert len(set(signed.approvers)) == 2
        for name, ad in self.ads.items():
            if name not in self.gone and self.room.words(ad) is None:
                assert signed is not None, "nothing goes without a signed batch"
                assert not self.plain.held(name, now), f"{name} was held"
                self.gone.add(name)

    def check(self) -> None:
        now = self.room.at()
        for name, ad in self.ads.items():
            assert self.room.may_delete(ad) is not self.plain.held(name, now), name
            real = {str(hold.process or hold.case): hold.ends for hold in self.room.holds(ad)}
            assert real == {kept.of: kept.ends for kept in self.plain.grounds(name)}, name
            if name not in self.gone:
                assert self.room.words(ad) is not None

    def end(self) -> None:
        """Laws of the whole record."""
        ends: dict[str, int | None] = {e.hold: e.ends for e in self.room.events(HoldPlaced)}
        for dated in self.room.events(HoldDated):
            before = ends[dated.hold]
            assert before is None or dated.ends > before
            ends[dated.hold] = dated.ends
        signed = {(e.disposal, e.actor) for e in self.room.events(DisposalSigned)}
        for told in self.room.events(DisposalPerformed):
            assert len(set(told.approvers)) == 2
            assert {(told.disposal, who) for who in told.approvers} <= signed


def drawn(luck: random.Random) -> Step:
    return Step(
        does=luck.choice(ACTS),
        name=luck.choice(NAMES),
        who=luck.choice(("sam", "sue")),
        kind=luck.choice(KINDS),
        pick=luck.randrange(8),
        days=luck.choice((0, 0, 0, 1, 3, 20, 91, 190)),
        future=luck.random() < 0.5,
    )


def test_any_order_of_acts_keeps_the_laws(
    make_store: Callable[..., Store],
    tmp_path: Path,
    luck: random.Random,
    how_many: Callable[[int, int], int],
) -> None:
    """Each story begins far after the last, so that nothing of one reaches into the next."""
    time = HandTime()
    store = make_store(story(), time)
    went = 0
    for number in range(how_many(5, 150)):
        world = World(_Named(store, time, tmp_path, number))
        for _ in range(40):
            world.do(drawn(luck))
        world.end()
        went += len(world.gone)
        _settle(world)
    assert went, "stories in which nothing ever went show nothing"


class _Named(Keeping):
    """The room with names of this story alone."""

    def __init__(self, store: Store, time: HandTime, folder: Path, number: int) -> None:
        super().__init__(store, time, folder)
        self._number = number

    def _own(self, name: str) -> str:
        return f"{name}-{self._number}"

    def posted(self, name: str, *contacts: Any, **more: Any) -> Any:
        kept = [(kind, f"{value}-{self._number}") for kind, value in contacts]
        return super().posted(self._own(name), *kept, **more)

    def served(self, kind: Kind = KINDS[0], **more: Any) -> Process:
        scope = more["scope"]
        more["scope"] = Scope(
            ads=tuple(self._own(name) for name in scope.ads),
            contacts=tuple((k, f"{v}-{self._number}") for k, v in scope.contacts),
            future=scope.future,
        )
        return super().served(kind, **more)

    def alert(self, name: str | None, **more: Any) -> Any:
        return super().alert(None if name is None else self._own(name), **more)


def _settle(world: World) -> None:
    """Close what is open, decide what waits, let everything go: the next story starts clean."""
    for name in list(world.cases):
        world.decide(
            Step(does="decide", name=name, who="sam", kind=KINDS[0], pick=0, days=0, future=False)
        )
    for paper in world.papers:
        if not any(e["did"] == "shut" and e["of"] == paper.id for e in world.plain.log):
            for who in (SAM, SUE):
                try:
                    world.room.closing(SITE, who, paper.id, "done")
                except Refusal:
                    continue
    world.room.time.pass_(1_000 * DAY)
    while (batch := world._batch(State.PROPOSED) or world.room.propose()) is not None:
        for who in (SAM, SUE):
            try:
                SignDisposal(world.room.store)(SITE, who, batch.id, batch.digest)
            except Refusal:
                continue
        world.room.perform()


MOMENTS = st.integers(min_value=0, max_value=4_102_444_800_000).map(Millis)


def paper(kind: Kind, served: Millis) -> Paper:
    return Paper(
        kind=kind,
        jurisdiction=COUNTRY[kind],
        authority="a",
        reference="b",
        contact="c",
        served=served,
        document="0" * 64,
        scope=Scope(ads=("x",)),
    )


@given(served=MOMENTS)
def test_ninety_days_are_ninety_dates_on_and_renewed_they_are_a_hundred_and_eighty(
    served: Millis,
) -> None:
    """Counted on the calendar, a date at a time, over leap days and years."""
    ends = end_of(paper(Kind.PRESERVATION_LETTER, served), BINDING)
    assert ends is not None
    start, end = to_datetime(served), to_datetime(ends)
    assert (end.date() - start.date()).days == 90
    assert iso(ends)[10:] == iso(served)[10:], "the same time of day"
    row = Process(
        id="p",
        site=SITE,
        subject=SITE,  # type: ignore[arg-type]
        kind=Kind.PRESERVATION_LETTER,
        jurisdiction="US",
        served=served,
        received=served,
        ends=ends,
        renewals=0,
        future=False,
        since=None,
        until=None,
        closed=None,
    )
    after = renewed_end(row, None, BINDING, served)
    assert (to_datetime(after).date() - start.date()).days == 180
    canada = end_of(paper(Kind.FOREIGN_DEMAND, served), BINDING)
    assert canada is not None
    assert (to_datetime(canada).date() - start.date()).days == 21


@given(since=MOMENTS, until=MOMENTS, at=MOMENTS)
def test_a_scope_covers_from_its_first_moment_to_before_its_last(
    since: Millis, until: Millis, at: Millis
) -> None:
    scope = Scope(accounts=("a",), since=since, until=until)
    assert scope.covers(at) == (since <= at < until)
