"""The example site as a process, and as a stranger to the product."""

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.installation import free_ports, until

pytestmark = pytest.mark.slow  # a whole house with its database for each test

SRC = Path(__file__).resolve().parents[2] / "src" / "answerable" / "apps" / "example_site"
BIKE = {"title": "City bike, three gears", "body": "Rides well. Call +1 202-555-0142."}
SIGN = "Ask for bluelantern."

SRC = Path(__file__).resolve().parents[2] / "src" / "answerable" / "apps" / "example_site"
BIKE = {"title": "City bike, three gears", "body": "Rides well. Call +1 202-555-0142."}


def test_it_knows_the_product_over_http_only() -> None:
    allowed = (
        "answerable.kernel",
        "answerable.adapters.clock",
        "answerable.apps.serving",
        "answerable.apps.example_site",
    )
    imported = {
        node.module
        for path in SRC.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module is not None
    }
    ours = {module for module in imported if module.startswith("answerable")}
    assert ours
    assert [module for module in sorted(ours) if not module.startswith(allowed)] == []


def started(folder: Path, **more: Any) -> tuple[subprocess.Popen[bytes], int]:
    (port,) = free_ports(1)
    token = folder / "token"
    token.write_text("not a token\n")
    told: Mapping[str, str] = {
        "ANSWERABLE_URL": "http://127.0.0.1:9",
        "ANSWERABLE_TOKEN_FILE": str(token),
        "ANSWERABLE_SITE_PORT": str(port),
        "ANSWERABLE_SITE_DB": str(folder / "site.sqlite3"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "answerable.apps.example_site"],
        env={**os.environ, **told},
        stderr=subprocess.DEVNULL,
        **more,
    )

    def healthy() -> bool:
        assert process.poll() is None, "it ended by itself"
        try:
            return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    until(healthy, "the site answers")
    return process, port


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "ignored"),
    [(signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGINT, True)],
)
def test_it_ends_with_0_when_asked(tmp_path: Path, number: int, ignored: bool) -> None:
    """Also where SIGINT was inherited ignored, and while the API is not there."""

    def ignore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    process, port = started(tmp_path, preexec_fn=ignore if ignored else None)
    httpx.post(f"http://127.0.0.1:{port}/post", data=BIKE, trust_env=False)
    process.send_signal(number)
    assert process.wait(timeout=20) == 0
