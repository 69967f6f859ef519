"""ingest and screen: files of ads, into the record or just for a look."""

import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from answerable.apps.cli import screen
from answerable.apps.cli.lifecycle import HomeOption, settings_with

ALL_TAKEN, SOME_REFUSED, UNREADABLE, WRONG_USAGE = 0, 1, 2, 64


def ingest(
    source: Annotated[Path, typer.Argument(help="CSV, JSONL or Parquet")],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="ours=theirs,… (body is needed) or a TOML file with [map]"),
    ] = None,
    encoding: Annotated[str, typer.Option("--encoding", help="of a CSV file")] = "utf-8",
    home: HomeOption = None,
    *,
    backfill: Annotated[bool, typer.Option(help="an archive, not live traffic")] = False,
) -> None:
    """Take a file of ads into the record; safe to repeat. Exit 0, 1 some refused, 2 unreadable."""
    from answerable.apps.cli.sources import MapRefused, SourceUnreadable, parse_mapping
    from answerable.apps.ingest import ingest as take
    from answerable.apps.wiring import open_house

    try:
        wanted = parse_mapping(mapping or [])
    except MapRefused as fault:
        _complain(fault)
        raise typer.Exit(WRONG_USAGE) from None
    house = open_house(settings_with(home))
    try:
        with _bar(source.name) as progress:
            done = take(
                house, source, wanted, encoding=encoding, backfill=backfill, progress=progress
            )
    except SourceUnreadable as fault:
        _complain(fault)
        raise typer.Exit(UNREADABLE) from None
    finally:
        house.close()
    for line, row, reason in done.refused:
        sys.stderr.write(f"{source.name}:{line}: row {row} refused: {reason}\n")
    typer.echo(
        f"{done.received} received, {done.revised} revised, {done.unchanged} unchanged, "
        f"{len(done.refused)} refused"
        + (f"; {done.screened} screened here" if done.screened else "")
    )
    raise typer.Exit(SOME_REFUSED if done.refused else ALL_TAKEN)


@contextmanager
def _bar(name: str):  # type: ignore[no-untyped-def]
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(
        "{task.description}",
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(name, total=None)

        def progress(done: int, size: int) -> None:
            bar.update(task, completed=done, total=size)

        told: Callable[[int, int], None] = progress
        yield told


def _complain(fault: Any) -> None:
    details = "".join(f"\n  {name}: {value}" for name, value in fault.details.items())
    sys.stderr.write(f"answerable: {fault.reason}{details}\n")


def add_to(app: typer.Typer) -> None:
    app.command()(ingest)
    screen.add_to(app)
