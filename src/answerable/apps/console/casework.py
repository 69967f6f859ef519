"""The case page and its steps: claim, look, decide, propose, second, contradict, undo.

Each step is one press of one button with the session's key in its form. A refusal comes back on
the page itself, beside the form, with everything that was typed.
"""

from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console import choice as choices
from answerable.apps.console.choice import Typed
from answerable.apps.console.incident import Incident, gather, waiting_case
from answerable.apps.console.preview import preview
from answerable.apps.console.telling import (
    BASIS,
    CASE_STATUS,
    CAUSES,
    KINDS,
    REASONS,
    REPORT_STATUS,
    report_tone,
    spaced,
    urgency_word,
)
from answerable.apps.console.visit import Desk, Visit, go, reason_of
from answerable.cases.byhand import Deed
from answerable.cases.model import DecisionKind
from answerable.events.cases import EvidenceViewed
from answerable.events.evidence import Purpose, Reading
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import CaseId, ClockId, DecisionId, ReportId, Site

P = Permission
READ = (
    P.CASE_READ,
    P.AD_READ,
    P.ALERT_READ,
    P.DIRECTIVE_READ,
    P.HOLD_READ,
    P.REPORT_READ,
)
"""A case's page shows all of these at once; whoever lacks one does not see the page."""
DECIDE = (*READ, P.CASE_DECIDE)
LOOK = (P.CASE_READ, P.EVIDENCE_VIEW)
RESUME = (P.CASE_READ, P.REPORT_RESUME)
INLINE = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
"""Kinds of picture that a browser shows by themselves, told by their first bytes."""


def case_of(visit: Visit) -> CaseId:
    return CaseId(visit.path["case"])


def case_path(case: str) -> str:
    return f"/console/cases/{case}"


def case_page(desk: Desk, visit: Visit) -> Response:
    """The incident; whoever looks is shown to others who have it open."""
    desk.house.be_present(desk.site, visit.actor, case_of(visit))
    incident = gather(desk, visit, case_of(visit))
    urgent = visit.query.one("urgent") == "1"  # from the emergency sheet
    typed = choices.for_emergency(incident) if urgent else choices.fresh(incident)
    return _page(desk, visit, incident, typed)


def claim(desk: Desk, visit: Visit) -> Response:
    """Take the case in hand. It bars nobody, and stops the clock to a first look."""
    try:
        desk.house.claim_case(desk.site, visit.actor, case_of(visit))
    except Conflict as refused:
        return again(desk, visit, refused)
    return go(case_path(case_of(visit)), "claimed")


def add(desk: Desk, visit: Visit) -> Response:
    """An ad comes to the incident by hand, named by the site's own id or by its URL."""
    named = visit.form.one("ad")
    found = desk.house.store.read(lambda work: work.cases.ad_named(desk.site, named))
    try:
        if found is None:
            raise Refusal("no ad of ours has this id or address")
        desk.house.add_ad(desk.site, visit.actor, case_of(visit), found.ad)
    except Refusal as refused:
        return again(desk, visit, refused, said=named)
    return go(case_path(case_of(visit)), "added")


def merge(desk: Desk, visit: Visit) -> Response:
    """Another case comes into this one, named by an ad of it, or by its own id."""
    named, reason = visit.form.one("other"), visit.form.one("reason")
    try:
        other = desk.house.store.read(lambda work: _waiting_case(work, desk.site, named))
        if other is None:
            raise Refusal("no case waits for a decision under this ad, address or id")
        desk.house.merge_cases(desk.site, visit.actor, case_of(visit), other, reason)
    except Refusal as refused:
        return again(desk, visit, refused, said=reason)
    return go(case_path(case_of(visit)), "merged")


def _waiting_case(work: SqlWork, site: Site, named: str) -> CaseId | None:
    ad = work.cases.ad_named(site, named)
    if ad is not None:
        return waiting_case(work, site, ad.ad)
    try:
        return work.cases.get(site, CaseId(named)).id
    except NotFound:
        return None


def look(desk: Desk, visit: Visit) -> Response:
    """A person looks at a file or at words, and that is on record before anything is shown."""
    digest, whole = visit.form.one("sha256"), visit.form.one("whole") == "1"
    desk.house.view_evidence(desk.site, visit.actor, case_of(visit), digest, full=whole)
    return go(case_path(case_of(visit)), "viewed", f"#file-{digest[:16]}", file=digest)


def file(desk: Desk, visit: Visit) -> Response:
    """The bytes of a file, for whoever is on record as having looked at it in this case."""
    digest = visit.path["sha256"]
    view = desk.house.read_case(desk.site, visit.actor, case_of(visit))
    looked = (r.event for r in view.history if isinstance(r.event, EvidenceViewed))
    if not any(e.sha256 == digest and e.actor == visit.actor.id for e in looked):
        raise NotFound("open this file from the page of the case first")
    why = Reading(
        purpose=Purpose.REVIEW,
        by=visit.actor.id,
        org=visit.actor.organisation,
        about=case_of(visit),
    )
    content = desk.house.files.read(desk.site, digest, why)
    kind = next((kind for start, kind in INLINE.items() if content.startswith(start)), None)
    if kind is None and content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        kind = "image/webp"
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if kind is None:
        headers["Content-Disposition"] = f'attachment; filename="{digest[:16]}.bin"'
    return Response(content, media_type=kind or "application/octet-stream", headers=headers)


