"""Many alerts at once, by page and API: a whole installation whose site obeys, and one that lies.

What has to be true whatever the machine. How long it takes is measured by `benchmarks/alerts.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.browser.demo import DemoInstallation
from tests.installation import until
from tests.load.stampede import SENDERS, Stampede, stampede

pytestmark = pytest.mark.slow


@contextmanager
def trampled(folder: Path, **settings: Any) -> Iterator[Stampede]:
    installation = DemoInstallation(folder, **settings)
    try:
        installation.start()
        with stampede(installation) as run:
            yield run
    finally:
        assert installation.stop() == 0


def test_every_alert_is_hidden_proven_carried_out_and_seen(
    tmp_path: Path, how_many: Callable[[int, int], int]
) -> None:
    count = how_many(24, 1_000)
    with trampled(tmp_path) as run:
        names = run.post_ads(count)
        run.run(names)
        assert sorted(one.ad for one in run.sent) == sorted(names)
        assert {by: sum(one.by == by for one in run.sent) for by in ("page", "api")} == {
            "page": count // 2,
            "api": count // 2,
        }
        assert all(one.hides == 1 for one in run.sent), "hidden before the answer"
        assert len({one.words for one in run.sent}) == count
        assert len({one.leaf for one in run.sent}) == count
        assert run.verified() == count, "every receipt's leaf is in a published head"
        until(lambda: all(one.observed for one in run.obeyed()), "seen to be down", 300)
        told = run.obeyed()
        assert sorted(one.ad for one in told) == sorted(names), "one directive for each, no more"
        assert all(one.acknowledged is not None for one in told)
        assert not any(one.overdue for one in told)
        with httpx.Client(base_url=run.installation.example_site, timeout=60) as site:
            assert {site.get(f"/api/ads/{name}").status_code for name in names} == {404}
        assert run.unseen_alerts() == []


def test_what_a_site_says_and_does_not_do_is_listed_overdue_one_and_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERABLE_SITE_DISOBEY", "true")
    with trampled(tmp_path, down_within_ms=1_000) as run:
        names = run.post_ads(SENDERS)
        run.run(names)
        until(lambda: all(one.overdue for one in run.obeyed()), "each is overdue", 120)
        told = run.obeyed()
        assert sorted(one.ad for one in told) == sorted(names)
        assert not any(one.observed for one in told)
        assert run.unseen_alerts() == []
