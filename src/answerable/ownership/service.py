"""A statement of ownership is imported whole or not at all, and every version is kept."""

import hashlib
from dataclasses import dataclass
from datetime import date

from answerable.events.event import event_header
from answerable.events.house import OwnershipPublished
from answerable.events.work import Runs
from answerable.kernel.ids import ActorId, Site
from answerable.kernel.time import Millis, to_datetime
from answerable.ownership.bods import read_file
from answerable.ownership.resolve import LOWER_THRESHOLD, Resolution, resolve
from answerable.ownership.store import OwnershipWork, PublishedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the public page shows: who holds at 25 %, who at 10 %, and every gap."""

    published: Millis
    sha256: str
    usual: Resolution
    lower: Resolution


class PublishOwnership:
    """Import a BODS 0.4 file. Raises FaultyFile listing every fault; nothing is changed then."""

    def __init__(self, runs: Runs[OwnershipWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, raw: bytes, actor: ActorId) -> Shown:
        file = read_file(raw)
        sha256 = hashlib.sha256(raw).hexdigest()

        def fn(work: OwnershipWork) -> Shown:
            now = work.now()
            shown = _shown(PublishedFile(sha256=sha256, content=raw, published=now), now)
            latest = work.ownership.latest(site)
            if latest is not None and latest.sha256 == sha256:
                return shown
            work.ownership.put(site, PublishedFile(sha256=sha256, content=raw, published=now))
            work.record(
                OwnershipPublished(
                    **event_header(site, work.ownership.site_subject(site), actor, now),
                    sha256=sha256,
                    statements=len(file.statements),
                    gaps=len(shown.usual.gaps),
                    summary={
                        "subject": shown.usual.name,
                        "holders": [holder.name for holder in shown.usual.holders],
                    },
                )
            )
            return shown

        return self._runs.run(fn)


class ShowOwnership:
    """What stands now, resolved as of today; None where nothing was ever published."""

    def __init__(self, runs: Runs[OwnershipWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site) -> Shown | None:
        def fn(work: OwnershipWork) -> Shown | None:
            latest = work.ownership.latest(site)
            return None if latest is None else _shown(latest, work.now())

        return self._runs.read(fn)


def _shown(published: PublishedFile, now: Millis) -> Shown:
    file = read_file(published.content)
    today: date = to_datetime(now).date()
    return Shown(
        published=published.published,
        sha256=published.sha256,
        usual=resolve(file, on=today),
        lower=resolve(file, on=today, threshold=LOWER_THRESHOLD),
    )
