"""The emergency sheet of a case: whom to telephone, one page to read from, and the calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from answerable.apps.console.adview import AdView
from answerable.apps.console.casework import case_of, case_path
from answerable.apps.console.incident import Incident, gather
from answerable.apps.console.telling import REASONS, Line, People, history
from answerable.apps.console.visit import Desk, Form, Visit, go, reason_of
from answerable.apps.emergency import emergency_lines
from answerable.apps.legal_form import read_moment
from answerable.cases.emergency import Call, Called
from answerable.events.cases import EmergencyCalled
from answerable.kernel.errors import Refusal
from answerable.kernel.time import Millis

KINDS = {Called.POLICE: "Police", Called.HOTLINE: "Hotline"}
FIELDS = ("kind", "called", "at", "reached", "reference", "words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One ad in the words that somebody says on the telephone."""

    name: str
    title: str
    address: str | None
    place: str
    since: Millis | None
    up: bool
    account: Mapping[str, Any] | None
    contacts: tuple[str, ...]
    last: Mapping[str, Any] | None


def sheet_page(desk: Desk, visit: Visit) -> Response:
    """Numbers, summary, form, calls."""
    return _page(desk, visit, dict.fromkeys(FIELDS, ""))


def log_call(desk: Desk, visit: Visit) -> Response:
    """Whom, when, reached or not, what was said."""
    typed = {name: visit.form.one(name) for name in FIELDS}
    try:
        desk.house.log_call(desk.site, visit.actor, case_of(visit), _call(visit.form))
    except Refusal as refused:
        return _page(desk, visit, typed, refused)
    return go(f"{case_path(case_of(visit))}/emergency", "called", "#calls")


def _call(form: Form) -> Call:
    try:
        kind = Called(form.one("kind"))
    except ValueError:
        raise Refusal("say whether it was the police or a hotline") from None
    at, reached = read_moment(form.one("at"), "the time of the call"), form.one("reached")
    if at is None:
        raise Refusal("say when you called")
    if reached not in ("yes", "no"):
        raise Refusal("say whether you reached them")
    return Call(
        kind=kind,
        called=form.one("called"),
        at=at,
        reached=reached == "yes",
        reference=form.one("reference"),
        words=form.one("words"),
    )


def _page(
    desk: Desk, visit: Visit, typed: Mapping[str, str], refused: Refusal | None = None
) -> Response:
    incident = gather(desk, visit, case_of(visit))
    return desk.html(
        "emergency.html",
        visit,
        200 if refused is None else 422,
        it=incident,
        sheets=tuple(_sheet(ad) for ad in incident.ads),
        signs=_signs(incident),
        lines=emergency_lines(desk.house.settings, desk.house.home),
        called=_calls(desk, visit, incident),
        kinds=KINDS,
        typed_in=typed,
        refused=None if refused is None else reason_of(refused),
        esp=desk.house.settings,
    )


def _calls(desk: Desk, visit: Visit, incident: Incident) -> tuple[Line, ...]:
    def fn(work: Any) -> tuple[Line, ...]:
        people = People({one.actor_id: one.name for one in work.access.everyone(desk.site, 500)})
        chain = work.chain_of(desk.site, incident.case.subject)
        return history((r for r in chain if isinstance(r.event, EmergencyCalled)), people)

    return desk.house.store.read(fn)


def _sheet(view: AdView) -> Sheet:
    text = {} if view.current is None else view.current.event.text or {}
    account = view.accounts[-1].value if view.accounts else None
    places = [one.place for one in view.placements if one.place]
    stated = None if view.current is None else view.current.event.place
    place = stated or (places[-1] if places else None)
    stood = [one for one in view.placements if one.url]
    starts = [one.since for one in view.placements]
    received = [revision.at for revision in view.revisions]
    return Sheet(
        name=view.ad.external_id,
        title=str(next((text[k] for k in ("title", *text) if text.get(k)), "words erased"))[:200],
        address=view.ad.url or (stood[-1].url if stood else None),
        place=", ".join(str(v) for v in (place or {}).values() if v) or "not stated",
        since=min(starts or received, default=None),
        up=view.standing.visible,
        account=account,
        contacts=_contacts(account, view),
        last=_last(view),
    )


def _contacts(account: Mapping[str, Any] | None, view: AdView) -> tuple[str, ...]:
    """The account's own, then what ties the ad to others."""
    told = account or {}
    own = [str(one["number"]) for one in told.get("phones") or ()]
    own += [str(one["address"]) for one in told.get("emails") or ()]
    return tuple(dict.fromkeys((*own, *(link.value for link in view.links))))[:12]


def _last(view: AdView) -> Mapping[str, Any] | None:
    """The connection whose time is the latest; one without a time before none."""
    return max(view.connections, key=lambda one: str(one.get("at") or ""), default=None)


def _signs(incident: Incident) -> tuple[str, ...]:
    """Why we believe it, in kinds: what alerters chose, what screening saw."""
    reasons = [
        f"alert: {REASONS.get(reason, reason)}"
        for one in incident.alerts
        if one.event is not None
        for reason in one.event.reasons or ()
    ]
    strong = ["screening: a strong signal"] if incident.case.strong else []
    urgent = [
        f"decided: {one.event.urgent_reason}"
        for one in incident.decisions
        if one.event is not None and one.event.urgent_reason
    ]
    return tuple(dict.fromkeys((*urgent, *reasons, *strong)))
