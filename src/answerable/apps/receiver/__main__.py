"""receiver/__main__: `python -m answerable.apps.receiver`, the receiver as a process of its own."""

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from answerable.adapters.clock import SystemTime
from answerable.apps.receiver.serve import run_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.apps.receiver.switches import Switches
from answerable.apps.receiver.values import Profile
from answerable.apps.serving import end_when_orphaned
from answerable.kernel.errors import SafetyError

_USAGE_ERROR = 64


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(_USAGE_ERROR, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 ended by a signal, 1 could not start, 64 wrong usage."""
    settings = _read(arguments)
    parent = os.environ.get("ANSWERABLE_PARENT")
    if parent:
        end_when_orphaned(int(parent))  # else it would keep the port from the next `up`
    try:
        return run_receiver(settings, SystemTime())
    except SafetyError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1


def _read(arguments: list[str] | None) -> ReceiverSettings:
    usual = ReceiverSettings()
    parser = _Parser(prog="receiver", description="A TEST double of the CyberTipline API.")
    parser.add_argument("--host", default=usual.host)
    parser.add_argument("--port", type=int, default=usual.port, help="0 takes a free one")
    parser.add_argument("--db", type=Path, default=usual.db_path, help="its own SQLite file")
    parser.add_argument(
        "--user", action="append", metavar="NAME:PASSWORD", help="repeatable; default test:test"
    )
    parser.add_argument("--profile", type=Profile, choices=list(Profile), default=usual.profile)
    parser.add_argument("--schema-only", action="store_true", help="no documented rules")
    parser.add_argument("--control", action="store_true", help="POST /control/switches")
    parser.add_argument("--allow-non-loopback", action="store_true")
    read = parser.parse_args(arguments)
    pairs = [user.partition(":") for user in read.user or []]
    if not all(name and colon for name, colon, _ in pairs):
        parser.error("--user is NAME:PASSWORD")
    return ReceiverSettings(
        host=read.host,
        port=read.port,
        users={name: password for name, _, password in pairs} or usual.users,
        db_path=read.db,
        profile=read.profile,
        switches=Switches(documented_rules=not read.schema_only),
        control=read.control,
        allow_non_loopback=read.allow_non_loopback,
    )


if __name__ == "__main__":
    sys.exit(main())
