"""apps: one folder or file per process, and the two that put the house together.

Owns     cli, api, console, alert_page, receiver, example_site, up (the supervisor), worker.
Emits    nothing of its own.
Imports  everything; nothing imports apps.
Start at story.py (who hears which event), then wiring.py (which object does it).
"""
