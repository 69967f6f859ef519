"""Every switch shown: what it changes, and that nothing else moves."""

import re
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree
from tests.unit.receiver_samples import (
    DAY,
    SUMMARY,
    Bench,
    Caller,
    SetTime,
    bench,
    read_answer,
    report,
    settings_at,
)

from answerable.apps.receiver import (
    Fault,
    FaultKind,
    Profile,
    Switchboard,
    Switches,
    export_finished,
    started_receiver,
)
from answerable.apps.receiver.switches import (
    Call,
    ErrorStatus,
    FinishErrorRoot,
    HeaderCharset,
    UnauthorisedBody,
    changed,
)
from answerable.kernel.errors import Refusal


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as started:
        yield started


def test_error_status_maps_codes_to_http(b: Bench) -> None:
    report_id = b.caller.submit().report_id
    assert b.caller.finish(report_id).code == 0
    calls = [
        (4100, 400, lambda: b.caller.submit("<report/>")),
        (4110, 400, lambda: b.caller.submit("<report>")),
        (4000, 400, lambda: b.caller.finish("x")),
        (4200, 400, lambda: b.caller.send("upload", "x")),
        (5001, 404, lambda: b.caller.finish(1)),
        (5102, 409, lambda: b.caller.finish(report_id)),
    ]
    for code, _, call in calls:
        told = call()
        assert (told.code, told.status) == (code, 200)
    b.board.turn(error_status=ErrorStatus.MAPPED)
    for code, status, call in calls:
        told = call()
        assert (told.code, told.status) == (code, status)
    assert b.caller.submit().status == 200


def test_unauthorised_body_is_empty_or_xml(b: Bench) -> None:
    answer = b.client.get("/ispws/status")
    assert (answer.status_code, answer.content) == (401, b"")
    b.board.turn(unauthorised_body=UnauthorisedBody.XML)
    told = read_answer(b.client.get("/ispws/status"))
    assert (told.status, told.code) == (401, 2000)
    assert "WWW-Authenticate" in told.headers


def test_finish_error_root_is_either(b: Bench) -> None:
    report_id = b.caller.submit().report_id
    assert b.caller.finish(report_id).root == "reportDoneResponse"
    assert b.caller.finish(report_id).root == "reportResponse"
    b.board.turn(finish_error_root=FinishErrorRoot.DONE_RESPONSE)
    told = b.caller.finish(report_id)
    assert (told.root, told.code, told.report_id) == ("reportDoneResponse", 5102, report_id)
    assert told.raw.endswith(b"<files/></reportDoneResponse>")
    assert b.caller.finish("x").report_id == 0  # the root demands an id
    assert b.caller.retract(report_id).root == "reportResponse"


def test_expired_and_foreign_codes(b: Bench) -> None:
    report_id = b.caller.submit().report_id
    b.board.turn(foreign_code=3000, expired_code=5101)
    assert b.other.finish(report_id).code == 3000
    b.time.pass_by(DAY)
    assert b.caller.finish(report_id).code == 5101
    b.board.turn(expired_code=5001)
    assert b.caller.finish(report_id).code == 5001


def test_latency_makes_every_call_wait(b: Bench) -> None:
    b.board.turn(latency_ms=80)
    began = time.monotonic()
    assert b.caller.submit().code == 0
    assert time.monotonic() - began >= 0.08


def test_wrong_hash_is_told_and_the_true_one_kept(b: Bench) -> None:
    report_id = b.caller.submit().report_id
    right = b.caller.upload(report_id, b"bicycle")
    b.board.turn(wrong_hash=True)
    wrong = b.caller.upload(report_id, b"bicycle")
    assert wrong.code == 0
    assert wrong.digest != right.digest
    assert len(wrong.digest or "") == 32
    page = b.caller.get(f"/reports/{report_id}").text
    assert page.count(str(right.digest)) == 2
    assert str(wrong.digest) not in page


