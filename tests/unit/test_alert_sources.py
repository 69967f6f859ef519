"""Registered sources on a real database: who signs, what it covers, which clock it starts."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.databases import SITE
from tests.unit.alert_room import AlertRoom, make_room
from tests.unit.case_room import ANA, BEN, IDS, staff
from tests.unit.console_room import Room as House
from tests.unit.console_room import room as house_room

from answerable.access.decide import system_actor
from answerable.access.model import Forbidden, NotLoggedIn, Role, Scope
from answerable.adapters.signing.sources import ed25519_holds
from answerable.adapters.sql.runner import Store
from answerable.alerts.alerters import Alerter
from answerable.alerts.decide import read_alert
from answerable.alerts.flood import FloodTerms
from answerable.alerts.sources import Kind, Record, Sender, Signed, Source, signing_text
from answerable.alerts.sources_service import KnowSender, ReadSources, RegisterSource, RevokeSource
from answerable.events.duties.clocks import FLAGGER_ANSWER, POLICE_ANSWER, Stop
from answerable.events.hiding import AlertPutOff
from answerable.events.sources import AlertVerified, SourceRegistered, SourceRevoked
from answerable.kernel.canonical import canonical_bytes
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import Site, SubjectId
from answerable.kernel.time import MINUTE, Millis

ADMIN = staff("edda", Role.ADMIN)
KEY = Ed25519PrivateKey.from_private_bytes(b"\x11" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
PATH = "/v1/alerts"
SHA = "ab" * 32


@pytest.fixture
def room(make_store: Callable[..., Store]) -> AlertRoom:
    return make_room(make_store, FloodTerms(window=10 * MINUTE, site=3, account=2))


def register(room: AlertRoom, kind: Kind = Kind.FLAGGER, **more: Any) -> Source:
    told = {
        "organisation": "Example Hotline",
        "contact": "desk@example.org",
        "how": "Called back at the number on its page.",
        "key": PUBLIC,
    }
    return RegisterSource(room.store, IDS)(SITE, ADMIN, kind=kind, **{**told, **more})


def signed(room: AlertRoom, source: Source, **more: Any) -> Signed:
    raw = Signed(
        source=source.id, at=room.at(), nonce="nonce-one", signature=b"", path=PATH, body_sha256=SHA
    )
    raw = replace(raw, **more)
    return replace(raw, signature=KEY.sign(signing_text(SITE, raw)))


def known(room: AlertRoom, source: Source) -> Sender:
    return Sender(known_by=source.known_by, source=source.id, kind=source.kind)


def send(room: AlertRoom, name: str, sender: Sender | None, **more: Any) -> Any:
    command = read_alert({"ad": name, **more}, nonce=IDS.new())
    return room.receive()(SITE, command, sender)


def test_only_who_manages_access_registers_and_the_record_says_how(room: AlertRoom) -> None:
    with pytest.raises(Forbidden):
        RegisterSource(room.store, IDS)(
            SITE, ANA, kind=Kind.NGO, organisation="x", contact="y", how="z"
        )
    for missing in ("organisation", "contact", "how"):
        with pytest.raises(Refusal):
            register(room, **{missing: " "})
    source = register(room)
    (event,) = room.events(SourceRegistered)
    assert (event.source, event.kind, event.organisation) == (
        source.id,
        "flagger",
        "Example Hotline",
    )
    assert event.key_sha256 is not None
    assert "desk@example.org" not in str(event.grouped_values()["facts"])


def test_a_signature_over_exactly_this_request_is_the_sources(room: AlertRoom) -> None:
    source = register(room)
    sender = KnowSender(room.store, ed25519_holds).by_signature(SITE, signed(room, source))
    assert (sender.known_by, sender.kind) == (source.known_by, Kind.FLAGGER)


@pytest.mark.parametrize(
    "changed",
    [
        {"path": "/v1/alerts/batch"},
        {"body_sha256": "cd" * 32},
        {"nonce": "nonce-two"},
        {"at": Millis(1_790_000_000_001)},
        {"source": "another"},
        {"signature": b"\x00" * 64},
    ],
)
def test_a_signature_over_anything_else_is_nobodys(
    room: AlertRoom, changed: dict[str, Any]
) -> None:
    whole = signed(room, register(room))
    with pytest.raises(NotLoggedIn):
        KnowSender(room.store, ed25519_holds).by_signature(SITE, replace(whole, **changed))


def test_another_sites_signature_says_nothing_here(room: AlertRoom) -> None:
    source = register(room)
    raw = replace(signed(room, source), signature=b"")
    elsewhere = replace(raw, signature=KEY.sign(signing_text(Site("other"), raw)))
    with pytest.raises(NotLoggedIn):
        KnowSender(room.store, ed25519_holds).by_signature(SITE, elsewhere)


@pytest.mark.parametrize("off", [-5 * MINUTE - 1, 5 * MINUTE + 1])
def test_a_time_that_is_too_far_off_is_refused(room: AlertRoom, off: int) -> None:
    source = register(room)
    late = signed(room, source, at=Millis(room.at() + off))
    with pytest.raises(NotLoggedIn):
        KnowSender(room.store, ed25519_holds).by_signature(SITE, late)


def test_a_nonce_is_for_one_request_and_the_same_request_is_the_same(room: AlertRoom) -> None:
    know, source = KnowSender(room.store, ed25519_holds), register(room)
    first = know.by_signature(SITE, signed(room, source))
    assert know.by_signature(SITE, signed(room, source)) == first
    with pytest.raises(Conflict):
        know.by_signature(SITE, signed(room, source, body_sha256="cd" * 32))
    room.time.pass_(10 * MINUTE + 1)
    room.store.run(lambda w: w.alerts.drop_nonces(SITE, room.at()))
    with pytest.raises(NotLoggedIn):
        know.by_signature(SITE, signed(room, source, at=Millis(room.at() - 10 * MINUTE - 1)))


def test_a_revoked_source_signs_nothing_any_more(room: AlertRoom) -> None:
    source, revoke = register(room), RevokeSource(room.store)
    with pytest.raises(Forbidden):
        revoke(SITE, ANA, source.id, "its key leaked")
    assert revoke(SITE, ADMIN, source.id, "its key leaked").contact == ""
    assert [e.reason for e in room.events(SourceRevoked)] == ["its key leaked"]
    with pytest.raises(NotLoggedIn):
        KnowSender(room.store, ed25519_holds).by_signature(SITE, signed(room, source))
    with pytest.raises(Conflict):
        revoke(SITE, ADMIN, source.id, "again")


def test_a_token_of_a_source_is_the_source_and_any_other_is_itself(room: AlertRoom) -> None:
    source = register(room, Kind.NGO, key=None, token="token-1")
    know = KnowSender(room.store, ed25519_holds)
    assert know.by_token(SITE, "token-1").known_by == source.known_by
    assert know.by_token(SITE, "token-2") == Sender(known_by="token:token-2")
    RevokeSource(room.store)(SITE, ADMIN, source.id, "asked us to")
    with pytest.raises(NotLoggedIn):
        know.by_token(SITE, "token-1")


def test_a_known_senders_alert_is_not_counted_and_hides_in_any_flood(room: AlertRoom) -> None:
    source = register(room)
    for number in range(6):
        room.up(f"kim-{number}")
        send(room, f"kim-{number}", known(room, source))
    assert room.events(AlertPutOff) == []
    for number in range(6, 9):
        room.up(f"kim-{number}")
        room.stranger(f"kim-{number}")
    assert len(room.events(AlertPutOff)) == 1, "the third stranger"
    ad = room.up("kim-9")
    answer = send(room, "kim-9", known(room, source))
    assert not room.visible(ad)
    (event,) = [e for e in room.events(AlertVerified) if e.alert == answer.alert]
    assert (event.source, event.kind) == (source.id, "flagger")


def test_a_claimed_role_starts_no_clock_and_verifies_nothing(room: AlertRoom) -> None:
    case = room.alert("nothing-of-ours", alerter={"role": "police"})
    assert room.events(AlertVerified) == []
    assert "police_answer" not in room.clocks(case)


@pytest.mark.duty("flagger_answer")
@pytest.mark.duty("police_answer")
@pytest.mark.parametrize(
    ("kind", "duty"),
    [
        (Kind.FLAGGER, FLAGGER_ANSWER),
        (Kind.HOTLINE, FLAGGER_ANSWER),
        (Kind.POLICE, POLICE_ANSWER),
        (Kind.NGO, None),
    ],
)
def test_a_source_has_its_own_clock_to_an_answer(room: AlertRoom, kind: Kind, duty: Any) -> None:
    source, ad, at = register(room, kind), room.up("bike-1"), room.at()
    send(room, "bike-1", known(room, source))
    send(room, "bike-1", known(room, source))
    case = room.open_case_of(ad)
    assert case is not None
    every = room.store.read(lambda w: w.cases.clocks_of(SITE, case.id))
    mine = [c for c in every if c.duty in (FLAGGER_ANSWER, POLICE_ANSWER)]
    assert [(c.duty, c.ends) for c in mine] == ([] if duty is None else [(duty, duty.ends(at))])
    waiting = room.propose(ANA, case, ad)
    assert waiting.proposal is not None
    room.second(BEN, case, waiting.proposal.decision)
    every = room.store.read(lambda w: w.cases.clocks_of(SITE, case.id))
    assert {c.how for c in every if c.duty == duty} <= {Stop.DECIDED}
    ((_, record),) = ReadSources(room.store)(SITE)
    assert record == Record(received=2, declined=2, unfounded=2)
    assert record.exact == 0


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=12)


@given(st.tuples(WORDS, WORDS, WORDS), st.tuples(WORDS, WORDS, WORDS))
def test_two_requests_never_have_one_signing_text(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    """No field can be moved into the next: each line ends in LF and no field holds one."""

    def text(fields: tuple[str, str, str]) -> bytes:
        path, source, nonce = fields
        raw = Signed(
            source=source, at=Millis(7), nonce=nonce, signature=b"", path=path, body_sha256=SHA
        )
        return signing_text(SITE, raw)

    assert (text(one) == text(other)) == (one == other)


# Over HTTP


class Api:
    """A site's API, and a source that signs."""

    def __init__(self, house: House) -> None:
        self.house, self.client = house, TestClient(house.app)
        self.source = house.house.care.register_source(
            house.house.site,
            system_actor(house.house.site, "test"),
            kind=Kind.HOTLINE,
            organisation="Example Hotline",
            contact="desk@example.org",
            how="Called back.",
            key=PUBLIC,
        )

    def post(
        self, path: str, body: Any, nonce: str = "nonce-one", **headers: str
    ) -> httpx.Response:
        """Signed, as docs/formats/intake-v1.md says it."""
        import hashlib

        raw, at = canonical_bytes(body), str(self.house.time.now())
        digest = hashlib.sha256(raw).hexdigest()
        lines = ("answerable-alert/v1", "main", path, self.source.id, at, nonce, digest)
        signature = KEY.sign("".join(f"{line}\n" for line in lines).encode())
        told = {
            "Answerable-Source": self.source.id,
            "Answerable-Time": at,
            "Answerable-Nonce": nonce,
            "Answerable-Signature": base64.b64encode(signature).decode(),
        }
        return self.client.post(path, content=raw, headers={**told, **headers})


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with house_room(tmp_path, flood_account=1) as house:
        yield Api(house)


