"""Storage of bells, shifts and staff addresses. Implements escalation.store.EscalationStore.

No words of anybody: ids, duties, times; and the e-mail addresses that staff gave for themselves.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, Text, delete, insert, select

from answerable.access.decide import permissions_of
from answerable.access.model import Permission, Role
from answerable.adapters.sql import core
from answerable.adapters.sql.access import staff as staff_table
from answerable.adapters.sql.base import (
    JsonText,
    id_column,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.adapters.sql.cases import review_case
from answerable.escalation.model import Bell, Rank, Rung, Shift
from answerable.events.duties.clocks import duty_named
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import ActorId, CaseId, ClockId, Site, SubjectId
from answerable.kernel.time import Millis

bell = Table(
    "bell",
    metadata,
    site_column(),
    Column("clock_id", String(40), primary_key=True),
    id_column("case_id"),
    id_column("subject"),
    Column("duty", String(40), nullable=False),
    millis_column("started"),
    millis_column("ends"),
    Column("rung", JsonText, nullable=False),  # [step, round, at], in order of time
    millis_column("acknowledged", nullable=True),
    millis_column("next_at", nullable=True),
    Index("ix_bell_site_next_at", "site", "next_at"),
    Index("ix_bell_site_case_id", "site", "case_id"),
)

bell_message = Table(
    "bell_message",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("bell", String(40), primary_key=True),
    Column("clock_id", String(40), primary_key=True),
    Index("ix_bell_message_site_clock_id", "site", "clock_id"),
)

rota_shift = Table(
    "rota_shift",
    metadata,
    site_column(),
    Column("shift_id", String(40), primary_key=True),
    Column("staff", String(80), nullable=False),
    Column("rank", String(16), nullable=False),
    millis_column("begins"),
    millis_column("ends"),
    Index("ix_rota_shift_site_ends", "site", "ends"),
)

staff_address = Table(
    "staff_address",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("staff", String(80), primary_key=True),
    Column("address", Text, nullable=False),
)


class SqlEscalation:
    """EscalationStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def put_bell(self, value: Bell) -> None:
        upsert(self._conn, bell, _bell_row(value), key=("clock_id",))

    def drop_bell(self, site: Site, clock: ClockId) -> None:
        for table in (bell, bell_message):
            self._conn.execute(delete(table).where(table.c.site == site, table.c.clock_id == clock))

    def bell(self, site: Site, clock: ClockId) -> Bell | None:
        query = select(bell).where(bell.c.site == site, bell.c.clock_id == clock)
        if self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        return None if row is None else _bell(row)

    def due(self, site: Site, now: Millis, limit: int) -> tuple[ClockId, ...]:
        rows = self._conn.scalars(
            select(bell.c.clock_id)
            .where(bell.c.site == site, bell.c.next_at <= now)
            .order_by(bell.c.next_at, bell.c.clock_id)
            .limit(limit)
        )
        return tuple(ClockId(name) for name in rows)

    def ringing(self, site: Site, limit: int) -> tuple[Bell, ...]:
        rows = self._conn.execute(
            select(bell)
            .where(bell.c.site == site, bell.c.rung != [])
            .order_by(bell.c.ends, bell.c.clock_id)
        )
        found = (_bell(row) for row in rows)
        return tuple(one for _, one in zip(range(limit), filter(_rings, found), strict=False))

    def bells_of(self, site: Site, case: CaseId) -> tuple[Bell, ...]:
        rows = self._conn.execute(
            select(bell)
            .where(bell.c.site == site, bell.c.case_id == case)
            .order_by(bell.c.ends, bell.c.clock_id)
        )
        return tuple(_bell(row) for row in rows)

    def site_subject(self, site: Site) -> SubjectId:
        return core.site_subject(self._conn, site)

    def holder(self, site: Site, case: CaseId, now: Millis) -> ActorId | None:
        found = self._conn.execute(
            select(review_case.c.claimed_by).where(
                review_case.c.site == site,
                review_case.c.case_id == case,
                review_case.c.claim_until > now,
            )
        ).scalar_one_or_none()
        return None if found is None else ActorId(found)

    def reviewers(self, site: Site) -> tuple[ActorId, ...]:
        return tuple(
            ActorId(f"staff:{name}")
            for name, roles in self._unblocked(site).items()
            if Permission.CASE_DECIDE in permissions_of(roles)
        )

    def heads(self, site: Site) -> tuple[ActorId, ...]:
        return tuple(
            ActorId(f"staff:{name}")
            for name, roles in self._unblocked(site).items()
            if Role.SENIOR in roles
        )

    def _unblocked(self, site: Site) -> Mapping[str, frozenset[Role]]:
        rows = self._conn.execute(
            select(staff_table.c.staff_id, staff_table.c.roles)
            .where(staff_table.c.site == site, staff_table.c.blocked.is_(False))
            .order_by(staff_table.c.login)
        )
        return {row.staff_id: frozenset(Role(role) for role in row.roles) for row in rows}

    def is_staff(self, site: Site, staff: ActorId) -> bool:
        return staff.removeprefix("staff:") in self._unblocked(site)

    def shifts(self, site: Site, ending_after: Millis, limit: int) -> tuple[Shift, ...]:
        rows = self._conn.execute(
            select(rota_shift)
            .where(rota_shift.c.site == site, rota_shift.c.ends > ending_after)
            .order_by(rota_shift.c.begins, rota_shift.c.shift_id)
            .limit(limit)
        )
        return tuple(_shift(row) for row in rows)

    def put_shift(self, shift: Shift) -> None:
        values = {
            "site": shift.site,
            "shift_id": shift.id,
            "staff": shift.staff,
            "rank": shift.rank.value,
            "begins": shift.begins,
            "ends": shift.ends,
        }
        upsert(self._conn, rota_shift, values, key=("shift_id",))

    def shift(self, site: Site, shift: str) -> Shift:
        row = self._conn.execute(
            select(rota_shift).where(rota_shift.c.site == site, rota_shift.c.shift_id == shift)
        ).one_or_none()
        if row is None:
            raise NotFound("no such shift", shift=shift)
        return _shift(row)

    def drop_shift(self, site: Site, shift: str) -> None:
        self._conn.execute(
            delete(rota_shift).where(rota_shift.c.site == site, rota_shift.c.shift_id == shift)
        )

    def put_address(self, site: Site, staff: ActorId, address: str) -> None:
        values = {"site": site, "staff": staff, "address": address}
        if address:
            upsert(self._conn, staff_address, values, key=("site", "staff"))
            return
        c = staff_address.c
        self._conn.execute(delete(staff_address).where(c.site == site, c.staff == staff))

    def address(self, site: Site, staff: ActorId) -> str:
        c = staff_address.c
        found = self._conn.execute(
            select(c.address).where(c.site == site, c.staff == staff)
        ).scalar_one_or_none()
        return "" if found is None else str(found)

    def clocks_of_bell(self, site: Site, name: str) -> tuple[Bell, ...]:
        rows = self._conn.execute(
            select(bell)
            .join(bell_message, bell_message.c.clock_id == bell.c.clock_id)
            .where(bell_message.c.site == site, bell_message.c.bell == name)
            .order_by(bell.c.ends, bell.c.clock_id)
        )
        return tuple(_bell(row) for row in rows)

    def note_message(self, site: Site, name: str, clocks: tuple[ClockId, ...]) -> None:
        rows = [{"site": site, "bell": name, "clock_id": clock} for clock in clocks]
        self._conn.execute(insert(bell_message), rows)


