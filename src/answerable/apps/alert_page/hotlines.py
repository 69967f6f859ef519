"""Hotlines: who else somebody can call, by country and language, from a file of the operator's."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from answerable.apps.public.languages import SOURCE
from answerable.kernel.errors import Refusal

EXAMPLES = Path(__file__).parent / "hotlines.toml"
LINES_MAX = 50

Code = Annotated[str, StringConstraints(pattern="^[a-z]{2}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Number = Annotated[str, StringConstraints(pattern=r"^[+*0-9][0-9 ()./*#-]{1,30}$")]


class _LineIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
    languages: list[Code]
    number: Number
    name: dict[Code, Text]
    hours: dict[Code, Text] = {}


class _FileIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    example: bool = False
    hotline: list[_LineIn]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text and the language it is in, which need not be the page's."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    """One line as the page shows it."""

    country: str
    languages: tuple[str, ...]
    number: str
    name: Said
    hours: Said | None

    @property
    def dialled(self) -> str:
        """The number as a `tel:` address takes it (RFC 3966): digits, and `+` in front."""
        return re.sub(r"[^+0-9*#]", "", self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotlines:
    """All lines of a file. `example`: nobody answers these numbers."""

    example: bool
    _lines: tuple[_LineIn, ...]

    def spoken(self, lang: str) -> Sequence[Hotline]:
        """Every line, those that speak this language first; else in the order of the file."""
        ordered = sorted(self._lines, key=lambda line: lang not in line.languages)
        return [
            Hotline(
                country=line.country,
                languages=tuple(line.languages),
                number=line.number,
                name=_said(line.name, lang),
                hours=_said(line.hours, lang) if line.hours else None,
            )
            for line in ordered
        ]


def _said(texts: Mapping[str, str], lang: str) -> Said:
    """In this language, else in English, else in whatever there is."""
    found = next(code for code in (lang, SOURCE, *texts) if code in texts)
    return Said(text=texts[found], lang=found)


def load_hotlines(path: Path | None) -> Hotlines:
    """The operator's file, or the examples. Raises Refusal, saying what is wrong with the file."""
    source = path or EXAMPLES
    try:
        read = _FileIn.model_validate(tomllib.loads(source.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise Refusal(f"the hotlines cannot be read from {source}: {fault}") from None
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refusal(f"the hotlines in {source} are wrong at {where}: {first['msg']}") from None
    if not 0 < len(read.hotline) <= LINES_MAX or any(not line.name for line in read.hotline):
        raise Refusal(f"{source} names 1 to {LINES_MAX} hotlines, each with a name")
    return Hotlines(example=read.example, _lines=tuple(read.hotline))
