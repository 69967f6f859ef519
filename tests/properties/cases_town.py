"""A town of reviewers for the machine of cases: each thing that somebody does, beside the model."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.databases import SITE
from tests.properties.cases_model import Plain
from tests.unit.case_room import (
    ANA,
    BEN,
    IDS,
    SAM,
    SUE,
    Room,
    choose,
    enrol,
    reports,
    set_policy,
)

from answerable.cases.complaining import Complain
from answerable.cases.lapsing import LapseProposals
from answerable.cases.model import Case, Clock, DecisionKind
from answerable.cases.policy import AfterLapse, SecondOrg
from answerable.cases.service import ClaimCase
from answerable.cases.serving import HandOver, PassCase
from answerable.events.alerts import AlertAnswered, AlertAttached
from answerable.events.cases import (
    CaseDecided,
    CaseMerged,
    ClockStarted,
    ClockStopped,
    DecisionProposed,
)
from answerable.events.duties.alerted import count_alerts
from answerable.events.duties.complained import complaints_not_kept
from answerable.events.duties.seconds import seconds_not_kept
from answerable.events.duties.timing import late_clocks
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import AlertId, CaseId, DecisionId
from answerable.kernel.time import DAY, HOUR, from_datetime
from answerable.preservation import service as keeping
from answerable.preservation.model import Hold

LAST_WORKING_DAY = from_datetime(datetime(2036, 11, 30, tzinfo=UTC))
NAMES = ("bike-0", "bike-1", "bike-2")
PEOPLE = {person.name: person for person in (ANA, BEN, SAM)}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that somebody does, with whatever it may need."""

    does: str
    name: str
    who: str
    kind: DecisionKind
    pick: int
    days: int
    strong: bool


