"""Events and states in words: who did what, for the history of a case and of an ad. Pure.

Reasons and other free words are a person's own and stand beside the sentence, never in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from answerable.ads.directives import Directive, DirectiveState
from answerable.apps.console.report_words import sentence_of_report, words_of_report
from answerable.cases.model import Case, CaseStatus, DecisionKind
from answerable.cases.queue import band_of
from answerable.events import (
    ads,
    alerts,
    cases,
    clocks,
    complaints,
    directives,
    networks,
    preservation,
    screening,
    watches,
)
from answerable.events.event import Event, Recorded
from answerable.kernel.ids import ActorId
from answerable.kernel.time import Millis
from answerable.reports.model import Status

CAUSES = {
    "alert": "an alert",
    "screening": "screening",
    "staff": "opened by hand",
    "audit": "the audit",
    "watch": "a watch",
    "complaint": "a complaint",
}
CASE_STATUS = {
    CaseStatus.OPEN: "open",
    CaseStatus.WAITING_SECOND: "waits for a second person",
    CaseStatus.HEAD_ON_CALL: "for the head on call",
    CaseStatus.DECIDED: "decided",
    CaseStatus.MERGED: "merged into another case",
}
KINDS = {
    DecisionKind.REPORT: "report",
    DecisionKind.REMOVE: "remove",
    DecisionKind.RESTRICT: "restrict",
    DecisionKind.WARN: "warn",
    DecisionKind.NO_ACTION: "no action",
}
BASIS = {
    "alert": "An alert says so",
    "stated_age": "A stated age",
    "known_image": "A known image",
    "contact_match": "A contact that is known from elsewhere",
    "other": "Another fact, in words",
}
REPORT_STATUS = {
    Status.OWED: "owed",
    Status.INTENDED: "bytes written down",
    Status.SUBMITTING: "being submitted",
    Status.OPENED: "opened at the CyberTipline",
    Status.UPLOADING: "files going up",
    Status.FINISHING: "being finished",
    Status.FINISHED: "finished",
    Status.NEEDS_PERSON: "needs a person",
    Status.BY_HAND: "to be filed by hand",
    Status.WITHDRAWN: "withdrawn",
}
REASONS = {
    "minor_suspected": "suspects a minor",
    "stated_age": "an age is stated",
    "knows_child": "knows the child",
    "missing_child": "a missing child",
    "coerced": "somebody is coerced",
    "image_without_consent": "an image published without consent",
    "other": "another reason",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a history: when, who, what; `words` are somebody's own."""

    at: Millis
    who: str
    what: str
    words: str | None = None


class People:
    """Actor ids as names."""

    def __init__(self, names: Mapping[ActorId, str]) -> None:
        self._names = names

    def name(self, actor: ActorId) -> str:
        found = self._names.get(actor)
        if found is not None:
            return found
        kind, _, rest = actor.partition(":")
        if kind == "system":
            return f"the house ({rest})"
        return {"poster": "the poster", "public": "the public", "site": "the site"}.get(
            actor, "somebody who has left" if kind == "staff" else str(actor)
        )


def history(chain: Iterable[Recorded], people: People) -> tuple[Line, ...]:
    """Every event of a chain, in order."""
    return tuple(
        Line(
            at=recorded.recorded,
            who=people.name(recorded.event.actor),
            what=sentence(recorded.event, people),
            words=own_words(recorded.event),
        )
        for recorded in chain
    )


def own_words(event: Event) -> str | None:
    """The free words of whoever acted; None where there are none, or where they are erased."""
    match event:
        case cases.DecisionProposed() | cases.DecisionContradicted() | cases.DecisionUndone():
            return event.reason or None
        case cases.CaseDecided():
            return event.reason or None
        case cases.CaseHandedOver():
            return event.note or None
        case cases.CaseMerged():
            return event.reason or None
        case preservation.HoldReleased():
            return event.reason or None
        case clocks.ClockExtended():
            return event.reason or None
        case clocks.DutyDone():
            return ". ".join(filter(None, (event.to, event.reference, event.words))) or None
        case watches.WatchStarted() | watches.WatchRefused():
            return event.reason or None
        case watches.WatchRenewed() | watches.WatchEnded():
            return event.reason or None
        case _:
            return words_of_report(event)


