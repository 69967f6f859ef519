"""Lists that come from outside: a site's inventory or crawl, the receiver's finished ids.

CSV with a header line, or JSON lines. Bytes in, rows out; a bad line is named and stops the list,
since a list half understood would make findings of its own.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from answerable.kernel.canonical import strict_json
from answerable.kernel.errors import Refusal
from answerable.kernel.time import Millis, from_datetime

ID_COLUMNS: Final = ("report_id", "reportId", "tipline_id", "id")
TEXT_COLUMN: Final = "text"

Row = tuple[int, Mapping[str, Any]]
"""A line's number, from 1, and its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    """Something that stood on the site. `line` counts from 1; `seen_at` in ms UTC.

    `text` is one text, or named fields as submitted; None where the list has no words.
    """

    line: int
    url: str | None
    external_id: str | None
    seen_at: Millis | None
    text: str | Mapping[str, str] | None

    @property
    def name(self) -> str:
        return self.external_id or self.url or f"row {self.line}"


def read_live_rows(name: str, raw: bytes) -> tuple[LiveRow, ...]:
    """`url` or `external_id` in each row; `seen_at` and words where there are any.

    `seen_at` is ISO 8601 with a zone, or whole milliseconds. Words are in `text`, or in columns
    `text.<field>` (CSV), or an object under `text` (JSON lines). Raises Refusal naming the line.
    """
    return tuple(_live_row(line, fields) for line, fields in _rows(name, raw))


def read_receiver_ids(name: str, raw: bytes) -> tuple[str, ...]:
    """The ids of a receiver's list of finished reports: a column or key of ID_COLUMNS.

    Raises Refusal naming the line.
    """
    found: list[str] = []
    for line, fields in _rows(name, raw):
        column = next((c for c in ID_COLUMNS if fields.get(c) not in (None, "")), None)
        if column is None:
            raise Refusal(f"line {line} has no id: one of {', '.join(ID_COLUMNS)}")
        found.append(str(fields[column]).strip())
    return tuple(found)


def _rows(name: str, raw: bytes) -> Iterator[Row]:
    """JSON lines by the name's end or the first byte; else CSV."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"{name} is not UTF-8") from None
    if name.endswith((".jsonl", ".ndjson")) or text.lstrip().startswith("{"):
        yield from _json_rows(text)
    else:
        yield from _csv_rows(text)


def _json_rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = strict_json(line.encode("utf-8"))
        except (Refusal, ValueError, RecursionError):
            raise Refusal(f"line {number} is no JSON object") from None
        if not isinstance(value, Mapping):
            raise Refusal(f"line {number} is no JSON object")
        yield number, value


def _csv_rows(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""))
    header: Sequence[str] = ()
    try:
        for row in reader:
            if not header:
                header = [column.strip() for column in row]
                if len(set(header)) != len(header):
                    raise Refusal("two columns have one name")
                continue
            if not any(row):
                continue
            if len(row) != len(header):
                raise Refusal(f"line {reader.line_num} has {len(row)} columns, not {len(header)}")
            yield reader.line_num, dict(zip(header, row, strict=True))
    except csv.Error as fault:
        raise Refusal(f"line {reader.line_num} is no CSV: {fault}") from None


def _live_row(line: int, fields: Mapping[str, Any]) -> LiveRow:
    url, external_id = _text(fields.get("url")), _text(fields.get("external_id"))
    if url is None and external_id is None:
        raise Refusal(f"line {line} has neither url nor external_id")
    return LiveRow(
        line=line,
        url=url,
        external_id=external_id,
        seen_at=_moment(line, fields.get("seen_at")),
        text=_words(line, fields),
    )


def _text(value: object) -> str | None:
    return None if value is None or str(value).strip() == "" else str(value).strip()


def _words(line: int, fields: Mapping[str, Any]) -> str | Mapping[str, str] | None:
    value = fields.get(TEXT_COLUMN)
    if isinstance(value, Mapping):
        if not all(isinstance(v, str) for v in value.values()):
            raise Refusal(f"line {line} has words that are no text")
        return dict(value)
    named = {
        column.removeprefix(f"{TEXT_COLUMN}."): str(text)
        for column, text in fields.items()
        if column.startswith(f"{TEXT_COLUMN}.") and text not in (None, "")
    }
    if named:
        return named
    return None if value in (None, "") else str(value)


def _moment(line: int, value: object) -> Millis | None:
    if value is None or value == "":
        return None
    text = str(value).strip()
    if text.isdecimal() and text.isascii():
        return Millis(int(text[:20]))
    try:
        return from_datetime(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise Refusal(f"line {line}: seen_at is no time with a zone") from None
