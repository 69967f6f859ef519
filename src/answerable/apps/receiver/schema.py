"""receiver/schema: the first judge: does a document have the shape the tables give it?

Elements are matched in strict sequence order, as the CyberTipline does. The answer is the first
fault found, with its place and reason; the caller answers 4100.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from answerable.apps.receiver.shapes import Kind, Part, Slot
from answerable.apps.receiver.values import BLANKS, why_not

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_HINTS = (f"{XSI}noNamespaceSchemaLocation", f"{XSI}schemaLocation")  # allowed and ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """Where a document is wrong, and why. May quote what the client sent: keep out of logs."""

    where: str
    why: str


def check_schema(root: etree._Element, kind: Kind) -> Invalid | None:
    """The first place where `root` departs from `kind`, or None."""
    if root.tag != kind.name:
        return Invalid(where="/", why=f"the root is {root.tag}, not {kind.name}")
    return _check_element(root, kind, f"/{kind.name}")


def children_of(element: etree._Element) -> list[etree._Element]:
    """Child elements in order; comments and instructions are nothing."""
    return [child for child in element if isinstance(child.tag, str)]


def text_of(element: etree._Element) -> str:
    """The element's own characters, those after comments included."""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def slots_of(kind: Kind) -> dict[str, Slot]:
    return {slot.name: slot for part in kind.parts for slot in part.options}


def _check_element(element: etree._Element, kind: Kind, where: str) -> Invalid | None:
    return _check_attributes(element, kind, where) or _check_inside(element, kind, where)


def _check_attributes(element: etree._Element, kind: Kind, where: str) -> Invalid | None:
    known = {attribute.name: attribute for attribute in kind.attributes}
    for raw, value in element.attrib.items():
        name = str(raw)
        if name in _HINTS:
            continue
        attribute = known.get(name)
        if attribute is None:
            return Invalid(where=where, why=f"attribute {name} is not allowed here")
        if why := why_not(str(value), attribute.simple):
            return Invalid(where=f"{where}/@{name}", why=why)
    for attribute in kind.attributes:
        if attribute.required and attribute.name not in element.attrib:
            return Invalid(where=where, why=f"attribute {attribute.name} is missing")
    return None


def _check_inside(element: etree._Element, kind: Kind, where: str) -> Invalid | None:
    children, text = children_of(element), text_of(element)
    if kind.text is not None:
        if children:
            return Invalid(where=where, why=f"{children[0].tag} is not allowed inside a text")
        why = why_not(text, kind.text)
        return Invalid(where=where, why=why) if why else None
    if not kind.parts and (children or text):
        return Invalid(where=where, why="must be empty")
    if text.strip(BLANKS):
        return Invalid(where=where, why="text is not allowed between elements")
    check = _check_any_order if kind.any_order else _check_sequence
    return check(children, kind, where)


def _check_any_order(children: list[etree._Element], kind: Kind, where: str) -> Invalid | None:
    slots = slots_of(kind)
    seen: set[str] = set()
    for child in children:
        name = str(child.tag)
        slot = slots.get(name)
        if slot is None or name in seen:
            again = "stands twice" if name in seen else "is not allowed"
            return Invalid(where=where, why=f"{name} {again}; known here: {', '.join(slots)}")
        seen.add(name)
        if fault := _check_element(child, slot.kind, f"{where}/{name}"):
            return fault
    return None


def _check_sequence(children: list[etree._Element], kind: Kind, where: str) -> Invalid | None:
    at = 0
    for part in kind.parts:
        taken = list(_taken(children[at:], part))
        for number, (child, slot) in enumerate(taken, start=1):
            place = f"{where}/{slot.name}" + (f"[{number}]" if slot.most is None else "")
            if fault := _check_element(child, slot.kind, place):
                return fault
        at += len(taken)
        if len(taken) < part.least:
            found = f"{children[at].tag} stands" if at < len(children) else "the element ends"
            names = " or ".join(slot.name for slot in part.options)
            return Invalid(where=where, why=f"{found} where {names} must stand")
    if at < len(children):
        why = f"{children[at].tag} is not allowed here (unknown, too often, or out of order)"
        return Invalid(where=where, why=why)
    return None


def _taken(children: list[etree._Element], part: Part) -> Iterator[tuple[etree._Element, Slot]]:
    """The run of children that this part takes: all of one name, up to its number."""
    options = {slot.name: slot for slot in part.options}
    slot = options.get(str(children[0].tag)) if children else None
    if slot is None:
        return
    for number, child in enumerate(children):
        if child.tag != slot.name or (slot.most is not None and number >= slot.most):
            return
        yield child, slot
