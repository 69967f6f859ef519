"""Checks 10 and 11: per subject no event is missing, and times do not run backwards."""

from collections.abc import Sequence
from typing import Final

from answerable.events.event import Opened
from answerable.kernel.time import MINUTE
from answerable.verifier.findings import Check, Findings
from answerable.verifier.manifest import OPENINGS

TOLERANCE_MS: Final = 5 * MINUTE
"""How far `recorded` may run back: a transaction stamps its events when it begins, and several
may be under way at once."""


def check_chains(opened: Sequence[Opened], found: Findings) -> None:
    """10. Each subject counts 0, 1, 2 … and names the leaf of its event before."""
    found.begin(Check.CHAINS)
    ends: dict[tuple[str, str], tuple[int, str | None]] = {}
    for event in opened:
        expected, last = ends.get((event.site, event.subject), (0, None))
        if event.sseq != expected:
            words = f"event {event.sseq} of its subject follows where {expected} belongs"
            found.found(Check.CHAINS, OPENINGS, words, event.index)
        elif event.prev != last:
            words = "does not name the leaf of its subject's last event"
            found.found(Check.CHAINS, OPENINGS, words, event.index)
        ends[event.site, event.subject] = (event.sseq + 1, event.leaf_hash.hex())


def check_times(opened: Sequence[Opened], cosigned: int, found: Findings) -> None:
    """11. `recorded` follows the log's order and the chains'; nothing is known after it.

    `cosigned` (POSIX seconds, 0: none): nothing was recorded after a witness saw it.
    """
    found.begin(Check.TIMES)
    latest = 0
    for event in opened:
        if event.recorded < latest - TOLERANCE_MS:
            words = "was recorded long before a leaf that stands before it"
            found.found(Check.TIMES, OPENINGS, words, event.index)
        latest = max(latest, event.recorded)
        if event.known > event.recorded + TOLERANCE_MS:
            words = "is said to have been known after it was recorded"
            found.found(Check.TIMES, OPENINGS, words, event.index)
        if cosigned and event.recorded > cosigned * 1_000 + TOLERANCE_MS:
            words = "was recorded after a witness had cosigned the log with it"
            found.found(Check.TIMES, OPENINGS, words, event.index)
