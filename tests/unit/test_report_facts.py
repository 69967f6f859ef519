"""Asked, told, followed up: the service laws, through real doors, to a real receiver."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from tests.unit.fact_room import ACCOUNT, FACTS, UNDO, FactRoom, fact_room, staff
from tests.unit.test_exif import picture

from answerable.access.model import Forbidden, Scope
from answerable.adapters.webhook import signature
from answerable.apps.receiver.export import FinishedReport
from answerable.apps.receiver.switches import Call, Fault, FaultKind
from answerable.events.reports import FactsAsked, FactsTold, ReportFollowedUp
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.time import MINUTE, Millis
from answerable.reports.asking import Told, ask_of
from answerable.reports.completeness import Want
from answerable.reports.model import Status

WANTS = [want.value for want in Want]


pytestmark = pytest.mark.slow


@pytest.fixture
def room(tmp_path: Path) -> Iterator[FactRoom]:
    with fact_room(tmp_path) as made:
        yield made


def questions(room: FactRoom, after: int = 0) -> dict[str, object]:
    answer = room.stranger().get(
        f"/v1/questions?after={after}", headers=room.token(Scope.DIRECTIVES)
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def answer(room: FactRoom, question: str, body: object, **headers: str) -> httpx.Response:
    return room.stranger().post(
        f"/v1/questions/{question}/answer",
        json=body,
        headers={**room.token(Scope.INTAKE), **headers},
    )


def events(room: FactRoom, kind: type) -> list[object]:
    def fn(work: object) -> list[object]:
        found = []
        for duty in room.duties():
            subject = work.recorded(duty.decision_event).event.subject  # type: ignore[attr-defined]
            for chain in (subject, duty.subject):
                found += work.chain_of(room.house.site, chain)  # type: ignore[attr-defined]
        unique = {recorded.id: recorded.event for recorded in found}
        return [event for event in unique.values() if isinstance(event, kind)]

    return room.house.store.read(fn)


def text_of(room: FactRoom, report: FinishedReport) -> str:
    page = httpx.get(
        f"http://127.0.0.1:{room.house.settings.receiver_port}/reports/{report.report_id}"
    )
    assert page.status_code == 200
    return page.text


def test_the_site_is_asked_for_what_is_missing_and_never_why(room: FactRoom) -> None:
    room.decided("a-1", account=ACCOUNT)
    room.work()
    page = questions(room)
    (question,) = page["questions"]  # type: ignore[misc]
    assert page["next"] == question["number"] == 1
    (item,) = question["items"]
    assert (item["external_id"], item["account"]) == ("a-1", "acc-1")
    assert {"connections.upload", "payment", "connections.device"} <= set(item["want"])
    assert "account.emails" not in item["want"]
    said = str(page).lower()
    assert not any(word in said for word in ("alert", "minor", "child", "202"))
    assert questions(room, after=1) == {"questions": [], "next": 1}
    (asked,) = events(room, FactsAsked)
    assert isinstance(asked, FactsAsked)
    assert 0 < asked.completeness["filled"] < asked.completeness["applicable"]


def test_unanswered_it_goes_after_half_an_hour_and_not_a_millisecond_before(room: FactRoom) -> None:
    room.decided("a-1")
    room.work()
    room.time.pass_(FACTS - 1)
    room.work()
    assert room.received() == []
    room.time.pass_(1)
    room.work()
    assert len(room.received()) == 1
    assert [duty.status for duty in room.duties()] == [Status.FINISHED]


def test_answered_in_full_it_goes_after_the_undo_by_itself(room: FactRoom) -> None:
    room.decided("a-1", account=ACCOUNT)
    room.work()
    room.time.pass_(UNDO)
    room.work()
    assert room.received() == []  # asked, and not answered
    (question,) = questions(room)["questions"]  # type: ignore[misc]
    never = [want for want in WANTS if want not in ("connections.upload", "connections.port")]
    told = answer(
        room,
        question["question"],
        {
            "items": [
                {
                    "external_id": "a-1",
                    "connections": [
                        {
                            "ip": "192.0.2.77",
                            "port": 50777,
                            "at": "2026-09-20T10:00:00+02:00",
                            "event": "upload",
                        }
                    ],
                }
            ],
            "not_held": [{"external_id": "a-1", "fields": never}],
        },
    )
    assert told.status_code == 200, told.text
    assert told.json()["complete"] is True
    room.work()
    (report,) = room.received()
    page = text_of(room, report)
    assert "192.0.2.77" in page
    assert "50777" in page
    assert questions(room)["questions"][0]["answered"] is not None  # type: ignore[index]


def test_an_answer_in_parts_is_kept_and_leaves_the_question_open(room: FactRoom) -> None:
    room.decided("a-1")
    room.work()
    (question,) = questions(room)["questions"]  # type: ignore[misc]
    part = {"items": [{"external_id": "a-1", "note": "made from a kiosk"}]}
    told = answer(room, question["question"], part)
    assert told.json()["complete"] is False
    room.time.pass_(FACTS)
    room.work()
    assert "made from a kiosk" in text_of(room, room.received()[0])


def test_the_same_key_tells_once_and_other_bytes_are_refused(room: FactRoom) -> None:
    room.decided("a-1")
    room.work()
    (question,) = questions(room)["questions"]  # type: ignore[misc]
    body = {"items": [{"external_id": "a-1", "note": "once"}]}
    key = {"Idempotency-Key": "k-1"}
    first = answer(room, question["question"], body, **key)
    again = answer(room, question["question"], body, **key)
    assert first.json() == again.json()
    assert len(events(room, FactsTold)) == 1
    other = {"items": [{"external_id": "a-1", "note": "twice"}]}
    assert answer(room, question["question"], other, **key).status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"items": [{"external_id": "a-2", "note": "x"}]}, 422),
        ({"items": [{"external_id": "a-1"}]}, 422),
        ({"items": [{"external_id": "a-1", "connections": [], "account": None}]}, 422),
        ({}, 422),
        ({"not_held": [{"external_id": "a-1", "fields": ["shoe_size"]}]}, 422),
        ({"items": [{"external_id": "a-1", "surprise": 1}]}, 422),
        ({"items": [{"external_id": "a-1", "connections": [{"ip": "x", "port": 0}]}]}, 422),
        ({"items": [{"external_id": "a-1", "payment": {"at": "2026-09-20T10:00:00"}}]}, 422),
    ],
)
def test_a_bad_answer_is_refused_with_a_reason_and_loses_nothing(
    room: FactRoom, body: object, status: int
) -> None:
    room.decided("a-1")
    room.work()
    (question,) = questions(room)["questions"]  # type: ignore[misc]
    refused = answer(room, question["question"], body)
    assert refused.status_code == status
    assert refused.json()["error"]
    assert events(room, FactsTold) == []
    good = {"items": [{"external_id": "a-1", "note": "kept"}]}
    assert answer(room, question["question"], good).status_code == 200


def test_doors_of_questions_want_their_scopes(room: FactRoom) -> None:
    room.decided("a-1")
    room.work()
    stranger = room.stranger()
    assert stranger.get("/v1/questions").status_code == 401
    wrong = stranger.get("/v1/questions", headers=room.token(Scope.INTAKE))
    assert wrong.status_code == 403
    assert stranger.post("/v1/questions/x/answer", json={}).status_code == 401
    good = {"items": [{"external_id": "a-1", "note": "x"}]}
    assert answer(room, "nosuchquestion", good).status_code == 404


def test_an_urgent_report_goes_at_once_and_what_is_told_later_follows_at_once(
    room: FactRoom,
) -> None:
    room.decided("a-1", urgent=True)
    room.work()
    (first,) = room.received()
    (question,) = questions(room)["questions"]  # type: ignore[misc]
    body = {
        "items": [{"external_id": "a-1", "account": {"emails": [{"address": "p@example.com"}]}}]
    }
    assert answer(room, question["question"], body).status_code == 200
    room.work()
    before, after = room.received()
    assert before == first
    page = text_of(room, after)
    assert "p@example.com" in page
    assert str(first.report_id) in page  # priorCTReports
    one, two = room.duties()
    assert two.follows == one.id
    (followed,) = events(room, ReportFollowedUp)
    assert isinstance(followed, ReportFollowedUp)
    assert (followed.report, followed.follows) == (two.id, one.id)


def test_follow_ups_are_batched_and_the_site_is_not_asked_twice(room: FactRoom) -> None:
    room.decided("a-1")
    room.work()
    room.time.pass_(FACTS)
    room.work()
    (question,) = questions(room)["questions"]  # type: ignore[misc]
    for note in ("first late fact", "second late fact"):
        body = {"items": [{"external_id": "a-1", "note": note}]}
        assert answer(room, question["question"], body).status_code == 200
        room.work()
    assert len(room.received()) == 1
    room.time.pass_(FACTS)
    room.work()
    _, follow = room.received()
    page = text_of(room, follow)
    assert "first late fact" in page
    assert "second late fact" in page
    assert len(questions(room)["questions"]) == 1  # type: ignore[arg-type]
    room.time.pass_(FACTS)
    room.work()
    assert len(room.received()) == 2  # nothing new came: nothing more goes out


def test_told_between_the_bytes_and_the_finish_is_a_follow_up_not_lost(room: FactRoom) -> None:
    """/finish fails once the bytes are written down; the fact comes before it is tried again."""
    room.receiver.switchboard.turn(faults=(Fault(kind=FaultKind.SERVER_ERROR, call=Call.FINISH),))
    room.decided("a-1", urgent=True)
    room.work()
    assert [duty.status for duty in room.duties()] == [Status.FINISHING]
    (question,) = questions(room)["questions"]  # type: ignore[misc]
    body = {"items": [{"external_id": "a-1", "note": "came in between"}]}
    assert answer(room, question["question"], body).status_code == 200
    room.time.pass_(10 * MINUTE)
    room.work()
    first, second = room.received()
    assert "came in between" not in text_of(room, first)
    assert "came in between" in text_of(room, second)


def test_a_reviewer_tells_facts_too_and_others_may_not(room: FactRoom) -> None:
    room.decided("a-1")
    room.work()
    (duty,) = room.duties()
    told = Told(items=({"external_id": "a-1", "note": "seen on the profile"},))
    room.house.tell_facts.by_reviewer(room.house.site, staff(room, "ben"), duty.id, told)
    with pytest.raises(Forbidden):
        room.house.tell_facts.by_reviewer(room.house.site, staff(room, "dora"), duty.id, told)
    room.time.pass_(FACTS)
    room.work()
    page = text_of(room, room.received()[0])
    assert "by a reviewer" in page
    assert "seen on the profile" in page


def test_an_answer_for_a_report_that_was_taken_back_tells_the_site_nothing(room: FactRoom) -> None:
    ad = room.decided("a-1")
    room.work()
    (duty,) = room.duties()
    case = room.case_of(ad)
    room.house.undo_decision(
        room.house.site, staff(room, "ana"), case.id, duty.decision, "a mistake of mine"
    )
    (question,) = questions(room)["questions"]  # type: ignore[misc]
    body = {"items": [{"external_id": "a-1", "note": "late"}]}
    heard = answer(room, question["question"], body)
    assert heard.status_code == 200, "the site learns what became of a report"
    room.time.pass_(FACTS)
    room.work()
    assert room.received() == []
    with pytest.raises(Conflict):
        room.house.tell_facts.by_reviewer(
            room.house.site,
            staff(room, "ana"),
            duty.id,
            Told(items=({"external_id": "a-1", "note": "x"},)),
        )


def test_a_field_that_is_never_asked_for_is_named() -> None:
    with pytest.raises(Refusal, match="no such field"):
        ask_of("a", ["shoe_size"])


def test_completeness_stands_on_record_and_is_read_by_whoever_reads_reports(
    room: FactRoom,
) -> None:
    room.decided("a-1")
    room.work()
    (duty,) = room.duties()
    standing = room.house.standing_of_report(room.house.site, staff(room, "dora"), duty.id)
    assert standing.question is not None
    assert standing.wanted
    assert 0 < standing.score.percent < 100
    assert MINUTE * 25 < standing.question.until - standing.question.asked <= FACTS


def test_what_an_original_says_of_itself_reaches_the_far_side(room: FactRoom) -> None:
    stored = room.house.files.put(room.house.site, picture("JPEG"), "image/jpeg")
    one = {"sha256": stored.sha256, "media_type": "image/jpeg", "original_name": "a.jpg"}
    room.decided("a-1", urgent=True, attachments=(one,))
    room.work()
    page = text_of(room, room.received()[0])
    assert "Example Camera" in page
    assert "2026:11:20 10:00:00" in page


class Hook:
    """A site's webhook: refuses so many times, then takes."""

    def __init__(self, refusals: int) -> None:
        self.refusals, self.heard = refusals, list[tuple[str, bytes]]()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.heard.append((self.headers["Answerable-Signature"], body))
                self.send_response(503 if len(hook.heard) <= hook.refusals else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/facts"


def test_the_webhook_hears_the_question_signed_until_it_takes_it(tmp_path: Path) -> None:
    hook, secret = Hook(refusals=2), "a secret of the site's own"
    try:
        with fact_room(tmp_path, facts_url=hook.url, facts_secret=secret) as room:
            room.decided("a-1")
            for _ in range(4):
                room.work()
                room.time.pass_(MINUTE)
            (question,) = questions(room)["questions"]  # type: ignore[misc]
            assert [json.loads(body)["question"] for _, body in hook.heard] == [
                question["question"]
            ] * 3
            assert json.loads(hook.heard[0][1]) == question
            stamp, _, mark = hook.heard[-1][0].partition(",")
            at = Millis(int(stamp.removeprefix("t=")))
            assert signature(secret.encode(), at, hook.heard[-1][1]) == f"{stamp},{mark}"
    finally:
        hook.server.shutdown()
        hook.server.server_close()
