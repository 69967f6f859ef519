"""Holds and erasures: what had to be kept, for how long, and whether it was erased before.

A hold starts at the alert, or the decision if earlier, has no end while filing is open, and ends
no earlier than a year after the finished report's receipt (18 U.S.C. 2258A(h)(1); foundations).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from answerable.events.duties.clocks import PRESERVE_REPORTED_CONTENTS
from answerable.events.duties.lapse import Lapse, lapse, number
from answerable.events.duties.reported import ReportState, report_chains
from answerable.events.duties.residual import is_open, names
from answerable.events.event import Opened
from answerable.kernel.time import Millis

DUTY_HOLD = PRESERVE_REPORTED_CONTENTS.name
DUTY_ERASE = "erasure_by_two"
DUTY_PROCESS = "legal_process_by_two"
KEEPS_ONLY = ("destruction-request", "foreign-preservation-demand", "preservation-letter")
"""Papers on which nothing is given out."""


@dataclass(slots=True)
class _Hold:
    placed: Opened
    ends: int | None
    dated: list[Opened] = field(default_factory=list)
    released: Opened | None = None

    def runs_at(self, at: int) -> bool:
        """Was nothing of its ad to be deleted at `at`?"""
        if self.released is not None and self.released.recorded <= at:
            return False
        ends = number(self.placed.get("ends"))
        for event in self.dated:
            if event.recorded <= at:
                ends = number(event.get("ends"))
        return self.placed.recorded <= at and (ends is None or ends > at)


def holds_not_kept(opened: Sequence[Opened]) -> tuple[Lapse, ...]:
    """Alerted and reported ads without a hold, and holds that end, or were let go, too early."""
    holds = _holds(opened)
    found: list[Lapse] = []
    for event in opened:
        for ad in _must_hold(event):
            if not any(h.runs_at(event.recorded) for h in holds[ad]):
                words = f"{event.type} names an ad and no hold was placed on it"
                found.append(lapse(DUTY_HOLD, "no hold", words, event, ids=(ad,)))
    for chain in report_chains(opened):
        for ad in chain.ads:
            if chain.state in (ReportState.PENDING, ReportState.NEEDS_PERSON):
                if holds[ad] and all(h.ends is not None or h.released for h in holds[ad]):
                    words = "the hold on an ad has an end while its report is still open"
                    found.append(
                        lapse(DUTY_HOLD, "ends early", words, holds[ad][-1].placed, ids=(ad,))
                    )
            elif chain.state is ReportState.FINISHED:
                found += _until(
                    ad, holds[ad], PRESERVE_REPORTED_CONTENTS.ends(_received(chain.finished[0]))
                )
    return tuple(found)


def _received(finished: Opened) -> Millis:
    """When the receipt came: the earliest time that the event gives for it."""
    return Millis(min(finished.happened, finished.known))


def _must_hold(event: Opened) -> tuple[str, ...]:
    if event.type == "alert.attached":
        ad = event.get("ad")
        return () if ad is None else (str(ad),)
    if event.type == "case.decided" and event.get("kind") == "report":
        return names(event, "ads")
    if event.type == "process.scoped" and number(event.get("placed")):
        return names(event, "found")
    return ()


def _until(ad: str, holds: Sequence[_Hold], least: int) -> list[Lapse]:
    """Somewhere a hold on `ad` lasts until `least`, and was not let go before."""
    for hold in holds:
        kept = hold.released is None or hold.released.recorded >= least
        if kept and (hold.ends is None or hold.ends >= least):
            return []
    if not holds:
        return []  # already listed as an ad without a hold
    words = "no hold on a reported ad lasts a year from its receipt"
    return [lapse(DUTY_HOLD, "ends early", words, holds[-1].placed, ids=(ad,), due=least)]


def _holds(opened: Sequence[Opened]) -> Mapping[str, list[_Hold]]:
    """Every hold by its ad. A hold whose ad's name is erased stands under ""."""
    by_name: dict[object, _Hold] = {}
    by_ad: defaultdict[str, list[_Hold]] = defaultdict(list)
    for event in opened:
        name = event.get("hold")
        if event.type == "hold.placed":
            hold = _Hold(placed=event, ends=number(event.get("ends")))
            by_name[name] = hold
            by_ad[str(event.get("ad") or "")].append(hold)
        elif event.type == "hold.dated" and name in by_name:
            by_name[name].ends = number(event.get("ends"))
            by_name[name].dated.append(event)
        elif event.type == "hold.released" and name in by_name:
            by_name[name].released = event
    return by_ad


