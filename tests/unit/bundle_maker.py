"""Makes small real logs and bundles: a plausible story with events of every kind, and its lies.

A story is a list of steps, each a name and a function that makes an event. `tell` seals them as
the store would: chains, commitments, leaf hashes. Leave a step out or change it and everything
after it is sealed anew, so that only what the sums say can show the lie.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from answerable.adapters.bundle.writer import write_bundle
from answerable.adapters.signing.keys import LocalSigner, sign
from answerable.events.event import Event, Opened, header_of, opened_from
from answerable.events.sealing import SealedEvent, commit_key, public_leaf, seal
from answerable.kernel.canonical import strict_json
from answerable.kernel.ids import ActorId, Site, SubjectId, spell_id
from answerable.kernel.time import Millis, iso
from answerable.ledger.checkpoint import format_checkpoint
from answerable.ledger.head import TreeHead
from answerable.ledger.keys import KeyType, SigningKey
from answerable.ledger.merkle import Frontier
from answerable.ledger.policy import Peer, Policy
from answerable.ledger.receipt import Receipt
from answerable.ledger.tiles import grow

SITE = Site("demo")
ORIGIN = "ads.example.org/demo/2026"
START = 1_795_514_400_000  # 2026-11-24T10:00:00Z


def name_of(label: str) -> str:
    """A fixed id for a label, of the form of our ids."""
    return spell_id(hashlib.sha256(label.encode()).digest()[:16])


def secret_of(label: str) -> bytes:
    return hashlib.sha256(b"secret " + label.encode()).digest()


def key(name: str, type_: KeyType = KeyType.ED25519) -> SigningKey:
    return SigningKey(name=name, type=type_, seed=secret_of(name))


LOG_KEY = key(ORIGIN)
RECEIPTS = LocalSigner(key(f"{ORIGIN}/receipts"))
BUNDLE = LocalSigner(key(f"{ORIGIN}/bundle"))
POLICY = Policy(
    logs=(Peer(key=LOG_KEY.verifier()),),
    receipts=(RECEIPTS.verifier,),
    bundles=(BUNDLE.verifier,),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One event to be: its name in the story, its kind and values, and the ms since START."""

    name: str
    kind: type[Event]
    subject: str
    at: int
    values: Mapping[str, Any]
    header: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Story:
    """A list of steps with a running time."""

    site: Site = SITE
    steps: list[Step] = field(default_factory=list)
    now: int = 0

    def add(
        self, name: str, kind: type[Event], subject: str, /, *, after: int = 1_000, **values: Any
    ) -> None:
        """`after` ms later. Values that are `Leaf("step")` become that step's leaf hash."""
        self.now += after
        header = {k: values.pop(k) for k in ("due", "closes", "actor", "happened") if k in values}
        self.steps.append(Step(name, kind, subject, self.now, values, header))

    @property
    def time(self) -> int:
        return START + self.now


@dataclass(frozen=True, slots=True)
class Leaf:
    """Stands for the leaf hash (hex) of a step."""

    of: str


@dataclass(frozen=True, slots=True)
class Told:
    """One sealed event with its step."""

    step: Step
    event: Event
    sealed: SealedEvent
    recorded: int


def tell(
    story: Story,
    *,
    without: Iterable[str] = (),
    change: Mapping[str, Callable[[Event], Event]] | None = None,
) -> list[Told]:
    """Seal the story; `without` steps left out, or with events changed by `change`."""
    chains: dict[str, tuple[int, str | None]] = {}
    leaves: dict[str, str] = {}
    told: list[Told] = []
    for step in story.steps:
        if step.name in set(without):
            leaves[step.name] = hashlib.sha256(step.name.encode()).hexdigest()
            continue
        event = _event_of(story, step, leaves)
        if change and step.name in change:
            event = change[step.name](event)
        sseq, prev = chains.get(event.subject, (0, None))
        recorded = START + step.at
        header = header_of(event, sseq=sseq, prev=prev, recorded=Millis(recorded))
        groups = event.grouped_values()
        secrets = {name: secret_of(f"{step.name}/{name}") for name in groups}
        sealed = seal(header, groups, ek=secret_of(f"{step.name}/ek"), secrets=secrets)
        chains[event.subject] = (sseq + 1, sealed.leaf_hash.hex())
        leaves[step.name] = sealed.leaf_hash.hex()
        told.append(Told(step, event, sealed, recorded))
    return told


def _event_of(story: Story, step: Step, leaves: Mapping[str, str]) -> Event:
    at = Millis(START + step.at)
    header: dict[str, Any] = {"happened": at, "known": at, "actor": ActorId("system:test")}
    header |= step.header
    values = {k: _filled(v, leaves) for k, v in step.values.items()}
    given = {f.name for f in fields(step.kind)}
    assert set(values) <= given, f"{step.name}: {set(values) - given}"
    return step.kind(site=story.site, subject=SubjectId(name_of(step.subject)), **header, **values)


