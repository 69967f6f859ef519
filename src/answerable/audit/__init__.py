"""audit: examiners that read events and the world, and never the chapters they examine.

Owns     reconciliation, the live comparison, concealment findings, the random audit of what was
         not reported, the statistics under it.
Emits    nothing; findings are what it makes.
Imports  events (duties), kernel. Pure but for nothing: rows and events are handed in.
Start at reconcile.py; what each finding means is in docs/audit.md.
"""
