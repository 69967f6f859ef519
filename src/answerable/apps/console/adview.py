"""One ad, opened for a reader: revisions with their signals, account, placements, directives.

Everything is read in one transaction and nothing is written. Words erased come back as None.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from answerable.adapters.sql.work import SqlWork
from answerable.ads.directives import Directive, Standing
from answerable.ads.model import Ad
from answerable.apps.console.telling import Obeyed, obeyed
from answerable.apps.console.words import Change, Mark, Run, changes, runs
from answerable.events.ads import AdExpired, AdPlaced, AdReceived
from answerable.events.event import Recorded
from answerable.events.screening import CouldNotScreen, ScreenJudged
from answerable.kernel.ids import AdId, Site
from answerable.kernel.time import Millis
from answerable.networks.model import Link
from answerable.preservation.model import Hold
from answerable.reports.document.files import revision_file, sha256

DIRECTIVES_MAX = 20
LINKS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What screening concluded on one revision, last."""

    outcome: str
    reason: str | None
    strong: bool
    pack: str
    at: Millis
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One named field of a revision; None: the revision does not have it."""

    name: str
    runs: tuple[Run, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision as received. `digest` is of its words as a report's file; None once erased."""

    number: int
    event: AdReceived
    at: Millis
    digest: str | None
    verdict: Verdict | None
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two neighbouring revisions side by side, row by row of fields."""

    old: Revision
    new: Revision
    rows: tuple[tuple[FieldView, FieldView], ...]
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that revisions name. `stored`: we hold its bytes."""

    sha256: str
    media_type: str | None
    name: str | None
    uploaded_at: str | None
    revisions: tuple[int, ...]
    stored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """A placement: when and where users could see a revision."""

    kind: str
    revision: int | None
    section: str | None
    place: Mapping[str, str]
    channel: str | None
    url: str | None
    since: Millis
    until: Millis | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """A value (account, payment) as it was from some revision on."""

    revision: int
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdView:
    """Everything that the page of a case or of an ad shows of one ad."""

    ad: Ad
    revisions: tuple[Revision, ...]
    pairs: tuple[Pair, ...]
    attachments: tuple[Attachment, ...]
    accounts: tuple[Since, ...]
    payments: tuple[Since, ...]
    connections: tuple[Mapping[str, Any], ...]
    placements: tuple[Stood, ...]
    standing: Standing
    directives: tuple[tuple[Directive, Obeyed], ...]
    holds: tuple[Hold, ...]
    links: tuple[Link, ...]
    open_chain: tuple[Recorded, ...]
    closed_chain: tuple[Recorded, ...]

    @property
    def current(self) -> Revision | None:
        return self.revisions[-1] if self.revisions else None

    @property
    def earlier(self) -> tuple[Pair, ...]:
        """All pairs but the newest, the newest first."""
        return tuple(reversed(self.pairs[:-1]))


def view_ad(work: SqlWork, site: Site, name: AdId) -> AdView:
    """Raises NotFound."""
    ad = work.ads.get(site, name)
    opened = work.chain_of(site, ad.open_subject)
    closed = work.chain_of(site, ad.closed_subject)
    verdicts = _verdicts(closed)
    received = [r for r in opened if isinstance(r.event, AdReceived)]
    revisions = tuple(
        _revision(number, recorded, verdicts.get(number))
        for number, recorded in enumerate(received)
    )
    directives = work.directives.of_ad(site, name, limit=DIRECTIVES_MAX)
    return AdView(
        ad=ad,
        revisions=revisions,
        pairs=tuple(pair(old, new) for old, new in pairwise(revisions)),
        attachments=_attachments(work, site, revisions),
        accounts=_since(revisions, "account"),
        payments=_since(revisions, "payment"),
        connections=_connections(revisions),
        placements=_placements(opened),
        standing=work.directives.standing(site, name),
        directives=tuple((directive, obeyed(directive)) for directive in directives),
        holds=work.preservation.holds_of(site, name),
        links=tuple(work.networks.links(site, name, limit=LINKS_MAX)),
        open_chain=opened,
        closed_chain=closed,
    )


def _verdicts(closed: Sequence[Recorded]) -> dict[int, Verdict]:
    """The last outcome of each revision."""
    found: dict[int, Verdict] = {}
    for recorded in closed:
        event = recorded.event
        if isinstance(event, ScreenJudged) and event.revision is not None:
            found[event.revision] = Verdict(
                outcome=event.verdict or "erased",
                reason=event.reason,
                strong=bool(event.strong),
                pack=_pack(event.pack),
                at=recorded.recorded,
                marks=_marks(event.signals or ()),
            )
        elif isinstance(event, CouldNotScreen) and event.revision is not None:
            found[event.revision] = Verdict(
                outcome="could not screen",
                reason=event.fault,
                strong=False,
                pack=_pack(event.pack),
                at=recorded.recorded,
                marks=(),
            )
    return found


