"""Watches hear: ads as they come in, alerts that name no ad, and their own start."""

from answerable.events.ads import AdPlaced, AdReceived
from answerable.events.alerts import AlertReceived
from answerable.events.event import Recorded
from answerable.events.screening import ScreenJudged
from answerable.events.sources import AlertVerified
from answerable.events.watches import WatchAsked, WatchStarted
from answerable.events.work import Runs
from answerable.kernel.errors import Breach
from answerable.kernel.ids import AdId, AlertId, Ids, Site, SubjectId
from answerable.watches import decide
from answerable.watches.decide import Hand
from answerable.watches.matching import WATCHES, Index, kinds_by_watch, look_at, say
from answerable.watches.model import (
    IN_CONTACTS,
    ORGANISATION_CHARS_MAX,
    How,
    Match,
    Role,
    Term,
    TermKind,
    Watch,
    WatchId,
    Why,
    Wish,
)
from answerable.watches.store import WatchesWork
from answerable.watches.terms import can_match, terms_about, terms_of_ad, terms_of_placement

ASK_FOR_ALERT = "watches.AskForAlert"
SEARCH_ARCHIVE = "watches.SearchArchive"
BATCH = 50  # ads proposed in one transaction: intake never waits long for a search
SWEEP_MAX = 200
SAYS = "an alert says what it is about"
KNOWN = {"police": Role.POLICE, "hotline": Role.HOTLINE}
"""Kinds of registered source whose word starts a watch; flaggers and NGOs wait like anybody."""


class IndexAd:
    """With ad.received, revised, and each placement: what our index holds, matched at once."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def __call__(self, work: WatchesWork, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, AdReceived):
            pairs = terms_of_ad(event, self._index.read)
        elif isinstance(event, AdPlaced):
            pairs = terms_of_placement(event)
        else:
            raise Breach(f"{event.TYPE} brings no words")
        if not pairs:
            return
        site, ad = event.site, AdId(event.ad)
        work.watches.gate(site, closing=False)
        work.watches.index_ad(site, ad, event.revision, self._index.blinded(site, pairs))
        read = isinstance(event, AdPlaced)  # a revision that has just come is read by nobody yet
        refs = (recorded.leaf_hash.hex(),)
        look_at(work, self._index, site, ad, event.revision, refs, read=read)


class MatchAd:
    """With screen.judged: the contacts of the words stand in this transaction by now."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def __call__(self, work: WatchesWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, ScreenJudged):
            raise Breach(f"{event.TYPE} is no verdict")
        work.watches.gate(event.site, closing=False)
        refs = (recorded.leaf_hash.hex(),)
        look_at(work, self._index, event.site, AdId(event.ad), event.revision, refs, read=True)


class AskForAlert:
    """Then, after alert.received: an alert about something is a watch.

    It waits for a look, or runs at once where the alert's chain says that registered police or a
    hotline sent it. After, and not with it: nothing in anybody's words may delay a receipt.
    """

    def __init__(self, runs: Runs[WatchesWork], ids: Ids, index: Index) -> None:
        self._runs, self._ids, self._index = runs, ids, index

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, AlertReceived):
            raise Breach(f"{event.TYPE} is no alert")
        if event.ad is not None:
            return
        terms = terms_about(event.about, self._index.read)
        if not can_match(term.kind for term in terms):
            return
        name, subject = WatchId(self._ids.new()), SubjectId(self._ids.new())
        hand = Hand(actor=event.actor, org=event.org)

        def fn(work: WatchesWork) -> None:
            if not work.once(recorded.id, ASK_FOR_ALERT):
                return
            wish = _wish_of(work, event, terms)
            asked = decide.ask(event.site, name, subject, wish, hand, work.now())
            if wish.role in decide.WAITS:
                work.watches.put(asked.watch)
                work.record(asked.event)
                return
            begun = decide.start(asked.watch, decide.BY_RIGHT, hand, work.now())
            self._index.put_terms(work, begun.watch, wish.terms)
            work.watches.put(begun.watch)
            work.record(asked.event, begun.event)

        self._runs.run(fn)