def test_unknown_elements_appear_in_every_answer(b: Bench) -> None:
    b.board.turn(unknown_elements=True)
    report_id = b.caller.submit().report_id
    for told in (b.caller.finish(report_id), b.caller.finish(report_id), b.caller.submit()):
        assert etree.fromstring(told.raw).find("addedLater") is not None


def test_request_id_can_be_absent_and_is_still_kept(b: Bench) -> None:
    first = b.caller.submit()
    b.board.turn(request_id=False)
    assert "Request-ID" not in b.caller.finish(first.report_id).headers
    assert first.headers["Request-ID"] in b.caller.get(f"/reports/{first.report_id}").text


def test_header_charset_lies_and_the_bytes_do_not(b: Bench) -> None:
    b.board.turn(header_charset=HeaderCharset.ISO_8859_1)
    bad = report(summary=SUMMARY.replace("Child Sex Trafficking", "Fahrräder €"))
    told = b.caller.submit(bad)
    assert told.headers["Content-Type"] == "application/xml;charset=ISO-8859-1"
    assert "Fahrräder €" in told.description
    assert "Fahrräder €".encode() in told.raw


def test_profile_by_setting_and_by_switch(tmp_path: Path) -> None:
    newer = report(
        summary=SUMMARY.replace(
            "<incidentDateTime>",
            "<reportAnnotations><informational/></reportAnnotations><incidentDateTime>",
        )
    )
    with bench(tmp_path, profile=Profile.NEWER) as b:
        assert b.caller.submit(newer).code == 0
        assert b"informational" in b.caller.get("/ispws/xsd").content
        b.board.turn(profile=Profile.NOV_2025)
        assert b.caller.submit(newer).code == 4100
        assert b"informational" not in b.caller.get("/ispws/xsd").content


def test_time_shift_moves_the_receivers_time(b: Bench) -> None:
    report_id = b.caller.submit().report_id
    b.board.turn(time_shift_ms=DAY - 1)
    assert b.caller.upload(report_id).code == 0
    b.board.turn(time_shift_ms=2 * DAY)
    assert b.caller.finish(report_id).code == 5001


# Calls that fail, over a real socket


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Caller, Switchboard, Path]]:
    settings = settings_at(tmp_path)
    with (
        started_receiver(settings, SetTime()) as running,
        httpx.Client(base_url=running.origin, timeout=20) as client,
    ):
        yield Caller(client), running.switchboard, settings.db_path


def finish_failing(caller: Caller, board: Switchboard, kind: FaultKind) -> tuple[int, object]:
    """A report opened, then its finish sent while that fault is due: its id, what was seen."""
    report_id = caller.submit().report_id
    assert report_id is not None
    board.turn(faults=(Fault(kind=kind, call=Call.FINISH),))
    try:
        answer = caller.client.post("/ispws/finish", data={"id": report_id}, auth=caller.auth)
    except httpx.RemoteProtocolError as cut:
        return report_id, cut
    return report_id, answer


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_strikes_before_or_after_the_effect(
    served: tuple[Caller, Switchboard, Path], kind: FaultKind
) -> None:
    caller, board, db_path = served
    report_id, seen = finish_failing(caller, board, kind)
    happened = not kind.before
    assert [r.report_id for r in export_finished(db_path)] == ([str(report_id)] if happened else [])
    match kind:
        case FaultKind.DROP_BEFORE | FaultKind.DROP_AFTER:
            assert "without sending a response" in str(seen)
        case FaultKind.TRUNCATE_AFTER:
            assert "without sending complete message body" in str(seen)
        case FaultKind.GATEWAY_BEFORE | FaultKind.GATEWAY_AFTER:
            assert isinstance(seen, httpx.Response)
            assert (seen.status_code, seen.headers["Content-Type"][:9]) == (502, "text/html")
            assert seen.headers["X-Answerable-Receiver"] == "TEST"
        case FaultKind.SERVER_ERROR:
            assert isinstance(seen, httpx.Response)
            assert read_answer(seen).code == 1000
    again = caller.finish(report_id)  # the fault is spent, and the receiver well
    assert again.code == (5102 if happened else 0)


