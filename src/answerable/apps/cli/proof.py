"""export, verify, audit, reconcile: what an outsider holds, and what they make of it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from answerable.apps.cli.lifecycle import HomeOption, settings_with


def export(
    bundle: Annotated[Path, typer.Argument(help="a folder that does not exist yet")],
    home: HomeOption = None,
) -> None:
    """Write an evidence bundle. Works while `up` runs and while it is stopped."""
    from answerable.apps.export import export_bundle
    from answerable.apps.wiring import open_house

    house = open_house(settings_with(home))
    try:
        written = export_bundle(house, bundle, lambda line: typer.echo(line, err=True))
    finally:
        house.close()
    typer.echo(
        f"{bundle}: {written.size} leaves, {written.receipts} receipts, "
        f"{written.bytes:,} bytes, manifest {written.manifest_sha256}"
    )


def verify(
    path: Annotated[Path, typer.Argument(help="a bundle, log, checkpoint, proof or receipt")],
    policy: Annotated[Path | None, typer.Option(help="whose keys to believe")] = None,
    receipt: Annotated[list[Path] | None, typer.Option(help="a receipt you hold")] = None,
    leaf: Annotated[str | None, typer.Option(help="the leaf hash a proof is about")] = None,
    *,
    json: bool = False,
    home: HomeOption = None,
) -> None:
    """Check, offline. Exit 0 clean, 1 finding, 2 unreadable, 3 incomplete."""
    from answerable.apps.home import Home
    from answerable.verifier.__main__ import run

    home_policy = Home(settings_with(home).home.resolve()).policy
    code = run(
        path,
        policy_file=policy,
        home_policy=home_policy,
        receipts=tuple(receipt or ()),
        leaf=None if leaf is None else bytes.fromhex(leaf),
        json=json,
    )
    raise typer.Exit(code)


def add_to(app: typer.Typer) -> None:
    for command in (export, verify):
        app.command()(command)
    app.command(name="audit")(audit)
    reconcile = typer.Typer(help="Compare the record with the world.", no_args_is_help=True)
    reconcile.command(name="live")(live)
    app.add_typer(reconcile, name="reconcile")


def audit(
    bundle: Annotated[Path, typer.Argument(help="an exported bundle")],
    finished: Annotated[
        Path | None, typer.Option(help="the receiver's exported list of finished ids (csv, jsonl)")
    ] = None,
    sample: Annotated[int, typer.Option(help="how many unreported ads to draw")] = 0,
    seed: Annotated[str, typer.Option(help="the seed of the draw, by hand")] = "",
    *,
    json: bool = False,
) -> None:
    """Examine a bundle: the sums, concealment, a random sample of the unreported."""
    from answerable.apps.examine import audit_bundle

    raise typer.Exit(audit_bundle(bundle, finished, sample, seed, as_json=json, out=sys.stdout))


def live(
    file: Annotated[Path, typer.Argument(help="the site's inventory or a crawl (csv, jsonl)")],
    bundle: Annotated[Path, typer.Option(help="an exported bundle")],
    *,
    json: bool = False,
) -> None:
    """What is live on the site against what was placed, directed and submitted."""
    from answerable.apps.examine import live_against

    raise typer.Exit(live_against(file, bundle, as_json=json, out=sys.stdout))
