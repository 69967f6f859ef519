"""Checks 6 to 9: every leaf opened, and every opening what its leaf committed to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from answerable.events.catalogue import BY_TYPE
from answerable.events.event import CLOSED_KEYS, ENVELOPE_KEYS, Event, Opened, opened_from
from answerable.ledger.faults import Malformed
from answerable.ledger.leaf import group_commitment, leaf_hash_of, public_leaf
from answerable.verifier.findings import Check, Findings
from answerable.verifier.manifest import OPENINGS
from answerable.verifier.source import LINE_BYTES_MAX, CannotRead, Source, TooLong
from answerable.verifier.spelling import fits, is_hash_hex, read_canonical, read_key, shape_of
from answerable.verifier.tree import Log

LINE_KEYS: Final = frozenset({"ek", "envelope", "groups", "index"})
TIME_MAX: Final = 253_402_300_800_000  # the year 10000

# Words and bytes that no later check reads; left out, so that memory holds names and times only.
_UNREAD: Final = frozenset(
    {
        "about",
        "account",
        "alerter",
        "attachments",
        "basis",
        "connections",
        "files",
        "payment",
        "presence",
        "receipt",
        "signals",
        "summary",
        "text",
        "victim",
    }
)


@dataclass(slots=True)
class Openings:
    """The events that could be read, and which groups of which leaves are erased.

    `erased`: (index, leaf hash hex, group). `withheld` counts groups kept back with a reason.
    """

    opened: list[Opened] = field(default_factory=list)
    erased: list[tuple[int, str, str]] = field(default_factory=list)
    withheld: int = 0


def check_openings(
    source: Source, log: Log, found: Findings, *, with_words: bool = False
) -> Openings:
    """6 to 9, line by line. Line i opens leaf i.

    `with_words` keeps what no check reads (texts, signals, addresses), for those who examine.
    """
    found.begin(Check.OPENINGS, Check.LEAVES, Check.ENVELOPES, Check.GROUPS)
    openings = Openings()
    size = log.head.size if log.head is not None else 0
    count = 0
    try:
        for raw in source.lines(OPENINGS, LINE_BYTES_MAX):
            if count < size:
                _Line(count, log, openings, found, with_words).check(raw)
            count += 1
    except TooLong as fault:
        found.found(Check.OPENINGS, OPENINGS, fault.reason, count)
    except CannotRead as fault:
        found.unreadable(OPENINGS, fault.reason)
    if log.head is not None and count != size:
        words = f"has {count} lines where the checkpoint counts {size} leaves"
        found.found(Check.OPENINGS, OPENINGS, words, min(count, size))
    return openings


class _Line:
    """One line of openings.jsonl on its way from bytes to an opened event."""

    def __init__(
        self, index: int, log: Log, openings: Openings, found: Findings, with_words: bool
    ) -> None:
        self.index, self.openings, self._found = index, openings, found
        self._left_out: frozenset[str] = frozenset() if with_words else _UNREAD
        self.leaf = log.leaves[index] if index < len(log.leaves) else None

    def found(self, check: Check, words: str) -> None:
        self._found.found(check, OPENINGS, words, self.index)

    def check(self, raw: bytes) -> None:
        """Everything that one line can show. A line that cannot be read opens nothing."""
        try:
            if not raw.endswith(b"\n"):
                raise Malformed("the last line does not end in a newline")
            line = read_canonical(raw[:-1], "the line")
            if set(line) != LINE_KEYS:
                raise Malformed("the line has other keys than ek, envelope, groups, index")
            if type(line["index"]) is not int or line["index"] != self.index:
                raise Malformed(f"line {self.index} is said to be of another leaf")
            if not isinstance(line["envelope"], str) or not isinstance(line["groups"], Mapping):
                raise Malformed("envelope is no text, or groups no object")
            ek = read_key(line["ek"], "ek")
        except Malformed as fault:
            self.found(Check.OPENINGS, fault.reason)
            return
        envelope = line["envelope"].encode("utf-8")
        computed = leaf_hash_of(public_leaf(ek, envelope))
        if self.leaf is not None and computed != self.leaf:
            self.found(Check.LEAVES, "the leaf does not commit to this envelope under this key")
        self._envelope(envelope, line["groups"], self.leaf or computed)

    def _envelope(self, raw: bytes, given: Mapping[str, Any], leaf: bytes) -> None:
        try:
            envelope = read_canonical(raw, "the envelope")
            if why := header_fault(envelope):
                raise Malformed(why)
        except Malformed as fault:
            self.found(Check.ENVELOPES, fault.reason)
            return
        kind = BY_TYPE.get((envelope["type"], envelope["v"]))
        if kind is None:
            self.found(Check.ENVELOPES, f"{envelope['type']} v{envelope['v']} is no known kind")
        else:
            self._kind(kind, envelope)
        groups = self._groups(kind, envelope["groups"], given, leaf)
        self.openings.opened.append(opened_from(self.index, envelope, groups, leaf))

    def _kind(self, kind: type[Event], envelope: Mapping[str, Any]) -> None:
        closed = set(envelope) & CLOSED_KEYS
        if kind.PUBLIC and closed:
            words = f"{kind.TYPE} may be shown in public and tells of the closed chain"
            self.found(Check.ENVELOPES, words)
        if not kind.PUBLIC and closed != CLOSED_KEYS:
            self.found(Check.ENVELOPES, f"{kind.TYPE} does not say what it refers to and owes")
        declared, named = set(shape_of(kind)), set(envelope["groups"])
        if declared != named:
            words = f"{kind.TYPE} has the groups {_list(declared)}, not {_list(named)}"
            self.found(Check.GROUPS, words)

    def _groups(
        self,
        kind: type[Event] | None,
        commitments: Mapping[str, str],
        given: Mapping[str, Any],
        leaf: bytes,
    ) -> Mapping[str, Mapping[str, Any] | None]:
        groups: dict[str, Mapping[str, Any] | None] = dict.fromkeys(commitments)
        for name in sorted(set(given) - set(commitments)):
            self.found(Check.OPENINGS, f"the group {name} is not in the envelope")
        for name, commitment in commitments.items():
            if name not in given:
                self.found(Check.OPENINGS, f"the group {name} is not accounted for")
                continue
            match given[name]:
                case {"erased": True, **rest} if not rest:
                    self.openings.erased.append((self.index, leaf.hex(), name))
                case {"withheld": str(reason), **rest} if not rest:
                    self.openings.withheld += 1
                    words = f"the group {name} is withheld: {reason[:200]}"
                    self._found.lacks(Check.OPENINGS, OPENINGS, words, self.index)
                case {"key": key, "body": str(body), **rest} if not rest:
                    groups[name] = self._body(kind, name, commitment, key, body.encode("utf-8"))
                case _:
                    words = f"the group {name} is neither opened, erased nor withheld"
                    self.found(Check.OPENINGS, words)
        return groups

    def _body(
        self, kind: type[Event] | None, name: str, commitment: str, key: object, raw: bytes
    ) -> Mapping[str, Any] | None:
        """The group's fields without the unread ones; None where it is not what was committed."""
        try:
            expected = read_key(commitment, f"the commitment to {name}")
            if group_commitment(read_key(key, f"the key of {name}"), name, raw) != expected:
                raise Malformed(f"the group {name} is not what its commitment says")
            body = read_canonical(raw, f"the group {name}")
            shape = None if kind is None else shape_of(kind).get(name)
            if shape is not None:
                _check_shape(name, body, shape)
        except Malformed as fault:
            self.found(Check.GROUPS, fault.reason)
            return None
        return {field: value for field, value in body.items() if field not in self._left_out}


