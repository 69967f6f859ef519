"""receiver/xsd: the tables written out as an XML Schema, for GET /xsd and for checking ourselves.

Ours, generated; not the CyberTipline's file. The documented limits are not in it.
"""

from functools import cache

from lxml import etree

from answerable.apps.receiver import values as v
from answerable.apps.receiver.shapes import Attribute, Kind, Part, Slot
from answerable.apps.receiver.tables import documents
from answerable.apps.receiver.values import Lexical, Profile, Simple

_XS = "http://www.w3.org/2001/XMLSchema"
_ANSWERS = f"""<xs:schema xmlns:xs="{_XS}">
  <xs:element name="reportResponse"><xs:complexType><xs:sequence>
    <xs:element name="responseCode" type="xs:int"/>
    <xs:element name="responseDescription" type="xs:string"/>
    <xs:element name="reportId" type="xs:long" minOccurs="0"/>
    <xs:element name="fileId" type="xs:token" minOccurs="0"/>
    <xs:element name="hash" type="xs:token" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="reportDoneResponse"><xs:complexType><xs:sequence>
    <xs:element name="responseCode" type="xs:int"/>
    <xs:element name="reportId" type="xs:long"/>
    <xs:element name="files"><xs:complexType><xs:sequence>
      <xs:element name="fileId" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""


@cache
def write_xsd(profile: Profile) -> bytes:
    """The whole schema of one edition: both requests, both answers. UTF-8 with declaration."""
    schema = etree.Element(f"{{{_XS}}}schema", nsmap={"xs": _XS})
    note = etree.SubElement(_add(schema, "annotation"), f"{{{_XS}}}documentation")
    note.text = f"TEST receiver, profile {profile.value}. Generated; not NCMEC's own schema."
    known: dict[str, Kind | Simple] = {}
    chosen = documents(profile)
    for kind in (chosen.report, chosen.file_details):
        element = _add(schema, "element", name=kind.name)
        element.set("type", _name_kind(kind, known))
    for name, of in known.items():
        _write_kind(schema, name, of) if isinstance(of, Kind) else _write_simple(schema, name, of)
    schema.extend(list(etree.fromstring(_ANSWERS)))
    etree.indent(schema)
    return bytes(etree.tostring(schema, xml_declaration=True, encoding="UTF-8"))


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_XS}}}{tag}", attributes)


def _name_simple(simple: Simple, known: dict[str, Kind | Simple]) -> str:
    if not simple.allowed and not simple.pattern:
        lexical = Lexical.BOOLEAN if simple.lexical is Lexical.FLAG else simple.lexical
        return str(lexical.value)
    known.setdefault(simple.name, simple)
    return simple.name


def _name_kind(kind: Kind, known: dict[str, Kind | Simple]) -> str:
    if kind.text is not None and not kind.attributes:
        return _name_simple(kind.text, known)
    name = f"{kind.name}Type"
    if name not in known:
        known[name] = kind
        if kind.text is not None:
            _name_simple(kind.text, known)
        for attribute in kind.attributes:
            _name_simple(attribute.simple, known)
        for part in kind.parts:
            for slot in part.options:
                _name_kind(slot.kind, known)
    return name


def _write_simple(schema: etree._Element, name: str, simple: Simple) -> None:
    restriction = _add(_add(schema, "simpleType", name=name), "restriction")
    restriction.set("base", simple.lexical.value)
    for value in simple.allowed:
        _add(restriction, "enumeration", value=value)
    if simple.pattern:
        _add(restriction, "pattern", value=simple.pattern)


def _write_kind(schema: etree._Element, name: str, kind: Kind) -> None:
    outer = _add(schema, "complexType", name=name)
    holder = outer
    if kind.text is not None:
        holder = _add(_add(outer, "simpleContent"), "extension")
        holder.set("base", _name_simple(kind.text, {}))
    elif kind.parts:
        order = _add(outer, "all" if kind.any_order else "sequence")
        for part in kind.parts:
            _write_part(order, part)
    for attribute in kind.attributes:
        _write_attribute(holder, attribute)


def _write_part(order: etree._Element, part: Part) -> None:
    if len(part.options) == 1:
        _write_slot(order, part.options[0], part.least)
        return
    choice = _add(order, "choice", minOccurs=str(part.least))
    for slot in part.options:
        _write_slot(choice, slot, 1)


def _write_slot(parent: etree._Element, slot: Slot, least: int) -> None:
    element = _add(parent, "element", name=slot.name, type=_name_kind(slot.kind, {}))
    element.set("minOccurs", str(least))
    element.set("maxOccurs", "unbounded" if slot.most is None else str(slot.most))
    if slot.kind.text is v.FLAG:
        element.set("fixed", "true")


def _write_attribute(parent: etree._Element, attribute: Attribute) -> None:
    element = _add(parent, "attribute", name=attribute.name)
    element.set("type", _name_simple(attribute.simple, {}))
    if attribute.required:
        element.set("use", "required")
