"""Links between ads, read off the contact projection and the account column."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.screening import contact
from answerable.kernel.ids import AdId, Site
from answerable.networks.model import Link, LinkReason


class SqlNetworks:
    """NetworkStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

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
