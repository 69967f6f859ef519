"""The 19 published samples: who owns what, worked out by hand from each file."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from answerable.ownership.bods import read_file
from answerable.ownership.changes import Kind, compare
from answerable.ownership.resolve import Resolution, resolve

TODAY = date(2026, 11, 24)


def rows(resolution: Resolution) -> list[tuple[str, str, str, str]]:
    """(name, shares, control, counts) of each holder."""
    return [
        (row.name, row.own.exact(), row.control.value, row.counts.value)
        for row in resolution.holders
    ]


def reasons(resolution: Resolution) -> list[tuple[str, str, bool]]:
    return [(gap.at_name, gap.reason, gap.stated) for gap in resolution.gaps]


EXPECTED = {
    "bods-package-annotations": ([], [("DRILLGREAT LIMITED", "noHolderStated", False)]),
    "bods-package-entity-owning-entity": ([], [("MVJ LIMITED", "noHolderStated", False)]),
    "bods-package-fi-soe": ([("Suomen tasavalta", "1", "yes", "yes")], []),
    "bods-package-linking-annotations": (
        [("Mr Jeremy Hunt", ">1/4..<1/2", "no", "yes")],
        [("MARE POND PROPERTIES LIMITED", "sharesNotAccountedFor", False)],
    ),
    "bods-package": ([("Jennifer Hewitson-Smith", "1", "yes", "yes")], []),
    "fermcat": ([("Patrick O'Donohue", "1", "yes", "yes")], []),
    "full-pep-declaration": (
        [("Michael Hubbard", "1/4..<1/2", "no", "yes")],
        [
            (
                "Platinum Emerald and Plutonim Mining Limited",
                "sharesNotAccountedFor",
                False,
            )
        ],
    ),
    "indirect-ownership": (
        [("Person 1", "3/10", "possible", "yes")],
        [("Company A", "sharesNotAccountedFor", False)],
    ),
    "joint-ownership": (
        [("Natalie Coleman", "1/2", "no", "yes"), ("Roberto Lopez", "1/2", "no", "yes")],
        [],
    ),
    "levent": (
        [("Andrew Anderson", "0..1", "yes", "yes"), ("Bella Buxton", "0..1", "yes", "yes")],
        [("Levent Trust", "interestedPartyExemptFromDisclosure", True)],
    ),
    "listed-company-exempt-from-disclosure": (
        [("Listed Company OS-17", "0", "no", "no")],
        [("Listed Company OS-17", "subjectExemptFromDisclosure", True)],
    ),
    "mixed-direct-and-indirect-ownership": ([("Person 1", "1", "possible", "yes")], []),
    "multiple-indirect-ownership": ([("Person 1", "3/5", "yes", "yes")], []),
    "multiple-tax-residencies": ([("Logan Morton", "1", "yes", "yes")], []),
    "mutilple-indirect-ownership-2": (
        [("Person 1", "3/5", "yes", "yes")],
        [("Company A", "sharesNotAccountedFor", False)],
    ),
    "nomination": ([("Silvia Teixeira Perez", "0", "yes", "yes")], []),
    "plc-entity-statement": ([("AstraZeneca PLC", "0", "no", "no")], []),
    "simple-pep-declaration": (
        [("Michael Hubbard", "1/4..<1/2", "no", "yes")],
        [
            (
                "Platinum Emerald and Plutonim Mining Limited",
                "sharesNotAccountedFor",
                False,
            )
        ],
    ),
    "tecido": ([], [("Shear Trust", "noHolderStated", False)]),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_samples_give_the_expected_owners(
    name: str, shared_path: Callable[[str], Path]
) -> None:
    raw = shared_path(f"data/bods-examples/{name}.json").read_bytes()
    resolution = resolve(read_file(raw), on=TODAY)
    assert (rows(resolution), reasons(resolution)) == EXPECTED[name]
    assert resolution.loops == ()
    assert not any("declared" in note for note in resolution.notes)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_chain_of_the_samples_ends_well_or_in_a_listed_gap(
    name: str, shared_path: Callable[[str], Path]
) -> None:
    raw = shared_path(f"data/bods-examples/{name}.json").read_bytes()
    resolution = resolve(read_file(raw), on=TODAY)
    open_chains = [chain for chain in resolution.chains if chain.end is None]
    assert len(open_chains) <= len(resolution.gaps)
    assert resolution.holders or resolution.gaps


def test_history_is_read_as_of_the_day(shared_path: Callable[[str], Path]) -> None:
    file = read_file(shared_path("data/bods-examples/tecido.json").read_bytes())
    assert rows(resolve(file, on=date(2020, 1, 1))) == [("Maria Esteves", "1", "yes", "yes")]
    assert rows(resolve(file, on=date(2022, 1, 1))) == [("Maria Esteves", "2/5", "no", "yes")]
    assert rows(resolve(file, on=date(2024, 1, 1))) == []
    changes = compare(resolve(file, on=date(2020, 1, 1)), resolve(file, on=date(2022, 1, 1)))
    assert ("Maria Esteves", "shares", "1", "2/5") in [
        (c.name, c.field, c.before, c.after) for c in changes
    ]
    assert (Kind.ADDED, "gap", "Shear Trust") in [(c.kind, c.what, c.name) for c in changes]
