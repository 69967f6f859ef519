"""The console's page of alerts: what waits for a look, the switch, and who may turn it off."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.unit.console_room import PASSWORD, Browser, Room, plain, room

from answerable.access.model import Role
from answerable.alerts.decide import read_alert
from answerable.alerts.model import AlertAnswer
from answerable.alerts.sources import Sender
from answerable.apps.founding import founder
from answerable.apps.public.figures import told
from answerable.cases.model import Choice, DecisionKind
from answerable.kernel.sealed import Sealed

pytestmark = pytest.mark.slow  # a whole house with its database for each test

WORDS = {"title": "Blue bike", "body": "A blue bike, like new."}


def stranger(r: Room, ad: str, **more: Any) -> AlertAnswer:
    """An alert that names no fact."""
    receive = r.house.receive_alert
    return receive(r.house.site, read_alert({"ad": ad, **more}, nonce=receive.new_nonce()))


def flooded(r: Room) -> None:
    """One hidden ad, then a second that the switch leaves up."""
    for name in ("bike-1", "bike-2"):
        r.ad(name, WORDS, account={"id": "kim"})
        stranger(r, name)


def test_what_was_put_off_stands_there_with_its_time_left(tmp_path: Path) -> None:
    with room(tmp_path, flood_account=1) as r:
        ana = r.browser("ana")
        assert "Every alert has hidden its ad" in plain(ana.get("/console/alerts"))
        flooded(r)
        page = plain(ana.get("/console/alerts"))
        assert "bike-2" in page
        assert "bike-1" not in page
        assert "15 min 0 s left flood look a flood" in page
        assert "one advertiser" in page
        r.time.pass_(16 * 60_000)
        assert "overdue by 1 min" in plain(ana.get("/console/alerts"))
        assert r.house.care.sweep() == 1
        assert "or the ad is down" in plain(ana.get("/console/alerts"))


def test_a_banner_stands_on_every_page_while_the_switch_is_on(tmp_path: Path) -> None:
    with room(tmp_path, flood_account=1) as r:
        ana, edda = r.browser("ana"), r.browser("edda")
        assert "look at them first" not in plain(ana.get("/console"))
        flooded(r)
        assert "look at them first" in plain(ana.get("/console"))
        assert "look at them first" not in plain(edda.get("/console/health"))


def test_only_a_senior_turns_it_off_and_says_why(tmp_path: Path) -> None:
    with room(tmp_path, flood_account=1) as r:
        flooded(r)
        (flood,) = r.house.store.read(lambda w: w.alerts.floods(r.house.site, 5))
        path = f"/console/alerts/floods/{flood.id}/end"
        assert "Turn it off" not in r.browser("ana").get("/console/alerts")
        r.browser("ana").post(path, {"reason": "one joke"}, status=403)
        cleo = r.browser("cleo")
        assert "Turn it off" in cleo.get("/console/alerts")
        cleo.post(path, {"reason": " "}, status=422)
        answer = cleo.post(path, {"reason": "A joke on the radio."})
        page = plain(cleo.get(answer.headers["location"]))
        assert "The switch is off" in page
        assert "by a person" in page
        cleo.post(path, {"reason": "again"}, status=409)


# Sources and alerters

KEY = base64.b64encode(
    Ed25519PrivateKey.from_private_bytes(b"\x11" * 32).public_key().public_bytes_raw()
).decode()
SOURCE = {
    "kind": "flagger",
    "organisation": "Example Flaggers",
    "contact": "desk@example.org",
    "how": "Listed by the coordinator.",
}


def sources_of(r: Room) -> list[Any]:
    return list(r.house.care.read_sources(r.house.site))


def test_an_admin_registers_a_source_with_its_key(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        edda = r.browser("edda")
        assert "No source is registered yet" in plain(edda.get("/console/sources"))
        edda.post("/console/sources", {**SOURCE, "key": "short"}, status=422)
        edda.post("/console/sources", {**SOURCE, "kind": "king", "key": KEY}, status=422)
        edda.post("/console/sources", {**SOURCE, "how": " ", "key": KEY}, status=422)
        assert sources_of(r) == []
        answer = edda.post("/console/sources", {**SOURCE, "key": KEY})
        page = plain(edda.get(answer.headers["location"]))
        assert "Example Flaggers" in page
        assert "its key" in page
        ((source, _),) = sources_of(r)
        path = f"/console/sources/{source.id}/revoke"
        r.browser("cleo").post(path, {"reason": "x"}, status=403)
        edda.post(path, {"reason": "Its key leaked."})
        assert "Its key leaked." in plain(edda.get("/console/sources"))


def test_a_token_made_for_a_source_is_shown_once_and_ends_with_it(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        edda = r.browser("edda")
        page = edda.post("/console/sources", SOURCE, status=200).text
        token = re.search(r"ans_[A-Za-z0-9]+", page)
        assert token is not None
        assert token[0] not in edda.get("/console/sources")
        alerts = {"alerts": [{"ad": "bike-1", "nonce": "nonce-of-one"}]}
        api, headers = r.stranger(), {"Authorization": f"Bearer {token[0]}"}
        sent = api.post("/v1/alerts/batch", json=alerts, headers=headers)
        assert sent.status_code == 200
        ((source, record),) = sources_of(r)
        assert record.received == 1
        edda.post(f"/console/sources/{source.id}/revoke", {"reason": "They asked us to."})
        again = api.post("/v1/alerts/batch", json=alerts, headers=headers)
        assert again.status_code == 401


def test_each_kind_of_source_has_its_own_list(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        r.browser("edda").post("/console/sources", {**SOURCE, "key": KEY})
        ((source, _),) = sources_of(r)
        r.ad("bike-1", WORDS)
        receive = r.house.receive_alert
        sender = Sender(known_by=source.known_by, source=source.id, kind=source.kind)
        receive(r.house.site, read_alert({"ad": "bike-1"}, nonce=receive.new_nonce()), sender)
        ana = r.browser("ana")
        page = plain(ana.get("/console/alerts?from=flagger"))
        assert "bike-1 12 h 0 min left flagger answer" in page
        assert "No alert of this kind waits" in plain(ana.get("/console/alerts?from=police"))
        assert "bike-1" not in plain(ana.get("/console/alerts"))


def test_an_alerter_is_warned_limited_and_let_go_again(tmp_path: Path) -> None:
    with room(tmp_path, flood_site=1_000, flood_account=1_000) as r:
        ana, ben = (r.house.log_in(r.house.site, n, secret()).actor for n in ("ana", "ben"))

        def declined(count: int, prefix: str) -> None:
            for number in range(count):
                ad = r.ad(f"{prefix}-{number}", WORDS)
                stranger(r, f"{prefix}-{number}", alerter={"contact": "joker@example.org"})
                case = r.case_of(ad)
                choice = Choice(kind=DecisionKind.NO_ACTION, ads=(ad,), reason="nothing")
                waiting = r.house.propose_decision(r.house.site, ana, case.id, choice)
                assert waiting.proposal is not None
                decision = waiting.proposal.decision
                r.house.second_decision(r.house.site, ben, case.id, decision, "nothing")

        cleo = r.browser("cleo")
        assert "No alerter stands out" in plain(cleo.get("/console/alerters"))
        r.browser("ana").get("/console/alerters", status=403)
        declined(5, "a")
        page = cleo.get("/console/alerters")
        assert "5 declined, 5 of those without a fact" in plain(page)
        identity = re.search(r'name="identity" value="(contact:[0-9a-f]+)"', page)
        assert identity is not None
        said = {"identity": identity[1], "reason": "Five without ground.", "citation": "our rules"}
        cleo.post("/console/alerters/limit", {**said, "days": "7"}, status=422)
        cleo.post("/console/alerters/warn", said)
        r.time.pass_(1)
        declined(3, "b")
        cleo.post("/console/alerters/limit", {**said, "days": "x"}, status=422)
        cleo.post("/console/alerters/limit", {**said, "days": "7"})
        assert "Lift the limit" in cleo.get("/console/alerters")
        r.ad("bike-9", WORDS)
        stranger(r, "bike-9", alerter={"contact": "Joker@example.org"})
        assert "its alerter is limited" in plain(cleo.get("/console/alerts"))
        cleo.post("/console/alerters/unlimit", said)
        assert "Lift the limit" not in cleo.get("/console/alerters")


def secret() -> Sealed[str]:
    return Sealed(PASSWORD, label="test password")


# Exceptions, and what the public sees of it all

ASKED = {
    "ads": "bike-1",
    "authority": "Example County Police",
    "reference": "file 2026-4711",
    "dated": "2026-09-20",
    "officer": "Detective Example, +1 202-555-0150",
    "days": "7",
}


def test_an_exception_is_asked_granted_by_another_and_ended(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad = r.ad("bike-1", WORDS)
        cleo, clio = r.browser("cleo"), second_senior(r)
        r.browser("ana").get("/console/exceptions", status=403)
        assert "There is none" in plain(cleo.get("/console/exceptions"))
        for wrong in ({"days": "15"}, {"days": "x"}, {"dated": "soon"}, {"ads": " "}):
            cleo.post("/console/exceptions", {**ASKED, **wrong}, status=422)
        cleo.post("/console/exceptions", {**ASKED, "ads": "never-received"}, status=404)
        cleo.post("/console/exceptions", ASKED)
        (asked,) = r.house.store.read(lambda w: w.alerts.exceptions(r.house.site, 5))
        path = f"/console/exceptions/{asked.id}"
        assert "I have read the request and agree" not in cleo.get("/console/exceptions")
        cleo.post(f"{path}/grant", status=422)
        assert "I have read the request and agree" in clio.get("/console/exceptions")
        clio.post(f"{path}/grant")
        stranger(r, "bike-1")
        assert "an exception for the ad" in plain(cleo.get("/console/alerts"))
        clio.post(f"{path}/end", {"reason": "They found her."})
        standing = r.house.store.read(lambda w: w.directives.standing(r.house.site, ad))
        assert standing.hidden


def second_senior(r: Room) -> Browser:
    r.house.create_staff(
        r.house.site,
        founder(r.house),
        login="clio",
        name="Clio",
        organisation="site",
        roles=frozenset({Role.SENIOR}),
        password=secret(),
    )
    return r.browser("clio")


def test_the_public_sees_whole_months_and_no_small_number(tmp_path: Path) -> None:
    with room(tmp_path, flood_site=12, flood_account=1_000) as r:
        anybody = r.stranger()
        for number in range(14):
            r.ad(f"bike-{number}", WORDS)
            stranger(r, f"bike-{number}")
        page = plain(anybody.get("/figures").text)
        assert "Alerts received 0" in page, "this month is not over"
        assert "on now" in page, "the site's own switch is public at once"
        r.time.pass_(31 * 24 * 3_600_000)
        r.house.care.sweep()
        page = plain(anybody.get("/figures").text)
        assert "Alerts received 14" in page
        assert "or it was hidden fewer than 10" in page
        assert "on now" not in page


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (1, "fewer than 10"), (9, "fewer than 10"), (10, "10"), (1234, "1,234")],
)
def test_a_small_number_is_not_told(count: int, shown: str) -> None:
    assert told(count) == shown