def _pack(pack: Mapping[str, str] | None) -> str:
    return "erased" if pack is None else f"{pack.get('id')} {pack.get('version')}"


def _marks(signals: Iterable[Mapping[str, Any]]) -> tuple[Mark, ...]:
    return tuple(
        Mark(
            number=number,
            rule=str(signal["rule"]),
            kind=str(signal["kind"]),
            technique=str(signal.get("technique") or "plain"),
            field=str(signal["field"]),
            start=int(signal["start"]),
            end=int(signal["end"]),
        )
        for number, signal in enumerate(signals, start=1)
    )


def _revision(number: int, recorded: Recorded, verdict: Verdict | None) -> Revision:
    event = recorded.event
    if not isinstance(event, AdReceived):
        raise TypeError("a revision is an ad.received or ad.revised")
    texts = event.text
    marks = () if verdict is None else verdict.marks
    return Revision(
        number=number,
        event=event,
        at=recorded.recorded,
        digest=None if texts is None else sha256(revision_file(texts)),
        verdict=verdict,
        fields=tuple(
            FieldView(name=name, runs=runs(texts[name], _on(marks, name)))
            for name in _ordered(texts or {})
        ),
    )


def _ordered(texts: Mapping[str, str]) -> list[str]:
    """The title first, as in the file of a report."""
    return sorted(texts, key=lambda name: name != "title")


def _on(marks: Sequence[Mark], name: str) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks if mark.field == name)


def pair(old: Revision, new: Revision) -> Pair:
    """Two revisions side by side, of one ad or of two, with what changed marked."""
    left, right = old.event.text or {}, new.event.text or {}
    before = old.verdict.marks if old.verdict else ()
    after = new.verdict.marks if new.verdict else ()
    rows, changed = [], 0
    for name in dict.fromkeys((*_ordered(right), *_ordered(left))):
        was, now = left.get(name), right.get(name)
        gone, come = changes(was or "", now or "")
        changed += was != now
        rows.append(
            (
                FieldView(
                    name=name,
                    runs=None if was is None else runs(was, _on(before, name), gone, Change.GONE),
                ),
                FieldView(
                    name=name,
                    runs=None if now is None else runs(now, _on(after, name), come, Change.NEW),
                ),
            )
        )
    return Pair(old=old, new=new, rows=tuple(rows), changed=changed)


def _attachments(
    work: SqlWork, site: Site, revisions: Sequence[Revision]
) -> tuple[Attachment, ...]:
    """Each digest once, with every revision that names it."""
    named: dict[str, tuple[Mapping[str, Any], list[int]]] = {}
    for revision in revisions:
        for one in revision.event.attachments or ():
            named.setdefault(str(one["sha256"]), (one, []))[1].append(revision.number)
    return tuple(
        Attachment(
            sha256=digest,
            media_type=one.get("media_type"),
            name=one.get("original_name"),
            uploaded_at=one.get("uploaded_at"),
            revisions=tuple(dict.fromkeys(numbers)),
            stored=work.reports.has_file(site, digest),
        )
        for digest, (one, numbers) in named.items()
    )


def _since(revisions: Sequence[Revision], name: str) -> tuple[Since, ...]:
    """The values of a part over time, each where it first differs from the one before."""
    found: list[Since] = []
    for revision in revisions:
        value = getattr(revision.event, name)
        if value and (not found or found[-1].value != value):
            found.append(Since(revision=revision.number, value=value))
    return tuple(reversed(found))


def _connections(revisions: Sequence[Revision]) -> tuple[Mapping[str, Any], ...]:
    found: list[Mapping[str, Any]] = []
    for revision in revisions:
        found += [c for c in revision.event.connections or () if c not in found]
    return tuple(found)


def _placements(opened: Sequence[Recorded]) -> tuple[Stood, ...]:
    ends = {
        r.event.placement: r.event.happened
        for r in opened
        if isinstance(r.event, AdExpired) and r.event.placement is not None
    }
    return tuple(
        Stood(
            kind=event.TYPE.split(".")[1],
            revision=event.revision,
            section=event.section,
            place=event.place or {},
            channel=event.channel,
            url=event.url,
            since=event.happened,
            until=ends.get(event.placement),
        )
        for event in (r.event for r in opened)
        if isinstance(event, AdPlaced)
    )
