"""The app's own threads: screening, site and filing lanes, the sequencer, the sweeps.

Each waits on a condition that every commit wakes, so nothing polls in a hurry and nothing sleeps
through work. A thread that meets a Breach, or a defect of ours, says so, stops its part and
turns health red.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable

import structlog

from answerable.adapters.probe import HttpProbe
from answerable.adapters.sql import lease
from answerable.ads.directives_service import Observe, OverdueSweep
from answerable.ads.sections import CloseDue
from answerable.apps.export import write_policy
from answerable.apps.watching import ReadPosters
from answerable.apps.wiring import (
    BELLS_LANE,
    FILING_LANE,
    SCREENING_LANE,
    SECTION_LANE,
    SITE_LANE,
    WATCH_LANE,
    House,
)
from answerable.kernel.errors import Breach, Outage, Refusal
from answerable.kernel.time import HOUR
from answerable.watches.hearing import EndExpired

log = structlog.get_logger("background")

IDLE_SECONDS_MAX = 1.0
AFTER_OUTAGE_SECONDS = 0.5
FILES_EVERY = HOUR  # files that no revision names go after a day; once an hour is soon enough


class Background:
    """Starts and ends the threads of one app process."""

    def __init__(self, house: House, holder: str) -> None:
        self._house, self._holder = house, holder
        self._stop = threading.Event()
        self._wakes: list[threading.Event] = []
        self._threads: list[threading.Thread] = []
        self.broken: dict[str, str] = {}
        self._policy_written = False
        self._files_swept = 0
        self.ending = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()

    def start(self) -> None:
        """Take over what a dead predecessor of the same name held, then begin."""
        house = self._house
        house.store.run(lambda work: work.reports.release_all())
        lanes = (SCREENING_LANE, SITE_LANE, SECTION_LANE, FILING_LANE, BELLS_LANE, WATCH_LANE)
        for lane in lanes:
            box = house.outbox(lane, self._holder)
            box.take_over()
            self._thread(lane[0], box.run_once)
        house.store.run(lambda work: lease.release_all(work.conn, self._holder))
        self._sequencer = house.sequencer(self._holder)
        self._thread("policy", self._policy)
        self._thread("sequencer", self._sequencer.step)
        close_due = CloseDue(house.store)
        observe, overdue = Observe(house.store, HttpProbe()), OverdueSweep(house.store)
        expire = EndExpired(house.store)

        def sweep() -> int:
            observe.sweep(house.site)
            overdue(house.site)
            house.ring_bells(house.site)
            expire(house.site)
            house.lapse_proposals(house.site)
            house.care.sweep()
            close_due(house.site)
            if house.store.now() >= self._files_swept + FILES_EVERY:
                self._files_swept = house.store.now()
                house.files.sweep(house.store.now())
                house.care.forget_keys()
                house.keeping.propose_disposal(house.site)
                house.store.scrub()
            while not self._stop.is_set() and house.keeping.perform_disposal(house.site):
                pass  # part after part; each is a transaction of its own
            self._stop.wait(house.settings.sweep_ms / 1000)
            return 0

        self._thread("sweeps", sweep)
        if house.sync_posters is not None:
            posters = ReadPosters(house.sync_posters, house.store.now, house.site)
            self._thread("posters", posters.step)
        house.store.on_commit(self._wake_all)

    def stop(self) -> None:
        """End every thread after the piece of work it is at."""
        self._stop.set()
        self._wake_all()
        for thread in self._threads:
            thread.join()
        try:
            self._sequencer.release()
        except Outage:
            log.warning("the sequencer's lease was not let go; it ends by itself")

    def _policy(self) -> int:
        """Once the signer answers: the policy that auditors get stands in the home."""
        if not self._policy_written:
            write_policy(self._house)
            self._policy_written = True
        return 0

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Where waiting requests live: each commit wakes them."""
        self._loop = loop

    def let_go(self) -> None:
        """The process is about to end: whoever waits for news gets an answer now."""
        self.ending = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits there
                self._loop.call_soon_threadsafe(self._ring)

    def news(self) -> asyncio.Event:
        """An event set by the next commit. Call it on the loop."""
        return self._news

    def _wake_all(self) -> None:
        for wake in self._wakes:
            wake.set()
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits there
                self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        rung, self._news = self._news, asyncio.Event()
        rung.set()

    def _thread(self, name: str, step: Callable[[], int]) -> None:
        wake = threading.Event()
        self._wakes.append(wake)

        def loop() -> None:
            while not self._stop.is_set():
                wake.clear()
                try:
                    if step():
                        continue
                except Outage as outage:
                    log.warning("outage", part=name, why=str(outage))
                    self._stop.wait(AFTER_OUTAGE_SECONDS)
                except (Breach, Refusal) as fault:
                    log.error("breach", part=name, why=str(fault))
                    self.broken[name] = str(fault)
                    return
                except Exception as defect:  # noqa: BLE001 - kept where people look
                    log.error("defect", part=name, kind=type(defect).__name__)
                    self.broken[name] = f"a defect of ours: {type(defect).__name__}"
                    return
                wake.wait(IDLE_SECONDS_MAX)

        thread = threading.Thread(target=loop, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
