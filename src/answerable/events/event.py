"""What an event is: a frozen fact about one subject, its fields sorted into groups.

Fields live in groups (`grouped("ad_text")`), never in the envelope, so that each group can be
shown or erased on its own. The envelope says who, when, in what order, and which duties open and
close. Events of a *public* kind (their openings reach posters, crawlers or alerters) carry no
`refs`, `due` or `closes`: those would tell what came of an ad (foundations, Ids).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NewType

from answerable.kernel.canonical import Json
from answerable.kernel.errors import Breach, insist
from answerable.kernel.ids import ActorId, EventId, Site, SubjectId
from answerable.kernel.time import Millis

DutyKey = NewType("DutyKey", str)
"""A duty of one thing: `<duty name>:<our id>`, e.g. `report:<report id>`."""


class DataClass:
    """Names of data classes and their default life (foundations, Ids). Days; None: while held."""

    LIFE_DAYS: ClassVar[Mapping[str, int | None]] = {
        "ad_text": 180,
        "images": 180,
        "poster_pii": 180,
        "connections": 90,
        "link": 180,
        "verdict": 180,
        "alert_text": 365,
        "alerter": 365,
        "facts": None,
        "report": None,
        "response": None,
        "presence": None,
        "process": None,
    }


def grouped(group: str, **more: Any) -> Any:
    """A dataclass field that lives in `group`; the group is also its data class."""
    insist(group in DataClass.LIFE_DAYS, f"{group} is no declared data class")
    return field(metadata={"group": group}, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A duty this event opens: who owes it is the site, until `at` (ms UTC)."""

    duty: DutyKey
    at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The base of every event. `happened` in the world, `known` to us."""

    TYPE: ClassVar[str]
    V: ClassVar[int] = 1
    PUBLIC: ClassVar[bool] = False

    site: Site
    subject: SubjectId
    happened: Millis
    known: Millis
    actor: ActorId
    org: str = "site"
    refs: tuple[str, ...] = ()
    due: tuple[Due, ...] = ()
    closes: tuple[DutyKey, ...] = ()

    def __post_init__(self) -> None:
        if self.PUBLIC:
            insist(
                not (self.refs or self.due or self.closes),
                f"{self.TYPE} may be opened in public and names nothing of the closed chain",
            )

    def grouped_values(self) -> dict[str, dict[str, Json]]:
        """The fields, sorted into their groups, as plain JSON values."""
        groups: dict[str, dict[str, Json]] = {}
        for spec in fields(self):
            group = spec.metadata.get("group")
            if group is not None:
                groups.setdefault(group, {})[spec.name] = getattr(self, spec.name)
        return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as the store gives it back: opened, with its place in its subject's chain."""

    id: EventId
    event: Event
    sseq: int
    leaf_hash: bytes
    recorded: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An opened envelope with whichever groups were opened; what examiners read.

    `groups[name]` is None where the group is erased or withheld.
    """

    index: int
    type: str
    v: int
    site: str
    subject: str
    sseq: int
    prev: str | None
    happened: int
    known: int
    recorded: int
    actor: str
    org: str
    refs: tuple[str, ...]
    due: tuple[tuple[str, int], ...]
    closes: tuple[str, ...]
    groups: Mapping[str, Mapping[str, Any] | None]
    leaf_hash: bytes = b""

    def get(self, name: str, default: Any = None) -> Any:
        """A field by name, whichever group holds it; `default` where absent or erased."""
        for body in self.groups.values():
            if body is not None and name in body:
                return body[name]
        return default


def event_header(
    site: Site, subject: SubjectId, actor: ActorId, now: Millis, *, org: str = "site"
) -> dict[str, Any]:
    """The first fields of an event that became known as it happened: where, who, when."""
    return {
        "site": site,
        "subject": subject,
        "happened": now,
        "known": now,
        "actor": actor,
        "org": org,
    }


def header_of(event: Event, *, sseq: int, prev: str | None, recorded: Millis) -> dict[str, Json]:
    """The envelope without its groups. `prev`: leaf hash (hex) of the subject's last event."""
    header: dict[str, Json] = {
        "v": event.V,
        "type": event.TYPE,
        "site": event.site,
        "subj": event.subject,
        "sseq": sseq,
        "prev": prev,
        "happened": event.happened,
        "known": event.known,
        "recorded": recorded,
        "actor": event.actor,
        "org": event.org,
    }
    if not event.PUBLIC:
        header["refs"] = list(event.refs)
        header["due"] = [{"duty": d.duty, "at": d.at} for d in event.due]
        header["closes"] = list(event.closes)
    return header


ENVELOPE_KEYS = frozenset(
    (
        "v",
        "type",
        "site",
        "subj",
        "sseq",
        "prev",
        "happened",
        "known",
        "recorded",
        "actor",
        "org",
        "groups",
    )
)
CLOSED_KEYS = frozenset(("refs", "due", "closes"))


def opened_from(
    index: int,
    envelope: Mapping[str, Any],
    groups: Mapping[str, Mapping[str, Any] | None],
    leaf_hash: bytes = b"",
) -> Opened:
    """An Opened from a parsed envelope. Raises Breach where the envelope is not of our form."""
    keys = set(envelope)
    if keys != ENVELOPE_KEYS and keys != ENVELOPE_KEYS | CLOSED_KEYS:
        raise Breach(f"envelope keys {sorted(keys)}")
    try:
        return Opened(
            index=index,
            type=envelope["type"],
            v=envelope["v"],
            site=envelope["site"],
            subject=envelope["subj"],
            sseq=envelope["sseq"],
            prev=envelope["prev"],
            happened=envelope["happened"],
            known=envelope["known"],
            recorded=envelope["recorded"],
            actor=envelope["actor"],
            org=envelope["org"],
            refs=tuple(envelope.get("refs", ())),
            due=tuple((d["duty"], d["at"]) for d in envelope.get("due", ())),
            closes=tuple(envelope.get("closes", ())),
            groups=groups,
            leaf_hash=leaf_hash,
        )
    except (KeyError, TypeError) as fault:
        raise Breach("the envelope is not of our form") from fault
