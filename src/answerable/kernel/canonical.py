"""The one spelling of a value: RFC 8785 JSON, ASCII keys, no floats. Hash and sign only this."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

from answerable.kernel.errors import Breach, Refusal

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

INT_MAX = 2**53 - 1


def canonical_bytes(value: Json) -> bytes:
    """Spell `value` the one way the ledger accepts. Raises Breach for what has no such spelling."""
    _check(value)
    return rfc8785.dumps(value)


def _check(value: object) -> None:
    match value:
        case None | bool() | str():
            if isinstance(value, str):
                _no_surrogates(value)
        case int():
            if abs(value) > INT_MAX:
                raise Breach("an integer beyond 2^53-1 has no safe spelling")
        case Mapping():
            for key, inner in value.items():
                if not (isinstance(key, str) and key.isascii()):
                    raise Breach("keys are ASCII text")
                _check(inner)
        case Sequence() if not isinstance(value, bytes | bytearray):
            for inner in value:
                _check(inner)
        case _:
            raise Breach(f"{type(value).__name__} has no canonical spelling")


def _no_surrogates(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Breach("a lone surrogate has no UTF-8 spelling") from None


def strict_json(raw: bytes) -> Json:
    """Parse JSON as a door must: UTF-8, no duplicate keys, no lone surrogates, no NaN, no floats.

    Raises Refusal naming the fault. Depth is bounded by the interpreter's own recursion limit.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("the body is not UTF-8") from None
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float
        )
    except (ValueError, RecursionError):  # also an integer of thousands of digits
        raise Refusal("the body is not JSON") from None
    try:
        _check(value)
    except Breach as fault:
        raise Refusal(str(fault)) from None
    return value  # type: ignore[no-any-return]


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refusal("a key stands twice in one object")
    return found


def _constant(name: str) -> object:
    raise Refusal(f"{name} is not a number we accept")


def _float(text: str) -> object:
    raise Refusal(f"numbers are whole here; send {text} as text")
