"""Legal process and disposal, wired: the services that people and the schedule ask."""

from functools import cached_property

from answerable.adapters.objects.files import EvidenceFiles
from answerable.adapters.sql.runner import Store
from answerable.apps.settings import Settings
from answerable.kernel.ids import Ids
from answerable.preservation import disposal_service as disposal
from answerable.preservation import process_service as process
from answerable.preservation.disposal import lives
from answerable.preservation.service import ReadHolds


class Keeping:
    """One process's services of preservation beyond those that STORY names."""

    def __init__(self, store: Store, ids: Ids, files: EvidenceFiles, settings: Settings) -> None:
        self._store, self._ids, self._files, self._settings = store, ids, files, settings

    @cached_property
    def receive_process(self) -> process.ReceiveProcess:
        return process.ReceiveProcess(self._store, self._ids, self._settings.binding)

    @cached_property
    def renew_process(self) -> process.RenewProcess:
        return process.RenewProcess(self._store, self._settings.binding)

    @cached_property
    def confirm_export(self) -> process.ConfirmExport:
        return process.ConfirmExport(self._store, self._ids)

    @cached_property
    def note_export(self) -> process.NoteExport:
        return process.NoteExport(self._store)

    @cached_property
    def close_process(self) -> process.CloseProcess:
        return process.CloseProcess(self._store)

    @cached_property
    def read_process(self) -> process.ReadProcess:
        return process.ReadProcess(self._store)

    @cached_property
    def read_holds(self) -> ReadHolds:
        return ReadHolds(self._store)

    @cached_property
    def propose_disposal(self) -> disposal.ProposeDisposal:
        """Raises Refusal where the settings give a life that nobody declared."""
        return disposal.ProposeDisposal(self._store, self._ids, lives(self._settings.lives))

    @cached_property
    def propose_destruction(self) -> disposal.ProposeDestruction:
        return disposal.ProposeDestruction(self._store, self._ids)

    @cached_property
    def sign_disposal(self) -> disposal.SignDisposal:
        return disposal.SignDisposal(self._store)

    @cached_property
    def refuse_disposal(self) -> disposal.RefuseDisposal:
        return disposal.RefuseDisposal(self._store)

    @cached_property
    def perform_disposal(self) -> disposal.PerformDisposal:
        return disposal.PerformDisposal(self._store, self._files.discard)

    @cached_property
    def read_disposals(self) -> disposal.ReadDisposals:
        return disposal.ReadDisposals(self._store)
