"""What preservation decides, purely: when a hold starts and ends, who may end it, what may go.

18 U.S.C. 2258A(h)(1): a year from the report. The statute is silent on the time before, so ours
starts at the alert. Never shorter: a hold's end is moved later or not at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from answerable.access.consent import Consent
from answerable.events.duties.clocks import APPEAL_PERIOD, PRESERVE_REPORTED_CONTENTS
from answerable.events.event import Event, event_header
from answerable.events.preservation import ErasurePerformed, HoldDated, HoldPlaced, HoldReleased
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, AdId, CaseId, HoldId, Site
from answerable.kernel.time import Millis
from answerable.preservation.model import (
    AdRef,
    Because,
    Ground,
    Hold,
)

RELEASE, ERASE = "release:", "erase:"
"""How a consent to each begins."""


def header(site: Site, ref: AdRef, actor: ActorId, org: str, now: Millis) -> dict[str, Any]:
    """The envelope fields of an event on the ad's closed chain."""
    return event_header(site, ref.closed_subject, actor, now, org=org)


def place(
    site: Site,
    ref: AdRef,
    hold: HoldId,
    ground: Ground,
    case: CaseId | None,
    *,
    started: Millis,
    ends: Millis | None,
    actor: ActorId,
    org: str,
    now: Millis,
    refs: tuple[str, ...] = (),
    process: str | None = None,
) -> tuple[Hold, HoldPlaced]:
    """A new hold on the ad."""
    made = Hold(
        id=hold,
        site=site,
        ad=ref.ad,
        case=case,
        ground=ground,
        started=started,
        ends=ends,
        process=process,
    )
    event = HoldPlaced(
        **header(site, ref, actor, org, now),
        refs=refs,
        hold=hold,
        ad=ref.ad,
        case=case,
        ground=ground.value,
        started=started,
        ends=ends,
    )
    return made, event


def open_hold(holds: Iterable[Hold], case: CaseId) -> Hold | None:
    """The hold of this case that has no end yet."""
    return next((h for h in _of(holds, case) if h.ends is None), None)


def any_hold(holds: Iterable[Hold], case: CaseId, now: Millis) -> Hold | None:
    """A hold of this case that runs."""
    return next((h for h in _of(holds, case) if h.running(now)), None)


def _of(holds: Iterable[Hold], case: CaseId) -> list[Hold]:
    return [h for h in holds if h.case == case and h.released is None]


def end_after_report(finished: Millis) -> Millis:
    """A year after the receipt, by the calendar."""
    return PRESERVE_REPORTED_CONTENTS.ends(finished)


def end_after_no(decided: Millis) -> Millis:
    """The end of the appeal period."""
    return APPEAL_PERIOD.ends(decided)


def after_report(
    holds: Sequence[Hold], case: CaseId, ref: AdRef, finished: Millis, actor: ActorId, now: Millis
) -> tuple[tuple[Hold, Event], ...]:
    """The report on this ad is finished: every hold of its case lasts a year from the receipt."""
    ends = end_after_report(finished)
    return tuple(
        _dated(hold, ref, ends, Because.REPORT_FINISHED, actor, now)
        for hold in _of(holds, case)
        if hold.ends is None or hold.ends < ends
    )


def after_no(
    holds: Sequence[Hold], case: CaseId, ref: AdRef, decided: Millis, actor: ActorId, now: Millis
) -> tuple[tuple[Hold, Event], ...]:
    """Decided, and not to report: what waited for this decision lasts to the end of appeals."""
    ends = end_after_no(decided)
    return tuple(
        _dated(hold, ref, ends, Because.DECIDED_NO, actor, now)
        for hold in _of(holds, case)
        if hold.ends is None
    )


def dated_later(
    hold: Hold, ref: AdRef, ends: Millis, because: Because, actor: ActorId, now: Millis
) -> tuple[Hold, Event] | None:
    """The hold with this end, if that is later than the one it has; an end never moves back."""
    if not hold.running(now) or (hold.ends is not None and hold.ends >= ends):
        return None
    return _dated(hold, ref, ends, because, actor, now)


def _dated(
    hold: Hold, ref: AdRef, ends: Millis, because: Because, actor: ActorId, now: Millis
) -> tuple[Hold, Event]:
    event = HoldDated(
        **header(hold.site, ref, actor, "site", now),
        hold=hold.id,
        ad=hold.ad,
        because=because.value,
        ends=ends,
    )
    return replace(hold, ends=ends), event


def running(holds: Iterable[Hold], now: Millis) -> tuple[Hold, ...]:
    """The holds that stand in the way of deleting anything."""
    return tuple(hold for hold in holds if hold.running(now))


def refuse_if_held(ad: AdId, holds: Iterable[Hold], case: CaseId | None, now: Millis) -> None:
    """Raise Refusal naming the holds that run, or the case in which the ad waits."""
    if held := running(holds, now):
        raise Refusal(
            "this ad is under hold",
            ad=ad,
            holds=[
                {"hold": h.id, "ground": h.ground.value, "since": h.started, "until": h.ends}
                for h in held
            ],
        )
    if case is not None:
        raise Refusal("this ad waits for a decision", ad=ad, case=case)


def check_release(hold: Hold, now: Millis) -> None:
    """Only what has an end can be let go before it: none while filing or a case is open."""
    if not hold.running(now):
        raise Refusal("this hold does not run", hold=hold.id)
    if hold.ends is None and hold.ground is not Ground.LEGAL_PROCESS:
        raise Refusal("no hold is released while its case or its filing is open", hold=hold.id)


def release_key(hold: HoldId) -> str:
    """What two people agree to who let a hold go."""
    return f"{RELEASE}{hold}"


def erase_key(ad: AdId, groups: frozenset[str]) -> str:
    """What two people agree to who erase: this ad and exactly these groups."""
    return f"{ERASE}{ad}:{','.join(sorted(groups))}."  # the end: no name begins another


def released(
    hold: Hold, ref: AdRef, first: Consent, by: ActorId, org: str, now: Millis
) -> tuple[Hold, HoldReleased]:
    """Two people let the hold go."""
    event = HoldReleased(
        **header(hold.site, ref, by, org, now),
        hold=hold.id,
        ad=hold.ad,
        approvers=[first.by, by],
        reason=first.reason,
    )
    return replace(hold, released=now), event


def erased(
    site: Site,
    ref: AdRef,
    first: Consent,
    by: ActorId,
    org: str,
    leaves: Sequence[str],
    groups: frozenset[str],
    now: Millis,
) -> ErasurePerformed:
    """The keys are gone. `leaves` are the leaf hashes (hex) whose groups cannot be opened again."""
    return ErasurePerformed(
        **header(site, ref, by, org, now),
        ad=ref.ad,
        basis=first.reason,
        approvers=[first.by, by],
        leaves=list(leaves),
        data_groups=sorted(groups),
    )
