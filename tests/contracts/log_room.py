"""A log as tests see it: a real signer process, tiles on disk, and a judge that is no code of ours.

The judge reads RFC 6962 and RFC 2104 plainly and shares nothing with what it judges.
"""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.contracts.test_store import granted
from tests.databases import ORIGIN, SITE

from answerable.adapters.clock import SystemIds, SystemTime
from answerable.adapters.signing.client import SignerClient
from answerable.adapters.signing.door import SOCKET_NAME
from answerable.adapters.sql import core
from answerable.adapters.sql.engine import open_engine
from answerable.adapters.sql.openings import openings
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.sequencer import Sequencer, waiting
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import Surroundings
from answerable.adapters.tiles.folder import TileFolder
from answerable.kernel.ids import SubjectId
from answerable.ledger.checkpoint import read_head, verify_checkpoint
from answerable.ledger.policy import Peer, Policy


def opened(url: str) -> Store:
    """A store on a database that stands already."""
    around = Surroundings(ids=SystemIds(), vault=Vault(b"\x07" * 32))
    return Store(open_engine(url), SystemTime(), around)


class SignerProcess:
    """The real one, over a folder of the test's; may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client = SignerClient(folder / SOCKET_NAME, timeout=30)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "answerable.adapters.signing.signer_process"]
        self._process = subprocess.Popen(
            [*command, str(self.folder)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "signer ready\n"

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[SignerProcess]:
    process = SignerProcess(tmp_path / "signer")
    process.start()
    yield process
    process.kill()


@dataclass
class Log:
    """A site's log: what writes it, and what was published of it so far."""

    store: Store
    signer: SignerProcess
    tiles: TileFolder
    seen: list[bytes] = field(default_factory=list)

    def sequencer(self, holder: str = "app", **parts: Any) -> Sequencer:
        told = {"store": self.store, "signer": self.signer.client, "tiles": self.tiles, **parts}
        lease_ms = told.pop("lease_ms", 5_000)
        return Sequencer(
            told["store"], SITE, told["signer"], told["tiles"], holder=holder, lease_ms=lease_ms
        )

    def record(self, *subjects: str) -> None:
        """An event on each of these chains, in one transaction."""
        events = [granted(f"{n}", SubjectId(subject)) for n, subject in enumerate(subjects)]
        self.store.run(lambda work: work.record(*events))

    def look(self) -> None:
        """Remember the checkpoint that anybody can see now."""
        raw = self.tiles.checkpoint()
        if raw is not None and raw not in self.seen:
            self.seen.append(raw)

    def leaves(self) -> list[bytes]:
        return self.store.read(
            lambda work: list(
                work.conn.execute(
                    select(core.leaf.c.entry)
                    .where(core.leaf.c.site == SITE)
                    .order_by(core.leaf.c.idx)
                ).scalars()
            )
        )

    def judge(self) -> None:
        """Everything recorded is a leaf once, in order, and every head seen is of this one tree."""
        self.look()
        policy = Policy(logs=tuple(Peer(key=key) for key in self.signer.client.open(ORIGIN).keys))
        leaves = self.leaves()
        for raw in self.seen:
            head = verify_checkpoint(raw, policy).head
            assert head.origin == ORIGIN
            assert head.root == slow_root(leaves[: head.size])
        published = read_head(self.seen[-1])
        assert published.size == len(leaves)
        assert list(self.tiles.entries(0, published.size)) == leaves
        assert self.store.read(lambda work: waiting(work, SITE)) == 0
        self._judge_events(leaves)

    def _judge_events(self, leaves: list[bytes]) -> None:
        opened = list(openings(self.store, SITE, len(leaves)))
        assert [each["index"] for each in opened] == list(range(len(leaves)))
        last: dict[str, tuple[int, str]] = {}
        for each, leaf in zip(opened, leaves, strict=True):
            envelope = json.loads(each["envelope"])
            mac = hmac_sha256(each["ek"], b"answerable/event/v1\x00" + each["envelope"])
            assert leaf == b"\x01" + mac
            assert set(each["groups"]) == set(envelope["groups"])
            for name, (key, body) in each["groups"].items():
                said = hmac_sha256(key, f"answerable/group/v1\x00{name}\x00".encode() + body)
                assert base64.b64encode(said).decode() == envelope["groups"][name]
            sseq, before = last.get(envelope["subj"], (-1, None))
            assert (envelope["sseq"], envelope["prev"]) == (sseq + 1, before)
            last[envelope["subj"]] = envelope["sseq"], hashlib.sha256(b"\x00" + leaf).hexdigest()
        counted = select(func.count()).select_from(core.event)
        assert self.store.read(lambda work: work.conn.execute(counted).scalar_one()) == len(leaves)


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104, written out: for keys of at most 64 bytes."""
    padded = key.ljust(64, b"\x00")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in padded) + inner).digest()


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = slow_root(leaves[:split]), slow_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.fixture
def log(store: Store, signer: SignerProcess, tmp_path: Path) -> Log:
    return Log(store, signer, TileFolder(tmp_path / "log"))
