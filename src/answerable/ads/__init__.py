"""ads: an ad is received, exactly as submitted, and every version of it is kept.

Owns     Ad, Revision, Placement, intake, posters' receipts, section availability, directives.
Emits    AdReceived, AdRevised, AdPlaced/Renewed/Moved, AdExpired/Withdrawn/Removed, Directive*,
         SectionClosed/Opened.
Imports  access, events, kernel. Never another chapter, the ledger or an adapter.
Start at service.ReceiveAd; what the site is told is in directives_service.
"""
