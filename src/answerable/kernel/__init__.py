"""kernel: what every room shares: ids, limits, failures, time, canonical bytes.

Owns     nothing that happens; only the words and units everybody uses.
Emits    nothing.
Imports  the standard library and rfc8785. Nothing of ours.
Start at errors.py: the three failures.
"""
