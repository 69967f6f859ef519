"""adapters.images.exif: EXIF of an image as names and values. Implements reports' ReadsExif.

The bytes are a stranger's and may be made to hurt: headers are read, pixels never decoded, and what
can't be read says nothing. What is found is bounded, so that no image can drown a report.
"""

import io
import logging
import struct
import warnings
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from answerable.reports.document.facts import ExifFacts

TAGS_MAX = 200
VALUE_CHARS_MAX = 1_000
FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")
_PARTS = {
    "Exif": (ExifTags.IFD.Exif, ExifTags.TAGS),
    "GPS": (ExifTags.IFD.GPSInfo, ExifTags.GPSTAGS),
}
_LEFT_OUT = frozenset({"MakerNote", "ExifOffset", "GPSInfo", "ExifInteroperabilityOffset"})
_UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    SyntaxError,  # what Pillow calls a file that is not of its format
    struct.error,
)


logging.getLogger("PIL").setLevel(logging.CRITICAL + 1)  # it would say what a stranger wrote


def read_exif(content: bytes) -> tuple[ExifFacts, ...]:
    """Each tag once, the image's own first, then Exif, then GPS; () where none can be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                return tuple(islice(_tags(image.getexif()), TAGS_MAX))
    except _UNREADABLE:
        return ()


def _tags(exif: Image.Exif) -> Iterator[ExifFacts]:
    yield from _named("Image", exif, ExifTags.TAGS)
    for part, (directory, names) in _PARTS.items():
        yield from _named(part, exif.get_ifd(directory), names)


def _named(part: str, tags: Mapping[int, Any], names: Mapping[int, str]) -> Iterator[ExifFacts]:
    for tag in sorted(tags):
        name = names.get(tag, f"tag {tag:#06x}")
        value = _said(tags[tag])
        if value.strip() and name not in _LEFT_OUT:
            yield ExifFacts(name=f"{part} {name}", value=value)


def _said(value: object) -> str:
    """Bytes as text where they are text, else in hex; a row of numbers with commas."""
    if isinstance(value, bytes):
        text = value[:VALUE_CHARS_MAX].rstrip(b"\x00")
        said = text.decode("ascii") if text.isascii() else text.hex()
    elif isinstance(value, tuple):
        said = ", ".join(str(one) for one in value[:VALUE_CHARS_MAX])
    else:
        said = str(value)
    return said.replace("\x00", "")[:VALUE_CHARS_MAX]
