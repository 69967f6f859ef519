"""The table of legal clocks: which deadline runs, whose law or promise it is, what ends it.

A duty without a citation cannot be built, and a duty without a test that is marked
`@pytest.mark.duty(name)` fails the suite (tests/architecture/test_duties.py). Lengths marked
"own promise" are ours: no law names a number there. Not legal advice; docs/cases.md says what a
lawyer must look at.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from answerable.kernel.errors import Breach, insist
from answerable.kernel.time import DAY, HOUR, MINUTE, Millis, from_datetime, to_datetime


class Start(StrEnum):
    """What makes a clock run."""

    ALERT = "alert.received"
    CASE = "case.opened"
    DECISION = "case.decided"
    FINISHED = "report.finished"
    SERVED = "process.received"
    RENEWED = "process.renewed"


class Stop(StrEnum):
    """What ends it; spelled in ClockStopped.how."""

    OBSERVED = "observed"  # a probe saw that the site obeys
    ACKNOWLEDGED = "acknowledged"  # the site says so, and no probe is possible
    TAKEN = "taken"  # a person claimed the case or looked at its evidence
    DECIDED = "decided"
    FILED = "filed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # by time alone: nothing can be missed, only kept that long


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One thing that a law asks or that we promised, and how long it may take.

    The length is `length` milliseconds plus `months` calendar months.
    """

    name: str
    citation: str
    in_force_from: date
    says: str
    length: int = 0
    months: int = 0
    starts: Start
    stops: tuple[Stop, ...]

    def __post_init__(self) -> None:
        insist(bool(self.citation and self.says), "a duty cites its law and says what it asks")
        insist(self.length > 0 or self.months > 0, "a duty has a length")
        insist(bool(self.stops), "a duty can be done")

    def ends(self, started: Millis) -> Millis:
        """When a clock of this duty that started then runs out."""
        return Millis(after_months(started, self.months) + self.length)


def after_months(at: Millis, months: int) -> Millis:
    """The same time of day (UTC) that many calendar months later.

    Where the later month has no such day, the first of the month after it: a period of a year
    that starts on 29 February is never a day short.
    """
    start = to_datetime(at)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    month += 1
    if start.day <= monthrange(year, month)[1]:
        return from_datetime(start.replace(year=year, month=month))
    last = start.replace(year=year, month=month, day=monthrange(year, month)[1])
    return from_datetime(last + timedelta(days=1))


_OWN = date(2026, 12, 1)

