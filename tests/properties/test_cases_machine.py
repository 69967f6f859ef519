"""Cases and holds under any order of events, on a real database, against a slow plain model.

The model (cases_model.py) reads every answer off one list of what happened. The laws: no path
closes an alert without an answer, or with a no of one person; nothing resets a clock, or makes one
vanish; nothing held is erased; nothing bars a report, from whichever page it is asked; a proposal
never becomes what it proposed by waiting, and the house reports only where two people answer.
"""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.databases import SITE, HandTime, add_site
from tests.properties.cases_town import NAMES, PEOPLE, Step, Town
from tests.unit.case_room import IDS, Room, story

from answerable.adapters.sql.engine import open_engine, sqlite_url
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import Surroundings
from answerable.cases.model import DecisionKind

ACTIONS = (
    *("somebody_alerts", "one_proposes_no_action", "another_agrees", "one_decides") * 2,
    *("one_proposes_no_action", "somebody_claims", "somebody_merges"),
    *("screening_finds", "time_passes_and_decides_nothing", "somebody_contradicts"),
    *("somebody_merges", "somebody_claims", "somebody_hands_over_or_passes"),
    *("anybody_reports_whatever_was_decided", "somebody_undoes", "a_report_is_filed"),
    *("two_people_erase", "two_people_release", "somebody_complains", "somebody_complains"),
    *("another_agrees", "another_agrees"),
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
    for number in range(how_many(12, 500)):
        path = tmp_path / f"{number}.sqlite3"
        path.write_bytes(sqlite_template.read_bytes())
        around = Surroundings(ids=IDS, vault=Vault(b"\x07" * 32), story=story())
        time = HandTime()
        store = Store(open_engine(sqlite_url(path)), time, around)
        try:
            store.run(lambda work: add_site(work, SITE))
            town = Town(Room(store, time), seen, reports=number % 2 == 1)
            town.live(some_steps(random.Random(f"{seed}/{number}"), 60))
        finally:
            store.close()
        path.unlink()
    asked = {
        f"{what}: {how}"
        for what in (
            *("one_proposes_no_action", "another_agrees", "one_decides", "somebody_undoes"),
            *("anybody_reports_whatever_was_decided", "two_people_erase", "two_people_release"),
            *("somebody_merges", "somebody_claims", "somebody_hands_over_or_passes"),
            "somebody_complains",
        )
        for how in ("done", "refused")
    }
    asked |= {
        "a proposal lapsed",
        "an alerter complained",
        "somebody new is asked for",
        "the house reported",
        "a report from the page of a merged case",
    }
    put = {what for what, count in seen.items() if count}
    assert asked <= put, "every law was put to the test, both ways"
