"""`answerable token`: one for each scope, each opening just its own doors."""

from pathlib import Path

import pytest
from tests.databases import HandTime
from tests.unit.watch_room import new_house
from typer.testing import CliRunner

from answerable.access.model import Forbidden, Scope
from answerable.apps.cli.__main__ import app
from answerable.apps.settings import Settings
from answerable.apps.wiring import open_house


@pytest.fixture
def given(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The options that name an installation on this database."""
    new_house(tmp_path, database_url, HandTime()).close()
    monkeypatch.setenv("ANSWERABLE_DATABASE", database_url)
    return ["--home", str(tmp_path / "home")]


def made(given: list[str], *scopes: str) -> str:
    told = [word for scope in scopes for word in ("--scope", scope)]
    answer = CliRunner().invoke(app, ["token", "a machine", *told, *given])
    assert answer.exit_code == 0, answer.output
    return answer.stdout.strip()


def test_every_scope_can_be_asked_for_and_opens_its_own_doors_only(
    given: list[str], database_url: str, tmp_path: Path
) -> None:
    tokens = {scope: made(given, scope.value) for scope in Scope}
    plain, both = made(given), made(given, "alerts", "watch")
    settings = Settings(home=tmp_path / "home", database=database_url)
    house = open_house(settings)
    for scope in Scope:
        for other in Scope:
            if scope is other:
                assert house.authenticate(tokens[scope], other).scopes == {scope}
            else:
                with pytest.raises(Forbidden):
                    house.authenticate(tokens[scope], other)
    assert house.authenticate(plain, Scope.INTAKE).scopes == {Scope.INTAKE, Scope.DIRECTIVES}
    assert house.authenticate(both, Scope.ALERTS).scopes == {Scope.ALERTS, Scope.WATCH}
    house.close()


def test_an_unknown_scope_is_refused_and_the_known_ones_are_said(given: list[str]) -> None:
    answer = CliRunner().invoke(app, ["token", "a machine", "--scope", "everything", *given])
    assert answer.exit_code == 2
    for scope in Scope:
        assert scope.value in answer.output
