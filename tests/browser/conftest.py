"""A real browser for each test: Debian's chromium, headless. Skipped loudly where there is none."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.demo import DemoInstallation

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def demo(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoInstallation]:
    """One installation a file, up; the browser first, so that without it nothing is started."""
    folder: Path = tmp_path_factory.mktemp("demo")
    installation = DemoInstallation(folder, exit_url="about:blank")
    try:
        installation.start()
        yield installation
    finally:
        assert installation.stop() == 0
