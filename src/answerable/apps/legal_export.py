"""From a confirmed export to its archive: gathered as of a tree size, written, recorded, given.

What it holds is fixed by the export's own row: scope by when it was ordered, events by the tree
size. So it can be made again, with the same bytes unless something was erased since.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.adapters.bundle.production import Item, differences, write_production
from answerable.adapters.sql import core
from answerable.adapters.sql.alerts import alert
from answerable.adapters.sql.cases import case_ad, review_case
from answerable.adapters.sql.reports import report, report_ad
from answerable.adapters.sql.work import SqlWork
from answerable.apps.legal_words import certificate, custody_row, readme
from answerable.apps.wiring import House
from answerable.events.evidence import Purpose, Reading
from answerable.events.sealing import commit_key
from answerable.kernel.canonical import Json
from answerable.kernel.errors import NotFound, Outage, Refusal
from answerable.kernel.ids import AdId, Site, SubjectId
from answerable.kernel.time import iso
from answerable.ledger.checkpoint import read_head
from answerable.ledger.merkle import inclusion_proof
from answerable.ledger.proof import TlogProof
from answerable.preservation import process as law
from answerable.preservation.process import Export, Process
from answerable.preservation.process_service import ProcessView

PAGE = 500
_FAMILIES = {
    "ad": law.AD,
    "screen": law.SCREENING,
    "directive": law.DIRECTIVE,
    "hold": law.HOLD,
    "case": law.CASE,
    "decision": law.CASE,
    "clock": law.CASE,
    "report": law.REPORT,
    "alert": law.ALERT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An archive on disk, and how it differs from the one before it (path, what, why)."""

    export: Export
    path: Path
    differences: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    """A chain that speaks of ads in scope. `alone`: of no other ad."""

    ads: tuple[str, ...]
    alone: bool


def ready_export(view: ProcessView, number: int | None = None) -> Export:
    """The confirmed export of that number, or the last. Raises Refusal where none is confirmed."""
    chosen = [e for e in view.exports if number is None or e.number == number]
    if not chosen:
        raise Refusal("two people must confirm an export first; see the page of the process")
    return chosen[-1]


def make_export(house: House, by: Actor, process: str, number: int | None, target: Path) -> Made:
    """Write the archive to `target`; record its digest first if it is the first time.

    Raises Forbidden, NotFound, Refusal, Conflict, or Outage where nothing is published yet.
    """
    require(by, Permission.PROCESS_HANDLE, house.site)
    view = house.keeping.read_process(house.site, by, process)
    export = ready_export(view, number)
    head = _head(house, export)
    export = replace(export, tree_size=head[0])
    gathered = _Gathered(house, by, view, export, head[1])
    custody = gathered.custody()
    pages = {
        "README.txt": readme(view, export, house.facts.origin),
        "certificate.txt": certificate(view, export, house.facts.origin),
    }
    written = write_production(
        target,
        origin=house.facts.origin,
        pages=pages,
        items=gathered.items(),
        custody=custody,
        sign=house.keys.bundle.sign,
    )
    made = replace(
        export,
        sha256=written.sha256,
        size=written.size,
        items=len(written.numbers),
        files=written.files,
    )
    if export.made is not None:  # again: the record stands, differences are told
        return Made(export=export, path=target, differences=differences(export.files, written))
    ends = (min(written.numbers, default=""), max(written.numbers, default=""))
    made = house.keeping.note_export(by, made, ends)
    before = [e for e in view.exports if e.made is not None and e.number < export.number]
    told = differences(before[-1].files, written) if before else ()
    return Made(export=made, path=target, differences=told)


def _head(house: House, export: Export) -> tuple[int, bytes]:
    """Tree size and checkpoint: the export's own, or the newest published where it has none."""
    if export.made is None:
        note = house.tiles.checkpoint()
        if note is None:
            raise Outage("nothing is published yet; ask again in a moment")
        return read_head(note).size, note

    def fn(work: SqlWork) -> str | None:
        found: str | None = work.conn.execute(
            select(core.head.c.note).where(
                core.head.c.site == house.site, core.head.c.size == export.tree_size
            )
        ).scalar_one_or_none()
        return found

    kept = house.store.read(fn)
    if kept is None:
        raise NotFound("the head of this export is not in the database", size=export.tree_size)
    return export.tree_size, kept.encode("utf-8")


