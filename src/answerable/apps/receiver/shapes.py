"""receiver/shapes: the grammar the tables are written in, and the small words that write them."""

from dataclasses import dataclass

from answerable.apps.receiver import values as v
from answerable.apps.receiver.values import Simple


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What the documentation says beyond the schema. Lengths in characters, bounds inclusive."""

    chars_max: int | None = None
    between: tuple[int, int] | None = None
    not_blank: bool = False
    is_url: bool = False  # no blanks, no control characters
    at_most: int | None = None


NO_LIMIT = Limit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    name: str
    simple: Simple
    required: bool = False
    limit: Limit = NO_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One element's place in its parent. `most` None means any number."""

    name: str
    kind: "Kind"
    most: int | None = 1
    limit: Limit = NO_LIMIT
    newer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A step of a sequence: one slot, or a choice among several. `least` counts elements."""

    options: tuple[Slot, ...]
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """An element's type: either a text with attributes, or parts in order (or in any order)."""

    name: str
    text: Simple | None = None
    parts: tuple[Part, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    any_order: bool = False


def _as_kind(of: Kind | Simple) -> Kind:
    return of if isinstance(of, Kind) else Kind(name=of.name, text=of)


def _limit(chars: int | None, limit: Limit | None) -> Limit:
    return limit if limit is not None else Limit(chars_max=chars)


def one(name: str, of: Kind | Simple = v.STRING, chars: int | None = None) -> Part:
    slot = Slot(name=name, kind=_as_kind(of), limit=_limit(chars, None))
    return Part(options=(slot,), least=1)


def maybe(
    name: str,
    of: Kind | Simple = v.STRING,
    chars: int | None = None,
    limit: Limit | None = None,
    newer: bool = False,
) -> Part:
    slot = Slot(name=name, kind=_as_kind(of), limit=_limit(chars, limit), newer=newer)
    return Part(options=(slot,), least=0)


def many(
    name: str,
    of: Kind | Simple = v.STRING,
    chars: int | None = None,
    limit: Limit | None = None,
    least: int = 0,
) -> Part:
    slot = Slot(name=name, kind=_as_kind(of), most=None, limit=_limit(chars, limit))
    return Part(options=(slot,), least=least)


def choice(*parts: Part, least: int) -> Part:
    return Part(options=tuple(slot for part in parts for slot in part.options), least=least)


def attr(name: str, simple: Simple, chars: int | None = None, required: bool = False) -> Attribute:
    return Attribute(name=name, simple=simple, required=required, limit=_limit(chars, None))


def text(name: str, simple: Simple, *attributes: Attribute) -> Kind:
    return Kind(name=name, text=simple, attributes=attributes)


def kind(name: str, *parts: Part, attributes: tuple[Attribute, ...] = ()) -> Kind:
    return Kind(name=name, parts=parts, attributes=attributes)


def flags(name: str, *flags: str, newer: tuple[str, ...] = ()) -> Kind:
    parts = (
        *(maybe(flag, v.FLAG) for flag in flags),
        *(maybe(flag, v.FLAG, newer=True) for flag in newer),
    )
    return Kind(name=name, parts=parts, any_order=True)
