"""Alerters who alert without ground again and again: warned first, then limited. Pure.

DSA art. 23(2): who frequently submits notices that are manifestly unfounded, after a warning. Only
alerts that named no fact and that two people declined count: nobody is limited for an honest
mistake about a child. A limit loses no alert and no receipt; it only puts a person's look before
the hide, for a time.
"""

from dataclasses import dataclass

from answerable.alerts.sources import Record
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import Site, SubjectId
from answerable.kernel.time import DAY, Millis

UNFOUNDED_MIN = 5  # before a warning: more than a bad week of a worried neighbour
UNFOUNDED_AGAIN_MIN = 3  # after it, before a limit
UNFOUNDED_PERCENT = 80  # of all that was answered: one that was right weighs four that were not
LOOKED_BACK = 30 * DAY  # as long as the digest of a contact is kept
LIMIT_MAX = 30 * DAY
CITATION_DEFAULT = "DSA, Regulation (EU) 2022/2065, art. 23(2)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerter:
    """The row of an alerter somebody was warned about. `identity`: source:…, token:…, contact:…"""

    site: Site
    id: str
    subject: SubjectId
    identity: str
    warned: Millis
    limit: str | None = None
    limited: Millis | None = None
    until: Millis | None = None
    lifted: Millis | None = None

    def limited_at(self, now: Millis) -> bool:
        """Do this alerter's alerts wait for a look?"""
        return self.until is not None and self.lifted is None and now < self.until


def check_pattern(record: Record, least: int) -> None:
    """Raises Refusal unless the answered alerts show a pattern of unfounded ones."""
    if record.unfounded < least:
        raise Refusal(
            "there is no pattern: alerts that name no fact, declined by two, are too few",
            unfounded=record.unfounded,
            unfounded_min=least,
        )
    if record.unfounded * 100 < UNFOUNDED_PERCENT * record.answered:
        raise Refusal(
            "there is no pattern: this alerter is often enough right, or honestly mistaken",
            unfounded=record.unfounded,
            answered=record.answered,
        )


def check_warning(before: Alerter | None, record: Record, now: Millis) -> None:
    """May this alerter be warned? Raises Refusal or Conflict."""
    if before is not None and before.limited_at(now):
        raise Conflict("this alerter is limited already")
    check_pattern(record, UNFOUNDED_MIN)


def check_limit(before: Alerter | None, since: Record, until: Millis, now: Millis) -> Alerter:
    """May this alerter be limited until then? `since` counts from the warning on."""
    if before is None:
        raise Refusal("a warning comes first")
    if before.limited_at(now):
        raise Conflict("this alerter is limited already")
    check_pattern(since, UNFOUNDED_AGAIN_MIN)
    if not now < until <= now + LIMIT_MAX:
        raise Refusal("a limit ends, at the latest after 30 days", days_max=LIMIT_MAX // DAY)
    return before


def check_citation(citation: str) -> None:
    """Raises Refusal where no law or rule is named."""
    if not citation.strip() or len(citation) > 200:
        raise Refusal("name the law or the rule, shortly")
