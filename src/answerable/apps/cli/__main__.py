"""`answerable`: one command for operators, auditors and outsiders.

Exit codes: 0 done, 1 some of it refused or a finding, 2 unreadable, 3 incomplete, 64 wrong usage.
"""

import sys

import click
import typer

from answerable.apps.cli import data, lifecycle, proof, site

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Every ad screened. Every alert answered. Every suspicion reported. And anyone can check.",
)
USAGE_ERROR = 64

lifecycle.add_to(app)
data.add_to(app)
proof.add_to(app)
site.add_to(app)


def main() -> None:
    """The console script's entry."""
    from answerable.kernel.errors import Refusal, SafetyError

    try:
        code = app(standalone_mode=False)
    except click.UsageError as fault:
        fault.show()
        sys.exit(USAGE_ERROR)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except Refusal as refusal:
        details = "".join(f"\n  {name}: {value}" for name, value in refusal.details.items())
        sys.stderr.write(f"answerable: {refusal.reason}{details}\n")
        sys.exit(1)
    except SafetyError as fault:
        sys.stderr.write(f"answerable: {fault}\n")
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
