"""Whom staff telephone when a child may be in danger now: the operator's own list."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from answerable.apps.alert_page.hotlines import Number, Text, load_hotlines
from answerable.apps.home import Home
from answerable.apps.settings import Settings
from answerable.cases.emergency import Called
from answerable.kernel.errors import Refusal

EXAMPLES = Path(__file__).parent / "emergency.toml"
HOME_NAME = "emergency.toml"
LINES_MAX = 50


class _LineIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Text
    area: Text
    number: Number
    note: Annotated[str, StringConstraints(max_length=500)] = ""


class _FileIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    example: bool = False
    police: list[_LineIn]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One number. `example`: nobody answers it."""

    kind: Called
    name: str
    area: str
    number: str
    note: str
    example: bool

    @property
    def dialled(self) -> str:
        """The number as a `tel:` address takes it."""
        return re.sub(r"[^+0-9*#]", "", self.number)


def emergency_lines(settings: Settings, home: Home) -> tuple[Line, ...]:
    """The police first, then hotlines. Raises Refusal, saying what is wrong with a file."""
    own = home.root / HOME_NAME
    source = settings.emergency or (own if own.is_file() else EXAMPLES)
    try:
        read = _FileIn.model_validate(tomllib.loads(source.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise Refusal(f"the emergency numbers cannot be read from {source}: {fault}") from None
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refusal(f"the numbers in {source} are wrong at {where}: {first['msg']}") from None
    if not 0 < len(read.police) <= LINES_MAX:
        raise Refusal(f"{source} names 1 to {LINES_MAX} police numbers")
    police = tuple(
        Line(
            kind=Called.POLICE,
            name=one.name,
            area=one.area,
            number=one.number,
            note=one.note,
            example=read.example,
        )
        for one in read.police
    )
    hotlines = load_hotlines(settings.hotlines)
    return police + tuple(
        Line(
            kind=Called.HOTLINE,
            name=one.name.text,
            area=one.country,
            number=one.number,
            note="" if one.hours is None else one.hours.text,
            example=hotlines.example,
        )
        for one in hotlines.spoken("en")
    )
