"""The three failures, sorted by who must act: the asker, the retry loop, a person at night."""


class SafetyError(Exception):
    """Everything this package raises on purpose."""


class Refusal(SafetyError):
    """The rules say no. Show `reason` to whoever asked; nothing was changed."""

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


class NotFound(Refusal):
    """What was named does not exist (for this site)."""


class Conflict(Refusal):
    """What was asked contradicts what is already committed."""


class Outage(SafetyError):
    """The outside did not answer, so its effect is unknown. Try again under the same key."""


class NotYet(Outage):
    """Nothing failed; this work is due at `at` (ms UTC). The outbox brings it back then."""

    def __init__(self, at: int) -> None:
        super().__init__("not due yet")
        self.at = at


class Breach(SafetyError):
    """An invariant of ours is false. Stop, and call a person."""


def insist(condition: bool, claim: str) -> None:
    """State what must be true here. Stays on under `python -O`, unlike assert."""
    if not condition:
        raise Breach(claim)
