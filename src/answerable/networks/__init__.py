"""networks: ads and accounts that belong together, each link with its reason.

Owns     Link: two ads that share a normalised contact or an account.
Emits    nothing yet: a link is read, and enters a report by a reviewer's tick.
Imports  events, kernel. Never another chapter, the ledger or an adapter.
Start at service.LinksOf.
"""
