"""Wiring of rule packs: which one this process judges under, and who puts one in force."""

from functools import cached_property

from answerable.adapters.sql.runner import Store
from answerable.screening import activation
from answerable.screening.judge import Engine


class PackServices:
    """What House offers for rule packs, each made when first asked for."""

    store: Store
    screener: Engine

    @cached_property
    def pack(self) -> activation.PackIdentity:
        """Of the pack that this process judges under. Raises Refusal where it can't have one."""
        return activation.PackIdentity.of(self.screener.identity)

    @cached_property
    def activate_pack(self) -> activation.ActivatePack:
        return activation.ActivatePack(self.store)

    @cached_property
    def read_packs(self) -> activation.ReadPacks:
        return activation.ReadPacks(self.store)
