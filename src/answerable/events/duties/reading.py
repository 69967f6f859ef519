"""Reading the duty files. Strict: a key nobody knows or a word nobody declared stops the program.

They ship with the package, so a fault here is ours (Breach), with the file and the duty in it.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from importlib.resources import files
from typing import Any, TypeVar

from answerable.events.duties.duty import (
    Duty,
    Kind,
    Per,
    Start,
    Stop,
    Sure,
    Target,
    Tell,
    When,
    Who,
)
from answerable.kernel.errors import Breach
from answerable.kernel.time import DAY, HOUR, MINUTE

T = TypeVar("T")
FILES = ("own.toml", "us.toml", "eu.toml", "gb.toml", "ca.toml")
_UNITS: Mapping[str, int] = {"min": MINUTE, "h": HOUR, "d": DAY}
_LENGTH = re.compile(r"([0-9]{1,5}) (min|h|d)", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{2,39}", re.ASCII)
_NEEDED = frozenset(
    {
        "name",
        "kind",
        "says",
        "citation",
        "source",
        "sure",
        "reviewed",
        "in_force_from",
        "jurisdictions",
        "starts",
        "per",
        "stops",
        "set_by",
        "extends",
    }
)
_LENGTHS = frozenset({"length", "months", "working_days"})
_KNOWN = _NEEDED | _LENGTHS | {"when", "zone", "holidays", "target", "tell"}


def read_shipped() -> tuple[Duty, ...]:
    """Every duty of the shipped files, in their order."""
    folder = files(__package__)
    return tuple(
        duty for name in FILES for duty in read((folder / name).read_text("utf-8"), where=name)
    )


def read(text: str, *, where: str) -> tuple[Duty, ...]:
    """The duties of one file. Raises Breach that names file, duty and fault."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Breach(f"{where}: {fault}") from fault
    if set(table) != {"duty"}:
        raise Breach(f"{where}: a duty file holds [[duty]] tables and nothing else")
    found = tuple(_duty(row, where) for row in table["duty"])
    names = [duty.name for duty in found]
    if len(set(names)) != len(names):
        raise Breach(f"{where}: a duty stands there twice")
    return found


def millis(spelled: object, where: str) -> int:
    """`15 min`, `24 h`, `90 d`, in ms. Raises Breach."""
    match = _LENGTH.fullmatch(spelled) if isinstance(spelled, str) else None
    if match is None:
        raise Breach(f'{where}: a length is spelled "15 min", "24 h" or "90 d", not {spelled!r}')
    return int(match[1]) * _UNITS[match[2]]


def _duty(row: Mapping[str, Any], file: str) -> Duty:
    where = f"{file}, {row.get('name', 'a duty without name')}"
    if wrong := sorted(set(row) - _KNOWN):
        raise Breach(f"{where}: nobody knows {', '.join(wrong)}")
    if missing := sorted(_NEEDED - set(row)):
        raise Breach(f"{where}: {', '.join(missing)} missing")
    if len(_LENGTHS & set(row)) != 1:
        raise Breach(f"{where}: one of length, months, working_days")
    for key in ("name", "says", "citation", "source"):
        if not isinstance(row[key], str) or not row[key].strip():
            raise Breach(f"{where}: {key} is said in words")
    if not _NAME.fullmatch(row["name"]):
        raise Breach(f"{where}: a name is small letters, digits and _")
    try:
        return Duty(
            name=row["name"],
            kind=_one(Kind, row["kind"], where),
            says=row["says"],
            citation=row["citation"],
            source=row["source"],
            sure=_one(Sure, row["sure"], where),
            reviewed=_date(row["reviewed"], where),
            in_force_from=_date(row["in_force_from"], where),
            jurisdictions=tuple(str(name) for name in row["jurisdictions"]),
            starts=_one(Start, row["starts"], where),
            when=_many(When, row.get("when", ()), where),
            per=_one(Per, row["per"], where),
            stops=_many(Stop, row["stops"], where),
            set_by_law=_word(row["set_by"], ("law", "us"), where) == "law",
            length=millis(row["length"], where) if "length" in row else 0,
            months=int(row.get("months", 0)),
            working_days=int(row.get("working_days", 0)),
            zone=str(row.get("zone", "UTC")),
            holidays=str(row.get("holidays", "")),
            target=_target(row.get("target"), where),
            extends=_word(row["extends"], ("never", "two"), where) == "two",
            tell=tuple(_tell(step, where) for step in row.get("tell", ())),
        )
    except Breach as fault:
        raise Breach(str(fault) if str(fault).startswith(file) else f"{where}: {fault}") from fault


def _tell(step: Mapping[str, Any], where: str) -> Tell:
    if set(step) - {"who", "before", "after", "again"} or len({"before", "after"} & set(step)) != 1:
        raise Breach(f"{where}: a step tells who, before or after the end, and perhaps again")
    offset = -millis(step["before"], where) if "before" in step else millis(step["after"], where)
    again = millis(step["again"], where) if "again" in step else None
    if again is not None and again < MINUTE:
        raise Breach(f"{where}: a bell rings once a minute at most")
    return Tell(who=_one(Who, step["who"], where), offset=offset, again=again)


def _target(row: Mapping[str, Any] | None, where: str) -> Target | None:
    if row is None:
        return None
    if set(row) != {"median", "p95"}:
        raise Breach(f"{where}: a target has a median and a p95")
    return Target(median=millis(row["median"], where), p95=millis(row["p95"], where))


def _one(kind: Callable[[str], T], word: object, where: str) -> T:
    try:
        return kind(str(word))
    except ValueError as fault:
        raise Breach(f"{where}: {word!r} is no word for this") from fault


def _many(kind: Callable[[str], T], words: Iterable[object], where: str) -> tuple[T, ...]:
    return tuple(_one(kind, word, where) for word in words)


def _word(word: object, known: tuple[str, ...], where: str) -> str:
    if word not in known:
        raise Breach(f"{where}: {word!r} is none of {', '.join(known)}")
    return str(word)


def _date(value: object, where: str) -> date:
    if not isinstance(value, date):
        raise Breach(f"{where}: {value!r} is no date")
    return value
