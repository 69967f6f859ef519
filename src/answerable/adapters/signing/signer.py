"""What the signer signs and what it refuses, one request at a time. No socket, no clock here.

A request and its answer are one JSON object each (docs/formats/log.md, "The signer's door").
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from answerable.adapters.signing.book import LogKeys, Signed, SignerBook
from answerable.adapters.signing.keys import sign
from answerable.kernel.canonical import Json, strict_json
from answerable.kernel.errors import Breach, Refusal
from answerable.ledger.faults import Malformed
from answerable.ledger.head import TreeHead
from answerable.ledger.merkle import EMPTY_ROOT, PROOF_HASHES_MAX, verify_consistency
from answerable.ledger.note import NoteSignature, format_note, verify_note
from answerable.ledger.spelling import NUMBER_MAX, check_name, read_hash, write_base64


class Deny(StrEnum):
    """Why the signer refused."""

    MALFORMED = "malformed"
    UNKNOWN_LOG = "unknown_log"
    ROLLBACK = "rollback"
    """Smaller than what it signed last."""
    FORK = "fork"
    """As large as what it signed last, with another root."""
    STALE = "stale"
    """The proof starts from another size than the one it signed last."""
    INCONSISTENT = "inconsistent"
    """The proof does not show that the new tree continues the old."""
    BROKEN = "broken"
    """Its own keys or memory are lost or damaged: a person must look."""


class Denied(Refusal):
    """A refusal as it goes over the wire; `signed` is what the signer signed last, if known."""

    def __init__(self, why: Deny, reason: str, signed: Signed | None = None) -> None:
        super().__init__(reason)
        self.why = why
        self.signed = signed


class Signer:
    """Signs each log's heads, each a continuation of the one before."""

    def __init__(
        self,
        book: SignerBook,
        secret: Callable[[], bytes],
        *,
        before_persist: Callable[[], None] = lambda: None,
        after_persist: Callable[[], None] = lambda: None,
    ) -> None:
        """`secret` gives 32 fresh random bytes; the two hooks are where tests kill the process."""
        self._book = book
        self._secret = secret
        self._before_persist = before_persist
        self._after_persist = after_persist

    def answer(self, line: bytes) -> Json:
        """`{"ok": …}`, `{"refused": …}` or `{"outage": …}`. Raises nothing of these three."""
        try:
            return {"ok": self._serve(_request(line))}
        except Denied as denied:
            refused: dict[str, Json] = {"why": str(denied.why), "says": denied.reason}
            if denied.signed is not None:
                refused |= _spell_head(denied.signed.head)
            return {"refused": refused}
        except Malformed as fault:
            return {"refused": {"why": str(Deny.MALFORMED), "says": fault.reason}}
        except Breach as fault:
            return {"refused": {"why": str(Deny.BROKEN), "says": str(fault)}}
        except OSError as fault:
            return {"outage": f"the signer's disk: {fault.strerror}"}

    def _serve(self, request: Mapping[str, Json]) -> Json:
        match request:
            case {"do": "open", "origin": str(origin), **rest} if not rest:
                keys, signed = self._book.open(check_name(origin, "the origin"), self._secret)
                return _spell_state(keys, signed)
            case {"do": "state", "origin": str(origin), **rest} if not rest:
                return _spell_state(*self._find(origin))
            case {
                "do": "sign",
                "origin": str(origin),
                "size": int(size),
                "root": str(root),
                "old": int(old),
                "proof": [*proof],
                **rest,
            } if not rest and not isinstance(size, bool) and not isinstance(old, bool):
                return {"lines": list(self._sign(_head(origin, size, root), old, _hashes(proof)))}
            case _:
                raise Denied(Deny.MALFORMED, "no such request")

    def _find(self, origin: str) -> tuple[LogKeys, Signed]:
        found = self._book.find(check_name(origin, "the origin"))
        if found is None:
            raise Denied(Deny.UNKNOWN_LOG, "this log was never opened here")
        return found

    def _sign(self, head: TreeHead, old: int, proof: Sequence[bytes]) -> Sequence[str]:
        """The lines for `head`. They are on disk, with it, before they are returned."""
        keys, signed = self._find(head.origin)
        last = signed.head
        if head == last and signed.lines:
            return signed.lines
        if head.size < last.size:
            raise Denied(Deny.ROLLBACK, f"already signed size {last.size}", signed)
        if head.size == last.size and head.root != last.root:
            raise Denied(Deny.FORK, f"already signed another root at size {last.size}", signed)
        if old != last.size:
            raise Denied(Deny.STALE, f"prove from size {last.size}", signed)
        if not verify_consistency(last.size, head.size, last.root, head.root, proof):
            raise Denied(Deny.INCONSISTENT, "the proof does not lead from the last head", signed)
        made = tuple(sign(key, head.text) for key in keys.keys)
        _recheck(keys, head, made)
        lines = tuple(signature.line for signature in made)
        self._before_persist()
        self._book.remember(Signed(head=head, lines=lines))
        self._after_persist()
        return lines


def _request(line: bytes) -> Mapping[str, Json]:
    try:
        value = strict_json(line)
    except Refusal as fault:
        raise Denied(Deny.MALFORMED, fault.reason) from None
    if not isinstance(value, Mapping):
        raise Denied(Deny.MALFORMED, "a request is an object")
    return value


def _head(origin: str, size: int, root: str) -> TreeHead:
    check_name(origin, "the origin")
    hashed = read_hash(root, "the root")
    if not 0 <= size <= NUMBER_MAX or (size == 0 and hashed != EMPTY_ROOT):
        raise Denied(Deny.MALFORMED, "no tree has this size and root")
    return TreeHead(origin=origin, size=size, root=hashed)


def _hashes(proof: Sequence[Json]) -> list[bytes]:
    if len(proof) > PROOF_HASHES_MAX:
        raise Denied(Deny.MALFORMED, f"a proof has at most {PROOF_HASHES_MAX} hashes")
    texts = [text for text in proof if isinstance(text, str)]
    if len(texts) != len(proof):
        raise Denied(Deny.MALFORMED, "a proof is a list of text")
    return [read_hash(text, "a hash of the proof") for text in texts]


def _spell_head(head: TreeHead) -> dict[str, Json]:
    return {"origin": head.origin, "size": head.size, "root": write_base64(head.root)}


def _spell_state(keys: LogKeys, signed: Signed) -> Json:
    return {**_spell_head(signed.head), "lines": list(signed.lines), "vkeys": list(keys.vkeys())}


def _recheck(keys: LogKeys, head: TreeHead, made: Sequence[NoteSignature]) -> None:
    """A fault in a signature (hardware, library) must not leave the signer."""
    try:
        verify_note(format_note(head.text, made), [key.verifier() for key in keys.keys])
    except Refusal as fault:
        raise Breach(f"a fresh signature does not verify: {fault.reason}") from fault
