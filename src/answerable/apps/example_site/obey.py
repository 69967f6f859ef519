"""Three threads: one tells the API what people did, one does what the API says, one answers."""

import logging
import threading
from collections.abc import Callable

from answerable.apps.example_site.book import Book, Spooled
from answerable.apps.example_site.client import PAGE, ApiClient, Told, Unreached
from answerable.kernel.errors import Outage, Refusal
from answerable.kernel.time import Millis, TimeSource, iso

log = logging.getLogger("example_site")

AGAIN_SECONDS = 0.5
UP = {"publish": True, "restore": True}
HELD = frozenset({"account.id", "account.names", "account.created"})
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
            for name, step in (("tell", self.tell), ("obey", self.obey), ("answer", self.answer))
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
        """Send what is spooled, in order; what is refused is never shown, and said in the log."""
        while (spooled := self._book.next_spooled()) is not None and not self._stop.is_set():
            self._send(spooled)
        self._news.wait(AGAIN_SECONDS)
        self._news.clear()

    def _send(self, spooled: Spooled) -> None:
        body = self._body(spooled)
        self._book.may_be_taken(spooled)
        try:
            answer = self._api.post(f"{spooled.path}?wait_ms=0", body, f"site-{spooled.id}")
        except Unreached:
            if not spooled.tried:
                self._book.waits_since(spooled, self._time.now())
            raise
        except Refusal as refusal:
            log.error("refused: %s %s", spooled.path, refusal.reason)
            self._book.refused(spooled)
        else:
            self._book.taken(spooled, answer.get("revision"))

    def _body(self, spooled: Spooled) -> dict[str, object]:
        """As it was said, and since when it waited for the API to be there."""
        body = dict(spooled.body)
        if spooled.spooled_at is not None and spooled.number is not None:
            body["spooled_at"] = iso(Millis(spooled.spooled_at))
        return body

    def obey(self) -> None:
        """Read the feed from where we stand; do a whole page in order, then say so."""
        self._say()
        page = self._api.directives(self._book.cursor())
        try:
            with self._book.together():
                for told in page:
                    self._do(told)
        finally:
            self._say()  # also where one had to wait: those before it are done

    def answer(self) -> None:
        """What a report lacks: told where this site knows it, and said where it never will."""
        for asked in self._api.questions(self._book.answered_up_to()):
            body = {
                "items": [told for ad, _ in asked.items if (told := self._known(ad)) is not None],
                "not_held": [
                    {"external_id": ad, "fields": never}
                    for ad, want in asked.items
                    if (never := [name for name in want if name not in self._held(ad)])
                ],
            }
            try:
                self._api.post(f"/v1/questions/{asked.question}/answer", body, asked.question)
            except Refusal as refusal:
                log.error("not taken: an answer: %s", refusal.reason)
            self._book.answered(asked.number)

    def _held(self, external_id: str) -> frozenset[str]:
        """Nothing is known here of an ad that came in by another door of the API."""
        return HELD if self._book.find(external_id) is not None else frozenset()

    def _known(self, external_id: str) -> dict[str, object] | None:
        """Who posted it, and since when: an account here begins with its first ad."""
        ad = self._book.find(external_id)
        if ad is None:
            return None
        account = {
            "id": ad.account,
            "names": [ad.account],
            "created": iso(Millis(self._book.since(ad.account))),
        }
        return {"external_id": external_id, "account": account}

    def _say(self) -> None:
        """Also what was done before we were cut off."""
        while to_say := self._book.to_say(PAGE):
            try:
                unknown = self._api.acknowledge([name for _, name in to_say], self._time.now())
            except Refusal as refusal:
                log.error("not heard: %s", refusal.reason)
            else:
                for name in unknown:
                    log.error("not heard: no such directive %s", name)
            self._book.said([number for number, _ in to_say])

    def _do(self, told: Told) -> None:
        up: bool | None = {**UP, **DOWN}.get(told.action)
        shown = None
        if up is None:
            log.error("nobody taught this site to %s", told.action)
            self._book.obey(told, up=None, shown=None, say=False)
            return
        if up:
            shown = self._book.words_of(told.external_id, told.revision)
            if shown is None and self._book.still_to_tell(told.external_id):
                raise Outage("the answer that numbers these words is still under way")
            if shown is None:  # words we do not have: we show nothing, and do not say we do
                self._book.obey(told, up=None, shown=None, say=False)
                return
        elif self._disobey and told.action == "hide":
            up = None
        newly = self._book.obey(told, up=up, shown=shown, say=True)
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
                told.external_id,
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
