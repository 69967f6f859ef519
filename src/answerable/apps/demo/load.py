"""The demo's story, once, through the doors anyone uses: the example site, alerts, the console's
services. At the end one case is walked to a finished report and one waits for people.
"""

import json
from collections.abc import Callable, Mapping
from threading import Event
from time import monotonic
from typing import Any, TypeVar

import httpx

from answerable.access.model import Actor
from answerable.ads.model import Ad
from answerable.apps.demo.prepare import passwords, prepare
from answerable.apps.demo.stream import ADS, ALERTS, EDIT, LINKED_ID, REPORTED, picture
from answerable.apps.home import Home, write_private
from answerable.apps.settings import Settings
from answerable.apps.wiring import House, open_house
from answerable.cases.model import Basis, BasisKind, Choice, DecisionKind, LinkedAd
from answerable.events.ads import AdReceived
from answerable.kernel.errors import Outage
from answerable.kernel.sealed import Sealed
from answerable.reports.document.files import revision_file, sha256
from answerable.reports.model import Status

__all__ = ["load", "prepare", "wait_healthy"]

PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.1

T = TypeVar("T")


def wait_healthy(settings: Settings, stopping: Event, *, demo_may_load: bool = False) -> None:
    """Until `/healthz` says so (or only the demo is missing). Raises Outage after a while."""

    def healthy() -> bool:
        try:
            told = httpx.get(f"{settings.base_url}/healthz", timeout=2, trust_env=False).json()
        except (httpx.HTTPError, ValueError):
            return False
        parts = dict(told.get("parts", {}))
        if demo_may_load:
            parts.pop("demo", None)
        return bool(parts) and all(state in ("up", "none") for state in parts.values())

    _until(healthy, "the installation is up", stopping)


def load(
    settings: Settings, *, say: Callable[[str], object], stopping: Event | None = None
) -> None:
    """Load what is not loaded yet. Safe to repeat, also after it was cut off midway."""
    home = Home(settings.home.resolve())
    if json.loads(home.demo_mark.read_bytes()).get("loaded"):
        return
    say("answerable: loading the demo's story")
    house = open_house(settings)
    try:
        _Story(settings, house, stopping or Event()).tell()
    finally:
        house.close()
    write_private(home.demo_mark, json.dumps({"loaded": True}))


