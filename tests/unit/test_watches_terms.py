"""Terms of watches: how they are read, where they meet, and what happens where reading fails."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.databases import HandTime
from tests.unit.watch_room import Street, new_house

from answerable.adapters.sql.alerts import alert as alert_table
from answerable.apps.wiring import House
from answerable.events.ads import AdReceived
from answerable.events.watches import WatchAsked
from answerable.kernel.errors import Breach, Refusal
from answerable.watches import hearing
from answerable.watches.matching import Index
from answerable.watches.model import TermKind
from answerable.watches.terms import plain_words, read_term, terms_of_ad

PHONE, NAME = ("phone", "(202) 555-0101"), ("name", "Kim Example")


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


class Broken:
    """A reader of contacts with a fault in it."""

    platforms = ("instagram",)

    def __call__(self, text: str) -> Any:
        raise Breach("contacts could not be read")


def test_intake_goes_on_where_reading_fails_and_a_strangers_words_are_seen_to_fail(
    street: Street,
) -> None:
    """An account that cannot be read is matched by screening; an alert is parked, not forgotten."""
    index = Index(read=Broken(), blind=street.house.watch_index.blind)
    account = {"phones": [{"number": "202-555-0101"}], "emails": [{"address": "Kim@Example.com"}]}
    street.ad("ad-1", account=account)
    (event,) = street.events(AdReceived)
    assert set(terms_of_ad(event, index.read)) == {
        (TermKind.PHONE, "202-555-0101"),
        (TermKind.EMAIL, "kim@example.com"),
    }
    street.alert(contacts=["202-555-0101"])
    (alert,) = street.house.store.read(
        lambda w: [r for r in w.chain_of(street.site, alert_subject(w)) if r.sseq == 0]
    )
    with pytest.raises(Breach):
        hearing.AskForAlert(street.house.store, street.house.ids, index)(alert)
    assert street.watches() == ()
    street.search()
    assert len(street.watches()) == 1, "and it is still there to be read"


def alert_subject(work: Any) -> Any:
    return work.conn.execute(select(alert_table.c.subject)).scalar_one()


def test_terms_that_are_not_what_they_claim_are_refused(street: Street) -> None:
    read = street.house.watch_index.read
    for kind, said in (
        ("phone", "nobody"),
        ("email", "kim at home"),
        ("handle", "!!"),
        ("image", "ab" * 31),
        ("name", "?"),
        ("place", "  "),
        ("phone", "1" * 501),
    ):
        with pytest.raises(Refusal):
            read_term(TermKind(kind), said, read)


def test_handles_meet_with_and_without_their_platform(street: Street) -> None:
    street.ask(("handle", "@kim_rides2"))
    street.ask(("handle", "telegram:lee_rows1"))
    found = street.ad("ad-1", "insta: kim_rides2")
    bare = street.ad("ad-2", "write to @lee_rows1")
    street.ad("ad-3", "snapchat: lee_rows1")
    street.screen()
    assert {ad for _, ad, _ in street.matches()} == {found, bare}


def test_names_and_places_are_compared_without_signs_or_case() -> None:
    assert plain_words("  ＫＩＭ—O’Example ") == "kim o example"
    assert plain_words("ß") == "ss"
    assert plain_words("k") == ""
    assert plain_words("Zoe\u0308") == plain_words("Zo\u00eb")


def test_a_wish_keeps_its_words_in_its_event_alone(street: Street) -> None:
    wish = street.wish(PHONE, NAME, reason="her mother asks")
    watch = street.house.ask_watch(street.site, street.cleo, wish)
    (event,) = street.events(WatchAsked)
    assert event.terms[0] == {"kind": "phone", "said": PHONE[1], "value": "+12025550101"}
    assert (event.reason, event.organisation) == ("her mother asks", "Example police")
    assert "her mother" not in repr(street.watch(watch.id))
