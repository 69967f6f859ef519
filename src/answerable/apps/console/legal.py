"""Legal process: the list, entering a served paper, one process with its log, renew, export, close.

Entering and renewing take one person; giving out and closing two, who press the same button.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from answerable.access.consent import CONSENT_LENGTH
from answerable.access.model import Permission
from answerable.apps.console.incident import people_of
from answerable.apps.console.telling import Line
from answerable.apps.console.visit import NO_STORE, Desk, Visit, go, reason_of
from answerable.apps.legal_export import export_name, make_export, ready_export
from answerable.apps.legal_form import read_moment, read_paper
from answerable.apps.legal_words import custody_words
from answerable.events.evidence import Purpose, Reading
from answerable.kernel.errors import Outage, Refusal
from answerable.kernel.ids import ActorId
from answerable.kernel.limits import FILE_BYTES_MAX
from answerable.kernel.time import Millis
from answerable.preservation.process import (
    CLOSE,
    EXPORT,
    Kind,
    allowed_groups,
    length_of,
    suggested_groups,
)
from answerable.preservation.process_service import ProcessView

P = Permission
READ = (P.HOLD_READ,)
HANDLE = (P.HOLD_READ, P.PROCESS_HANDLE)
KINDS = {
    Kind.PRESERVATION_LETTER: "Preservation letter (18 U.S.C. 2703(f))",
    Kind.FOREIGN_DEMAND: "Preservation demand from another country",
    Kind.SUBPOENA: "Subpoena",
    Kind.COURT_ORDER: "Court order",
    Kind.SEARCH_WARRANT: "Search warrant",
    Kind.DESTRUCTION_REQUEST: "Written request to destroy",
}
GROUPS = {
    "facts": "kinds, numbers and times",
    "poster_pii": "account and payment",
    "connections": "addresses, ports and times",
    "ad_text": "the ad's words, sections and places",
    "images": "pictures and other files",
    "link": "which cases, reports and ads belong together",
    "verdict": "what screening said",
    "report": "reviewers' words",
    "alert_text": "what alerters wrote",
    "alerter": "who alerted: may be the child herself",
}
FIELDS = (
    "kind",
    "jurisdiction",
    "authority",
    "reference",
    "contact",
    "served",
    "ends",
    "ads",
    "accounts",
    "contacts",
    "since",
    "until",
    "future",
    "lifts",
)


def path_of(process: str) -> str:
    return f"/console/processes/{process}"


def list_page(desk: Desk, visit: Visit) -> Response:
    """Open ones first."""
    every = desk.house.keeping.read_process.every(desk.site, visit.actor)
    return desk.html("processes.html", visit, every=every, kinds=KINDS)


def new_page(desk: Desk, visit: Visit) -> Response:
    """The form."""
    return _form(desk, visit, dict.fromkeys(FIELDS, ""))


def _form(desk: Desk, visit: Visit, typed: Mapping[str, str], refused: str = "") -> Response:
    open_ = [
        view
        for view in desk.house.keeping.read_process.every(desk.site, visit.actor)
        if view.process.kind is not Kind.DESTRUCTION_REQUEST
    ]
    return desk.html(
        "process_new.html",
        visit,
        422 if refused else 200,
        kinds=KINDS,
        typed_in=typed,
        refused=refused,
        others=open_,
        binding=sorted(desk.house.settings.binding),
    )


def receive(desk: Desk, visit: Visit) -> Response:
    """The paper is stored, then entered; what is refused comes back with everything typed."""
    typed = {name: visit.form.one(name) for name in FIELDS}
    try:
        digest = _store(desk, visit)
        process = desk.house.keeping.receive_process(
            desk.site, visit.actor, read_paper(typed, digest)
        )
    except Refusal as refused:
        return _form(desk, visit, typed, reason_of(refused))
    return go(path_of(process.id), "process-received")


def _store(desk: Desk, visit: Visit) -> str:
    """The served paper as an encrypted file; its digest."""
    content, media_type = visit.form.file("document")
    if not content:
        raise Refusal("send the served paper with it, as a file")
    if len(content) > FILE_BYTES_MAX:
        raise Refusal("the file is too large", bytes_max=FILE_BYTES_MAX)
    return desk.house.files.put(desk.site, content, media_type).sha256


def one_page(desk: Desk, visit: Visit) -> Response:
    """One process: paper, scope, holds, exports, log."""
    return _one(desk, visit)


def _one(desk: Desk, visit: Visit, refused: str = "") -> Response:
    name = visit.path["process"]
    view = desk.house.keeping.read_process(desk.site, visit.actor, name)

    def gather(work: Any) -> dict[str, Any]:
        people = people_of(work, desk.site)
        ads = {h.ad: work.ads.get(desk.site, h.ad).external_id for h in view.holds}
        log = [
            Line(
                at=each.recorded,
                who=people.name(ActorId(each.event.actor)),
                what=custody_words(each),
            )
            for each in view.log
        ]
        since = Millis(work.now() - CONSENT_LENGTH)
        waiting = [
            one
            for what in (f"{EXPORT}{name}:", f"{CLOSE}{name}")
            for one in work.consents.waiting(desk.site, what, since, 500)
        ]
        return {
            "ads": ads,
            "log": log,
            "waiting": [(one, people.name(one.by)) for one in waiting],
        }

    process = view.process
    length = length_of(process.kind, process.jurisdiction, desk.house.settings.binding)
    return desk.html(
        "process.html",
        visit,
        422 if refused else 200,
        view=view,
        refused=refused,
        kind=KINDS[process.kind],
        destroys=process.kind is Kind.DESTRUCTION_REQUEST,
        groups=[(name, GROUPS[name]) for name in GROUPS if name in allowed_groups(process.kind)],
        ticked=suggested_groups(process.kind),
        renews=process.closed is None
        and process.ends is not None
        and (length is None or length.renewed is not None),
        states_end=length is None,
        **desk.house.store.read(gather),
    )


def _step(desk: Desk, visit: Visit, said: str, do: Any) -> Response:
    try:
        waits = do(visit.path["process"])
    except Refusal as refused:
        return _one(desk, visit, reason_of(refused))
    return go(path_of(visit.path["process"]), "approved" if waits else said)


def renew(desk: Desk, visit: Visit) -> Response:
    """A new letter moves the end later."""

    def do(process: str) -> bool:
        document = _store(desk, visit)
        ends = read_moment(visit.form.one("ends"), "ends")
        reference = visit.form.one("reference")
        desk.house.keeping.renew_process(
            desk.site, visit.actor, process, reference=reference, document=document, ends=ends
        )
        return False

    return _step(desk, visit, "process-renewed", do)


def confirm(desk: Desk, visit: Visit) -> Response:
    """One of the two who confirm what is given out."""

    def do(process: str) -> bool:
        groups, reason = frozenset(visit.form.many("group")), visit.form.one("reason")
        outcome, _ = desk.house.keeping.confirm_export(
            desk.site, visit.actor, process, groups, reason
        )
        return not outcome.done

    return _step(desk, visit, "export-confirmed", do)


def close(desk: Desk, visit: Visit) -> Response:
    """One of the two who close it."""

    def do(process: str) -> bool:
        reason = visit.form.one("reason")
        return not desk.house.keeping.close_process(desk.site, visit.actor, process, reason).done

    return _step(desk, visit, "process-closed", do)


def destroy(desk: Desk, visit: Visit) -> Response:
    """A written request becomes a list that two people sign."""
    try:
        batch = desk.house.keeping.propose_destruction(
            desk.site, visit.actor, visit.path["process"]
        )
    except Refusal as refused:
        return _one(desk, visit, reason_of(refused))
    return go(f"/console/disposals/{batch.id}", "listed")


def archive(desk: Desk, visit: Visit) -> Response:
    """The archive of a confirmed export: made, recorded, then given; made again each time."""
    process, number = visit.path["process"], visit.path["number"]
    if not number.isascii() or not number.isdigit():
        raise Refusal("an export has a number")
    view: ProcessView = desk.house.keeping.read_process(desk.site, visit.actor, process)
    export = ready_export(view, int(number))
    folder = tempfile.TemporaryDirectory(prefix="answerable-export-")
    try:
        target = Path(folder.name) / export_name(view.process, export)
        make_export(desk.house, visit.actor, process, export.number, target)
    except (Refusal, Outage):
        folder.cleanup()
        raise
    return FileResponse(
        target,
        media_type="application/zip",
        filename=target.name,
        headers={**NO_STORE, "X-Content-Type-Options": "nosniff"},
        background=BackgroundTask(folder.cleanup),
    )


def paper(desk: Desk, visit: Visit) -> Response:
    """The served paper itself; that it was opened is on record."""
    view = desk.house.keeping.read_process(desk.site, visit.actor, visit.path["process"])
    why = Reading(
        purpose=Purpose.REVIEW,
        by=visit.actor.id,
        org=visit.actor.organisation,
        about=view.process.id,
    )
    content = desk.house.files.read(desk.site, view.paper.document, why)
    headers = {
        **NO_STORE,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Disposition": f'attachment; filename="paper-{view.process.id[:6]}.bin"',
    }
    return Response(content, media_type="application/octet-stream", headers=headers)
