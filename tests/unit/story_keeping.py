"""The part of the honest story that keeps and lets go: a served paper, a disposal, a read file."""

from tests.unit.bundle_maker import Leaf, name_of
from tests.unit.story_book import Book

from answerable.events import disposal, evidence, preservation, process
from answerable.events.duties.clocks import PRESERVE_2703F, PRESERVE_2703F_RENEWED
from answerable.kernel.ids import ActorId
from answerable.kernel.time import Millis

GONE = {"a-received": ("connections",)}
TWO = [ActorId("staff:1"), ActorId("staff:2")]


def keeping(book: Book) -> None:
    """The flat is asked for by law; connections of the bike have outlived their life."""
    _asked_for(book)
    _let_go(book)
    book.add(
        "read",
        evidence.EvidenceRead,
        "a-file",
        actor=TWO[0],
        file=name_of("a-file"),
        purpose="review",
        size=100,
        about=name_of("case-b"),
    )


def _asked_for(book: Book) -> None:
    paper, hold = {"process": name_of("paper")}, name_of("c/paper-hold")
    served = Millis(book.story.time)
    ends = PRESERVE_2703F.ends(served)
    book.add(
        "paper",
        process.ProcessReceived,
        "paper",
        **paper,
        kind="subpoena",
        jurisdiction="US",
        served=served,
        ends=ends,
        future=False,
        authority="Example County",
        reference="No. 1",
        contact="desk@example.org",
        scope={"ads": ["site-c"]},
        document="cd" * 32,
        lifts=None,
    )
    book.add(
        "c-paper-hold",
        preservation.HoldPlaced,
        "c/closed",
        after=0,
        hold=hold,
        ad=name_of("c"),
        case=None,
        ground="legal-process",
        started=book.story.time,
        ends=ends,
    )
    found = {"found": [name_of("c")], "holds": [hold], "ads": 1, "accounts": 1, "placed": 1}
    book.add("paper-scoped", process.ProcessScoped, "paper", **paper, cause="intake", **found)
    later = PRESERVE_2703F_RENEWED.ends(ends)
    letter = {"reference": "No. 1, again", "document": "ce" * 32}
    book.add(
        "paper-renewed", process.ProcessRenewed, "paper", **paper, number=1, ends=later, **letter
    )
    book.add(
        "c-paper-dated",
        preservation.HoldDated,
        "c/closed",
        after=0,
        hold=hold,
        ad=name_of("c"),
        because="process-renewed",
        ends=later,
    )
    _answered(book, later)


def _answered(book: Book, ends: int) -> None:
    paper = {"process": name_of("paper")}
    book.add(
        "paper-answered",
        process.ProcessAnswered,
        "paper",
        **paper,
        export=name_of("export"),
        approvers=list(TWO),
        data_groups=["poster_pii"],
        tree_size=9,
        sha256="cf" * 32,
        size=1_000,
        items=1,
        bates_first="DEMO-ABCDEF-000001",
        bates_last="DEMO-ABCDEF-000001",
        reason="as served",
    )
    book.add(
        "paper-closed",
        process.ProcessClosed,
        "paper",
        **paper,
        approvers=list(TWO),
        ends=ends,
        reason="answered",
    )


def _let_go(book: Book) -> None:
    batch, listed = {"disposal": name_of("batch")}, "d0" * 32
    book.add(
        "batch-proposed",
        disposal.DisposalProposed,
        "batch",
        **batch,
        cause="schedule",
        process=None,
        counts={"connections": 1},
        items_sha256=listed,
    )
    for number, who in enumerate(TWO, 1):
        name, signs = f"batch-signed-{number}", {"number": number, "items_sha256": listed}
        book.add(name, disposal.DisposalSigned, "batch", actor=who, **batch, **signs)
    book.add(
        "batch-performed",
        disposal.DisposalPerformed,
        "batch",
        **batch,
        approvers=list(TWO),
        data_class="connections",
        done=1,
        held=0,
        changed=0,
        left=0,
        ads=[name_of("a")],
        leaves=[Leaf("a-received")],
        data_groups=["connections"],
    )
    other = {"disposal": name_of("batch-2")}
    book.add(
        "batch-2-proposed",
        disposal.DisposalProposed,
        "batch-2",
        **other,
        cause="schedule",
        process=None,
        counts={"ad": 1},
        items_sha256="d1" * 32,
    )
    book.add("batch-2-refused", disposal.DisposalRefused, "batch-2", **other, reason="look again")
