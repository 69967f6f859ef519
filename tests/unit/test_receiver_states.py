"""The state table of a report, judged by a plain second one: open, finished, retracted, expired."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.receiver_samples import DAY, HOUR, MINUTE, NOON, Bench, Caller, SetTime, bench

from answerable.apps.receiver import export_finished
from answerable.apps.receiver.lifecycle import lives_until

UNKNOWN = 999
STEPS = st.sampled_from(
    [1, MINUTE, 10 * MINUTE, HOUR - 1, HOUR, 20 * HOUR, DAY - HOUR, DAY - 1, DAY]
)


class PlainReport:
    """What one report should be, kept as simply as can be."""

    def __init__(self, user: str, opened: int) -> None:
        self.user = user
        self.opened = opened
        self.changes: list[int] = []
        self.over = ""
        self.files: list[str] = []

    def code(self, user: str, now: int) -> int:
        """What any change should answer; 0 if it may go through."""
        if user != self.user:
            return 5001
        idle = all(now - change >= HOUR for change in self.changes)
        if not self.over and now - self.opened >= DAY and idle:
            self.over = "gone"
        return {"": 0, "gone": 5001, "retracted": 5101, "finished": 5102}[self.over]


class ReceiverStates(RuleBasedStateMachine):
    """Every order of calls, by two users, with time passing and restarts between them."""

    reports = Bundle("reports")
    users = st.sampled_from(["test", "other"])

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.time = SetTime()
        self.serving = ExitStack()
        self.bench: Bench = self.serving.enter_context(bench(self.folder, self.time))
        self.model: dict[int, PlainReport] = {}

    def teardown(self) -> None:
        self.serving.close()
        self.stack.close()

    def _call(self, user: str) -> Caller:
        return self.bench.caller if user == "test" else self.bench.other

    def _expected(self, report_id: int, user: str) -> int:
        plain = self.model.get(report_id)
        return 5001 if plain is None else plain.code(user, self.time.now())

    @initialize(target=reports)
    def unknown_report(self) -> int:
        return UNKNOWN

    @rule(target=reports, user=users)
    def submit(self, user: str) -> int:
        told = self._call(user).submit()
        assert told.code == 0
        assert told.report_id not in self.model
        self.model[told.report_id] = PlainReport(user, self.time.now())
        return int(told.report_id)

    @rule(report_id=reports, user=users, data=st.binary(max_size=40))
    def upload(self, report_id: int, user: str, data: bytes) -> None:
        told = self._call(user).upload(report_id, data)
        assert told.code == self._expected(report_id, user)
        if told.code == 0:
            self.model[report_id].files.append(told.file_id)
            self.model[report_id].changes.append(self.time.now())

    @rule(report_id=reports, other=reports, user=users, place=st.integers(0, 3))
    def fileinfo(self, report_id: int, other: int, user: str, place: int) -> None:
        source = self.model.get(other)
        held = source.files if source else []
        file_id = held[place % len(held)] if held else "0" * 32
        told = self._call(user).fileinfo(report_id, file_id)
        expected = self._expected(report_id, user)
        if expected == 0 and file_id not in self.model[report_id].files:
            expected = 5002
        assert told.code == expected
        if told.code == 0:
            self.model[report_id].changes.append(self.time.now())

    @rule(report_id=reports, user=users, multipart=st.booleans())
    def finish(self, report_id: int, user: str, multipart: bool) -> None:
        told = self._call(user).finish(report_id, multipart=multipart)
        assert told.code == self._expected(report_id, user)
        if told.code == 0:
            assert told.root == "reportDoneResponse"
            assert list(told.files) == self.model[report_id].files
            self.model[report_id].over = "finished"

    @rule(report_id=reports, user=users, multipart=st.booleans())
    def retract(self, report_id: int, user: str, multipart: bool) -> None:
        told = self._call(user).retract(report_id, multipart=multipart)
        assert told.code == self._expected(report_id, user)
        if told.code == 0:
            self.model[report_id].over = "retracted"

    @rule(millis=STEPS)
    def time_passes(self, millis: int) -> None:
        self.time.pass_by(millis)

    @rule()
    def restart(self) -> None:
        self.serving.close()
        self.serving = ExitStack()
        self.bench = self.serving.enter_context(bench(self.folder, self.time))

    @invariant()
    def the_export_holds_just_the_finished(self) -> None:
        exported = {r.report_id: r.file_ids for r in export_finished(self.bench.db_path)}
        assert exported == {
            str(report_id): tuple(plain.files)
            for report_id, plain in self.model.items()
            if plain.over == "finished"
        }


TestReceiverStates = ReceiverStates.TestCase
TestReceiverStates.settings = settings(max_examples=20, stateful_step_count=25)


@pytest.mark.parametrize(
    ("touched_at", "asked_at", "code"),
    [
        (None, DAY - 1, 0),
        (None, DAY, 5001),
        (DAY - 10 * MINUTE, DAY + 49 * MINUTE, 0),  # touched at 23:50, lives until 24:50
        (DAY - 10 * MINUTE, DAY + 50 * MINUTE - 1, 0),
        (DAY - 10 * MINUTE, DAY + 50 * MINUTE, 5001),
        (5 * HOUR, DAY, 5001),  # an early change buys nothing
    ],
)
def test_an_unfinished_report_dies_on_time(
    tmp_path: Path, touched_at: int | None, asked_at: int, code: int
) -> None:
    with bench(tmp_path) as b:
        report_id = b.caller.submit().report_id
        if touched_at is not None:
            b.time.pass_by(touched_at)
            assert b.caller.upload(report_id).code == 0
        b.time.pass_by(asked_at - (touched_at or 0))
        assert b.caller.finish(report_id).code == code
    touched = None if touched_at is None else NOON + touched_at
    assert (lives_until(NOON, touched) <= NOON + asked_at) == (code != 0)  # type: ignore[arg-type]


def test_fileinfo_counts_as_a_change_and_finish_may_come_late(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        opened = b.caller.submit()
        uploaded = b.caller.upload(opened.report_id)
        b.time.pass_by(DAY - MINUTE)
        assert b.caller.fileinfo(opened.report_id, uploaded.file_id).code == 0
        b.time.pass_by(30 * MINUTE)
        assert b.caller.finish(opened.report_id).code == 0


def test_a_finished_report_never_expires(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        report_id = b.caller.submit().report_id
        assert b.caller.finish(report_id).code == 0
        b.time.pass_by(400 * DAY)
        assert b.caller.retract(report_id).code == 5102
        assert [r.report_id for r in export_finished(b.db_path)] == [str(report_id)]


def test_what_is_gone_leaves_no_bytes_behind(tmp_path: Path) -> None:
    """Retracted and expired contents are out of the database file and its log."""
    with bench(tmp_path) as b:
        for word in ("greenlantern", "redlantern"):
            report_id = b.caller.submit().report_id
            assert b.caller.upload(report_id, word.encode() * 500).code == 0
            if word == "greenlantern":
                assert b.caller.retract(report_id).code == 0
            else:
                b.time.pass_by(2 * DAY)
                assert b.caller.finish(report_id).code == 5001
    left = b"".join(path.read_bytes() for path in tmp_path.glob("receiver.sqlite3*"))
    assert b"reports" in left
    assert b"greenlantern" not in left
    assert b"redlantern" not in left


def test_ids_are_never_given_twice(tmp_path: Path) -> None:
    with bench(tmp_path) as b:
        first = b.caller.submit().report_id
        assert first == 4_000_001
        b.time.pass_by(2 * DAY)
        assert b.caller.submit().report_id == first + 1
    with bench(tmp_path) as again:
        assert again.caller.submit().report_id == first + 2
