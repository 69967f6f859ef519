"""10,000 decisions through a receiver that fails one call in five: parts 3 and 4 of four."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faults.many_decisions import PARTS, decide_and_file


@pytest.mark.slow
@pytest.mark.parametrize("part", [3, 4])
def test_each_decision_is_one_report(
    part: int,
    tmp_path: Path,
    how_many: Callable[[int, int], int],
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    """No duplicate, nothing left over, and the bytes that were written down."""
    came = decide_and_file(tmp_path, PARTS * seed + part, how_many(15, 2_500))
    for name, value in came.items():
        record_property(name, value)
