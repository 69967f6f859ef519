"""The house's agreements as checks, and checks of the checks."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "answerable"
CODE = ("src", "tests", "scripts", "benchmarks")

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
# A thread that hands a failure on, whole, to whoever asked or where people look, and goes on
# itself: how many times, in which file.
HANDED_ON = {
    "src/answerable/adapters/sql/outbox.py": 1,
    "src/answerable/adapters/sql/runner.py": 1,
    "src/answerable/apps/background.py": 1,
}
TIME_SOURCE = SRC / "adapters" / "clock.py"

# Spelled in two halves, or this page would be the first finding.
INDEX_HOSTS = tuple(
    first + second
    for first, second in (
        ("pypi", ".org"),
        ("python", "hosted.org"),
        ("npm", "js.org"),
        ("npm", "js.com"),
        ("crates", ".io"),
        ("deb.", "debian.org"),
        ("security.", "debian.org"),
        ("unp", "kg.com"),
        ("jsdel", "ivr.net"),
        ("proxy.", "golang.org"),
    )
)


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked() -> list[Path]:
    """What is, or would be, committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in answer.stdout.split("\0") if name and (ROOT / name).is_file()]


# Length, time, failures


def length_breaches(source: str) -> Iterator[str]:
    if source.count("\n") > FILE_LINES_MAX:
        yield "a file of 500 lines is the most"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines >= FUNCTION_LINES_MAX:
                yield f"{node.name}: {lines} lines; a function stays under 70"


def time_breaches(source: str) -> Iterator[str]:
    """Reading the machine's time. `time.monotonic` and `time.sleep` tell no date and are free."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(
                attr="now" | "utcnow" | "today" | "fromtimestamp" | "utcfromtimestamp",
                value=ast.Name(id="datetime" | "date") | ast.Attribute(attr="datetime" | "date"),
            ):
                yield f"line {node.lineno}: time is handed in"
            case ast.Attribute(attr="time" | "time_ns", value=ast.Name(id="time")):
                yield f"line {node.lineno}: time is handed in"
            case ast.ImportFrom(module="time", names=names):
                if {"time", "time_ns"} & {name.name for name in names}:
                    yield f"line {node.lineno}: time is handed in"
            case _:
                pass


def failure_breaches(source: str) -> Iterator[str]:
    """Catching whatever comes. Cleaning up and letting it pass on with a bare `raise` is free."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            last = node.body[-1]
            if isinstance(last, ast.Raise) and last.exc is None:
                continue
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(
                kind is None
                or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))
                for kind in caught
            ):
                yield f"line {node.lineno}: say which failure you expect"


