"""One spelling each for numbers, base64 and names; every format of the ledger reads with these."""

import base64
import binascii
import re
from typing import Final

from answerable.ledger.faults import Malformed

NUMBER_MAX: Final = 2**63 - 1  # C2SP keeps sizes and times within a signed 64-bit integer
NAME_BYTES_MAX: Final = 255  # an ML-DSA-44 cosignature counts the name in one byte

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def read_base64(text: str, what: str) -> bytes:
    """Standard base64 (RFC 4648 section 4) in its canonical spelling only. Raises Malformed."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"{what} is not base64") from None
    if write_base64(raw) != text:
        raise Malformed(f"{what} is not in the canonical spelling of base64")
    return raw


def write_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def read_hash(text: str, what: str) -> bytes:
    """Exactly 32 bytes in base64. Raises Malformed."""
    raw = read_base64(text, what)
    if len(raw) != 32:
        raise Malformed(f"{what} is not 32 bytes")
    return raw


def read_decimal(text: str, what: str) -> int:
    """An ASCII decimal below 2^63 with no sign and no leading zero. Raises Malformed."""
    if not _DECIMAL.fullmatch(text) or int(text) > NUMBER_MAX:
        raise Malformed(f"{what} is not a decimal number without leading zeroes, below 2^63")
    return int(text)


def read_lines(raw: bytes, what: str) -> list[str]:
    """UTF-8 lines, each ended by a newline, with no other control character. Raises Malformed."""
    if not raw.endswith(b"\n"):
        raise Malformed(f"{what} does not end in a newline")
    if any(byte < 0x20 and byte != 0x0A for byte in raw):
        raise Malformed(f"{what} holds a control character")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"{what} is not UTF-8") from None
    return text[:-1].split("\n")


def check_name(name: str, what: str) -> str:
    """A key name or origin: 1..255 bytes, no space of any script, no plus, no control character.

    Source: C2SP signed-note, Format; tlog-checkpoint, Note text. Raises Malformed.
    """
    if not name or any(c.isspace() or c == "+" or ord(c) < 0x20 for c in name):
        raise Malformed(f"{what} is empty or holds a space, a plus or a control character")
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        raise Malformed(f"{what} holds a lone surrogate") from None
    if size > NAME_BYTES_MAX:
        raise Malformed(f"{what} is longer than {NAME_BYTES_MAX} bytes")
    return name
