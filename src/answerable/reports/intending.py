"""The exact bytes of a report, from the facts as they stand; and reading them back."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from answerable.events.event import event_header
from answerable.events.reports import ReportIntended
from answerable.kernel.errors import Breach
from answerable.kernel.ids import ActorId
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.facts import EspFacts
from answerable.reports.document.faults import Fault
from answerable.reports.document.fields import left_out
from answerable.reports.document.files import FileToSend, Inline, Looked, with_looked
from answerable.reports.document.gate import faults_of
from answerable.reports.document.values import Profile
from answerable.reports.document.walk import presence
from answerable.reports.document.write import to_xml
from answerable.reports.gather import case_facts
from answerable.reports.model import Duty
from answerable.reports.store import ReportsWork


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report as it would be written down now. `faults` are what the CyberTipline would refuse."""

    xml: bytes
    files: tuple[Mapping[str, Any], ...]
    presence: Mapping[str, Any]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Intended:
    """The bytes that were written down, read back from their event."""

    xml: bytes
    files: tuple[Mapping[str, Any], ...]
    presence: Mapping[str, Any]
    sha256: str
    destination: str


def prepare(
    work: ReportsWork,
    duty: Duty,
    esp: EspFacts,
    looked: Looked,
    profile: Profile,
) -> Prepared:
    """Build it for an edition of the schema, with what a look at its stored files found.

    Writes nothing.
    """
    facts = with_looked(case_facts(work, duty, esp), looked)
    report, files = report_for_ads(facts, profile)
    xml = to_xml(report, schema_hint=True)
    filled = presence(report, *(file.description for file in files))
    return Prepared(
        xml=xml,
        files=tuple(_file(file) for file in files),
        presence={"filled": filled, "left_out": left_out(facts, report, files)},
        faults=faults_of(report, files, work.now(), profile),
    )


def intended_event(
    work: ReportsWork, duty: Duty, prepared: Prepared, destination: str, actor: ActorId, org: str
) -> ReportIntended:
    """What writes these bytes down, and no others."""
    return ReportIntended(
        **event_header(duty.site, duty.subject, actor, work.now(), org=org),
        report=duty.id,
        ads=list(duty.ads),
        sha256=hashlib.sha256(prepared.xml).hexdigest(),
        xml=prepared.xml.decode("utf-8"),
        files=list(prepared.files),
        presence=prepared.presence,
        destination=destination,
    )


def read_intended(work: ReportsWork, duty: Duty) -> Intended:
    """Raises Breach where nothing was written down, or not where the row says."""
    if duty.intended_event is None:
        raise Breach("a report goes out only from bytes that were written down")
    event = work.recorded(duty.intended_event).event
    if not isinstance(event, ReportIntended):
        raise Breach("the intended bytes of a report are not where they should be")
    return Intended(
        xml=event.xml.encode("utf-8"),
        files=tuple(event.files),
        presence=event.presence,
        sha256=event.sha256,
        destination=event.destination,
    )


def _file(file: FileToSend) -> dict[str, Any]:
    """A file as it is written down: its bytes where we made them, its digest where we hold it."""
    inline = isinstance(file.source, Inline)
    return {
        "name": file.name,
        "media_type": file.media_type,
        "sha256": file.sha256,
        "content": base64.b64encode(file.source.content).decode("ascii")
        if isinstance(file.source, Inline)
        else None,
        "made": inline,
        "details": file.details_template().decode("utf-8"),
    }
