"""Where transactions come from: `store.run(fn)`.

SQLite: one writer thread per process takes the callers that wait into one transaction, a
savepoint each, and one fsync serves them all (group commit). PostgreSQL: one transaction a call;
the server groups by itself. `fn` does no outside I/O and may be rerun.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from answerable.adapters.sql import core
from answerable.adapters.sql.work import SqlWork, Surroundings
from answerable.kernel.errors import Breach, Outage, SafetyError
from answerable.kernel.time import Millis, TimeSource

T = TypeVar("T")
GROUP_MAX = 256
RERUNS_MAX = 8

FAULTS = (SQLAlchemyError, sqlite3.Error)
"""What a database can do to us; sqlite3's own come bare where a fresh connection is set up."""


class Store:
    """`run` and `read` for one database; `close` ends its writer thread."""

    def __init__(self, engine: Engine, time: TimeSource, around: Surroundings) -> None:
        self.engine = engine
        self._time = time
        self._around = around
        self._listeners: list[Callable[[], None]] = []
        self._writer: _Writer | None = None
        self._closed = False
        # One statement must not see what the one before it did not: READ COMMITTED would.
        self._reading: dict[str, Any] = {"isolation_level": "REPEATABLE READ"}
        if engine.dialect.name == "sqlite":
            self._reading = {"reads_only": True}
            self._writer = _Writer(self)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit that recorded events: wakes worker and sequencer.

        It must neither block nor raise. Commits that record nothing (a lease renewed) wake nobody.
        """
        self._listeners.append(listener)

    def run(self, fn: Callable[[SqlWork], T]) -> T:
        """Run `fn` in one transaction and commit. Raises what `fn` raises, or Outage."""
        if self._writer is not None:
            return self._writer.run(fn)
        result, news = self._rerun(fn)
        if news:
            self._committed()
        return result

    def read(self, fn: Callable[[SqlWork], T]) -> T:
        """Run `fn` on a snapshot. Whatever it writes is thrown away."""
        self._refuse_if_closed()
        try:
            with self.engine.connect().execution_options(**self._reading) as conn:
                try:
                    return fn(self._work(conn))
                finally:
                    conn.rollback()
        except FAULTS as fault:
            raise translate(fault) from fault

    def fold(self) -> bool:
        """SQLite: fold the write-ahead log into the file and empty it. False if readers held it
        up: ask again. PostgreSQL keeps house by itself.
        """
        return self._writer is None or self._writer.alone(_fold)

    def scrub(self, *, anyway: bool = False) -> bool:
        """SQLite: after an erasure write the whole file anew, so that no page keeps a copy.

        `secure_delete` blanks a row where it stands, not where it once stood: pages that were
        split keep scraps of what they held. True if it was done; `anyway` asks for no erasure.
        Whoever writes waits meanwhile. For PostgreSQL see
        docs/operations/backup.md.
        """
        if self._writer is None:
            return False
        erased = self.read(lambda work: work.conn.execute(_ERASURES).scalar_one())
        return self._writer.alone(lambda raw: _scrub(raw, erased, anyway=anyway))

    def now(self) -> Millis:
        """The present, from the store's own time source."""
        return self._time.now()

    def close(self) -> None:
        """What was asked before is done first; what is asked after gets an Outage."""
        self._closed = True
        if self._writer is not None:
            self._writer.close()
        self.engine.dispose()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise Outage("the store is closed")

    def _work(self, conn: Connection) -> SqlWork:
        return SqlWork(conn, self._time.now(), self._around)

    def _committed(self) -> None:
        for listener in self._listeners:
            listener()

    def _rerun(self, fn: Callable[[SqlWork], T]) -> tuple[T, bool]:
        """PostgreSQL: two callers may meet on a new chain or a deadlock; the loser runs again."""
        self._refuse_if_closed()
        for attempt in range(RERUNS_MAX):
            try:
                with self.engine.begin() as conn:
                    work = self._work(conn)
                    result = fn(work)
                    work.flush()
                return result, work.news
            except SQLAlchemyError as fault:
                if attempt + 1 < RERUNS_MAX and _may_rerun(fault):
                    continue
                raise translate(fault) from fault
        raise Outage("the transaction kept colliding")


# Spelled out, or a partial index would not be known to fit.
_ERASURES = select(func.count()).select_from(core.event).where(core.ERASED)


def _fold(raw: sqlite3.Connection) -> bool:
    busy: int = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return busy == 0


def _scrub(raw: sqlite3.Connection, erased: int, *, anyway: bool) -> bool:
    """`user_version`, a number that SQLite keeps for its users, says how many were scrubbed."""
    if not anyway and raw.execute("PRAGMA user_version").fetchone()[0] == erased:
        return False
    raw.execute("VACUUM")
    done = _fold(raw)
    if done:
        raw.execute(f"PRAGMA user_version = {erased:d}")
    return done


def _may_rerun(fault: SQLAlchemyError) -> bool:
    return _sqlstate(fault) in {"40001", "40P01", "23505"}


def _sqlstate(fault: BaseException) -> str | None:
    return getattr(getattr(fault, "orig", None), "sqlstate", None)


