"""`answerable drill`: a week of alerts and duties under virtual time, and its figures."""

from typing import Annotated

import typer

CLEAN, LEFT_OVER = 0, 1


def drill(
    seed: Annotated[int, typer.Option(help="another seed: other words and minutes")] = 1,
    *,
    json: bool = False,
) -> None:
    """Play a week of alerts, decisions, holds and a subpoena, and print its figures.

    In a synthetic home of its own, which goes afterwards; half a minute. Exit 0 where nothing is
    left over, 1 otherwise.
    """
    import logging
    import sys

    import structlog

    from answerable.apps.drill.drill import drill as play
    from answerable.apps.drill.page import as_json, as_text

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    done = play(seed)
    typer.echo(as_json(done) if json else as_text(done), nl=False)
    raise typer.Exit(LEFT_OVER if done.residual else CLEAN)


def add_to(app: typer.Typer) -> None:
    app.command()(drill)
