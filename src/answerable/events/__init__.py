"""events: the shared past tense. What happened, in one closed catalogue.

Owns     Event and every kind of it, sealing, opening, the duties that follow (duties/).
Emits    nothing itself; every chapter's services emit these.
Imports  kernel.
Start at event.py (what an event is), then the catalogue: ads.py, screening.py, directives.py,
alerts.py, cases.py, reports.py, preservation.py, house.py.
"""
