"""One spelling each: canonical JSON, base64 and hex as bundles hold them; and shapes of values.

Total: whatever the bytes, these answer or raise Malformed.
"""

import functools
import json
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from answerable.events.catalogue import BY_TYPE
from answerable.events.event import Event
from answerable.kernel.canonical import INT_MAX, Json, strict_json
from answerable.kernel.errors import Refusal
from answerable.ledger.faults import Malformed
from answerable.ledger.spelling import read_base64


def read_canonical(raw: bytes, what: str) -> Mapping[str, Any]:
    """A JSON object in the one spelling of RFC 8785. Raises Malformed."""
    try:
        value = _plain_json(raw) if raw.isascii() else strict_json(raw)
        canonical = _canonical(value)
    except Refusal as fault:
        raise Malformed(f"{what}: {fault.reason}") from None
    except (ValueError, RecursionError):
        raise Malformed(f"{what} is no JSON that we accept") from None
    if not isinstance(value, Mapping):
        raise Malformed(f"{what} is no JSON object")
    if canonical != raw:
        raise Malformed(f"{what} is not in its canonical spelling")
    return value


def _plain_json(raw: bytes) -> Json:
    """As strict_json, for ASCII bytes that must turn out canonical, without its own walk.

    A key that stands twice, a key or text that is not ASCII, a lone surrogate: each makes the
    canonical spelling another one. Numbers are looked at here.
    """
    value: Json = json.loads(
        raw.decode("ascii"), parse_int=_whole, parse_float=_refuse, parse_constant=_refuse
    )
    return value


def _whole(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) > INT_MAX:
        raise Refusal("an integer beyond 2^53-1")
    return number


def _refuse(text: str) -> Json:
    raise Refusal(f"{text[:20]} is no whole number")


def _canonical(value: Json) -> bytes:
    """RFC 8785 for what strict_json lets through: no floats, ASCII keys.

    For those the standard library's plainest spelling is the canonical one, and ten times as fast;
    a property test holds it against rfc8785.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_key(value: object, what: str) -> bytes:
    """32 bytes in canonical base64. Raises Malformed."""
    if not isinstance(value, str) or not value.isascii():
        raise Malformed(f"{what} is no base64 text")
    raw = read_base64(value, what)
    if len(raw) != 32:
        raise Malformed(f"{what} is not 32 bytes")
    return raw


def is_hash_hex(value: object) -> bool:
    """64 digits of lower-case hex."""
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def shape_of(kind: type[Event]) -> Mapping[str, Mapping[str, Any]]:
    """Group to field to declared type, for one kind of event."""
    return _shape(kind.TYPE, kind.V)


@functools.cache
def _shape(type_: str, v: int) -> Mapping[str, Mapping[str, Any]]:
    kind = BY_TYPE[type_, v]
    hints = typing.get_type_hints(kind)
    shape: dict[str, dict[str, Any]] = {}
    for spec in fields(kind):
        group = spec.metadata.get("group")
        if group is not None:
            shape.setdefault(group, {})[spec.name] = hints[spec.name]
    return shape


def fits(value: object, hint: Any) -> bool:
    """Is a JSON value of the declared type? Lists for sequences, objects for mappings."""
    if hint is Any:
        return True
    if hint is None or hint is type(None):
        return value is None
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return any(fits(value, one) for one in inner)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(fits(v, inner[1]) for v in value.values())
    if origin is Sequence:
        return isinstance(value, list) and all(fits(v, inner[0]) for v in value)
    if hint in (int, str, bool):
        return type(value) is hint
    return False
