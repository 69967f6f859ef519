"""process and disposal: served papers, exports, lists of what goes. A person logs in for each act.

Other commands act as the house itself; here two different people must answer by name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from answerable.apps.cli.lifecycle import HomeOption, settings_with

if TYPE_CHECKING:
    from answerable.access.model import Actor
    from answerable.apps.wiring import House

LoginOption = Annotated[str, typer.Option("--login", help="who acts; the password is asked for")]

process = typer.Typer(
    help="Legal process: what was served, and what is given.", no_args_is_help=True
)
disposal = typer.Typer(help="What has outlived its class, and who signs.", no_args_is_help=True)


@contextmanager
def as_person(login: str, home: Path | None) -> "Iterator[tuple[House, Actor]]":
    """The house, and the person who acts: logged in for this one command."""
    from answerable.apps.wiring import open_house
    from answerable.kernel.sealed import Sealed

    house = open_house(settings_with(home))
    try:
        password = Sealed(typer.prompt("password", hide_input=True, err=True), label="password")
        entered = house.log_in(house.site, login, password)
        try:
            yield house, entered.actor
        finally:
            house.log_out(entered.token.open())
    finally:
        house.close()


def _stored(house: "House", file: Path) -> str:
    """The served paper in the restricted store; its digest."""
    from answerable.kernel.errors import Refusal

    try:
        content = file.read_bytes()
    except OSError as fault:
        raise Refusal(f"{file}: {fault.strerror}") from None
    return house.files.put(house.site, content, "application/octet-stream").sha256


@process.command()
def receive(
    paper: Annotated[Path, typer.Argument(help="the served paper, as a file")],
    kind: Annotated[str, typer.Option(help="preservation-letter, subpoena, …; see the docs")],
    authority: Annotated[str, typer.Option()],
    reference: Annotated[str, typer.Option()],
    contact: Annotated[str, typer.Option()],
    served: Annotated[str, typer.Option(help="2026-11-24 or 2026-11-24T10:15, UTC")],
    login: LoginOption,
    jurisdiction: Annotated[str, typer.Option(help="US, US-CA, GB, CA")] = "US",
    ends: Annotated[str, typer.Option(help="the end that the paper itself names")] = "",
    ad: Annotated[list[str] | None, typer.Option(help="the site's id; repeatable")] = None,
    account: Annotated[list[str] | None, typer.Option(help="repeatable")] = None,
    scope_contact: Annotated[list[str] | None, typer.Option(help="repeatable")] = None,
    since: Annotated[str, typer.Option(help="ads received from")] = "",
    until: Annotated[str, typer.Option(help="to; a day is included whole")] = "",
    lifts: Annotated[str, typer.Option(help="the process that a request to destroy undoes")] = "",
    *,
    future: Annotated[bool, typer.Option("--future", help="also ads that arrive later")] = False,
    home: HomeOption = None,
) -> None:
    """Enter a served paper; everything in its scope is held in the same step."""
    from answerable.apps.legal_form import read_paper

    fields = {
        "kind": kind,
        "jurisdiction": jurisdiction,
        "authority": authority,
        "reference": reference,
        "contact": contact,
        "served": served,
        "ends": ends,
        "ads": "\n".join(ad or ()),
        "accounts": "\n".join(account or ()),
        "contacts": "\n".join(scope_contact or ()),
        "since": since,
        "until": until,
        "future": "1" if future else "",
        "lifts": lifts,
    }
    with as_person(login, home) as (house, by):
        made = house.keeping.receive_process(
            house.site, by, read_paper(fields, _stored(house, paper))
        )
        _show(house, by, made.id)


def _show(house: "House", by: "Actor", name: str) -> None:
    from answerable.apps.legal_words import custody_words
    from answerable.kernel.time import iso

    view = house.keeping.read_process(house.site, by, name)
    ends = "not before it is closed" if view.process.ends is None else iso(view.process.ends)
    typer.echo(f"{view.process.id}  {view.process.kind.value}  {view.paper.reference}")
    typer.echo(f"  {len(view.holds)} ads held; holds end: {ends}")
    for each in view.log:
        typer.echo(f"  {iso(each.recorded)}  {each.event.actor}  {custody_words(each)}")


@process.command(name="list")
def list_(login: LoginOption, home: HomeOption = None) -> None:
    """Every process, the open ones first."""
    with as_person(login, home) as (house, by):
        for view in house.keeping.read_process.every(house.site, by):
            state = "closed" if view.process.closed else "open"
            kind, authority = view.process.kind.value, view.paper.authority
            typer.echo(f"{view.process.id}  {state:6}  {kind}  {view.paper.reference}  {authority}")


@process.command()
def show(name: str, login: LoginOption, home: HomeOption = None) -> None:
    """One process with its log."""
    with as_person(login, home) as (house, by):
        _show(house, by, name)


@process.command()
def renew(
    name: str,
    paper: Annotated[Path, typer.Argument(help="the new request, as a file")],
    reference: Annotated[str, typer.Option()],
    login: LoginOption,
    ends: Annotated[str, typer.Option(help="the end that it names, where no law does")] = "",
    home: HomeOption = None,
) -> None:
    """A renewed request moves the end of its holds later."""
    from answerable.apps.legal_form import read_moment

    with as_person(login, home) as (house, by):
        house.keeping.renew_process(
            house.site,
            by,
            name,
            reference=reference,
            document=_stored(house, paper),
            ends=read_moment(ends, "ends"),
        )
        _show(house, by, name)


@process.command()
def confirm(
    name: str,
    group: Annotated[list[str], typer.Option(help="what is opened; repeatable")],
    reason: Annotated[str, typer.Option()],
    login: LoginOption,
    home: HomeOption = None,
) -> None:
    """One of the two who confirm an export, naming the same groups."""
    with as_person(login, home) as (house, by):
        outcome, export = house.keeping.confirm_export(
            house.site, by, name, frozenset(group), reason
        )
        if export is None:
            typer.echo(f"waits for a second person, after {outcome.approvers[0]}")
        else:
            typer.echo(f"export {export.number} is confirmed by {' and '.join(export.approvers)}")


@process.command()
def export(
    name: str,
    archive: Annotated[Path, typer.Argument(help="a ZIP file that does not exist yet")],
    login: LoginOption,
    number: Annotated[int | None, typer.Option(help="which export; the last if not said")] = None,
    home: HomeOption = None,
) -> None:
    """Write the archive of a confirmed export. Made again it has the same bytes."""
    from answerable.apps.export import sequence_all
    from answerable.apps.legal_export import make_export

    with as_person(login, home) as (house, by):
        sequence_all(house, lambda line: typer.echo(line, err=True))
        made = make_export(house, by, name, number, archive)
        typer.echo(f"{archive}: {made.export.items} items, {made.export.size:,} bytes")
        typer.echo(f"SHA-256 {made.export.sha256}, as of tree size {made.export.tree_size}")
        for path, what, why in made.differences:
            typer.echo(f"  {what}: {path} ({why})")


@process.command()
def close(
    name: str,
    reason: Annotated[str, typer.Option()],
    login: LoginOption,
    home: HomeOption = None,
) -> None:
    """One of the two who close a process."""
    with as_person(login, home) as (house, by):
        done = house.keeping.close_process(house.site, by, name, reason).done
        typer.echo("closed" if done else "waits for a second person")


@disposal.command(name="list")
def batches(login: LoginOption, home: HomeOption = None) -> None:
    """Lists of what goes, those that wait first."""
    from answerable.kernel.time import iso

    with as_person(login, home) as (house, by):
        for batch in house.keeping.read_disposals(house.site, by):
            what = ", ".join(f"{count} {of}" for of, count in batch.counts.items() if count)
            typer.echo(f"{batch.id}  {batch.state.value}  {iso(batch.proposed)}  {what}")
            typer.echo(f"  list {batch.digest}  {dict(batch.fates or {})}")


@disposal.command()
def destroy(
    name: Annotated[str, typer.Argument(help="the written request, entered as a process")],
    login: LoginOption,
    home: HomeOption = None,
) -> None:
    """Make the list of a request to destroy; two people sign it."""
    with as_person(login, home) as (house, by):
        batch = house.keeping.propose_destruction(house.site, by, name)
        typer.echo(f"{batch.id}  list {batch.digest}")


@disposal.command()
def sign(
    name: str,
    digest: Annotated[str, typer.Argument(help="SHA-256 of the list that you looked at")],
    login: LoginOption,
    home: HomeOption = None,
) -> None:
    """One of the two signatures. The job runs under `up`, or by `disposal run`."""
    with as_person(login, home) as (house, by):
        after = house.keeping.sign_disposal(house.site, by, name, digest)
        typer.echo(f"{after.state.value}, by {' and '.join(after.approvers)}")


@disposal.command()
def run(home: HomeOption = None) -> None:
    """List what has expired, and do what two people have signed. `up` does this by itself."""
    from answerable.apps.wiring import open_house

    house = open_house(settings_with(home))
    try:
        made = house.keeping.propose_disposal(house.site)
        if made is not None:
            typer.echo(f"{made.id}: {sum(made.counts.values())} items wait for two signatures")
        done = 0
        while part := house.keeping.perform_disposal(house.site):
            done += part
        typer.echo(f"{done} items dealt with")
        if done:
            house.store.scrub()
    finally:
        house.close()


def add_to(app: typer.Typer) -> None:
    app.add_typer(process, name="process")
    app.add_typer(disposal, name="disposal")
