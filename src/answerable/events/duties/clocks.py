"""The table of legal clocks: which deadline runs, whose law or promise it is, what ends it.

The duties themselves are data beside this file (docs/duties.md). Here: by name, those that code
names, and which of them an event starts for a site that serves these jurisdictions.
Not legal advice; docs/law.md says what a lawyer must look at.
"""

from collections.abc import Collection, Iterable, Mapping

from answerable.events.duties.calendars import after_months
from answerable.events.duties.duty import (
    EVERYWHERE,
    Duty,
    Kind,
    Per,
    Start,
    Stop,
    Sure,
    Target,
    Tell,
    When,
    Who,
)
from answerable.events.duties.reading import read_shipped
from answerable.kernel.errors import Breach, insist

__all__ = [
    "EVERYWHERE",
    "EVERY_DUTY",
    "Duty",
    "Kind",
    "Per",
    "Start",
    "Stop",
    "Sure",
    "Target",
    "Tell",
    "When",
    "Who",
    "after_months",
    "duty_named",
    "started_by",
]

EVERY_DUTY: tuple[Duty, ...] = read_shipped()
BY_NAME: Mapping[str, Duty] = {duty.name: duty for duty in EVERY_DUTY}
insist(len(BY_NAME) == len(EVERY_DUTY), "a duty stands in one file only")

JURISDICTIONS: Mapping[str, str] = {
    "US": "United States",
    "EU": "European Union",
    "GB": "United Kingdom",
    "CA": "Canada",
}
"""Those with duties in the table."""


def duty_named(name: str) -> Duty:
    """The duty of that name. Raises Breach: a stored clock names a duty nobody declared."""
    duty = BY_NAME.get(name)
    if duty is None:
        raise Breach(f"no duty is called {name}")
    return duty


def started_by(
    start: Start, true: Collection[When], served: frozenset[str], among: Iterable[Duty] = EVERY_DUTY
) -> tuple[Duty, ...]:
    """The duties that this event starts, where `true` holds of it. What only lapses has no clock:
    that is a hold."""
    return tuple(
        duty
        for duty in among
        if duty.starts is start
        and not duty.only_lapses
        and duty.holds_in(served)
        and set(duty.when) <= set(true)
    )


ALERT_ACT = duty_named("alert_act")
FIRST_LOOK = duty_named("first_look")
ALERT_ANSWER = duty_named("alert_answer")
RESTORE_OR_DECIDE = duty_named("restore_or_decide")
FLOOD_LOOK = duty_named("flood_look")
FLAGGER_ANSWER = duty_named("flagger_answer")
POLICE_ANSWER = duty_named("police_answer")
SECOND_ANSWER = duty_named("second_answer")
REPORT_PROMPTLY = duty_named("report_promptly")
REPORT_URGENTLY = duty_named("report_urgently")
STATE_REASONS = duty_named("state_reasons")
TAKE_IT_DOWN = duty_named("take_it_down")
COMPLAINT_ANSWER = duty_named("complaint_answer")
PRESERVE_REPORTED_CONTENTS = duty_named("preserve_reported_contents")
APPEAL_PERIOD = duty_named("appeal_period")
PRESERVE_2703F = duty_named("preserve_2703f")
PRESERVE_2703F_RENEWED = duty_named("preserve_2703f_renewed")
PRESERVE_UK = duty_named("preserve_uk")
PRESERVE_CANADA = duty_named("preserve_canada")