@pytest.mark.parametrize("path", python_files(*CODE), ids=name_of)
def test_files_and_functions_are_short(path: Path) -> None:
    assert list(length_breaches(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", python_files("src"), ids=name_of)
def test_time_is_handed_in_and_failures_are_named(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    found = list(failure_breaches(source))
    if name_of(path) in HANDED_ON:
        assert len(found) == HANDED_ON[name_of(path)]
        found = []
    if path != TIME_SOURCE:
        found += time_breaches(source)
    assert found == []


def test_the_length_rules_themselves() -> None:
    assert list(length_breaches("x = 1\n" * 500)) == []
    assert list(length_breaches("x = 1\n" * 501)) == ["a file of 500 lines is the most"]
    assert list(length_breaches("def f():\n" + "    x\n" * 68)) == []
    assert len(list(length_breaches("def f():\n" + "    x\n" * 69))) == 1
    assert len(list(length_breaches("class A:\n  async def f():\n" + "    x\n" * 69))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "x = datetime.now(UTC)",
        "x = datetime.datetime.now()",
        "x = datetime.utcnow()",
        "x = date.today()",
        "x = time.time()",
        "x = time.time_ns()",
        "from time import time",
        "source = time.time",
    ],
)
def test_the_time_rule_itself(line: str) -> None:
    assert list(time_breaches(line)) == ["line 1: time is handed in"]


def test_the_time_rule_spares_durations_and_sources() -> None:
    spared = "x = source.now()\ny = time.monotonic()\ntime.sleep(1)\nz = datetime(2026, 1, 1)\n"
    assert list(time_breaches(spared)) == []


def test_the_failure_rule_itself() -> None:
    breach = ["line 2: say which failure you expect"]
    assert list(failure_breaches("try: f()\nexcept Exception: g()")) == breach
    assert list(failure_breaches("try: f()\nexcept: g()")) == breach
    assert list(failure_breaches("try: f()\nexcept (KeyError, BaseException): g()")) == breach
    assert list(failure_breaches("try: f()\nexcept KeyError: g()")) == []
    assert list(failure_breaches("try: f()\nexcept BaseException:\n    g()\n    raise")) == []
    assert list(failure_breaches("try: f()\nexcept Exception as e:\n    raise A from e")) == breach


# Rooms


def packages() -> list[Path]:
    return sorted(path for path in SRC.rglob("__init__.py") if path.parent != SRC)


def charter_breaches(source: str, name: str) -> Iterator[str]:
    """A charter opens with the room's name; then what it owns, emits, imports, and a start."""
    text = ast.get_docstring(ast.parse(source)) or ""
    if not re.match(rf"([a-z_]+[./])*{name}: ", text):
        yield f"the charter begins with `{name}: `"
    for word in ("Owns", "Emits", "Imports", "Start"):
        if not re.search(rf"^{word}\b", text, flags=re.MULTILINE):
            yield f"the charter has no line `{word}`"


@pytest.mark.parametrize("path", packages(), ids=name_of)
def test_every_package_opens_with_its_charter(path: Path) -> None:
    assert list(charter_breaches(path.read_text(encoding="utf-8"), path.parent.name)) == []


def test_the_charter_rule_itself() -> None:
    whole = '"""cases: people decide.\n\nOwns  a\nEmits  b\nImports  c\nStart at d.\n"""'
    assert list(charter_breaches(whole, "cases")) == []
    assert list(charter_breaches(whole.replace("cases: ", "a/cases: "), "cases")) == []
    assert list(charter_breaches(whole, "alerts")) == ["the charter begins with `alerts: `"]
    assert list(charter_breaches('"""."""', "cases")) != []
    assert list(charter_breaches(whole.replace("Emits", "emits"), "cases")) == [
        "the charter has no line `Emits`"
    ]


@pytest.mark.parametrize("path", python_files("src"), ids=name_of)
def test_every_file_says_what_room_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or len(ast.get_docstring(ast.parse(text)) or "") > 20


def test_the_layers_hold() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    command = [str(tool), "--no-logo", "--no-cache"]
    answer = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"},
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert " 0 broken" in answer.stdout


# What never enters the repository


def test_no_file_names_a_package_index() -> None:
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="replace").lower()
        found += [f"{name_of(path)}: {host}" for host in INDEX_HOSTS if host in text]
    assert found == []


def test_locked_files_say_what_and_never_where() -> None:
    """Every requirement pinned and hashed; no option, no address."""
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8").strip())
        assert len(entries) >= 1
        for entry in entries:
            assert re.match(r"[A-Za-z0-9._-]+(\[[\w,]+\])?==\S+", entry), entry[:80]
            assert "--hash=sha256:" in entry, entry[:80]
            assert "://" not in entry, entry[:80]


def test_what_runs_is_locked_alike_for_run_and_test() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        return set(re.findall(r"^([A-Za-z0-9._-]+==[^\s;]+)", text, flags=re.MULTILINE))

    assert pins("run.lock") - pins("test.lock") == set()


def test_every_dependency_is_locked() -> None:
    """pyproject.toml and the locks were made together: `make lock` renews them."""
    import tomllib

    given = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = given["dependencies"] + given["optional-dependencies"]["test"]
    locked = (ROOT / "requirements" / "test.lock").read_text(encoding="utf-8").lower()
    names = [re.split(r"[\[<>=!~ ;]", line)[0].lower().replace("_", "-") for line in asked]
    assert [name for name in names if not re.search(rf"^{re.escape(name)}==", locked, re.M)] == []
