"""`answerable screen`: a file of ads in, one JSON line an ad out, exit codes, nothing kept."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from answerable.apps.cli.screen import add_to, screen_file
from answerable.screening.judge import Engine
from answerable.screening.model import CouldNotJudge

ADS = (
    "job_id,title,description\n"
    "1,Bike,call 202-555-0123 or mail jane@example.com\n"
    '2,bluelantern,"two zero two\r\n555 0123"\n'
    "3,Flat,b.l.u.e.l.a.n.t.e.r.n\n"
)
MAP = "id=job_id,title=title,body=description"


@pytest.fixture
def ads(tmp_path: Path) -> Path:
    path = tmp_path / "ads.csv"
    path.write_bytes(ADS.encode())
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_one_line_an_ad_with_exact_places(ads: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert screen_file(ads, MAP, out) == 0
    first, second, third = lines(out)
    assert [one["id"] for one in (first, second, third)] == ["1", "2", "3"]
    assert [one["verdict"] for one in (first, second, third)] == ["publish", "withhold", "withhold"]
    assert first["pack"].startswith("demo@")
    assert first["contacts"] == [
        {"kind": "phone", "value": "+12025550123", "field": "body", "start": 5, "end": 17,
         "technique": "plain"},
        {"kind": "email", "value": "jane@example.com", "field": "body", "start": 26, "end": 42,
         "technique": "plain"},
    ]  # fmt: skip
    assert second["signals"] == [
        {"rule": "bluelantern", "kind": "withhold", "field": "title", "start": 0, "end": 11,
         "text": "bluelantern", "technique": "plain"},
        {"rule": "obscured-phone", "kind": "signal", "field": "body", "start": 0, "end": 22,
         "text": "two zero two\r\n555 0123", "technique": "words+lines"},
    ]  # fmt: skip
    assert third["signals"][0]["technique"] == "spaced"


def test_refused_rows_are_listed_and_the_rest_taken(
    ads: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ads.open("ab") as file:
        file.write(b"4,only two\n5,Desk,\xff\n6,Lamp,brass\n")
    out = tmp_path / "out.jsonl"
    assert screen_file(ads, MAP, out) == 1
    assert [one["id"] for one in lines(out)] == ["1", "2", "3", "6"]
    told = capsys.readouterr().err
    assert "ads.csv:6: row 4 refused: 2 columns where the header has 3" in told
    assert "ads.csv:7: row 5 refused: body: bytes that are not text" in told
    assert "4 ads judged under demo@" in told
    assert "2 rows refused" in told


@pytest.mark.parametrize(
    ("mapping", "region", "name", "code"),
    [
        (MAP, "US", "absent.csv", 2),
        ("body=nowhere", "US", "ads.csv", 2),
        ("title=title", "US", "ads.csv", 64),
        (MAP, "ZZ", "ads.csv", 64),
    ],
)
def test_exit_codes(ads: Path, mapping: str, region: str, name: str, code: int) -> None:
    assert screen_file(ads.with_name(name), mapping, ads.parent / "out", region) == code


def test_the_source_is_never_written_over(ads: Path) -> None:
    assert screen_file(ads, MAP, ads) == 64
    assert ads.read_bytes() == ADS.encode()


def test_a_broken_pack_is_unreadable(
    ads: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "pack.toml").write_text('format = 1\nid = "x"\nversion = "1"\ntitle = "t"\n')
    assert screen_file(ads, MAP, tmp_path / "out", pack=pack) == 2
    assert "semantic version" in capsys.readouterr().err


def test_the_region_is_that_of_bare_numbers(tmp_path: Path) -> None:
    path = tmp_path / "ads.jsonl"
    path.write_text('{"body": "call 020 7946 0958"}\n')
    out = tmp_path / "out.jsonl"
    assert screen_file(path, "", out, region="GB") == 0
    assert [one["value"] for one in lines(out)[0]["contacts"]] == ["+442079460958"]
    assert lines(out)[0]["id"] == "ads.jsonl:1"


def test_what_cannot_be_judged_is_withheld(
    ads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise CouldNotJudge("a fault of ours")

    monkeypatch.setattr(Engine, "judge", fail)
    out = tmp_path / "out.jsonl"
    assert screen_file(ads, MAP, out) == 1
    assert {one["verdict"] for one in lines(out)} == {"withhold"}
    assert lines(out)[0]["could_not_screen"] == "a fault of ours"


def test_the_command_takes_the_options_that_are_documented(ads: Path, tmp_path: Path) -> None:
    app = typer.Typer()
    add_to(app)
    out = tmp_path / "out.jsonl"
    result = CliRunner().invoke(app, [str(ads), "--map", MAP, "--out", str(out), "--region", "US"])
    assert result.exit_code == 0, result.output
    assert len(lines(out)) == 3


def test_the_real_job_ads(shared_path: Callable[[str], Path], tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert screen_file(shared_path("data/real-job-ads.csv"), MAP, out) == 0
    found = lines(out)
    assert len(found) == 358
    assert all(one["verdict"] == "publish" for one in found)
    contacts = [contact for one in found for contact in one["contacts"]]
    assert len(contacts) <= 10  # the data set masks its contacts: nearly all would be mistakes


def test_loading_the_command_loads_nothing_heavy() -> None:
    code = (
        "import sys, answerable.apps.cli.screen; "
        "heavy = {'hyperscan', 'phonenumbers', 'pyarrow', 'rich.progress'} & set(sys.modules); "
        "sys.exit(', '.join(heavy) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
