"""Watches, by example: who may ask, what runs, what is found, what is stored, what ends."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from tests.contracts.searching import places_of
from tests.databases import HandTime
from tests.installation import until
from tests.unit.watch_room import Street, new_house

from answerable.access.model import Forbidden, Role
from answerable.adapters.sql.watches import ad_term, watch_term
from answerable.alerts.decide import read_alert
from answerable.alerts.sources import Kind
from answerable.apps.wiring import House
from answerable.cases.model import URGENCY_MAX, CaseStatus, Cause, Choice, DecisionKind
from answerable.events.directives import DirectiveIssued
from answerable.events.watches import (
    WatchAsked,
    WatchEnded,
    WatchMatched,
    WatchSearched,
    WatchStarted,
)
from answerable.kernel.errors import Conflict, NotFound, Outage, Refusal
from answerable.kernel.time import DAY, HOUR
from answerable.preservation.service import EraseAd
from answerable.watches import hearing
from answerable.watches.model import Role as Asker
from answerable.watches.model import Status, TermKind

PHONE = ("phone", "(202) 555-0101")
NAME, PLACE = ("name", "Kim Example"), ("place", "Springfield, IL")
CALL = "Blue bike. Call 202-555-0101"
ONLY_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture
def time() -> HandTime:
    return HandTime()


@pytest.fixture
def house(database_url: str, tmp_path: Path, time: HandTime) -> Iterator[House]:
    made = new_house(tmp_path, database_url, time)
    yield made
    made.close()


@pytest.fixture
def street(house: House, time: HandTime) -> Street:
    return Street(house, time)


def test_the_archive_is_searched_and_the_ad_goes_to_the_top_of_the_queue(street: Street) -> None:
    ad, other = street.ad("ad-1", CALL), street.ad("ad-2", "Red bike. Call 202-555-0199")
    street.screen()
    watch = street.ask(PHONE)
    assert watch.status is Status.RUNNING
    assert street.matches() == {}, "the search has its own turn"
    street.search()
    assert street.matches() == {(watch.id, ad, 0): ("search", frozenset({"phone"}))}
    (case,) = street.cases()
    assert (case.cause, case.urgency, case.ad_ids) == (Cause.WATCH, URGENCY_MAX, (ad,))
    clocks = street.house.store.read(lambda w: w.cases.clocks_of(street.site, case.id))
    assert [(c.duty.name, c.ends - c.started) for c in clocks] == [("first_look", HOUR)]
    (brought,) = street.house.store.read(lambda w: w.cases.watches_of(street.site, case.id))
    assert (brought.watch, brought.kinds, brought.strong) == (watch.id, ("phone",), True)
    told = street.events(DirectiveIssued)
    assert {d.action for d in told if d.ad in (ad, other)} == {"publish"}, "nothing is hidden"
    (searched,) = street.events(WatchSearched)
    assert (searched.terms, searched.found, searched.matched) == (1, 1, 1)


def test_what_comes_in_is_matched_with_its_verdict_and_said_once(street: Street) -> None:
    watch = street.ask(PHONE)
    street.search()
    ad = street.ad("ad-1", "two zero two, five five five, zero one zero one")
    assert street.matches() == {}, "its words are not read yet"
    street.screen()
    assert street.matches() == {(watch.id, ad, 0): ("intake", frozenset({"phone"}))}
    street.house.recheck(street.site, ad)
    street.place("ad-1", {"city": "Springfield"})
    street.screen()
    street.revise("ad-1", "Blue bike. Call 202-555-0101 now")
    street.screen()
    assert set(street.matches()) == {(watch.id, ad, 0), (watch.id, ad, 1)}
    assert len(street.events(WatchMatched)) == 2
    (case,) = street.cases()
    assert case.ad_ids == (ad,)


def test_an_account_and_a_picture_match_before_anything_is_read(street: Street) -> None:
    watch = street.ask(("email", "Kim@example.com"), ("image", "AB" * 32))
    by_mail = street.ad("ad-1", account={"id": "a", "emails": [{"address": "KIM@EXAMPLE.COM"}]})
    by_file = street.ad("ad-2", attachments=({"sha256": "ab" * 32},))
    assert {ad: kinds for (_, ad, _), (_, kinds) in street.matches().items()} == {
        by_mail: {"email"},
        by_file: {"image"},
    }
    (case,) = street.cases()
    assert set(case.ad_ids) == {by_mail, by_file}, "one incident for one watch"
    street.screen()
    assert len(street.matches()) == 2
    assert watch.id in {name for name, _, _ in street.matches()}


def test_a_name_alone_is_nothing_and_with_a_place_in_one_revision_something(
    street: Street,
) -> None:
    for terms in ((NAME,), (PLACE,), (NAME, ("name", "Lee Sample"))):
        with pytest.raises(Refusal, match="alone"):
            street.ask(*terms)
    street.ask(NAME, PLACE)
    kim = {"id": "a", "names": ["KIM  example"]}
    street.ad("only-name", account=kim)
    street.ad("only-place", place={"city": "Springfield", "region": "IL"})
    street.ad("then-place", account=kim)
    street.revise("then-place", "Blue.", place={"city": "Springfield"})
    assert street.matches() == {}
    both = street.ad("both", account=kim, place={"city": "springfield"})
    moved = street.ad("moved", account=kim)
    street.place("moved", {"city": "Springfield", "region": "IL"})
    assert {ad for _, ad, _ in street.matches()} == {both, moved}
    assert {kinds for _, kinds in street.matches().values()} == {frozenset({"name", "place"})}


def test_a_strangers_watch_waits_for_one_look(street: Street) -> None:
    ad = street.ad("ad-1", CALL)
    street.screen()
    answer = street.alert(contacts=["call 202 555 0101"], places=["Springfield"])
    street.search()
    (watch,) = street.watches(Status.WAITING)
    assert (watch.role, watch.alert) == (Asker.ALERTER, answer.alert)
    assert set(watch.kinds) == {TermKind.PHONE, TermKind.PLACE}
    street.revise("ad-1", CALL + "!")
    street.screen()
    assert street.matches() == {}
    for who in (street.dora,):
        with pytest.raises(Forbidden):
            street.house.review_watch.approve(street.site, who, watch.id, "let it run")
    with pytest.raises(Refusal, match="say why"):
        street.house.review_watch.approve(street.site, street.ana, watch.id, " ")
    street.house.review_watch.approve(street.site, street.ana, watch.id, "the hotline knows her")
    street.search()
    assert set(street.matches()) == {(watch.id, ad, 1)}, "each ad once, at its newest revision"
    with pytest.raises(Conflict):
        street.house.review_watch.refuse(street.site, street.ana, watch.id, "second thoughts")


def test_the_alerts_own_case_knows_nothing_of_what_was_found(street: Street) -> None:
    street.ad("ad-1", CALL)
    street.screen()
    street.alert(contacts=["202 555 0101"])
    street.search()
    (watch,) = street.watches()
    street.house.review_watch.approve(street.site, street.ana, watch.id, "known")
    street.search()
    of_alert, of_watch = sorted(street.cases(), key=lambda c: c.cause.value)
    assert (of_alert.cause, of_alert.ads) == (Cause.ALERT, ())
    assert (of_watch.cause, len(of_watch.ads)) == (Cause.WATCH, 1)


@pytest.mark.parametrize("kind", [Kind.POLICE, Kind.HOTLINE])
def test_an_alert_of_registered_police_or_hotline_starts_its_watch_at_once(
    street: Street, kind: Kind
) -> None:
    ad = street.ad("ad-1", CALL)
    street.screen()
    street.alert(sender=street.source(kind), contacts=["202 555 0101"])
    street.search()
    (watch,) = street.watches(Status.RUNNING)
    assert (watch.role.value, watch.organisation) == (kind.value, f"Example {kind.value}")
    assert street.matches() == {(watch.id, ad, 0): ("search", frozenset({"phone"}))}
    later = street.ad("ad-2", CALL)
    street.screen()
    assert (watch.id, later, 0) in street.matches()
    asked, started = street.events(WatchAsked), street.events(WatchStarted)
    assert [(one.at_once, one.alert) for one in asked] == [(True, watch.alert)]
    assert [one.reason for one in started] == ["runs by right of who asks"]
    street.search()
    assert len(street.watches()) == 1, "said once"


def test_while_a_strangers_watch_waits_the_clocks_of_its_alert_run(street: Street) -> None:
    street.alert(contacts=["202 555 0101"])
    street.search()
    (case,) = street.cases()
    (watch,) = street.watches(Status.WAITING)
    assert [alert.alert for alert in case.alerts] == [watch.alert], "its page shows the watch"
    clocks = street.house.store.read(lambda w: w.cases.clocks_of(street.site, case.id))
    running = {clock.duty.name: clock.ends - clock.started for clock in clocks if clock.running}
    assert running["first_look"] == HOUR
    assert running["alert_answer"] == DAY


def test_whoever_only_says_police_waits_and_so_do_other_sources(street: Street) -> None:
    said: dict[str, Any] = {"about": {"contacts": ["202 555 0101"]}, "text": "please look"}
    said["alerter"] = {"role": "police"}
    street.house.receive_alert(street.site, read_alert(said, nonce="a nonce of chance"))
    for number, kind in enumerate((Kind.FLAGGER, Kind.NGO), 2):
        street.alert(sender=street.source(kind), contacts=[f"202 555 010{number}"])
    street.search()
    assert [watch.role for watch in street.watches(Status.WAITING)] == [Asker.ALERTER] * 3
    assert street.events(WatchStarted) == []


def test_a_refused_watch_never_runs(street: Street) -> None:
    street.ad("ad-1", CALL)
    street.screen()
    street.alert(contacts=["202 555 0101"])
    street.search()
    (watch,) = street.watches()
    street.house.review_watch.refuse(street.site, street.ana, watch.id, "a former husband")
    street.search()
    street.revise("ad-1", CALL + "!")
    street.screen()
    assert street.matches() == {}
    assert street.watch(watch.id).status is Status.REFUSED


@pytest.mark.parametrize(
    "about",
    [
        {"places": ["Springfield"]},
        {"words": ["lantern", "blue"]},
        {"contacts": ["no contact at all"], "handles": ["???"]},
    ],
)
def test_an_alert_that_could_match_nothing_becomes_no_watch(
    street: Street, about: dict[str, Any]
) -> None:
    street.alert(**about)
    street.search()
    assert street.watches() == ()
    assert len(street.cases()) == 1, "and is answered all the same"


def test_an_alert_that_names_an_ad_becomes_no_watch(street: Street) -> None:
    street.ad("ad-1", CALL)
    street.alert("ad-1")
    street.search()
    assert street.watches() == ()


def test_past_its_end_it_matches_nothing_and_the_sweep_only_says_so(street: Street) -> None:
    watch = street.ask(PHONE, days=1)
    street.search()
    street.time.pass_(DAY)
    street.ad("ad-1", CALL)
    street.screen()
    assert street.matches() == {}
    assert street.watch(watch.id).status is Status.RUNNING
    assert street.sweep() == 1
    assert street.sweep() == 0
    (ended,) = street.events(WatchEnded)
    assert ended.why == "expired"
    terms = select(func.count()).select_from(watch_term)
    assert street.house.store.read(lambda w: w.conn.execute(terms).scalar_one()) == 0


def test_a_search_that_comes_after_its_end_finds_nothing(street: Street) -> None:
    street.ad("ad-1", CALL)
    street.screen()
    street.ask(PHONE, days=1)
    street.time.pass_(2 * DAY)
    street.search()
    assert street.matches() == {}
    (searched,) = street.events(WatchSearched)
    assert searched.found == 0


def test_it_is_renewed_with_a_reason_for_a_year_at_most(street: Street) -> None:
    watch, run_on = street.ask(PHONE, days=30), street.house.run_on_watch
    street.time.pass_(29 * DAY)
    for days, reason in ((366, "still missing"), (0, "still missing"), (30, "")):
        with pytest.raises(Refusal):
            run_on.renew(street.site, street.cleo, watch.id, days, reason)
    with pytest.raises(Forbidden):
        run_on.renew(street.site, street.ana, watch.id, 30, "still missing")
    after = run_on.renew(street.site, street.cleo, watch.id, 365, "still missing")
    assert after.ends == street.time.now() + 365 * DAY
    run_on.end(street.site, street.cleo, watch.id, "she is home")
    for step in (run_on.end, lambda *a: run_on.renew(*a[:3], 30, a[3])):
        with pytest.raises(Conflict):
            step(street.site, street.cleo, watch.id, "again")
    with pytest.raises(Refusal, match="365"):
        street.ask(PHONE, days=366)


def test_who_may_ask_and_who_sees_what_is_looked_for(street: Street) -> None:
    with pytest.raises(Forbidden):
        street.house.ask_watch(street.site, street.ana, street.wish(PHONE))
    for role in (Asker.ALERTER, Asker.POSTERS):
        with pytest.raises(Refusal, match="who asks"):
            street.house.ask_watch(street.site, street.cleo, street.wish(PHONE, role=role))
    with pytest.raises(Refusal, match="organisation"):
        street.ask(PHONE, organisation=" ")
    watch = street.ask(PHONE)
    read = street.house.read_watches
    assert read.one(street.site, street.dora, watch.id).terms is None
    assert read.one(street.site, street.dora, watch.id).reason is None
    (term,) = read.one(street.site, street.ana, watch.id).terms or ()
    assert (term.said, term.value) == ("(202) 555-0101", "+12025550101")
    with pytest.raises(NotFound):
        read.one(street.site, street.ana, "none")  # type: ignore[arg-type]


def test_no_table_tells_whom_anybody_looks_for_or_what_posters_are_called(street: Street) -> None:
    street.ad(
        "ad-1",
        "Blue bike.",
        account={"id": "a", "names": ["Quixotic Zebra"]},
        place={"city": "Zebraville"},
    )
    street.ask(
        ("name", "Quixotic Zebra"), ("place", "Zebraville"), ("email", "zebra@example.com"),
        reason="zebra is missing", organisation="Example police",
    )  # fmt: skip
    street.screen()
    street.search()
    assert len(street.matches()) == 1
    needles = ("zebra", "Zebra", "quixotic", "Quixotic")
    assert places_of(street.house.store, needles) == {}


def test_an_erased_ad_is_found_by_nobody_any_more(street: Street) -> None:
    ad = street.ad(
        "ad-1", CALL, place={"city": "Springfield"}, attachments=({"sha256": "ab" * 32},),
        account={"id": "a", "names": ["Kim Example"], "phones": [{"number": "202-555-0102"}]},
    )  # fmt: skip
    street.screen()
    rows = select(func.count()).select_from(ad_term)
    assert street.house.store.read(lambda w: w.conn.execute(rows).scalar_one()) == 4
    sue = street.cleo, street_person(street, "sue")
    erase = EraseAd(street.house.store)
    for who in sue:
        outcome = erase(street.site, who, ad, "asked by the poster")
    assert outcome.done
    assert street.house.store.read(lambda w: w.conn.execute(rows).scalar_one()) == 0
    street.ask(PHONE, ("image", "ab" * 32), NAME, PLACE, ("phone", "202-555-0102"))
    street.search()
    street.house.recheck(street.site, ad)
    street.screen()
    assert street.matches() == {}


def street_person(street: Street, name: str) -> Any:
    from tests.unit.watch_room import person

    return person(street.site, name, Role.SENIOR)


def test_declining_takes_two_as_for_an_alert(street: Street) -> None:
    ad = street.ad("ad-1", CALL)
    street.screen()
    street.ask(PHONE)
    street.search()
    (case,) = street.cases()
    no = Choice(kind=DecisionKind.NO_ACTION, ads=(ad,), reason="a bicycle shop")
    with pytest.raises(Refusal, match="second person"):
        street.house.decide_case(street.site, street.ana, case.id, no)
    proposal = street.house.propose_decision(street.site, street.ana, case.id, no).proposal
    assert proposal is not None
    street.revise("ad-1", CALL + "!")
    street.screen()
    after = street.house.store.read(lambda w: w.cases.get(street.site, case.id))
    assert after.proposal is None, "who proposed did not know of this"
    assert after.status is CaseStatus.OPEN


def test_a_search_that_was_killed_goes_on_and_says_nothing_twice(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "BATCH", 2)
    ads = {street.ad(f"ad-{n}", CALL) for n in range(7)}
    street.screen()
    watch = street.ask(PHONE)
    search = street.house.then[hearing.SEARCH_ARCHIVE]
    started = street.house.store.read(lambda w: w.chain_of(street.site, watch.subject)[-1])
    tried = 0

    class Dying:
        """The store, whose third transaction does not come about."""

        read = street.house.store.read

        def run(self, fn: Any) -> Any:
            nonlocal tried
            tried += 1
            if tried == 3:
                raise Outage("the machine went away")
            return street.house.store.run(fn)

    with pytest.raises(Outage):
        hearing.SearchArchive(Dying(), street.house.watch_index)(started)
    assert len(street.matches()) == 4
    for _ in range(2):
        search(started)
    assert {ad for _, ad, _ in street.matches()} == ads
    (searched,) = street.events(WatchSearched)
    assert (searched.found, searched.matched) == (7, 7)
    assert len(street.events(WatchMatched)) == 7


@ONLY_POSTGRESQL
def test_a_watch_waits_for_intake_that_has_begun_and_then_finds_it(street: Street) -> None:
    """Else an ad that comes in just then would be found by neither."""
    begun, go_on = threading.Event(), threading.Event()
    store, index = street.house.store, street.house.watch_index
    ad = street.ad("ad-1")

    def intake(work: Any) -> None:
        work.watches.gate(street.site, closing=False)
        pair = (TermKind.IMAGE, "cd" * 32)
        work.watches.index_ad(street.site, ad, 0, index.blinded(street.site, [pair]))
        assert hearing.kinds_by_watch(work, index, street.site, ad, 0) == {}
        begun.set()
        assert go_on.wait(60)

    def asks() -> None:
        street.ask(("image", "cd" * 32))

    def waits() -> bool:
        asked = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(store.read(lambda w: w.conn.execute(asked).scalar_one()))

    threads = [threading.Thread(target=store.run, args=(intake,)), threading.Thread(target=asks)]
    threads[0].start()
    assert begun.wait(60)
    threads[1].start()
    try:
        until(waits, "whoever asks waits for the intake")
        assert street.watches() == ()
    finally:
        go_on.set()
        for thread in threads:
            thread.join()
    street.search()
    assert [(ad_, how) for (_, ad_, _), (how, _) in street.matches().items()] == [(ad, "search")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_found_by_reading_a_whole_site(street: Street) -> None:
    """Named for a search of minutes: without figures of its own SQLite took an index for `site`."""
    asked: dict[str, Any] = {}

    def keep(_conn: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        asked[statement] = given

    street.ask(PHONE, NAME, PLACE, ("image", "ab" * 32), ("handle", "kim_rides2"))
    engine = street.house.store.engine
    event.listen(engine, "before_cursor_execute", keep)
    kim = {"names": ["Kim Example"], "phones": [{"number": "202-555-0102"}]}
    for number in range(2):
        street.ad(f"ad-{number}", CALL, place={"city": "Springfield"}, account=kim)
    street.screen()
    street.search()
    street.ask(PHONE, NAME, PLACE)
    street.search()
    event.remove(engine, "before_cursor_execute", keep)
    assert len(street.matches()) == 4
    large = re.compile(r"\b(?:ad|contact|ad_term|watch_term|named|placed)\b")
    read = 0
    with engine.connect() as conn:
        for statement, given in asked.items():
            if not statement.startswith("SELECT"):
                continue
            rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            for line in [row[3] for row in rows if large.match(row[3].split()[1])]:
                assert line.startswith("SEARCH"), (line, statement)
                assert not line.endswith("(site=?)"), (line, statement)
                read += 1
    assert read > 10
