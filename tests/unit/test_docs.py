"""The documentation says what the code says: complete where it lists, and true where it points."""

import re
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
import typer
from pydantic import BaseModel

from answerable.access.model import PERMISSIONS, Permission, Role
from answerable.adapters.clock import SystemIds
from answerable.adapters.signing.book import SignerBook
from answerable.adapters.signing.files import private_folder
from answerable.apps.api import intake
from answerable.apps.cli.__main__ import app
from answerable.apps.example_site.settings import SiteSettings
from answerable.apps.founding import make_home
from answerable.apps.home import Home
from answerable.apps.settings import Settings
from answerable.apps.stores import STORES, StoreCharter
from answerable.apps.story import STORY
from answerable.events.catalogue import EVERY_EVENT
from answerable.events.duties.clocks import EVERY_DUTY

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
WRITTEN_LATER = {"docs/operations/results.md"}  # by `make long`


def script(name: str) -> ModuleType:
    """A script of ours as a module, without running it."""
    spec = spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def pages() -> list[Path]:
    return sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# What points somewhere


def test_every_link_and_make_goal_leads_somewhere() -> None:
    check = script("docs_check")
    goals = check.goals()
    assert [found for one in check.pages() for found in check.findings(one, goals)] == []


def named_paths(text: str) -> Iterator[str]:
    """The files and folders that a page names in code, a `::test` or a line number left off."""
    for name in re.findall(r"`((?:src|tests|docs|scripts|requirements|\.ci)/[^`\s]*)`", text):
        yield name.partition("::")[0]


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_every_path_a_page_names_is_there(path: Path) -> None:
    named = set(named_paths(path.read_text(encoding="utf-8"))) - WRITTEN_LATER
    assert [name for name in sorted(named) if not list(ROOT.glob(name))] == []


def test_the_path_rule_itself() -> None:
    text = "`src/a.py`, `tests/b.py::test_c`, `requirements/*.lock`, `make run`, src/d.py, `srcs/e`"
    assert list(named_paths(text)) == ["src/a.py", "tests/b.py", "requirements/*.lock"]


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=name_of)
def test_every_page_is_on_the_map(path: Path) -> None:
    if path.parent == DECISIONS:
        index = (DECISIONS / "README.md").read_text(encoding="utf-8")
        assert path.name == "README.md" or f"({path.name})" in index
    elif path != DOCS / "README.md":
        assert f"({path.relative_to(DOCS)})" in page("README.md")


# What is made from the code


def test_the_tables_are_what_the_code_says() -> None:
    tables = script("docs_tables")
    for (name, mark), table in tables.TABLES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        assert tables.with_table(text, mark, table()) == text, "run scripts/docs_tables.py"


def test_a_table_without_its_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="stand once"):
        script("docs_tables").with_table("no marks", "story", "")


# The stores


def covering(path: str) -> list[str]:
    return [charter.store for charter in STORES if charter.covers(path)]


def test_whatever_lies_in_a_home_belongs_to_one_store(tmp_path: Path) -> None:
    """A home with everything in it that the processes put there."""
    settings = Settings(home=tmp_path / "home")
    house = make_home(settings, synthetic=True)
    assert house.lookup_key.open()
    house.files.put(house.site, b"drawn", "image/png")
    SignerBook(private_folder(house.home.signer)).open(house.facts.origin, SystemIds().secret)
    house.tiles.extend(0, [bytes(33)])
    with house.home.locked():
        house.close()
    root = settings.home.resolve()
    found = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    assert len(found) > 10
    assert {name: covering(name) for name in found if len(covering(name)) != 1} == {}


def test_every_place_that_the_home_knows_belongs_to_one_store() -> None:
    home = Home(Path("/home"))
    places = {
        name: getattr(home, name)
        for name, value in vars(Home).items()
        if isinstance(value, property)
    }
    places["log"] = home.log("main")
    for name, place in places.items():
        below = str(place.relative_to(home.root))
        stores = covering(below) or [
            charter.store
            for charter in STORES
            if any(pattern.startswith(below.split("/")[0] + "/") for pattern in charter.paths)
        ]
        assert stores, f"{name}: no store has {below}"


