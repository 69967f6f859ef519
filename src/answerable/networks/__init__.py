"""networks: ads and accounts that belong together, each link with its reason.

Owns     Link: two ads that share a normalised contact or an account. Ancestor, Kin: an ad that was
         refused, removed or closed out, and one that comes back from it, with what changed.
Emits    resubmission.found.
Imports  events, access, kernel. Never another chapter, the ledger or an adapter.
Start at decide.kin_of, resubmissions.NoteResubmission, service.LinksOf.
"""
