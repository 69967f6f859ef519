"""The random audit of what was not reported: who is drawn, and what the draw can show.

The population is every ad of the record that no standing decision reports. Its order is fixed by
the seed and by each ad's first leaf, so anyone with the bundle draws the same ads, and a larger
sample keeps the smaller one. What cannot be opened counts as a defect, unless an erasure by two
people that the record tells of covers it; those are counted apart.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from answerable.audit.statistics import (
    USUAL_ALPHA,
    recall_bound,
    sample_order,
    upper_bound,
)
from answerable.events.duties.keeping import ERASES, ads_of_subjects
from answerable.events.duties.reported import ReportState, report_chains
from answerable.events.duties.residual import is_open, names
from answerable.events.event import Opened
from answerable.kernel.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One drawn ad, by its first leaf. `erased_by` is the leaf of the erasure that covers it."""

    place: int
    index: int
    leaf_hash: str
    ad: str | None
    external_id: str | None
    readable: bool
    erased_by: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A draw, and its bound. `found` are defects: those named, and what could not be opened.

    `upper` is K_U: with confidence 1 - alpha at most so many of the `population` should have been
    reported. `upper_with_erased` takes every lawfully erased pick for a defect too.
    """

    seed: str
    population: int
    reported: int
    picks: tuple[Pick, ...]
    named: tuple[str, ...]
    unreadable: int
    erased: int
    found: int
    alpha: Fraction
    upper: int
    upper_with_erased: int
    recall: Fraction | None


def draw(
    opened: Sequence[Opened],
    n: int,
    seed: bytes,
    *,
    defects: Collection[str] = (),
    alpha: Fraction = USUAL_ALPHA,
) -> Sample:
    """Draw `n` ads, or all if there are fewer, with a seed of 32 bytes.

    `defects`: ids (ours or the site's) of drawn ads that the panel says should have been reported.
    Raises Refusal for a defect that was not drawn, or a seed of another length.
    """
    if n < 0:
        raise Refusal("a sample has no negative size")
    reported = _reported(opened)
    ad_of = ads_of_subjects(opened)
    firsts = [e for e in opened if e.type == "ad.received"]
    unreported = [e for e in firsts if ad_of.get(e.subject) not in reported]
    order = sample_order([e.leaf_hash for e in unreported], seed)[:n]
    erasures = _erasures(opened)
    picks = tuple(
        _pick(place, unreported[at], ad_of.get(unreported[at].subject), erasures)
        for place, at in enumerate(order, start=1)
    )
    named = _named(picks, defects)
    unreadable = sum(not p.readable and p.erased_by is None for p in picks)
    erased = sum(not p.readable and p.erased_by is not None for p in picks)
    found = len(named) + unreadable
    upper = upper_bound(len(unreported), len(picks), found, alpha)
    return Sample(
        seed=seed.hex(),
        population=len(unreported),
        reported=len(firsts) - len(unreported),
        picks=picks,
        named=named,
        unreadable=unreadable,
        erased=erased,
        found=found,
        alpha=alpha,
        upper=upper,
        upper_with_erased=upper_bound(len(unreported), len(picks), found + erased, alpha),
        recall=recall_bound(len(firsts) - len(unreported), upper),
    )


def _reported(opened: Sequence[Opened]) -> frozenset[str]:
    """Ads of decisions to report that were not withdrawn, and of reports that stand."""
    chains = report_chains(opened)
    withdrawn = {c.decision for c in chains if c.state is ReportState.WITHDRAWN}
    decided = (
        ad
        for event in opened
        if event.type == "case.decided" and event.get("kind") == "report"
        if event.get("decision") not in withdrawn
        for ad in names(event, "ads")
    )
    standing = (ad for c in chains if c.state is not ReportState.WITHDRAWN for ad in c.ads)
    return frozenset((*decided, *standing))


def _erasures(opened: Sequence[Opened]) -> dict[str, int]:
    """Leaf hash (hex) of whatever lost its words by two people, to the leaf of the erasure."""
    return {
        leaf: event.index
        for event in opened
        if event.type in ERASES and "ad_text" in names(event, "data_groups")
        if len(set(names(event, "approvers"))) >= 2
        for leaf in names(event, "leaves")
    }


def _pick(place: int, event: Opened, ad: str | None, erasures: dict[str, int]) -> Pick:
    readable = is_open(event, "ad_text")
    leaf = event.leaf_hash.hex()
    return Pick(
        place=place,
        index=event.index,
        leaf_hash=leaf,
        ad=ad,
        external_id=event.get("external_id"),
        readable=readable,
        erased_by=None if readable else erasures.get(leaf),
    )


def _named(picks: Sequence[Pick], defects: Collection[str]) -> tuple[str, ...]:
    """The drawn ads that the panel named. One that is unreadable is counted already."""
    by_name = {name: p for p in picks for name in (p.ad, p.external_id) if name is not None}
    strangers = sorted(set(defects) - set(by_name))
    if strangers:
        raise Refusal(f"not among the ads drawn: {', '.join(strangers)}")
    hit = {by_name[name].index: by_name[name] for name in defects}
    return tuple(str(p.ad) for p in hit.values() if p.readable or p.erased_by is not None)


def sample_as_text(sample: Sample) -> str:
    """The draw for the panel, and the bound in words that promise no more than it shows."""
    level = f"{float(1 - sample.alpha):.0%}"
    counted = f"defects named {len(sample.named)}, not to be opened {sample.unreadable}"
    most = f"at most {sample.upper} of the {sample.population} should have been reported"
    lines = [
        f"{len(sample.picks)} of {sample.population} unreported ads drawn, seed {sample.seed}",
        *(_pick_line(pick) for pick in sample.picks),
        f"{counted}, erased by two people {sample.erased} (counted apart)",
        f"if the panel finds no others: with {level} confidence {most}",
    ]
    if sample.erased:
        lines.append(f"with the erased counted as defects: at most {sample.upper_with_erased}")
    if sample.recall is not None:
        part = f"{sample.reported} of at most {sample.reported + sample.upper}"
        lines.append(f"recall: {part}, so at least {float(sample.recall):.1%}")
    lines.append("this speaks of ads in the log and of this panel's eyes, and of nothing else")
    return "".join(f"{line}\n" for line in lines)


def _pick_line(pick: Pick) -> str:
    name = pick.external_id or pick.ad or "no name left"
    if pick.readable:
        said = ""
    elif pick.erased_by is None:
        said = ": cannot be opened, a defect"
    else:
        said = f": erased, see leaf {pick.erased_by}"
    return f"  {pick.place}. leaf {pick.index}, {name}{said}"


def sample_as_json(sample: Sample) -> str:
    """The same as one JSON object; fractions as text, `1/20`."""
    value: dict[str, Any] = asdict(sample)
    value["alpha"] = str(sample.alpha)
    value["recall"] = None if sample.recall is None else str(sample.recall)
    return json.dumps(value, sort_keys=True) + "\n"
