"""The live comparison: what a site's inventory or a crawl shows, against what was submitted.

The log can never show what was kept from it; the world can. Each row says: this stood there then.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from answerable.audit.finding import AuditFinding, in_order
from answerable.audit.rows import LiveRow
from answerable.events.duties.lapse import number
from answerable.events.duties.obeying import WANTS_DOWN, WANTS_UP
from answerable.events.event import Opened
from answerable.kernel.time import Millis

DUTY = "live_as_recorded"
_BEGINS = ("ad.published", "ad.renewed", "ad.moved")
_ENDS = ("ad.expired", "ad.withdrawn", "ad.removed")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveReport:
    """`rows` compared, of which `matched` an ad; `uncompared` had words that could not be compared
    (erased here, or not in the list)."""

    rows: int
    matched: int
    uncompared: int
    findings: tuple[AuditFinding, ...]


@dataclass(slots=True)
class _Ad:
    """One ad's own events, in leaf order."""

    name: str
    external_id: str | None = None
    revisions: list[Opened] = field(default_factory=list)
    directives: list[Opened] = field(default_factory=list)
    acknowledged: dict[str, int] = field(default_factory=dict)
    placements: list[Opened] = field(default_factory=list)
    ends: list[Opened] = field(default_factory=list)

    def stands(self, at: int) -> list[Opened]:
        """Placements begun and not ended at `at`."""
        ended = {e.get("placement") for e in self.ends if e.happened <= at}
        return [p for p in self.placements if p.happened <= at and p.get("placement") not in ended]

    def directive_at(self, at: int) -> Opened | None:
        """The last one issued by then."""
        issued = [d for d in self.directives if d.known <= at]
        return issued[-1] if issued else None


def compare_live(
    rows: Sequence[LiveRow], opened: Sequence[Opened], now: Millis, *, whole: bool = True
) -> LiveReport:
    """Compare. `whole`: the list claims to hold everything live, so what is missing is told too.

    A row without `seen_at` is taken as seen at `now`.
    """
    ads = _ads(opened)
    by_external = {ad.external_id: ad for ad in ads.values() if ad.external_id is not None}
    by_url = {str(p.get("url")): ad for ad in ads.values() for p in ad.placements if p.get("url")}
    findings: list[AuditFinding] = []
    matched: dict[str, int] = {}
    uncompared = 0
    for row in rows:
        at = now if row.seen_at is None else row.seen_at
        ad = by_external.get(row.external_id) if row.external_id else None
        ad = ad or (by_url.get(row.url) if row.url else None)
        if ad is None:
            words = f"{row.name} was live and was never submitted"
            findings.append(_row_finding("never submitted", words, row))
            continue
        matched[ad.name] = max(matched.get(ad.name, 0), at)
        findings += _against_record(row, ad, at)
        said = _in_other_words(row, ad, at)
        uncompared += said is None
        findings += said or []
    if whole:
        latest = max((now if r.seen_at is None else r.seen_at for r in rows), default=now)
        findings += _not_there(ads, set(matched), latest)
    return LiveReport(
        rows=len(rows),
        matched=len(matched),
        uncompared=uncompared,
        findings=in_order(findings),
    )


def _ads(opened: Sequence[Opened]) -> Mapping[str, _Ad]:
    ads: defaultdict[str, list[Opened]] = defaultdict(list)
    for event in opened:
        ad = event.get("ad")
        if isinstance(ad, str) and event.type.startswith(("ad.", "directive.")):
            ads[ad].append(event)
    return {name: _one_ad(name, events) for name, events in ads.items()}


def _one_ad(name: str, events: Sequence[Opened]) -> _Ad:
    ad = _Ad(name)
    for event in events:
        if (external := event.get("external_id")) is not None:
            ad.external_id = str(external)
        if event.type in ("ad.received", "ad.revised"):
            ad.revisions.append(event)
        elif event.type in _BEGINS:
            ad.placements.append(event)
        elif event.type in _ENDS:
            ad.ends.append(event)
        elif event.type == "directive.issued":
            ad.directives.append(event)
        elif event.type == "directive.acknowledged":
            ad.acknowledged.setdefault(str(event.get("directive")), event.known)
    return ad


def _against_record(row: LiveRow, ad: _Ad, at: int) -> list[AuditFinding]:
    """Live before it was submitted, without leave, or against a directive whose time had come."""
    first = ad.revisions[0] if ad.revisions else None
    if first is not None and first.known > at:
        words = f"{row.name} was live before it was submitted"
        return [_row_finding("before submission", words, row, first)]
    directive = ad.directive_at(at)
    if directive is None:
        words = f"{row.name} was live and no directive to publish it had been issued"
        return [_row_finding("no leave", words, row, *ad.revisions[:1])]
    action = str(directive.get("action"))
    if action not in WANTS_DOWN:
        return []
    name = str(directive.get("directive"))
    told = min(number(directive.get("deadline")) or at, ad.acknowledged.get(name, at + 1))
    if at < told:
        return []
    said = "acknowledged " if ad.acknowledged.get(name, at + 1) <= at else ""
    words = f"{row.name} was live against the {said}directive to {action}"
    return [_row_finding("against a directive", words, row, directive)]


def _in_other_words(row: LiveRow, ad: _Ad, at: int) -> list[AuditFinding] | None:
    """None where there is nothing to compare; else the finding, if the words differ."""
    if row.text is None:
        return []
    known = [r for r in ad.revisions if r.known <= at]
    submitted = known[-1].get("text") if known else None
    if not isinstance(submitted, Mapping):
        return None
    if _same_words(row.text, submitted):
        return []
    words = f"{row.name} was live in other words than its last revision"
    return [_row_finding("other words", words, row, known[-1])]


def _same_words(shown: str | Mapping[str, str], submitted: Mapping[str, str]) -> bool:
    """Only line endings are made equal. One text stands for the body, or for all fields joined."""
    fields = {name: _lines(value) for name, value in submitted.items()}
    if isinstance(shown, Mapping):
        return all(fields.get(name) == _lines(value) for name, value in shown.items())
    ordered = [fields[name] for name in sorted(fields)]
    ways = {"\n".join(ordered), "\n\n".join(ordered)}
    if "body" in fields:
        ways.add(fields["body"])
    return _lines(shown) in ways


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def _not_there(ads: Mapping[str, _Ad], seen: set[str], at: int) -> list[AuditFinding]:
    """Placed on the web and allowed to stand, and the whole list does not have it."""
    found: list[AuditFinding] = []
    for name, ad in ads.items():
        standing = [p for p in ad.stands(at) if p.get("channel") == "web"]
        directive = ad.directive_at(at)
        allowed = directive is not None and directive.get("action") in WANTS_UP
        if standing and allowed and name not in seen:
            words = f"{ad.external_id} is placed and was not live"
            found.append(
                AuditFinding(
                    duty=DUTY,
                    kind="not live",
                    words=words,
                    subject=standing[-1].subject,
                    index=standing[-1].index,
                    indices=(standing[-1].index,),
                    ids=(name,),
                )
            )
    return found


def _row_finding(kind: str, words: str, row: LiveRow, *events: Opened) -> AuditFinding:
    return AuditFinding(
        duty=DUTY,
        kind=kind,
        words=words,
        subject=events[0].subject if events else "",
        index=events[0].index if events else None,
        indices=tuple(e.index for e in events),
        ids=(row.name,),
        row=row.line,
    )
