"""Names for things: our own ids are 128 random bits, lower-case base32, minted by `Ids`."""

import base64
from typing import NewType, Protocol

Site = NewType("Site", str)
"""Which site of this installation; every row, event and URL token carries it."""

SubjectId = NewType("SubjectId", str)
"""Whose chain of events this is. Random, says nothing."""

EventId = NewType("EventId", str)
AdId = NewType("AdId", str)
AccountId = NewType("AccountId", str)
PlacementId = NewType("PlacementId", str)
AlertId = NewType("AlertId", str)
CaseId = NewType("CaseId", str)
DecisionId = NewType("DecisionId", str)
DirectiveId = NewType("DirectiveId", str)
ClockId = NewType("ClockId", str)
HoldId = NewType("HoldId", str)
QuestionId = NewType("QuestionId", str)
ReportId = NewType("ReportId", str)
"""Our own name for a report we owe; the CyberTipline's id is a TiplineId."""
TiplineId = NewType("TiplineId", str)
ActorId = NewType("ActorId", str)
"""Who acted: `poster`, `public`, `site`, `system:<service>` or `staff:<id>`."""

LeafIndex = NewType("LeafIndex", int)
TreeSize = NewType("TreeSize", int)

ID_BYTES = 16
ID_CHARS = 26


class Ids(Protocol):
    """Chance, handed in."""

    def new(self) -> str:
        """A fresh 128-bit id: 26 characters of lower-case base32."""
        ...

    def secret(self) -> bytes:
        """32 fresh random bytes."""
        ...


def spell_id(raw: bytes) -> str:
    """16 bytes as 26 lower-case base32 characters, no padding."""
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()
