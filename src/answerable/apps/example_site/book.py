"""The example site's own database: ads, revisions, what is up, what still has to be told."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.kernel.time import Millis

SCHEMA = """
CREATE TABLE IF NOT EXISTS ad (
  external_id TEXT PRIMARY KEY, section TEXT NOT NULL, city TEXT NOT NULL, account TEXT NOT NULL,
  shown INTEGER, up INTEGER NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS revision (
  external_id TEXT NOT NULL, number INTEGER NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (external_id, number));
CREATE TABLE IF NOT EXISTS spool (
  id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, body TEXT NOT NULL,
  created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS obeyed (number INTEGER PRIMARY KEY, action TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAd:
    """An ad as the public sees it, or would: the shown revision's words."""

    external_id: str
    section: str
    city: str
    account: str
    shown: int | None
    up: bool
    state: str
    created: int
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """A message that the API has not taken yet. Its id is the Idempotency-Key."""

    id: int
    path: str
    body: Mapping[str, Any]
    created: int


class Book:
    """One connection, one lock: a small site."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._sql = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._sql.row_factory = sqlite3.Row
        self._sql.execute("PRAGMA journal_mode=WAL")
        self._sql.execute("PRAGMA synchronous=FULL")
        self._sql.executescript(SCHEMA)
        self._lock = threading.RLock()

    @contextmanager
    def _step(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield self._sql
            except BaseException:
                self._sql.execute("ROLLBACK")
                raise
            self._sql.execute("COMMIT")

    def close(self) -> None:
        self._sql.close()

    def add(self, section: str, city: str, account: str, title: str, body: str, now: Millis) -> str:
        """A new ad, not up. Returns its number on this site."""
        with self._step() as sql:
            count = sql.execute("SELECT count(*) FROM ad").fetchone()[0]
            external_id = f"site-{count + 1}"
            sql.execute(
                "INSERT INTO ad VALUES (?,?,?,?,NULL,0,'waiting',?)",
                (external_id, section, city, account, now),
            )
            sql.execute("INSERT INTO revision VALUES (?,0,?,?)", (external_id, title, body))
            return external_id

    def revise(self, external_id: str, title: str, body: str) -> int:
        """A new revision; the shown one stays until we are told to publish."""
        with self._step() as sql:
            last = sql.execute(
                "SELECT max(number) FROM revision WHERE external_id=?", (external_id,)
            ).fetchone()[0]
            sql.execute(
                "INSERT INTO revision VALUES (?,?,?,?)", (external_id, last + 1, title, body)
            )
            return int(last) + 1

    def spool(self, path: str, body: Mapping[str, Any], now: Millis) -> None:
        """What has to be told, durable before anybody is thanked."""
        with self._step() as sql:
            sql.execute(
                "INSERT INTO spool (path, body, created) VALUES (?,?,?)",
                (path, json.dumps(body), now),
            )

    def next_spooled(self) -> Spooled | None:
        row = self._one("SELECT * FROM spool ORDER BY id LIMIT 1")
        if row is None:
            return None
        return Spooled(
            id=row["id"], path=row["path"], body=json.loads(row["body"]), created=row["created"]
        )

    def unspool(self, spooled: Spooled) -> None:
        with self._step() as sql:
            sql.execute("DELETE FROM spool WHERE id=?", (spooled.id,))

    def cursor(self) -> int:
        row = self._one("SELECT max(number) AS last FROM obeyed")
        return int(row["last"] or 0) if row is not None else 0

    def obey(
        self, number: int, external_id: str, action: str, revision: int, up: bool | None
    ) -> bool:
        """Do it, and note that it is done, in one step. True if a revision is newly shown."""
        with self._step() as sql:
            done = sql.execute("SELECT 1 FROM obeyed WHERE number=?", (number,)).fetchone()
            if done:
                return False
            sql.execute("INSERT INTO obeyed VALUES (?,?)", (number, action))
            before = sql.execute(
                "SELECT shown FROM ad WHERE external_id=?", (external_id,)
            ).fetchone()
            if before is None or up is None:
                return False
            shown = revision if up else before["shown"]
            sql.execute(
                "UPDATE ad SET up=?, shown=?, state=? WHERE external_id=?",
                (int(up), shown, action, external_id),
            )
            return bool(up) and before["shown"] != revision

    def end(self, external_id: str, state: str) -> None:
        with self._step() as sql:
            sql.execute("UPDATE ad SET up=0, state=? WHERE external_id=?", (state, external_id))

    def live(self) -> list[SiteAd]:
        """What the public sees, the newest first."""
        return self._ads("WHERE up=1 ORDER BY created DESC")

    def everything(self) -> list[SiteAd]:
        return self._ads("ORDER BY created DESC")

    def find(self, external_id: str) -> SiteAd | None:
        found = self._ads("WHERE ad.external_id=?", external_id)
        return found[0] if found else None

    def newest(self, external_id: str) -> tuple[str, str]:
        """Title and body of the newest revision, shown or not."""
        row = self._one(
            "SELECT title, body FROM revision WHERE external_id=? ORDER BY number DESC LIMIT 1",
            external_id,
        )
        return ("", "") if row is None else (row["title"], row["body"])

    def _ads(self, clause: str, *values: object) -> list[SiteAd]:
        query = (
            "SELECT ad.*, revision.title, revision.body FROM ad JOIN revision "
            "ON revision.external_id=ad.external_id AND revision.number=coalesce(ad.shown, 0) "
        )
        with self._lock:
            rows = self._sql.execute(query + clause, values).fetchall()
        return [SiteAd(**{**dict(row), "up": bool(row["up"])}) for row in rows]

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._sql.execute(query, values).fetchone()
            return row
