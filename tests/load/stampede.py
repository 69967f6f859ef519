"""Many alerts at once against a whole installation: who sends them, and what became of each.

Half by the page's form, half by the API, each on an ad of its own that stands on the example site;
meanwhile people go on posting there. Times are kept for `benchmarks/alerts.py`; tests ask only what
has to be true whatever the machine.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from queue import Queue
from typing import Any

import httpx
from sqlalchemy import select
from tests.browser.demo import DemoInstallation
from tests.installation import until

from answerable.adapters.sql import core
from answerable.adapters.sql.alerts import alert
from answerable.adapters.sql.directives import directive
from answerable.alerts.words import words_digest
from answerable.apps.wiring import House, open_house
from answerable.ledger.policy import read_policy
from answerable.ledger.proof import verify_proof

SENDERS = 8  # at once; proofs are fetched by as many others, so that nobody waits for them
PATIENCE_SECONDS = 900.0  # the site tells of its ads one by one, some a second
PROOF_WAIT_MS = 5_000
POSTED_WHILE = 0.25  # an ad more on the site for so many alerts
WAYS = ("page", "api")
NOUNS = ("lamp", "bike", "sofa", "desk", "flat", "chair", "piano", "shelf")


@dataclass(slots=True)
class Sent:
    """One alert: what was answered, what was in our store at that moment, what became of it."""

    ad: str
    by: str
    number: int
    took: float = 0.0
    """Seconds until the answer; by the page, form and answer."""
    answered: float = 0.0
    leaf: str = ""
    words: tuple[str, ...] = ()
    hides: int = 0
    """Hide directives for the ad in our store at the moment of the answer."""
    proof: bytes = b""
    proven_after: float = 0.0
    """Seconds from the answer until the proof was there."""


@dataclass(slots=True, kw_only=True)
class Obeyed:
    """One hide directive as our store has it, times in milliseconds from its issue."""

    ad: str
    acknowledged: int | None
    observed: int | None
    overdue: bool


@dataclass(slots=True)
class Stampede:
    """The whole run over one installation that is up."""

    installation: DemoInstallation
    house: House
    sent: list[Sent] = field(default_factory=list)
    began: float = 0.0
    rate: float = 0.0

    def post_ads(self, count: int, note: Callable[[int], None] = lambda _: None) -> list[str]:
        """Posted on the site, screened, and up."""
        with httpx.Client(base_url=self.installation.example_site, timeout=60) as site:
            names = [post_one(site, number) for number in range(count)]

            def up() -> bool:
                live = site.get("/api/inventory.jsonl").text.count("\n")
                note(live)
                return live >= count

            until(up, "every ad is up", PATIENCE_SECONDS)
        self.settle("the publish directives are observed")
        return names

    def settle(self, what: str) -> None:
        """Until no work is left in the outbox that could be done now."""

        def quiet() -> bool:
            def fn(work: Any) -> int:
                box = core.outbox.c
                due = select(box.id).where(
                    box.service.like("ads.%") | box.service.like("screening.%")
                )
                return len(work.conn.execute(due.limit(1)).all())

            return self.house.store.read(fn) == 0

        until(quiet, what, PATIENCE_SECONDS)

    def run(self, names: Sequence[str], *, rate: float = 0) -> None:
        """Every alert sent, answered, and proven. Meanwhile others post.

        `rate`: so many a second, whatever the answers take; 0 is as fast as they are answered.
        """
        self.began, self.rate = time.monotonic(), rate
        proofs: Queue[Sent | None] = Queue()
        with ThreadPoolExecutor(2 * SENDERS) as pool, self._posting(len(names)):
            fetching = [pool.submit(self._fetch_proofs, proofs) for _ in range(SENDERS)]
            halves = [names[place::SENDERS] for place in range(SENDERS)]
            sending = [
                pool.submit(self._send, place, half, proofs) for place, half in enumerate(halves)
            ]
            self._end(sending)
            for _ in fetching:
                proofs.put(None)
            self._end(fetching)

    def _end(self, work: Sequence[Future[None]]) -> None:
        for one in work:
            one.result()

    def _send(self, place: int, names: Sequence[str], proofs: Queue[Sent | None]) -> None:
        with httpx.Client(base_url=self.installation.base, timeout=60) as client:
            for turn, ad in enumerate(names):
                sent = Sent(ad=ad, by=WAYS[(place + turn) % 2], number=place + turn * SENDERS)
                self._pace(sent.number)
                began = time.monotonic()
                (by_page if sent.by == "page" else by_api)(client, sent)
                sent.answered = time.monotonic()
                sent.took = sent.answered - began
                sent.hides = self._hides(ad)
                if not sent.leaf:
                    sent.leaf = self._leaf_of(sent.words)
                self.sent.append(sent)
                proofs.put(sent)

    def _pace(self, number: int) -> None:
        if self.rate:
            time.sleep(max(0.0, self.began + number / self.rate - time.monotonic()))

    def _hides(self, ad: str) -> int:
        c = directive.c
        query = select(c.number).where(
            c.site == self.house.site, c.external_id == ad, c.action == "hide"
        )
        return self.house.store.read(lambda work: len(work.conn.execute(query).all()))

    def _leaf_of(self, words: tuple[str, ...]) -> str:
        """What the page does not tell unless it is asked for the file."""
        digest = words_digest(self.house.lookup_key.open(), self.house.site, words)
        row = self.house.store.read(lambda w: w.alerts.find_by_words(self.house.site, digest))
        assert row is not None
        return str(row.leaf_hash.hex())

    def _fetch_proofs(self, proofs: Queue[Sent | None]) -> None:
        with httpx.Client(base_url=self.installation.base, timeout=60) as client:
            while (sent := proofs.get()) is not None:
                until(
                    lambda sent=sent: self._proven(client, sent),  # type: ignore[misc]
                    f"the proof of {sent.ad}",
                    PATIENCE_SECONDS,
                )

    def _proven(self, client: httpx.Client, sent: Sent) -> bool:
        path = f"/v1/proofs/{sent.leaf}.tlog-proof"
        answer = client.get(path, params={"wait_ms": PROOF_WAIT_MS})
        if answer.status_code != 200:
            return False
        sent.proven_after = time.monotonic() - sent.answered
        sent.proof = answer.content
        return True

    @contextmanager
    def _posting(self, alerts: int) -> Iterator[None]:
        """Others post meanwhile, one at a time, so that routine directives are under way."""
        end = threading.Event()

        def post() -> None:
            with httpx.Client(base_url=self.installation.example_site, timeout=60) as site:
                for number in range(int(alerts * POSTED_WHILE)):
                    if end.is_set():
                        return
                    post_one(site, number)

        poster = threading.Thread(target=post)
        poster.start()
        try:
            yield
        finally:
            end.set()
            poster.join()

    def verified(self) -> int:
        """How many proofs hold against the policy that outsiders have. Raises if one does not."""
        policy = read_policy(self.house.home.policy.read_bytes())
        for sent in self.sent:
            verify_proof(sent.proof, bytes.fromhex(sent.leaf), policy)
        return len(self.sent)

    def obeyed(self) -> list[Obeyed]:
        """Each hide directive, from its own row."""
        c = directive.c
        query = select(directive).where(c.site == self.house.site, c.action == "hide")
        rows = self.house.store.read(lambda work: work.conn.execute(query).all())
        return [
            Obeyed(
                ad=row.external_id,
                acknowledged=None if row.acknowledged is None else row.acknowledged - row.issued,
                observed=None if row.observed is None else row.observed - row.issued,
                overdue=row.overdue is not None,
            )
            for row in rows
        ]

    def unseen_alerts(self) -> list[str]:
        """Leaves of alerts that are neither answered nor in a case that stands in the queue."""
        site = self.house.site

        def fn(work: Any) -> list[str]:
            every = work.conn.execute(select(alert).where(alert.c.site == site)).all()
            queue = {case.id for case in work.cases.queue(site, len(every) + 1)}
            return [
                row.leaf_hash.hex()
                for row in every
                if row.answered is None and row.case_id not in queue
            ]

        return self.house.store.read(fn)


def post_one(site: httpx.Client, number: int) -> str:
    noun = NOUNS[number % len(NOUNS)]
    told = {
        "title": f"A {noun}, number {number}",
        "body": f"Good {noun}, works well. Collection only, number {number}.",
        "section": "bikes",
        "city": "Springfield",
        "account": f"poster-{number}",
    }
    return str(site.post("/api/ads", json=told).raise_for_status().json()["external_id"])


def by_api(client: httpx.Client, sent: Sent) -> None:
    told = {"ad": sent.ad, "text": f"Please look, {sent.number}", "reasons": ["other"]}
    answer = client.post("/v1/alerts", json=told).raise_for_status().json()
    sent.leaf, sent.words = answer["receipt"]["leaf_hash"], tuple(answer["words"])


def by_page(client: httpx.Client, sent: Sent) -> None:
    form = client.get("/alert", params={"ad": sent.ad}).raise_for_status().text
    found = re.search(r'name="nonce" value="([^"]+)"', form)
    assert found is not None
    told = {"nonce": unescape(found[1]), "ad": sent.ad, "text": f"Please look, {sent.number}"}
    page = client.post("/alert", data=told)
    assert page.status_code == 201, page.text
    words = re.search(r'id="words"[^>]*><strong>([a-z ]+)</strong>', page.text)
    assert words is not None
    sent.words = tuple(words[1].split())


@contextmanager
def stampede(installation: DemoInstallation) -> Iterator[Stampede]:
    """Over an installation that is up; our own view of its store is closed at the end."""
    house = open_house(installation.settings)
    try:
        yield Stampede(installation, house)
    finally:
        house.close()
