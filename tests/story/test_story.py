"""The whole story over HTTP, on both databases, as real processes; an outsider has the last word.

Posted, screened, withheld or up; heard, hidden, seen to be down; decided by one and by two;
reported; kept; exported; verified; audited; compared with what is live.
"""

import json
import re
from pathlib import Path

import httpx
import pytest
from tests.installation import Installation, running, until
from tests.story.people import Reviewer, Site, example_site

from answerable.apps.demo.stream import picture
from answerable.apps.receiver.export import as_csv, export_finished
from answerable.kernel.ids import AdId
from answerable.kernel.time import DAY

pytestmark = pytest.mark.slow

MARKED = "Rooms by the lake, bluelantern. Call two oh two 555 oh one four three."


def alert(installation: Installation, **said: object) -> dict[str, object]:
    answer = httpx.post(f"{installation.base}/v1/alerts", json=said, timeout=30)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def finished(installation: Installation) -> list[str]:
    path = installation.home / "receiver" / "receiver.sqlite3"
    return [report.report_id for report in export_finished(path)]


def report_page(installation: Installation, report_id: str) -> str:
    base = f"http://127.0.0.1:{installation.settings.receiver_port}"
    answer = httpx.get(f"{base}/reports/{report_id}", timeout=30)
    assert answer.status_code == 200
    assert "TEST" in answer.text
    return answer.text


def test_the_whole_story(database_url: str, tmp_path: Path) -> None:
    """One test, since it is one story: each step stands on those before it."""
    url = "" if database_url.startswith("sqlite") else database_url
    with (
        running(tmp_path, database=url) as installation,
        example_site(installation, tmp_path) as site,
    ):
        posted(installation, site)
        heard_and_reported(installation, site)
        declined_by_two(installation, site)
        linked_owned_and_closed(installation)
        proven(installation, site, tmp_path)
        assert installation.stop() == 0


def posted(installation: Installation, site: Site) -> None:
    """Received and screened: what is clean goes up, what is signed stays down."""
    with installation.api() as api:
        stored = api.put(
            "/v1/files", content=picture(), headers={"Content-Type": "image/png"}
        ).json()
    shape = {"sha256": stored["sha256"], "media_type": "image/png", "original_name": "s.png"}
    bike = site.post(title="City bike, blue", body="New chain.", account="mira", section="bikes")
    rooms = site.post(
        title="Rooms",
        body=MARKED,
        account="lantern7",
        email="lantern7@example.net",
        section="flats",
        attachments=[shape],
        payment={"processor": "Example Pay", "token": "tok_1", "last4": "0000"},
    )
    chair = site.post(
        title="Office chair", body="202-555-0143 after six.", account="chairs", section="services"
    )
    assert (bike, rooms, chair) == ("site-1", "site-2", "site-3")
    until(lambda: site.is_up(bike) and site.is_up(chair), "clean ads are up")
    with installation.api() as api:
        until(
            lambda: api.get(f"/v1/ads/{rooms}").json().get("verdict") == "withhold",
            "the marked ad is withheld",
        )
        assert not site.is_up(rooms)
        receipt = api.post(
            "/v1/ads?wait_ms=5000", json={"external_id": "own-1", "text": {"body": "Old maps"}}
        ).json()
        assert receipt["verdict"]["verdict"] == "publish"
        renewed = api.post("/v1/placements", json={"external_id": bike, "kind": "renewed"})
        assert renewed.status_code == 201


def heard_and_reported(installation: Installation, site: Site) -> None:
    """An alert hides the ad at once; one person reports, and it is filed exactly once."""
    said = alert(
        installation,
        ad=f"{site.base}/ads/site-3",
        reasons=["minor_suspected"],
        text="Please look at this ad.",
        role="family",
    )
    assert len(said["words"]) == 5  # type: ignore[arg-type]
    until(lambda: not site.is_up("site-3"), "the alerted ad is down")
    ana = Reviewer(installation, "ana")
    rooms, chair = ana.case_of("site-2"), ana.case_of("site-3")
    until(lambda: "observed" in ana.page(chair), "the ad is seen to be down")
    assert "site-3" in ana.page(rooms), "linked by the same phone, with the reason"
    ana.send(
        rooms,
        "decide",
        {
            "kind": "report",
            "ads": ana.ads_of(rooms),
            "reason": "The words say so.",
            "basis": ["stated_age", "other"],
            "words_stated_age": "an age is stated",
            "words_other": "the marker word",
            "urgent": "1",
            "urgent_reason": "An answer is needed today.",
        },
    )
    (report_id,) = until(lambda: finished(installation), "the report is filed")
    page = report_page(installation, report_id)
    for word in ("bluelantern", "Child Sex Trafficking", "site-2", "lantern7@example.net", "tok_1"):
        assert word in page, (word, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))
    until(lambda: report_id in ana.page(rooms), "the case shows the report's id")
    later = until(lambda: finished(installation)[1:], "what the site says later is a follow-up")
    assert report_id in report_page(installation, later[0])
    assert "Account created at" in report_page(installation, later[0])
    with installation.house() as house:
        ad = house.store.read(lambda work: work.ads.find(house.site, "site-2"))
        assert ad is not None
        holds = house.store.read(lambda work: work.preservation.holds_of(house.site, AdId(ad.id)))
        now = house.store.now()
    assert [hold.ends is not None and hold.ends > now + 364 * DAY for hold in holds] == [True]


