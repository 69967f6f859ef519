"""Intake on both databases: every word as submitted, every key once, nothing left by a refusal."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.contracts.searching import places_of
from tests.databases import SITE, HandTime, add_site

from answerable.adapters.clock import SystemIds
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.schema import every_table
from answerable.adapters.sql.work import Heard
from answerable.ads.model import (
    PlacementKind,
    PlacementNews,
    Submission,
    Submitted,
)
from answerable.ads.service import IdempotencyKey, PlaceAd, ReceiveAd
from answerable.events.event import Recorded
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import EventId, Site
from answerable.kernel.time import Millis
from answerable.screening.service import OweScreening

NUMBERS = itertools.count()
WITH_SCREENING = {
    kind: Heard(with_=(OweScreening(),), then=())
    for kind in ("ad.received", "ad.revised", "ad.published", "ad.renewed", "ad.moved")
}

HARD = ["\x00", "\r\n", "‮", "⁦", "\U0001f6b2", "\u2028", "e\u0301", "\ufeff", "\x7f", '"', "\\"]
WORDS = st.lists(
    st.one_of(st.sampled_from(HARD), st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
    max_size=12,
).map("".join)
FIELD = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)


def submission(external_id: str = "ad-1", **more: Any) -> Submission:
    return Submission(external_id=external_id, **{"text": {"body": "A bike"}, **more})


def everything(store: Store) -> dict[str, int]:
    """How many rows each table holds."""

    def count(work: Any) -> dict[str, int]:
        return {
            table.name: work.conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in every_table().tables.values()
        }

    return store.read(count)


def event_of(store: Store, submitted: Submitted) -> Any:
    return store.read(lambda work: work.recorded(EventId(submitted.event_id))).event


def chain_of(store: Store, external_id: str = "ad-1") -> tuple[Recorded, ...]:
    def read(work: Any) -> tuple[Recorded, ...]:
        ad = work.ads.find(SITE, external_id)
        chain: tuple[Recorded, ...] = work.chain_of(SITE, ad.open_subject)
        return chain

    return store.read(read)


def key(name: str = "k", raw: bytes = b"\x01", route: str = "ads") -> IdempotencyKey:
    return IdempotencyKey(route=route, key=name, request_sha256=raw * 32)


# Words


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.dictionaries(FIELD, WORDS, min_size=1, max_size=4),
    names=st.lists(WORDS, max_size=2),
    city=WORDS,
)
def test_every_word_comes_back_as_submitted(
    store: Store, text: dict[str, str], names: list[str], city: str
) -> None:
    """NUL, bidi marks, line ends, astral letters: no column and no spelling changes any of them."""
    ads = ReceiveAd(store, SystemIds())
    name = f"ad-{next(NUMBERS)}"
    given_ = submission(
        name, text=text, account={"id": "a", "names": names}, place={"country": "US", "city": city}
    )
    event = event_of(store, ads.receive(SITE, given_))
    assert event.text == text
    assert {k: v.encode() for k, v in event.text.items()} == {
        k: v.encode() for k, v in text.items()
    }
    assert event.account == {"id": "a", "names": names}
    assert event.place == {"country": "US", "city": city}
    changed = replace(given_, text={**text, "body": text.get("body", "") + "\x00."})
    assert event_of(store, ads.revise(SITE, changed)).text == changed.text


def test_words_stand_nowhere_but_in_encrypted_bodies(make_store: Callable[..., Store]) -> None:
    store = make_store(WITH_SCREENING)
    words = [f"unmistakable{n}" for n in range(12)]
    w = iter(words)
    given_ = Submission(
        external_id="ad-1",
        section="bikes",
        language=next(w),
        text={"title": next(w), "body": f"{next(w)}\x00"},
        place={"country": "US", "city": next(w), "text": next(w)},
        account={"id": "acct-1", "names": [next(w)], "profile_url": next(w)},
        payment={"payer_name": next(w), "token": next(w)},
        connections=({"ip": "192.0.2.1", "device": next(w)},),
        attachments=({"sha256": "0" * 64, "original_name": next(w), "url": next(w)},),
    )
    ReceiveAd(store, SystemIds()).receive(SITE, given_, key())
    PlaceAd(store, SystemIds())(
        SITE,
        PlacementNews(external_id="ad-1", kind=PlacementKind.PUBLISHED, place={"text": words[3]}),
    )
    assert places_of(store, words) == {}
    assert list(places_of(store, ["acct-1"])) == ["ad.account_id"]  # the look itself works


@pytest.mark.parametrize(
    "bad",
    [
        {"external_id": ""},
        {"external_id": "a\x00b"},
        {"external_id": "x" * 201},
        {"external_id": "\ud800"},
        {"section": "bikes\x00"},
        {"section": "x" * 501},
        {"url": "https://ads.example.com/\x00"},
        {"url": "x" * 2084},
        {"account": {"id": "a\x00"}},
        {"account": {"id": "x" * 501}},
        {"account": {"id": 7}},
        {"text": {}},
        {"text": {"body": "half \ud83d a bike"}},
        {"text": {"größe": "x"}},
        {"place": {"city": "\udfff"}},
        {"submitted_at": Millis(9_000_000_000_000)},
        {"spooled_at": Millis(9_000_000_000_000)},
    ],
    ids=repr,
)
def test_what_cannot_be_kept_exactly_is_refused_and_leaves_nothing(
    make_store: Callable[..., Store], bad: dict[str, Any]
) -> None:
    """The same answer on both databases: PostgreSQL has no NUL in text and bounds its columns."""
    store = make_store(WITH_SCREENING)
    ads, before = ReceiveAd(store, SystemIds()), everything(store)
    wrong = replace(submission("ad-1"), **bad)
    for ask in (ads.receive, ads.take):
        with pytest.raises(Refusal):
            ask(SITE, wrong)
    with pytest.raises(Refusal):
        ads.receive(SITE, wrong, key())
    (refused,) = ads.receive_all(SITE, [wrong])
    assert isinstance(refused, Refusal)
    assert everything(store) == before


@pytest.mark.parametrize(
    ("place", "jurisdiction"),
    [
        ({"country": "US", "region": "CA"}, "US-CA"),
        ({"country": " us ", "region": "ca"}, "US-CA"),
        ({"country": "US", "region": "California"}, "US"),
        ({"country": "USA"}, ""),
        ({"country": "ß"}, ""),
        ({"country": "U\x00"}, ""),
        ({"country": "US", "region": "\x00"}, "US"),
        ({"country": "US", "region": "ﬁ"}, "US"),
        ({}, ""),
    ],
)
def test_a_jurisdiction_is_two_letters_and_perhaps_a_region(
    store: Store, place: dict[str, str], jurisdiction: str
) -> None:
    ReceiveAd(store, SystemIds()).receive(SITE, submission(place=place))
    ad = store.read(lambda work: work.ads.find(SITE, "ad-1"))
    assert ad is not None
    assert ad.jurisdiction == jurisdiction


# Keys


def test_the_same_key_and_bytes_give_the_same_answer_once(store: Store) -> None:
    ads = ReceiveAd(store, SystemIds())
    first = ads.receive(SITE, submission(), key())
    again = ads.receive(SITE, submission(), key())
    assert again == replace(first, repeated=True)
    assert len(chain_of(store)) == 1
    with pytest.raises(Conflict, match="other bytes"):
        ads.receive(SITE, submission(text={"body": "other"}), key(raw=b"\x02"))
    revised = ads.revise(SITE, submission(text={"body": "new"}), key(route="revisions/1"))
    assert revised.revision == 1
    assert ads.revise(SITE, submission(text={"body": "new"}), key(route="revisions/1")) == replace(
        revised, repeated=True
    )
    assert len(chain_of(store)) == 2


def test_a_refused_request_leaves_its_key_free(store: Store) -> None:
    ads = ReceiveAd(store, SystemIds())
    with pytest.raises(NotFound):
        ads.revise(SITE, submission(), key())
    assert ads.receive(SITE, submission(), key()).revision == 0


def at_once(*asks: Callable[[], Any]) -> list[Any]:
    """What each of these answers or raises, all asked at the same moment."""
    answers: list[Any] = [None] * len(asks)
    ready = threading.Barrier(len(asks))

    def run(number: int, ask: Callable[[], Any]) -> None:
        ready.wait()
        try:
            answers[number] = ask()
        except Refusal as refusal:
            answers[number] = refusal

    threads = [threading.Thread(target=run, args=each) for each in enumerate(asks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("door", ["receive", "revise", "place", "batch"])
def test_one_key_asked_many_times_at_once_happens_once(
    make_store: Callable[..., Store], door: str
) -> None:
    """Named for a second revision: the key was looked up before the ad's row was locked."""
    stores = [make_store(WITH_SCREENING) for _ in range(4)]
    if door in ("revise", "place"):
        ReceiveAd(stores[0], SystemIds()).receive(SITE, submission())
    for round_ in range(4):
        name, before = f"k{round_}", everything(stores[0])["event"]
        ask: dict[str, Callable[[Store], Any]] = {
            "receive": lambda s, n=name: ReceiveAd(s, SystemIds()).receive(
                SITE, submission(n), key(n)
            ),
            "revise": lambda s, n=name: ReceiveAd(s, SystemIds()).revise(
                SITE, submission(text={"body": n}), key(n)
            ),
            "place": lambda s, n=name: PlaceAd(s, SystemIds())(
                SITE, PlacementNews(external_id="ad-1", kind=PlacementKind.RENEWED), key(n)
            ),
            "batch": lambda s, n=name: ReceiveAd(s, SystemIds()).receive_all(
                SITE, [submission(f"{n}-{i}") for i in range(3)], key(n)
            ),
        }
        asked = ask[door]
        answers = at_once(*(lambda s=s, asked=asked: asked(s) for s in stores))
        plain = [[replace(a, repeated=False) for a in _listed(answer)] for answer in answers]
        assert plain == plain[:1] * 4
        assert sum(not _listed(answer)[0].repeated for answer in answers) == 1
        grown = everything(stores[0])["event"] - before
        assert grown == (6 if door == "batch" else 2)  # each with its screen.owed


