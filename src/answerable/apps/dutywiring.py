"""Wiring of duties and escalation: whose laws, what was done, who is told. Part of `House`."""

from functools import cached_property

from answerable.adapters.mail import MailServer
from answerable.adapters.sql.runner import Store
from answerable.apps.settings import Settings
from answerable.cases import byhand, extending, jurisdictions
from answerable.escalation import service as escalation
from answerable.kernel.ids import Ids
from answerable.kernel.sealed import Sealed


class DutyServices:
    """What House offers for duties and bells, each made when first asked for."""

    store: Store
    ids: Ids

    @cached_property
    def serve(self) -> jurisdictions.Serve:
        return jurisdictions.Serve(self.store)

    @cached_property
    def say_done(self) -> byhand.SayDone:
        return byhand.SayDone(self.store)

    @cached_property
    def extend_clock(self) -> extending.ExtendClock:
        return extending.ExtendClock(self.store)

    @cached_property
    def ring_bells(self) -> escalation.RingBells:
        return escalation.RingBells(self.store, self.ids)

    @cached_property
    def acknowledge_bells(self) -> escalation.AcknowledgeBells:
        return escalation.AcknowledgeBells(self.store)

    @cached_property
    def read_bells(self) -> escalation.ReadBells:
        return escalation.ReadBells(self.store)

    @cached_property
    def rota(self) -> escalation.Rota:
        return escalation.Rota(self.store, self.ids)


def mail_server(settings: Settings) -> MailServer:
    """The operator's mail server, or one without a host."""
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=Sealed(settings.smtp_password, label="mail password"),
        sender=settings.smtp_from,
    )
