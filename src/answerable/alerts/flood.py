"""When alerts become a flood, when it is over, and what a flood cannot put off. Pure.

Above a rate of unverified alerts (a site's, or one advertiser's) an alert that names no fact hides
nothing at once: a person looks within 15 minutes. Whoever errs here errs on the side of hiding.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from answerable.kernel.errors import insist
from answerable.kernel.ids import AdId, Site, SubjectId
from answerable.kernel.time import MINUTE, Millis

FACT_REASONS = frozenset({"stated_age", "knows_child", "missing_child", "coerced"})
"""Reasons that say what somebody saw or knows; `minor_suspected` and `other` say a worry."""
FACT_ROLES = frozenset({"self", "family"})
"""Who says that they are the person, or kin, says that they know them."""
FACT_MARKS = ("@", "#", "://", "www.")
FACT_LETTERS_MIN = 24  # "please look at this ad" has 18; four words that tell something have more
IDEOGRAPHS_WEIGH = 3  # a Han, kana or Hangul sign says about as much as three letters


class Ground(StrEnum):
    """Why an alert did not hide its ad at once."""

    FLOOD = "flood"
    LIMITED = "limited"
    EXCEPTION = "exception"


class Scope(StrEnum):
    """What a switch covers."""

    SITE = "site"
    ACCOUNT = "account"


class Ended(StrEnum):
    """How a flood ended."""

    QUIET = "quiet"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodTerms:
    """The policy: more than so many unverified alerts within `window` ms turn the switch on."""

    window: int = 10 * MINUTE
    site: int = 60  # one every ten seconds, for ten minutes: more than a night shift can read
    account: int = 20  # no advertiser is alerted by twenty strangers in ten minutes by chance

    def __post_init__(self) -> None:
        insist(self.window > 0 and self.site > 0 and self.account > 0, "a rate is a number")

    def limit(self, scope: Scope) -> int:
        return self.site if scope is Scope.SITE else self.account


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """The row of a switch. `key` is `site`, or a keyed digest of the advertiser."""

    site: Site
    id: str
    subject: SubjectId
    scope: Scope
    key: str
    ad: AdId | None
    counted: int
    limit: int
    window: int
    started: Millis
    ended: Millis | None = None
    how: Ended | None = None
    put_off: int = 0


def half(limit: int) -> int:
    """The least number of alerts in a window that keeps a flood alive: half the limit, upwards."""
    return (limit + 1) // 2


def quiet_since(flood: Flood, nth_newest: Millis | None) -> Millis:
    """When this flood is over, if nothing more comes: a whole window below half the rate.

    `nth_newest`: when the half(limit)-th newest unverified alert came. Until it leaves the window
    the rate is at least half; from then on a window has to pass.
    """
    last_high = flood.started if nth_newest is None else nth_newest
    return Millis(last_high + 2 * flood.window)


def names_a_fact(
    text: str,
    reasons: Sequence[str],
    about: Mapping[str, Sequence[str]],
    alerter: Mapping[str, Any] | None,
) -> bool:
    """Does the alert say anything particular? Then it hides, flood or none.

    True for a reason of FACT_REASONS, a role of FACT_ROLES, anything under `about`, or words with
    a digit (an age, a date, a number), a handle or address, or as much as a short sentence. A
    machine can write such words: that ad is hidden, decided within the day, and given back.
    """
    role = "" if alerter is None else str(alerter.get("role") or "")
    if FACT_REASONS.intersection(reasons) or role in FACT_ROLES:
        return True
    if any(about.get(name) for name in about):
        return True
    return _says_something(text)


def _says_something(text: str) -> bool:
    if any(mark in text.lower() for mark in FACT_MARKS):
        return True
    letters = 0
    for sign in text:
        kind = unicodedata.category(sign)
        if kind.startswith("N"):
            return True
        if kind == "Lo":
            letters += IDEOGRAPHS_WEIGH
        elif kind.startswith("L"):
            letters += 1
    return letters >= FACT_LETTERS_MIN
