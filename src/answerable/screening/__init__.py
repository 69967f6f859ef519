"""screening: every ad is read before anybody sees it, and nothing in it is changed.

Owns     rule packs by version and digest, views of a text, signals, contacts, verdicts.
Emits    ScreeningOwed, ScreenJudged, CouldNotScreen, PackActivated (events/screening.py).
Imports  events, access, kernel. Never another chapter, the ledger or an adapter.
Start at judge.Engine.judge: text fields in, Verdict out. docs/screening.md tells the way there.
"""
