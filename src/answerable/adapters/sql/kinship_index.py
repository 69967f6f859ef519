"""Tables of ancestors and kin, and the two questions that every new ad asks of them.

Every normal ad has one row of sketch for a revision; only ancestors have bands. So a new ad asks a
small index.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    func,
    literal,
    select,
    union_all,
)

from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.ads import file_ref
from answerable.adapters.sql.base import (
    JsonText,
    bytes_column,
    metadata,
    millis_column,
    site_column,
)
from answerable.adapters.sql.screening import contact
from answerable.networks.model import CONTACTS, KinReason

ancestor = Table(
    "ancestor",
    metadata,
    site_column(),
    Column("ad_id", String(40), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("because", String(16), nullable=True),
    Column("from_section", String(500), nullable=True),
    Column("rules", JsonText, nullable=False),
    millis_column("since"),
    Index("ix_ancestor_site_since", "site", "since"),
)

ancestor_band = Table(
    "ancestor_band",
    metadata,
    site_column(),
    Column("ad_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    bytes_column("band"),
    Index("ix_ancestor_band_site_band", "site", "band", "ad_id"),
)

resubmission = Table(
    "resubmission",
    metadata,
    site_column(),
    Column("ad_id", String(40), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("ancestor_id", String(40), primary_key=True),
    Column("ancestor_revision", Integer, nullable=False),
    Column("because", String(16), nullable=True),
    Column("from_section", String(500), nullable=True),
    Column("to_section", String(500), nullable=False),
    Column("reasons", JsonText, nullable=False),
    Column("changes", JsonText, nullable=False),
    Column("waits", Boolean, nullable=False),
    Column("likeness", Float, nullable=False),
    millis_column("since"),
    millis_column("at"),
    millis_column("cleared", nullable=True),
    Index("ix_resubmission_site_ancestor_id", "site", "ancestor_id"),
    Index("ix_resubmission_site_from_section", "site", "from_section", "at"),
)

CANDIDATES_MAX = 50
LIKELY_MAX = 16
CONTACT_KINDS = tuple(sorted(kind.value for kind in CONTACTS))


def _shared() -> Any:
    """Ancestors that share a contact, a picture or an account, and with what. Made once."""
    site: Any = bindparam("site")
    name: Any = bindparam("name")
    living = and_(ancestor.c.site == site, ancestor.c.since >= bindparam("since"))
    one, two = contact.alias("one"), contact.alias("two")
    file_one, file_two = file_ref.alias("file_one"), file_ref.alias("file_two")
    mine, theirs = ad_table.alias("mine"), ad_table.alias("theirs")
    by_account = (
        select(ancestor.c.ad_id, literal(KinReason.ACCOUNT.value).label("reason"))
        .select_from(mine)
        .join(theirs, and_(theirs.c.site == site, theirs.c.account_id == mine.c.account_id))
        .join(ancestor, ancestor.c.ad_id == theirs.c.ad_id)
        .where(living, ancestor.c.since >= bindparam("account_since"))
        .where(mine.c.ad_id == name, theirs.c.ad_id != name)
        .order_by(ancestor.c.since.desc())
        .limit(CANDIDATES_MAX)
        .subquery()
    )
    return union_all(
        select(ancestor.c.ad_id, literal(KinReason.SAME_AD.value).label("reason")).where(
            living, ancestor.c.ad_id == name
        ),
        select(ancestor.c.ad_id, one.c.kind)
        .select_from(one)
        .join(two, and_(two.c.site == site, two.c.kind == one.c.kind, two.c.value == one.c.value))
        .join(ancestor, ancestor.c.ad_id == two.c.ad_id)
        .where(living, one.c.ad_id == name, one.c.revision == bindparam("revision"))
        .where(one.c.kind.in_(CONTACT_KINDS), two.c.ad_id != name)
        .where(two.c.revision == ancestor.c.revision),
        select(ancestor.c.ad_id, literal(KinReason.IMAGE.value))
        .select_from(file_one)
        .join(file_two, and_(file_two.c.site == site, file_two.c.sha256 == file_one.c.sha256))
        .join(ancestor, ancestor.c.ad_id == file_two.c.ad_id)
        .where(living, file_one.c.site == site, file_one.c.ad_id == name)
        .where(file_two.c.ad_id != name),
        select(by_account),
    ).limit(20 * CANDIDATES_MAX)


def _likely() -> Any:
    """Those with the most bands in common: what is alike, before what only brushed against it."""
    return (
        select(ancestor_band.c.ad_id)
        .where(
            ancestor_band.c.site == bindparam("site"),
            ancestor_band.c.band.in_(bindparam("bands", expanding=True)),
        )
        .group_by(ancestor_band.c.ad_id)
        .order_by(func.count().desc(), ancestor_band.c.ad_id)
        .limit(LIKELY_MAX)
    )


SHARED, LIKELY = _shared(), _likely()
