"""The archive that answers legal process: what it may hold; it proves itself; twice alike."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.log_room import hmac_sha256
from tests.unit.case_room import ANA, SAM, SUE, linked, reports
from tests.unit.console_room import ACCOUNT, CONNECTION, Room, png, room

from answerable.access.model import Forbidden
from answerable.adapters.bundle.production import MANIFEST
from answerable.adapters.sql import reads
from answerable.apps.export import sequence_all
from answerable.apps.legal_export import Made, export_name, make_export
from answerable.events.process import ProcessAnswered
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.time import DAY
from answerable.ledger.note import verify_note
from answerable.ledger.policy import read_policy
from answerable.preservation.disposal_service import ProposeDestruction
from answerable.preservation.process import Kind, Paper, Process, Scope, allowed_groups
from answerable.verifier.files import verify_path
from answerable.verifier.manifest import split_note

pytestmark = pytest.mark.slow  # a whole house with its signer for each test

TITLE, BODY, ALERT, REASON = (f"quixotic{n}zebra" for n in ("title", "body", "alert", "reason"))
PICTURE = png()


class Office:
    """A house with one ad that went the whole way, and the desk that answers papers."""

    def __init__(self, room: Room, folder: Path) -> None:
        self.room, self.house, self.folder = room, room.house, folder
        self.site = room.house.site
        digest = self.house.files.put(self.site, PICTURE, "image/png").sha256
        self.ad = room.ad(
            "bike-1",
            {"title": TITLE, "body": f"{BODY} bluelantern"},
            account=ACCOUNT,
            connections=(CONNECTION,),
            attachments=({"sha256": digest, "media_type": "image/png"},),
        )
        room.place("bike-1", "https://ads.example.com/bike-1")
        room.alert("bike-1", ALERT)
        self.other = room.ad("bike-2", {"title": "a green bike"})

    def served(self, kind: Kind, **more: Any) -> Process:
        digest = self.house.files.put(self.site, b"a drawn paper", "application/pdf").sha256
        told: dict[str, Any] = {
            "jurisdiction": "US",
            "authority": "Example County Court",
            "reference": "No. 7",
            "contact": "desk@example.org",
            "served": self.room.time.now(),
            "document": digest,
            "scope": Scope(ads=("bike-1",)),
        }
        paper = Paper(kind=kind, **(told | more))
        return self.house.keeping.receive_process(self.site, SAM, paper)

    def confirmed(self, process: Process, groups: frozenset[str] | None = None) -> None:
        chosen = groups or allowed_groups(process.kind)
        for who in (SAM, SUE):
            self.house.keeping.confirm_export(self.site, who, process.id, chosen, "as ordered")

    def make(self, process: Process, name: str = "a.zip", number: int | None = None) -> Made:
        sequence_all(self.house, lambda line: None)
        return make_export(self.house, SAM, process.id, number, self.folder / name)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with room(tmp_path) as made:
        yield Office(made, tmp_path)


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in raw.splitlines()]


def test_a_warrant_gets_everything_and_each_item_proves_itself(office: Office) -> None:
    case = office.room.case_of(office.ad)
    office.house.decide_case(office.site, ANA, case.id, reports(office.ad, reason=REASON))
    warrant = office.served(Kind.SEARCH_WARRANT)
    office.confirmed(warrant)
    made = office.make(warrant)
    found = entries(made.path)
    whole = b"".join(found.values())
    for word in (TITLE, BODY, ALERT, REASON, "kim@example.com", "192.0.2.7"):
        assert word.encode() in whole, word
    index = rows(found["index.jsonl"])
    kinds = {row["kind"] for row in index}
    assert {"ad.received", "ad.published", "screen.judged", "case.decided", "file"} <= kinds
    assert {"alert.received", "report.owed", "hold.placed", "directive.issued"} <= kinds
    (picture,) = [row for row in index if row["kind"] == "file"]
    assert found[picture["path"]] == PICTURE
    numbers = [row["number"] for row in index]
    start = f"MAIN-{warrant.id[:6].upper()}"
    assert numbers == [f"{start}-{n:06d}" for n in range(1, len(numbers) + 1)]
    policy = read_policy(office.house.home.policy.read_bytes())
    unpacked = office.folder / "unpacked"
    zipfile.ZipFile(made.path).extractall(unpacked)
    for row in index:
        assert hashlib.sha256(found[row["path"]]).hexdigest() == row["sha256"]
        if row["kind"] != "file":
            proof = unpacked / f"proofs/{row['number']}.tlog-proof"
            item = json.loads(found[row["path"]])
            outcome = verify_path(proof, policy, leaf=bytes.fromhex(item["leaf_hash"]))
            assert outcome.exit_code == 0, outcome.findings
    _openings_hold(found)
    _manifest_holds(found, policy)


def _openings_hold(found: dict[str, bytes]) -> None:
    """By RFC 2104 written out: each line is what its item's leaf commits to."""
    import base64

    items = {row["number"]: json.loads(found[row["path"]]) for row in rows(found["index.jsonl"])
             if row["kind"] != "file"}  # fmt: skip
    for line in rows(found["openings.jsonl"]):
        item, envelope = items[line["number"]], line["envelope"].encode()
        leaf = b"\x01" + hmac_sha256(
            base64.b64decode(line["ek"]), b"answerable/event/v1\x00" + envelope
        )
        assert hashlib.sha256(b"\x00" + leaf).hexdigest() == item["leaf_hash"]
        for name, group in line["groups"].items():
            if "body" not in group:
                assert name in item["withheld"] + item["erased"]
                continue
            key, body = base64.b64decode(group["key"]), group["body"].encode()
            said = hmac_sha256(key, f"answerable/group/v1\x00{name}\x00".encode() + body)
            assert base64.b64encode(said).decode() == json.loads(envelope)["groups"][name]
            assert item["fields"][name] == json.loads(body)


