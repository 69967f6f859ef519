"""Storage of staff, sessions, attempts and tokens: digests, no secrets. Implements AccessStore."""

from typing import Any

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
    select,
    update,
)

from answerable.access.model import (
    ApiToken,
    Attempts,
    Role,
    Scope,
    Session,
    Staff,
    StaffId,
    TokenId,
)
from answerable.adapters.sql import core
from answerable.adapters.sql.base import (
    JsonText,
    bytes_column,
    id_column,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.kernel.errors import Conflict, NotFound
from answerable.kernel.ids import Site, SubjectId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import Millis

staff = Table(
    "staff",
    metadata,
    site_column(),
    Column("staff_id", String(40), primary_key=True),
    Column("login", String(120), nullable=False),
    Column("name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("roles", JsonText, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("blocked", Boolean, nullable=False),
    millis_column("made"),
    Index("uq_staff_site_login", "site", "login", unique=True),
)

staff_session = Table(
    "staff_session",
    metadata,
    site_column(),
    Column("digest", String(64), primary_key=True),
    id_column("staff_id"),
    millis_column("made"),
    millis_column("expires"),
    millis_column("revoked", nullable=True),
    Index("ix_staff_session_site_staff_id", "site", "staff_id"),
)

login_attempt = Table(
    "login_attempt",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("login", String(120), primary_key=True),
    Column("tried", Integer, nullable=False),
    millis_column("since"),
    Index("ix_login_attempt_since", "since"),
)

api_token = Table(
    "api_token",
    metadata,
    site_column(),
    Column("token_id", String(40), primary_key=True),
    bytes_column("digest"),
    Column("label", Text, nullable=False),
    Column("scopes", JsonText, nullable=False),
    millis_column("made"),
    millis_column("revoked", nullable=True),
    Index("uq_api_token_digest", "digest", unique=True),
)


class SqlAccess:
    """AccessStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def site_subject(self, site: Site) -> SubjectId:
        return core.site_subject(self._conn, site)

    def get(self, site: Site, name: StaffId) -> Staff:
        row = self._conn.execute(
            select(staff).where(staff.c.site == site, staff.c.staff_id == name)
        ).one_or_none()
        if row is None:
            raise NotFound("no such staff member", staff=name)
        return _staff(row)

    def by_login(self, site: Site, login: str) -> Staff | None:
        row = self._conn.execute(
            select(staff).where(staff.c.site == site, staff.c.login == login)
        ).one_or_none()
        return None if row is None else _staff(row)

    def put(self, value: Staff) -> None:
        same = self.by_login(value.site, value.login)
        if same is not None and same.id != value.id:
            raise Conflict("this log-in name is taken", login=value.login)
        # Two at the same moment on PostgreSQL: the loser's transaction is run again, and refused.
        upsert(self._conn, staff, _staff_row(value), key=("staff_id",))

    def everyone(self, site: Site, limit: int) -> tuple[Staff, ...]:
        rows = self._conn.execute(
            select(staff).where(staff.c.site == site).order_by(staff.c.login).limit(limit)
        )
        return tuple(_staff(row) for row in rows)

    def attempts(self, site: Site, login: str) -> Attempts | None:
        query = select(login_attempt).where(
            login_attempt.c.site == site, login_attempt.c.login == login
        )
        if self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        if row is None:
            return None
        return Attempts(site=site, login=login, count=row.tried, since=Millis(row.since))

    def put_attempts(self, value: Attempts) -> None:
        upsert(
            self._conn,
            login_attempt,
            {
                "site": value.site,
                "login": value.login,
                "tried": value.count,
                "since": value.since,
            },
            key=("site", "login"),
        )

    def clear_attempts(self, site: Site, login: str) -> None:
        self._conn.execute(
            delete(login_attempt).where(
                login_attempt.c.site == site, login_attempt.c.login == login
            )
        )

    def drop_attempts_before(self, before: Millis) -> None:
        self._conn.execute(delete(login_attempt).where(login_attempt.c.since < before))

    def put_session(self, value: Session) -> None:
        upsert(
            self._conn,
            staff_session,
            {
                "site": value.site,
                "digest": value.digest.hex(),
                "staff_id": value.staff,
                "made": value.made,
                "expires": value.expires,
                "revoked": value.revoked,
            },
            key=("digest",),
        )

    def session(self, digest: bytes) -> Session | None:
        row = self._conn.execute(
            select(staff_session).where(staff_session.c.digest == digest.hex())
        ).one_or_none()
        if row is None:
            return None
        return Session(
            digest=bytes.fromhex(row.digest),
            site=Site(row.site),
            staff=StaffId(row.staff_id),
            made=Millis(row.made),
            expires=Millis(row.expires),
            revoked=None if row.revoked is None else Millis(row.revoked),
        )

    def revoke_session(self, digest: bytes, now: Millis) -> None:
        self._conn.execute(
            update(staff_session)
            .where(staff_session.c.digest == digest.hex(), staff_session.c.revoked.is_(None))
            .values(revoked=now)
        )

    def revoke_sessions(self, site: Site, name: StaffId, now: Millis) -> None:
        self._conn.execute(
            update(staff_session)
            .where(
                staff_session.c.site == site,
                staff_session.c.staff_id == name,
                staff_session.c.revoked.is_(None),
            )
            .values(revoked=now)
        )

    def put_token(self, value: ApiToken) -> None:
        upsert(
            self._conn,
            api_token,
            {
                "site": value.site,
                "token_id": value.id,
                "digest": value.digest,
                "label": value.label,
                "scopes": sorted(scope.value for scope in value.scopes),
                "made": value.made,
                "revoked": value.revoked,
            },
            key=("token_id",),
        )

    def token(self, digest: bytes) -> ApiToken | None:
        row = self._conn.execute(
            select(api_token).where(api_token.c.digest == digest)
        ).one_or_none()
        return None if row is None else _token(row)

    def tokens(self, site: Site, limit: int) -> tuple[ApiToken, ...]:
        rows = self._conn.execute(
            select(api_token)
            .where(api_token.c.site == site)
            .order_by(api_token.c.made, api_token.c.token_id)
            .limit(limit)
        )
        return tuple(_token(row) for row in rows)

    def get_token(self, site: Site, name: TokenId) -> ApiToken:
        row = self._conn.execute(
            select(api_token).where(api_token.c.site == site, api_token.c.token_id == name)
        ).one_or_none()
        if row is None:
            raise NotFound("no such token", token=name)
        return _token(row)


def _staff_row(value: Staff) -> dict[str, Any]:
    return {
        "site": value.site,
        "staff_id": value.id,
        "login": value.login,
        "name": value.name,
        "organisation": value.organisation,
        "roles": sorted(role.value for role in value.roles),
        "password_hash": value.password.open(),
        "blocked": value.blocked,
        "made": value.made,
    }


def _staff(row: Any) -> Staff:
    return Staff(
        id=StaffId(row.staff_id),
        site=Site(row.site),
        login=row.login,
        name=row.name,
        organisation=row.organisation,
        roles=frozenset(Role(role) for role in row.roles),
        password=Sealed(row.password_hash, label="password hash"),
        blocked=row.blocked,
        made=Millis(row.made),
    )


def _token(row: Any) -> ApiToken:
    return ApiToken(
        id=TokenId(row.token_id),
        digest=row.digest,
        site=Site(row.site),
        label=row.label,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        made=Millis(row.made),
        revoked=None if row.revoked is None else Millis(row.revoked),
    )