class _Story:
    """Each step is safe to repeat: names are fixed, and what is there already is left alone."""

    def __init__(self, settings: Settings, house: House, stopping: Event) -> None:
        self._settings, self._house, self._stopping = settings, house, stopping
        self._site = f"http://127.0.0.1:{settings.site_port}"

    def tell(self) -> None:
        self._post_ads()
        self._edit_one()
        self._alert()
        self._report_one()

    def _post_ads(self) -> None:
        _until(self._site_answers, "the example site answers", self._stopping)
        known = {ad["title"] for ad in self._posted()}
        digest = self._house.files.put(self._house.site, picture(), "image/png").sha256
        for ad in ADS:
            if ad["title"] in known:
                continue
            attachments = [
                {"sha256": digest, "media_type": "image/png", "original_name": "shape.png"}
            ]
            body = {**ad, "attachments": attachments if ad.get("picture") else []}
            body.pop("picture", None)
            self._call("POST", "/api/ads", json=body)
        _until(
            lambda: all(self._verdict(n + 1) for n in range(len(ADS))),
            "every ad is screened",
            self._stopping,
        )

    def _edit_one(self) -> None:
        """An edit that removes a sign: the auditor's concealment finding."""
        number, title, body = EDIT
        ad = self._house.store.read(lambda work: work.ads.find(self._house.site, f"site-{number}"))
        if ad is not None and ad.last_revision == 0:
            form = {"title": title, "body": body}
            self._call("POST", f"/ads/site-{number}/edit", data=form)
            _until(
                lambda: self._verdict(number, revision=1),
                "the edit is screened",
                self._stopping,
            )

    def _alert(self) -> None:
        for alert in ALERTS:
            answer = httpx.post(
                f"{self._settings.base_url}/v1/alerts", json=alert, timeout=30, trust_env=False
            )
            if answer.status_code not in (201, 409):
                raise Outage(f"the alert was answered {answer.status_code}")

    def _report_one(self) -> None:
        """Ana reads the alerted ad whole and decides to report it; the report is filed at once."""
        ana = self._staff("ana")
        house, name = self._house, f"site-{REPORTED}"
        ad = _there(house.store.read(lambda work: work.ads.find(house.site, name)))
        cases = house.store.read(lambda work: work.cases.cases_of(house.site, ad.id, 5))
        open_case = next((case for case in cases if case.undecided), None)
        if open_case is not None:
            for digest in self._words(ad):
                house.view_evidence(house.site, ana, open_case.id, digest, full=True)
            linked = _there(
                house.store.read(lambda work: work.ads.find(house.site, f"site-{LINKED_ID}"))
            )
            choice = Choice(
                kind=DecisionKind.REPORT,
                ads=tuple(open_case.undecided),
                reason="The alert and the words of the ad agree.",
                basis=(
                    Basis(kind=BasisKind.ALERT, words=None),
                    Basis(kind=BasisKind.OTHER, words="the marker word of the demonstration"),
                ),
                urgent=True,
                urgent_reason="The alert asks for an answer today.",
                linked=(LinkedAd(ad=linked.id, reason="the same phone number"),),
            )
            house.decide_case(house.site, ana, open_case.id, choice)
        _until(self._is_filed, "the demo's report is filed", self._stopping)

    def _words(self, ad: Ad) -> list[str]:
        """The digests under which the words of its revisions are evidence."""
        chain = self._house.store.read(
            lambda work: work.chain_of(self._house.site, ad.open_subject)
        )
        return [
            sha256(revision_file(recorded.event.text))
            for recorded in chain
            if isinstance(recorded.event, AdReceived)
        ]

    def _is_filed(self) -> bool:
        duties = self._house.store.read(lambda work: work.reports.latest(self._house.site, 10))
        return any(duty.status is Status.FINISHED for duty in duties)

    def _staff(self, login: str) -> Actor:
        password = Sealed(passwords(self._settings)[login], label="demo password")
        return self._house.log_in(self._house.site, login, password).actor

    def _site_answers(self) -> bool:
        try:
            return httpx.get(f"{self._site}/healthz", timeout=2, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def _posted(self) -> list[Mapping[str, Any]]:
        """What was posted already, by its title, whether up or not."""
        found: list[Mapping[str, Any]] = []
        for number in range(1, len(ADS) + 1):
            page = self._call("GET", f"/ads/site-{number}/edit").text
            found += [ad for ad in ADS if str(ad["title"]) in page]
        return found

    def _verdict(self, number: int, revision: int = 0) -> bool:
        house = self._house
        ad = house.store.read(lambda work: work.ads.find(house.site, f"site-{number}"))
        if ad is None:
            return False
        outcome = house.store.read(lambda work: work.screening.outcome(house.site, ad.id))
        return outcome is not None and outcome.revision >= revision

    def _call(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = httpx.request(
                method, f"{self._site}{path}", timeout=30, trust_env=False, **more
            )
        except httpx.HTTPError as fault:
            raise Outage(f"the example site did not answer: {type(fault).__name__}") from fault
        if answer.status_code >= 400:
            raise Outage(f"the example site answered {answer.status_code} to {path}")
        return answer


def _there(found: T | None) -> T:
    if found is None:
        raise Outage("an ad of the demo is not there yet")
    return found


def _until(look: Callable[[], bool], what: str, stopping: Event) -> None:
    """`look` until it says yes; gives up after a while, or when the whole thing is ending."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not look():
        if stopping.wait(LOOK_SECONDS):
            raise Outage(f"ended before {what}")
        if monotonic() > deadline:
            raise Outage(f"it never came about that {what}")
