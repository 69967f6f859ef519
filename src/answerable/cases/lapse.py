"""A proposal that nobody seconded in time, purely: what it lapses to. Never to what it proposed."""

from dataclasses import dataclass, replace

from answerable.cases.decide import header
from answerable.cases.model import Basis, BasisKind, Case, Choice, DecisionKind, Hand, Proposal
from answerable.cases.policy import AfterLapse, Policy
from answerable.events.cases import ProposalLapsed
from answerable.kernel.ids import ActorId
from answerable.kernel.time import Millis

HOUSE = Hand(actor=ActorId("system:cases"))
REASON = "No second person agreed in time that there is nothing; reported by policy of the site."
STRONG_SIGNAL = "A strong signal of screening, on which nobody decided that it is nothing."


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """The case without its proposal, what is recorded, and the report that follows, if one does."""

    case: Case
    event: ProposalLapsed
    report: Choice | None


def lapse(case: Case, proposal: Proposal, policy: Policy | None, now: Millis) -> Lapsed:
    """Head on call; or report, where a `policy` says so and there is an ad to report."""
    ads = tuple(ad for ad in proposal.ads if ad in case.undecided)
    leaf = policy.leaf if policy is not None and policy.lapse is AfterLapse.REPORT else None
    reported = leaf is not None and bool(ads)
    event = ProposalLapsed(
        **header(case, HOUSE, now),
        refs=(leaf,) if reported and leaf is not None else (),
        case=case.id,
        decision=proposal.decision,
        becomes=(AfterLapse.REPORT if reported else AfterLapse.HEAD_ON_CALL).value,
        policy=leaf if reported else None,
    )
    signal = Basis(kind=BasisKind.OTHER, words=STRONG_SIGNAL)
    choice = Choice(
        kind=DecisionKind.REPORT,
        ads=ads,
        reason=REASON,
        basis=(Basis(kind=BasisKind.ALERT) if case.by_alert else signal,),
    )
    return Lapsed(
        case=replace(case, proposal=None, lapsed=now),
        event=event,
        report=choice if reported else None,
    )