def translate(fault: SQLAlchemyError | sqlite3.Error) -> SafetyError:
    """A driver's failure as one of ours, without a value in it.

    Outage only where trying again may help. A statement that the database does not understand, a
    key that is taken, a page that is damaged: each is a Breach, or a retry loop would hide it.
    """
    if isinstance(fault, NoConnectionFree):
        return Outage("no connection to the database came free")
    orig = fault.orig if isinstance(fault, DBAPIError) else fault
    if orig is None or not isinstance(fault, DBAPIError | sqlite3.Error):
        return Breach(f"the database layer refused: {type(fault).__name__}")
    if "is append-only" in str(orig):
        return Breach("something tried to change what is append-only")
    if isinstance(fault, DBAPIError) and fault.connection_invalidated:
        return Outage("the connection to the database broke")
    away = isinstance(fault, OperationalError | sqlite3.OperationalError)
    if away and getattr(orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_ERROR:
        return Outage("the database did not answer")
    return Breach(f"the database refused: {type(orig).__name__}{_which(orig)}")


def _which(orig: BaseException) -> str:
    """Which rule of the database it was, never the values: ` 23505 uq_ad_site_external_id`."""
    told = getattr(orig, "diag", None)
    names = [getattr(orig, "sqlstate", None), getattr(told, "constraint_name", None)]
    if isinstance(orig, sqlite3.IntegrityError):
        names.append(str(orig).partition(": ")[2])  # SQLite names the columns and no value
    return "".join(f" {name}" for name in names if name)


@dataclass(slots=True)
class _Asked:
    """A transaction that is asked for; or, `alone`, the bare connection between two of them."""

    fn: Callable[[Any], Any]
    answer: "Future[Any]"
    alone: bool = False


@dataclass(slots=True)
class _Done:
    """What one caller gets once the whole group is committed."""

    asked: _Asked
    result: Any
    news: bool


class _Undone(Exception):
    """SQLite has rolled back the whole transaction by itself (disk full, I/O error)."""


class _Writer:
    """One thread, one connection, one transaction for all who wait."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._closed = False
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name="sql-writer", daemon=True)
        self._thread.start()

    def run(self, fn: Callable[[SqlWork], T]) -> T:
        result: T = self._ask(_Asked(fn, Future()))
        return result

    def alone(self, fn: Callable[[sqlite3.Connection], bool]) -> bool:
        """Run `fn` on the bare connection, in no transaction, while nobody here writes."""
        return bool(self._ask(_Asked(fn, Future(), alone=True)))

    def _ask(self, asked: _Asked) -> Any:
        if threading.current_thread() is self._thread:
            raise Breach("a service opened a transaction inside a transaction")
        with self._closing:  # or it might come to stand behind the end of the queue
            if self._closed:
                raise Outage("the store is closed")
            self._asked.put(asked)
        return asked.answer.result()

    def close(self) -> None:
        with self._closing:
            if not self._closed:
                self._closed = True
                self._asked.put(None)
        self._thread.join()

    def _loop(self) -> None:
        batch: list[_Asked] = []
        following = None
        try:
            while (first := following or self._asked.get()) is not None:
                batch, following, last = [first], None, False
                if first.alone:
                    self._alone(first)
                else:
                    following, last = self._gather(batch)
                    self._commit_together(batch)
                if last:
                    break
        finally:
            self._refuse_rest(batch + ([following] if following else []))

    def _gather(self, batch: list[_Asked]) -> tuple[_Asked | None, bool]:
        """Who else waits by now. Who must be alone comes after these; True if nobody will."""
        while len(batch) < GROUP_MAX:
            try:
                following = self._asked.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return None, True
            if following.alone:
                return following, False
            batch.append(following)
        return None, False

    def _alone(self, asked: _Asked) -> None:
        try:
            pooled = self._store.engine.raw_connection()
            try:
                asked.answer.set_result(
                    asked.fn(cast(sqlite3.Connection, pooled.driver_connection))
                )
            finally:
                pooled.close()
        except FAULTS as fault:
            _fail([asked], translate(fault))

    def _refuse_rest(self, batch: list[_Asked]) -> None:
        """Nobody waits for ever for a thread that has ended, whatever ended it."""
        with self._closing:
            self._closed = True
        while True:
            try:
                left = self._asked.get_nowait()
            except queue.Empty:
                break
            if left is not None:
                batch.append(left)
        _fail(batch, Outage("the store is closed"))

    def _commit_together(self, batch: list[_Asked]) -> None:
        done: list[_Done] = []
        try:
            with self._store.engine.begin() as conn:
                for asked in batch:
                    self._in_savepoint(conn, asked, done)
        except FAULTS as fault:
            _fail(batch, translate(fault))
            return
        except _Undone:
            _fail(batch, Outage("the database undid the transaction"))
            return
        for each in done:
            each.asked.answer.set_result(each.result)
        if any(each.news for each in done):
            self._store._committed()

    def _in_savepoint(self, conn: Connection, asked: _Asked, done: list[_Done]) -> None:
        try:
            with conn.begin_nested():
                work = self._store._work(conn)
                result = asked.fn(work)
                work.flush()
            done.append(_Done(asked, result, work.news))
        except BaseException as fault:  # handed to the caller, whole
            failure = translate(fault) if isinstance(fault, FAULTS) else fault
            asked.answer.set_exception(failure)
            if not _in_transaction(conn):
                raise _Undone from fault


def _fail(batch: list[_Asked], failure: SafetyError) -> None:
    for asked in batch:
        if not asked.answer.done():
            asked.answer.set_exception(failure)


def _in_transaction(conn: Connection) -> bool:
    raw = conn.connection.driver_connection
    return isinstance(raw, sqlite3.Connection) and raw.in_transaction
