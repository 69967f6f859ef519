"""apps.demo: a synthetic neutral story in a home of its own, marked synthetic for good.

Owns     the demo's staff, its stream of ads, revisions and alerts, its ownership file.
Emits    nothing of its own: everything goes through the doors anyone uses.
Imports  wiring, httpx.
Start at load.py.
"""
