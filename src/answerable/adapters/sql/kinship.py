"""Sketches, ancestors and kin: how an ad that comes back is known again.

Asked in the transaction of the ad's verdict; the index itself is adapters/sql/kinship_index.py.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.ads import covered_by, placement
from answerable.adapters.sql.base import (
    insert_once,
    upsert,
)
from answerable.adapters.sql.kinship_index import (
    CONTACT_KINDS,
    LIKELY,
    SHARED,
    ancestor,
    ancestor_band,
    resubmission,
)
from answerable.adapters.sql.screening import contact, text_sketch
from answerable.kernel.ids import AdId, Site
from answerable.kernel.sketch import DIGEST_BYTES, Sketch, bands
from answerable.kernel.time import Millis
from answerable.networks.decide import found_kin
from answerable.networks.model import (
    ACCOUNT_LENGTH,
    ANCESTOR_LENGTH,
    Ancestor,
    Because,
    Change,
    Cleared,
    Kin,
    KinReason,
    Known,
)


class SqlKinship:
    """The half of NetworkStore that knows ads again."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._known: dict[tuple[str, int, frozenset[str], int], tuple[Kin, ...]] = {}

    def find(
        self, site: Site, name: AdId, revision: int, rules: frozenset[str], now: Millis
    ) -> tuple[Kin, ...]:
        """Screening and networks ask the same in one transaction: the second gets the answer."""
        asked = (name, revision, rules, now)
        if asked not in self._known:
            self._known[asked] = self._find(site, name, revision, rules, now)
        return self._known[asked]

    def _find(
        self, site: Site, name: AdId, revision: int, rules: frozenset[str], now: Millis
    ) -> tuple[Kin, ...]:
        since = Millis(now - ANCESTOR_LENGTH)
        living = and_(ancestor.c.site == site, ancestor.c.since >= since)
        if self._conn.execute(select(literal(1)).where(living).limit(1)).first() is None:
            return ()
        sketches = self._sketches({(name, revision)})
        mine = sketches.get((name, revision))
        shared = self._candidates(site, name, revision, mine, since, now)
        if not shared:
            return ()
        rows = self._conn.execute(
            select(ancestor).where(living, ancestor.c.ad_id.in_(sorted(shared)))
        ).all()
        wanted = {(row.ad_id, row.revision) for row in rows}
        sketches |= self._sketches(wanted)
        contacts = self._contacts(wanted | {(name, revision)})
        new = Known(
            ad=name,
            revision=revision,
            sketch=mine,
            contacts=contacts[name, revision],
            rules=rules,
        )
        ancestors = [
            (_ancestor(row, sketches, contacts), frozenset(shared[row.ad_id])) for row in rows
        ]
        return found_kin(new, ancestors, self._cleared(site, name), now)

    def _candidates(
        self,
        site: Site,
        name: AdId,
        revision: int,
        mine: Sketch | None,
        since: Millis,
        now: Millis,
    ) -> dict[str, set[KinReason]]:
        """Ancestors that share something, with what they share (text is told by the sketches)."""
        found: defaultdict[str, set[KinReason]] = defaultdict(set)
        asked = {
            "site": site,
            "name": name,
            "revision": revision,
            "since": since,
            "account_since": now - ACCOUNT_LENGTH,
        }
        for row in self._conn.execute(SHARED, asked):
            found[row.ad_id].add(KinReason(row.reason))
        if mine is not None and (pieces := bands(mine)):
            asked = {"site": site, "bands": list(pieces)}
            for band_of in self._conn.execute(LIKELY, asked).scalars():
                found[band_of].add(KinReason.TEXT)
        return dict(found)

    def _sketches(self, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], Sketch]:
        if not wanted:
            return {}
        rows = self._conn.execute(
            select(text_sketch).where(text_sketch.c.ad_id.in_(sorted({ad for ad, _ in wanted})))
        )
        return {
            (row.ad_id, row.revision): sketch_of(row)
            for row in rows
            if (row.ad_id, row.revision) in wanted
        }

    def _contacts(
        self, wanted: set[tuple[str, int]]
    ) -> defaultdict[tuple[str, int], frozenset[tuple[str, str]]]:
        found: defaultdict[tuple[str, int], frozenset[tuple[str, str]]]
        found = defaultdict(frozenset)
        rows = self._conn.execute(
            select(contact.c.ad_id, contact.c.revision, contact.c.kind, contact.c.value).where(
                contact.c.ad_id.in_(sorted({ad for ad, _ in wanted})),
                contact.c.kind.in_(CONTACT_KINDS),
            )
        )
        for row in rows:
            if (row.ad_id, row.revision) in wanted:
                found[row.ad_id, row.revision] |= {(row.kind, row.value)}
        return found

    def _cleared(self, site: Site, name: AdId) -> list[Cleared]:
        """For each ancestor the newest revision that people let go, by its ages."""
        rows = self._conn.execute(
            select(resubmission.c.ancestor_id, text_sketch.c.ages)
            .join(
                text_sketch,
                and_(
                    text_sketch.c.ad_id == resubmission.c.ad_id,
                    text_sketch.c.revision == resubmission.c.revision,
                ),
            )
            .where(
                resubmission.c.site == site,
                resubmission.c.ad_id == name,
                resubmission.c.cleared.is_not(None),
            )
            .order_by(resubmission.c.revision)
        )
        return [Cleared(ancestor=AdId(row.ancestor_id), ages=_ages(row.ages)) for row in rows]

    # Ancestors

    def put_ancestor(
        self,
        site: Site,
        name: AdId,
        revision: int,
        because: Because | None,
        rules: Sequence[str],
        section: str | None,
        now: Millis,
    ) -> None:
        """What is not said stays as it was: a refused ad whose section closes is both."""
        before = self._conn.execute(
            select(ancestor).where(ancestor.c.site == site, ancestor.c.ad_id == name)
        ).one_or_none()
        values: dict[str, Any] = {
            "site": site,
            "ad_id": name,
            "revision": revision,
            "because": None if because is None else because.value,
            "from_section": section,
            "rules": list(rules),
            "since": now,
        }
        if before is not None:
            if because is None:
                values |= {
                    "because": before.because,
                    "rules": before.rules,
                    "revision": before.revision if before.because else revision,
                }
            if section is None:
                values["from_section"] = before.from_section
        upsert(self._conn, ancestor, values, key=("ad_id",))
        self._conn.execute(
            delete(ancestor_band).where(ancestor_band.c.site == site, ancestor_band.c.ad_id == name)
        )
        sketch = self._sketches({(name, values["revision"])}).get((name, values["revision"]))
        pieces = () if sketch is None else bands(sketch)
        if pieces:
            rows = [
                {"site": site, "band": piece, "ad_id": name, "number": number}
                for number, piece in enumerate(pieces)
            ]
            self._conn.execute(insert(ancestor_band), rows)
        self._known.clear()

    def reopen(self, site: Site, section: str, jurisdiction: str) -> None:
        there = select(ad_table.c.ad_id).where(
            ad_table.c.site == site, covered_by(ad_table.c.jurisdiction, jurisdiction)
        )
        from_it = and_(
            ancestor.c.site == site,
            ancestor.c.from_section == section,
            ancestor.c.ad_id.in_(there),
        )
        alone = select(ancestor.c.ad_id).where(from_it, ancestor.c.because.is_(None))
        self._conn.execute(
            delete(ancestor_band).where(
                ancestor_band.c.site == site, ancestor_band.c.ad_id.in_(alone)
            )
        )
        self._conn.execute(delete(ancestor).where(from_it, ancestor.c.because.is_(None)))
        self._conn.execute(update(ancestor).where(from_it).values(from_section=None))
        self._known.clear()

    def drop_ancestor(self, site: Site, name: AdId) -> None:
        mine = and_(ancestor.c.site == site, ancestor.c.ad_id == name)
        self._conn.execute(
            update(ancestor)
            .where(mine, ancestor.c.from_section.is_not(None))
            .values(because=None, rules=[])
        )
        gone = self._conn.execute(delete(ancestor).where(mine, ancestor.c.from_section.is_(None)))
        if gone.rowcount:
            self._conn.execute(
                delete(ancestor_band).where(
                    ancestor_band.c.site == site, ancestor_band.c.ad_id == name
                )
            )
        self._known.clear()

    def erase(self, site: Site, name: AdId) -> None:
        for table in (text_sketch, ancestor_band, ancestor):
            self._conn.execute(delete(table).where(table.c.site == site, table.c.ad_id == name))
        self._known.clear()

    # Kin

    def put_kin(self, site: Site, kin: Kin, section: str, now: Millis) -> bool:
        return insert_once(
            self._conn,
            resubmission,
            {
                "site": site,
                "ad_id": kin.ad,
                "revision": kin.revision,
                "ancestor_id": kin.ancestor,
                "ancestor_revision": kin.ancestor_revision,
                "because": None if kin.because is None else kin.because.value,
                "from_section": kin.from_section,
                "to_section": section,
                "reasons": [reason.value for reason in kin.reasons],
                "changes": [change.value for change in kin.changes],
                "waits": kin.waits,
                "likeness": kin.likeness,
                "since": kin.since,
                "at": now,
                "cleared": None,
            },
        )

    def clear(self, site: Site, name: AdId, now: Millis) -> None:
        self._conn.execute(
            update(resubmission)
            .where(
                resubmission.c.site == site,
                resubmission.c.ad_id == name,
                resubmission.c.cleared.is_(None),
            )
            .values(cleared=now)
        )
        self._known.clear()

    def kin_of(self, site: Site, name: AdId, limit: int) -> list[Kin]:
        c = resubmission.c
        rows = self._conn.execute(
            select(resubmission)
            .where(c.site == site, or_(c.ad_id == name, c.ancestor_id == name))
            .order_by(c.at.desc(), c.ad_id, c.revision, c.ancestor_id)
            .limit(limit)
        )
        return [_kin(row) for row in rows]

    def migrations(self, site: Site, before: Millis) -> Mapping[tuple[str, str], int]:
        c = resubmission.c
        rows = self._conn.execute(
            select(c.from_section, c.to_section, func.count(func.distinct(c.ad_id)))
            .where(c.site == site, c.from_section.is_not(None), c.at < before)
            .group_by(c.from_section, c.to_section)
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def stood_in(
        self,
        site: Site,
        section: str,
        jurisdiction: str,
        *,
        since: Millis,
        after: str,
        limit: int,
    ) -> list[AdId]:
        where = covered_by(ad_table.c.jurisdiction, jurisdiction)
        stood = exists().where(
            placement.c.site == site,
            placement.c.ad_id == ad_table.c.ad_id,
            placement.c.section == section,
            covered_by(placement.c.jurisdiction, jurisdiction),
            placement.c.until.is_(None) | (placement.c.until >= since),
        )
        own = and_(ad_table.c.section == section, where, ad_table.c.received >= since)
        found = self._conn.execute(
            select(ad_table.c.ad_id)
            .where(ad_table.c.site == site, ad_table.c.ad_id > after, or_(own, stood))
            .order_by(ad_table.c.ad_id)
            .limit(limit)
        ).scalars()
        return [AdId(name) for name in found]


def sketch_of(row: Any) -> Sketch:
    """From the columns of `text_sketch`."""
    return Sketch(
        whole=row.whole,
        shingles=row.shingles,
        words=row.words,
        ages=_ages(row.ages),
        size=row.size,
    )


def _ages(raw: bytes) -> frozenset[bytes]:
    return frozenset(raw[at : at + DIGEST_BYTES] for at in range(0, len(raw), DIGEST_BYTES))


def _ancestor(
    row: Any,
    sketches: Mapping[tuple[str, int], Sketch],
    contacts: Mapping[tuple[str, int], frozenset[tuple[str, str]]],
) -> Ancestor:
    here = (row.ad_id, row.revision)
    return Ancestor(
        known=Known(
            ad=AdId(row.ad_id),
            revision=row.revision,
            sketch=sketches.get(here),
            contacts=contacts.get(here, frozenset()),
            rules=frozenset(row.rules),
        ),
        because=None if row.because is None else Because(row.because),
        from_section=row.from_section,
        since=Millis(row.since),
    )


def _kin(row: Any) -> Kin:
    return Kin(
        ad=AdId(row.ad_id),
        revision=row.revision,
        ancestor=AdId(row.ancestor_id),
        ancestor_revision=row.ancestor_revision,
        because=None if row.because is None else Because(row.because),
        from_section=row.from_section,
        reasons=tuple(KinReason(one) for one in row.reasons),
        changes=tuple(Change(one) for one in row.changes),
        waits=row.waits,
        likeness=row.likeness,
        since=Millis(row.since),
    )
