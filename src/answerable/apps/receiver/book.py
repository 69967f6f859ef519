"""receiver/book: the receiver's own SQLite file: reports, files, what was said of them, calls.

WAL with synchronous FULL: what a client was answered survives kill -9 and power loss. Each call is
one transaction, committed before its answer leaves. An expired or retracted report loses its
contents in the file too (secure_delete).
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from answerable.apps.receiver.lifecycle import Received, State
from answerable.kernel.time import DAY, HOUR, Millis

T = TypeVar("T")

_TABLES = """
CREATE TABLE IF NOT EXISTS reports (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice, not even after expiry
  user TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'finished', 'retracted', 'expired')),
  opened INTEGER NOT NULL,
  touched INTEGER,
  ended INTEGER,
  xml BLOB
);
CREATE INDEX IF NOT EXISTS reports_open ON reports (opened) WHERE state = 'open';
CREATE TABLE IF NOT EXISTS files (
  id TEXT PRIMARY KEY,
  report_id INTEGER NOT NULL REFERENCES reports (id),
  place INTEGER NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  md5 TEXT NOT NULL,
  length INTEGER NOT NULL,
  received INTEGER NOT NULL,
  data BLOB NOT NULL,
  UNIQUE (report_id, place)
);
CREATE TABLE IF NOT EXISTS details (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  report_id INTEGER NOT NULL REFERENCES reports (id),
  file_id TEXT NOT NULL REFERENCES files (id),
  received INTEGER NOT NULL,
  xml BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS details_of ON details (report_id, file_id);
CREATE TABLE IF NOT EXISTS calls (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  call TEXT NOT NULL,
  user TEXT,
  report_id INTEGER,
  request_id TEXT NOT NULL,
  code INTEGER NOT NULL,
  note TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_of ON calls (report_id);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile:
    """A file's particulars, without its bytes."""

    id: str
    report_id: int
    name: str
    media_type: str
    md5: str
    length: int
    received: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNote:
    """One call as kept: who, what, which answer. Never contents."""

    at: Millis
    call: str
    user: str | None
    report_id: int | None
    request_id: str
    code: int
    note: str


class Page:
    """The book opened for one transaction. Made by `Book.run`, gone with it."""

    def __init__(self, connection: sqlite3.Connection, now: Millis) -> None:
        self._sql = connection
        self.now = now

    def expire(self) -> None:
        """Delete what has timed out. The row stays, so that its id stays taken."""
        due = (self.now - DAY, self.now - HOUR)
        gone = self._sql.execute(
            "SELECT id FROM reports WHERE state = 'open' AND opened <= ?"
            " AND coalesce(touched, opened) <= ?",
            due,
        ).fetchall()
        for (report_id,) in gone:
            self._drop(report_id, State.EXPIRED)

    def open_report(self, user: str, xml: bytes, first_id: int) -> int:
        self._sql.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'reports', ?"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'reports')",
            (first_id - 1,),
        )
        row = self._sql.execute(
            "INSERT INTO reports (user, state, opened, xml) VALUES (?, 'open', ?, ?) RETURNING id",
            (user, self.now, xml),
        ).fetchone()
        return int(row[0])

    def find(self, report_id: int) -> Received | None:
        return next(iter(self._reports("WHERE id = ?", report_id)), None)

    def latest(self, before: int | None, count: int) -> list[Received]:
        """Newest first, below `before`."""
        top = before if before is not None else 2**63 - 1
        return self._reports("WHERE id < ? ORDER BY id DESC LIMIT ?", top, count)

    def finished(self, user: str | None) -> list[Received]:
        """By id; of one user, or of all."""
        clause = "WHERE state = 'finished' AND (? IS NULL OR user = ?) ORDER BY id"
        return self._reports(clause, user, user)

    def xml_of(self, report_id: int) -> bytes | None:
        row = self._sql.execute("SELECT xml FROM reports WHERE id = ?", (report_id,)).fetchone()
        return bytes(row[0]) if row and row[0] is not None else None

    def add_file(self, file: HeldFile, data: bytes) -> None:
        self._sql.execute(
            "INSERT INTO files"
            " (id, report_id, place, name, media_type, md5, length, received, data)"
            " SELECT ?, ?, count(*), ?, ?, ?, ?, ?, ? FROM files WHERE report_id = ?",
            (
                file.id, file.report_id, file.name, file.media_type, file.md5, file.length,
                self.now, data, file.report_id,
            ),
        )  # fmt: skip
        self._touch(file.report_id)

    def add_details(self, report_id: int, file_id: str, xml: bytes) -> None:
        """What was said of a file; a second word stands beside the first."""
        self._sql.execute(
            "INSERT INTO details (report_id, file_id, received, xml) VALUES (?, ?, ?, ?)",
            (report_id, file_id, self.now, xml),
        )
        self._touch(report_id)

    def finish(self, report_id: int) -> None:
        self._sql.execute(
            "UPDATE reports SET state = 'finished', ended = ? WHERE id = ?", (self.now, report_id)
        )

    def retract(self, report_id: int) -> None:
        self._drop(report_id, State.RETRACTED)

    def files(self, report_id: int) -> list[HeldFile]:
        """In the order of upload."""
        rows = self._sql.execute(
            "SELECT id, report_id, name, media_type, md5, length, received FROM files"
            " WHERE report_id = ? ORDER BY place",
            (report_id,),
        )
        return [
            HeldFile(
                id=r[0], report_id=r[1], name=r[2], media_type=r[3], md5=r[4], length=r[5],
                received=Millis(r[6]),
            )
            for r in rows
        ]  # fmt: skip

    def bytes_of(self, report_id: int, file_id: str) -> bytes | None:
        row = self._sql.execute(
            "SELECT data FROM files WHERE report_id = ? AND id = ?", (report_id, file_id)
        ).fetchone()
        return bytes(row[0]) if row else None

    def details_of(self, report_id: int, file_id: str) -> list[bytes]:
        rows = self._sql.execute(
            "SELECT xml FROM details WHERE report_id = ? AND file_id = ? ORDER BY n",
            (report_id, file_id),
        )
        return [bytes(row[0]) for row in rows]

    def note(self, call: CallNote) -> None:
        self._sql.execute(
            "INSERT INTO calls (at, call, user, report_id, request_id, code, note)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                call.at, call.call, call.user, call.report_id, call.request_id, call.code,
                call.note,
            ),
        )  # fmt: skip

    def calls(self, report_id: int | None, count: int) -> list[CallNote]:
        """The last `count` calls (on one report), oldest first."""
        rows = self._sql.execute(
            "SELECT at, call, user, report_id, request_id, code, note FROM calls"
            " WHERE ? IS NULL OR report_id = ? ORDER BY n DESC LIMIT ?",
            (report_id, report_id, count),
        ).fetchall()
        return [
            CallNote(
                at=Millis(r[0]), call=r[1], user=r[2], report_id=r[3], request_id=r[4], code=r[5],
                note=r[6],
            )
            for r in reversed(rows)
        ]  # fmt: skip

    def _reports(self, clause: str, *values: object) -> list[Received]:
        rows = self._sql.execute(
            f"SELECT id, user, state, opened, touched, ended FROM reports {clause}",  # noqa: S608
            values,  # the clauses are the constants above
        )
        return [
            Received(id=r[0], user=r[1], state=State(r[2]), opened=r[3], touched=r[4], ended=r[5])
            for r in rows
        ]

    def _touch(self, report_id: int) -> None:
        self._sql.execute("UPDATE reports SET touched = ? WHERE id = ?", (self.now, report_id))

    def _drop(self, report_id: int, state: State) -> None:
        self._sql.execute("DELETE FROM details WHERE report_id = ?", (report_id,))
        self._sql.execute("DELETE FROM files WHERE report_id = ?", (report_id,))
        self._sql.execute(
            "UPDATE reports SET state = ?, ended = ?, xml = NULL WHERE id = ?",
            (state.value, self.now, report_id),
        )


class Book:
    """One connection, one caller at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._sql = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=10.0
        )
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = FULL")
        self._sql.execute("PRAGMA secure_delete = ON")
        self._sql.execute("PRAGMA foreign_keys = ON")
        self._sql.executescript(_TABLES)

    def run(self, now: Callable[[], Millis], step: Callable[[Page], T]) -> T:
        """`step` in one transaction, on disk when this returns. `now` is asked once, inside."""
        with self._lock, _transaction(self._sql):
            page = Page(self._sql, now())
            page.expire()
            return step(page)

    def close(self) -> None:
        with self._lock:
            self._sql.close()


@contextmanager
def _transaction(sql: sqlite3.Connection) -> Iterator[None]:
    sql.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        sql.execute("ROLLBACK")
        raise
    sql.execute("COMMIT")