def test_every_store_says_all_of_itself() -> None:
    assert len({charter.store for charter in STORES}) == len(STORES)
    for charter in STORES:
        said = (charter.store, charter.holds, charter.if_lost, charter.if_altered)
        assert all(words and "|" not in words and "\n" not in words for words in said)


def test_the_covering_rule_itself() -> None:
    charter = StoreCharter(store="s", paths=("a/*", "b"), holds="", if_lost="", if_altered="")
    assert [charter.covers(p) for p in ("a/x", "a/x/y", "b", "a", "c/a/x")] == [
        True,
        True,
        True,
        False,
        False,
    ]


# Complete lists


def test_every_setting_stands_with_its_default() -> None:
    text = page("operations/settings.md")
    missing = []
    for name, field in Settings.model_fields.items():
        empty = field.default in ("", None)
        default = "empty" if empty else f"`{field.default}`"
        if f"| `ANSWERABLE_{name.upper()}` | {default} |" not in text:
            missing.append(f"ANSWERABLE_{name.upper()} {default}")
    assert missing == []


def test_no_page_names_a_variable_that_nobody_reads() -> None:
    every = [*Settings.model_fields, *SiteSettings.model_fields]
    known = {f"ANSWERABLE_{name.upper()}" for name in every}
    read = set()
    for folder in ("src", "tests", "scripts"):
        for path in (ROOT / folder).rglob("*.py"):
            if path != Path(__file__):
                read |= set(re.findall(r"ANSWERABLE_[A-Z_]+", path.read_text(encoding="utf-8")))
    for path in pages():
        named = set(re.findall(r"ANSWERABLE_[A-Z_]*[A-Z]\b(?!_?\*)", path.read_text("utf-8")))
        assert named - known - read == set(), name_of(path)


def commands(group: Any, before: str = "answerable") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


def test_every_command_is_described() -> None:
    found = list(commands(typer.main.get_command(app)))
    assert len(found) > 10
    text = page("operations/running.md")
    assert [name for name in found if f"| `{name}" not in text] == []


def test_every_permission_is_described_and_has_the_roles_it_has() -> None:
    columns = (Role.REVIEWER, Role.SENIOR, Role.ADMIN, Role.AUDITOR)
    assert set(columns) == set(Role)
    text = page("access.md")
    assert f"| {' | '.join(role.value for role in columns)} |" in text
    for permission in Permission:
        found = re.search(rf"^\| `{permission.value}` \| [^|]+ \|(.*)\|$", text, re.MULTILINE)
        assert found, permission.value
        ticks = [cell.strip() for cell in found[1].split("|")]
        assert ticks == ["yes" if permission in PERMISSIONS[role] else "–" for role in columns]


def test_every_event_type_is_described() -> None:
    text = page("formats/events.md")
    assert [kind.TYPE for kind in EVERY_EVENT if f"`{kind.TYPE}`" not in text] == []


def test_the_story_tells_every_event_in_words() -> None:
    told, _, _ = page("story.md").partition("<!-- story: begin -->")
    assert [kind.TYPE for kind in STORY if f"`{kind.TYPE}`" not in told] == []


def test_every_duty_stands_in_the_law() -> None:
    text = page("law.md")
    assert [duty.name for duty in EVERY_DUTY if f"| `{duty.name}` |" not in text] == []


def test_every_intake_field_is_described() -> None:
    text = page("formats/intake-v1.md")
    models = [
        value
        for value in vars(intake).values()
        if isinstance(value, type) and issubclass(value, BaseModel) and value is not BaseModel
    ]
    assert len(models) > 10
    fields = {name for model in models for name in model.model_fields}
    assert [name for name in sorted(fields) if not re.search(rf"[`\"]{name}[`\"\[]", text)] == []


# Decisions


def test_decisions_are_numbered_without_a_gap_and_say_why() -> None:
    found = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    assert [int(path.name[:4]) for path in found] == list(range(1, len(found) + 1))
    for path in found:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} · ")
        parts = ("**Context.**", "**Options.**", "**Choice.**", "**What would change our mind.**")
        assert [part for part in parts if text.count(part) != 1] == []
        assert text.count("*Good:*") == text.count("*Bad:*") >= 2
