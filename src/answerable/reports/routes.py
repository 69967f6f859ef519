"""Routes: to whom a report goes besides NCMEC, by which law, and what NCMEC's report covers. Data.

Pure but for the one file beside it, which is part of the program.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

from answerable.events.duties.clocks import EVERYWHERE, duty_named
from answerable.events.duties.duty import Stop
from answerable.kernel.errors import NotFound, insist

REVIEW_DAYS_MAX: Final = 365


class Protocol(StrEnum):
    """How a report gets there."""

    CYBERTIPLINE = "cybertipline"
    PACKAGE = "package"
    PHONE = "phone"


class When(StrEnum):
    """Which reports a route is for."""

    REPORT = "report"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One authority. `duties` are the clocks that handing over stops."""

    id: str
    name: str
    country: str
    jurisdiction: str
    law: str
    source: str
    sure: str
    reviewed: date
    duties: tuple[str, ...]
    when: When
    protocol: Protocol
    satisfied_by_ncmec: bool
    satisfied_source: str
    must_hold: tuple[str, ...]

    def __post_init__(self) -> None:
        insist(self.sure in ("read", "second-hand", "own"), f"{self.id}: nobody guesses a law")
        said = (self.name, self.law, self.source, self.satisfied_source)
        insist(all(said), f"{self.id} cites its law and its source")
        if self.protocol is Protocol.PACKAGE:
            stops = [duty_named(name).stops for name in self.duties]
            insist(bool(stops), f"{self.id} does a duty")
            insist(all(Stop.DONE in one for one in stops), f"{self.id}: its duties end by hand")

    def applies(self, served: frozenset[str], *, urgent: bool) -> bool:
        """Does the site owe it for such a report?"""
        here = self.jurisdiction == EVERYWHERE or self.jurisdiction in served
        return here and (urgent or self.when is When.REPORT)


def _read(row: Mapping[str, Any]) -> Route:
    told = dict(row)
    return Route(
        **{
            **told,
            "duties": tuple(told["duties"]),
            "must_hold": tuple(told["must_hold"]),
            "when": When(told["when"]),
            "protocol": Protocol(told["protocol"]),
        }
    )


def _load() -> tuple[Route, ...]:
    raw = files("answerable.reports").joinpath("routes.toml").read_text(encoding="utf-8")
    routes = tuple(_read(row) for row in tomllib.loads(raw)["route"])
    insist(len({route.id for route in routes}) == len(routes), "a route is listed once")
    return routes


EVERY_ROUTE: Final = _load()


def route_named(name: str) -> Route:
    """Raises NotFound."""
    found = next((route for route in EVERY_ROUTE if route.id == name), None)
    if found is None:
        raise NotFound("no such route", route=name)
    return found


def packages_for(served: frozenset[str], *, urgent: bool) -> tuple[Route, ...]:
    """The other authorities that such a report concerns, in the order of the file."""
    return tuple(
        route
        for route in EVERY_ROUTE
        if route.protocol is Protocol.PACKAGE and route.applies(served, urgent=urgent)
    )
