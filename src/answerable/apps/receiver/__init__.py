"""receiver: a local double of the CyberTipline API, for trials and tests. Files nothing anywhere.

Owns     its own SQLite file, its own schema tables, its own state machine; /ispws and the pages.
Emits    nothing. Its finished ids are exported for reconciliation.
Imports  kernel and libraries (its process: the machine's time). Never our own client or reports.
Start at doors.py for the protocol, tables.py for the documents, lifecycle.py for the states.
"""

from answerable.apps.receiver.app import create_receiver
from answerable.apps.receiver.export import FinishedReport, export_finished
from answerable.apps.receiver.serve import RunningReceiver, run_receiver, started_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.apps.receiver.switches import Fault, FaultKind, Switchboard, Switches
from answerable.apps.receiver.values import Profile

__all__ = [
    "Fault",
    "FaultKind",
    "FinishedReport",
    "Profile",
    "ReceiverSettings",
    "RunningReceiver",
    "Switchboard",
    "Switches",
    "create_receiver",
    "export_finished",
    "run_receiver",
    "started_receiver",
]
