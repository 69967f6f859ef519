"""The event of a look into the restricted store: who was given which file, when, and for what."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from answerable.events.event import Event, grouped
from answerable.kernel.ids import ActorId


class Purpose(StrEnum):
    """What the bytes of a file are given for."""

    REVIEW = "review"
    REPORT = "report"
    EXPORT = "export"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Why somebody asks for bytes. `about` names the case, report or process it is for."""

    purpose: Purpose
    by: ActorId
    about: str
    org: str = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRead(Event):
    """Bytes of a stored file were given out. On the file's own chain; written before the bytes go.

    `file` is a random name that only the store can lead back to a digest, and only while the file
    is kept: nothing here tells afterwards which picture it was.
    """

    TYPE: ClassVar[str] = "evidence.read"

    file: str = grouped("facts")
    purpose: str = grouped("facts")
    size: int = grouped("facts")
    about: str = grouped("link")
