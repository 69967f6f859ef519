"""reports: a decision to report becomes a CyberTipline report exactly once, or stays visibly open.

Owns     the duty to report, the exact bytes, the journal of steps, the document (document/);
         what a report lacks and who is asked for it (completeness.py, asking.py), follow-ups
         (following.py), filing by hand (byhand.py), other authorities (routes.toml), outcomes.
Emits    ReportOwed, ReportIntended, ReportOpened, ReportFileSent, ReportAbandoned,
         ReportFinished, ReportNeedsPerson, ReportResumed, ReportWithdrawn, ReportByHand,
         ReportReconciled, ReportHandedOver, OutcomeHeard, ReportFollowedUp; on the chain of the
         case FactsAsked and FactsTold.
Imports  access, events, kernel. Never another chapter, the ledger or an adapter.
Start at filing.FileReport; what stands between a decision and its report: nothing.
"""
