"""Is this ad one that comes back, and what changed? Values in, values out."""

from collections.abc import Iterable, Mapping, Sequence

from answerable.kernel.sketch import SHORT, alike, same_text
from answerable.kernel.time import Millis
from answerable.networks.model import (
    ACCOUNT_LENGTH,
    ANCESTOR_LENGTH,
    CONTACTS,
    Ancestor,
    Change,
    Cleared,
    Kin,
    KinReason,
    Known,
    Migration,
    Returned,
)

ALIKE = 0.51
"""Mean of the likeness of stretches and of words. Of 32,000 pairs of unrelated seeded ads of one
section three were above 0.505; of returns with age, contact, order and a sentence changed at once
one in two hundred was below 0.52 (tests/unit/return_maker.py). The same words in another order are
above it by their words alone.
"""
HOUSE = "house.resubmission."
RULE_OF = {Change.AGE: f"{HOUSE}age", Change.SIGN: f"{HOUSE}sign"}
CELL = 10
"""The smallest number of ads that is published, and the step between numbers."""


def likeness(one: Known, other: Known) -> float:
    """0 to 1; 0 for what is not alike enough to be linked. Symmetric; 1 for the same text."""
    if one.sketch is None or other.sketch is None:
        return 0.0
    if same_text(one.sketch, other.sketch):
        return 1.0
    if min(one.sketch.size, other.sketch.size) < SHORT:
        return 0.0
    by_shingles = alike(one.sketch.shingles, other.sketch.shingles)
    by_words = alike(one.sketch.words, other.sketch.words)
    mean = (by_shingles + by_words) / 2
    return min(0.99, mean) if mean >= ALIKE else 0.0


def kin_of(new: Known, ancestor: Ancestor, shared: frozenset[KinReason], now: Millis) -> Kin | None:
    """The link, or None. `shared`: contacts, pictures and account that both have."""
    old, age = ancestor.known, now - ancestor.since
    if age > ANCESTOR_LENGTH or (new.ad == old.ad and new.revision < old.revision):
        return None
    because = ancestor.because
    if new.ad == old.ad and new.revision == old.revision:
        if ancestor.from_section is None:
            return None  # itself, not come back
        because = None  # itself, in another section
    reasons = set(shared) - {KinReason.SAME_AD, KinReason.TEXT}
    if age > ACCOUNT_LENGTH:
        reasons -= {KinReason.ACCOUNT}
    like = likeness(new, old)
    if like:
        reasons.add(KinReason.TEXT)
    if new.ad == old.ad:
        reasons.add(KinReason.SAME_AD)
    if not reasons:
        return None
    changes = changes_of(new, old, comparable=_comparable(reasons))
    waits = because is not None and bool({Change.AGE, Change.SIGN} & set(changes))
    return Kin(
        ad=new.ad,
        revision=new.revision,
        ancestor=old.ad,
        ancestor_revision=old.revision,
        because=because,
        from_section=ancestor.from_section,
        reasons=tuple(reason for reason in KinReason if reason in reasons),
        changes=changes,
        waits=waits,
        likeness=like,
        since=ancestor.since,
    )


def _comparable(reasons: set[KinReason]) -> bool:
    """Are the two the same thing, so that a number or sign which is gone means something?"""
    if reasons & {KinReason.SAME_AD, KinReason.TEXT, KinReason.IMAGE}:
        return True
    return KinReason.ACCOUNT in reasons and bool(reasons & CONTACTS)


def changes_of(new: Known, old: Known, *, comparable: bool) -> tuple[Change, ...]:
    """What changed from `old` to `new`, in the order of `Change`."""
    known = new.sketch is not None and old.sketch is not None
    same = known and same_text(new.sketch, old.sketch)  # type: ignore[arg-type]
    found: set[Change] = set()
    if not same:
        found.add(Change.TEXT)
        if comparable and known and new.sketch.ages != old.sketch.ages:  # type: ignore[union-attr]
            found.add(Change.AGE)
        if comparable and not (old.rules <= new.rules):
            found.add(Change.SIGN)
    if new.contacts - old.contacts:
        found.add(Change.CONTACT)
    return tuple(change for change in Change if change in found)


def found_kin(
    new: Known,
    ancestors: Sequence[tuple[Ancestor, frozenset[KinReason]]],
    cleared: Iterable[Cleared],
    now: Millis,
) -> tuple[Kin, ...]:
    """Every link, the one that matters most first.

    Where people let the ad go in the knowledge of an ancestor, that ancestor is not held against
    it again, unless the age changes.
    """
    ages = frozenset[bytes]() if new.sketch is None else new.sketch.ages
    let_go = {one.ancestor for one in cleared if one.ages == ages}
    found = [
        kin
        for ancestor, shared in ancestors
        if ancestor.known.ad not in let_go
        and (kin := kin_of(new, ancestor, shared, now)) is not None
    ]
    return tuple(sorted(found, key=_rank))


def _rank(kin: Kin) -> tuple[object, ...]:
    return (
        not kin.waits,
        kin.because is None,
        KinReason.SAME_AD not in kin.reasons,
        -kin.likeness,
        -kin.since,
        kin.ancestor,
    )


def returned(found: Sequence[Kin], *, away: bool) -> Returned:
    """What follows for screening. `away`: the ad stands where its section is open."""
    changes = {change for kin in found if kin.waits for change in kin.changes}
    return Returned(
        rules=tuple(rule for change, rule in RULE_OF.items() if change in changes),
        moved=away and any(kin.from_section is not None for kin in found),
    )


def own_rules(signals: Iterable[Mapping[str, object]]) -> frozenset[str]:
    """The rules of the pack that saw something; the house's own say nothing of the words."""
    rules = (str(signal.get("rule")) for signal in signals)
    return frozenset(rule for rule in rules if not rule.startswith(HOUSE))


def published(counts: Mapping[tuple[str, str], int]) -> tuple[Migration, ...]:
    """Counts as the public may see them: in steps of ten, fewer than ten as such."""
    return tuple(
        Migration(
            from_section=left,
            to_section=right,
            count=None if count < CELL else count - count % CELL,
        )
        for (left, right), count in sorted(counts.items())
        if count > 0
    )
