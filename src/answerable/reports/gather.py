"""From events to the facts of a report. Everything a report says is read here, once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from answerable.events.ads import AdExpired, AdPlaced, AdReceived
from answerable.events.alerts import AlertReceived
from answerable.events.cases import CaseDecided, EvidenceViewed
from answerable.events.directives import DirectiveIssued
from answerable.events.event import Recorded
from answerable.events.screening import ScreenJudged
from answerable.kernel.errors import Breach
from answerable.kernel.time import Millis
from answerable.reports.called import emergency_calls
from answerable.reports.document import facts as f
from answerable.reports.document.parties import parties
from answerable.reports.document.values import utc
from answerable.reports.model import AdKey, Duty
from answerable.reports.store import ReportsWork
from answerable.reports.told import (
    account_of,
    connection_of,
    moment_of,
    payment_of,
    told_facts,
    with_told,
)

LINKS_MAX = 100
_BASIS = {
    "alert": f.BasisKind.ALERT,
    "stated_age": f.BasisKind.STATED_AGE,
    "known_image": f.BasisKind.KNOWN_IMAGE,
    "contact_match": f.BasisKind.CONTACT_MATCH,
    "other": f.BasisKind.OTHER,
}
_CHANNELS = {
    "web": f.Channel.WEB,
    "app": f.Channel.APP,
    "partner": f.Channel.PARTNER,
    "e-mail": f.Channel.EMAIL,
}
_ACTIONS = {"hide": f.ActionKind.AD_HIDDEN, "remove": f.ActionKind.AD_REMOVED}


def case_facts(work: ReportsWork, duty: Duty, esp: f.EspFacts) -> f.CaseFacts:
    """Every fact of the incident as of now. Reads events and projections, writes nothing."""
    decided = work.recorded(duty.decision_event)
    event = decided.event
    if not isinstance(event, CaseDecided):
        raise Breach("a report's decision is no decision")
    keys = [work.reports.ad_key(duty.site, ad) for ad in duty.ads]
    closed = [work.chain_of(duty.site, key.closed_subject) for key in keys]
    earlier = work.reports.earlier_ids(duty.site, duty.ads, duty.id)
    chain = work.chain_of(duty.site, event.subject)
    calls = emergency_calls(chain)
    facts = f.CaseFacts(
        case=duty.case,
        ads=tuple(_ad(work, duty, key) for key in keys),
        decision=_decision(event),
        esp=esp,
        prepared_at=utc(work.now()),
        links=tuple(_links(work, duty, keys, event)),
        alerts=tuple(_alerts(work, duty)),
        signals=tuple(_signals(keys, closed)),
        viewed=frozenset(_viewed(chain)),
        actions=tuple(_actions(closed)),
        prior_reports=tuple(int(i) for i in earlier if i.isdigit()),
        law_enforcement=calls.law_enforcement,
        notes=calls.notes,
    )
    facts = with_told(facts, told_facts(chain))
    return replace(facts, network=duty.case) if len(parties(facts)) > 1 else facts


def words_erased(work: ReportsWork, duty: Duty) -> bool:
    """Is a revision of one of its ads erased? Then what it said can be told no more."""
    keys = (work.reports.ad_key(duty.site, ad) for ad in duty.ads)
    return any(
        isinstance(recorded.event, AdReceived) and recorded.event.text is None
        for key in keys
        for recorded in work.chain_of(duty.site, key.open_subject)
    )


def _ad(work: ReportsWork, duty: Duty, key: AdKey) -> f.AdFacts:
    chain = work.chain_of(duty.site, key.open_subject)
    ends = _ends(chain)
    revisions = [
        _revision(work, duty, key, recorded, recorded.event, _placements(chain, recorded, ends))
        for recorded in chain
        if isinstance(recorded.event, AdReceived)
    ]
    return f.AdFacts(external_id=key.external_id, ad=key.ad, revisions=tuple(revisions))


def _ends(chain: Sequence[Recorded]) -> dict[str, Millis]:
    return {r.event.placement: r.event.happened for r in chain if isinstance(r.event, AdExpired)}


def _placements(
    chain: Sequence[Recorded], revision: Recorded, ends: Mapping[str, Millis]
) -> tuple[f.PlacementFacts, ...]:
    number = getattr(revision.event, "revision", None)
    found = []
    for recorded in chain:
        event = recorded.event
        if isinstance(event, AdPlaced) and event.revision == number:
            end = ends.get(event.placement)
            found.append(
                f.PlacementFacts(
                    kind=event.TYPE.split(".")[1],
                    section=event.section,
                    place=event.place,
                    channel=_CHANNELS[event.channel],
                    url=event.url,
                    start=utc(event.happened),
                    end=None if end is None else utc(end),
                )
            )
    return tuple(found)


def _revision(
    work: ReportsWork,
    duty: Duty,
    key: AdKey,
    recorded: Recorded,
    event: AdReceived,
    placements: tuple[f.PlacementFacts, ...],
) -> f.RevisionFacts:
    contacts = work.reports.contacts(duty.site, key.ad, event.revision)
    return f.RevisionFacts(
        number=event.revision,
        received_at=utc(recorded.recorded),
        section=event.section or None,
        place=event.place,
        language=event.language,
        texts=event.text,
        attachments=tuple(
            f.AttachmentFacts(
                sha256=a["sha256"],
                media_type=a.get("media_type"),
                original_name=a.get("original_name"),
                uploaded_at=moment_of(a.get("uploaded_at")),
                url=a.get("url"),
                stored=work.reports.has_file(duty.site, a["sha256"]),
            )
            for a in event.attachments
        ),
        account=account_of(event.account),
        connections=tuple(connection_of(c) for c in event.connections),
        payment=payment_of(event.payment),
        provenance=event.provenance,
        source=event.source,
        spooled_at=None if event.spooled_at is None else utc(Millis(event.spooled_at)),
        placements=placements,
        contacts=tuple(
            f.ContactFacts(kind=str(c["kind"]), value=str(c["value"]), technique=c.get("technique"))
            for c in contacts
            if c.get("field") != "account"
        ),
    )


def _decision(event: CaseDecided) -> f.DecisionFacts:
    return f.DecisionFacts(
        decision=event.decision,
        at=utc(event.happened),
        by_role=f.BY_POLICY if event.reviewer.startswith("system:") else "reviewer",
        reason=event.reason or None,
        basis=tuple(
            f.BasisFacts(kind=_BASIS[b["kind"]], words=b.get("words") or b["kind"])
            for b in event.basis
        ),
        urgent=event.urgent,
        urgent_reason=event.urgent_reason,
        victim=_victim(event.victim),
    )


def _victim(told: Mapping[str, Any] | None) -> f.VictimFacts | None:
    if not told:
        return None
    known = ("age", "first_name", "last_name", "screen_name", "school_name", "origin")
    return f.VictimFacts(
        **{name: told.get(name) for name in known},
        phones=tuple(told.get("phones", ())),
        emails=tuple(told.get("emails", ())),
        place=told.get("place", {}),
    )


def _links(
    work: ReportsWork, duty: Duty, keys: Sequence[AdKey], event: CaseDecided
) -> Iterable[f.LinkFacts]:
    """Links inside the incident, and those outside that the reviewer ticked."""
    ticked = {str(link["ad"]): str(link["reason"]) for link in event.linked}
    inside = set(duty.ads)
    for key in keys:
        for shared in work.reports.shared(duty.site, key.ad, LINKS_MAX):
            reason = ticked.get(shared.other)
            if shared.other not in inside and reason is None:
                continue
            said = reason or f"same {shared.kind}"
            yield f.LinkFacts(
                kind=shared.kind,
                value=shared.value,
                reason=f"{key.external_id} and {shared.other_external_id}: {said}",
                ads=(key.external_id, shared.other_external_id),
                accounts=() if shared.other_account is None else (shared.other_account,),
            )


def _alerts(work: ReportsWork, duty: Duty) -> Iterable[f.AlertFacts]:
    for subject in work.reports.alert_subjects(duty.site, duty.case):
        for recorded in work.chain_of(duty.site, subject):
            event = recorded.event
            if isinstance(event, AlertReceived) and event.alerter is not None:
                reasons = ", ".join(event.reasons) or "no reason chosen"
                yield f.AlertFacts(
                    received_at=utc(recorded.recorded),
                    role=event.alerter.get("role"),
                    summary=f"{reasons}. {event.text}".strip(),
                )


def _signals(
    keys: Sequence[AdKey], closed: Sequence[Sequence[Recorded]]
) -> Iterable[f.SignalFacts]:
    for key, chain in zip(keys, closed, strict=True):
        seen: dict[f.SignalFacts, None] = {}
        for recorded in chain:
            event = recorded.event
            if isinstance(event, ScreenJudged) and event.signals is not None:
                for signal in event.signals:
                    told = f.SignalFacts(
                        rule=signal["rule"],
                        pack=event.pack["id"],
                        pack_version=event.pack["version"],
                        ad=key.external_id,
                        revision=event.revision,
                        technique=signal.get("technique"),
                    )
                    seen.setdefault(told)
        yield from seen


def _viewed(chain: Sequence[Recorded]) -> Iterable[str]:
    return (r.event.sha256 for r in chain if isinstance(r.event, EvidenceViewed) and r.event.full)


def _actions(closed: Sequence[Sequence[Recorded]]) -> Iterable[f.ActionFacts]:
    for chain in closed:
        for recorded in chain:
            event = recorded.event
            if isinstance(event, DirectiveIssued) and event.action in _ACTIONS:
                yield f.ActionFacts(
                    kind=_ACTIONS[event.action], at=utc(event.happened), ad=event.external_id
                )
