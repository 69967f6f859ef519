"""Care for alerts besides hearing them: the switch, sources, alerters, and what time brings."""

from functools import cached_property

from answerable.access import service as access
from answerable.adapters.signing.sources import ed25519_holds
from answerable.adapters.sql.runner import Store
from answerable.alerts import exceptions_service as exceptions
from answerable.alerts import sources_service as sources
from answerable.alerts import weighing
from answerable.cases import looks
from answerable.kernel.ids import Ids, Site


class AlertCare:
    """These services, wired over one store."""

    def __init__(self, store: Store, ids: Ids, site: Site) -> None:
        self._store, self._ids, self._site = store, ids, site

    @cached_property
    def end_flood(self) -> weighing.EndFlood:
        return weighing.EndFlood(self._store)

    @cached_property
    def know_sender(self) -> sources.KnowSender:
        return sources.KnowSender(self._store, ed25519_holds)

    @cached_property
    def register_source(self) -> sources.RegisterSource:
        return sources.RegisterSource(self._store, self._ids)

    @cached_property
    def revoke_source(self) -> sources.RevokeSource:
        return sources.RevokeSource(self._store)

    @cached_property
    def revoke_token(self) -> access.RevokeToken:
        return access.RevokeToken(self._store)

    @cached_property
    def read_sources(self) -> sources.ReadSources:
        return sources.ReadSources(self._store)

    @cached_property
    def read_alerter(self) -> sources.ReadAlerter:
        return sources.ReadAlerter(self._store)

    @cached_property
    def warn_alerter(self) -> sources.WarnAlerter:
        return sources.WarnAlerter(self._store, self._ids)

    @cached_property
    def limit_alerter(self) -> sources.LimitAlerter:
        return sources.LimitAlerter(self._store, self._ids)

    @cached_property
    def unlimit_alerter(self) -> sources.UnlimitAlerter:
        return sources.UnlimitAlerter(self._store)

    @cached_property
    def ask_exception(self) -> exceptions.AskException:
        return exceptions.AskException(self._store, self._ids)

    @cached_property
    def grant_exception(self) -> exceptions.GrantException:
        return exceptions.GrantException(self._store)

    @cached_property
    def end_exception(self) -> exceptions.EndException:
        return exceptions.EndException(self._store)

    def sweep(self) -> int:
        """What comes about by time alone: looks not taken, exceptions and floods that are over."""
        found = looks.HideWhereNobodyLooked(self._store)(self._site)
        found += exceptions.EndExceptions(self._store)(self._site)
        return found + weighing.EndFloods(self._store)(self._site)

    def forget_keys(self) -> int:
        """Digests of alerters and advertisers that nothing counts by any more."""
        return weighing.ForgetKeys(self._store)(self._site)
