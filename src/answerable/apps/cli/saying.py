"""How commands speak to people: a bar while a file is read, and a refusal with its details."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from answerable.kernel.errors import Refusal

if TYPE_CHECKING:
    from rich.progress import Progress


@contextmanager
def progress() -> Iterator["Progress"]:
    """A bar on standard error, gone when done; nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    with Progress(
        "{task.description}",
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        yield bar


def logs_to_stderr() -> None:
    """What our clients log, beside what the command says; asked anew each time where that is."""
    import structlog

    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


def say(words: str) -> None:
    """One line for people, on standard error."""
    sys.stderr.write(f"answerable: {words}\n")


def complain(fault: Refusal) -> None:
    """The reason, and below it each detail."""
    details = "".join(f"\n  {name}: {value}" for name, value in fault.details.items())
    say(f"{fault.reason}{details}")
