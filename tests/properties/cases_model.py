"""The slow plain model of cases and holds: a list of what happened, read from the beginning.

It shares no line with what it judges. A merge is two entries: what went out of one case, and what
came into the other, with what the model itself knew at that moment.
"""

from functools import cache
from typing import Any

from tests.properties.test_cases_clocks import walked

QUARTER, HOUR = 15 * 60_000, 60 * 60_000
VOIDS = ("contradict", "decide", "alert", "finding", "merge_in", "merge_out", "lapse", "complain")
DOWN = ("report", "remove", "restrict")


@cache
def months_on(at: int, months: int) -> int:
    return walked(at, months)  # type: ignore[arg-type]


def runs(end: int | None, now: int) -> bool:
    return end is None or end > now


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

    def standing(self, case: str, upto: dict[str, Any] | None = None) -> dict[str, str | None]:
        """Each ad of the case, with the id of the decision that stands for it."""
        found: dict[str, str | None] = {}
        for event in self.of(case):
            if event["what"] in ("alert", "finding", "complain"):
                found.setdefault(event["ad"], None)
            if event["what"] == "merge_in":
                for ad in event["ads"]:
                    found.setdefault(ad, None)
            if event["what"] == "merge_out":
                found = {ad: d for ad, d in found.items() if ad not in event["ads"]}
            if event["what"] == "decide":
                found |= dict.fromkeys(event["ads"], event["id"])
            if event["what"] == "undo":
                found = {ad: None if d == event["id"] else d for ad, d in found.items()}
            if event is upto:
                break
        return found

    def undecided(self, case: str) -> tuple[str, ...]:
        return tuple(ad for ad, made in self.standing(case).items() if made is None)

    def kind_of(self, case: str, ad: str) -> str | None:
        decision = self.standing(case).get(ad)
        return None if decision is None else self.decision(decision)["kind"]

    def decision(self, name: str) -> dict[str, Any]:
        return next(e for e in self.log if e["what"] == "decide" and e["id"] == name)

    def open_case(self, ad: str) -> str | None:
        waiting = [c for c in self.cases() if self.standing(c).get(ad, "absent") is None]
        # The oldest, and of two that were opened in one instant the one that is named first.
        return min(waiting, key=lambda case: (self.of(case)[0]["at"], case), default=None)

    def ever_in(self, ad: str) -> list[str]:
        """Every case on whose page the ad stands, also where it waits elsewhere now."""
        having = [e["case"] for e in self.log if ad in (e.get("ad"), *e.get("ads", ()))]
        return list(dict.fromkeys(having))

    def where(self, case: str, ad: str) -> str:
        """The case that this ad went to, if it went out of this one."""
        for event in reversed(self.of(case)):
            if event["what"] == "merge_out" and ad in event["ads"]:
                return self.where(event["into"], ad)
            if ad in (event.get("ad"), *event.get("ads", ())):
                return case
        return case

    def takes_two(self, case: str) -> bool:
        return any(
            e["what"] in ("alert", "complain") or e.get("strong") or e.get("takes_two")
            for e in self.of(case)
        )

    def proposal(self, case: str) -> dict[str, Any] | None:
        last = self.of(case, "propose", *VOIDS)
        return last[-1] if last and last[-1]["what"] == "propose" else None

    def lapsed(self, case: str) -> bool:
        """Did a proposal lapse since everything was last decided?"""
        found = False
        for event in self.of(case):
            if event["what"] == "lapse" or event.get("lapsed"):
                found = True
            if event["what"] == "merge_out":
                found = False
            if event["what"] == "decide" and None not in self.standing(case, event).values():
                found = False
        return found

    def status(self, case: str) -> str:
        if self.proposal(case) is not None:
            return "waiting_second"
        if None in self.standing(case).values():
            return "head_on_call" if self.lapsed(case) else "open"
        stands = [e for e in self.of(case, "decide") if not self.undone(e["id"])]
        return "decided" if stands else "merged"

    def waits(self, case: str) -> bool:
        return self.status(case) not in ("decided", "merged")

    def can_merge(self, into: str, case: str) -> bool:
        here = self.standing(into)
        decided_there = any(here.get(ad) is not None for ad in self.undecided(case))
        return into != case and self.waits(into) and self.waits(case) and not decided_there

    def merge(self, into: str, case: str, at: int) -> None:
        ads = self.undecided(case)
        holds = {ad: self.ends(case, ad).count(None) for ad in ads}
        told = {"takes_two": self.takes_two(case), "lapsed": self.lapsed(case), "holds": holds}
        self.add("merge_out", at, case=case, into=into, ads=ads)
        self.add("merge_in", at, case=into, ads=ads, **told)

    def claimed_by(self, case: str, now: int) -> str | None:
        """In whose hand the case is."""
        for event in reversed(self.of(case, "claim", "hand_over", "decide", "merge_out")):
            if event["what"] != "claim" or event["at"] + QUARTER <= now:
                return None
            return str(event["who"])
        return None

    def filed(self, decision: str) -> bool:
        return any(e["what"] == "file" and e["decision"] == decision for e in self.log)

    def undone(self, decision: str) -> bool:
        return any(e["what"] == "undo" and e["id"] == decision for e in self.log)

    def ends(self, case: str, ad: str) -> list[int | None]:
        """The ends of the holds that this case has on the ad and nobody let go."""
        ends: list[int | None] = []
        for event in self.of(case):
            at, what = event["at"], event["what"]
            if what in ("alert", "complain") and event["ad"] == ad and None not in ends:
                ends.append(None)
            if what == "decide" and ad in event["ads"]:
                no = months_on(at, 6)
                if event["kind"] == "report":
                    ends += [] if None in ends else [None]
                elif event["kind"] != "no_action" and not any(runs(e, at) for e in ends):
                    ends.append(no)
                if event["kind"] != "report":
                    ends = [no if e is None else e for e in ends]
            if what == "file" and ad in event["ads"]:
                year = months_on(at, 12)
                ends = [year if e is None or e < year else e for e in ends] or [year]
            if what == "release" and event["ad"] == ad:
                ends.remove(event["end"])
            if what == "merge_out" and ad in event["ads"]:
                ends = [e for e in ends if e is not None]
            if what == "merge_in" and ad in event["ads"]:
                ends += [None] * event["holds"][ad]
        return ends

    def every_end(self, ad: str) -> list[int | None]:
        return [end for case in self.cases() for end in self.ends(case, ad)]

    def held(self, ad: str, now: int) -> bool:
        return any(runs(end, now) for end in self.every_end(ad))

    # complaints

    def newest_decision(self, ad: str) -> dict[str, Any] | None:
        """Of those that were not taken back, in whichever case."""
        made = [e for e in self.log if e["what"] == "decide" and ad in e["ads"]]
        standing = [e for e in made if not self.undone(e["id"])]
        return max(standing, key=lambda e: (e["at"], e["id"]), default=None)

    def complaints(self, ad: str | None = None) -> list[dict[str, Any]]:
        return [e for e in self.log if e["what"] == "complain" and ad in (None, e["ad"])]

    def answer(self, complaint: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
        """The case in which it waits, or was answered, and the decision that answered it."""
        case = complaint["case"]
        for event in self.log[self.log.index(complaint) + 1 :]:
            if event["case"] != case:
                continue
            if event["what"] == "merge_out":
                case = event["into"]
            if event["what"] == "decide" and complaint["ad"] in event["ads"]:
                return case, event
        return case, None

    def may_complain(self, ad: str, alert: str | None) -> bool:
        """`alert`: of whoever alerted us; None: the poster."""
        mine = [c for c in self.complaints(ad) if c["alert"] == alert]
        if alert is not None:
            return not mine
        made = self.newest_decision(ad)
        if made is None:
            return self.open_case(ad) is not None and all(self.answer(c)[1] for c in mine)
        for complaint in mine:
            _, answer = self.answer(complaint)
            if answer is None or made["id"] in (complaint["decision"], answer["id"]):
                return False
        return True

    def granted(self, complaint: dict[str, Any], kind: str) -> bool:
        return (kind in DOWN) is (complaint["alert"] is not None)

    def somebody_new(self, case: str, kind: str, ads: tuple[str, ...], *people: str) -> bool:
        """Is nobody's complaint turned down by those alone who decided before?"""
        for complaint in self.complaints():
            where, answer = self.answer(complaint)
            waits = answer is None and where == case and complaint["ad"] in ads
            against = waits and kind != "report" and not self.granted(complaint, kind)
            if against and set(people) <= set(complaint["deciders"]):
                return False
        return True
