"""Holds, legal process, disposal and evidence reads in the console, as people press them."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.unit.console_room import ACCOUNT, Browser, Room, plain, png, room

from answerable.apps.export import sequence_all
from answerable.kernel.time import DAY, iso
from answerable.preservation.process import Kind

pytestmark = pytest.mark.slow  # a whole house with its database for each test

PAPER = b"a drawn letter"


@pytest.fixture
def r(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path) as made:
        yield made


def upload(browser: Browser, path: str, fields: Mapping[str, Any], status: int = 303) -> Any:
    """A form with the served paper, as a browser sends it."""
    answer = browser.client.post(
        path,
        data={"form_key": browser.key(), **fields},
        files={"document": ("paper.pdf", PAPER, "application/pdf")},
    )
    assert answer.status_code == status, (answer.status_code, plain(answer.text)[:2000])
    return answer


def typed(r: Room, **more: str) -> dict[str, str]:
    told = {
        "kind": Kind.SEARCH_WARRANT.value,
        "jurisdiction": "us-ca",
        "authority": "Example County Court",
        "reference": "No. 7",
        "contact": "desk@example.org",
        "served": iso(r.time.now())[:16],
        "ads": "bike-1",
        "contacts": "call (202) 555-0143\nkim at example dot com",
    }
    return told | more


def entered(r: Room, browser: Browser, **more: str) -> str:
    answer = upload(browser, "/console/processes/new", typed(r, **more))
    return str(answer.headers["location"]).partition("?")[0]


def test_a_paper_is_entered_and_everything_in_its_scope_is_held(r: Room) -> None:
    r.ad("bike-1", {"title": "A bike"})
    r.ad("bike-2", {"title": "Another, 202-555-0143"})
    r.ad("bike-3", {"title": "A third"}, account=ACCOUNT)
    cleo = r.browser("cleo")
    path = entered(r, cleo)
    page = plain(cleo.get(f"{path}?said=process-received"))
    assert "everything in its scope is held" in page
    assert "Held for it 3" in page
    assert "phone +12025550143, email kim@example.com" in page
    assert "a search-warrant of Example County Court, No. 7" in page
    holds = plain(cleo.get("/console/holds"))
    assert "Example County Court" in holds
    assert "no end while it is open" in holds
    assert "No. 7" in plain(r.browser("ana").get("/console/processes"))


def test_what_is_refused_comes_back_with_everything_typed(r: Room) -> None:
    cleo = r.browser("cleo")
    answer = upload(cleo, "/console/processes/new", typed(r, contacts="nothing here"), 422)
    assert "reads as no contact" in plain(answer.text)
    assert "Example County Court" in answer.text
    assert ">bike-1</textarea>" in answer.text
    no_paper = cleo.post("/console/processes/new", typed(r), 422)
    assert "send the served paper" in plain(no_paper.text)
    for odd in ({"served": "yesterday"}, {"jurisdiction": "nowhere"}, {"kind": "letter"}):
        upload(cleo, "/console/processes/new", typed(r, **odd), 422)
    assert "No paper has been served" in plain(cleo.get("/console/processes"))


def test_two_confirm_and_the_archive_is_given_twice_alike(r: Room) -> None:
    r.ad("bike-1", {"title": "A bike"})
    cleo, finn = r.browser("cleo"), r.browser("finn")
    path = entered(r, cleo)
    give = {"group": ["ad_text", "poster_pii"], "reason": "as ordered"}
    assert cleo.post(f"{path}/confirm", give).headers["location"].endswith("approved")
    assert "Waits for a second person" in plain(finn.get(path))
    again = cleo.post(f"{path}/confirm", give, 422)
    assert "another person" in plain(again.text)
    assert finn.post(f"{path}/confirm", give).headers["location"].endswith("export-confirmed")
    sequence_all(r.house, lambda line: None)
    archives = [cleo.post(f"{path}/exports/1", {}, 200).content for _ in range(2)]
    assert archives[0] == archives[1]
    with zipfile.ZipFile(io.BytesIO(archives[0])) as opened:
        assert b"A bike" in b"".join(opened.read(name) for name in opened.namelist())
    page = plain(cleo.get(path))
    assert "Make it again" in page
    assert "confirmed by staff:" in page


def test_it_is_renewed_and_closed(r: Room) -> None:
    r.ad("bike-1", {"title": "A bike"})
    cleo, finn = r.browser("cleo"), r.browser("finn")
    path = entered(r, cleo, kind=Kind.PRESERVATION_LETTER.value)
    upload(cleo, f"{path}/renew", {"reference": "No. 8"})
    assert "renewed 1 time" in plain(cleo.get(path))
    assert "renewed already" in plain(upload(cleo, f"{path}/renew", {"reference": "9"}, 422).text)
    cleo.post(f"{path}/close", {"reason": "it is done"})
    finn.post(f"{path}/close", {"reason": "yes"})
    assert "closed by" in plain(cleo.get(path))


def test_the_paper_itself_opens_on_record_and_the_auditor_sees_it(r: Room) -> None:
    digest = r.house.files.put(r.house.site, png(), "image/png").sha256
    ad = r.ad(
        "bike-1",
        {"title": "A bike, bluelantern"},
        attachments=({"sha256": digest, "media_type": "image/png"},),
    )
    cleo, ana, dora = r.browser("cleo"), r.browser("ana"), r.browser("dora")
    path = entered(r, cleo)
    assert "No file has been read" in plain(dora.get("/console/reads"))
    assert cleo.post(f"{path}/paper", {}, 200).content == PAPER
    case = f"/console/cases/{r.case_of(ad).id}"
    ana.post(f"{case}/look", {"sha256": digest, "whole": "1"})
    assert ana.client.get(f"{case}/files/{digest}").content == png()
    page = dora.get("/console/reads")
    assert page.count("<td>review</td>") == page.count('<th scope="row">review</th>') == 2
    told = plain(page)
    assert "Cleo" in told
    assert "Ana" in told
    assert digest[:16] not in told
    reviewers = "Ana (site), Ben (site), Cleo (site), Finn (site)"
    assert f"4 may open files of a case: {reviewers}." in told, "the access list"
    assert "evidence:audit" in plain(ana.get("/console/reads", 403))


def test_a_list_is_signed_by_two_and_done(r: Room) -> None:
    r.ad("bike-1", {"title": "A bike"})
    r.time.pass_(181 * DAY)
    cleo, finn = r.browser("cleo"), r.browser("finn")
    assert "No list has been made" in plain(cleo.get("/console/disposals"))
    batch = r.house.keeping.propose_disposal(r.house.site)
    assert batch is not None
    path = f"/console/disposals/{batch.id}"
    assert "1 ads" in plain(cleo.get("/console/disposals"))
    page = cleo.get(path)
    assert "bike-1" in page
    (digest,) = re.findall(r'name="digest" value="([0-9a-f]{64})"', page)
    assert cleo.post(f"{path}/sign", {"digest": digest}).headers["location"].endswith("signed-one")
    assert "another person" in plain(cleo.post(f"{path}/sign", {"digest": digest}, 422).text)
    assert "signed-both" in finn.post(f"{path}/sign", {"digest": digest}).headers["location"]
    assert r.house.keeping.perform_disposal(r.house.site) == 1
    assert "done" in plain(cleo.get(path))
    r.ad("bike-2", {"title": "A bike"})
    r.time.pass_(181 * DAY)
    cleo = r.browser("cleo")
    other = r.house.keeping.propose_disposal(r.house.site)
    assert other is not None
    cleo.post(f"/console/disposals/{other.id}/refuse", {"reason": "not yet"})
    assert "refused" in plain(cleo.get(f"/console/disposals/{other.id}"))


def test_a_request_to_destroy_becomes_a_list(r: Room) -> None:
    r.ad("bike-1", {"title": "A bike"})
    cleo = r.browser("cleo")
    path = entered(r, cleo, kind=Kind.DESTRUCTION_REQUEST.value, contacts="")
    assert "not before it is closed" in plain(cleo.get(path))
    where = cleo.post(f"{path}/destroy").headers["location"]
    page = plain(cleo.get(where))
    assert "The list is made" in page
    assert "a written request" in page
    assert "list already" in plain(cleo.post(f"{path}/destroy", {}, 422).text)
