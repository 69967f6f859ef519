"""Exceptions to hide first: what police must ask in writing, who agrees, and until when. Pure.

Hiding an ad may tell the trafficker that he is watched, while police are about to find the girl. So
police may ask, in writing, that alerts on named ads do not hide them for a few days. Two people
agree. Case, clocks, hold and report go on as ever; nothing here keeps an ad up that people decide
to take down.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import ActorId, AdId, Site, SubjectId
from answerable.kernel.limits import SHORT_CHARS_MAX
from answerable.kernel.time import DAY, Millis

LENGTH_MAX = 14 * DAY  # then two people look again, with a new request
ASKED_FOR = 3 * DAY  # a second who comes later decides on old news
ADS_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What police wrote. `reference`: their file's number, or the SHA-256 of the letter."""

    authority: str
    reference: str
    dated: str
    officer: str

    def forgotten(self) -> "Request":
        """What the row keeps once it is over: the rest is in the event, and can be erased there."""
        return replace(self, reference="", officer="")


@dataclass(frozen=True, slots=True, kw_only=True)
class HideException:
    """The row of an exception: asked by one, granted by another, ended by its date or a person."""

    site: Site
    id: str
    subject: SubjectId
    ads: tuple[AdId, ...]
    request: Request
    ends: Millis
    asked: Millis
    asked_by: ActorId
    renews: str | None = None
    granted: Millis | None = None
    granted_by: ActorId | None = None
    ended: Millis | None = None

    def runs_at(self, now: Millis) -> bool:
        return self.granted is not None and self.ended is None and now < self.ends

    def covers(self, ad: AdId, now: Millis) -> bool:
        return self.runs_at(now) and ad in self.ads

    def waits(self, now: Millis) -> bool:
        """Does it still wait for a second person?"""
        return self.granted is None and self.ended is None and now <= self.asked + ASKED_FOR


def check_request(request: Request) -> None:
    """Raises Refusal where the request is not a written one that somebody can find again."""
    for said, name in (
        (request.authority, "the authority"),
        (request.reference, "the file's number, or the SHA-256 of the letter"),
        (request.officer, "the officer and how to reach them"),
    ):
        if not 0 < len(said.strip()) <= SHORT_CHARS_MAX:
            raise Refusal(f"say {name}", chars_max=SHORT_CHARS_MAX)
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", request.dated):
            raise ValueError
        date.fromisoformat(request.dated)
    except ValueError:
        raise Refusal("say the day of the request, YYYY-MM-DD") from None


def check_span(ads: Sequence[AdId], ends: Millis, now: Millis) -> None:
    """Raises Refusal: no ad, too many, no end, or an end too far away."""
    if not 0 < len(ads) <= ADS_MAX or len(set(ads)) != len(ads):
        raise Refusal("an exception names its ads, each once", ads_max=ADS_MAX)
    if not now < ends <= now + LENGTH_MAX:
        raise Refusal("an exception ends, at the latest after 14 days", days_max=LENGTH_MAX // DAY)


def check_second(asked: HideException, by: ActorId, now: Millis) -> None:
    """Raises Refusal or Conflict: the same person, too late, or done already."""
    if asked.granted is not None or asked.ended is not None:
        raise Conflict("this exception was granted or dropped already")
    if asked.asked_by == by:
        raise Refusal("the second person is another person")
    if not asked.waits(now):
        raise Conflict("this was asked too long ago: ask again")
    check_span(asked.ads, asked.ends, now)
