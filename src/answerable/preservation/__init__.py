"""preservation: what must be kept is kept, for as long as the law says, and no key is lost early.

Owns     Hold (one per ad and case or process), legal process and its exports, what two agree to,
         erasure of an ad's words, disposal of what has outlived its class.
Emits    hold.*, process.*, disposal.*, erasure.performed.
Imports  events, access, kernel. Never another chapter, the ledger or an adapter.
Start at decide.py (holds), process.py (what is served), disposal.py (what goes).
         Whoever deletes anything asks service.may_delete first.
"""