ALERT_ACT = Duty(
    name="alert_act",
    citation="own promise (docs/cases.md); DSA art. 6(1)(b): expeditiously",
    in_force_from=_OWN,
    says="An ad that somebody alerts us to is hidden, and seen to be hidden, within 15 minutes.",
    length=15 * MINUTE,
    starts=Start.ALERT,
    stops=(Stop.OBSERVED, Stop.ACKNOWLEDGED, Stop.DECIDED),
)
FIRST_LOOK = Duty(
    name="first_look",
    citation="own promise (docs/cases.md)",
    in_force_from=_OWN,
    says="A person takes up an alert within one hour.",
    length=1 * HOUR,
    starts=Start.ALERT,
    stops=(Stop.TAKEN, Stop.DECIDED),
)
ALERT_ANSWER = Duty(
    name="alert_answer",
    citation="DSA, Regulation (EU) 2022/2065, art. 16(5), (6): without undue delay; 24 h is ours",
    in_force_from=date(2024, 2, 17),
    says="Within 24 hours of an alert a named person has acted, or two have declined with reasons.",
    length=1 * DAY,
    starts=Start.ALERT,
    stops=(Stop.DECIDED,),
)
RESTORE_OR_DECIDE = Duty(
    name="restore_or_decide",
    citation="own promise (docs/cases.md); DSA art. 16(6), 17: timely, diligent, with reasons",
    in_force_from=_OWN,
    says="An ad that we hide or hold back is decided by a person within 24 hours.",
    length=1 * DAY,
    starts=Start.CASE,
    stops=(Stop.DECIDED,),
)
REPORT_PROMPTLY = Duty(
    name="report_promptly",
    citation="18 U.S.C. 2258A(a)(1)(A)(i): as soon as reasonably possible; 24 h is ours",
    in_force_from=date(2024, 5, 7),
    says="A decision to report is a finished CyberTipline report within 24 hours.",
    length=1 * DAY,
    starts=Start.DECISION,
    stops=(Stop.FILED, Stop.WITHDRAWN),
)
REPORT_URGENTLY = Duty(
    name="report_urgently",
    citation="18 U.S.C. 2258A(a)(1)(A)(i); S.I. 2026/268 priority 1: immediately; 1 h is ours",
    in_force_from=date(2026, 4, 7),
    says="Where a child may be in danger now, the report is finished within one hour.",
    length=1 * HOUR,
    starts=Start.DECISION,
    stops=(Stop.FILED, Stop.WITHDRAWN),
)
PRESERVE_REPORTED_CONTENTS = Duty(
    name="preserve_reported_contents",
    citation="18 U.S.C. 2258A(h)(1), as amended by Pub. L. 118-59",
    in_force_from=date(2024, 5, 7),
    says="What a report contained is kept for one year after the report was submitted.",
    months=12,
    starts=Start.FINISHED,
    stops=(Stop.LAPSED,),
)
APPEAL_PERIOD = Duty(
    name="appeal_period",
    citation="DSA, Regulation (EU) 2022/2065, art. 20(1)",
    in_force_from=date(2024, 2, 17),
    says="Poster and alerter can complain for six months, so what was decided on stays that long.",
    months=6,
    starts=Start.DECISION,
    stops=(Stop.LAPSED,),
)

PRESERVE_2703F = Duty(
    name="preserve_2703f",
    citation="18 U.S.C. 2703(f)(2)",
    in_force_from=date(1996, 4, 24),
    says="What a government asks us to preserve is kept for 90 days from its request.",
    length=90 * DAY,
    starts=Start.SERVED,
    stops=(Stop.LAPSED,),
)
PRESERVE_2703F_RENEWED = Duty(
    name="preserve_2703f_renewed",
    citation="18 U.S.C. 2703(f)(2)",
    in_force_from=date(1996, 4, 24),
    says="A renewed request extends those 90 days by another 90, once.",
    length=90 * DAY,
    starts=Start.RENEWED,
    stops=(Stop.LAPSED,),
)
PRESERVE_UK = Duty(
    name="preserve_uk",
    citation="S.I. 2026/268 (UK) reg. 8, under the Online Safety Act 2023 s. 66",
    in_force_from=date(2026, 4, 7),
    says="What the United Kingdom asks us to preserve is kept for one year.",
    months=12,
    starts=Start.SERVED,
    stops=(Stop.LAPSED,),
)
PRESERVE_CANADA = Duty(
    name="preserve_canada",
    citation="S.C. 2011, c. 4 (Canada), s. 4",
    in_force_from=date(2011, 12, 8),
    says="What Canada asks us to preserve is kept for 21 days.",
    length=21 * DAY,
    starts=Start.SERVED,
    stops=(Stop.LAPSED,),
)

EVERY_DUTY: tuple[Duty, ...] = (
    ALERT_ACT,
    FIRST_LOOK,
    ALERT_ANSWER,
    RESTORE_OR_DECIDE,
    REPORT_PROMPTLY,
    REPORT_URGENTLY,
    PRESERVE_REPORTED_CONTENTS,
    APPEAL_PERIOD,
    PRESERVE_2703F,
    PRESERVE_2703F_RENEWED,
    PRESERVE_UK,
    PRESERVE_CANADA,
)

BY_NAME: Mapping[str, Duty] = {duty.name: duty for duty in EVERY_DUTY}


def duty_named(name: str) -> Duty:
    """The duty of that name. Raises Breach: a stored clock names a duty nobody declared."""
    duty = BY_NAME.get(name)
    if duty is None:
        raise Breach(f"no duty is called {name}")
    return duty
