"""reports xsd: NCMEC's own schema, fetched, kept, and compared with the one that we write by."""

from typing import TYPE_CHECKING, Annotated

import typer

from answerable.apps.cli.lifecycle import HomeOption, settings_with
from answerable.apps.cli.saying import logs_to_stderr

if TYPE_CHECKING:
    from collections.abc import Callable

    from answerable.apps.settings import Settings
    from answerable.apps.tipline_schema import Copy, SchemaShelf
    from answerable.reports.document.differences import Difference

SAME, DIFFERS, NONE_KEPT = 0, 1, 3


def xsd(
    home: HomeOption = None,
    *,
    refresh: Annotated[
        bool, typer.Option(help="fetch it now, from ANSWERABLE_TIPLINE_URL")
    ] = False,
    check: Annotated[bool, typer.Option(help="try our own documents by it")] = False,
) -> None:
    """NCMEC's schema as fetched last: its digest and age, and what it says otherwise than ours.

    Exit 0: it takes what we make, and says what ours says. 1: it differs. 3: no copy yet.
    """
    from answerable.adapters.clock import SystemTime
    from answerable.apps.home import Home
    from answerable.apps.tipline_schema import SchemaShelf, from_our_own, since

    settings = settings_with(home)
    place = Home(settings.home.resolve())
    place.facts()
    shelf = SchemaShelf(place.tipline_schema)
    now = SystemTime().now()
    if refresh:
        _fetch(settings, shelf, now)
    copies = shelf.copies()
    if not copies:
        typer.echo("no copy of NCMEC's schema is kept here: `answerable reports xsd --refresh`")
        raise typer.Exit(NONE_KEPT)
    newest = copies[-1]
    _introduce(newest, now)
    content = shelf.xsd(newest)
    if len(copies) > 1:
        former = shelf.xsd(copies[-2])
        _tell(f"since the copy of {copies[-2].sha256[:12]}", lambda: since(former, content))
    profile = settings.tipline_profile
    differs = _tell(
        f"than the {profile} schema that our documents are made by",
        lambda: from_our_own(content, profile),
    )
    refused = _try(content, settings) if check else False
    raise typer.Exit(DIFFERS if differs or refused else SAME)


def _fetch(settings: "Settings", shelf: "SchemaShelf", now: int) -> None:
    from answerable.apps.reporting import configured_client
    from answerable.kernel.time import Millis

    logs_to_stderr()
    with configured_client(settings) as tipline:
        fetched = tipline.xsd()
    before = shelf.copies()
    copy = shelf.keep(fetched.xsd, settings.tipline_base, Millis(now))
    known = bool(before) and before[-1].sha256 == copy.sha256
    typer.echo("fetched: " + ("the same as the copy before" if known else "kept"))


def _introduce(copy: "Copy", now: int) -> None:
    from answerable.apps.tipline_schema import when
    from answerable.kernel.time import DAY

    typer.echo(f"sha256   {copy.sha256}")
    typer.echo(f"from     {copy.source}")
    typer.echo(f"first    {when(copy.first)}")
    typer.echo(f"last     {when(copy.last)}, {(now - copy.last) // DAY} days ago")


def _tell(against: str, compare: "Callable[[], tuple[Difference, ...]]") -> bool:
    """Every difference on a line of its own; True where there is one, or nobody can say."""
    from answerable.kernel.errors import Refusal

    try:
        found = compare()
    except Refusal as why:
        typer.echo(f"not compared, {against}: {why.reason}")
        return True
    typer.echo(f"{len(found) or 'nothing'} other {against}")
    for one in found:
        typer.echo(f"  {one}")
    return bool(found)


def _try(content: bytes, settings: "Settings") -> bool:
    from answerable.apps.tipline_schema import objections

    found = objections(content, settings.tipline_profile)
    for one in found:
        typer.echo(f"refused: {one.document}: {one.says}")
    if not found:
        typer.echo("it takes every sample of what we can say")
    return bool(found)


def add_to(reports: typer.Typer) -> None:
    """Into the group `reports`."""
    reports.command(name="xsd")(xsd)
