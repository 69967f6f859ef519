"""apps.drill: a week of alerts, decisions, holds and a subpoena, played under virtual time.

Owns     the plan of the week and the people who play it, in a synthetic home that goes afterwards.
Emits    nothing of its own: everything goes through the services that everybody uses.
Imports  wiring, the receiver, the examiners.
Start at drill.py.
"""
