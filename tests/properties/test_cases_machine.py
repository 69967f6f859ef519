"""Cases and holds under any order of events, on a real database, against a slow plain model.

The model keeps one list of what happened and reads every answer off it from the beginning. The
laws: nobody closes an alert's case with no_action alone; nothing bars a report; nothing held is
erased; a proposal never becomes a decision by waiting.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.databases import SITE, HandTime, add_site
from tests.properties.test_cases_clocks import walked
from tests.unit.case_room import ANA, BEN, IDS, SAM, SUE, Room, choose, reports, story

from answerable.adapters.sql.engine import open_engine, sqlite_url
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import Surroundings
from answerable.cases.model import DecisionKind
from answerable.events.alerts import AlertAnswered, AlertAttached
from answerable.events.cases import CaseDecided, DecisionProposed
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import CaseId, DecisionId
from answerable.kernel.time import DAY, HOUR
from answerable.preservation import service as keeping
from answerable.preservation.model import Hold

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


@cache
def months_on(at: int, months: int) -> int:
    return walked(at, months)  # type: ignore[arg-type]


class Plain:
    """What happened, in order; every question is answered by reading it all again."""

    def __init__(self) -> None:
        self.log: list[dict[str, Any]] = []

    def add(self, what: str, at: int, **more: Any) -> None:
        self.log.append({"what": what, "at": at, **more})

    def of(self, case: str, *kinds: str) -> list[dict[str, Any]]:
        return [e for e in self.log if e["case"] == case and (not kinds or e["what"] in kinds)]

    def cases(self) -> list[str]:
        return list(dict.fromkeys(e["case"] for e in self.log))

    def standing(self, case: str) -> dict[str, str | None]:
        """Each ad of the case, with the id of the decision that stands for it."""
        found: dict[str, str | None] = {}
        for event in self.of(case):
            if event["what"] in ("alert", "finding"):
                found.setdefault(event["ad"], None)
            if event["what"] == "decide":
                found |= dict.fromkeys(event["ads"], event["id"])
            if event["what"] == "undo":
                found = {ad: None if d == event["id"] else d for ad, d in found.items()}
        return found

    def kind_of(self, case: str, ad: str) -> str | None:
        decision = self.standing(case)[ad]
        return None if decision is None else self.decision(decision)["kind"]

    def decision(self, name: str) -> dict[str, Any]:
        return next(e for e in self.log if e["what"] == "decide" and e["id"] == name)

    def open_case(self, ad: str) -> str | None:
        waiting = [c for c in self.cases() if self.standing(c).get(ad, "absent") is None]
        # The oldest, and of two that were opened in one instant the one that is named first.
        return min(waiting, key=lambda case: (self.of(case)[0]["at"], case), default=None)

    def takes_two(self, case: str) -> bool:
        return any(e["what"] == "alert" or e.get("strong") for e in self.of(case))

    def proposal(self, case: str) -> dict[str, Any] | None:
        last = self.of(case, "propose", "contradict", "decide", "alert", "finding")
        return last[-1] if last and last[-1]["what"] == "propose" else None

    def status(self, case: str) -> str:
        if self.proposal(case) is not None:
            return "waiting_second"
        return "open" if None in self.standing(case).values() else "decided"

    def filed(self, decision: str) -> bool:
        return any(e["what"] == "file" and e["decision"] == decision for e in self.log)

    def undone(self, decision: str) -> bool:
        return any(e["what"] == "undo" and e["id"] == decision for e in self.log)

    def ends(self, case: str, ad: str) -> list[int | None]:
        """The ends of the holds that this case ever put on the ad and nobody let go."""
        ends: list[int | None] = []
        for event in self.of(case):
            at, what = event["at"], event["what"]
            if what == "alert" and event["ad"] == ad and None not in ends:
                ends.append(None)
            if what == "decide" and ad in event["ads"]:
                no = months_on(at, 6)
                if event["kind"] == "report":
                    ends += [] if None in ends else [None]
                elif event["kind"] != "no_action" and not any(_runs(e, at) for e in ends):
                    ends.append(no)
                if event["kind"] != "report":
                    ends = [no if e is None else e for e in ends]
            if what == "file" and ad in event["ads"]:
                year = months_on(at, 12)
                ends = [year if e is None or e < year else e for e in ends] or [year]
            if what == "release" and event["ad"] == ad:
                ends.remove(event["end"])
        return ends

    def every_end(self, ad: str) -> list[int | None]:
        return [end for case in self.cases() for end in self.ends(case, ad)]

    def held(self, ad: str, now: int) -> bool:
        return any(_runs(end, now) for end in self.every_end(ad))


def _runs(end: int | None, now: int) -> bool:
    return end is None or end > now


class Town:
    """Everybody does anything at any time. `seen` counts what was done, and what was refused."""

    def __init__(self, room: Room, seen: Counter[str]) -> None:
        self.room, self.seen = room, seen
        self.plain = Plain()
        self.ads = {name: room.ad(name) for name in NAMES}
        self.doing = ""

    def live(self, steps: list[Step]) -> None:
        for step in steps:
            self.doing = step.does
            getattr(self, step.does)(step)
            self.the_plain_model_agrees()
        self.no_alert_was_closed_by_one()

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
        days = step.days
        before = {case: self.plain.status(case) for case in self.plain.cases()}
        self.room.time.pass_(days * DAY + HOUR)
        self.room.store.read(lambda w: w.cases.overdue(SITE, self.room.at(), 100))
        assert before == {case: self.system_status(case) for case in before}

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
            proposal["by"] != who,
            lambda: self.room.second(PEOPLE[who], self.system(case), DecisionId(proposal["id"])),
        )
        if made is not None:
            self.note_decision(case, made, proposal["by"], proposal["ads"])

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
        case = self.plain.open_case(name)
        if case is None:
            return
        allowed = kind is not DecisionKind.NO_ACTION or not self.plain.takes_two(case)
        ad = self.ads[name]
        choice = reports(ad) if kind is DecisionKind.REPORT else choose(kind, ad)
        made = self.expect(
            allowed, lambda: self.room.decide(PEOPLE[who], self.system(case), choice)
        )
        if made is not None:
            self.note_decision(case, made, who, (name,))

    def anybody_reports_whatever_was_decided(self, step: Step) -> None:
        name, who, pick = step.name, step.who, step.pick
        having = [c for c in self.plain.cases() if name in self.plain.standing(c)]
        if not having:
            return
        case = having[pick % len(having)]
        allowed = self.plain.kind_of(case, name) != "report"
        made = self.expect(
            allowed,
            lambda: self.room.decide(PEOPLE[who], self.system(case), reports(self.ads[name])),
        )
        if made is not None:
            self.note_decision(case, made, who, (name,))

    def somebody_undoes(self, step: Step) -> None:
        pick, who = step.pick, step.who
        made = [e for e in self.plain.log if e["what"] == "decide"]
        if step.strong:  # mostly something that could be undone, by whoever
            made = [e for e in made if e["kind"] == "report"]
        if not made:
            return
        one = made[pick % len(made)]
        allowed = (
            one["kind"] == "report"
            and one["by"] == who
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
        cases, holds = self.room.store.read(self._kept)
        assert cases == {case: self.plain.status(case) for case in self.plain.cases()}
        for name, found in holds.items():
            ends = [h.ends for h in found if h.released is None]
            assert sorted(ends, key=_late) == sorted(self.plain.every_end(name), key=_late)
            held = any(h.running(self.room.at()) for h in found)
            assert held is self.plain.held(name, self.now())

    def _kept(self, work: Any) -> tuple[dict[str, str], dict[str, tuple[Hold, ...]]]:
        """The status of every case, and the holds on every ad, in one look."""
        cases = (work.cases.get(SITE, CaseId(case)) for case in self.plain.cases())
        holds = {name: work.preservation.holds_of(SITE, ad) for name, ad in self.ads.items()}
        return {str(case.id): str(case.status.value) for case in cases}, holds

    def no_alert_was_closed_by_one(self) -> None:
        """Read off the record alone, at the end of each story."""
        alerted = {e.case for e in self.room.events(AlertAttached)}
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

    def note_decision(self, case: str, made: Any, who: str, ads: tuple[str, ...]) -> None:
        self.plain.add(
            "decide",
            self.now(),
            case=case,
            id=made.id,
            kind=made.kind.value,
            ads=ads,
            by=who,
        )

    def system(self, case: str) -> Any:
        return self.room.case(CaseId(case))

    def system_status(self, case: str) -> str:
        return str(self.system(case).status.value)


def _late(end: int | None) -> float:
    return float("inf") if end is None else end


ACTIONS = (
    *("somebody_alerts", "one_proposes_no_action", "another_agrees", "one_decides") * 2,
    *("screening_finds", "time_passes_and_decides_nothing", "somebody_contradicts"),
    *("anybody_reports_whatever_was_decided", "somebody_undoes", "a_report_is_filed"),
    *("two_people_erase", "two_people_release"),
)


def some_steps(chance: random.Random, count: int) -> list[Step]:
    """So many steps, each as likely as ACTIONS says. (Even chances reach a second person's yes in
    few stories; Hypothesis, which likes to vary what it drew before, seldom did.)"""
    return [
        Step(
            does=chance.choice(ACTIONS),
            name=chance.choice(NAMES),
            who=chance.choice(sorted(PEOPLE)),
            kind=chance.choice(list(DecisionKind)),
            pick=chance.randrange(10),
            days=chance.choice([0, 1, 30, 190, 400]),
            strong=chance.random() < 0.5,
        )
        for _ in range(count)
    ]


def test_cases_and_holds_keep_their_laws_in_any_order(
    tmp_path: Path, sqlite_template: Path, how_many: Callable[[int, int], int], seed: int
) -> None:
    seen = Counter[str]()
    for number in range(how_many(8, 500)):
        path = tmp_path / f"{number}.sqlite3"
        path.write_bytes(sqlite_template.read_bytes())
        around = Surroundings(ids=IDS, vault=Vault(b"\x07" * 32), story=story())
        time = HandTime()
        store = Store(open_engine(sqlite_url(path)), time, around)
        try:
            store.run(lambda work: add_site(work, SITE))
            Town(Room(store, time), seen).live(some_steps(random.Random(f"{seed}/{number}"), 45))
        finally:
            store.close()
        path.unlink()
    asked = {
        f"{what}: {how}"
        for what in (
            *("one_proposes_no_action", "another_agrees", "one_decides", "somebody_undoes"),
            *("anybody_reports_whatever_was_decided", "two_people_erase", "two_people_release"),
        )
        for how in ("done", "refused")
    }
    assert asked <= set(seen), "every law was put to the test, both ways"
