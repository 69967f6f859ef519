"""reports.document.write: from a document to its bytes: UTF-8, no namespace, in schema order.

XML 1.0 cannot carry most control characters, lone surrogates, U+FFFE and U+FFFF at all, not even
escaped. Each is replaced by U+FFFD, where a reader sees that something stood there, and `written`
says how many were replaced and where. The words as submitted go as a file, byte for byte.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from lxml import etree

from answerable.kernel.errors import Breach, insist
from answerable.reports.document.model import Document, FileDescription, Fragment
from answerable.reports.document.values import Moment
from answerable.reports.document.walk import Kind, leaves, parts

REPLACEMENT = "\ufffd"

# XML 1.0, production 2: what is not a Char.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_SCHEMA_HINT = "https://report.cybertip.org/ispws/xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """How many characters XML cannot carry stood at `path`. Not which: that is contents."""

    path: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The bytes, and what could not be said in them."""

    xml: bytes
    replaced: tuple[Replaced, ...]


def to_xml(document: Document, *, schema_hint: bool = False) -> bytes:
    """The document as UTF-8 XML with its declaration.

    `schema_hint` adds the customary xsi attribute to the root; the far side needs none.
    """
    nsmap = {"xsi": _XSI} if schema_hint else None
    root = etree.Element(document.element, nsmap=nsmap)
    if schema_hint:
        root.set(f"{{{_XSI}}}noNamespaceSchemaLocation", _SCHEMA_HINT)
    _fill(root, document)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def written(document: Document) -> Written:
    """The bytes of `to_xml`, and where characters that XML cannot carry were replaced."""
    return Written(xml=to_xml(document), replaced=replaced_in(document))


def replaced_in(document: Document) -> tuple[Replaced, ...]:
    """Where, and how many, characters of the document XML cannot carry."""
    found = []
    for leaf in leaves(document):
        if isinstance(leaf.value, str) and not isinstance(leaf.value, Enum):
            count = len(_ILLEGAL.findall(leaf.value))
            if count:
                found.append(Replaced(path=leaf.path, count=count))
    return tuple(found)


def missing_from(xml: bytes, words: Iterable[str]) -> tuple[str, ...]:
    """Those of `words` that stand in no text and no attribute of the document `xml`.

    For "covered by report": an ad is covered when its external id, its account and its addresses
    stand in the committed bytes (compared as read, so `&amp;` is `&`).
    """
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    said = [text for element in root.iter() for text in (element.text, *element.attrib.values())]
    whole = "\n".join(str(text) for text in said if text)
    return tuple(word for word in words if word not in whole)


def visible(text: str) -> str:
    """`text` with each character that XML cannot carry as U+FFFD."""
    return _ILLEGAL.sub(REPLACEMENT, text)


def details_template(description: FileDescription) -> bytes:
    """`<fileDetails>` without its two ids: what can be written down before anything is sent."""
    return to_xml(description)


def details_bytes(template: bytes, *, report_id: int, file_id: str) -> bytes:
    """The template of `details_template` with its ids, ready for `/fileinfo`."""
    root = etree.fromstring(template, etree.XMLParser(resolve_entities=False, no_network=True))
    insist(root.tag == "fileDetails", "a template of file details has that root")
    insist(root.find("fileId") is None, "a template has no ids yet")
    report, file = etree.Element("reportId"), etree.Element("fileId")
    report.text, file.text = str(report_id), visible(file_id)
    root.insert(0, report)
    root.insert(1, file)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _fill(element: etree._Element, thing: Fragment) -> None:
    for part in parts(thing):
        if part.kind is Kind.CONTENT:
            element.text = _spelled(part.value)
        elif part.kind is Kind.ATTRIBUTE:
            element.set(part.name, _spelled(part.value))
        else:
            below = etree.SubElement(element, part.name)
            if isinstance(part.value, Fragment):
                _fill(below, part.value)
            else:
                below.text = _spelled(part.value)


def _spelled(value: object) -> str:
    match value:
        case Enum():
            return str(value.value)
        case bool():
            return "true" if value else "false"
        case str():
            return visible(value)
        case int() | float():
            return repr(value)
        case Moment():
            return value.spelled()
        case date():
            return value.isoformat()
        case _:
            raise Breach(f"a {type(value).__name__} has no spelling in a report")
