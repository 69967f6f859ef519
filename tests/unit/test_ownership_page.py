"""What the public page is made from, and the list of what changed."""

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

from answerable.kernel.canonical import canonical_bytes
from answerable.ownership.bods import read_file
from answerable.ownership.changes import Kind, compare
from answerable.ownership.model import InterestType, MissingReason
from answerable.ownership.page import INTERESTS, REASONS, to_page
from answerable.ownership.resolve import Resolution, resolve
from ownership_maker import OwnershipMaker, simple

TODAY = date(2026, 11, 24)


def resolved(maker: OwnershipMaker, threshold: Fraction = Fraction(1, 4)) -> Resolution:
    return resolve(maker.file(), on=TODAY, threshold=threshold)


def rows(resolution: Resolution) -> list[tuple[str, str, str, str]]:
    """(name, shares, control, counts) of each holder."""
    return [
        (row.name, row.own.exact(), row.control.value, row.counts.value)
        for row in resolution.holders
    ]


def reasons(resolution: Resolution) -> list[tuple[str, str, bool]]:
    return [(gap.at_name, gap.reason, gap.stated) for gap in resolution.gaps]


def test_every_reason_and_interest_has_its_words() -> None:
    ours = {
        "noHolderStated",
        "nominatorNotStated",
        "personNotNamed",
        "holderRecordClosed",
        "sharesNotAccountedFor",
        "loopWithoutEnd",
    }
    assert set(REASONS) == {reason.value for reason in MissingReason} | ours
    assert set(INTERESTS) == set(InterestType)


def demo() -> bytes:
    return (Path(__file__).parents[2] / "src/answerable/apps/demo/ownership.json").read_bytes()


def test_the_demo_shows_nominee_loan_and_gap() -> None:
    resolution = resolve(read_file(demo()), on=TODAY)
    assert rows(resolution) == [
        ("Ada Example", "21/50", "yes", "yes"),
        ("Ben Sample", "7/25", "no", "yes"),
        ("Dana Muster", "1/5", "no", "no"),
        ("Cleo Specimen", "0", "no", "possible"),
    ]
    assert [row.name for row in resolution.nominees] == ["Nils Nominee"]
    assert reasons(resolution) == [
        ("Example Classifieds Ltd", "interestedPartyHasNotProvidedInformation", True)
    ]
    assert [row.by_contract for row in resolution.holders] == [False, False, False, True]


def test_a_page_is_plain_values_and_says_nothing_private() -> None:
    maker = simple()
    maker.statements[1]["recordDetails"] |= {
        "birthDate": "1980-02-03",
        "addresses": [{"address": "1 Example Street"}],
    }
    page = canonical_bytes(to_page(resolved(maker))).decode()
    assert "Person P" in page
    assert "1980" not in page
    assert "Example Street" not in page


def test_equal_files_have_no_changes() -> None:
    assert compare(resolved(simple()), resolved(simple())) == ()


def test_each_change_is_listed() -> None:
    before, after = resolved(simple()), simple()
    after.statements[1]["recordDetails"]["names"][0]["fullName"] = "Person New Name"
    after.person("q")
    after.statements[2]["recordDetails"]["interests"][0]["share"] = {"exact": 70}
    after.holds("q", "a", 30)
    changes = compare(before, resolved(after))
    told = {(c.kind.value, c.what, c.field, c.before, c.after) for c in changes}
    assert {row[2:] for row in told if row[:2] == ("changed", "holder")} == {
        ("shares", "1", "7/10"),
        ("votes", "1", "7/10"),
        ("name", "Person P", "Person New Name"),
        ("ways", "shares: 100 % (1)", "shares: 70 % (7/10)"),
    }
    assert {c.name for c in changes if c.kind is Kind.ADDED} == {
        "Person Q",
        "Person Q in Example A Ltd",
    }


def test_what_is_added_one_way_is_removed_the_other() -> None:
    smaller, larger = resolved(simple()), simple()
    larger.person("q")
    larger.holds("q", "a", 1)
    there = compare(smaller, resolved(larger))
    back = compare(resolved(larger), smaller)
    turned = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED, Kind.CHANGED: Kind.CHANGED}
    assert [(turned[c.kind], c.what, c.field, c.after, c.before) for c in there] == [
        (c.kind, c.what, c.field, c.before, c.after) for c in back
    ]
    assert json.dumps([c.name for c in there]) == json.dumps([c.name for c in back])
