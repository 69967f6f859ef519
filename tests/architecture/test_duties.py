"""Every duty is shown to be kept by a test that says so; no test shows a duty nobody declared.

Read from the sources of the tests, so that it holds in every worker of a parallel run.
"""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from answerable.events import duties
from answerable.events.duties.clocks import EVERY_DUTY, Duty
from answerable.events.duties.reading import FILES

TESTS = Path(__file__).resolve().parents[1]


def shown_in(source: str) -> Iterator[str]:
    """The names in `@pytest.mark.duty("name")` of this source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for mark in node.decorator_list:
                match mark:
                    case ast.Call(
                        func=ast.Attribute(
                            attr="duty", value=ast.Attribute(attr="mark", value=ast.Name("pytest"))
                        ),
                        args=[ast.Constant(value=str(name))],
                    ):
                        yield name


def declared() -> dict[str, Duty]:
    """Every Duty that any module of events/duties names."""
    found = {}
    for module in pkgutil.iter_modules(duties.__path__, f"{duties.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Duty):
                found[value.name] = value
    return found


def test_every_duty_is_shown_to_be_kept() -> None:
    shown = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in shown_in(path.read_text(encoding="utf-8"))
    }
    assert shown == {duty.name for duty in EVERY_DUTY}


def test_code_names_duties_and_declares_none() -> None:
    table = {duty.name: duty for duty in EVERY_DUTY}
    named = declared()
    assert named == {name: table[name] for name in named}


def test_every_duty_file_is_read() -> None:
    folder = Path(duties.__path__[0])
    assert {path.name for path in folder.glob("*.toml")} == {*FILES, "holidays.toml"}


def test_the_rule_itself() -> None:
    marked = '@pytest.mark.duty("a")\n@other\ndef test_x(): ...\n@pytest.mark.slow\ndef y(): ...\n'
    assert list(shown_in(marked)) == ["a"]
    assert list(shown_in("x = \"pytest.mark.duty('b')\"\n")) == []
