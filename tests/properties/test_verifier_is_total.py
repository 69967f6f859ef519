"""A hostile operator signs whatever he likes; the verifier still ends, and calls nothing clean.

Values anywhere in an envelope or a group are replaced, and leaf, log and manifest made anew over
them: nothing but the verifier's own reading of forms and stories can object.
"""

import base64
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.bundle_maker import (
    POLICY,
    Told,
    openings_of,
    receipts_of,
    site_json,
    tell,
    write_openings,
)
from tests.unit.story_maker import ERASED, honest

from answerable.events.sealing import group_commitment
from answerable.kernel.canonical import canonical_bytes, strict_json
from answerable.kernel.errors import Breach, Refusal
from answerable.ledger.faults import Malformed
from answerable.verifier.files import verify_path
from answerable.verifier.findings import Check
from answerable.verifier.spelling import read_canonical

TOLD: list[Told] = tell(honest())
ROWS = openings_of(TOLD, ERASED)
RECEIPTS = receipts_of(TOLD)

LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, itself first."""
    found = [path]
    if isinstance(value, Mapping):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            found += places(inner, (*path, at))
    return found


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, Mapping) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], new)
    return copy


@st.composite
def hostile(draw: Callable[..., Any]) -> tuple[int, dict[str, Any], bool]:
    """An index, its opening with something replaced, and whether anything is truly new."""
    index = draw(st.integers(0, len(ROWS) - 1))
    row = ROWS[index]
    envelope: Any = json.loads(row["envelope"])
    groups = dict(row["groups"])
    target = draw(st.sampled_from(["envelope", *groups]))
    old = envelope if target == "envelope" else json.loads(groups[target][1])
    place = draw(st.sampled_from([p for p in places(old) if p] or [()]))
    new = put(old, place, draw(ANYTHING))
    if target == "envelope":
        envelope = new
        named = envelope.get("groups")
        groups = {n: g for n, g in groups.items() if isinstance(named, Mapping) and n in named}
    else:
        body = canonical_bytes(new)
        key = groups[target][0]
        groups[target] = (key, body)
        commitment = base64.b64encode(group_commitment(key, target, body)).decode()
        envelope["groups"][target] = commitment
    changed = {**row, "envelope": canonical_bytes(envelope), "groups": groups}
    return index, changed, new != old


@given(case=hostile())
@settings(max_examples=25)
def test_whatever_is_signed_the_verifier_ends_and_finds(
    case: tuple[int, dict[str, Any], bool],
) -> None:
    ends_and_finds(case)


@pytest.mark.long
def test_whatever_is_signed_at_length(record_property: Callable[[str, object], None]) -> None:
    count = 0

    @given(case=hostile())
    @settings(max_examples=1_000)
    def each(case: tuple[int, dict[str, Any], bool]) -> None:
        nonlocal count
        count += 1
        ends_and_finds(case)

    each()
    record_property("count", count)


def ends_and_finds(case: tuple[int, dict[str, Any], bool]) -> None:
    index, row, is_new = case
    if not isinstance(json.loads(row["envelope"]).get("groups"), dict):
        return  # our own writer refuses to write that one
    rows = [row if at == index else one for at, one in enumerate(ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        site = site_json(TOLD)
        written = write_openings(Path(folder) / "b", rows, receipts=RECEIPTS, site=site)
        outcome = verify_path(written, POLICY)
    assert outcome.exit_code in (0, 1)
    broken = {f.check for f in outcome.findings}
    signed = {Check.MANIFEST, Check.FILES, Check.CHECKPOINT, Check.ENTRIES, Check.TILES}
    assert not broken & signed
    last_of_its_chain = all(t.event.subject != TOLD[index].event.subject for t in TOLD[index + 1 :])
    if is_new and not last_of_its_chain:
        assert Check.CHAINS in broken or broken & {Check.OPENINGS, Check.ENVELOPES}


@given(value=st.dictionaries(st.text(st.characters(codec="ascii"), max_size=4), ANYTHING))
def test_the_verifiers_canonical_spelling_is_rfc_8785(value: dict[str, Any]) -> None:
    raw = canonical_bytes(value)
    assert read_canonical(raw, "it") == value


@given(raw=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_reading_is_total_and_takes_only_the_canonical_spelling(raw: bytes) -> None:
    try:
        value = read_canonical(raw, "it")
    except Malformed:
        return
    assert canonical_bytes(dict(value)) == raw


@given(raw=st.text(st.sampled_from('{}[]":,\\ u0189ad-.eE\x00né'), max_size=24).map(str.encode))
@settings(max_examples=300)
def test_it_takes_what_strict_json_and_rfc_8785_take_and_no_more(raw: bytes) -> None:
    wrapped = b'{"a":' + raw + b"}"
    for text in (raw, wrapped):
        try:
            slow = strict_json(text)
            expected = isinstance(slow, dict) and canonical_bytes(slow) == text
        except (Refusal, Breach, ValueError):
            expected = False
        try:
            read_canonical(text, "it")
            taken = True
        except Malformed:
            taken = False
        assert taken == expected


def test_deep_and_long_things_are_refused_not_fatal() -> None:
    for raw in (
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a":' + b"9" * 10_000 + b"}",
        b'{"a":1e999}',
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
    ):
        with pytest.raises(Malformed):
            read_canonical(raw, "it")
        with pytest.raises(Refusal):
            strict_json(raw)
