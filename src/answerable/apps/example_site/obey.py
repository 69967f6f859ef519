"""Two threads: one tells the API what people did, one does what the API says and says so."""

import logging
import threading
from collections.abc import Callable

from answerable.apps.example_site.book import Book, Spooled
from answerable.apps.example_site.client import ApiClient, Told
from answerable.kernel.errors import Outage, Refusal
from answerable.kernel.time import TimeSource

log = logging.getLogger("example_site")

AGAIN_SECONDS = 0.5
UP = {"publish": True, "restore": True}
DOWN = {"withhold": False, "refuse": False, "hide": False, "remove": False}


class Obedience:
    """Runs beside the pages. `disobey` acknowledges a hide and keeps the ad up."""

    def __init__(
        self, book: Book, api: ApiClient, time: TimeSource, origin: str, *, disobey: bool = False
    ) -> None:
        self._book, self._api, self._time = book, api, time
        self._origin, self._disobey = origin, disobey
        self._stop = threading.Event()
        self._news = threading.Event()
        self._threads = [
            threading.Thread(target=self._loop, args=(step,), name=name, daemon=True)
            for name, step in (("tell", self.tell), ("obey", self.obey))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._news.set()

    def something_to_tell(self) -> None:
        """Wake the teller."""
        self._news.set()

    def tell(self) -> None:
        """Send what is spooled, in order; what is refused is dropped and said in the log."""
        while (spooled := self._book.next_spooled()) is not None and not self._stop.is_set():
            try:
                self._api.post(spooled.path, self._body(spooled), f"site-{spooled.id}")
            except Refusal as refusal:
                log.error("refused: %s %s", spooled.path, refusal.reason)
            self._book.unspool(spooled)
        self._news.wait(AGAIN_SECONDS)
        self._news.clear()

    def _body(self, spooled: Spooled) -> dict[str, object]:
        """As it was said. The submission's own time stands in it; a retry has the same bytes."""
        return dict(spooled.body)

    def obey(self) -> None:
        """Read the feed from where we stand; do each thing, then say so."""
        for told in self._api.directives(self._book.cursor()):
            self._do(told)
            self._api.acknowledge(told.directive, self._time.now())

    def _do(self, told: Told) -> None:
        up = {**UP, **DOWN}.get(told.action)
        if self._disobey and told.action == "hide":
            up = None
        newly = self._book.obey(told.number, told.external_id, told.action, told.revision, up)
        ad = self._book.find(told.external_id)
        if newly and ad is not None:
            self._book.spool(
                "/v1/placements",
                {
                    "external_id": told.external_id,
                    "kind": "published",
                    "revision": told.revision,
                    "section": ad.section,
                    "channel": "web",
                    "url": f"{self._origin}/ads/{told.external_id}",
                },
                self._time.now(),
            )
            self._news.set()

    def _loop(self, step: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                step()
            except Outage as outage:  # ours to ride out: it is spooled, or asked again
                log.info("%s", outage)
                self._stop.wait(AGAIN_SECONDS)
            except Refusal as refusal:
                log.warning("%s", refusal.reason)
                self._stop.wait(AGAIN_SECONDS)
