"""`python -m answerable.verifier PATH --policy FILE`: the check, without the rest of the package.

Also what `answerable verify` calls, which adds the home's policy where none is given.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TextIO

from answerable.ledger.faults import Malformed
from answerable.ledger.policy import Policy, read_policy
from answerable.verifier.files import read_file, verify_path
from answerable.verifier.findings import EXIT_USAGE, Check, Finding, Kind, Outcome, Weight
from answerable.verifier.source import NOTE_BYTES_MAX, CannotRead, TooLong
from answerable.verifier.words import NO_POLICY, as_json, as_text


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def _parser(prog: str) -> _Parser:
    parser = _Parser(prog=prog, description="Check a bundle, log, checkpoint, proof or receipt.")
    parser.add_argument("path", type=Path, help="what to check: a folder or a file")
    parser.add_argument("--policy", type=Path, help="whose keys to believe; never taken from PATH")
    parser.add_argument(
        "--receipt",
        type=Path,
        action="append",
        default=[],
        help="a receipt that somebody holds; its promise is checked too (may be repeated)",
    )
    parser.add_argument("--leaf", type=_leaf, help="the leaf hash (hex) that a proof is about")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of words")
    return parser


def _leaf(text: str) -> bytes:
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise argparse.ArgumentTypeError("a leaf hash is 64 digits of lower-case hex")
    return bytes.fromhex(text)


def run(
    path: Path,
    *,
    policy_file: Path | None = None,
    home_policy: Path | None = None,
    receipts: Sequence[Path] = (),
    leaf: bytes | None = None,
    json: bool = False,
    out: TextIO | None = None,
) -> int:
    """Check, write the result to `out` (standard output), return the exit code.

    `home_policy` is used where `policy_file` is None and it exists; the first line says so.
    """
    own = policy_file is None
    chosen = home_policy if own else policy_file
    if chosen is None or (own and not chosen.exists()):
        return _stopped(Weight.INCOMPLETE, NO_POLICY, json=json, out=out)
    try:
        policy: Policy = read_policy(read_file(chosen, NOTE_BYTES_MAX))
    except (CannotRead, TooLong, Malformed) as fault:
        words = f"the policy cannot be read: {fault.reason}"
        return _stopped(Weight.UNREADABLE, words, json=json, out=out)
    outcome = verify_path(path, policy, receipts, leaf)
    _write(out, (as_json if json else as_text)(outcome, own_policy=own))
    return outcome.exit_code


def _stopped(weight: Weight, words: str, *, json: bool, out: TextIO | None) -> int:
    """Nothing was checked at all: one line, or one JSON object, and the code."""
    finding = Finding(check=Check.INPUT, weight=weight, where="", words=words)
    outcome = Outcome(kind=Kind.UNKNOWN, findings=(finding,))
    _write(out, as_json(outcome) if json else f"{words}\n")
    return outcome.exit_code


def _write(out: TextIO | None, text: str) -> None:
    target = sys.stdout if out is None else out
    encoding = getattr(target, "encoding", None) or "utf-8"
    target.write(text.encode(encoding, "backslashreplace").decode(encoding))


def main(argv: Sequence[str] | None = None) -> int:
    """The command. Exit 0 clean, 1 finding, 2 unreadable, 3 incomplete, 64 wrong usage."""
    given = _parser("python -m answerable.verifier").parse_args(argv)
    return run(
        given.path,
        policy_file=given.policy,
        receipts=given.receipt,
        leaf=given.leaf,
        json=given.json,
    )


if __name__ == "__main__":
    sys.exit(main())
