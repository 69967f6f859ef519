"""Links between ads, read off the contact projection and the account column; and kinship."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.kinship import SqlKinship
from answerable.adapters.sql.screening import contact
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import AdId, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.networks.model import AdFacts, Because, Kin, Link, LinkReason


class SqlNetworks:
    """NetworkStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self.kinship = SqlKinship(conn)

    def facts(self, site: Site, ad: AdId) -> AdFacts:
        row = self._conn.execute(
            select(ad_table).where(ad_table.c.site == site, ad_table.c.ad_id == ad)
        ).one_or_none()
        if row is None:
            raise NotFound("no such ad", ad=ad)
        return AdFacts(
            ad=ad,
            closed_subject=SubjectId(row.closed_subject),
            section=row.section,
            last_revision=row.last_revision,
        )

    def find_kin(
        self, site: Site, ad: AdId, revision: int, rules: frozenset[str], now: Millis
    ) -> tuple[Kin, ...]:
        return self.kinship.find(site, ad, revision, rules, now)

    def put_ancestor(
        self,
        site: Site,
        ad: AdId,
        revision: int,
        because: Because,
        rules: frozenset[str],
        now: Millis,
    ) -> None:
        self.kinship.put_ancestor(site, ad, revision, because, sorted(rules), None, now)

    def put_closed_out(self, site: Site, ad: AdId, section: str, now: Millis) -> None:
        revision = self.facts(site, ad).last_revision
        self.kinship.put_ancestor(site, ad, revision, None, (), section, now)

    def reopen(self, site: Site, section: str, jurisdiction: str) -> None:
        self.kinship.reopen(site, section, jurisdiction)

    def drop_ancestor(self, site: Site, ad: AdId) -> None:
        self.kinship.drop_ancestor(site, ad)

    def clear(self, site: Site, ad: AdId, now: Millis) -> None:
        self.kinship.clear(site, ad, now)

    def put_kin(self, site: Site, kin: Kin, section: str, now: Millis) -> bool:
        return self.kinship.put_kin(site, kin, section, now)

    def kin_of(self, site: Site, ad: AdId, *, limit: int) -> Sequence[Kin]:
        return self.kinship.kin_of(site, ad, limit)

    def stood_in(
        self,
        site: Site,
        section: str,
        jurisdiction: str,
        *,
        since: Millis,
        after: str,
        limit: int,
    ) -> Sequence[AdId]:
        return self.kinship.stood_in(
            site, section, jurisdiction, since=since, after=after, limit=limit
        )

    def migrations(self, site: Site, before: Millis) -> Mapping[tuple[str, str], int]:
        return self.kinship.migrations(site, before)

    def erase(self, site: Site, ad: AdId) -> None:
        self.kinship.erase(site, ad)

    def links(self, site: Site, ad: AdId, *, limit: int) -> Sequence[Link]:
        mine, theirs = contact.alias("mine"), contact.alias("theirs")
        shared = (
            select(
                theirs.c.ad_id,
                ad_table.c.external_id,
                mine.c.kind,
                mine.c.value,
                mine.c.field,
                theirs.c.field.label("their_field"),
            )
            .join(
                theirs,
                (theirs.c.site == mine.c.site)
                & (theirs.c.kind == mine.c.kind)
                & (theirs.c.value == mine.c.value)
                & (theirs.c.ad_id != mine.c.ad_id),
            )
            .join(ad_table, ad_table.c.ad_id == theirs.c.ad_id)
            .where(mine.c.site == site, mine.c.ad_id == ad)
            .distinct()
            .order_by(mine.c.kind, mine.c.value, theirs.c.ad_id)
            .limit(limit)
        )
        found = [
            Link(
                ad=ad,
                other=AdId(row.ad_id),
                other_external_id=row.external_id,
                reason=LinkReason(row.kind),
                value=row.value,
                where=(row.field, row.their_field),
            )
            for row in self._conn.execute(shared)
        ]
        return [*found, *self._same_account(site, ad, limit - len(found))]

    def _same_account(self, site: Site, ad: AdId, limit: int) -> list[Link]:
        account = self._conn.execute(
            select(ad_table.c.account_id).where(ad_table.c.site == site, ad_table.c.ad_id == ad)
        ).scalar_one_or_none()
        if account is None or limit <= 0:
            return []
        rows = self._conn.execute(
            select(ad_table.c.ad_id, ad_table.c.external_id)
            .where(
                ad_table.c.site == site,
                ad_table.c.account_id == account,
                ad_table.c.ad_id != ad,
            )
            .order_by(ad_table.c.received)
            .limit(limit)
        )
        return [
            Link(
                ad=ad,
                other=AdId(row.ad_id),
                other_external_id=row.external_id,
                reason=LinkReason.ACCOUNT,
                value=account,
                where=("account", "account"),
            )
            for row in rows
        ]