def test_faults_count_their_own_calls(b: Bench) -> None:
    down = Fault(kind=FaultKind.SERVER_ERROR, call=Call.FINISH, nth=2, times=2)
    b.board.turn(faults=(down,))
    codes = []
    for _ in range(5):
        codes.append(b.caller.finish(1).code)
        assert b.caller.submit().code == 0
    assert codes == [5001, 1000, 1000, 5001, 5001]
    b.board.turn(latency_ms=1)  # another switch: the count goes on
    assert b.caller.finish(1).code == 5001
    b.board.turn(faults=(Fault(kind=FaultKind.SERVER_ERROR, nth=1),))  # any call
    assert [b.caller.finish(1).code, b.caller.finish(1).code] == [1000, 5001]


def test_a_hang_up_without_a_socket_is_an_error_to_the_caller(b: Bench) -> None:
    b.board.turn(faults=(Fault(kind=FaultKind.DROP_AFTER, call=Call.SUBMIT),))
    with pytest.raises(ConnectionAbortedError):
        b.caller.submit()
    assert b.caller.finish(4_000_001).code == 0  # it had been opened


# Over the control door

TURNS: list[dict[str, Any]] = [
    {"profile": "newer"},
    {"profile": None},
    {"documented_rules": False},
    {"error_status": "mapped"},
    {"unauthorised_body": "xml"},
    {"finish_error_root": "reportDoneResponse"},
    {"expired_code": 5101},
    {"foreign_code": 3000},
    {"latency_ms": 1},
    {"wrong_hash": True},
    {"unknown_elements": True},
    {"request_id": False},
    {"header_charset": "ISO-8859-1"},
    {"time_shift_ms": -5},
    {"faults": [{"kind": "drop_after", "call": "submit", "nth": 3, "times": 2}]},
]


def test_every_switch_turns_by_its_plain_spelling() -> None:
    assert {name for turn in TURNS for name in turn} == {field.name for field in fields(Switches)}
    for turn in TURNS:
        position = changed(Switches(), turn).as_json()
        usual = Switches().as_json()
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in position.items()}
        assert {k: v for k, v in plain.items() if k in turn} == turn
        assert all(v == usual[k] for k, v in position.items() if k not in turn)


@pytest.mark.parametrize(
    "turn",
    [
        {"no_such": True},
        {"wrong_hash": 1},
        {"latency_ms": True},
        {"latency_ms": -1},
        {"latency_ms": "5"},
        {"expired_code": 5002},
        {"foreign_code": 4000},
        {"error_status": "teapot"},
        {"wrong_hash": None},
        {"faults": {}},
        {"faults": [{}]},
        {"faults": ["drop_after"]},
        {"faults": [{"kind": "explode"}]},
        {"faults": [{"kind": "drop_after", "nth": 0}]},
        {"faults": [{"kind": "drop_after", "when": 1}]},
    ],
)
def test_a_turn_that_makes_no_sense_is_refused(turn: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        changed(Switches(), turn)


def test_the_manual_names_every_switch_and_fault(project: Path) -> None:
    manual = (project / "docs" / "receiver.md").read_text(encoding="utf-8")
    names = [field.name for field in fields(Switches)] + [kind.value for kind in FaultKind]
    assert [name for name in names if f"`{name}`" not in manual] == []
    for field in fields(Switches):
        if isinstance(value := getattr(Switches(), field.name), bool | int | str):
            spelled = str(value).lower() if isinstance(value, bool) else str(value)
            row = re.search(rf"^\| `{field.name}` \| `?([^`|,]+?)`?[ ,]", manual, re.MULTILINE)
            assert row is not None, field.name
            assert row[1] == spelled
