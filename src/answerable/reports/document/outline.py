"""reports.document.outline: an XML Schema read as a table of paths, to compare two of them.

Reads what NCMEC's schema is written with, and says so where a schema uses anything else: a part
that nobody read must not look like a part that has not changed. Pure; fetches and includes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from answerable.kernel.errors import Refusal

XS = "{http://www.w3.org/2001/XMLSchema}"
SCHEMA_BYTES_MAX = 4 * 1024 * 1024
PATHS_MAX = 20_000
_DEPTH_MAX = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One element or attribute. `most` None: any number; an attribute stands once at most."""

    type: str
    """Of its own text: `string`, `boolean`, `flag`, `one of a list`, …; empty where it has none."""
    least: int
    most: int | None
    words: frozenset[str] = frozenset()
    pattern: str = ""
    instead_of: frozenset[str] = frozenset()
    """Its neighbours of which only one may stand."""
    children: tuple[str, ...] = ()
    """Names in order; sorted where any order will do."""


Outline = Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class _Text:
    type: str
    words: frozenset[str] = frozenset()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class _Slot:
    """An element declaration where it stands: how often, and beside whom it cannot."""

    node: etree._Element
    least: int
    most: int | None
    instead_of: frozenset[str]


def parse_schema(xsd: bytes) -> etree._Element:
    """The schema's tree. Raises Refusal for what is none, or would fetch another one."""
    if len(xsd) > SCHEMA_BYTES_MAX:
        raise Refusal("a schema of more than 4 MiB is not read")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(xsd, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refusal("this is no schema: it is not well-formed XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refusal("a schema with a document type is not read")
    if root.tag != f"{XS}schema":
        raise Refusal("this is no schema: another root element")
    for name in ("import", "include", "redefine", "override"):
        if root.find(f"{XS}{name}") is not None:
            raise Refusal(f"a schema that would fetch others ({name}) is not read")
    return root


def compiled(xsd: bytes) -> etree.XMLSchema:
    """The schema, ready to judge documents. Raises Refusal."""
    root = parse_schema(xsd)
    try:
        return etree.XMLSchema(root)
    except etree.XMLSchemaParseError:
        raise Refusal("this schema contradicts itself") from None


def outline(xsd: bytes) -> Outline:
    """Every path of every document that the schema declares. Raises Refusal, see parse_schema."""
    compiled(xsd)  # what refers to itself ends here
    return _Reader(parse_schema(xsd)).read()


class _Reader:
    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._named = {(str(one.tag), one.get("name")): one for one in root if one.get("name")}
        self._found: dict[str, Place] = {}

    def read(self) -> Outline:
        used = {_bare(one.get("ref")) for one in self._root.iter(f"{XS}element") if one.get("ref")}
        for node in self._root.findall(f"{XS}element"):
            if node.get("name") not in used:
                self._walk(_Slot(node, 1, 1, frozenset()), str(node.get("name")), 0)
        return self._found

    def _walk(self, slot: _Slot, path: str, depth: int) -> None:
        if depth > _DEPTH_MAX or len(self._found) >= PATHS_MAX:
            raise Refusal("this schema nests deeper than any that we know how to compare")
        node = slot.node
        body = self._body(node)
        text = self._text_of(node, body)
        slots: list[_Slot] = []
        ordered = True
        if body is not None:
            for name, place in self._attributes(body):
                self._found[f"{path}/@{name}"] = place
            slots = list(self._slots(body))
            ordered = body.find(f"{XS}all") is None
        names = [str(one.node.get("name")) for one in slots]
        self._found[path] = Place(
            type=text.type,
            words=text.words,
            pattern=text.pattern,
            least=slot.least,
            most=slot.most,
            instead_of=slot.instead_of,
            children=tuple(names if ordered else sorted(names)),
        )
        for below in slots:
            self._walk(below, f"{path}/{below.node.get('name')}", depth + 1)

    def _body(self, node: etree._Element) -> etree._Element | None:
        """The complex type of an element, its own or a named one."""
        inner = node.find(f"{XS}complexType")
        return inner if inner is not None else self._get("complexType", node.get("type"))

    def _get(self, kind: str, name: str | None) -> etree._Element | None:
        return self._named.get((f"{XS}{kind}", _bare(name))) if name else None

    def _slots(self, body: etree._Element) -> Iterator[_Slot]:
        for group in body:
            if group.tag in (f"{XS}sequence", f"{XS}all", f"{XS}choice"):
                yield from self._in_group(group, 1, frozenset())
            elif not _known(group, "attribute", "annotation", "simpleContent"):
                raise Refusal(f"a schema with {_local(group)} in a type is not read")

    def _in_group(
        self, group: etree._Element, least: int, instead_of: frozenset[str]
    ) -> Iterator[_Slot]:
        """Elements with how often they may stand; what stands in a choice may be absent."""
        if group.get("maxOccurs", "1") != "1":
            raise Refusal("a schema with a repeated group is not read")
        least = min(least, int(group.get("minOccurs", "1")))
        choice = group.tag == f"{XS}choice"
        names = frozenset(
            str(_bare(one.get("ref")) or one.get("name")) for one in group.findall(f"{XS}element")
        )
        for one in group:
            if one.tag == f"{XS}element":
                most = one.get("maxOccurs", "1")
                declared = self._get("element", one.get("ref"))
                node = one if declared is None else declared
                yield _Slot(
                    node,
                    0 if choice else min(least, int(one.get("minOccurs", "1"))),
                    None if most == "unbounded" else int(most),
                    names - {str(node.get("name"))} if choice else instead_of,
                )
            elif one.tag in (f"{XS}sequence", f"{XS}choice"):
                if choice:
                    raise Refusal("a schema with groups inside a choice is not read")
                yield from self._in_group(one, least, instead_of)
            elif not _known(one, "annotation"):
                raise Refusal(f"a schema with {_local(one)} in a group is not read")

    def _attributes(self, body: etree._Element) -> Iterator[tuple[str, Place]]:
        holder = body.find(f"{XS}simpleContent/{XS}extension")
        for one in body if holder is None else holder:
            if one.tag != f"{XS}attribute":
                if holder is not None and not _known(one, "annotation"):
                    raise Refusal(f"a schema with {_local(one)} on a text is not read")
                continue
            if one.get("ref"):
                raise Refusal("a schema whose attributes stand elsewhere is not read")
            text = self._simple(one)
            yield (
                str(one.get("name")),
                Place(
                    type=text.type,
                    words=text.words,
                    pattern=text.pattern,
                    least=1 if one.get("use") == "required" else 0,
                    most=1,
                ),
            )

    def _text_of(self, node: etree._Element, body: etree._Element | None) -> _Text:
        if body is None:
            return self._simple(node)
        content = body.find(f"{XS}simpleContent")
        if content is None:
            return _Text("")
        base = content.find(f"{XS}extension")
        if base is None:
            raise Refusal("a schema that restricts a text with attributes is not read")
        return self._type_named(base.get("base"))

    def _simple(self, node: etree._Element) -> _Text:
        inner = node.find(f"{XS}simpleType")
        if inner is not None:
            return self._restricted(inner)
        text = self._type_named(node.get("type"))
        return _Text("flag") if node.get("fixed") == "true" else text

    def _type_named(self, name: str | None) -> _Text:
        declared = self._get("simpleType", name)
        if declared is not None:
            return self._restricted(declared)
        further = self._get("complexType", name)
        if further is not None:  # a text with attributes, extended once more
            return self._text_of(further, further)
        return _Text(str(_bare(name) or "string"))

    def _restricted(self, simple: etree._Element) -> _Text:
        restriction = simple.find(f"{XS}restriction")
        if restriction is None:
            raise Refusal("a schema with a list or union of values is not read")
        words = frozenset(str(x.get("value")) for x in restriction.findall(f"{XS}enumeration"))
        pattern = " or ".join(str(x.get("value")) for x in restriction.findall(f"{XS}pattern"))
        base = self._type_named(restriction.get("base"))
        limits = ", ".join(
            f"{_local(one)} {one.get('value')}"
            for one in restriction
            if not _known(one, "enumeration", "pattern", "annotation", "simpleType")
        )
        kind = f"{base.type} ({limits})" if limits else base.type
        return _Text(kind, words or base.words, pattern or base.pattern)


def _known(node: etree._Element, *names: str) -> bool:
    return not isinstance(node.tag, str) or node.tag in {f"{XS}{name}" for name in names}


def _local(node: etree._Element) -> str:
    return str(etree.QName(node).localname)


def _bare(name: str | None) -> str | None:
    """A name without its prefix: the documents have no namespace, so none can be confused."""
    return name.rpartition(":")[2] if name else None
