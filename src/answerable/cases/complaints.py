"""Complaints, purely: who looks again, what they change, when whoever decided is not enough.

DSA, Regulation (EU) 2022/2065, art. 20: poster and alerter can have a decision looked at again,
by people. A complaint hides nothing and restores nothing; the decision that answers it does.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from answerable.cases import decide
from answerable.cases.model import (
    URGENCY_ALERT,
    Case,
    Cause,
    Decision,
    DecisionKind,
    Hand,
)
from answerable.events.complaints import ComplaintAnswered, ComplaintReceived
from answerable.kernel.errors import Breach, Conflict, Refusal
from answerable.kernel.ids import ActorId, AdId, AlertId, CaseId, DecisionId, Site, SubjectId
from answerable.kernel.limits import ALERT_TEXT_CHARS_MAX
from answerable.kernel.time import Millis

URGENCY_OF_POSTER = 35
"""After strong signals, before what merely lies there: somebody waits for an answer."""
COMPLAINT = "complaint"  # why an ad joins a case
SOMEBODY_NEW = (
    "a complaint is not turned down by those alone who decided before: "
    "somebody who had no part in it decides, or is the second"
)


class Side(StrEnum):
    """Who complains: whose ad it is, or who alerted us to it."""

    POSTER = "poster"
    ALERTER = "alerter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A complaint and where it waits. `deciders` are those of `decision`, the one complained of.

    `subject`: the chain on which its words stand, of the case that it came to.
    `answer`, `granted` and `answered` (ms) come together, with the decision that answers it.
    """

    id: str
    site: Site
    case: CaseId
    subject: SubjectId
    side: Side
    ad: AdId | None
    alert: AlertId | None
    decision: DecisionId | None
    deciders: tuple[ActorId, ...]
    received: Millis
    due: Millis
    answer: DecisionId | None = None
    granted: bool | None = None
    answered: Millis | None = None

    @property
    def waits(self) -> bool:
        return self.answered is None

    def grants(self, kind: DecisionKind) -> bool:
        """Is this what they asked for? The poster wants the ad back, the alerter wants it gone."""
        down = decide.takes_down(kind)
        return down if self.side is Side.ALERTER else not down


def check_words(text: str) -> str:
    """What they say, as they said it. Raises Refusal where it is nothing, or too much."""
    if not text.strip():
        raise Refusal("say in a line what should be looked at again")
    if len(text) > ALERT_TEXT_CHARS_MAX:
        raise Refusal("the complaint is too long", chars_max=ALERT_TEXT_CHARS_MAX)
    return text


def complained_of(cases: Iterable[Case], ad: AdId) -> Decision | None:
    """The newest decision of people on this ad that stands."""
    made = (d for case in cases for d in case.decisions if d.undone is None and ad in d.ads)
    return max(made, key=lambda d: (d.at, d.id), default=None)


def check_once(
    before: Iterable[Complaint], side: Side, alert: AlertId | None, decision: DecisionId | None
) -> None:
    """One complaint of an alert, ever; of a poster, one on each decision. Raises Conflict.

    `before`: what was said of this ad, or of this alert, already. Nobody learns from the refusal
    that somebody else complained, or that anything was decided since.
    """
    for one in before:
        if one.side is not side or one.alert != alert:
            continue
        if one.waits:
            raise Conflict("a complaint waits already and will be answered", complaint=one.id)
        if alert is not None or (decision is not None and decision in (one.decision, one.answer)):
            raise Conflict("this was looked at again already", complaint=one.id)


def take(
    complaint: Complaint,
    text: str,
    *,
    before: Case | None,
    synthetic: bool,
    hand: Hand,
    by: Hand,
    now: Millis,
) -> decide.Step:
    """The case that looks again, with the complaint on its chain. `by` is whoever complains.

    It joins `before`, the case in which the ad waits already, or opens one.
    """
    urgency = URGENCY_ALERT if complaint.side is Side.ALERTER else URGENCY_OF_POSTER
    if before is None:
        step = decide.open_case(
            site=complaint.site,
            case=complaint.case,
            subject=complaint.subject,
            cause=Cause.COMPLAINT,
            urgency=urgency,
            strong=False,
            synthetic=synthetic,
            ads=() if complaint.ad is None else (complaint.ad,),
            hand=hand,
            now=now,
        )
    elif complaint.ad is None or complaint.case != before.id:
        raise Breach("a complaint joins the case in which its ad waits")
    else:
        step = decide.join_word(before, complaint.ad, COMPLAINT, urgency, hand, now)
    said = ComplaintReceived(
        **decide.header(step.case, by, now),
        complaint=complaint.id,
        case=step.case.id,
        ad=complaint.ad,
        alert=complaint.alert,
        decision=complaint.decision,
        side=complaint.side.value,
        text=text,
    )
    return decide.Step(case=step.case, events=(*step.events, said))


def check_somebody_new(
    waiting: Iterable[Complaint],
    kind: DecisionKind,
    ads: Sequence[AdId],
    people: Collection[ActorId],
) -> None:
    """Raises Refusal where those who decided before would turn a complaint down by themselves.

    A report is never in question: whoever decides one may.
    """
    if kind is DecisionKind.REPORT:
        return
    for one in waiting:
        covered = one.ad is None or one.ad in ads
        if covered and not one.grants(kind) and set(people) <= set(one.deciders):
            raise Refusal(SOMEBODY_NEW, complaint=one.id)


def answer(
    case: Case, waiting: Iterable[Complaint], made: Decision, hand: Hand, now: Millis
) -> tuple[tuple[Complaint, ...], tuple[ComplaintAnswered, ...]]:
    """The complaints that this decision answers. `case` is the case afterwards.

    One on an ad is answered by the decision on it; one on no ad we know, once nothing waits.
    """
    answered, events = [], []
    for one in waiting:
        if one.ad not in made.ads if one.ad is not None else case.waits:
            continue
        after = replace(one, answer=made.id, granted=one.grants(made.kind), answered=now)
        answered.append(after)
        events.append(
            ComplaintAnswered(
                **decide.header(case, hand, now),
                complaint=one.id,
                case=case.id,
                decision=made.id,
                granted=one.grants(made.kind),
                within=now <= one.due,
            )
        )
    return tuple(answered), tuple(events)
