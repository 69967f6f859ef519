"""The queue's filters: one spelling for each, and storage answers what the plain reading says."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st
from tests.databases import SITE, HandTime, add_site
from tests.unit.case_room import ANA, BEN, IDS, SAM, Room, story

from answerable.adapters.sql.engine import open_engine, sqlite_url
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import Surroundings
from answerable.ads.model import Submission
from answerable.ads.service import ReceiveAd
from answerable.cases.model import (
    Assignment,
    Case,
    CaseAd,
    CaseStatus,
    Cause,
    Claim,
    Decision,
    DecisionKind,
    Proposal,
)
from answerable.cases.queue import (
    HOURS_MAX,
    Band,
    Filters,
    InHand,
    band_of,
    keeps,
    read_filters,
    read_query,
    spell_filters,
)
from answerable.kernel.ids import AdId, CaseId, DecisionId, SubjectId
from answerable.kernel.time import HOUR, Millis

T = TypeVar("T")

SECTIONS = ("bikes", "flats", "")
WORDS = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=30
).filter(lambda text: text == text.strip() != "")

FILTERS = st.builds(
    Filters,
    status=st.frozensets(st.sampled_from(CaseStatus)),
    cause=st.frozensets(st.sampled_from(Cause)),
    band=st.frozensets(st.sampled_from(Band)),
    **{
        flag: st.booleans() for flag in ("overdue", "soon", "alert", "verified", "strong", "lapsed")
    },
    section=st.none() | WORDS,
    older=st.none() | st.integers(1, HOURS_MAX),
    hand=st.none() | st.sampled_from(InHand),
)


@given(filters=FILTERS)
def test_filters_are_read_back_from_their_spelling(filters: Filters) -> None:
    spelled = spell_filters(filters)
    assert read_query(spelled) == filters
    assert spell_filters(read_query(spelled)) == spelled


@given(pairs=st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=8))
def test_whatever_an_address_says_is_read_and_has_one_spelling(
    pairs: list[tuple[str, str]],
) -> None:
    filters = read_filters([*pairs, ("older", "-4"), ("status", "<script>"), ("hand", "")])
    assert read_query(spell_filters(filters)) == filters


@given(urgency=st.integers(0, 100))
def test_every_urgency_has_a_band(urgency: int) -> None:
    assert band_of(urgency) in Band


def some_case(chance: random.Random, ads: list[AdId], now: int) -> Case:
    """A case in any state that a row can have."""

    def maybe(value: T) -> T | None:
        return value if chance.random() < 0.5 else None

    whose = chance.choice([ANA.id, BEN.id])

    inside = chance.sample(ads, chance.randrange(1, 3))
    decided = chance.random() < 0.3
    made = Decision(
        id=DecisionId(IDS.new()),
        kind=DecisionKind.REMOVE,
        ads=tuple(inside),
        reviewer=ANA.id,
        second=None,
        at=Millis(now),
        urgent=False,
    )
    case = Case(
        id=CaseId(IDS.new()),
        site=SITE,
        subject=SubjectId(IDS.new()),
        cause=chance.choice(list(Cause)),
        urgency=chance.choice([0, 39, 40, 59, 60, 79, 80, 100]),
        opened=Millis(now - chance.choice([0, 1, 2, 30]) * HOUR),
        by_alert=chance.random() < 0.5,
        strong=chance.random() < 0.5,
        synthetic=False,
        ads=tuple(
            CaseAd(ad=ad, added=Millis(now), decision=made.id if decided else None) for ad in inside
        ),
        decisions=(made,) if decided else (),
        due=maybe(Millis(now + chance.choice([-1, 0, 1, HOUR, HOUR + 1]))),
        claim=maybe(
            Claim(by=chance.choice([ANA.id, BEN.id]), until=Millis(now + chance.choice([0, 1])))
        ),  # type: ignore[arg-type]
        assigned=maybe(Assignment(to=whose, by=SAM.id, at=Millis(now))),
        verified=chance.random() < 0.5,
        lapsed=maybe(Millis(now)),
        merged_into=maybe(CaseId("elsewhere")),
    )
    if chance.random() < 0.3 and not decided:
        waits = Proposal(decision=made.id, ads=(), by=BEN.id, at=Millis(now))
        case = replace(case, proposal=waits)
    if chance.random() < 0.2 and not decided:
        case = replace(case, ads=tuple(replace(a, moved=CaseId("elsewhere")) for a in case.ads))
    return case


def test_storage_answers_what_the_plain_reading_says(
    tmp_path: Path, sqlite_template: Path, how_many: Callable[[int, int], int], seed: int
) -> None:
    path = tmp_path / "db.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    time, chance = HandTime(), random.Random(seed)
    around = Surroundings(ids=IDS, vault=Vault(b"\x07" * 32), story=story())
    store = Store(open_engine(sqlite_url(path)), time, around)
    store.run(lambda work: add_site(work, SITE))
    room, where = Room(store, time), dict[AdId, str]()
    for number in range(6):
        section = SECTIONS[number % len(SECTIONS)]
        sent = Submission(external_id=f"ad-{number}", text={"body": "A bike."}, section=section)
        where[ReceiveAd(store, IDS).receive(SITE, sent).ad] = section
    now = room.at()
    cases = [some_case(chance, list(where), now) for _ in range(60)]
    for case in cases:
        store.run(lambda work, case=case: work.cases.put(case))
    found_some = 0
    for _ in range(how_many(300, 5_000)):
        filters = some_filters(chance)
        expected = {
            case.id
            for case in cases
            if keeps(filters, case, frozenset(where[a] for a in case.ad_ids), ANA.id, now)
        }
        found, total = store.read(
            lambda w, f=filters: (
                w.cases.find(SITE, f, ANA.id, now, limit=100, offset=0),
                w.cases.count(SITE, f, ANA.id, now),
            )
        )
        assert {case.id for case in found} == expected
        assert len(found) == total == len(expected)
        found_some += bool(expected)
    store.close()
    assert found_some > 50, "the filters do not ask for nothing most of the time"


def some_filters(chance: random.Random) -> Filters:
    """One to three filters at once."""
    told: dict[str, object] = {}
    for _ in range(chance.randrange(4)):
        name, value = chance.choice(
            [
                ("status", frozenset(chance.sample(list(CaseStatus), 2))),
                ("cause", frozenset(chance.sample(list(Cause), 2))),
                ("band", frozenset(chance.sample(list(Band), 2))),
                *((flag, True) for flag in ("overdue", "soon", "alert", "verified", "strong")),
                ("lapsed", True),
                ("section", chance.choice(SECTIONS[:2])),
                ("older", chance.choice([1, 2, 29])),
                ("hand", chance.choice(list(InHand))),
            ]
        )
        told[name] = value
    return Filters(**told)  # type: ignore[arg-type]
