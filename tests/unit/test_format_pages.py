"""The pages on formats say what the code says."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from answerable.adapters.bundle.writer import SITE_KEYS, VERSION
from answerable.events.catalogue import EVERY_EVENT
from answerable.events.event import CLOSED_KEYS, ENVELOPE_KEYS, DataClass, Event
from answerable.verifier.findings import EXIT_OF, EXIT_USAGE, TITLES, Check
from answerable.verifier.spelling import fits, shape_of


def row_of(kind: type[Event]) -> str:
    groups: dict[str, list[str]] = {}
    for spec in fields(kind):
        if (group := spec.metadata.get("group")) is not None:
            groups.setdefault(group, []).append(spec.name)
    cells = "; ".join(f"**{name}** {', '.join(groups[name])}" for name in sorted(groups))
    return f"| `{kind.TYPE}` | {kind.V} | {'public' if kind.PUBLIC else ''} | {cells} |"


def test_events_page_lists_the_catalogue(project: Path) -> None:
    page = (project / "docs/formats/events.md").read_text(encoding="utf-8")
    table = [line for line in page.splitlines() if re.match(r"\| `\w+\.\w+` \|", line)]
    assert table == [row_of(kind) for kind in EVERY_EVENT]
    for key in (*ENVELOPE_KEYS, *CLOSED_KEYS, *DataClass.LIFE_DAYS):
        assert f"`{key}`" in page


def test_bundle_page_names_every_part(project: Path) -> None:
    page = (project / "docs/formats/bundle.md").read_text(encoding="utf-8")
    for word in (VERSION, *(f'"{key}"' for key in SITE_KEYS), '"withheld"', '"erased"'):
        assert word in page


def test_verify_page_numbers_every_check_and_exit(project: Path) -> None:
    page = (project / "docs/verify.md").read_text(encoding="utf-8")
    numbered = {int(number) for number in re.findall(r"^(\d+)\. ", page, flags=re.MULTILINE)}
    assert numbered == {check.value for check in Check} - {Check.INPUT}
    for code in (0, EXIT_USAGE, *EXIT_OF.values()):
        assert f"| {code} |" in page
    assert set(TITLES) == set(Check)


@pytest.mark.parametrize("kind", EVERY_EVENT, ids=lambda kind: kind.TYPE)
def test_the_verifier_takes_golden_bytes_of_every_kind(kind: type[Event], project: Path) -> None:
    """What was published once is read for ever."""
    golden = project / f"tests/golden/events/{kind.TYPE}.v{kind.V}.txt"
    bodies = {}
    for line in golden.read_text(encoding="utf-8").splitlines()[2:]:
        name, _, body = line.partition(" ")
        bodies[name] = json.loads(body)
    shape = shape_of(kind)
    assert set(bodies) == set(shape)
    for name, body in bodies.items():
        assert set(body) == set(shape[name])
        # What stands inside an object is a sample's own business, not the format's.
        plain = {k: hint for k, hint in shape[name].items() if not isinstance(body[k], dict)}
        assert [k for k, hint in plain.items() if not fits(body[k], hint)] == []
