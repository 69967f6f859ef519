"""The tables of the record itself: events, bodies, keys, chains, outbox, leaves, heads."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    literal_column,
    select,
)

from answerable.adapters.sql.base import (
    AUTO_ID,
    JsonText,
    bytes_column,
    id_column,
    metadata,
    millis_column,
    site_column,
)
from answerable.events.disposal import DisposalPerformed
from answerable.events.preservation import ErasurePerformed
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import Site, SubjectId

site = Table(
    "site",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    id_column("subject"),
    Column("origin", Text, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    millis_column("created"),
)

event = Table(
    "event",
    metadata,
    site_column(),
    Column("event_id", String(40), primary_key=True),
    id_column("subject"),
    Column("sseq", Integer, nullable=False),
    Column("type", String(64), nullable=False),
    bytes_column("envelope"),
    bytes_column("ek"),
    bytes_column("leaf_hash"),
    millis_column("recorded"),
    Index("uq_event_site_subject_sseq", "site", "subject", "sseq", unique=True),
    Index("ix_event_leaf_hash", "leaf_hash", unique=True),
)
ERASURES = (DisposalPerformed.TYPE, ErasurePerformed.TYPE)
"""What deletes keys: after any of these a file of SQLite is written anew."""
ERASED: ColumnElement[bool] = literal_column(
    f"type IN ({', '.join(repr(name) for name in ERASURES)})"
)
Index("ix_event_erasures", event.c.type, sqlite_where=ERASED, postgresql_where=ERASED)

body = Table(
    "body",
    metadata,
    site_column(),
    Column("event_id", String(40), primary_key=True),
    Column("name", String(32), primary_key=True),
    bytes_column("nonce"),
    bytes_column("sealed"),
)

dek = Table(
    "dek",
    metadata,
    site_column(),
    Column("event_id", String(40), primary_key=True),
    Column("name", String(32), primary_key=True),
    bytes_column("nonce"),
    bytes_column("wrapped"),
)

chain = Table(
    "chain",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("subject", String(40), primary_key=True),
    Column("next_sseq", Integer, nullable=False),
    bytes_column("last_leaf_hash", nullable=True),
)

handled = Table(
    "handled",
    metadata,
    Column("event_id", String(40), primary_key=True),
    Column("service", String(80), primary_key=True),
)

URGENT, ROUTINE = 0, 1
"""Ranks of work in the outbox: the lower is taken first, however long the other has waited."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", AUTO_ID, primary_key=True, autoincrement=True),
    site_column(),
    id_column("event_id"),
    Column("service", String(80), nullable=False),
    Column("rank", Integer, nullable=False, default=ROUTINE),
    millis_column("not_before"),
    Column("attempts", Integer, nullable=False, default=0),
    millis_column("leased_until"),
    Column("fence", BigInteger, nullable=False, default=0),
    Column("holder", String(80), nullable=True),
    Column("parked", Boolean, nullable=False, default=False),
    Column("why", Text, nullable=True),
    Index("ix_outbox_due", "service", "parked", "rank", "not_before", "id"),
)

unsequenced = Table(
    "unsequenced",
    metadata,
    Column("id", AUTO_ID, primary_key=True, autoincrement=True),
    site_column(),
    id_column("event_id"),
    Index("ix_unsequenced_site", "site", "id"),
)

leaf = Table(
    "leaf",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    bytes_column("entry"),
    id_column("event_id"),
    Index("uq_leaf_site_event", "site", "event_id", unique=True),
)

head = Table(
    "head",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    bytes_column("root"),
    bytes_column("edge"),
    Column("note", Text, nullable=True),
    millis_column("made"),
)

lease = Table(
    "lease",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("fence", BigInteger, nullable=False),
    millis_column("until"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("route", String(80), primary_key=True),
    Column("key", String(200), primary_key=True),
    bytes_column("request_sha256"),
    Column("answer", JsonText, nullable=False),
    millis_column("made"),
)

APPEND_ONLY = ("event", "leaf")
"""Tables whose rows the database itself refuses to change or delete."""

_SITE = site  # the table, where `site` names one


def site_subject(conn: Connection, site: Site) -> SubjectId:
    """The site's own chain. Raises NotFound."""
    found = conn.execute(select(_SITE.c.subject).where(_SITE.c.site == site))
    subject = found.scalar_one_or_none()
    if subject is None:
        raise NotFound("no such site", site=site)
    return SubjectId(subject)
