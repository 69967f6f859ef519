"""What people do with a report: file it by hand, and hand it over to another authority."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from answerable.apps.console.report import report_of, show, step
from answerable.apps.console.visit import NO_STORE, Desk, Visit
from answerable.apps.legal_form import read_moment
from answerable.apps.report_package import write_files, write_sealed
from answerable.kernel.errors import Outage, Refusal
from answerable.kernel.ids import ReportId
from answerable.reports.byhand import Entry
from answerable.reports.handing import HandedOver, check_open
from answerable.reports.routes import route_named


def take_by_hand(desk: Desk, visit: Visit) -> Response:
    """A report that waits for a person is filed on NCMEC's form instead."""
    why = visit.form.one("why")
    return step(
        desk,
        visit,
        "taken-by-hand",
        "by-hand",
        lambda report: desk.house.take_by_hand(desk.site, visit.actor, report, why),
    )


def enter(desk: Desk, visit: Visit) -> Response:
    """NCMEC's number and the time, from the form's own confirmation."""

    def do(report: ReportId) -> None:
        filed = read_moment(visit.form.one("filed"), "the time of filing")
        if filed is None:
            raise Refusal("say when it was filed")
        entry = Entry(number=visit.form.one("number"), filed=filed, sha256=visit.form.one("sha256"))
        desk.house.enter_by_hand(desk.site, visit.actor, report, entry)

    return step(desk, visit, "entered", "by-hand", do)


def files(desk: Desk, visit: Visit) -> Response:
    """All files of the report as one ZIP; that they were given is on record."""
    report = report_of(visit)
    return _given(
        desk,
        visit,
        f"report-{report[:6]}-files.zip",
        "by-hand",
        lambda target: write_files(desk.house, visit.actor, report, target),
    )


def package(desk: Desk, visit: Visit) -> Response:
    """The sealed package for another authority."""
    report, route = report_of(visit), route_named(visit.path["route"])
    number = visit.form.one("number")

    def make(target: Path) -> str:
        desk.house.store.read(
            lambda w: check_open(
                duty := w.reports.get(desk.site, report),
                route,
                w.chain_of(desk.site, duty.subject),
            )
        )
        return write_sealed(desk.house, visit.actor, report, route, number, target)

    return _given(desk, visit, f"report-{report[:6]}-{route.id}.zip", "routes", make)


def hand_over(desk: Desk, visit: Visit) -> Response:
    """Who took it, how, under which reference. Its digest is of the package as it is made now."""
    route, number = route_named(visit.path["route"]), visit.form.one("number")

    def told_with(digest: str) -> HandedOver:
        return HandedOver(
            route=route.id,
            package=digest,
            to=visit.form.one("to"),
            how=visit.form.one("how"),
            reference=visit.form.one("reference"),
        )

    def do(report: ReportId) -> None:
        desk.house.hand_over_report.check(desk.site, visit.actor, report, told_with(""))
        with tempfile.TemporaryDirectory(prefix="answerable-package-") as folder:
            target = Path(folder) / "package.zip"
            digest = write_sealed(desk.house, visit.actor, report, route, number, target)
        desk.house.hand_over_report(desk.site, visit.actor, report, told_with(digest))

    return step(desk, visit, "handed-on", "routes", do)


def _given(desk: Desk, visit: Visit, name: str, at: str, make: Callable[[Path], str]) -> Response:
    """An archive as a download; what is refused comes back on the page."""
    folder = tempfile.TemporaryDirectory(prefix="answerable-report-")
    target = Path(folder.name) / name
    try:
        digest = make(target)
    except Refusal as refused:
        folder.cleanup()
        return show(desk, visit, refused, at)
    except Outage:
        folder.cleanup()
        raise
    return FileResponse(
        target,
        media_type="application/zip",
        filename=name,
        headers={**NO_STORE, "X-Content-Type-Options": "nosniff", "X-SHA256": digest},
        background=BackgroundTask(folder.cleanup),
    )
