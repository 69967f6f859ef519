"""How the app asks the signer process. One connection a request; it keeps nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from answerable.adapters.signing.door import (
    ANSWER_SECONDS,
    LINE_BYTES_MAX,
    local_socket,
    reachable,
)
from answerable.adapters.signing.signer import Deny
from answerable.kernel.canonical import Json, strict_json
from answerable.kernel.errors import Breach, Outage, Refusal
from answerable.ledger.head import TreeHead
from answerable.ledger.keys import VerifierKey
from answerable.ledger.spelling import read_hash, write_base64


class SignerDenied(Breach):
    """The signer refused. `why` says which rule; `signed` is the head it signed last, if known."""

    def __init__(self, why: Deny, says: str, signed: TreeHead | None) -> None:
        super().__init__(f"the signer refuses ({why}): {says}")
        self.why = why
        self.signed = signed


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerState:
    """What the signer signed last, the lines it gave for it (none yet: ()), and its public keys."""

    head: TreeHead
    lines: tuple[str, ...]
    keys: tuple[VerifierKey, ...]


class SignerClient:
    """Blocking, and safe to use from several threads. Every request may be repeated."""

    def __init__(self, socket_path: Path, timeout: float = ANSWER_SECONDS) -> None:
        """`timeout` in seconds, for connecting and for each part of an answer."""
        self._path = socket_path
        self._timeout = timeout

    def open(self, origin: str) -> SignerState:
        """Have keys and memory for this log made if there are none. Raises as `sign`."""
        return _state(self._ask({"do": "open", "origin": origin}))

    def state(self, origin: str) -> SignerState:
        """From where the next proof must start. Raises as `sign`."""
        return _state(self._ask({"do": "state", "origin": origin}))

    def sign(self, head: TreeHead, old: int, proof: Sequence[bytes]) -> tuple[str, ...]:
        """Signature lines for `head`, with the consistency proof from size `old` to it.

        `old` is the size the signer signed last (`state`); asked for that head again it gives the
        same lines. Raises Outage if it does not answer (it may have signed: ask again), and
        SignerDenied, a Breach, if it refuses.
        """
        answer = self._ask(
            {
                "do": "sign",
                "origin": head.origin,
                "size": head.size,
                "root": write_base64(head.root),
                "old": old,
                "proof": [write_base64(hashed) for hashed in proof],
            }
        )
        match answer:
            case {"lines": [*lines]}:
                return _texts(lines)
            case _:
                raise Breach("the signer's answer is not one of its door")

    def _ask(self, request: Json) -> Json:
        line = json.dumps(request, ensure_ascii=False).encode() + b"\n"
        try:
            raw = self._exchange(line)
        except OSError as fault:  # refused, absent, timed out, reset
            raise Outage(f"the signer does not answer: {fault}") from fault
        if not raw.endswith(b"\n"):
            raise Outage("the signer went away before it had answered")
        try:
            answer = strict_json(raw)
        except Refusal as fault:
            raise Breach(f"the signer's answer is not JSON: {fault.reason}") from fault
        match answer:
            case {"ok": ok}:
                return ok
            case {"outage": str(says)}:
                raise Outage(says)
            case {"refused": {"why": str(why), "says": str(says), "size": _} as refused}:
                raise SignerDenied(_deny(why), says, _head(refused))
            case {"refused": {"why": str(why), "says": str(says)}}:
                raise SignerDenied(_deny(why), says, None)
            case _:
                raise Breach("the signer's answer is not one of its door")

    def _exchange(self, line: bytes) -> bytes:
        with local_socket() as door:
            door.settimeout(self._timeout)
            with reachable(self._path) as address:
                door.connect(address)
            door.sendall(line)
            raw = bytearray()
            while not raw.endswith(b"\n") and len(raw) <= LINE_BYTES_MAX:
                part = door.recv(LINE_BYTES_MAX)
                if not part:
                    break
                raw += part
            return bytes(raw)


def _deny(why: str) -> Deny:
    try:
        return Deny(why)
    except ValueError:
        raise Breach("the signer refuses for a reason we do not know") from None


def _head(value: Json) -> TreeHead:
    try:
        match value:
            case {"origin": str(origin), "size": int(size), "root": str(root)}:
                return TreeHead(origin=origin, size=size, root=read_hash(root, "the root"))
            case _:
                raise Refusal("no head")
    except Refusal as fault:
        raise Breach(f"the signer's answer holds no tree head: {fault.reason}") from fault


def _state(value: Json) -> SignerState:
    match value:
        case {"lines": [*lines], "vkeys": [*vkeys]}:
            try:
                keys = tuple(map(VerifierKey.read, _texts(vkeys)))
            except Refusal as fault:
                raise Breach(f"the signer's answer holds no key: {fault.reason}") from fault
            return SignerState(head=_head(value), lines=_texts(lines), keys=keys)
        case _:
            raise Breach("the signer's answer is not one of its door")


def _texts(values: Sequence[Json]) -> tuple[str, ...]:
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise Breach("the signer's answer is not one of its door")
    return texts
