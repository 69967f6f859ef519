"""adapters.cybertipline: NCMEC's reporting API over HTTPS, as `reports.tipline.CyberTipline`.

Owns     the calls, reading of answers, and the refusal to reach a real CyberTipline unasked.
Emits    nothing; returns what the far side answered. Logs codes and sizes, never contents.
Imports  reports.tipline, kernel, httpx, lxml.
Start at client.TiplineClient; it is usable on its own (docs/cybertipline-client.md): whoever uses
it so imports from here, and nothing else of the package.
"""

from answerable.adapters.cybertipline.client import Timeouts, TiplineClient
from answerable.kernel.errors import Breach, Outage, Refusal, SafetyError
from answerable.kernel.ids import TiplineId
from answerable.kernel.sealed import Sealed
from answerable.reports.tipline import (
    AlreadyFinished,
    AlreadyRetracted,
    AnsweredForAnother,
    CyberTipline,
    Finished,
    Gone,
    Greeting,
    NoSuchFile,
    NoSuchReport,
    Noted,
    Opened,
    Receipt,
    Retracted,
    SchemaFetched,
    StateAnswer,
    TiplineRefused,
    UploadDamaged,
    Uploaded,
)

__all__ = [
    "AlreadyFinished",
    "AlreadyRetracted",
    "AnsweredForAnother",
    "Breach",
    "CyberTipline",
    "Finished",
    "Gone",
    "Greeting",
    "NoSuchFile",
    "NoSuchReport",
    "Noted",
    "Opened",
    "Outage",
    "Receipt",
    "Refusal",
    "Retracted",
    "SafetyError",
    "SchemaFetched",
    "Sealed",
    "StateAnswer",
    "Timeouts",
    "TiplineClient",
    "TiplineId",
    "TiplineRefused",
    "UploadDamaged",
    "Uploaded",
]
