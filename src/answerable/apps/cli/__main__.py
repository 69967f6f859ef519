"""`answerable`: one command for operators, auditors and outsiders.

Exit codes: 0 done, 1 some of it refused or a finding, 2 unreadable, 3 incomplete, 64 wrong usage.
"""

import sys

import typer

from answerable.apps.cli import data, drill, keeping, lifecycle, packs, proof, reports, site
from answerable.apps.cli.saying import complain, say

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich would cost a fifth of a second at every start
    help="Every ad screened. Every alert answered. Every suspicion reported. And anyone can check.",
)
USAGE_ERROR, INTERRUPTED = 64, 130

# Typer carries its own copy of click; these are its failures, by the names Typer gives out.
UsageFault: type[Exception] = typer.BadParameter.__mro__[1]
CommandFault: type[Exception] = typer.BadParameter.__mro__[2]

lifecycle.add_to(app)
data.add_to(app)
proof.add_to(app)
site.add_to(app)
keeping.add_to(app)
drill.add_to(app)
packs.add_to(app)
reports.add_to(app)


def main() -> None:
    """The console script's entry."""
    from answerable.kernel.errors import Refusal, SafetyError

    try:
        code = app(standalone_mode=False)
    except UsageFault as fault:
        _show(fault)
        sys.exit(USAGE_ERROR)
    except typer.Abort:
        sys.exit(INTERRUPTED)
    except CommandFault as fault:
        _show(fault)
        sys.exit(getattr(fault, "exit_code", 1))
    except Refusal as refusal:
        complain(refusal)
        sys.exit(1)
    except SafetyError as fault:
        say(str(fault))
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _show(fault: Exception) -> None:
    context = getattr(fault, "ctx", None)
    if context is not None:
        sys.stderr.write(f"{context.get_usage()}\n")
    said = getattr(fault, "format_message", None)
    say(said() if said else str(fault))


if __name__ == "__main__":
    main()
