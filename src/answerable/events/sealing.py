"""Sealing: from an event to 33 opaque public bytes, and the keyed way back.

A public leaf says nothing: 0x01 and a keyed commitment to the envelope. The envelope holds
keyed commitments to groups of fields. Whoever holds a key can check one group and no other;
whoever deletes a group's secret leaves a commitment that still verifies and words nobody can read.
Source: our own format, docs/formats/events.md; hashing of leaves as RFC 6962 section 2.1.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from answerable.kernel.canonical import Json, canonical_bytes
from answerable.kernel.errors import insist

KEY_BYTES = 32
LEAF_BYTES = 33

_EVENT = b"answerable/event/v1\x00"
_GROUP = b"answerable/group/v1\x00"
_COMMIT_KEY = b"answerable/commit-key/v1\x00"
_BODY_KEY = b"answerable/body-key/v1\x00"


def event_commitment(ek: bytes, envelope: bytes) -> bytes:
    """E = HMAC-SHA256(ek, "answerable/event/v1" NUL envelope); 32 bytes. `ek` is exactly 32."""
    insist(len(ek) == KEY_BYTES, "an event key has 32 bytes: HMAC pads others, so they do not bind")
    return hmac.digest(ek, _EVENT + envelope, "sha256")


def group_commitment(key: bytes, name: str, body: bytes) -> bytes:
    """C = HMAC-SHA256(key, "answerable/group/v1" NUL name NUL body); 32 bytes."""
    insist(len(key) == KEY_BYTES, "a group key has 32 bytes")
    return hmac.digest(key, _GROUP + name.encode("ascii") + b"\x00" + body, "sha256")


def public_leaf(ek: bytes, envelope: bytes) -> bytes:
    """The 33 bytes that stand in the public log for this event."""
    return b"\x01" + event_commitment(ek, envelope)


def leaf_hash_of(leaf: bytes) -> bytes:
    """RFC 6962 section 2.1: SHA-256(0x00 leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def commit_key(secret: bytes) -> bytes:
    """The key that commits to a group, from the group's one secret. May be given to a verifier."""
    insist(len(secret) == KEY_BYTES, "a group secret has 32 bytes")
    return hmac.digest(secret, _COMMIT_KEY, "sha256")


def body_key(secret: bytes) -> bytes:
    """The AES-256-GCM key of a group's stored body. Never leaves the installation."""
    insist(len(secret) == KEY_BYTES, "a group secret has 32 bytes")
    return hmac.digest(secret, _BODY_KEY, "sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedGroup:
    """One group of fields: its secret, its exact bytes, its commitment."""

    name: str
    secret: bytes
    body: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEvent:
    """An event as it is stored: exact envelope bytes, its key, its groups, its leaf hash."""

    envelope: bytes
    ek: bytes
    groups: tuple[SealedGroup, ...]
    leaf: bytes
    leaf_hash: bytes


def seal(
    header: Mapping[str, Json],
    groups: Mapping[str, Mapping[str, Json]],
    *,
    ek: bytes,
    secrets: Mapping[str, bytes],
) -> SealedEvent:
    """Spell and commit. `header` is the envelope without `groups`; one 32-byte secret per group."""
    sealed = []
    for name in sorted(groups):
        body = canonical_bytes(groups[name])
        commitment = group_commitment(commit_key(secrets[name]), name, body)
        sealed.append(
            SealedGroup(name=name, secret=secrets[name], body=body, commitment=commitment)
        )
    commitments = {g.name: base64.b64encode(g.commitment).decode("ascii") for g in sealed}
    envelope = canonical_bytes({**header, "groups": commitments})
    leaf = public_leaf(ek, envelope)
    insist(len(leaf) == LEAF_BYTES, "every public leaf has the same size")
    return SealedEvent(
        envelope=envelope, ek=ek, groups=tuple(sealed), leaf=leaf, leaf_hash=leaf_hash_of(leaf)
    )
