"""The people of the story, over HTTP: a poster at the example site, reviewers at the console."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.installation import PASSWORD, Installation, until


class Site:
    """The example site as a visitor sees it."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = httpx.Client(base_url=base, timeout=30)

    def post(self, **ad: Any) -> str:
        answer = self.http.post("/api/ads", json=ad)
        assert answer.status_code == 201
        return str(answer.json()["external_id"])

    def is_up(self, external_id: str) -> bool:
        return self.http.get(f"/ads/{external_id}").status_code == 200

    def inventory(self) -> str:
        return self.http.get("/api/inventory.jsonl").text


@contextmanager
def example_site(installation: Installation, folder: Path, *arguments: str) -> Iterator[Site]:
    """The example site as a process of its own, knowing the API by URL and token only."""
    token, port = folder / "token", installation.settings.site_port
    token.write_text(installation.token)
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "answerable.apps.example_site", *arguments],
        env={
            **os.environ,
            "ANSWERABLE_URL": installation.base,
            "ANSWERABLE_TOKEN_FILE": str(token),
            "ANSWERABLE_SITE_PORT": str(port),
            "ANSWERABLE_SITE_DB": str(folder / "site.sqlite3"),
        },
        start_new_session=True,
    )
    site = Site(base)

    def answers() -> bool:
        try:
            return site.http.get("/healthz").is_success
        except httpx.HTTPError:
            return False

    try:
        until(answers, "the example site answers")
        done = installation.cli("origin", base, "--api", f"{base}/api/ads/{{external_id}}")
        assert done.returncode == 0, done.stderr
        yield site
    finally:
        process.terminate()
        assert process.wait(30) == 0
        site.http.close()


class Reviewer:
    """A person at the console, with nothing but a browser's means: pages, forms, a cookie."""

    def __init__(self, installation: Installation, login: str) -> None:
        self.http = httpx.Client(base_url=installation.base, timeout=30)
        answer = self.http.post(
            "/console/login", data={"login": login, "password": PASSWORD, "next": "/console"}
        )
        assert answer.status_code == 303, answer.text

    def page(self, path: str) -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def case_of(self, external_id: str) -> str:
        """The open case of this ad, by its row in the queue."""
        row = re.compile(r'href="(/console/cases/[a-z2-7]{26})">([^<]*)</a>')

        def look() -> str | None:
            rows = row.findall(self.page("/console"))
            return next((p for p, ads in rows if external_id in ads.split(", ")), None)

        return until(look, f"a case on {external_id} in the queue")

    def send(self, path: str, action: str, fields: Mapping[str, Any]) -> httpx.Response:
        """Fill in a form of the page at `path` and send it. Hidden fields come from the page."""
        found = re.search(r'name="form_key" value="([^"]+)"', self.page(path))
        assert found is not None
        answer = self.http.post(f"{path}/{action}", data={"form_key": found[1], **fields})
        assert answer.status_code == 303, re.sub(r"<[^>]+>", " ", answer.text)
        return answer

    def ads_of(self, path: str) -> list[str]:
        """Our ids of the undecided ads, as the decision form offers them."""
        return re.findall(r'name="ads" value="([a-z2-7]{26})"', self.page(path))

    def proposal_of(self, path: str) -> str:
        found = re.search(r'name="decision" value="([a-z2-7]{26})"', self.page(path))
        assert found is not None
        return found[1]
