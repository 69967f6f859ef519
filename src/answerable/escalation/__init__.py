"""escalation: before a clock ends, and after, the right people are told until somebody answers.

Owns     bells (what is due to be told of each running clock), the on-call rota, staff addresses.
Emits    ClockEscalated, BellRung, ClockAcknowledged, ShiftAdded, ShiftRemoved.
Imports  events, access, kernel. Never another chapter, the ledger or an adapter.
Start at decide.py: which bells are due, and who hears them. Source: docs/duties.md.
"""
