"""Whom to believe: the logs, the witnesses and their quorum, and our receipt and bundle keys.

Source: C2SP tlog-policy for `log`, `witness`, `group` and `quorum`. Below the quorum line may stand
our own section, `answerable receipts <vkey>` and `answerable bundle <vkey>` (docs/formats/log.md,
"Policy"). A line that is none of these is an error: a policy half understood is none.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from answerable.ledger.faults import Malformed
from answerable.ledger.keys import KeyType, VerifierKey

LINES_MAX: Final = 1_000
NONE: Final = "none"
RECEIPTS_SUFFIX: Final = "/receipts"
BUNDLE_SUFFIX: Final = "/bundle"

_BLANKS = re.compile(r"[ \t]+")
_COUNT = re.compile(r"[1-9][0-9]{0,5}")
_LOG_TYPES = frozenset({KeyType.ED25519, KeyType.MLDSA44})
_WITNESS_TYPES = frozenset({KeyType.COSIGNATURE_V1, KeyType.MLDSA44})


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A log's or witness's key, and where it may be reached (None: nowhere stated)."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Witnesses the checkpoint if at least `needed` of `members` do."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What `read_policy` understood. Names of witnesses and groups mean nothing outside it."""

    logs: tuple[Peer, ...] = ()
    witnesses: Mapping[str, Peer] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE
    receipts: tuple[VerifierKey, ...] = ()
    bundles: tuple[VerifierKey, ...] = ()

    def checkpoint_keys(self) -> tuple[VerifierKey, ...]:
        """Every key whose line on a checkpoint is known: logs and witnesses."""
        return tuple(peer.key for peer in (*self.logs, *self.witnesses.values()))

    def quorum_met(self, signed: Iterable[VerifierKey]) -> bool:
        """Do these keys' valid cosignatures satisfy the quorum?"""
        if self.quorum == NONE:
            return True
        keys = frozenset(signed)
        said = {name for name, peer in self.witnesses.items() if peer.key in keys}
        for name, group in self.groups.items():  # members are always defined before their group
            if sum(member in said for member in group.members) >= group.needed:
                said.add(name)
        return self.quorum in said

    def text(self) -> bytes:
        """The policy in its plainest spelling, which `read_policy` reads back to an equal one."""
        lines = [" ".join(("log", *_peer(peer))) for peer in self.logs]
        lines += [" ".join(("witness", name, *_peer(p))) for name, p in self.witnesses.items()]
        lines += [
            " ".join(("group", name, str(g.needed), *g.members)) for name, g in self.groups.items()
        ]
        lines.append(f"quorum {self.quorum}")
        lines += [f"answerable receipts {key.vkey}" for key in self.receipts]
        lines += [f"answerable bundle {key.vkey}" for key in self.bundles]
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def read_policy(raw: bytes) -> Policy:
    """Read a policy file whole. Raises Malformed naming the line, counted from 1."""
    if not raw.endswith(b"\n"):
        raise Malformed("the policy does not end in a newline")
    if any((byte < 0x20 and byte not in (0x09, 0x0A)) or byte == 0x7F for byte in raw):
        raise Malformed("the policy holds a control character")
    lines = raw.decode("utf-8", "surrogateescape")[:-1].split("\n")
    if len(lines) > LINES_MAX:
        raise Malformed(f"a policy of more than {LINES_MAX} lines")
    reader = _Reader()
    for number, line in enumerate(lines, start=1):
        words = _BLANKS.split(line.strip(" \t"))
        if words == [""] or words[0].startswith("#"):
            continue
        try:
            reader.take(words)
        except Malformed as fault:
            raise Malformed(f"policy line {number}: {fault.reason}") from None
    return reader.policy()