@pytest.mark.slow
def test_one_signed_alert_is_known_and_its_replay_is_the_same_alert(api: Api) -> None:
    body = {"ad": "bike-1", "text": "please look"}
    first = api.post("/v1/alerts", body)
    assert first.status_code == 201
    assert first.json()["sender"] == {"known": True, "warned": None, "limited_until": None}
    again = api.post("/v1/alerts", body).json()
    assert again == first.json()


@pytest.mark.slow
def test_a_wrong_signature_loses_no_alert_and_says_so(api: Api) -> None:
    answer = api.post("/v1/alerts", {"ad": "bike-1"}, **{"Answerable-Nonce": "other-nonce"})
    assert answer.status_code == 201
    told = answer.json()
    assert told["sender"]["known"] is False
    assert "signature" in told["sender"]["why"]
    half = api.client.post("/v1/alerts", json={"ad": "b"}, headers={"Answerable-Source": "x"})
    assert half.json()["sender"]["known"] is False
    nobody = api.client.post("/v1/alerts", json={"ad": "b"}, headers={"Authorization": "Bearer x"})
    assert nobody.json()["sender"]["known"] is False
    assert "sender" not in api.client.post("/v1/alerts", json={"ad": "b"}).json()


@pytest.mark.slow
def test_a_sender_is_told_that_it_was_warned_or_limited(api: Api) -> None:
    house, now = api.house.house, api.house.time.now()
    one = Alerter(
        site=house.site,
        id="alerter",
        subject=SubjectId("chain"),
        identity=api.source.known_by,
        warned=now,
        limit="limit",
        limited=now,
        until=Millis(now + 5),
    )
    house.store.run(lambda w: w.alerts.put_alerter(one))
    told = api.post("/v1/alerts", {"ad": "bike-1"}).json()["sender"]
    assert told == {"known": True, "warned": now, "limited_until": now + 5}
    api.house.time.pass_(5)
    told = api.post("/v1/alerts", {"ad": "bike-1"}, nonce="nonce-two").json()["sender"]
    assert told == {"known": True, "warned": now, "limited_until": None}


