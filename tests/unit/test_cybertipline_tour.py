"""The client on its own: its page is run block by block, and what it imports from is complete."""

import re
from pathlib import Path
from typing import Any

import pytest

from answerable.adapters import cybertipline
from answerable.adapters.clock import SystemTime
from answerable.adapters.cybertipline import (
    Sealed,
    TiplineClient,
    TiplineRefused,
)
from answerable.apps.receiver import Profile, ReceiverSettings, export_finished, started_receiver
from answerable.reports import tipline as answers
from answerable.reports.document import model

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cybertipline-client.md"
LOCAL = "http://127.0.0.1:8090/ispws"


def test_the_tour_of_the_page_runs_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 7
    db = tmp_path / "receiver.sqlite3"
    room: dict[str, Any] = {}
    with started_receiver(ReceiverSettings(port=0, db_path=db), SystemTime()) as receiver:
        for block in blocks:
            code = block.replace(LOCAL, receiver.base_url)
            exec(compile(code, str(PAGE), "exec"), room)
    assert LOCAL in blocks[0]
    assert len(export_finished(db)) == 3
    said = capsys.readouterr().out
    assert "code 4100" in said
    assert "webPageIncident/url[1] | a URL without blanks" in said
    assert "reportingPerson/email | at least one | none" in said


def test_every_answer_and_failure_can_be_imported_from_the_package() -> None:
    """Whoever uses the client alone needs no other module of ours to name what it answers."""
    told = {
        name
        for name, thing in vars(answers).items()
        if getattr(thing, "__module__", "") == answers.__name__ or name in ("Gone", "StateAnswer")
    }
    pieces = {name for name, thing in vars(model).items() if _is_piece(thing)}
    assert len(pieces) > 35
    assert told | pieces <= set(cybertipline.__all__)
    assert all(hasattr(cybertipline, name) for name in cybertipline.__all__)


def _is_piece(thing: Any) -> bool:
    return (
        isinstance(thing, type)
        and issubclass(thing, model.Fragment)
        and thing is not (model.Fragment)
    )


@pytest.mark.parametrize("password", ["test", Sealed("test", label="password")], ids=str)
@pytest.mark.parametrize("profile", Profile)
def test_the_schema_comes_as_it_is_served(
    profile: Profile, password: str | Sealed[str], tmp_path: Path
) -> None:
    settings = ReceiverSettings(port=0, db_path=tmp_path / "db", profile=profile)
    with (
        started_receiver(settings, SystemTime()) as receiver,
        TiplineClient(base_url=receiver.base_url, username="test", password=password) as tipline,
    ):
        schema = tipline.xsd()
    assert schema.xsd.startswith(b"<?xml")
    assert (b"informational" in schema.xsd) == (profile is Profile.NEWER)


def test_wrong_credentials_get_no_schema(tmp_path: Path) -> None:
    with (
        started_receiver(ReceiverSettings(port=0, db_path=tmp_path / "db"), SystemTime()) as far,
        TiplineClient(base_url=far.base_url, username="test", password="wrong") as tipline,
        pytest.raises(TiplineRefused),
    ):
        tipline.xsd()
