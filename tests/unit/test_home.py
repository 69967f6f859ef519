"""A home keeps its keys: what is lost is said, and never silently made anew."""

import json
from pathlib import Path

import pytest
from tests.unit.console_room import founded

from answerable.apps.founding import make_home
from answerable.apps.home import Home
from answerable.apps.settings import Settings
from answerable.apps.wiring import open_house
from answerable.kernel.errors import Breach, Refusal

pytestmark = pytest.mark.slow  # a whole house with its database for each test


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return founded(tmp_path, synthetic=False)


@pytest.mark.parametrize("glob", ["master.key", "*receipts*", "*bundle*"])
def test_a_lost_key_is_a_breach_and_never_replaced(settings: Settings, glob: str) -> None:
    (lost,) = (settings.home / "keys").glob(glob)
    lost.unlink()
    with pytest.raises(Breach, match="lost"):
        open_house(settings)
    assert not lost.exists()


def test_a_lost_look_up_key_is_said_when_it_is_needed(settings: Settings) -> None:
    house = open_house(settings)
    house.home.lookup_key.unlink()
    with pytest.raises(Breach, match="lost"):
        _ = house.lookup_key
    house.close()


def test_making_a_home_again_changes_nothing(settings: Settings) -> None:
    before = {p: p.read_bytes() for p in (settings.home / "keys").iterdir()}
    make_home(settings, synthetic=False).close()
    assert {p: p.read_bytes() for p in (settings.home / "keys").iterdir()} == before


def test_whether_a_site_is_synthetic_is_said_at_its_creation_or_never(settings: Settings) -> None:
    with pytest.raises(Refusal, match="for good"):
        make_home(settings, synthetic=True)


def test_no_home_is_a_clear_refusal(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="answerable init"):
        open_house(Settings(home=tmp_path / "nothing"))


def test_a_newer_home_is_not_touched(settings: Settings) -> None:
    facts = json.loads((settings.home / "home.json").read_text())
    (settings.home / "home.json").write_text(json.dumps({**facts, "format": 99}))
    with pytest.raises(Breach, match="format 99"):
        open_house(settings)


def test_one_up_at_a_time(settings: Settings) -> None:
    home = Home(settings.home)
    with home.locked(), pytest.raises(Refusal, match="already running"), home.locked():
        pass
