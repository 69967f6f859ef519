"""The flood switch on a real database: what it puts off, what it never touches, how it ends."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from tests.contracts.log_room import Log, SignerProcess, signer  # noqa: F401 - a fixture
from tests.databases import SITE
from tests.unit.alert_room import WORRY, AlertRoom, examined, make_room
from tests.unit.case_room import ANA, BEN, SAM

from answerable.access.model import Forbidden
from answerable.adapters.sql import core
from answerable.adapters.sql.alert_tables import alert as alert_table
from answerable.adapters.sql.runner import Store
from answerable.adapters.tiles.folder import TileFolder
from answerable.ads.directives import Action
from answerable.alerts import weighing
from answerable.alerts.flood import FloodTerms, Ground, Scope, names_a_fact
from answerable.cases import service
from answerable.cases.model import URGENCY_MAX, CaseStatus
from answerable.events.alerts import AlertAttached
from answerable.events.duties.clocks import FLOOD_LOOK, RESTORE_OR_DECIDE, Stop
from answerable.events.duties.putting_off import hides_put_off
from answerable.events.duties.timing import late_clocks
from answerable.events.hiding import AlertPutOff, FloodEnded, FloodStarted, HideResumed
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.time import MINUTE, Millis

TERMS = FloodTerms(window=10 * MINUTE, site=5, account=3)


@pytest.fixture
def room(make_store: Callable[..., Store]) -> AlertRoom:
    return make_room(make_store, TERMS)


def flood(room: AlertRoom, account: str = "kim", count: int = 4) -> None:
    """Enough alerts on this advertiser's ads to turn the switch on."""
    for number in range(count):
        room.up(f"{account}-{number}", account)
        room.stranger(f"{account}-{number}")


def late_looks(room: AlertRoom, now: Millis) -> list[str]:
    """What an examiner says of looks by then. (No site of this room acknowledges anything.)"""
    return [x.kind for x in late_clocks(examined(room.store), now) if x.duty == FLOOD_LOOK.name]


def test_up_to_the_limit_every_alert_hides(room: AlertRoom) -> None:
    flood(room, count=3)
    assert room.events(FloodStarted) == []
    assert all(attached.hidden for attached in room.events(AlertAttached))


def test_above_it_an_alert_without_a_fact_waits_for_a_person(room: AlertRoom) -> None:
    flood(room)
    (started,) = room.events(FloodStarted)
    assert (started.scope, started.counted, started.limit) == ("account", 4, 3)
    (put_off,) = room.events(AlertPutOff)
    assert (put_off.ground, put_off.because) == ("flood", started.flood)
    ad = room.store.read(lambda w: w.ads.find(SITE, "kim-3"))
    assert ad is not None
    assert room.visible(ad.id)
    case = room.open_case_of(ad.id)
    assert case is not None
    assert (case.urgency, len(case.alerts)) == (URGENCY_MAX, 1)
    assert set(room.clocks(case)) == {"first_look", "flood_look", "alert_answer"}
    assert not room.may_delete(ad.id), "the hold begins with the alert, hidden or not"


@pytest.mark.parametrize(
    "more",
    [
        {"reasons": ["stated_age"]},
        {"reasons": ["knows_child", "other"]},
        {"alerter": {"role": "self"}},
        {"alerter": {"role": "family"}},
        {"about": {"handles": ["bluelantern"]}},
        {"text": "she is 15"},
    ],
)
def test_an_alert_that_names_a_fact_hides_in_any_flood(
    room: AlertRoom, more: dict[str, object]
) -> None:
    flood(room, count=8)
    ad = room.up("kim-last")
    room.stranger("kim-last", **more)
    assert room.actions(ad)[-1] is Action.HIDE


def test_another_advertisers_ad_is_hidden_until_the_whole_site_is_flooded(room: AlertRoom) -> None:
    flood(room, count=4)
    other = room.up("lee-1", "lee")
    room.stranger("lee-1")
    assert not room.visible(other)
    third = room.up("max-1", "max")
    room.stranger("max-1")
    assert [s.scope for s in room.events(FloodStarted)] == ["account", "site"]
    assert room.visible(third)


def test_what_is_down_already_is_barred_as_ever(room: AlertRoom) -> None:
    """Nothing is won by leaving an unseen ad open: a later publish verdict must not lift it."""
    flood(room)
    ad = room.ad("kim-new", account={"id": "kim"})
    answer = room.stranger("kim-new")
    assert (room.row(answer.alert).hidden, room.row(answer.alert).put_off) == (True, None)
    room.judged(ad, strong=False, verdict="publish")
    assert not room.visible(ad)


@pytest.mark.duty("flood_look")
def test_a_look_in_time_stops_the_clock_and_leaves_the_ad_up(room: AlertRoom) -> None:
    flood(room)
    ad = room.store.read(lambda w: w.ads.find(SITE, "kim-3"))
    assert ad is not None
    case = room.open_case_of(ad.id)
    assert case is not None
    room.time.pass_(FLOOD_LOOK.length)
    service.ClaimCase(room.store)(SITE, ANA, case.id)
    assert room.clocks(case)["flood_look"].how is Stop.TAKEN
    room.time.pass_(1)
    assert room.sweep() == 0
    assert room.visible(ad.id)
    assert late_looks(room, room.at()) == []


