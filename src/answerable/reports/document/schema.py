"""reports.document.schema: our own schema check of bytes about to be sent.

Judges bytes, not the model, by the table in shape.py. A little stricter than the schema where XML
processors disagree: no padding in moments, numbers, enumerations and flags.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise

from lxml import etree

from answerable.reports.document import values
from answerable.reports.document.faults import Fault
from answerable.reports.document.shape import ROOTS, SHAPES, Row
from answerable.reports.document.values import Profile

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_BYTES_MAX = 64 * 1024 * 1024  # our own bytes; only there to bound the parser

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
_DATE_TIME = re.compile(
    rf"(\d{{4}}-\d{{2}}-\d{{2}})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?{_ZONE}", re.ASCII
)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def schema_faults(xml: bytes, profile: Profile = Profile.NOV_2025) -> tuple[Fault, ...]:
    """Where `xml` breaks this edition of the schema as we know it, in document order.

    () when nowhere. Takes a `<report>` or `<fileDetails>`. Never raises for bad bytes: what does
    not parse is a fault at the path of an empty name.
    """
    if len(xml) > _BYTES_MAX:
        return (Fault(path="", limit=f"at most {_BYTES_MAX} bytes", found=f"{len(xml)} bytes"),)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        line = fault.lineno if isinstance(fault, etree.XMLSyntaxError) else 1
        return (Fault(path="", limit="well-formed XML", found=f"a fault in line {line}"),)
    if root.getroottree().docinfo.internalDTD is not None:
        return (Fault(path="", limit="no document type", found="one"),)
    if root.tag not in ROOTS:
        return (Fault(path="", limit=f"root {' or '.join(ROOTS)}", found="another root"),)
    shape = SHAPES[profile]
    return tuple(_element_faults(shape, root, shape[str(root.tag)], str(root.tag)))


def _element_faults(
    shape: dict[str, Row], element: etree._Element, row: Row, path: str
) -> Iterator[Fault]:
    yield from _attribute_faults(element, row, path)
    if row.text is not None:
        if len(element):
            yield Fault(path=path, limit="text only", found="elements")
        else:
            yield from _value_faults(element.text or "", row.text, path)
        return
    if any((text or "").strip() for text in [element.text, *(child.tail for child in element)]):
        yield Fault(path=path, limit="elements only", found="text")
    children = [child for child in element if isinstance(child.tag, str)]
    yield from _order_faults([str(child.tag) for child in children], row, path)
    types = {child.name: child.type for child in row.children}
    seen: dict[str, int] = {}
    for child in children:
        name = str(child.tag)
        if name not in types:
            continue
        seen[name] = seen.get(name, 0) + 1
        below = f"{path}/{name}[{seen[name]}]"
        deeper = shape.get(types[name])
        if deeper is not None:
            yield from _element_faults(shape, child, deeper, below)
            continue
        if len(child):
            yield Fault(path=below, limit="text only", found="elements")
        if child.attrib:
            yield Fault(path=below, limit="no attribute", found=str(len(child.attrib)))
        yield from _value_faults(child.text or "", types[name], below)


def _attribute_faults(element: etree._Element, row: Row, path: str) -> Iterator[Fault]:
    known = {attribute.name: attribute for attribute in row.attributes}
    at_root = element.getparent() is None
    for name, value in element.attrib.items():
        if at_root and str(name).startswith(_XSI):
            continue
        attribute = known.get(str(name))
        if attribute is None:
            yield Fault(path=path, limit="no such attribute", found="an unknown attribute")
        else:
            yield from _value_faults(str(value), attribute.type, f"{path}/@{attribute.name}")
    for attribute in row.attributes:
        if attribute.required and attribute.name not in element.attrib:
            yield Fault(path=f"{path}/@{attribute.name}", limit="is required", found="nothing")


def _order_faults(names: list[str], row: Row, path: str) -> Iterator[Fault]:
    known = [child.name for child in row.children]
    for name in names:
        if name not in known:
            yield Fault(path=path, limit="only elements of the schema", found="an unknown element")
    placed = [known.index(name) for name in names if name in known]
    if row.group == "choice":
        if len(placed) != 1:
            yield Fault(path=path, limit="exactly one incident", found=str(len(placed)))
        return
    for child in row.children:
        count = names.count(child.name)
        if count < child.least or (child.most is not None and count > child.most):
            most = "" if child.most is None else f" and at most {child.most}"
            yield Fault(
                path=f"{path}/{child.name}", limit=f"at least {child.least}{most}", found=str(count)
            )
    if row.group == "sequence":
        for before, after in pairwise(placed):
            if after < before:
                yield Fault(
                    path=f"{path}/{known[after]}",
                    limit=f"stands before {known[before]}",
                    found="it stands after",
                )
    both = [name for name in row.at_most_one if name in names]
    if len(both) > 1:
        yield Fault(path=path, limit=f"only one of {' and '.join(both)}", found=str(len(both)))


def _value_faults(text: str, kind: str, path: str) -> Iterator[Fault]:
    if not _IS[kind](text):
        yield Fault(path=path, limit=f"a {kind} of the schema", found=f"{len(text)} characters")


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    try:
        date(*map(int, found.groups()))
    except ValueError:
        return False
    return True


def _is_date_time(text: str) -> bool:
    found = _DATE_TIME.fullmatch(text)
    return found is not None and _is_date(found[1])


def _is_whole(bits: int) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        return bool(_WHOLE.fullmatch(text)) and -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1)

    return holds


WORDS: dict[str, frozenset[str]] = {
    "state": values.STATES | {""},
    "country": values.COUNTRIES | {""},
    "incidentType": frozenset(values.IncidentType),
    "eventName": frozenset(values.EventName),
    "emailType": frozenset(values.EmailType),
    "phoneType": frozenset(values.PhoneType),
    "addressType": frozenset(values.AddressType),
    "associatedType": frozenset(values.AssociatedType),
    "detailsType": frozenset(values.DetailsType),
    "batchReason": frozenset(values.BatchReason),
    "fileRelevance": frozenset(values.FileRelevance),
    "industryClassification": frozenset(values.IndustryClassification),
}
"""The closed lists, by the names that shape.py calls them."""

PATTERNS: dict[str, str] = {"callingCode": r"\+[0-9]{1,3}", "digits": "[0-9]+"}


def _is_like(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


def _is_among(words: frozenset[str]) -> Callable[[str], bool]:
    return lambda text: text in words


_IS: dict[str, Callable[[str], bool]] = {
    "string": lambda _text: True,
    "token": lambda text: bool(text.strip()),
    "boolean": _is_among(frozenset({"true", "false", "1", "0"})),
    "flag": _is_among(frozenset({"true", ""})),
    "int": _is_whole(32),
    "long": _is_whole(64),
    "double": lambda text: _DOUBLE.fullmatch(text) is not None,
    "date": _is_date,
    "dateTime": _is_date_time,
    **{name: _is_like(pattern) for name, pattern in PATTERNS.items()},
    **{name: _is_among(words) for name, words in WORDS.items()},
}
