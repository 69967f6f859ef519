"""Checks 12, 13 and 15: the sums, the erasures, and whose site it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from answerable.events.duties.keeping import ERASES, erasures_not_allowed
from answerable.events.duties.residual import names
from answerable.events.duties.sums import Sums, take_sums
from answerable.events.event import Opened
from answerable.ledger.faults import Malformed
from answerable.verifier.findings import Check, Findings
from answerable.verifier.manifest import OPENINGS, SITE
from answerable.verifier.openings import Openings
from answerable.verifier.source import SITE_BYTES_MAX, CannotRead, Source, TooLong
from answerable.verifier.spelling import fits, read_canonical

SITE_SHAPE: Mapping[str, type] = {
    "exported": str,
    "name": str,
    "origin": str,
    "site": str,
    "synthetic": bool,
}

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


def check_sums(opened: Sequence[Opened], found: Findings) -> Sums:
    """12. What is left over is a finding; the terms themselves are figures."""
    found.begin(Check.SUMS)
    sums = take_sums(opened)
    for left in sums.residual:
        words = f"{left.term.value}: {left.words}"
        if left.ids:
            words += f" ({', '.join(left.ids)})"
        index = left.indices[0] if left.indices else None
        found.found(Check.SUMS, OPENINGS, words, index)
    found.figures["sums"] = {"real": asdict(sums.real), "synthetic": asdict(sums.synthetic)}
    found.figures["residual"] = len(sums.residual)
    found.figures["finished"] = [f.tipline_id for f in sums.finished]
    return sums


def check_erasures(openings: Openings, found: Findings) -> None:
    """13. Erased groups and erasure events name each other; two people; nothing under hold."""
    found.begin(Check.ERASURES)
    told: dict[tuple[str, str], int] = {}
    for event in openings.opened:
        if event.type in ERASES:
            for leaf in names(event, "leaves"):
                for group in names(event, "data_groups"):
                    told[leaf, group] = event.index
    erased = {(leaf, group) for _, leaf, group in openings.erased}
    for index, leaf, group in openings.erased:
        if (leaf, group) not in told:
            words = f"the group {group} is erased and no event says so"
            found.found(Check.ERASURES, OPENINGS, words, index)
    for event in openings.opened:
        for group, body in event.groups.items():
            key = (event.leaf_hash.hex(), group)
            if body is not None and key in told and key not in erased:
                words = f"the group {group} is said to be erased, and here it is"
                found.found(Check.ERASURES, OPENINGS, words, event.index)
    for fault in erasures_not_allowed(openings.opened):
        words = f"{fault.words} ({', '.join(fault.ids)})"
        found.found(Check.ERASURES, OPENINGS, words, fault.indices[0])
    found.figures["erased_groups"] = len(openings.erased)
    found.figures["withheld_groups"] = openings.withheld


def check_site(
    source: Source, origin: str | None, opened: Sequence[Opened], found: Findings
) -> Mapping[str, Any] | None:
    """15. site.json speaks of this log, and every event is of its one site."""
    found.begin(Check.SITE)
    try:
        raw = source.read(SITE, SITE_BYTES_MAX)
        if raw is None:
            raise Malformed("is not there")
        if not raw.endswith(b"\n"):
            raise Malformed("does not end in a newline")
        site = read_canonical(raw[:-1], "the object")
        if set(site) != set(SITE_SHAPE) or not all(fits(site[k], SITE_SHAPE[k]) for k in site):
            raise Malformed(f"does not hold exactly {', '.join(SITE_SHAPE)}")
        if not _MOMENT.fullmatch(site["exported"]):
            raise Malformed("exported is no moment like 2026-11-24T10:15:00.123Z")
    except CannotRead as fault:
        found.unreadable(SITE, fault.reason)
        return None
    except (Malformed, TooLong) as fault:
        found.found(Check.SITE, SITE, fault.reason)
        return None
    if origin is not None and site["origin"] != origin:
        found.found(Check.SITE, SITE, "names another log than the checkpoint")
    for event in opened:
        if event.site != site["site"]:
            words = f"is an event of the site {event.site}, not of {site['site']}"
            found.found(Check.SITE, OPENINGS, words, event.index)
        if event.type == "site.created" and event.get("synthetic") not in (None, site["synthetic"]):
            words = "was created with another mark (synthetic or not) than the event says"
            found.found(Check.SITE, SITE, words)
    return site
