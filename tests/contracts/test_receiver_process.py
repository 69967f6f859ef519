"""The receiver as a process: what it answered survives kill -9, and it ends when asked to."""

import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.unit.receiver_samples import Caller, SetTime, bench, report, settings_at

from answerable.apps.receiver import (
    ReceiverSettings,
    export_finished,
    run_receiver,
    started_receiver,
)
from answerable.apps.receiver.__main__ import main
from answerable.kernel.errors import Outage, Refusal

NOT_IGNORED, IGNORED = False, True


@contextmanager
def process(
    db_path: Path, *more: str, sigint_ignored: bool = NOT_IGNORED
) -> Iterator[tuple[subprocess.Popen[str], Caller]]:
    """`python -m answerable.apps.receiver` on a free port, ready to answer."""
    command = [sys.executable, "-m", "answerable.apps.receiver", "--port", "0"]
    if sigint_ignored:
        command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    started = subprocess.Popen(
        [*command, "--db", str(db_path), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert started.stdout is not None
    line = started.stdout.readline()
    found = re.fullmatch(r"TEST receiver: (http://127\.0\.0\.1:\d+)/ispws\n", line)
    try:
        assert found is not None, line
        with httpx.Client(base_url=found[1], timeout=20) as client:
            yield started, Caller(client)
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate(timeout=20)


@pytest.mark.slow
def test_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    db_path = tmp_path / "receiver.sqlite3"
    with process(db_path) as (running, caller):
        finished, opened = caller.submit().report_id, caller.submit().report_id
        held = caller.upload(finished, b"two bicycles")
        kept = caller.upload(opened, b"one bicycle")
        assert caller.finish(finished).files == (held.file_id,)
        running.send_signal(signal.SIGKILL)
        assert running.wait(timeout=20) == -signal.SIGKILL
    exported = export_finished(db_path)
    assert [(r.report_id, r.file_ids) for r in exported] == [(str(finished), (held.file_id,))]
    with process(db_path) as (_, caller):
        assert caller.retract(finished).code == 5102
        assert caller.finish(opened).files == (kept.file_id,)
        assert caller.submit().report_id == int(opened or 0) + 1


@pytest.mark.slow
@pytest.mark.parametrize("ignored", [NOT_IGNORED, IGNORED])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_on_a_signal(tmp_path: Path, number: signal.Signals, ignored: bool) -> None:
    with process(tmp_path / "r.sqlite3", sigint_ignored=ignored) as (running, caller):
        assert caller.submit().code == 0  # the client's connection stays open meanwhile
        running.send_signal(number)
        assert running.wait(timeout=20) == 0
        assert running.stderr is not None
        assert "Traceback" not in running.stderr.read()


@pytest.mark.slow
def test_its_log_names_calls_and_no_contents(tmp_path: Path) -> None:
    with process(tmp_path / "r.sqlite3") as (running, caller):
        opened = caller.submit(report(rest="<additionalInfo>bluelantern</additionalInfo>"))
        caller.upload(opened.report_id, b"bluelantern", "bluelantern.txt")
        caller.submit(report(rest="<bluelantern/>"))
        caller.get("/ispws/bluelantern")
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=20) == 0
        assert running.stderr is not None
        log = running.stderr.read()
    assert f"submit 0 report {opened.report_id} request {opened.headers['Request-ID']}" in log
    assert "submit 4100" in log
    assert "bluelantern" not in log


@pytest.mark.slow
def test_a_second_receiver_is_told_that_the_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Outage, match=str(port)):
            run_receiver(settings_at(tmp_path, port=port), SetTime())
        assert main(["--port", str(port), "--db", str(tmp_path / "r.sqlite3")]) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])
def test_it_binds_loopback_only_unless_told_otherwise(
    tmp_path: Path, host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings: ReceiverSettings = settings_at(tmp_path, host=host)
    with pytest.raises(Refusal, match="loopback only"):
        run_receiver(settings, SetTime())
    with pytest.raises(Refusal, match="loopback only"), started_receiver(settings, SetTime()):
        pass
    assert main(["--host", host, "--port", "0", "--db", str(tmp_path / "r.sqlite3")]) == 1
    assert "loopback only" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments", [["--nothing"], ["--port", "x"], ["--user", "nameonly"], ["--profile", "old"]]
)
def test_wrong_usage_exits_64(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 64


def raw_exchange(port: int, *pieces: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        for piece in pieces:
            line.sendall(piece)
        answer = b""
        while chunk := line.recv(65_536):
            answer += chunk
    return answer


def test_a_chunked_body_in_small_pieces_is_one_body(tmp_path: Path) -> None:
    body = report(rest="<additionalInfo>naïve</additionalInfo>").encode()
    pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
    with started_receiver(settings_at(tmp_path), SetTime()) as running:
        head = (
            b"POST /ispws/submit HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"Authorization: Basic dGVzdDp0ZXN0\r\nContent-Type: text/xml\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
        answer = raw_exchange(running.port, head, *chunks, b"0\r\n\r\n")
    assert b"<responseCode>0</responseCode>" in answer
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_client_that_leaves_in_the_middle_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING),
        started_receiver(settings_at(tmp_path), SetTime()) as running,
        httpx.Client(base_url=running.origin, timeout=20) as client,
    ):
        with socket.create_connection(("127.0.0.1", running.port), timeout=20) as line:
            line.sendall(
                b"POST /ispws/submit HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                b"Authorization: Basic dGVzdDp0ZXN0\r\nContent-Type: text/xml\r\n"
                b"Content-Length: 5000\r\n\r\n<report>"
            )
        assert Caller(client).submit().report_id == 4_000_001
    assert "Exception" not in caplog.text


def test_two_receivers_share_nothing_but_the_file_they_are_given(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with bench(one) as first, bench(two) as second, bench(one) as beside:
        report_id = first.caller.submit().report_id
        assert second.caller.finish(report_id).code == 5001
        assert beside.caller.finish(report_id).code == 0
        assert first.caller.finish(report_id).code == 5102
