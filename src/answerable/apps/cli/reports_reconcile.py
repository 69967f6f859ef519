"""reports reconcile: a list of numbers from the far side against our finished reports."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from answerable.apps.cli.lifecycle import HomeOption, settings_with
from answerable.apps.cli.saying import complain

if TYPE_CHECKING:
    from answerable.reports.reconciling import Compared

FINDING, UNREADABLE = 1, 2
SHOWN_MAX = 50


def reconcile(
    file: Annotated[
        Path, typer.Argument(help="ids, one a line; or CSV or JSON lines with a column of ids")
    ],
    home: HomeOption = None,
) -> None:
    """Which finished reports the far side has, and which it does not. Exit 0 clean, 1 finding,
    2 unreadable. A report filed by hand that the list names is confirmed, once."""
    from answerable.apps.wiring import open_house
    from answerable.kernel.errors import Refusal

    try:
        raw = file.read_bytes()
        numbers = read_numbers(file.name, raw)
    except OSError as fault:
        typer.echo(f"{file}: {fault.strerror}", err=True)
        raise typer.Exit(UNREADABLE) from None
    except Refusal as fault:
        complain(fault)
        raise typer.Exit(UNREADABLE) from None
    house = open_house(settings_with(home))
    try:
        told = house.reconcile_reports(house.site, numbers, hashlib.sha256(raw).hexdigest())
    finally:
        house.close()
    for line in lines_of(told):
        typer.echo(line)
    raise typer.Exit(0 if told.clean else FINDING)


def read_numbers(name: str, raw: bytes) -> tuple[str, ...]:
    """The ids of a list: bare, one a line, or in a column that says so. Raises Refusal."""
    from answerable.audit.rows import read_receiver_ids
    from answerable.kernel.errors import Refusal

    try:
        lines = [line.strip() for line in raw.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        raise Refusal(f"{name} is not UTF-8") from None
    found = [line for line in lines if line]
    if not found:
        raise Refusal(f"{name} is empty; a list of none has its heading")
    if all(line.isascii() and line.isdigit() for line in found):
        return tuple(found)
    if len(found) == 1 and "," not in found[0] and not found[0].startswith("{"):
        return ()  # a heading alone
    return read_receiver_ids(name, raw)


def lines_of(told: "Compared") -> list[str]:
    """What a person reads: each count, and the numbers that ask for a look."""
    return [
        f"in both: {len(told.both)}",
        *_named("ours, and not on their list", told.ours_only),
        *_named("theirs, and with us a draft that was never finished", told.drafts),
        *_named("theirs, and not known here", told.unknown),
        *_named("filed by hand, confirmed now", told.confirmed),
        f"filed by hand, confirmed before: {len(told.confirmed_before)}",
        *_named("filed by hand, not on their list", told.unconfirmed),
        "nothing to look at" if told.clean else "somebody must look at these",
    ]


def _named(words: str, numbers: Sequence[str]) -> list[str]:
    more = len(numbers) - SHOWN_MAX
    shown = [f"  {number}" for number in numbers[:SHOWN_MAX]]
    return [f"{words}: {len(numbers)}", *shown, *([f"  and {more} more"] if more > 0 else [])]


def add_to(reports: typer.Typer) -> None:
    """Into the group `reports`."""
    reports.command(name="reconcile")(reconcile)
