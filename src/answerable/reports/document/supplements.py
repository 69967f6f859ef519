"""reports.document.supplements: files made for the reader: what was changed, who belongs together.

An investigator with forty ads before them asks two things first: what did the poster take out, and
which of these are one group. Both come from what the report holds anyway; nothing is judged.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from answerable.reports.document import facts as f
from answerable.reports.document import parties as p
from answerable.reports.document.notes import one_line, said

CHANGES_NAME = "changes.txt"
GROUP_NAME = "group.txt"
LINES_COMPARED_MAX = 2_000  # of one field; comparing takes time with the square of it


def changes_text(case: f.CaseFacts) -> str | None:
    """What each revision changed, field by field, in unified form; None where nothing was."""
    parts = [
        part
        for ad in case.ads
        for before, after in pairwise(ad.revisions)
        for part in _changes(ad, before, after)
    ]
    return "\n".join(parts) + "\n" if parts else None


def _changes(ad: f.AdFacts, before: f.RevisionFacts, after: f.RevisionFacts) -> Iterator[str]:
    names = [*before.texts, *(name for name in after.texts if name not in before.texts)]
    changed = [name for name in names if before.texts.get(name) != after.texts.get(name)]
    head = (
        f"== Ad {ad.external_id}: revision {before.number} to revision {after.number}, "
        f"received {after.received_at.spelled()} =="
    )
    if not changed:
        yield f"{head}\nThe same words."
        return
    yield head
    for name in changed:
        yield from _field(name, before.texts.get(name), after.texts.get(name))


def _field(name: str, before: str | None, after: str | None) -> Iterator[str]:
    old, new = (before or "").splitlines(), (after or "").splitlines()
    if max(len(old), len(new)) > LINES_COMPARED_MAX:
        yield f"{name}: changed; too long to compare here, both versions are whole in their files"
        return
    lines = list(
        difflib.unified_diff(
            old,
            new,
            f"{name}, before" if before is not None else "no such field before",
            f"{name}, after" if after is not None else "no such field after",
            lineterm="",
        )
    )
    yield from lines or [f"{name}: changed in its line ends alone"]


def group_text(case: f.CaseFacts) -> str | None:
    """Accounts, ads and what they share, on one page; None for one ad that shares nothing."""
    accounts = p.parties(case)
    if len(case.ads) == 1 and len(accounts) == 1 and not case.links:
        return None
    lines = [f"Group {case.case}: {len(case.ads)} ads, {len(accounts)} accounts", ""]
    lines += _span(case)
    for party in accounts:
        lines += ["", *_party(case, party)]
    if case.links:
        lines += ["", "What they share:", *_shared(case.links)]
    if case.prior_reports:
        earlier = ", ".join(str(number) for number in case.prior_reports)
        lines += ["", f"Earlier reports on these ads or accounts: {earlier}"]
    return "\n".join(lines) + "\n"


def _span(case: f.CaseFacts) -> Iterable[str]:
    stood = [one for ad in case.ads for revision in ad.revisions for one in revision.placements]
    if not stood:
        return ["No placement of any of these ads is known."]
    first, last = (pick(stood, key=lambda one: one.start.at) for pick in (min, max))
    places = p.unique(said(one.place) for one in stood if said(one.place))
    sections = p.unique(one_line(one.section) for one in stood)
    return [
        f"First placement {first.start.spelled()}, last {last.start.spelled()}",
        f"Sections: {', '.join(sections)}",
        f"Places: {'; '.join(one_line(place) for place in places) or 'none stated'}",
    ]


def _party(case: f.CaseFacts, party: p.Party) -> Iterable[str]:
    contacts = p.unique((one.kind, one.value) for one in party.contacts)
    seen = [one.at for one in party.connections if one.at is not None]
    latest = max(seen, key=lambda moment: moment.at, default=None)
    told = {
        "Ads": ", ".join(party.ads),
        "E-mail addresses": ", ".join(one.address for one in party.emails),
        "Phones": ", ".join(one.number for one in party.phones),
        "In the ads' words": ", ".join(f"{kind} {value}" for kind, value in contacts),
        "Connections": str(len(party.connections)) if party.connections else "",
        "Last seen": latest.spelled() if latest else "",
        "Payments": str(len(party.payments)) if party.payments else "",
    }
    yield f"{party.label[0].upper()}{party.label[1:]}"
    yield from (f"  {name}: {one_line(value)}" for name, value in told.items() if value)


def _shared(links: Sequence[f.LinkFacts]) -> Iterable[str]:
    """Each shared value once, with everything that shares it."""
    found: dict[tuple[str, str], list[f.LinkFacts]] = {}
    for link in links:
        found.setdefault((link.kind, link.value), []).append(link)
    for (kind, value), same in found.items():
        ads = p.unique(ad for link in same for ad in link.ads)
        accounts = p.unique(account for link in same for account in link.accounts)
        whose = f"; accounts {', '.join(accounts)}" if accounts else ""
        yield f"  {kind} {one_line(value)}: ads {', '.join(ads)}{whose}"
        yield from (f"    {one_line(reason)}" for reason in p.unique(one.reason for one in same))
