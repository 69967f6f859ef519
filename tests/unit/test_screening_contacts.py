"""Contacts: a table of neutral strings in disguise and of hard negatives, scored tier by tier.

`tests/unit/data/contacts.jsonl`: tier, text, want [[kind, value]], span (the contact as written).
Tiers: separators (signs and scripts), words (spelled, look-alikes), adversarial (aimed at, not
promised), negative (numbers and words that are no contact).
"""

import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from answerable.screening.contacts import find_contacts
from answerable.screening.judge import Engine
from answerable.screening.model import Contact
from answerable.screening.packs import demo_pack
from answerable.screening.views import fold

TABLE = Path(__file__).parent / "data" / "contacts.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]
FLOOR = {"separators": 1.0, "words": 0.97, "adversarial": 0.0, "negative": 1.0}
PRECISION_FLOOR = 0.98


def found_in(text: str, region: str = "US") -> list[Contact]:
    return list(Engine(demo_pack()).judge({"body": text}, region=region).contacts)


def values(text: str, region: str = "US") -> list[tuple[str, str]]:
    return [(one.kind.value, one.value) for one in found_in(text, region)]


def is_right(row: dict[str, Any]) -> bool:
    found = found_in(row["text"])
    wanted = sorted((kind, value) for kind, value in row["want"])
    if sorted((one.kind.value, one.value) for one in found) != wanted:
        return False
    return "span" not in row or row["text"][found[0].start : found[0].end] == row["span"]


def test_the_table_is_wide_enough() -> None:
    negatives = sum(row["tier"] == "negative" for row in ROWS)
    assert len(ROWS) - negatives >= 120
    assert negatives >= 40
    assert len({row["text"] for row in ROWS}) == len(ROWS)


def test_scores_by_tier(capsys: pytest.CaptureFixture[str]) -> None:
    right: dict[str, list[bool]] = defaultdict(list)
    for row in ROWS:
        right[row["tier"]].append(is_right(row))
    with capsys.disabled():
        print()
        for tier, marks in right.items():
            print(f"  contacts, {tier}: {sum(marks)} of {len(marks)} rows right")
    for tier, floor in FLOOR.items():
        assert sum(right[tier]) / len(right[tier]) >= floor, tier


def test_hardly_anything_is_taken_for_a_contact_that_is_none() -> None:
    found = wrong = 0
    for row in ROWS:
        wanted = {(kind, value) for kind, value in row["want"]}
        for one in values(row["text"]):
            found += 1
            wrong += one not in wanted
    assert 1 - wrong / found >= PRECISION_FLOOR


@pytest.mark.parametrize(
    ("text", "technique"),
    [
        ("call 202-555-0123", "plain"),
        ("call two zero two 555 0123", "words"),
        ("call 2️⃣0️⃣2️⃣ 555 0123", "keycap"),
        ("call ②⓪② 555 0123", "digits"),
        ("call 202\n555\n0123", "lines"),
        ("call 202*555*0123", "separators"),
        ("call 2 0 2 5 5 5 0 1 2 3", "spaced"),
        ("call 2O2 555 O123", "letters"),
        ("call tw0 zer0 two 555 0123", "leet+words"),
        ("call 202 555 double zero 23", "words+repeater"),
        ("call 202 555 oh one 23", "words+homophone"),
        ("call 202 then 555 then 0123", "filler"),
        ("jane@example.com", "plain"),
        ("jane (at) example (dot) com", "brackets"),
        ("jane at example dot com", "at-words"),
        ("jane&#64;example.com", "entity"),
        ("jаne@example.com", "lookalike"),
        ("j a n e @ e x a m p l e . c o m", "spaced"),
        ("1nst@gram: jane_doe22", "leet"),
        ("tele gram: jane_doe22", "split"),
    ],
)
def test_the_technique_is_named(text: str, technique: str) -> None:
    assert [one.technique for one in found_in(text)] == [technique]


@pytest.mark.parametrize(
    ("text", "region", "value"),
    [
        ("call 020 7946 0958", "GB", "+442079460958"),
        ("llama al 612 345 678", "ES", "+34612345678"),
        ("call +44 20 7946 0958", "US", "+442079460958"),
        ("call 202 555 0123", "CA", "+12025550123"),
        ("call zero two zero seven nine four six zero nine five eight", "GB", "+442079460958"),
    ],
)
def test_the_region_reads_numbers_without_country(text: str, region: str, value: str) -> None:
    assert values(text, region) == [("phone", value)]


def test_a_number_without_country_is_none_elsewhere() -> None:
    assert values("room 020 7946 0958", "US") == []


def test_account_numbers_need_their_checksum() -> None:
    assert values("pay to GB82 WEST 1234 5698 7654 32") == [
        ("payment", "iban:GB82WEST12345698765432")
    ]
    assert values("pay to GB82 WEST 1234 5698 7654 33") == []
    good = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"  # the example of BIP 173
    assert values(f"coins to {good}") == [("payment", f"bitcoin:{good}")]
    assert values(f"coins to {good[:-1]}5") == []


def test_contacts_do_not_overlap_and_the_whole_wins() -> None:
    assert values("mail 2025550123@example.com") == [("email", "2025550123@example.com")]
    assert values("https://shop.example.com/2025550123") == [("url", "shop.example.com/2025550123")]
    assert values("wa.me/12025550123") == [("phone", "+12025550123")]


HOSTILE = [
    "@", "a@", "1 ", "2 ", "two ", "1x", "x_at_", "a_at_b_dot_", "a(at)b(dot)com", "com.", "www.",
    "http://", "oil1", "digits2", "$a ", "cash app ", "a-dot-", "&#64;", "\u200b", "か\u200b",
    "e\u0301", "202-555-0123-", "insta", "i.n.s.t.", "GB82WEST", "bc1q", "0x1", ". ", "j o ",
    "aaaa ", "bluelantern ", "b l u e ", "12:30 ", "1,000,", "97", "1.1.1.", "-", "(", "\n", "\x00",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_no_text_makes_it_slow(unit: str) -> None:
    """8,000 characters of one thing; a search that grows out of hand would take minutes."""
    text = (unit * 8_000)[:8_000]
    before = time.process_time()
    Engine(demo_pack()).judge({"body": text})
    assert time.process_time() - before < 5.0


def test_a_region_that_knows_several_readings_stays_within_the_text() -> None:
    text = "Fahrrad, ruf an: null drei null eins zwei drei vier fünf sechs, danke"
    for one in find_contacts(fold(text), "body", "DE"):
        assert text[one.start : one.end].startswith("null")