@pytest.mark.duty("flood_look")
def test_where_nobody_looks_in_time_the_ad_is_hidden_and_the_lapse_stands(room: AlertRoom) -> None:
    flood(room)
    ad = room.store.read(lambda w: w.ads.find(SITE, "kim-3"))
    assert ad is not None
    case = room.open_case_of(ad.id)
    assert case is not None
    room.time.pass_(FLOOD_LOOK.length + 1)
    assert room.sweep() == 1
    assert room.sweep() == 0
    assert room.actions(ad.id) == [Action.PUBLISH, Action.HIDE]
    assert [e.because for e in room.events(HideResumed)] == ["look_missed"]
    clocks = room.clocks(case)
    assert (clocks["flood_look"].how, clocks["flood_look"].overdue(room.at())) == (
        Stop.HIDDEN,
        True,
    )
    assert clocks["restore_or_decide"].ends == RESTORE_OR_DECIDE.ends(room.at())
    assert clocks["alert_act"].running
    assert late_looks(room, room.at()) == ["late"]


def test_a_later_alert_with_a_fact_hides_and_stops_the_look(room: AlertRoom) -> None:
    flood(room)
    ad = room.store.read(lambda w: w.ads.find(SITE, "kim-3"))
    assert ad is not None
    room.stranger("kim-3", reasons=["missing_child"])
    assert not room.visible(ad.id)
    case = room.open_case_of(ad.id)
    assert case is not None
    clocks = room.clocks(case)
    assert (clocks["flood_look"].how, clocks["flood_look"].overdue(room.at())) == (
        Stop.HIDDEN,
        False,
    )
    assert {"alert_act", "restore_or_decide"} <= set(clocks)


def test_it_ends_by_itself_a_window_after_the_rate_fell_below_half(room: AlertRoom) -> None:
    flood(room)  # limit 3, so two alerts in a window keep it alive
    room.time.pass_(20 * MINUTE - 1)
    assert room.sweep() == 4 - 3, "the look that nobody took; the switch is on"
    assert room.events(FloodEnded) == []
    room.time.pass_(1)
    assert room.sweep() == 1
    (ended,) = room.events(FloodEnded)
    assert (ended.how, ended.put_off, ended.happened) == ("quiet", 1, room.at())
    ad = room.up("kim-9")
    room.stranger("kim-9")
    assert not room.visible(ad)


def test_an_alert_that_comes_before_the_sweep_finds_it_ended(room: AlertRoom) -> None:
    flood(room)
    ad = room.up("kim-9")
    at = room.at()
    room.time.pass_(60 * MINUTE)
    room.stranger("kim-9")
    (ended,) = room.events(FloodEnded)
    assert ended.happened == at + 20 * MINUTE
    assert not room.visible(ad)


def test_a_senior_person_may_end_it_with_a_reason(room: AlertRoom) -> None:
    flood(room)
    (started,) = room.events(FloodStarted)
    end = weighing.EndFlood(room.store)
    with pytest.raises(Forbidden):
        end(SITE, ANA, started.flood, "a radio programme named the ad")
    with pytest.raises(Refusal):
        end(SITE, SAM, started.flood, "  ")
    ended = end(SITE, SAM, started.flood, "a radio programme named the ad")
    assert (ended.how, ended.put_off) == (weighing.Ended.PERSON, 1)
    with pytest.raises(Conflict):
        end(SITE, SAM, started.flood, "again")


def test_the_keys_that_a_switch_counts_by_are_forgotten(room: AlertRoom) -> None:
    answer = room.stranger("kim-0")
    room.up("kim-1")
    named = room.stranger("kim-1")
    assert room.row(answer.alert).about_key is None
    assert room.row(named.alert).about_key is not None
    room.time.pass_(weighing.KEYS_KEPT + 1)
    assert weighing.ForgetKeys(room.store)(SITE) == 1
    assert room.row(named.alert).about_key is None


# What an examiner says


def test_a_put_off_alert_is_no_lapse_while_its_switch_stood(room: AlertRoom) -> None:
    flood(room, count=6)
    opened = examined(room.store)
    assert hides_put_off(opened) == ()
    assert len([e for e in opened if e.type == "alert.put_off"]) == 3


def test_an_unhidden_alert_without_its_reason_or_its_switch_is_a_lapse(room: AlertRoom) -> None:
    flood(room)
    opened = examined(room.store)
    unsaid = hides_put_off([e for e in opened if e.type != "alert.put_off"])
    assert [x.kind for x in unsaid] == ["not hidden"]
    baseless = hides_put_off([e for e in opened if e.type != "flood.started"])
    assert [x.kind for x in baseless] == ["no reason"]
    later = [
        replace(e, happened=e.happened + 1, known=e.known + 1) if e.type == "flood.started" else e
        for e in opened
    ]
    assert [x.kind for x in hides_put_off(later)] == ["no reason"]


