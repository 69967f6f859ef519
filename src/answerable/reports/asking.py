"""Asking for what a report lacks, hearing it, and following up on what came too late.

Asking holds up nothing: it comes after the duty is owed, and a report goes out at its time whether
the site answers or not. What is told after the bytes were written down is a new report on the same
decision, which names the earlier ones (docs/reports.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from answerable.access.decide import require
from answerable.access.model import Actor, ApiToken, Forbidden, Permission, Scope
from answerable.events.event import Recorded, event_header
from answerable.events.reports import (
    FactsAsked,
    FactsTold,
    ReportOwed,
)
from answerable.events.work import Runs
from answerable.kernel.canonical import canonical_bytes
from answerable.kernel.errors import Breach, Conflict, Refusal
from answerable.kernel.ids import ActorId, Ids, QuestionId, ReportId, Site, SubjectId
from answerable.kernel.limits import NOTE_CHARS_MAX
from answerable.kernel.requests import RequestKey
from answerable.reports.completeness import (
    Ask,
    Completeness,
    NotHeld,
    Want,
    asks,
    completeness,
)
from answerable.reports.document.facts import EspFacts
from answerable.reports.document.values import utc
from answerable.reports.gather import case_facts, words_erased
from answerable.reports.model import Duty, Question, Status
from answerable.reports.service import FILER
from answerable.reports.store import ReportsWork, TellsSite
from answerable.reports.told import (
    BY_REVIEWER,
    BY_SITE,
    asked,
    news,
    not_held,
    told_of,
    with_told,
)

ASK_SITE, PUSH_QUESTION = "reports.AskSite", "reports.PushQuestion"
FEED_LIMIT_MAX = 500
ROUTE = "questions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer: facts ad by ad, in the words of intake v1, and what will never come."""

    items: tuple[Mapping[str, Any], ...]
    not_held: tuple[Ask, ...] = ()


def case_subject(work: ReportsWork, duty: Duty) -> SubjectId:
    """The chain of the case, on which questions and answers stand."""
    return work.recorded(duty.decision_event).event.subject


class AskSite:
    """Then, after report.owed: what only the site can know is asked of it, each thing once."""

    def __init__(self, runs: Runs[ReportsWork], ids: Ids, esp: EspFacts) -> None:
        self._runs, self._ids, self._esp = runs, ids, esp

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, ReportOwed):
            raise Breach(f"{event.TYPE} asks for nothing")

        def fn(work: ReportsWork) -> None:
            if not work.once(recorded.id, ASK_SITE):
                return
            duty = work.reports.get(event.site, ReportId(event.report))
            if duty.status is not Status.WITHDRAWN:
                self._ask(work, duty)

        self._runs.run(fn)

    def _ask(self, work: ReportsWork, duty: Duty) -> None:
        subject = case_subject(work, duty)
        chain = work.chain_of(duty.site, subject)
        facts, known = case_facts(work, duty, self._esp), not_held(chain)
        wanted = asks(facts, known | asked(chain))
        if not wanted:
            return
        score, name = completeness(facts, known), QuestionId(self._ids.new())
        (recorded,) = work.record(
            FactsAsked(
                **event_header(duty.site, subject, FILER, work.now()),
                report=duty.id,
                question=name,
                items=[_plain(ask) for ask in wanted],
                completeness={"filled": score.filled, "applicable": score.applicable},
                until=duty.not_before,
            ),
            urgent=duty.urgent,
        )
        work.reports.put_question(
            Question(
                site=duty.site,
                id=name,
                number=work.reports.next_question(duty.site),
                report=duty.id,
                event=recorded.id,
                asked=work.now(),
                until=duty.not_before,
            )
        )


class PushQuestion:
    """Then, after facts.asked: the site's signed webhook hears it, until it says 2xx."""

    def __init__(self, runs: Runs[ReportsWork], tells: TellsSite) -> None:
        self._runs, self._tells = runs, tells

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, FactsAsked):
            raise Breach(f"{event.TYPE} is no question")
        if not self._tells.wanted(event.site):
            return
        name = QuestionId(event.question)
        question, duty = self._runs.read(
            lambda work: (
                work.reports.question(event.site, name),
                work.reports.get(event.site, ReportId(event.report)),
            )
        )
        if question.answered is None and duty.status is not Status.WITHDRAWN:
            self._tells.push(event.site, canonical_bytes(as_feed(question, event)))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPage:
    """A page of the feed; `next` is the cursor to go on from."""

    questions: tuple[Mapping[str, Any], ...]
    next: int


