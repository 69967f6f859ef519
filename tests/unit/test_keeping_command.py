"""`answerable process` and `answerable disposal`: people log in by name, and two must answer."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.unit.console_room import PASSWORD, founded
from typer.testing import CliRunner

from answerable.ads.model import Submission
from answerable.apps.cli.__main__ import app
from answerable.apps.wiring import open_house
from answerable.kernel.errors import Refusal
from answerable.kernel.time import iso

pytestmark = pytest.mark.slow  # a whole home and its signer


class Desk:
    """A home, and the command in it."""

    def __init__(self, folder: Path) -> None:
        self.settings = founded(folder, synthetic=True)
        self.folder = folder
        (folder / "paper.pdf").write_bytes(b"a drawn paper")
        house = open_house(self.settings)
        house.receive_ad.receive(
            house.site,
            Submission(external_id="bike-1", text={"title": "quixotic"}, account={"id": "kim"}),
        )
        self.today = iso(house.store.now())[:10]
        house.close()

    def __call__(self, *words: str, by: str | None = "cleo", fails: str = "") -> str:
        told = [*words, "--home", str(self.settings.home)]
        told += [] if by is None else ["--login", by]
        answer = CliRunner().invoke(app, told, input=f"{PASSWORD}\n")
        if fails:
            assert isinstance(answer.exception, Refusal)
            assert fails in str(answer.exception)
            return ""
        assert answer.exception is None, answer.exception
        return answer.stdout

    def receive(self, kind: str, *more: str) -> str:
        paper = str(self.folder / "paper.pdf")
        told = (
            "--authority",
            "Example Court",
            "--reference",
            "No. 7",
            "--contact",
            "a@example.org",
        )
        said = self("process", "receive", paper, "--kind", kind, *told,
                    "--served", self.today, "--ad", "bike-1", *more)  # fmt: skip
        return said.split()[0]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_subpoena_from_the_paper_to_the_archive(desk: Desk) -> None:
    name = desk.receive("subpoena", "--account", "kim", "--future")
    assert "1 ads held; holds end: not before it is closed" in desk("process", "show", name)
    assert "subpoena  No. 7  Example Court" in desk("process", "list")
    archive = str(desk.folder / "out.zip")
    desk("process", "export", name, archive, fails="two people must confirm")
    give = ("process", "confirm", name, "--group", "poster_pii", "--reason", "as served")
    assert "waits for a second person" in desk(*give)
    desk(*give, fails="another person")
    desk(*give, by="ana", fails="process:handle")
    assert "export 1 is confirmed" in desk(*give, by="finn")
    said = desk("process", "export", name, archive)
    assert "SHA-256" in said
    with zipfile.ZipFile(archive) as opened:
        rows = [json.loads(line) for line in opened.read("index.jsonl").splitlines()]
        whole = b"".join(opened.read(path) for path in opened.namelist())
    assert [row["kind"] for row in rows] == ["ad.received"]
    assert b'"kim"' in whole
    assert b"quixotic" not in whole
    again = str(desk.folder / "again.zip")
    desk("process", "export", name, again)
    assert Path(again).read_bytes() == Path(archive).read_bytes()
    assert "waits" in desk("process", "close", name, "--reason", "answered")
    assert "closed" in desk("process", "close", name, "--reason", "answered", by="finn")


def test_a_letter_is_renewed_once(desk: Desk) -> None:
    name = desk.receive("preservation-letter")
    paper = str(desk.folder / "paper.pdf")
    renew = ("process", "renew", name, paper, "--reference", "No. 8")
    assert "renewal 1" in desk(*renew)
    desk(*renew, fails="renewed already")
    desk("process", "renew", name, "/no/such/file", "--reference", "x", fails="No such file")


def test_a_list_is_signed_by_two_and_run(desk: Desk) -> None:
    name = desk.receive("destruction-request")
    batch, _, digest = desk("disposal", "destroy", name).split()
    assert batch in desk("disposal", "list")
    assert "proposed" in desk("disposal", "sign", batch, digest)
    assert "0 items" in desk("disposal", "run", by=None)
    assert "signed" in desk("disposal", "sign", batch, digest, by="finn")
    assert "1 items dealt with" in desk("disposal", "run", by=None)
    assert "done" in desk("disposal", "list")


def test_an_odd_life_is_refused_before_anything_starts(desk: Desk) -> None:
    odd: dict[str, Any] = {"lives": {"facts": 3}}
    with pytest.raises(Refusal, match="no such data class"):
        open_house(desk.settings.model_copy(update=odd))
    open_house(desk.settings.model_copy(update={"lives": {"connections": 30}})).close()
