"""preservation: what must be kept is kept, for as long as the law says, and no key is lost early.

Owns     Hold (one per ad and case), approvals of two, erasure of an ad's words.
Emits    HoldPlaced, HoldDated, HoldReleased, ErasurePerformed.
Imports  events, access, kernel. Never another chapter, the ledger or an adapter.
Start at decide.py; whoever deletes anything asks service.may_delete first.
"""
