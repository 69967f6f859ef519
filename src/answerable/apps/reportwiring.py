"""Wiring of reports that people have in hand: by hand, outcomes, hand-overs. Part of `House`."""

from functools import cached_property
from typing import Final

from answerable.adapters.sql.runner import Store
from answerable.cases import emergency
from answerable.reports import byhand, handing, reconciling
from answerable.reports import service as reports
from answerable.reports.routes import EVERY_ROUTE

ROUTE_DUTIES: Final = {route.id: frozenset(route.duties) for route in EVERY_ROUTE}


class ReportServices:
    """What House offers for reports, each made when first asked for."""

    store: Store

    @cached_property
    def resume_report(self) -> reports.ResumeReport:
        return reports.ResumeReport(self.store)

    @cached_property
    def take_by_hand(self) -> byhand.TakeByHand:
        return byhand.TakeByHand(self.store)

    @cached_property
    def enter_by_hand(self) -> byhand.EnterByHand:
        return byhand.EnterByHand(self.store)

    @cached_property
    def hand_over_report(self) -> handing.HandOverReport:
        return handing.HandOverReport(self.store)

    @cached_property
    def hear_outcome(self) -> handing.HearOutcome:
        return handing.HearOutcome(self.store)

    @cached_property
    def reconcile_reports(self) -> reconciling.ReconcileReports:
        return reconciling.ReconcileReports(self.store)

    @cached_property
    def log_call(self) -> emergency.LogCall:
        return emergency.LogCall(self.store)