class _Reader:
    """Takes a policy line by line; what a line names was defined on a line before it."""

    def __init__(self) -> None:
        self._logs: list[Peer] = []
        self._witnesses: dict[str, Peer] = {}
        self._groups: dict[str, Group] = {}
        self._quorum: str | None = None
        self._receipts: list[VerifierKey] = []
        self._bundles: list[VerifierKey] = []
        self._listed: set[str] = set()

    def take(self, words: Sequence[str]) -> None:
        readers: dict[str, Callable[[Sequence[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._take_quorum,
            "answerable": self._answerable,
        }
        read = readers.get(words[0])
        if read is None:
            raise Malformed(f"{words[0]!r} begins no known line")
        if self._receipts or self._bundles:
            if words[0] != "answerable":
                raise Malformed("the answerable section comes last")
        elif words[0] == "answerable" and self._quorum is None:
            raise Malformed("the answerable section comes after the quorum line")
        read(words[1:])

    def policy(self) -> Policy:
        if self._quorum is None:
            raise Malformed("a policy has one quorum line")
        return Policy(
            logs=tuple(self._logs),
            witnesses=self._witnesses,
            groups=self._groups,
            quorum=self._quorum,
            receipts=tuple(self._receipts),
            bundles=tuple(self._bundles),
        )

    def _log(self, words: Sequence[str]) -> None:
        _count(words, 1, 2)
        self._logs.append(self._new_peer(words, _LOG_TYPES))

    def _witness(self, words: Sequence[str]) -> None:
        _count(words, 2, 3)
        self._new_name(words[0])
        self._witnesses[words[0]] = self._new_peer(words[1:], _WITNESS_TYPES)

    def _group(self, words: Sequence[str]) -> None:
        _count(words, 3, LINES_MAX)
        name, needed, *members = words
        self._new_name(name)
        for member in members:
            if member not in self._witnesses and member not in self._groups:
                raise Malformed(f"no witness or group {member!r} on a line before this one")
            if member in self._listed:
                raise Malformed(f"{member!r} is listed as a member twice")
            self._listed.add(member)
        self._groups[name] = Group(needed=_needed(needed, len(members)), members=tuple(members))

    def _take_quorum(self, words: Sequence[str]) -> None:
        _count(words, 1, 1)
        if self._quorum is not None:
            raise Malformed("a policy has one quorum line")
        if words[0] not in (NONE, *self._witnesses, *self._groups):
            raise Malformed(f"no witness or group {words[0]!r} on a line before this one")
        self._quorum = words[0]

    def _answerable(self, words: Sequence[str]) -> None:
        _count(words, 2, 2)
        key = VerifierKey.read(words[1])
        match words[0]:
            case "receipts":
                into, suffix = self._receipts, RECEIPTS_SUFFIX
            case "bundle":
                into, suffix = self._bundles, BUNDLE_SUFFIX
            case other:
                raise Malformed(f"answerable {other!r} is no known line")
        if key.type is not KeyType.ED25519:
            raise Malformed(f"{words[0]} are signed with Ed25519")
        if not key.name.endswith(suffix):
            raise Malformed(f"a key for {words[0]} has a name that ends in {suffix}")
        self._new_public(key)
        into.append(key)

    def _new_peer(self, words: Sequence[str], types: frozenset[KeyType]) -> Peer:
        key = VerifierKey.read(words[0])
        if key.type not in types:
            raise Malformed(f"a key of type {key.type:#04x} is not for this kind of line")
        self._new_public(key)
        return Peer(key=key, url=words[1] if len(words) == 2 else None)

    def _new_public(self, key: VerifierKey) -> None:
        """One key, one task: a log key that also signed receipts could be made to sign either."""
        peers = (*self._logs, *self._witnesses.values())
        if key.public in {k.public for k in (*self._receipts, *self._bundles)} or any(
            key.public == peer.key.public for peer in peers
        ):
            raise Malformed("this public key stands here twice")

    def _new_name(self, name: str) -> None:
        if name == NONE or name in self._witnesses or name in self._groups:
            raise Malformed(f"the name {name!r} is taken")


def _count(words: Sequence[str], least: int, most: int) -> None:
    if not least <= len(words) <= most:
        raise Malformed("too few or too many words")


def _needed(word: str, members: int) -> int:
    match word:
        case "any":
            return 1
        case "all":
            return members
        case _ if _COUNT.fullmatch(word) and int(word) <= members:
            return int(word)
        case _:
            raise Malformed(f"a group needs any, all or a number from 1 to {members}")


def _peer(peer: Peer) -> tuple[str, ...]:
    return (peer.key.vkey,) if peer.url is None else (peer.key.vkey, peer.url)