def sentence(event: Event, people: People) -> str:
    """What happened, in one sentence without full stop."""
    match event:
        case cases.CaseOpened():
            cause = CAUSES.get(event.cause, event.cause)
            return f"opened the case ({cause}), urgency {event.urgency}, ads: {_count(event.ads)}"
        case cases.CaseJoined(alert=None):
            return f"an ad came to the case ({event.reason}), urgency {event.urgency}"
        case cases.CaseJoined():
            return f"another alert came to the case, urgency {event.urgency}"
        case complaints.ComplaintReceived():
            against = "the decision" if event.decision else "what keeps the ad from being seen"
            return f"complained of {against} ({event.side})"
        case complaints.ComplaintAnswered():
            how = "as was asked" if event.granted else "as before"
            return f"a complaint was answered: {how} ({'in time' if event.within else 'late'})"
        case cases.CaseHandedOver():
            return f"handed the case to {people.name(ActorId(event.to))}"
        case cases.CaseMerged(side="from"):
            return "merged what waits here into another case"
        case cases.CaseMerged():
            alerts = _count(event.alerts)
            return (
                f"merged another case into this one: ads: {_count(event.ads)}, alerts: {alerts}, "
                f"urgency {event.urgency}"
            )
        case networks.ResubmissionFound():
            reasons = ", ".join(spaced(one) for one in event.reasons)
            changed = ", ".join(event.changes) or "nothing"
            return f"found that the ad comes back ({reasons}; changed: {changed})"
        case cases.ClockStarted():
            return f"a clock started: {spaced(event.duty)}"
        case cases.ClockStopped():
            late = ", late" if event.late else ", in time"
            return f"a clock stopped: {spaced(event.duty)} ({event.how}{late})"
        case clocks.ClockExtended():
            return f"moved the end of a clock, with another: {spaced(event.duty)}"
        case clocks.ClockEscalated():
            whom = f"{spaced(event.circle)} ({_count(event.people)})" if event.people else "nobody"
            return f"told {whom} of a clock: {spaced(event.duty)}"
        case clocks.ClockAcknowledged():
            return f"has heard of a clock: {spaced(event.duty)}"
        case clocks.DutyDone():
            return f"did outside what a clock asked: {spaced(event.duty)}"
        case cases.EvidenceViewed():
            much = "the whole of" if event.full else "a part of"
            return f"looked at {much} file {event.sha256[:12]}…"
        case cases.DecisionProposed():
            return f"proposed {spaced(event.kind)} on {_count(event.ads)} of the ads"
        case cases.DecisionContradicted():
            return "said no to the proposal"
        case cases.ProposalLapsed():
            return f"nobody seconded the proposal in time: {spaced(event.becomes)}"
        case cases.DecisionUndone():
            return "took the report back"
        case cases.CaseDecided():
            return _decided(event, people)
        case _:
            return _sentence_of_an_ad(event)


def _decided(event: cases.CaseDecided, people: People) -> str:
    said = f"decided {spaced(event.kind)} on {_count(event.ads)} of the ads"
    if event.second:
        said += f", with {people.name(ActorId(event.second))}"
    if event.kind == DecisionKind.REPORT:
        facts = ", ".join(spaced(kind) for kind in event.basis_kinds or ())
        said += f"; basis: {facts}" if facts else "; no single fact suggesting a minor"
    return said + ("; urgent" if event.urgent else "")


