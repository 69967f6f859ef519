"""A caller's own name for a request, so that the same one again is known again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """The asker's Idempotency-Key and the digest of the bytes it stands for."""

    key: str
    request_sha256: bytes
