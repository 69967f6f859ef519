"""apps.api: the HTTP doors of the site, the alerter's API and the public log.

Owns     intake v1, placements, files, alerts, directives, receipts, the log as C2SP serves it.
Emits    nothing of its own.
Imports  chapters' services through wiring, FastAPI, pydantic (at these doors only).
Start at app.py; the shape of what comes in is intake.py.
"""
