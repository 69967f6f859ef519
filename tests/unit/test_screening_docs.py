"""The pages on screening say what the code says."""

from pathlib import Path

from answerable.apps.cli.sources import FACTS
from answerable.screening.judge import SIGNALS_MAX
from answerable.screening.matcher import PATTERN_CHARS_MAX, REPORTS_MAX
from answerable.screening.model import ContactKind, Kind, Outcome, Technique
from answerable.screening.packs import rule_keys


def test_the_page_on_screening_names_every_technique_and_outcome(project: Path) -> None:
    page = (project / "docs/screening.md").read_text(encoding="utf-8")
    for word in (*Technique, *Outcome, *FACTS):
        assert f"`{word}`" in page, word
    for kind in ContactKind:
        assert f"* **{kind}**:" in page
    assert f"At most {SIGNALS_MAX} signals" in page
    assert f"{REPORTS_MAX:,}" in page


def test_the_page_on_packs_names_every_key(project: Path) -> None:
    page = (project / "docs/formats/pack.md").read_text(encoding="utf-8")
    for key in rule_keys():
        assert f"`{key}`" in page or f"\n    {key} = " in page or f"[rule.{key}]" in page, key
    for kind in Kind:
        assert kind in page
    assert f"at most {PATTERN_CHARS_MAX} characters" in page
