"""cases: a person decides, within the time the law allows.

Owns     Case (an incident: 0..n ads, 0..n alerts), its clocks, claims, decisions, two-person rules.
Emits    CaseOpened, CaseJoined, ClockStarted, ClockStopped, EvidenceViewed, DecisionProposed,
         DecisionContradicted, CaseDecided, DecisionUndone, AlertAttached, AlertAnswered.
Imports  events, access, kernel. Never another chapter, the ledger or an adapter.
Start at decide.decide: who may decide what alone. The deadlines: events/duties/clocks.py.
"""
