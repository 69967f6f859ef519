"""What was given, and every check that can be made of it, in order. All findings, not the first.

Pure over its inputs: a source of files or the bytes of one, a policy, receipts presented.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from answerable.ledger.checkpoint import read_head
from answerable.ledger.faults import Malformed, NotVerified, Unchecked
from answerable.ledger.leaf import LEAF_BYTES, leaf_hash_of
from answerable.ledger.merkle import HASH_BYTES
from answerable.ledger.policy import Policy
from answerable.ledger.proof import HEADER, SUFFIX, TlogProof, verify_proof
from answerable.ledger.tiles import Tile
from answerable.verifier.chains import check_chains, check_times
from answerable.verifier.findings import Check, Findings, Kind, Outcome
from answerable.verifier.manifest import (
    CHECKPOINT,
    FIXED,
    MANIFEST,
    check_files,
    check_manifest,
)
from answerable.verifier.openings import check_openings
from answerable.verifier.promises import check_receipts, genuine_receipt, keep_promises
from answerable.verifier.source import Source
from answerable.verifier.story import check_erasures, check_site, check_sums
from answerable.verifier.tree import check_checkpoint, check_log

RECEIPT_FIRST_LINE: Final = b"/receipts\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile:
    """One file: its name and its bytes (at most source.NOTE_BYTES_MAX)."""

    name: str
    raw: bytes


Presented = tuple[str, bytes]
"""A receipt that somebody holds: where it was read, and its bytes."""


def recognise_folder(paths: Sequence[str]) -> Kind:
    """A bundle, even a damaged one, by any of its own files; else a log; else nothing known."""
    if MANIFEST in paths or any(path in FIXED or path.startswith("log/") for path in paths):
        return Kind.BUNDLE
    if "checkpoint" in paths or any(path.startswith("tile/") for path in paths):
        return Kind.LOG
    return Kind.UNKNOWN


def recognise_file(given: GivenFile) -> Kind:
    """A proof, a receipt or a checkpoint, by how it begins or what it is called."""
    first, newline, _ = given.raw.partition(b"\n")
    if first == HEADER.encode() or given.name.endswith(SUFFIX):
        return Kind.PROOF
    if (first + newline).endswith(RECEIPT_FIRST_LINE) or given.name.endswith(".receipt"):
        return Kind.RECEIPT
    if given.name == "checkpoint" or _is_head(given.raw):
        return Kind.CHECKPOINT
    return Kind.UNKNOWN


def _is_head(raw: bytes) -> bool:
    try:
        read_head(raw)
    except Malformed:
        return False
    return True


def verify_folder(source: Source, policy: Policy, presented: Iterable[Presented] = ()) -> Outcome:
    """Check a bundle or a log folder, whichever it is."""
    found = Findings()
    kind = recognise_folder(source.paths())
    match kind:
        case Kind.BUNDLE:
            _bundle(source, policy, presented, found)
        case Kind.LOG:
            _log(source, policy, presented, found)
        case _:
            found.unreadable("", "this folder holds neither a bundle nor a log")
    return found.outcome(kind)


def _bundle(
    source: Source, policy: Policy, presented: Iterable[Presented], found: Findings
) -> None:
    manifest = check_manifest(source, policy, found)
    check_files(source, manifest.listing, found)
    log = check_log(source, "log/", policy, found, exact=True)
    origin = log.head.origin if log.head is not None else None
    if origin is not None and manifest.origin is not None and origin != manifest.origin:
        words = f"is of the log {origin}, and the manifest of {manifest.origin}"
        found.found(Check.CHECKPOINT, CHECKPOINT, words)
    openings = check_openings(source, log, found)
    check_chains(openings.opened, found)
    check_times(openings.opened, log.cosigned, found)
    check_sums(openings.opened, found)
    check_erasures(openings, found)
    check_receipts(source, policy, log, openings.opened, presented, found)
    check_site(source, origin, openings.opened, found)
    found.figures |= {
        "origin": origin,
        "leaves": log.head.size if log.head is not None else None,
        "opened": len(openings.opened),
    }


def _log(source: Source, policy: Policy, presented: Iterable[Presented], found: Findings) -> None:
    """A published folder may be ahead of its checkpoint; what lies beyond is told, not judged."""
    log = check_log(source, "", policy, found, exact=False)
    for path, what in source.oddities():
        found.found(Check.TILES, path, f"is {what}; a log has plain files only")
    for path in source.paths():
        if path != "checkpoint" and not _is_tile(path):
            found.found(Check.TILES, path, "is no file of a log")
    notes = [(where, None, raw) for where, raw in presented]
    if notes:
        found.begin(Check.RECEIPTS)
        keep_promises(notes, policy, log, log.cosigned * 1_000, found)
    if log.head is not None:
        found.figures |= {"origin": log.head.origin, "leaves": log.head.size}
        found.note("a log folder holds no openings: that leaves are true was not looked at")


def _is_tile(path: str) -> bool:
    try:
        Tile.read(path)
    except Malformed:
        return False
    return True


def verify_file(
    given: GivenFile,
    policy: Policy,
    presented: Sequence[Presented] = (),
    leaf: bytes | None = None,
) -> Outcome:
    """Check one file. `leaf`: the 32-byte leaf hash that a proof is to be about, if known."""
    found = Findings()
    kind = recognise_file(given)
    match kind:
        case Kind.CHECKPOINT:
            head, _ = check_checkpoint(given.raw, given.name, policy, found)
            if head is not None:
                found.figures |= {"origin": head.origin, "leaves": head.size}
        case Kind.PROOF:
            _proof(given, policy, presented, leaf, found)
        case Kind.RECEIPT:
            _receipt(given, policy, found)
        case Kind.UNKNOWN:
            found.unreadable(given.name, "is no checkpoint, proof or receipt")
        case Kind.BUNDLE | Kind.LOG:
            found.unreadable(given.name, "is a file, and that is a folder")
        case unknown:
            assert_never(unknown)
    return found.outcome(kind)


def _receipt(given: GivenFile, policy: Policy, found: Findings) -> None:
    found.begin(Check.RECEIPTS)
    if not policy.receipts:
        found.lacks(Check.RECEIPTS, given.name, "the policy names no receipts key")
        return
    receipt = genuine_receipt(given.raw, given.name, None, policy, found)
    if receipt is not None:
        found.figures |= {
            "origin": receipt.origin,
            "leaf_hash": receipt.leaf_hash.hex(),
            "received": receipt.received,
            "due": receipt.due,
        }
        found.note("the promise is genuine; whether it was kept, a proof or the log shows")


def _proof(
    given: GivenFile,
    policy: Policy,
    presented: Sequence[Presented],
    leaf: bytes | None,
    found: Findings,
) -> None:
    """16. Of which leaf: the one given by hand, else the receipt's, else the one it carries."""
    found.begin(Check.PROOF)
    try:
        proof = TlogProof.read(given.raw)
    except Malformed as fault:
        found.found(Check.PROOF, given.name, fault.reason)
        return
    check_checkpoint(proof.checkpoint, given.name, policy, found)
    leaves = [] if leaf is None else [(leaf, "the leaf hash given")]
    for where, raw in presented:
        receipt = genuine_receipt(raw, where, None, policy, found) if policy.receipts else None
        if receipt is not None:
            leaves.append((receipt.leaf_hash, f"the receipt {where}"))
    if not leaves and (carried := _carried(proof.extra)) is not None:
        leaves.append((carried, "the leaf that the proof carries"))
        found.note("the leaf was read from the proof itself: compare it with what you submitted")
    if not leaves:
        words = "says of no leaf that it proves; give the receipt or the leaf hash"
        found.lacks(Check.PROOF, given.name, words)
    for hashed, what in leaves:
        try:
            verify_proof(given.raw, hashed, policy)
        except (Malformed, NotVerified, Unchecked) as fault:
            if not found.any_of([Check.CHECKPOINT]):
                found.found(Check.PROOF, given.name, f"{what}: {fault.reason}")
        else:
            found.figures |= {"index": proof.index, "leaf_hash": hashed.hex()}


def _carried(extra: bytes | None) -> bytes | None:
    if extra is None:
        return None
    if len(extra) == LEAF_BYTES and extra[0] == 1:
        return leaf_hash_of(extra)
    return extra if len(extra) == HASH_BYTES else None
