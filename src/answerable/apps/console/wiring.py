"""The console's doors: every path, what it needs, and which page answers. Deny by default."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool as in_thread
from jinja2 import Environment
from starlette.responses import Response

from answerable.access.decide import check_form_key
from answerable.access.model import Permission
from answerable.apps.api.answers import read_body
from answerable.apps.background import Background
from answerable.apps.console import (
    ads,
    alerts,
    bells,
    casework,
    closures,
    duties,
    emergency,
    exceptions,
    keeping,
    legal,
    overview,
    queue,
    report,
    report_steps,
    rules,
    serving,
    sessions,
    sources,
    watches,
)
from answerable.apps.console.visit import (
    EMPTY,
    FORM_BYTES_MAX,
    Asked,
    Desk,
    Form,
    Page,
    is_multipart,
    read_fields,
    read_multipart,
    to_login,
    token_of,
)
from answerable.apps.health import Health
from answerable.apps.public.assets import load_assets
from answerable.apps.public.rendering import environment
from answerable.apps.wiring import House
from answerable.kernel.errors import Breach, SafetyError

log = structlog.get_logger("console")
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Door:
    """One page: nobody comes in without all of `needs`."""

    method: str
    path: str
    needs: tuple[Permission, ...]
    page: Page


DOORS: tuple[Door, ...] = (
    Door("GET", "/console", queue.NEEDS, queue.queue_page),
    Door("POST", "/console/next", serving.DECIDE, serving.take_next),
    Door("POST", "/console/views", queue.NEEDS, queue.save_view),
    Door("POST", "/console/views/{view}/delete", queue.NEEDS, queue.delete_view),
    Door("GET", "/console/cases/{case}", casework.READ, casework.case_page),
    Door("POST", "/console/cases/{case}/hand-over", casework.DECIDE, serving.hand_over),
    Door("POST", "/console/cases/{case}/skip", serving.DECIDE, serving.skip),
    Door("POST", "/console/cases/{case}/pass", serving.DECIDE, serving.pass_on),
    Door("POST", "/console/cases/{case}/take-back", serving.DECIDE, serving.take_back),
    Door("POST", "/console/cases/{case}/claim", casework.DECIDE, casework.claim),
    Door("POST", "/console/cases/{case}/add", casework.DECIDE, casework.add),
    Door("POST", "/console/cases/{case}/merge", casework.DECIDE, casework.merge),
    Door("POST", "/console/cases/{case}/look", casework.LOOK, casework.look),
    Door("GET", "/console/cases/{case}/files/{sha256}", casework.LOOK, casework.file),
    Door("GET", "/console/cases/{case}/preview", casework.DECIDE, casework.preview_page),
    Door("POST", "/console/cases/{case}/preview", casework.DECIDE, casework.preview_page),
    Door("POST", "/console/cases/{case}/decide", casework.DECIDE, casework.decide),
    Door("POST", "/console/cases/{case}/second", casework.DECIDE, casework.second),
    Door("POST", "/console/cases/{case}/contradict", casework.DECIDE, casework.contradict),
    Door("POST", "/console/cases/{case}/undo", casework.DECIDE, casework.undo),
    Door("POST", "/console/cases/{case}/done", casework.DECIDE, casework.done),
    Door("GET", "/console/ads", ads.LIST, ads.list_page),
    Door("GET", "/console/ads/{ad}", ads.ONE, ads.ad_page),
    Door("POST", "/console/ads/{ad}/case", ads.ACT, ads.open_case),
    Door("POST", "/console/ads/{ad}/recheck", ads.ACT, ads.recheck),
    Door("GET", "/console/alerts", alerts.READ, alerts.alerts_page),
    Door("POST", "/console/alerts/floods/{flood}/end", alerts.CARE, alerts.end_flood),
    Door("GET", "/console/exceptions", exceptions.NEEDS, exceptions.exceptions_page),
    Door("POST", "/console/exceptions", exceptions.NEEDS, exceptions.ask),
    Door("POST", "/console/exceptions/{exception}/grant", exceptions.NEEDS, exceptions.grant),
    Door("POST", "/console/exceptions/{exception}/end", exceptions.NEEDS, exceptions.end),
    Door("GET", "/console/sources", sources.SOURCES, sources.sources_page),
    Door("POST", "/console/sources", sources.SOURCES, sources.register),
    Door("POST", "/console/sources/{source}/revoke", sources.SOURCES, sources.revoke),
    Door("GET", "/console/alerters", sources.ALERTERS, sources.alerters_page),
    Door("POST", "/console/alerters/warn", sources.ALERTERS, sources.warn),
    Door("POST", "/console/alerters/limit", sources.ALERTERS, sources.limit),
    Door("POST", "/console/alerters/unlimit", sources.ALERTERS, sources.unlimit),
    Door("GET", "/console/reports", overview.REPORTS, overview.reports_page),
    Door("GET", "/console/reports/{report}", report.READ, report.report_page),
    Door("POST", "/console/reports/{report}/resume", casework.RESUME, casework.resume),
    Door("POST", "/console/reports/{report}/by-hand", report.ACT, report_steps.take_by_hand),
    Door("POST", "/console/reports/{report}/files", report.ACT, report_steps.files),
    Door("POST", "/console/reports/{report}/entered", report.ACT, report_steps.enter),
    Door("POST", "/console/reports/{report}/facts", report.ACT, report.tell),
    Door("POST", "/console/reports/{report}/outcome", report.ACT, report.hear),
    Door("POST", "/console/reports/{report}/package/{route}", report.ACT, report_steps.package),
    Door("POST", "/console/reports/{report}/handed/{route}", report.ACT, report_steps.hand_over),
    Door("GET", "/console/cases/{case}/emergency", casework.READ, emergency.sheet_page),
    Door("POST", "/console/cases/{case}/emergency", casework.DECIDE, emergency.log_call),
    Door("POST", "/console/cases/{case}/extend", casework.DECIDE, duties.extend),
    Door("GET", "/console/duties", duties.READ, duties.duties_page),
    Door("POST", "/console/duties", duties.SET, duties.serve),
    Door("GET", "/console/bells", bells.BELLS, bells.bells_page),
    Door("POST", "/console/bells", bells.HEARD, bells.heard),
    Door("GET", "/console/rota", bells.ROTA, bells.rota_page),
    Door("POST", "/console/rota", bells.SET_ROTA, bells.add_shift),
    Door("POST", "/console/rota/remove", bells.SET_ROTA, bells.remove_shift),
    Door("POST", "/console/rota/address", bells.MINE, bells.set_address),
    Door("GET", "/console/watches", watches.READ, watches.list_page),
    Door("POST", "/console/watches", watches.ASK, watches.ask),
    Door("GET", "/console/watches/{watch}", watches.READ, watches.watch_page),
    Door("POST", "/console/watches/{watch}/approve", watches.REVIEW, watches.approve),
    Door("POST", "/console/watches/{watch}/refuse", watches.REVIEW, watches.refuse),
    Door("POST", "/console/watches/{watch}/renew", watches.ASK, watches.renew),
    Door("POST", "/console/watches/{watch}/end", watches.ASK, watches.end),
    Door("GET", "/console/rules", rules.READ, rules.rules_page),
    Door("POST", "/console/rules/seconds", rules.SET, rules.set_seconds),
    Door("POST", "/console/rules/pack", rules.ACTIVATE, rules.activate_pack),
    Door("GET", "/console/processes", legal.READ, legal.list_page),
    Door("GET", "/console/processes/new", legal.HANDLE, legal.new_page),
    Door("POST", "/console/processes/new", legal.HANDLE, legal.receive),
    Door("GET", "/console/processes/{process}", legal.READ, legal.one_page),
    Door("POST", "/console/processes/{process}/renew", legal.HANDLE, legal.renew),
    Door("POST", "/console/processes/{process}/confirm", legal.HANDLE, legal.confirm),
    Door("POST", "/console/processes/{process}/close", legal.HANDLE, legal.close),
    Door("POST", "/console/processes/{process}/destroy", legal.HANDLE, legal.destroy),
    Door("POST", "/console/processes/{process}/paper", legal.HANDLE, legal.paper),
    Door("POST", "/console/processes/{process}/exports/{number}", legal.HANDLE, legal.archive),
    Door("GET", "/console/holds", keeping.READ, keeping.holds_page),
    Door("GET", "/console/disposals", keeping.READ, keeping.disposals_page),
    Door("GET", "/console/disposals/{disposal}", keeping.READ, keeping.disposal_page),
    Door("POST", "/console/disposals/{disposal}/sign", keeping.SIGN, keeping.sign),
    Door("POST", "/console/disposals/{disposal}/refuse", keeping.SIGN, keeping.refuse),
    Door("GET", "/console/reads", keeping.AUDIT, keeping.reads_page),
    Door("GET", "/console/sections", closures.NEEDS, closures.page),
    Door("POST", "/console/sections/close", closures.NEEDS, closures.close),
    Door("POST", "/console/sections/open", closures.NEEDS, closures.open_again),
    Door("POST", "/console/sections/keep", closures.NEEDS, closures.keep),
    Door("GET", "/console/health", overview.HEALTH, overview.health_page),
)
"""What a log-in opens. A step that shows its page again needs what the page needs."""

OPEN_TO_ALL = ("/console/login", "/console/logout")
"""Nobody is logged in yet, or nobody is any more."""


@cache
def _templates() -> Environment:
    return environment(load_assets(), TEMPLATES)


def console_routes(house: House, background: Background) -> APIRouter:
    """Every route under `/console`."""
    desk = Desk(house, Health(house, background), _templates())
    routes = APIRouter(include_in_schema=False)
    for door in DOORS:
        routes.add_api_route(
            door.path, _handler(desk, door), methods=[door.method], response_model=None
        )
    for path, method, page in (
        ("/console/login", "GET", sessions.login_page),
        ("/console/login", "POST", sessions.log_in),
        ("/console/logout", "POST", _log_out),
    ):
        routes.add_api_route(path, _open(desk, page), methods=[method], response_model=None)
    return routes


def _handler(desk: Desk, door: Door) -> Callable[[Request], object]:
    def serve(asked: Asked) -> Response:
        return door.page(desk, desk.visit(asked, door.needs))

    return _answering(desk, serve)


def _open(desk: Desk, page: Callable[[Desk, Asked], Response]) -> Callable[[Request], object]:
    return _answering(desk, lambda asked: page(desk, asked))


def _log_out(desk: Desk, asked: Asked) -> Response:
    if not asked.token:
        return to_login("")
    check_form_key(asked.token, asked.form.one("form_key"))
    return sessions.log_out(desk, asked)


def _answering(desk: Desk, serve: Callable[[Asked], Response]) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        asked: Asked | None = None
        try:
            asked = await _asked(desk, request)
            return await in_thread(serve, asked)
        except SafetyError as fault:
            if isinstance(fault, Breach):
                log.error("breach", path=request.url.path, why=str(fault))
            return await in_thread(desk.failed, fault, asked)

    return handle


async def _form(request: Request) -> Form:
    """The posted form; one with a file only from somebody who has a session's cookie."""
    if is_multipart(request) and token_of(request):
        return await read_multipart(request)
    return read_fields(await read_body(request, FORM_BYTES_MAX))


async def _asked(desk: Desk, request: Request) -> Asked:
    """The request as plain values. Raises Refusal for a form that is none of ours."""
    form = EMPTY
    if request.method == "POST":
        form = await _form(request)
    url = request.url
    return Asked(
        method=request.method,
        here=f"{url.path}?{url.query}" if url.query else url.path,
        path=dict(request.path_params),
        query=Form(request.query_params.multi_items()),
        form=form,
        token=token_of(request),
        secure=desk.house.settings.base_url.startswith("https://"),
        elsewhere=request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"),
    )