def test_a_look_that_nobody_took_is_a_lapse_only_after_its_end(room: AlertRoom) -> None:
    flood(room)
    at = room.at()
    assert late_looks(room, Millis(at + FLOOD_LOOK.length)) == []
    assert late_looks(room, Millis(at + FLOOD_LOOK.length + 1)) == ["overdue"]


# The rule itself


@pytest.mark.parametrize("text", ["", WORRY, "help", "PLEASE!!! LOOK!!!", "bitte ansehen"])
def test_a_worry_alone_names_no_fact(text: str) -> None:
    assert not names_a_fact(text, ["minor_suspected", "other"], {"words": []}, {"role": "public"})


@pytest.mark.parametrize(
    "text",
    [
        "age 16",
        "call @bluelantern",
        "see https://example.com",
        "The girl in this ad goes to my school.",
        "她在我的学校上学",
        "١٦",
    ],
)
def test_words_that_tell_anything_hide(text: str) -> None:
    assert names_a_fact(text, [], {}, None)


# Many alerts against one advertiser


def test_thousands_against_one_advertiser(
    make_store: Callable[..., Store],
    signer: SignerProcess,  # noqa: F811 - the fixture
    tmp_path: Path,
    how_many: Callable[[int, int], int],
) -> None:
    """The switch goes on; every receipt stands; no mass hiding; lawful ads come back in time."""
    room, count = make_room(make_store, FloodTerms()), how_many(120, 5_000)
    ads = [room.up(f"kim-{number}", "kim") for number in range(40)]
    answers = []
    for number in range(count):
        answers.append(room.stranger(f"kim-{number % len(ads)}"))
        room.time.pass_(100)
    (started, *_) = room.events(FloodStarted)
    assert (started.scope, started.counted) == (Scope.ACCOUNT.value, 21)
    hidden = [ad for ad in ads if not room.visible(ad)]
    assert len(hidden) == 20, "twenty came before the switch; none after"

    def rows(put_off: Ground | None) -> int:
        same = alert_table.c.put_off == (None if put_off is None else put_off.value)
        query = select(func.count()).select_from(alert_table)
        return room.store.read(lambda w: w.conn.execute(query.where(same)).scalar_one())

    assert rows(Ground.FLOOD) + rows(None) == count
    assert rows(Ground.FLOOD) == sum(n % 40 >= 20 for n in range(count))
    for answer in answers[:: max(1, count // 100)]:
        row = room.row(answer.alert)
        assert row.case is not None
        assert row.due_act == row.received + 24 * 60 * MINUTE
    _decided_by_two(room, hidden)
    assert all(room.visible(ad) for ad in ads)
    opened = examined(room.store)
    late = {x.duty for x in late_clocks(opened, room.at())}
    assert "restore_or_decide" not in late, "lawful ads came back within the clock to restore"
    assert hides_put_off(opened) == ()
    log = Log(room.store, signer, TileFolder(tmp_path / "tiles"))
    sequencer = log.sequencer()
    while sequencer.step():
        pass
    leaves = room.store.read(
        lambda w: set(
            w.conn.execute(
                select(core.event.c.leaf_hash).join(
                    core.leaf, core.leaf.c.event_id == core.event.c.event_id
                )
            ).scalars()
        )
    )
    assert {answer.promise.leaf_hash for answer in answers} <= leaves
    assert len({answer.promise.leaf_hash for answer in answers}) == count


def _decided_by_two(room: AlertRoom, ads: list) -> None:  # type: ignore[type-arg]
    """Two people let each hidden ad go, within the clock to restore."""
    for ad in ads:
        case = room.open_case_of(ad)
        assert case is not None
        waiting = room.propose(ANA, case, ad)
        assert waiting.proposal is not None
        room.second(BEN, case, waiting.proposal.decision)
        assert room.case(case.id).status is CaseStatus.DECIDED
        assert room.actions(ad)[-1] is Action.RESTORE


def test_a_row_says_nothing_of_whose_ad_it_was(room: AlertRoom) -> None:
    room.up("kim-1", "a-name-of-an-account")
    room.stranger("kim-1")
    row = room.store.read(lambda w: w.conn.execute(select(alert_table)).one())
    assert "a-name-of-an-account" not in " ".join(str(value) for value in row)


def test_two_transactions_turn_one_switch_on(room: AlertRoom) -> None:
    """The second finds the first's: one open switch a key, by the database's own index."""
    flood(room)
    (first,) = room.store.read(lambda w: w.alerts.floods(SITE, 10))
    again = replace(first, id="another", subject=first.subject)
    assert room.store.run(lambda w: w.alerts.add_flood(again)) is False
    room.store.run(
        lambda w: w.conn.execute(update(alert_table).values(about_key=None))
    )  # as a sweep would
    assert room.store.read(lambda w: w.alerts.open_flood(SITE, first.key)) == first
