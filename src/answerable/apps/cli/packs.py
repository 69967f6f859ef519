"""pack: which rule pack a folder holds, and putting one in force. A person logs in for that."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from answerable.apps.cli.keeping import LoginOption, as_person
from answerable.apps.cli.lifecycle import HomeOption

if TYPE_CHECKING:
    from answerable.screening.model import Pack

FolderArgument = Annotated[
    Path | None, typer.Argument(help="a rule pack's folder; the demonstration pack if absent")
]

pack = typer.Typer(
    help="Rule packs: which one this is, and who puts it in force.", no_args_is_help=True
)


def _read(folder: Path | None) -> "Pack":
    from answerable.screening.packs import demo_pack, load_pack

    return demo_pack() if folder is None else load_pack(folder)


@pack.command()
def show(folder: FolderArgument = None) -> None:
    """Id, version and digest of a pack, with every example of every rule tried."""
    read = _read(folder)
    typer.echo(f"id       {read.id}")
    typer.echo(f"version  {read.version}")
    typer.echo(f"digest   {read.digest}")
    typer.echo(f"{read.title}: {len(read.rules)} rules")


@pack.command()
def activate(
    login: LoginOption,
    reason: Annotated[str, typer.Option(help="why, for the second person")],
    folder: FolderArgument = None,
    home: HomeOption = None,
) -> None:
    """One of the two who put a pack in force. Works while `up` runs, and while it does not."""
    from answerable.screening.activation import PackIdentity

    read = _read(folder)
    wanted = PackIdentity(read.id, read.version, read.digest)
    with as_person(login, home) as (house, by):
        active = house.activate_pack(house.site, by, wanted, reason)
    if active is None:
        typer.echo(f"{wanted.name} waits for a second person, who asks for the very same")
    else:
        where = "" if folder is None else folder.resolve()
        typer.echo(
            f"{active.name} is in force: start Answerable again with ANSWERABLE_PACK={where}"
        )


def add_to(app: typer.Typer) -> None:
    app.add_typer(pack, name="pack")
