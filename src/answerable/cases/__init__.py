"""cases: a person decides, within the time the law allows.

Owns     Case (an incident: 0..n ads, 0..n alerts), its clocks, claims, decisions, two-person rules;
         who is served which case, and saved views of the queue.
Emits    CaseOpened, CaseJoined, CaseHandedOver, CaseMerged, ClockStarted, ClockStopped,
         EvidenceViewed, DecisionProposed, DecisionContradicted, ProposalLapsed, CaseDecided,
         DecisionUndone, SecondPolicySet, AlertAttached, AlertAnswered.
Imports  events, access, kernel. Never another chapter, the ledger or an adapter.
Start at decide.decide: who may decide what alone. The deadlines: events/duties/clocks.py.
"""
