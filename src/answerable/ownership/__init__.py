"""ownership: who owns and controls the site, in statements that anyone can check.

Owns     the ownership file (Beneficial Ownership Data Standard 0.4), its faults, the chains
         behind it, the stated and unstated gaps, and what changed since the last one.
Emits    OwnershipPublished.
Imports  events, kernel; pydantic at the file's door. Never another chapter or the ledger.
Start at resolve.resolve; how shares and control travel is in docs/ownership.md.
"""
