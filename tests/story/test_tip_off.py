"""Nobody is tipped off: what a poster, a crawler or an alerter holds says nothing of a report.

Three ads with like words go one way each in one real installation: *reported* (alerted, then
reported), *removed* (alerted, then removed without a report) and *routine* (re-checked, then
removed by a reviewer; never alerted). A distinguisher who holds everything public and everything
that a poster was given must find no difference; one who alerted, none between the first two.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.browser.demo import DemoInstallation
from tests.installation import PASSWORD, until

from answerable.access.model import Actor
from answerable.adapters.sql import core
from answerable.apps.wiring import House
from answerable.cases.model import Basis, BasisKind, Choice, DecisionKind
from answerable.kernel.ids import AdId
from answerable.kernel.sealed import Sealed
from answerable.ledger.checkpoint import read_head
from answerable.ledger.tiles import decode_entries, tiles_of
from answerable.reports.model import Status

pytestmark = pytest.mark.slow

WAYS = ("reported", "removed", "routine")
ALERTED = ("reported", "removed")
TAG = {"reported": "qa", "removed": "qb", "routine": "qc"}  # in ids and words, of one length
OPEN_TYPES = ("ad.received", "ad.published")
NEVER_IN_AN_OPENING = {"refs", "due", "closes"}
LEAF_BYTES = 33
PUBLIC_PAGES = (
    "/",
    "/ownership",
    "/availability",
    "/figures",
    "/policy",
    "/healthz",
    "/log/checkpoint",
)
TELLING = ("report", "alert", "tipline", "case", "hidden", "hide", "police")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What people hold when everything has happened. Keys of the mappings: the three ways."""

    ads: Mapping[str, AdId]
    poster: Mapping[str, dict[str, Any]]  # answers, proofs, where the ad stands
    again: Mapping[str, dict[str, Any]]  # the same questions asked again afterwards
    pages: Mapping[str, dict[str, Any]]  # the example site's, of an ad that went the same way
    alerter: Mapping[str, dict[str, Any]]  # answer, the same again, look-up, proof
    public: Mapping[str, bytes]  # pages and the whole log, for anybody
    events: list[tuple[str, str, str, bytes]]  # (type, event id, subject, leaf hash) of all
    secrets: frozenset[str]  # ids of cases, alerts, reports, decisions


