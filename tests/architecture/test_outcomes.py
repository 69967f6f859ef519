"""What came of a report is for people to read. Nothing that decides may learn from it."""

import re
from pathlib import Path

import pytest

from answerable.apps.story import NOBODY, STORY
from answerable.events.reports import OutcomeHeard

SRC = Path(__file__).resolve().parents[2] / "src" / "answerable"
NAMES = re.compile(r"\bOutcomeHeard\b|report\.outcome_heard")
READERS = {
    "events/reports.py": "the event itself",
    "events/catalogue.py": "the list of all events",
    "apps/story.py": "nobody hears it",
    "reports/handing.py": "records it",
    "reports/__init__.py": "says that the chapter records it",
    "apps/console/incident.py": "the page of a case",
    "apps/console/report.py": "the page of a report",
    "apps/console/report_words.py": "the history in words",
}
"""Every file that may name it, and what for. A rule, a queue or a filing is none of them."""


def naming() -> set[str]:
    return {
        str(path.relative_to(SRC))
        for path in SRC.rglob("*.py")
        if NAMES.search(path.read_text(encoding="utf-8"))
    }


def test_only_pages_and_the_record_know_of_it() -> None:
    assert naming() <= set(READERS), naming() - set(READERS)


def test_nobody_hears_it() -> None:
    assert STORY[OutcomeHeard] is NOBODY


@pytest.mark.parametrize(
    "chapter",
    ["screening", "cases", "alerts", "networks", "watches", "escalation", "ads", "preservation"],
)
def test_no_chapter_that_decides_has_the_word(chapter: str) -> None:
    for path in (SRC / chapter).rglob("*.py"):
        assert "outcome_heard" not in path.read_text(encoding="utf-8"), path
        assert "OutcomeHeard" not in path.read_text(encoding="utf-8"), path


def test_filing_does_not_know_of_it() -> None:
    """In its own chapter one file records it; none reads it."""
    for path in (SRC / "reports").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"isinstance\([^)]*OutcomeHeard|case \w*\.?OutcomeHeard", text), path


def test_the_rule_itself() -> None:
    assert NAMES.search("isinstance(event, OutcomeHeard)")
    assert NAMES.search('e.type == "report.outcome_heard"')
    assert not NAMES.search("outcome heard")
