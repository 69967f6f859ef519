"""ingest and screen: files of ads, into the record or just for a look."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from answerable.apps.cli import screen
from answerable.apps.cli.lifecycle import HomeOption, settings_with
from answerable.apps.cli.saying import complain, progress

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
        complain(fault)
        raise typer.Exit(WRONG_USAGE) from None
    house = open_house(settings_with(home))
    try:
        with progress() as bar:
            task = bar.add_task(source.name, total=None)
            done = take(
                house,
                source,
                wanted,
                encoding=encoding,
                backfill=backfill,
                progress=lambda read, size: bar.update(task, completed=read, total=size),
            )
    except SourceUnreadable as fault:
        complain(fault)
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


def add_to(app: typer.Typer) -> None:
    app.command()(ingest)
    screen.add_to(app)
