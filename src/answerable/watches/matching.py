"""Matching: what a revision is known by, against what is looked out for; each match said once.

Search and intake both end here, so that they mean the same by "agrees".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from answerable.kernel.ids import ActorId, AdId, Site
from answerable.watches import decide
from answerable.watches.decide import Hand
from answerable.watches.model import (
    Blind,
    How,
    Match,
    ReadsContacts,
    Spelled,
    Spellings,
    Term,
    TermKind,
    Watch,
    WatchId,
)
from answerable.watches.store import Blinded, WatchesWork
from answerable.watches.terms import spellings

WATCHES = Hand(actor=ActorId("system:watches"))


@dataclass(frozen=True, slots=True)
class Index:
    """How words become index values (`read`), and values the digests of our tables (`blind`)."""

    read: ReadsContacts
    blind: Blind

    def blinded(self, site: Site, pairs: Iterable[Spelled]) -> list[Blinded]:
        return [(kind, self.blind(site, kind, value)) for kind, value in pairs]

    def spelled(self, terms: Iterable[Term]) -> Spellings:
        return spellings(terms, self.read.platforms)

    def put_terms(self, work: WatchesWork, watch: Watch, terms: Iterable[Term]) -> None:
        """From the end of this transaction on every intake sees the watch."""
        work.watches.gate(watch.site, closing=True)
        pairs = [(kind, value) for kind, values in self.spelled(terms).items() for value in values]
        work.watches.put_terms(watch.site, watch.id, self.blinded(watch.site, pairs))


def kinds_by_watch(
    work: WatchesWork, index: Index, site: Site, ad: AdId, revision: int, *, read: bool = True
) -> dict[WatchId, tuple[TermKind, ...]]:
    """The running watches that this revision matches, and by which kinds.

    `read`: its words may have been read by now, and stand in the contact index.
    """
    plain = work.watches.contacts_of(site, ad, revision) if read else ()
    contacts = index.blinded(site, plain)
    agreeing = work.watches.watching(site, ad, revision, contacts, work.now())
    found = {watch: decide.agreed(agreeing[watch]) for watch in sorted(agreeing)}
    return {watch: kinds for watch, kinds in found.items() if kinds}


def say(
    work: WatchesWork,
    site: Site,
    match: Match,
    refs: tuple[str, ...],
) -> bool:
    """Record a match unless it is known. True if it was news."""
    if not work.watches.note(site, match):
        return False
    work.record(decide.matched(site, work.watches.ad(site, match.ad), match, WATCHES, refs))
    return True


def look_at(
    work: WatchesWork,
    index: Index,
    site: Site,
    ad: AdId,
    revision: int,
    refs: tuple[str, ...],
    *,
    read: bool,
) -> None:
    """Live: every running watch against one revision as it is known by now."""
    for watch, kinds in kinds_by_watch(work, index, site, ad, revision, read=read).items():
        match = Match(
            watch=watch, ad=ad, revision=revision, kinds=kinds, how=How.INTAKE, at=work.now()
        )
        say(work, site, match, refs)
