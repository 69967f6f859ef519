"""reports: what an operator does about CyberTipline reports at the command line."""

import typer

from answerable.apps.cli import reports_reconcile, reports_xsd


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(help="CyberTipline reports.", no_args_is_help=True)

    reports_reconcile.add_to(group)
    reports_xsd.add_to(group)
    app.add_typer(group, name="reports")
