"""The example site's own database: ads, revisions, what is up, what still has to be told."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from answerable.apps.example_site.client import Told
from answerable.kernel.time import Millis

Message: TypeAlias = tuple[str, Mapping[str, Any]]
"""A path of the API and the body to post there."""

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
CREATE TABLE IF NOT EXISTS answered (number INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS obeyed (number INTEGER PRIMARY KEY, action TEXT NOT NULL);
"""
LATER_COLUMNS = (
    ("ad", "ended", "INTEGER NOT NULL DEFAULT 0"),  # withdrawn by its poster
    ("ad", "credited", "INTEGER NOT NULL DEFAULT 0"),  # ms of paid time given back, in all
    ("ad", "complain_until", "INTEGER NOT NULL DEFAULT 0"),  # 0: no person took it down
    ("revision", "api_number", "INTEGER"),  # the API's number of these words, once it took them
    ("spool", "external_id", "TEXT"),
    ("spool", "number", "INTEGER"),  # the site's own number of the words in it
    ("spool", "spooled_at", "INTEGER"),  # since when the API was not there to be told
    ("spool", "tried", "INTEGER NOT NULL DEFAULT 0"),  # it may have been taken: same bytes again
    ("obeyed", "directive", "TEXT"),
    ("obeyed", "to_say", "INTEGER NOT NULL DEFAULT 0"),  # done, and not yet said to be
)


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
    credited: int
    complain_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """A message that the API has not taken yet. Its id is the Idempotency-Key.

    `number`: the site's own number of the words in it, None where there are none.
    """

    id: int
    path: str
    body: Mapping[str, Any]
    created: int
    external_id: str | None
    number: int | None
    spooled_at: int | None
    tried: bool


