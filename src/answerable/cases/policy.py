"""The site's policy on seconds, purely: who may be the second, and what a proposal lapses to."""

from dataclasses import dataclass
from enum import StrEnum

from answerable.kernel.ids import ActorId
from answerable.kernel.time import Millis

PREFIX = "policy.second:"
"""How a consent to such a policy begins."""


class SecondOrg(StrEnum):
    """Which organisation the second of two belongs to."""

    ANY = "any"
    OTHER = "other"


class AfterLapse(StrEnum):
    """What a proposal that nobody seconded becomes. There is no third word, and never a no."""

    HEAD_ON_CALL = "head_on_call"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is in force, since when, by which leaf, and who answers for what follows from it."""

    second: SecondOrg = SecondOrg.ANY
    lapse: AfterLapse = AfterLapse.HEAD_ON_CALL
    answering: tuple[ActorId, ...] = ()
    leaf: str | None = None  # hash (hex) of the policy.second_set; None: nobody ever set one
    since: Millis | None = None

    @property
    def key(self) -> str:
        """What a consent to it names: both halves, so that the second agrees to both."""
        return f"{PREFIX}{self.second.value}:{self.lapse.value}"


DEFAULT = Policy()


def read_key(what: str) -> Policy | None:
    """The policy that a consent names."""
    second, _, lapse = what.removeprefix(PREFIX).partition(":")
    if second not in set(SecondOrg) or lapse not in set(AfterLapse):
        return None
    return Policy(second=SecondOrg(second), lapse=AfterLapse(lapse))
