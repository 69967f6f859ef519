"""kill -9 of app, signer and both, on PostgreSQL: see test_kill_nine.py."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests import databases
from tests.kills.run_seeds import run_seeds


@pytest.fixture
def database(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A database of this test's own."""
    name = f"kills_{uuid4().hex[:16]}"
    databases._create(postgres_server, name, template=postgres_template)
    yield databases._named(postgres_server, name)
    databases._admin(postgres_server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.mark.slow
def test_kills_on_postgresql(
    tmp_path: Path, seed: int, how_many: Callable[[int, int], int], database: str
) -> None:
    """Quick (1 seed): two calls and an intake. Long (28 seeds): as on SQLite."""
    run_seeds(tmp_path, "PostgreSQL", 4_000 * (seed - 1) + 2, how_many(1, 28), database=database)
