"""Bells on a real database, mail through a real SMTP server, the rota, and who may set it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from tests.databases import SITE, HandTime
from tests.installation import free_ports
from tests.unit.case_room import ANA, BEN, IDS, SAM, Room, staff, story

from answerable.access.model import Forbidden, Role, Staff, StaffId
from answerable.adapters.mail import MailServer, SmtpMail
from answerable.adapters.sql.runner import Store
from answerable.adapters.webhook import HEADER, Webhook, signature_holds
from answerable.cases.model import Case
from answerable.cases.service import ClaimCase
from answerable.escalation.model import Rank
from answerable.escalation.sending import SendHook, SendMail
from answerable.escalation.service import AcknowledgeBells, ReadBells, RingBells, Rota
from answerable.events.clocks import (
    BellRung,
    ClockAcknowledged,
    ClockEscalated,
    ShiftAdded,
    ShiftRemoved,
)
from answerable.events.event import Recorded
from answerable.kernel.errors import NotFound, Outage, Refusal
from answerable.kernel.ids import ActorId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import DAY, HOUR, MINUTE, Millis

BASE = "https://safety.example.com"
EDDA = staff("edda", Role.ADMIN)


@pytest.fixture
def room(make_store: Callable[..., Store]) -> Room:
    time = HandTime()
    found = Room(make_store(story(), time), time)
    for name, role in (("ana", Role.REVIEWER), ("ben", Role.REVIEWER), ("sam", Role.SENIOR)):
        person = Staff(
            id=StaffId(name),
            site=SITE,
            login=name,
            name=name.title(),
            organisation="site",
            roles=frozenset({role}),
            password=Sealed("no hash", label="hash"),
            blocked=False,
            made=time.now(),
        )
        found.store.run(lambda w, person=person: w.access.put(person))  # type: ignore[misc]
    return found


def ring(room: Room) -> int:
    return RingBells(room.store, IDS)(SITE)


def on_call(room: Room, who: str, rank: Rank = Rank.ON_CALL, length: int = DAY) -> str:
    at = room.at()
    shift = Rota(room.store, IDS).add(
        SITE, SAM, ActorId(f"staff:{who}"), rank, at, Millis(at + length)
    )
    return shift.id


def told(room: Room, duty: str) -> list[tuple[str, list[str]]]:
    return [(e.circle, list(e.people)) for e in room.events(ClockEscalated) if e.duty == duty]


def case_with_alert(room: Room, name: str = "bike-1") -> Case:
    room.ad(name)
    return room.alert(name)


def test_before_a_clock_ends_the_one_on_call_is_told_and_after_it_the_head(room: Room) -> None:
    case_with_alert(room)
    on_call(room, "ben")
    assert ring(room) == 0
    room.time.pass_(10 * MINUTE)
    assert ring(room) == 1
    assert ring(room) == 0, "once"
    assert told(room, "alert_act") == [("on_call", ["staff:ben"])]
    room.time.pass_(35 * MINUTE)
    ring(room)
    assert told(room, "alert_act")[1:] == [
        ("on_call", ["staff:ben"]),
        ("head", ["staff:sam"]),
    ], "after 45 minutes: the end and the half hour past it"


def test_who_has_the_case_in_hand_is_told_of_it_and_else_the_next_circle(room: Room) -> None:
    case = case_with_alert(room)
    room.time.pass_(DAY - 4 * HOUR)
    ClaimCase(room.store)(SITE, ANA, case.id)
    ring(room)
    assert ("holder", ["staff:ana"]) in told(room, "alert_answer")


def test_an_empty_rota_is_no_silence(room: Room) -> None:
    case_with_alert(room)
    room.time.pass_(10 * MINUTE)
    ring(room)
    assert told(room, "alert_act") == [("reviewers", ["staff:ana", "staff:ben", "staff:sam"])]


def test_where_nobody_is_at_all_the_record_says_so(make_store: Callable[..., Store]) -> None:
    time = HandTime()
    room = Room(make_store(story(), time), time)
    case_with_alert(room)
    time.pass_(10 * MINUTE)
    ring(room)
    assert told(room, "alert_act") == [("on_call", [])]


def test_whoever_is_blocked_is_told_nothing(room: Room) -> None:
    ana = room.store.read(lambda w: w.access.get(SITE, StaffId("ana")))
    room.store.run(lambda w: w.access.put(replace(ana, blocked=True)))
    case_with_alert(room)
    room.time.pass_(10 * MINUTE)
    ring(room)
    assert told(room, "alert_act") == [("reviewers", ["staff:ben", "staff:sam"])]


def test_a_flood_of_clocks_is_one_message_a_circle(room: Room) -> None:
    for number in range(5):
        case_with_alert(room, f"bike-{number}")
    on_call(room, "ben")
    room.time.pass_(10 * MINUTE)
    assert ring(room) == 5
    assert [(e.circle, e.clocks) for e in room.events(BellRung)] == [("on_call", 5)]
    assert len(room.events(ClockEscalated)) == 5


def test_it_repeats_until_somebody_has_heard_and_the_clock_runs_on(room: Room) -> None:
    case = case_with_alert(room)
    on_call(room, "ben")
    room.time.pass_(15 * MINUTE)
    ring(room)
    room.time.pass_(15 * MINUTE)
    ring(room)
    before = len(told(room, "alert_act"))
    assert before == 2
    assert AcknowledgeBells(room.store)(SITE, BEN, case.id) >= 1
    (one, *_) = room.events(ClockAcknowledged)
    assert (one.case, one.actor) == (case.id, BEN.id)
    room.time.pass_(14 * MINUTE)
    ring(room)
    assert len(told(room, "alert_act")) == before
    assert room.clocks(case)["alert_act"].running
    room.time.pass_(2 * MINUTE)
    ring(room)
    assert told(room, "alert_act")[-1][0] == "head", "a later step still comes"


def test_what_does_not_ring_cannot_be_heard(room: Room) -> None:
    case = case_with_alert(room)
    with pytest.raises(Refusal, match="nothing rings"):
        AcknowledgeBells(room.store)(SITE, ANA, case.id)
    with pytest.raises(Forbidden):
        AcknowledgeBells(room.store)(SITE, staff("dora", Role.AUDITOR), case.id)


def test_a_clock_that_stopped_rings_no_more(room: Room) -> None:
    ad = room.ad("bike-1", url="https://ads.example.com/1")
    case = room.alert("bike-1")
    room.time.pass_(10 * MINUTE)
    ring(room)
    assert [b.duty.name for b in ReadBells(room.store)(SITE, ANA)] == ["alert_act"]
    room.seen(ad, "down")
    assert ReadBells(room.store)(SITE, ANA) == ()
    room.time.pass_(20 * MINUTE)
    ring(room)
    assert len(told(room, "alert_act")) == 1
    assert not room.clocks(case)["alert_act"].running


def test_a_rota_is_set_by_those_who_may_and_stands_in_the_record(room: Room) -> None:
    at, rota = room.at(), Rota(room.store, IDS)
    ben, later = ActorId("staff:ben"), Millis(at + HOUR)
    for by in (ANA, staff("dora", Role.AUDITOR)):
        with pytest.raises(Forbidden):
            rota.add(SITE, by, ben, Rank.ON_CALL, at, later)
    with pytest.raises(NotFound, match="no such staff"):
        rota.add(SITE, EDDA, ActorId("staff:nobody"), Rank.ON_CALL, at, later)
    for begins, ends, said in (
        (later, at, "ends after it begins"),
        (Millis(at - 2 * HOUR), Millis(at - HOUR), "over already"),
        (at, Millis(at + 15 * DAY), "fourteen days"),
    ):
        with pytest.raises(Refusal, match=said):
            rota.add(SITE, EDDA, ben, Rank.ON_CALL, begins, ends)
    shift = rota.add(SITE, EDDA, ben, Rank.HEAD, at, later)
    assert rota.shifts(SITE, ANA) == (shift,)
    rota.remove(SITE, SAM, shift.id)
    assert rota.shifts(SITE, ANA) == ()
    with pytest.raises(NotFound):
        rota.remove(SITE, SAM, shift.id)
    (added,), (removed,) = room.events(ShiftAdded), room.events(ShiftRemoved)
    assert (added.staff, added.rank, removed.shift) == (ben, "head", shift.id)


@dataclass
class Postbox:
    """A real SMTP server on this machine. `refuses`: how many messages it sends away first."""

    refuses: int = 0
    got: list[Any] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            self.refuses -= 1
            return "451 try again later"
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, MailServer]]:
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_ports(1)[0])
    controller.start()
    try:
        yield (
            box,
            MailServer(
                host="127.0.0.1",
                port=controller.port,
                tls="none",
                user="",
                password=Sealed("", label="p"),
                sender="answerable@example.com",
            ),
        )
    finally:
        controller.stop()


def rung(room: Room) -> Recorded:
    """The last message that is owed."""
    event = room.events(BellRung)[-1]
    chain = room.store.read(lambda w: w.chain_of(SITE, event.subject))
    return next(r for r in chain if isinstance(r.event, BellRung) and r.event.bell == event.bell)


def test_mail_reaches_those_who_were_told_and_holds_no_word_of_any_ad(
    room: Room, postbox: tuple[Postbox, MailServer]
) -> None:
    box, server = postbox
    room.ad("bike-1", body="Ask for the bluelantern.")
    case = room.alert("bike-1", text="I saw her at the square")
    on_call(room, "ben")
    Rota(room.store, IDS).set_address(SITE, BEN, " ben@example.com ")
    room.time.pass_(10 * MINUTE)
    ring(room)
    send = SendMail(room.store, SmtpMail(server), BASE)
    box.refuses = 1
    with pytest.raises(Outage, match="did not take it"):
        send(rung(room))
    send(rung(room))
    (letter,) = box.got
    text = letter.content.decode()
    assert letter.rcpt_tos == ["ben@example.com"]
    assert f"{BASE}/console/cases/{case.id}" in text
    assert "you are on call" in text
    assert "alert act: ends" in text
    assert "bluelantern" not in text
    assert "square" not in text
    assert "ben@example.com" not in text, "nobody reads who else was told"


def test_nobody_is_written_to_without_address_server_or_running_clock(
    room: Room, postbox: tuple[Postbox, MailServer]
) -> None:
    box, server = postbox
    ad = room.ad("bike-1", url="https://ads.example.com/1")
    room.alert("bike-1")
    on_call(room, "ben")
    room.time.pass_(10 * MINUTE)
    ring(room)
    send = SendMail(room.store, SmtpMail(server), BASE)
    send(rung(room))
    Rota(room.store, IDS).set_address(SITE, BEN, "ben@example.com")
    room.seen(ad, "down")
    send(rung(room))
    assert box.got == []
    nowhere = MailServer(
        host="", port=25, tls="none", user="", password=Sealed("", label="p"), sender=""
    )
    SendMail(room.store, SmtpMail(nowhere), BASE)(rung(room))


@pytest.mark.parametrize(
    ("host", "tls", "sender", "said"),
    [
        ("mail.example.com", "none", "a@example.com", "this machine only"),
        ("mail.example.com", "maybe", "a@example.com", "one of starttls"),
        ("mail.example.com", "tls", "", "sender"),
    ],
)
def test_a_mail_server_that_is_set_wrongly_is_refused_at_the_start(
    host: str, tls: str, sender: str, said: str
) -> None:
    server = MailServer(
        host=host, port=25, tls=tls, user="", password=Sealed("", label="p"), sender=sender
    )
    with pytest.raises(Refusal, match=said):
        SmtpMail(server)


def test_a_server_that_is_not_there_is_an_outage(room: Room) -> None:
    server = MailServer(
        host="127.0.0.1",
        port=free_ports(1)[0],
        tls="none",
        user="",
        password=Sealed("", label="p"),
        sender="a@example.com",
    )
    with pytest.raises(Outage, match="did not take it"):
        SmtpMail(server).send(message_id="m", to=("b@example.com",), subject="s", text="t")


def test_the_alarm_hook_hears_every_bell_signed(room: Room) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(500 if len(asked) == 1 else 204)

    case = case_with_alert(room)
    room.time.pass_(20 * MINUTE)
    ring(room)
    secret = "sixteen bytes or more"
    hook = Webhook(
        "https://alarm.example.com/hook",
        Sealed(secret, label="s"),
        time=room.time,
        transport=httpx.MockTransport(answer),
    )
    send = SendHook(room.store, hook, BASE)
    with pytest.raises(Outage):
        send(rung(room))
    send(rung(room))
    body = asked[1].content
    assert signature_holds(secret.encode(), asked[1].headers[HEADER], body, room.at())
    said = json.loads(body)
    (clock,) = said["clocks"]
    assert (clock["case"], clock["duty"], clock["ran_out"]) == (case.id, "alert_act", True)
    assert set(said) == {"bell", "site", "circle", "people", "clocks"}


@pytest.mark.parametrize(
    "address", ["ben", "ben@", "@example.com", "a b@example.com", "a@b@c", "x" * 250 + "@a.example"]
)
def test_what_is_no_address_is_refused(room: Room, address: str) -> None:
    with pytest.raises(Refusal, match="no e-mail"):
        Rota(room.store, IDS).set_address(SITE, BEN, address)
    assert Rota(room.store, IDS).address(SITE, BEN) == ""
    assert Rota(room.store, IDS).set_address(SITE, BEN, "") == ""
