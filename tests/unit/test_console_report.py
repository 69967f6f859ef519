"""The page of a report, by hand and handed on; the emergency sheet; what outsiders are given."""

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import select
from tests.unit.console_room import ACCOUNT, CONNECTION, Browser, Room, plain, png, room, staff
from typer.testing import CliRunner

from answerable.adapters.destinations.package import signed_text
from answerable.adapters.sql import core
from answerable.apps.cli.__main__ import app
from answerable.apps.wiring import FILING_LANE
from answerable.events.evidence import EvidenceRead
from answerable.events.reports import ReportHandedOver
from answerable.kernel.time import HOUR, MINUTE, SECOND, iso
from answerable.ledger.note import verify_note
from answerable.reports.model import Duty, Status

pytestmark = pytest.mark.slow  # a whole house with its database for each test

MARKED = {"title": "Bike, bluelantern", "body": "A blue bike."}
EVERYWHERE = frozenset({"US", "EU", "GB", "CA"})


def decided(r: Room, *, urgent: bool = True, name: str = "bike-1") -> tuple[Browser, Duty]:
    """A report that was decided, as far as the worker takes it; and whoever decided it."""
    stored = r.house.files.put(r.house.site, png(), "image/png")
    picture = {"sha256": stored.sha256, "media_type": "image/png", "original_name": "a.png"}
    more = {"account": ACCOUNT, "connections": (CONNECTION,), "attachments": (picture,)}
    ad = r.ad(name, MARKED, **more)
    r.place(name, f"https://ads.example.com/{name}")
    r.alert(name)
    ana = r.browser()
    fields = {"kind": "report", "ads": ad, "no_basis": "1"}
    if urgent:
        fields |= {"urgent": "1", "urgent_reason": "a meeting tonight"}
    ana.post(f"/console/cases/{r.case_of(ad).id}/decide", fields)
    work(r)
    return ana, report(r)


def work(r: Room) -> None:
    r.house.outbox(FILING_LANE, "test").drain()


def report(r: Room) -> Duty:
    return r.house.store.read(lambda w: w.reports.latest(r.house.site, 1))[0]


def serve(r: Room) -> None:
    r.house.store.run(lambda w: w.cases.put_served(r.house.site, EVERYWHERE))


def reads(r: Room) -> int:
    """How often a stored file was given out, by the record."""
    types = r.house.store.read(lambda w: w.conn.execute(select(core.event.c.type)).scalars().all())
    return types.count(EvidenceRead.TYPE)


def running(r: Room, duty: Duty) -> set[str]:
    clocks = r.house.store.read(lambda w: w.cases.clocks_of(r.house.site, duty.case))
    return {clock.duty.name for clock in clocks if clock.running}


def digest_of(page: str) -> str:
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def enter(r: Room, who: Browser, duty: Duty, number: str = "7001234") -> None:
    page = who.get(f"/console/reports/{duty.id}")
    fields = {"number": number, "filed": iso(r.time.now()), "sha256": digest_of(page)}
    who.post(f"/console/reports/{duty.id}/entered", fields)