def _check_shape(name: str, body: Mapping[str, Any], shape: Mapping[str, Any]) -> None:
    if set(body) != set(shape):
        raise Malformed(f"the group {name} has the fields {_list(set(body))}")
    for key, hint in shape.items():
        if not fits(body[key], hint):
            raise Malformed(f"the field {key} of {name} is not of its declared type")


def header_fault(envelope: Mapping[str, Any]) -> str | None:
    """What is wrong with an envelope's own fields, or None."""
    keys = set(envelope)
    if keys - CLOSED_KEYS != ENVELOPE_KEYS or not keys <= ENVELOPE_KEYS | CLOSED_KEYS:
        return f"the envelope has the keys {_list(keys)}"
    if keys & CLOSED_KEYS and not keys >= CLOSED_KEYS:
        return "the envelope has some of refs, due and closes, and not all"
    for name in ("type", "site", "subj", "actor", "org"):
        if not isinstance(envelope[name], str) or not envelope[name]:
            return f"{name} is no text"
    for name in ("v", "sseq", "happened", "known", "recorded"):
        if type(envelope[name]) is not int or not 0 <= envelope[name] < TIME_MAX:
            return f"{name} is no whole number of the size it may have"
    if envelope["prev"] is not None and not is_hash_hex(envelope["prev"]):
        return "prev is no leaf hash in lower-case hex"
    if not fits(envelope["groups"], Mapping[str, str]):
        return "groups is no object of commitments"
    if not all(name.isascii() for name in envelope["groups"]):
        return "a group's name is not ASCII"
    for name in ("refs", "closes"):
        value = envelope.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return f"{name} is no list of texts"
    return _due_fault(envelope.get("due", []))


def _due_fault(due: object) -> str | None:
    if not isinstance(due, list):
        return "due is no list"
    for one in due:
        match one:
            case {"duty": str(), "at": int(at), **rest} if not rest and type(at) is int:
                if not 0 <= at < TIME_MAX:
                    return "a duty's date is no time"
            case _:
                return "a duty is no object of duty and at"
    return None


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
