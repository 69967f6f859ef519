"""From rows to ads: identity and fields, the same for `ingest` and `screen`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from answerable.apps.cli.sources import BadRow, Row, Source, open_rows
from answerable.kernel.limits import (
    EXTERNAL_ID_CHARS_MAX,
    SHORT_CHARS_MAX,
    TEXT_FIELD_CHARS_MAX,
    TEXT_FIELDS_MAX,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdRow:
    """An ad as a row tells it, within the bounds of intake.

    `external_id` is the mapped id, else `<source name>:<row number>`. `text` is as submitted.
    """

    number: int
    line: int
    external_id: str
    text: Mapping[str, str]
    facts: Mapping[str, str]

    @property
    def section(self) -> str | None:
        return self.facts.get("section")

    @property
    def language(self) -> str | None:
        return self.facts.get("language")


def read_ads(
    path: Path, mapping: Mapping[str, str] | None = None, *, encoding: str = "utf-8"
) -> tuple[Source, Iterator[AdRow | BadRow]]:
    """The opened source (for its size and progress) and its ads in order."""
    source = open_rows(path, mapping, encoding=encoding)
    return source, (ad_of(one, source.name) if isinstance(one, Row) else one for one in source)


def ad_of(row: Row, source: str) -> AdRow | BadRow:
    """The ad of a row, or why it is none."""
    text, facts = row.fields, row.facts
    identity = facts.pop("id", "").strip() or f"{source}:{row.number}"
    reason = _too_much(identity, text, facts)
    if reason is not None:
        return BadRow(number=row.number, line=row.line, reason=reason)
    return AdRow(number=row.number, line=row.line, external_id=identity, text=text, facts=facts)


def _too_much(identity: str, text: Mapping[str, str], facts: Mapping[str, str]) -> str | None:
    if len(identity) > EXTERNAL_ID_CHARS_MAX:
        return f"id has {len(identity)} characters; {EXTERNAL_ID_CHARS_MAX} is the most"
    if len(text) > TEXT_FIELDS_MAX:
        return f"{len(text)} text fields; {TEXT_FIELDS_MAX} is the most"
    for name, value in text.items():
        if len(value) > TEXT_FIELD_CHARS_MAX:
            return f"{name} has {len(value)} characters; {TEXT_FIELD_CHARS_MAX} is the most"
    for name, value in facts.items():
        if len(value) > SHORT_CHARS_MAX:
            return f"{name} has {len(value)} characters; {SHORT_CHARS_MAX} is the most"
    return None
