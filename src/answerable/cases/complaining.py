"""Complaints, asked and answered: taken in, looked up, and answered with the decision.

Whoever complains is nobody of the staff: the door has checked that the site sent it for its poster,
or that the words of a receipt were right.
"""

from collections.abc import Iterable

from answerable.cases import complaints
from answerable.cases.complaints import Complaint, Side
from answerable.cases.hearing import (
    ANYBODY,
    CASES,
    CASES_LOOKED_AT,
    heard,
    keep_with_clock,
    settle_proposal,
    standing,
)
from answerable.cases.model import AdRef, Case, Decision, DecisionKind, Hand
from answerable.cases.store import CasesWork
from answerable.events.cases import CaseDecided
from answerable.events.duties.clocks import COMPLAINT_ANSWER, Stop
from answerable.events.event import Recorded
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, Conflict, NotFound
from answerable.kernel.ids import (
    ActorId,
    AdId,
    AlertId,
    CaseId,
    DecisionId,
    Ids,
    Site,
    SubjectId,
)

POSTER = ActorId("poster")
NOT_ANSWERED = "this alert is not answered yet: a person is still to look"


class Complain:
    """Take a complaint in: a case looks again and its clock runs. Nothing is hidden or restored."""

    def __init__(self, runs: Runs[CasesWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def of_poster(self, site: Site, external_id: str, text: str) -> Complaint:
        """The site sends it for whoever posted the ad.

        Raises NotFound, Conflict (one waits, this was looked at again, or the ad is not kept from
        being seen) or Refusal.
        """
        words = complaints.check_words(text)

        def work(w: CasesWork) -> Complaint:
            ref = w.cases.ad_named(site, external_id)
            if ref is None or ref.external_id != external_id:
                raise NotFound("no ad has this external_id", external_id=external_id)
            found = w.cases.open_case_of(site, ref.ad)  # locks the ad: one complaint at a time
            made = self._complained_of(w, site, ref)
            if made is None and found is None and not standing(w, ref, site).down:
                raise Conflict("nothing was decided against this ad", external_id=external_id)
            return self._take(w, site, Side.POSTER, ref, None, made, found, words)

        return self._runs.run(work)

    def of_alerter(self, site: Site, alert: AlertId, text: str) -> Complaint:
        """Whoever has the words of the receipt. Raises NotFound, Conflict (not answered yet, one
        waits, or this was looked at again) or Refusal."""
        words = complaints.check_words(text)

        def work(w: CasesWork) -> Complaint:
            name = w.cases.case_of_alert(site, alert)
            if name is None:
                raise NotFound("no case answers this alert", alert=alert)
            case = w.cases.locked(site, name)
            mine = next((one for one in case.alerts if one.alert == alert), None)
            if mine is None or mine.answered is None:
                raise Conflict(NOT_ANSWERED, alert=alert)
            if mine.ad is None:
                made = max(_standing(case), key=lambda d: (d.at, d.id), default=None)
                return self._take(w, site, Side.ALERTER, None, alert, made, None, words)
            ref = w.cases.ad_of(site, mine.ad)
            found = w.cases.open_case_of(site, mine.ad)
            made = self._complained_of(w, site, ref)
            return self._take(w, site, Side.ALERTER, ref, alert, made, found, words)

        return self._runs.run(work)

    def _complained_of(self, w: CasesWork, site: Site, ref: AdRef) -> Decision | None:
        return complaints.complained_of(w.cases.cases_of(site, ref.ad, CASES_LOOKED_AT), ref.ad)

    def _take(
        self,
        w: CasesWork,
        site: Site,
        side: Side,
        ref: AdRef | None,
        alert: AlertId | None,
        made: Decision | None,
        found: Case | None,
        words: str,
    ) -> Complaint:
        ad, now = None if ref is None else ref.ad, w.now()
        before = w.cases.complaints_about(site, ad, alert)
        complaints.check_once(before, side, alert, None if made is None else made.id)
        complaint = Complaint(
            id=self._ids.new(),
            site=site,
            case=CaseId(self._ids.new()) if found is None else found.id,
            subject=SubjectId(self._ids.new()) if found is None else found.subject,
            side=side,
            ad=ad,
            alert=alert,
            decision=None if made is None else made.id,
            deciders=() if made is None else _deciders(made),
            received=now,
            due=COMPLAINT_ANSWER.ends(now),
        )
        step = complaints.take(
            complaint,
            words,
            before=found,
            synthetic=w.cases.is_synthetic(site),
            hand=CASES,
            by=Hand(actor=POSTER if side is Side.POSTER else ANYBODY),
            now=now,
        )
        kept = keep_with_clock(w, step, COMPLAINT_ANSWER, ad, self._ids)
        w.cases.put_complaint(complaint)
        settle_proposal(w, kept, Stop.VOID, CASES)
        return complaint


class ReadComplaints:
    """What became of complaints: by id for the site, by alert for whoever alerted us, by case."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, complaint: str) -> Complaint:
        """A poster's own; an alerter's is not the site's to read. Raises NotFound."""
        found = self._runs.read(lambda w: w.cases.complaint(site, complaint))
        if found is None or found.side is not Side.POSTER:
            raise NotFound("no such complaint", complaint=complaint)
        return found

    def of_alert(self, site: Site, alert: AlertId) -> tuple[Complaint, ...]:
        return self._runs.read(
            lambda w: tuple(
                one
                for one in w.cases.complaints_about(site, None, alert)
                if one.side is Side.ALERTER
            )
        )


class AnswerComplaints:
    """With case.decided: each complaint that it covers is answered, singly."""

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event = heard(recorded, CaseDecided)
        site, name = event.site, CaseId(event.case)
        waiting = work.cases.complaints_of(site, name, waiting=True)
        if not waiting:
            return
        case = work.cases.locked(site, name)
        made = case.decision(DecisionId(event.decision))
        if made is None or made.kind is not DecisionKind(event.kind):
            raise Breach("a decision is recorded that its case does not know")
        hand = Hand(actor=event.actor, org=event.org)
        answered, events = complaints.answer(case, waiting, made, hand, work.now())
        for one in answered:
            work.cases.put_complaint(one)
        work.record(*events)


def check_somebody_new(
    work: CasesWork, case: Case, kind: DecisionKind, ads: Iterable[AdId], *people: ActorId
) -> None:
    """Raises Refusal where a complaint would be turned down by those alone who decided before."""
    waiting = work.cases.complaints_of(case.site, case.id, waiting=True)
    complaints.check_somebody_new(waiting, kind, tuple(ads), people)


def _standing(case: Case) -> tuple[Decision, ...]:
    return tuple(made for made in case.decisions if made.undone is None)


def _deciders(made: Decision) -> tuple[ActorId, ...]:
    people = (made.reviewer, *(() if made.second is None else (made.second,)), *made.answering)
    return tuple(dict.fromkeys(people))