def _rings(one: Bell) -> bool:
    return one.rings


def _bell_row(value: Bell) -> dict[str, Any]:
    return {
        "site": value.site,
        "clock_id": value.clock,
        "case_id": value.case,
        "subject": value.subject,
        "duty": value.duty.name,
        "started": value.started,
        "ends": value.ends,
        "rung": [[one.step, one.round, one.at] for one in value.rung],
        "acknowledged": value.acknowledged,
        "next_at": value.next_at,
    }


def _bell(row: Any) -> Bell:
    return Bell(
        clock=ClockId(row.clock_id),
        site=Site(row.site),
        case=CaseId(row.case_id),
        subject=SubjectId(row.subject),
        duty=duty_named(row.duty),
        started=Millis(row.started),
        ends=Millis(row.ends),
        rung=tuple(Rung(step=s, round=r, at=Millis(at)) for s, r, at in row.rung),
        acknowledged=None if row.acknowledged is None else Millis(row.acknowledged),
        next_at=None if row.next_at is None else Millis(row.next_at),
    )


def _shift(row: Any) -> Shift:
    return Shift(
        id=row.shift_id,
        site=Site(row.site),
        staff=ActorId(row.staff),
        rank=Rank(row.rank),
        begins=Millis(row.begins),
        ends=Millis(row.ends),
    )
