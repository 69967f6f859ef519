"""What an operator sets on a site: sections, ownership, tokens, staff, origins; and the doctor."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from answerable.access.model import Scope
from answerable.apps.cli.lifecycle import HomeOption, settings_with

TIMES = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]


def close_section(
    section: str,
    notice: Annotated[str, typer.Option(help="what the public is told")],
    reason: Annotated[str, typer.Option(help="why, in public")],
    jurisdiction: Annotated[str, typer.Option(help="US, US-CA, or * for everywhere")] = "*",
    at: Annotated[
        datetime | None, typer.Option(help="from when it holds; UTC unless it says", formats=TIMES)
    ] = None,
    home: HomeOption = None,
) -> None:
    """Close a section for a jurisdiction. Ads there are refused with the notice, and come down."""
    from answerable.apps.wiring import open_house
    from answerable.kernel.errors import Refusal
    from answerable.kernel.ids import ActorId
    from answerable.kernel.time import from_datetime

    house = open_house(settings_with(home))
    try:
        effective = None
        if at is not None:
            effective = from_datetime(at if at.tzinfo is not None else at.replace(tzinfo=UTC))
        closure = house.close_section.close(
            house.site,
            section,
            jurisdiction,
            notice,
            reason,
            ActorId("system:cli"),
            effective=effective,
        )
    except Refusal as refusal:
        typer.echo(refusal.reason, err=True)
        raise typer.Exit(1) from None
    finally:
        house.close()
    will = "will be closed" if closure.planned else "is closed"
    typer.echo(f"{section} {will} for {closure.jurisdiction or 'everywhere'}")


def open_section(
    section: str,
    reason: Annotated[str, typer.Option(help="why, in public")],
    jurisdiction: str = "*",
    home: HomeOption = None,
) -> None:
    """Propose to open a closed section again. Another person agrees in the console."""
    from answerable.apps.wiring import open_house
    from answerable.kernel.errors import Refusal
    from answerable.kernel.ids import ActorId

    house = open_house(settings_with(home))
    cli = ActorId("system:cli")
    try:
        done = house.close_section.open(house.site, section, jurisdiction, reason, cli)
    except Refusal as refusal:
        typer.echo(refusal.reason, err=True)
        raise typer.Exit(1) from None
    finally:
        house.close()
    typer.echo(f"{section} is open" if done else f"{section} stays closed until another agrees")


def serves(
    jurisdictions: Annotated[
        list[str] | None, typer.Argument(help="US, EU, GB, CA; none: say which are served")
    ] = None,
    reason: Annotated[str, typer.Option(help="why, for the record")] = "the site serves them",
    home: HomeOption = None,
) -> None:
    """Take on the duties of jurisdictions; without any, say which are taken on."""
    from answerable.apps.founding import founder
    from answerable.apps.wiring import open_house
    from answerable.events.duties.clocks import EVERY_DUTY, JURISDICTIONS

    house = open_house(settings_with(home))
    try:
        served = house.serve.served(house.site)
        if jurisdictions:
            served = house.serve(house.site, founder(house), jurisdictions, reason)
    finally:
        house.close()
    for code, name in JURISDICTIONS.items():
        own = [duty.name for duty in EVERY_DUTY if code in duty.jurisdictions]
        word = "served" if code in served else "not served"
        typer.echo(f"{code} {name}: {word} ({', '.join(own)})")


def ownership(
    file: Annotated[Path, typer.Argument(help="a BODS 0.4 file")], home: HomeOption = None
) -> None:
    """Publish who owns and controls the site. Exit 2 with every fault if the file is not valid."""
    from answerable.apps.wiring import open_house
    from answerable.kernel.ids import ActorId
    from answerable.ownership.bods import FaultyFile

    try:
        raw = file.read_bytes()
    except OSError as fault:
        typer.echo(f"{file}: {fault.strerror}", err=True)
        raise typer.Exit(2) from None
    house = open_house(settings_with(home))
    try:
        shown = house.publish_ownership(house.site, raw, ActorId("system:cli"))
    except FaultyFile as faulty:
        for found in faulty.faults:
            typer.echo(f"{file}: {found}", err=True)
        raise typer.Exit(2) from None
    finally:
        house.close()
    for holder in shown.usual.holders:
        typer.echo(f"{holder.name} ({holder.end.value})")
    for gap in shown.usual.gaps:
        typer.echo(f"gap at {gap.at_name}: {gap.reason}")


def origin(
    origin: Annotated[str, typer.Argument(help="https://host[:port]")],
    api: Annotated[
        str | None, typer.Option(help="URL at that origin with {external_id} in it")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Register an origin of the site: probes look there, and nowhere else."""
    from answerable.apps.wiring import open_house

    house = open_house(settings_with(home))
    typer.echo(house.register_origin(house.site, origin, api))
    house.close()


def token(
    label: str,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="what it opens; repeatable: docs/access.md")
    ] = None,
    home: HomeOption = None,
) -> None:
    """A bearer token, by default for the site's own machines (intake, directives). Shown once."""
    from answerable.apps.founding import founder
    from answerable.apps.wiring import open_house

    scopes = frozenset(scope or (Scope.INTAKE, Scope.DIRECTIVES))
    house = open_house(settings_with(home))
    _, secret = house.create_token(house.site, founder(house), label, scopes)
    typer.echo(secret.open())
    house.close()


def staff(
    login: str,
    name: Annotated[str, typer.Option()],
    role: Annotated[list[str], typer.Option(help="reviewer, senior, admin, auditor; repeatable")],
    organisation: str = "site",
    home: HomeOption = None,
) -> None:
    """A log-in for a person; the password is read from standard input, never from arguments."""
    from answerable.access.model import Role
    from answerable.apps.founding import founder
    from answerable.apps.wiring import open_house
    from answerable.kernel.sealed import Sealed

    house = open_house(settings_with(home))
    try:
        roles = frozenset(Role(r) for r in role)
    except ValueError as fault:
        raise typer.BadParameter(str(fault)) from None
    password = typer.prompt("password", hide_input=True)
    made = house.create_staff(
        house.site,
        founder(house),
        login=login,
        name=name,
        organisation=organisation,
        roles=roles,
        password=Sealed(password, label="password"),
    )
    typer.echo(made.id)
    house.close()


def posters(home: HomeOption = None) -> None:
    """Read the missing-child posters now: a watch for each, and none for those that are gone."""
    from answerable.apps.wiring import open_house

    house = open_house(settings_with(home))
    if house.sync_posters is None:
        typer.echo("ANSWERABLE_POSTERS_URL names no source of posters", err=True)
        raise typer.Exit(1)
    for became, count in sorted(house.sync_posters(house.site).items()):
        typer.echo(f"{became.value}: {count}")
    house.close()


def doctor(home: HomeOption = None) -> None:
    """What is missing in what the site sends, and what else needs somebody's hand."""
    from answerable.apps.doctor import lines
    from answerable.apps.wiring import open_house

    house = open_house(settings_with(home))
    for line in lines(house):
        typer.echo(line)
    house.close()


def add_to(app: typer.Typer) -> None:
    for command in (
        *(close_section, open_section, serves, ownership, origin, token, staff, posters, doctor),
    ):
        app.command()(command)