def many(count: int) -> list[dict[str, Any]]:
    return [{"ad": f"bike-{n}", "nonce": f"nonce-of-{n:04d}"} for n in range(count)]


@pytest.mark.slow
def test_a_batch_takes_or_refuses_each_by_itself(
    api: Api, how_many: Callable[[int, int], int]
) -> None:
    count = how_many(30, 1_000)
    alerts = many(count)
    alerts[3] = {"ad": "bike-3"}
    alerts[5] = {"nonce": "nonce-of-0005"}
    alerts[7] = {"ad": "bike-7", "nonce": "nonce-of-0007", "role": "king"}
    alerts[9] = {"ad": "other", "nonce": "nonce-of-0008"}
    answer = api.post("/v1/alerts/batch", {"alerts": alerts})
    assert answer.status_code == 200, answer.text
    told = answer.json()["alerts"]
    assert len(told) == count
    assert [n for n, one in enumerate(told) if "error" in one] == [3, 5, 7, 9]
    good = [one for one in told if "error" not in one]
    assert len({one["receipt"]["leaf_hash"] for one in good}) == count - 4
    assert all("promise" in one["receipt"] for one in good)
    again = api.post("/v1/alerts/batch", {"alerts": alerts}, nonce="nonce-two").json()["alerts"]
    assert again == told
    rows = api.house.house.care.read_sources(api.house.house.site)
    assert rows[0][1].received == count - 4


@pytest.mark.slow
def test_a_batch_needs_somebody_whom_we_know(api: Api) -> None:
    assert api.client.post("/v1/alerts/batch", json={"alerts": many(1)}).status_code == 401
    wrong = api.post("/v1/alerts/batch", {"alerts": many(1)}, **{"Answerable-Nonce": "nonce-xx"})
    assert wrong.status_code == 401
    too_many = api.post("/v1/alerts/batch", {"alerts": many(1_001)}, nonce="nonce-three")
    assert too_many.status_code == 422
    house = api.house.house
    for scopes, status in (({Scope.ALERTS}, 200), ({Scope.INTAKE}, 403)):
        by = system_actor(house.site, "test")
        _, token = house.create_token(house.site, by, "ngo", frozenset(scopes))
        headers = {"Authorization": f"Bearer {token.open()}"}
        body = {"alerts": many(2)}
        answer = api.client.post("/v1/alerts/batch", json=body, headers=headers)
        assert answer.status_code == status
