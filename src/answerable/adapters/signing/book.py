"""What the signer remembers: the last head it signed of each log, on disk before it is released.

Lost with the keys still there, or altered: it refuses to sign, for ever. A signer that has
forgotten what it signed could be made to sign a second history.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from answerable.adapters.signing.files import create_private, read_private, replace_private
from answerable.adapters.signing.keys import (
    LOG_TYPES,
    ensure_key,
    file_stem,
    load_key,
    log_key_types,
)
from answerable.kernel.canonical import strict_json
from answerable.kernel.errors import Breach, Refusal
from answerable.ledger.head import TreeHead
from answerable.ledger.keys import SigningKey
from answerable.ledger.merkle import EMPTY_ROOT
from answerable.ledger.note import read_signature_line
from answerable.ledger.spelling import read_hash, write_base64

STATE_SUFFIX: Final = ".signed.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The last head signed, and the signature lines given for it (none: opened, never signed)."""

    head: TreeHead
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKeys:
    """A log's private keys, in the order in which their lines stand on a checkpoint."""

    keys: tuple[SigningKey, ...]

    def vkeys(self) -> tuple[str, ...]:
        return tuple(key.verifier().vkey for key in self.keys)


class SignerBook:
    """The signer's folder: keys and memory of every log. Nobody else writes there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[LogKeys, Signed]] = {}

    def open(self, origin: str, secret: Callable[[], bytes]) -> tuple[LogKeys, Signed]:
        """The log's keys and memory, made if there is neither. Safe to repeat after any failure.

        The memory is made first: keys without memory mean that memory was lost.
        """
        found = self.find(origin)
        if found is not None and found[1].lines:
            return found
        empty = Signed(head=TreeHead(origin=origin, size=0, root=EMPTY_ROOT))
        if not create_private(self._state_path(origin), _spell(empty)):
            signed = self._read_state(origin)
            if signed is None or signed != empty:
                raise Breach(f"the signer has signed for {origin} but its keys are gone")
        self._known.pop(origin, None)
        for type_ in reversed(log_key_types()):  # Ed25519 last: where it is, opening was finished
            ensure_key(self._folder, origin, type_, secret)
        made = self.find(origin)
        if made is None:
            raise Breach(f"the signer's files of {origin} were there and are gone")
        return made

    def find(self, origin: str) -> tuple[LogKeys, Signed] | None:
        """The log's keys and memory; None if it was never opened, or not to the end.

        Raises Breach where memory is missing or damaged.
        """
        known = self._known.get(origin)
        if known is not None:
            return known
        loaded = [load_key(self._folder, origin, type_) for type_ in LOG_TYPES]
        signed = self._read_state(origin)
        if signed is None:
            if any(key is not None for key in loaded):
                raise Breach(f"the signer's memory of {origin} is lost; it must not sign again")
            return None
        if loaded[0] is None and not signed.lines:
            return None
        keys = tuple(key for key in loaded if key is not None)
        if signed.lines and {key.verifier().id for key in keys} != _ids(signed.lines):
            raise Breach(f"the signer's keys of {origin} are not those it has signed with")
        # What we read may sit in the page cache only, after a failed fsync: make it durable anew.
        replace_private(self._state_path(origin), _spell(signed))
        found = self._known[origin] = (LogKeys(keys=keys), signed)
        return found

    def remember(self, signed: Signed) -> None:
        """Durable when this returns. After an OSError nothing is taken for granted: read anew."""
        origin = signed.head.origin
        keys, _before = self._known.pop(origin)
        replace_private(self._state_path(origin), _spell(signed))
        self._known[origin] = (keys, signed)

    def _state_path(self, origin: str) -> Path:
        return self._folder / (file_stem(origin) + STATE_SUFFIX)

    def _read_state(self, origin: str) -> Signed | None:
        raw = read_private(self._state_path(origin))
        if raw is None:
            return None
        try:
            return _read(raw, origin)
        except Refusal as fault:
            raise Breach(f"the signer's memory of {origin} is damaged: {fault.reason}") from fault


def _ids(lines: tuple[str, ...]) -> set[bytes]:
    return {read_signature_line(line).key_id for line in lines}


def _spell(signed: Signed) -> bytes:
    value = {
        "origin": signed.head.origin,
        "size": signed.head.size,
        "root": write_base64(signed.head.root),
        "lines": list(signed.lines),
    }
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _read(raw: bytes, origin: str) -> Signed:
    match strict_json(raw):
        case {
            "origin": str(stated),
            "size": int(size),
            "root": str(root),
            "lines": [*lines],
            **rest,
        } if stated == origin and size >= 0 and not isinstance(size, bool) and not rest:
            texts = tuple(line for line in lines if isinstance(line, str))
        case _:
            raise Refusal("not a memory of this log")
    head = TreeHead(origin=origin, size=size, root=read_hash(root, "the root"))
    if len(texts) != len(lines):
        raise Refusal("a signature line is not text")
    _ids(texts)
    return Signed(head=head, lines=texts)
