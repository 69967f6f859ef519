"""Ingest: a file of ads becomes submissions, row by row, through the same intake as the API.

Safe to repeat: a row's identity is its mapped id, else source name and row number; unchanged
words leave the ad alone, changed words make a revision. Works while `up` runs and while it is
stopped; then screening is done here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from answerable.ads.model import Provenance, Source, Submission, Submitted
from answerable.apps.cli.ingest_rows import AdRow, read_ads
from answerable.apps.cli.sources import BadRow
from answerable.apps.export import running
from answerable.apps.wiring import SCREENING_LANE, House
from answerable.kernel.errors import Refusal
from answerable.screening.activation import check_in_force

BATCH = 100


@dataclass(slots=True)
class Ingested:
    """What became of the rows. `refused` are (line, row, reason)."""

    received: int = 0
    revised: int = 0
    unchanged: int = 0
    screened: int = 0
    refused: list[tuple[int, int, str]] = field(default_factory=list)


def ingest(
    house: House,
    path: Path,
    mapping: dict[str, str],
    *,
    encoding: str,
    backfill: bool,
    progress: Callable[[int, int], None],
) -> Ingested:
    """Take every row that can be taken. Raises SourceUnreadable; Refusal where the rows would be
    judged here, under a pack that is not in force.

    `progress(done, size)` is called after each batch, in bytes of the file.
    """
    judges = not running(house.home)
    if judges:
        check_in_force(house.pack, house.read_packs.in_force(house.site))
    source, rows = read_ads(path, mapping, encoding=encoding)
    done = Ingested()
    provenance = Provenance.BACKFILL if backfill else Provenance.LIVE
    for batch in _batches(rows, done):
        answers = house.receive_ad.take_all(
            house.site, [_submission(row, provenance) for row in batch]
        )
        for row, answer in zip(batch, answers, strict=True):
            _count(done, row, answer)
        progress(source.progress.done, source.size)
    progress(source.size, source.size)
    if judges:
        box = house.outbox(SCREENING_LANE, "ingest")
        box.take_over()
        while claimed := box.run_once():
            done.screened += claimed
    return done


def _batches(rows: Iterator[AdRow | BadRow], done: Ingested) -> Iterator[list[AdRow]]:
    batch: list[AdRow] = []
    for row in rows:
        if isinstance(row, BadRow):
            done.refused.append((row.line, row.number, row.reason))
            continue
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _count(done: Ingested, row: AdRow, answer: Submitted | Refusal | None) -> None:
    if answer is None:
        done.unchanged += 1
    elif isinstance(answer, Refusal):
        done.refused.append((row.line, row.number, answer.reason))
    elif answer.revision == 0:
        done.received += 1
    else:
        done.revised += 1


def _submission(row: AdRow, provenance: Provenance) -> Submission:
    facts = row.facts
    place = {name: facts[name] for name in ("country", "region", "city") if facts.get(name)}
    if facts.get("place"):
        place["text"] = facts["place"]
    account = {
        "id": facts.get("account"),
        "emails": [{"address": facts["email"]}] if facts.get("email") else [],
        "phones": [{"number": facts["phone"]}] if facts.get("phone") else [],
    }
    told = {name: value for name, value in account.items() if value}
    extra = {name: facts[name] for name in ("price", "created") if facts.get(name)}
    return Submission(
        external_id=row.external_id,
        text={**row.text, **extra},
        section=facts.get("section", ""),
        place=place,
        language=facts.get("language"),
        account=told or None,
        provenance=provenance,
        source=Source.API,
        url=facts.get("url"),
    )
