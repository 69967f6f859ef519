"""Check 14: receipts. What was promised stands in the log, after the head that it names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from answerable.events.event import Opened
from answerable.ledger.faults import Malformed, NotVerified, Unchecked
from answerable.ledger.merkle import Frontier
from answerable.ledger.note import verify_note
from answerable.ledger.policy import Policy
from answerable.ledger.receipt import Receipt
from answerable.verifier.findings import Check, Findings
from answerable.verifier.manifest import RECEIPTS
from answerable.verifier.source import NOTE_BYTES_MAX, CannotRead, Source, TooLong
from answerable.verifier.spelling import read_canonical
from answerable.verifier.tree import Log

Promise = tuple[str, int | None, Receipt]
"""Where it was read (file, line) and what it says."""


def check_receipts(
    source: Source,
    policy: Policy,
    log: Log,
    opened: Sequence[Opened],
    presented: Iterable[tuple[str, bytes]],
    found: Findings,
) -> None:
    """14. Those that the site lists, and those that somebody presents beside the bundle."""
    found.begin(Check.RECEIPTS)
    notes = list(_listed(source, found))
    notes += [(where, None, raw) for where, raw in presented]
    found.figures["receipts"] = len(notes)
    latest = max((e.recorded for e in opened), default=log.cosigned * 1_000)
    keep_promises(notes, policy, log, max(latest, log.cosigned * 1_000), found)


def keep_promises(
    notes: Iterable[tuple[str, int | None, bytes]],
    policy: Policy,
    log: Log,
    latest: int,
    found: Findings,
) -> None:
    """Each note is a genuine receipt of this log, and its promise is kept. `latest`: ms UTC."""
    promises = list(_genuine(notes, policy, log, found))
    at = {leaf: index for index, leaf in enumerate(log.leaves) if leaf is not None}
    roots = _roots_at({receipt.size for _, _, receipt in promises}, log)
    for where, line, receipt in promises:
        index = at.get(receipt.leaf_hash)
        if index is None:
            if not log.whole:
                words = "its leaf was not found, and the log is not whole"
                found.lacks(Check.RECEIPTS, where, words, line)
            elif receipt.due <= latest:
                words = f"its leaf was promised by {receipt.due} and is not in the log"
                found.found(Check.RECEIPTS, where, words, line)
            else:
                words = f"its leaf is promised by {receipt.due}, after all that this log knows"
                found.note(f"{where}: {words}")
            continue
        if index < receipt.size:
            words = f"its leaf stands at {index}, before the head that the receipt names"
            found.found(Check.RECEIPTS, where, words, line)
        root = roots.get(receipt.size)
        if root is not None and root != receipt.root:
            words = f"names a head of size {receipt.size} that this log never had"
            found.found(Check.RECEIPTS, where, words, line)


def _listed(source: Source, found: Findings) -> Iterator[tuple[str, int | None, bytes]]:
    count = 0
    try:
        for raw in source.lines(RECEIPTS, 2 * NOTE_BYTES_MAX):
            try:
                if not raw.endswith(b"\n"):
                    raise Malformed("the last line does not end in a newline")
                line = read_canonical(raw[:-1], "the line")
                if set(line) != {"note"} or not isinstance(line["note"], str):
                    raise Malformed("the line is no object of one note")
                yield RECEIPTS, count, line["note"].encode("utf-8")
            except Malformed as fault:
                found.found(Check.RECEIPTS, RECEIPTS, fault.reason, count)
            count += 1
    except TooLong as fault:
        found.found(Check.RECEIPTS, RECEIPTS, fault.reason, count)
    except CannotRead as fault:
        found.unreadable(RECEIPTS, fault.reason)


def _genuine(
    notes: Iterable[tuple[str, int | None, bytes]], policy: Policy, log: Log, found: Findings
) -> Iterator[Promise]:
    unchecked = 0
    for where, line, raw in notes:
        if not policy.receipts:
            unchecked += 1
            continue
        receipt = genuine_receipt(raw, where, line, policy, found)
        if receipt is None:
            continue
        if log.head is not None and receipt.origin != log.head.origin:
            found.found(Check.RECEIPTS, where, "is a receipt of another log", line)
            continue
        yield where, line, receipt
    if unchecked:
        words = f"{unchecked} receipts, and the policy names no receipts key to check them by"
        found.lacks(Check.RECEIPTS, RECEIPTS, words)


def genuine_receipt(
    raw: bytes, where: str, line: int | None, policy: Policy, found: Findings
) -> Receipt | None:
    """The receipt, if the receipts key of its log signed it. A stranger's line is a finding."""
    try:
        verified = verify_note(raw, policy.receipts)
        receipt = Receipt.read(verified.text)
        if all(key.name != receipt.name for key in verified.signers()):
            raise NotVerified(f"the receipts key of {receipt.origin} has not signed this")
    except Unchecked as fault:
        found.lacks(Check.RECEIPTS, where, fault.reason, line)
        return None
    except (Malformed, NotVerified) as fault:
        found.found(Check.RECEIPTS, where, fault.reason, line)
        return None
    for stranger in verified.unknown:
        words = f"a signature line by {stranger.name} that the policy does not know"
        found.found(Check.RECEIPTS, where, words, line)
    return receipt


def _roots_at(sizes: set[int], log: Log) -> Mapping[int, bytes]:
    """The root that the log had at each of these sizes, in one pass."""
    tree, roots = Frontier(), {}
    if 0 in sizes:
        roots[0] = tree.root()
    for index, leaf in enumerate(log.leaves):
        if leaf is None:
            break
        tree.append_hash(leaf)
        if index + 1 in sizes:
            roots[index + 1] = tree.root()
    return roots
