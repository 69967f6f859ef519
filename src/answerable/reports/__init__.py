"""reports: a decision to report becomes a CyberTipline report exactly once, or stays visibly open.

Owns     the duty to report, the exact bytes, the journal of steps, the document (document/);
         filing by hand (byhand.py), routes to other authorities (routes.toml), what came back.
Emits    ReportOwed, ReportIntended, ReportOpened, ReportFileSent, ReportAbandoned,
         ReportFinished, ReportNeedsPerson, ReportResumed, ReportWithdrawn, ReportByHand,
         ReportReconciled, ReportHandedOver, OutcomeHeard.
Imports  access, events, kernel. Never another chapter, the ledger or an adapter.
Start at filing.FileReport; what stands between a decision and its report: nothing.
"""
