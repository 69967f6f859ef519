"""Storage of screening: outcomes, the contact projection, the active pack."""

from collections.abc import Callable, Sequence
from typing import Protocol

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from answerable.adapters.sql import core
from answerable.adapters.sql.ads import SqlAds, placement, section_closure
from answerable.adapters.sql.base import (
    bytes_column,
    id_column,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.kernel.ids import AdId, EventId, PlacementId, Site, SubjectId
from answerable.kernel.sketch import Sketch
from answerable.kernel.time import Millis
from answerable.networks.decide import returned
from answerable.networks.model import Kin
from answerable.screening.store import ActivePack, AdFacts, FoundContact, Outcome, Returned

outcome = Table(
    "screening_outcome",
    metadata,
    site_column(),
    Column("ad_id", String(40), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("strong", Boolean, nullable=False),
    Column("pack", String(200), nullable=False),
    id_column("event_id"),
    millis_column("at"),
)

contact = Table(
    "contact",
    metadata,
    site_column(),
    Column("ad_id", String(40), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("value", String(500), nullable=False),
    Column("field", String(64), nullable=False),
    Column("technique", Text, nullable=True),  # several join with +
    Index("ix_contact_site_kind_value", "site", "kind", "value"),
)

text_sketch = Table(
    "text_sketch",
    metadata,
    site_column(),
    Column("ad_id", String(40), primary_key=True),
    Column("revision", Integer, primary_key=True),
    bytes_column("whole"),
    bytes_column("shingles"),
    bytes_column("words"),
    bytes_column("ages"),
    Column("size", Integer, nullable=False),
)

active_pack = Table(
    "active_pack",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("name", Text, nullable=False),
    millis_column("since"),
)


class FindsKin(Protocol):
    """What the networks know, asked on the same connection (adapters.sql.kinship)."""

    def find(
        self, site: Site, name: AdId, revision: int, rules: frozenset[str], now: Millis
    ) -> tuple[Kin, ...]: ...


class SqlScreening:
    """ScreeningStore over one open connection."""

    def __init__(self, conn: Connection, kin: "Callable[[], FindsKin] | None" = None) -> None:
        self._conn = conn
        self._ads = SqlAds(conn)
        self._kin = kin

    def ad_facts(self, site: Site, ad_id: AdId, *, lock: bool = False) -> AdFacts:
        ad = self._ads.get(site, ad_id, lock=lock)
        return AdFacts(
            ad=ad.id,
            external_id=ad.external_id,
            open_subject=ad.open_subject,
            closed_subject=ad.closed_subject,
            section=ad.section,
            jurisdiction=ad.jurisdiction,
            last_revision=ad.last_revision,
        )

    def revision_event(self, site: Site, ad_id: AdId, number: int) -> EventId:
        return self._ads.revision_event(site, ad_id, number)

    def has_words(self, event: EventId) -> bool:
        key = select(core.dek.c.name).where(
            core.dek.c.event_id == event, core.dek.c.name == "ad_text"
        )
        return self._conn.execute(key).first() is not None

    def placed_at(self, site: Site, name: PlacementId) -> tuple[str, str] | None:
        row = self._conn.execute(
            select(placement.c.section, placement.c.jurisdiction).where(
                placement.c.site == site, placement.c.placement_id == name
            )
        ).one_or_none()
        return None if row is None else (row.section, row.jurisdiction)

    def closed_notice(self, site: Site, section: str, jurisdiction: str, now: Millis) -> str | None:
        """A closure for `US` covers `US-CA`; one for "" covers everywhere."""
        wider = {"", jurisdiction, jurisdiction.split("-", maxsplit=1)[0]}
        return self._conn.execute(
            select(section_closure.c.notice)
            .where(
                section_closure.c.site == site,
                section_closure.c.section == section,
                section_closure.c.jurisdiction.in_(sorted(wider)),
                section_closure.c.since <= now,
            )
            .order_by(section_closure.c.jurisdiction)
            .limit(1)
        ).scalar_one_or_none()

    def put_outcome(self, site: Site, value: Outcome) -> None:
        upsert(
            self._conn,
            outcome,
            {
                "site": site,
                "ad_id": value.ad,
                "revision": value.revision,
                "verdict": value.verdict,
                "strong": value.strong,
                "pack": value.pack,
                "event_id": value.event,
                "at": value.at,
            },
            key=("ad_id",),
        )

    def outcome(self, site: Site, ad_id: AdId) -> Outcome | None:
        row = self._conn.execute(
            select(outcome).where(outcome.c.site == site, outcome.c.ad_id == ad_id)
        ).one_or_none()
        if row is None:
            return None
        return Outcome(
            ad=AdId(row.ad_id),
            revision=row.revision,
            verdict=row.verdict,
            strong=row.strong,
            pack=row.pack,
            event=EventId(row.event_id),
            at=Millis(row.at),
        )

    def put_contacts(
        self, site: Site, ad_id: AdId, revision: int, contacts: Sequence[FoundContact]
    ) -> None:
        self._conn.execute(
            delete(contact).where(
                contact.c.site == site, contact.c.ad_id == ad_id, contact.c.revision == revision
            )
        )
        rows = [
            {
                "site": site,
                "ad_id": ad_id,
                "revision": revision,
                "number": number,
                "kind": found.kind,
                "value": found.value[:500],
                "field": found.field[:64],
                "technique": found.technique,
            }
            for number, found in enumerate(dict.fromkeys(contacts))
        ]
        if rows:
            self._conn.execute(insert(contact), rows)

    def put_sketch(self, site: Site, ad_id: AdId, revision: int, sketch: Sketch) -> None:
        values = {
            "site": site,
            "ad_id": ad_id,
            "revision": revision,
            "whole": sketch.whole,
            "shingles": sketch.shingles,
            "words": sketch.words,
            "ages": b"".join(sorted(sketch.ages)),
            "size": sketch.size,
        }
        upsert(self._conn, text_sketch, values, key=("ad_id", "revision"))

    def returned(
        self,
        site: Site,
        ad_id: AdId,
        revision: int,
        rules: frozenset[str],
        now: Millis,
        *,
        away: bool,
    ) -> Returned:
        if self._kin is None:
            return Returned()
        found = self._kin().find(site, ad_id, revision, rules, now)
        told = returned(found, away=away)
        return Returned(rules=told.rules, moved=told.moved)

    def any_closed(self, site: Site, now: Millis) -> bool:
        closed = select(section_closure.c.section).where(
            section_closure.c.site == site, section_closure.c.since <= now
        )
        return self._conn.execute(closed.limit(1)).first() is not None

    def site_subject(self, site: Site) -> SubjectId:
        return SubjectId(self._ads.site_subject(site))

    def active_pack(self, site: Site, *, changes: bool = False) -> ActivePack | None:
        # The site's row stands for its pack, which may have no row yet.
        if changes and self._conn.dialect.name == "postgresql":
            self._conn.execute(
                select(core.site.c.site).where(core.site.c.site == site).with_for_update()
            )
        row = self._conn.execute(
            select(active_pack).where(active_pack.c.site == site)
        ).one_or_none()
        if row is None:
            return None
        return ActivePack(digest=row.digest, name=row.name, since=Millis(row.since))

    def put_active_pack(self, site: Site, active: ActivePack) -> None:
        values = {
            "site": site,
            "digest": active.digest,
            "name": active.name,
            "since": active.since,
        }
        upsert(self._conn, active_pack, values, key=("site",))

    def erase(self, site: Site, ad_id: AdId) -> None:
        self._conn.execute(delete(contact).where(contact.c.site == site, contact.c.ad_id == ad_id))
