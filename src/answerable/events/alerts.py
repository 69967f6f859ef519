"""Events of alerts: anyone's word about an ad, and our answer. Each alert has its own chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReceived(Event):
    """Anyone's word. Its opening goes to the alerter, so it names nothing but itself."""

    TYPE: ClassVar[str] = "alert.received"
    PUBLIC: ClassVar[bool] = True

    alert: str = grouped("facts")
    due_act: int = grouped("facts")  # ms; somebody has acted or two have declined by then
    nonce: str = grouped("alert_text")
    ad: str | None = grouped("alert_text")  # the site's own id or URL of the ad, as given
    about: Mapping[str, Sequence[str]] = grouped("alert_text")  # contacts, handles, places, words
    text: str = grouped("alert_text")
    reasons: Sequence[str] = grouped("alert_text")
    alerter: Mapping[str, Any] = grouped("alerter")  # role, optional contact


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAttached(Event):
    """This alert is answered by that case. On the alert's chain; opens the duty to answer."""

    TYPE: ClassVar[str] = "alert.attached"

    alert: str = grouped("link")
    case: str = grouped("link")
    ad: str | None = grouped("link")  # our id, where the ad is known
    hidden: bool = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAnswered(Event):
    """acted, reported, or declined by two; within the promise or not."""

    TYPE: ClassVar[str] = "alert.answered"

    alert: str = grouped("link")
    case: str = grouped("link")
    decision: str = grouped("link")
    outcome: str = grouped("facts")  # acted, reported, declined
    within_promise: bool = grouped("facts")
