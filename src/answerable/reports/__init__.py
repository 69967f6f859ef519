"""reports: a decision to report becomes a CyberTipline report exactly once, or stays visibly open.

Owns     the duty to report, the exact bytes, the journal of steps, the document (document/).
Emits    ReportOwed, ReportIntended, ReportOpened, ReportFileSent, ReportAbandoned,
         ReportFinished, ReportNeedsPerson, ReportResumed, ReportWithdrawn.
Imports  access, events, kernel. Never another chapter, the ledger or an adapter.
Start at filing.FileReport; what stands between a decision and its report: nothing.
"""
