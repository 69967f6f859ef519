"""A placement that is asked again under its key happened once (found by killing the app)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.databases import SITE

from answerable.adapters.clock import SystemIds
from answerable.adapters.sql.runner import Store
from answerable.ads.model import PlacementKind, PlacementNews, Submission
from answerable.ads.service import IdempotencyKey, PlaceAd, ReceiveAd
from answerable.kernel.errors import Conflict

NEWS = PlacementNews(external_id="ad-1", kind=PlacementKind.PUBLISHED)
KEY = IdempotencyKey(route="placements", key="k-1", request_sha256=b"\x01" * 32)


@pytest.mark.parametrize("kind", [PlacementKind.RENEWED, PlacementKind.WITHDRAWN])
def test_a_placement_repeated_under_its_key_happens_once(
    make_store: Callable[..., Store], kind: PlacementKind
) -> None:
    store, ids = make_store(), SystemIds()
    ad = ReceiveAd(store, ids).receive(SITE, Submission(external_id="ad-1", text={"body": "x"}))
    place = PlaceAd(store, ids)
    place(SITE, NEWS)
    news = replace(NEWS, kind=kind)
    first = place(SITE, news, KEY)
    again = place(SITE, news, KEY)
    assert again == replace(first, repeated=True)

    def kinds(work: Any) -> list[str]:
        row = work.ads.get(SITE, ad.ad)
        return [r.event.TYPE for r in work.chain_of(SITE, row.open_subject)]

    assert store.read(kinds).count(f"ad.{kind.value}") == 1
    with pytest.raises(Conflict):
        place(SITE, news, replace(KEY, request_sha256=b"\x02" * 32))