def declined_by_two(installation: Installation, site: Site) -> None:
    """no_action on an alert takes two; then the ad is up again."""
    ana, ben = Reviewer(installation, "ana"), Reviewer(installation, "ben")
    case = ana.case_of("site-3")
    ana.send(
        case,
        "decide",
        {"kind": "no_action", "ads": ana.ads_of(case), "reason": "An office chair, no more."},
    )
    assert not site.is_up("site-3")
    decision = ben.proposal_of(case)
    own = ana.http.post(f"{case}/second", data={"form_key": "x", "decision": decision})
    assert own.status_code >= 400
    ben.send(case, "second", {"decision": decision, "reason": "I agree."})
    until(lambda: site.is_up("site-3"), "the ad is up again")
    assert len(finished(installation)) == 2


def linked_owned_and_closed(installation: Installation) -> None:
    """A section closed for a jurisdiction refuses with its notice; the owners are on a page."""
    done = installation.cli(
        "close-section", "services", "--notice", "No services here.", "--reason", "A test",
        "--jurisdiction", "US-CA",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with installation.api() as api:
        refused = api.post(
            "/v1/ads?wait_ms=10000",
            json={
                "external_id": "own-2",
                "section": "services",
                "place": {"country": "US", "region": "CA"},
                "text": {"body": "Lawn mowing"},
            },
        ).json()
    assert refused["verdict"]["verdict"] == "refuse"
    assert "No services here." in httpx.get(f"{installation.base}/availability").text
    owners = Path("src/answerable/apps/demo/ownership.json")
    done = installation.cli("ownership", str(owners))
    assert done.returncode == 0, done.stderr
    page = httpx.get(f"{installation.base}/ownership").text
    subject = re.search(r"Example [A-Z][A-Za-z]+", page)
    assert subject is not None


def proven(installation: Installation, site: Site, tmp_path: Path) -> None:
    """Exported while it runs; verified, audited and compared offline by somebody else's means."""
    bundle, policy = tmp_path / "bundle", tmp_path / "policy"
    until(lambda: idle(installation), "nothing is left to do")
    exported = installation.cli("export", str(bundle))
    assert exported.returncode == 0, exported.stderr
    policy.write_bytes((installation.home / "policy").read_bytes())
    verified = installation.cli("verify", str(bundle), "--policy", str(policy))
    assert verified.returncode == 0, verified.stdout
    receiver = installation.home / "receiver" / "receiver.sqlite3"
    ids = tmp_path / "finished.csv"
    ids.write_text(as_csv(export_finished(receiver)))
    audited = installation.cli("audit", str(bundle), "--finished", str(ids))
    assert "left over: 0" in audited.stdout
    assert audited.returncode == 0, audited.stdout
    live = tmp_path / "live.jsonl"
    live.write_text(site.inventory())
    compared = installation.cli("reconcile", "live", str(live), "--bundle", str(bundle))
    own = [line for line in compared.stdout.splitlines() if "finding:" in line]
    assert all("own-1" in line for line in own), compared.stdout
    assert {json.loads(line)["external_id"] for line in live.read_text().splitlines()} == {
        "site-1",
        "site-3",
    }


def idle(installation: Installation) -> bool:
    """No work is due, nothing waits for the sequencer, no directive of ours is unanswered."""
    from sqlalchemy import func, select

    from answerable.adapters.sql import core

    with installation.house() as house:

        def left(work: object) -> int:
            conn = work.conn  # type: ignore[attr-defined]
            return sum(
                conn.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (core.outbox, core.unsequenced)
            )

        return house.store.read(left) == 0


def test_a_site_that_says_yes_and_keeps_the_ad_up_is_found(tmp_path: Path) -> None:
    with (
        running(tmp_path, down_within_ms=500) as installation,
        example_site(installation, tmp_path, "--disobey") as site,
    ):
        bike = site.post(title="City bike", body="New chain.", account="mira", section="bikes")
        until(lambda: site.is_up(bike), "the ad is up")
        alert(installation, ad=bike, reasons=["other"])

        def overdue() -> bool:
            with installation.house() as house:
                rows = house.store.read(lambda work: work.directives.after(house.site, 0, limit=99))
            return any(row.action == "hide" and row.overdue is not None for row in rows)

        until(overdue, "the hide is overdue")
        assert site.is_up(bike)
        bundle = tmp_path / "bundle"
        assert installation.cli("export", str(bundle)).returncode == 0
        audited = installation.cli("audit", str(bundle))
        assert audited.returncode == 1
        assert "hide" in audited.stdout
        live = tmp_path / "live.jsonl"
        live.write_text(site.inventory())
        compared = installation.cli("reconcile", "live", str(live), "--bundle", str(bundle))
        assert compared.returncode == 1
        assert "against" in compared.stdout
