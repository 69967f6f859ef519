"""Ancestors are noted with what happens to them; whatever comes back is found with its verdict."""

from collections.abc import Sequence
from dataclasses import replace

from answerable.events.cases import CaseDecided
from answerable.events.event import Recorded, event_header
from answerable.events.house import SectionClosed, SectionOpened
from answerable.events.networks import ResubmissionFound
from answerable.events.screening import CouldNotScreen, ScreenJudged
from answerable.events.work import Runs
from answerable.kernel.errors import Breach
from answerable.kernel.ids import ActorId, AdId, Site
from answerable.kernel.time import DAY, Millis
from answerable.networks.decide import own_rules, published
from answerable.networks.model import STOOD_LENGTH, AdFacts, Because, Kin, Migration
from answerable.networks.store import NetworksWork

NETWORKS = ActorId("system:networks")
REFUSED = "refuse"
CHUNK = 100  # ads in one transaction
KIN_MAX = 50
_DECIDED = {one.value: one for one in Because if one is not Because.REFUSED}


class NoteResubmission:
    """With screen.judged and screen.failed, before cases hear of it: does this ad come back?

    An ad that is refused becomes an ancestor itself.
    """

    def __call__(self, work: NetworksWork, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, ScreenJudged):
            rules, away = own_rules(event.signals), event.reason is None
        elif isinstance(event, CouldNotScreen):
            rules, away = frozenset[str](), True
        else:
            raise Breach(f"{event.TYPE} is no outcome of screening")
        site, ad, now = event.site, AdId(event.ad), work.now()
        found = work.networks.find_kin(site, ad, event.revision, rules, now)
        if found:
            self._found(work, recorded, event.revision, found, away=away)
        if isinstance(event, ScreenJudged) and event.verdict == REFUSED:
            if away:
                work.networks.put_ancestor(site, ad, event.revision, Because.REFUSED, rules, now)
            else:
                facts = work.networks.facts(site, ad)
                work.networks.put_closed_out(site, ad, facts.section, now)

    def _found(
        self,
        work: NetworksWork,
        recorded: Recorded,
        revision: int,
        found: Sequence[Kin],
        *,
        away: bool,
    ) -> None:
        """The link that matters most is recorded, once for this revision and ancestor."""
        site, best = recorded.event.site, found[0]
        section = next((kin.from_section for kin in found if kin.from_section is not None), None)
        moved = away and section is not None
        if best.because is None and not moved:
            return  # still in its closed section: refused by itself, and no news
        facts, now = work.networks.facts(site, best.ad), work.now()
        if not work.networks.put_kin(
            site, _with_section(best, section if moved else None), facts.section, now
        ):
            return
        work.record(
            ResubmissionFound(
                **event_header(site, facts.closed_subject, NETWORKS, now),
                refs=(recorded.leaf_hash.hex(),),
                ad=best.ad,
                revision=revision,
                ancestor=best.ancestor,
                ancestor_revision=best.ancestor_revision,
                because=None if best.because is None else best.because.value,
                reasons=[reason.value for reason in best.reasons],
                changes=[change.value for change in best.changes],
                waits=best.waits,
                moved_from_section=moved,
            )
        )


def _with_section(kin: Kin, section: str | None) -> Kin:
    return replace(kin, from_section=section)


class NoteAncestor:
    """With case.decided: taken down by people, so its return is noticed; let go, so it is not."""

    def __call__(self, work: NetworksWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, CaseDecided):
            raise Breach(f"{event.TYPE} is no decision")
        because = _DECIDED.get(event.kind)
        for name in event.ads:
            ad = AdId(name)
            if because is None:
                work.networks.drop_ancestor(event.site, ad)
                work.networks.clear(event.site, ad, work.now())
                continue
            facts = work.networks.facts(event.site, ad)
            rules = _rules_of(work, event.site, facts)
            work.networks.put_ancestor(
                event.site, ad, facts.last_revision, because, rules, work.now()
            )


def _rules_of(work: NetworksWork, site: Site, facts: AdFacts) -> frozenset[str]:
    """The rules that saw something in the ad's newest revision, when it was judged last."""
    rules = frozenset[str]()
    for recorded in work.chain_of(site, facts.closed_subject):
        event = recorded.event
        if isinstance(event, ScreenJudged) and event.revision == facts.last_revision:
            rules = own_rules(event.signals or ())
    return rules


class NoteClosedSection:
    """Then, after section.closed: every ad that stood there is known again elsewhere.

    A hundred ads in a transaction; after a kill it begins again, and notes nothing twice.
    """

    def __init__(self, runs: Runs[NetworksWork]) -> None:
        self._runs = runs

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, SectionClosed):
            raise Breach(f"{event.TYPE} closes nothing")
        after: str | None = ""
        while after is not None:
            after = self._chunk(event, after)

    def _chunk(self, event: SectionClosed, after: str) -> str | None:
        def fn(work: NetworksWork) -> str | None:
            since = Millis(event.happened - STOOD_LENGTH)
            ads = work.networks.stood_in(
                event.site,
                event.section,
                event.jurisdiction,
                since=since,
                after=after,
                limit=CHUNK,
            )
            for ad in ads:
                work.networks.put_closed_out(event.site, ad, event.section, event.happened)
            return ads[-1] if len(ads) == CHUNK else None

        return self._runs.run(fn)


class ForgetClosedSection:
    """With section.opened: its ads are where they may be, and come from nowhere."""

    def __call__(self, work: NetworksWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, SectionOpened):
            raise Breach(f"{event.TYPE} opens nothing")
        work.networks.reopen(event.site, event.section, event.jurisdiction)


class ReadMigrations:
    """How many ads of closed sections stood up where: what the public may see of it.

    Ads of past days only, in steps of ten: nobody learns from it what became of one ad.
    """

    def __init__(self, runs: Runs[NetworksWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site) -> tuple[Migration, ...]:
        def fn(work: NetworksWork) -> tuple[Migration, ...]:
            today = Millis(work.now() - work.now() % DAY)
            return published(work.networks.migrations(site, today))

        return self._runs.read(fn)


class ReadKin:
    """What an ad comes back from, and what came back from it. Reads only."""

    def __init__(self, runs: Runs[NetworksWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, ad: AdId) -> tuple[Kin, ...]:
        return tuple(self._runs.read(lambda work: work.networks.kin_of(site, ad, limit=KIN_MAX)))
