"""An ad beside the one it comes back from: why they are linked, and what changed.

The words themselves, side by side, are for whoever may look at evidence; others see kinds alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.adview import AdView, Pair, pair, view_ad
from answerable.apps.console.visit import Visit
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import AdId, Site
from answerable.networks.model import Because, Change, Kin, KinReason

KIN_MAX = 10
REASONS = {
    KinReason.SAME_AD: "the same ad, revised or moved",
    KinReason.TEXT: "the same or nearly the same words",
    KinReason.IMAGE: "the same picture",
    KinReason.PHONE: "the same phone",
    KinReason.EMAIL: "the same mail address",
    KinReason.HANDLE: "the same handle",
    KinReason.PAYMENT: "the same payment address",
    KinReason.ACCOUNT: "the same account within a week",
}
CHANGES = {
    Change.AGE: "another age",
    Change.SIGN: "a sign is gone",
    Change.CONTACT: "a new contact",
    Change.TEXT: "other words",
}
BECAUSE = {
    Because.REFUSED: "was refused by screening",
    Because.REPORTED: "was reported",
    Because.REMOVED: "was removed",
    Because.RESTRICTED: "was restricted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KinView:
    """One link of an ad of the page. `pair`: the ancestor's words left, the new ones right."""

    kin: Kin
    new: str
    ancestor: str
    pair: Pair | None
    hidden: bool

    @property
    def why(self) -> str:
        return ", ".join(REASONS[one] for one in self.kin.reasons)

    @property
    def changed(self) -> tuple[str, ...]:
        return tuple(CHANGES[one] for one in self.kin.changes)

    @property
    def became(self) -> str:
        if self.kin.because is not None:
            return BECAUSE[self.kin.because]
        return f"stood in {self.kin.from_section}, which is closed"


def kin_views(
    work: SqlWork, site: Site, ads: Iterable[AdView], visit: Visit
) -> tuple[KinView, ...]:
    """Every link of these ads, either way, the newest first; each once."""
    known = {view.ad.id: view for view in ads}
    may = visit.may(Permission.EVIDENCE_VIEW)
    links: dict[tuple[AdId, int, AdId], Kin] = {}
    for name in known:
        for kin in work.networks.kin_of(site, name, limit=KIN_MAX):
            links.setdefault((kin.ad, kin.revision, kin.ancestor), kin)

    def view(name: AdId) -> AdView | None:
        if name not in known:
            try:
                known[name] = view_ad(work, site, name)
            except NotFound:
                return None
        return known[name]

    found = []
    for kin in list(links.values())[:KIN_MAX]:
        new, old = view(kin.ad), view(kin.ancestor)
        if new is not None and old is not None:
            found.append(
                KinView(
                    kin=kin,
                    new=new.ad.external_id,
                    ancestor=old.ad.external_id,
                    pair=_pair(old, new, kin) if may else None,
                    hidden=not may,
                )
            )
    return tuple(found)


def _pair(old: AdView, new: AdView, kin: Kin) -> Pair | None:
    """None where the words of one are erased, or where they are one and the same revision."""
    left = next((r for r in old.revisions if r.number == kin.ancestor_revision), None)
    right = next((r for r in new.revisions if r.number == kin.revision), None)
    if left is None or right is None or left.digest is None or right.digest is None:
        return None
    return None if left.event is right.event else pair(left, right)