def decide(desk: Desk, visit: Visit) -> Response:
    """One press decides; `no_action` where two must agree becomes a proposal."""
    incident = gather(desk, visit, case_of(visit))
    typed = choices.read(visit.form)
    try:
        choice = choices.choice_of(typed, incident)
        by = (desk.site, visit.actor, case_of(visit))
        if choice.kind is DecisionKind.NO_ACTION and incident.case.needs_second:
            desk.house.propose_decision(*by, choice)
            return go(case_path(case_of(visit)), "proposed")
        desk.house.decide_case(*by, choice)
    except Refusal as refused:
        return again(desk, visit, refused, typed)
    return go(case_path(case_of(visit)), "decided")


def done(desk: Desk, visit: Visit) -> Response:
    """A duty was done outside: to whom, under which reference, what."""
    deed = Deed(
        to=visit.form.one("to"),
        reference=visit.form.one("reference"),
        words=visit.form.one("words"),
    )
    clock = ClockId(visit.form.one("clock"))
    try:
        desk.house.say_done(desk.site, visit.actor, case_of(visit), clock, deed)
    except Refusal as refused:
        return again(desk, visit, refused)
    return go(case_path(case_of(visit)), "done")


def preview_page(desk: Desk, visit: Visit) -> Response:
    """The report that would be filed if this form were decided now. Nothing is written."""
    incident = gather(desk, visit, case_of(visit))
    typed = choices.read(visit.form) if visit.form.has("form_key") else choices.fresh(incident)
    supposed = typed if typed.kind else choices.as_report(typed)
    shown, refused = None, None
    try:
        choice = choices.choice_of(supposed, incident)
        if choice.kind is DecisionKind.REPORT:
            shown = preview(desk, visit, incident.case, choice)
    except Refusal as fault:
        refused = fault
    return desk.html(
        "preview.html",
        visit,
        200 if refused is None else 422,
        preview=shown,
        at_form=True,
        **_told(incident, typed, refused),
    )


def second(desk: Desk, visit: Visit) -> Response:
    """The second person agrees to exactly the proposal that stood on their page."""
    named, reason = DecisionId(visit.form.one("decision")), visit.form.one("reason")
    try:
        desk.house.second_decision(desk.site, visit.actor, case_of(visit), named, reason)
    except Refusal as refused:
        return again(desk, visit, refused, said=reason)
    return go(case_path(case_of(visit)), "confirmed")


def contradict(desk: Desk, visit: Visit) -> Response:
    """Somebody says no to the proposal, or its author takes it back."""
    named, reason = DecisionId(visit.form.one("decision")), visit.form.one("reason")
    try:
        desk.house.contradict_decision(desk.site, visit.actor, case_of(visit), named, reason)
    except Refusal as refused:
        return again(desk, visit, refused, said=reason)
    return go(case_path(case_of(visit)), "contradicted")


def undo(desk: Desk, visit: Visit) -> Response:
    """The same reviewer takes a report back before it is filed."""
    named, reason = DecisionId(visit.form.one("decision")), visit.form.one("reason")
    try:
        desk.house.undo_decision(desk.site, visit.actor, case_of(visit), named, reason)
    except Refusal as refused:
        return again(desk, visit, refused, said=reason)
    return go(case_path(case_of(visit)), "undone")


def resume(desk: Desk, visit: Visit) -> Response:
    """A person dealt with what stopped a report; it goes on by itself."""
    report, what = ReportId(visit.path["report"]), visit.form.one("what")
    by = visit.actor
    duty = desk.house.store.read(lambda work: work.reports.get(desk.site, report))
    desk.house.resume_report(desk.site, report, what, by.id, by.organisation)
    return go(case_path(duty.case), "resumed", "#reports")


def again(
    desk: Desk, visit: Visit, refused: Refusal, typed: Typed | None = None, said: str = ""
) -> Response:
    """The page once more, as it now stands, with what was refused and what was typed."""
    incident = gather(desk, visit, case_of(visit))
    status = 409 if isinstance(refused, Conflict) else 422
    return _page(
        desk,
        visit,
        incident,
        typed if typed is not None else choices.fresh(incident),
        refused,
        status=status,
        said_before=said,
        at_form=typed is not None,
    )


def _page(
    desk: Desk,
    visit: Visit,
    incident: Incident,
    typed: Typed,
    refused: Refusal | None = None,
    *,
    status: int = 200,
    said_before: str = "",
    at_form: bool = False,
) -> Response:
    """`at_form`: what was refused stands beside the decision form, else at the head of the page."""
    told = _told(incident, typed, refused)
    told["at_form"] = at_form
    shown = visit.query.one("file")
    return desk.html("case.html", visit, status, said_before=said_before, shown=shown, **told)


def _told(incident: Incident, typed: Typed, refused: Refusal | None) -> dict[str, object]:
    return {
        "it": incident,
        "typed": typed,
        "refused": None if refused is None else reason_of(refused),
        "causes": CAUSES,
        "statuses": CASE_STATUS,
        "kinds": KINDS,
        "basis_kinds": BASIS,
        "alert_reasons": REASONS,
        "report_statuses": REPORT_STATUS,
        "report_tone": report_tone,
        "spaced": spaced,
        "urgency_word": urgency_word(incident.case),
    }
