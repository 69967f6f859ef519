"""A report's XML as a person reads it: its elements in order, their names in words. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

DEPTH_MAX = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One element of the report: how deep it lies, its name in words, what it says."""

    depth: int
    label: str
    value: str
    attributes: tuple[tuple[str, str], ...]


def rows_of(root: etree._Element) -> Iterator[Row]:
    for element in root:
        yield from _rows_of(element, 0)


def _rows_of(element: etree._Element, depth: int) -> Iterator[Row]:
    yield Row(
        depth=min(depth, DEPTH_MAX),
        label=label(str(element.tag)),
        value="" if len(element) else (element.text or ""),
        attributes=tuple((label(str(k)), str(v)) for k, v in element.attrib.items()),
    )
    for child in element:
        yield from _rows_of(child, depth + 1)


def label(name: str) -> str:
    """`incidentDateTime` as `Incident date time`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    return words[:1].upper() + words[1:]
