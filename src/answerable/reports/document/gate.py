"""reports.document.gate: everything that is looked at before a report and its files may leave."""

from collections.abc import Iterator, Sequence

from answerable.kernel.time import Millis
from answerable.reports.document.check import check
from answerable.reports.document.faults import Fault
from answerable.reports.document.files import FileToSend
from answerable.reports.document.model import Report
from answerable.reports.document.schema import schema_faults
from answerable.reports.document.values import Profile
from answerable.reports.document.write import details_bytes, to_xml

_ID = "0" * 32
"""Stands for the id that a file gets over there: what it will be cannot be a fault of ours."""


def faults_of(
    report: Report, files: Sequence[FileToSend], now: Millis, profile: Profile
) -> tuple[Fault, ...]:
    """What would be refused over there, of the report and then of each file in its order.

    () when nothing: both the documented limits and the schema of this edition hold.
    """
    return (
        *check(report, now, profile),
        *schema_faults(to_xml(report), profile),
        *(fault for file in files for fault in _of_file(file, now, profile)),
    )


def _of_file(file: FileToSend, now: Millis, profile: Profile) -> Iterator[Fault]:
    details = details_bytes(file.details_template(), report_id=1, file_id=_ID)
    yield from check(file.description, now, profile)
    yield from schema_faults(details, profile)