def _sentence_of_an_ad(event: Event) -> str:
    match event:
        case ads.AdReceived():
            return f"revision {_number(event.revision)} was received ({event.source or 'unknown'})"
        case ads.AdPlaced():
            verb = event.TYPE.split(".")[1]
            return f"revision {_number(event.revision)} was {verb} on {event.channel or 'erased'}"
        case ads.AdExpired():
            return f"a placement ended: {event.TYPE.split('.')[1]}"
        case screening.ScreeningOwed():
            return f"screening was owed ({event.cause})"
        case screening.ScreenJudged():
            return (
                f"screening of revision {_number(event.revision)} said {event.verdict or 'erased'}"
            )
        case screening.CouldNotScreen():
            return f"revision {_number(event.revision)} could not be screened"
        case directives.DirectiveIssued():
            return f"the site was told: {event.action} (no. {event.number}, by {event.cause})"
        case directives.DirectiveAcknowledged():
            return "the site says that it has done so"
        case directives.DirectiveObserved():
            agrees = "as told" if event.agrees else "not as told"
            return f"a look at the ad: {event.seen}, {agrees}"
        case directives.DirectiveOverdue():
            return f"the directive is overdue ({event.state})"
        case preservation.HoldPlaced():
            return f"a hold was placed ({event.ground})"
        case preservation.HoldDated():
            return f"the end of a hold became known ({event.because})"
        case preservation.HoldReleased():
            return "two people released a hold"
        case preservation.ErasurePerformed():
            return f"erased by two people: {', '.join(event.data_groups or ())}"
        case alerts.AlertReceived():
            return "an alert was received"
        case _:
            return _sentence_of_a_watch(event)


def _sentence_of_a_watch(event: Event) -> str:
    match event:
        case watches.WatchMatched():
            kinds = ", ".join(event.kinds or ())
            return f"a watch matched revision {_number(event.revision)} ({kinds}; {event.how})"
        case watches.WatchAsked():
            waits = "" if event.at_once else "; it waits for a look"
            return f"asked for a watch of {event.days} days ({event.role}){waits}"
        case watches.WatchStarted():
            return "started the watch"
        case watches.WatchRefused():
            return "refused the watch"
        case watches.WatchRenewed():
            return "renewed the watch"
        case watches.WatchEnded():
            return f"ended the watch ({spaced(event.why)})"
        case watches.WatchSearched():
            return (
                f"searched the archive for {event.terms} terms: {event.found} ads agree, "
                f"{event.matched} were proposed"
            )
        case _:
            return sentence_of_report(event) or event.TYPE


def spaced(word: str) -> str:
    """`stated_age` as `stated age`."""
    return word.replace("_", " ")


def _count(things: object) -> str:
    return "?" if things is None else str(len(things))  # type: ignore[arg-type]


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obeyed:
    """How far the site has come with a directive, and how that looks on a page."""

    words: str
    tone: str  # good, warn, bad or ""


def obeyed(directive: Directive) -> Obeyed:
    """`overdue` wins over the rest; what another directive replaced is past caring."""
    if directive.replaced is not None:
        return Obeyed(words=f"{directive.state.value}, replaced since", tone="")
    if directive.overdue is not None and directive.state is not DirectiveState.OBSERVED:
        return Obeyed(words=f"overdue ({directive.state.value})", tone="bad")
    match directive.state:
        case DirectiveState.OBSERVED:
            return Obeyed(words="observed", tone="good")
        case DirectiveState.ACKNOWLEDGED:
            return Obeyed(words="acknowledged, not seen yet", tone="warn")
        case DirectiveState.ISSUED:
            return Obeyed(words="issued", tone="warn")


def report_tone(status: Status) -> str:
    match status:
        case Status.FINISHED:
            return "good"
        case Status.NEEDS_PERSON:
            return "bad"
        case Status.WITHDRAWN:
            return ""
        case _:
            return "warn"


def urgency_word(case: Case) -> str:
    """The number is for sorting; the word is for people."""
    return band_of(case.urgency).value
