"""adapters.images.exif: EXIF of an image as names and values. Implements reports' ReadsExif.

The bytes are a stranger's and may be made to hurt: they are only read, never decoded as pictures,
and what can't be read says nothing. What is found is bounded, so that no image can drown a report.
"""

import io
import logging
import struct

import exifread

from answerable.reports.document.facts import ExifFacts

TAGS_MAX = 200
VALUE_CHARS_MAX = 1_000
_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"II*\x00", b"MM\x00*", b"RIFF")
_LEFT_OUT = ("Thumbnail", "MakerNote", "JPEGThumbnail")
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError)

logging.getLogger("exifread").setLevel(logging.CRITICAL)  # it would print what it reads


def read_exif(content: bytes) -> tuple[ExifFacts, ...]:
    """Each tag once, in the order of their names; () for what has none or cannot be read."""
    if not content.startswith(_STARTS) and content[4:8] != b"ftyp":
        return ()
    try:
        found = exifread.process_file(io.BytesIO(content), details=False, extract_thumbnail=False)
        told = sorted((str(name), str(value)) for name, value in found.items())
    except (*_UNREADABLE, struct.error, RecursionError):
        return ()
    kept = [
        ExifFacts(name=name, value=value[:VALUE_CHARS_MAX])
        for name, value in told
        if value.strip() and not name.startswith(_LEFT_OUT)
    ]
    return tuple(kept[:TAGS_MAX])
