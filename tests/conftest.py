"""The tests' common room: quick and long runs, the shared data, counts that are written down.

`pytest` runs the quick counts, always with the same examples. `pytest --long` also runs what is
marked `long`, with the full counts and fresh examples (`make long` keeps the books).
"""

import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.databases import (  # noqa: F401 - fixtures for every test
    database_url,
    debian_postgres,
    debian_template,
    make_store,
    postgres_server,
    postgres_template,
    quick_folder,
    sqlite_template,
    store,
)

PROJECT = Path(__file__).resolve().parent.parent

LONGEST_FIRST = (
    "tests/browser/test_alert_page_everybody.py",
    "tests/story/test_story.py",
    "tests/browser",
    "tests/kills",
    "tests/load",
    "tests/story",
    "tests/unit/test_resubmissions.py",
    "tests/properties/test_screening_view_laws.py",
    "tests/contracts",
    "tests/properties",
)
"""A file is one worker's: one that takes long must not begin when the others have ended."""

DATABASES = {"database_url", "postgres_template", "sqlite_template", "store"}

settings.register_profile(
    "quick",
    derandomize=True,
    max_examples=50,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long",
    max_examples=2_000,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="also what is marked long, with the full counts"
    )


def pytest_configure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ and (folder := quick_folder()):
        # Databases, logs and homes of the tests too; whoever sets TMPDIR chooses for themselves.
        os.environ.setdefault("TMPDIR", folder)
        tempfile.tempdir = None
    settings.load_profile("long" if config.getoption("--long") else "quick")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A long run takes what is marked `long` or asks `how_many`; a quick one leaves `long` out.

    Whoever asks for a database is slow, without saying so. Files that take long come first.
    """
    items.sort(key=lambda item: _place(item.nodeid))  # stable: inside a file nothing moves
    long = config.getoption("--long")
    for item in items:
        asks = set(getattr(item, "fixturenames", ()))
        if asks & DATABASES:
            item.add_marker(pytest.mark.slow)
        if long and "how_many" in asks:
            item.add_marker(pytest.mark.long)
    if long:
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def _place(nodeid: str) -> int:
    found = (n for n, name in enumerate(LONGEST_FIRST) if nodeid.startswith(name))
    return next(found, len(LONGEST_FIRST))


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return PROJECT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data, read by path and never copied; a loud skip where it is absent."""
    folder = Path(os.environ.get("ANSWERABLE_SHARED") or PROJECT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"shared data not here: {folder}")
    return folder.resolve()


@pytest.fixture(scope="session")
def shared_path(shared: Path) -> Callable[[str], Path]:
    """`shared_path("data/real-job-ads.csv")`: that path, or a loud skip."""

    def find(relative: str) -> Path:
        path = shared / relative
        if not path.exists():
            pytest.skip(f"shared data not here: {path}")
        return path

    return find


@pytest.fixture
def seed(record_property: Callable[[str, object], None]) -> int:
    """The number that a test's chance starts from: ANSWERABLE_SEED, else 1. Written down."""
    value = int(os.environ.get("ANSWERABLE_SEED", "1"))
    record_property("seed", value)
    return value


@pytest.fixture
def luck(seed: int) -> random.Random:
    """Chance that can be replayed."""
    return random.Random(seed)


@pytest.fixture
def how_many(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Callable[[int, int], int]:
    """`how_many(5, 50)`: 5 in a quick run, 50 in a long one; the number is written down."""

    def choose(quick: int, full: int) -> int:
        count = full if request.config.getoption("--long") else quick
        record_property("count", count)
        return count

    return choose
