"""init, up, run, demo, receiver: from an empty folder to a running story."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from answerable.apps.cli.saying import say

if TYPE_CHECKING:
    from answerable.apps.settings import Settings
    from answerable.apps.up import Supervisor

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="the installation's folder [ANSWERABLE_HOME]")
]


def settings_with(home: Path | None) -> "Settings":
    """Settings from the environment, with the home that was given."""
    from pydantic import ValidationError

    from answerable.apps.settings import Settings

    try:
        return Settings() if home is None else Settings(home=home)
    except ValidationError as fault:
        raise typer.BadParameter(
            "; ".join(
                f"ANSWERABLE_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}"
                for e in fault.errors()
            )
        ) from None


def init(home: HomeOption = None, *, synthetic: bool = False) -> None:
    """Make a home: keys, database, site. Safe to repeat."""
    from answerable.apps.founding import make_home

    settings = settings_with(home)
    house = make_home(settings, synthetic=synthetic)
    typer.echo(f"home {house.home.root}")
    typer.echo(f"site {house.facts.site}, log {house.facts.origin}")
    house.close()


def up(home: HomeOption = None) -> None:
    """Run app, signer and receiver until Ctrl-C."""
    from answerable.apps.home import Home
    from answerable.apps.up import supervise

    settings = settings_with(home)
    root = Home(settings.home.resolve())
    demo = root.demo_mark.exists()
    supervise(settings, root, example_site=demo, once_up=_announce(settings, demo=demo))


def run(home: HomeOption = None) -> None:
    """The demo, in one command: an empty home is filled with a synthetic story, then served."""
    from answerable.apps.demo.prepare import prepare
    from answerable.apps.home import Home
    from answerable.apps.up import supervise

    settings = settings_with(home)
    root = Home(settings.home.resolve())
    if not root.exists():
        typer.echo(f"answerable: making a demo home in {root.root}")
        prepare(settings)
    demo = root.demo_mark.exists()
    supervise(settings, root, example_site=demo, once_up=_announce(settings, demo=demo))
    typer.echo("answerable: ended")


def demo(home: HomeOption = None) -> None:
    """Load the synthetic story into a demo home whose `up` is running. Once; safe to repeat."""
    from answerable.apps.demo.load import load

    load(settings_with(home), say=typer.echo)


def receiver(
    host: str = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="default 8090; 0 takes a free one")] = None,
    db: Annotated[Path, typer.Option(help="its own SQLite file")] = Path("receiver.sqlite3"),
    user: Annotated[
        list[str] | None, typer.Option(help="NAME:PASSWORD, repeatable; default test:test")
    ] = None,
    profile: Annotated[str, typer.Option(help="nov2025 or newer")] = "nov2025",
    *,
    schema_only: Annotated[bool, typer.Option(help="no documented rules")] = False,
    control: Annotated[bool, typer.Option(help="POST /control/switches")] = False,
    allow_non_loopback: bool = False,
) -> None:
    """The local CyberTipline double, marked TEST. Others' clients may use it too."""
    from answerable.apps.receiver.__main__ import main

    chosen = port if port is not None else int(os.environ.get("ANSWERABLE_RECEIVER_PORT", "8090"))
    arguments = ["--host", host, "--port", str(chosen), "--db", str(db)]
    arguments += ["--profile", profile]
    arguments += [word for one in user or [] for word in ("--user", one)]
    arguments += ["--schema-only"] if schema_only else []
    arguments += ["--control"] if control else []
    arguments += ["--allow-non-loopback"] if allow_non_loopback else []
    raise typer.Exit(main(arguments))


def _announce(settings: "Settings", *, demo: bool):  # type: ignore[no-untyped-def]
    """What runs beside the supervisor: wait for health, load the demo once, print the URLs."""

    def beside(supervisor: "Supervisor") -> None:
        from answerable.apps.demo.load import load, wait_healthy
        from answerable.apps.home import Home
        from answerable.kernel.errors import SafetyError

        try:
            if demo:
                wait_healthy(settings, supervisor.stopping, demo_may_load=True)
                load(settings, say=typer.echo, stopping=supervisor.stopping)
            wait_healthy(settings, supervisor.stopping)
        except SafetyError as fault:
            if not supervisor.stopping.is_set():
                say(str(fault))
            return
        if supervisor.stopping.is_set():
            return
        base, home = settings.base_url, Home(settings.home.resolve())
        typer.echo("")
        typer.echo(f"  console       {base}/console")
        typer.echo(f"  alert page    {base}/alert")
        typer.echo(f"  public pages  {base}/")
        if demo:
            typer.echo(f"  example site  http://127.0.0.1:{settings.site_port}/")
        typer.echo(
            f"  receiver      http://127.0.0.1:{settings.receiver_port}/  (TEST CyberTipline)"
        )
        if demo and home.demo_log_ins.exists():
            typer.echo("")
            typer.echo(home.demo_log_ins.read_text("utf-8").rstrip())
            typer.echo(f"  (kept in {home.demo_log_ins}; the site's token in {home.site_token})")
        typer.echo("")
        typer.echo("  Ctrl-C ends it.")

    return beside


def add_to(app: typer.Typer) -> None:
    for command in (init, up, run, demo, receiver):
        app.command()(command)