def _listed(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]


def test_one_key_for_two_bodies_at_once_conflicts(make_store: Callable[..., Store]) -> None:
    stores = [make_store() for _ in range(2)]
    for round_ in range(5):
        name = f"k{round_}"
        answers = at_once(
            lambda n=name: ReceiveAd(stores[0], SystemIds()).receive(
                SITE, submission(f"{n}-a"), key(n, b"\x01")
            ),
            lambda n=name: ReceiveAd(stores[1], SystemIds()).receive(
                SITE, submission(f"{n}-b"), key(n, b"\x02")
            ),
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Submitted"]
    assert everything(stores[0])["ad"] == 5


# Ads and revisions


def test_an_external_id_is_one_ad_of_its_site(store: Store) -> None:
    ads = ReceiveAd(store, SystemIds())
    first = ads.receive(SITE, submission())
    before = everything(store)
    with pytest.raises(Conflict, match="taken"):
        ads.receive(SITE, submission())
    with pytest.raises(NotFound):
        ads.revise(SITE, submission("other"))
    assert everything(store) == before
    store.run(lambda work: add_site(work, Site("second")))
    assert ads.receive(Site("second"), submission()).ad != first.ad


def test_many_at_once_receive_one_ad_and_number_its_revisions(
    make_store: Callable[..., Store],
) -> None:
    stores = [make_store(WITH_SCREENING) for _ in range(3)]
    answers = at_once(
        *(lambda s=s: ReceiveAd(s, SystemIds()).receive(SITE, submission()) for s in stores * 2)
    )
    assert sorted(type(a).__name__ for a in answers) == ["Conflict"] * 5 + ["Submitted"]
    revised = at_once(
        *(
            lambda s=s, n=n: ReceiveAd(s, SystemIds()).revise(
                SITE, submission(text={"body": f"{n}"})
            )
            for n, s in enumerate(stores * 4)
        )
    )
    assert sorted(answer.revision for answer in revised) == list(range(1, 13))
    chain = chain_of(stores[0])
    assert [r.event.revision for r in chain] == list(range(13))  # type: ignore[attr-defined]
    assert [r.sseq for r in chain] == list(range(13))


def test_take_is_safe_to_repeat(store: Store) -> None:
    ads = ReceiveAd(store, SystemIds())
    first = ads.take(SITE, submission())
    assert first is not None
    assert ads.take(SITE, submission()) is None
    second = ads.take(SITE, submission(text={"body": "A bike, cheaper"}))
    assert second is not None
    assert (first.revision, second.revision) == (0, 1)
    assert ads.take(SITE, submission(text={"body": "A bike, cheaper"})) is None
    back = ads.take(SITE, submission())
    assert back is not None
    assert back.revision == 2
    assert [r.event.TYPE for r in chain_of(store)] == ["ad.received", "ad.revised", "ad.revised"]


def test_taking_the_same_rows_at_once_makes_one_ad_of_each(
    make_store: Callable[..., Store],
) -> None:
    stores = [make_store() for _ in range(3)]
    rows = [submission(f"row-{n}") for n in range(20)]
    at_once(*(lambda s=s: ReceiveAd(s, SystemIds()).take_all(SITE, rows) for s in stores))
    assert everything(stores[0])["ad"] == 20
    assert everything(stores[0])["event"] == 20


def test_a_refused_one_of_a_batch_changes_nothing_and_stops_nobody(
    make_store: Callable[..., Store],
) -> None:
    store = make_store(WITH_SCREENING)
    ads = ReceiveAd(store, SystemIds())
    ads.receive(SITE, submission("taken"))
    batch = [
        submission("a"),
        submission("taken"),
        submission("b", submitted_at=Millis(9_000_000_000_000)),
        submission("c\x00"),
        submission("a"),
        submission("d"),
    ]
    answers = ads.receive_all(SITE, batch, key())
    assert [type(answer).__name__ for answer in answers] == [
        *("Submitted", "Conflict", "Refusal", "Refusal", "Conflict", "Submitted")
    ]
    assert everything(store)["ad"] == 3
    assert everything(store)["event"] == 6
    again = ads.receive_all(SITE, batch, key())
    assert [getattr(a, "event_id", None) for a in again] == [
        getattr(a, "event_id", None) for a in answers
    ]
    assert [getattr(a, "reason", None) for a in again] == [
        getattr(a, "reason", None) for a in answers
    ]
    assert everything(store)["event"] == 6
    taken = ads.take_all(SITE, [*batch[:3], submission("d", text={"body": "new"})])
    assert [type(answer).__name__ for answer in taken] == [
        *("NoneType", "NoneType", "Refusal", "Submitted")
    ]


def test_the_receipt_promises_this_leaf_from_the_time_it_was_recorded(
    make_store: Callable[..., Store],
) -> None:
    time = HandTime()
    store = make_store(None, time)
    submitted = ReceiveAd(store, SystemIds()).receive(SITE, submission())
    recorded = store.read(lambda work: work.recorded(EventId(submitted.event_id)))
    assert submitted.promise.leaf_hash == recorded.leaf_hash
    assert submitted.promise.received == recorded.recorded == time.now()
    assert (submitted.promise.after_size, submitted.promise.due) == (0, time.now() + 60_000)
