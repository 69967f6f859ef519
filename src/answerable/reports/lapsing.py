"""When an open draft is too old to go on with: it lapses an hour after its last change.

A lapsed draft does no harm, it is only gone. But a report that is half added to a draft about to
lapse is work thrown away while a child waits, so one that has stood too long is begun anew.
"""

from answerable.events.reports import ReportFileSent, ReportOpened
from answerable.kernel.time import MINUTE, Millis
from answerable.reports.model import Duty
from answerable.reports.store import ReportsWork

LAPSING_AFTER = 50 * MINUTE
"""Well inside the hour after the last change, which the CyberTipline's documentation gives."""


def last_change(work: ReportsWork, duty: Duty) -> Millis:
    """When this attempt's draft was opened, or got its last file, as its own chain says.

    A description may have come later and has no event: the earlier moment is the safe one.
    """
    return max(
        recorded.recorded
        for recorded in work.chain_of(duty.site, duty.subject)
        if isinstance(recorded.event, ReportOpened | ReportFileSent)
        and recorded.event.attempt == duty.attempt
    )
