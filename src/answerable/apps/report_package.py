"""Archives of one report: its files for whoever files by hand, and the sealed package of a route.

Both are made anew each time, with the same bytes; every stored file is read with its purpose on
record first.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from answerable.access.model import Actor
from answerable.adapters.destinations.archive import Archive
from answerable.adapters.destinations.package import Contents, write_package
from answerable.adapters.sql.work import SqlWork
from answerable.apps.report_letter import About, cover_letter
from answerable.apps.reporting import esp_facts
from answerable.apps.wiring import House
from answerable.events.cases import CaseDecided
from answerable.events.evidence import Purpose, Reading
from answerable.kernel.errors import Breach, Conflict, Outage
from answerable.kernel.ids import ReportId
from answerable.kernel.time import Millis
from answerable.reports.intending import Intended, read_intended
from answerable.reports.model import Duty, Status
from answerable.reports.routes import Route

XML_NAME = "report.xml"
SUMS_NAME = "SHA256SUMS.txt"


def laid_out(house: House, report: ReportId) -> tuple[Duty, Intended]:
    """The report and its written bytes. Raises NotFound, or Conflict where there are none."""

    def fn(work: SqlWork) -> tuple[Duty, Intended]:
        duty = work.reports.get(house.site, report)
        if duty.intended_event is None:
            raise Conflict("this report has not been written down yet")
        return duty, read_intended(work, duty)

    return house.store.read(fn)


def write_files(house: House, by: Actor, report: ReportId, target: Path) -> str:
    """The report and all its files as one ZIP, with their digests; SHA-256 of the whole."""
    _, intended = laid_out(house, report)
    try:
        archive = Archive(target)
        for name, content in _files(house, by, report, intended, Purpose.REPORT):
            archive.add(f"files/{name}", content)
        archive.add(XML_NAME, intended.xml)
        archive.add(SUMS_NAME, archive.sums())
        return archive.close()
    except OSError as fault:
        raise Outage(f"the disk did not take the archive: {fault.strerror}") from fault


def write_sealed(
    house: House, by: Actor, report: ReportId, route: Route, tipline_id: str, target: Path
) -> str:
    """The sealed package. `tipline_id`: NCMEC's number as it stood on the page, "" for none yet.

    Raises Conflict where that is not its number.
    """
    duty, intended = laid_out(house, report)
    number = duty.tipline_id if duty.status is Status.FINISHED else None
    if tipline_id and tipline_id != number:
        raise Conflict("this is not the number of this report")
    told = tipline_id or None
    return write_package(
        target,
        Contents(
            origin=house.facts.origin,
            route=route.id,
            report=report,
            tipline_id=told,
            xml=intended.xml,
            letter=cover_letter(_about(house, duty, intended, told), route),
        ),
        _files(house, by, report, intended, Purpose.EXPORT),
        house.keys.receipts.sign,
    )


def _files(
    house: House, by: Actor, report: ReportId, intended: Intended, purpose: Purpose
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each, exactly those that were written down."""
    why = Reading(purpose=purpose, by=by.id, org=by.organisation, about=report)
    for number, file in enumerate(intended.files, 1):
        content = _content(house, file, why)
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise Breach("a file of a report is not the file that was written down")
        yield f"{number:02d}-{file['name']}", content


def _content(house: House, file: Mapping[str, Any], why: Reading) -> bytes:
    if file["content"] is not None:
        return base64.b64decode(file["content"], validate=True)
    return house.files.read(house.site, file["sha256"], why)


def _about(house: House, duty: Duty, intended: Intended, tipline_id: str | None) -> About:
    key = house.keys.receipts.verifier
    held = tuple(
        (f"{number:02d}-{file['name']}", str(file["sha256"]))
        for number, file in enumerate(intended.files, 1)
    )
    return About(
        esp=esp_facts(house.settings),
        duty=duty,
        decided=house.store.read(lambda work: _decided(work, duty)),
        tipline_id=tipline_id,
        xml_sha256=intended.sha256,
        files=held,
        key_name=key.name,
        key=key.vkey,
    )


def _decided(work: SqlWork, duty: Duty) -> Millis:
    event = work.recorded(duty.decision_event).event
    if not isinstance(event, CaseDecided):
        raise Breach("a report's decision is no decision")
    return event.happened
