"""Ads in files: CSV, JSONL and Parquet, row by row, under a map from their names to ours.

A bad row never ends the reading: it comes out as a `BadRow` with its line and reason. A file that
cannot be read at all is `SourceUnreadable`; a map that makes no sense is `MapRefused`.
Start at open_rows; ingest and screen share it through ingest_rows.py.
"""

import codecs
import csv
import difflib
import io
import json
import re
import tomllib
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from answerable.kernel.errors import Refusal

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

CELL_CHARS_MAX = 16 * 1024 * 1024  # the csv module's own limit is 131,072
RECORD_LINES_MAX = 5_000  # a quote never closed would otherwise swallow the file
BATCH_ROWS = 1_000  # of Parquet, held at once

FACTS = frozenset(
    {
        "account",
        "city",
        "country",
        "created",
        "email",
        "id",
        "language",
        "phone",
        "place",
        "price",
        "region",
        "section",
        "url",
    }
)
"""Our names that are facts about an ad; every other name is a field of its text."""
BODY = "body"


class SourceUnreadable(Refusal):
    """The file cannot be read, or not under this map: exit code 2."""


class MapRefused(Refusal):
    """The map is not `ours=theirs,…` with a body: wrong usage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row under our names. `number` counts rows from 1, `line` is where it begins in the file.

    In Parquet, which has no lines, `line` is the row's number.
    """

    number: int
    line: int
    values: Mapping[str, str]

    @property
    def fields(self) -> dict[str, str]:
        """The text of the ad, field by field as submitted: title, body, then the others."""
        names = sorted(self.values.keys() - FACTS, key=lambda n: (n != "title", n != BODY, n))
        return {name: self.values[name] for name in names}

    @property
    def facts(self) -> dict[str, str]:
        """What the row says besides the text; empty values are left out."""
        return {name: self.values[name] for name in sorted(self.values.keys() & FACTS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be taken, and why."""

    number: int
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file opened under a map. Iterating reads it; `progress` says how far, `size` how much."""

    name: str
    size: int
    rows: Iterator[Row | BadRow]
    progress: "Progress"

    def __iter__(self) -> Iterator[Row | BadRow]:
        return self.rows


@dataclass(slots=True)
class Progress:
    done: int = 0


def parse_mapping(spec: str | Sequence[str]) -> dict[str, str]:
    """`title=title,body=description`, several of them, or the path of a TOML file with [map].

    Gives our name -> theirs. Raises MapRefused.
    """
    found: dict[str, str] = {}
    for one in [spec] if isinstance(spec, str) else spec:
        pairs = _toml_pairs(Path(one)) if one.endswith(".toml") and "=" not in one else _pairs(one)
        for ours, theirs in pairs:
            if ours in found:
                raise MapRefused(f"the map names {ours} twice")
            found[ours] = theirs
    if found and BODY not in found:
        raise MapRefused("the map needs a body: body=<column with the words of the ad>")
    return found


def _pairs(spec: str) -> Iterator[tuple[str, str]]:
    for pair in filter(None, (part.strip() for part in spec.split(","))):
        ours, equals, theirs = (part.strip() for part in pair.partition("="))
        if not (equals and ours and theirs):
            raise MapRefused(f'"{pair}" is not ours=theirs, as in body=description')
        yield _our_name(ours), theirs


def _toml_pairs(path: Path) -> Iterator[tuple[str, str]]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise MapRefused(f"{path}: {fault.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise MapRefused(f"{path}: not TOML: {fault}") from None
    pairs = table.get("map", table)
    for ours, theirs in pairs.items():
        if not isinstance(theirs, str) or not theirs:
            raise MapRefused(f'{path}: {ours} = "their name" is what a map says')
        yield _our_name(ours), theirs


def _our_name(name: str) -> str:
    ours = "id" if name == "external_id" else name
    if not ours.isidentifier() or not ours.isascii():
        raise MapRefused(f'"{name}" is no name of ours: letters, digits and _')
    return ours


def open_rows(
    path: Path, mapping: Mapping[str, str] | None = None, *, encoding: str = "utf-8"
) -> Source:
    """Open a file. Without a map its own names must be ours, `body` among them.

    Raises SourceUnreadable, at once or while it is read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4096)
        size = path.stat().st_size
    except OSError as fault:
        raise SourceUnreadable(f"{path}: {fault.strerror}") from None
    if not start:
        raise SourceUnreadable(f"{path}: the file is empty")
    progress = Progress()
    wanted = dict(mapping or {})
    suffix = path.suffix.lower()
    if start.startswith(b"PAR1") or suffix == ".parquet":
        return Source(path.name, size, _parquet(path, wanted, progress, size), progress)
    if suffix in (".jsonl", ".ndjson") or start.lstrip(codecs.BOM_UTF8).lstrip()[:1] == b"{":
        return Source(path.name, size, _jsonl(path, wanted, progress), progress)
    reader = _Csv(path, wanted, progress, _encoding(start, encoding))
    return Source(path.name, size, reader.rows(), progress)


def _encoding(start: bytes, stated: str) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if stated.lower().replace("_", "-") in ("utf-8", "utf8") else stated


def _theirs(names: Sequence[str], wanted: Mapping[str, str], where: str) -> dict[str, int]:
    """Our name -> place of their column. Raises SourceUnreadable for a column that is not there."""
    if not wanted:
        wanted = _own_names(names)
        if BODY not in wanted:
            raise SourceUnreadable(
                f"{where}: which column holds the words? Say --map body=<column>",
                columns=", ".join(names),
            )
    places = {}
    for ours, theirs in wanted.items():
        count = list(names).count(theirs)
        if count == 0:
            close = difflib.get_close_matches(theirs, names, n=1)
            hint = f'; did you mean "{close[0]}"?' if close else ""
            raise SourceUnreadable(f'{where}: no column "{theirs}"{hint}', columns=", ".join(names))
        if count > 1:
            raise SourceUnreadable(f'{where}: {count} columns are called "{theirs}"')
        places[ours] = list(names).index(theirs)
    return places


_SURROGATE = re.compile("[\ud800-\udfff]")


def _has_surrogates(text: str) -> bool:
    return not text.isascii() and _SURROGATE.search(text) is not None


def _own_names(names: Collection[str]) -> dict[str, str]:
    """Without a map: the columns that are called what we call them."""
    own = {name: name for name in names if name in (BODY, "title") or name in FACTS}
    if "external_id" in names and "id" not in own:
        own["id"] = "external_id"
    return own


def _row(number: int, line: int, pairs: Iterable[tuple[str, str]]) -> Row | BadRow:
    values = dict(pairs)
    for name, value in values.items():
        if _has_surrogates(value):
            return BadRow(number=number, line=line, reason=f"{name}: bytes that are not text")
    if not values.get(BODY, "").strip():
        return BadRow(number=number, line=line, reason="body is empty")
    kept = {name: value for name, value in values.items() if value.strip() or name == BODY}
    return Row(number=number, line=line, values=kept)


@dataclass(slots=True)
class _Feed:
    """Lines for the csv module, remembered for as long as their record may turn out broken."""

    lines: Iterator[str]
    again: deque[str] = field(default_factory=deque)
    record: list[str] = field(default_factory=list)
    line: int = 1  # the first line of the record being read

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if len(self.record) >= RECORD_LINES_MAX:
            raise csv.Error(f"a quote opened here is not closed within {RECORD_LINES_MAX} lines")
        line = self.again.popleft() if self.again else next(self.lines)
        self.record.append(line)
        return line

    def settle(self) -> None:
        """The record is done with."""
        self.line += len(self.record)
        self.record = []

    def give_back(self) -> None:
        """Only the first line was bad: read the others again."""
        self.again.extendleft(reversed(self.record[1:]))
        self.line += 1
        self.record = []


@dataclass(slots=True)
class _Csv:
    path: Path
    wanted: Mapping[str, str]
    progress: Progress
    encoding: str

    def rows(self) -> Iterator[Row | BadRow]:
        csv.field_size_limit(CELL_CHARS_MAX)
        try:
            with self.path.open("rb") as file:
                yield from self._read(_Feed(self._lines(file)))
        except OSError as fault:
            raise SourceUnreadable(f"{self.path}: {fault.strerror}") from None

    def _lines(self, file: BinaryIO) -> Iterator[str]:
        """Lines with their ends; bytes that are not text become surrogates, found out later."""
        try:
            text = io.TextIOWrapper(
                file, encoding=self.encoding, errors="surrogateescape", newline=""
            )
        except LookupError:
            raise SourceUnreadable(f'"{self.encoding}" is no encoding we know') from None
        try:
            for line in text:
                self.progress.done += len(line)
                yield line
        except UnicodeError:
            raise SourceUnreadable(f"{self.path}: not {self.encoding}") from None

    def _read(self, feed: _Feed) -> Iterator[Row | BadRow]:
        header = self._header(feed)
        dialect = {"delimiter": _delimiter(header), "strict": True}
        feed.again.appendleft(header)
        feed.record = []
        reader = csv.reader(feed, **dialect)  # type: ignore[arg-type]
        try:
            names = [name.strip() for name in next(reader)]
        except csv.Error as fault:
            raise SourceUnreadable(f"{self.path}: no header: {fault}") from None
        feed.settle()
        places = _theirs(names, self.wanted, str(self.path))
        number = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as fault:
                number += 1
                yield BadRow(number=number, line=feed.line, reason=_csv_reason(str(fault)))
                feed.give_back()
                reader = csv.reader(feed, **dialect)  # type: ignore[arg-type]
                continue
            line = feed.line
            feed.settle()
            if not cells:
                continue
            number += 1
            if len(cells) != len(names):
                reason = f"{len(cells)} columns where the header has {len(names)}"
                yield BadRow(number=number, line=line, reason=reason)
                continue
            yield _row(number, line, ((ours, cells[at]) for ours, at in places.items()))

    def _header(self, feed: _Feed) -> str:
        for line in feed:
            if line.strip():
                if "\0" in line or _has_surrogates(line):
                    break
                return line
            feed.settle()
        raise SourceUnreadable(f"{self.path}: no header line; is it CSV, JSONL or Parquet?")


def _delimiter(header: str) -> str:
    """A comma, unless the header has none and has semicolons or tabs."""
    return next((mark for mark in ",;\t" if mark in header), ",")


def _csv_reason(fault: str) -> str:
    if "unexpected end of data" in fault:
        return "a quote opened here is never closed"
    if "expected after" in fault:
        return "something stands after a closing quote"
    return fault


def _jsonl(path: Path, wanted: Mapping[str, str], progress: Progress) -> Iterator[Row | BadRow]:
    number = 0
    try:
        with path.open("rb") as file:
            for line, raw in enumerate(file, 1):
                progress.done += len(raw)
                bare = raw.removeprefix(codecs.BOM_UTF8) if line == 1 else raw
                if not bare.strip():
                    continue
                number += 1
                yield _json_row(number, line, bare, wanted)
    except OSError as fault:
        raise SourceUnreadable(f"{path}: {fault.strerror}") from None


def _json_row(number: int, line: int, raw: bytes, wanted: Mapping[str, str]) -> Row | BadRow:
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_twins)
    except UnicodeDecodeError:
        return BadRow(number=number, line=line, reason="bytes that are not UTF-8")
    except _TwinKeysError as fault:
        return BadRow(number=number, line=line, reason=f'"{fault}" stands twice in one object')
    except (json.JSONDecodeError, RecursionError) as fault:
        column = getattr(fault, "colno", 1)
        return BadRow(number=number, line=line, reason=f"not JSON, from column {column}")
    if not isinstance(value, dict):
        return BadRow(number=number, line=line, reason="not an object in braces")
    names = wanted or _own_names(value)
    if BODY not in names or names[BODY] not in value:
        missing = names.get(BODY, BODY)
        return BadRow(number=number, line=line, reason=f'no "{missing}" here')
    pairs = []
    for ours, theirs in names.items():
        text = _spell(value.get(theirs))
        if text is None:
            reason = f'"{theirs}" is neither text nor a number'
            return BadRow(number=number, line=line, reason=reason)
        pairs.append((ours, text))
    return _row(number, line, pairs)


class _TwinKeysError(ValueError):
    pass


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwinKeysError(next(key for key in keys if keys.count(key) > 1))
    return found


def _spell(value: object) -> str | None:
    """A cell as text; None if it is no single value."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case bytes():
            return value.decode("utf-8", "surrogateescape")
        case list() | dict() | tuple():
            return None
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _parquet(
    path: Path, wanted: Mapping[str, str], progress: Progress, size: int
) -> Iterator[Row | BadRow]:
    import pyarrow as pa
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    try:
        with pq.ParquetFile(path) as file:
            places = _theirs(file.schema_arrow.names, wanted, str(path))
            names = [file.schema_arrow.names[at] for at in places.values()]
            total = max(1, file.metadata.num_rows)
            number = 0
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=names):
                for row in _arrow_rows(batch, dict(zip(places, names, strict=True)), number):
                    number += 1
                    progress.done = size * number // total
                    yield row
    except (pa.ArrowException, OSError) as fault:
        reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise SourceUnreadable(f"{path}: not readable as Parquet: {reason}") from None


def _arrow_rows(
    batch: "pa.RecordBatch", names: Mapping[str, str], before: int
) -> Iterator[Row | BadRow]:
    columns = {ours: batch.column(theirs) for ours, theirs in names.items()}
    for index in range(batch.num_rows):
        number = before + index + 1
        pairs = []
        fault = None
        for ours, column in columns.items():
            try:
                text = _spell(column[index].as_py())
            except (UnicodeDecodeError, ValueError):
                text, fault = "", f"{ours}: bytes that are not text"
            if text is None:
                text, fault = "", f'"{names[ours]}" is neither text nor a number'
            pairs.append((ours, text))
        if fault is not None:
            yield BadRow(number=number, line=number, reason=fault)
        else:
            yield _row(number, number, pairs)