class Book:
    """One connection, one lock: a small site."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._sql = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._sql.row_factory = sqlite3.Row
        self._sql.execute("PRAGMA journal_mode=WAL")
        self._sql.execute("PRAGMA synchronous=FULL")
        self._sql.executescript(SCHEMA)
        for table, column, kind in LATER_COLUMNS:
            known = {row["name"] for row in self._sql.execute(f"PRAGMA table_info({table})")}
            if column not in known:
                self._sql.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        self._lock = threading.RLock()
        self._together = False

    @contextmanager
    def together(self) -> Iterator[None]:
        """One commit for every step inside; steps that were done stay when a later one fails."""
        with self._lock:
            self._sql.execute("BEGIN IMMEDIATE")
            self._together = True
            try:
                yield
            finally:
                self._together = False
                self._sql.execute("COMMIT")

    @contextmanager
    def _step(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._together:
                with self._savepoint():
                    yield self._sql
                return
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield self._sql
            except BaseException:
                self._sql.execute("ROLLBACK")
                raise
            self._sql.execute("COMMIT")

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        self._sql.execute("SAVEPOINT step")
        try:
            yield
        except BaseException:
            self._sql.execute("ROLLBACK TO step")
            raise
        finally:
            self._sql.execute("RELEASE step")

    def close(self) -> None:
        self._sql.close()

    def add(
        self,
        section: str,
        city: str,
        account: str,
        title: str,
        body: str,
        now: Millis,
        tell: Callable[[str], Message],
    ) -> str:
        """A new ad, not up, and what the API is told of it. Returns its number on this site."""
        with self._step() as sql:
            count = sql.execute("SELECT count(*) FROM ad").fetchone()[0]
            external_id = f"site-{count + 1}"
            sql.execute(
                "INSERT INTO ad (external_id, section, city, account, up, state, created) "
                "VALUES (?,?,?,?,0,'waiting',?)",
                (external_id, section, city, account, now),
            )
            self._keep(sql, external_id, 0, title, body, now, tell(external_id))
            return external_id

    def revise(self, external_id: str, title: str, body: str, now: Millis, message: Message) -> int:
        """A new revision; the shown one stays until we are told to publish."""
        with self._step() as sql:
            last = sql.execute(
                "SELECT max(number) FROM revision WHERE external_id=?", (external_id,)
            ).fetchone()[0]
            self._keep(sql, external_id, last + 1, title, body, now, message)
            return int(last) + 1

    def _keep(
        self,
        sql: sqlite3.Connection,
        external_id: str,
        number: int,
        title: str,
        body: str,
        now: Millis,
        message: Message,
    ) -> None:
        sql.execute(
            "INSERT INTO revision (external_id, number, title, body) VALUES (?,?,?,?)",
            (external_id, number, title, body),
        )
        self._spool(sql, message, now, external_id, number)

    def spool(self, path: str, body: Mapping[str, Any], now: Millis, external_id: str) -> None:
        """What has to be told, durable before anybody is thanked."""
        with self._step() as sql:
            self._spool(sql, (path, body), now, external_id, None)

    def _spool(
        self,
        sql: sqlite3.Connection,
        message: Message,
        now: Millis,
        external_id: str,
        number: int | None,
    ) -> None:
        path, body = message
        sql.execute(
            "INSERT INTO spool (path, body, created, external_id, number) VALUES (?,?,?,?,?)",
            (path, json.dumps(body), now, external_id, number),
        )

    def since(self, account: str) -> int:
        """When the first ad of an account came; it has one."""
        with self._lock:
            found = self._sql.execute(
                "SELECT min(created) FROM ad WHERE account = ?", (account,)
            ).fetchone()
        return int(found[0])

    def answered_up_to(self) -> int:
        """The last question that was answered."""
        with self._lock:
            found = self._sql.execute("SELECT max(number) FROM answered").fetchone()
        return int(found[0] or 0)

    def answered(self, number: int) -> None:
        with self._lock, self._sql:
            self._sql.execute("INSERT OR IGNORE INTO answered (number) VALUES (?)", (number,))

    def next_spooled(self) -> Spooled | None:
        row = self._one("SELECT * FROM spool ORDER BY id LIMIT 1")
        if row is None:
            return None
        told = {**dict(row), "body": json.loads(row["body"]), "tried": bool(row["tried"])}
        return Spooled(**told)

    def may_be_taken(self, spooled: Spooled) -> None:
        """About to be sent: from here on only the same bytes again, whatever becomes of us."""
        with self._step() as sql:
            sql.execute("UPDATE spool SET tried=1 WHERE id=?", (spooled.id,))

    def waits_since(self, spooled: Spooled, now: Millis) -> None:
        """Nobody was there to be told, so nothing was sent yet."""
        with self._step() as sql:
            sql.execute(
                "UPDATE spool SET tried=0, spooled_at=coalesce(spooled_at, ?) WHERE id=?",
                (now, spooled.id),
            )

    def taken(self, spooled: Spooled, api_number: int | None) -> None:
        """The API has it; the words in it have this number there."""
        with self._step() as sql:
            sql.execute("DELETE FROM spool WHERE id=?", (spooled.id,))
            if spooled.number is not None:
                sql.execute(
                    "UPDATE revision SET api_number=? WHERE external_id=? AND number=?",
                    (api_number, spooled.external_id, spooled.number),
                )

    def refused(self, spooled: Spooled) -> None:
        """The API will never take it. Words that nobody screened are never shown."""
        with self._step() as sql:
            sql.execute("DELETE FROM spool WHERE id=?", (spooled.id,))
            if spooled.number is not None:
                sql.execute(
                    "UPDATE ad SET state='not taken' WHERE external_id=? AND up=0",
                    (spooled.external_id,),
                )

    def cursor(self) -> int:
        row = self._one("SELECT max(number) AS last FROM obeyed")
        return int(row["last"] or 0) if row is not None else 0

    def knows(self, external_id: str) -> bool:
        return self._one("SELECT 1 FROM ad WHERE external_id=?", external_id) is not None

    def words_of(self, external_id: str, api_number: int) -> int | None:
        """The site's own number of the words that the API counts as revision `api_number`."""
        row = self._one(
            "SELECT number FROM revision WHERE external_id=? AND api_number=?",
            external_id,
            api_number,
        )
        return None if row is None else int(row["number"])

    def still_to_tell(self, external_id: str) -> bool:
        """Is something with words of this ad on its way to the API?"""
        row = self._one(
            "SELECT 1 FROM spool WHERE external_id=? AND number IS NOT NULL", external_id
        )
        return row is not None

    def obey(self, told: Told, *, up: bool | None, shown: int | None, say: bool) -> bool:
        """Do it, and note that it is done, in one step. True if a revision is newly shown.

        `up` None changes nothing. What its poster has withdrawn does not come up again.
        """
        with self._step() as sql:
            done = sql.execute("SELECT 1 FROM obeyed WHERE number=?", (told.number,)).fetchone()
            if done:
                return False
            sql.execute(
                "INSERT INTO obeyed (number, action, directive, to_say) VALUES (?,?,?,?)",
                (told.number, told.action, told.directive, int(say)),
            )
            before = sql.execute(
                "SELECT shown, ended FROM ad WHERE external_id=?", (told.external_id,)
            ).fetchone()
            if before is None or up is None:
                return False
            up = up and not before["ended"]
            shown = before["shown"] if shown is None else shown
            sql.execute(
                "UPDATE ad SET up=?, shown=?, state=?, credited=credited+?, complain_until=?"
                " WHERE external_id=?",
                (
                    *(int(up), shown, told.action, told.credit_ms),
                    *(told.complain_until, told.external_id),
                ),
            )
            return up and before["shown"] != shown

    def to_say(self, most: int) -> list[tuple[int, str]]:
        """(number, directive) of what was done and not yet said to be."""
        with self._lock:
            rows = self._sql.execute(
                "SELECT number, directive FROM obeyed WHERE to_say=1 ORDER BY number LIMIT ?",
                (most,),
            ).fetchall()
        return [(row["number"], row["directive"]) for row in rows]

    def said(self, numbers: Sequence[int]) -> None:
        with self._step() as sql:
            sql.executemany(
                "UPDATE obeyed SET to_say=0 WHERE number=?", [(number,) for number in numbers]
            )

    def end(self, external_id: str, message: Message, now: Millis) -> None:
        """Withdrawn by its poster: down at once."""
        with self._step() as sql:
            sql.execute(
                "UPDATE ad SET up=0, ended=1, state='withdrawn' WHERE external_id=?",
                (external_id,),
            )
            self._spool(sql, message, now, external_id, None)

    def renew(self, external_id: str, message: Message, now: Millis) -> None:
        """Offered anew; what was withdrawn comes up once we are told to publish it."""
        with self._step() as sql:
            sql.execute("UPDATE ad SET ended=0 WHERE external_id=?", (external_id,))
            self._spool(sql, message, now, external_id, None)

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
        names = SiteAd.__dataclass_fields__
        return [
            SiteAd(**{n: row[n] for n in names if n != "up"}, up=bool(row["up"])) for row in rows
        ]

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._sql.execute(query, values).fetchone()
            return row
