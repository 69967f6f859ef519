"""Missing-child posters as watches: one a poster, for as long as the poster stands. Text only."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from answerable.events.work import Runs
from answerable.kernel.errors import Outage, Refusal
from answerable.kernel.ids import ActorId, Ids, Site, SubjectId
from answerable.kernel.time import DAY, Millis
from answerable.watches import decide
from answerable.watches.decide import Hand
from answerable.watches.hearing import terms_of
from answerable.watches.matching import Index
from answerable.watches.model import (
    DAYS_USUAL,
    REFERENCE_CHARS_MAX,
    TERMS_MAX,
    Role,
    Term,
    TermKind,
    Watch,
    WatchId,
    Why,
    Wish,
)
from answerable.watches.service import begin, ended
from answerable.watches.store import WatchesWork
from answerable.watches.terms import can_match, read_term

SOURCE = "ncmec-posters"
POSTERS = Hand(actor=ActorId("system:posters"))
RENEW_WITHIN = 30 * DAY  # a poster that still stands never runs out between two readings
GONE, CHANGED = "the poster is gone", "the poster was changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """A poster's text, as far as it can be looked for. `number` is its own for good."""

    number: str
    names: tuple[str, ...]
    places: tuple[str, ...]


class PosterSource(Protocol):
    """Where posters come from: an outside."""

    def posters(self) -> tuple[Poster, ...]:
        """All there are now, or none of them: raises Outage where it is not sure."""
        ...


class Became(StrEnum):
    """What a reading made of a poster, or of a watch whose poster is gone."""

    ASKED = "asked"
    KEPT = "kept"
    RENEWED = "renewed"
    REPLACED = "replaced"
    ENDED = "ended"
    TOO_LITTLE = "too little to look for"


class SyncPosters:
    """Read every poster; ask, keep, renew, replace or end its watch. Safe to repeat at any time."""

    def __init__(
        self, runs: Runs[WatchesWork], ids: Ids, index: Index, source: PosterSource
    ) -> None:
        self._runs, self._ids, self._index, self._source = runs, ids, index, source

    def __call__(self, site: Site) -> Mapping[Became, int]:
        """How many became what. Raises Outage where the list did not come whole: nothing ends."""
        posters = {_reference(one): one for one in self._source.posters()}
        told: Counter[Became] = Counter()
        for reference, poster in sorted(posters.items()):
            name, subject = WatchId(self._ids.new()), SubjectId(self._ids.new())
            told[
                self._runs.run(
                    lambda w, r=reference, p=poster, n=name, s=subject: self._one(  # type: ignore[misc]
                        w, site, r, p, n, s
                    )
                )
            ] += 1
        standing = self._runs.read(lambda w: w.watches.referred(site, Role.POSTERS))
        if standing and not posters:
            raise Outage("not one poster is left: that is not believed")
        for reference, name in sorted(standing.items()):
            if reference not in posters:
                told[self._runs.run(lambda w, n=name: _end(w, site, n))] += 1  # type: ignore[misc]
        return dict(told)

    def _one(
        self,
        work: WatchesWork,
        site: Site,
        reference: str,
        poster: Poster,
        name: WatchId,
        subject: SubjectId,
    ) -> Became:
        terms = self._terms(poster)
        before = work.watches.of_reference(site, Role.POSTERS, reference)
        if not can_match(term.kind for term in terms):
            if before is not None:
                ended(work, site, before, Why.REPLACED, CHANGED, POSTERS)
            return Became.TOO_LITTLE
        if before is not None:
            watch = work.watches.get(site, before, lock=True)
            if terms_of(work, watch) == terms and watch.runs(work.now()):
                return self._kept(work, watch)
            ended(work, site, before, Why.REPLACED, CHANGED, POSTERS)
        wish = Wish(
            role=Role.POSTERS,
            organisation=SOURCE,
            terms=terms,
            reason="a missing-child poster stands",
            reference=reference,
        )
        begin(work, self._index, site, name, subject, wish, POSTERS)
        return Became.ASKED if before is None else Became.REPLACED

    def _kept(self, work: WatchesWork, watch: Watch) -> Became:
        now = work.now()
        if watch.ends is not None and watch.ends > Millis(now + RENEW_WITHIN):
            return Became.KEPT
        step = decide.renew(watch, DAYS_USUAL, "the poster still stands", POSTERS, now)
        work.watches.put(step.watch)
        work.record(step.event)
        return Became.RENEWED

    def _terms(self, poster: Poster) -> tuple[Term, ...]:
        found: dict[tuple[TermKind, str], Term] = {}
        said = [(TermKind.NAME, name) for name in poster.names]
        said += [(TermKind.PLACE, place) for place in poster.places]
        for kind, text in said:
            try:
                term = read_term(kind, text, self._index.read)
            except Refusal:
                continue  # a name of signs alone: nothing could agree with it
            found.setdefault((kind, term.value), term)
        return tuple(found.values())[:TERMS_MAX]


def _end(work: WatchesWork, site: Site, name: WatchId) -> Became:
    ended(work, site, name, Why.SOURCE_GONE, GONE, POSTERS)
    return Became.ENDED


def _reference(poster: Poster) -> str:
    return poster.number[:REFERENCE_CHARS_MAX]