class ReadQuestions:
    """GET /v1/questions: what the site was asked, in order, without gaps."""

    def __init__(self, runs: Runs[ReportsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, after: int, limit: int) -> QuestionPage:
        def fn(work: ReportsWork) -> QuestionPage:
            found = work.reports.questions(site, after, max(1, min(limit, FEED_LIMIT_MAX)))
            rows = []
            for question in found:
                event = work.recorded(question.event).event
                if isinstance(event, FactsAsked):
                    rows.append(as_feed(question, event))
            return QuestionPage(questions=tuple(rows), next=found[-1].number if found else after)

        return self._runs.read(fn)


def as_feed(question: Question, event: FactsAsked) -> dict[str, Any]:
    """What the site reads: which ads, which fields, until when. Never why."""
    return {
        "number": question.number,
        "question": question.id,
        "asked": question.asked,
        "until": question.until,
        "answered": question.answered,
        "items": list(event.items or ()),  # None: erased since
    }


class TellFacts:
    """The site's answer, or a reviewer's word. May be said again and added to; nothing is lost."""

    def __init__(self, runs: Runs[ReportsWork], esp: EspFacts) -> None:
        self._runs, self._esp = runs, esp

    def by_site(
        self, token: ApiToken, question: QuestionId, told: Told, key: RequestKey | None = None
    ) -> Question:
        """Raises Forbidden, NotFound, Refusal (an ad of another report; nothing told) or
        Conflict (the key was used for other bytes)."""
        if Scope.INTAKE not in token.scopes:
            raise Forbidden("this token may not tell facts of ads")
        site, route = token.site, f"{ROUTE}/{question}"

        def fn(work: ReportsWork) -> Question:
            report = work.reports.question(site, question).report
            duty = work.reports.latest_of(site, report, lock=True)  # before the chain of the case
            found = work.reports.question(site, question, lock=True)
            if key is not None:
                if work.reports.answered(site, route, key.key, key.request_sha256) is not None:
                    return found
                work.reports.remember(site, route, key.key, key.request_sha256, {}, work.now())
            self._tell(work, duty, told, ActorId(f"token:{token.id}"), "site", found)
            return work.reports.question(site, question)

        return self._runs.run(fn)

    def by_reviewer(self, site: Site, by: Actor, report: ReportId, told: Told) -> None:
        """Raises Forbidden, NotFound or Refusal."""
        require(by, Permission.CASE_DECIDE, site)

        def fn(work: ReportsWork) -> None:
            duty = work.reports.latest_of(site, report, lock=True)
            if duty.status is Status.WITHDRAWN:
                raise Conflict("this report was taken back before it was filed")
            question = work.reports.question_of(site, report, lock=True)
            self._tell(work, duty, told, by.id, by.organisation, question)

        self._runs.run(fn)

    def _tell(
        self,
        work: ReportsWork,
        duty: Duty,
        told: Told,
        actor: ActorId,
        org: str,
        question: Question | None,
    ) -> None:
        """Of a report that was taken back it is heard all the same: whoever answers learns nothing
        of what became of it. What was told before in these very words is told already."""
        _check(told, names_of(work, duty))
        subject = case_subject(work, duty)
        chain = work.chain_of(duty.site, subject)
        items, never = news(told.items, chain), not_held(chain)
        complete = question is not None and not self._left(work, duty, told, actor, question)
        if question is not None and complete and question.answered is None:
            work.reports.put_question(replace(question, answered=work.now()))
        elif not items and not any(_pairs(told) - never):
            return
        work.record(
            FactsTold(
                **event_header(duty.site, subject, actor, work.now(), org=org),
                report=duty.id,
                question=None if question is None else question.id,
                items=items,
                not_held=[
                    {"external_id": one.external_id, "fields": [w.value for w in one.want]}
                    for one in told.not_held
                ],
                complete=complete,
            ),
            urgent=duty.urgent,
        )

    def _left(
        self, work: ReportsWork, duty: Duty, told: Told, actor: ActorId, question: Question
    ) -> bool:
        """Is anything that this question asked still neither told nor said not to exist?"""
        chain = work.chain_of(duty.site, case_subject(work, duty))
        by, at = BY_REVIEWER if actor.startswith("staff:") else BY_SITE, utc(work.now())
        items: dict[str, list[Any]] = {}
        for item in told.items:
            items.setdefault(str(item["external_id"]), []).append(told_of(item, by, at))
        facts = with_told(
            case_facts(work, duty, self._esp), {ad: tuple(one) for ad, one in items.items()}
        )
        never = not_held(chain) | _pairs(told)
        event = work.recorded(question.event).event
        wanted = {
            (str(item["external_id"]), str(name))
            for item in (isinstance(event, FactsAsked) and event.items) or ()
            for name in item["want"]
        }
        missing = {(ask.external_id, w.value) for ask in asks(facts, never) for w in ask.want}
        return bool(wanted & missing)


def names_of(work: ReportsWork, duty: Duty) -> frozenset[str]:
    """The external ids of a report's ads."""
    return frozenset(work.reports.ad_key(duty.site, ad).external_id for ad in duty.ads)


def _pairs(told: Told) -> NotHeld:
    """(external id, field) of all that will never come."""
    return frozenset((one.external_id, want.value) for one in told.not_held for want in one.want)


def _check(told: Told, ads: frozenset[str]) -> None:
    strange = {str(item["external_id"]) for item in told.items} | {
        one.external_id for one in told.not_held
    }
    if strange - ads:
        raise Refusal("an ad that this report does not name", ads=sorted(strange - ads))
    if not any(len(item) > 1 for item in told.items) and not told.not_held:
        raise Refusal("nothing is told: name a fact, or say what you do not hold")
    for item in told.items:
        if len(item.get("note") or "") > NOTE_CHARS_MAX:
            raise Refusal("a note is too long", chars_max=NOTE_CHARS_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a report has and lacks now, and what the site was asked."""

    score: Completeness
    question: Question | None
    wanted: tuple[Ask, ...]


def standing_of(work: ReportsWork, duty: Duty, esp: EspFacts) -> Standing | None:
    """As of now; None where words of its ads are erased."""
    if words_erased(work, duty):
        return None
    facts = case_facts(work, duty, esp)
    known = not_held(work.chain_of(duty.site, case_subject(work, duty)))
    return Standing(
        score=completeness(facts, known),
        question=work.reports.question_of(duty.site, duty.id),
        wanted=asks(facts, known),
    )


class ReadStanding:
    """For the page of a report: its completeness as of now. Raises Forbidden or NotFound."""

    def __init__(self, runs: Runs[ReportsWork], esp: EspFacts) -> None:
        self._runs, self._esp = runs, esp

    def __call__(self, site: Site, by: Actor, report: ReportId) -> Standing | None:
        require(by, Permission.REPORT_READ, site)
        return self._runs.read(
            lambda work: standing_of(work, work.reports.get(site, report), self._esp)
        )


def waits_for_facts(work: ReportsWork, duty: Duty) -> bool:
    """Was the site asked, and has it not said all? Then a report that is not urgent waits."""
    question = work.reports.question_of(duty.site, duty.id)
    return question is not None and question.answered is None


def ask_of(external_id: str, fields: Sequence[str]) -> Ask:
    """What an answer says will never come. Raises Refusal for a field that is never asked for."""
    known = {want.value: want for want in Want}
    strange = [name for name in fields if name not in known]
    if strange:
        raise Refusal("no such field is asked for", fields=strange, known=sorted(known))
    want = tuple(dict.fromkeys(known[name] for name in fields))
    return Ask(external_id=external_id, account=None, want=want)


def _plain(ask: Ask) -> dict[str, Any]:
    return {
        "external_id": ask.external_id,
        "account": ask.account,
        "want": [want.value for want in ask.want],
    }
