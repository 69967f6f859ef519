"""Registered sources of alerts: who they are, what they sign, how exact they were. Pure.

A signature covers `signing_text`: six lines and the digest of the body. Replaying a request gains
nothing: it is known by its nonce for as long as its time is believed, and every alert in it by its
own nonce for ever.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import StrEnum

from answerable.access.model import NotLoggedIn
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import Site
from answerable.kernel.limits import SHORT_CHARS_MAX
from answerable.kernel.time import MINUTE, Millis

SIGNED = "answerable-alert/v1"
TIME_OFF_MAX = 5 * MINUTE  # clocks of well-kept machines agree to seconds
KEY_BYTES = 32
SIGNATURE_BYTES = 64
NONCE_CHARS_MIN, NONCE_CHARS_MAX = 8, 200


class Kind(StrEnum):
    """What a source is. Only we say so, at registering; an alert's own role stays a claim."""

    FLAGGER = "flagger"
    POLICE = "police"
    HOTLINE = "hotline"
    NGO = "ngo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The row of a source. It signs with `key` (Ed25519, 32 bytes), or has a `token`."""

    site: Site
    id: str
    kind: Kind
    organisation: str
    contact: str
    how: str
    key: bytes | None
    token: str | None
    registered: Millis
    revoked: Millis | None = None
    reason: str | None = None

    @property
    def known_by(self) -> str:
        """As the row of its alerts names it."""
        return f"source:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The four headers of a signed request, and what they are about."""

    source: str
    at: Millis
    nonce: str
    signature: bytes
    path: str
    body_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sent an alert, as far as we made sure: a registered source, or a token of the site's.

    `nonce`: of the signed request; an alert in it that has none of its own is known by this one.
    """

    known_by: str
    source: str | None = None
    kind: Kind | None = None
    nonce: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How a sender's alerts were answered so far. `unfounded`: declined, and named no fact."""

    received: int = 0
    acted: int = 0
    reported: int = 0
    declined: int = 0
    unfounded: int = 0

    @property
    def answered(self) -> int:
        return self.acted + self.reported + self.declined

    @property
    def exact(self) -> int | None:
        """Per cent of the answered ones that led to something, rounded down; None without any."""
        if not self.answered:
            return None
        return (self.acted + self.reported) * 100 // self.answered


def read_signed(headers: dict[str, str], path: str, body: bytes) -> Signed | None:
    """The signature of a request, or None where there is none. Raises NotLoggedIn: half a one."""
    names = ("source", "time", "nonce", "signature")
    given = {name: headers.get(f"answerable-{name}") for name in names}
    if not any(given.values()):
        return None
    source, at, nonce, signature = (given[name] or "" for name in names)
    if not (source and nonce and at.isascii() and at.isdecimal() and len(at) <= 16):
        raise NotLoggedIn("a signed request has Answerable-Source, -Time, -Nonce and -Signature")
    fits = NONCE_CHARS_MIN <= len(nonce) <= NONCE_CHARS_MAX
    if not (fits and nonce.isascii() and nonce.isprintable()):
        raise NotLoggedIn("Answerable-Nonce is 8 to 200 printable ASCII, made by chance")
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != SIGNATURE_BYTES:
        raise NotLoggedIn("Answerable-Signature is 64 bytes in base64")
    return Signed(
        source=source[:SHORT_CHARS_MAX],
        at=Millis(int(at)),
        nonce=nonce,
        signature=raw,
        path=path,
        body_sha256=hashlib.sha256(body).hexdigest(),
    )


def signing_text(site: Site, signed: Signed) -> bytes:
    """What is signed, byte for byte: seven lines, each ended by LF (docs/formats/intake-v1.md)."""
    lines = (SIGNED, site, signed.path, signed.source, f"{signed.at}", signed.nonce)
    return "".join(f"{line}\n" for line in (*lines, signed.body_sha256)).encode()


def alert_nonce(signed: Signed) -> str:
    """The nonce of the one alert of a signed request that has none: the same for its replay."""
    said = f"{signed.source}\x00{signed.nonce}".encode("utf-8", "surrogatepass")
    return f"signed-{hashlib.sha256(said).hexdigest()[:40]}"


def check_standing(source: Source | None, signed: Signed, now: Millis) -> bytes:
    """The key to check with. Raises NotLoggedIn: unknown, revoked, without a key, or too old."""
    if source is None or source.revoked is not None or source.key is None:
        raise NotLoggedIn("no source of this name signs here")
    if abs(now - signed.at) > TIME_OFF_MAX:
        raise NotLoggedIn("Answerable-Time is more than five minutes off; sign again", now=now)
    return source.key


def read_key(text: str) -> bytes:
    """An Ed25519 public key as base64 of its 32 bytes. Raises Refusal."""
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise Refusal("an Ed25519 public key is 32 bytes in base64")
    return raw


def check_new(organisation: str, contact: str, how: str) -> None:
    """Raises Refusal where a source would stand without a name, an address or a proof."""
    for said, name in (
        (organisation, "the organisation"),
        (contact, "the address that was verified"),
        (how, "how it was verified"),
    ):
        if not 0 < len(said.strip()) <= SHORT_CHARS_MAX:
            raise Refusal(f"say {name}, shortly", chars_max=SHORT_CHARS_MAX)
