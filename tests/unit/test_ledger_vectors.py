"""The published vectors for inclusion and consistency, read by path (loud skip if not here)."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from answerable.ledger.merkle import verify_consistency, verify_inclusion

# Its roots are a phrase, not 32 bytes: whoever checks lengths first must turn it away.
PLACEHOLDER = "additional/sizes-are-equal-one-and-proof-is-empty.json"


def unbase64(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def vectors(folder: Path) -> list[tuple[str, dict[str, object]]]:
    found = sorted(folder.rglob("*.json"))
    return [(str(path.relative_to(folder)), json.loads(path.read_text())) for path in found]


def test_inclusion(shared_path: Callable[[str], Path]) -> None:
    given = vectors(shared_path("data/merkle-vectors/inclusion"))
    assert len(given) == 98
    for name, v in given:
        held = verify_inclusion(
            v["leafIdx"],
            v["treeSize"],
            unbase64(v["leafHash"]),
            [unbase64(h) for h in v["proof"] or []],
            unbase64(v["root"]),
        )
        assert held is not v["wantErr"], name


def test_consistency(shared_path: Callable[[str], Path]) -> None:
    given = vectors(shared_path("data/merkle-vectors/consistency"))
    assert len(given) == 98
    disagree = []
    for name, v in given:
        held = verify_consistency(
            v["size1"],
            v["size2"],
            unbase64(v["root1"]),
            unbase64(v["root2"]),
            [unbase64(h) for h in v["proof"] or []],
        )
        if held is v["wantErr"]:
            disagree.append((name, len(unbase64(v["root1"]))))
    assert disagree == [(PLACEHOLDER, 12)]


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_the_vectors_say_both_yes_and_no(shared_path: Callable[[str], Path], kind: str) -> None:
    wanted = {v["wantErr"] for _n, v in vectors(shared_path(f"data/merkle-vectors/{kind}"))}
    assert wanted == {True, False}
