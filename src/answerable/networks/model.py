"""A link and its reason."""

from dataclasses import dataclass
from enum import StrEnum

from answerable.kernel.ids import AdId


class LinkReason(StrEnum):
    """Why two ads belong together. Strong ones may be pre-ticked, weak ones never."""

    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    URL = "url"
    PAYMENT = "payment"
    ACCOUNT = "account"


WEAK = frozenset({LinkReason.URL})
"""Shared by strangers too often to be pre-ticked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`ad` and `other` share `value` (normalised); `where` says in which fields it stood."""

    ad: AdId
    other: AdId
    other_external_id: str
    reason: LinkReason
    value: str
    where: tuple[str, str]

    @property
    def strong(self) -> bool:
        return self.reason not in WEAK

    def __repr__(self) -> str:  # contacts are not for logs
        return f"<link {self.ad}-{self.other} by {self.reason.value}>"