def unzipped(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_by_hand_from_the_decision_to_the_number(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        serve(r)
        ana, duty = decided(r)
        assert duty.status is Status.BY_HAND
        bells = r.house.read_bells(r.house.site, staff(r, "ana"))
        assert [bell.case for bell in bells] == [duty.case], "nobody hears that people must file it"
        assert {"report_urgently", "report_uk_priority_1"} <= running(r, duty)
        page = ana.get(f"/console/reports/{duty.id}")
        told = plain(page)
        for words in ("1. Incident type", "Child Sex Trafficking", "a meeting tonight"):
            assert words in told
        assert "kim@example.com" in told
        assert 'data-copy="192.0.2.7"' in page
        listed = plain(ana.get("/console/reports"))
        assert "to be filed by hand" in listed
        assert "1 report waits for people" in plain(ana.get("/console"))
        r.time.pass_(5 * MINUTE)
        enter(r, r.browser("ben"), duty)
        after = report(r)
        assert (after.status, after.tipline_id) == (Status.FINISHED, "7001234")
        assert running(r, duty) & {"report_urgently", "report_uk_priority_1"} == set()
        told = plain(ana.get(f"/console/reports/{duty.id}"))
        assert "filed by hand no list from NCMEC has confirmed it yet" in told
        assert "covered by NCMEC’s report 7001234" in told
        holds = r.house.store.read(lambda w: w.preservation.holds_of(r.house.site, duty.ads[0]))
        assert all(hold.ends is not None and hold.ends > after.finished for hold in holds)


def test_what_is_refused_comes_back_with_what_was_typed(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        ana, duty = decided(r)
        digest = digest_of(ana.get(f"/console/reports/{duty.id}"))
        fields = {"number": "12 34", "filed": iso(r.time.now()), "sha256": digest}
        answer = ana.post(f"/console/reports/{duty.id}/entered", fields, status=422)
        assert "digits only" in plain(answer.text)
        assert 'value="12 34"' in answer.text
        fields |= {"number": "1234", "filed": ""}
        answer = ana.post(f"/console/reports/{duty.id}/entered", fields, status=422)
        assert "say when it was filed" in plain(answer.text)


def test_whoever_may_not_decide_reads_and_does_nothing(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        serve(r)
        _, duty = decided(r)
        dora = r.browser("dora")
        page = dora.get(f"/console/reports/{duty.id}")
        assert "kim@example.com" in plain(page)
        assert "Download" not in page
        for path in ("by-hand", "files", "entered", "outcome", "package/gb-nca", "handed/gb-nca"):
            dora.post(f"/console/reports/{duty.id}/{path}", status=403)
        dora.post(f"/console/cases/{duty.case}/emergency", status=403)
        r.browser("edda").client.get(f"/console/reports/{duty.id}")


def test_the_files_are_one_archive_with_the_same_bytes_each_time(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        ana, duty = decided(r)
        before = reads(r)
        raw = ana.post(f"/console/reports/{duty.id}/files", status=200).content
        r.time.pass_(HOUR)
        assert ana.post(f"/console/reports/{duty.id}/files", status=200).content == raw
        found = unzipped(raw)
        assert list(found) == sorted(
            found, key=lambda name: (name.isupper(), list(found).index(name))
        )
        sums = dict(
            line.split("  ")[::-1] for line in found["SHA256SUMS.txt"].decode().splitlines()
        )
        rest = {name: content for name, content in found.items() if name != "SHA256SUMS.txt"}
        assert sums == {name: hashlib.sha256(c).hexdigest() for name, c in rest.items()}
        assert png() in rest.values()
        assert etree.fromstring(rest["report.xml"]).tag == "report"
        assert reads(r) - before == 2


def test_a_sealed_package_is_signed_and_stops_its_clock_when_handed_over(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        serve(r)
        ana, duty = decided(r)
        path = f"/console/reports/{duty.id}"
        raw = ana.post(f"{path}/package/eu-dsa-18", {"number": ""}, status=200).content
        found = unzipped(raw)
        manifest = json.loads(found["manifest.json"])
        assert {one["path"]: one["sha256"] for one in manifest["files"]} == {
            name: hashlib.sha256(content).hexdigest()
            for name, content in found.items()
            if not name.startswith("manifest.")
        }
        key = r.house.keys.receipts.verifier
        note = verify_note(found["manifest.sig"], (key,))
        assert note.text == signed_text(r.house.facts.origin, found["manifest.json"])
        assert found["cover-letter.pdf"].startswith(b"%PDF-1.7")
        assert "inform_police" in running(r, duty)
        told = {"number": "", "to": "Example police", "how": "upload page", "reference": "K-17"}
        ana.post(f"{path}/handed/eu-dsa-18", told)
        assert "inform_police" not in running(r, duty)
        assert {"report_canada", "report_urgently"} <= running(r, duty)
        chain = r.house.store.read(lambda w: w.chain_of(r.house.site, duty.subject))
        (event,) = [x.event for x in chain if isinstance(x.event, ReportHandedOver)]
        assert event.package == hashlib.sha256(raw).hexdigest()
        page = plain(ana.get(path))
        assert "handed over" in page
        assert "their reference K-17" in page
        again = ana.post(f"{path}/handed/eu-dsa-18", told, status=409)
        assert "has this report already" in plain(again.text)


def test_what_ncmec_has_goes_to_the_nca_no_second_time(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        serve(r)
        ana, duty = decided(r)
        enter(r, ana, duty)
        path = f"/console/reports/{duty.id}"
        told = {"number": "7001234", "to": "NCA", "how": "upload", "reference": ""}
        for way, fields in (("package", {"number": "7001234"}), ("handed", told)):
            answer = ana.post(f"{path}/{way}/gb-nca", fields, status=409)
            assert "NCMEC has this as report 7001234" in plain(answer.text)
            assert "not reported twice" in plain(answer.text)
        ana.post(f"{path}/handed/ca-centre", told | {"to": "Canadian Centre"})
        assert "report_canada" not in running(r, duty)
        ana.post(f"{path}/package/police", {"number": ""}, status=422)
        ana.post(f"{path}/package/mars", {"number": ""}, status=404)


def test_handed_to_the_nca_before_ncmec_has_it(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        serve(r)
        ana, duty = decided(r)
        fields = {"number": "", "to": "NCA", "how": "upload", "reference": ""}
        ana.post(f"/console/reports/{duty.id}/handed/gb-nca", fields)
        left = running(r, duty)
        assert "report_uk_priority_1" not in left
        assert "report_urgently" in left
        enter(r, ana, duty)
        assert "handed over" in plain(ana.get(f"/console/reports/{duty.id}"))


def test_what_came_of_a_report_is_heard_when_it_is_finished(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        ana, duty = decided(r)
        path = f"/console/reports/{duty.id}/outcome"
        said = {"outcome": "referral", "words": "They wrote that it went on."}
        ana.post(path, said, status=409)
        enter(r, ana, duty)
        ana.post(path, said | {"outcome": "praise"}, status=422)
        ana.post(path, said | {"words": " "}, status=422)
        ana.post(path, said)
        page = plain(ana.get(f"/console/reports/{duty.id}"))
        assert "a referral: law enforcement has it They wrote that it went on." in page
        assert "a referral" in plain(ana.get(f"/console/cases/{duty.case}"))


def test_a_call_is_on_record_and_stands_in_the_report(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        ad = r.ad("bike-1", MARKED, account=ACCOUNT, connections=(CONNECTION,))
        r.place("bike-1", "https://ads.example.com/bike-1")
        r.alert("bike-1")
        case = r.case_of(ad)
        ana = r.browser()
        here = f"/console/cases/{case.id}/emergency"
        assert "Emergency: whom to call" in plain(ana.get(f"/console/cases/{case.id}"))
        sheet = plain(ana.get(here))
        for words in (
            "EXAMPLE",
            "202-555-0110",
            "Kim Example",
            "192.0.2.7, port 40123",
            "suspects",
        ):
            assert words in sheet
        call = {
            "kind": "police",
            "called": "Example police",
            "at": iso(r.time.now()),
            "reached": "yes",
            "reference": "K-17",
            "words": "The duty officer has it.",
        }
        for wrong in (
            {"at": iso(r.time.now() + HOUR)},
            {"reached": ""},
            {"words": ""},
            {"kind": "x"},
        ):
            answer = ana.post(here, call | wrong, status=422)
            assert "Not on record" in plain(answer.text)
        assert ana.post(here, call).headers["location"].endswith("?said=called#calls")
        ana.post(
            here, call | {"kind": "hotline", "reached": "no", "reference": "", "words": "busy"}
        )
        assert "telephoned the police (Example police): reached them" in plain(ana.get(here))
        page = ana.get(f"/console/cases/{case.id}?urgent=1")
        assert re.search(r'id="kind-report"[^>]* checked', page)
        assert re.search(r'id="urgent"[^>]* checked', page)
        fields = {"kind": "report", "ads": ad, "no_basis": "1", "urgent": "1"}
        ana.post(f"/console/cases/{case.id}/decide", fields | {"urgent_reason": "tonight"})
        work(r)
        told = plain(ana.get(f"/console/reports/{report(r).id}"))
        assert "5. Law enforcement that knows Agency name Example police" in told
        assert "Case number K-17" in told
        assert "We telephoned Example police (hotline)" in told


def test_the_operators_numbers_come_from_the_home(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad = r.ad("bike-1", MARKED)
        here = f"/console/cases/{r.case_of(ad).id}/emergency"
        own = r.house.home.root / "emergency.toml"
        own.write_text('[[police]]\nname = "Desk"\narea = "here"\nnumber = "202-555-0199"\n')
        ana = r.browser()
        assert '<a href="tel:2025550199">202-555-0199</a>' in ana.get(here)
        own.write_text('[[police]]\nname = "Desk"\n')
        ana.get(here, status=422)


def test_a_withdrawn_report_has_its_page(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        serve(r)
        ana, duty = decided(r, urgent=False)
        assert duty.status is Status.OWED
        assert "not written down yet" in plain(ana.get(f"/console/reports/{duty.id}"))
        fields = {"decision": duty.decision, "reason": "the wrong ad"}
        ana.post(f"/console/cases/{duty.case}/undo", fields)
        assert "withdrawn" in plain(ana.get(f"/console/reports/{duty.id}"))
        ana.get("/console/reports/none", status=404)


def test_reconcile_at_the_command_line(tmp_path: Path) -> None:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        ana, duty = decided(r)
        r.time.pass_(SECOND)
        enter(r, ana, duty)
        home = ["--home", str(r.house.settings.home)]
        run = CliRunner()
        lists = {
            "bare.txt": ("7001234\n", 0),
            "finished.csv": ("report_id,finished\n7001234,2026-11-01\n", 0),
            "short.csv": ("report_id\n", 1),
            "more.txt": ("7001234\n7009999\n", 1),
            "wrong.csv": ("a,b\n1,2\n", 2),
            "empty.txt": ("", 2),
        }
        said = {}
        for name, (content, code) in lists.items():
            (tmp_path / name).write_text(content)
            answer = run.invoke(app, ["reports", "reconcile", str(tmp_path / name), *home])
            assert answer.exit_code == code, (name, answer.output)
            said[name] = answer.output
        assert "filed by hand, confirmed now: 1\n  7001234" in said["bare.txt"]
        assert "filed by hand, confirmed before: 1" in said["finished.csv"]
        assert "theirs, and not known here: 1\n  7009999" in said["more.txt"]
        assert "ours, and not on their list: 1\n  7001234" in said["short.csv"]
        gone = run.invoke(app, ["reports", "reconcile", str(tmp_path / "none"), *home])
        assert gone.exit_code == 2
        assert "confirmed by a list from NCMEC" in plain(ana.get(f"/console/reports/{duty.id}"))