def _wish_of(work: WatchesWork, event: AlertReceived, terms: tuple[Term, ...]) -> Wish:
    """Who asks: whoever we made sure of (alert.verified); never what the alert says of itself."""
    alert = AlertId(event.alert)
    for said in work.chain_of(event.site, event.subject):
        if isinstance(said.event, AlertVerified) and said.event.kind in KNOWN:
            named = work.watches.organisation_of(event.site, said.event.source)
            return Wish(
                role=KNOWN[said.event.kind],
                organisation=named[:ORGANISATION_CHARS_MAX],
                terms=terms,
                reason=SAYS,
                alert=alert,
            )
    return Wish(role=Role.ALERTER, organisation="", terms=terms, reason=SAYS, alert=alert)


def terms_of(work: WatchesWork, watch: Watch) -> tuple[Term, ...]:
    """The terms as they were asked for; () where they are erased."""
    for recorded in work.chain_of(watch.site, watch.subject):
        if isinstance(recorded.event, WatchAsked):
            return tuple(
                Term(kind=TermKind(one["kind"]), said=one["said"], value=one["value"])
                for one in recorded.event.terms or ()
            )
    raise Breach("a watch that nobody asked for")


class SearchArchive:
    """Then, after watch.started: every ad that we have is looked at by index, and proposed.

    Killed half-way it begins again, and says nothing twice.
    """

    def __init__(self, runs: Runs[WatchesWork], index: Index) -> None:
        self._runs, self._index = runs, index

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, WatchStarted):
            raise Breach(f"{event.TYPE} starts no watch")
        site, name, refs = event.site, WatchId(event.watch), (recorded.leaf_hash.hex(),)
        watch, terms = self._runs.read(lambda work: _open(work, site, name))
        plain = self._index.spelled(terms)
        blind = {
            kind: [self._index.blind(site, kind, value) for value in values]
            for kind, values in plain.items()
        }
        in_words = {kind: values for kind, values in plain.items() if kind in IN_CONTACTS}
        found: tuple[tuple[AdId, int], ...] = ()
        if terms and watch.runs(self._runs.read(lambda work: work.now())):
            found = self._runs.read(lambda work: work.watches.archived(site, in_words, blind))
        for start in range(0, len(found), BATCH):
            batch = sorted(found[start : start + BATCH])
            self._runs.run(lambda work, batch=batch: self._propose(work, site, name, batch, refs))  # type: ignore[misc]

        def done(work: WatchesWork) -> None:
            if not work.once(recorded.id, SEARCH_ARCHIVE):
                return
            now = work.watches.get(site, name, lock=True)
            new = work.watches.proposed(site, name)
            step = decide.searched(now, len(terms), len(found), new, WATCHES, work.now())
            work.watches.put(step.watch)
            work.record(step.event)

        self._runs.run(done)

    def _propose(
        self,
        work: WatchesWork,
        site: Site,
        watch: WatchId,
        batch: list[tuple[AdId, int]],
        refs: tuple[str, ...],
    ) -> None:
        """Asked again under the ad's lock: it may have been erased, or the watch ended."""
        for ad, revision in batch:
            work.watches.ad(site, ad, lock=True)
            kinds = kinds_by_watch(work, self._index, site, ad, revision).get(watch)
            if kinds is not None:
                match = Match(
                    watch=watch, ad=ad, revision=revision, kinds=kinds, how=How.SEARCH,
                    at=work.now(),
                )  # fmt: skip
                say(work, site, match, refs)


def _open(work: WatchesWork, site: Site, name: WatchId) -> tuple[Watch, tuple[Term, ...]]:
    watch = work.watches.get(site, name)
    return watch, terms_of(work, watch)


class EndExpired:
    """The sweep: says that a watch past its end has ended, and forgets its terms.

    It decides nothing: past its end a watch matches nothing, sweep or no sweep.
    """

    def __init__(self, runs: Runs[WatchesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site) -> int:
        """How many it ended."""
        past = self._runs.read(lambda w: w.watches.past_end(site, w.now(), SWEEP_MAX))
        return sum(self._runs.run(lambda w, one=one: _expire(w, site, one.id)) for one in past)  # type: ignore[misc]


def _expire(work: WatchesWork, site: Site, name: WatchId) -> bool:
    watch, now = work.watches.get(site, name, lock=True), work.now()
    if not watch.expired(now):
        return False
    step = decide.end(watch, Why.EXPIRED, "its time is over", WATCHES, now)
    work.watches.put(step.watch)
    work.watches.drop_terms(site, name)
    work.record(step.event)
    return True
