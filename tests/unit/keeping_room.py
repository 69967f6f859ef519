"""A room for legal process and disposal: the cases' room with files, papers and two clerks."""

from pathlib import Path
from typing import Any

from tests.databases import SITE, HandTime
from tests.unit.case_room import IDS, SAM, SUE, Room

from answerable.adapters.objects.files import EvidenceFiles
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.ads.model import Submission
from answerable.ads.service import ReceiveAd
from answerable.kernel.ids import AdId
from answerable.preservation.disposal import Disposal, Lives, State, lives
from answerable.preservation.disposal_service import (
    PerformDisposal,
    ProposeDestruction,
    ProposeDisposal,
    SignDisposal,
)
from answerable.preservation.model import Hold
from answerable.preservation.process import Kind, Paper, Process, Scope
from answerable.preservation.process_service import (
    CloseProcess,
    ConfirmExport,
    ReadProcess,
    ReceiveProcess,
    RenewProcess,
)
from answerable.screening.store import FoundContact

BINDING = frozenset({"US", "GB", "CA"})
PAPER = b"a drawn letter"
PHONE, MAIL = ("phone", "+12025550143"), ("email", "kim@example.com")


class Keeping(Room):
    """Served papers and batches, asked as a console would."""

    def __init__(self, store: Store, time: HandTime, folder: Path) -> None:
        super().__init__(store, time)
        self.files = EvidenceFiles.in_folder(store, folder / "objects", Vault(b"\x07" * 32), IDS)
        self.receive = ReceiveProcess(store, IDS, BINDING)
        self.renewing = RenewProcess(store, BINDING)
        self.confirm = ConfirmExport(store, IDS)
        self.closing = CloseProcess(store)
        self.reading = ReadProcess(store)

    def paper(self, text: bytes = PAPER) -> str:
        """A served paper, stored; its digest."""
        return self.files.put(SITE, text, "application/pdf").sha256

    def served(self, kind: Kind = Kind.PRESERVATION_LETTER, **more: Any) -> Process:
        """A paper of this kind is entered today."""
        told: dict[str, Any] = {
            "jurisdiction": "US",
            "authority": "Example County Sheriff",
            "reference": "No. 1",
            "contact": "desk@example.org",
            "served": self.at(),
            "document": self.paper(),
            "scope": Scope(ads=("bike-1",)),
        }
        return self.receive(SITE, SAM, Paper(kind=kind, **(told | more)))

    def renew(self, process: Process, **more: Any) -> Process:
        told = {"reference": "No. 1, again", "document": self.paper(b"a second letter")}
        return self.renewing(SITE, SAM, process.id, **(told | more))

    def close(self, process: Process) -> None:
        """Both clerks."""
        assert not self.closing(SITE, SAM, process.id, "it is done").done
        assert self.closing(SITE, SUE, process.id, "so it is").done

    def posted(self, name: str, *contacts: tuple[str, str], **more: Any) -> AdId:
        """An ad that arrives; then screening finds contacts in it."""
        given = Submission(external_id=name, text={"body": f"A bike, {name}."}, **more)
        ad = ReceiveAd(self.store, IDS).receive(SITE, given).ad
        if contacts:
            found = [FoundContact(kind=kind, value=value, field="body") for kind, value in contacts]
            self.store.run(lambda work: work.screening.put_contacts(SITE, ad, 0, found))
        self.judged(ad, strong=False, verdict="publish")
        return ad

    def holds_of(self, process: Process) -> tuple[Hold, ...]:
        return self.store.read(lambda work: work.preservation.holds_for(SITE, process.id))

    # disposal

    def propose(self, of: Lives | None = None) -> Disposal | None:  # type: ignore[override]
        return ProposeDisposal(self.store, IDS, of or lives({}))(SITE)

    def destruction(self, process: Process) -> Disposal:
        return ProposeDestruction(self.store, IDS)(SITE, SAM, process.id)

    def sign(self, batch: Disposal) -> Disposal:
        """Both seniors."""
        sign = SignDisposal(self.store)
        sign(SITE, SAM, batch.id, batch.digest)
        return sign(SITE, SUE, batch.id, batch.digest)

    def perform(self) -> Disposal:
        """The job until it has nothing left; the batch that it did."""
        self.work_off()
        return self.batches()[0]

    def work_off(self) -> None:
        """The job until it has nothing left."""
        job = PerformDisposal(self.store, self.files.discard)
        while job(SITE):
            pass

    def batches(self) -> tuple[Disposal, ...]:
        found = self.store.read(lambda work: work.disposals.latest(SITE, 100))
        return tuple(sorted(found, key=lambda one: -one.proposed))

    def dispose(self) -> Disposal:
        """Proposed, signed by two, done."""
        batch = self.propose()
        assert batch is not None
        self.sign(batch)
        done = self.perform()
        assert done.state is State.DONE
        return done

    def words(self, ad: AdId) -> Any:
        """The words of the first revision; None where they are erased."""
        chain = self.store.read(
            lambda work: work.chain_of(SITE, work.ads.get(SITE, ad).open_subject)
        )
        return chain[0].event.text  # type: ignore[attr-defined]