class _Gathered:
    """Reads what one export holds."""

    def __init__(
        self, house: House, by: Actor, view: ProcessView, export: Export, checkpoint: bytes
    ) -> None:
        self._house, self._by, self._view, self._export = house, by, view, export
        self._checkpoint = checkpoint
        self._tiles = house.tiles.reader(export.tree_size)
        self._chains = house.store.read(self._find_chains)

    def custody(self) -> list[Mapping[str, Json]]:
        """Who did what with this process, as far as the log went at this size."""
        rows = self._house.store.read(
            lambda work: self._rows(work, [str(self._view.process.subject)])
        )
        leaves = {row.leaf_hash for row in rows}
        return [custody_row(each) for each in self._view.log if each.leaf_hash in leaves]

    def items(self) -> Iterator[Item]:
        """Events in the order of the log, then the files that they name."""
        rows = self._house.store.read(lambda work: self._rows(work, sorted(self._chains)))
        rows = [row for row in rows if self._opens(row)]
        files: dict[str, tuple[str, str, str]] = {}  # digest: key, media type, first named in
        keys = [row.event_id for row in rows]
        numbers = self._numbers(keys)
        for start in range(0, len(rows), PAGE):
            page = rows[start : start + PAGE]
            groups = self._house.store.read(
                lambda work, page=page: work.groups_of([row.event_id for row in page])  # type: ignore[misc]
            )
            for row in page:
                item, named = self._item(row, groups[row.event_id], numbers[row.event_id])
                for place, (digest, media) in enumerate(named):
                    files.setdefault(digest, (f"{row.event_id}:{place}", media, item.number))
                yield item
        numbers = self._numbers([key for key, _, _ in files.values()])
        for digest, (key, media, first) in files.items():
            if (file := self._file(digest, numbers[key], media, first)) is not None:
                yield file

    def _numbers(self, keys: Sequence[str]) -> dict[str, str]:
        """Bates numbers: `MAIN-ABCDEF-000001`, given once."""
        process = self._view.process
        start = f"{process.site}-{process.id[:6]}".upper()
        given = self._house.store.run(
            lambda work: work.processes.numbers(process.site, process.id, keys)
        )
        return {key: f"{start}-{number:06d}" for key, number in given.items()}

    def _find_chains(self, work: SqlWork) -> dict[str, _Chain]:
        """Subject to the ads in scope that it speaks of. In scope: held when it was ordered."""
        process, site = self._view.process, self._house.site
        holds = work.preservation.holds_for(site, process.id)
        ads = sorted({h.ad for h in holds if h.started <= self._export.ordered})
        names: dict[str, str] = {}
        found: dict[str, _Chain] = {}
        for ad in ads:
            row = work.ads.get(site, ad)
            names[ad] = row.external_id
            for own in (row.open_subject, row.closed_subject):
                found[own] = _Chain(ads=(row.external_id,), alone=True)
        for subject, about in _shared(work, site, ads).items():
            inside = tuple(sorted(names[ad] for ad in about if ad in names))
            found[subject] = _Chain(ads=inside, alone=len(inside) == len(about))
        return found

    def _rows(self, work: SqlWork, subjects: Sequence[str]) -> list[Any]:
        """Events of these chains that stood in the log at this size, in its order."""
        found: list[Any] = []
        for start in range(0, len(subjects), PAGE):
            found += work.conn.execute(
                select(core.event, core.leaf.c.idx)
                .join(core.leaf, core.leaf.c.event_id == core.event.c.event_id)
                .where(
                    core.event.c.site == self._house.site,
                    core.event.c.subject.in_(subjects[start : start + PAGE]),
                    core.leaf.c.site == self._house.site,
                    core.leaf.c.idx < self._export.tree_size,
                )
            ).all()
        return sorted(found, key=lambda row: row.idx)

    def _opens(self, row: Any) -> frozenset[str]:
        """Which groups of this event are given: allowed, confirmed, and of no other ad."""
        family = _FAMILIES.get(row.type.partition(".")[0])
        if family is None:
            return frozenset()
        groups = law.opened_groups(self._view.process.kind, family, self._export.data_groups)
        return groups if self._chains[row.subject].alone else groups - {"report"}

    def _item(
        self, row: Any, groups: Mapping[str, tuple[bytes, bytes]], number: str
    ) -> tuple[Item, list[tuple[str, str]]]:
        envelope = json.loads(row.envelope)
        opens, every = self._opens(row), sorted(envelope["groups"])
        shown = {name: json.loads(groups[name][1]) for name in every if name in opens & set(groups)}
        withheld = [name for name in every if name not in opens]
        erased = [name for name in every if name in opens and name not in groups]
        chain = self._chains[row.subject]
        told = {
            "number": number,
            "ads": list(chain.ads),
            "event": {k: envelope[k] for k in ("type", "v", "actor", "org", "sseq")},
            "happened": iso(envelope["happened"]),
            "known": iso(envelope["known"]),
            "recorded": iso(envelope["recorded"]),
            "fields": shown,
            "withheld": withheld,
            "erased": erased,
            "leaf_hash": row.leaf_hash.hex(),
            "index": row.idx,
        }
        spelled: dict[str, Json] = {}
        for name in every:
            if name in shown:
                secret, body = groups[name]
                spelled[name] = {"key": _base64(commit_key(secret)), "body": body.decode("utf-8")}
            else:
                spelled[name] = {"erased": True} if name in erased else {"withheld": "not opened"}
        content = json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        files = [
            (str(each["sha256"]), str(each.get("media_type", "")))
            for each in shown.get("images", {}).get("attachments") or ()
        ]
        item = Item(
            number=number,
            suffix=".json",
            content=content.encode("utf-8"),
            row={"number": number, "kind": row.type, "ads": list(chain.ads), "index": row.idx},
            opening={
                "index": row.idx,
                "ek": _base64(row.ek),
                "envelope": row.envelope.decode("utf-8"),
                "groups": spelled,
            },
            proof=self._proof(row),
            lost=tuple(erased),
        )
        return item, files

    def _proof(self, row: Any) -> bytes:
        path = inclusion_proof(row.idx, self._export.tree_size, self._tiles.hash_at)
        return TlogProof(
            index=row.idx, path=tuple(path), checkpoint=self._checkpoint, extra=row.leaf_hash
        ).raw

    def _file(self, digest: str, number: str, media: str, first: str) -> Item | None:
        """The bytes of a file; None where they are not held any more, which its item shows."""
        why = Reading(
            purpose=Purpose.EXPORT,
            by=self._by.id,
            org=self._by.organisation,
            about=self._view.process.id,
        )
        try:
            content = self._house.files.read(self._house.site, digest, why)
        except NotFound:
            return None
        row: dict[str, Json] = {"number": number, "kind": "file", "named_in": first, "media": media}
        return Item(number=number, suffix=".bin", content=content, row=row)


def _shared(work: SqlWork, site: Site, ads: Sequence[AdId]) -> dict[str, set[str]]:
    """Chains of cases, reports and alerts of these ads, each with every ad it speaks of."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(ads), PAGE):
        some = ads[start : start + PAGE]
        for one, other, name, subject in (
            (case_ad, review_case, "case_id", review_case.c.subject),
            (report_ad, report, "report_id", report.c.subject),
        ):
            mine = select(one.c[name]).where(one.c.site == site, one.c.ad_id.in_(some))
            query = (
                select(subject, one.c.ad_id)
                .join(other, other.c[name] == one.c[name])
                .where(one.c.site == site, one.c[name].in_(mine))
            )
            for chain, ad in work.conn.execute(query):
                found.setdefault(SubjectId(chain), set()).add(ad)
        alerts = select(alert.c.subject, alert.c.ad_id).where(
            alert.c.site == site, alert.c.ad_id.in_(some)
        )
        for chain, ad in work.conn.execute(alerts):
            found.setdefault(SubjectId(chain), set()).add(ad)
    return found


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def export_name(process: Process, export: Export) -> str:
    """A file name that says which process and which export."""
    return f"process-{process.id[:6]}-export-{export.number}.zip"
