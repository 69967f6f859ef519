"""Alerts on a real database: no account, no proof, one answer to one nonce, few words said back."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from tests.databases import SITE, HandTime

from answerable.adapters.clock import SystemIds
from answerable.adapters.sql import core
from answerable.adapters.sql.alerts import alert as alert_table
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.work import Heard, SqlWork
from answerable.ads.directives_service import HideFirst, ReadFeed
from answerable.ads.model import Submission
from answerable.ads.service import ReceiveAd
from answerable.alerts.decide import read_alert
from answerable.alerts.model import AlertCommand, Answered, Reason, Role, TooManyLookups
from answerable.alerts.service import LookUpAlert, NoteAnswered, NoteAttached, ReceiveAlert
from answerable.events.alerts import AlertAnswered, AlertAttached, AlertReceived
from answerable.events.event import Recorded
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import ActorId, SubjectId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import DAY, MINUTE

IDS = SystemIds()
KEY = Sealed(b"\x05" * 32, label="look-up key")
NONCE = "nonce-of-the-alerter"


def command(**more: object) -> AlertCommand:
    return read_alert({"ad": "bike-1", "text": "bluelantern", **more}, nonce=NONCE)


def attach(work: SqlWork, recorded: Recorded) -> None:
    """Stands in for the cases chapter: the alert is answered by a case."""
    event = recorded.event
    assert isinstance(event, AlertReceived)
    work.record(
        AlertAttached(
            site=SITE,
            subject=event.subject,
            happened=work.now(),
            known=work.now(),
            actor=ActorId("system:cases"),
            alert=event.alert,
            case="case",
            ad=None,
            hidden=True,
        )
    )


@pytest.fixture
def time() -> HandTime:
    return HandTime()


@pytest.fixture
def alert_store(make_store: Callable[..., Store], time: HandTime) -> Store:
    story = {
        "alert.received": Heard(with_=(HideFirst(IDS), attach)),
        "alert.attached": Heard(with_=(NoteAttached(),)),
        "alert.answered": Heard(with_=(NoteAnswered(),)),
    }
    store = make_store(story, time)
    ReceiveAd(store, IDS).receive(
        SITE, Submission(external_id="bike-1", text={"body": "A blue bike."})
    )
    return store


def receive(store: Store) -> ReceiveAlert:
    return ReceiveAlert(store, IDS, KEY)


def answer_with(store: Store, alert: str, time: HandTime, *, within: bool) -> None:
    def fn(work: SqlWork) -> None:
        row = work.alerts.get(SITE, alert)  # type: ignore[arg-type]
        work.record(
            AlertAnswered(
                site=SITE,
                subject=row.subject,
                happened=time.now(),
                known=time.now(),
                actor=ActorId("system:cases"),
                alert=alert,
                case="case",
                decision="decision",
                outcome="acted",
                within_promise=within,
            )
        )

    store.run(fn)


def test_an_acknowledged_alert_is_an_event_and_has_hidden_the_ad(
    alert_store: Store, time: HandTime
) -> None:
    answer = receive(alert_store)(SITE, command(reasons=["minor_suspected"]))
    (told,) = ReadFeed(alert_store)(SITE, 0).directives
    assert (told.action.value, told.cause.value) == ("hide", "alert")
    recorded = alert_store.read(lambda work: work.recorded(answer.event))
    event = recorded.event
    assert isinstance(event, AlertReceived)
    assert (event.text, event.ad, event.nonce) == ("bluelantern", "bike-1", NONCE)
    assert event.due_act == answer.due_act == time.now() + DAY
    assert answer.promise.leaf_hash == recorded.leaf_hash
    assert answer.promise.due == answer.promise.received + MINUTE
    row = alert_store.read(lambda work: work.alerts.get(SITE, answer.alert))
    assert (row.case, row.hidden, row.leaf_hash) == ("case", True, recorded.leaf_hash)


def test_the_row_holds_no_words(alert_store: Store) -> None:
    answer = receive(alert_store)(
        SITE, command(alerter={"role": "family", "contact": "kin@example.org"})
    )
    row = alert_store.read(lambda work: work.conn.execute(select(alert_table)).one())
    stored = " ".join(str(value) for value in row)
    for word in ("bluelantern", "kin@example.org", "bike-1", NONCE, *answer.words):
        assert word not in stored


def test_the_same_nonce_and_bytes_get_the_same_answer(alert_store: Store, time: HandTime) -> None:
    first = receive(alert_store)(SITE, command())
    time.pass_(DAY)
    again = receive(alert_store)(SITE, command())
    assert again == replace(first, repeated=True)
    count = alert_store.read(
        lambda work: len(
            work.conn.execute(
                select(core.event.c.event_id).where(core.event.c.type == "alert.received")
            ).all()
        )
    )
    assert count == 1


def test_the_same_nonce_and_other_bytes_conflict(alert_store: Store) -> None:
    receive(alert_store)(SITE, command())
    with pytest.raises(Conflict):
        receive(alert_store)(SITE, command(text="other words"))


def test_one_nonce_from_many_callers_at_once_is_one_alert(alert_store: Store) -> None:
    answers: list[Any] = []

    def send() -> None:
        answers.append(receive(alert_store)(SITE, command()))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len({(a.alert, a.words, a.promise.leaf_hash) for a in answers}) == 1
    assert sum(not a.repeated for a in answers) == 1


def test_two_alerts_never_share_leaf_or_words(alert_store: Store) -> None:
    asked = receive(alert_store)
    answers = [asked(SITE, read_alert({"ad": "bike-1"}, nonce=asked.new_nonce())) for _ in range(5)]
    assert len({a.promise.leaf_hash for a in answers}) == 5
    assert len({a.words for a in answers}) == 5
    assert len(ReadFeed(alert_store)(SITE, 0).directives) == 1, "hidden once is hidden"


def test_an_alert_about_no_ad_hides_none_and_is_received(alert_store: Store) -> None:
    about = {"contacts": ["+1 202-555-0123"], "words": ["bluelantern"]}
    answer = receive(alert_store)(SITE, read_alert({"about": about}, nonce=NONCE))
    event = alert_store.read(lambda work: work.recorded(answer.event)).event
    assert event.about["contacts"] == ["+1 202-555-0123"]  # type: ignore[attr-defined]
    assert ReadFeed(alert_store)(SITE, 0).directives == ()


def test_words_that_are_taken_are_said_otherwise(alert_store: Store) -> None:
    first = receive(alert_store)(SITE, command())

    def take(work: SqlWork) -> None:
        """Another alert has, by a chance of 2^-55, the words that this nonce would get."""
        from answerable.alerts import words

        row = work.alerts.get(SITE, first.alert)
        said = words.spoken(KEY.open(), SITE, "second-nonce")
        work.alerts.put(replace(row, words_digest=words.words_digest(KEY.open(), SITE, said)))

    alert_store.run(take)
    second = receive(alert_store)(SITE, read_alert({"ad": "bike-1"}, nonce="second-nonce"))
    again = receive(alert_store)(SITE, read_alert({"ad": "bike-1"}, nonce="second-nonce"))
    assert again.words == second.words
    look = LookUpAlert(alert_store, KEY)
    assert look(SITE, " ".join(second.words), client="a").received


# Look-up


def test_a_look_up_says_received_and_whether_the_promise_was_kept(
    alert_store: Store, time: HandTime
) -> None:
    answer = receive(alert_store)(SITE, command())
    look, said = LookUpAlert(alert_store, KEY), ", ".join(answer.words).upper()
    assert look(SITE, said, client="a").answered is Answered.NOT_DUE
    time.pass_(DAY)
    assert look(SITE, said, client="a").answered is Answered.NOT_DUE
    time.pass_(1)
    assert look(SITE, said, client="a").answered is Answered.NO
    answer_with(alert_store, answer.alert, time, within=False)
    assert look(SITE, said, client="a").answered is Answered.NO, "late stays late"


def test_an_alert_answered_in_time_stays_so(alert_store: Store, time: HandTime) -> None:
    answer = receive(alert_store)(SITE, command())
    answer_with(alert_store, answer.alert, time, within=True)
    time.pass_(30 * DAY)
    standing = LookUpAlert(alert_store, KEY)(SITE, " ".join(answer.words), client="a")
    assert (standing.received, standing.answered) == (True, Answered.YES)


def test_unknown_words_are_not_found_and_other_sites_know_nothing(alert_store: Store) -> None:
    answer = receive(alert_store)(SITE, command())
    look = LookUpAlert(alert_store, KEY)
    for text in ("", "abacus", "abacus acorn zoo zone zinc", "not five known words here"):
        with pytest.raises(NotFound):
            look(SITE, text, client="a")
    with pytest.raises(NotFound):
        look("other", " ".join(answer.words), client="a")  # type: ignore[arg-type]


def test_guessing_is_counted_in_the_database(alert_store: Store, time: HandTime) -> None:
    """Another process, another look: the count is one. A minute later it begins anew."""
    answer = receive(alert_store)(SITE, command())
    said = " ".join(answer.words)
    for _ in range(3):
        with pytest.raises(NotFound):
            LookUpAlert(alert_store, KEY, per_client=3)(SITE, "abacus", client="192.0.2.1")
    with pytest.raises(TooManyLookups):
        LookUpAlert(alert_store, KEY, per_client=3)(SITE, said, client="192.0.2.1")
    assert LookUpAlert(alert_store, KEY, per_client=3)(SITE, said, client="192.0.2.2").received
    time.pass_(MINUTE)
    assert LookUpAlert(alert_store, KEY, per_client=3)(SITE, said, client="192.0.2.1").received


def test_guessing_from_many_addresses_is_bounded_for_the_site(alert_store: Store) -> None:
    look = LookUpAlert(alert_store, KEY, per_client=10, per_site=4)
    refused = 0
    for number in range(8):
        try:
            look(SITE, "abacus", client=f"192.0.2.{number}")
        except TooManyLookups:
            refused += 1
        except NotFound:
            pass
    assert refused == 4


# At the door


def test_what_is_left_out_has_a_default() -> None:
    got = read_alert({"ad": " bike-1 "}, nonce=NONCE)
    assert (got.ad, got.text, got.reasons, got.nonce) == ("bike-1", "", (), NONCE)
    assert (got.alerter.role, got.alerter.contact) == (Role.PUBLIC, None)
    own = read_alert({"ad": "b", "nonce": "their own nonce"}, nonce=NONCE)
    assert own.nonce == "their own nonce"


def test_words_stay_as_they_came() -> None:
    text = "a\x00b\r\n‮c  "
    assert read_alert({"ad": "b", "text": text}, nonce=NONCE).text == text


def test_reasons_are_a_closed_list_said_once() -> None:
    got = read_alert({"ad": "b", "reasons": ["coerced", "other", "coerced"]}, nonce=NONCE)
    assert got.reasons == (Reason.COERCED, Reason.OTHER)


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"ad": "  "},
        {"about": {}},
        {"about": {"contacts": ["  "]}},
        {"ad": 7},
        {"ad": "b", "extra": 1},
        {"ad": "b", "about": {"phone": ["x"]}},
        {"ad": "b", "about": []},
        {"ad": "b", "about": {"words": "bluelantern"}},
        {"ad": "b", "about": {"words": ["x"] * 51}},
        {"ad": "b", "about": {"words": ["x" * 501]}},
        {"ad": "b", "text": "x" * 10_001},
        {"ad": "b", "text": "\ud800"},
        {"ad": "b", "reasons": ["rumour"]},
        {"ad": "b", "reasons": "other"},
        {"ad": "b", "alerter": {"role": "king"}},
        {"ad": "b", "alerter": {"name": "x"}},
        {"ad": "b", "alerter": "family"},
        {"ad": "b", "nonce": "short"},
        {"ad": "b", "nonce": "n" * 201},
        {"ad": "b", "nonce": "näch-die-nonce"},
        {"ad": "b" * 2_084},
    ],
)
def test_what_is_no_alert_is_refused(raw: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        read_alert(raw, nonce=NONCE)


def test_an_alert_names_nothing_of_the_closed_chain(alert_store: Store) -> None:
    """Its opening goes to the alerter: no refs, no duties, and no id of ours but its own."""
    answer = receive(alert_store)(SITE, command())
    event = alert_store.read(lambda work: work.recorded(answer.event)).event
    ad = alert_store.read(lambda work: work.ads.find(SITE, "bike-1"))
    assert ad is not None
    said = repr(event.grouped_values())
    assert (event.refs, event.due, event.closes) == ((), (), ())
    for ours in (ad.id, ad.open_subject, ad.closed_subject):
        assert SubjectId(ours) not in said
