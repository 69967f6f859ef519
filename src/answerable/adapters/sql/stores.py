"""Every chapter's store on one connection, made when first asked for."""

from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:  # each store's module loads with the first transaction that needs it
    from answerable.adapters.sql.access import SqlAccess
    from answerable.adapters.sql.ads import SqlAds
    from answerable.adapters.sql.alerts import SqlAlerts
    from answerable.adapters.sql.cases import SqlCases
    from answerable.adapters.sql.consent import SqlConsents
    from answerable.adapters.sql.directives import SqlDirectives
    from answerable.adapters.sql.disposal import SqlDisposals
    from answerable.adapters.sql.escalation import SqlEscalation
    from answerable.adapters.sql.networks import SqlNetworks
    from answerable.adapters.sql.ownership import SqlOwnership
    from answerable.adapters.sql.preservation import SqlPreservation
    from answerable.adapters.sql.process import SqlProcesses
    from answerable.adapters.sql.reports import SqlReports
    from answerable.adapters.sql.screening import SqlScreening
    from answerable.adapters.sql.watches import SqlWatches


class Stores:
    """The chapters' stores, each over the same open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    @cached_property
    def ads(self) -> "SqlAds":
        from answerable.adapters.sql.ads import SqlAds

        return SqlAds(self._conn)

    @cached_property
    def directives(self) -> "SqlDirectives":
        from answerable.adapters.sql.directives import SqlDirectives

        return SqlDirectives(self._conn)

    @cached_property
    def screening(self) -> "SqlScreening":
        from answerable.adapters.sql.screening import SqlScreening

        return SqlScreening(self._conn, lambda: self.networks.kinship)

    @cached_property
    def alerts(self) -> "SqlAlerts":
        from answerable.adapters.sql.alerts import SqlAlerts

        return SqlAlerts(self._conn)

    @cached_property
    def watches(self) -> "SqlWatches":
        from answerable.adapters.sql.watches import SqlWatches

        return SqlWatches(self._conn)

    @cached_property
    def networks(self) -> "SqlNetworks":
        from answerable.adapters.sql.networks import SqlNetworks

        return SqlNetworks(self._conn)

    @cached_property
    def cases(self) -> "SqlCases":
        from answerable.adapters.sql.cases import SqlCases

        return SqlCases(self._conn)

    @cached_property
    def escalation(self) -> "SqlEscalation":
        from answerable.adapters.sql.escalation import SqlEscalation

        return SqlEscalation(self._conn)

    @cached_property
    def consents(self) -> "SqlConsents":
        from answerable.adapters.sql.consent import SqlConsents

        return SqlConsents(self._conn)

    @cached_property
    def reports(self) -> "SqlReports":
        from answerable.adapters.sql.reports import SqlReports

        return SqlReports(self._conn)

    @property
    def preservation(self) -> "SqlPreservation":
        from answerable.adapters.sql.preservation import SqlPreservation

        return SqlPreservation(self._conn)

    @cached_property
    def processes(self) -> "SqlProcesses":
        from answerable.adapters.sql.process import SqlProcesses

        return SqlProcesses(self._conn)

    @cached_property
    def disposals(self) -> "SqlDisposals":
        from answerable.adapters.sql.disposal import SqlDisposals

        return SqlDisposals(self._conn)

    @cached_property
    def ownership(self) -> "SqlOwnership":
        from answerable.adapters.sql.ownership import SqlOwnership

        return SqlOwnership(self._conn)

    @cached_property
    def access(self) -> "SqlAccess":
        from answerable.adapters.sql.access import SqlAccess

        return SqlAccess(self._conn)
