"""console: where people look at what waits for them, and decide.

Owns     `/console/…`: log-in, queue, case, ads, reports, health. No state but the session's cookie.
Emits    nothing of its own: chapters' services record what is done here.
Imports  chapters' services through wiring, apps.public for rendering, Jinja2, FastAPI.
Start at wiring.py: every door and the permissions it needs; the case page is incident.py.
"""
