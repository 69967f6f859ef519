"""The demo's stream: neutral ads, an edit, two alerts, and one drawn picture.

Signs are marker words of the demonstration pack and disguised contact strings, nothing else.
"""

import struct
import zlib
from collections.abc import Mapping
from typing import Any

ADS: tuple[Mapping[str, Any], ...] = (
    {
        "title": "City bike, blue, 54 cm",
        "body": "Good brakes, new chain. Pick up on Saturday.",
        "section": "bikes",
        "city": "Springfield",
        "account": "mira",
        "email": "mira@example.com",
        "phone": "202-555-0111",
    },
    {
        "title": "Room in a shared flat",
        "body": "12 square metres, near the park. Write to flat@example.org.",
        "section": "flats",
        "city": "Springfield",
        "account": "tom",
        "email": "flat@example.org",
    },
    {
        "title": "Window cleaning, bluelantern",
        "body": "bluelantern. Call two oh two 555 oh one four three.",
        "section": "services",
        "city": "Riverton",
        "account": "lantern7",
        "email": "lantern7@example.net",
        "phone": "202-555-0143",
        "payment": {
            "processor": "Example Pay",
            "token": "tok_demo_1",
            "last4": "0000",
            "amount": "12.00 USD",
        },
        "picture": True,
    },
    {
        "title": "Office chair, hardly used",
        "body": "Reaches 202-555-0143 after six. Black leather.",
        "section": "services",
        "city": "Riverton",
        "account": "chairs4u",
    },
    {
        "title": "Kitchen helper wanted",
        "body": "Two evenings a week. Ask for Sam at 202-555-0177.",
        "section": "jobs",
        "city": "Riverton",
        "account": "bistro",
    },
    {
        "title": "greenkite weekend offer",
        "body": "greenkite, ask no questions.",
        "section": "services",
        "city": "Lakeside",
        "account": "kite1",
    },
    {
        "title": "Dog walks by the lake",
        "body": "Long walks with the dog. redumbrella welcome. Mail walks@example.com.",
        "section": "services",
        "city": "Lakeside",
        "account": "walker",
    },
    {
        "title": "Old maps and atlases",
        "body": "A box of maps, 1950 to 1980. Collection only.",
        "section": "bikes",
        "city": "Springfield",
        "account": "mira",
    },
)

EDIT = (7, "Dog walks by the lake", "Long walks with the dog. Mail walks@example.com.")
"""Which ad is edited, and its new title and text: the sign is gone."""

REPORTED, LINKED_ID = 3, 4
"""The ad that is alerted and reported, and the one that shares its phone number."""

ALERTS: tuple[Mapping[str, Any], ...] = (
    {
        "ad": "site-3",
        "reasons": ["minor_suspected", "knows_child"],
        "text": "Something about this ad worries me. Please look at it today.",
        "role": "family",
        "nonce": "demo-alert-0001",
    },
    {
        "ad": "site-5",
        "reasons": ["other"],
        "text": "This employer asked odd questions.",
        "role": "public",
        "nonce": "demo-alert-0002",
    },
    {
        "about": {"contacts": ["202-555-0199"], "places": ["Lakeside bus station"]},
        "reasons": ["missing_child"],
        "text": "Someone at this number may be with a missing person.",
        "role": "hotline",
        "nonce": "demo-alert-0003",
    },
)

SIDE = 64


def picture() -> bytes:
    """A PNG of drawn shapes: a blue square with a yellow disc. Made here, byte for byte."""
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)
        for x in range(SIDE):
            inside = (x - SIDE / 2) ** 2 + (y - SIDE / 2) ** 2 < (SIDE / 3) ** 2
            rows += b"\xf2\xc1\x2e" if inside else b"\x2b\x59\xc3"
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