class Town:
    """Everybody does anything at any time. `seen` counts what was done, and what was refused."""

    def __init__(self, room: Room, seen: Counter[str], *, reports: bool) -> None:
        """`reports`: two people answer for it that a proposal lapses to a report."""
        self.room, self.seen, self.reports = room, seen, reports
        self.plain, self.clocks = Plain(), dict[str, Clock]()
        enrol(room, ANA, BEN, SAM, SUE)
        if reports:
            set_policy(room, SecondOrg.ANY, AfterLapse.REPORT)
        self.ads = {name: room.ad(name) for name in NAMES}
        self.doing = ""

    def live(self, steps: list[Step]) -> None:
        for step in steps:
            self.doing = step.does
            getattr(self, step.does)(step)
            self.the_plain_model_agrees()
        self.no_alert_was_closed_by_one()
        self.the_auditor_finds_nothing_false()

    def now(self) -> int:
        return self.room.at()

    def expect(self, allowed: bool, do: Callable[[], Any]) -> Any:
        """It happens exactly where the model allows it."""
        self.seen[f"{self.doing}: {'done' if allowed else 'refused'}"] += 1
        if allowed:
            return do()
        with pytest.raises(Refusal):
            do()
        return None

    # what comes in

    def somebody_alerts(self, step: Step) -> None:
        name = step.name
        expected = self.plain.open_case(name)
        case = self.room.alert(name).id
        assert expected in (case, None)
        assert expected is not None or case not in self.plain.cases()
        self.plain.add("alert", self.now(), case=case, ad=name)

    def screening_finds(self, step: Step) -> None:
        name, strong = step.name, step.strong
        expected = self.plain.open_case(name)
        case = self.room.judged(self.ads[name], strong=strong)
        assert case is not None
        assert expected in (case.id, None)
        self.plain.add("finding", self.now(), case=case.id, ad=name, strong=strong)

    def time_passes_and_decides_nothing(self, step: Step) -> None:
        """Proposals lapse, if they are old enough; everything else stays as it was."""
        before = {case: self.plain.status(case) for case in self.plain.cases()}
        over = {c: p for c in self.plain.cases() if (p := self.plain.proposal(c)) is not None}
        self.room.time.pass_(step.days * DAY + HOUR)
        now = self.now()
        over = {c: p for c, p in over.items() if p["at"] + 12 * HOUR < now}
        assert LapseProposals(self.room.store, IDS)(SITE) == len(over)
        for case, proposal in over.items():
            self.seen["a proposal lapsed"] += 1
            self.plain.add("lapse", now, case=case)
            ads = tuple(ad for ad in proposal["ads"] if ad in self.plain.undecided(case))
            made = [d for d in self.system(case).decisions if d.reviewer == "system:cases"]
            made = [d for d in made if d.at == now]
            assert len(made) == (self.reports and bool(ads)), "never to what it proposed"
            if made:
                self.seen["the house reported"] += 1
                assert made[0].kind is DecisionKind.REPORT
                self.note_decision(case, made[0], "the house", ads)
        for case, status in before.items():
            if case not in over:
                assert self.system_status(case) == status

    # what people do

    def one_proposes_no_action(self, step: Step) -> None:
        name, who = step.name, step.who
        case = self.plain.open_case(name)
        if case is None:
            return
        allowed = self.plain.proposal(case) is None
        made = self.expect(
            allowed,
            lambda: self.room.propose(PEOPLE[who], self.system(case), self.ads[name]),
        )
        if made is not None:
            self.plain.add(
                "propose", self.now(), case=case, by=who, ads=(name,), id=made.proposal.decision
            )

    def another_agrees(self, step: Step) -> None:
        pick, who = step.pick, step.who
        waiting = [c for c in self.plain.cases() if self.plain.proposal(c)]
        if not waiting:
            return
        case = waiting[pick % len(waiting)]
        proposal = self.plain.proposal(case)
        assert proposal is not None
        who = proposal["by"] if pick % 2 else who  # often the very person who proposed
        made = self.expect(
            proposal["by"] != who
            and self.plain.somebody_new(case, "no_action", proposal["ads"], proposal["by"], who),
            lambda: self.room.second(PEOPLE[who], self.system(case), DecisionId(proposal["id"])),
        )
        if made is not None:
            self.note_decision(case, made, proposal["by"], proposal["ads"], second=who)

    def somebody_contradicts(self, step: Step) -> None:
        pick, who = step.pick, step.who
        waiting = [c for c in self.plain.cases() if self.plain.proposal(c)]
        if not waiting:
            return
        case = waiting[pick % len(waiting)]
        proposal = self.plain.proposal(case)
        assert proposal is not None
        self.room.contradict(PEOPLE[who], self.system(case), DecisionId(proposal["id"]))
        self.plain.add("contradict", self.now(), case=case)

    def one_decides(self, step: Step) -> None:
        name, who, kind = step.name, step.who, step.kind
        complaints = self.plain.complaints() if step.strong else []
        for one in complaints:  # often whoever decided before, against what is complained of
            case, answer = self.plain.answer(one)
            if answer is None and self.plain.open_case(one["ad"]) == case:
                name, kind = one["ad"], DecisionKind.WARN if one["alert"] else DecisionKind.REMOVE
                who = next((p for p in one["deciders"] if p in PEOPLE), who)
        case = self.plain.open_case(name)
        if case is None:
            return
        allowed = kind is not DecisionKind.NO_ACTION or not self.plain.takes_two(case)
        new = self.plain.somebody_new(case, kind.value, (name,), who)
        self.seen["somebody new is asked for"] += allowed and not new
        allowed, ad = allowed and new, self.ads[name]
        choice = reports(ad) if kind is DecisionKind.REPORT else choose(kind, ad)
        made = self.expect(
            allowed, lambda: self.room.decide(PEOPLE[who], self.system(case), choice)
        )
        if made is not None:
            self.note_decision(case, made, who, (name,))

    def anybody_reports_whatever_was_decided(self, step: Step) -> None:
        name, who, pick = step.name, step.who, step.pick
        having = self.plain.ever_in(name)
        if not having:
            return
        merged = [c for c in having if self.plain.where(c, name) != c]
        page = (merged if step.strong and merged else having)[0 if merged else pick % len(having)]
        case = self.plain.where(page, name)
        self.seen["a report from the page of a merged case"] += page != case
        allowed = self.plain.kind_of(case, name) != "report"
        made = self.expect(
            allowed,
            lambda: self.room.decide(PEOPLE[who], self.system(page), reports(self.ads[name])),
        )
        if made is not None:
            self.note_decision(case, made, who, (name,))

    def somebody_complains(self, step: Step) -> None:
        name, now = step.name, self.now()
        if now > LAST_WORKING_DAY:
            return  # no table of holidays reaches so far
        alert = self.some_answered_alert(name) if step.strong else None
        made, expected = self.plain.newest_decision(name), self.plain.open_case(name)
        complain = Complain(self.room.store, IDS)
        done = self.expect(
            self.plain.may_complain(name, alert),
            lambda: (
                complain.of_poster(SITE, name, "look again")
                if alert is None
                else complain.of_alerter(SITE, alert, "look again")
            ),
        )
        if done is None:
            return
        assert done.decision == (None if made is None else made["id"])
        assert expected in (done.case, None)
        self.seen["an alerter complained"] += alert is not None
        self.plain.add(
            "complain",
            now,
            case=done.case,
            ad=name,
            alert=alert,
            id=done.id,
            decision=done.decision,
            deciders=() if made is None else made["people"],
        )

    def some_answered_alert(self, name: str) -> AlertId | None:
        ad, cases = self.ads[name], map(self.system, self.plain.cases())
        alerts = [a for case in cases for a in case.alerts if a.ad == ad]
        return next((a.alert for a in alerts if a.answered is not None), None)

    def somebody_merges(self, step: Step) -> None:
        # Mostly what waits: of all pairs few could be merged.
        cases = [c for c in self.plain.cases() if self.plain.waits(c) or step.days == 0]
        if len(cases) < 2:
            return
        into, case = cases[step.pick % len(cases)], cases[(step.pick * 7 + 1) % len(cases)]
        done = self.expect(
            self.plain.can_merge(into, case),
            lambda: self.room.merge(PEOPLE[step.who], self.system(into), self.system(case)),
        )
        if done is not None:
            self.plain.merge(into, case, self.now())

    def somebody_claims(self, step: Step) -> None:
        case = self.plain.open_case(step.name)
        if case is None:
            return
        held = self.plain.claimed_by(case, self.now())
        claim = ClaimCase(self.room.store)
        done = self.expect(
            held in (None, step.who), lambda: claim(SITE, PEOPLE[step.who], CaseId(case))
        )
        if done is not None:
            self.plain.add("claim", self.now(), case=case, who=step.who)

    def somebody_hands_over_or_passes(self, step: Step) -> None:
        """Neither stands in anybody's way afterwards: the model decides as if it had not been."""
        case = self.plain.open_case(step.name)
        if case is None:
            return
        if step.strong:
            PassCase(self.room.store)(SITE, PEOPLE[step.who], CaseId(case))
            if self.plain.claimed_by(case, self.now()) == step.who:
                self.plain.add("hand_over", self.now(), case=case)  # in nobody's hand any more
            return
        to = sorted(PEOPLE)[step.pick % len(PEOPLE)]
        allowed = self.plain.claimed_by(case, self.now()) in (None, step.who) and to != step.who
        hand_over = HandOver(self.room.store)
        done = self.expect(
            allowed, lambda: hand_over(SITE, PEOPLE[step.who], CaseId(case), PEOPLE[to].id)
        )
        if done is not None:
            self.plain.add("hand_over", self.now(), case=case)

    def somebody_undoes(self, step: Step) -> None:
        pick, who = step.pick, step.who
        made = [e for e in self.plain.log if e["what"] == "decide"]
        if step.strong:  # mostly something that could be undone, by whoever
            made = [e for e in made if e["kind"] == "report"]
        if not made:
            return
        one = made[pick % len(made)]
        if step.pick % 2:  # often the very person who decided it
            who = SAM.name if one["by"] == "the house" else one["by"]
        allowed = (
            one["kind"] == "report"
            and (one["by"] == who or (one["by"] == "the house" and who == SAM.name))
            and not self.plain.filed(one["id"])
            and not self.plain.undone(one["id"])
        )
        done = self.expect(
            allowed,
            lambda: self.room.undo(PEOPLE[who], self.system(one["case"]), DecisionId(one["id"])),
        )
        if done is not None:
            self.plain.add("undo", self.now(), case=one["case"], id=one["id"])

    def a_report_is_filed(self, step: Step) -> None:
        pick = step.pick
        pending = [
            e
            for e in self.plain.log
            if e["what"] == "decide"
            and e["kind"] == "report"
            and not self.plain.filed(e["id"])
            and not self.plain.undone(e["id"])
        ]
        if not pending:
            return
        one = pending[pick % len(pending)]
        self.room.finish(CaseId(one["case"]), *(self.ads[name] for name in one["ads"]))
        self.plain.add("file", self.now(), case=one["case"], decision=one["id"], ads=one["ads"])

    # what would be lost

    def two_people_erase(self, step: Step) -> None:
        name = step.name
        free = not self.plain.held(name, self.now()) and self.plain.open_case(name) is None
        erase = keeping.EraseAd(self.room.store)
        self.expect(free, lambda: [erase(SITE, who, self.ads[name], "asked") for who in (SAM, SUE)])
        chain = self.room.store.read(
            lambda w: w.chain_of(SITE, w.ads.get(SITE, self.ads[name]).open_subject)
        )
        assert (chain[0].event.text is None) or not free  # type: ignore[attr-defined]

    def two_people_release(self, step: Step) -> None:
        name, pick = step.name, step.pick
        holds = [h for h in self.room.holds(self.ads[name]) if h.released is None]
        if not holds:
            return
        could = [h for h in holds if h.ends is not None and h.ends > self.now()]
        holds = could if could and step.strong else holds  # often one that can be let go
        hold = holds[pick % len(holds)]
        release = keeping.ReleaseHold(self.room.store)
        allowed = hold.ends is not None and hold.ends > self.now()
        done = self.expect(
            allowed, lambda: [release(SITE, who, hold.id, "a mistake") for who in (SAM, SUE)]
        )
        if done is not None:
            assert done[-1].done
            self.plain.add("release", self.now(), case=hold.case, ad=name, end=hold.ends)

    # what must be true

    def the_plain_model_agrees(self) -> None:
        found, clocks, holds = self.room.store.read(self._kept)
        cases = {str(case.id): str(case.status.value) for case in found}
        assert cases == {case: self.plain.status(case) for case in self.plain.cases()}
        self.no_clock_was_reset(clocks)
        for complaint in self.plain.complaints():
            where, answer = self.plain.answer(complaint)
            kept = self.room.store.read(lambda w, c=complaint: w.cases.complaint(SITE, c["id"]))
            granted = None if answer is None else self.plain.granted(complaint, answer["kind"])
            found_answer = (kept.case, kept.answer, kept.granted)
            assert found_answer == (where, None if answer is None else answer["id"], granted)
        open_alerts = [a.alert for case in found for a in case.alerts if a.answered is None]
        assert len(open_alerts) == len(set(open_alerts)), "each waits in one case"
        for case in found:
            assert case.waits or all(a.answered is not None for a in case.alerts)
        for name, found in holds.items():
            ends = [h.ends for h in found if h.released is None]
            assert sorted(ends, key=_late) == sorted(self.plain.every_end(name), key=_late)
            held = any(h.running(self.room.at()) for h in found)
            assert held is self.plain.held(name, self.now())

    def _kept(self, work: Any) -> tuple[list[Case], list[Clock], dict[str, tuple[Hold, ...]]]:
        """Every case and clock, and the holds on every ad, in one look."""
        cases = [work.cases.get(SITE, CaseId(case)) for case in self.plain.cases()]
        clocks = [clock for case in cases for clock in work.cases.clocks_of(SITE, case.id)]
        holds = {name: work.preservation.holds_of(SITE, ad) for name, ad in self.ads.items()}
        return cases, clocks, holds

    def no_clock_was_reset(self, clocks: list[Clock]) -> None:
        """Whatever case it stands in: the same start, the same end, stopped once and for good."""
        now = {clock.id: clock for clock in clocks}
        for name, before in self.clocks.items():
            clock = now[name]  # type: ignore[index]
            assert (clock.started, clock.ends) == (before.started, before.ends)
            assert (clock.duty, clock.ad, clock.decision) == (
                before.duty,
                before.ad,
                before.decision,
            )
            assert before.running or (clock.stopped, clock.how) == (before.stopped, before.how)
        self.clocks = dict(now)

    def the_auditor_finds_nothing_false(self) -> None:
        """Read off the record alone: every clock and every answer of the rows is in it."""
        started = {e.clock: (e.started, e.ends) for e in self.room.events(ClockStarted)}
        stopped = [e.clock for e in self.room.events(ClockStopped)]
        assert started == {name: (c.started, c.ends) for name, c in self.clocks.items()}
        assert sorted(stopped) == sorted(n for n, c in self.clocks.items() if not c.running)
        record = self.room.opened()
        kinds = {lapse.kind for lapse in late_clocks(record, self.room.at())}
        assert kinds <= {"late", "overdue"}, "late is no lie"
        _, left = count_alerts(record)
        assert left == ()
        assert seconds_not_kept(record) == ()
        assert complaints_not_kept(record) == ()

    def no_alert_was_closed_by_one(self) -> None:
        """Read off the record alone, at the end of each story."""
        alerted = {e.case for e in self.room.events(AlertAttached)}
        for merge in self.room.events(CaseMerged):
            alerted |= {merge.case} if merge.alerts else set()
        proposed = {e.decision: e.actor for e in self.room.events(DecisionProposed)}
        decided = {e.decision: e for e in self.room.events(CaseDecided)}
        for event in decided.values():
            if event.kind == "no_action" and event.case in alerted:
                # An alert joins only what is undecided, so whatever was decided alone came before.
                assert event.second is None or event.second != event.reviewer
            if event.second is not None:
                assert proposed[event.decision] == event.reviewer != event.second
        for answer in self.room.events(AlertAnswered):
            by = decided[answer.decision]
            assert answer.outcome != "declined" or by.second not in (None, by.reviewer)

    def note_decision(
        self, case: str, made: Any, who: str, ads: tuple[str, ...], second: str | None = None
    ) -> None:
        people = (SAM.name, SUE.name) if who == "the house" else (who, *filter(None, (second,)))
        self.plain.add(
            "decide",
            self.now(),
            case=case,
            id=made.id,
            kind=made.kind.value,
            ads=ads,
            by=who,
            people=people,
        )

    def system(self, case: str) -> Any:
        return self.room.case(CaseId(case))

    def system_status(self, case: str) -> str:
        return str(self.system(case).status.value)


def _late(end: int | None) -> float:
    return float("inf") if end is None else end
