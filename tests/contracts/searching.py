"""Looking for words in everything a database holds: every table, every column, as bytes."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import inspect, text

from answerable.adapters.sql.runner import Store


def spellings(word: str) -> list[bytes]:
    """A word as it may stand in a column: as text, and as JSON spells it."""
    import json

    return list(
        dict.fromkeys(
            [
                word.encode(),
                json.dumps(word)[1:-1].encode(),
                json.dumps(word.encode().hex()).encode(),
            ]
        )
    )


def found_in(raw: bytes, words: Iterable[str]) -> set[str]:
    """Which of these words stand in these bytes."""
    return {word for word in words if any(spelled in raw for spelled in spellings(word))}


def places_of(store: Store, words: Iterable[str]) -> dict[str, set[str]]:
    """`table.column` to the words that stand in it. Asks the database itself for its tables."""
    wanted, found = list(words), {}

    def look(work: Any) -> None:
        tables = inspect(work.conn)
        for table in tables.get_table_names():
            for row in work.conn.execute(text(f'SELECT * FROM "{table}"')).mappings():
                for column, value in row.items():
                    here = found_in(as_bytes(value), wanted)
                    if here:
                        found.setdefault(f"{table}.{column}", set()).update(here)

    store.read(look)
    return found


def as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return str(value).encode()
