"""EXIF out of a stranger's bytes: what is there is read, what is broken says nothing."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from answerable.adapters.images.exif import TAGS_MAX, VALUE_CHARS_MAX, read_exif

MAKE, WHEN, GPS = 0x010F, 0x0132, 0x8825


def picture(kind: str, make: str = "Example Camera") -> bytes:
    """A drawn square that says who made it, when and where."""
    image = Image.new("RGB", (8, 8), "teal")
    exif = image.getexif()
    exif[MAKE], exif[WHEN] = make, "2026:11:20 10:00:00"
    place = exif.get_ifd(GPS)
    place[1], place[2] = "N", (41.0, 30.0, 0.0)
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_camera_time_and_place_are_read(kind: str) -> None:
    told = {one.name: one.value for one in read_exif(picture(kind))}
    assert told["Image Make"] == "Example Camera"
    assert told["Image DateTime"] == "2026:11:20 10:00:00"
    if kind != "TIFF":  # Pillow writes no place into a TIFF
        assert told["GPS GPSLatitude"] == "41.0, 30.0, 0.0"


def test_what_has_none_or_is_no_image_says_nothing() -> None:
    plain = io.BytesIO()
    Image.new("RGB", (4, 4)).save(plain, "PNG")
    for content in (b"", b"text", b"%PDF-1.7", b"\xff\xd8\xff", plain.getvalue()):
        assert read_exif(content) == ()


def test_a_long_value_is_bounded() -> None:
    told = {one.name: one.value for one in read_exif(picture("JPEG", "x" * 5_000))}
    assert len(told["Image Make"]) <= VALUE_CHARS_MAX
    assert len(told) <= TAGS_MAX


@given(kind=st.sampled_from(["JPEG", "PNG", "TIFF", "WEBP"]), seed=st.integers(0, 2**32))
def test_no_damage_raises(kind: str, seed: int) -> None:
    """Bytes changed, cut and doubled anywhere: something or nothing is read, never an error."""
    chance, content = random.Random(seed), bytearray(picture(kind))
    for _ in range(chance.randint(1, 20)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.3:
        del content[chance.randrange(len(content)) :]
    told = read_exif(bytes(content))
    assert len(told) <= TAGS_MAX
    assert read_exif(bytes(content)) == told
