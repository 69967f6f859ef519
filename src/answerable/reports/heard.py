"""May the far side hold this report as filed already? Then it is neither undone nor filed again."""

from answerable.events.reports import ReportNeedsPerson, ReportOpened
from answerable.reports.intending import read_intended
from answerable.reports.model import Duty, Status
from answerable.reports.store import ReportsWork

SAYS_FILED = "AlreadyFinished"
"""In the reason why a person is needed, where an answer said so."""


def finish_may_be_heard(work: ReportsWork, duty: Duty) -> bool:
    """May the far side have taken a /finish for the draft of this report?

    It is asked only once every file is there and described; and where an answer to this draft said
    that the report is filed, it is believed for good, whatever failed since.
    """
    if duty.tipline_id is None:
        return False
    if duty.status is Status.FINISHING or _said_to_be_filed(work, duty):
        return True
    if duty.intended_event is None:
        return False
    sent = work.reports.sent_files(duty.site, duty.id, duty.attempt)
    whole = len(sent) == len(read_intended(work, duty).files)
    return whole and all(file.noted for file in sent)


def _said_to_be_filed(work: ReportsWork, duty: Duty) -> bool:
    """Asked of the chain, since the draft was opened: the row keeps the last reason only."""
    said = False
    for recorded in work.chain_of(duty.site, duty.subject):
        if isinstance(recorded.event, ReportOpened):
            said = False
        elif isinstance(recorded.event, ReportNeedsPerson):
            said = said or SAYS_FILED in (recorded.event.why or "")
    return said
