"""Pictures for the documentation, taken from a real demo: started, looked at, ended.

    screenshots.py [--out FOLDER]      default docs/images

Starts `answerable run` in a home of its own on free ports, waits until it is healthy, adds one ad
that is edited and alerted, logs in with the demo's log-ins and takes one picture a page. Needs the
test extra and Debian's chromium.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: ViewportSize = {"width": 1280, "height": 860}
TALL: ViewportSize = {"width": 1280, "height": 1500}
PHONE: ViewportSize = {"width": 420, "height": 860}
AD = {
    "title": "City bike, like new",
    "body": "Blue, 54 cm, bluelantern. Call two oh two 555 oh one two six after six.",
    "section": "bikes",
    "city": "Springfield",
    "account": "velo22",
}
EDITED = {"title": "City bike, like new", "body": "Blue, 54 cm. Call 202-555-0126 after six."}
HEALTHY_SECONDS = 240.0
SCREENED_SECONDS = 30.0
END_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Where a running demo answers, and who may log in."""

    app: str
    receiver: str
    site: str
    token: str
    log_ins: dict[str, str]


def free_ports(count: int) -> list[int]:
    """Ports that are free now; all held at once, so that they differ."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@contextmanager
def running(folder: Path) -> Iterator[Demo]:
    """A demo in `folder`, healthy; ended whatever happens."""
    app, receiver, site = free_ports(3)
    home = folder / "home"
    environment = os.environ | {
        "ANSWERABLE_HOME": str(home),
        "ANSWERABLE_PORT": str(app),
        "ANSWERABLE_RECEIVER_PORT": str(receiver),
        "ANSWERABLE_SITE_PORT": str(site),
    }
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "answerable.apps.cli", "run"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        wait_until_healthy(f"http://127.0.0.1:{app}/healthz", process, folder / "output")
        yield Demo(
            app=f"http://127.0.0.1:{app}",
            receiver=f"http://127.0.0.1:{receiver}",
            site=f"http://127.0.0.1:{site}",
            token=(home / "site-token").read_text("utf-8").strip(),
            log_ins=log_ins_of(home / "demo-log-ins.txt"),
        )
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_healthy(url: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
    """Until 200. Ends the script with the demo's own words if it ends or takes too long."""
    until, last = time.monotonic() + HEALTHY_SECONDS, "no answer"
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"the demo ended:\n{output.read_text('utf-8', 'replace')[-3000:]}")
        try:
            answer = httpx.get(url, timeout=5)
        except httpx.HTTPError:
            pass
        else:
            if answer.status_code == httpx.codes.OK:
                return
            last = answer.text
        time.sleep(0.2)
    tail = output.read_text("utf-8", "replace")[-3000:]
    sys.exit(f"the demo did not get healthy: {last}\n{tail}")


def log_ins_of(file: Path) -> dict[str, str]:
    """Log-in name to password, as the demo home keeps them."""
    rows = (line.split() for line in file.read_text("utf-8").splitlines()[1:])
    return {row[0]: row[1] for row in rows if len(row) >= 2}


def one_more_ad(demo: Demo) -> str:
    """An ad that shows most of a case: withheld, edited, alerted. Returns its id on the site."""

    def sent(url: str, **body: object) -> httpx.Response:
        return httpx.post(url, timeout=30, **body).raise_for_status()  # type: ignore[arg-type]

    name = str(sent(f"{demo.site}/api/ads", json=AD).json()["external_id"])
    wait_for_revision(demo, name, 0)
    answer = httpx.post(f"{demo.site}/ads/{name}/edit", data=EDITED, timeout=30)
    if answer.is_error:
        sys.exit(f"the example site answered {answer.status_code} to an edit")
    wait_for_revision(demo, name, 1)
    alert = {"ad": name, "reasons": ["other"], "text": "I am worried about who this is."}
    sent(f"{demo.app}/v1/alerts", json=alert)
    return name


def wait_for_revision(demo: Demo, name: str, revision: int) -> None:
    """Until the app has this revision of the ad and a verdict on the ad."""
    headers = {"Authorization": f"Bearer {demo.token}"}
    until = time.monotonic() + SCREENED_SECONDS
    while time.monotonic() < until:
        answer = httpx.get(f"{demo.app}/v1/ads/{name}", headers=headers, timeout=30)
        told = answer.json() if answer.is_success else {}
        if told.get("revision") == revision and told.get("verdict") is not None:
            return
        time.sleep(0.2)
    sys.exit(f"{name} was not screened in time")


class Album:
    """Takes pictures and says so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page: Page, name: str) -> None:
        """What the window shows, once nothing moves any more."""
        page.wait_for_load_state("networkidle")
        target = self._folder / f"{name}.png"
        page.screenshot(path=target, animations="disabled")
        print(f"{target}  {target.stat().st_size:,} bytes  {page.url}")


def open_page(browser: Browser, url: str, size: ViewportSize) -> Page:
    """A page in a browser of its own: no cookies, no memory."""
    context = browser.new_context(viewport=size, locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    answer = page.goto(url)
    if answer is None or not answer.ok:
        sys.exit(f"{url} answered {answer.status if answer else 'nothing'}")
    return page


def follow(page: Page, part: str, words: str = "") -> None:
    """Go where the first link with `part` in its address and `words` in its text leads."""
    links = page.locator(f'a[href*="{part}"]', has_text=words or None)
    if links.count() == 0:
        sys.exit(f"{page.url} has no link to {part}")
    target = links.first.get_attribute("href") or ""
    page.goto(str(httpx.URL(page.url).join(target)))


def console(browser: Browser, demo: Demo, ad: str, album: Album) -> None:
    page = open_page(browser, f"{demo.app}/console/login", WIDE)
    login, password = next(iter(demo.log_ins.items()))
    page.fill('input[name="login"]', login)
    page.fill('input[name="password"]', password)
    page.locator('form:has(input[name="password"]) button').click()
    page.wait_for_url("**/console*")
    album.take(page, "queue")
    page.set_viewport_size(TALL)  # clocks, alerts and both revisions on one picture
    follow(page, "/console/cases/", ad)
    album.take(page, "console")


def everything(demo: Demo, album: Album, chromium: str) -> None:
    ad = one_more_ad(demo)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        console(browser, demo, ad, album)
        album.take(open_page(browser, f"{demo.app}/alert", PHONE), "alert")
        album.take(open_page(browser, f"{demo.app}/ownership", WIDE), "ownership")
        album.take(open_page(browser, f"{demo.site}/", WIDE), "site")
        receiver = open_page(browser, f"{demo.receiver}/", WIDE)
        follow(receiver, "/reports/")
        album.take(receiver, "report")
        browser.close()


def main() -> int:
    words = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    words.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    given = words.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium here; mend it with:  apt-get install -y chromium")
    with (
        tempfile.TemporaryDirectory(prefix="answerable-pictures-") as folder,
        running(Path(folder)) as demo,
    ):
        everything(demo, Album(given.out), chromium)
    return 0


if __name__ == "__main__":
    sys.exit(main())
