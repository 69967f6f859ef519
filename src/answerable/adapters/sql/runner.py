"""Where transactions come from: `store.run(fn)`.

SQLite: one writer thread per process takes the callers that wait into one transaction, a
savepoint each, and one fsync serves them all (group commit). PostgreSQL: one transaction a call;
the server groups by itself. `fn` does no outside I/O and may be rerun.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from answerable.adapters.sql.work import SqlWork, Surroundings
from answerable.kernel.errors import Breach, Outage
from answerable.kernel.time import Millis, TimeSource

T = TypeVar("T")
GROUP_MAX = 256
RERUNS_MAX = 8


class Store:
    """`run` and `read` for one database; `close` ends its writer thread."""

    def __init__(self, engine: Engine, time: TimeSource, around: Surroundings) -> None:
        self.engine = engine
        self._time = time
        self._around = around
        self._listeners: list[Callable[[], None]] = []
        self._writer: _Writer | None = None
        if engine.dialect.name == "sqlite":
            self._writer = _Writer(self)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit that recorded events: wakes worker and sequencer.

        It must not block. Commits that record nothing (a lease renewed) wake nobody.
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
        try:
            with self.engine.connect().execution_options(reads_only=True) as conn:
                try:
                    return fn(self._work(conn))
                finally:
                    conn.rollback()
        except OperationalError as fault:
            raise Outage("the database did not answer") from fault

    def now(self) -> Millis:
        """The present, from the store's own time source."""
        return self._time.now()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self.engine.dispose()

    def _work(self, conn: Any) -> SqlWork:
        return SqlWork(conn, self._time.now(), self._around)

    def _committed(self) -> None:
        for listener in self._listeners:
            listener()

    def _rerun(self, fn: Callable[[SqlWork], T]) -> tuple[T, bool]:
        """PostgreSQL: two callers may meet on a new chain or a deadlock; the loser runs again."""
        for attempt in range(RERUNS_MAX):
            try:
                with self.engine.begin() as conn:
                    work = self._work(conn)
                    result = fn(work)
                    work.flush()
                return result, work.news
            except DBAPIError as fault:
                if attempt + 1 < RERUNS_MAX and _may_rerun(fault):
                    continue
                raise translate(fault) from fault
        raise Outage("the transaction kept colliding")


def _may_rerun(fault: DBAPIError) -> bool:
    state = getattr(fault.orig, "sqlstate", None)
    return state in {"40001", "40P01", "23505"}


def translate(fault: DBAPIError) -> Exception:
    """A driver's failure as one of ours. An append-only refusal is a Breach on both databases."""
    text = str(fault.orig)
    if "append-only" in text and isinstance(fault, IntegrityError | ProgrammingError | DBAPIError):
        return Breach("something tried to change what is append-only")
    if isinstance(fault, OperationalError):
        return Outage("the database did not answer")
    return Breach(f"the database refused: {type(fault.orig).__name__}")


@dataclass(slots=True)
class _Asked:
    fn: Callable[[SqlWork], Any]
    answer: "Future[Any]"


class _Writer:
    """One thread, one connection, one transaction for all who wait."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name="sql-writer", daemon=True)
        self._thread.start()

    def run(self, fn: Callable[[SqlWork], T]) -> T:
        if self._closed:
            raise Outage("the store is closed")
        if threading.current_thread() is self._thread:
            raise Breach("a service opened a transaction inside a transaction")
        asked = _Asked(fn, Future())
        self._asked.put(asked)
        result: T = asked.answer.result()
        return result

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._asked.put(None)
            self._thread.join()

    def _loop(self) -> None:
        going = True
        while going:
            first = self._asked.get()
            if first is None:
                break
            batch = [first]
            while len(batch) < GROUP_MAX:
                try:
                    following = self._asked.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    going = False
                    break
                batch.append(following)
            self._commit_together(batch)
        self._refuse_rest()

    def _refuse_rest(self) -> None:
        while True:
            try:
                left = self._asked.get_nowait()
            except queue.Empty:
                return
            if left is not None:
                left.answer.set_exception(Outage("the store is closed"))

    def _commit_together(self, batch: list[_Asked]) -> None:
        done: list[tuple[_Asked, Any]] = []
        news = False
        try:
            with self._store.engine.begin() as conn:
                for asked in batch:
                    try:
                        with conn.begin_nested():
                            work = self._store._work(conn)
                            result = asked.fn(work)
                            work.flush()
                        done.append((asked, result))
                        news = news or work.news
                    except DBAPIError as fault:
                        asked.answer.set_exception(translate(fault))
                    except BaseException as fault:  # noqa: BLE001 - handed to the caller, whole
                        asked.answer.set_exception(fault)
        except DBAPIError as fault:
            for asked in batch:
                if not asked.answer.done():
                    asked.answer.set_exception(translate(fault))
            return
        if news:
            self._store._committed()
        for asked, result in done:
            asked.answer.set_result(result)
