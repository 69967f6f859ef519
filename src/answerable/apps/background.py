"""The app's own threads: screening, site and filing lanes, the sequencer, probes and sweeps.

Each waits on a condition that every commit wakes, so nothing polls in a hurry and nothing sleeps
through work. A thread that meets a Breach, or a defect of ours, says so, stops its part and
turns health red.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial

import structlog

from answerable.adapters.probe import HttpProbe
from answerable.adapters.sql import lease
from answerable.ads.directives_service import Observe, OverdueSweep
from answerable.ads.sections import CloseDue
from answerable.apps.export import write_policy
from answerable.apps.factwiring import FACTS_LANE
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
from answerable.kernel.time import HOUR, SECOND
from answerable.watches.hearing import EndExpired

log = structlog.get_logger("background")

IDLE_SECONDS_MAX = 1.0
AFTER_OUTAGE_SECONDS = 0.5
SITE_WORKERS = 3  # a site that answers slowly keeps a worker for as long as a probe may take
URGENT_WORKERS = 2  # for what follows an alert, and nothing else can keep them busy
FRESH = 10 * SECOND  # what was acknowledged so recently is probed by the site lane
FILES_EVERY = HOUR  # files that no revision names go after a day; once an hour is soon enough


class Background:
    """Starts and ends the threads of one app process."""

    def __init__(self, house: House, holder: str) -> None:
        self._house, self._holder = house, holder
        self._stop = threading.Event()
        self._wakes: list[threading.Event] = []
        self._others: list[threading.Event] = []
        self._threads: list[threading.Thread] = []
        self.broken: dict[str, str] = {}
        self._policy_written = False
        self._files_swept = 0
        self._again = Observe(house.store, HttpProbe())
        self.ending = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news, self._heads = asyncio.Event(), asyncio.Event()

    def start(self) -> None:
        """Take over what a dead predecessor of the same name held, then begin."""
        house = self._house
        house.store.run(lambda work: work.reports.release_all())
        self._lane("screening", SCREENING_LANE)
        self._lane("filing", FILING_LANE)
        self._lane("urgent filing", FILING_LANE, urgent_only=True)
        self._lane("facts", FACTS_LANE)
        self._lane("site", SITE_LANE, workers=SITE_WORKERS)
        self._lane("urgent", SITE_LANE, workers=URGENT_WORKERS, urgent_only=True)
        self._lane("sections", SECTION_LANE)
        self._lane("bells", BELLS_LANE)
        self._lane("watches", WATCH_LANE)
        house.store.run(lambda work: lease.release_all(work.conn, self._holder))
        self._sequencer = house.sequencer(self._holder)
        self._thread("policy", self._policy)
        self._thread("sequencer", self._sequence)
        self._thread("probes", self._probes)
        self._thread("sweeps", self._sweeps)
        self._thread("disposal", self._dispose)
        if house.sync_posters is not None:
            posters = ReadPosters(house.sync_posters, house.store.now, house.site)
            self._thread("posters", posters.step)
        house.store.on_commit(self._wake_all)

    def _lane(
        self, name: str, lane: tuple[str, ...], *, workers: int = 1, urgent_only: bool = False
    ) -> None:
        """Workers of one lane. A commit wakes the first; who finds work wakes the next.

        So a quiet house looks once for each commit, and a busy one has all hands at work.
        """
        wake_next = _nobody
        for number in reversed(range(1, workers + 1)):
            thread = f"{name} {number}"
            box = self._house.outbox(lane, f"{self._holder}/{thread}", urgent_only=urgent_only)
            box.take_over()
            step = partial(box.run_once, wake_next)
            wake_next = self._thread(thread, step, by_commit=number == 1)

    def _sequence(self) -> int:
        """Publish what waits, and wake who waits for a proof."""
        published = self._sequencer.step()
        if published:
            self._call(self._ring_heads)
        return published

    def _probes(self) -> int:
        """Look again at what the site said it did. A slow site makes this slow, and only this."""
        self._again.sweep(self._house.site, fresh=FRESH)
        self._stop.wait(self._house.settings.sweep_ms / 1000)
        return 0

    def _sweeps(self) -> int:
        """What comes about by time alone is done and said; what nobody needs is swept away."""
        house = self._house
        OverdueSweep(house.store)(house.site)
        house.ring_bells(house.site)
        EndExpired(house.store)(house.site)
        house.lapse_proposals(house.site)
        house.care.sweep()
        CloseDue(house.store)(house.site)
        if house.store.now() >= self._files_swept + FILES_EVERY:
            self._files_swept = house.store.now()
            house.files.sweep(house.store.now())
            house.care.forget_keys()
            house.keeping.propose_disposal(house.site)
            house.store.scrub()
        self._stop.wait(house.settings.sweep_ms / 1000)
        return 0

    def _dispose(self) -> int:
        """What two people signed goes, part after part, each in a transaction of its own."""
        if self._house.keeping.perform_disposal(self._house.site):
            return 1
        self._stop.wait(self._house.settings.sweep_ms / 1000)
        return 0

    def stop(self) -> None:
        """End every thread after the piece of work it is at."""
        self._stop.set()
        self._wake_all()
        for wake in self._others:
            wake.set()
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
        self._call(self._ring)
        self._call(self._ring_heads)

    def news(self) -> asyncio.Event:
        """An event set by the next commit. Call it on the loop."""
        return self._news

    def heads(self) -> asyncio.Event:
        """An event set by the next head that this process publishes. Call it on the loop."""
        return self._heads

    def _wake_all(self) -> None:
        for wake in self._wakes:
            wake.set()
        self._call(self._ring)

    def _call(self, ring: Callable[[], None]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits there
                self._loop.call_soon_threadsafe(ring)

    def _ring(self) -> None:
        rung, self._news = self._news, asyncio.Event()
        rung.set()

    def _ring_heads(self) -> None:
        rung, self._heads = self._heads, asyncio.Event()
        rung.set()

    def _thread(
        self, name: str, step: Callable[[], int], *, by_commit: bool = True
    ) -> Callable[[], None]:
        """Start it; what wakes it."""
        wake = threading.Event()
        (self._wakes if by_commit else self._others).append(wake)

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
        return wake.set


def _nobody() -> None:
    """Whom the last worker of a lane wakes."""
