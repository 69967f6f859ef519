"""Write the first migrations out as explicit operations, from the declared tables.

Until the first release 0001 to 0005 are written anew when tables change: run
`python scripts/freeze_migration.py`. After it, a change is a new version that runs beside the
old code.
"""

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import api, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps
from sqlalchemy import create_engine

from answerable.adapters.sql import schema

VERSIONS = schema.MIGRATIONS / "versions"
CHAPTER_FILES = 4  # so that none is longer than a file may be
RECORD = (
    "body",
    "chain",
    "dek",
    "event",
    "handled",
    "head",
    "idempotency",
    "leaf",
    "lease",
    "outbox",
    "site",
    "unsequenced",
)
HEAD = '''"""{title}: written by scripts/freeze_migration.py from the declared tables."""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

{imports}

revision = "{revision}"
down_revision = {before}


def upgrade() -> None:
'''
GUARD = """

def _guard() -> None:
    dialect = op.get_bind().dialect.name
    for statement in guards.statements(dialect, ("event", "leaf")):
        op.execute(statement)
"""


def sources() -> dict[str, str]:
    """File name to text: the record itself, then the chapters' tables in equal parts."""
    tables = _tables()
    others = [name for name in tables if name not in RECORD]
    share = -(-len(others) // CHAPTER_FILES)
    parts = [("0001_record", "The record itself, append-only", list(RECORD))]
    for number in range(CHAPTER_FILES):
        chosen = others[number * share : (number + 1) * share]
        title = f"The chapters' tables, part {number + 1} of {CHAPTER_FILES}"
        parts.append((f"{number + 2:04}_chapters", title, chosen))
    found, before = {}, None
    for name, title, chosen in parts:
        revision = name[:4]
        guarded = revision == "0001"
        body = "".join(f"    _{table}()\n" for table in chosen) + ("    _guard()\n" * guarded)
        functions = "".join(
            f"\n\ndef _{table}() -> None:\n" + "\n".join(tables[table]) + "\n" for table in chosen
        )
        imports = "from answerable.adapters.sql import base, guards"
        head = HEAD.format(title=title, imports=imports, revision=revision, before=repr(before))
        found[f"{name}.py"] = f"{head}{body}{functions}{GUARD if guarded else ''}"
        before = revision
    return found


def _tables() -> dict[str, list[str]]:
    """Table name to the lines that make it and its indices."""
    engine = create_engine("sqlite://")
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"render_item": _render})
        made = api.produce_migrations(context, schema.every_table())
    operations = made.upgrade_ops
    if not isinstance(operations, UpgradeOps):
        raise SystemExit("alembic found nothing to make")
    body = render_python_code(
        operations, migration_context=context, render_item=_render, render_as_batch=False
    )
    return _split([line for line in body.splitlines() if not line.lstrip().startswith("# ###")])


def _split(lines: list[str]) -> dict[str, list[str]]:
    """One function a table, its indices with it, so that none is long."""
    parts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith("    op.create_table("):
            name = line.split("'")[1]
            current = parts.setdefault(name, [])
        current.append(f"    {line.strip()}" if line.startswith("    op.") else f"    {line}")
    return parts


def _render(kind: str, thing: object, _context: object) -> str | bool:
    """Our own column types by name; everything else as alembic spells it."""
    if kind == "type" and type(thing).__name__ == "JsonText":
        return "base.JsonText()"
    if kind == "type" and "sqlite" in getattr(thing, "_variant_mapping", {}):
        return "base.AUTO_ID"
    return False


def main() -> int:
    for old in VERSIONS.glob("000[123]_*.py"):
        old.unlink()
    ruff = Path(sys.executable).with_name("ruff")
    for name, text in sources().items():
        target = VERSIONS / name
        target.write_text(text, encoding="utf-8")
        subprocess.run([ruff, "check", "--fix", "-q", target], check=False)
        subprocess.run([ruff, "format", "-q", target], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
