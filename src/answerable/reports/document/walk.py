"""reports.document.walk: a document taken apart in order, to write, check or count it."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import Enum, auto

from answerable.reports.document.model import Document, Fragment

_NAMES = {
    "legal_url": "legalURL",
    "prior_ct_reports": "priorCTReports",
    "prior_ct_report": "priorCTReport",
}


class Kind(Enum):
    """How a part stands in its parent."""

    ELEMENT = auto()
    ATTRIBUTE = auto()
    CONTENT = auto()
    FLAG = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing said: the model keeps it in `owner.field`, the schema calls it `name`."""

    kind: Kind
    name: str
    owner: type[Fragment]
    field: str
    value: object
    place: int | None
    """1-based place among its kind where the schema allows several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One value with its path: `path` counts (`…/url[2]`), `xsd_path` does not."""

    path: str
    xsd_path: str
    owner: type[Fragment]
    field: str
    value: object


def xml_name(field: str) -> str:
    """The schema's name of a field of the model."""
    if field in _NAMES:
        return _NAMES[field]
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def parts(thing: Fragment) -> Iterator[Part]:
    """What `thing` says, in schema order; what it does not say is skipped."""
    owner = type(thing)
    for field in fields(thing):  # type: ignore[arg-type]  # every Fragment is a dataclass
        held = getattr(thing, field.name)
        if field.name in owner.inlined:
            yield from parts(held)
            continue
        several = isinstance(held, tuple)
        for place, value in enumerate(held if several else (held,), start=1):
            if value is None or (owner.flags and value is False):
                continue
            name = value.element if isinstance(value, Fragment) else ""
            yield Part(
                kind=_kind(owner, field.name),
                name=name or xml_name(field.name),
                owner=owner,
                field=field.name,
                value=value,
                place=place if several else None,
            )


def leaves(document: Document) -> Iterator[Leaf]:
    """Every value the document says, with its path, in document order."""
    yield from _leaves(document, document.element, document.element)


def presence(*documents: Document) -> list[str]:
    """The schema paths that are filled, each once, in document order; never a value.

    Attributes are spelled `…/@name`. This is what `report.finished` says about completeness.
    """
    return list(dict.fromkeys(leaf.xsd_path for doc in documents for leaf in leaves(doc)))


def _kind(owner: type[Fragment], field: str) -> Kind:
    if owner.flags:
        return Kind.FLAG
    if field == owner.own_text:
        return Kind.CONTENT
    return Kind.ATTRIBUTE if field in owner.attributes else Kind.ELEMENT


def _leaves(thing: Fragment, path: str, xsd_path: str) -> Iterator[Leaf]:
    for part in parts(thing):
        below, xsd_below = path, xsd_path
        if part.kind is not Kind.CONTENT:
            mark = "@" if part.kind is Kind.ATTRIBUTE else ""
            xsd_below = f"{xsd_path}/{mark}{part.name}"
            count = f"[{part.place}]" if part.place is not None else ""
            below = f"{path}/{mark}{part.name}{count}"
        if isinstance(part.value, Fragment):
            yield from _leaves(part.value, below, xsd_below)
        else:
            yield Leaf(
                path=below,
                xsd_path=xsd_below,
                owner=part.owner,
                field=part.field,
                value=part.value,
            )