def _manifest_holds(found: dict[str, bytes], policy: Any) -> None:
    note = split_note(found[MANIFEST])
    assert verify_note(note, policy.bundles).signers()
    listed = {}
    for line in note.text.decode().splitlines()[2:]:
        _, path, length, digest = line.split()
        listed[path] = (int(length), digest)
    assert listed == {
        path: (len(raw), hashlib.sha256(raw).hexdigest())
        for path, raw in found.items()
        if path != MANIFEST
    }


def test_a_subpoena_gets_the_account_and_no_word_of_the_ad(office: Office) -> None:
    subpoena = office.served(Kind.SUBPOENA)
    office.confirmed(subpoena)
    found = entries(office.make(subpoena).path)
    whole = b"".join(found.values())
    for word in (TITLE, BODY, ALERT, "bluelantern"):
        assert word.encode() not in whole, word
    assert PICTURE not in found.values()
    index = rows(found["index.jsonl"])
    assert {row["kind"] for row in index} == {"ad.received", "ad.published"}
    item = json.loads(found[index[0]["path"]])
    assert item["fields"]["connections"]["connections"] == [CONNECTION]
    assert item["fields"]["poster_pii"]["account"]["names"] == ["Kim Example"]
    assert item["withheld"] == ["ad_text", "images"]


def test_a_letter_gets_nothing_and_nothing_goes_out_unconfirmed(office: Office) -> None:
    letter, order = office.served(Kind.PRESERVATION_LETTER), office.served(Kind.COURT_ORDER)
    with pytest.raises(Refusal, match="asks to keep"):
        office.confirmed(letter, frozenset({"facts"}))
    for process in (letter, order):
        with pytest.raises(Refusal, match="two people must confirm"):
            office.make(process)
    office.house.keeping.confirm_export(
        office.site, SAM, order.id, allowed_groups(order.kind), "as ordered"
    )
    with pytest.raises(Refusal, match="two people must confirm"):
        office.make(order)
    assert not (office.folder / "a.zip").exists()


def test_only_what_two_confirmed_is_open(office: Office) -> None:
    order = office.served(Kind.COURT_ORDER)
    office.confirmed(order, frozenset({"connections"}))
    whole = b"".join(entries(office.make(order).path).values())
    assert b"192.0.2.7" in whole
    for word in (TITLE, BODY, "kim@example.com"):
        assert word.encode() not in whole