ERASES = ("disposal.performed", "erasure.performed")
"""What deletes keys: each names the leaves and groups, and two people."""


def erasures_not_allowed(opened: Sequence[Opened]) -> tuple[Lapse, ...]:
    """Erasures and disposals of what was under hold, or by fewer than two people."""
    holds = _holds(opened)
    ad_of = ads_of_subjects(opened)
    by_leaf = {e.leaf_hash.hex(): e for e in opened}
    signed = _signatures(opened)
    found: list[Lapse] = []
    for event in opened:
        if event.type not in ERASES or not is_open(event, "facts"):
            continue
        leaves = [by_leaf[leaf] for leaf in names(event, "leaves") if leaf in by_leaf]
        ads = {a for e in leaves if (a := ad_of.get(e.subject))} | set(names(event, "ads"))
        if event.type == "erasure.performed":
            ads.add(str(event.get("ad")))
        for ad in sorted(ads):
            held = [h for h in holds[ad] if h.runs_at(event.recorded)]
            if held:
                words = "an ad was erased while it was under hold"
                placed = held[0].placed
                found.append(lapse(DUTY_HOLD, "erased under hold", words, event, placed, ids=(ad,)))
        if len(_two(event, signed)) < 2:
            words = "an erasure was not approved by two people"
            named = str(event.get("ad") or event.get("disposal"))
            found.append(lapse(DUTY_ERASE, "not by two", words, event, ids=(named,)))
    return tuple(found)


def _two(event: Opened, signed: Mapping[str, set[tuple[str, str]]]) -> set[str]:
    """Who approved; of a disposal, those alone who signed its very list before."""
    approvers = set(names(event, "approvers"))
    if event.type == "erasure.performed":
        return approvers
    return {who for who, _ in signed.get(event.subject, ())} & approvers


def _signatures(opened: Sequence[Opened]) -> Mapping[str, set[tuple[str, str]]]:
    """Chain of a batch to who signed the list that it proposed."""
    lists: dict[str, str] = {}
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for event in opened:
        digest = str(event.get("items_sha256"))
        if event.type == "disposal.proposed":
            lists[event.subject] = digest
        elif event.type == "disposal.signed" and lists.get(event.subject) == digest:
            found[event.subject].add((event.actor, digest))
    return found


def given_without_leave(opened: Sequence[Opened]) -> tuple[Lapse, ...]:
    """Exports and closings for legal process by fewer than two, or on a paper that gives none."""
    kinds = {e.subject: e.get("kind") for e in opened if e.type == "process.received"}
    found: list[Lapse] = []
    for event in opened:
        if event.type not in ("process.answered", "process.closed"):
            continue
        named = (str(event.get("process")),)
        if is_open(event, "facts") and len(set(names(event, "approvers"))) < 2:
            words = f"{event.type} was not approved by two people"
            found.append(lapse(DUTY_PROCESS, "not by two", words, event, ids=named))
        if event.type == "process.answered" and kinds.get(event.subject) in KEEPS_ONLY:
            words = "words were given out on a paper that only asks to keep"
            found.append(lapse(DUTY_PROCESS, "given out", words, event, ids=named))
    return tuple(found)


def reads_by_purpose(opened: Sequence[Opened]) -> Mapping[str, int]:
    """How often bytes of stored files were given out, by purpose."""
    return dict(Counter(str(e.get("purpose")) for e in opened if e.type == "evidence.read"))


def ads_of_subjects(opened: Sequence[Opened]) -> Mapping[str, str]:
    """Which ad a chain speaks of, from whatever is still readable of it, or of its other chain."""
    found: dict[str, str] = {}
    for event in opened:
        ad = event.get("ad")
        if not isinstance(ad, str) or not event.type.startswith(_OF_ONE_AD):
            continue
        found.setdefault(event.subject, ad)
        if isinstance(subject := event.get("open_subject"), str):
            found.setdefault(subject, ad)
    return found


_OF_ONE_AD = ("ad.", "screen.", "directive.", "hold.")