def _filled(value: Any, leaves: Mapping[str, str]) -> Any:
    if isinstance(value, Leaf):
        return leaves[value.of]
    if isinstance(value, list):
        return [_filled(v, leaves) for v in value]
    return value


def open_all(
    told: Iterable[Told], erased: Mapping[str, Iterable[str]] | None = None
) -> list[Opened]:
    """What an examiner reads. `erased`: step name to the names of its groups that are gone."""
    found = []
    for index, one in enumerate(told):
        gone = set((erased or {}).get(one.step.name, ()))
        envelope = strict_json(one.sealed.envelope)
        assert isinstance(envelope, Mapping)
        groups = {
            g.name: None if g.name in gone else strict_json(g.body) for g in one.sealed.groups
        }
        found.append(opened_from(index, envelope, groups, one.sealed.leaf_hash))  # type: ignore[arg-type]
    return found


def openings_of(
    told: Iterable[Told],
    erased: Mapping[str, Iterable[str]] | None = None,
    withheld: Mapping[str, Mapping[str, str]] | None = None,
) -> list[dict[str, Any]]:
    """As the store gives them to the writer of bundles: an erased group is simply not there."""
    rows = []
    for index, one in enumerate(told):
        gone = set((erased or {}).get(one.step.name, ()))
        groups: dict[str, Any] = {
            g.name: (commit_key(g.secret), g.body) for g in one.sealed.groups if g.name not in gone
        }
        groups |= (withheld or {}).get(one.step.name, {})
        rows.append(
            {
                "index": index,
                "ek": one.sealed.ek,
                "envelope": one.sealed.envelope,
                "groups": groups,
            }
        )
    return rows


def log_of(leaves: list[bytes], origin: str = ORIGIN) -> dict[str, bytes]:
    """The files of a log over these entries: checkpoint first, then tiles."""
    tree = Frontier()
    tree.extend(leaves)
    head = TreeHead(origin=origin, size=tree.size, root=tree.root())
    checkpoint = format_checkpoint(head, [sign(LOG_KEY, head.text).line])
    files = {"checkpoint": checkpoint}
    files.update({tile.path: data for tile, data in grow(0, leaves, lambda _path: None)})
    return files


def receipts_of(told: list[Told], *, due_after: int = 60_000) -> list[bytes]:
    """A receipt for everything received; the log stood just before the leaf."""
    tree, notes = Frontier(), []
    for one in told:
        if one.event.TYPE in ("ad.received", "ad.revised", "alert.received"):
            receipt = Receipt(
                origin=ORIGIN,
                leaf_hash=one.sealed.leaf_hash,
                received=Millis(one.recorded),
                due=Millis(one.recorded + due_after),
                size=tree.size,
                root=tree.root(),
            )
            notes.append(RECEIPTS.sign(receipt.text))
        tree.append(one.sealed.leaf)
    return notes


def site_json(told: list[Told]) -> dict[str, Any]:
    created = next((t.event for t in told if t.event.TYPE == "site.created"), None)
    return {
        "exported": iso(Millis(told[-1].recorded + 5_000 if told else START)),
        "name": getattr(created, "name", "A site of bikes and jobs"),
        "origin": ORIGIN,
        "site": told[0].event.site if told else SITE,
        "synthetic": bool(getattr(created, "synthetic", False)),
    }


def write(
    folder: Path,
    told: list[Told],
    *,
    erased: Mapping[str, Iterable[str]] | None = None,
    withheld: Mapping[str, Mapping[str, str]] | None = None,
    receipts: list[bytes] | None = None,
    site: Mapping[str, Any] | None = None,
) -> Path:
    """The bundle of what was told, signed."""
    return write_openings(
        folder,
        openings_of(told, erased, withheld),
        receipts=receipts_of(told) if receipts is None else receipts,
        site={**site_json(told), **(site or {})},
    )


def write_openings(
    folder: Path,
    openings: list[dict[str, Any]],
    *,
    receipts: Iterable[bytes] = (),
    site: Mapping[str, Any] | None = None,
) -> Path:
    """The bundle of any openings, whatever they say: their leaves are what they commit to."""
    leaves = [public_leaf(o["ek"], o["envelope"]) for o in openings]
    write_bundle(
        folder,
        log_files=log_of(leaves).items(),
        openings=openings,
        receipts=receipts,
        site=site_json([]) if site is None else site,
        sign=BUNDLE.sign,
    )
    return folder


def changed(**values: Any) -> Callable[[Event], Event]:
    """For `tell(change=…)`: the same event with other values."""
    return lambda event: replace(event, **values)