def test_made_again_it_has_the_same_bytes(office: Office) -> None:
    order = office.served(Kind.COURT_ORDER)
    office.confirmed(order)
    first = office.make(order)
    office.room.time.pass_(DAY)
    office.room.revise("bike-1", {"title": "changed since"})
    office.room.alert("bike-1", "another alert")
    again = office.make(order, "b.zip", number=1)
    assert again.differences == ()
    assert again.path.read_bytes() == first.path.read_bytes()
    assert hashlib.sha256(first.path.read_bytes()).hexdigest() == first.export.sha256
    with pytest.raises(Conflict, match="there already"):
        office.make(order, "b.zip")
    log = office.house.keeping.read_process(office.site, SAM, order.id).log
    (answered,) = [each.event for each in log if isinstance(each.event, ProcessAnswered)]
    assert (answered.sha256, answered.size) == (first.export.sha256, first.path.stat().st_size)
    assert answered.approvers == [SAM.id, SUE.id]
    assert export_name(order, first.export).endswith("export-1.zip")


def test_a_later_export_goes_on_with_the_numbers_and_says_what_is_new(office: Office) -> None:
    order = office.served(Kind.COURT_ORDER)
    office.confirmed(order)
    first = office.make(order)
    before = rows(entries(first.path)["index.jsonl"])
    office.room.revise("bike-1", {"title": "changed since"})
    office.confirmed(order)
    second = office.make(order, "b.zip")
    after = rows(entries(second.path)["index.jsonl"])
    numbers = {row["number"] for row in before}
    assert [row for row in after if row["number"] in numbers] == before, "old items as they were"
    new = {row["path"] for row in after} - {row["path"] for row in before}
    assert new
    told = {path: (what, why) for path, what, why in second.differences}
    assert {path for path, (what, _) in told.items() if path.startswith("items/")} == new
    assert all(told[path][0] == "new" for path in new)


def test_what_was_erased_since_is_named(office: Office) -> None:
    case = office.room.case_of(office.ad)
    office.house.decide_case(office.site, ANA, case.id, reports(office.ad))
    other = office.served(Kind.COURT_ORDER, scope=Scope(ads=("bike-2",)))
    office.confirmed(other)
    first = office.make(other)
    request = office.served(Kind.DESTRUCTION_REQUEST, scope=Scope(ads=("bike-2",)), lifts=other.id)
    keeping = office.house.keeping
    batch = ProposeDestruction(office.house.store, office.house.ids)(office.site, SAM, request.id)
    for who in (SAM, SUE):
        keeping.sign_disposal(office.site, who, batch.id, batch.digest)
    assert keeping.perform_disposal(office.site) == 1
    again = office.make(other, "b.zip", number=1)
    told = {path: why for path, _, why in again.differences}
    item = rows(entries(first.path)["index.jsonl"])[0]["path"]
    assert told[item] == "erased since: ad_text, connections, images, poster_pii"
    assert json.loads(entries(again.path)[item])["fields"].keys() == {"facts"}


def test_words_of_a_case_with_ads_outside_the_scope_stay_withheld(office: Office) -> None:
    case = office.room.case_of(office.ad)
    choice = reports(office.ad, reason=REASON, linked=(linked(office.other),))
    office.house.decide_case(office.site, ANA, case.id, choice)
    warrant = office.served(Kind.SEARCH_WARRANT)
    office.confirmed(warrant)
    assert REASON.encode() not in b"".join(entries(office.make(warrant).path).values())
    both = office.served(Kind.SEARCH_WARRANT, scope=Scope(ads=("bike-1", "bike-2")))
    office.confirmed(both)
    whole = b"".join(entries(office.make(both, "b.zip").path).values())
    assert REASON.encode() in whole


def test_every_file_in_it_was_read_on_record_and_custody_is_told(office: Office) -> None:
    order = office.served(Kind.COURT_ORDER)
    office.confirmed(order)
    with pytest.raises(Forbidden):
        make_export(office.house, ANA, order.id, None, office.folder / "x.zip")
    made = office.make(order)
    (read,) = office.house.store.read(lambda w: reads.latest(w.conn, office.site, 10))
    assert (read.purpose, read.actor, read.about) == ("export", SAM.id, order.id)
    custody = rows(entries(made.path)["custody.jsonl"])
    assert [row["what"] for row in custody] == ["process.received", "process.scoped"]
    assert "No. 7" in custody[0]["words"]
    certificate = entries(made.path)["certificate.txt"].decode()
    assert "902(13)" in certificate
    assert "____" in certificate