class Told:
    """Tells the three histories, and gathers what is held of them."""

    def __init__(self, demo: DemoInstallation, house: House) -> None:
        self.demo, self.house, self.api = demo, house, demo.api()
        self.site = httpx.Client(base_url=demo.example_site, timeout=30)
        self.anybody = httpx.Client(base_url=demo.base, timeout=30)
        self.named: dict[str, str] = {}  # way -> the example site's own id
        password = Sealed(PASSWORD, label="test password")
        self.ana: Actor = house.log_in(house.site, "ana", password).actor

    def post(self, way: str) -> dict[str, Any]:
        """An ad by the API, as a site posts it, and where it stands."""
        ad = {"external_id": f"api-{TAG[way]}", "section": "bikes", "text": _words(way)}
        placed = {
            "external_id": ad["external_id"],
            "kind": "published",
            "section": "bikes",
            "channel": "web",
            "url": f"https://ads.example.com/{TAG[way]}",
        }
        return {
            "ad": self._keyed("/v1/ads?wait_ms=10000", ad, f"ad-{way}"),
            "placement": self._keyed("/v1/placements", placed, f"placement-{way}"),
        }

    def _keyed(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        answer = self.api.post(path, json=body, headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def post_on_the_site(self, way: str) -> None:
        form = {**_words(way), "section": "bikes", "account": f"kim-{TAG[way]}"}
        self.named[way] = str(self.site.post("/api/ads", json=form).json()["external_id"])
        until(lambda: self.site.get(f"/ads/{self.named[way]}").is_success, f"{way} is up")

    def alert(self, way: str, again: bool = False) -> dict[str, Any]:
        """About the API's ad; and, once, about the site's too."""
        if not again:
            self._alert(self.named[way], f"site-nonce-{TAG[way]}")
        return self._alert(f"api-{TAG[way]}", f"api-nonce-{TAG[way]}")

    def _alert(self, ad: str, nonce: str) -> dict[str, Any]:
        body = {"ad": ad, "nonce": nonce, "text": "Please look.", "reasons": ["minor_suspected"]}
        answer = self.anybody.post("/v1/alerts", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def decide(self, way: str) -> None:
        house = self.house
        for name in (f"api-{TAG[way]}", self.named[way]):
            ad = self.ad(name)
            if way == "routine":
                house.recheck(house.site, ad)
                case = house.open_case(house.site, self.ana, (ad,))
            else:
                case = house.store.read(lambda w, ad=ad: w.cases.cases_of(house.site, ad, 1)[0])
            kind = DecisionKind.REPORT if way == "reported" else DecisionKind.REMOVE
            basis = (Basis(kind=BasisKind.ALERT, words=None),) if way == "reported" else ()
            choice = Choice(kind=kind, ads=(ad,), reason="Looked at.", basis=basis)
            house.decide_case(house.site, self.ana, case.id, choice)

    def ad(self, external_id: str) -> AdId:
        found = self.house.store.read(lambda w: w.ads.find(self.house.site, external_id))
        assert found is not None
        return found.id

    def proof(self, leaf_hash: str) -> str:
        answer = self.anybody.get(f"/v1/proofs/{leaf_hash}.tlog-proof?wait_ms=10000")
        assert answer.status_code == 200, answer.text
        return answer.text

    def held_by_poster(self, way: str) -> dict[str, Any]:
        answers = self.post(way)
        return {
            **answers,
            "where": self.api.get(f"/v1/ads/api-{TAG[way]}").json(),
            "proofs": [self.proof(a["receipt"]["leaf_hash"]) for a in answers.values()],
        }

    def pages_of(self, way: str) -> dict[str, Any]:
        name = self.named[way]
        mine = self.site.get("/mine").text
        row = re.search(rf'<li id="{name}">.*?</li>', mine, re.S)
        assert row is not None
        gone, api = self.site.get(f"/ads/{name}"), self.site.get(f"/api/ads/{name}")
        return {
            "row": row[0].replace(name, "NAME").replace(_words(way)["title"], "TITLE"),
            "page": [gone.status_code, gone.text],
            "api": [api.status_code, api.text],
        }

    def held_by_alerter(self, way: str) -> dict[str, Any]:
        said = self.alert(way, again=True)
        words = " ".join(said["words"])
        looked = self.anybody.post("/alert/lookup", data={"words": words})
        told = re.search(r'role="status">(.*?)</div>', looked.text, re.S)
        assert told is not None, looked.text
        proof = self.proof(said["receipt"]["leaf_hash"])
        return {
            **said,
            "proof": proof,
            "look-up": told[1],
            "page": len(looked.text.replace(words, "")),
        }

    def public(self) -> dict[str, bytes]:
        found = {path: self.anybody.get(path).content for path in PUBLIC_PAGES}
        size = read_head(found["/log/checkpoint"]).size
        for tile in tiles_of(size):
            answer = self.anybody.get(f"/log/{tile.path}")
            assert answer.status_code == 200, tile.path
            found[tile.path] = answer.content
        return found

    def secrets(self) -> frozenset[str]:
        """The ids that stand on the other side: cases, decisions, reports, alerts."""
        house, found = self.house, set[str]()
        for case in house.store.read(lambda w: w.cases.queue(house.site, 100)):
            found |= {case.id, case.subject}
        for name in [f"api-{TAG[way]}" for way in WAYS] + list(self.named.values()):
            row = house.store.read(lambda w, name=name: w.ads.find(house.site, name))
            found.add(row.closed_subject)
            for case in house.store.read(
                lambda w, row=row: w.cases.cases_of(house.site, row.id, 5)
            ):
                found |= {case.id, case.subject, *(d.id for d in case.decisions)}
                for alert in case.alerts:
                    found |= {alert.alert, alert.subject}
        for duty in house.store.read(lambda w: w.reports.latest(house.site, 10)):
            found |= {duty.id, duty.subject, duty.tipline_id}
        return frozenset(found)


def _words(way: str) -> dict[str, str]:
    """Words of one length for each way."""
    return {"title": f"Bike, like new {TAG[way]}", "body": "Good brakes, new chain."}


def _all_filed(house: House) -> bool:
    """Two reports, whatever the site told of them since, and nothing that is still asked."""
    duties = house.store.read(lambda w: w.reports.latest(house.site, 10))
    asked = house.store.read(lambda w: w.reports.questions(house.site, 0, 10))
    firsts = [duty for duty in duties if duty.follows is None]
    answered = len(asked) == 2 and all(one.answered is not None for one in asked)
    filed = all(duty.status is Status.FINISHED for duty in duties)
    return len(firsts) == 2 and answered and filed


def _events(house: House) -> list[tuple[str, str, str, bytes]]:
    e = core.event.c
    columns = select(e.type, e.event_id, e.subject, e.leaf_hash)
    return house.store.read(lambda w: [tuple(row) for row in w.conn.execute(columns)])


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    demo = DemoInstallation(tmp_path_factory.mktemp("tip-off"))
    try:
        demo.start()
        with demo.house() as house:
            yield _tell(Told(demo, house))
    finally:
        demo.stop()


def _tell(told: Told) -> Held:
    for way in WAYS:
        told.post(way)
        told.post_on_the_site(way)
    poster = {way: told.held_by_poster(way) for way in WAYS}
    for way in ALERTED:
        told.alert(way)
    for way in WAYS:
        told.decide(way)
    until(lambda: _all_filed(told.house), "both reports are filed")
    for name in told.named.values():
        until(lambda name=name: told.site.get(f"/ads/{name}").status_code == 404, f"{name} down")
    alerter = {way: told.held_by_alerter(way) for way in ALERTED}
    total = len(_events(told.house))
    until(lambda: read_head(told.public()["/log/checkpoint"]).size >= total, "all is in the log")
    return Held(
        ads={way: told.ad(f"api-{TAG[way]}") for way in WAYS},
        poster=poster,
        again={way: told.held_by_poster(way) for way in WAYS},
        pages={way: told.pages_of(way) for way in WAYS},
        alerter=alerter,
        public=told.public(),
        events=_events(told.house),
        secrets=told.secrets(),
    )


# What stays of a value when everything random, counted or timed in it is masked.


def masked(value: Any, way: str) -> Any:
    """The same shape: keys, types and lengths stay; JSON inside a string is looked into."""
    if isinstance(value, Mapping):
        return {key: masked(part, way) for key, part in value.items()}
    if isinstance(value, list):
        return [masked(part, way) for part in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return "number"
    if value.startswith("{"):
        return masked(json.loads(value), way)
    return masked_text(value, way)


def masked_text(text: str, way: str) -> str:
    """Ids, digests, signatures and counts by their kind; the words of the three ways as one."""
    for mine, common in ((f"-{TAG[way]}", "-xx"), (f"new {TAG[way]}", "new xx")):
        text = text.replace(mine, common)
    return masked_chance(text.replace(f"example.com/{TAG[way]}", "example.com/xx"))


def masked_chance(text: str) -> str:
    """What is drawn, derived or counted, by its kind and length."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "<digest>", text)
    text = re.sub(r"\b[a-z2-7]{26}\b", "<id>", text)
    text = re.sub(r"[A-Za-z0-9+/]{20,}={0,2}", lambda m: f"<{len(m[0])}c>", text)
    return re.sub(r"\b\d+\b", "<number>", text)


def masked_proof(proof: str) -> str:
    """A proof: how long its path is depends on where the leaf stands, not on what became of it."""
    return re.sub(r"(<44c>\n)+", "<path>\n", masked_chance(proof))


def seen(material: Mapping[str, Any], way: str) -> Any:
    rest = {key: part for key, part in material.items() if key not in ("proofs", "proof", "words")}
    proofs = material.get("proofs") or [material["proof"]]
    return {**masked(rest, way), "proofs": [masked_proof(one) for one in proofs]}


def openings(value: Any) -> Iterator[dict[str, Any]]:
    """Every opening that stands anywhere in what somebody holds."""
    if isinstance(value, Mapping):
        if "envelope" in value:
            yield dict(value)
        for part in value.values():
            yield from openings(part)
    elif isinstance(value, list):
        for part in value:
            yield from openings(part)


def keys_in(value: Any) -> set[str]:
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    if isinstance(value, Mapping):
        return set(value) | {key for part in value.values() for key in keys_in(part)}
    if isinstance(value, list):
        return {key for part in value for key in keys_in(part)}
    return set()


# The law


def test_the_three_histories_really_differ_behind_the_curtain(held: Held) -> None:
    """Otherwise there would be nothing to tell apart, and every test below would pass."""
    kinds = [kind for kind, *_ in held.events]
    assert kinds.count("report.finished") == 2
    assert kinds.count("alert.received") == 4
    assert kinds.count("alert.answered") == 4
    assert kinds.count("directive.issued") > 6
    assert len(held.secrets) > 20


def test_a_poster_holds_the_same_whatever_became_of_the_ad(held: Held) -> None:
    views = {way: seen(held.poster[way], way) for way in WAYS}
    assert views["reported"] == views["removed"] == views["routine"]
    later = {way: seen(held.again[way], way) for way in WAYS}
    assert later["reported"] == later["removed"] == later["routine"]


def test_the_receipt_asked_for_again_is_the_same_bytes(held: Held) -> None:
    """So nothing can be learned by asking again after the alert, the decision or the report."""
    for way in WAYS:
        for part in ("ad", "placement"):
            before, after = held.poster[way][part], held.again[way][part]
            assert before["receipt"] == after["receipt"]
            assert {**before, "verdict": None} == {**after, "verdict": None}
        told = [held.poster[way]["ad"]["verdict"], held.again[way]["ad"]["verdict"]]
        assert [one["verdict"] for one in told] == ["publish", "publish"]


def test_no_opening_holds_a_tie_to_what_is_closed(held: Held) -> None:
    given = [*openings(list(held.again.values())), *openings(list(held.alerter.values()))]
    assert len(given) == 2 * len(WAYS) + len(ALERTED)
    for opening in given:
        assert keys_in(opening) & NEVER_IN_AN_OPENING == set()


def test_a_former_leaf_is_only_ever_one_of_the_open_chain(held: Held) -> None:
    """An envelope's `prev` would otherwise count what happened in between."""
    shown = {leaf.hex() for kind, _, _, leaf in held.events if kind in OPEN_TYPES}
    closed = {leaf.hex() for kind, _, _, leaf in held.events if kind not in OPEN_TYPES}
    for way in WAYS:
        text = json.dumps(held.again[way])
        assert {leaf for leaf in shown if leaf in text}, "the poster's own leaves"
        assert {leaf for leaf in closed if leaf in text} == set()


def test_no_id_of_the_other_side_is_anywhere(held: Held) -> None:
    public = b"\n".join(held.public.values())
    assert [name for name in held.secrets if name.encode() in public] == []
    posters = json.dumps([held.poster, held.again, held.pages])
    assert [name for name in held.secrets if name in posters] == []
    hidden = {e for kind, e, _, _ in held.events if kind not in OPEN_TYPES}
    hidden |= {subject for kind, _, subject, _ in held.events if kind not in OPEN_TYPES}
    assert [name for name in hidden if name in posters or name.encode() in public] == []


def test_an_alerter_learns_that_it_was_answered_and_nothing_of_how(held: Held) -> None:
    views = {way: seen(held.alerter[way], way) for way in ALERTED}
    assert views["reported"] == views["removed"]
    assert "Answered within the promise: yes" in held.alerter["reported"]["look-up"]
    text = json.dumps(held.alerter)
    mine = {held.alerter[way]["alert"] for way in ALERTED}
    mine |= {json.loads(o["envelope"])["subj"] for o in openings(list(held.alerter.values()))}
    assert len(mine) == 2 * len(ALERTED), "an alerter's own alert, and its own chain"
    assert [name for name in held.secrets - mine if name in text] == []


def test_every_leaf_is_33_bytes_that_look_like_every_other(held: Held) -> None:
    bundles = {path: raw for path, raw in held.public.items() if path.startswith("tile/entries/")}
    size = read_head(held.public["/log/checkpoint"]).size
    entries: list[bytes] = []
    for path, raw in bundles.items():
        width = int(path.rpartition(".p/")[2]) if ".p/" in path else 256
        entries += decode_entries(raw, width)
    assert len(entries) == size >= len(held.events)
    assert {len(entry) for entry in entries} == {LEAF_BYTES}
    assert len({entry[:1] for entry in entries}) == 1, "one first byte for every kind of event"
    assert len(set(entries)) == size, "salted: no two are alike"


def test_pages_of_the_site_say_nothing_to_a_poster(held: Held) -> None:
    assert held.pages["reported"] == held.pages["removed"] == held.pages["routine"]
    said = re.sub(r"<[^>]+>", " ", json.dumps(list(held.pages.values()))).lower()
    assert [word for word in TELLING if word in said] == []
    assert "not up" in said


def test_a_distinguisher_would_be_noticed(held: Held) -> None:
    """The judge judged: each leak that the law forbids, planted by hand, is seen."""
    way = "reported"
    clean = seen(held.again[way], way)
    leaks: list[dict[str, Any]] = [
        {**held.again[way], "where": {**held.again[way]["where"], "case": "x"}},
        {**held.again[way], "where": {**held.again[way]["where"], "state": "hidden"}},
        {**held.again[way], "proofs": held.again[way]["proofs"][:1]},
    ]
    assert all(seen(leak, way) != clean for leak in leaks)
    envelope = json.loads(held.again[way]["ad"]["receipt"]["opening"]["envelope"])
    assert keys_in({"envelope": json.dumps({**envelope, "refs": []})}) & NEVER_IN_AN_OPENING
    assert base64.b64decode(held.again[way]["ad"]["receipt"]["opening"]["ek"]), "an opening opens"


def test_the_page_of_an_alert_shows_no_more_either(held: Held) -> None:
    assert held.alerter["reported"]["page"] == held.alerter["removed"]["page"]
