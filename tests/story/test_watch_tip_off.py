"""Whoever asked that somebody be looked out for learns nothing: the same bytes, found or not.

Two houses with the same keys, the same chance and the same time. In one an ad agrees with what a
stranger says, in the other none does; a reviewer approves both watches, and what was found is
decided. Everything that the stranger can ask for is then compared, byte for byte.
"""

import random
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.databases import HandTime
from tests.unit.console_room import founded
from tests.unit.watch_room import Street

from answerable.apps.alert_page.wiring import alert_routes
from answerable.apps.api.app import create_app
from answerable.apps.public.pages import public_routes
from answerable.apps.wiring import open_house
from answerable.cases.model import Basis, BasisKind, Cause, Choice, DecisionKind
from answerable.kernel.ids import spell_id
from answerable.kernel.time import HOUR, MINUTE

pytestmark = pytest.mark.slow

AGREES, DIFFERS = "Blue bike. Call 202-555-0101", "Blue bike. Call 202-555-0199"
PUBLIC = ("/", "/ownership", "/availability", "/policy", "/alert", "/log/checkpoint")


class SameLuck:
    """Chance that two houses share."""

    def __init__(self) -> None:
        self._luck = random.Random(7)

    def new(self) -> str:
        return spell_id(self._luck.randbytes(16))

    def secret(self) -> bytes:
        return self._luck.randbytes(32)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the stranger holds, and what really happened."""

    told: dict[str, bytes]
    found: int
    reported: int


def live(folder: Path, words: str) -> Seen:
    time = HandTime()
    house = open_house(founded(folder, synthetic=True), time=time, ids=SameLuck())
    try:
        street = Street(house, time)
        more = (alert_routes, public_routes)
        stranger = TestClient(create_app(house, holder="test", more=more), follow_redirects=False)
        ad = street.ad("ad-1", words)
        street.screen()
        body = {
            "about": {"contacts": ["202 555 0101"], "handles": ["kim_rides2"]},
            "text": "my daughter",
            "nonce": "a nonce of chance",
        }
        told = {"answer": stranger.post("/v1/alerts", json=body).content}
        words_said = " ".join(stranger.post("/v1/alerts", json=body).json()["words"])
        time.pass_(MINUTE)
        street.search()
        (watch,) = street.watches()
        told |= _asked(stranger, body, words_said, "while it waits")
        house.review_watch.approve(street.site, street.ana, watch.id, "the hotline knows her")
        street.search()
        told |= _asked(stranger, body, words_said, "while it runs")
        for case in street.cases():
            if case.cause is Cause.WATCH:
                basis = (Basis(kind=BasisKind.CONTACT_MATCH),)
                choice = Choice(
                    kind=DecisionKind.REPORT, ads=(ad,), reason="looked at", basis=basis
                )
                house.decide_case(street.site, street.ana, case.id, choice)
        time.pass_(HOUR)
        for case in street.cases():
            no = Choice(kind=DecisionKind.NO_ACTION, ads=(), reason="handed to the watch")
            house.propose_decision(street.site, street.ana, case.id, no)
            again = house.store.read(lambda w, case=case: w.cases.get(street.site, case.id))
            assert again.proposal is not None
            house.second_decision(
                street.site, street.cleo, case.id, again.proposal.decision, "so do I"
            )
        told |= _asked(stranger, body, words_said, "when all is decided")
        reports = house.store.read(lambda w: w.reports.latest(street.site, 10))
        return Seen(told=told, found=len(street.matches()), reported=len(reports))
    finally:
        house.close()


def _asked(
    stranger: TestClient, body: dict[str, object], words: str, when: str
) -> dict[str, bytes]:
    """Everything that anybody without a log-in can ask for; without the nonce of an empty form."""
    found = {
        f"{path} {when}": re.sub(rb'value="[a-z2-7]{26}"', b"", stranger.get(path).content)
        for path in PUBLIC
    }
    found[f"the same alert {when}"] = stranger.post("/v1/alerts", json=body).content
    looked = stranger.post("/alert/lookup", data={"words": words})
    assert looked.status_code == 200
    found[f"look-up {when}"] = looked.content
    return found


def test_the_stranger_holds_the_same_bytes_whether_anything_was_found(tmp_path: Path) -> None:
    found, nothing = live(tmp_path / "found", AGREES), live(tmp_path / "nothing", DIFFERS)
    assert (found.found, found.reported) == (1, 1), "else there would be nothing to tell apart"
    assert (nothing.found, nothing.reported) == (0, 0)
    assert set(found.told) == set(nothing.told)
    for what, content in found.told.items():
        assert content == nothing.told[what], what
    assert b"yes" in found.told["look-up when all is decided"].lower()


def test_the_comparison_itself(tmp_path: Path) -> None:
    """Other words in the alert are other bytes: the houses are not deaf."""
    one, other = live(tmp_path / "one", AGREES), live(tmp_path / "other", AGREES)
    assert one.told == other.told
    assert one.told["answer"] != one.told["look-up while it runs"]
