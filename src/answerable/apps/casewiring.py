"""Wiring of the cases' queue work: the services that serve cases to people. Part of `House`."""

from functools import cached_property

from answerable.adapters.sql.runner import Store
from answerable.cases import complaining, incidents, lapsing, policies, serving
from answerable.kernel.ids import Ids


class CaseServices:
    """What House offers for the queue, each made when first asked for."""

    store: Store
    ids: Ids

    @cached_property
    def read_queue(self) -> serving.ReadQueue:
        return serving.ReadQueue(self.store)

    @cached_property
    def read_serving(self) -> serving.ReadServing:
        return serving.ReadServing(self.store)

    @cached_property
    def take_next(self) -> serving.TakeNext:
        return serving.TakeNext(self.store)

    @cached_property
    def hand_over(self) -> serving.HandOver:
        return serving.HandOver(self.store)

    @cached_property
    def skip_case(self) -> serving.SkipCase:
        return serving.SkipCase(self.store)

    @cached_property
    def pass_case(self) -> serving.PassCase:
        return serving.PassCase(self.store)

    @cached_property
    def take_back(self) -> serving.TakeBack:
        return serving.TakeBack(self.store)

    @cached_property
    def be_present(self) -> serving.BePresent:
        return serving.BePresent(self.store)

    @cached_property
    def merge_cases(self) -> incidents.MergeCases:
        return incidents.MergeCases(self.store)

    @cached_property
    def set_second_policy(self) -> policies.SetSecondPolicy:
        return policies.SetSecondPolicy(self.store)

    @cached_property
    def read_second_policy(self) -> policies.ReadSecondPolicy:
        return policies.ReadSecondPolicy(self.store)

    @cached_property
    def lapse_proposals(self) -> lapsing.LapseProposals:
        return lapsing.LapseProposals(self.store, self.ids)

    @cached_property
    def complain(self) -> complaining.Complain:
        return complaining.Complain(self.store, self.ids)

    @cached_property
    def read_complaints(self) -> complaining.ReadComplaints:
        return complaining.ReadComplaints(self.store)

    @cached_property
    def save_view(self) -> serving.SaveView:
        return serving.SaveView(self.store, self.ids)

    @cached_property
    def delete_view(self) -> serving.DeleteView:
        return serving.DeleteView(self.store)

    @cached_property
    def list_views(self) -> serving.ListViews:
        return serving.ListViews(self.store)
