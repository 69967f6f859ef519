"""adapters: one folder per technology; each implements Protocols that chapters own.

Owns     sql, objects, tiles, signing, cybertipline, bundle, clock.
Emits    nothing of its own.
Imports  everything below; never apps.
Start at sql/work.py: the one transaction everything goes through.
"""
